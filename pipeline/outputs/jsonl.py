"""Records as JSON: one object a line, or one object with a list; keys are English, as in the tables."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.store.asking import Found, Listed


def event_record(event: Listed) -> dict[str, Any]:
    """Make the record of a meeting or agreement."""
    row = asdict(event)
    del row["family"], row["sentences"]
    if event.family == "summit":
        del row["amount"], row["currency"]
    else:
        row["subject"], row["date"] = row.pop("name"), row.pop("start")
        del row["end"]
    return row


def article_record(article: Found) -> dict[str, Any]:
    """Make the record of an article, without its text."""
    row = asdict(article)
    del row["text"]
    return row


def write_jsonl(records: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Write one record a line."""
    for record in records:
        yield _dump(record) + b"\n"


def write_json(name: str, records: Iterable[Mapping[str, Any]], **more: object) -> Iterator[bytes]:
    """Write one object that says what it is and holds the records, one a line."""
    yield b'{"schema": ' + _dump(f"svodka.{name}.1")
    for key, value in more.items():
        yield b", " + _dump(key) + b": " + _dump(value)
    yield b", " + _dump(name) + b": [\n"
    for number, record in enumerate(records):
        yield (b",\n" if number else b"") + _dump(record)
    yield b"\n]}\n"


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
