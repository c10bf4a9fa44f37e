"""feeds.yaml: in come the lines a person wrote, out come checked `Feed` records with the line of each."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from pipeline import __version__
from pipeline.errors import ConfigError
from pipeline.quirks import QUIRKS
from pipeline.records import Feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from pipeline.discover import Probe

MAX_CONFIG = 1_000_000  # bytes; 5,000 feeds fit
BODIES = ("full", "lead", "title", "unknown")
FULLTEXTS = ("feed", "page", "none")
TOP_KEYS = ("contact", "feeds")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList:
    """All that feeds.yaml says."""

    feeds: tuple[Feed, ...]
    contact: str = ""  # an address at which the owner of a server reaches the operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value of the file and the line it stands on."""

    content: Any
    line: int


def load_feeds(path: Path) -> tuple[Feed, ...]:
    """Read the feeds of a feeds.yaml, disabled ones included; raise ConfigError naming line and what is allowed."""
    return load_feed_list(path).feeds


def load_feed_list(path: Path) -> FeedList:
    """Read all of a feeds.yaml; raise ConfigError naming line and what is allowed."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"There is no {path}. `svodka feeds add URL` makes one; --feeds names another.") from None
    except OSError as error:
        raise ConfigError(f"Cannot read {path}: {error.strerror}.") from error
    return read_feed_list(content, str(path))


def read_feed_list(content: bytes, name: str) -> FeedList:
    """Read the bytes of a feeds.yaml that is called `name` in messages; raise ConfigError."""
    if len(content) > MAX_CONFIG:
        raise ConfigError(f"{name} has {len(content)} bytes; a list of feeds has at most {MAX_CONFIG}.")
    top = _mapping(_compose(content, name), name, "feeds.yaml", TOP_KEYS)
    contact = top.get("contact")
    if contact is not None and contact.content is not None:
        _check_type("contact", contact, name)
        _check_line(contact.content, f"{name}:{contact.line}: contact")
    listed = top.get("feeds")
    if listed is None:
        raise ConfigError(f"{name}: the key feeds is missing; it holds the list of feeds.")
    if not isinstance(listed.content, list):
        raise ConfigError(f"{name}:{listed.line}: feeds must be a list; each feed starts with `- name:`.")
    feeds = tuple(_feed(item, name) for item in listed.content)
    _refuse_doubles(feeds, name)
    address = (contact.content if contact else None) or ""
    own = user_agent(address)
    return FeedList(
        feeds=tuple(feed if feed.user_agent else replace(feed, user_agent=own) for feed in feeds), contact=address
    )


def user_agent(contact: str = "") -> str:
    """Name this program and, where the operator gave one, an address for the owners of servers.

    Two outlets of the region answer HTML to names with "bot" in them and to bare "Mozilla/5.0", and the feed to
    this form.
    """
    return f"svodka/{__version__} (+{contact})" if contact else f"svodka/{__version__}"


def choose(feeds: Iterable[Feed], names: Iterable[str]) -> tuple[Feed, ...]:
    """Pick feeds by name, also disabled ones; raise ConfigError that offers the nearest name for a wrong one."""
    known = {feed.name: feed for feed in feeds}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.4)
            hint = f" Did you mean {', '.join(near)}?" if near else " `svodka feeds list` shows the names."
            raise ConfigError(f"There is no feed named {name!r}.{hint}")
    return tuple(known[name] for name in dict.fromkeys(names)) or tuple(known.values())


def is_private_host(host: str) -> bool:
    """Tell whether an address in feeds.yaml itself names this machine or a private network."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _compose(content: bytes, name: str) -> Value:
    try:
        node = yaml.compose(content.decode("utf-8-sig"), yaml.SafeLoader)
        return _value(node, name, ())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}" if mark else name
        raise ConfigError(f"{place}: not valid YAML: {error.problem or error.context}.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{name}: not valid YAML: {error}.") from error


