"""The nightly run from the outside: a real process, real feeds on loopback, a real database, and what goes wrong."""

import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime

import pytest

from tests.demo.outlets import Press, publish, read_outlets, write_feeds
from tests.nights import LATER, NIGHT, ROOT, contents, svodka

TASHKENT = ROOT.parent / "shared" / "examples" / "tashkent.json"
LIMIT_FILE = 400_000  # bytes that one file may have where the disk is said to be full


@pytest.fixture(scope="module")
def press():
    press = Press(datetime.fromisoformat(NIGHT))
    with publish(press) as port:
        press.port = port
        yield press


@pytest.fixture
def home(tmp_path, press):
    write_feeds(tmp_path / "feeds.yaml", press.port)
    return tmp_path


@pytest.fixture(scope="module")
def twin(tmp_path_factory, press):
    """The database of a night on which nothing went wrong."""
    home = tmp_path_factory.mktemp("twin")
    write_feeds(home / "feeds.yaml", press.port)
    ended = svodka(home, "run", "--now", NIGHT)
    assert ended.returncode == 0, ended.stderr.decode()
    return home, ended


def test_a_night_reads_every_outlet_and_tells_the_broken_one(twin):
    home, ended = twin
    lines = ended.stderr.decode().splitlines()
    assert ended.stdout == b""
    assert sum(" outcome=ok " in line for line in lines) == 5
    [broken] = [line for line in lines if " outcome=failed " in line]
    assert "Пражский наблюдатель" in broken
    assert "not_a_feed" in broken
    assert lines[-1].startswith("total=run feeds_read=5 feeds_failed=1")
    total = dict(pair.split("=") for pair in lines[-1].split())
    with closing(sqlite3.connect(home / "db" / "news.db")) as db:
        for family in ("summit", "agreement"):
            held = db.execute(f"SELECT count(*) FROM {family}_mentions").fetchone()
            assert held == (int(total[f"{family}_mentions"]),)
    assert len(contents(home)["articles"]) == sum(len(outlet["articles"]) for outlet in read_outlets())
    status = json.loads(svodka(home, "status", "--json", "--now", NIGHT).stdout)
    [told] = [feed for feed in status["feeds"] if feed["verdict"] == "failing"]
    assert told["name"] == "Пражский наблюдатель"


def test_the_same_news_twice_changes_nothing(twin):
    home, _ = twin
    before = contents(home)
    ended = svodka(home, "run", "--now", LATER)
    assert ended.returncode == 0
    assert " new=0 changed=0 " in ended.stderr.decode().splitlines()[-1]
    assert contents(home) == before


def test_meetings_and_agreements_are_found_and_reprints_join(twin):
    home, _ = twin
    agreements = listed(home, "agreements", "--country", "AZ")
    gas = [one for one in agreements if "газ" in (one["subject"] or "") and "UZ" in one["states"]]
    assert [(one["kind"], one["status"]) for one in gas] == [("agreement", "signed")]
    assert gas[0]["articles"] >= 3
    meetings = listed(home, "summits", "--country", "UZ")
    talks = [one for one in meetings if one["states"] == ["AZ", "UZ"]]
    assert [(one["status"], one["place"], one["start"]) for one in talks] == [("held", "Баку", "2026-11-20")]
    assert not [one for one in listed(home, "agreements") if "клуб" in (one["subject"] or "")]


def listed(home, kind, *arguments):
    return json.loads(svodka(home, kind, "--json", "--now", NIGHT, *arguments).stdout)[kind]


def test_two_runs_at_once_the_second_leaves_with_3(home):
    first = svodka(home, "run", "--now", NIGHT, start=subprocess.Popen)
    lock = home / "db" / "news.db.lock"
    while not lock.exists():
        time.sleep(0.01)
    time.sleep(0.1)
    began = time.monotonic()
    second = svodka(home, "run", "--now", NIGHT)
    took = time.monotonic() - began
    first.communicate()
    assert second.returncode == 3
    assert "Another run works on" in second.stderr.decode()
    assert first.returncode == 0
    assert took < 10


