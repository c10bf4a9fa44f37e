"""Against a real server on loopback: every misbehaviour ends within its limits, as a Failure that says what it was."""

import gzip
import socket
import time
import zlib
from dataclasses import replace

import brotli
import httpcore
import pytest

from pipeline.client import CHUNK, Client, Request, _decoder, is_public
from pipeline.records import Failure
from tests.outlet import context_for, serve

SECONDS = 30.0  # of which a busy machine needs a few
SHORT = 1.0  # where the end of the time is waited for
LIMIT = 200_000


@pytest.fixture(scope="module")
def outlet():
    with serve() as running:
        yield running


@pytest.fixture
def get(outlet):
    client = Client()

    def ask(path, **changes):
        request = Request(url=f"{outlet.url}/{path}", home="127.0.0.1", seconds=SECONDS, max_bytes=LIMIT)
        return client.get(replace(request, **changes))

    return ask


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress)]
)
def test_what_is_packed_is_unpacked_in_pieces(coding, pack):
    pieces = [len(piece) for piece in _decoder(coding).feed(pack(bytes(5_000_000)))]
    assert sum(pieces) == 5_000_000
    assert max(pieces) <= 2 * CHUNK


@pytest.mark.parametrize("path", ["feed/x", "gzip", "deflate", "raw-deflate", "brotli", "chain/4", "hop/301/feed/x"])
def test_an_honest_answer_is_read(get, path):
    reply = get(path)
    assert reply.status == 200
    assert "Министры".encode() in reply.body


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("bomb", "too_large"),
        ("brotli-bomb", "too_large"),
        ("endless", "too_large"),
        ("endless-tail", "too_large"),  # what unpacks to little may be long on the wire
        ("double", "encoding"),
        ("half-gzip", "protocol"),
        ("slow-headers", "timeout"),
        ("slow-body", "timeout"),
        ("silence", "timeout"),
        ("tired/4", "timeout"),  # no hop takes long, all together do
        ("too-short", "protocol"),
        ("garbage", "protocol"),
        ("headers", "protocol"),
        ("reset", "connect"),
        ("loop", "redirect"),
        ("chain/6", "redirect"),
        ("to-file", "redirect"),
        ("to-nothing", "redirect"),
        ("to-metadata", "forbidden"),
        ("to-neighbour", "forbidden"),
    ],
)
def test_a_misbehaving_server_is_a_failure_within_the_limit(get, path, kind):
    failure = get(path, seconds=SHORT if kind == "timeout" else SECONDS)
    assert isinstance(failure, Failure)
    assert failure.kind == kind
    assert failure.detail


@pytest.mark.parametrize("path", ["missing", "gone", "refused", "broken", "patience"])
def test_the_body_of_an_error_is_not_read(get, path):
    reply = get(path)
    assert reply.status >= 400
    assert reply.body == b""


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        ("hop/301/feed/x", "feed/x"),
        ("hop/308/feed/x", "feed/x"),
        ("hop/302/feed/x", None),
        ("hop/307/feed/x", None),
        ("hop/301/hop/302/feed/x", "hop/302/feed/x"),
        ("hop/302/hop/301/feed/x", None),
    ],
)
def test_only_a_permanent_redirect_at_the_start_is_a_move(get, outlet, path, moved):
    reply = get(path)
    assert reply.url == f"{outlet.url}/feed/x"
    assert reply.moved_to == (f"{outlet.url}/{moved}" if moved else None)


def test_conditions_go_only_to_the_address_that_gave_them(get, outlet):
    conditions = {"If-None-Match": 'W/"x1"'}
    there = f"{outlet.url}/unchanged"
    assert get("unchanged", conditions=conditions, conditions_for=there).status == 304
    assert get("hop/302/unchanged", conditions=conditions, conditions_for=there).status == 304
    assert get("unchanged", conditions=conditions, conditions_for=f"{outlet.url}/other").status == 200


def test_nothing_private_is_dialled_unless_the_feed_stands_there(get, outlet):
    before = len(outlet.asked)
    assert get("feed/x", home=None).kind == "forbidden"
    assert len(outlet.asked) == before


@pytest.mark.parametrize("name", ["2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]", "[::1]", "localhost"])
def test_other_spellings_of_loopback_are_no_way_in(outlet, name):
    url = f"http://{name}:{outlet.server_port}/feed/x"
    assert Client().get(Request(url=url, seconds=SECONDS)).kind == "forbidden"


def test_a_name_that_resolves_anew_to_loopback_is_not_dialled(outlet):
    answers = [["192.0.43.8"], ["127.0.0.1"]]
    client = Client(resolve=lambda _host, _port: answers.pop(0))
    request = Request(url=f"http://rebind.example:{outlet.server_port}/feed/x", seconds=SECONDS)
    answers.pop(0)  # the look-up of whoever checks first and dials later
    before = len(outlet.asked)
    assert client.get(request).kind == "forbidden"
    assert (answers, len(outlet.asked)) == ([], before)  # what was checked is what would have been dialled


def test_a_name_with_one_private_address_is_not_dialled():
    client = Client(resolve=lambda _host, _port: ["192.0.43.8", "10.0.0.1"])
    assert client.get(Request(url="http://two.example/", seconds=SECONDS)).kind == "forbidden"


def test_what_was_checked_is_what_is_dialled(monkeypatch):
    dialled = []

    def dial(_backend, host, *_, **__):
        dialled.append(host)
        raise httpcore.ConnectError("no")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", dial)
    answers = [["192.0.43.8"], ["127.0.0.1"]]
    client = Client(resolve=lambda _host, _port: answers.pop(0))
    assert client.get(Request(url="http://rebind.example/", seconds=SECONDS)).kind == "connect"
    assert (dialled, answers) == (["192.0.43.8"], [["127.0.0.1"]])


def test_a_resolver_that_hangs_is_left_behind():
    client = Client(resolve=lambda _host, _port: time.sleep(3) or [])
    started = time.monotonic()
    assert client.get(Request(url="http://slow.example/", seconds=0.5)).kind == "dns"
    assert time.monotonic() - started < 2


def test_a_certificate_that_no_one_trusts_is_refused():
    with serve(tls=context_for("127.0.0.1")) as secret:
        url = secret.url.replace("http:", "https:")
        failure = Client().get(Request(url=f"{url}/feed/x", home="127.0.0.1", seconds=SECONDS))
    assert failure.kind == "tls"
    assert "certificate" in failure.detail


def test_a_tls_handshake_that_never_ends_is_left_behind():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        started = time.monotonic()
        assert Client().get(Request(url=url, home="127.0.0.1", seconds=0.5)).kind == "timeout"
    assert time.monotonic() - started < 3


def test_plain_http_where_tls_is_expected_is_a_failure(outlet):
    url = outlet.url.replace("http:", "https:")
    assert Client().get(Request(url=url, home="127.0.0.1", seconds=SECONDS)).kind == "tls"


def test_nothing_is_taken_from_the_environment(get, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert get("feed/x").status == 200


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "fe80::1%eth0",
    ],
)  # fmt: skip
def test_private_addresses(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4010:c0e::71", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_public_addresses(address):
    assert is_public(address)
