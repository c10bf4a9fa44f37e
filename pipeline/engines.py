"""Where documents are understood: in this process, in several, or on a cluster of machines.

Every engine takes documents and gives what was understood of them in the same order; the store has one writer, here.
A batch whose worker died is tried again elsewhere; one that kills every worker costs its own documents, no others.
"""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pipeline.batches import BATCH
from pipeline.errors import UsageError
from pipeline.records import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pipeline.records import Document, Understood
    from pipeline.understand import Reader

    Understand = Callable[[Iterable[Document]], Iterator[Understood | Failure]]
    Work = Callable[[list[Document]], list[Understood | Failure]]  # of a worker; can be pickled

AHEAD = 3  # batches under way for each worker, so that none waits
TRIES = 2  # further attempts at a batch whose worker died


@cache
def reader(home: str) -> Reader:
    """Load the models once a process."""
    from pipeline.understand import Reader

    return Reader.load(Path(home))


@contextmanager
def understanding(
    engine: str, home: Path, *, workers: int = 1, cluster: str | None = None, searchable: bool = True
) -> Iterator[Understand]:
    """Make an engine ready: `local` with so many processes, or `dask` on a cluster (an address) or one of its own.

    What is not to be stored need not be `searchable`. Raises UsageError when the engine is not installed, ModelError
    when a model does not fit its card.
    """
    # A wrong model is told before a single worker starts.
    ready = reader(str(home))
    work = partial(understand_batch, str(home), searchable=searchable)
    if engine == "dask":
        with _dask(work, workers, cluster) as understand:
            yield understand
    elif workers > 1:
        from pipeline.workers import ordered_map

        yield lambda documents: ordered_map(documents, work, workers=workers)
    else:
        yield partial(ready.try_to_understand, searchable=searchable)


def understand_batch(home: str, documents: list[Document], *, searchable: bool) -> list[Understood | Failure]:
    """Understand some documents: what a worker does."""
    return list(reader(home).try_to_understand(documents, searchable=searchable))


@contextmanager
def _dask(work: Work, workers: int, address: str | None) -> Iterator[Understand]:
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise UsageError(
            "The engine dask is not installed. Install svodka[cluster], or use --engine local.",
        ) from None
    local = None if address else LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    try:
        with Client(address or local) as client:
            yield lambda documents: _on_cluster(client, work, documents)
    finally:
        if local is not None:
            local.close()


def _on_cluster(client: Any, work: Work, documents: Iterable[Document]) -> Iterator[Understood | Failure]:  # noqa: ANN401 - untyped package
    walk = iter(documents)
    under_way: deque[tuple[list[Document], Any]] = deque()
    while True:
        wanted = AHEAD * max(1, len(client.nthreads()))
        while len(under_way) < wanted and (batch := list(islice(walk, BATCH))):
            task = client.submit(work, batch, pure=False, retries=TRIES)
            under_way.append((batch, task))
        if not under_way:
            return
        batch, task = under_way.popleft()
        yield from _answers(client, work, task, batch)


def _answers(client: Any, work: Work, task: Any, batch: list[Document]) -> Iterator[Understood | Failure]:  # noqa: ANN401 - untyped package
    from distributed.scheduler import KilledWorker

    try:
        yield from cast("list[Understood | Failure]", task.result())
    except KilledWorker as error:
        if len(batch) == 1:
            detail = f"every worker that read it died ({error})"
            yield Failure(stage="understand", subject=batch[0].id, kind="killed", detail=detail)
            return
        for document in batch:
            alone = client.submit(work, [document], pure=False, retries=0)
            yield from _answers(client, work, alone, [document])