@pytest.mark.slow
def test_killed_at_any_moment_the_next_run_makes_what_an_unbroken_one_makes(home, twin):
    chance = random.Random(20261123)
    for _ in range(6):
        victim = svodka(home, "run", "--now", NIGHT, start=subprocess.Popen)
        time.sleep(chance.uniform(0.2, 4.0))
        victim.kill()
        victim.communicate()
        if (home / "db" / "news.db").exists():
            with closing(sqlite3.connect(home / "db" / "news.db")) as db:
                assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert svodka(home, "run", "--now", LATER).returncode == 0
    assert contents(home) == contents(twin[0])


INDEX = (
    "SELECT id FROM article_search_docsize ORDER BY id",
    "SELECT url, search_id FROM articles ORDER BY url",
    "SELECT form, lemma FROM word_forms ORDER BY form, lemma",
)


def test_read_anew_each_article_stands_in_the_search_index_once(home, twin):
    shutil.copytree(twin[0] / "db", home / "db")
    with closing(sqlite3.connect(home / "db" / "news.db")) as db:
        before = [db.execute(question).fetchall() for question in INDEX]
        assert len(before[0]) == len(before[1])
        db.execute("INSERT INTO word_forms (form, lemma) VALUES ('прежнее', 'слово')")
        db.execute("UPDATE articles SET search_id = -search_id")
        # Each stands where another will, as in an index that was rewritten many times.
        moved = [(row, url) for (url, _), (_, row) in zip(before[1], before[1][1:] + before[1][:1], strict=True)]
        db.executemany("UPDATE articles SET search_id = ? WHERE url = ?", moved)
        db.commit()
        assert svodka(home, "redo", "events", "--now", LATER).returncode == 0
        assert [db.execute(question).fetchall() for question in INDEX] == before
    assert contents(home) == contents(twin[0])


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("feeds:\n  - name: А\n    url: https://a.example/rss\n    contry: KZ\n", "feeds.yaml:4"),
        ("feeds:\n  - name: А\n    url: 7\n", "feeds.yaml:3"),
        ("feeds: [\n", "feeds.yaml"),
        ("news: []\n", "feeds.yaml:1"),
    ],
)
def test_a_wrong_feeds_yaml_names_its_line_and_nothing_is_fetched(home, written, told):
    (home / "feeds.yaml").write_text(written, encoding="utf-8")
    ended = svodka(home, "run", "--now", NIGHT)
    assert ended.returncode == 2
    assert told in ended.stderr.decode()
    assert not (home / "db" / "news.db").exists()


def test_a_file_that_is_no_database_is_left_alone(home):
    (home / "db").mkdir()
    (home / "db" / "news.db").write_bytes("это не база данных".encode())
    ended = svodka(home, "run", "--now", NIGHT)
    assert ended.returncode == 4
    assert len(ended.stderr.decode().splitlines()) == 1
    assert (home / "db" / "news.db").read_bytes() == "это не база данных".encode()


def test_a_full_disk_is_told_in_one_sentence_and_the_old_content_stays(home, twin):
    def fill_the_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_FILE, LIMIT_FILE))

    ended = svodka(home, "run", "--now", NIGHT, preexec_fn=fill_the_disk)
    assert ended.returncode == 4
    last = ended.stderr.decode().splitlines()[-1]
    assert last.startswith("svodka: The disk refused")
    assert "Traceback" not in ended.stderr.decode()
    assert svodka(home, "run", "--now", LATER).returncode == 0
    assert contents(home) == contents(twin[0])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become nobody")
