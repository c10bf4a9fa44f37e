"""I: letters with hostile words, mail servers that refuse, hang and break, weeks that are late."""

from __future__ import annotations

import email
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import time
from functools import cache
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from lxml import html

from tests import weeks
from tests.faults.case import case
from tests.faults.cases.concurrency import serving
from tests.faults.cases.network import outlet
from tests.faults.letters import DESK, READERS, SEND, Correspondence
from tests.nights import ROOT
from tests.test_digest_letter import EVIL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.workshop import Workshop

CARRIERS = (
    "UPDATE articles SET title = ?", "UPDATE articles SET text = ?", "UPDATE articles SET outlet = ?",
    "UPDATE articles SET url = ? || id", "UPDATE articles SET link = ?", "UPDATE summits SET name = ?", "UPDATE summits SET place = ?",
    "UPDATE agreements SET subject = ?", "UPDATE agreements SET place = ?", "UPDATE agreements SET title = ?", "UPDATE feeds SET name = ? || id",
)  # fmt: skip
MORE = (
    "{% for x in y %}", "{{config}}", "<%= 7*7 %>", "#{7*7}", "%s%s%s%n", "%(x)s", "{0.__class__}", "$(id)", "`id`", "\\x3cscript\\x3e",
    "<a href='https://{canary}/'>", "<img src='http://{canary}/x.png'>", "<link rel=stylesheet href='http://{canary}/x.css'>",
    "<style>@import 'http://{canary}/y.css'</style>", "<video src='http://{canary}/v'>", "<object data='http://{canary}/o'>",
    "<input type=image src='http://{canary}/i'>", "<body background='http://{canary}/b'>", "<table background='http://{canary}/t'>",
    "<div style='background:url(http://{canary}/d)'>", "<iframe src='http://{canary}/f'>", "<script src='http://{canary}/s.js'></script>",
    "<svg><image href='http://{canary}/g'/></svg>", "<audio src=http://{canary}/a autoplay>", "<embed src='http://{canary}/e'>",
    "<meta http-equiv=refresh content='0;url=http://{canary}/m'>", "<base href='http://{canary}/'>", "</td></tr></table><h1>x</h1>",
    "<details open ontoggle=boom()>", '<a href="java&#115;cript:boom()">', "<isindex action=javascript:boom()>", "<plaintext>",
)  # fmt: skip
HEADERS = [
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
    "List-Id", "Feedback-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Language", "Content-Type",
]  # fmt: skip


