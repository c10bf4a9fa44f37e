"""The items of a prepared feed: each from its own children by a strict tree, else by feedparser. Pure.

feedparser 6 takes the last link of an item, also one that `yandex:related` or `rbc_news:related_links` nests for
another article, loses text behind escaped CDATA marks, mixes up items that stand inside items, and needs ten to a
hundred times as long. So it reads what is left: documents that stay broken after mending.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Element = Any  # lxml publishes no types
ITEM_TAG = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
ITEMS = frozenset({"item", "entry"})
# Where outlets put the whole text, under whatever prefix: Yandex, RBC, Turbo pages, Suspilne, WordPress, Atom.
FULL_TEXTS = frozenset({"full-text", "encoded", "content"})
DATES = ("pubdate", "published", "issued", "date", "created", "updated", "modified")
MAX_TEXT = 2_000_000  # characters of one element
MAX_CATEGORIES = 50
RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item as written: texts trimmed, markup still inside."""

    title: str = ""
    links: tuple[str, ...] = ()  # best first
    base: str = ""  # xml:base
    guid: str = ""
    permalink: bool = False  # the guid is an address
    date: str = ""
    summary: str = ""
    texts: tuple[str, ...] = ()  # candidates for the full text
    author: str = ""
    categories: tuple[str, ...] = ()
    nested: bool = False  # it stands inside another item


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a feed says of itself."""

    texts: dict[str, list[str]]  # of its own children, by lower-case name; of skipHours and skipDays those inside

    def first(self, *names: str) -> str:
        """Give the first text under the first of some names that has one."""
        return next((text for name in names for text in self.texts.get(name, ()) if text), "")


def read_items(xml: bytes, url: str) -> tuple[Channel, tuple[Item, ...], bool]:
    """Read the channel and the items of a prepared feed, in its order; the last answer is whether it is well-formed."""
    root = _tree(xml, recover=False)
    if root is not None:
        return _channel(root), tuple(_items(root)), True
    root = _tree(xml, recover=True)
    by_tree = tuple(_items(root)) if root is not None else ()
    found = by_tree
    if len(ITEM_TAG.findall(xml)) > len(by_tree):
        found = max(by_tree, _by_feedparser(xml, url), key=len)
    return _channel(root) if root is not None else Channel(texts={}), found, False


def _tree(xml: bytes, *, recover: bool) -> Element | None:
    parser = etree.XMLParser(
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError:
        return None


def _channel(root: Element) -> Channel:
    found: dict[str, list[str]] = {}
    for element in (*root, *(child for top in root if name_of(top) == "channel" for child in top)):
        name = name_of(element)
        if name in ITEMS:
            continue
        for child in element if name in ("skiphours", "skipdays") else (element,):
            found.setdefault(name, []).append(_text(child)[:500])
        if name == "link" and element.get("href"):
            found.setdefault(f"link:{element.get('rel', 'alternate')}", []).append(element.get("href"))
    return Channel(texts=found)


def _items(root: Element) -> Iterator[Item]:
    for element in root.iter():
        if name_of(element) in ITEMS:
            yield _item(element)


def _item(item: Element) -> Item:
    children: dict[str, list[Element]] = {}
    for child in item:
        if isinstance(child.tag, str):
            children.setdefault(name_of(child), []).append(child)
    guids = children.get("guid") or children.get("id") or []
    bases = [parent.get(XML_BASE) for parent in (item, *item.iterancestors()) if parent.get(XML_BASE)]
    return Item(
        title=_first(map(_text, _core(children.get("title", ())))),
        links=tuple(_links(children)),
        base=bases[0] if bases else "",
        guid=_first(map(_text, guids)) or str(item.get(RDF_ABOUT, "")),
        permalink=bool(guids)
        and name_of(guids[0]) == "guid"
        and guids[0].get("isPermaLink", "true").strip().lower() != "false",
        date=_first(text for name in DATES for text in map(_text, children.get(name, ()))),
        summary=_first(
            text for name in ("description", "summary") for text in map(_markup, _core(children.get(name, ())))
        ),
        texts=tuple(_markup(child)[:MAX_TEXT] for child in _full_texts(children)),
        author=_first(text for name in ("creator", "author") for text in map(_person, children.get(name, ()))),
        categories=tuple(map(_category, children.get("category", [])[:MAX_CATEGORIES])),
        nested=any(name_of(parent) in ITEMS for parent in item.iterancestors()),
    )


def _links(children: dict[str, list[Element]]) -> Iterable[str]:
    """Order an item's links: the original behind a redirector, its plain one, Atom's alternate, the rest, pdalink."""
    links = children.get("link", [])
    plain = [_text(link) for link in links if not link.get("href") and not link.get("url")]
    atom = [link for link in links if link.get("href")]
    alternate = [
        link.get("href")
        for link in atom
        if link.get("rel", "alternate") == "alternate" and "html" in link.get("type", "html")
    ]
    others = [link.get("href") for rel in ("alternate", "via", "self") for link in atom if link.get("rel", rel) == rel]
    origin = [_text(link) for link in children.get("origlink", [])]
    phone = [_text(link) for link in children.get("pdalink", [])]
    return dict.fromkeys(link for link in (*origin, *plain, *alternate, *others, *phone) if link)


def _full_texts(children: dict[str, list[Element]]) -> list[Element]:
    """Find the elements that carry a whole text; media:content carries none."""
    return [
        child
        for name, found in children.items()
        if name in FULL_TEXTS or name.endswith("full-text")
        for child in found
        if "mrss" not in child.tag and not child.get("url")
    ]


def _core(elements: Iterable[Element]) -> list[Element]:
    """Put an element of the feed's own before those of media and other extensions."""
    return sorted(elements, key=lambda element: "search.yahoo" in element.tag or "itunes" in element.tag)


