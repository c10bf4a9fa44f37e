"""Entries become articles: markup to plain text, addresses canonical, doubles within a document told apart. Pure."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pipeline.addresses import bare_host, canonical
from pipeline.quirks import apply_quirks, cut_tail
from pipeline.records import Article
from pipeline.stories import find_origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from typing import Any

    from pipeline.records import Entry

MAX_TITLE = 500
MAX_TEXT = 500_000  # characters kept of one article
WHOLE = 1_200  # characters from which the description of a feed that promises nothing counts as the whole text
BLOCK_NAMES = (
    "address article aside blockquote body center dd details div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr html legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul"
)
HIDDEN_NAMES = (
    "script style noscript template iframe object embed svg math head title button select textarea input form "
    "figcaption video audio canvas"
)
BLOCKS, HIDDEN = frozenset(BLOCK_NAMES.split()), frozenset(HIDDEN_NAMES.split())
MARKUP = re.compile(r"<(?:/?[a-zA-Z][a-zA-Z0-9:-]*(?:\s[^<>]*|/?)|!DOCTYPE[^<>]*)>")
ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")

# Characters that no reader sees and no search expects: controls, surrogates, zero-width and direction marks.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]",
)
CONTROLS = re.compile(r"[\x80-\x9f]")
SPACES = re.compile(r"[^\S\n]+")
BREAK = "\n\n"


def clean_text(text: str) -> str:
    """Bring text to NFC: no unseen characters, single spaces, at most one empty line between lines. Idempotent."""
    text = CONTROLS.sub(_windows, text.replace("\r\n", "\n").replace("\r", "\n"))
    text = re.sub("[\x1c-\x1f\x85\u2028\u2029]", "\n", text)
    text = unicodedata.normalize("NFC", UNSEEN.sub("", text))
    lines = (SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{2,}", BREAK, "\n".join(lines)).strip()


def clean_line(text: str) -> str:
    """Bring a title or a name to one line of plain text."""
    text = unescape(text)
    if MARKUP.search(text):
        text = unescape(MARKUP.sub(" ", text) if "<br" in text.lower() else MARKUP.sub("", text))
    return " ".join(clean_text(text).split())[:MAX_TITLE].strip()


def to_text(markup: str) -> str:
    """Turn HTML, or plain text, into plain text with paragraphs apart by one empty line."""
    markup = _without_comments(markup)
    if not MARKUP.search(markup) and "&lt;" in markup and MARKUP.search(html.unescape(markup)):
        markup = html.unescape(markup)  # escaped twice on its way
    if not MARKUP.search(markup):
        return clean_text(_join_lines(unescape(markup)))[:MAX_TEXT].rstrip()
    text = clean_text(_walk(markup))
    plain = clean_text(unescape(MARKUP.sub(" ", re.sub(r"(?is)<(script|style)\b.*?</\1>", " ", markup))))
    if len(text) * 4 < len(plain):  # the tree builder gives up on thousands of nested elements
        text = plain
    return text[:MAX_TEXT].rstrip()


def _without_comments(markup: str) -> str:
    """Take comments out; the mark of one that never ends goes alone, or the text behind it would go with it."""
    if "<!--" not in markup:
        return markup
    closed = markup.rfind("-->") + 3 if "-->" in markup else 0
    return re.sub(r"<!--.*?-->", "", markup[:closed], flags=re.DOTALL) + markup[closed:].replace("<!--", "")


def unescape(text: str) -> str:
    """Resolve character references, also those that were escaped twice (modern.az titles)."""
    for _ in range(2):
        if not ENTITY.search(text):
            break
        text = html.unescape(text)
    return text


def _windows(match: re.Match[str]) -> str:
    return match[0] if match[0] == "\x85" else match[0].encode("latin-1").decode("cp1252", "ignore")


def _join_lines(text: str) -> str:
    """Make paragraphs of lines that end like sentences, and one line of those that were only wrapped."""
    return re.sub(r"(?<=[.!?…:;»\"”)])[^\S\n]*\n(?=\S)", BREAK, text).replace("\n", " \n") if "\n" in text else text


def _walk(markup: str) -> str:
    from lxml import etree

    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        root = etree.fromstring(f"<html><body>{markup}</body></html>".encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return ""
    parts: list[str] = []
    if root is not None:
        _collect(root, parts)
    return "".join(parts)


def _collect(root: Any, parts: list[str]) -> None:  # noqa: ANN401 - lxml publishes no types
    """Write the visible text of a tree, without recursion: feeds nest thousands deep."""
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        element, closing = stack.pop()
        tag = element.tag if isinstance(element.tag, str) else ""
        if closing:
            if tag in BLOCKS:
                parts.append(BREAK)
            if element is not root:
                parts.append(_flow(element.tail))
            continue
        if tag in HIDDEN or not tag:
            parts.append(_flow(element.tail))
            continue
        if tag == "br":
            parts.append("\n")
        if tag in BLOCKS:
            parts.append(BREAK)
        parts.append(element.text or "" if tag == "pre" else _flow(element.text))
        stack.append((element, True))
        stack.extend((child, False) for child in reversed(element))


def _flow(text: str | None) -> str:
    return re.sub(r"\s+", " ", text) if text else ""


def clean(entry: Entry, *, fetched_at: datetime) -> Article | None:
    """Make an article of an entry; None when it is none (an advert that a quirk names, or no words at all)."""
    kept = apply_quirks(entry)
    if kept is None:
        return None
    summary, content = cut_tail(_lines(to_text(kept.summary))), cut_tail(_lines(to_text(kept.content)))
    title = clean_line(kept.title)
    text, text_from = _choose(kept, summary, content)
    title = title or _headline(text)
    if not title:
        return None
    first, _, rest = text.partition(BREAK)
    if first == title:  # the headline stands above the text, too
        text, text_from = rest, text_from if rest else "title"
    outlet = kept.feed.name
    return Article(
        url=canonical(kept.link, strip_query="strip_query" in kept.feed.quirks) if kept.link else "",
        link=kept.link,
        guid=kept.guid,
        title=title,
        text=text,
        published_at=(kept.published_at or fetched_at).astimezone(ZoneInfo(kept.feed.timezone)),
        published_guessed=kept.published_guessed,
        language=language_of(f"{title}\n{text}", kept.feed.language),
        feed=kept.feed.name,
        text_from=text_from,
        outlet=outlet,
        origin=find_origin(text, own=outlet),
        author=clean_line(kept.author),
        categories=tuple(name for name in map(clean_line, kept.categories) if name),
    )


def is_wordless(entry: Entry) -> bool:
    """Tell whether an entry has neither title nor text, such as a picture of the day."""
    return not (clean_line(entry.title) or to_text(entry.summary) or to_text(entry.content))


def _lines(text: str) -> str:
    """Make a paragraph of every line: <br> separates paragraphs in feeds."""
    return re.sub(r"\n+", BREAK, text)


def _choose(entry: Entry, summary: str, content: str) -> tuple[str, Literal["full", "lead", "title"]]:
    """Take the longer of description and full text, and tell which it is."""
    if len(content) > len(summary):
        return content, "full"
    if not summary:
        return "", "title"
    whole = entry.feed.body == "full" or (entry.feed.body == "unknown" and len(summary) >= WHOLE) or content == summary
    return summary, "full" if whole else "lead"


def _headline(text: str) -> str:
    """Make a title of the first sentence of a text that has none."""
    first = text.split("\n", 1)[0]
    match = re.match(r".{20,180}?[.!?…](?=\s|$)", first)
    return match[0] if match else first if len(first) <= 180 else first[:180].rsplit(" ", 1)[0] + "…"  # noqa: PLR2004 - a line


# Letters that only one language of the region has, in the order in which they decide; і is shared by three.
CYRILLIC_MARKS = (("tg", "ҷӣӯ"), ("kk", "әұ"), ("uz", "ўқғҳ"), ("ky", "ңөү"), ("uk", "їєґі"), ("be", "ў"))
OTHER_MARKS = (("az", "ə"), ("hy", "աեին"), ("ka", "აეინ"), ("ar", "المن"), ("tr", "şğı"))
LETTER, CYRILLIC = re.compile(r"[^\W\d_]"), re.compile("[\u0400-\u052f]")
ENOUGH = 0.01  # share of such letters; a foreign name in a text stays below


def language_of(text: str, declared: str) -> str:
    """Tell the language of a text by the letters only it has; what feeds declare is unreliable."""
    sample = text[:3000].lower()
    letters, cyrillic = len(LETTER.findall(sample)), len(CYRILLIC.findall(sample))
    if letters < 20:  # noqa: PLR2004 - too little to tell
        return declared
    for name, marks in CYRILLIC_MARKS if cyrillic * 2 > letters else OTHER_MARKS:
        if sum(map(sample.count, marks)) > ENOUGH * letters:
            return name
    if cyrillic * 2 > letters:
        return "ru"
    if len(re.findall(r"[og][ʻʼ‘’'`]", sample)) > ENOUGH * letters:
        return "uz"
    return "en" if len(re.findall(r"\b(?:the|of|and|to|in)\b", sample)) * 200 > letters else declared


def identify(articles: Sequence[Article], feed_url: str) -> tuple[Article, ...]:
    """Give every article of one document an address and a guid of its own, and join those that are the same.

    A guid counts only where one article bears it. A link that several differing articles share, or that leads to
    a site's front page, is told apart by a mark of the title.
    """
    guids = _counts((article.guid, article.title) for article in articles)
    links = _counts((article.url, article.title) for article in articles)
    found: dict[str, Article] = {}
    for article in articles:
        guid = article.guid if article.guid and guids[article.guid] == 1 else None
        url = article.url
        if not url:
            url = f"{canonical(feed_url)}#{_mark(guid or article.title, '' if guid else article.text)}"
        elif links[url] > 1 or _is_front(url):
            url = f"{url}#{_mark(article.title, '')}"
        made = replace(article, url=url, guid=guid)
        known = found.get(url)
        if known is None or (len(made.text), made.published_at) > (len(known.text), known.published_at):
            found[url] = made
    return tuple(found.values())


def _counts(pairs: Iterable[tuple[str | None, str]]) -> dict[str, int]:
    titles: dict[str, set[str]] = {}
    for key, title in pairs:
        titles.setdefault(key or "", set()).add(title)
    return {key: len(found) for key, found in titles.items()}


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _mark(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def outlet_host(url: str) -> str:
    """Give the host by which an outlet is known."""
    return bare_host(urlsplit(url).hostname or "")
