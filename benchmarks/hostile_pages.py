"""Hostile content and hostile requests against the running site: how many, and what broke out.

    python benchmarks/hostile_pages.py

Makes a small database whose every text is a payload, starts `svodka serve` on it, reads all pages with an HTML
parser as a browser would, then sends requests that no browser sends. Prints counts; leaves with 1 if anything broke.
"""

import re
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

from pipeline.store import Store
from tests.sample import GAS, fill

PORT = 8497
PAYLOADS = (
    "<script>boom()</script>", "<img src=x onerror=boom()>", '"><svg onload=boom()>', "'><svg onload=boom()>",
    "</title><script>boom()</script>", "</style><script>boom()</script>", "<a href=javascript:boom()>x</a>",
    "javascript:boom()", "JaVaScRiPt:boom()", "data:text/html,<script>boom()</script>", "<iframe srcdoc='<p>'>",
    "<base href=//evil.example>", "<meta http-equiv=refresh content=0>", "<form action=//evil.example>", "<!--", "]]>",
    "{{7*7}}", "{% raw %}", "${7*7}", "&lt;script&gt;boom()&lt;/script&gt;", "<scr\x00ipt>boom()</script>",
    "\u202e<script>boom()</script>", "<ſcript>boom()</ſcript>", "＜script＞boom()＜/script＞", "' onmouseover=boom() '",
    '" style="background:url(//evil.example)', "<b onclick=boom()>x", "<math><mi xlink:href=javascript:boom()>",
    "<template><script>boom()</script></template>", "\\u003cscript\\u003eboom()", "=cmd|'/C calc'!A0",
)  # fmt: skip
CARRIERS = (
    "UPDATE articles SET title = ?", "UPDATE articles SET text = ?", "UPDATE articles SET outlet = ?",
    "UPDATE articles SET link = ?", "UPDATE summits SET name = ?", "UPDATE summits SET place = ?",
    "UPDATE agreements SET subject = ?", "UPDATE agreements SET place = ?", "UPDATE agreements SET title = ?",
    "UPDATE OR IGNORE summit_participants SET value = ? WHERE kind = 'organization'", "UPDATE feeds SET name = ?",
    "UPDATE agreement_claims SET value = ? WHERE chosen = 1", "UPDATE fetches SET error = ?",
    "UPDATE agreement_mention_evidence SET value = ?", "UPDATE agreement_mention_evidence SET rule = ?",
    "UPDATE summit_steps SET value = ? WHERE step = 'date_named'",
)  # fmt: skip
PAGES = (
    "/", "/summits", "/summits/calendar?month=2026-12", "/summits/timeline", "/summits/map?since=2020",
    "/summits/turkic-2026-12-12", "/summits/talks-AZ-UZ-2026-11-10", "/agreements", "/agreements/late",
    f"/agreements/{GAS}", "/agreements/KG-TJ-treaty-2026-05", "/articles", "/articles/1", "/articles/5",
    "/articles?q=" + quote("соглашение"), "/persons", "/organizations", "/states/UZ", "/topics", "/feeds",
    "/export/agreements.atom", "/export/summits.ics", "/export/agreements.csv", "/export/articles.csv",
)  # fmt: skip
TAGS = {"script", "iframe", "object", "embed", "base", "form", "meta", "style", "img", "math", "template", "frame"}
OWN = {
    "script": {"src", "defer"},
    "form": {"action", "role", "class", "data-auto", "method"},
    "meta": {"charset", "name", "content"},
}
RAW = {
    "a parameter of 1 MB": b"GET /articles?q=" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "1,000 parameters": b"GET /articles?" + b"&".join(b"country=U%d" % n for n in range(1000)) + b" HTTP/1.1\r\nHost: x\r\n\r\n",  # noqa: E501 - a request as it is
    "a path of 60 kB": b"GET /" + b"a/" * 30_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "up the tree": b"GET /static/../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "up the tree, encoded": b"GET /static/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "up the tree, encoded slashes": b"GET /static/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: x\r\n\r\n",
    "up the tree, doubly encoded": b"GET /static/%252e%252e%252fetc%252fpasswd HTTP/1.1\r\nHost: x\r\n\r\n",
    "a backslash": b"GET /static/..\\..\\style.css HTTP/1.1\r\nHost: x\r\n\r\n",
    "an absolute path": b"GET //etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "the templates": b"GET /static/../templates/base.html HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in the path": b"GET /articles/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a line end in the path": b"GET /summits/a%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: x\r\n\r\n",
    "no Unicode": b"GET /articles?q=%ff%fe%c0%af HTTP/1.1\r\nHost: x\r\n\r\n",
    "SQL in filters": b"GET /agreements?country=UZ'%20OR%201=1--&since=2026'%3bDROP%20TABLE%20articles HTTP/1.1\r\nHost: x\r\n\r\n",  # noqa: E501 - a request as it is
    "SQL in a record": b"GET /agreements/'%20UNION%20SELECT%20token%20FROM%20subscribers-- HTTP/1.1\r\nHost: x\r\n\r\n",
    "search syntax": b"GET /articles?q=title:*%20NEAR(%20AND%20%22%20-%20^%20%7B HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header of 1 MB": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
    "a foreign host": b'GET /summits/old HTTP/1.1\r\nHost: evil.example"><script>\r\n\r\n',
    "POST": b"POST /agreements HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b",
    "DELETE": b"DELETE /articles/1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "PUT": b"PUT /export/articles.csv HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "TRACE": b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 9\r\n\r\nabc",
    "chunks and a length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",  # noqa: E501 - a request as it is
    "a forged token": b"POST /unsubscribe/forged HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "a token of 60 kB": b"POST /unsubscribe/" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "a page far away": b"GET /articles?page=99999999999999999999 HTTP/1.1\r\nHost: x\r\n\r\n",
    "the year 9999": b"GET /summits/calendar?month=9999-12 HTTP/1.1\r\nHost: x\r\n\r\n",
    "an export of everything": b"GET /export/articles.xlsx?limit=999999999 HTTP/1.1\r\nHost: x\r\n\r\n",
    "an export of nothing": b"GET /export/../../etc/passwd.csv HTTP/1.1\r\nHost: x\r\n\r\n",
}  # fmt: skip


