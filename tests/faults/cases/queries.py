"""K: questions and exports: search syntax, options, formulas, files that cannot be written."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import shutil
import time
import unicodedata
from contextlib import suppress
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import yaml
from lxml import etree

from pipeline.store import Store
from pipeline.store.publishing import publish
from tests.faults.case import Skipped, case
from tests.faults.cases.concurrency import serving
from tests.faults.workshop import small_disk
from tests.nights import LATER
from tests.sample import fill

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.workshop import Workshop

SEARCHES = (
    '"', "'", "что-то", "C++", "AND", "OR NOT", "NEAR(a b)", "a*", "*", "title:x", "^x", "(", ")", "{a}", "-", "--", "a NOT", "+a",
    "а" * 5000, "\x01", "  ", '"незакрытая', "a OR", "1.5", "№ 5", "'; DROP TABLE articles;--", "%00", "«газ»",
)  # fmt: skip
ALPHABET = "\"*-|()^:{}+'%\\;=<>&?#.,!~`@$[]/ AND OR NOT NEAR газ соглашение ёЁйЙ\u0301\u200b\xad😀中\u202e\t0"


def sample(shop: Workshop) -> Path:
    home = shop.home()
    with Store.open(home / "db" / "news.db") as store:
        fill(store)
    return home


@case(
    "K104",
    "28 strings in `search`, and 10,000 made by chance on the running site",
    trials=10_000,
    core=300,
    seconds=400,
)
def searches(shop: Workshop, trials: int) -> str:
    home, chance = sample(shop), random.Random(104)
    for words in SEARCHES if trials > 2000 else SEARCHES[:6]:
        for command in ("search", "articles"):
            # With a space before it, a dash begins no option.
            ended = shop.run(home, command, "--json", "--now", LATER, " " + words.replace("\x00", ""))
            assert ended.returncode in {0, 2}, (words, ended.stderr)
            assert not any(word in ended.stderr.lower() for word in (b"fts5", b"sqlite", b"syntax error")), ended.stderr
    slowest = 0.0
    with serving(shop, home) as address:
        site = HTTPConnection(urlsplit(address).netloc, timeout=30)
        for _ in range(trials):
            words = "".join(chance.choice(ALPHABET) for _ in range(chance.randint(1, 40)))
            began = time.monotonic()
            site.request("GET", "/articles?q=" + quote(words))
            answer = site.getresponse()
            body = answer.read()
            slowest = max(slowest, time.monotonic() - began)
            assert answer.status == 200, (words, answer.status)
            assert b"fts5" not in body
        site.close()
    return f"{len(SEARCHES)} and {trials}: every one answered, no word of SQL, the slowest {slowest:.2f} s"


@case("K105", "quotes, SQL, line ends and megabytes in every option", core=0)
def options(shop: Workshop) -> str:
    home, tried = sample(shop), 0
    before = hashlib.sha256((home / "db" / "news.db").read_bytes()).hexdigest()
    for evil in ("' ; --", "a\nb", "x" * 100_000, "\u202e", "0" * 40):
        for command in (
            ("summits", "--country", evil), ("agreements", "--since", evil), ("articles", "--outlet", evil), ("search", "--person", evil),
            ("summits", "--organization", evil), ("show", "agreement", evil), ("show", evil), ("explain", evil), ("export", evil),
            ("agreements", "--limit", evil), ("digest", "--week", evil), ("summits", "--now", evil), ("fix", evil), ("status", "--runs", evil),
        ):  # fmt: skip
            ended = shop.run(home, *command)
            assert ended.returncode in {0, 2}, (command[:2], ended.returncode, ended.stderr[-200:])
            tried += 1
    assert hashlib.sha256((home / "db" / "news.db").read_bytes()).hexdigest() == before
    return f"{tried} calls: a result or exit code 2, the database as it was"


EVIL = (
    "=cmd|' /C calc'!A0", "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", '=HYPERLINK("http://x")', "<script>alert(1)</script>",
    '"; DROP TABLE articles; --', "a;b,c\nd", "]]>", "&amp;&lt;", "\u202eтекст", "'=1", "%0a=1",
)  # fmt: skip


@case("K106", "16 evil rows in CSV, JSON Lines, Atom, XLSX, calendar", trials=16, core=2)
def exports(shop: Workshop, trials: int) -> str:
    home, forms = sample(shop), []
    with Store.open(home / "db" / "news.db") as store:
        store.conn.execute("PRAGMA foreign_keys = OFF")
        for text in EVIL[:trials]:
            store.conn.execute("UPDATE articles SET title = ? WHERE id = (SELECT max(id) FROM articles)", [text])
            store.conn.execute("UPDATE agreements SET subject = ?, title = ?", [text, text])
            store.conn.execute("UPDATE summits SET name = ?, place = ?", [text, text])
            for what in ("articles", "agreements", "summits"):
                for form in ("csv", "jsonl", "atom", "xlsx", "ics"):
                    target = home / f"{what}.{form}"
                    ended = shop.run(home, "export", what, "--format", form, "--out", str(target), "--now", LATER)
                    if ended.returncode == 2:
                        continue
                    assert ended.returncode == 0, (what, form, ended.stderr)
                    forms.append(form)
                    look_at(form, target, text)
    return f"{len(forms)} files of {len(set(forms))} forms: valid, no cell of theirs is a formula"


def look_at(form: str, path: Path, text: str) -> None:
    if form == "csv":
        head = path.read_text(encoding="utf-8-sig")
        delimiter = ";" if ";" in head.splitlines()[0] else ","
        for row in csv.reader(head.splitlines(keepends=True), delimiter=delimiter):
            active = [
                cell
                for cell in row
                if cell[:1] in tuple("=@\t\r") or (cell[:1] in tuple("+-") and not cell[1:2].isdigit())
            ]
            assert not active, (text, active)
    elif form == "jsonl":
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert any(
            text.strip() in json.dumps(row, ensure_ascii=False) or unicodedata.normalize("NFC", text) for row in rows
        )
    elif form == "atom":
        etree.parse(path)
    elif form == "ics":
        assert path.read_bytes().startswith(b"BEGIN:VCALENDAR")
    else:
        assert path.read_bytes()[:2] == b"PK"


DATASETTE_SQL = (
    "select 1; drop table articles", "attach database '/etc/passwd' as x", "select load_extension('x')", "pragma journal_mode=delete",
    "with recursive n(x) as (select 1 union all select x+1 from n) select max(x) from n", "select randomblob(200000000)",
    "select printf('%.*c', 100000000, 'x')", "insert into articles default values", "delete from articles", "vacuum into '/tmp/x'",
    "select * from sqlite_master", "select readfile('/etc/passwd')", "select * from articles a, articles b, articles c, articles d",
    "update articles set title=''", "select hex(zeroblob(100000000))", "select writefile('/tmp/x', 'y')", "explain select 1",
)  # fmt: skip


@case("K107", "17 SQL strings to Datasette on the published copy", core=0)
def datasette(shop: Workshop) -> str:
    try:
        from datasette.app import Datasette
    except ImportError:
        raise Skipped("Datasette is not installed; the site of `svodka serve` takes no SQL") from None
    import asyncio

    from docs.datasette import TARGET

    home = sample(shop)
    target = home / "news.db"
    with Store.read(home / "db" / "news.db") as store:
        publish(store, target)
    before = hashlib.sha256(target.read_bytes()).hexdigest()
    site = Datasette(
        immutables=[str(target)],
        metadata=yaml.safe_load(TARGET.read_text(encoding="utf-8")),
        settings={"default_allow_sql": False},
    )

    async def ask() -> list[int]:
        await site.invoke_startup()
        return [(await site.client.get(f"/news.json?sql={quote(sql)}")).status_code for sql in DATASETTE_SQL]

    codes = asyncio.run(ask())
    assert set(codes) <= {400, 403}, codes
    assert hashlib.sha256(target.read_bytes()).hexdigest() == before
    return f"{len(codes)} of {len(codes)} refused (default_allow_sql off, as docs advise), the file as it was"


@case("K108", "an export over a file that is there, to a full disk, to a folder, to a place that is not", core=1)
def targets(shop: Workshop) -> str:
    home, seen = sample(shop), []
    old = home / "old.csv"
    old.write_text("прежнее")
    with small_disk(home / "small", 0.1) as allowed:
        if allowed:
            kept = home / "small" / "kept.csv"
            kept.write_text("прежнее")
            with suppress(OSError), (home / "small" / "ballast").open("wb", buffering=0) as ballast:
                while ballast.write(bytes(4096)):
                    pass
            ended = shop.run(home, "export", "articles", "--out", str(kept))
            assert ended.returncode == 4, ended.returncode
            assert kept.read_text() == "прежнее"
            assert len(list(kept.parent.iterdir())) == 2
            seen.append("a full disk: exit code 4, the old file whole")
    for target, code in ((home / "db", {2, 4}), (home / "none" / "x.csv", {4}), (old, {0})):
        ended = shop.run(home, "export", "articles", "--out", str(target))
        assert ended.returncode in code, (target, ended.returncode, ended.stderr)
        assert len(ended.stderr.decode().splitlines()) <= 4
    assert old.read_text(encoding="utf-8-sig") != "прежнее"
    shutil.rmtree(home)
    return "; ".join([*seen, "folders and missing places told, a file that was there replaced whole"])
