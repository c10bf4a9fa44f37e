"""Real meetings and agreements in the database: incremental, in any order, with trails and corrections."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.records import Agreement, Summit, Why
from pipeline.store import Store, telling
from pipeline.store.known import as_known
from pipeline.store.redoing import redo_events
from pipeline.store.resolution import resolve_new
from tests.retelling import save

NOW = datetime(2022, 12, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "news.db") as opened:
        yield opened


TEXT = "Лидеры встретились в Самарканде и договорились."


def tell(store, name, published, *events, outlet="a.example"):
    """Store an article and what was understood of it."""
    save(store, name, published, TEXT, events, outlet=outlet, now=NOW)


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


def test_an_old_identifier_leads_on_and_a_past_moment_is_told_as_it_was(store):
    tell(store, "2", "2022-09-15", talks("held", "2022-09-15", place="Самарканд"))
    resolve(store)
    assert ids(store) == ["kz-uz-talks-2022-09-15"]
    tell(store, "1", "2022-09-10", talks("planned", "2022-09", place="Самарканд"), outlet="b.example")
    resolve(store, days=1)
    assert ids(store) == ["kz-uz-talks-2022-09"]
    told = telling.tell(store, "summit", "kz-uz-talks-2022-09-15")
    assert (told["id"], told["status"], len(told["mentions"])) == ("kz-uz-talks-2022-09", "held", 2)
    then = telling.tell(store, "summit", "kz-uz-talks-2022-09-15", datetime(2022, 9, 12, tzinfo=UTC))
    assert (then["id"], then["status"], then["start_date"]) == ("kz-uz-talks-2022-09", "planned", "2022-09")
    assert telling.tell(store, "summit", "kz-uz-talks-2022-09")["status"] == "held", "the present is untouched"


def test_everything_asked_inside_a_past_moment_is_answered_as_of_then(store):
    tell(store, "1", "2022-09-10", talks("planned", "2022-09-15"))
    tell(store, "2", "2022-09-15", talks("held", "2022-09-15"))
    tell(store, "3", "2022-09-20", talks("held", "2022-09-20", states=("UZ", "TJ")))
    resolve(store)
    with as_known(store, 1):
        assert store.rows("SELECT id, status FROM summits") == [{"id": "kz-uz-talks-2022-09-15", "status": "planned"}]
        assert store.value("SELECT count(*) FROM articles") == 1
    assert store.value("SELECT count(*) FROM summits") == 2
    assert store.value("PRAGMA foreign_keys") == 1


def test_a_number_is_given_up_when_what_it_kept_apart_has_another_name(store):
    first = {"place": "Самарканд", "persons": ("Шавкат Мирзиёев",)}
    second = {"place": "Ташкент", "persons": ("Абдулла Арипов",)}
    tell(store, "2", "2022-09-15", talks("held", "2022-09-15", **first))
    tell(store, "3", "2022-09-16", talks("held", "2022-09-15", **second), outlet="c.example")
    resolve(store)
    assert ids(store) == ["kz-uz-talks-2022-09-15", "kz-uz-talks-2022-09-15-no2"]
    tell(store, "1", "2022-09-10", talks("planned", "2022-09", **first), outlet="b.example")
    resolve(store, days=1)
    assert ids(store) == ["kz-uz-talks-2022-09", "kz-uz-talks-2022-09-15"]
    assert telling.tell(store, "summit", "kz-uz-talks-2022-09-15-no2")["place"] == "Ташкент"


WHY = (
    Why(slot="ratified_by", value="KZ", rule="told", span=(2, 8)),
    Why(slot="signed_date", value="2022-06-10", rule="told", span=(2, 8)),
    Why(slot="signed_place", value="Ашхабад", rule="told", span=(2, 8)),
)


def ratified(why=WHY):
    return Agreement(
        triggers=((8, 20),), kind="agreement", status="ratified", date="2022-11-19", states=("KZ", "TM"),
        subject="транзит грузов", confidence=0.9, evidence=((2, 49),), why=why,
    )  # fmt: skip


def test_a_ratification_is_of_who_ratified_and_tells_of_the_signing_before(store):
    tell(store, "1", "2022-11-20", ratified())
    resolve(store)
    (key,) = [row["id"] for row in store.rows("SELECT id FROM agreements")]
    told = telling.tell(store, "agreement", key)
    steps = [(step["step"], step["step_date"], step["place"], step["learned_at"][:10]) for step in told["steps"]]
    assert steps == [
        ("signed", "2022-06-10", "Ашхабад", "2022-11-20"),
        ("ratified", "2022-11-19", None, "2022-11-20"),
    ]
    assert {(side["value"], side["status"]) for side in told["participants"]} == {("KZ", "ratified"), ("TM", "signed")}
    assert telling.tell(store, "agreement", key, datetime(2022, 11, 19, tzinfo=UTC)) is None


def test_redo_tells_which_steps_and_sides_it_found(store):
    tell(store, "1", "2022-11-20", ratified(()))
    resolve(store)
    assert store.rows("SELECT value, status FROM agreement_parties ORDER BY 1") == [
        {"value": "KZ", "status": ""},
        {"value": "TM", "status": ""},
    ]  # nobody is said to have ratified

    def read_again():
        store.conn.execute("DELETE FROM articles")
        tell(store, "1", "2022-11-20", ratified())

    _, agreements = redo_events(store, read_again, now=NOW, made_by="new")
    (changes,) = agreements.changed.values()
    assert {field: after for field, _, after in changes} == {
        "parties": "KZ ratified, TM signed",
        "steps": "signed 2022-06-10, ratified 2022-11-19",
    }
