import json
from dataclasses import fields
from datetime import UTC, datetime

import pytest
import weeks

from pipeline.digest.compose import compose
from pipeline.digest.records import Digest, from_json, to_json
from pipeline.digest.tailor import tailor
from pipeline.digest.titles import title_of_summit
from pipeline.digest.week import Week
from pipeline.errors import UsageError
from pipeline.store import Store
from pipeline.store.asking import state_names
from pipeline.store.week import newest_article, read_week

WEEK = Week.read(weeks.WEEK, "Asia/Tashkent")


def digest_of(path, write, *, previous=None, week=WEEK, least=0.0):
    with Store.open(path / "news.db") as store:
        write(store)
    with Store.read(path / "news.db") as store:
        rows = read_week(store, week, last=newest_article(store), previous=previous, until=weeks.NOW)
        return compose(rows, week, now=weeks.NOW, made_by="test", names=state_names(store), least=least)


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    return digest_of(tmp_path_factory.mktemp("ordinary"), weeks.ordinary)


def test_a_week_is_monday_to_sunday_in_the_zone_of_the_desk():
    assert WEEK.start == datetime(2026, 11, 15, 19, tzinfo=UTC)
    assert WEEK.end == datetime(2026, 11, 22, 19, tzinfo=UTC)
    assert Week.last_full(datetime(2026, 11, 22, 18, 59, tzinfo=UTC), "Asia/Tashkent").id == "2026-W46"
    assert Week.last_full(datetime(2026, 11, 22, 19, 0, tzinfo=UTC), "Asia/Tashkent").id == "2026-W47"
    assert Week.last_full(datetime(2027, 1, 5, tzinfo=UTC), "Asia/Tashkent").id == "2026-W53"


@pytest.mark.parametrize(
    ("kind", "organizations", "title"),
    [
        ("summit", ["БРИКС"], "Саммит БРИКС"),
        ("council", ["ООН"], "Заседание ООН"),
        ("talks", ["ЕС"], "Переговоры: Китай — Россия"),
        ("summit", ["Лига арабских государств"], "Саммит: Китай — Россия"),
        ("summit", ["БРИКС", "ШОС"], "Саммит: Китай — Россия"),
    ],
)
def test_a_meeting_without_a_name_is_called_by_its_body_or_its_sides(kind, organizations, title):
    names = {"CN": "Китай", "RU": "Россия"}
    given = {"states": ["CN", "RU"], "organizations": organizations, "persons": [], "names": names}
    assert title_of_summit(kind, None, **given).replace("\N{NO-BREAK SPACE}", " ") == title


@pytest.mark.parametrize("text", ["2026-47", "2026-W54", "2026-W00", "W47", "", "2026-W4７"])
def test_what_is_no_week_is_refused(text):
    with pytest.raises(UsageError, match="2026-W47"):
        Week.read(text, "Asia/Tashkent")


def test_changes_tell_what_it_was_and_what_it_became(ordinary):
    told = [(change.kind, change.status, change.was, change.was_date, change.date) for change in ordinary.changes]
    assert told == [
        ("moved", "planned", None, "2026-12-05", "2026-12-12"),
        ("step", "signed", "agreed", "2026-10-03", "2026-11-20"),
        ("step", "ratified", "signed", "2026-06-01", "2026-11-18"),
        ("step", "terminated", "planned", None, "2026-11-17"),
        ("step", "signed", None, None, "2026-11-19"),
        ("held", "held", None, None, "2026-11-18"),
        ("held", "held", None, None, "2026-11-17"),
        ("announced", "planned", None, None, "2026-11-27"),
        ("step", "planned", None, None, "2026-12-05"),
        ("held", "held", None, None, "2026-11-05"),
    ]


def test_every_fact_has_a_source_with_outlet_and_date(ordinary):
    facts = [*ordinary.changes, *ordinary.coming, *ordinary.held, *ordinary.accords]
    assert all(fact.sources and fact.sources[0].outlet and fact.sources[0].url for fact in facts)
    assert all("2026-11" in source.published for fact in facts for source in fact.sources)


def test_reprints_count_once(ordinary):
    moved = ordinary.changes[0]
    assert [source.outlet for source in moved.sources] == ["Каспий-Информ", "Степной курьер"]
    assert moved.independent == 2
    assert ordinary.health.articles == ordinary.health.stories + 1


def test_what_happened_before_the_week_is_marked_late(ordinary):
    assert [change.id for change in ordinary.changes if change.late] == ["talks-2026-11-am-ge"]


def test_an_agreement_of_long_ago_that_is_only_recalled_is_no_change(ordinary):
    assert "treaty-kz-uz-2002" not in {change.id for change in ordinary.changes}
    assert ordinary.past == 1


def test_a_day_that_passed_in_silence_needs_attention(ordinary):
    assert [(item.kind, item.id, item.due) for item in ordinary.attention] == [
        ("overdue", "council-2026-11-tj-kg", "2026-11-18"),
    ]


def test_a_silent_feed_and_a_gap_are_named(ordinary):
    assert [(silent.feed, silent.since, silent.reason) for silent in ordinary.health.silent] == [
        ("Голос Памира", "2026-11-16", "сервер отвечает ошибкой 503"),
    ]
    assert [gap.name for gap in ordinary.health.gaps] == ["Вести Арала"]


