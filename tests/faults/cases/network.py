"""D: servers that hang, lie, flood, or lead into the operator's own network."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
import zlib
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.store.moments import read_moment
from tests.faults.case import Skipped, case
from tests.faults.trace import strace
from tests.faults.workshop import Workshop, outcomes
from tests.nights import LATER, NIGHT
from tests.outlet import feed, serve

if TYPE_CHECKING:
    from pathlib import Path

DEADLINE = 20.0  # seconds that one feed may take
LIMIT = 200  # MiB: what the largest process of a collection may take
AFTER = {hours: (datetime.fromisoformat(NIGHT) + timedelta(hours=hours)).isoformat() for hours in (1, 2, 3, 27, 30)}


@contextmanager
def outlet():
    """Serve on every address of loopback, with a canary on 127.0.0.2 that nothing may reach."""
    with serve("0.0.0.0") as running, serve("127.0.0.2") as canary:
        running.canary = canary
        yield running
        assert not canary.asked, f"the canary was reached: {canary.asked[:2]}"


def addresses(running, answers: dict) -> dict[str, str]:
    """Put each answer on a host of its own; a text is the path of one of the outlet's own misdeeds."""
    found = {}
    for number, (name, answer) in enumerate(answers.items()):
        path = answer if isinstance(answer, str) else f"d/{number}"
        if not isinstance(answer, str):
            running.documents[f"/{path}"] = answer
        found[name] = f"http://127.0.{1 + number // 200}.{10 + number % 200}:{running.server_port}/{path}"
    return found


def collect(shop: Workshop, home: Path, now: str = NIGHT, *, good: int = 3, **options):
    """Collect; the good feeds are read whatever the others do."""
    began = time.monotonic()
    ended = shop.run(home, "collect", "--now", now, **options)
    ended.wall = time.monotonic() - began
    assert ended.returncode in {0, 1}, ended.stderr.decode()[-400:]
    done = outcomes(shop, home)
    read = [name for name in done if name.startswith("good") and done[name][0] in {"ok", "not_modified"}]
    assert len(read) == good, f"of the good feeds only {read} were read"
    return ended, {name: kind for name, (_, kind) in done.items() if not name.startswith("good")}


def misdeeds(shop: Workshop, answers: dict, *, more: dict | None = None, **options):
    """Read feeds that misbehave and three good ones; each misdeed must be the failure of its own feed."""
    with outlet() as running:
        good = {f"good {n}": f"http://127.0.0.1:{running.server_port}/feed/{n}" for n in range(3)}
        home = shop.reader({**addresses(running, answers), **(more or {}), **good})
        ended, kinds = collect(shop, home, **options)
        assert shop.ask(home, "SELECT count(*) FROM articles") == [9]
    forgiven = [name for name, kind in kinds.items() if not kind]
    assert not forgiven, f"no failure: {forgiven}"
    assert ended.peak < LIMIT, f"{ended.peak} MiB"
    return ended, kinds


@case("D38", "no answer, a drip of headers, of a body, a TLS handshake that never ends", seconds=200, core=0)
def never_ends(shop: Workshop) -> str:
    with socket.create_server(("127.0.0.1", 0)) as dumb:
        more = {"no TLS": f"https://127.0.0.1:{dumb.getsockname()[1]}/rss"}
        answers = {path: path for path in ("silence", "slow-headers", "slow-body")}
        idle = shop.run(shop.reader({}), "collect", "--now", NIGHT)
        ended, kinds = misdeeds(shop, answers, more=more)
    assert set(kinds.values()) <= {"timeout", "tls"}, kinds
    extra = ended.wall - ended.cpu * 4
    assert idle.returncode == 0
    assert extra < DEADLINE + 15, ended.wall
    return f"{len(kinds)} of {len(kinds)} given up, all over after {ended.wall:.0f} s (limit a feed {DEADLINE:.0f} s)"


@case("D39", "36 of 36 hosts hang, with three good ones at the end of the list", seconds=300)
def all_hang(shop: Workshop) -> str:
    ended, kinds = misdeeds(shop, {f"hang {n}": "slow-body" for n in range(36)})
    return f"{len(kinds)} given up in {ended.wall:.0f} s, twelve hosts at a time; the good ones were read"


