"""Training the judge of summit and agreement mentions."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.events.judge import Judge
    from pipeline.events.training import Example
    from pipeline.settings import Settings


@click.group()
def events() -> None:
    """Learn the judge of summit and agreement mentions from annotated articles."""


@events.command()
@click.argument("gold", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--corpora",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of the texts that models/events/annotations speaks of.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Where to write.  [default: models/events]"
)
@click.option(
    "--found", type=click.File("w", encoding="utf-8"), help="Write the cross-validated mentions as JSON Lines."
)
@click.pass_obj
def train(settings: Settings, gold: tuple[Path, ...], corpora: Path | None, out: Path | None, found: Any) -> None:  # noqa: ANN401
    """Train the judge on annotated articles, measure it by cross-validation over GOLD, and write it with its card.

    GOLD are JSON Lines of documents with their summits and agreements. With --corpora, the articles of
    models/events/annotations are learned from too; the examples beside the lexicon always are. Neither is measured.
    From most articles of these corpora the gate is learned, which tells what is worth parsing; without them every
    sentence with a word of the lexicon is parsed.
    """
    from pipeline.events import agreements, summits
    from pipeline.events.annotations import annotated_articles
    from pipeline.events.judge import Judge, save
    from pipeline.events.training import THRESHOLDS, collect, fit_appraisal, learn, prepare, prepare_examples
    from pipeline.events.validation import validate

    articles = list(_read(gold))
    known = {article["id"] for article in articles}
    more = list(annotated_articles(settings.find("models/events/annotations"), corpora)) if corpora else []
    more = [article for article in more if article["id"] not in known]
    measured = prepare(articles, settings.find("models/gazetteer"))
    written = prepare_examples((summits.EXAMPLES, agreements.EXAMPLES), settings.find("models/gazetteer"))
    extra = prepare(more, settings.find("models/gazetteer"))
    _say(f"{len(measured)} articles to measure on, {len(more)} more and {len(written)} examples to learn from")
    validation = validate(measured, extra, written, _say)
    everything = [*measured, *extra, *written]
    learned = learn({**collect(everything), **validation.second}, examples=everything)
    appraisals = {task: fit_appraisal(*data) for task, data in validation.appraisals.items()}
    digest = _digest(articles, more, written)
    judge = Judge(
        version=f"events-{digest[:10]}",
        scorers={**learned, **appraisals},
        thresholds={**THRESHOLDS, **validation.thresholds},
    )
    card = {
        "task": "summit and agreement mentions: candidates to events, kinds, statuses, slots",
        "data": {
            "digest": digest,
            "articles": len(measured),
            "more_articles": len(more),
            "examples": len(written),
            "summits": sum(len(e.events("summit")) for e in everything),
            "agreements": sum(len(e.events("agreement")) for e in everything),
        },
        "versions": _versions(),
        "measured": "five-fold cross-validation over the articles; the threshold of a fold is chosen on the others",
        "scores": validation.figures,
        "curve": validation.curve,
        "reliability": validation.reliability,
    }
    if corpora:
        judge, card["gate"] = _with_gate(settings, judge, corpora, articles)
    save(judge, out or settings.find("models/events"), card)
    if found is not None:
        for name, events_found in sorted(validation.found.items()):
            found.write(json.dumps({"id": name, **events_found}, ensure_ascii=False, default=asdict) + "\n")
    click.echo(json.dumps(card["scores"], ensure_ascii=False, indent=1) if settings.json else "\n".join(_table(card)))


@events.command()
@click.argument("gold", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--corpora",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of the texts that models/events/annotations speaks of.",
)
@click.pass_obj
def gate(settings: Settings, gold: tuple[Path, ...], corpora: Path) -> None:
    """Learn again which sentences are worth parsing, from what the judge of models/events finds in the corpora.

    `svodka events train` does it too. Articles of GOLD are not learned from; on them it is measured.
    """
    from pipeline.events.judge import load, read_card, save

    folder = settings.find("models/events")
    judge, told = _with_gate(settings, load(folder), corpora, list(_read(gold)))
    save(judge, folder, {**read_card(folder), "version": judge.version, "gate": told})
    click.echo(json.dumps(told, indent=1) if settings.json else "\n".join(f"{k:12} {v}" for k, v in told.items()))


EVERY = 8  # so manyth article of the corpora is left to measure on; the others, some 58,000, teach the gate


def _with_gate(
    settings: Settings, judge: Judge, corpora: Path, articles: Sequence[Mapping[str, Any]]
) -> tuple[Judge, dict[str, Any]]:
    from pipeline.annotate import Annotator
    from pipeline.events.annotations import most_articles
    from pipeline.events.distil import add_gate
    from pipeline.events.training import as_document

    measured = {article["id"] for article in articles}
    most = most_articles(settings.find("models/events/annotations"), corpora, EVERY)
    documents = (as_document(article) for article in most if article["id"] not in measured)
    annotator = Annotator.load(settings.find("models/gazetteer"))
    _say("learning from the corpora which sentences are worth parsing")
    try:
        return add_gate(judge, documents, [*map(as_document, articles)], annotator)
    except ValueError as error:
        raise UsageError(f"{corpora}: {error}.") from None


def _read(paths: Iterable[Path]) -> Iterable[dict[str, Any]]:
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                article = json.loads(line)
            except json.JSONDecodeError as error:
                raise UsageError(f"{path}:{number}: not a line of JSON: {error}") from None
            if not isinstance(article, dict) or not {"id", "published", "text", "summits", "agreements"} <= set(
                article
            ):
                raise UsageError(f"{path}:{number}: an annotated article has id, published, text, summits, agreements")
            yield article


def _digest(
    articles: Sequence[Mapping[str, Any]], more: Sequence[Mapping[str, Any]], written: Sequence[Example]
) -> str:
    whole = hashlib.sha256()
    for article in (*articles, *more):
        whole.update(json.dumps([article[k] for k in ("id", "text", "summits", "agreements")], sort_keys=True).encode())
    for example in written:
        whole.update(example.prepared.reading.body.encode())
    return whole.hexdigest()


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    used = ("scikit-learn", "numpy", "natasha", "slovnet")
    return {"python": sys.version.split()[0]} | {name: version(name) for name in used}


def _table(card: Mapping[str, Any]) -> Iterable[str]:
    for family, figures in card["scores"].items():
        yield f"{family}: " + "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
        yield "  threshold  detection p / r / f1    record p / r / f1"
        for row in card["curve"][family]:
            detection = " / ".join(f"{row[f'detection_{key}']:.3f}" for key in "prf")
            record = " / ".join(f"{row[f'record_{key}']:.3f}" for key in "prf")
            yield f"  {row['threshold']:.2f}       {detection}   {record}"
        yield "  confidence  mentions  mean   right"
        for row in card["reliability"][family]:
            band = f"  {row['from']:.1f}-{row['to']:.1f}"
            yield f"{band}     {row['mentions']:6}    {row['confidence']:.3f}  {row['right']:.3f}"


def _say(text: str) -> None:
    click.echo(text, err=True)
