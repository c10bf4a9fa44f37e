"""A piece of work held to a share of processor time and of memory, in the thread that does it."""

from __future__ import annotations

import ctypes
import resource
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

AGAIN = 1.0  # seconds after which it is said once more, should foreign code have swallowed it
LOOK = 0.01  # seconds between two looks at the clock, at least
ONE_AT_A_TIME = threading.Lock()  # the limit on memory is that of the whole process

Answer = TypeVar("Answer")


class TooCostly(Exception):  # noqa: N818 - it names what happened, and stays inside this program
    """The work used up its processor time."""


def bounded(work: Callable[[], Answer], *, seconds: float, memory: int) -> Answer:
    """Give what `work` answers within so many seconds of processor time and bytes more than the process has now.

    Raises TooCostly, or the MemoryError of whoever asked for more. Of several threads one works, the others wait.
    """
    # No context manager: an error raised between its body and its end would leave it open.
    with ONE_AT_A_TIME:
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        watch = _Watch(seconds)
        try:
            watch.start()
            wanted = (_address_space() + memory, soft, hard)
            limit = min(each for each in wanted if each != resource.RLIM_INFINITY)
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
            return work()
        finally:
            try:
                watch.stop()
            finally:  # it may have spoken at this very moment
                watch.stop()
                resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


class _Watch:
    """Raises TooCostly in the thread that made it, once that has used up its time.

    A signal would reach only the main thread, and the worker of a cluster reads in another one.
    """

    def __init__(self, seconds: float) -> None:
        self._thread = threading.get_ident()
        self._clock = time.pthread_getcpuclockid(self._thread)
        self._end = time.clock_gettime(self._clock) + seconds
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._look, args=(seconds,), daemon=True)

    def start(self) -> None:
        self._watcher.start()

    def _look(self, pause: float) -> None:
        while not self._done.wait(pause):
            left = self._end - time.clock_gettime(self._clock)
            pause = max(left, LOOK) if left > 0 else AGAIN
            if left <= 0:
                self._raise(TooCostly)

    def stop(self) -> None:
        self._done.set()
        if self._watcher.is_alive():
            self._watcher.join()
        self._raise(None)

    def _raise(self, error: type[Exception] | None) -> None:
        """Have the thread raise an error where it is, or take back one that it has not raised yet."""
        thread = ctypes.c_ulong(self._thread)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None if error is None else ctypes.py_object(error))


def _address_space() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * resource.getpagesize()
