"""What a mention tells beside its status: the examples beside the rules, each with what must come of it and no more."""

import pytest

from pipeline.documents import as_record
from pipeline.events import Events
from pipeline.events.find import Draft
from pipeline.events.steps import EXAMPLES, ladder
from pipeline.settings import shipped
from tests.prepared import prepare
from tests.retelling import understood

DAY = "2026-11-20"


def whole(prepared, status, day=None):
    """Make one agreement of all that a text says, between all states it names; the learned judge has no part in it."""
    mentions = tuple(prepared.of("agreement"))
    kind = prepared.candidates[mentions[0]].sense.kind or "agreement"
    return Draft(
        family="agreement", mentions=mentions, confidence=1.0, kind=kind, status=status,
        fillers={"states": prepared.fillers["states"]}, days=(day, day), chances={}, chance_of=(),
    )  # fmt: skip


def told(found):
    parts = [f"by {' '.join(found.ratified_by)}"] if found.ratified_by else []
    parts += [" ".join([step.status, step.date or "-", *filter(None, [step.place])]) for step in found.steps]
    return "; ".join(parts)


@pytest.mark.parametrize("line", EXAMPLES.strip().splitlines())
def test_example(line):
    rest, _, expected = line.partition(" => ")
    status, text = rest.split(": ", 1)
    prepared = prepare(text, DAY)
    assert told(ladder(prepared, whole(prepared, status))) == expected


def test_each_step_and_side_has_its_words():
    prepared = prepare(
        "Сенат Казахстана ратифицировал соглашение с Туркменистаном. Документ подписан в Ашхабаде 10 июня 2026 года.",
        DAY,
    )
    found = ladder(prepared, whole(prepared, "ratified"))
    body = prepared.reading.body
    assert [(why.slot, why.value, body[slice(*why.span)]) for why in found.why] == [
        ("ratified_by", "KZ", "ратифицировал"),
        ("signed_date", "2026-06-10", "10 июня 2026 года"),
        ("signed_place", "Ашхабад", "Ашхабаде"),
    ]
    (step,) = found.steps
    assert body[slice(*step.evidence)].strip().startswith("Документ подписан")


def test_a_step_after_the_last_one_is_none_of_it():
    prepared = prepare("Договор Ирана с Арменией расторгнут. Договор был подписан 5 мая 2025 года.", DAY)
    assert ladder(prepared, whole(prepared, "terminated", "2024")).steps == ()
    assert [step.date for step in ladder(prepared, whole(prepared, "terminated", "2026")).steps] == ["2025-05-05"]


def test_the_record_of_an_agreement_tells_its_way():
    text = (
        "Сенат парламента Казахстана 19 ноября ратифицировал соглашение между правительствами Казахстана и "
        "Туркменистана о транзитных железнодорожных перевозках. Документ подписан в Ашхабаде 10 июня 2026 года."
    )
    annotated = prepare(text, DAY).reading.annotated
    _, found = Events.load(shipped("models/events")).find(annotated)
    (agreement,) = as_record(understood("1", "2026-11-20", text, found))["agreements"]
    assert (agreement["status"], agreement["date"], agreement["ratified_by"]) == ("ratified", "2026-11-19", ["KZ"])
    (step,) = agreement["steps"]
    assert step.pop("evidence") in agreement["evidence"]
    assert step == {"status": "signed", "date": "2026-06-10", "place": "Ашхабад"}
