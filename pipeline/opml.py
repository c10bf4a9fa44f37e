"""Lists of feeds as other readers keep them: OPML in and out. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from pipeline.errors import ConfigError
from pipeline.parse.decode import decode
from pipeline.records import Feed

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_OPML = 5_000_000  # bytes
KEPT = ("country", "timezone", "owner", "body", "fulltext")  # attributes of our own, which other readers leave alone


def write_opml(feeds: Iterable[Feed]) -> str:
    """Write feeds as OPML 2.0, a folder for each group."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "svodka"
    body = etree.SubElement(root, "body")
    folders = {"": body}
    for feed in feeds:
        if feed.group not in folders:
            folders[feed.group] = etree.SubElement(body, "outline", text=feed.group, title=feed.group)
        own = {name: str(getattr(feed, name) or "") for name in KEPT}
        etree.SubElement(
            folders[feed.group],
            "outline",
            type="rss",
            text=feed.name,
            title=feed.name,
            xmlUrl=feed.url,
            language=feed.language,
            **{name: value for name, value in own.items() if value},
        )
    written: str = etree.tostring(root, encoding="unicode", pretty_print=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}'


def read_opml(content: bytes, name: str) -> tuple[Feed, ...]:
    """Read the feeds of an OPML file, each address once; raise ConfigError where it is none."""
    if len(content) > MAX_OPML:
        raise ConfigError(f"{name} has {len(content)} bytes; a list of feeds has at most {MAX_OPML}.")
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decode(content).text.lstrip("\ufeff"))
    if "<!ENTITY" in text:
        raise ConfigError(f"{name} declares entities, as attacks on parsers do; it was not read.")
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise ConfigError(f"{name} is not OPML, the format in which feed readers export their lists.")
    found: dict[str, Feed] = {}
    for outline in root.iter("{*}outline"):
        given = {key.lower(): " ".join(value.split()) for key, value in outline.attrib.items()}
        url = given.get("xmlurl", "")
        if re.match(r"https?://[^\s/]", url) and url not in found:
            parent = outline.getparent()
            group = parent.get("title") or parent.get("text") or ""
            found[url] = Feed(
                name=(given.get("title") or given.get("text") or url)[:100],
                url=url,
                group="" if parent.get("xmlUrl") else " ".join(group.split())[:100],
                language=given.get("language") or "ru",
                **{key: given[key] for key in KEPT if given.get(key)},  # type: ignore[arg-type]  # checked on writing
            )
    return tuple(found.values())
