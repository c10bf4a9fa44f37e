"""What one document may cost, wherever documents are read: it costs itself, and the others are read."""

import resource
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from types import SimpleNamespace

import pytest

from pipeline.bounded import TooCostly, bounded
from pipeline.engines import _on_cluster
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


def hold(work, *, seconds=10, memory=1 << 30):
    return bounded(work, seconds=seconds, memory=memory)


def limits():
    return resource.getrlimit(resource.RLIMIT_AS), threading.active_count()


@pytest.fixture(params=["the main thread", "another thread"])
def there(request):
    """Do something where a process alone does it, or where the worker of a cluster does it."""
    if request.param == "the main thread":
        yield hold
    else:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(int).result()  # it has its thread from now on
            yield lambda work, **options: pool.submit(hold, work, **options).result()


def test_processor_time_is_held_and_given_back(there):
    before = limits()
    with pytest.raises(TooCostly):
        there(spin, seconds=0.1)
    assert limits() == before
    assert there(lambda: "done", seconds=0.1) == "done"


def test_it_is_said_again_where_foreign_code_swallows_it(there, monkeypatch):
    monkeypatch.setattr("pipeline.bounded.AGAIN", 0.1)
    with pytest.raises(TooCostly):
        there(spin_on, seconds=0.1)


def test_waiting_costs_no_processor_time(there):
    assert there(lambda: time.sleep(0.3), seconds=0.1) is None


def test_memory_is_held_and_given_back(there):
    before = limits()
    with pytest.raises(MemoryError):
        there(lambda: bytearray(512 << 20), memory=128 << 20)
    assert limits() == before
    assert len(bytearray(512 << 20)) == 512 << 20


def test_two_threads_do_not_take_each_others_limits_for_those_of_the_process():
    before = limits()
    with ThreadPoolExecutor(2) as pool:
        first_is_in, go_on = threading.Event(), threading.Event()
        first = pool.submit(hold, lambda: first_is_in.set() or go_on.wait(10))
        first_is_in.wait(10)
        second = pool.submit(hold, lambda: "done")
        assert not wait([second], 0.1).done
        go_on.set()
        assert (first.result(), second.result()) == (True, "done")
    assert limits() == before


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

    def find_each(self, batch):
        return [((), ())] * len(batch)

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


def documents(*texts):
    return [
        Document(id=str(number), url=None, published="2026-11-20", title=None, text=text)
        for number, text in enumerate(texts)
    ]


def read(documents, stages=None):
    stages = stages or Stages()
    reader = Reader(annotator=stages, topics=stages, events=stages)
    return list(reader.try_to_understand(documents, searchable=False))


def told(answers):
    return [(each.kind, each.detail) if isinstance(each, Failure) else each.document.text for each in answers]


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("spin", "too_costly", "too much processor time"),
        ("swallow", "too_costly", "too much memory"),
        ("break", "fault", "IndexError"),
    ],
)
def test_a_document_that_costs_too_much_or_breaks_costs_itself_alone(stages, text, kind, words):
    first, (found, detail), last = told(read(documents("А", text, "Б"), stages))
    assert (first, found, last) == ("А", kind, "Б")
    assert words in detail
    assert stages.forgotten == (2 if kind == "too_costly" else 0)  # in the batch, and alone


@pytest.mark.usefixtures("stages")
def test_a_program_that_reads_nothing_says_so_but_not_at_texts_that_cost_too_much():
    with pytest.raises(IndexError):
        read(documents(*["break"] * 4))
    assert [kind for kind, _ in told(read(documents(*["swallow"] * 4)))] == ["too_costly"] * 4


@pytest.mark.usefixtures("stages")
@pytest.mark.filterwarnings("ignore")  # of the cluster, about itself
def test_the_worker_of_a_cluster_holds_a_document_as_a_process_alone_does():
    distributed = pytest.importorskip("distributed")
    some = documents("А", "spin", "Б", "swallow", "В")
    with distributed.Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None) as client:
        assert told(_on_cluster(client, read, some)) == told(read(some))
