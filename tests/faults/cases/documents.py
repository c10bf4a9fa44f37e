"""E: the bytes of a feed are an attack, a mistake, or no feed at all."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.case import case
from tests.faults.cases.network import collect, outlet
from tests.faults.trace import strace
from tests.mutate import mutate
from tests.nights import NIGHT
from tests.test_sandbox import HOSTILE, item

if TYPE_CHECKING:
    from tests.faults.workshop import Workshop

FEEDS = Path(__file__).resolve().parents[2] / "feeds"
MEMORY = 1100  # MiB: the limit of a child and what stands around it


def read_all(shop: Workshop, documents: dict[str, bytes], *, good: int = 3, types: dict | None = None, **options):
    """Serve documents as feeds of one host with three good ones; answers the home, the run, and each one's error."""
    with outlet() as running:
        feeds = {}
        for number, (name, content) in enumerate(documents.items()):
            kind = (types or {}).get(name, "application/rss+xml")
            running.documents[f"/e/{number}"] = lambda handler, content=content, kind=kind: handler.answer(
                body=content, content_type=kind
            )
            feeds[name] = f"http://127.0.0.1:{running.server_port}/e/{number}"
        feeds |= {f"good {n}": f"http://127.0.0.1:{running.server_port}/feed/{n}" for n in range(3)}
        home = shop.reader(feeds)
        ended, kinds = collect(shop, home, good=good, **options)
    assert shop.ask(home, "SELECT count(*) FROM articles WHERE outlet LIKE 'good%'") == [9]
    return home, ended, kinds


def attack(prologue: str, inside: str = "&a;") -> bytes:
    return f'<?xml version="1.0"?>{prologue}{item(f"<description>{inside}</description>")}'.encode()


def laughs(depth: int) -> str:
    names = "abcdefghij"
    entities = "".join(f'<!ENTITY {names[n]} "{"&x;".replace("x", names[n + 1]) * 10}">' for n in range(depth))
    return f'<!DOCTYPE x [{entities}<!ENTITY {names[depth]} "ха">]>'


