"""Real meetings and agreements in the database: incremental, in any order, with trails and corrections."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.records import Agreement, Annotated, Article, Document, Summit, Understood
from pipeline.store import Store
from pipeline.store.archive import save_articles
from pipeline.store.resolution import resolve_new
from pipeline.store.understanding import save_understood

NOW = datetime(2022, 12, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "news.db") as opened:
        yield opened


def tell(store, url, published, *events, outlet="a.example", text="Лидеры встретились в Самарканде и договорились."):
    """Store an article and what was understood of it; returns its id."""
    at = datetime.fromisoformat(published).replace(tzinfo=UTC)
    article = Article(
        url=f"https://{outlet}/{url}",
        link=None,
        guid=None,
        title="",
        text=text,
        published_at=at,
        published_guessed=False,
        language="ru",
        feed=None,
        text_from="import",
        outlet=outlet,
    )
    saved = save_articles(store, [article], now=NOW)
    number = (saved.new + saved.changed)[0]
    document = Document(id=url, url=article.url, published=published, title="", text=text)
    understood = Understood(
        annotated=Annotated(document=document, body=document.body, sentences=(), entities=(), references=()),
        topics={},
        summits=tuple(each for each in events if isinstance(each, Summit)),
        agreements=tuple(each for each in events if isinstance(each, Agreement)),
        code_version="test",
        model_version="test",
    )
    save_understood(store, [(number, understood, ("", ""))], now=NOW)
    return number


def talks(status="held", start=None, states=("UZ", "KZ"), **more):
    return Summit(
        triggers=((8, 20),), kind="talks", status=status, start=start, states=states, confidence=0.9,
        evidence=((2, 49),), **more,
    )  # fmt: skip


def resolve(store, days=0):
    return resolve_new(store, now=NOW + timedelta(days=days), made_by="test")


def ids(store):
    return [row["id"] for row in store.rows("SELECT id FROM summits ORDER BY id")]


def test_two_articles_of_one_meeting_make_one_row(store):
    tell(store, "1", "2022-09-14", talks("planned", "2022-09-15", place="Самарканд"))
    tell(store, "2", "2022-09-15", talks("held", "2022-09-15", place="Самарканд"), outlet="b.example")
    resolve(store)
    row = store.rows("SELECT * FROM summits")[0]
    assert (row["id"], row["status"], row["articles"], row["sources"]) == ("kz-uz-talks-2022-09-15", "held", 2, 2)
    steps = store.rows("SELECT step, step_date FROM summit_steps ORDER BY step")
    assert {step["step"] for step in steps} == {"announced", "date_named", "held"}


def test_a_second_run_with_nothing_new_changes_nothing(store):
    tell(store, "1", "2022-09-14", talks("planned", "2022-09-15"))
    resolve(store)
    before = list(store.conn.iterdump())
    assert resolve(store, days=1)["articles"] == 0
    assert list(store.conn.iterdump()) == before
