"""Kinds and statuses that grammar rules out."""

import pytest

from pipeline.events.settled import impossible_kinds, impossible_statuses
from pipeline.records import AGREEMENT_STATUSES
from tests.prepared import prepare

NOT_PLANNED, ONLY_PLANNED = {"planned"}, set(AGREEMENT_STATUSES) - {"planned"}


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
def test_the_tense_of_signing_rules_statuses_out(sentence, ruled_out):
    prepared = prepare(sentence)
    mentions = [prepared.candidates[i] for i in prepared.of("agreement")]
    assert impossible_statuses(prepared.reading, mentions, "agreement") == ruled_out
    assert impossible_statuses(prepared.reading, mentions, "understanding") == ruled_out | {"signed"}


def test_a_meeting_told_in_the_past_is_no_plan_and_ministers_hold_no_summit():
    prepared = prepare("Премьер посетил Анкару. В Баку пройдёт заседание Совета министров торговли стран СНГ.")
    visit, session = (prepared.candidates[i] for i in prepared.of("summit"))
    assert impossible_statuses(prepared.reading, [visit], "talks") == {"planned"}
    assert impossible_statuses(prepared.reading, [session], "council") == set()
    assert impossible_kinds(prepared.reading, [session]) == {"summit"}
    assert impossible_kinds(prepared.reading, [visit]) == set()
