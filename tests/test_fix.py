"""A person's word stands above what is derived, and survives deriving it again."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.errors import UsageError
from pipeline.records import Agreement, Summit
from pipeline.store import Store
from pipeline.store.corrections import Author, set_field
from pipeline.store.redoing import redo_events
from pipeline.store.resolution import resolve_new
from pipeline.store.telling import follow, tell
from pipeline.store.understanding import save_understood
from tests.retelling import save, understood

NOW = datetime(2022, 12, 1, tzinfo=UTC)
TEXT = "Стороны провели переговоры в Ташкенте. Подписано соглашение о транзите."


def talks(day, *states, status="held"):
    return Summit(
        triggers=((16, 26),), kind="talks", status=status, start=day, states=states, confidence=0.9, evidence=((2, 40),)
    )


def agreement(subject, day, **more):
    return Agreement(
        triggers=((41, 61),), kind="agreement", status="signed", date=day, states=("TJ", "UZ"), subject=subject,
        confidence=0.9, evidence=((41, 73),), **more,
    )  # fmt: skip


@pytest.fixture
def db(tmp_path):
    path = tmp_path / "news.db"
    with Store.open(path) as store:
        save(store, "1", "2022-06-05", TEXT, [talks("2022-06-05", "TJ", "UZ")], outlet="a.uz", now=NOW)
        save(store, "2", "2022-06-06", TEXT, [talks("2022-06-05", "TJ", "UZ")], outlet="b.tj", now=NOW)
        save(store, "3", "2022-06-20", TEXT, [talks("2022-06-19", "TJ", "UZ")], outlet="c.ru", now=NOW)
        save(store, "4", "2022-06-06", TEXT, [agreement("транзит грузов", "2022-06-05")], outlet="a.uz", now=NOW)
        resolve_new(store, now=NOW, made_by="test")
    return path


def fix(db, *arguments):
    why = [] if arguments[0] in {"list", "undo"} else ["--by", "Analyst", "--why", "so says the communiqué"]
    result = CliRunner().invoke(cli, ["--db", str(db), "fix", *arguments, *why], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout.split()


def summits(db):
    with Store.read(db) as store:
        return {row["id"]: row["articles"] for row in store.rows("SELECT id, articles FROM summits")}


def test_two_rows_that_a_person_merges_are_one(db):
    assert summits(db) == {"tj-uz-talks-2022-06-05": 2, "tj-uz-talks-2022-06-19": 1}
    assert fix(db, "merge", "summit", "tj-uz-talks-2022-06-05", "tj-uz-talks-2022-06-19") == ["tj-uz-talks-2022-06-05"]
    assert summits(db) == {"tj-uz-talks-2022-06-05": 3}
    with Store.read(db) as store:
        assert follow(store, "summit", "tj-uz-talks-2022-06-19") == ("tj-uz-talks-2022-06-05",)
        assert tell(store, "summit", "tj-uz-talks-2022-06-05")["corrections"][0]["person"] == "Analyst"
    fix(db, "undo", "1")
    assert summits(db) == {"tj-uz-talks-2022-06-05": 2, "tj-uz-talks-2022-06-19": 1}


def test_an_article_that_a_person_splits_off_is_another_row(db):
    fix(db, "split", "summit", "tj-uz-talks-2022-06-05", "--article", "2")
    assert summits(db) == {
        "tj-uz-talks-2022-06-05": 1, "tj-uz-talks-2022-06-05-no2": 1, "tj-uz-talks-2022-06-19": 1,
    }  # fmt: skip


def test_a_field_that_a_person_sets_goes_before_the_articles(db):
    fix(db, "set", "summit", "tj-uz-talks-2022-06-05", "place", "Душанбе")
    fix(db, "set", "agreement", "tj-uz-agreement-tranzit-gruzov-2022-06", "status", "ratified")
    with Store.read(db) as store:
        assert store.value("SELECT place FROM summits WHERE id = 'tj-uz-talks-2022-06-05'") == "Душанбе"
        assert store.value("SELECT status FROM agreements") == "ratified"


def test_a_rejected_row_is_gone_and_stays_gone_when_it_is_told_again(db):
    assert fix(db, "reject", "summit", "tj-uz-talks-2022-06-05") == []
    assert summits(db) == {"tj-uz-talks-2022-06-19": 1}
    with Store.open(db) as store:
        save(store, "5", "2022-06-06", TEXT, [talks("2022-06-05", "TJ", "UZ")], outlet="d.kz", now=NOW)
        resolve_new(store, now=NOW, made_by="test")
    assert summits(db) == {"tj-uz-talks-2022-06-19": 1}


def test_what_one_article_says_can_be_rejected_alone(db):
    fix(db, "reject", "summit", "tj-uz-talks-2022-06-05", "--article", "2")
    assert summits(db) == {"tj-uz-talks-2022-06-05": 1, "tj-uz-talks-2022-06-19": 1}


def read_again(store):
    """Find the same mentions anew, the agreement's under a better subject, as a new model would."""
    for number, events in (
        (1, [talks("2022-06-05", "TJ", "UZ")]),
        (2, [talks("2022-06-05", "TJ", "UZ")]),
        (3, [talks("2022-06-19", "TJ", "UZ")]),
        (4, [agreement("международный транзит", "2022-06-05")]),
    ):
        url, published = store.rows("SELECT url, published_at FROM articles WHERE id = ?", [number])[0].values()
        save_understood(store, [(number, understood(url, published, TEXT, events))], now=NOW)


