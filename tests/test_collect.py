"""Collecting with a fake edge: what is asked, what is stored, what is said of each feed."""

import sqlite3
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from pipeline.client import Client, Reply
from pipeline.collect import collect
from pipeline.records import Failure, Feed, Outcome
from pipeline.sandbox import Overrun
from pipeline.store import Store
from tests.outlet import Here, serve

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


def run(store, feeds, web, now=NOW, *, children=False, **options):
    said = {}
    collected = collect(
        store,
        feeds,
        now=now,
        run=None,
        get=web.get,
        sandbox=None if children else Here(),
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


def test_what_a_server_is_told_back_is_stored_with_the_articles_or_not_at_all(store, monkeypatch):
    def get(request):
        return Reply(url=request.url, status=200, headers={"etag": '"x1"'}, body=document(item(1)))

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.store.archive._remember", lambda *_: 1 / 0)  # as if the disk were full at the last
        with pytest.raises(ZeroDivisionError):
            run(store, [FEED], SimpleNamespace(get=get))
    assert store.value("SELECT (SELECT count(*) FROM articles) + (SELECT count(*) FROM fetches)") == 0
    run(store, [FEED], SimpleNamespace(get=get))
    assert store.value("SELECT etag FROM feeds") == '"x1"'
    assert store.value("SELECT count(*) FROM articles") == 1


def test_others_may_write_while_a_server_is_waited_for(store):
    free = []

    def get(request):
        with closing(sqlite3.connect(store.path, timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")  # raises where a transaction of the run is open
        free.append(request.url)
        return Web(rss=document(item(1)), page=document(item(2))).get(request)

    feeds = [FEED, replace(FEED, name="Вести", url="https://news.example/page")]
    collected, _ = run(store, feeds, SimpleNamespace(get=get))
    assert (collected.read, len(free)) == (2, 2)


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


def test_a_clock_that_was_far_ahead_does_not_keep_a_feed_from_being_asked(store):
    web = Web(rss=document(item(1)))
    run(store, [FEED], web, now=NOW + timedelta(days=3650))
    later, _ = run(store, [FEED], web)
    assert (later.feeds, len(web.asked)) == (1, 2)


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


class Dying(Here):
    """Children that die of whatever they are given."""

    def call(self, *_, **__):
        raise Overrun("used too much memory")


def test_a_document_that_kills_its_child_is_the_failure_of_its_feed_and_is_tried_again(store):
    web, said = Web(rss=document(item(1))), []
    for sandbox, now in ((Dying(), NOW), (Here(), NOW + timedelta(days=1))):
        collect(
            store, [FEED], now=now, run=None, get=web.get, sandbox=sandbox,
            report=lambda _, reading, saved: said.append((reading.failure, saved.new)),
        )  # fmt: skip
    (failure, _), (_, new) = said
    assert (failure.kind, failure.detail) == ("too_costly", "its document used too much memory")
    assert len(new) == 1


def test_no_feed_is_begun_when_the_time_is_over_and_the_next_run_begins_with_it(store):
    web = Web(rss=document(item(1)))
    _, said = run(store, [FEED], web, within=0.0)
    assert (said["Вестник"][0].outcome, web.asked) == (Outcome.NOT_DUE, [])
    collected, _ = run(store, [FEED], web)
    assert collected.read == 1


@pytest.fixture
def outlet():
    with serve() as running:
        yield running


WRONG = (
    "always-304 loop chain/9 to-file to-metadata to-neighbour gone patience refused guarded broken page empty bomb "
    "double endless slow-headers slow-body silence too-short reset garbage missing"
)


def test_no_server_stops_or_delays_the_others_beyond_its_limit(store, outlet):
    wrong = WRONG.split()
    feeds = [Feed(name=path, url=f"{outlet.url}/{path}", private=True, line=n) for n, path in enumerate(wrong)]
    # Each on a host of its own, as far as loopback has hosts; the good ones stand at the end of the list.
    with ExitStack() as stack:
        hosts = [stack.enter_context(serve(f"127.0.0.{10 + n}")) for n in range(len(wrong))]
        feeds = [
            replace(feed, url=feed.url.replace(outlet.url, host.url)) for feed, host in zip(feeds, hosts, strict=True)
        ]
        good = [Feed(name=f"good {n}", url=f"{outlet.url}/feed/{n}", private=True, line=100 + n) for n in range(3)]
        client = Client()
        started = time.monotonic()
        collected, said = run(
            store,
            [*feeds, *good],
            SimpleNamespace(get=lambda request: client.get(replace(request, seconds=1.0))),
            children=True,
        )
        elapsed = time.monotonic() - started
    assert elapsed < 15  # five answers that take a second each, of twelve at once; the rest is parsing
    assert {name for name, (reading, _) in said.items() if reading.failure is None} == {feed.name for feed in good}
    assert (collected.read, collected.failed) == (3, len(wrong))
    kinds = {name: reading.failure.kind for name, (reading, _) in said.items() if reading.failure}
    assert kinds["page"] == "not_a_feed"
    assert kinds["guarded"] == "blocked"
    assert kinds["to-metadata"] == "forbidden"
    assert store.value("SELECT count(*) FROM articles") == 9


def test_validators_are_sent_back_verbatim_and_304_moves_no_bytes(store, outlet):
    feed = Feed(name="Вестник", url=f"{outlet.url}/unchanged", private=True)
    client = Client()
    web = SimpleNamespace(get=client.get)
    run(store, [feed], web)
    _, said = run(store, [feed], web, now=NOW + timedelta(hours=1))
    reading = said["Вестник"][0]
    assert (reading.outcome, reading.http_status, reading.content) == (Outcome.NOT_MODIFIED, 304, b"")
    sent = outlet.asked[-1][1]
    assert sent["If-None-Match"] == 'W/"x1"'
    assert sent["If-Modified-Since"] == "Mon, 23 Nov 2026 03:00:00 GMT"
    assert "Cookie" not in sent
    _, said = run(store, [feed], web, now=NOW + timedelta(hours=26))  # once a day the document itself
    assert "If-None-Match" not in outlet.asked[-1][1]
    assert said["Вестник"][0].http_status == 200


def test_gone_turns_a_feed_off_until_its_address_changes(store, outlet):
    feed = Feed(name="Вестник", url=f"{outlet.url}/gone", private=True)
    web = SimpleNamespace(get=Client().get)
    run(store, [feed], web)
    asked = len(outlet.asked)
    _, said = run(store, [feed], web, now=NOW + timedelta(days=30))
    assert (said["Вестник"][0].outcome, len(outlet.asked)) == (Outcome.GONE, asked)
    later, _ = run(store, [replace(feed, url=f"{outlet.url}/feed/x")], web, now=NOW + timedelta(days=30))
    assert later.read == 1


def test_patience_is_kept_for_the_whole_host(store, outlet):
    feeds = [
        Feed(name="A", url=f"{outlet.url}/patience", private=True, line=1),
        Feed(name="B", url=f"{outlet.url}/feed/b", private=True, line=2),
    ]
    _, said = run(store, feeds, SimpleNamespace(get=Client().get))
    assert said["A"][0].next_due_at == NOW + timedelta(hours=2)
    assert said["B"][0].outcome is Outcome.NOT_DUE
    assert [path for path, _ in outlet.asked] == ["/patience"]


def test_a_permanent_redirect_is_told_and_the_list_is_left_alone(store, outlet):
    feed = Feed(name="Вестник", url=f"{outlet.url}/hop/301/feed/x", private=True)
    _, said = run(store, [feed], SimpleNamespace(get=Client().get))
    assert said["Вестник"][0].moved_to == f"{outlet.url}/feed/x"
    assert store.rows("SELECT url, moved_to FROM feeds") == [{"url": feed.url, "moved_to": f"{outlet.url}/feed/x"}]