class Browser(HTMLParser):
    """Notes what would run, load or lead away."""

    def __init__(self, text):
        super().__init__()
        self.broken = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        names = {name for name, _ in attrs}
        if tag in TAGS and not (tag in OWN and names <= OWN[tag] and "http-equiv" not in names):
            self.broken.append(f"<{tag}>")
        self.broken += [name for name in names if name.startswith("on") or name in {"style", "srcdoc"}]
        for name, value in attrs:
            if name in {"href", "src", "action", "xlink:href"}:
                scheme = re.match(r"\s*([a-z]+):", value or "", re.IGNORECASE)
                if (scheme and scheme[1].lower() not in {"http", "https"}) or (value or "").startswith("//"):
                    self.broken.append(f"{name}={value}")


def send(raw, wait=3.0):
    with socket.create_connection(("127.0.0.1", PORT), timeout=wait) as link:
        with suppress(BrokenPipeError, ConnectionResetError):
            link.sendall(raw.replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n", 1))
        pieces = []
        try:
            while piece := link.recv(65536):
                pieces.append(piece)
        except (TimeoutError, ConnectionResetError):
            pass
    return b"".join(pieces)


def get(address):
    return send(f"GET {address} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


def main():  # noqa: C901 - one campaign, read from top to bottom
    broken = []
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "news.db"
        with Store.open(db) as store:
            fill(store)
            store.conn.execute("PRAGMA foreign_keys = OFF")
            store.conn.execute("PRAGMA synchronous = OFF")
            command = [sys.executable, "-m", "pipeline.cli", "serve", "--db", str(db), "--port", str(PORT)]
            log = Path(folder) / "log"
            with (
                log.open("wb") as said_to,
                subprocess.Popen([*command, "--now", "2026-11-25T03:00"], stderr=said_to) as server,
            ):
                try:
                    time.sleep(4)
                    read = 0
                    for payload in PAYLOADS:
                        for carrier in CARRIERS:
                            store.conn.execute(carrier, [payload.replace("\0", "")])
                        for address in PAGES:
                            answer = get(address)
                            read += 1
                            head, _, body = answer.partition(b"\r\n\r\n")
                            if not head.startswith(b"HTTP/1.1 200"):
                                broken.append(f"{payload!r} {address}: {head[:40]!r}")
                            if b"text/html" in head:
                                broken += [f"{payload!r} {address}: {one}" for one in Browser(body.decode()).broken]
                            if (
                                payload.startswith("=")
                                and re.search(rb"(?m)(^|;)\"?=cmd", body)
                                and b"text/csv" in head
                            ):
                                broken.append(f"{address}: a formula")
                    pairs = f"{len(PAYLOADS)} payloads x {len(CARRIERS)} carriers"
                    print(f"{pairs}, {read} pages read, {len(broken)} broke out")
                    before, sent = len(broken), 0
                    for name, raw in RAW.items():
                        answer = send(raw)
                        sent += 1
                        status = answer[9:12].decode() if answer.startswith(b"HTTP/") else "closed"
                        bad = status[0] == "5" or b"root:" in answer or b"{% block" in answer or b"Set-Cookie" in answer
                        if bad or (status == "200" and raw[:3] != b"GET"):
                            broken.append(f"{name}: {status}")
                        print(f"  {name}: {status}")
                    print(f"{sent} hostile requests, {len(broken) - before} broke out")
                    if not get("/").startswith(b"HTTP/1.1 200"):
                        broken.append("the site is down")
                finally:
                    server.terminate()
                    server.wait()
                    said = log.read_text()
            if "Traceback" in said:
                broken.append(f"a fault was logged: {said[-600:]}")
            print("rows after it:", store.value("SELECT count(*) FROM articles"), "articles")
    print("\n".join(broken) or "nothing broke out")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
