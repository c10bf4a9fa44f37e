"""Kinds and statuses that grammar rules out."""

import pytest

from pipeline.annotate import Annotator
from pipeline.events.find import Prepared
from pipeline.events.lexicon import may_hold_event
from pipeline.events.settled import impossible_kinds, impossible_statuses
from pipeline.records import AGREEMENT_STATUSES, Document
from pipeline.settings import shipped

NOT_PLANNED, ONLY_PLANNED = {"planned"}, set(AGREEMENT_STATUSES) - {"planned"}


@pytest.fixture(scope="module")
def prepare():
    annotator = Annotator.load(shipped("models/gazetteer"))

    def one(text):
        document = Document(id="1", url=None, published="2023-05-17", title=None, text=text)
        (annotated,) = annotator.annotate([document], depth=may_hold_event)
        return Prepared(annotated)

    return one


@pytest.mark.parametrize(
    ("sentence", "ruled_out"),
    [
        ("Иран и Армения подписали соглашение о транзите.", NOT_PLANNED),
        ("Соглашение о транзите подписано в Ереване.", NOT_PLANNED),
        ("Соглашение о транзите было подписано в Ереване.", NOT_PLANNED),
        ("Иран и Армения подпишут соглашение о транзите.", ONLY_PLANNED),
        ("Соглашение о транзите будет подписано в июне.", ONLY_PLANNED),
        ("Стороны обсудили разработку соглашения о транзите.", ONLY_PLANNED),
        ("Президент подписал закон о ратификации соглашения с Ираном.", {"planned", "signed"}),
        ("Иран и Армения не подписали соглашение о транзите.", set()),
        ("Если страны подпишут соглашение, пошлины отменят.", set()),
        ("Соглашение о транзите действует пять лет.", set()),
    ],
)
def test_the_tense_of_signing_rules_statuses_out(prepare, sentence, ruled_out):
    prepared = prepare(sentence)
    mentions = [prepared.candidates[i] for i in prepared.of("agreement")]
    assert impossible_statuses(prepared.reading, mentions, "agreement") == ruled_out
    assert impossible_statuses(prepared.reading, mentions, "understanding") == ruled_out | {"signed"}


def test_a_meeting_told_in_the_past_is_no_plan_and_ministers_hold_no_summit(prepare):
    prepared = prepare("Премьер посетил Анкару. В Баку пройдёт заседание Совета министров торговли стран СНГ.")
    visit, session = (prepared.candidates[i] for i in prepared.of("summit"))
    assert impossible_statuses(prepared.reading, [visit], "talks") == {"planned"}
    assert impossible_statuses(prepared.reading, [session], "council") == set()
    assert impossible_kinds(prepared.reading, [session]) == {"summit"}
    assert impossible_kinds(prepared.reading, [visit]) == set()
