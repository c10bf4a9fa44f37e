"""Articles labelled by people: the desk's CSV and JSON Lines, and the contradictions among them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.documents import read_documents
from pipeline.records import Document
from pipeline.topics.training import UNJUDGED, Training
from pipeline.topics.words import Bags, weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.topics.words import Words

READ_COLUMN = "read"
YES = frozenset({"1", "x", "х", "+", "да", "yes", "y", "true"})
NO = frozenset({"", "0", "-", "нет", "no", "n", "false"})
UNSURE = frozenset({"?"})
SAME_TEXT = 0.95  # cosine of weighted words from which two articles carry one text
SHOWN = 80  # characters of a title in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """An article and the topics that a person gave it; topics not in `judged` were left open."""

    key: str  # its address, else its identifier
    source: str  # the outlet
    where: str  # file and line, for messages
    document: Document
    judged: Mapping[str, bool]


def read_labels(path: Path, topics: Sequence[str], find: Callable[[str], Document | None]) -> Iterator[Labelled | str]:
    """Read a labelled file; what cannot be taken comes as a sentence that says where and why.

    `find` gives a stored article by its address or number, for the texts that a CSV does not carry whole.
    """
    content = path.read_bytes()
    if path.suffix.lower() in {".jsonl", ".json", ".ndjson"}:
        yield from _read_json_lines(content, path.name, topics)
    else:
        yield from _read_table(content, path.name, topics, find)


def _read_json_lines(content: bytes, name: str, topics: Sequence[str]) -> Iterator[Labelled | str]:
    for number, found in read_documents(io.BytesIO(content), name=name):
        where = f"{name}:{number}"
        if not isinstance(found, Document):
            yield f"{where}: {found.failure.detail}"
            continue
        named = found.extra.get("topics")
        judged = found.extra.get("judged", list(topics))
        if isinstance(named, dict):  # as `svodka annotate` writes them
            named = [topic for topic, probability in named.items() if float(probability) >= 0.5]  # noqa: PLR2004
        if not isinstance(named, list) or not isinstance(judged, list):
            yield f'{where}: expected the key topics with a list, such as [] or ["energy"]'
            continue
        if unknown := sorted(set(map(str, named)) - set(topics)):
            yield f"{where}: topics.yaml declares no topic {unknown[0]}"
            continue
        yield Labelled(
            key=found.id,
            source=str(found.extra.get("source") or _outlet(found.url)),
            where=where,
            document=found,
            judged={topic: topic in named for topic in topics if topic in judged},
        )


def _read_table(
    content: bytes, name: str, topics: Sequence[str], find: Callable[[str], Document | None]
) -> Iterator[Labelled | str]:
    try:
        text = _decode(content)
        first = text.partition("\n")[0]
        separator = max(";,\t", key=first.count)
        rows = csv.DictReader(io.StringIO(text), delimiter=separator)
        columns = [column.strip().lower() for column in rows.fieldnames or ()]
        rows.fieldnames = columns
    except (UnicodeDecodeError, csv.Error) as error:
        yield f"{name}: cannot be read as CSV: {error}"
        return
    missing = sorted({"article", READ_COLUMN} - set(columns))
    given = [topic for topic in topics if topic in columns]
    if missing or not given:
        what = f"column {missing[0]}" if missing else f"column of a topic ({', '.join(topics)})"
        yield f"{name}: has no {what}; is it a file that `svodka topics review` wrote?"
        return
    for row in rows:
        where = f"{name}:{rows.line_num}"
        if (row.get(READ_COLUMN) or "").strip().lower() in NO:
            continue
        key = (row.get("url") or "").strip() or (row.get("article") or "").strip()
        document = find(key)
        if document is None:
            yield f"{where}: there is no article {key} in the database"
            continue
        marks = {topic: (row.get(topic) or "").strip().lower() for topic in given}
        if wrong := [f"{topic} {mark!r}" for topic, mark in marks.items() if mark not in YES | NO | UNSURE]:
            yield f"{where}: expected 1, 0 or ? in column {wrong[0]}"
            continue
        yield Labelled(
            key=document.url or document.id,
            source=_outlet(document.url),
            where=where,
            document=document,
            judged={topic: mark in YES for topic, mark in marks.items() if mark not in UNSURE},
        )


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8", "cp1251"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8")


def _outlet(url: str | None) -> str:
    return (url or "").partition("://")[2].partition("/")[0].removeprefix("www.") or "unknown"


def as_training(found: Sequence[Labelled], bags: Bags, topics: Sequence[str], group: str) -> Training:
    """Make a training set of labelled articles and their words."""
    labels = np.full((len(found), len(topics)), UNJUDGED, np.int8)
    for row, one in enumerate(found):
        for column, topic in enumerate(topics):
            if topic in one.judged:
                labels[row, column] = int(one.judged[topic])
    return Training(
        topics=tuple(topics),
        keys=tuple(one.key for one in found),
        sources=tuple(one.source for one in found),
        groups=(group,) * len(found),
        labels=labels,
        bags=bags,
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """How new labels go with each other and with those known: `rows` of the new ones that tell something new."""

    rows: NDArray[np.int64]
    corrected: NDArray[np.bool_]  # of the known articles: those that the new labels contradict
    contradictions: tuple[str, ...]  # a sentence each


def compare(known: Training, new: Training, found: Sequence[Labelled], words: Words) -> Compared:
    """Find new labels that contradict each other or known ones, for one article or for one text."""
    share, _ = weigh(known.bags.joined(new.bags), words.rarity)
    fresh = share[len(known) :]
    near = (fresh @ share.T).tocoo()
    at_key: dict[str, list[int]] = {}
    for row, key in enumerate((*known.keys, *new.keys)):
        at_key.setdefault(key, []).append(row)
    labels = np.concatenate([known.labels, new.labels])
    same: dict[int, set[int]] = {row: set() for row in range(len(new))}
    for row, other, alike in zip(near.row, near.col, near.data, strict=True):
        if alike >= SAME_TEXT:
            same[int(row)].add(int(other))
    corrected = np.zeros(len(known), bool)
    told, rows = [], []
    for row, one in enumerate(found):
        own = len(known) + row
        others = sorted((same[row] | set(at_key[one.key])) - {own})
        earlier = [other for other in others if other < own]
        clashes = [(other, column) for other in earlier for column in _clashes(labels[own], labels[other])]
        for other, column in clashes:
            place = found[other - len(known)].where if other >= len(known) else f"known article {known.keys[other]}"
            if other < len(known):
                corrected[other] = True
            title = (one.document.title or one.document.text)[:SHOWN]
            told.append(
                f"{one.where}: {new.topics[column]} is {_word(labels[own, column])} here "
                f"but {_word(labels[other, column])} in {place}: {title}"
            )
        known_before = np.any(labels[earlier] >= 0, axis=0) if earlier else np.zeros(labels.shape[1], bool)
        if clashes or ((labels[own] >= 0) & ~known_before).any():
            rows.append(row)
    return Compared(np.array(rows, np.int64), corrected, tuple(told))


def _clashes(one: NDArray[np.int8], other: NDArray[np.int8]) -> list[int]:
    return [int(column) for column in np.flatnonzero((one >= 0) & (other >= 0) & (one != other))]


def _word(label: int) -> str:
    return "1" if label == 1 else "0"


def write_table(rows: Sequence[tuple[Document, Mapping[str, float]]], topics: Sequence[str], separator: str) -> bytes:
    """Write articles to be labelled as a CSV that Excel opens: UTF-8 with a mark, CRLF, no cell taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow(["article", "published", READ_COLUMN, *topics, "model", "title", "text", "url"])
    for document, probabilities in rows:
        model = ", ".join(f"{topic} {probability:.2f}" for topic, probability in probabilities.items())
        writer.writerow(
            [
                document.id,
                document.published[:10],
                "",
                *("" for _ in topics),
                model,
                _cell(document.title or ""),
                _cell(document.text),
                document.url or "",
            ]
        )
    return out.getvalue().encode("utf-8-sig")


LONGEST_CELL = 8000  # Excel takes 32,767 characters and shows far fewer


def _cell(text: str) -> str:
    flat = " ".join(text.split())[:LONGEST_CELL]
    return f"'{flat}" if flat[:1] in {"=", "+", "-", "@"} else flat
