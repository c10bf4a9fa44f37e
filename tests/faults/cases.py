"""The fault cases: each one function of a workshop and the number of trials, answering what was seen."""

from __future__ import annotations

import hashlib
import json
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.store import Store
from pipeline.store.health import problems
from tests.faults.workshop import TRUTHFUL, Workshop, small_disk
from tests.nights import LATER, NIGHT, ROOT, contents

if TYPE_CHECKING:
    from collections.abc import Callable

CASES: list[Case] = []
SYSCALLS = ("pwrite64", "fdatasync", "fsync", "unlink", "rename")


class Skipped(Exception):  # noqa: N818 - it is no error
    """The machine does not allow this case; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    title: str
    play: Callable[[Workshop, int], str]
    trials: int  # in the whole campaign
    core: int  # in `make test`; 0: not there


def case(name: str, title: str, *, trials: int, core: int = 0):
    def register(play):
        CASES.append(Case(name=name, title=title, play=play, trials=trials, core=core))
        return play

    return register


@case("A1", "kill -9 while feeds are read, articles understood and joined", trials=40, core=4)
def kill_anywhere(shop: Workshop, trials: int) -> str:
    chance, killed = random.Random(1), 0
    for _ in range(trials):
        home = shop.home()
        killed += shop.kill_after(home, chance.uniform(0.3, 4.0), "run", "--now", NIGHT) == -signal.SIGKILL
        shop.recovers(home)
    return f"{killed} of {trials} killed, all equal the twin after the next run"


@case("A2", "kill -9 at the N-th system call that writes", trials=100, core=3)
def kill_at_a_system_call(shop: Workshop, trials: int) -> str:
    if not shutil.which("strace"):
        raise Skipped("strace is not installed")
    killed = 0
    for trial in range(trials):
        home = shop.home()
        call, number = SYSCALLS[trial % len(SYSCALLS)], 1 + trial // len(SYSCALLS) * 3
        inject = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
                  "-e", f"inject={call}:signal=SIGKILL:when={number}")  # fmt: skip
        killed += shop.run(home, "run", "--now", NIGHT, before=inject).returncode != 0
        shop.recovers(home)
    return f"{killed} of {trials} killed, all equal the twin after the next run"


@case("A10", "killed, and killed again while it recovers", trials=12, core=1)
def kill_twice(shop: Workshop, trials: int) -> str:
    chance = random.Random(10)
    for _ in range(trials):
        home = shop.home()
        for _ in range(2):
            shop.kill_after(home, chance.uniform(0.5, 3.5), "run", "--now", NIGHT)
        shop.recovers(home)
    return f"{trials} double kills, all equal the twin"


@case("A9", "kill -9 in backup: no file of the final name that is not whole", trials=20, core=3)
def kill_in_backup(shop: Workshop, trials: int) -> str:
    home, chance, whole = shop.home(), random.Random(9), 0
    shop.run(home, "run", "--now", NIGHT)
    target = home / "copy.db"
    for _ in range(trials):
        shop.kill_after(home, chance.uniform(0.05, 0.6), "backup", str(target))
        if target.exists():
            with Store.read(target) as copy:
                assert list(problems(copy, full=True)) == []
            whole += 1
    return f"{trials} kills, {whole} times a whole copy, never a broken one"


@case("A11", "SIGTERM, SIGINT, SIGHUP", trials=12, core=3)
def end_politely(shop: Workshop, trials: int) -> str:
    chance, codes = random.Random(11), []
    for trial in range(trials):
        home = shop.home()
        number = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)[trial % 3]
        began = time.monotonic()
        wait = chance.uniform(1.0, 3.0)
        codes.append(shop.kill_after(home, wait, "run", "--now", NIGHT, number=number))
        assert time.monotonic() - began < wait + 15
        shop.recovers(home)
    return f"exit codes {sorted(set(codes))}, all equal the twin after the next run"


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
    return "work done, no traceback, `| head -1` is quiet"


@case("B15", "a file system of 1–8 MB that fills up", trials=12, core=1)
def full_disk(shop: Workshop, trials: int) -> str:
    refused = 0
    for trial in range(trials):
        home = shop.home()
        with small_disk(home / "db", 1 + trial % 8) as allowed:
            if not allowed:
                raise Skipped("mounting is not allowed here")
            ended = shop.run(home, "run", "--now", NIGHT)
            assert ended.returncode in TRUTHFUL
            refused += ended.returncode == 4
            if (home / "db" / "news.db").exists() and (home / "db" / "news.db").stat().st_size:
                with closing(sqlite3.connect(home / "db" / "news.db")) as db:
                    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            subprocess.run(["mount", "-o", "remount,size=200m", str(home / "db")], check=True)
            shop.recovers(home)
    return f"{refused} of {trials} refused with exit code 4, all equal the twin once there is room"


@case("B18", "input/output error at the N-th read, write or sync", trials=60, core=3)
def broken_disk(shop: Workshop, trials: int) -> str:
    if not shutil.which("strace"):
        raise Skipped("strace is not installed")
    refused = 0
    for trial in range(trials):
        home = shop.home()
        call = ("pwrite64", "fdatasync", "pread64")[trial % 3]
        when = f"{1 + trial // 3 * 2}{'+' if trial % 2 else ''}"
        files = (
            word for end in ("", "-wal", "-journal", "-shm") for word in ("-P", str(home / "db" / f"news.db{end}"))
        )
        inject = ("strace", "-f", "-qq", "-o", "/dev/null", *files, "-e", f"trace={call}",
                  "-e", f"inject={call}:error=EIO:when={when}")  # fmt: skip
        ended = shop.run(home, "run", "--now", NIGHT, before=inject)
        assert ended.returncode in TRUTHFUL
        refused += ended.returncode == 4
        shop.recovers(home)
    return f"{refused} of {trials} refused with exit code 4, all equal the twin after the next run"


@case("B20", "a limit on the size of files", trials=6, core=1)
def file_limit(shop: Workshop, trials: int) -> str:
    for trial in range(trials):
        home, size = shop.home(), 100_000 * (1 + 3 * trial)
        ended = shop.run(
            home,
            "run",
            "--now",
            NIGHT,
            preexec_fn=lambda size=size: resource.setrlimit(resource.RLIMIT_FSIZE, (size,) * 2),
        )
        assert ended.returncode in {0, 4}
        shop.recovers(home)
    return f"{trials} limits, told in a sentence, all equal the twin afterwards"


@case("B22", "the database is a folder, an empty file, a text, another program's, or newer", trials=5, core=5)
def strange_files(shop: Workshop, trials: int) -> str:
    def folder(path):
        path.mkdir()

    def other(path):
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE letters (id INTEGER)")

    def newer(path):
        with Store.open(path) as store:
            store.conn.execute("UPDATE _sqlite_migrations SET name = 'm999_future'")
            store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    makers = (folder, lambda path: path.write_text("записки"), other, newer, lambda path: path.write_bytes(b"SQLite f"))
    for make in makers[:trials]:
        home = shop.home()
        (home / "db").mkdir()
        path = home / "db" / "news.db"
        make(path)
        before = path.read_bytes() if path.is_file() else b""
        ended = shop.run(home, "run", "--now", NIGHT)
        assert ended.returncode == 4, ended.stderr.decode()
        assert len(ended.stderr.decode().splitlines()) == 1
        assert (path.read_bytes() if path.is_file() else b"") == before
    return f"{trials} of {trials} refused in one sentence, byte for byte as they were"


@case("B24", "one page of the database damaged", trials=60, core=4)
def damaged_page(shop: Workshop, trials: int) -> str:
    home, chance, found, harmless = shop.home(), random.Random(24), 0, 0
    shop.run(home, "run", "--now", NIGHT)
    with Store.open(home / "db" / "news.db") as store:
        store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = (home / "db" / "news.db").read_bytes()
    held = contents(home)
    for _ in range(trials):
        damaged = bytearray(whole)
        place = chance.randrange(1, len(whole) // 4096) * 4096 + chance.randrange(4000)
        damaged[place : place + 64] = chance.randbytes(64)
        for old in (home / "db").glob("news.db-*"):
            old.unlink()
        (home / "db" / "news.db").write_bytes(damaged)
        seen = shop.run(home, "check", "--full").returncode
        found += seen != 0
        if seen == 0:
            with closing(sqlite3.connect(home / "db" / "news.db")) as db:
                same = {n: db.execute("SELECT url, title, text FROM articles ORDER BY url").fetchall() for n in ("a",)}
            assert [row[:3] for row in held["articles"]] == same["a"]
            harmless += 1
    return f"{found} of {trials} found by `check --full`; the other {harmless} had hurt no article"


@case("B27", "restore from a backup", trials=1, core=1)
def restore(shop: Workshop, trials: int) -> str:
    home = shop.home()
    shop.run(home, "run", "--now", NIGHT)
    assert shop.run(home, "backup", str(home / "copy.db")).returncode == 0
    (home / "db" / "news.db").write_bytes(b"broken" * 1000)
    assert shop.run(home, "restore", str(home / "copy.db"), "--now", LATER).returncode == 0
    shop.recovers(home)
    return f"{trials} restored, equal to the twin after the next run"


@case("B29", "a home folder with spaces, Cyrillic letters, behind a link", trials=2, core=2)
def strange_places(shop: Workshop, trials: int) -> str:
    plain = shop.home()
    odd = shop.folder / f"дом с пробелами {'и длинным именем ' * 6}"
    odd.mkdir()
    shutil.copy(plain / "feeds.yaml", odd)
    link = shop.folder / "link"
    link.symlink_to(odd, target_is_directory=True)
    for place in (odd, link)[:trials]:
        shop.recovers(place)
    return f"{trials} of {trials} work"


@case("C30", "two runs started together", trials=20, core=3)
def two_at_once(shop: Workshop, trials: int) -> str:
    for _ in range(trials):
        home = shop.home()
        pair = [
            subprocess.Popen(shop.command(home, "run", "--now", NIGHT), cwd=ROOT, stderr=subprocess.DEVNULL)
            for _ in range(2)
        ]
        assert sorted(one.wait() for one in pair) == [0, 3]
        assert contents(home) == shop.twin
    return f"{trials} of {trials}: exactly one works, the other leaves with 3"


@case("C32", "the holder of the lock is killed", trials=5, core=1)
def dead_holder(shop: Workshop, trials: int) -> str:
    for _ in range(trials):
        home = shop.home()
        shop.kill_after(home, 1.2, "run", "--now", NIGHT)
        shop.recovers(home)
    return f"{trials} of {trials} start at once"


@case("C33", "another program writes for ten seconds, another reads all night", trials=1, core=1)
def foreign_programs(shop: Workshop, trials: int) -> str:
    home = shop.home()
    shop.run(home, "run", "--no-fetch", "--now", NIGHT)
    database = home / "db" / "news.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM articles").fetchone()
        with closing(sqlite3.connect(database, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            waiting = subprocess.Popen(shop.command(home, "run", "--now", NIGHT), cwd=ROOT, stderr=subprocess.DEVNULL)
            time.sleep(5 if trials == 1 else 10)
            writer.execute("ROLLBACK")
            assert waiting.wait() == 0
    assert contents(home) == shop.twin
    return "the run waits and completes"


@case("C36", "our backup while a run writes", trials=20, core=2)
def backup_while_writing(shop: Workshop, trials: int) -> str:
    home = shop.home()
    shop.run(home, "run", "--no-fetch", "--now", NIGHT)
    running = subprocess.Popen(shop.command(home, "run", "--now", NIGHT), cwd=ROOT, stderr=subprocess.DEVNULL)
    for number in range(trials):
        assert shop.run(home, "backup", str(home / f"{number}.db")).returncode == 0
        with Store.read(home / f"{number}.db") as copy:
            assert list(problems(copy, full=True)) == []
    assert running.wait() == 0
    return f"{trials} of {trials} copies whole"


@case("G74", "66 kinds of hostile text, as articles of one archive", trials=66, core=20)
def hostile_texts(shop: Workshop, trials: int) -> str:
    size = 100_000
    units = (
        "слово ", "А. А. ", "г. г. ", "1.1.1.", "?!", ".", '"', ") ", ":) ", "да. да. ", "«а» ", "ул. Ленина, д. 5. ",
        "<p>текст</p>", "https://a.example/б ", "а-а-", "а_а_", "1,1,", "1/1/", "\x00", "и\u0301", "ΑΒΓ ", "😀", "中文",
        "\u200b", "по-", "пере", "Иван Иван ", "Иванов И. И. ", "12 мая 2024 ", "$1 млрд ", "а", "А", " ", "\n", "\t",
        "\u202e", "Пyтин ", "е\u0308", "\ufeff", "[", "(", "{", "- ", "— ", "• ", "1 ", "№1 ", "%", "&amp;", "\\",
        "саммит ", "договор ", "подписали соглашение ", "переговоры с ", "Баку и Ташкент ", "президент ", "в Москве ",
        "16 ноября ", "министр ", "ООН, ", "МИД РФ ", "Узбекистан, ", "сказал: «да». ", "т. е. ", "и т. д. ", "\u00ad",
    )[:trials]  # fmt: skip
    home = shop.home()
    lines = [
        json.dumps({"id": str(n), "url": None, "published": "2026-11-20", "title": "Саммит", "text": (u * size)[:size]})
        for n, u in enumerate(units)
    ]
    (home / "hostile.jsonl").write_text("\n".join(lines))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = shop.run(home, "import", str(home / "hostile.jsonl"), "--now", NIGHT, timeout=900)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ended.returncode == 0, ended.stderr.decode()[-300:]
    with Store.read(home / "db" / "news.db") as store:
        assert store.value("SELECT count(*) FROM articles WHERE understood_by IS NOT NULL") == len(units)
        records = store.value(
            "SELECT (SELECT count(*) FROM summit_mentions) + (SELECT count(*) FROM agreement_mentions)"
        )
        assert list(problems(store, full=True)) == []
    seconds = after.ru_utime - used.ru_utime
    return f"{len(units)} stored, {seconds / len(units):.1f} s of processor each on average, {records} records in all"


@case("N1", "the same input in the database and in memory gives the same digest of bytes", trials=1, core=1)
def same_twice(shop: Workshop, trials: int) -> str:
    homes = [shop.home() for _ in range(1 + trials)]
    for home in homes:
        shop.run(home, "run", "--now", NIGHT)
        week = ("digest", "--week", "2026-W47", "--out", str(home / "out"), "--now", LATER)
        assert shop.run(home, *week).returncode == 0
    digests = [
        [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((home / "out").iterdir())] for home in homes
    ]
    assert all(one == digests[0] for one in digests)
    return f"{len(digests[0])} files, byte for byte"