def _value(node: yaml.Node | None, name: str, above: tuple[int, ...]) -> Value:
    if node is None:
        raise ConfigError(f"{name} is empty; it must hold the key feeds.")
    line = node.start_mark.line + 1
    if len(above) > 4 or id(node) in above:  # noqa: PLR2004 - feeds → feed → quirks is the deepest there is
        raise ConfigError(f"{name}:{line}: nested too deeply.")
    here = (*above, id(node))
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Value] = {}
        for key, value in node.value:
            if key.value in found:
                raise ConfigError(f"{name}:{key.start_mark.line + 1}: the key {key.value} stands here twice.")
            found[str(key.value)] = Value(content=_value(value, name, here).content, line=key.start_mark.line + 1)
        return Value(content=found, line=line)
    if isinstance(node, yaml.SequenceNode):
        return Value(content=[_value(item, name, here) for item in node.value], line=line)
    return Value(content=_scalar(node, name), line=line)


def _scalar(node: yaml.Node, name: str) -> Any:  # noqa: ANN401 - any YAML scalar
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        problem = getattr(error, "problem", None) or error
        raise ConfigError(f"{name}:{node.start_mark.line + 1}: {node.value!r} cannot be read: {problem}.") from error


def _mapping(value: Value, name: str, what: str, allowed: tuple[str, ...]) -> dict[str, Value]:
    if not isinstance(value.content, dict):
        words = f"{what} must be made of `key: value` lines; allowed: {', '.join(allowed)}."
        raise ConfigError(f"{name}:{value.line}: {words}")
    for key, entry in value.content.items():
        if key not in allowed:
            near = get_close_matches(key, allowed, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ConfigError(f"{name}:{entry.line}: unknown key {key}.{hint} Allowed: {', '.join(allowed)}.")
    return value.content


def _check_type(key: str, value: Value, name: str) -> None:
    wanted, words = TYPES.get(key, (str, "text (put it in quotes)"))
    if not isinstance(value.content, wanted) or (wanted is int and isinstance(value.content, bool)):
        raise ConfigError(f"{name}:{value.line}: {key} must be {words}, not {value.content!r}.")


FEED_KEYS = tuple(field.name for field in fields(Feed) if field.name != "line")
TYPES: dict[str, tuple[type, str]] = {
    "enabled": (bool, "true or false"),
    "private": (bool, "true or false"),
    "interval": (int, "a whole number of minutes"),
}


def _feed(item: Value, name: str) -> Feed:
    found = _mapping(item, name, "a feed", FEED_KEYS)
    for key in ("name", "url"):
        if key not in found or found[key].content in (None, ""):
            raise ConfigError(f"{name}:{item.line}: this feed has no {key}.")
    values: dict[str, Any] = {}
    for key, value in found.items():
        if key == "quirks":
            values[key] = _quirks(value, name)
        elif value.content is not None:
            _check_type(key, value, name)
            values[key] = value.content
            CHECKS.get(key, _anything)(values[key], f"{name}:{value.line}: {key}")
    if is_private_host(urlsplit(values["url"]).hostname or ""):
        values["private"] = True
    if values.get("enabled") is False and not values.get("reason"):
        raise ConfigError(f"{name}:{item.line}: a disabled feed must say why, with the key reason.")
    return Feed(**values, line=item.line)


def _quirks(value: Value, name: str) -> tuple[str, ...]:
    names = value.content if isinstance(value.content, list) else None
    if names is None or not all(isinstance(item.content, str) for item in names):
        raise ConfigError(f"{name}:{value.line}: quirks must be a list of names; allowed: {', '.join(QUIRKS)}.")
    for item in names:
        if item.content not in QUIRKS:
            raise ConfigError(f"{name}:{item.line}: unknown quirk {item.content}; allowed: {', '.join(QUIRKS)}.")
    return tuple(item.content for item in names)


def _anything(value: object, where: str) -> None:
    """Accept a value that needs no check beyond its type."""


def _check_url(value: str, where: str) -> None:
    try:
        parts = urlsplit(value)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_right = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_right or value != value.strip():
        raise ConfigError(f"{where} must be an http or https address, not {value!r}.")
    if parts.username or parts.password:
        raise ConfigError(f"{where} must not hold a name or password: secrets do not belong in this file.")


def _check_choice(*allowed: str) -> Callable[[str, str], None]:
    def check(value: str, where: str) -> None:
        if value not in allowed:
            raise ConfigError(f"{where} must be one of {', '.join(allowed)}, not {value!r}.")

    return check


def _check_zone(value: str, where: str) -> None:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"{where} must be an IANA time zone such as Asia/Tashkent, not {value!r}.") from error


