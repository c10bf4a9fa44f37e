"""What a collection costs: writes benchmarks/collect.md.

    .venv/bin/python benchmarks/collect.py

200 feeds of 100 items each, every one on a loopback host of its own, 20 of them slow or broken; the same again when
nothing changed.
"""

import multiprocessing
import resource
import socket
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pipeline.collect import collect
from pipeline.records import Feed
from pipeline.store import Store

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
FEEDS, ITEMS, TROUBLED = 200, 100, 20
TEXT = "стороны обсудили поставки газа строительство дороги проект договора развитие торговли транзит грузов"
WORDS = TEXT.split()


def document(number):
    items = []
    for item in range(ITEMS):
        words = " ".join(WORDS[(number * 7 + item * 3 + place * (1 + number % 5)) % len(WORDS)] for place in range(150))
        at = NOW - timedelta(minutes=10 * item)
        items.append(
            f"<item><title>Новость {item} ленты {number}</title><link>https://outlet-{number}.example/{item}</link>"
            f"<guid>{number}-{item}</guid><pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
            f"<description><![CDATA[<p>{words}.</p><p>Номер {number}-{item}.</p>]]></description></item>"
        )
    return f"<rss version='2.0'><channel><title>Лента {number}</title>{''.join(items)}</channel></rss>".encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        number = int(self.path.strip("/"))
        trouble = number // (FEEDS // TROUBLED) % 4 if number % (FEEDS // TROUBLED) == 5 else None
        if trouble == 0:
            time.sleep(60)  # silence
        elif trouble == 1:
            self.send_response(200)
            self.end_headers()
            for _ in range(600):
                self.wfile.write(b" ")
                time.sleep(0.1)
        elif trouble == 2:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            self.connection.close()
            self.close_connection = True
        elif trouble == 3:
            self.answer(503, b"")
        elif self.headers.get("if-none-match") == '"1"':
            self.answer(304, b"")
        else:
            self.answer(200, document(number))

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("etag", '"1"')
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (BrokenPipeError, ConnectionResetError, OSError):
            self.close_connection = True


def run_server(ready):
    server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)
    server.daemon_threads = True
    ready.send(server.server_port)
    server.serve_forever()


def cpu():
    return [
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    ]


def measure(store, feeds, now):
    started, before = time.monotonic(), cpu()
    outcomes = Counter()

    def report(_feed, reading, _saved):
        outcomes[reading.failure.kind if reading.failure else str(reading.outcome)] += 1

    collected = collect(store, feeds, now=now, run=None, report=report)
    after = cpu()
    return {
        "wall": time.monotonic() - started,
        "own": after[0] - before[0],
        "children": after[1] - before[1],
        "new": len(collected.new),
        "outcomes": ", ".join(f"{name} {count}" for name, count in sorted(outcomes.items())),
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "child_rss": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }


def main():
    receive, send = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.get_context("fork").Process(target=run_server, args=(send,), daemon=True)
    server.start()
    port = receive.recv()
    feeds = [
        Feed(
            name=f"Лента {number}",
            url=f"http://127.0.{1 + number // 200}.{1 + number % 200}:{port}/{number}",
            private=True,
            body="full",
            line=number,
        )
        for number in range(FEEDS)
    ]
    sound = [feed for number, feed in enumerate(feeds) if number % (FEEDS // TROUBLED) != 5]
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for name, chosen in (("all 200", feeds), ("the 180 sound ones alone", sound)):
            with Store.open(Path(folder) / f"{len(chosen)}.db") as store:
                runs.append((f"{name}, all new", measure(store, chosen, NOW)))
                runs.append((f"{name}, nothing changed (304)", measure(store, chosen, NOW + timedelta(hours=3))))
    server.terminate()
    lines = [
        "# What a collection costs",
        "",
        f"Made by `benchmarks/collect.py`: {FEEDS} feeds of {ITEMS} items ({len(document(1)) // 1000} kB each),",
        f"every one on a loopback host of its own; {TROUBLED} of them are silent, drip a byte a time, reset the",
        "connection or answer 503. A silent server costs 10 s, a dripping one 20 s; meanwhile the others go on,",
        "twelve hosts at once.",
        "The machine has two cores, shared with other work while this was measured: processor time says more than wall",
        "time.",
        "",
        "| run | wall s | processor s (own + children) | new articles | outcomes | memory MB (own, a child) |",
        "|---|---:|---:|---:|---|---:|",
    ]
    for name, found in runs:
        lines.append(
            f"| {name} | {found['wall']:.1f} | {found['own']:.1f} + {found['children']:.1f} | {found['new']} | "
            f"{found['outcomes']} | {found['rss']:.0f}, {found['child_rss']:.0f} |"
        )
    (ROOT / "benchmarks" / "collect.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
