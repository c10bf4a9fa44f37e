"""JSON Lines documents: reading them with care, and the record that goes out for each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pipeline.records import Document, Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.records import Agreement, Summit, Understood

KNOWN = frozenset({"id", "url", "published", "title", "text"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line that is no valid document: where it stands, its id if it has one, and what is wrong with it."""

    number: int
    id: str | int | None
    failure: Failure


def read_documents(lines: Iterable[bytes], *, name: str) -> Iterator[tuple[int, Document | Refused]]:
    """Read JSON Lines, each with its line number; a bad line comes out as Refused, an empty one not at all."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, _read_line(line, number, name)


def read_object(found: object, number: int, name: str) -> Document | Refused:
    """Make a document of a parsed JSON object; the number and name say where it stands."""
    if not isinstance(found, dict):
        return _refuse(number, name, None, "a document is a JSON object with id, published, title and text")
    key = found.get("id")
    if isinstance(key, bool) or not isinstance(key, str | int):
        return _refuse(number, name, None, "the key id must be a string or a whole number")
    problem = _problem(found)
    if problem:
        return _refuse(number, name, key, problem)
    return Document(
        id=str(key),
        url=found.get("url"),
        published=found["published"],
        title=found.get("title"),
        text=found["text"],
        extra={name: value for name, value in found.items() if name not in KNOWN} | {"id": key},
    )


def _read_line(line: bytes, number: int, name: str) -> Document | Refused:
    try:
        found = json.loads(line.decode("utf-8-sig", "surrogatepass"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        return _refuse(number, name, None, f"not a line of JSON ({error})")
    return read_object(found, number, name)


def _problem(found: Mapping[str, Any]) -> str | None:
    for name, may_be_null in (("text", False), ("title", True), ("url", True)):
        value = found.get(name)
        if not (isinstance(value, str) or (may_be_null and value is None)):
            return f"the key {name} must be a string{' or null' if may_be_null else ''}"
    published = found.get("published")
    if not isinstance(published, str) or not _is_time(published):
        return "the key published must be an ISO date or time, such as 2025-11-13"
    return None


def _refuse(number: int, name: str, key: str | int | None, detail: str) -> Refused:
    failure = Failure(stage="import", subject=f"{name}:{number}", kind="not_a_document", detail=detail)
    return Refused(number=number, id=key, failure=failure)


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def published_on(document: Document) -> date:
    """Tell the day on which a document was published, in the zone that it names."""
    return datetime.fromisoformat(document.published).date()


def as_record(understood: Understood) -> dict[str, Any]:
    """Make the record of CONTRACT.md of what was understood; unknown keys of the document pass through."""
    record: dict[str, Any] = {"id": understood.document.id, **understood.document.extra}
    record["topics"] = {topic: round(probability, 4) for topic, probability in sorted(understood.topics.items())}
    record["entities"] = [
        {
            "type": entity.type,
            "start": entity.start,
            "end": entity.stop,
            "text": entity.text,
            "normal": entity.normal,
            "ref": entity.ref,
        }
        for entity in understood.entities
    ]
    record["summits"] = [_summit(event) for event in understood.summits]
    record["agreements"] = [_agreement(event) for event in understood.agreements]
    if understood.language != "ru":
        record["language"] = understood.language
    if understood.cut:
        record["cut"] = list(understood.cut)
    return record


def _summit(event: Summit) -> dict[str, Any]:
    return {
        "triggers": [list(span) for span in event.triggers],
        "kind": event.kind,
        "status": event.status,
        "name": event.name,
        "place": event.place,
        "country": event.country,
        "start": event.start,
        "end": event.end,
        **_sets(event),
    }


def _agreement(event: Agreement) -> dict[str, Any]:
    return {
        "triggers": [list(span) for span in event.triggers],
        "kind": event.kind,
        "status": event.status,
        "date": event.date,
        "place": event.place,
        "country": event.country,
        "subject": event.subject,
        "amount": {"value": event.amount.value, "currency": event.amount.currency} if event.amount else None,
        "ratified_by": list(event.ratified_by),
        "steps": [
            {"status": step.status, "date": step.date, "place": step.place, "evidence": list(step.evidence)}
            for step in event.steps
        ],
        **_sets(event),
    }


def _sets(event: Summit | Agreement) -> dict[str, Any]:
    return {
        "states": list(event.states),
        "persons": list(event.persons),
        "organizations": list(event.organizations),
        "topics": list(event.topics),
        "confidence": round(event.confidence, 4),
        "evidence": [list(span) for span in event.evidence],
    }