@pytest.mark.parametrize(
    ("folder", "told"),
    [(0o555, "Cannot lock {db}: Permission denied"), (0o777, "{db} cannot be written: it or its folder is read-only")],
)
def test_what_may_only_be_read_is_told_in_one_sentence(home, folder, told):
    nobody = ["setpriv", "--reuid", "65534", "--clear-groups", sys.executable]
    if subprocess.run([*nobody, "-c", "import sqlite3"], capture_output=True, check=False).returncode:
        pytest.skip("nobody cannot start this Python")
    svodka(home, "run", "--no-fetch", "--now", NIGHT)
    for path in [home, *home.rglob("*")]:
        path.chmod(folder if path.is_dir() else 0o444)
    db = home / "db" / "news.db"
    db.with_name("news.db.lock").chmod(0o444 if folder == 0o555 else 0o666)
    for above in home.parents:
        if "pytest-" in str(above):  # also the folder of a worker among them
            above.chmod(0o755)
    ended = subprocess.run(
        [*nobody, "-m", "pipeline.cli", "run", "--no-fetch", "--home", str(home)],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 4
    [line] = ended.stderr.decode().splitlines()
    assert told.format(db=db) in line
    assert "--db" in line


def document(number, text, **more):
    return json.dumps({"id": str(number), "url": None, "published": "2026-11-20", "title": None, "text": text, **more})


def test_annotate_answers_every_line_in_order_and_reports_the_bad_ones(tmp_path):
    lines = [
        document(1, "20 ноября в Баку подписали соглашение Азербайджан и Узбекистан.", source="сводка"),
        "{broken",
        document(3, ""),
        json.dumps({"id": 4, "text": "нет даты"}),
        document(5, "Нулевой \x00 знак и половина \ud83d знака."),
        json.dumps([1, 2]),
    ]
    ended = svodka(tmp_path, "annotate", data="\n".join(lines).encode())
    assert ended.returncode == 1
    records = [json.loads(line) for line in ended.stdout.decode().splitlines()]
    assert [record["id"] for record in records] == ["1", None, "3", 4, "5", None]
    assert [("error" in record) for record in records] == [False, True, False, True, False, True]
    assert records[0]["source"] == "сводка"
    assert records[0]["agreements"][0]["states"] == ["AZ", "UZ"]
    assert "-:2" in records[1]["error"] or "<stdin>:2" in records[1]["error"]


@pytest.mark.slow
def test_hostile_texts_cost_bounded_time(tmp_path):
    texts = [
        "слово " * 800_000,
        "а" * 1_000_000,
        "\x00\x01\x02" * 100_000,
        "\ud800" * 10_000,
        "г. " * 300_000,
        "😀" * 300_000,
        "Иванов " * 100_000,
    ]
    ended = svodka(tmp_path, "annotate", data="\n".join(map(document, range(len(texts)), texts)).encode(), timeout=120)
    assert ended.returncode == 0, ended.stderr.decode()[-500:]
    assert len(ended.stdout.splitlines()) == len(texts)


@pytest.mark.shared
@pytest.mark.skipif(not TASHKENT.exists(), reason="needs ../shared")
def test_the_article_from_which_svodka_was_conceived(tmp_path):
    found = json.loads(TASHKENT.read_text(encoding="utf-8"))
    line = json.dumps({key: found[key] for key in ("id", "url", "published", "title", "text")})
    record = json.loads(svodka(tmp_path, "annotate", data=line.encode()).stdout)
    six = ["AZ", "KG", "KZ", "TJ", "TM", "UZ"]
    meetings = {(one["status"], one["place"], one["start"]): one for one in record["summits"]}
    assert meetings["planned", "Ташкент", "2025-11-16"]["states"] == six
    council = [one for one in record["summits"] if one["kind"] == "council"]
    assert [(one["status"], one["start"]) for one in council] == [("held", "2025-11-13")]
    signed = [one for one in record["agreements"] if one["status"] == "signed"]
    assert [one["states"] for one in signed] == [["AZ", "KZ", "UZ"]]
    assert {topic for topic, probability in record["topics"].items() if probability >= 0.5} == {
        "energy",
        "transport",
        "culture",
    }


def test_secrets_stand_in_no_line_and_no_report(home, press):
    feeds = (home / "feeds.yaml").read_text(encoding="utf-8")
    with_secrets = feeds.replace("http://127.0.0.1", "http://reader:hunter2@127.0.0.1", 1).replace(
        "outlet-az.xml", "outlet-az.xml?token=s3cr3t"
    )
    (home / "feeds.yaml").write_text(with_secrets, encoding="utf-8")
    planted = {"SVODKA_PING": f"http://127.0.0.1:{press.port}/t0k3n", "SMTP_PASSWORD": "passw0rd"}
    ended = svodka(home, "run", "--now", NIGHT, env={**os.environ, **planted})
    said = ended.stdout + ended.stderr
    for report in (("status",), ("status", "--json"), ("doctor",), ("feeds", "list")):
        told = svodka(home, *report, "--now", NIGHT, env={**os.environ, **planted})
        said += told.stdout + told.stderr
    for secret in (b"hunter2", b"s3cr3t", b"t0k3n", b"passw0rd"):
        assert secret not in said
