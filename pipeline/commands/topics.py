"""Teaching the topic model: choose articles to label, learn from labels, measure."""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import __version__
from pipeline.errors import EXIT_DONE, EXIT_LOOK, UsageError
from pipeline.progress import progress, say
from pipeline.records import Depth
from pipeline.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pipeline.records import Annotated, Document
    from pipeline.settings import Settings
    from pipeline.topics.definitions import Definition
    from pipeline.topics.labels import Labelled
    from pipeline.topics.workshop import Learned, Workshop

SEPARATORS = {"semicolon": ";", "comma": ",", "tab": "\t"}
LISTED = 20  # troubles told one by one


@click.group()
def topics() -> None:
    """Teach the topic model: choose articles to label, learn from the labels, measure."""


@topics.command()
@click.option("--n", "wanted", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many articles.")
@click.option("--topic", "names", multiple=True, metavar="NAME", help="Only for this topic; can be repeated.")
@click.option("--pool", type=click.IntRange(1), default=5000, show_default=True, help="Newest articles to choose from.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.  [default: stdout]")
@click.option(
    "--separator",
    type=click.Choice(sorted(SEPARATORS)),
    default="semicolon",
    show_default=True,
    help="Excel with English settings wants comma.",
)
@click.pass_obj
def review(
    settings: Settings, *, wanted: int, names: tuple[str, ...], pool: int, out: Path | None, separator: str
) -> int:
    """Write a CSV for Excel with the articles of the database that are most worth labelling.

    Read an article, write 1 into the column of each topic that it has, and x into the column `read`; write ? where
    you cannot tell. Rows without x are left aside. Then: svodka topics train FILE.
    """
    from pipeline.store.topics import recent_articles
    from pipeline.topics.labels import write_table

    shop = _open(settings)
    chosen = _named(shop.definitions, names)
    known = set(shop.training.keys)
    with Store.read(settings.db) as store:
        articles = [article for article in recent_articles(store, limit=pool) if article.document.url not in known]
    if not articles:
        raise UsageError(f"{settings.db} holds no understood article that is not labelled yet. Run `svodka run` first.")
    rows = shop.choose(chosen, articles, wanted)
    table = write_table(rows, [topic.name for topic in chosen], SEPARATORS[separator])
    if out:
        out.write_bytes(table)
        say(f"{len(rows)} articles written to {out}")
    else:
        sys.stdout.buffer.write(table)
    return EXIT_DONE


@topics.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--force", is_flag=True, help="Install the model even if it is worse.")
@click.option("--correct", is_flag=True, help="Where labels contradict older ones, the new ones count.")
@click.option("--group", default="desk", show_default=True, help="A name for these labels; figures are told for each.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write the model to a new folder instead."
)
@click.pass_obj
def train(
    settings: Settings, files: tuple[Path, ...], group: str, out: Path | None, *, force: bool, correct: bool
) -> int:
    """Learn from labelled FILEs and from all labels known before, and install the model if it is no worse.

    FILE is a CSV that `svodka topics review` wrote and a person filled in, or JSON Lines of documents with a list
    `topics`. Without FILE the model learns anew, as after a change of topics.yaml. The old model stays beside the
    new one as `topics.previous`.
    """
    from pipeline.topics.make import install, write_model

    if out and out.exists():
        raise UsageError(f"{out} exists already; name a new folder.")
    shop = _open(settings)
    found, troubles = _read_labels(settings, files, [topic.name for topic in shop.definitions])
    if troubles:
        _tell(troubles)
        say("Nothing was learned. Mend the lines named above.")
        return EXIT_LOOK
    taken = shop.take(found, group=group, correct=correct)
    if taken.contradictions:
        _tell(taken.contradictions)
        say("Nothing was learned. Mend the labels, or let the new ones count with --correct.")
        return EXIT_LOOK
    say(f"{len(taken.training)} labelled articles, {int(taken.fresh.sum())} of them new; learning and measuring …")
    learned = shop.learn(taken)
    _print_change(learned, json_wanted=settings.json)
    if (worse := learned.worse()) and not force:
        say(f"Not installed: {worse}. Look at the new labels, or install it all the same with --force.")
        return EXIT_LOOK
    home = out or settings.home / "models" / "topics"
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".topics-") as folder:
        made = Path(folder) / "topics"
        write_model(
            made,
            taken.training,
            shop.words,
            shop.definitions,
            learned.after,
            code_version=__version__,
            stories=learned.stories,
        )
        (made / "topics.yaml").write_bytes((shop.folder / "topics.yaml").read_bytes())
        install(made, home)
    say(f"Installed in {home}. `svodka redo topics` tells the archive's topics anew.")
    return EXIT_DONE