def declared(handler):
    handler.send_response(200)
    handler.send_header("content-length", str(10 << 30))
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(1 << 16))


def chunked(handler):
    handler.send_response(200)
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    while True:
        handler.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")


@case("D40", "an endless body, ten declared gigabytes, chunks without end", core=1)
def endless(shop: Workshop) -> str:
    ended, kinds = misdeeds(shop, {"endless": "endless", "declared": declared, "chunked": chunked})
    assert set(kinds.values()) == {"too_large"}, kinds
    return f"{len(kinds)} of {len(kinds)} cut at 10 MB, {ended.peak} MiB at most"


def coded(body: bytes, coding: str, status: int = 200, **headers):
    return lambda handler: handler.answer(status, body, content_encoding=coding, **headers)


@case("D41", "bombs of gzip, deflate, brotli, zstd, doubly and ten times packed; in a redirect and a 404 (D42)", core=1)
def bombs(shop: Workshop) -> str:
    import brotli

    zeros = bytes(200 << 20)
    bomb, ten = gzip.compress(zeros, 6), feed()
    for _ in range(10):
        ten = gzip.compress(ten)
    answers = {
        "gzip": coded(bomb, "gzip"),
        "deflate": coded(zlib.compress(zeros), "deflate"),
        "brotli": coded(brotli.compress(zeros, quality=1), "br"),
        "zstd": coded(b"\x28\xb5\x2f\xfd" + bytes(1000), "zstd"),
        "gzip of gzip": coded(gzip.compress(bomb), "gzip, gzip"),
        "gzip ten times": coded(ten, ", ".join(["gzip"] * 10)),
        "gzip that says deflate": coded(bomb, "deflate"),
        "a bomb in a redirect": coded(bomb, "gzip", 302, location="/d/0"),
        "a bomb in a 404": coded(bomb, "gzip", 404),
        "half a gzip": "half-gzip",
    }
    ended, kinds = misdeeds(shop, answers)
    return f"{len(kinds)} of {len(kinds)} refused, {ended.peak} MiB at most"


LOCATIONS = (
    "file:///etc/passwd", "ftp://127.0.0.2/", "data:text/xml,<rss/>", "gopher://127.0.0.2/", "javascript:alert(1)",
    "//", "", "http://", "http:///x", "https://" + "a" * 100_000, "http://127.0.0.2:99999/", "http://\x01/",
    "about:blank",     "http://127.0.0.2\\@example.org/", "ldap://127.0.0.2", "dict://127.0.0.2:1/x", "unix:///var/run/x", "http://[::1",
)  # fmt: skip


@case("D43", "redirects: loops, chains, other schemes, empty, 100 kB, broken (D44)", core=1)
def redirects(shop: Workshop) -> str:
    answers = {"loop": "loop", "a chain of 100": "chain/100", "a chain of 6": "chain/6"}
    for number, location in enumerate(LOCATIONS):
        answers[f"location {number}"] = lambda handler, location=location: handler.answer(302, location=location)
    _, kinds = misdeeds(shop, answers)
    return f"{len(kinds)} of {len(kinds)} refused after at most five hops"


PRIVATE = (
    "127.0.0.2", "127.1", "0", "0.0.0.0", "0x7f000002", "2130706434", "0177.0.0.2", "[::1]", "[::ffff:127.0.0.2]",
    "[::ffff:7f00:2]", "[64:ff9b::7f00:2]", "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1",
    "[fc00::1]", "[fe80::1]", "localhost", "224.0.0.1", "255.255.255.255", "[2002:7f00:2::]",
)  # fmt: skip


