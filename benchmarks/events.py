"""CPU time of the event finder beside that of name recognition alone, on the same articles, in one process.

python benchmarks/events.py CORPUS.jsonl.gz [COUNT]
"""

import gzip
import json
import sys
import time
from itertools import islice

from pipeline.annotate import Annotator
from pipeline.events import Events
from pipeline.events.lexicon import may_hold_event
from pipeline.records import Depth, Document
from pipeline.settings import shipped


def documents(path, count):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in islice(lines, 0, count * 7, 7):
            row = json.loads(line)
            yield Document(
                id=row["id"], url=row["url"], published=row["published"], title=row["title"], text=row["text"],
                extra={"source": row["source"]},
            )  # fmt: skip


def cpu(work):
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1500
    articles = list(documents(sys.argv[1], count))
    annotator, events = Annotator.load(shipped("models/gazetteer")), Events.load(shipped("models/events"))
    list(
        annotator.annotate(articles, depth=may_hold_event)
    )  # words met once are remembered: measure the second reading
    names, _ = cpu(lambda: list(annotator.annotate(articles, depth=lambda _: Depth.TOKENS)))
    reading, annotated = cpu(lambda: list(annotator.annotate(articles, depth=may_hold_event)))
    finding, found = cpu(lambda: [events.find(one) for one in annotated])
    summits, agreements = (sum(len(pair[i]) for pair in found) for i in (0, 1))
    print(f"{len(articles)} articles, {sum(len(a.text) for a in articles) / len(articles):.0f} characters on average")
    print(f"names alone {names:.1f} s, with syntax where asked {reading:.1f} s, events {finding:.1f} s")
    print(f"events and syntax over names alone: {(reading + finding) / names:.2f}")
    print(f"{summits} summit and {agreements} agreement mentions")


if __name__ == "__main__":
    main()