def _check_country(value: str, where: str) -> None:
    if not (len(value) == 2 and value.isascii() and value.isupper()):  # noqa: PLR2004 - alpha-2
        raise ConfigError(f"{where} must be a two-letter code such as UZ (in quotes if YAML reads it otherwise).")


def _check_interval(value: int, where: str) -> None:
    if not 5 <= value <= 7 * 24 * 60:  # noqa: PLR2004 - five minutes to a week
        raise ConfigError(f"{where} must be from 5 to 10080 minutes, not {value}.")


def _check_line(value: str, where: str) -> None:
    if not value.isprintable():
        raise ConfigError(f"{where} must be one line without control characters.")


CHECKS: dict[str, Callable[[Any, str], None]] = {
    "name": _check_line,
    "url": _check_url,
    "country": _check_country,
    "timezone": _check_zone,
    "body": _check_choice(*BODIES),
    "fulltext": _check_choice(*FULLTEXTS),
    "interval": _check_interval,
    "user_agent": _check_line,
}


def _refuse_doubles(feeds: tuple[Feed, ...], name: str) -> None:
    for key in ("name", "url"):
        seen: dict[str, int] = {}
        for feed in feeds:
            value = str(getattr(feed, key))
            if value in seen:
                raise ConfigError(f"{name}:{feed.line}: the {key} {value} stands already in line {seen[value]}.")
            seen[value] = feed.line


def describe_found(found: Probe, *, name: str | None, country: str | None) -> Feed:
    """Make the entry of feeds.yaml for a feed that was found and probed."""
    host = urlsplit(found.feed.url).hostname or ""
    ending = host.rpartition(".")[2].upper()
    return replace(
        found.feed,
        name=name or found.title[:60] or found.feed.name,
        country=country or (ending if ending.lower() in OUTLET_ENDINGS else None),
        language=found.language or "ru",
        body=found.body,
        fulltext="page" if found.body in ("lead", "title") else "feed",
    )


OUTLET_ENDINGS = frozenset({"am", "az", "by", "ge", "kg", "kz", "md", "ru", "tj", "tm", "tr", "ua", "uz"})
WRITTEN = ("group", "country", "language", "owner", "timezone", "body", "fulltext", "terms", "sure")


def write_entry(feed: Feed) -> str:
    """Write a feed as an entry of feeds.yaml."""
    values = {"name": feed.name, "url": feed.url, **{key: getattr(feed, key) for key in WRITTEN if getattr(feed, key)}}
    text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=10_000)
    return "".join(f"  {'- ' if number == 0 else '  '}{line}\n" for number, line in enumerate(text.splitlines()))


def append_feeds(text: str, feeds: Iterable[Feed]) -> str:
    """Add entries to the end of the text of a feeds.yaml, whose comments and order stay as they are."""
    body = re.sub(r"(?m)^feeds:\s*\[\]\s*$", "feeds:", text.rstrip()) + "\n"
    added = "".join("\n" + write_entry(feed) for feed in feeds)
    if re.search(r"(?m)^- ", body):  # a list that is not indented, as most programs write it
        added = re.sub(r"(?m)^  ", "", added)
    return body + added
