"""Functions over hostile documents, run in child processes with limits on time and memory; a death is a value.

A feed of 400 kB can cost a parser half a minute or a gigabyte. Here it costs its own child at most, and the
next document gets a fresh one.
"""

from __future__ import annotations

import contextlib
import json
import queue
import resource
import signal
import subprocess
import sys
from multiprocessing.connection import Connection, Pipe
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

CPU_SECONDS = 10
GRACE, WALL_FACTOR = 10, 5  # seconds to wait for so much of its time: a busy machine gives a child a part of a core
MEMORY = 1 << 30  # bytes of address space


class Overrun(Exception):  # noqa: N818 - it names what happened to a child, and stays inside this program
    """A child was ended, or ended itself, before it had an answer; the text says why."""


class Sandbox:
    """A few child processes that are started when first needed and replaced when they die. Safe for threads."""

    def __init__(self, children: int = 2) -> None:
        self._free: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(children):
            self._free.put(None)
        self._children = children

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        for _ in range(self._children):
            child = self._free.get()
            if child is not None:
                child.stop()

    def call(self, function: Callable[..., Any], *arguments: object, seconds: int = CPU_SECONDS) -> Any:  # noqa: ANN401 - what the function returns
        """Return `function(*arguments)` as computed in a child; both must be picklable.

        Raises Overrun when the child used more than `seconds` of processor time, its memory, or died; whatever
        else the function raises inside the child comes out as Overrun, too, with its type and text.
        """
        child = self._free.get()
        try:
            if child is None:
                child = _Child()
            return child.ask(function, arguments, seconds)
        except BaseException:
            if child is not None and not child.alive:
                child.stop()
                child = None
            raise
        finally:
            self._free.put(child)


START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from pipeline.sandbox import serve
serve(int(sys.argv[2]))
"""


class _Child:
    def __init__(self) -> None:
        # A plain process and not one of multiprocessing, which would run the caller's main module once more.
        self._pipe, other = Pipe()
        number = other.fileno()
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and our own words
            [sys.executable, "-c", START, json.dumps(sys.path), str(number)],
            pass_fds=[number],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        other.close()
        self.alive = True

    def ask(self, function: Callable[..., Any], arguments: tuple[object, ...], seconds: int) -> Any:  # noqa: ANN401 - what the function returns
        try:
            self._pipe.send((function, arguments, seconds))
            if not self._pipe.poll(patience := GRACE + seconds * WALL_FACTOR):
                raise self._died(f"took longer than {patience} s")
            good, answer = self._pipe.recv()
        except (EOFError, OSError):
            raise self._died("") from None
        if not good:
            raise Overrun(answer)
        return answer

    def _died(self, reason: str) -> Overrun:
        self.alive = False
        if reason:
            self._process.kill()
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if not reason and code == -signal.SIGXCPU:
            reason = "used too much processor time"
        return Overrun(reason or f"ended its child process (exit code {code})")

    def stop(self) -> None:
        self._pipe.close()
        self.alive = False
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def serve(number: int) -> None:
    """Answer calls that come over the pipe with this file number until its other side closes it."""
    pipe: Connection[Any, Any] = Connection(number)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(EOFError, OSError):
        while True:
            function, arguments, seconds = pipe.recv()
            used = resource.getrusage(resource.RUSAGE_SELF)
            limit = int(used.ru_utime + used.ru_stime) + 1 + seconds
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
            try:
                answer = True, function(*arguments)
            except MemoryError:
                answer = False, "used too much memory"
            except Exception as error:  # noqa: BLE001 - one document's trouble, whatever it is
                answer = False, f"{type(error).__name__}: {error}"[:500]
            pipe.send(answer)