@case("D45", "redirects, pages of articles and feeds that lead to private addresses in 22 spellings", core=1)
def private(shop: Workshop) -> str:
    with outlet() as running:
        port = running.canary.server_port
        answers = {}
        for number, host in enumerate(PRIVATE):
            target = f"http://{host}:{port}/secret"
            answers[f"to {number}"] = lambda handler, target=target: handler.answer(302, location=target)
        links = "".join(
            f"<item><title>Ссылка {n}</title><link>http://{host}:{port}/page</link>"
            f'<enclosure url="http://{host}:{port}/enclosure"/><description>Коротко.</description></item>'
            for n, host in enumerate(PRIVATE)
        )
        running.documents["/links"] = f"<rss version='2.0'><channel>{links}</channel></rss>".encode()
        feeds = addresses(running, answers)
        # A name of this kind does not look private in feeds.yaml: it is refused when it is dialled.
        feeds |= {f"as {host}": f"http://{host}:{port}/rss" for host in ("2130706434", "0x7f.2", "127.2")}
        feeds |= {"good links": f"http://127.0.0.1:{running.server_port}/links"}
        home, log = shop.reader(feeds, fulltext="page"), shop.folder / "connects"
        ended, kinds = collect(shop, home, good=1, before=strace("-o", str(log), "-e", "trace=connect"))
        assert all(kinds.values()), [name for name, kind in kinds.items() if not kind]
        dialled = set(re.findall(rf'htons\({port}\), sin_addr=inet_addr\("([\d.]+)"\)', log.read_text()))
    assert not dialled, f"dialled: {dialled}"
    pages = shop.ask(home, "SELECT count(*) FROM articles WHERE text_from = 'page'")
    assert pages == [0]
    return f"{len(kinds)} redirects and feeds, {len(PRIVATE)} pages refused before connect(), {ended.returncode=}"


