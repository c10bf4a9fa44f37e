"""How fast documents are annotated, beside natasha as its README shows it, and whether the output is the same.

    python benchmarks/annotate.py speed CORPUS...      both sides in turn on the same unseen documents
    python benchmarks/annotate.py same CORPUS...       token by token, span by span, head by head
    python benchmarks/annotate.py workers CORPUS...    the whole of `svodka annotate` in one process and in two
    python benchmarks/annotate.py hostile              the whole of `svodka annotate` on texts that are made to cost
    python benchmarks/annotate.py identity GOLD        states and persons of the gold slots that are found

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


@click.group(help=__doc__)
def main():
    pass


@main.command()
@click.argument("corpora", nargs=-1, type=Path, required=True)
@click.option("--number", default=500, help="Documents of each of the rounds.")
@click.option("--before", "earlier", type=int, help="Documents read before, as many as a round unless said.")
@click.option("--rounds", default=2)
@click.option(
    "--cold", is_flag=True, help="Empty caches before each measurement; else other documents fill them first."
)
def speed(corpora, number, earlier, rounds, cold):
    """Both sides in turn on the same unseen documents: each round has documents of its own."""
    from pipeline.documents import as_record
    from pipeline.understand import Reader

    begin = time.process_time()
    reader = Reader.load(HOME)
    annotator = reader.annotator
    print(f"svodka ready in {time.process_time() - begin:.2f} s of CPU, topics and events included")
    begin = time.process_time()
    readme = Readme()
    print(f"natasha ready in {time.process_time() - begin:.2f} s of CPU")
    before = read(corpora, earlier or number, EVERY - 1)

    def whole(documents):
        for one in reader.try_to_understand(documents, searchable=False):
            json.dumps(as_record(one), ensure_ascii=False)

    rows = {}
    for turn in range(rounds):
        documents = read(corpora, number, turn)
        bodies = [document.body for document in documents]
        characters = sum(map(len, bodies))
        work = {
            "text to names, natasha": lambda bodies=bodies: [readme.names_only(body) for body in bodies],
            "text to names, svodka": lambda bodies=bodies: list(annotator.spans(bodies)),
            "all, natasha": lambda bodies=bodies: [readme.all(body) for body in bodies],
            "all, svodka, every sentence": lambda documents=documents: list(
                annotator.annotate(documents, depth=lambda _: Depth.SYNTAX)
            ),
            "all, svodka, as needed": lambda documents=documents: list(reader.read(documents)),
            "svodka annotate, whole": lambda documents=documents: whole(documents),
        }
        if turn % 2:  # who goes first changes from round to round
            work = dict(reversed(work.items()))
        for name, one in work.items():
            if "svodka" in name:
                annotator.forget()
                if not cold:
                    whole(before)
            rows.setdefault(name, []).append((timed(one), len(documents), characters))
    seconds = {name: sum(row[0] for row in found) for name, found in rows.items()}
    for name, found in rows.items():
        base = seconds["text to names, natasha" if name.startswith("text") else "all, natasha"]
        count, size = sum(row[1] for row in found), sum(row[2] for row in found)
        print(
            f"{name:32} {1e6 * seconds[name] / size:7.2f} ms / 1000 characters"
            f"{count / seconds[name]:9.1f} articles/s {base / seconds[name]:6.2f} x"
        )
    print(f"peak memory of this process, both sides: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


@main.command()
@click.argument("corpora", nargs=-1, type=Path, required=True)
@click.option("--number", default=5000)
def same(corpora, number):
    """Compare tokens, sentences, names, morphology, lemmas and syntax with natasha's, document by document."""
    annotator = load_annotator()
    readme = Readme()
    differing = dict.fromkeys(("tokens", "sentences", "names", "morphology", "lemmas", "syntax"), 0)
    cut = compared = 0
    documents = read(corpora, number, 2)
    annotated = annotator.annotate(documents, depth=lambda _: Depth.SYNTAX)
    spans = annotator.spans([document.body for document in documents])
    for document, found, names in zip(documents, annotated, spans, strict=True):
        doc = readme.natasha.Doc(document.body)
        doc.segment(readme.segmenter)
        doc.tag_ner(readme.ner)
        differing["names"] += names != [(one.start, one.stop, one.type) for one in doc.spans]
        ours = [(one.start, one.stop) for sentence in found.sentences for one in sentence.tokens]
        differing["tokens"] += ours != [(one.start, one.stop) for one in doc.tokens]
        bounds = [(one.start, one.stop) for one in found.sentences]
        theirs = [(one.start, one.stop) for one in doc.sents]
        cut += len(set(bounds) - set(theirs)) > 0
        differing["sentences"] += not {stop for _, stop in theirs} <= {stop for _, stop in bounds}
        words = [[token.text for token in sentence.tokens] for sentence in found.sentences]
        tagged, parsed = list(readme.morph.map(words)), list(readme.syntax.map(words))
        unequal = {"morphology": False, "lemmas": False, "syntax": False}
        for sentence, tags, tree in zip(found.sentences, tagged, parsed, strict=True):
            if sentence.depth is not Depth.SYNTAX:
                continue
            compared += 1
            unequal["morphology"] |= [(t.pos, t.feats) for t in sentence.tokens] != [
                (t.pos, t.feats) for t in tags.tokens
            ]
            unequal["syntax"] |= [(t.head + 1, t.rel) for t in sentence.tokens] != [
                (int(t.head_id), t.rel) for t in tree.tokens
            ]
            unequal["lemmas"] |= [t.lemma for t in sentence.tokens] != [
                readme.vocabulary.lemmatize(t.text, t.pos, t.feats) for t in tags.tokens
            ]
        for name, value in unequal.items():
            differing[name] += value
        if any(unequal.values()):
            print(f"differs: {document.id} {unequal}")
    print(f"{len(documents)} documents, {compared} sentences parsed; documents that differ: {differing}")
    print(f"documents with a sentence cut at a blank line, which natasha lets run on: {cut}")


