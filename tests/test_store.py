import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils.migrations import Migrations

from pipeline.errors import BusyError, StoreError
from pipeline.migrations import migrations
from pipeline.store import Store, free_space, lock, refuse_full_disk
from pipeline.store.files import write_whole


def test_a_copy_of_the_database_opens_and_holds_the_same(tmp_path):
    with Store.open(tmp_path / "news.db") as store:
        store.backup(tmp_path / "copy.db")
    with Store.read(tmp_path / "copy.db") as copy:
        assert copy.value("SELECT count(*) FROM topics") == 3


def test_a_copy_that_came_out_damaged_is_not_left(tmp_path):
    def spoil(copy):
        for statement in (
            "PRAGMA ignore_check_constraints = ON",
            "INSERT INTO feeds (name, url, enabled) VALUES ('А', 'https://a.example/', 7)",
            "PRAGMA ignore_check_constraints = OFF",
        ):
            copy.execute(statement)

    target = tmp_path / "copy.db"
    target.write_bytes(b"the copy of yesterday")
    with Store.open(tmp_path / "news.db") as store, pytest.raises(StoreError, match="is damaged"):
        store.backup(target, change=spoil)
    assert target.read_bytes() == b"the copy of yesterday"
    assert not list(tmp_path.glob("*.part"))


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    def pieces():
        yield b"half"
        raise OSError(28, "No space left on device")

    target = tmp_path / "week.html"
    target.write_bytes(b"the week before")
    with pytest.raises(StoreError, match="No space left on device"):
        write_whole(target, pieces())
    assert target.read_bytes() == b"the week before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_is_on_the_disk_before_it_takes_its_name(tmp_path, monkeypatch):
    done = []
    for owner, name in ((os, "fsync"), (Path, "replace")):
        real = getattr(owner, name)
        monkeypatch.setattr(
            owner, name, lambda *arguments, real=real, name=name: (done.append(name), real(*arguments))[1]
        )
    write_whole(tmp_path / "week.html", [b"the week"])
    with Store.open(tmp_path / "news.db") as store:
        assert done == ["fsync", "replace"]
        done.clear()
        store.backup(tmp_path / "copy.db")
    assert done == ["fsync", "replace"]


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("not a database at all")
    with pytest.raises(StoreError, match="is not an SQLite database"):
        Store.open(notes)
    assert notes.read_text() == "not a database at all"


def test_a_newer_schema_is_refused(tmp_path):
    with Store.open(tmp_path / "news.db") as store:
        store.conn.execute("UPDATE _sqlite_migrations SET name = 'm999_future' WHERE name = 'm001_initial'")
    with pytest.raises(StoreError, match="newer svodka"):
        Store.open(tmp_path / "news.db")


def test_what_was_acknowledged_survives_a_power_cut(tmp_path):
    with Store.open(tmp_path / "news.db") as store:
        assert store.value("PRAGMA journal_mode") == "wal"
        assert store.value("PRAGMA synchronous") == 2  # FULL


def test_what_may_only_be_read_is_told_with_what_to_mend(tmp_path):
    with Store.open(tmp_path / "news.db") as store:
        store.conn.execute("PRAGMA query_only = ON")  # refused in the words of a read-only file
        with pytest.raises(StoreError, match="read-only"), store.transaction():
            store.conn.execute("INSERT INTO runs (command, started_at, code_version) VALUES ('run', '', '')")


def test_a_place_where_nothing_can_be_made_is_told_with_another_way(tmp_path):
    (tmp_path / "taken").write_text("")
    for begin in (lock, Store.open):
        with pytest.raises(StoreError, match=r"taken/news.db.*Choose another (place|file) with --db"):
            begin(tmp_path / "taken" / "news.db").__enter__()


def test_a_transaction_takes_the_write_lock_at_once(tmp_path):
    with Store.open(tmp_path / "news.db") as store, closing(sqlite3.connect(store.path, timeout=0)) as other:
        with store.transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")


def test_a_writer_waits_for_the_short_transaction_of_another_program(tmp_path):
    with Store.open(tmp_path / "news.db") as store:
        other = sqlite3.connect(store.path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.3, other.close)
        release.start()
        try:
            with store.transaction():
                pass
        finally:
            release.join()


def test_a_damaged_file_is_refused_before_anything_is_written(tmp_path):
    with Store.open(tmp_path / "news.db") as store:
        store.conn.executemany(
            "INSERT INTO runs (command, started_at, code_version) VALUES (?, '', '')", [["run" * 500]] * 100
        )
        store.refuse_damage()
        root = store.value("SELECT rootpage FROM sqlite_master WHERE name = 'runs'")
        store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (tmp_path / "news.db").open("r+b") as file:
        file.seek((root - 1) * 8192 + 12)
        file.write(b"\xff" * 40)
    with Store.open(tmp_path / "news.db") as store, pytest.raises(StoreError, match="svodka restore"):
        store.refuse_damage()


def test_a_run_needs_room_on_the_disk_of_its_database(tmp_path, monkeypatch):
    path = tmp_path / "db" / "news.db"
    free, folder = free_space(path)
    assert folder == tmp_path
    assert free > 0
    refuse_full_disk(path)
    monkeypatch.setattr("pipeline.store.database.ROOM", 1 << 62)
    with pytest.raises(StoreError, match=r"MiB are free at .* nothing was changed"):
        refuse_full_disk(path)
    assert not path.parent.exists()


def _fail_half_way(store):
    store.conn.execute("INSERT INTO runs (command, started_at, code_version) VALUES ('run', '', '')")
    raise ZeroDivisionError


def test_a_transaction_is_all_or_nothing(tmp_path):
    with Store.open(tmp_path / "news.db") as store:
        with pytest.raises(ZeroDivisionError), store.transaction():
            _fail_half_way(store)
        assert store.value("SELECT count(*) FROM runs") == 0


def test_a_disk_that_is_full_in_the_midst_of_a_transaction_is_told_and_leaves_nothing(tmp_path):
    with Store.open(tmp_path / "news.db") as store:
        pages = store.value("PRAGMA page_count")
        store.conn.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="The disk refused"), store.transaction():
            store.conn.execute(
                "INSERT INTO runs (command, started_at, code_version) VALUES ('run', '', ?)", ["x" * 1_000_000]
            )
        assert store.value("SELECT count(*) FROM runs") == 0


def test_the_second_holder_of_the_lock_is_told_at_once_and_a_dead_one_frees_it(tmp_path):
    db = tmp_path / "news.db"
    code = (
        "import pathlib, sys, time; from pipeline.store import lock\n"
        "with lock(pathlib.Path(sys.argv[1])):\n print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(db)], stdout=subprocess.PIPE, env=os.environ)
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(BusyError), lock(db):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with lock(db):
        pass


def test_before_its_schema_changes_the_database_is_copied(tmp_path, monkeypatch):
    with Store.open(tmp_path / "news.db") as store:
        store.conn.execute("INSERT INTO runs (command, started_at, code_version) VALUES ('run', '', '')")
    later = Migrations("svodka")

    @later()
    def m002_later(db):
        db.execute("DROP TABLE runs")

    monkeypatch.setattr(migrations, "_migrations", [*migrations._migrations, *later._migrations])
    with Store.open(tmp_path / "news.db") as store:
        assert store.value("SELECT count(*) FROM sqlite_master WHERE name = 'runs'") == 0
    monkeypatch.undo()
    with Store.read(tmp_path / "news.db.before-m001_initial") as copy:
        assert copy.value("SELECT count(*) FROM runs") == 1
