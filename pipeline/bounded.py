"""A piece of work held to a share of processor time and of memory, in the process that does it."""

from __future__ import annotations

import resource
import signal
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

AGAIN = 1.0  # seconds after which it is said once more, should foreign code have swallowed it


class TooCostly(Exception):  # noqa: N818 - it names what happened, and stays inside this program
    """The work used up its processor time."""


@contextmanager
def bounded(*, seconds: float, memory: int) -> Iterator[None]:
    """Do what is inside within some seconds of processor time, and so many bytes more than the process has now.

    Raises TooCostly, or the MemoryError of whoever asked for more. A signal reaches only the main thread; in another
    one, as a worker of a cluster has it, nothing is held.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGPROF, _tell)
    try:
        wanted = (_address_space() + memory, soft, hard)
        resource.setrlimit(resource.RLIMIT_AS, (min(each for each in wanted if each != resource.RLIM_INFINITY), hard))
        signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    finally:
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _tell(*_: object) -> NoReturn:
    raise TooCostly


def _address_space() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * resource.getpagesize()
