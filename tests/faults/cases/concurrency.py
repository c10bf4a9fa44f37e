"""C: others run, read and write at the same time."""

from __future__ import annotations

import re
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.request import urlopen

from pipeline.store import Store
from pipeline.store.health import problems
from tests.faults.case import case
from tests.faults.trace import inject
from tests.nights import LATER, NIGHT, contents

if TYPE_CHECKING:
    from tests.faults.workshop import Workshop


def ended(process: subprocess.Popen) -> int:
    _, said = process.communicate(timeout=120)
    assert b"Traceback" not in said, said[-500:]
    return process.returncode


@case("C30", "two runs started together", trials=20, core=2, seconds=400)
def two_at_once(shop: Workshop, trials: int) -> str:
    longest = 0.0
    for _ in range(trials):
        home = shop.home()
        pair = [shop.start(home, "run", "--now", NIGHT) for _ in range(2)]
        began = time.monotonic()
        while all(one.poll() is None for one in pair):
            time.sleep(0.01)
        longest = max(longest, time.monotonic() - began)
        assert sorted(map(ended, pair)) == [0, 3]
        assert contents(home) == shop.twin
    return f"{trials} of {trials}: one works, the other leaves with 3 at the latest {longest:.1f} s after its start"


@case("C31", "a digest is made while a run works", trials=4, core=0)
def digest_meanwhile(shop: Workshop, trials: int) -> str:
    codes = []
    for _ in range(trials):
        home = shop.home("collected")
        running = shop.start(home, "run", "--no-fetch", "--now", NIGHT)
        made = shop.run(home, "digest", "--week", "2026-W47", "--out", str(home / "out"), "--now", LATER)
        codes.append(made.returncode)
        assert made.returncode == 0, made.stderr
        assert ended(running) == 0
        assert contents(home) == shop.twin
    return f"{len(codes)} of {trials}: both done, the night equals the twin"


@case("C32", "the holder of the lock is killed", trials=6, core=1)
def dead_holder(shop: Workshop, trials: int) -> str:
    for _ in range(trials):
        home = shop.home()
        before = inject("flock", "signal=SIGKILL", "1+")
        assert shop.run(home, "run", "--now", NIGHT, before=before).returncode != 0
        shop.recovers(home)
    return f"{trials} of {trials} start at once"


@case("C33", "another program writes for ten seconds, another reads all night (C34)", trials=1, core=1)
def foreign_programs(shop: Workshop, trials: int) -> str:
    home = shop.home("collected")
    database = home / "db" / "news.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM articles").fetchone()
        with closing(sqlite3.connect(database, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            waiting = shop.start(home, "run", "--no-fetch", "--now", NIGHT)
            time.sleep(10 * trials)
            writer.execute("ROLLBACK")
            assert ended(waiting) == 0
        log = (home / "db" / "news.db-wal").stat().st_size // 1024
    assert contents(home) == shop.twin
    return f"the run waits and completes; the log grew to {log} KiB before the reader's snapshot and shrank after it"


@case("C35", "`svodka serve` answers while a run writes", trials=1, core=0)
def serving_meanwhile(shop: Workshop) -> str:
    home, answers, slowest = shop.home("collected"), 0, 0.0
    with serving(shop, home) as address:
        running = shop.start(home, "run", "--no-fetch", "--now", NIGHT)
        while running.poll() is None:
            for page in ("/", "/articles", "/summits", "/agreements"):
                began = time.monotonic()
                with urlopen(address + page, timeout=20) as answer:
                    assert answer.status == 200
                slowest = max(slowest, time.monotonic() - began)
                answers += 1
        assert ended(running) == 0
    assert contents(home) == shop.twin
    return f"{answers} pages while it ran, 0 errors, the slowest {slowest:.2f} s"


@contextmanager
def serving(shop: Workshop, home):
    """Start `svodka serve` on a free port; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = shop.start(home, "serve", "--port", str(port), "--now", LATER)
    try:
        for _ in range(600):
            assert server.poll() is None, server.stderr.read()
            with closing(socket.socket()) as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        _, said = server.communicate(timeout=60)
        assert b"Traceback" not in said, said[-500:]


@case("C36", "our backup while a run writes", trials=40, core=3)
def backup_while_writing(shop: Workshop, trials: int) -> str:
    home, during, number = shop.home("collected"), 0, 0
    while number < trials:
        running = shop.start(home, "redo", "all", "--now", NIGHT) if number else shop.start(home, "run", "--no-fetch")
        while number < trials:
            assert shop.run(home, "backup", str(home / f"{number}.db")).returncode == 0
            with Store.read(home / f"{number}.db") as copy:
                assert list(problems(copy, full=True)) == []
            number += 1
            if running.poll() is not None:
                break
            during += 1
        assert ended(running) == 0
    return f"{trials} of {trials} copies whole, {during} of them taken while a run wrote"


TOGGLE = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
while True:
    try:
        db.execute("BEGIN IMMEDIATE"); time.sleep(0.03); db.execute("ROLLBACK")
    except sqlite3.OperationalError:
        pass
    time.sleep(0.005)
"""


@case("C37", "another program takes and leaves the write lock all the time", trials=3, core=0)
def toggled(shop: Workshop, trials: int) -> str:
    for _ in range(trials):
        home = shop.home("collected")
        with subprocess.Popen([sys.executable, "-c", TOGGLE, str(home / "db" / "news.db")]) as other:
            try:
                done = shop.run(home, "run", "--no-fetch", "--now", NIGHT)
            finally:
                other.kill()
        assert done.returncode == 0, done.stderr
        assert re.search(rb"total=run", done.stderr)
        assert contents(home) == shop.twin
    return f"{trials} of {trials}: waited for, none lost, all equal the twin"
