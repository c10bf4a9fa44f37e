"""B: the disk is full, broken, read-only, or the database is not what it should be."""

from __future__ import annotations

import hashlib
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from pipeline.store import Store
from tests.faults.case import Skipped, case
from tests.faults.cases.crash import archive, archived
from tests.faults.trace import count, inject
from tests.faults.workshop import TRUTHFUL, Workshop, small_disk
from tests.nights import LATER, NIGHT, contents

if TYPE_CHECKING:
    from pathlib import Path


def sound(path: Path) -> None:
    if path.exists() and path.stat().st_size:
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def take_room(folder: Path, left: float) -> None:
    """Leave so many megabytes on a small disk, once a run has found it roomy enough and has made its database."""
    while not (folder / "news.db").exists():
        time.sleep(0.001)
    disk = os.statvfs(folder)
    with (folder / "ballast").open("wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, disk.f_bfree * disk.f_frsize - int(left * 2**20))


def fill_up(shop: Workshop, trials: int, kind: str, sizes) -> str:
    refused = 0
    for size in sizes[:trials]:
        home = shop.home()
        disk = home / "db"
        with small_disk(disk, 40, kind=kind) as allowed:
            if not allowed:
                raise Skipped("mounting is not allowed here")
            filler = threading.Thread(target=take_room, args=(disk, size), daemon=True)
            filler.start()
            ended = shop.run(home, "run", "--now", NIGHT)
            filler.join()
            assert ended.returncode in TRUTHFUL
            refused += ended.returncode == 4
            # Looked at elsewhere: SQLite maps a file of its own into memory, which a full disk answers with SIGBUS.
            copied = home / "copied"
            copied.mkdir()
            for path in disk.glob("news.db*"):
                shutil.copy(path, copied)
            sound(copied / "news.db")
            again = shop.run(home, "run", "--now", NIGHT)
            assert again.returncode == 4, again.returncode
            assert b"free at" in again.stderr, again.stderr
            (disk / "ballast").unlink()
            shop.recovers(home)
    count = min(trials, len(sizes))
    return (
        f"{refused} of {count} refused with exit code 4, {count} of {count} again before they began; "
        "all equal the twin once there is room"
    )


@case("B15", "a tmpfs of which a run has 0.1–3 MB left", trials=16, core=1, seconds=400)
def full_memory_disk(shop: Workshop, trials: int) -> str:
    return fill_up(shop, trials, "tmpfs", [0.9, *(0.1 + 0.2 * number for number in range(15))])


@case("B16", "an ext4 of which a run has 0.2–6 MB left", trials=6, seconds=300)
def full_disk(shop: Workshop, trials: int) -> str:
    return fill_up(shop, trials, "ext4", [0.2, 0.5, 1, 2, 3, 6])


@case("B17", "the disk of digests, exports and backups is full", trials=1, core=1)
def full_elsewhere(shop: Workshop, trials: int) -> str:
    home = shop.home("night")
    for number in range(trials):
        place = home / f"out{number}"
        with small_disk(place, 0.1) as allowed:
            if not allowed:
                raise Skipped("mounting is not allowed here")
            with suppress(OSError), (place / "ballast").open("wb", buffering=0) as ballast:
                while ballast.write(bytes(4096)):
                    pass
            for command in (
                ("digest", "--week", "2026-W47", "--out", str(place), "--now", LATER),
                ("export", "articles", "--out", str(place / "articles.csv")),
                ("backup", str(place / "copy.db")),
            ):
                before = {path.name for path in place.iterdir()}
                ended = shop.run(home, *command)
                assert ended.returncode == 4, (command, ended.returncode, ended.stderr)
                assert len(ended.stderr.decode().splitlines()) == 1, ended.stderr
                left = {path.name for path in place.iterdir() if path.stat().st_size == 0} - before
                assert not left, f"{command[0]} left {left}"
                for path in place.iterdir():
                    if path.name not in before:
                        path.unlink()
    assert contents(home) == shop.twin
    return "digest, export and backup refused with exit code 4 in one sentence, no half file, the database untouched"


@case(
    "B18",
    "EIO and ENOSPC at the N-th read, write or sync of an import, once and for ever (B19)",
    trials=400,
    core=3,
    seconds=1500,
)
def broken_disk(shop: Workshop, trials: int) -> str:
    refused, kept, made = 0, 0, shop.home()
    path = archive(made, 1200)
    command = ("import", "--store-only", str(path), "--now", NIGHT)
    shop.run(made, *command)
    whole = archived(shop, made)
    for trial in range(trials):
        home = shop.home()
        call = ("pwrite64", "fdatasync", "pread64", "pwrite64")[trial % 4]
        fault = "error=ENOSPC" if call == "pwrite64" and trial % 8 == 3 else "error=EIO"
        when = f"{1 + trial // 4}{'+' if trial % 3 else ''}"
        ended = shop.run(home, *command, before=inject(call, fault, when, database=home / "db" / "news.db"))
        assert ended.returncode in {0, 4}, ended.stderr.decode()[-300:]
        refused += ended.returncode == 4
        sound(home / "db" / "news.db")
        kept += ended.returncode == 0 and archived(shop, home) == whole
        assert ended.returncode == 4 or archived(shop, home) == whole, "it said done, and was not"
        if trial % 2 == 0:
            assert shop.run(home, *command).returncode == 0
            assert archived(shop, home) == whole
    return f"{refused} of {trials} refused with exit code 4, {kept} done though; 0 damaged; every second was run again, all equal the twin"


@case("B19", "the same in a nightly run", trials=24, core=1, seconds=400)
def broken_disk_at_night(shop: Workshop, trials: int) -> str:
    refused = 0
    for trial in range(trials):
        home = shop.home()
        call = ("pwrite64", "fdatasync", "pread64")[trial % 3]
        when = f"{1 + trial // 3 * 5}{'+' if trial % 2 else ''}"
        before = inject(call, "error=EIO", when, database=home / "db" / "news.db")
        ended = shop.run(home, "run", "--now", NIGHT, before=before)
        assert ended.returncode in TRUTHFUL
        refused += ended.returncode == 4
        shop.recovers(home)
    return f"{refused} of {trials} refused with exit code 4, all equal the twin after the next run"


@case("B20", "a limit on the size of files", trials=6, core=0)
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


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "-"


@case("B21", "a read-only file system; files and folders that nobody may write", trials=2, core=1)
def read_only(shop: Workshop, trials: int) -> str:
    seen = []
    home = shop.home()
    with small_disk(home / "db", 20) as allowed:
        if allowed:
            shutil.copy(shop.shared / "night" / "db" / "news.db", home / "db")
            before = fingerprint(home / "db" / "news.db")
            subprocess.run(["mount", "-o", "remount,ro", str(home / "db")], check=True)
            for command in (("run", "--now", LATER), ("collect", "--now", LATER), ("redo", "all")):
                ended = shop.run(home, *command)
                assert ended.returncode == 4, (command, ended.returncode)
                assert len(ended.stderr.decode().splitlines()) == 1, ended.stderr
            assert fingerprint(home / "db" / "news.db") == before
            seen.append("a read-only mount is told in one sentence, byte for byte as it was")
    if trials > 1:
        seen.append(as_nobody(shop))
    if not any("told" in line for line in seen):
        raise Skipped("; ".join(seen) or "mounting is not allowed here")
    return "; ".join(seen)


def as_nobody(shop: Workshop) -> str:
    nobody = ["setpriv", "--reuid", "65534", "--clear-groups"]
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return "nobody: not tried, it needs root and setpriv"
    if subprocess.run([*nobody, sys.executable, "-c", "import sqlite3"], capture_output=True, check=False).returncode:
        return "nobody: not tried, that user cannot start this Python"
    home = shop.home("night")
    for path in [home, *home.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    for above in home.parents:
        if str(above).startswith(str(shop.shared.parent)):
            above.chmod(0o755)
    ended = shop.run(home, "run", "--no-fetch", before=nobody)
    assert ended.returncode == 4, ended.stderr
    assert len(ended.stderr.decode().splitlines()) == 1
    return "files 0444 in folders 0555 are told in one sentence"


@case("B22", "the database is a folder, an empty file, a text, another program's, or newer (B23)", trials=5, core=5)
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
        before = fingerprint(path)
        ended = shop.run(home, "run", "--now", NIGHT)
        assert ended.returncode == 4, ended.stderr.decode()
        assert len(ended.stderr.decode().splitlines()) == 1
        assert fingerprint(path) == before
    return f"{trials} of {trials} refused in one sentence, byte for byte as they were"


@case("B24", "64 bytes of a random page of the database damaged", trials=60, core=4, seconds=400)
def damaged_page(shop: Workshop, trials: int) -> str:
    home, chance, found, harmless, refused = shop.home("night"), random.Random(24), 0, 0, 0
    database = home / "db" / "news.db"
    whole = database.read_bytes()
    for trial in range(trials):
        damaged = bytearray(whole)
        place = chance.randrange(1, len(whole) // 8192) * 8192 + chance.randrange(8100)
        damaged[place : place + 64] = chance.randbytes(64)
        clear(home)
        database.write_bytes(damaged)
        if trial % 4 == 0:
            ended = shop.run(home, "collect", "--now", LATER)
            assert ended.returncode in TRUTHFUL
            refused += ended.returncode == 4
            clear(home)
            database.write_bytes(damaged)
        seen = shop.run(home, "check", "--full").returncode
        found += seen != 0
        if seen == 0:
            held = shop.ask(home, "SELECT url, title, text FROM articles ORDER BY url")
            assert held == [row[:3] for row in shop.twin["articles"]], "a damaged text was not found"
            harmless += 1
    return f"{found} of {trials} found by `check --full`; the other {harmless} had hurt no article; no run broke"


def clear(home: Path) -> None:
    for old in (home / "db").glob("news.db-*"):
        old.unlink()


@case("B25", "a database cut short, a log cut short, the log of another database", trials=20, core=1)
def cut_short(shop: Workshop, trials: int) -> str:
    chance, found, same = random.Random(25), 0, 0
    whole = (shop.shared / "night" / "db" / "news.db").read_bytes()
    source = shop.home("collected")
    log = source / "db" / "news.db-wal"
    with Store.open(source / "db" / "news.db") as store:
        with store.transaction():
            store.conn.execute("INSERT INTO stories VALUES (9000, '2026-11-20T00:00:00Z', NULL)")
        written = log.read_bytes()
    for trial in range(trials):
        home = shop.home("collected")
        database = home / "db" / "news.db"
        if trial % 3 == 0:
            database.write_bytes(whole[: chance.randrange(100, len(whole))])
        elif trial % 3 == 1:
            (home / "db" / "news.db-wal").write_bytes(written[: chance.randrange(len(written))])
        else:
            shutil.copy(shop.shared / "night" / "db" / "news.db", database)
            (home / "db" / "news.db-wal").write_bytes(written)
        checked = shop.run(home, "check", "--full")
        assert checked.returncode in {0, 1, 4}
        found += checked.returncode != 0
        if checked.returncode == 0:
            shop.recovers(home)
            same += 1
        else:
            assert shop.run(home, "run", "--now", LATER).returncode in TRUTHFUL
    return f"{found} of {trials} told by `check`, the other {same} equal the twin after the next run"


@case("B26", "the log deleted after a kill", trials=5, core=0)
def lost_log(shop: Workshop, trials: int) -> str:
    calls, lost = count(shop, shop.home(), "collect", "--now", NIGHT), 0
    for trial in range(trials):
        home = shop.home()
        number = calls["pwrite64"] * (trial + 1) // (trials + 2)
        shop.run(home, "collect", "--now", NIGHT, before=inject("pwrite64", "signal=SIGKILL", str(number)))
        log = home / "db" / "news.db-wal"
        lost += log.exists() and log.stat().st_size > 0
        clear(home)
        if (home / "db" / "news.db").exists() and not (home / "db" / "news.db").stat().st_size:
            (home / "db" / "news.db").unlink()
        shop.recovers(home)
    assert lost, "no log was left to be deleted"
    return f"{lost} of {trials} logs deleted: what feeds were told went with their articles, so all equal the twin"


@case("B27", "restore from a backup; a damaged backup", trials=1, core=1)
def restore(shop: Workshop, trials: int) -> str:
    home = shop.home("night")
    copy = home / "copy.db"
    assert shop.run(home, "backup", str(copy)).returncode == 0
    (home / "db" / "news.db").write_bytes(b"broken" * 1000)
    (home / "bad.db").write_bytes(copy.read_bytes()[:-20_000])
    assert shop.run(home, "restore", str(home / "bad.db"), "--now", LATER).returncode == 4
    assert (home / "db" / "news.db").read_bytes() == b"broken" * 1000
    assert shop.run(home, "restore", str(copy), "--now", LATER).returncode == 0
    shop.recovers(home)
    return f"{trials} restored, equal to the twin after the next run; a damaged one refused, nothing touched"


@case("B28", "no inodes left; 20 open files at most", trials=2, core=0)
def few_files(shop: Workshop, trials: int) -> str:
    seen = []
    for limit in (20, 12)[:trials]:
        home = shop.home()
        ended = shop.run(
            home,
            "run",
            "--now",
            NIGHT,
            preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit,) * 2),
        )
        assert ended.returncode in TRUTHFUL, ended.stderr.decode()[-300:]
        seen.append(f"{limit} files: exit code {ended.returncode}")
        shop.recovers(home)
    home = shop.home()
    with small_disk(home / "db", 20, inodes=3) as allowed:
        if allowed:
            ended = shop.run(home, "run", "--now", NIGHT)
            assert ended.returncode == 4, ended.returncode
            seen.append("no inodes: exit code 4")
            subprocess.run(["mount", "-o", "remount,nr_inodes=1000", str(home / "db")], check=True)
            shop.recovers(home)
    return "; ".join(seen) + "; all equal the twin afterwards"


@case("B29", "a home folder with spaces, Cyrillic letters, a long name, behind a link", trials=2, core=1)
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
