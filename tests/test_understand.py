"""What one document may cost, wherever documents are read: it costs itself, and the others are read."""

import resource
import signal
from types import SimpleNamespace

import pytest

from pipeline.bounded import TooCostly, bounded
from pipeline.records import Document, Failure
from pipeline.understand import Reader


def spin():
    while True:
        pass


def spin_on():
    try:
        spin()
    except TooCostly:
        spin()


def fail():
    raise IndexError


def limits():
    return (
        resource.getrlimit(resource.RLIMIT_AS),
        signal.getsignal(signal.SIGPROF),
        signal.getitimer(signal.ITIMER_PROF),
    )


def test_processor_time_is_held_and_given_back():
    before = limits()
    with pytest.raises(TooCostly), bounded(seconds=0.1, memory=1 << 30):
        spin()
    assert limits() == before


def test_it_is_said_again_where_foreign_code_swallows_it(monkeypatch):
    monkeypatch.setattr("pipeline.bounded.AGAIN", 0.1)
    with pytest.raises(TooCostly), bounded(seconds=0.1, memory=1 << 30):
        spin_on()


def test_memory_is_held_and_given_back():
    before = limits()
    with pytest.raises(MemoryError), bounded(seconds=10, memory=64 << 20):
        bytearray(256 << 20)
    assert limits() == before
    assert len(bytearray(256 << 20)) == 256 << 20


class Stages:
    """Stand for annotator, topics and events, and misbehave at documents that ask for it."""

    version = "test"

    def __init__(self):
        self.forgotten = 0

    def annotate(self, documents, **_):
        for document in documents:
            if document.text in MISBEHAVIOURS:
                MISBEHAVIOURS[document.text]()
            yield SimpleNamespace(
                document=document, language="ru", cut=(), sentences=(), entities=(), references=(), body=document.text
            )

    def forget(self):
        self.forgotten += 1

    def worth_parsing(self, _, places):
        return places

    def find(self, _):
        return (), ()

    def mark_each(self, _, events):
        return events

    def predict(self, batch):
        return [{} for _ in batch]


MISBEHAVIOURS = {"spin": spin, "swallow": lambda: bytearray(512 << 20), "break": fail}


@pytest.fixture
def stages(monkeypatch):
    monkeypatch.setattr("pipeline.understand.SECONDS", 0.2)
    monkeypatch.setattr("pipeline.understand.MEMORY", 128 << 20)
    return Stages()


def understood(stages, *texts):
    documents = [
        Document(id=str(number), url=None, published="2026-11-20", title=None, text=text)
        for number, text in enumerate(texts)
    ]
    reader = Reader(annotator=stages, topics=stages, events=stages)
    return [
        (answer.kind, answer.detail) if isinstance(answer, Failure) else answer.document.text
        for answer in reader.try_to_understand(documents, searchable=False)
    ]


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("spin", "too_costly", "too much processor time"),
        ("swallow", "too_costly", "too much memory"),
        ("break", "fault", "IndexError"),
    ],
)
def test_a_document_that_costs_too_much_or_breaks_costs_itself_alone(stages, text, kind, words):
    first, (found, detail), last = understood(stages, "А", text, "Б")
    assert (first, found, last) == ("А", kind, "Б")
    assert words in detail
    assert stages.forgotten == (2 if kind == "too_costly" else 0)  # in the batch, and alone


def test_a_program_that_reads_nothing_says_so_but_not_at_texts_that_cost_too_much(stages):
    with pytest.raises(IndexError):
        understood(stages, *["break"] * 4)
    assert [kind for kind, _ in understood(stages, *["swallow"] * 4)] == ["too_costly"] * 4
