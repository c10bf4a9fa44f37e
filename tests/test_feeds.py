"""feeds.yaml and the commands that keep it."""

import json
from pathlib import Path

import pytest

from pipeline.cli import _run
from pipeline.errors import ConfigError
from pipeline.feeds import append_feeds, choose, load_feeds, read_feed_list, write_entry
from pipeline.opml import read_opml, write_opml
from pipeline.records import Feed
from tests.outlet import serve

ROOT = Path(__file__).resolve().parent.parent
GOOD = "feeds:\n  - name: Вестник\n    url: https://vestnik.example/rss\n    country: UZ\n"


def test_the_list_that_ships_holds_what_was_measured_alive():
    feeds = load_feeds(ROOT / "feeds.yaml")
    measured = [feed for feed in feeds if feed.sure.startswith(("A1", "A2"))]
    assert len(measured) >= 58
    assert all(feed.country and feed.owner and feed.timezone != "UTC" for feed in measured)
    assert all(feed.reason for feed in feeds if not feed.enabled)
    assert {feed.country for feed in feeds if feed.enabled} >= {"KZ", "UZ", "KG", "TJ", "AZ", "GE", "AM", "RU", "TR"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (GOOD + "    colour: red\n", 5, "unknown key colour"),
        (GOOD + "    intervall: 30\n", 5, "Did you mean interval?"),
        (GOOD + "    interval: often\n", 5, "a whole number of minutes"),
        (GOOD + "    interval: 1\n", 5, "from 5 to 10080"),
        (GOOD + "    enabled: perhaps\n", 5, "true or false"),
        (GOOD + "    enabled: false\n", 2, "must say why"),
        (GOOD + "    timezone: Asia/Nowhere\n", 5, "IANA time zone"),
        (GOOD + "    body: much\n", 5, "full, lead, title, unknown"),
        (GOOD + "    quirks: [nice]\n", 5, "split_title"),
        (GOOD + "    quirks: split_title\n", 5, "list of names"),
        (GOOD + "    name: Другой\n", 5, "stands here twice"),
        (GOOD.replace("UZ", "uz"), 4, "two-letter code"),
        (GOOD.replace("country: UZ", "country: no"), 4, "text (put it in quotes)"),
        (GOOD.replace("https://", "ftp://"), 3, "http or https address"),
        (GOOD.replace("https://", "https://me:secret@"), 3, "secrets do not belong"),
        (GOOD + GOOD.partition("\n")[2], 5, "stands already in line 2"),
        ("feeds:\n  - name: Вестник\n", 2, "has no url"),
        ("feeds: 5\n", 1, "must be a list"),
        ("feeds:\n  - Вестник\n", 2, "`key: value` lines"),
        ("feeds:\n  - name: !!python/object:os.system x\n    url: x\n", 2, "cannot be read"),
        ("feeds: [\n", 2, "not valid YAML"),
        ("contact: [1]\nfeeds: []\n", 1, "contact must be text"),
        ("a: &a [*a]\nfeeds: []\n", 1, "nested too deeply"),
        ("watch: 1\nfeeds: []\n", 1, "Allowed: contact, feeds"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(text, line, words):
    with pytest.raises(ConfigError) as caught:
        read_feed_list(text.encode(), "feeds.yaml")
    assert f"feeds.yaml:{line}:" in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"x: 1", b"\xff\xfe", b"feeds: " + b"[" * 2000, b"#" * 1_000_001])
def test_what_is_no_list_is_told(content):
    with pytest.raises(ConfigError, match=r"feeds\.yaml"):
        read_feed_list(content, "feeds.yaml")


def test_a_wrong_list_ends_a_run_before_anything_is_asked(tmp_path, capsys):
    (tmp_path / "feeds.yaml").write_text(GOOD + "    colour: red\n", encoding="utf-8")
    assert _run(["collect", "--home", str(tmp_path)]) == 2
    assert "unknown key colour" in capsys.readouterr().err
    assert not (tmp_path / "db" / "news.db").exists()


def test_the_contact_stands_in_every_user_agent():
    listed = read_feed_list(f"contact: https://we.example/\n{GOOD}".encode(), "feeds.yaml")
    assert listed.feeds[0].user_agent.endswith("(+https://we.example/)")
    assert "bot" not in listed.feeds[0].user_agent.lower()


def test_only_an_address_that_the_list_names_itself_may_be_private():
    urls = ("http://127.0.0.1:8000/rss", "http://localhost/rss", "https://vestnik.example/rss")
    feeds = [read_feed_list(GOOD.replace("https://vestnik.example/rss", url).encode(), "x").feeds[0] for url in urls]
    assert [feed.private for feed in feeds] == [True, True, False]


def test_a_wrong_name_is_answered_with_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean Вестник"):
        choose(read_feed_list(GOOD.encode(), "x").feeds, ["Вестнек"])


