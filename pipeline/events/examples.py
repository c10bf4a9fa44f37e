"""The notation of the examples: a sentence with bracketed roles, and the mentions it stands for.

    [states:Баку] и [states:Ташкент] [signed:подписали] [memorandum:меморандум].

Every bracket whose role is a kind is one event with these words as its trigger; a bracket may have two roles
("[talks held:встретился]"). Statuses, states, persons, places and dates hold for all events of the sentence to which
they can belong. A line without brackets stands for no event.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.records import AGREEMENT_KINDS, AGREEMENT_STATUSES, SUMMIT_KINDS, SUMMIT_STATUSES, Document

if TYPE_CHECKING:
    from pipeline.events.reading import Reading
    from pipeline.records import Span

PUBLISHED = "2023-05-17"  # a Wednesday
_BRACKET = re.compile(r"\[([a-z_ ]+):([^\]]+)\]")
_KINDS = {"summit": SUMMIT_KINDS, "agreement": AGREEMENT_KINDS}
_STATUSES = {"summit": SUMMIT_STATUSES, "agreement": AGREEMENT_STATUSES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A sentence without its brackets, and the spans (in the body of its document) of each role."""

    line: str
    document: Document
    roles: tuple[tuple[str, Span], ...]


def parse(line: str, number: int = 0) -> Example:
    """Read one line of the notation."""
    text = ""
    roles: list[tuple[str, Span]] = []
    at = 0
    for match in _BRACKET.finditer(line):
        text += line[at : match.start()]
        start = len(text) + 2  # a document without a title begins with two line ends
        text += match.group(2)
        roles += [(role, (start, len(text) + 2)) for role in match.group(1).split()]
        at = match.end()
    text += line[at:]
    document = Document(id=f"example-{number}", url=None, published=PUBLISHED, title=None, text=text)
    return Example(line=line, document=document, roles=tuple(roles))


def read(*texts: str) -> list[Example]:
    """Read the examples of one or more blocks, one a line."""
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    return [parse(line, number) for number, line in enumerate(lines)]


def gold_of(example: Example, reading: Reading) -> dict[str, Any]:
    """Make the gold record of an example; the names in its brackets are resolved as the reading resolves them."""

    def spans(role: str) -> list[Span]:
        return [span for name, span in example.roles if name == role]

    def names(role: str) -> list[Any]:
        return [n for n in reading.names for a, b in spans(role) if a < n.stop and n.start < b]

    places = [name for name in names("place") if name.type in ("city", "place", "capital")]
    slots: dict[str, Any] = {
        "states": sorted({code for name in names("states") if name.type != "person" for code in name.states}),
        "persons": [name.value for name in names("persons") if name.type == "person"],
        "place": next((name.value for name in places if name.type != "capital"), None),
        "date_spans": spans("date"),
    }
    if places:
        slots["country"] = next((name.states[0] for name in places if name.states), None)
    found: dict[str, Any] = {"id": example.document.id}
    for family, kinds in _KINDS.items():
        status = next((name for name, _ in example.roles if name in _STATUSES[family]), None)
        found[family + "s"] = [
            {"triggers": [span], "kind": kind, "status": status or _STATUSES[family][0], **slots}
            for kind, span in example.roles
            if kind in kinds
        ]
    return found