@cache
def hostile_pages():
    """Load the payloads that the pages are tried with."""
    spec = importlib.util.spec_from_file_location("hostile_pages", ROOT / "benchmarks" / "hostile_pages.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def payloads(canary: str) -> list[str]:
    found = [*EVIL, *hostile_pages().PAYLOADS, *MORE]
    return [text.replace("{canary}", canary).replace("\x00", "").encode("utf-8", "replace").decode() for text in found]


def parts_of(raw: bytes) -> tuple[list[str], str]:
    """Answer the names of a message's headers and its HTML."""
    message = email.message_from_bytes(raw)
    return message.keys(), message.get_payload()[1].get_payload(decode=True).decode()


def shape(page: str) -> tuple[set, set]:
    """Answer the tags with the names of their attributes, and the styles and schemes of links that a page has."""
    tree = html.fromstring(page)
    tags, values = set(), set()
    for element in tree.iter():
        if isinstance(element.tag, str):
            tags.add((element.tag, tuple(sorted(element.keys()))))
            values.add(element.get("style"))
            for name in ("href", "src", "action", "background"):
                if element.get(name) is not None:
                    values.add(f"{name} {element.get(name).partition(':')[0]}")
        elif "canary" in str(element.text):
            tags.add(("comment", ()))
    return tags, values


@case(
    "I86",
    "68 payloads in 11 places of a week each: letter, page and feed, as files (also I87, I98)",
    trials=68,
    core=4,
    seconds=600,
)
def payloads_in_letters(shop: Workshop, trials: int) -> str:
    with outlet() as running, Correspondence(shop) as office:
        canary = f"127.0.0.2:{running.canary.server_port}"
        tried = payloads(canary)[:trials]
        plain = letters_of(shop, office.home(READERS[:1]))
        allowed = shape(plain["eml"])
        pages = []
        for payload in tried:
            change = [(carrier, [payload]) for carrier in CARRIERS]
            made = letters_of(shop, office.home(READERS[:1], change=change))
            tags, values = shape(made["eml"])
            strange = (tags - allowed[0]) | {
                value for value in values - allowed[1] if value and not value.startswith("href http")
            }
            strange = {one for one in strange if one != ("a", ("href", "style"))}
            assert not strange, f"{payload!r} in the letter: {sorted(map(str, strange))[:3]}"
            broken = [
                one
                for one in hostile_pages().Browser(made["page"]).broken
                if one.startswith("on") or "script" in one or "=" in one
            ]
            assert not broken, f"{payload!r} in the page: {broken[:3]}"
            pages += [made["eml"], made["page"]]
        seen = in_a_browser(shop, pages) if trials > 10 else "not shown in a browser here"
        assert not running.canary.asked
    return f"{len(tried)} x {len(CARRIERS)} pairs: nothing broke out of text, headers as they should be; {seen}"


def letters_of(shop: Workshop, home: Path) -> dict[str, str]:
    """Write letter and page of the week; answers their HTML."""
    out = home / "out"
    for more in (("--dry-run",), ()):
        ended = shop.run(home, "digest", "--week", weeks.WEEK, "--now", weeks.NOW.isoformat(), "--out", str(out), *more)
        assert ended.returncode == 0, ended.stderr.decode()[-300:]
    headers, letter = parts_of((out / f"{READERS[0]}.eml").read_bytes())
    assert headers == HEADERS, headers
    return {"eml": letter, "page": (out / f"digest-{weeks.WEEK}-page.html").read_text(encoding="utf-8")}


def in_a_browser(shop: Workshop, pages: list[str]) -> str:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return "no browser to show them in here"
    frames = []
    for number, page in enumerate(pages):
        path = shop.folder / f"frame{number}.html"
        path.write_text(page, encoding="utf-8")
        frames.append(f'<iframe src="{path.as_uri()}"></iframe>')
    wrapper = shop.folder / "frames.html"
    wrapper.write_text("<meta charset=utf-8>" + "".join(frames), encoding="utf-8")
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        f"--user-data-dir={shop.folder}/browser",
    ]
    subprocess.run([chromium, *options, "--virtual-time-budget=5000", "--dump-dom", wrapper.as_uri()],
                   capture_output=True, check=True, timeout=240)  # fmt: skip
    return f"{len(pages)} pages shown in Chromium asked for nothing"


KINDS = ("grey", "later", "closing", "cut", "slow", "swallow", "drop", "gone")


@case(
    "I88",
    "refused, deferred, dropped at RCPT, in DATA, at and after the dot, each of ten letters (also I89)",
    core=0,
    seconds=500,
)
def drops(shop: Workshop) -> str:
    readers = [f"{kind}{number}@example.org" for kind in KINDS for number in range(10)]
    with Correspondence(shop, {reader: re.sub(r"\d@.*", "", reader) for reader in readers}) as office:
        home = office.home(readers)
        first = office.send(home)
        assert first.returncode == 1
        again = office.send(home)
        states, taken = office.states(home), office.taken()
    lost, doubled = [], []
    for reader in readers:
        if taken[reader] > 1:
            doubled.append(reader)
        if not taken[reader] and states[reader] not in {"unknown", "refused"}:
            lost.append(reader)
        assert states[reader] != "refused" or reader.startswith("gone"), reader
    assert not lost, lost
    assert not doubled, doubled
    doubt = sum(state == "unknown" for state in states.values())
    assert doubt == 20, states
    assert b"sent=0" in again.stderr
    return (
        f"80 letters: lost 0, doubled 0, refused for good 10, in doubt and said so {doubt} (the dot without an answer)"
    )