def test_entries_are_added_below_what_a_person_wrote():
    feed = Feed(name="Новый: «Курьер»", url="https://kurier.example/rss", country="KG", timezone="Asia/Bishkek")
    text = append_feeds("# mine\n" + GOOD, [feed])
    assert text.startswith("# mine\n" + GOOD)
    found = read_feed_list(text.encode(), "x").feeds
    assert (found[1].name, found[1].url, found[1].country) == (feed.name, feed.url, "KG")
    assert write_entry(feed).startswith("  - name:")
    assert read_feed_list(append_feeds("feeds: []\n", [feed]).encode(), "x").feeds[0].name == feed.name
    flat = "feeds:\n- name: А\n  url: https://a.example/rss\n"
    assert read_feed_list(append_feeds(flat, [feed]).encode(), "x").feeds[-1].name == feed.name


def test_opml_there_and_back_keeps_the_feeds():
    feeds = load_feeds(ROOT / "feeds.yaml")
    back = read_opml(write_opml(feeds).encode(), "x.opml")
    kept = ("name", "url", "group", "country", "language", "timezone", "owner", "body", "fulltext")
    assert [[getattr(feed, key) for key in kept] for feed in back] == [
        [getattr(feed, key) for key in kept] for feed in feeds
    ]


def test_opml_of_other_readers_is_read_in_its_encoding_each_address_once():
    text = (
        '<?xml version="1.0" encoding="windows-1251"?><opml version="1.1"><body><outline text="Новости">'
        '<outline text="Вестник" xmlUrl="https://v.example/rss"/><outline title="Ещё" xmlurl="https://v.example/rss"/>'
        '<outline text="Файл" xmlUrl="file:///etc/passwd"/></outline></body></opml>'
    )
    assert [(feed.name, feed.group) for feed in read_opml(text.encode("cp1251"), "x")] == [("Вестник", "Новости")]


@pytest.mark.parametrize(
    "content", [b"", b"<rss/>", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><opml>&e;</opml>']
)
def test_what_is_no_opml_is_refused(content):
    with pytest.raises(ConfigError):
        read_opml(content, "x.opml")


@pytest.fixture
def home(tmp_path):
    with serve() as outlet:
        entries = (("Вестник", "feed/a"), ("Пусто", "missing"))
        lines = [f"  - name: {name}\n    url: {outlet.url}/{path}\n" for name, path in entries]
        (tmp_path / "feeds.yaml").write_text("feeds:\n" + "".join(lines), encoding="utf-8")
        yield tmp_path, outlet


def svodka(home, *arguments):
    return _run([*arguments, "--home", str(home), "--now", "2026-11-24T03:00:00Z"])


def test_check_probes_and_stores_nothing(home, capsys):
    folder, _ = home
    assert svodka(folder, "feeds", "check", "--json") == 1
    good, bad = json.loads(capsys.readouterr().out)
    assert (good["type"], good["items"], good["charset"], good["span_hours"]) == ("rss", 3, "utf-8", 2.0)
    assert bad["error_kind"] == "http"
    assert not (folder / "db").exists()
    assert svodka(folder, "feeds", "check", "Вестник") == 0
    assert "2026-11-22 22:00" in capsys.readouterr().out


def test_collect_and_list_tell_how_each_feed_does(home, capsys):
    folder, _ = home
    assert svodka(folder, "collect") == 0
    told = capsys.readouterr().err
    assert "outcome=ok entries=3 new=3 changed=0" in told
    assert "there is nothing at its address (HTTP 404)" in told
    assert svodka(folder, "feeds", "list", "--json") == 0
    states = {row["name"]: row["state"] for row in json.loads(capsys.readouterr().out)}
    assert states == {"Вестник": "ok", "Пусто": "failing"}
    assert svodka(folder, "collect", "--quiet") == 0  # nothing is due, so nothing is said
    assert capsys.readouterr().err == ""


def test_a_collection_without_one_readable_feed_ends_with_1(home):
    folder, _ = home
    assert svodka(folder, "collect", "--only", "Пусто") == 1


def test_add_finds_the_feed_of_a_page(home, capsys):
    folder, outlet = home
    assert svodka(folder, "feeds", "add", f"{outlet.url}/site", "--name", "Курьер", "--dry-run") == 0
    assert f"url: {outlet.url}/feed/found" in capsys.readouterr().out
    assert svodka(folder, "feeds", "add", f"{outlet.url}/site", "--name", "Курьер", "--country", "KG") == 0
    added = load_feeds(folder / "feeds.yaml")[-1]
    assert (added.name, added.country, added.language, added.body) == ("Курьер", "KG", "ru", "title")
    capsys.readouterr()
    assert svodka(folder, "feeds", "add", f"{outlet.url}/feed/found") == 0
    assert "nothing to add" in capsys.readouterr().err
    assert svodka(folder, "feeds", "add", "http://127.0.0.1:1/") == 2


def test_import_adds_what_is_missing_and_export_writes_what_is_read(home, capsys):
    folder, _ = home
    assert svodka(folder, "feeds", "export", str(folder / "out.opml")) == 0
    feeds = [Feed(name="Вестник", url="https://other.example/rss"), *read_opml((folder / "out.opml").read_bytes(), "x")]
    (folder / "in.opml").write_text(write_opml(feeds), encoding="utf-8")
    assert svodka(folder, "feeds", "import", str(folder / "in.opml")) == 0
    names = [feed.name for feed in load_feeds(folder / "feeds.yaml")]
    assert names == ["Вестник", "Пусто", "Вестник (other.example)"]
    capsys.readouterr()
