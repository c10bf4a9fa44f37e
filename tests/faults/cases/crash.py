"""A: the program is killed, at any moment and at every step."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.store import Store
from pipeline.store.health import problems
from tests.faults.case import Skipped, case
from tests.faults.letters import SEND, Correspondence
from tests.faults.trace import Disk, count, inject, recording, spread, written
from tests.nights import NIGHT, ROOT, contents

if TYPE_CHECKING:
    from tests.faults.workshop import Workshop


@case("A1", "kill -9 at a random moment of a nightly run", trials=24, core=2, seconds=400)
def kill_anywhere(shop: Workshop, trials: int) -> str:
    chance, killed = random.Random(1), 0
    whole = shop.wall["collected"] + shop.wall["night"]
    for _ in range(trials):
        home = shop.home()
        killed += shop.kill_after(home, chance.uniform(0.05, 0.9) * whole, "run", "--now", NIGHT) == -signal.SIGKILL
        shop.recovers(home)
    return f"{killed} of {trials} killed; all equal the twin after the next run"


@case(
    "A2",
    "kill -9 at the N-th pwrite64, fdatasync, fsync, unlink, rename of a collection (also A3)",
    trials=60,
    core=2,
    seconds=500,
)
def kill_at_a_system_call(shop: Workshop, trials: int) -> str:
    calls, killed = count(shop, shop.home(), "collect", "--now", NIGHT), 0
    places = spread(calls, trials)
    for call, number in places:
        home = shop.home()
        ended = shop.run(home, "collect", "--now", NIGHT, before=inject(call, "signal=SIGKILL", str(number)))
        killed += ended.returncode != 0
        shop.catches_up(home)
    return f"{killed} of {len(places)} killed among {calls.total()} calls; all hold the twin's articles after the next"


def archive(home: Path, articles: int) -> Path:
    """Write an archive of short articles that take several transactions to store."""
    from json import dumps

    path = home / "archive.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for number in range(articles):
            text = f"Министры обсудили вопрос номер {number}. " * (1 + number % 20)
            line = {
                "id": str(number),
                "url": None,
                "published": "2026-11-20",
                "title": f"Новость {number}",
                "text": text,
            }
            out.write(dumps(line, ensure_ascii=False) + "\n")
    return path


@case(
    "A3",
    "kill -9 at the N-th writing system call of an import, also of the first schema (A8)",
    trials=280,
    core=3,
    seconds=600,
)
def kill_an_import(shop: Workshop, trials: int) -> str:
    home = shop.home()
    path = archive(home, 1200)
    command = ("import", "--store-only", str(path), "--now", NIGHT)
    calls, killed = count(shop, home, *command), 0
    whole = archived(shop, home)
    places = spread(calls, trials)
    for call, number in places:
        other = shop.home()
        killed += shop.run(other, *command, before=inject(call, "signal=SIGKILL", str(number))).returncode != 0
        if (other / "db" / "news.db").exists():
            with Store.open(other / "db" / "news.db") as store:
                assert list(problems(store, full=True)) == []
                held = store.value("SELECT count(*) FROM articles")
                assert held in {0, 500, 1000, 1200}, f"{held} articles: a unit was stored in part"
        assert shop.run(other, *command).returncode == 0
        assert archived(shop, other) == whole
    return (
        f"{killed} of {len(places)} killed among {calls.total()} calls; units whole, all equal the twin after the next"
    )


def archived(shop: Workshop, home: Path) -> list:
    return shop.ask(home, "SELECT url, title, content_hash FROM articles ORDER BY url")


@case("A4", "kill -9 while articles are understood, given topics (A5) and joined", trials=30, core=1, seconds=400)
def kill_the_understanding(shop: Workshop, trials: int) -> str:
    command = ("run", "--no-fetch", "--now", NIGHT)
    calls, killed = count(shop, shop.home("collected"), *command), 0
    places = spread(calls, trials)
    for call, number in places:
        home = shop.home("collected")
        killed += shop.run(home, *command, before=inject(call, "signal=SIGKILL", str(number))).returncode != 0
        half = shop.ask(
            home,
            "SELECT count(*) FROM articles WHERE understood_by IS NULL "
            "AND id IN (SELECT article_id FROM article_topics UNION SELECT article_id FROM entity_mentions)",
        )
        assert half == [0], f"{half} articles are half understood"
        assert shop.run(home, *command).returncode == 0
        assert contents(home) == shop.twin
    return f"{killed} of {len(places)} killed among {calls.total()} calls; none half understood, all equal the twin"


@case("A6", "kill -9 while the digest is made and kept", trials=20, core=1)
def kill_the_digest(shop: Workshop, trials: int) -> str:
    killed, frozen = 0, 0
    with Correspondence(shop) as office:
        home = office.home()
        calls = count(shop, home, *SEND, database=home / "db" / "news.db", env=office.env)
        places = spread(calls, trials)
        for call, number in places:
            home = office.home()
            before = inject(call, "signal=SIGKILL", str(number), database=home / "db" / "news.db")
            killed += office.send(home, before=before).returncode < 0
            held = shop.ask(home, "SELECT content FROM digests")
            assert len(held) <= 1
            office.send(home)
            after = shop.ask(home, "SELECT content FROM digests")
            assert len(after) == 1
            frozen += bool(held)
            assert not held or held == after, "the list of a kept digest changed"
            office.exact(home)
    return f"{killed} of {len(places)} killed, the list was kept already in {frozen}; never two lists, no letter twice"


@case(
    "A7",
    "kill -9 at EHLO, MAIL, RCPT, DATA, the final dot and after 250, at each of ten letters",
    trials=60,
    core=3,
    seconds=600,
)
def kill_the_sender(shop: Workshop, trials: int) -> str:
    doubt = 0
    steps = list(product(("EHLO", "MAIL", "RCPT", "DATA", "dot", "250"), range(1, 11)))
    steps = [steps[number * len(steps) // trials] for number in range(trials)]
    with Correspondence(shop) as office:
        for step, number in steps:
            home = office.home()
            if step == "EHLO" and number > 2:
                number = 1 + number % 2  # noqa: PLW2901 - there are two, before and after STARTTLS
            office.kill_at(home, step, number)
            doubt += office.exact(home)
    return f"{len(steps)} kills: lost 0, doubled 0, in doubt and said so {doubt}"


@case("A9", "kill -9 in backup: no file of the final name that is not whole", trials=20, core=3)
def kill_in_backup(shop: Workshop, trials: int) -> str:
    home, whole, killed = shop.home("night"), 0, 0
    target = home / "copy.db"
    calls = count(shop, home, "backup", str(target))
    for call, number in spread(calls, trials):
        ended = shop.run(home, "backup", str(target), before=inject(call, "signal=SIGKILL", str(number)))
        killed += ended.returncode != 0
        with Store.read(target) as copy:
            assert list(problems(copy, full=True)) == []
        whole += 1
    return f"{killed} of {trials} killed, the earlier copy was whole {whole} times, never a broken one"


@case("A10", "killed, and killed again while it recovers", trials=12, core=0)
def kill_twice(shop: Workshop, trials: int) -> str:
    chance = random.Random(10)
    for _ in range(trials):
        home = shop.home()
        for _ in range(2):
            seconds = chance.uniform(0.1, 0.9) * (shop.wall["collected"] + shop.wall["night"])
            shop.kill_after(home, seconds, "run", "--now", NIGHT)
        shop.recovers(home)
    return f"{trials} double kills, all equal the twin"


@case("A11", "SIGTERM, SIGINT, SIGHUP", trials=15, core=2)
def end_politely(shop: Workshop, trials: int) -> str:
    chance, codes, longest = random.Random(11), set(), 0.0
    for trial in range(trials):
        home = shop.home()
        number = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)[trial % 3]
        wait = chance.uniform(0.2, 0.8) * (shop.wall["collected"] + shop.wall["night"])
        began = time.monotonic()
        codes.add(shop.kill_after(home, wait, "run", "--now", NIGHT, number=number))
        longest = max(longest, time.monotonic() - began - wait)
        shop.recovers(home)
    assert longest < 15, longest
    return f"exit codes {sorted(codes)}, ended within {longest:.1f} s, all equal the twin after the next run"


@case("A12", "a worker is killed while it reads articles", trials=3, core=0)
def kill_a_worker(shop: Workshop, trials: int) -> str:
    killed = 0
    for trial in range(trials):
        home = shop.home("collected")
        running = shop.start(home, "run", "--no-fetch", "--workers", "2", "--now", NIGHT)
        victims: list[int] = []
        while running.poll() is None and not victims:
            time.sleep(0.02)
            victims = [pid for pid in children(running.pid) if "spawn_main" in words_of(pid)]
        time.sleep(0.2 * trial)
        for pid in victims[:1]:
            os.kill(pid, signal.SIGKILL)
            killed += 1
        assert running.wait() == 0, running.stderr.read()[-300:]
        running.stderr.close()
        assert contents(home) == shop.twin
    return f"{killed} workers killed, every night came to its end and equals the twin"


def children(parent: int) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, check=False).stdout.split()
    return [int(pid) for pid in listed]


def words_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


@case("A13", "standard output or error closed, or full", trials=3, core=1)
def nobody_listens(shop: Workshop, trials: int) -> str:
    home = shop.home()
    for ending in ("2>/dev/full", "2>&-", ">&-")[:trials]:
        words = " ".join(shop.command(home, "run", "--now", NIGHT))
        subprocess.run(["bash", "-c", f"{words} {ending}"], cwd=ROOT, check=False, stderr=subprocess.DEVNULL)
    shop.recovers(home)
    listing = " ".join(shop.command(home, "articles", "--now", NIGHT))
    piped = subprocess.run(["bash", "-c", f"{listing} | head -1"], cwd=ROOT, capture_output=True, check=False)
    assert b"Traceback" not in piped.stderr
    full = subprocess.run(["bash", "-c", f"{listing} >/dev/full"], cwd=ROOT, capture_output=True, check=False)
    assert full.returncode == 4, full
    assert len(full.stderr.decode().splitlines()) == 1, full.stderr
    return "work done, no traceback, `| head -1` is quiet, a full output gives exit code 4"


@case("A14", "power cut: writes since the last sync lost, torn or kept by chance", trials=1000, core=40, seconds=400)
def power_cut(shop: Workshop, trials: int) -> str:
    home = shop.home()
    log, chance = home / "trace", random.Random(14)
    command = ("import", "--store-only", str(archive(home, 2500)), "--now", NIGHT)
    assert shop.run(home, *command, before=recording(log)).returncode == 0
    steps = list(written(log, home / "db"))
    if not steps:
        raise Skipped("strace tells no content of writes here")
    cuts = sorted(chance.sample(range(1, len(steps)), min(trials, len(steps) - 1)))
    again = -(-trials // len(cuts))
    disk, acknowledged, made, lost, places = Disk(), 0, 0, 0, set(cuts)
    commit, pending = False, None
    for number, (call, name, offset, content) in enumerate(steps):
        if call == "write" and name == "news.db-wal" and pending is not None:
            # The next transaction begins: the one before was acknowledged.
            acknowledged, pending = max(acknowledged, pending), None
        disk.play(call, name, offset, content)
        if call == "write" and name == "news.db-wal" and content is not None:
            if commit:
                pending, commit = rows_of(disk.image(None), home / "cut"), False
            else:
                # The header of a frame: the size of the database after a commit, else nothing.
                commit = len(content) == 24 and content[4:8] != bytes(4)
        if number in places:
            for _ in range(again):
                rows = rows_of(disk.image(chance), home / "cut")
                assert rows is not None, f"a cut at step {number} left a damaged file"
                lost += rows < acknowledged
                made += 1
    assert not lost, f"{lost} of {made} cuts lost what was acknowledged"
    assert acknowledged == 2500, "no acknowledged commit was seen in the trace"
    return f"{made} cuts at {len(cuts)} of {len(steps)} steps: 0 damaged, 0 lost what was acknowledged"


def rows_of(image: dict[str, bytes], place: Path) -> int | None:
    """Open files as they were left; answers the number of articles, None where the file is damaged."""
    place.mkdir(exist_ok=True)
    for old in place.iterdir():
        old.unlink()
    for name, content in image.items():
        if not name.endswith(("-shm", ".lock")):
            (place / name).write_bytes(content)
    if not (place / "news.db").exists():
        return 0
    with closing(sqlite3.connect(place / "news.db")) as db:
        try:
            if db.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                return None
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'articles'").fetchone():
                return 0
            return db.execute("SELECT count(*) FROM articles").fetchone()[0]
        except sqlite3.DatabaseError:
            return None