def test_nothing_happened_differs_from_no_feed_answered(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    quiet, dead = digest_of(tmp_path / "a", weeks.empty), digest_of(tmp_path / "b", weeks.dead)
    assert not quiet.changes
    assert not dead.changes
    assert (quiet.health.heard, quiet.health.articles > 0) == (5, True)
    assert (dead.health.heard, dead.health.articles) == (0, 0)


def test_a_digest_goes_to_json_and_back(ordinary):
    again = from_json(Digest, json.loads(json.dumps(to_json(ordinary), ensure_ascii=False)))
    for field in fields(Digest):
        assert getattr(again, field.name) == getattr(ordinary, field.name), field.name


def test_a_person_is_counted_once_under_the_fullest_name(tmp_path):
    def write(store):
        news = weeks.Writer(store)
        with store.transaction():
            news.feeds()
            for name in ("Путин", "Владимир Путин"):
                article = news.article("2026-11-18", "Встреча")
                news.names(article, persons=(name,))
                news.summit(
                    f"s-{article}", "talks", states=("KZ", "RU"), told=[("held", "2026-11-18", None, [article])]
                )
            store.conn.execute("UPDATE entities SET ref = 'person:владимир-путин' WHERE type = 'PER'")

    assert [(count.name, count.now) for count in digest_of(tmp_path, write).persons] == [("Владимир Путин", 2)]


def test_what_was_not_read_surely_is_counted_and_not_told(tmp_path):
    def write(store):
        news = weeks.Writer(store)
        with store.transaction():
            news.feeds()
            article = news.article("2026-11-18", "Соглашение о транзите подписано", topics=("transport",))
            news.names(article, states=("KZ", "eu"))
            for key, confidence in (("sure", 0.61), ("unsure", 0.59)):
                steps = [("signed", "2026-11-18", [article])]
                news.agreement(key, "agreement", "транзите", states=("KZ", "UZ"), steps=steps, confidence=confidence)

    made = digest_of(tmp_path, write, least=0.6)
    assert [change.id for change in made.changes] == [accord.id for accord in made.accords] == ["sure"]
    assert (made.unsure, made.thin) == (1, 0)
    assert [count.name for count in made.states] == ["KZ"]  # a union of states is none


def test_an_agreement_is_named_with_the_preposition_of_any_sentence_that_tells_of_it(tmp_path):
    title, said = "Сенат одобрил документ", "Это соглашение между двумя странами о транзитных перевозках."

    def write(store):
        news = weeks.Writer(store)
        with store.transaction():
            news.feeds()
            article = news.article("2026-11-18", title, text=f"Сенат ратифицировал его 18 ноября. {said}")
            steps = [("ratified", "2026-11-18", [article])]
            news.agreement("transit", "agreement", "транзитные перевозки", states=("KZ", "TM"), steps=steps)
            store.conn.execute(
                "INSERT INTO agreement_mention_evidence (mention_id, position, slot, start, stop) "
                "SELECT agreement_mentions.id, 1, 'sentence', at - 1, at - 1 + length(:said) "
                "FROM agreement_mentions, (SELECT instr(title || char(10, 10) || text, :said) AS at FROM articles)",
                {"said": said},
            )

    (accord,) = digest_of(tmp_path, write).accords
    assert accord.title.replace("\u00a0", " ") == "Соглашение о транзитных перевозках"


def test_the_same_rows_give_the_same_digest(tmp_path, ordinary):
    assert digest_of(tmp_path, weeks.ordinary) == ordinary


def test_a_reader_gets_only_what_they_asked_for(ordinary):
    mine = tailor(ordinary, topics=["energy"], states=["KG"])
    assert {change.id for change in mine.changes} == {"summit-2026-12-water", "agreement-kg-kz-uz-2026"}
    assert mine.health == ordinary.health
    assert tailor(ordinary, topics=[], states=[]) == ordinary


def _late_news(store):
    news = weeks.Writer(store)
    with store.transaction():
        news.article("2026-11-10", "Первое", feed=False)
        news.article("2026-11-12", "Пришло вовремя", feed=False)
        news.article("2026-11-11", "Пришло после выпуска", feed=False)
        news.article("2026-11-17", "Своё", feed=False)
        news.article("2026-11-22", "Уже понедельник в Ташкенте", hour=19, feed=False)


def test_every_article_is_in_exactly_one_digest(tmp_path):
    with Store.open(tmp_path / "news.db") as store:
        _late_news(store)
        seen = []
        previous = None
        # The digest of week 46 was made when two articles were there, that of week 47 after all five.
        for name, last in (("2026-W46", 2), ("2026-W47", 5), ("2026-W48", 5)):
            rows = read_week(store, Week.read(name, "Asia/Tashkent"), last=last, previous=previous, until=weeks.NOW)
            seen.append((rows.articles, rows.late))
            previous = last
    # What is published on the Monday of the letter belongs to the next week, of which only this much is over.
    assert seen == [(2, 0), (2, 1), (1, 0)]
