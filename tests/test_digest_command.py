import json
import re
from pathlib import Path

import pytest
import weeks
from mailserver import Post, running

from pipeline.cli import _run
from pipeline.desk import read_desk, read_rules, read_subscribers
from pipeline.errors import ConfigError
from pipeline.settings import Settings
from pipeline.store import Store

NOW = "2026-11-23T02:00:00+00:00"
DESK = """\
title: Сводка стола
timezone: Asia/Tashkent
pages: https://svodka.example
one_click: yes
from: Мониторинг региональной дипломатии <digest@desk.example>
operator: admin@desk.example
"""
READERS = """\
subscribers:
  - address: all@example.org
  - address: energy@example.org
    topics: energy
    states: [KG, NO]
  - address: "bad address"
  - address: ALL@example.org
"""


@pytest.fixture
def home(tmp_path):
    (tmp_path / "db").mkdir()
    with Store.open(tmp_path / "db" / "news.db") as store:
        weeks.ordinary(store)
    (tmp_path / "desk.yaml").write_text(DESK, encoding="utf-8")
    (tmp_path / "subscribers.yaml").write_text(READERS, encoding="utf-8")
    return tmp_path


def settings_of(home):
    return Settings(home=home, db=home / "news.db", now=weeks.NOW, clock=lambda: weeks.NOW, env={})


def svodka(home, *arguments, now=NOW):
    return _run(["digest", "--home", str(home), "--now", now, *arguments])


def test_it_shows_the_last_full_week(home, capsys):
    assert svodka(home) == 0
    assert capsys.readouterr().out.startswith("СВОДКА СТОЛА · № 47\n16–22 ноября 2026 года\n")
    assert svodka(home, "--json") == 0
    assert json.loads(capsys.readouterr().out)["week"] == weeks.WEEK


def test_it_writes_letter_page_feed_and_calendar_and_prints_their_paths(home, capsys):
    assert svodka(home, "--out", str(home / "out")) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert {path.name for path in written} == {
        "digest-2026-W47.html", "digest-2026-W47.txt", "digest-2026-W47-page.html", "digest-2026-W47.atom",
        "meetings-2026-W47.ics",
    }  # fmt: skip
    assert all(path.stat().st_size for path in written)


def test_a_dry_run_writes_each_letter_and_remembers_nothing(home, capsys):
    assert svodka(home, "--dry-run", "--out", str(home / "out")) == 0
    said = capsys.readouterr()
    assert sorted(path.name for path in (home / "out").iterdir()) == ["all@example.org.eml", "energy@example.org.eml"]
    assert "subscribers.yaml:6: 'bad address' is no address" in said.err
    assert "stands here twice" in said.err
    with Store.read(home / "db" / "news.db") as store:
        assert store.value("SELECT count(*) FROM deliveries") == 0


def test_it_sends_to_each_reader_what_they_asked_for_and_shows_it_as_sent(home, capsys, monkeypatch):
    post = Post()
    with running(post, home) as env:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        assert svodka(home, "--send") == 1, "two entries of the file need a person"
        assert svodka(home, "--send") == 1
    said = capsys.readouterr().err
    assert "digest 2026-W47: sent=2 before=0" in said
    assert "digest 2026-W47: sent=0 before=2" in said
    texts = {to: message.get_payload()[0].get_payload(decode=True).decode() for to, _, message in post.taken}
    assert "Программа культурных обменов" in texts["all@example.org"]
    assert "Программа культурных обменов" not in texts["energy@example.org"]
    assert "параллельной работе энергосистем" in texts["energy@example.org"]
    with Store.open(home / "db" / "news.db") as store:
        store.conn.execute("DELETE FROM agreement_steps")
    svodka(home)
    assert "параллельной работе энергосистем" in capsys.readouterr().out


def test_a_stranger_gets_a_proof_that_is_not_remembered_as_the_digest(home, monkeypatch):
    post = Post()
    with running(post, home) as env:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        assert svodka(home, "--send", "--to", "me@example.org") == 0
        assert svodka(home, "--send", "--week", "2026-W48", "--to", "me@example.org") == 0, (
            "also of a week that goes on"
        )
    assert [address for address, _, _ in post.taken] == ["me@example.org"] * 2
    with Store.read(home / "db" / "news.db") as store:
        assert store.value("SELECT count(*) FROM digests") == 0


def test_when_the_nightly_run_is_old_the_operator_gets_a_note_instead_once(home, capsys, monkeypatch):
    post = Post()
    with running(post, home) as env:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        for _ in range(2):
            assert svodka(home, "--send", now="2026-11-25T02:00:00+00:00") == 1
    assert "The last nightly run ended 2026-11-22 22:30 UTC; the digest was not sent." in capsys.readouterr().err
    assert [address for address, _, _ in post.taken] == ["admin@desk.example"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--week", "47"), "is no ISO week"),
        (("--to", "a@example.org"), "--to goes with --send"),
        (("--send", "--as-of", "2026-11-20"), "cannot be sent"),
        (("--send", "--to", "nobody"), "is no address"),
        (("--send", "--week", "2026-W48"), "cannot be sent before"),
        (("--as-of", "yesterday"), "is no ISO time"),
    ],
)
def test_wrong_use_is_said_and_exits_2(home, capsys, monkeypatch, arguments, words):
    monkeypatch.setenv("SMTP_HOST", "mail.example")
    assert svodka(home, *arguments) == 2
    assert words in capsys.readouterr().err


