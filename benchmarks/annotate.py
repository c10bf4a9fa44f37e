"""How fast documents are annotated, beside natasha as its README shows it, and whether the output is the same.

    python benchmarks/annotate.py speed CORPUS...      both sides in turn on the same unseen documents
    python benchmarks/annotate.py same CORPUS...       token by token, span by span, head by head
    python benchmarks/annotate.py command CORPUS...    the whole `svodka annotate`, topics and events included
    python benchmarks/annotate.py workers CORPUS...    the same with --workers 1 and 2

A corpus is JSON Lines, plain or gzipped. Times are CPU seconds of one process and one BLAS thread.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import gzip
import json
import resource
import sys
import time
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME))

import click  # noqa: E402

from pipeline.records import Depth, Document  # noqa: E402

EVERY = 7  # a sample takes every seventh document, so that all months and outlets are in it


def read(paths, number, offset):
    found = []
    for path in paths:
        opened = gzip.open(path, "rt", encoding="utf-8") if str(path).endswith(".gz") else open(path, encoding="utf-8")  # noqa: PTH123, SIM115
        with opened as lines:
            for place, line in enumerate(lines):
                if place % EVERY == offset % EVERY:
                    raw = json.loads(line)
                    found.append(
                        Document(
                            id=str(raw["id"]),
                            url=raw.get("url"),
                            published=raw.get("published") or "2023-01-01",
                            title=raw.get("title"),
                            text=raw["text"],
                        )
                    )
    step = max(1, len(found) // number)
    return found[::step][:number]


class Readme:
    """natasha 1.6 as its README uses it, one document at a time."""

    def __init__(self):
        # `pip install natasha` brings the dictionary reader in Python; svodka has loaded the one in C by now, so the
        # packages are imported a second time without it.
        sys.modules["dawg"] = None
        for name in [one for one in sys.modules if one.split(".")[0] in {"natasha", "yargy", "pymorphy2"}]:
            del sys.modules[name]
        import natasha
        import pymorphy2.dawg
        import pymorphy2_dicts_ru
        from natasha.morph import vocab

        class Vocabulary(vocab.MorphVocab):  # the path replaces pkg_resources, which a fresh Python has not
            def __init__(self):
                vocab.PymorphyAnalyzer.__init__(self, path=pymorphy2_dicts_ru.get_path(), result_type=vocab.MorphForm)

        assert not pymorphy2.dawg.EXTENSION_AVAILABLE
        self.natasha = natasha
        self.segmenter = natasha.Segmenter()
        self.vocabulary = Vocabulary()
        embedding = natasha.NewsEmbedding()
        self.ner = natasha.NewsNERTagger(embedding)
        self.morph = natasha.NewsMorphTagger(embedding)
        self.syntax = natasha.NewsSyntaxParser(embedding)
        self.names = natasha.NamesExtractor(self.vocabulary)

    def names_only(self, text):
        doc = self.natasha.Doc(text)
        doc.segment(self.segmenter)
        doc.tag_ner(self.ner)
        return doc

    def all(self, text):
        doc = self.natasha.Doc(text)
        doc.segment(self.segmenter)
        doc.tag_morph(self.morph)
        for token in doc.tokens:
            token.lemmatize(self.vocabulary)
        doc.parse_syntax(self.syntax)
        doc.tag_ner(self.ner)
        for span in doc.spans:
            span.normalize(self.vocabulary)
            if span.type == "PER":
                span.extract_fact(self.names)
        return doc


def timed(work):
    begin = time.process_time()
    work()
    return time.process_time() - begin


def load_annotator():
    from pipeline.annotate import Annotator

    return Annotator.load(HOME / "models" / "gazetteer")


def depth_of_events():
    from pipeline.events.lexicon import may_hold_event

    return may_hold_event


@click.group(help=__doc__)
def main():
    pass


@main.command()
@click.argument("corpora", nargs=-1, type=Path, required=True)
@click.option("--number", default=1500, help="Documents of each of the rounds.")
@click.option("--rounds", default=3)
def speed(corpora, number, rounds):
    """Both sides in turn on the same unseen documents: each round has documents of its own."""
    begin = time.process_time()
    annotator = load_annotator()
    print(f"svodka ready in {time.process_time() - begin:.2f} s of CPU (imports of this script included before)")
    begin = time.process_time()
    readme = Readme()
    print(f"natasha ready in {time.process_time() - begin:.2f} s of CPU")
    needed = depth_of_events()
    rows = {}
    for turn in range(rounds):
        documents = read(corpora, number, turn)
        characters = sum(len(document.body) for document in documents)
        bodies = [document.body for document in documents]
        work = {
            "text to names, natasha": lambda bodies=bodies: [readme.names_only(body) for body in bodies],
            "text to names, svodka": lambda bodies=bodies: list(annotator.spans(bodies)),
            "all, natasha": lambda bodies=bodies: [readme.all(body) for body in bodies],
            "all, svodka, every sentence": lambda documents=documents: list(
                annotator.annotate(documents, depth=lambda _: Depth.SYNTAX)
            ),
            "all, svodka, as needed": lambda documents=documents: list(annotator.annotate(documents, depth=needed)),
        }
        if "svodka" in list(work)[turn % 2]:  # who goes first changes from round to round
            work = dict(reversed(work.items()))
        for name, one in work.items():
            annotator.forget()  # each measurement begins with empty caches
            readme.vocabulary.parse.cache_clear()
            rows.setdefault(name, []).append((timed(one), len(documents), characters))
    seconds = {name: sum(row[0] for row in found) for name, found in rows.items()}
    for name, found in rows.items():
        base = seconds["text to names, natasha" if name.startswith("text") else "all, natasha"]
        count, size = sum(row[1] for row in found), sum(row[2] for row in found)
        print(
            f"{name:32} {1e6 * seconds[name] / size:7.2f} ms / 1000 characters"
            f"{count / seconds[name]:9.1f} articles/s {base / seconds[name]:6.2f} x"
        )
    print(f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
