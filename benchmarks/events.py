"""What everything costs beside names alone: events, topics and the written record on top of reading, in CPU time.

    python benchmarks/events.py CORPUS... [--number 700] [--rounds 4]

A corpus is JSON Lines, plain or gzipped; the articles of all corpora are mixed. Each round has articles of its own that
neither side has seen; who goes first changes from round to round; before each measurement the caches are emptied and
filled again with other articles, as in the middle of a night. Times are CPU seconds of one process, one BLAS thread.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import json
import sys
from functools import partial
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(HOME), str(HOME / "benchmarks")]

import click  # noqa: E402
from annotate import EVERY, read, timed  # noqa: E402

from pipeline.batches import BATCH  # noqa: E402
from pipeline.documents import as_record  # noqa: E402
from pipeline.records import Agreement, Depth, Summit  # noqa: E402
from pipeline.understand import Reader, sum_up  # noqa: E402


class Sides:
    """Names alone, everything, and everything stage by stage, each as a function of documents."""

    def __init__(self):
        self.reader = Reader.load(HOME)

    def names(self, documents):
        list(self.reader.annotator.annotate(documents, depth=lambda _: Depth.TOKENS))

    def everything(self, documents):
        for one in self.reader.try_to_understand(documents, searchable=False):
            json.dumps(as_record(one), ensure_ascii=False)

    def stages(self, documents):
        """Give the seconds of each stage; together they are what `everything` does."""
        reader = self.reader
        batches = [slice(at, at + BATCH) for at in range(0, len(documents), BATCH)]
        annotated, found, topics, marked = [], [], [], []

        def record():
            for one, topic, events in zip(annotated, topics, marked, strict=True):
                whole = sum_up(
                    one,
                    topics=topic,
                    summits=tuple(event for event in events if isinstance(event, Summit)),
                    agreements=tuple(event for event in events if isinstance(event, Agreement)),
                    model_version="",
                    searchable=False,
                )
                json.dumps(as_record(whole), ensure_ascii=False)

        work = {
            "reading, with syntax where asked": lambda: annotated.extend(reader.read(documents)),
            "events": lambda: [
                found.extend((*one, *other) for one, other in reader.events.find_each(annotated[part]))
                for part in batches
            ],
            "topics of articles": lambda: [topics.extend(reader.topics.predict(annotated[part])) for part in batches],
            "topics of events": lambda: [
                marked.extend(reader.topics.mark_each(annotated[part], found[part])) for part in batches
            ],
            "records": record,
        }
        return {name: timed(one) for name, one in work.items()}


@click.command(help=__doc__)
@click.argument("corpora", nargs=-1, type=Path, required=True)
@click.option("--number", default=700, help="Articles of each round.")
@click.option("--rounds", default=4)
def main(corpora, number, rounds):
    sides = Sides()
    before = read(corpora, number, EVERY - 1)
    seconds, stages, size, count, ratios = {}, {}, 0, 0, []
    for turn in range(rounds):
        documents = read(corpora, number, turn)
        size += sum(len(one.body) for one in documents)
        count += len(documents)
        now = {}
        for name in ("names", "everything", "stages")[:: -1 if turn % 2 else 1]:
            sides.reader.annotator.forget()
            sides.everything(before)
            if name == "stages":
                for stage, spent in sides.stages(documents).items():
                    stages[stage] = stages.get(stage, 0.0) + spent
            else:
                now[name] = timed(partial(getattr(sides, name), documents))
                seconds[name] = seconds.get(name, 0.0) + now[name]
        ratios.append(now["everything"] / now["names"])
    print(f"{count} articles of {size / count:.0f} characters on average")
    for name, spent in {**seconds, **stages}.items():
        print(f"{name:34} {1e6 * spent / size:6.2f} ms / 1000 characters")
    spread = f"{min(ratios):.2f} to {max(ratios):.2f} by round"
    print(f"everything / names alone: {seconds['everything'] / seconds['names']:.2f} ({spread})")


if __name__ == "__main__":
    main()
