"""JSON Lines documents: reading them with care, and the record that goes out for each."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pipeline.records import Document, Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.records import Agreement, Summit, Understood

KNOWN = frozenset({"id", "url", "published", "title", "text"})


def read_documents(lines: Iterable[bytes], *, name: str) -> Iterator[tuple[int, Document | Failure]]:
    """Read JSON Lines into documents, each with its line number; a bad line becomes a Failure that names it."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, _read_line(line, f"{name}:{number}")


def _read_line(line: bytes, subject: str) -> Document | Failure:
    try:
        found = json.loads(line.decode("utf-8-sig", "surrogatepass"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        return _refuse(subject, "not_json", f"not a line of JSON: {error}", None)
    if not isinstance(found, dict):
        return _refuse(subject, "not_a_document", "a document is a JSON object with id, published, title, text", None)
    return as_document(found, subject)


def as_document(found: Mapping[str, Any], subject: str) -> Document | Failure:
    """Make a document of a JSON object; a Failure says which key is wrong."""
    key = found.get("id")
    if isinstance(key, bool) or not isinstance(key, str | int):
        return _refuse(subject, "not_a_document", "the key id must be a string or a number", None)
    for name, empty in (("text", False), ("title", True), ("url", True)):
        value = found.get(name)
        if not (isinstance(value, str) or (empty and value is None)):
            return _refuse(subject, "not_a_document", f"the key {name} must be a string", key)
    published = found.get("published")
    if not isinstance(published, str) or not _is_time(published):
        return _refuse(subject, "not_a_document", "the key published must be an ISO date or time", key)
    return Document(
        id=str(key),
        url=found.get("url"),
        published=published,
        title=found.get("title"),
        text=found["text"],
        extra={name: value for name, value in found.items() if name not in KNOWN} | {"id": key},
    )


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def published_on(document: Document) -> date:
    """Tell the day on which a document was published, in the zone that it names."""
    return datetime.fromisoformat(document.published).date()


def _refuse(subject: str, kind: str, detail: str, key: str | int | None) -> Failure:
    named = f"{subject} (id {key})" if key is not None else subject
    return Failure(stage="import", subject=named, kind=kind, detail=detail)


def as_record(understood: Understood) -> dict[str, Any]:
    """Make the record of CONTRACT.md of what was understood; unknown keys of the document pass through."""
    annotated = understood.annotated
    record: dict[str, Any] = {"id": annotated.document.id, **annotated.document.extra}
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
        for entity in annotated.entities
    ]
    record["summits"] = [_summit(event) for event in understood.summits]
    record["agreements"] = [_agreement(event) for event in understood.agreements]
    if annotated.language != "ru":
        record["language"] = annotated.language
    if annotated.cut:
        record["cut"] = list(annotated.cut)
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