def test_without_a_mail_server_it_says_which_variable_is_missing(home, capsys, monkeypatch):
    monkeypatch.delenv("SMTP_HOST", raising=False)
    assert svodka(home, "--send") == 2
    assert "SMTP_HOST is not set" in capsys.readouterr().err


def test_a_digest_as_it_was_known_on_thursday(home, capsys):
    assert svodka(home, "--week", weeks.WEEK, "--as-of", "2026-11-19T12:00:00+05:00") == 0
    said = capsys.readouterr().out
    assert "Форум министров культуры" in said
    assert "Энергетики трёх стран" not in said, "signed on Friday"


RULES = """\
alerts:
  - name: Энергетика Узбекистана
    when: agreement
    states: [UZ]
    topics: energy
    to: a@example.org
"""


def test_alerts_and_letters_left_over_go_out_after_a_run(home, capsys, monkeypatch):
    monkeypatch.setattr("mailserver.LASTING", {"grey"})
    (home / "alerts.yaml").write_text(RULES, encoding="utf-8")
    common = ["alerts", "--home", str(home), "--now", "2026-11-21T22:00:00+00:00"]
    assert _run([*common, "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("Энергетика Узбекистана\tstep:agreement-kg-kz-uz-2026:signed\t")
    post = Post({"energy@example.org": "grey"})
    with running(post, home) as env:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("time.sleep", lambda _: None)
        assert _run(common) == 0
        assert svodka(home, "--send") == 1
        post.faults.clear()
        assert _run([*common[:-1], "2026-11-24T22:00:00+00:00"]) == 0
    said = capsys.readouterr().err
    assert "alert Энергетика Узбекистана: found=1" in said
    assert "digests: sent=1 deferred=0" in said
    readers = {"a@example.org", "all@example.org", "energy@example.org"}
    assert sorted(to for to, _, _ in post.taken) == sorted([*readers, "admin@desk.example"]), (
        "the operator is told, too"
    )


def test_without_rules_and_letters_no_mail_server_is_needed(home, monkeypatch):
    monkeypatch.delenv("SMTP_HOST", raising=False)
    assert _run(["alerts", "--home", str(home), "--now", NOW]) == 0


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("desk.yaml", "titel: x", "desk.yaml:1: unknown key 'titel'"),
        ("desk.yaml", "timezone: Tashkent", "is no IANA name"),
        ("desk.yaml", "confidence: 60", "number from 0 up to 1"),
        ("desk.yaml", "pages: svodka", "must be an address"),
        ("desk.yaml", "one_click: yes", "needs pages at an https address"),
        ("desk.yaml", "from: nobody", "from must be an address"),
        ("desk.yaml", "a: [", "desk.yaml:1:"),
        ("desk.yaml", "- a", "must begin with a key"),
        ("subscribers.yaml", "subscribers: x", "must be a list"),
        ("alerts.yaml", "alerts:\n  - name: x", "alerts.yaml:2: when must be some of"),
        ("alerts.yaml", "alerts:\n  - {name: x, when: moved}", "to must list addresses"),
        ("alerts.yaml", "alerts:\n  - {name: x, when: moved, to: y}", "'y' is none"),
        ("alerts.yaml", "alerts:\n  - {when: moved, to: a@b.org}", "needs a name"),
        ("alerts.yaml", "alerts:\n  - {name: x, when: moved, status: sined, to: a@b.org}", "status must be some of"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(tmp_path, name, text, words):
    (tmp_path / name).write_text(text, encoding="utf-8")
    settings = settings_of(tmp_path)
    read = {"desk.yaml": read_desk, "subscribers.yaml": read_subscribers, "alerts.yaml": read_rules}[name]
    with pytest.raises(ConfigError, match=words.replace("[", "\\[")):
        read(settings)


def test_norway_is_a_state_and_no_falsehood(home):
    settings = settings_of(home)
    assert read_subscribers(settings).valid[1].states == ("KG", "NO")


def test_the_files_that_the_documentation_shows_are_right(tmp_path):
    text = (Path(__file__).resolve().parent.parent / "docs" / "digest.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^## (\w+\.yaml)\n.*?```yaml\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    for name, content in blocks:
        (tmp_path / name).write_text(content, encoding="utf-8")
    settings = settings_of(tmp_path)
    assert read_desk(settings).one_click
    assert [each.address for each in read_subscribers(settings).valid] == ["analyst@example.org", "energy@example.org"]
    assert len(read_rules(settings)) == 3