@case("I89", "the line is cut at EHLO, MAIL, RCPT, DATA, the dot, after 250", trials=12, core=0, seconds=500)
def cuts(shop: Workshop, trials: int) -> str:
    doubt = 0
    with Correspondence(shop) as office:
        for trial in range(trials):
            step, number = ("dot", "250", "EHLO", "MAIL", "DATA", "RCPT")[trial % 6], 1 + trial // 6
            home, seen = office.home(READERS[:3]), [0]

            def watch(at: str, step=step, number=number, seen=seen) -> bool:
                seen[0] += at == step
                return at == step and seen[0] == number

            office.post.watch = watch
            running = shop.start(home, *SEND, env=office.env)
            try:
                running.communicate(timeout=20)  # it waits a minute before it tries again
            except subprocess.TimeoutExpired:
                running.kill()
                running.communicate()
            office.post.watch = lambda _: False
            doubt += office.exact(home, READERS[:3])
    return f"{trials} cuts: lost 0, doubled 0, in doubt and said so {doubt}"


@case("I90", "the server thinks for eight seconds after the dot", core=0)
def slow_dot(shop: Workshop) -> str:
    with Correspondence(shop) as office:
        home = office.home(READERS[:2])
        office.post.watch = lambda step: bool(step == "dot" and time.sleep(8))
        assert office.send(home).returncode == 0
        office.post.watch = lambda _: False
        assert office.exact(home, READERS[:2]) == 0
    return "waited for, none in doubt; ten minutes are the limit (RFC 5321), not played"


@case("I91", "the digest sent three times, forced, and twice at once", core=0)
def repeated(shop: Workshop) -> str:
    with Correspondence(shop) as office:
        home = office.home()
        pair = [shop.start(home, *SEND, env=office.env) for _ in range(2)]
        for one in pair:
            _, said = one.communicate(timeout=120)
            assert b"Traceback" not in said
        codes = sorted(one.returncode for one in pair)
        assert codes in ([0, 0], [0, 3]), codes
        for more in ((), (), ("--force",)):
            assert office.send(home, *more).returncode == 0
        assert office.exact(home) == 0
    return f"exit codes {codes} at once; one letter for each of {len(READERS)}"


@case("I92", "sent 30 hours late, a week skipped, at Sunday 23:59 and Monday 00:01", core=1)
def late(shop: Workshop) -> str:
    with Correspondence(shop) as office:
        home = office.home()
        chosen = {
            now: json.loads(shop.run(home, "digest", "--json", "--now", now).stdout)["week"]
            for now in (
                "2026-11-22T23:59:00+05:00",
                "2026-11-23T00:01:00+05:00",
                "2026-11-24T13:00:00+05:00",
                "2026-11-29T23:59:59+05:00",
            )
        }
        assert list(chosen.values()) == ["2026-W46", "2026-W47", "2026-W47", "2026-W47"], chosen
        early = shop.run(
            home, "digest", "--send", "--week", "2026-W48", "--now", "2026-11-25T00:00:00+05:00", env=office.env
        )
        assert early.returncode == 2, early.stderr
        told = {}
        for week in ("2026-W46", "2026-W47", "2026-W48"):
            made = json.loads(
                shop.run(home, "digest", "--json", "--week", week, "--now", "2026-12-14T07:00:00+05:00").stdout
            )
            told[week] = {(accord["id"], accord["status"]) for accord in made["accords"]}
        pairs = [("2026-W46", "2026-W47"), ("2026-W47", "2026-W48")]
        doubled = [told[one] & told[two] for one, two in pairs]
        assert not any(doubled), doubled
    return f"weeks chosen by the desk's time zone; of {sum(map(len, told.values()))} steps none is told in two weeks"


@case(
    "I93",
    "readers added, removed, and unsubscribed between two runs; tokens forged, replayed, fetched (also I95)",
    core=0,
)
def leaving(shop: Workshop) -> str:
    with Correspondence(shop, {READERS[0]: "gone"}) as office:
        home = office.home(READERS[:3])
        (home / "desk.yaml").write_text(DESK, encoding="utf-8")
        office.send(home)
        tokens = dict(shop.ask(home, "SELECT address, token FROM subscribers"))
        answers = {}
        with serving(shop, home) as address:
            base = f"{address}/unsubscribe/"
            for name, path, method in (
                ("looked at", tokens[READERS[1]], "GET"), ("forged", "x" * 32, "POST"), ("half", tokens[READERS[1]][:-1], "POST"),
                ("endless", "a" * 60_000, "POST"), ("right", tokens[READERS[1]], "POST"), ("again", tokens[READERS[1]], "POST"),
            ):  # fmt: skip
                body = b"List-Unsubscribe=One-Click" if method == "POST" else None
                try:
                    with urlopen(Request(base + path, data=body, method=method), timeout=20) as answer:
                        answers[name] = answer.status
                except HTTPError as error:
                    answers[name] = error.code
                left = shop.ask(home, "SELECT address FROM subscribers WHERE unsubscribed_at IS NOT NULL")
                assert left == ([READERS[1]] if name in {"right", "again"} else []), (name, left)
        office.subscribe(home, (READERS[1], READERS[3], READERS[4]))
        office.send(home)
        office.send(home)
        taken = office.taken()
    assert answers["looked at"] == answers["right"] == answers["again"] == 200, answers
    assert min(answers["forged"], answers["half"], answers["endless"]) >= 400, answers
    assert taken == {READERS[1]: 1, READERS[2]: 1, READERS[3]: 1, READERS[4]: 1}, taken
    return f"answers {answers}; each got the letter that was theirs, once"


