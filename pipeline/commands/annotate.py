"""The pipeline as a function: documents in, records out; why they are so; and how good they are."""

from __future__ import annotations

import json
import sys
from collections import deque
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import click

from pipeline.commands.run import workers_option
from pipeline.documents import Refused, as_record, read_documents
from pipeline.engines import understanding
from pipeline.errors import EXIT_DONE, EXIT_LOOK, UsageError
from pipeline.progress import say
from pipeline.records import Document, Failure
from pipeline.store import Store
from pipeline.understand import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.engines import Understand
    from pipeline.settings import Settings

CHUNK = 256  # lines in memory at a time


@click.command()
@click.argument("source", metavar="[IN|-]", type=click.File("rb"), default="-")
@workers_option
@click.pass_obj
def annotate(settings: Settings, source: BinaryIO, workers: int) -> int:
    """Read JSON Lines documents from IN (or standard input), write one JSON record a line, in the same order.

    \b
    In:  {"id": "1", "url": null, "published": "2025-11-13", "title": "…", "text": "…"}
    Out: the id with topics, entities, summits and agreements; a line that is no
         document gives {"id": …, "error": "…"}, and exit code 1 at the end.
    """
    bad = 0
    with understanding("local", settings.home, workers=workers, searchable=False) as understand:
        for record in annotate_lines(understand, source, name=source.name):
            if "error" in record:
                bad += 1
                say(f"svodka: {record['error']}")
            sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    return EXIT_LOOK if bad else EXIT_DONE


def annotate_lines(understand: Understand, lines: Iterable[bytes], *, name: str) -> Iterator[dict[str, Any]]:
    """Make the records of JSON Lines, in their order; a bad line gives a record with its id and the error."""
    told: deque[tuple[int, Document | Refused]] = deque()

    def documents() -> Iterator[Document]:
        for number, found in read_documents(lines, name=name):
            told.append((number, found))
            if isinstance(found, Document):
                yield found

    for answer in understand(documents()):
        yield from _refusals(told)
        number, found = told.popleft()
        assert isinstance(found, Document)
        if isinstance(answer, Failure):
            yield {"id": found.extra["id"], "error": f"{name}:{number}: {answer.detail}"}
        else:
            yield as_record(answer)
    yield from _refusals(told)


def _refusals(told: deque[tuple[int, Document | Refused]]) -> Iterator[dict[str, Any]]:
    """Answer the bad lines that come before the next document."""
    while told and isinstance(refused := told[0][1], Refused):
        told.popleft()
        yield {"id": refused.id, "error": f"{refused.failure.subject}: {refused.failure.detail}"}


@click.command()
@click.argument("gold", type=click.File("rb"))
@click.option("--floors", type=click.File("r", encoding="utf-8"), help="JSON of figures that must not be undercut.")
@click.pass_obj
def evaluate(settings: Settings, gold: BinaryIO, floors: TextIO | None) -> int:
    """Annotate the documents of GOLD, JSON Lines with annotated events, and print how right the result is.

    Precision, recall and F1 of detection, of whole records and of each slot; of topics as well.
    """
    from pipeline.evaluate import Report, add_document, regressions

    reader = Reader.load(settings.home)
    report = Report()
    refused = 0
    documents = read_documents(gold, name=gold.name)
    while chunk := list(islice(documents, CHUNK)):
        good = [found for _, found in chunk if isinstance(found, Document)]
        for found in (found for _, found in chunk if isinstance(found, Refused)):
            click.echo(f"svodka: {found.failure.subject}: {found.failure.detail}", err=True)
            refused += 1
        for document, understood in zip(good, reader.understand(good, searchable=False), strict=True):
            add_document(report, document.extra, as_record(understood), understood.sentences)
    below = list(regressions(report.figures(), json.load(floors))) if floors else []
    if settings.json:
        click.echo(json.dumps(report.figures(), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(report.lines()))
    for line in below:
        click.echo(f"svodka: {line}", err=True)
    return EXIT_LOOK if below or refused else EXIT_DONE


@click.command()
@click.argument("article")
@click.pass_obj
def explain(settings: Settings, article: str) -> int:
    """Show what decided the topics and events of ARTICLE: its number or address in the database, or a JSON file.

    Every candidate with its sentence, the rule that proposed it, the strongest features of the judge, and why each
    slot has its value; for each topic the words that moved it.
    """
    reader = Reader.load(settings.home)
    document = _find_document(settings, article)
    annotated, thoroughly = next(reader.read([document])), next(reader.read([document], gated=False))
    events, topics = reader.events.explain(annotated, thoroughly), reader.topics.explain(annotated)
    if settings.json:
        told = {"topics": asdict(topics), "events": asdict(events)}
        click.echo(json.dumps(told, ensure_ascii=False, indent=1, default=str))
    else:
        click.echo("\n".join((*topics.lines(), "", *events.lines())))
    return EXIT_DONE


def _find_document(settings: Settings, article: str) -> Document:
    path = Path(article)
    try:
        is_file = path.is_file()
    except OSError:  # a name longer than names can be
        is_file = False
    if is_file:
        # A file of one JSON object, on one line or on many.
        found = json.dumps(_parsed(path)).encode()
        _, document = next(read_documents([found], name=path.name), (0, None))
        if isinstance(document, Document):
            return document
        problem = document.failure.detail if document else "it is empty"
        raise UsageError(f"{path} holds no document: {problem}.")
    from pipeline.store.understanding import find_document

    with Store.read(settings.db) as store:
        stored = find_document(store, article)
    if stored is None:
        raise UsageError(
            f"There is no article {article} in {settings.db}, and no such file. `svodka articles` lists them."
        )
    return stored


def _parsed(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise UsageError(f"{path} is not JSON ({error}).") from error
