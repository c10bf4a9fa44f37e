"""The examples beside the lexicon: a sentence with brackets gives exactly its brackets, one without gives nothing."""

import pytest

from pipeline.annotate import Annotator
from pipeline.events import Events, agreements, summits
from pipeline.events.examples import gold_of, parse, read
from pipeline.events.lexicon import may_hold_event
from pipeline.events.reading import Reading
from pipeline.settings import shipped

EXAMPLES = read(summits.EXAMPLES, agreements.EXAMPLES)


@pytest.fixture(scope="module")
def outcomes():
    events = Events.load(shipped("models/events"))
    documents = [example.document for example in EXAMPLES]
    annotated = Annotator.load(shipped("models/gazetteer")).annotate(documents, depth=may_hold_event)
    return {one.document.id: (one, events.find(one)) for one in annotated}


def test_there_are_enough_of_both_sorts():
    negative = [example for example in EXAMPLES if not example.roles]
    assert len(EXAMPLES) >= 300
    assert 0.45 <= len(negative) / len(EXAMPLES) <= 0.55


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.line)
def test_example(example, outcomes):
    annotated, (summits_found, agreements_found) = outcomes[example.document.id]
    gold = gold_of(example, Reading(annotated))
    expected = [(e["kind"], e["status"], tuple(e["states"])) for e in (*gold["summits"], *gold["agreements"])]
    found = [(e.kind, e.status, e.states) for e in (*summits_found, *agreements_found)]
    assert sorted(found) == sorted(expected)
    for event in (*summits_found, *agreements_found):
        places = [span for role, span in example.roles if role == "place"]
        for why in event.why:
            if why.slot == "place" and why.span:
                assert any(a < why.span[1] and why.span[0] < b for a, b in places), f"{why.value} is no place here"


def test_a_line_becomes_text_and_spans():
    example = parse("[states:Баку] и [states:Ташкент] [talks held:встретились].")
    assert example.document.text == "Баку и Ташкент встретились."
    body = example.document.body
    assert [(role, body[slice(*span)]) for role, span in example.roles] == [
        ("states", "Баку"),
        ("states", "Ташкент"),
        ("talks", "встретились"),
        ("held", "встретились"),
    ]
