"""The sample outlets as feed documents, and a server on loopback that publishes them."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import yaml

HERE = Path(__file__).resolve().parent


def read_outlets():
    """Read the sample outlets, each a dict with name, country, timezone, encoding, body, articles."""
    return yaml.safe_load((HERE / "outlets.yaml").read_text(encoding="utf-8"))["outlets"]


def render(outlet, until: datetime) -> bytes:
    """Render what an outlet has published until a moment as an RSS document in its own encoding."""
    if outlet.get("broken") == "html":
        return "<!doctype html><html><head><title>Вход</title></head><body>Войдите на сайт</body></html>".encode()
    zone = ZoneInfo(outlet["timezone"])
    items = []
    for number, article in enumerate(outlet["articles"]):
        at = datetime.fromisoformat(str(article["at"])).replace(tzinfo=zone)
        if at > until:
            continue
        paragraphs = article["text"].strip().split("\n\n")
        full = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
        if outlet["body"] == "lead":
            body = f"<description>{escape(paragraphs[0])}</description>"
        elif outlet.get("dialect") == "yandex":
            body = (
                f"<description>{escape(paragraphs[0])}</description>"
                f"<yandex:full-text>{escape(article['text'].strip())}</yandex:full-text>"
            )
        else:
            lead = f"<description>{escape(paragraphs[0])}</description>"
            body = f"{lead}<content:encoded><![CDATA[{full}]]></content:encoded>"
        link = f"https://{slug(outlet)}.example/news/{number + 1}?utm_source=rss"
        items.append(
            f"<item><title>{escape(article['title'])}</title><link>{escape(link)}</link>"
            f'<guid isPermaLink="false">{slug(outlet)}-{number + 1}</guid>'
            f"<pubDate>{format_datetime(at)}</pubDate>{body}</item>",
        )
    document = (
        f'<?xml version="1.0" encoding="{outlet["encoding"]}"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:yandex="http://news.yandex.ru"><channel>'
        f"<title>{escape(outlet['name'])}</title><link>https://{slug(outlet)}.example/</link>"
        f"<description>{escape(outlet['name'])}: лента новостей</description>\n" + "\n".join(reversed(items)) + "\n"
        "</channel></rss>\n"
    )
    return document.encode(outlet["encoding"], "xmlcharrefreplace")


def slug(outlet) -> str:
    """Name an outlet in an address."""
    return f"outlet-{outlet['country'].lower()}"


def write_feeds(path: Path, port: int) -> None:
    """Write the feeds.yaml that reads the sample outlets from a port on loopback."""
    feeds = [
        {
            "name": outlet["name"],
            "url": f"http://127.0.0.1:{port}/{slug(outlet)}.xml",
            "country": outlet["country"],
            "timezone": outlet["timezone"],
            "body": outlet["body"],
            "fulltext": "none" if outlet["body"] == "lead" else "feed",
            "private": True,
        }
        for outlet in read_outlets()
    ]
    path.write_text(yaml.safe_dump({"feeds": feeds}, allow_unicode=True, sort_keys=False), encoding="utf-8")


class Press:
    """What the outlets have published by now; `until` moves between two nights."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        self.outlets = {f"/{slug(outlet)}.xml": outlet for outlet in read_outlets()}


@contextmanager
def publish(press: Press):
    """Serve the outlets on loopback, with ETags; yields the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            outlet = press.outlets.get(self.path)
            if outlet is None:
                self.send_error(404)
                return
            content = render(outlet, press.until)
            etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            if self.headers.get("If-None-Match") == etag:
                self.send_response(304)
                self.send_header("ETag", etag)
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if outlet.get("broken") else "application/rss+xml")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
