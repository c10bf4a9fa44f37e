"""Reprints of one text become one story, and only those."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.records import Article
from pipeline.store import Store
from pipeline.store.archive import save_articles
from pipeline.store.stories import group_reprints
from pipeline.stories import Sketch, find_origin, find_reprints, join, sketch

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TEXT = (
    "Министры транспорта пяти стран собрались в Ташкенте и обсудили строительство железной дороги. Первый участок "
    "откроют через три года, сообщил заместитель министра. Стороны договорились о едином тарифе на перевозку зерна. "
    "Следующую встречу проведут весной в Бишкеке. Для этого создадут общую рабочую группу из представителей ведомств."
)
CUT = "ТАШКЕНТ, 24 ноября. " + TEXT[:210] + " Об этом сообщает «Курьер» со ссылкой на Казинформ."
OTHER = (
    "Парламент принял бюджет на будущий год во втором чтении. Расходы на образование вырастут на десятую часть, а "
    "дефицит останется прежним. За документ проголосовали две трети депутатов, против выступила одна фракция."
)


def article(number, text, *, outlet="Вестник", at=NOW, origin=None):
    return Article(
        url=f"https://{number}.example/",
        link=None,
        guid=None,
        title=f"Новость {number}",
        text=text,
        published_at=at,
        published_guessed=False,
        language="ru",
        feed=None,
        text_from="full",
        outlet=outlet,
        origin=origin,
    )


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "news.db") as opened:
        yield opened


def stories(store):
    return [row["story_id"] for row in store.rows("SELECT story_id FROM articles ORDER BY id")]


def test_a_cut_reprint_joins_its_original_and_a_stranger_stays_alone(store):
    save_articles(
        store,
        [article(1, TEXT), article(2, OTHER, outlet="Вече"), article(3, CUT, outlet="Курьер", origin="Казинформ")],
        now=NOW,
    )
    assert group_reprints(store) == 2
    assert group_reprints(store) == 0  # nothing is left to compare
    one, other, cut = stories(store)
    assert one == cut is not None
    assert other is None
    assert store.rows("SELECT origin FROM stories") == [{"origin": "Казинформ"}]


def test_a_reprint_that_comes_later_joins_the_story_and_bridges_two(store):
    half, rest = TEXT[:215], TEXT[200:]
    save_articles(store, [article(1, half, outlet="А"), article(2, half, outlet="Б")], now=NOW)
    save_articles(store, [article(3, rest, outlet="В"), article(4, rest, outlet="Г")], now=NOW)
    group_reprints(store)
    assert len(set(stories(store))) == 2
    save_articles(store, [article(5, TEXT, outlet="Д")], now=NOW)
    group_reprints(store)
    assert len(set(stories(store))) == 1
    assert store.value("SELECT count(*) FROM stories") == 1


def test_the_same_words_weeks_later_are_another_story(store):
    later = NOW + timedelta(days=10)
    save_articles(store, [article(1, TEXT), article(2, TEXT, outlet="Б", at=later)], now=later)
    assert group_reprints(store) == 0


def test_a_rewritten_article_leaves_the_story_of_its_old_text(store):
    save_articles(store, [article(1, TEXT), article(2, TEXT, outlet="Б")], now=NOW)
    group_reprints(store)
    save_articles(store, [article(2, OTHER + " " + OTHER.lower(), outlet="Б")], now=NOW)
    group_reprints(store)
    assert stories(store) == [None, None]  # and a story of one is none
    assert store.value("SELECT count(*) FROM stories") == 0


def test_an_archive_of_years_is_compared_day_by_day(store):
    days = [NOW - timedelta(days=100 * n) for n in range(4)]
    pairs = [
        article(10 * n + k, f"{TEXT} День {n}.", outlet=str(k), at=day) for n, day in enumerate(days) for k in (1, 2)
    ]
    save_articles(store, pairs, now=NOW)
    assert group_reprints(store) == 8
    assert len(set(stories(store))) == 4


def test_one_outlet_that_fills_the_same_form_daily_makes_no_reprints(store):
    daily = [TEXT + " " + " ".join(f"{word}{n}" for word in OTHER.split()) for n in range(2)]
    save_articles(store, [article(n, daily[n]) for n in range(2)], now=NOW)
    assert group_reprints(store) == 0


def test_short_texts_are_never_joined():
    pool = [Sketch(id=n, outlet=str(n), hashes=sketch("Президент прибыл с визитом в Баку")) for n in range(2)]
    assert list(find_reprints([], pool)) == []


def test_boilerplate_that_many_texts_carry_joins_none():
    tail = (
        "Перепечатка материалов разрешена только при наличии ссылки на источник и согласия редакции в письменном виде "
        * 2
    )
    pool = [
        Sketch(id=n, outlet=str(n), hashes=sketch(" ".join(f"слово{n}x{k}" for k in range(12)) + " " + tail))
        for n in range(60)
    ]
    assert list(find_reprints([], pool)) == []


def test_pairs_are_joined_into_groups():
    assert join([(1, 2), (5, 6), (2, 3), (6, 5)]) == [[1, 2, 3], [5, 6]]


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("Стороны подписали договор, передаёт АЗЕРТАДЖ.", "АЗЕРТАДЖ"),
        ("Стороны подписали договор, сообщает Казинформ со ссылкой на пресс-службу.", "Казинформ"),
        ("Как пишет агентство «Полдень», договор подписан.", "Полдень"),
        ("По данным РИА Новости, договор подписан.", "РИА Новости"),
        ("Об этом сообщает корреспондент ИА Report.", "Report"),
        ("ДУШАНБЕ, 24 ноября. /ТАСС/. Договор подписан.", "ТАСС"),
        ("АСТАНА. КАЗИНФОРМ – Договор подписан.", None),
        ("Сообщает «Вестник» со ссылкой на Reuters.", "Reuters"),
        ("Договор подписан, сообщила пресс-служба президента.", None),
        ("Он рассказал о поездке в Report-центр.", None),
        ("Об этом сообщает Вестник.", None),
        ("", None),
    ],
)
def test_the_outlet_that_a_text_names(text, origin):
    assert find_origin(text, own="Вестник") == origin


def test_an_outlet_that_names_itself_names_no_origin():
    assert find_origin("БАКУ, 24 ноября. /ТАСС/. Договор подписан.", own="ТАСС (полный текст)") is None
