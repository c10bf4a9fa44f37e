"""One question to a web server, with limits on everything: time, bytes, hops, and the addresses it may lead to.

Nothing is taken from the environment (no proxy, no .netrc), no cookie is kept, no connection is shared, and each
hop's address is checked on what is really dialled, so that neither a redirect nor a name that resolves anew can
lead into the operator's own network.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import certifi
import httpcore

from pipeline.addresses import safe_url
from pipeline.records import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0  # of silence
MAX_HOPS = 5
PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask for, and how much the answer may cost."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, str] = field(default_factory=dict)  # sent only to `conditions_for`
    conditions_for: str | None = None
    home: str | None = None  # a host that may stand on a private address: the one that feeds.yaml names
    seconds: float = 20.0  # from the first name look-up to the last byte
    max_bytes: int = 10_000_000  # on the wire, and again after decompression
    pause: float = 0.0  # seconds to keep between two questions to one host


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer: the body only where the status is 200."""

    url: str  # after redirects
    status: int
    headers: Mapping[str, str]  # lower-case names, the last of each
    body: bytes = b""
    elapsed: float = 0.0
    moved_to: str | None = None  # where the permanent redirects at the start of the chain lead
    conditional: bool = False  # whether the last hop was asked with conditions


class _Trouble(Exception):  # noqa: N818 - it never leaves this module
    def __init__(self, kind: str, detail: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.status = kind, detail, status


class Client:
    """Asks servers, one question a host at a time. Safe for threads."""

    def __init__(self, *, resolve: Callable[[str, int], list[str]] | None = None) -> None:
        self._resolve = resolve or _look_up
        self._turns = _Turns()
        self._tls = ssl.create_default_context(cafile=certifi.where())
        self._tls.load_default_certs()

    def get(self, request: Request) -> Reply | Failure:
        """Ask, follow at most five redirects, and read the answer; whatever goes wrong is a Failure."""
        started = time.monotonic()
        waited = 0.0
        url, moved_to, permanent = request.url, None, True
        try:
            for _ in range(MAX_HOPS + 1):
                asked = time.monotonic()
                with self._turns.take(urlsplit(url).hostname or "", request.pause):
                    waited += time.monotonic() - asked
                    deadline = _Deadline(started + waited + request.seconds)
                    reply = self._hop(request, url, deadline)
                if reply.status not in REDIRECTS or "location" not in reply.headers:
                    elapsed = time.monotonic() - started - waited
                    return replace(reply, elapsed=elapsed, moved_to=moved_to)
                url = _next(url, reply)
                permanent = permanent and reply.status in PERMANENT
                moved_to = url if permanent else moved_to
            trouble = _Trouble("redirect", f"more than {MAX_HOPS} redirects, the last to {url}")
        except _Trouble as error:
            trouble = error
        return Failure(
            stage="fetch", subject=request.url, kind=trouble.kind, detail=trouble.detail, status=trouble.status
        )

    def _hop(self, request: Request, url: str, deadline: _Deadline) -> Reply:
        conditional = bool(request.conditions) and url == request.conditions_for
        headers = dict(request.headers) | (dict(request.conditions) if conditional else {})
        backend = _Guarded(self._resolve, request.home, deadline)
        try:
            with (
                httpcore.ConnectionPool(ssl_context=self._tls, network_backend=backend, max_connections=1) as pool,
                pool.stream("GET", url, headers=_encoded(headers)) as response,
            ):
                found = {
                    name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in response.headers
                }
                body = b"".join(_body(response, found, request.max_bytes)) if response.status == 200 else b""  # noqa: PLR2004
        except _Trouble:
            raise
        except (httpcore.TimeoutException, TimeoutError) as error:
            raise deadline.trouble() from error
        except httpcore.ConnectError as error:
            raise _explain_connect(error) from error
        except (httpcore.RemoteProtocolError, httpcore.LocalProtocolError, httpcore.ProtocolError) as error:
            raise _Trouble("protocol", f"the answer broke off or is no HTTP: {error}") from error
        except (httpcore.NetworkError, httpcore.UnsupportedProtocol, OSError) as error:
            raise _Trouble("connect", f"the connection broke: {error}") from error
        return Reply(url=url, status=response.status, headers=found, body=body, conditional=conditional)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Encode headers; a validator goes back byte for byte as its server sent it, also where that is no ASCII."""
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]


def _next(url: str, reply: Reply) -> str:
    target = reply.headers["location"]
    with suppress(UnicodeError):  # most servers that do not escape send UTF-8
        target = target.encode("latin-1").decode("utf-8")
    following = safe_url(urljoin(url, target)) if target and len(target) < CHUNK else None
    if following is None:
        raise _Trouble("redirect", f"redirected to {target[:200]!r}, which is no web address", reply.status)
    return following.partition("#")[0]


def _explain_connect(error: Exception) -> _Trouble:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _Trouble("tls", f"its certificate is refused: {cause.verify_message}")
        if isinstance(cause, ssl.SSLError):
            return _Trouble("tls", f"TLS failed: {cause.reason or cause}")
        cause = cause.__cause__ or cause.__context__
    return _Trouble("connect", f"no connection: {error or 'refused'}")


def _body(response: httpcore.Response, headers: Mapping[str, str], limit: int) -> Iterator[bytes]:
    inflate = _decoder(headers.get("content-encoding", ""))
    wire = plain = 0
    stream: Iterable[Any] = response.iter_stream()
    for chunk in stream:
        wire += len(chunk)
        if wire > limit:
            raise _Trouble("too_large", f"longer than {limit} bytes")
        for part in inflate.feed(chunk):
            plain += len(part)
            if plain > limit:
                raise _Trouble("too_large", f"longer than {limit} bytes when decompressed")
            yield part
    if not inflate.complete:
        raise _Trouble("protocol", "the compressed answer broke off")


class _Identity:
    complete = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data


class _Inflate:
    """gzip and deflate, a chunk of bounded size at a time; a deflate stream may lack its zlib wrapper."""

    def __init__(self, *, wrapped: int) -> None:
        self._machine = zlib.decompressobj(wrapped)
        self._raw_allowed = wrapped == zlib.MAX_WBITS
        self._started = False

    @property
    def complete(self) -> bool:
        return self._machine.eof or not self._started

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data and not self._machine.eof:
            try:
                part = self._machine.decompress(data, CHUNK)
            except zlib.error as error:
                if not self._raw_allowed or self._started:
                    raise _Trouble("protocol", f"the compressed answer is damaged: {error}") from error
                self._machine, self._raw_allowed = zlib.decompressobj(-zlib.MAX_WBITS), False
                continue
            self._started = True
            data = self._machine.unconsumed_tail
            yield part


class _Brotli:
    def __init__(self) -> None:
        import brotli

        self._machine, self._error = brotli.Decompressor(), brotli.error
        self._started = False

    @property
    def complete(self) -> bool:
        return bool(self._machine.is_finished()) or not self._started

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._started = True
        try:
            part = self._machine.process(data, output_buffer_limit=CHUNK)
            # All input may have been taken while much of what it says is still to come.
            while part or not self._machine.can_accept_more_data():
                yield part
                part = self._machine.process(b"", output_buffer_limit=CHUNK)
        except self._error as error:
            raise _Trouble("protocol", f"the compressed answer is damaged: {error}") from error


def _decoder(coding: str) -> _Identity | _Inflate | _Brotli:
    name = coding.strip().lower()
    if name in ("", "identity"):
        return _Identity()
    if name in ("gzip", "x-gzip"):
        return _Inflate(wrapped=zlib.MAX_WBITS | 16)
    if name == "deflate":
        return _Inflate(wrapped=zlib.MAX_WBITS)
    if name == "br":
        return _Brotli()
    raise _Trouble("encoding", f"compressed as {coding[:60]!r}, which was not asked for")


class _Deadline:
    def __init__(self, at: float) -> None:
        self._at = at

    def left(self, at_most: float) -> float:
        left = min(self._at - time.monotonic(), at_most)
        if left <= 0:
            raise self.trouble()
        return left

    def trouble(self) -> _Trouble:
        over = time.monotonic() >= self._at
        return _Trouble("timeout", "it took too long altogether" if over else "it fell silent for too long")


class _Guarded(httpcore.NetworkBackend):
    """Dials only addresses that may be dialled, and gives every wait what is left of the time."""

    def __init__(
        self,
        resolve: Callable[[str, int], list[str]],
        home: str | None,
        deadline: _Deadline,
    ) -> None:
        self._resolve, self._home, self._deadline = resolve, home, deadline
        self._dial = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - ours holds
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        addresses = _in_time(self._resolve, host, port, self._deadline.left(CONNECT_SECONDS))
        if host != self._home and not all(is_public(address) for address in addresses):
            raise _Trouble("forbidden", f"{host} leads to {', '.join(addresses[:3])}, an address of a private network")
        problem: Exception | None = None
        for address in addresses[:4]:
            try:
                stream = self._dial.connect_tcp(address, port, self._deadline.left(CONNECT_SECONDS))
            except (httpcore.ConnectTimeout, httpcore.ConnectError) as error:
                problem = error
                continue
            return _Timed(stream, self._deadline)
        if isinstance(problem, httpcore.ConnectTimeout):
            raise _Trouble("timeout", f"{host} did not answer the call within {CONNECT_SECONDS:.0f} s")
        raise _Trouble("connect", f"no connection to {host}: {problem}")

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class _Timed(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._deadline.left(READ_SECONDS))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._deadline.left(READ_SECONDS))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(CONNECT_SECONDS)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's
        return self._stream.get_extra_info(info)


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the open internet, also when wrapped into IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _in_time(resolve: Callable[[str, int], list[str]], host: str, port: int, seconds: float) -> list[str]:
    """Resolve a name, but wait no longer than `seconds`; a resolver cannot be interrupted, only left behind."""
    answer: list[list[str] | OSError] = []

    def ask() -> None:
        try:
            answer.append(resolve(host.strip("[]"), port))
        except (OSError, UnicodeError) as error:
            answer.append(error if isinstance(error, OSError) else OSError(str(error)))

    worker = threading.Thread(target=ask, daemon=True)
    worker.start()
    worker.join(seconds)
    if not answer:
        raise _Trouble("dns", f"the name {host} was not resolved within {seconds:.0f} s")
    if isinstance(answer[0], OSError):
        raise _Trouble("dns", f"the name {host} does not resolve: {answer[0].strerror or answer[0]}")
    if not answer[0]:
        raise _Trouble("dns", f"the name {host} has no address")
    return answer[0]


class _Turns:
    """One question a host at a time, with a pause between two."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hosts: dict[str, threading.Lock] = {}
        self._last: dict[str, float] = {}

    @contextmanager
    def take(self, host: str, pause: float) -> Iterator[None]:
        with self._lock:
            turn = self._hosts.setdefault(host, threading.Lock())
        with turn:
            rest = self._last.get(host, float("-inf")) + pause - time.monotonic()
            if rest > 0:
                time.sleep(rest)
            try:
                yield
            finally:
                self._last[host] = time.monotonic()
