"""Make models/topics/training.npz of the labelled articles, whose texts lie outside the repository.

    python benchmarks/topics_data.py ../shared            then: svodka topics train

Three labellings: `corpus` (corpora/topics_labelled), `development` (eval/dev) and `reading`, the articles of
models/topics/labels.csv, read by people for this model. Where labels.csv gives a number of characters, only so much
of the text was read, and only that is counted. The words stay behind as counts; texts do not enter the repository.
"""

import csv
import gzip
import json
import sys
from pathlib import Path

import numpy as np

from pipeline.annotate import Annotator
from pipeline.records import Depth, Document
from pipeline.settings import shipped
from pipeline.topics.card import read_words
from pipeline.topics.definitions import read_definitions
from pipeline.topics.training import Training
from pipeline.topics.words import Bags

MODEL = shipped("models/topics")
CORPORA = ("regional", "rbc", "onetv")
TITLED = 4  # characters that stood between title and text when articles were read


def lines(path):
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def outlet(source):
    return "kz-news" if source.startswith("Kaggle") else source.split(" ")[0]


def document(found, text=None):
    day = (found.get("published") or found.get("date") or "2020-01-01")[:10]
    return Document(
        id=found["id"], url=None, published=day, title=found["title"], text=found["text"] if text is None else text
    )


def labelled(shared):
    """Give (group, outlet, document, set of topics) of every labelled article."""
    for group, path in (
        ("corpus", shared / "corpora/topics_labelled.jsonl.gz"),
        ("development", shared / "eval/dev.jsonl"),
    ):
        for found in lines(path):
            yield group, outlet(found["source"]), document(found), set(found["topics"])
    with (MODEL / "labels.csv").open(encoding="utf-8") as file:
        reading = {row["article"]: row for row in csv.DictReader(file)}
    for name in CORPORA:
        for found in lines(shared / f"corpora/{name}.jsonl.gz"):
            if row := reading.pop(found["id"], None):
                text = found["text"][: int(row["characters"])] if row["characters"] else None
                topics = {topic for topic, mark in row.items() if mark == "1" and topic != "characters"}
                yield "reading", row["source"], document(found, text), topics
    assert not reading, f"not in the corpora: {sorted(reading)[:5]}"


def read(documents):
    annotator = Annotator.load(shipped("models/gazetteer"))
    return annotator.annotate(documents, depth=lambda _: Depth.TOKENS)


def training(shared):
    words = read_words(MODEL)
    topics = [topic.name for topic in read_definitions(MODEL / "topics.yaml")]
    found = list(labelled(shared))
    bags = [words.bag(annotated.sentences) for annotated in read([one for _, _, one, _ in found])]
    return Training(
        topics=tuple(topics),
        keys=tuple(one.id for _, _, one, _ in found),
        sources=tuple(source for _, source, _, _ in found),
        groups=tuple(group for group, _, _, _ in found),
        labels=np.array([[topic in has for topic in topics] for _, _, _, has in found], np.int8),
        bags=Bags.of(bags, len(words.names)),
    )


if __name__ == "__main__":
    made = training(Path(sys.argv[1]))
    made.write(MODEL / "training.npz")
    print(len(made), "labelled articles", dict(zip(*np.unique(made.groups, return_counts=True), strict=True)))
