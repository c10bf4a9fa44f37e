"""A web server on loopback that misbehaves in every way that servers of feeds are known for."""

import gzip
import socket
import ssl
import threading
import time
import zlib
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FEED = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Вестник</title><link>http://127.0.0.1/</link>{items}</channel></rss>"""
ITEM = """<item><title>Министры обсудили транзит ({n})</title><link>http://127.0.0.1/news/{slug}-{n}</link>
<pubDate>Mon, 23 Nov 2026 {n:02}:00:00 +0500</pubDate><description>Переговоры прошли в Ташкенте.</description></item>"""


def feed(slug="a", items=3):
    return FEED.format(items="".join(ITEM.format(n=n, slug=slug) for n in range(1, items + 1))).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        document = self.server.documents.get(self.path)
        if document is not None:
            with suppress(BrokenPipeError, ConnectionResetError):
                document(self) if callable(document) else self.answer(body=document)
            return
        name = self.path.strip("/").partition("/")[0].replace("-", "_")
        try:
            getattr(self, f"play_{name}", self.play_missing)()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self, status=200, body=b"", **headers):
        self.send_response(status)
        for key, value in {"content-type": "application/rss+xml", **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def play_feed(self):
        self.answer(body=feed(self.path.rpartition("/")[2]))

    def play_missing(self):
        self.answer(404, feed())  # an error that carries a feed is still an error

    def play_unchanged(self):
        if self.headers.get("if-none-match") == 'W/"x1"':
            self.answer(304, etag='W/"x1"')
        else:
            self.answer(body=feed("unchanged"), etag='W/"x1"', last_modified="Mon, 23 Nov 2026 03:00:00 GMT")

    def play_always_304(self):
        self.answer(304)

    def play_hop(self):
        status, _, rest = self.path.strip("/").partition("/")[2].partition("/")
        self.answer(int(status), location=f"/{rest}")

    def play_loop(self):
        self.answer(302, location="/loop")

    def play_chain(self):
        left = int(self.path.rpartition("/")[2])
        self.answer(307, location=f"/chain/{left - 1}" if left else "/feed/chain")

    def play_tired(self):
        left = int(self.path.rpartition("/")[2])
        time.sleep(0.4)
        self.answer(302, location=f"/tired/{left - 1}" if left else "/feed/tired")

    def play_to_file(self):
        self.answer(302, location="file:///etc/passwd")

    def play_to_metadata(self):
        self.answer(302, location="http://169.254.169.254/latest/meta-data/")

    def play_to_neighbour(self):
        self.answer(302, location="http://127.0.0.2:1/")

    def play_to_nothing(self):
        self.answer(302, location="//")

    def play_gone(self):
        self.answer(410)

    def play_patience(self):
        self.answer(429, retry_after="7200")

    def play_refused(self):
        self.answer(403, b"<html>no</html>", content_type="text/html")

    def play_guarded(self):
        self.answer(403, b"<html>checking your browser</html>", cf_mitigated="challenge")

    def play_broken(self):
        self.answer(503)

    def play_page(self):
        self.answer(
            body="<!doctype html><html><head><title>Вход</title></head></html>".encode(), content_type="text/html"
        )

    def play_site(self):
        page = (
            '<html><head><link rel="alternate" type="application/rss+xml" href="/feed/comments-of-found">'
            '<link rel="alternate" type="application/rss+xml" href="/feed/found"></head><body>Новости</body></html>'
        )
        self.answer(body=page.encode(), content_type="text/html; charset=utf-8")

    def play_empty(self):
        self.answer()

    def play_gzip(self):
        self.answer(body=gzip.compress(feed("gzip")), content_encoding="gzip")

    def play_deflate(self):
        self.answer(body=zlib.compress(feed("deflate")), content_encoding="deflate")

    def play_raw_deflate(self):
        machine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        self.answer(body=machine.compress(feed("raw")) + machine.flush(), content_encoding="deflate")

    def play_brotli(self):
        import brotli

        self.answer(body=brotli.compress(feed("brotli")), content_encoding="br")

    def play_bomb(self):
        self.answer(body=gzip.compress(bytes(64 << 20), 1), content_encoding="gzip")

    def play_brotli_bomb(self):
        import brotli

        self.answer(body=brotli.compress(bytes(8 << 20), quality=1), content_encoding="br")

    def play_endless_tail(self):
        self.send_response(200)
        self.send_header("content-encoding", "gzip")
        self.end_headers()
        self.wfile.write(gzip.compress(feed()))
        while True:
            self.wfile.write(bytes(65536))

    def play_double(self):
        self.answer(body=gzip.compress(gzip.compress(feed())), content_encoding="gzip, gzip")

    def play_half_gzip(self):
        self.answer(body=gzip.compress(feed())[:-30], content_encoding="gzip")

    def play_endless(self):
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"x" * 65536)

    def play_slow_headers(self):
        for letter in "HTTP/1.1 200 OK\r\nX-Slow: " + "x" * 1000:
            self.wfile.write(letter.encode())
            time.sleep(0.05)

    def play_slow_body(self):
        self.send_response(200)
        self.send_header("content-length", "5000")
        self.end_headers()
        for _ in range(5000):
            self.wfile.write(b"x")
            time.sleep(0.05)

    def play_silence(self):
        time.sleep(8)

    def play_too_short(self):
        self.send_response(200)
        self.send_header("content-length", "100000")
        self.end_headers()
        self.wfile.write(feed())
        self.close_connection = True

    def play_reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.connection.close()
        self.close_connection = True

    def play_garbage(self):
        self.wfile.write(b"\x00\x01 what is this\r\n\r\n")
        self.close_connection = True

    def play_headers(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-Much: " + b"y" * 300_000)
        self.close_connection = True


class Here:
    """Does in this process what a Sandbox does in children."""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    def call(self, function, *arguments, seconds=10):  # noqa: ARG002 - a Sandbox's signature
        return function(*arguments)


class Outlet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address="127.0.0.1"):
        super().__init__((address, 0), Handler)
        self.asked = []
        self.documents = {}  # addresses and what is answered there: a body, or what answers with the handler

    def handle_error(self, request, client_address):
        pass

    @property
    def url(self):
        return f"http://{self.server_address[0]}:{self.server_port}"


@contextmanager
def serve(address="127.0.0.1", tls=None):
    """Run an outlet on loopback; with `tls`, an SSLContext, it speaks https."""
    outlet = Outlet(address)
    if tls is not None:
        outlet.socket = tls.wrap_socket(outlet.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=outlet.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield outlet
    finally:
        outlet.shutdown()
        outlet.server_close()
        thread.join(5)


def context_for(*names):
    """Make a server's SSLContext with a certificate that no one trusts."""
    import trustme

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(*names).configure_cert(context)
    return context
