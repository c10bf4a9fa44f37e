"""What a fault case works with: a home folder, a press on loopback, a twin on which nothing went wrong, oracles.

O1 no acknowledged article is lost, O2 nothing is stored twice, O3 the file is sound (pages, references, search index,
hash of every text), O4 after the next clean run the database equals the twin's, O7 the exit code tells the truth, O9 no
traceback on standard error.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tests.demo.outlets import Press, publish, write_feeds
from tests.nights import LATER, NIGHT, ROOT, contents

TRUTHFUL = {0, 1, 2, 3, 4}


class Workshop:
    """A press and a twin for all cases; each case makes homes of its own."""

    def __init__(self, folder: Path, port: int, press: Press) -> None:
        self.folder, self.port, self.press = folder, port, press
        self.made = 0
        twin = self.home()
        self.run(twin, "run", "--now", NIGHT)
        self.twin = contents(twin)

    def home(self) -> Path:
        self.made += 1
        home = self.folder / f"home-{self.made}"
        home.mkdir()
        write_feeds(home / "feeds.yaml", self.port)
        return home

    def command(self, home: Path, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "pipeline.cli", *arguments, "--home", str(home)]

    def run(self, home: Path, *arguments: str, before=(), **options) -> subprocess.CompletedProcess:
        """Run a command to its end; whatever happens, it tells the truth and shows no traceback."""
        ended = subprocess.run(
            [*before, *self.command(home, *arguments)], cwd=ROOT, capture_output=True, check=False, **options
        )
        said = ended.stderr.decode(errors="replace")
        assert "Traceback" not in said, said[-600:]
        return ended

    def kill_after(self, home: Path, seconds: float, *arguments: str, number: int = signal.SIGKILL) -> int:
        """Start a command, send it a signal after some seconds, and wait for its end."""
        victim = subprocess.Popen(
            self.command(home, *arguments), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            _, said = victim.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            victim.send_signal(number)
            _, said = victim.communicate(timeout=60)
        assert b"Traceback" not in said, said[-600:]
        return victim.returncode

    def recovers(self, home: Path) -> None:
        """After one clean run the database holds what the twin's holds."""
        ended = self.run(home, "run", "--now", LATER)
        assert ended.returncode == 0, ended.stderr.decode()[-600:]
        assert contents(home) == self.twin


@contextmanager
def workshop():
    press = Press(datetime.fromisoformat(NIGHT))
    folder = Path(tempfile.mkdtemp(prefix="svodka-faults-"))
    try:
        with publish(press) as port:
            yield Workshop(folder, port, press)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def small_disk(place: Path, megabytes: int):
    """Mount a file system of a few megabytes; yields False where mounting is not allowed."""
    place.mkdir(parents=True, exist_ok=True)
    mount = shutil.which("mount")
    command = [mount or "", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    allowed = mount is not None and os.geteuid() == 0 and subprocess.run(command, check=False).returncode == 0
    try:
        yield allowed
    finally:
        if allowed:
            subprocess.run(["umount", "-l", str(place)], check=False)