@main.command()
@click.argument("corpora", nargs=-1, type=Path, required=True)
@click.option("--number", default=2000)
def workers(corpora, number):
    """Time the whole of `svodka annotate` in one process and in two, by the clock, loading apart."""
    from itertools import islice

    from pipeline.engines import understanding

    documents = read(corpora, number, 4)
    base = 0.0
    for count in (1, 2):
        with understanding("local", HOME, workers=count) as understand:
            walk = understand(documents)
            list(islice(walk, 512))  # every process has loaded its models
            begin = time.perf_counter()
            rest = sum(1 for _ in walk)
            speed = rest / (time.perf_counter() - begin)
        base = base or speed
        print(f"--workers {count}: {speed:7.1f} articles/s by the clock, {speed / base:.2f} x")


@main.command()
def hostile():
    """Time each kind of hostile text of the fault campaign by length: the mean and the dearest."""
    from pipeline.understand import Reader
    from tests.faults.cases.texts import UNITS

    reader = Reader.load(HOME)
    for size in (10_000, 100_000, 1_000_000, 5_000_000):
        spent = {}
        for unit in UNITS:
            text = (unit * size)[:size]
            before = time.process_time()
            list(
                reader.understand(
                    [Document(id="1", url=None, published="2026-11-20", title="Саммит", text=text)], searchable=False
                )
            )
            spent[unit] = time.process_time() - before
        dearest = max(spent, key=spent.get)
        mean = sum(spent.values()) / len(spent)
        print(f"{size:>9} characters: {mean:5.2f} s on average, {spent[dearest]:5.2f} s of {dearest!r}")


@main.command()
@click.argument("gold", type=Path)
def identity(gold):
    """Count the states and persons of gold slots that annotation finds in the document."""
    from pipeline.annotate.morphology import fold

    annotator = load_annotator()
    raw = [json.loads(line) for line in gold.open(encoding="utf-8")]
    documents = [
        Document(id=str(one["id"]), url=one["url"], published=one["published"], title=one["title"], text=one["text"])
        for one in raw
    ]
    found = {"states": [0, 0], "persons": [0, 0]}
    for one, annotated in zip(raw, annotator.annotate(documents, depth=lambda _: Depth.TOKENS), strict=True):
        events = one["summits"] + one["agreements"]
        states = {code for reference in annotated.references for code in reference.states}
        states |= {entity.state for entity in annotated.entities}
        names = {fold(entity.normal) for entity in annotated.entities if entity.type == "PER"}
        for name, gold_values, known in (
            ("states", {code for event in events for code in event["states"]}, states),
            ("persons", {fold(person) for event in events for person in event["persons"]}, names),
        ):
            found[name][0] += len(gold_values & known)
            found[name][1] += len(gold_values)
    for name, (right, of) in found.items():
        print(f"{name}: {right} of {of} found, {100 * right / of:.1f} %")


if __name__ == "__main__":
    main()
