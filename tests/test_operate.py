import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.cli import COMMANDS, _run
from pipeline.records import Article, Failure, Feed, Outcome
from pipeline.store import Store
from pipeline.store.archive import Reading, finish_run, save_feeds, save_reading, start_run
from pipeline.store.health import feed_health
from tests.sample import fill

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
FEED = Feed(name="Вестник", url="https://vestnik.example/rss", country="KZ")


def article(number, at=NOW):
    return Article(
        url=f"https://vestnik.example/{number}",
        link=None,
        guid=str(number),
        title=f"Новость {number}",
        text="Министры встретились в Астане.",
        published_at=at,
        published_guessed=False,
        language="ru",
        feed="Вестник",
        text_from="full",
    )


@pytest.fixture
def home(tmp_path):
    (tmp_path / "db").mkdir()
    with Store.open(tmp_path / "db" / "news.db") as store:
        run = start_run(store, "run", now=NOW, code_version="test")
        save_feeds(store, [FEED])
        save_reading(store, run, Reading(feed=FEED, fetched_at=NOW, outcome=Outcome.OK, articles=(article(1),)))
        finish_run(store, run, now=NOW, exit_code=0, counts={"new": 1}, model="")
    return tmp_path


def svodka(home, *arguments):
    return _run([*arguments, "--home", str(home), "--now", NOW.isoformat()])


