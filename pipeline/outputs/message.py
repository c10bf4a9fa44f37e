"""A letter as the bytes of one message to one reader (RFC 5322, 2045, 2047, 2369, 8058).

The header block is written by `email.header` and not by the policies of `email.policy`: those lose spaces of Russian
headers before Python 3.13 (cpython gh-92081), encode a long List-Unsubscribe so that no mail program finds it, and let
an encoded line end in a headline add headers of its own before 3.11.10 (CVE-2024-6923).
"""

from __future__ import annotations

import base64
import email
import quopri
import re
from dataclasses import dataclass
from email.header import Header
from email.utils import format_datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from pipeline.digest.russian import clean

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.desk import Sender

MAX_MESSAGE = 95_000  # bytes; Gmail clips near 102 kB
MAX_HEADER = 200  # characters of a value that comes from outside
LINE = 76


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """To whom a letter goes, and how to be spared further ones."""

    letter: str  # 2026-W47, alert-…, note-…: with the address, the identity of the message
    sender: Sender
    to: str
    list_name: str = ""
    unsubscribe_url: str | None = None
    unsubscribe_mail: str | None = None
    one_click: bool = False

    @property
    def message_id(self) -> str:
        """Name the message: the same for the same letter to the same address, so that a copy can be recognised."""
        mark = sha256(f"{self.letter}\n{self.to.lower()}".encode()).hexdigest()[:24]
        return f"<{self.letter}.{mark}@{self.sender.domain}>"


def write_message(envelope: Envelope, *, subject: str, text: str, html: str | None, date: datetime) -> bytes:
    """Write a message; the same arguments give the same bytes. Lines end in CRLF."""
    headers = _headers(envelope, subject, date)
    parts = [("plain", text), *([("html", html)] if html is not None else [])]
    if len(parts) == 1:
        kind, encoding, body = _part("plain", text)
        headers += [("Content-Type", kind), ("Content-Transfer-Encoding", encoding)]
    else:
        boundary = "svodka-" + sha256(envelope.message_id.encode()).hexdigest()[:32]
        headers.append(("Content-Type", f'multipart/alternative; boundary="{boundary}"'))
        lines = []
        for subtype, content in parts:
            kind, encoding, encoded = _part(subtype, content)
            head = f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
            lines.append(head.encode() + encoded)
        body = b"\r\n".join([*lines, f"--{boundary}--\r\n".encode()])
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    message = head.encode("ascii") + b"\r\n" + body
    found = email.message_from_bytes(message).keys()
    if found != [name for name, _ in headers]:
        raise ValueError(f"the header block of {envelope.message_id} came out as {found}")
    return message


def encoded_size(content: str) -> int:
    """Tell how many bytes a part takes in a message."""
    return len(_encode(content)[1])


def _headers(envelope: Envelope, subject: str, date: datetime) -> list[tuple[str, str]]:
    sender = envelope.sender
    name = _words("From", sender.name)
    headers = [
        ("From", f"{name} <{sender.address}>" if name else sender.address),
        ("To", envelope.to),
        ("Reply-To", sender.reply_to or sender.address),
        ("Subject", _words("Subject", subject)),
        ("Date", format_datetime(date)),
        ("Message-ID", envelope.message_id),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
    ]
    if envelope.list_name:
        headers.append(("List-Id", f"<{envelope.list_name}.{sender.domain}>"))
        headers.append(("Feedback-ID", f"{envelope.letter}:{envelope.list_name}:svodka:{sender.domain}"))
    ways = [f"<{envelope.unsubscribe_url}>"] if envelope.unsubscribe_url else []
    if envelope.unsubscribe_mail:
        ways.append(f"<mailto:{envelope.unsubscribe_mail}>")
    if ways:
        headers.append(("List-Unsubscribe", ",\r\n ".join(ways)))
    if envelope.unsubscribe_url and envelope.one_click:
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return [*headers, ("MIME-Version", "1.0"), ("Content-Language", "ru")]


def _words(name: str, text: str) -> str:
    """Encode free text for a header; what looks like an encoded word in it loses its meaning."""
    text = re.sub(r"=\?|\?=", "", clean(text))[:MAX_HEADER].strip()
    if text.isascii() and name != "Subject":
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if text else ""
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, header_name=name, maxlinelen=LINE).encode(linesep="\r\n")


def _part(subtype: str, content: str) -> tuple[str, str, bytes]:
    encoding, encoded = _encode(content)
    return f"text/{subtype}; charset=utf-8", encoding, encoded


def _encode(content: str) -> tuple[str, bytes]:
    """Encode a part in the shorter of the two ways that every server carries."""
    raw = content.encode("utf-8", "replace").replace(b"\r\n", b"\n")
    whole = base64.encodebytes(raw).replace(b"\n", b"\r\n")
    quoted = quopri.encodestring(raw).replace(b"\n", b"\r\n")
    return ("quoted-printable", quoted) if len(quoted) < len(whole) else ("base64", whole)
