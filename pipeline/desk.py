"""What the desk has set: its digest, who receives it, and what raises an alert.

desk.yaml, subscribers.yaml and alerts.yaml lie in the home folder and are edited by people; a wrong entry is
named with its file and line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.errors import ConfigError
from pipeline.records import AGREEMENT_STATUSES, Failure

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.settings import Settings

DEFAULT_TITLE = "Сводка региональной дипломатии"
DEFAULT_ZONE = "Asia/Tashkent"
DEFAULT_REGION = ("AM", "AZ", "BY", "GE", "KG", "KZ", "MD", "RU", "TJ", "TM", "TR", "UZ")
DEFAULT_CONFIDENCE = 0.7  # above it 94 of 100 records are right in evaluation articles, 86 elsewhere: docs/digest.md
KEYS = {"title", "timezone", "pages", "one_click", "from", "reply_to", "bounces", "operator", "region", "confidence"}
ALERT_EVENTS = ("agreement", "meeting", "moved", "cancelled", "held", "contradiction", "overdue")
MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_YES, _NO = {"yes", "true", "on", "да"}, {"no", "false", "off", "нет"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """In whose name letters go out."""

    name: str
    address: str
    reply_to: str | None
    bounces: str  # the envelope sender; refusals that come later go there

    @property
    def domain(self) -> str:
        """Give the domain for Message-ID and List-Id."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskFile:
    """desk.yaml."""

    title: str = DEFAULT_TITLE
    zone: str = DEFAULT_ZONE
    pages: str | None = None
    one_click: bool = False  # the pages answer the POST of a mail program's "unsubscribe" button
    sender: Sender | None = None
    operator: str | None = None
    region: tuple[str, ...] = DEFAULT_REGION  # states whose news come first
    confidence: float = DEFAULT_CONFIDENCE  # a record read less surely stays in the database and is only counted