def test_status_tells_runs_and_feeds(home, capsys):
    assert svodka(home, "status", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counts"]["articles"] == 1
    assert found["runs"][0]["exit_code"] == 0
    assert [(feed["name"], feed["verdict"]) for feed in found["feeds"]] == [("Вестник", "ok")]


def test_a_feed_that_was_busy_and_says_nothing_is_silent(home):
    with Store.open(home / "db" / "news.db") as store:
        for day in range(10):
            at = NOW - timedelta(days=12 - day)
            last_seen = article(100 * day - 89, at) if day else article(1)  # it still stands there: no gap
            articles = (last_seen, *(article(100 * day + n, at) for n in range(2, 12)))
            save_reading(store, None, Reading(feed=FEED, fetched_at=at, outcome=Outcome.OK, articles=articles))
        assert feed_health(store, now=NOW)[0]["verdict"] == "silent"


def test_a_failing_feed_says_since_when_and_why(home, capsys):
    failure = Failure(stage="fetch", subject="Вестник", kind="timeout", detail="no answer within 20 seconds")
    with Store.open(home / "db" / "news.db") as store:
        save_reading(store, None, Reading(feed=FEED, fetched_at=NOW, outcome=Outcome.FAILED, failure=failure))
    assert svodka(home, "status") == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith("failing  Вестник")
    assert line.endswith("failing since 2026-11-24T03:00:00Z: no answer within 20 seconds")


def test_dated_backups_are_whole_and_rotate(home):
    for day in range(3):
        moment = (NOW + timedelta(days=day)).isoformat()
        assert _run(["backup", "--keep", "2", str(home / "copies"), "--home", str(home), "--now", moment]) == 0
    names = sorted(path.name for path in (home / "copies").iterdir())
    assert names == ["news-20261125T030000Z.db", "news-20261126T030000Z.db"]
    with closing(sqlite3.connect(home / "copies" / names[0])) as copy:
        assert copy.execute("SELECT count(*) FROM articles").fetchone() == (1,)


def test_restore_brings_the_backup_back_and_keeps_the_present_file(home):
    assert svodka(home, "backup", str(home / "copy.db")) == 0
    with Store.open(home / "db" / "news.db") as store:
        store.conn.execute("DELETE FROM article_sightings")
        store.conn.execute("DELETE FROM articles")
    assert svodka(home, "restore", str(home / "copy.db")) == 0
    with Store.read(home / "db" / "news.db") as store:
        assert store.value("SELECT count(*) FROM articles") == 1
    assert len(list((home / "db").glob("news.db.before-*Z"))) == 1


def test_a_damaged_backup_is_refused(home, capsys):
    assert svodka(home, "backup", str(home / "copy.db")) == 0
    damaged = bytearray((home / "copy.db").read_bytes())
    place = damaged.find("Министры встретились".encode())
    damaged[place : place + 2] = "Н".encode()
    (home / "copy.db").write_bytes(damaged)
    before = hashlib.sha256((home / "db" / "news.db").read_bytes()).digest()
    assert svodka(home, "restore", str(home / "copy.db")) == 4
    assert "article 1: its text is not the one that was stored" in capsys.readouterr().err
    assert hashlib.sha256((home / "db" / "news.db").read_bytes()).digest() == before


WRITING = [("run", "--no-fetch"), ("collect",), ("redo", "all"), ("import", "--store-only", "pyproject.toml")]


@pytest.mark.parametrize("command", WRITING, ids=lambda command: command[0])
def test_no_run_begins_without_room(home, capsys, monkeypatch, command):
    before = (home / "db" / "news.db").read_bytes()
    monkeypatch.setattr("pipeline.store.database.ROOM", 1 << 62)
    assert svodka(home, *command) == 4
    assert "nothing was changed" in capsys.readouterr().err
    assert (home / "db" / "news.db").read_bytes() == before


@pytest.mark.parametrize("command", [one for one in WRITING if one[0] != "collect"], ids=lambda command: command[0])
def test_nothing_is_written_to_a_damaged_file(home, capsys, command):
    path = home / "db" / "news.db"
    with Store.open(path) as store:
        root = store.value("SELECT rootpage FROM sqlite_master WHERE name = 'articles'")
        store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek((root - 1) * 8192)
        file.write(b"\xff" * 40)
    before = path.read_bytes()
    assert svodka(home, *command) == 4
    assert "svodka restore" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_check_finds_a_changed_text(home, capsys):
    assert svodka(home, "check", "--full") == 0
    with Store.open(home / "db" / "news.db") as store:
        store.conn.execute("UPDATE articles SET text = 'другое'")
    assert svodka(home, "check", "--full") == 1
    assert "article 1" in capsys.readouterr().out


def test_a_sound_database_passes_the_quick_look_too(tmp_path, capsys):
    (tmp_path / "db").mkdir()
    with Store.open(tmp_path / "db" / "news.db") as store:
        fill(store)
    assert svodka(tmp_path, "check") == 0
    assert capsys.readouterr().out == "ok\n"


def test_prune_deletes_old_bytes_and_keeps_articles(home, capsys):
    with Store.open(home / "db" / "news.db") as store:
        old = NOW - timedelta(days=31)
        save_reading(
            store,
            None,
            Reading(feed=FEED, fetched_at=old, outcome=Outcome.OK, articles=(article(2),), content=b"<rss/>"),
        )
    assert svodka(home, "prune", "--json") == 0
    assert json.loads(capsys.readouterr().out)["raw_documents"] == 1
    with Store.read(home / "db" / "news.db") as store:
        assert store.value("SELECT count(*) FROM raw_documents") == 0
        assert store.value("SELECT count(*) FROM articles") == 2


def test_the_units_name_the_time_zone_and_the_crontab_whole_paths(home, capsys):
    assert svodka(home, "schedule", "--format", "systemd", "--timezone", "Asia/Baku", "--out", str(home / "units")) == 0
    timer = (home / "units" / "svodka-nightly.timer").read_text()
    assert "OnCalendar=*-*-* 03:15 Asia/Baku" in timer
    assert "Persistent=true" in timer
    capsys.readouterr()
    assert svodka(home, "schedule") == 0
    jobs = [line for line in capsys.readouterr().out.splitlines() if line[0] in "*0123456789"]
    assert len(jobs) == 6
    assert all(f"--home {home}" in line for line in jobs)


@pytest.mark.parametrize("command", [name for name, *_ in COMMANDS])
def test_every_command_explains_itself(command, capsys):
    assert _run([command, "--help"]) == 0
    help_text = capsys.readouterr().out
    assert "Usage: svodka" in help_text
    assert len(help_text.splitlines()) > 4
    assert "\\b" not in help_text  # a mark for click that a raw string would show to the reader