@case("E55", "billion laughs, quadratic growth, entities of files and addresses, external and parameter ones", core=1)
def entities(shop: Workshop) -> str:
    with outlet() as running:
        target = f"http://127.0.0.2:{running.canary.server_port}/entity"
        secret = shop.folder / "secret-file"
        shop.folder.mkdir(parents=True, exist_ok=True)
        secret.write_text("тайна")
        documents = {f"laughs {depth}": attack(laughs(depth)) for depth in (3, 5, 9)}
        documents |= {
            "quadratic": attack(f'<!DOCTYPE x [<!ENTITY a "{"х" * 100_000}">]>', "&a;" * 50_000),
            "of a file": attack(f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}">]>'),
            "of an address": attack(f'<!DOCTYPE x [<!ENTITY a SYSTEM "{target}">]>'),
            "external": attack(f'<!DOCTYPE x SYSTEM "{target}">', "ха"),
            "parameter": attack(f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{target}"> %p;]>', "ха"),
            "public": attack(f'<!DOCTYPE x PUBLIC "-//X" "{target}" [<!ENTITY a "б">]>'),
            "XInclude": attack("", f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{secret}"/>'),
        }
        log = shop.folder / "opens"
        home, ended, kinds = read_all(shop, documents, before=strace("-o", str(log), "-e", "trace=open,openat"))
        assert not running.canary.asked
    assert "secret-file" not in log.read_text(errors="replace"), "the file of an entity was opened"
    texts = shop.ask(home, "SELECT title || text FROM articles")
    assert not any("тайна" in text or len(text) > 2_000 for text in texts)
    refused = [name for name, kind in kinds.items() if kind]
    assert {"laughs 3", "laughs 5", "laughs 9", "quadratic", "of a file", "of an address"} <= set(refused), refused
    return f"{len(refused)} of {len(documents)} refused, the others without what they name; no file opened, {ended.cpu:.0f} s"


def deep(levels: int) -> str:
    return "<rss version='2.0'><channel><item>" + "<a>" * levels


COSTLY = {
    **{f"{levels:,} levels": deep(levels) for levels in (1_000, 10_000, 100_000)},
    **{f"{n:,} attributes": item(f"<x {' '.join(f'a{m}=1' for m in range(n))}/>") for n in (10_000, 100_000)},
    **{f"an author of {n:,}": item(f"<author>{'a' * n}@</author>") for n in (10_000, 1_000_000)},
    "a style of 7 MB": item(f"<description>&lt;p style='{'color: red; ' * 580_000}'>Текст.&lt;/p></description>"),
    "100,000 namespaces": item("".join(f"<n{n}:a xmlns:n{n}='u{n}'/>" for n in range(100_000))),
    "60,000 items of one word": "<rss version='2.0'><channel>" + "<item><title>А</title></item>" * 60_000,
    "one item of 9 MB": item(f"<description>{'Слово и дело. ' * 350_000}</description>"),
}


@case(
    "E56",
    "documents made to cost time and memory: nesting, attributes, comments, namespaces, styles",
    seconds=400,
    core=0,
)
def costly(shop: Workshop) -> str:
    documents = {name: text.encode() for name, text in {**HOSTILE, **COSTLY}.items()}
    _, ended, kinds = read_all(shop, documents)
    ended_children = sum(kind == "too_costly" for kind in kinds.values())
    assert ended.peak < MEMORY, ended.peak
    return (
        f"{len(documents)} documents: {sum(map(bool, kinds.values()))} refused, {ended_children} of them with their "
        f"child; {ended.cpu:.0f} s of processor, {ended.peak} MiB at most"
    )


@case("E57", "10 MB and a byte, 100 MB", core=0)
def too_long(shop: Workshop) -> str:
    documents = {"10 MB": item("<description>" + "x" * 10_000_000).encode(), "100 MB": b"<rss>" + b" " * 100_000_000}
    _, ended, kinds = read_all(shop, documents)
    assert set(kinds.values()) == {"too_large"}, kinds
    return f"refused, {ended.peak} MiB at most"


TITLE = "Президенты Казахстана и Узбекистана подписали декларацию в Астане"
TEXT = "Главы государств обсудили поставки газа, торговлю и строительство железной дороги через Каспий. " * 12


def encoded(encoding: str, declared: str | None, *, bom: bytes = b"", spoil: bool = False) -> bytes:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    body = f"<title>{TITLE}</title><link>https://v.example/{encoding}</link><description>{TEXT}</description>"
    content = f'{head}<rss version="2.0"><channel><item>{body}</item></channel></rss>'.encode(encoding)
    if spoil:
        place = content.index("газа".encode(encoding))
        content = content[:place] + b"\xff" + content[place + 1 :]
    return bom + content


REAL = ("utf-8", "cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
SAID = (None, "utf-8", "windows-1251", "koi8-r", "iso-8859-1", "utf-16")
NO_CODECS = [
    "undefined",
    "unicode_escape",
    "raw_unicode_escape",
    "idna",
    "zlib",
    "base64",
    "rot13",
    "hex",
    "utf-7",
    "punycode",
    "mbcs",
    "xx-unknown",
]


@case("E58", "ten encodings under six declarations, byte order marks, a bad byte; codecs that are none (E59)", core=1)
def encodings(shop: Workshop) -> str:
    documents = {f"{real} said {said}": encoded(real, said) for real in REAL for said in SAID}
    documents |= {f"{real} with a bad byte": encoded(real, real, spoil=True) for real in ("utf-8", "cp1251", "koi8-r")}
    documents |= {
        "BOM and cp1251": encoded("utf-8", "windows-1251", bom=b"\xef\xbb\xbf"),
        "BOM of UTF-16": encoded("utf-16-le", None, bom=b"\xff\xfe"),
        "BOM of another": encoded("utf-8", None, bom=b"\xff\xfe"),
        **{f"codec {name}": encoded("utf-8", name) for name in NO_CODECS},
    }
    home, _, kinds = read_all(shop, documents)
    stored = shop.ask(
        home, "SELECT DISTINCT feeds.name, title FROM articles JOIN article_sightings ON article_id = articles.id "
        "JOIN feeds ON feeds.id = article_sightings.feed_id WHERE feeds.name NOT LIKE 'good%'",
    )  # fmt: skip
    wrong = [name for name, title in stored if title != TITLE and "bad byte" not in name]
    assert not wrong, f"stored wrongly: {wrong}"
    right = {name for name, _ in stored}
    unread = [name for name in documents if name not in right and not kinds[name]]
    assert not unread, f"neither read nor refused: {unread}"
    return f"{len(right)} of {len(documents)} read right, {len(documents) - len(right)} refused, 0 stored wrongly"


@case("E60", "references to surrogates, NUL and beyond Unicode; raw control characters, CESU", core=1)
def characters(shop: Workshop) -> str:
    inside = {
        "surrogate": "&#xD800;", "pair": "&#xD83D;&#xDE00;", "nul": "&#0;", "beyond": "&#x110000;", "huge": "&#99999999999;",
        "control": "&#7;&#27;[31m", "C1": "&#x85;&#x9b;", "bidi": "&#x202e;текст", "name": "&nbsp;&laquo;&bogus;",
    }  # fmt: skip
    documents = {name: item(f"<description>Слово {text} дело.</description>").encode() for name, text in inside.items()}
    raw = {
        "raw nul": b"\x00",
        "raw control": bytes(range(1, 32)),
        "CESU": b"\xed\xa0\xbd\xed\xb8\x80",
        "overlong": b"\xc0\xaf",
    }
    documents |= {
        name: item("<description>Слово @ дело.</description>").encode().replace(b"@", text)
        for name, text in raw.items()
    }
    documents = {
        name: content.replace(b"v.example/1", b"v.example/" + name.replace(" ", "-").encode())
        for name, content in documents.items()
    }
    home, _, kinds = read_all(shop, documents)
    texts = shop.ask(home, "SELECT title || text FROM articles")
    dirty = [text for text in texts if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)]
    assert not dirty, dirty
    return f"{len(documents)} documents: {sum(not kind for kind in kinds.values())} read, none with such a character"


@case("E61", "empty, a byte, a page, JSON, gzip, noise, a feed cut at every 100th byte", core=0)
def no_feeds(shop: Workshop) -> str:
    whole = (FEEDS / "nested-link-rbc.xml").read_bytes()
    chance = random.Random(61)
    documents = {
        "empty": b"", "a byte": b"\x00", "a space": b" ", "a page": b"<!doctype html><title>x</title>", "JSON": b"{}",
        "gzip": b"\x1f\x8b\x08\x00", "noise": chance.randbytes(1_000_000), "a picture": b"\x89PNG\r\n\x1a\n" + bytes(1000),
        "an archive": b"PK\x03\x04" + bytes(1000), "a PDF": b"%PDF-1.7", "a script": b"#!/bin/sh\nrm -rf /\n",
    }  # fmt: skip
    cut = {f"cut at {at}": whole[:at] for at in range(100, len(whole), 100)}
    _, _, kinds = read_all(shop, {**documents, **cut})
    read = [name for name in documents if not kinds[name]]
    assert not read, f"read as a feed: {read}"
    return f"{len(documents)} of {len(documents)} told as no feed; of {len(cut)} cut ones {sum(not kinds[n] for n in cut)} read"


@case("E62", "10,000 feeds damaged by a seeded chance, as an archive", trials=10_000, core=200, seconds=900)
def mutated(shop: Workshop, trials: int) -> str:
    home = shop.home()
    folder = home / "damaged"
    folder.mkdir()
    paths = sorted(FEEDS.iterdir())
    for seed in range(trials):
        (folder / f"{seed}.xml").write_bytes(mutate(paths[seed % len(paths)].read_bytes(), seed))
    ended = shop.run(home, "import", "--store-only", str(folder), "--now", NIGHT)
    assert ended.returncode in {0, 1}, ended.stderr.decode()[-400:]
    lines = ended.stderr.decode(errors="replace").splitlines()
    read = sum(bool(re.search(r"\d+ read, ", line)) for line in lines)
    assert read >= trials, f"only {read} of {trials} files were gone through"
    costly = sum("processor time" in line or "memory" in line or "took longer" in line for line in lines)
    broken = [line for line in lines if "Error" in line or "Exception" in line]
    assert not broken, broken[:3]
    assert shop.run(home, "check", "--full").returncode == 0
    held = shop.ask(home, "SELECT count(*) FROM articles")[0]
    return f"{trials} gone through, {held} articles, {costly} cost their child, 0 exceptions; {ended.cpu:.0f} s"