DEFAULTS = DeskFile()  # of a desk that has set nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Who receives the digest, and what of it."""

    address: str
    name: str = ""
    topics: tuple[str, ...] = ()
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What raises an alert, and who is told."""

    name: str
    when: tuple[str, ...]  # of ALERT_EVENTS
    topics: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()  # of an agreement
    sources: int = 1  # independent ones, at least
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribers:
    """subscribers.yaml: who can be written to, and which entries cannot."""

    valid: tuple[Subscriber, ...] = ()
    refused: tuple[Failure, ...] = field(default=())


def read_desk(settings: Settings) -> DeskFile:
    """Read desk.yaml, or the defaults where there is none; raise ConfigError that names the line."""
    path = settings.find("desk.yaml")
    found = _load(path)
    _check_keys(found, KEYS, path)
    zone = _text(found, "timezone", path) or DEFAULT_ZONE
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"{_at(path, found)}: timezone {zone!r} is no IANA name, such as Asia/Tashkent") from None
    pages = _text(found, "pages", path)
    if pages and not pages.startswith(("https://", "http://")):
        raise ConfigError(f"{_at(path, found)}: pages must be an address that begins with https://, not {pages!r}")
    one_click = _truth(found, "one_click", path)
    if one_click and not (pages or "").startswith("https://"):
        raise ConfigError(f"{_at(path, found)}: one_click needs pages at an https address (RFC 8058)")
    return DeskFile(
        title=_text(found, "title", path) or DEFAULT_TITLE,
        zone=zone,
        pages=pages.rstrip("/") if pages else None,
        one_click=one_click,
        sender=_sender(found, path),
        operator=_address(found, "operator", path),
        region=tuple(code.upper() for code in _words(found, "region", path)) or DEFAULT_REGION,
        confidence=_share(found, "confidence", path),
    )


def _sender(found: dict[str, Any], path: Path) -> Sender | None:
    text = _text(found, "from", path)
    if not text:
        return None
    name, written = parseaddr(text)
    address = valid_address(written)
    if address is None:
        raise ConfigError(
            f"{_at(path, found)}: from must be an address, such as Сводка <digest@example.org>, not {text!r}"
        )
    return Sender(
        name=name,
        address=address,
        reply_to=_address(found, "reply_to", path),
        bounces=_address(found, "bounces", path) or address,
    )


def read_subscribers(settings: Settings) -> Subscribers:
    """Read subscribers.yaml; an entry that cannot be written to becomes a Failure and does not stop the others."""
    path = settings.find("subscribers.yaml")
    found = _load(path)
    _check_keys(found, {"subscribers"}, path)
    valid: dict[str, Subscriber] = {}
    refused: list[Failure] = []
    for entry in _list(found, "subscribers", path):
        where = _at(path, entry)
        written = str(entry.get("address", ""))
        try:
            _check_keys(entry, {"address", "name", "topics", "states"}, path)
            address = valid_address(written)
            if address is None:
                refused.append(
                    Failure(stage="deliver", subject=where, kind="address", detail=f"{written!r} is no address")
                )
                continue
            subscriber = Subscriber(
                address=address,
                name=_text(entry, "name", path),
                topics=_words(entry, "topics", path),
                states=tuple(code.upper() for code in _words(entry, "states", path)),
            )
        except ConfigError as error:
            refused.append(Failure(stage="deliver", subject=where, kind="entry", detail=str(error)))
            continue
        if address.lower() in valid:
            refused.append(Failure(stage="deliver", subject=where, kind="twice", detail=f"{address} stands here twice"))
        valid.setdefault(address.lower(), subscriber)
    return Subscribers(valid=tuple(valid.values()), refused=tuple(refused))


def read_rules(settings: Settings) -> tuple[Rule, ...]:
    """Read alerts.yaml; raise ConfigError that names the line."""
    path = settings.find("alerts.yaml")
    found = _load(path)
    _check_keys(found, {"alerts"}, path)
    rules: dict[str, Rule] = {}
    for entry in _list(found, "alerts", path):
        where = _at(path, entry)
        _check_keys(entry, {"name", "when", "topics", "states", "status", "sources", "to"}, path)
        name = _text(entry, "name", path)
        if not name or name in rules:
            raise ConfigError(f"{where}: an alert needs a name of its own")
        when = _words(entry, "when", path)
        if not when or not set(when) <= set(ALERT_EVENTS):
            raise ConfigError(f"{where}: when must be some of {', '.join(ALERT_EVENTS)}")
        statuses = _words(entry, "status", path)
        if not set(statuses) <= set(AGREEMENT_STATUSES):
            raise ConfigError(f"{where}: status must be some of {', '.join(AGREEMENT_STATUSES)}")
        to = tuple(valid_address(word) or word for word in _words(entry, "to", path))
        bad = [word for word in to if valid_address(word) is None]
        if not to or bad:
            raise ConfigError(f"{where}: to must list addresses" + (f"; {bad[0]!r} is none" if bad else ""))
        least = _text(entry, "sources", path) or "1"
        if not least.isdigit():
            raise ConfigError(f"{where}: sources must be a number, not {least!r}")
        rules[name] = Rule(
            name=name,
            when=when,
            topics=_words(entry, "topics", path),
            states=tuple(code.upper() for code in _words(entry, "states", path)),
            statuses=statuses,
            sources=int(least),
            to=to,
        )
    return tuple(rules.values())


def valid_address(text: str) -> str | None:
    """Give an address as it goes into an envelope, its domain in ASCII; None for what is no plain address."""
    local, _, domain = text.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    address = f"{local}@{domain}"
    # Quoted local parts and letters beyond ASCII are legal, rare, and refused by many servers.
    fits = _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain) and len(address) <= MAX_ADDRESS
    return address if fits and ".." not in local and not local.startswith(".") and not local.endswith(".") else None


def _load(path: Path) -> dict[str, Any]:
    import yaml

    class Lined(yaml.loader.BaseLoader):  # strings only: NO is Norway here, and 07 keeps its zero
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - yaml's signature
            return super().construct_mapping(node, deep=deep) | {LINE: node.start_mark.line + 1}

    if not path.exists():
        return {}
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), Lined) or {}  # noqa: S506 - builds strings only
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: {error.problem}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {error}") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{path}:1: the file must begin with a key, such as subscribers:")
    return found


LINE = "\0line"


def _at(path: Path, found: dict[str, Any]) -> str:
    return f"{path}:{found.get(LINE, 1)}"


def _check_keys(found: dict[str, Any], known: set[str], path: Path) -> None:
    if unknown := sorted(set(found) - known - {LINE}):
        raise ConfigError(f"{_at(path, found)}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")


def _text(found: dict[str, Any], key: str, path: Path) -> str:
    value = found.get(key, "")
    if not isinstance(value, str):
        raise ConfigError(f"{_at(path, found)}: {key} must be one value")
    return value.strip()


def _address(found: dict[str, Any], key: str, path: Path) -> str | None:
    text = _text(found, key, path)
    if not text:
        return None
    address = valid_address(text)
    if address is None:
        raise ConfigError(f"{_at(path, found)}: {key} must be an address, not {text!r}")
    return address


def _truth(found: dict[str, Any], key: str, path: Path) -> bool:
    text = _text(found, key, path).lower()
    if text and text not in _YES | _NO:
        raise ConfigError(f"{_at(path, found)}: {key} must be yes or no, not {text!r}")
    return text in _YES


def _share(found: dict[str, Any], key: str, path: Path) -> float:
    text = _text(found, key, path).replace(",", ".")
    if not text:
        return DEFAULT_CONFIDENCE
    if not re.fullmatch(r"[01]|[01]?\.\d{1,6}", text) or not 0 <= float(text) < 1:
        raise ConfigError(f"{_at(path, found)}: {key} must be a number from 0 up to 1, such as 0.6, not {text!r}")
    return float(text)


def _words(found: dict[str, Any], key: str, path: Path) -> tuple[str, ...]:
    value = found.get(key, [])
    words = [value] if isinstance(value, str) and value else value
    if words and not (isinstance(words, list) and all(isinstance(word, str) for word in words)):
        raise ConfigError(f"{_at(path, found)}: {key} must be a word or a list of words")
    return tuple(word.strip() for word in words or ())


def _list(found: dict[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
    entries = found.get(key) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{_at(path, found)}: {key} must be a list of entries, each beginning with a dash")
    return entries