def test_corrections_survive_deriving_everything_again(db):
    fix(db, "merge", "summit", "tj-uz-talks-2022-06-05", "tj-uz-talks-2022-06-19")
    fix(db, "set", "summit", "tj-uz-talks-2022-06-05", "place", "Душанбе")
    with Store.open(db) as store:
        meetings, agreements = redo_events(store, lambda: read_again(store), now=NOW, made_by="new")
        assert (meetings.same, meetings.added, meetings.gone, meetings.changed) == (1, (), {}, {})
        assert store.value("SELECT place FROM summits") == "Душанбе"
        assert agreements.gone == {
            "tj-uz-agreement-tranzit-gruzov-2022-06": ("tj-uz-agreement-mezhdunarodnyy-tranzit-2022-06",)
        }
        assert agreements.lines() == [
            "+ agreement tj-uz-agreement-mezhdunarodnyy-tranzit-2022-06",
            "- agreement tj-uz-agreement-tranzit-gruzov-2022-06 → tj-uz-agreement-mezhdunarodnyy-tranzit-2022-06",
        ]


def test_deriving_again_with_nothing_new_changes_nothing(db):
    with Store.open(db) as store:
        before = [row for row in store.conn.iterdump() if "resolved_at" not in row]
        assert all(not diff.lines() for diff in redo_events(store, now=NOW, made_by="test"))
        assert [row for row in store.conn.iterdump() if "resolved_at" not in row] == before


def test_the_list_of_corrections_says_who_when_and_why(db):
    fix(db, "set", "summit", "tj-uz-talks-2022-06-05", "start", "2022-06-04")
    result = CliRunner().invoke(cli, ["--db", str(db), "--json", "fix", "list"])
    (row,) = json.loads(result.stdout)["corrections"]
    assert (row["action"], row["field"], row["value"], row["person"], row["reason"]) == (
        "set", "start", "2022-06-04", "Analyst", "so says the communiqué",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("colour", "red", "has no field"), ("status", "over", "is one of planned"), ("start", "soon", "is no date")],
)
def test_a_wrong_correction_is_refused_with_what_is_allowed(db, field, value, words):
    author = Author(person="Analyst", reason="test", now=NOW)
    with Store.open(db) as store, pytest.raises(UsageError, match=words):
        set_field(store, "summit", "tj-uz-talks-2022-06-05", name=field, value=value, author=author)
