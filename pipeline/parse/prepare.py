"""The text of a feed is mended until a strict parser can read it, and refused where it is an attack. Pure."""

from __future__ import annotations

import re
from html.entities import html5
from typing import Literal, NamedTuple

ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(?:rss|feed|RDF|rdf)\b[^<>]*>")
PAGE = re.compile(r"<(?:html|head|body)\b", re.IGNORECASE)
COMMENT = re.compile(r"<!--.{0,2000}?-->", re.DOTALL)
ENTITY = re.compile(
    r"<!ENTITY\s+(?:(?P<parameter>%)\s+)?(?P<name>[\w.:-]+)\s+(?P<value>\"[^\"]*\"|'[^']*'|\w+)",
    re.IGNORECASE,
)
CHARACTER = re.compile(r"^[\"'](?:&#x?[0-9A-Fa-f]+;|&#38;#x?[0-9A-Fa-f]+;|[^&%<]?)[\"']$")
MAX_PREFIXES = 100  # that are declared for a feed which forgot to
HEAD = 100_000  # characters in which the root must begin

CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
REFERENCE = re.compile(r"&(?:#(?P<number>\d{1,8}|[xX][0-9A-Fa-f]{1,7});|(?P<name>[A-Za-z][A-Za-z0-9]{1,31});)?")
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# One section inside another, its end written as XML demands: ]]]]><![CDATA[>
ESCAPED_CDATA = re.compile(
    r"<!\[CDATA\[\s*<!\[CDATA\[((?:(?!<!\[CDATA\[|\]\]>).)*)\]\]\]\]><!\[CDATA\[>\s*\]\]>", re.DOTALL
)
XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "turbo": "http://turbo.yandex.ru",
    "yandex": "http://news.yandex.ru",
}
PREFIX = re.compile(r"<(?:/)?([A-Za-z_][\w.-]*):[A-Za-z_]")
ATTRIBUTE_PREFIX = re.compile(r"\s([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*\s*=\s*[\"'0-9]")
# The e-mail pattern of feedparser is quadratic in the length of a name: 80 kB took 35 s (feedparser issue 562).
AUTHOR = re.compile(
    r"(<(?P<tag>(?:[\w.-]+:)?(?:author|creator|managingEditor|webMaster|publisher|name|email|owner))\b[^<>]{0,300}>)"
    r"(?:[^<]{500,}|<!\[CDATA\[.{500,}?\]\]>)(?=</(?P=tag))",
    re.DOTALL,
)


class Refused(NamedTuple):
    """Why a document is no feed that may be parsed."""

    kind: Literal["not_a_feed", "empty", "forbidden"]
    detail: str


def prepare(text: str) -> str | Refused:
    """Mend the text of an XML feed; Refused where it is a web page, nothing, or declares entities of its own."""
    text = ILLEGAL.sub("", text).lstrip("\ufeff")
    head = text[:HEAD]
    root = ROOT.search(COMMENT.sub(lambda match: " " * len(match[0]), head))
    if root is None:
        return _no_feed(text)
    if PAGE.search(text, 0, root.start()) and not re.search(r"\s(?:version|xmlns)", root[0]):
        return _no_feed(text)  # a page that speaks of feeds; a whole feed inside a page's body is read
    if trouble := _attack(text[: root.start()]):
        return trouble
    body = _cut_tail(text[root.start() :], root[0])
    parts = CDATA.split(_unwrap(body))
    mended = "".join(
        _close(part) if part.startswith("<![CDATA[") else REFERENCE.sub(_reference, part) for part in parts
    )
    mended = AUTHOR.sub(lambda match: match[1], mended)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{_declare(mended)}'


def unwrap_cdata(text: str) -> str:
    """Take CDATA marks off a value in which they arrived as text."""
    if "<![CDATA[" not in text:
        return text
    return text.replace("<![CDATA[", "").replace("]]>", "")


def _no_feed(text: str) -> Refused:
    if not text.strip():
        return Refused("empty", "the document is empty")
    if PAGE.search(text[:HEAD]):
        title = re.search(r"<title[^>]{0,200}>([^<]{1,200})", text[:HEAD], re.IGNORECASE)
        called = f" called {' '.join(title[1].split())[:80]!r}" if title else ""
        return Refused("not_a_feed", f"it answered with a web page{called}, not with a feed")
    return Refused("not_a_feed", f"it is neither RSS nor Atom; it begins with {' '.join(text[:200].split())[:60]!r}")


def _attack(prologue: str) -> Refused | None:
    for entity in ENTITY.finditer(prologue):
        if entity["parameter"] or not CHARACTER.match(entity["value"]):
            return Refused("forbidden", f"it declares the entity {entity['name'][:40]}, as attacks on parsers do")
    return None


def _cut_tail(text: str, root: str) -> str:
    """Cut what stands after the end of the feed, such as a counter's script."""
    match = re.match(r"<([\w.:-]+)", root)
    assert match is not None
    end = text.rfind(f"</{match[1]}")
    stop = text.find(">", end) + 1
    return text[:stop] if end > 0 and stop > 0 else re.sub(r"<[^<>]{0,100}\Z", "", text)


def _unwrap(text: str) -> str:
    """Make one CDATA section of one inside another, and of one whose marks are escaped."""
    text = ESCAPED_CDATA.sub(r"<![CDATA[\1]]>", text)
    text = re.sub(r"<!\[CDATA\[\s*<!\[CDATA\[", "<![CDATA[", text)
    text = re.sub(r"\]\]>\s*\]\]>", "]]>", text)
    text = re.sub(r"<!\[CDATA\[\s*&lt;!\[CDATA\[", "<![CDATA[", text)
    return re.sub(r"&lt;!\[CDATA\[(.*?)\]\]\s*(?:&gt;|>)", r"\1", text, flags=re.DOTALL)


def _close(section: str) -> str:
    return section if section.endswith("]]>") else section + "]]>"


def _reference(match: re.Match[str]) -> str:
    """Keep what XML knows, resolve what HTML knows, and escape an ampersand that begins nothing."""
    if number := match["number"]:
        return _numeric(number)
    if name := match["name"]:
        if name in XML_NAMES:
            return match[0]
        char = html5.get(f"{name};")
        return char if char is not None and char not in "&<>" else f"&amp;{name};"
    return "&amp;"


def _numeric(number: str) -> str:
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    if 0x80 <= code <= 0x9F:  # noqa: PLR2004 - C1, meant as windows-1252
        return bytes([code]).decode("cp1252", "ignore")
    legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF  # noqa: PLR2004 - XML 1.0, section 2.2
    return f"&#{code};" if legal else ""


def _declare(text: str) -> str:
    """Declare prefixes that are used but not declared, and take a prefix off the core elements of RSS."""
    if "<rss:" in text:
        text = re.sub(r"<(/?)rss:", r"<\1", text)
    end = text.index(">")
    root, rest = text[:end], text[end:]
    root = re.sub(r"(\s[\w:.-]+)=([\w.]+)(?=[\s>/]|$)", r'\1="\2"', root)
    used = set(PREFIX.findall(text)) | {prefix for prefix in ATTRIBUTE_PREFIX.findall(text) if prefix != "xmlns"}
    missing = sorted(used - {"xml", "xmlns", *re.findall(r"\sxmlns:([\w.-]+)\s*=", text)})[:MAX_PREFIXES]
    added = (f' xmlns:{prefix}="{NAMESPACES.get(prefix, f"urn:undeclared:{prefix}")}"' for prefix in missing)
    return root + "".join(added) + rest
