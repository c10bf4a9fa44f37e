"""Kept documents are read again, and what comes out differently is corrected and told."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.client import Reply
from pipeline.collect import collect
from pipeline.records import Feed
from pipeline.replay import redo_parse
from pipeline.store import Store
from tests.outlet import Here

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
FEED = Feed(name="Вестник", url="https://vestnik.example/rss", timezone="Asia/Tashkent")


def document(*items):
    inner = "".join(
        f"<item><title>{title}</title><link>https://vestnik.example/{n}</link><pubDate>{date}</pubDate>"
        f"<description>{text}</description></item>"
        for n, title, date, text in items
    )
    return f"<rss><channel>{inner}</channel></rss>".encode()


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "news.db") as opened:
        yield opened


def read(store, body, now=NOW, feed=FEED):
    def get(request):
        return Reply(url=request.url, status=200, headers={}, body=body)

    return collect(store, [feed], now=now, run=None, get=get, report=lambda *_: None, sandbox=Here())


def redo(store, feed=FEED):
    changes = []
    done = redo_parse(store, [feed], now=NOW + timedelta(days=1), report=changes.append, sandbox=Here())
    return done, [(change.field, change.old, change.new) for change in changes]


ITEM = ("1", "Переговоры в Баку", "23.11.2026 10:00", "Стороны обсудили транзит.")


def test_nothing_changes_when_nothing_changed(store):
    read(store, document(ITEM))
    read(store, document((*ITEM[:3], "Стороны обсудили транзит и тарифы.")), NOW + timedelta(hours=1))
    done, changes = redo(store)
    assert (done.documents, done.unreadable, changes) == (2, 0, [])


def test_a_better_reading_corrects_what_is_stored_and_says_so(store):
    read(store, document(ITEM))
    # As an older parser might have left it: a date lost, a title with a tail, a text without its end.
    store.conn.execute(
        "UPDATE articles SET title = 'Переговоры в Баку]]>', text = 'Стороны', content_hash = 'x', language = 'en', "
        "understood_by = 'old'"
    )
    done, changes = redo(store)
    assert changes == [
        ("title", "Переговоры в Баку]]>", "Переговоры в Баку"),
        ("text", "Стороны", "Стороны обсудили транзит."),
        ("language", "en", "ru"),
    ]
    assert len(done.changed) == 1
    assert store.rows("SELECT title, understood_by FROM articles") == [
        {"title": "Переговоры в Баку", "understood_by": None}
    ]
    assert store.value("SELECT text FROM article_versions") == "Стороны"
    assert redo(store)[1] == []


def test_a_zone_that_was_mended_moves_the_times(store):
    item = (*ITEM[:2], "Mon, 23 Nov 2026 23:30:00 MSK", ITEM[3])
    read(store, document(item), feed=FEED)
    store.conn.execute("UPDATE articles SET published_at = '2026-11-23T23:30:00Z', published_on = '2026-11-23'")
    assert redo(store)[1] == [("published_at", "2026-11-23T23:30:00Z", "2026-11-23T20:30:00Z")]
    assert store.value("SELECT published_on FROM articles") == "2026-11-24"


def test_a_document_that_could_not_be_read_then_is_read_now(store):
    read(store, document(ITEM))
    store.conn.execute("DELETE FROM articles")
    done, changes = redo(store)
    assert changes == [("new", "", "Переговоры в Баку")]
    assert store.value("SELECT fetched_at FROM articles") == "2026-11-24T03:00:00Z"
    assert len(done.new) == 1


def test_an_address_that_is_now_made_otherwise_is_the_same_article(store):
    read(store, document(ITEM))
    store.conn.execute("UPDATE articles SET url = 'https://www.vestnik.example/1'")
    assert redo(store)[1] == [("url", "https://www.vestnik.example/1", "https://vestnik.example/1")]
    assert store.value("SELECT count(*) FROM articles") == 1
