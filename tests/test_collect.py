"""Collecting with a fake edge: what is asked, what is stored, what is said of each feed."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.client import Reply
from pipeline.collect import collect
from pipeline.records import Failure, Feed, Outcome
from pipeline.store import Store

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
FEED = Feed(name="Вестник", url="https://news.example/rss", timezone="Asia/Tashkent", country="UZ", line=3)


def document(*items, extra=""):
    inner = "".join(
        f"<item><title>{title}</title><link>https://news.example/{slug}</link><guid>{slug}</guid>"
        f"<pubDate>{date}</pubDate><description>{text}</description></item>"
        for slug, title, date, text in items
    )
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Вестник</title>'
    return f"{head}{extra}{inner}</channel></rss>".encode()


def item(number, title="Президенты встретились в Ташкенте", text="Стороны обсудили торговлю."):
    return (f"a{number}", f"{title} ({number})", f"Mon, 23 Nov 2026 {number:02}:00:00 +0500", text)


class Web:
    """A web that exists only here: addresses and their answers, and what was asked."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, []

    def get(self, request):
        self.asked.append(request)
        answer = self.answers[request.url.rpartition("/")[2]]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, bytes):
            return Reply(url=request.url, status=200, headers={"content-type": "application/xml"}, body=answer)
        return answer


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "news.db") as opened:
        yield opened


def run(store, feeds, web, now=NOW, **options):
    said = {}
    collected = collect(
        store,
        feeds,
        now=now,
        run=None,
        get=web.get,
        report=lambda feed, reading, saved: said.update({feed.name: (reading, saved)}),
        **options,
    )
    return collected, said


def test_articles_are_stored_once_however_often_they_are_seen(store):
    web = Web(rss=document(item(1), item(2)))
    first, _ = run(store, [FEED], web)
    second, said = run(store, [FEED], web, now=NOW + timedelta(hours=1))
    assert (len(first.new), len(second.new)) == (2, 0)
    assert said["Вестник"][0].outcome is Outcome.NOT_MODIFIED  # the same bytes are not read again
    row = store.rows("SELECT url, title, text, published_at, outlet, text_from FROM articles ORDER BY id")[0]
    assert row == {
        "url": "https://news.example/a1",
        "title": "Президенты встретились в Ташкенте (1)",
        "text": "Стороны обсудили торговлю.",
        "published_at": "2026-11-22T20:00:00Z",
        "outlet": "Вестник",
        "text_from": "lead",
    }


def test_a_rewritten_article_keeps_its_earlier_text(store):
    run(store, [FEED], Web(rss=document(item(1))))
    later, _ = run(
        store, [FEED], Web(rss=document(item(1, text="Стороны обсудили торговлю и транзит."))), NOW + timedelta(hours=1)
    )
    assert len(later.changed) == 1
    assert store.value("SELECT text FROM articles") == "Стороны обсудили торговлю и транзит."
    assert store.value("SELECT text FROM article_versions") == "Стороны обсудили торговлю."


def test_a_feed_is_not_asked_before_it_is_due(store):
    web = Web(rss=document(item(1)))
    run(store, [FEED], web)
    early, said = run(store, [FEED], web, now=NOW + timedelta(minutes=10))
    assert (early.feeds, early.not_due, len(web.asked)) == (0, 1, 1)
    assert said["Вестник"][0].outcome is Outcome.NOT_DUE


def test_news_that_left_the_document_before_we_looked_is_a_gap(store):
    run(store, [FEED], Web(rss=document(*(item(number) for number in range(1, 6)))))
    missed, _ = run(
        store, [FEED], Web(rss=document(*(item(number) for number in range(12, 17)))), NOW + timedelta(hours=9)
    )
    assert missed.gaps == 1
    assert store.value("SELECT gap FROM fetches ORDER BY id DESC") == 1


def test_the_failure_of_one_feed_is_its_own(store):
    def explode(_):
        raise RuntimeError("boom")

    bad = Feed(name="Злой", url="https://bad.example/explode", line=9)
    dead = Feed(name="Глухой", url="https://dead.example/dead", line=12)
    refused = Failure(stage="fetch", subject="Глухой", kind="connect", detail="no connection")
    collected, said = run(store, [bad, dead, FEED], Web(explode=explode, dead=refused, rss=document(item(1))))
    assert (collected.failed, collected.read, len(collected.new)) == (2, 1, 1)
    assert "boom" in said["Злой"][0].failure.detail
    assert store.value("SELECT failures FROM feeds WHERE name = 'Глухой'") == 1
