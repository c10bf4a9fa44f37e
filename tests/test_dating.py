"""Which of the days that an article names is an event's: the options, what is said of them, the choice."""

import pytest

from pipeline.annotate import Annotator
from pipeline.events import Events
from pipeline.events.dating import options, share_out
from pipeline.events.find import Prepared
from pipeline.events.learn import fit_choice
from pipeline.events.lexicon import may_hold_event
from pipeline.records import LONGEST_TEXT, Document
from pipeline.settings import shipped
from tests.prepared import prepare


@pytest.fixture(scope="module")
def annotate():
    annotator = Annotator.load(shipped("models/gazetteer"))

    def one(text, published="2023-05-17"):
        document = Document(id="1", url=None, published=published, title=None, text=text)
        (annotated,) = annotator.annotate([document], depth=may_hold_event)
        return annotated

    return one


@pytest.fixture(scope="module")
def agreements():
    return Events.load(shipped("models/events"))


@pytest.fixture
def days(annotate):
    def named(text, family, way, published="2023-05-17"):
        prepared = Prepared(annotate(text, published))
        own = [candidate for candidate in prepared.candidates if candidate.family == family]
        return [(o.value, o.end) for o in options(prepared.reading, prepared.fillers["date"], own, way)]

    return named


VISIT = "Президент Узбекистана 20–21 июня посетит Египет. Ожидается подписание соглашения."


def test_a_visit_starts_on_its_first_day_and_papers_are_signed_some_day_of_it_or_on_the_last(days):
    assert days(VISIT, "summit", "future") == [("2023-06-20", "2023-06-21")]
    assert [value for value, _ in days(VISIT, "agreement", "future")] == ["2023-06", "2023-06-21"]


def test_words_that_mean_the_same_day_are_one_option(days):
    text = "Переговоры прошли 16 мая. Вчера министры Турции и Грузии провели и другие переговоры, а 3 мая встретились."
    assert sorted(value for value, _ in days(text, "summit", "past")) == ["2023-05-03", "2023-05-16"]


@pytest.mark.parametrize(
    ("text", "way", "day"),
    [
        ("Соглашение между Турцией и Грузией подписали 18 июня.", "past", "2022-06-18"),
        ("Соглашение между Турцией и Грузией действует до 18 июня.", "past", "2023-06-18"),
        ("Соглашение между Турцией и Грузией истекает 18 июня.", "past", "2023-06-18"),
        ("Соглашение между Турцией и Грузией подпишут 18 июня.", "future", "2023-06-18"),
        ("Соглашение между Турцией и Грузией обсудили 18 апреля.", "future", "2023-04-18"),
    ],
)
def test_the_words_own_verb_may_go_against_the_events_way(days, text, way, day):
    assert [value for value, _ in days(text, "agreement", way)] == [day]


def test_the_first_row_is_that_no_day_is_told(annotate):
    prepared = Prepared(annotate("Турция и Грузия подписали соглашение 3 мая, а 7 мая его одобрил парламент."))
    own = prepared.of("agreement")[:1]
    these, rows = prepared.date_rows(own, "agreement", "signed")
    assert [option.value for option in these] == ["2023-05-03", "2023-05-07"]
    assert ["none" in row for row in rows] == [True, False, False]
    assert "tie=carrier,sign" in rows[1]
    assert "step=ratify" in rows[2]
    assert prepared.date_rows(own, "agreement", "signed")[1] == rows


def test_an_article_without_times_leaves_no_choice(annotate):
    prepared = Prepared(annotate("Турция и Грузия подписали соглашение."))
    assert prepared.date_rows(prepared.of("agreement"), "agreement", "signed") == ([], [])


def test_a_choice_learns_what_to_choose_and_when_to_choose_none():
    none, near, far = {"none": 1.0}, {"near": 1.0, "same": 1.0}, {"far": 1.0, "same": 1.0}
    rows = [none, near, far] * 30 + [none, far, far] * 30
    labels = ["no", "yes", "no"] * 30 + ["yes", "no", "no"] * 30
    scorer = fit_choice(rows, labels, [1.0] * len(rows))
    told, untold = share_out(scorer.odds([none, near, far])), share_out(scorer.odds([none, far]))
    assert sum(told) == pytest.approx(1)
    assert max(told) == told[1] > 0.8
    assert max(untold) == untold[0] > 0.8


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("Казахстан и Турция 12 мая подписали соглашение о транзите грузов.", "2023-05-12"),
        ("В 2021 году Казахстан и Турция подписали меморандум о туризме.", "2021"),
        ("Сегодня Казахстан и Турция подписали соглашение о транзите грузов.", "2023-05-17"),
        ("Казахстан и Турция подпишут соглашение о транзите грузов 12 июня.", "2023-06-12"),
        ("Казахстан и Турция подписали соглашение о транзите грузов.", None),
    ],
)
def test_the_day_of_an_agreement(agreements, annotate, sentence, day):
    _, (found,) = agreements.find(annotate(sentence))
    assert found.date == day


def test_days_beyond_what_is_analysed_are_not_sought():
    prepared = prepare("Встреча прошла 3 мая. " + "слово " * (LONGEST_TEXT // 6) + "Потом настало 16 мая.")
    assert [time.words for time in prepared.times] == ["3 мая"]