@case("D46", "a public name that resolves to a private address")
def rebinding(shop: Workshop) -> str:
    if os.geteuid() != 0 or not shutil.which("unshare"):
        raise Skipped(
            "a name of our own needs root and unshare; tests/test_client.py has the name that changes its mind"
        )
    with outlet() as running:
        hosts = shop.folder / "hosts"
        shop.folder.mkdir(parents=True, exist_ok=True)
        hosts.write_text("127.0.0.1 localhost\n127.0.0.2 news.rebind.example\n")
        before = ("unshare", "-m", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh")
        if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
            raise Skipped("mounting is not allowed here")
        home = shop.reader(
            {
                "named": f"http://news.rebind.example:{running.canary.server_port}/rss",
                "good 0": f"http://127.0.0.1:{running.server_port}/feed/0",
            }
        )
        _, kinds = collect(shop, home, good=1, before=before)
    assert kinds == {"named": "forbidden"}, kinds
    return "refused as forbidden, the canary saw nothing"


@case("D47", "proxies and .netrc of the environment", core=1)
def environment(shop: Workshop) -> str:
    with outlet() as running:
        home = shop.reader({"good 0": f"http://127.0.0.1:{running.server_port}/feed/0"})
        (home / ".netrc").write_text("machine 127.0.0.1 login reader password geheim\n")
        (home / ".netrc").chmod(0o600)
        proxy = f"http://127.0.0.2:{running.canary.server_port}"
        env = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"), proxy)
        collect(shop, home, good=1, env=env | {"HOME": str(home)})
        assert not any("Authorization" in headers for _, headers in running.asked)
    return "ignored"


def raw(content: bytes):
    def answer(handler):
        handler.wfile.write(content)
        handler.close_connection = True

    return answer


BROKEN = {
    "300 kB of one header": "headers",
    "50 MB of headers": raw(b"HTTP/1.1 200 OK\r\n" + b"X-Much: " + b"y" * 1000 + b"\r\n" + b"X: y\r\n" * 2_000_000),
    "100,000 headers": raw(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + b"\r\n"),
    "HTTP/0.9": raw(feed()),
    "a status of letters": raw(b"HTTP/1.1 ABC Fine\r\n\r\n"),
    "a status of 999": raw(b"HTTP/1.1 999 Fine\r\ncontent-length: 0\r\n\r\n"),
    "a status of 99999": raw(b"HTTP/1.1 99999 Fine\r\n\r\n"),
    "HTTP/9.9": raw(b"HTTP/9.9 200 OK\r\n\r\n"),
    "garbage": "garbage",
    "reset": "reset",
    "too short": "too-short",
    "a bad chunk": raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n" + feed()),
    "a chunk that is short": raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffff\r\n" + feed()),
    "a negative length": raw(b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n" + feed()),
    "two lengths": raw(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 900\r\n\r\n" + feed()),
    "NUL in a header": raw(b"HTTP/1.1 200 OK\r\nX: a\x00b\r\ncontent-length: 0\r\n\r\n"),
    "gzip that is none": lambda handler: handler.answer(body=feed(), content_encoding="gzip"),
    "half a gzip": "half-gzip",
    "an empty answer": "empty",
    "a page": "page",
    "1xx for ever": raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000),
}


@case("D48", "answers that are no HTTP, broken off, malformed, or all headers", core=1)
def malformed(shop: Workshop) -> str:
    ended, kinds = misdeeds(shop, BROKEN)
    return f"{len(kinds)} of {len(kinds)} are failures of their feed, no article of half an answer, {ended.peak} MiB"


WAITS = ("315360000", "-1", "soon", "9e99", "Fri, 31 Dec 2246 23:59:59 GMT", "", "1" * 5000)
STATUSES = (204, 206, 300, 301, 302, 400, 401, 403, 404, 410, 418, 500, 502, 503, 504)


@case("D49", "feeds in answers that are errors; Retry-After of ten years, negative, words", core=1)
def errors(shop: Workshop) -> str:
    answers = {f"status {code}": lambda handler, code=code: handler.answer(code, feed()) for code in STATUSES}
    for number, wait in enumerate(WAITS):
        answers[f"wait {number}"] = lambda handler, wait=wait: handler.answer(429, feed(), retry_after=wait)
    with outlet() as running:
        good = {f"good {n}": f"http://127.0.0.1:{running.server_port}/feed/{n}" for n in range(3)}
        home = shop.reader({**addresses(running, answers), **good})
        _, kinds = collect(shop, home)
        assert all(kinds.values()), kinds
        assert shop.ask(home, "SELECT count(*) FROM articles") == [9]
        latest = max(map(read_moment, shop.ask(home, "SELECT next_due_at FROM feeds WHERE next_due_at IS NOT NULL")))
    days = (latest - datetime.fromisoformat(NIGHT).astimezone(UTC)).days
    assert days <= 31, days
    return f"{len(kinds)} of {len(kinds)} not parsed; the longest wait is capped at {days + 1} days"


@case("D50", "304 unasked and at first, new ETag for the same, same ETag for other content", core=0)
def validators(shop: Workshop) -> str:
    with outlet() as running:
        edition = ["a"]

        def moving(handler):
            handler.answer(body=feed("moving"), etag=f'"{len(running.asked)}"')

        def stuck(handler):
            if handler.headers.get("if-none-match") == '"stuck"':
                handler.answer(304, etag='"stuck"')
            else:
                body = feed(f"stuck-{edition[0]}").replace("Министры".encode(), f"Министры {edition[0]}".encode())
                handler.answer(body=body, etag='"stuck"')

        answers = {"always": "always-304", "good moving": moving, "good stuck": stuck}
        home = shop.reader(addresses(running, answers))
        _, kinds = collect(shop, home, good=2)
        assert kinds == {"always": "http"}
        edition[0] = "b"
        for hours in (2, 30):
            collect(shop, home, AFTER[hours], good=2)
        held = shop.ask(home, "SELECT count(*) FROM articles")
    assert held == [9], f"{held}: three that moved once, three of each edition that was stuck"
    return "nothing lost, nothing doubled; a stuck ETag is passed by within a day"


@case("D51", "validators of 1 MB, binary, with what looks like line ends", core=0)
def hostile_validators(shop: Workshop) -> str:
    evil = ("x" * 1_000, "x" * 60_000, "\x7f\x01", '"a\\r\\nX-Evil: 1"', "ÿþ", '"a" , "b"', "%0d%0aX-Evil: 1")
    with outlet() as running:
        answers = {
            f"good {n}": lambda handler, tag=tag: handler.answer(body=feed("etag"), etag=tag, last_modified=tag)
            for n, tag in enumerate(evil)
        }
        home = shop.reader(addresses(running, answers))
        collect(shop, home, good=len(evil))
        collect(shop, home, AFTER[2], good=len(evil))
        sent = [headers for _, headers in running.asked]
    assert not any("X-Evil" in headers for headers in sent)
    longest = max(len(headers.get("If-None-Match", "")) for headers in sent)
    assert longest <= 1000
    return f"{len(evil)} kinds: sent back verbatim or not at all, at most {longest} bytes"


@case("D52", "certificates: self-signed, of another host, expired, an old TLS", core=0)
def certificates(shop: Workshop) -> str:
    import trustme

    authority, stranger = trustme.CA(), trustme.CA()
    past = datetime(2020, 1, 1, tzinfo=UTC)

    def context(owner, *names, newest=None, **options):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if newest is not None:
            made.minimum_version, made.maximum_version = newest, newest
            made.set_ciphers("ALL:@SECLEVEL=0")
        owner.issue_cert(*names, **options).configure_cert(made)
        return made

    contexts = {
        "good 0": context(authority, "127.0.0.1"),
        "of a stranger": context(stranger, "127.0.0.1"),
        "of another host": context(authority, "news.example"),
        "expired": context(authority, "127.0.0.1", not_before=past, not_after=past + timedelta(days=9)),
        "TLS 1.0": context(authority, "127.0.0.1", newest=ssl.TLSVersion.TLSv1),
        "TLS 1.1": context(authority, "127.0.0.1", newest=ssl.TLSVersion.TLSv1_1),
    }
    with ExitStack() as stack:
        feeds = {}
        for name, made in contexts.items():
            secret = stack.enter_context(serve(tls=made))
            feeds[name] = f"{secret.url.replace('http:', 'https:')}/feed/x"
        home = shop.reader(feeds)
        authority.cert_pem.write_to_path(home / "ca.pem")
        _, kinds = collect(shop, home, good=1, env={"SSL_CERT_FILE": str(home / "ca.pem")})
    assert set(kinds.values()) == {"tls"}, kinds
    return f"{len(kinds)} of {len(kinds)} refused with the reason; the right one is read"


@case("D53", "credentials and tokens in the addresses of feeds", core=1)
def secrets(shop: Workshop) -> str:
    with outlet() as running:
        base = f"127.0.0.1:{running.server_port}"
        home = shop.reader(
            {"good 0": f"http://{base}/feed/0?token=t0k3n-t0k3n", "gone": f"http://{base}/gone?key=t0k3n-t0k3n"}
        )
        ended, _ = collect(shop, home, good=1)
        said = ended.stdout + ended.stderr
        for command in (("status",), ("status", "--json"), ("feeds", "list"), ("doctor",)):
            told = shop.run(home, *command, "--now", LATER)
            said += told.stdout + told.stderr
        shop.subscribe(home, {"named": f"http://reader:hunter2@{base}/feed/0"})
        refused = shop.run(home, "collect", "--now", LATER)
        assert refused.returncode == 2
        said += refused.stdout + refused.stderr
    for secret in (b"t0k3n-t0k3n", b"hunter2"):
        assert secret not in said, f"{secret!r} was said"
    return "in no line of collect, status, feeds, doctor; a password in an address is refused"


@case("D54", "300 feeds on one host", seconds=200)
def one_host(shop: Workshop) -> str:
    with outlet() as running:
        open_now, most = [0], [0]

        def polite(handler):
            open_now[0] += 1
            most[0] = max(most[0], open_now[0])
            handler.answer(body=feed(handler.path.rpartition("/")[2], 1))
            open_now[0] -= 1

        for number in range(300):
            running.documents[f"/p/{number}"] = polite
        base = f"http://127.0.0.1:{running.server_port}/p/"
        home = shop.reader({f"good {n}": f"{base}{n}" for n in range(300)})
        ended, _ = collect(shop, home, good=300)
    assert most == [1], most
    return f"{300} read in {ended.wall:.0f} s, never two connections at once"