@topics.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def evaluate(settings: Settings, file: Path | None) -> int:
    """Measure the installed model on labelled FILE; without FILE, print the figures of its card."""
    from pipeline.topics import Topics

    model = Topics.load(settings.find("models/topics"))
    for name in model.untrained:
        say(f"topics.yaml declares {name}, which was never learned: label articles and run `svodka topics train`.")
    if file is None:
        _print_figures(model.card["figures"]["all"], json_wanted=settings.json)
        return EXIT_DONE
    found, troubles = _read_labels(settings, [file], model.names)
    _tell(troubles)
    if not found:
        raise UsageError(f"{file} holds no labelled article.")
    shop = _open(settings)
    learned = set(shop.training.keys)
    if seen := sum(one.key in learned for one in found):
        say(f"{seen} of {len(found)} articles were learned from; figures over them flatter.")
    _print_figures(shop.evaluate(model, found), json_wanted=settings.json)
    return EXIT_LOOK if troubles else EXIT_DONE


def _open(settings: Settings) -> Workshop:
    from pipeline.topics.workshop import Workshop

    def read(documents: Iterable[Document]) -> Iterator[Annotated]:
        from pipeline.annotate import Annotator

        annotator = Annotator.load(settings.find("models/gazetteer"))
        with progress("reading") as done:
            for annotated in annotator.annotate(documents, depth=lambda _: Depth.TOKENS):
                yield annotated
                done(1)

    return Workshop.open(settings.find("models/topics"), read)


def _read_labels(settings: Settings, files: Iterable[Path], names: Sequence[str]) -> tuple[list[Labelled], list[str]]:
    from pipeline.topics.labels import read_labels

    found: list[Labelled] = []
    troubles: list[str] = []
    with _finder(settings) as find:
        for file in files:
            for line in read_labels(file, names, find):
                if isinstance(line, str):
                    troubles.append(line)
                else:
                    found.append(line)
    return found, troubles


@contextmanager
def _finder(settings: Settings) -> Iterator[Callable[[str], Document | None]]:
    if not settings.db.exists():
        yield lambda _: None
        return
    from pipeline.store.understanding import find_document

    with Store.read(settings.db) as store:
        yield lambda name: find_document(store, name)


def _named(definitions: Sequence[Definition], names: Sequence[str]) -> list[Definition]:
    known = {topic.name: topic for topic in definitions}
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"topics.yaml declares no topic {unknown[0]}; it has {', '.join(known)}.")
    return [known[name] for name in dict.fromkeys(names)] or list(definitions)


def _tell(troubles: Sequence[str]) -> None:
    for trouble in troubles[:LISTED]:
        say(f"svodka: {trouble}")
    if len(troubles) > LISTED:
        say(f"svodka: and {len(troubles) - LISTED} more")


def _print_change(learned: Learned, *, json_wanted: bool) -> None:
    from pipeline.topics.measure import plain

    before, after = learned.before.every, learned.after.every
    if json_wanted:
        click.echo(json.dumps({"before": plain(before), "after": plain(after)}, ensure_ascii=False, indent=1))
        return
    click.echo(
        f"{'topic':12} {'articles':>8} {'has':>5} {'F1 before':>10} {'after':>7} {'change':>7} {'calibration':>12}"
    )
    for name, one in after.items():
        known = name in before
        old = f"{before[name].f1:10.3f}" if known else f"{'new':>10}"
        change = f"{one.f1 - before[name].f1:+7.3f}" if known else " " * 7
        click.echo(f"{name:12} {one.articles:8} {one.has:5} {old} {one.f1:7.3f} {change} {one.calibration_error:12.3f}")
    was, now = learned.macros()
    click.echo(f"{'macro':12} {'':8} {'':5} {was:10.3f} {now:7.3f} {now - was:+7.3f}")


def _print_figures(figures: dict[str, Any], *, json_wanted: bool) -> None:
    if json_wanted:
        click.echo(json.dumps(figures, ensure_ascii=False, indent=1))
        return
    click.echo(f"{'topic':12} {'articles':>8} {'has':>5} {'precision':>10} {'recall':>7} {'F1':>6} {'calibration':>12}")
    for name, one in figures["topics"].items():
        click.echo(
            f"{name:12} {one['articles']:8} {one['has']:5} {one['precision']:10.3f} {one['recall']:7.3f} "
            f"{one['f1']:6.3f} {one['calibration_error']:12.3f}"
        )
    click.echo(f"{'macro':12} {'':8} {'':5} {'':10} {'':7} {figures['macro_f1']:6.3f}")
