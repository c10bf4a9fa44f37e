"""Letters out by SMTP: one message and one envelope for each, every step remembered before it is taken.

    new ─ sending ─ closing ─ sent
              │        ├───── refused   (5xx: for good)
              │        ├───── deferred  (4xx: later in this run, then in the next)
              └────────┴───── unknown   (the server was told that the letter is complete, and did not answer)

SMTP gives no way to ask whether a letter was taken. All of it but the final dot is sent in state `sending`: whatever
breaks then was not taken, and is sent again. Then `closing` is stored, and only then the dot is sent. A letter found in
`closing` later, or whose dot got no answer, may have been taken; it is not sent a second time, but stays on the list as
`unknown` until a person decides. (RFC 1047 tells of this gap; RFC 5321, 4.5.3.2.6 gives the server ten minutes.)
"""

from __future__ import annotations

import re
import select
import smtplib
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pipeline.errors import ConfigError, SvodkaError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

WAITS = (60.0, 300.0, 900.0)  # seconds before the second, third and fourth try; greylisting lasts about five minutes
COMMAND_TIMEOUT = 60.0  # seconds for an answer to a command
# Before the dot the line is watched for so long: a server that gave up in the midst of a letter is noticed here, while
# the letter can still be sent again without a doubt.
WATCH = 0.1
EARLY_TIMEOUT = 5.0  # to an answer that came too early
CLOSING_TIMEOUT = 600.0  # and to the final dot
SECURITIES = ("starttls", "tls", "none")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
START_DATA, DONE, TRY_LATER, BAD, CLOSING_CHANNEL = 354, 250, 400, 500, 421
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class MailError(SvodkaError):
    """The mail server cannot be used at all; no letter was lost, they are sent by the next run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server, from the environment."""

    host: str
    port: int
    security: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    timeout: float = COMMAND_TIMEOUT
    closing_timeout: float = CLOSING_TIMEOUT

    @classmethod
    def of(cls, env: Mapping[str, str], read: Callable[[Path], str] | None = None) -> Server:
        """Read SMTP_HOST, _PORT, _SECURITY, _USER, _PASSWORD or _PASSWORD_FILE, _CA_FILE; raise ConfigError."""
        from pathlib import Path

        host = env.get("SMTP_HOST", "")
        if not host:
            raise ConfigError(
                "SMTP_HOST is not set. Name the mail server there; the letters can be seen with --dry-run."
            )
        security = env.get("SMTP_SECURITY", "starttls").lower()
        if security not in SECURITIES:
            raise ConfigError(f"SMTP_SECURITY must be one of {', '.join(SECURITIES)}, not {security!r}.")
        port = env.get("SMTP_PORT") or {"starttls": "587", "tls": "465", "none": "25"}[security]
        if not port.isdigit():
            raise ConfigError(f"SMTP_PORT must be a number, not {port!r}.")
        password = env.get("SMTP_PASSWORD")
        file = env.get("SMTP_PASSWORD_FILE")
        if file and not password:
            try:
                password = (read or (lambda path: path.read_text(encoding="utf-8")))(Path(file)).strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"SMTP_PASSWORD_FILE: cannot read {file}: {error}") from None
        user = env.get("SMTP_USER") or None
        if user and not password:
            raise ConfigError("SMTP_USER is set, but neither SMTP_PASSWORD nor SMTP_PASSWORD_FILE.")
        if security == "none" and (user or host not in LOOPBACK):
            raise ConfigError(
                "SMTP_SECURITY=none is only for a mail server on this machine, without SMTP_USER: elsewhere letters "
                "and passwords would cross the net unencrypted.",
            )
        return cls(
            host=host, port=int(port), security=security, user=user, password=password, ca_file=env.get("SMTP_CA_FILE")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A letter to one address; the message is made when it is sent."""

    letter: str
    address: str
    bounces: str  # the envelope sender
    message: Callable[[], bytes]


class Ledger(Protocol):
    """Where every step is remembered, before the next one is taken."""

    def begin(self, parcel: Parcel) -> None:
        """Remember that sending starts; found later, the letter was not taken."""

    def close(self, parcel: Parcel) -> None:
        """Remember that the server is about to be told that the letter is complete."""

    def end(self, parcel: Parcel, state: str, *, status: int | None, error: str | None, refused_address: bool) -> None:
        """Remember how it ended."""


@dataclass(slots=True)
class Tally:
    """How many letters came to what."""

    sent: int = 0
    deferred: int = 0
    refused: int = 0
    unknown: int = 0

    def add(self, state: str) -> None:
        """Count one more."""
        setattr(self, state, getattr(self, state) + 1)

    @property
    def clean(self) -> bool:
        """Tell whether no person must look."""
        return not (self.deferred or self.refused or self.unknown)


def deliver(
    parcels: Iterable[Parcel],
    server: Server,
    ledger: Ledger,
    *,
    wait: Callable[[float], None],
    waits: Sequence[float] = WAITS,
) -> Tally:
    """Send letters one by one over as few connections as the server allows; what it defers is tried again after a wait.

    Raises MailError when the server cannot be used: it is not there, its certificate is wrong, it refuses the password
    or the sender. Letters not yet sent keep their place.
    """
    tally = Tally()
    left = list(parcels)
    for number, pause in enumerate([*waits, None]):
        if not left:
            break
        final = pause is None
        left = _one_round(left, server, ledger, tally, final=final)
        if left and pause is not None:
            wait(pause)
        elif number and not left:
            break
    return tally


def _one_round(left: Sequence[Parcel], server: Server, ledger: Ledger, tally: Tally, *, final: bool) -> list[Parcel]:
    """Try each letter once; give back those to try later. In the final round they are counted as deferred."""
    line = _Line(server)
    later: list[Parcel] = []
    try:
        for at, parcel in enumerate(left):
            try:
                line.open()
            except _NotNow as error:
                if final and not tally.sent:
                    raise MailError(
                        f"The mail server {server.host}:{server.port} cannot be used now: {error}"
                    ) from error
                rest = list(left[at:])
                for each in rest:
                    ledger.end(each, "deferred", status=error.status, error=str(error), refused_address=False)
                later += rest
                break
            state = _send_one(line, parcel, ledger)
            if state == "deferred":
                later.append(parcel)
            else:
                tally.add(state)
    except BaseException:
        line.drop()  # no QUIT into the midst of a letter
        raise
    line.shut()
    if final:
        tally.deferred += len(later)
        return []
    return later


class _NotNow(Exception):  # noqa: N818 - it says what it means
    """The server cannot be talked to now."""

    def __init__(self, words: str, status: int | None = None) -> None:
        super().__init__(words)
        self.status = status


class _Answer(Exception):  # noqa: N818 - it says what it means
    """The server answered something else than it should."""

    def __init__(self, status: int, words: bytes | str, *, about_address: bool = False) -> None:
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        super().__init__(f"{status} {' '.join(text.split())}"[:500])
        self.status, self.about_address = status, about_address


class _InDoubt(Exception):  # noqa: N818 - it says what it means
    """Nobody can know whether the final dot arrived."""


class _Line:
    """A connection that is opened when it is needed."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.smtp: smtplib.SMTP | None = None

    def open(self) -> smtplib.SMTP:
        if self.smtp is None:
            self.smtp = self._connect()
        return self.smtp

    def drop(self) -> None:
        if self.smtp is not None:
            self.smtp.close()
            self.smtp = None

    def shut(self) -> None:
        if self.smtp is not None:
            try:
                self.smtp.quit()
            except (OSError, smtplib.SMTPException):
                self.smtp.close()
            self.smtp = None

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        # Without a context of its own smtplib takes any certificate.
        context = ssl.create_default_context(cafile=server.ca_file)
        smtp: smtplib.SMTP | None = None
        try:
            if server.security == "tls":
                smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
            else:
                smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
            if server.security == "starttls":
                smtp.starttls(context=context)
            smtp.ehlo_or_helo_if_needed()
            if server.user:
                smtp.login(server.user, server.password or "")
        except ssl.SSLCertVerificationError as error:
            _close(smtp)
            raise MailError(f"The certificate of {server.host} cannot be trusted: {error.verify_message}.") from error
        except smtplib.SMTPNotSupportedError as error:
            _close(smtp)
            raise MailError(
                f"{server.host} offers no encryption or no login ({error}). Nothing was sent in the open."
            ) from error
        except smtplib.SMTPAuthenticationError as error:
            _close(smtp)
            if error.smtp_code < BAD:
                raise _NotNow(_said(error), error.smtp_code) from error
            raise MailError(f"{server.host} refused the login of SMTP_USER: {_said(error)}.") from error
        except smtplib.SMTPResponseException as error:
            _close(smtp)
            raise _NotNow(_said(error), error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            _close(smtp)
            raise _NotNow(str(error) or type(error).__name__) from error
        return smtp


def _close(smtp: smtplib.SMTP | None) -> None:
    if smtp is not None:
        smtp.close()


def _said(error: smtplib.SMTPResponseException) -> str:
    words = error.smtp_error
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{error.smtp_code} {text}"[:500]


def _send_one(line: _Line, parcel: Parcel, ledger: Ledger) -> str:
    """Send one letter over an open line and remember how it ended; the answer is its state."""
    smtp = line.open()
    message = parcel.message()
    ledger.begin(parcel)
    closing = False
    status: int | None = None
    about_address = False
    try:
        _address(smtp, parcel, len(message))
        smtp.send(_LEADING_DOT.sub(b"..", message) + (b"" if message.endswith(b"\r\n") else b"\r\n"))
        assert smtp.sock is not None
        if _spoke(smtp.sock):  # before its turn: it gave up, or the line is closed
            smtp.sock.settimeout(EARLY_TIMEOUT)
            status, words = smtp.getreply()
            raise _Answer(max(status, TRY_LATER), words)  # noqa: TRY301 - an answer like those below
        ledger.close(parcel)
        smtp.sock.settimeout(line.server.closing_timeout)
        closing = _put_dot(smtp.sock)
        status, words = smtp.getreply()
        smtp.sock.settimeout(line.server.timeout)
        _expect(DONE, status, words)
        state, error = "sent", None
    except _Answer as answer:
        # An answer to the dot is an answer: whatever it is but 250, the letter was not taken.
        status, error, about_address = answer.status, str(answer), answer.about_address
        state = "refused" if status >= BAD else "deferred"
        _begin_anew(line, status)
    except (OSError, smtplib.SMTPException, _InDoubt) as trouble:
        line.drop()
        error = f"{type(trouble).__name__}: {trouble}"[:500]
        state = "unknown" if closing or isinstance(trouble, _InDoubt) else "deferred"
    ledger.end(parcel, state, status=status, error=error, refused_address=about_address and state == "refused")
    return state


def _address(smtp: smtplib.SMTP, parcel: Parcel, size: int) -> None:
    options = [f"SIZE={size}"] if smtp.has_extn("size") else []
    status, words = smtp.mail(parcel.bounces, options)
    if status != DONE:
        if status >= BAD:
            raise MailError(f"The mail server refused the sender {parcel.bounces}: {_Answer(status, words)}.")
        raise _Answer(status, words)
    status, words = smtp.rcpt(parcel.address)
    if status not in {DONE, DONE + 1}:
        raise _Answer(status, words, about_address=True)
    _expect(START_DATA, *smtp.docmd("DATA"))


def _expect(wanted: int, status: int, words: bytes) -> None:
    if status != wanted:
        raise _Answer(status, words)


def _spoke(sock: socket.socket) -> bool:
    """Tell whether the other side sent something, or closed its side."""
    poll = select.poll()
    poll.register(sock, select.POLLIN | select.POLLHUP)
    return bool(poll.poll(WATCH * 1000))


def _put_dot(sock: socket.socket) -> bool:
    """Send the final dot; from here on the letter may have been taken, whatever comes.

    A line that is found broken takes no byte, so a ConnectionError says that the dot was not sent; after any other
    trouble it may have been.
    """
    try:
        sock.sendall(b".\r\n")
    except ConnectionError:
        raise
    except OSError as error:
        raise _InDoubt(str(error)) from error
    return True


def _begin_anew(line: _Line, status: int) -> None:
    """Forget the refused letter on the server's side, or the whole line if it is being closed."""
    if status == CLOSING_CHANNEL or line.smtp is None:
        line.drop()
        return
    try:
        if line.smtp.rset()[0] != DONE:
            line.drop()
    except (OSError, smtplib.SMTPException):
        line.drop()
