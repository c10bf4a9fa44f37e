"""Teaching the topic model: choose articles to label, learn from labels, measure."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
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
    from pipeline.topics.make import Measured
    from pipeline.topics.training import Training
    from pipeline.topics.words import Words

SEPARATORS = {"semicolon": ";", "comma": ",", "tab": "\t"}
LISTED = 20  # troubles told one by one
SHORTLIST = 8  # articles looked at for each that is wanted
WORSE_ALL = 0.002  # below this two runs on the same labels differ by chance
WORSE_ONE = 0.01


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

    shop = _Workshop.open(settings)
    chosen = _named(shop.definitions, names)
    known = set(shop.training.keys)
    with Store.read(settings.db) as store:
        articles = [article for article in recent_articles(store, limit=pool) if article.document.url not in known]
    if not articles:
        raise UsageError(f"{settings.db} holds no understood article that is not labelled yet. Run `svodka run` first.")
    rows = _choose(shop, chosen, articles, wanted)
    table = write_table(rows, [topic.name for topic in chosen], SEPARATORS[separator])
    if out:
        out.write_bytes(table)
        say(f"{len(rows)} articles written to {out}")
    else:
        sys.stdout.buffer.write(table)
    return EXIT_DONE


def _choose(
    shop: _Workshop, chosen: Sequence[Definition], articles: Sequence[Any], wanted: int
) -> list[tuple[Document, dict[str, float]]]:
    import numpy as np

    from pipeline.topics.review import choose, unsure

    table = np.array([[article.topics.get(topic.name, np.nan) for topic in chosen] for article in articles])
    if not np.isnan(table).all():
        order = np.argsort(-unsure(np.nan_to_num(table)), kind="stable")[: wanted * SHORTLIST]
    else:
        order = np.arange(len(articles))  # a topic that was never learned: its words decide, so all are read
    documents = [articles[row].document for row in order]
    bags = shop.bags(documents)
    picked = choose(bags, shop.words, chosen, table[order], wanted)
    return [(documents[row], dict(articles[order[row]].topics)) for row in picked]


@topics.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--force", is_flag=True, help="Install the model even if it is worse.")
@click.option("--correct", is_flag=True, help="Where labels contradict older ones, the new ones count.")
@click.option(
    "--group", default="desk", show_default=True, help="A name for these labels, under which figures are told."
)
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
    from pipeline.topics.learn import group_stories
    from pipeline.topics.make import install, tell, validate, write_model

    shop = _Workshop.open(settings)
    taken = shop.take(files, settings, group=group, correct=correct)
    if taken is None:
        return EXIT_LOOK
    training, fresh = taken
    say(f"{len(training)} labelled articles, {int(fresh.sum())} of them new; learning and measuring …")
    stories = group_stories(training.bags, shop.words)
    after = tell(validate(training, shop.words, shop.definitions, stories), training)
    before = after
    if fresh.any():
        found = validate(training, shop.words, shop.definitions, stories, learn_from=~fresh)
        before = tell(found, training)
    worse = _worse(before, after)
    _print_change(before, after, json_wanted=settings.json)
    if worse and not force:
        say(f"Not installed: {worse}. Look at the new labels, or install it all the same with --force.")
        return EXIT_LOOK
    home = out or settings.home / "models" / "topics"
    if out and out.exists():
        raise UsageError(f"{out} exists already; name a new folder.")
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".topics-") as folder:
        made = Path(folder) / "topics"
        write_model(made, training, shop.words, shop.definitions, after, code_version=__version__, stories=stories)
        (made / "topics.yaml").write_bytes((shop.folder / "topics.yaml").read_bytes())
        install(made, home)
    say(f"Installed in {home}. `svodka redo topics` tells the archive's topics anew.")
    return EXIT_DONE


@topics.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def evaluate(settings: Settings, file: Path | None) -> int:
    """Measure the installed model on labelled FILE; without FILE, print the figures of its card."""
    import numpy as np

    from pipeline.topics import Topics
    from pipeline.topics.labels import as_training, read_labels
    from pipeline.topics.measure import measure, plain
    from pipeline.topics.model import CUT

    model = Topics.load(settings.find("models/topics"))
    for name in model.untrained:
        say(f"topics.yaml declares {name}, which was never learned: label articles and run `svodka topics train`.")
    if file is None:
        figures = model.card["figures"]["all"]
        _print_figures(figures, json_wanted=settings.json)
        return EXIT_DONE
    with _finder(settings) as find:
        found, troubles = _sort(read_labels(file, model.names, find))
    _tell_troubles(troubles)
    if not found:
        raise UsageError(f"{file} holds no labelled article.")
    shop = _Workshop.open(settings)
    learned = set(shop.training.keys)
    if seen := sum(one.key in learned for one in found):
        say(f"{seen} of {len(found)} articles were learned from; figures over them flatter.")
    answers = model.predict(list(shop.read([one.document for one in found])))
    table = np.array([[answer[name] for name in model.names] for answer in answers])
    labels = as_training(found, shop.bags([]), model.names, "").labels
    _print_figures(plain(measure(table, labels, model.names, CUT)), json_wanted=settings.json)
    return EXIT_LOOK if troubles else EXIT_DONE


@dataclass(slots=True)
class _Workshop:
    """What learning needs: words, declared topics, known labels, and a reader of words."""

    folder: Path
    words: Words
    definitions: tuple[Definition, ...]
    training: Training
    gazetteer: Path
    _annotate: Callable[[Iterable[Document]], Iterator[Annotated]] | None = None

    @classmethod
    def open(cls, settings: Settings) -> _Workshop:
        from pipeline.topics.card import read_words
        from pipeline.topics.definitions import read_definitions
        from pipeline.topics.training import Training

        folder = settings.find("models/topics")
        words = read_words(folder)
        definitions = read_definitions(folder / "topics.yaml")
        known = Training.read(folder / "training.npz", len(words.names))
        return cls(
            folder,
            words,
            definitions,
            known.for_topics([topic.name for topic in definitions]),
            settings.find("models/gazetteer"),
        )

    def read(self, documents: Iterable[Document]) -> Iterator[Annotated]:
        if self._annotate is None:
            from pipeline.annotate import Annotator

            annotator = Annotator.load(self.gazetteer)
            self._annotate = lambda found: annotator.annotate(found, depth=lambda _: Depth.TOKENS)
        return self._annotate(documents)

    def bags(self, documents: Sequence[Document]) -> Any:  # noqa: ANN401 - Bags, which are imported when needed
        from pipeline.topics.words import Bags

        with progress("reading", len(documents)) as done:
            bags = []
            for annotated in self.read(documents) if documents else ():
                bags.append(self.words.bag(annotated.sentences))
                done(1)
        return Bags.of(bags, len(self.words.names))

    def take(self, files: Sequence[Path], settings: Settings, *, group: str, correct: bool) -> Any:  # noqa: ANN401
        """Read labelled files: all labels and which of them are new, or None where they contradict."""
        import numpy as np

        from pipeline.topics.labels import as_training, compare, read_labels

        names = [topic.name for topic in self.definitions]
        with _finder(settings) as find:
            found, troubles = _sort(line for file in files for line in read_labels(file, names, find))
        _tell_troubles(troubles)
        if troubles:
            say("Nothing was learned. Mend the lines named above.")
            return None
        if not found:
            return self.training, np.zeros(len(self.training), bool)
        new = as_training(found, self.bags([one.document for one in found]), names, group)
        compared = compare(self.training, new, found, self.words)
        if compared.contradictions and not correct:
            _tell_troubles(compared.contradictions)
            say("Nothing was learned. Mend the labels, or let the new ones count with --correct.")
            return None
        kept = self.training.take(~compared.corrected)
        joined = kept.joined(new.take(compared.rows))
        return joined, np.arange(len(joined)) >= len(kept)


def _finder(settings: Settings) -> Any:  # noqa: ANN401
    from contextlib import contextmanager

    @contextmanager
    def opened() -> Iterator[Callable[[str], Document | None]]:
        if not settings.db.exists():
            yield lambda _: None
            return
        from pipeline.store.understanding import find_document

        with Store.read(settings.db) as store:
            yield lambda name: find_document(store, name)

    return opened()


def _named(definitions: Sequence[Definition], names: Sequence[str]) -> list[Definition]:
    known = {topic.name: topic for topic in definitions}
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"topics.yaml declares no topic {unknown[0]}; it has {', '.join(known)}.")
    return [known[name] for name in dict.fromkeys(names)] or list(definitions)


def _sort(lines: Iterable[Labelled | str]) -> tuple[list[Labelled], list[str]]:
    found: list[Labelled] = []
    troubles: list[str] = []
    for line in lines:
        if isinstance(line, str):
            troubles.append(line)
        else:
            found.append(line)
    return found, troubles


def _tell_troubles(troubles: Sequence[str]) -> None:
    for trouble in troubles[:LISTED]:
        say(f"svodka: {trouble}")
    if len(troubles) > LISTED:
        say(f"svodka: and {len(troubles) - LISTED} more")


def _macros(before: Measured, after: Measured) -> tuple[float, float]:
    """Give macro F1 before and after over the topics that were known before."""
    from pipeline.topics.measure import macro_f1

    both = [name for name in after.every if name in before.every]
    return macro_f1({name: before.every[name] for name in both}), macro_f1({name: after.every[name] for name in both})


def _worse(before: Measured, after: Measured) -> str:
    old, new = _macros(before, after)
    if new < old - WORSE_ALL:
        return "macro F1 falls"
    fallen = [
        name for name, one in after.every.items() if name in before.every and one.f1 < before.every[name].f1 - WORSE_ONE
    ]
    return f"{fallen[0]} falls by more than {WORSE_ONE}" if fallen else ""


def _print_change(before: Measured, after: Measured, *, json_wanted: bool) -> None:
    from pipeline.topics.measure import plain

    if json_wanted:
        told = {"before": plain(dict(before.every)), "after": plain(dict(after.every))}
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    click.echo(
        f"{'topic':12} {'articles':>8} {'has':>5} {'F1 before':>10} {'after':>7} {'change':>7} {'calibration':>12}"
    )
    for name, one in after.every.items():
        known = name in before.every
        old = f"{before.every[name].f1:10.3f}" if known else f"{'new':>10}"
        change = f"{one.f1 - before.every[name].f1:+7.3f}" if known else " " * 7
        click.echo(f"{name:12} {one.articles:8} {one.has:5} {old} {one.f1:7.3f} {change} {one.calibration_error:12.3f}")
    was, now = _macros(before, after)
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