def name_of(element: Element) -> str:
    """Give the local name of an element in lower case: feeds write pubDate and pubdate."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def _text(element: Element) -> str:
    return "".join(element.itertext())[:MAX_TEXT].strip()


def _person(element: Element) -> str:
    names = [child for child in element if name_of(child) == "name"]
    return _text(names[0]) if names else _text(element)


def _category(element: Element) -> str:
    return element.get("label") or _text(element) or element.get("term") or ""


def _markup(element: Element) -> str:
    """Give the markup inside an element: escaped or CDATA text as it is, XHTML children written out."""
    if len(element) == 0:
        return (element.text or "")[:MAX_TEXT].strip()
    inner = [etree.tostring(child, encoding="unicode", method="html", with_tail=True) for child in element]
    return ((element.text or "") + "".join(inner))[:MAX_TEXT].strip()


def _by_feedparser(xml: bytes, url: str) -> tuple[Item, ...]:
    import feedparser

    found = feedparser.parse(
        io.BytesIO(xml),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
        sanitize_html=False,  # all becomes plain text, and the sanitiser drops escaped CDATA
        resolve_relative_uris=False,
    )
    return tuple(map(_adapt, found.entries))


def _adapt(entry: Any) -> Item:  # noqa: ANN401 - feedparser publishes no types
    def text(name: str) -> str:
        return str(entry.get(name) or "")

    links = [link.get("href") for link in entry.get("links", ()) if link.get("rel") in (None, "alternate")]
    named = [text(key) for key in entry if key.endswith("full-text") or key == "turbo_content"]
    tags = [tag.get("label") or tag.get("term") or "" for tag in entry.get("tags", ())]
    return Item(
        title=text("title"),
        links=tuple(dict.fromkeys(link for link in (*links, text("pdalink"), text("link")) if link)),
        guid=text("id"),
        permalink=bool(entry.get("guidislink")),
        date=text("published") or text("updated"),
        summary=text("summary"),
        texts=(*named, *(part.get("value") or "" for part in entry.get("content", ()))),
        author=text("author"),
        categories=tuple(tags[:MAX_CATEGORIES]),
    )
