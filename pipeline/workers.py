"""Documents understood in several processes, in order, with few of them in memory.

Each process loads the models once and works with one BLAS thread, so that the processes do not fight for the cores. A
batch whose process dies (out of memory, killed) is tried again document by document in a process of its own; a
document that kills that one too becomes a Failure, and the rest goes on.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

from pipeline.batches import BATCH
from pipeline.records import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pipeline.records import Document, Understood

AHEAD = 3  # batches under way for each process, so that none waits
ONE_THREAD: Mapping[str, str] = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def ordered_map(
    documents: Iterable[Document], work: Callable[[list[Document]], list[Understood | Failure]], *, workers: int
) -> Iterator[Understood | Failure]:
    """Understand documents in `workers` processes, in their order."""
    yield from map_batches(work, documents, workers=workers, dead=_killed)


def _killed(document: Document) -> Failure:
    detail = "the process that read it died; the article is kept and can be read again with `svodka redo`"
    return Failure(stage="understand", subject=document.id, kind="killed", detail=detail)


def map_batches(
    work: Callable[[list[Item]], list[Answer]],
    items: Iterable[Item],
    *,
    workers: int,
    dead: Callable[[Item], Answer],
    batch: int = BATCH,
) -> Iterator[Answer]:
    """Give the answers of `work` (picklable, one answer an item) in the order of the items.

    At most AHEAD batches a process are read from `items` before they are wanted. `dead` answers for an item that
    kills the process it is given to; what `work` raises goes to the caller.
    """
    walk = iter(items)
    pool = _Pool(work, workers)
    under_way: deque[tuple[list[Item], Future[list[Answer]]]] = deque()
    try:
        while True:
            while len(under_way) < AHEAD * workers and (some := list(islice(walk, batch))):
                under_way.append((some, pool.submit(some)))
            if not under_way:
                return
            some, future = under_way.popleft()
            try:
                answers = future.result()
            except BrokenProcessPool:
                # Every batch under way is lost with the pool, and nobody knows which of them did it.
                pool.close()
                answers = _one_by_one(work, some, dead)
                pool = _Pool(work, workers)
                under_way = deque((lost, pool.submit(lost)) for lost, _ in under_way)
            yield from answers
    finally:
        pool.close()


def _one_by_one(
    work: Callable[[list[Item]], list[Answer]], items: list[Item], dead: Callable[[Item], Answer]
) -> list[Answer]:
    pool = _Pool(work, 1)
    answers: list[Answer] = []
    try:
        for item in items:
            try:
                answers += pool.submit([item]).result()
            except BrokenProcessPool:
                pool.close()
                pool = _Pool(work, 1)
                answers.append(dead(item))
    finally:
        pool.close()
    return answers


class _Pool(Generic[Item, Answer]):
    """A pool of fresh processes: no lock, thread or connection of this process is carried over by a fork."""

    def __init__(self, work: Callable[[list[Item]], list[Answer]], workers: int) -> None:
        self._work = work
        self._before = {name: os.environ.get(name) for name in ONE_THREAD}
        os.environ.update(ONE_THREAD)  # numpy reads it when a process first loads it
        self._pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))

    def submit(self, items: list[Item]) -> Future[list[Answer]]:
        try:
            return self._pool.submit(self._work, items)
        except BrokenProcessPool as error:  # it broke while nobody waited: tell it where results are taken
            future: Future[list[Answer]] = Future()
            future.set_exception(error)
            return future

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