ADDRESSES = (
    "a@x.example\\r\\nRCPT TO:<b@x.example>", "", "иван@пример.рф", '"quoted local"@x.example', "a" * 300 + "@x.example", "no-at",
    "two@@x.example", "a@x.example, b@x.example", "A@X.example", "<a@x.example>", "a@x.example\\0", "a@-x-.example", "a@localhost",
)  # fmt: skip


@case("I94", "addresses with line ends, empty, of Cyrillic letters, of 300 characters, twice in another case", core=0)
def addresses(shop: Workshop) -> str:
    with Correspondence(shop) as office:
        home = office.home(READERS[:2])
        lines = "".join(
            f'  - address: "{reader}"\n'
            for reader in (*READERS[:2], "a@x.example", *(a.replace('"', '\\"') for a in ADDRESSES))
        )
        (home / "subscribers.yaml").write_text("subscribers:\n" + lines, encoding="utf-8")
        ended = office.send(home)
        taken = office.taken()
    assert ended.returncode == 1, ended.stderr
    assert set(taken.values()) == {1}, taken
    assert {*READERS[:2], "a@x.example"} <= set(taken), taken
    assert not {"b@x.example"} & set(taken)
    told = sum("subscribers.yaml:" in line for line in ended.stderr.decode().splitlines())
    assert told >= len(ADDRESSES) - 2, ended.stderr.decode()
    return f"{told} of {len(ADDRESSES)} refused with their line, {len(taken)} letters sent"


def colossal(store) -> None:
    weeks.crowded(store, agreements=1500, meetings=800)
    store.conn.execute("UPDATE articles SET title = title || ?", [" слово" * 80])


@case("I96", "weeks of nothing, of dead feeds, of 1,500 agreements and 800 meetings with long titles", core=0, trials=4)
def extremes(shop: Workshop, trials: int) -> str:
    sizes = {}
    with Correspondence(shop) as office:
        for write in (weeks.empty, weeks.dead, weeks.crowded, colossal)[: trials if trials > 1 else 2]:
            home = office.home(READERS[:2], write)
            ended = office.send(home, "--force")
            assert ended.returncode == 0, ended.stderr
            sizes[write.__name__] = max(len(bytes(message)) for _, _, message in office.post.taken)
            assert office.exact(home, READERS[:2]) == 0
    assert max(sizes.values()) < 110_000, sizes
    return "; ".join(f"{name}: {size // 1024} KiB" for name, size in sizes.items())


@case("I97", "STARTTLS taken away, a certificate of a stranger, a login refused", core=0)
def distrust(shop: Workshop) -> str:
    seen = []
    for name, server, change in (
        ("no STARTTLS", {"security": "none", "login": False}, {"SMTP_SECURITY": "starttls", "SMTP_USER": "a"}),
        ("a stranger", {"trusted": False}, {}),
        ("login refused", {}, {"SMTP_PASSWORD": "another"}),
    ):
        with Correspondence(shop, **server) as office:
            home = office.home(READERS[:2])
            office.env |= change
            ended = office.send(home)
            assert ended.returncode == 1, (name, ended.returncode, ended.stderr)
            assert not office.post.taken
            assert office.post.logins == 0, name
            assert set(office.states(home).values()) <= {"new", "deferred"}
            seen.append(name)
    return f"{', '.join(seen)}: refused in a sentence, no password and no letter in the open, all wait for the next run"
