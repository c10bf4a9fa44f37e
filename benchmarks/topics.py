"""Measure the topic model: by part, teasers, events, depth of reading, speed. Writes benchmarks/topics.md.

    python benchmarks/topics.py ../shared CACHE
    python benchmarks/topics.py ../shared CACHE --features    families of features; prints to standard output

CACHE is a folder for the annotated articles and the answers of the cross-validation, which cost minutes to make; they
are used again when they exist. Every figure is by five-fold cross-validation over stories unless it says otherwise;
seeds are fixed.
"""

import csv
import pickle
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from navec import Navec
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from topics_data import MODEL, labelled, lines

from pipeline.annotate import Annotator
from pipeline.records import Agreement, Depth, Summit
from pipeline.settings import shipped
from pipeline.topics import Topics, learn
from pipeline.topics.card import read_words
from pipeline.topics.definitions import read_definitions
from pipeline.topics.learn import STRENGTH, cross_validate, fit, group_stories, prepare
from pipeline.topics.measure import calibration_error, macro_f1, measure
from pipeline.topics.model import CUT
from pipeline.topics.scorer import bend, score
from pipeline.topics.words import Bags

TEASER = 200  # characters
PUBLISHED_TEASER = 260  # characters at most of a teaser as published; the rule was set before looking
FULL = 600  # characters at least of a full text
DRAWS = 2000  # of the bootstrap
SEEDS = (0, 1)
REGIONAL = ("podrobno.uz", "gazeta.uz", "tengrinews.kz", "zakon.kz", "kz-news")


def cached(path, make):
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            pickle.dump(make(), file)
    with path.open("rb") as file:
        return pickle.load(file)


def annotate(documents, depth=Depth.TOKENS):
    annotator = Annotator.load(shipped("models/gazetteer"))
    return list(annotator.annotate(documents, depth=lambda _: depth))


class Bench:
    def __init__(self, shared, cache):
        self.shared = shared
        self.words = read_words(MODEL)
        self.definitions = read_definitions(MODEL / "topics.yaml")
        self.names = [topic.name for topic in self.definitions]
        self.thresholds = np.array([topic.threshold for topic in self.definitions])
        self.found = list(labelled(shared))
        self.groups = np.array([group for group, _, _, _ in self.found])
        self.sources = np.array([source for _, source, _, _ in self.found])
        self.labels = np.array([[name in has for name in self.names] for _, _, _, has in self.found], np.int8)
        self.annotated = cached(cache / "labelled.pickle", lambda: annotate([one for _, _, one, _ in self.found]))
        self.bags = self.count(self.annotated)
        self.stories = group_stories(self.bags, self.words)
        self.published = np.isin(self.groups, ["corpus", "development"])  # drawn by others, so figures are told on them

    def count(self, annotated):
        return Bags.of([self.words.bag(one.sentences) for one in annotated], len(self.words.names))

    def figures(self, probabilities, rows, cut=CUT):
        return measure(probabilities[rows], self.labels[rows], self.names, cut)


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row) + " |"


# Families: each makes a table of features, N × F, for one plain logistic regression.


def lemmas(one):
    return [token.lemma.replace("ё", "е") for sentence in one.sentences for token in sentence.tokens]


def word_grams(bench):
    grams = TfidfVectorizer(
        analyzer=lambda one: [*lemmas(one), *map(" ".join, zip(lemmas(one), lemmas(one)[1:], strict=False))],
        sublinear_tf=True,
        min_df=2,
    )
    return grams.fit_transform(bench.annotated)


def words_alone(bench):
    return TfidfVectorizer(analyzer=lemmas, sublinear_tf=True, min_df=2).fit_transform(bench.annotated)


def letter_grams(bench):
    def groups(one):
        return [
            f"^{word}$"[start : start + size]
            for word in lemmas(one)
            for size in (3, 4, 5)
            for start in range(len(word) + 3 - size)
        ]

    return TfidfVectorizer(analyzer=groups, sublinear_tf=True, min_df=3).fit_transform(bench.annotated)


def embeddings(bench):
    import natasha

    navec = Navec.load(next((Path(natasha.__file__).parent / "data/emb").glob("navec_news*.tar")))
    rarity = dict(zip(bench.words.names, bench.words.rarity, strict=True))
    rows = np.zeros((len(bench.annotated), 300))
    for row, one in enumerate(bench.annotated):
        for word in set(lemmas(one)):
            if word in navec and word in rarity:
                rows[row] += navec[word] * max(0.0, rarity[word] - 3)
    return sparse.csr_matrix(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


def names_of(bench):
    def tell_names(one):
        return [f"{entity.type} {entity.normal.lower()}" for entity in one.entities] + [
            f"ref {entity.ref}" for entity in one.entities if entity.ref
        ]

    return TfidfVectorizer(analyzer=tell_names, sublinear_tf=True, min_df=2).fit_transform(bench.annotated)


def title_apart(bench):
    def told(one):
        border = len(one.document.title or "")
        return lemmas(one) + [
            f"title {token.lemma}" for sentence in one.sentences for token in sentence.tokens if token.start < border
        ]

    return TfidfVectorizer(analyzer=told, sublinear_tf=True, min_df=2).fit_transform(bench.annotated)


def cross_validate_table(bench, features, seed, strength=STRENGTH):
    features = sparse.csr_matrix(features)
    found = np.zeros(bench.labels.shape)
    for rows, held in learn.folds(bench.labels, bench.stories, seed):
        for column in range(len(bench.names)):
            learner = LogisticRegression(C=strength, class_weight="balanced", max_iter=3000)
            learner.fit(features[rows], bench.labels[rows, column])
            found[held, column] = learner.predict_proba(features[held])[:, 1]
    return found


def line_of(name, bench, answers):
    """Give a row: average precision, F1 of each topic and macro at the best common cut, calibration error."""
    rows = bench.published
    labels = bench.labels[rows]
    precision = np.mean(
        [average_precision_score(labels[:, n], one[rows][:, n]) for one in answers for n in range(len(bench.names))]
    )
    best = max(
        np.arange(0.2, 0.75, 0.05),
        key=lambda cut: np.mean([macro_f1(bench.figures(one, rows, cut)) for one in answers]),
    )
    each = [float(np.mean([bench.figures(one, rows, best)[name].f1 for one in answers])) for name in bench.names]
    error = np.mean(
        [calibration_error(one[rows][:, n], labels[:, n] == 1) for one in answers for n in range(len(bench.names))]
    )
    return [name, float(precision), *each, float(np.mean(each)), f"{best:.2f}", float(error)]


def families(bench, shipped_line):
    yield shipped_line
    features = prepare(bench.bags, bench.words, bench.definitions)
    size, lists = features.listed.shape
    borders = [size, size + 2 * lists, size + 2 * lists + features.vectors.shape[1]]
    share, listed, places, _ = (
        features.table[:, start:stop]
        for start, stop in zip([0, *borders], [*borders, features.table.shape[1]], strict=True)
    )
    makers = {
        "words": words_alone,
        "words and pairs of words": word_grams,
        "groups of 3–5 letters": letter_grams,
        "mean navec vectors": embeddings,
        "names of persons, places, organisations": names_of,
        "words, title apart": title_apart,
    }
    made = {name: maker(bench) for name, maker in makers.items()}
    tables = {
        **made,
        "shares of words": share,
        "shares + listed words": sparse.hstack([share, listed]),
        "shares + places": sparse.hstack([share, places]),
        "shares + listed + places": sparse.hstack([share, listed, places]),
        "shares + listed + places + letters (the sum)": features.table,
    }
    keyword = np.repeat(
        np.asarray((bench.bags.counts @ features.listed[:, : len(bench.names)] > 0).astype(float))[None],
        len(SEEDS),
        axis=0,
    )
    yield line_of("keyword lists alone", bench, list(keyword))
    for name, one in tables.items():
        yield line_of(name, bench, [cross_validate_table(bench, one, seed) for seed in SEEDS])


def shipped_model(bench, **options):
    return [
        cross_validate(
            bench.bags,
            bench.labels,
            bench.stories,
            bench.words,
            bench.definitions,
            seed=seed,
            **options,
        ).whole
        for seed in SEEDS
    ]


def answers_of(bench):
    """Judge all articles whole and by their first 200 characters, with models that never saw the story, per seed."""
    short = bench.count([replace(one, sentences=tuple(cut_at(one, TEASER))) for one in bench.annotated])
    lesson = learn.Lesson(bench.bags, bench.labels, bench.stories, bench.words, bench.definitions)
    features = prepare(bench.bags, bench.words, bench.definitions)
    found = []
    for seed in SEEDS:
        whole, opening = np.zeros(bench.labels.shape), np.zeros(bench.labels.shape)
        for taught, held in learn.folds(bench.labels, bench.stories, seed):
            weights = learn.fit_rows(lesson, features, taught)
            whole[held] = score(bench.bags.take(held), bench.words.rarity, weights)[0]
            opening[held] = score(short.take(held), bench.words.rarity, weights)[0]
        found.append((whole, opening))
    return found


def teasers(bench, answers):
    """Compare regional articles judged whole and by their first 200 characters, told against two sets of labels."""
    rows = np.flatnonzero(
        bench.published
        & np.isin(bench.sources, REGIONAL)
        & np.array([len(one.body.strip()) > TEASER for one in bench.annotated])
    )
    seen = bench.labels.copy()
    with Path(__file__).with_name("topics_cut_off.csv").open(encoding="utf-8") as file:
        hidden = {(row["article"], row["topic"]) for row in csv.DictReader(file)}
    for row in rows:
        for column, name in enumerate(bench.names):
            if (bench.annotated[row].document.id, name) in hidden:
                seen[row, column] = 0

    def line(name, found, labels):
        figures = [measure(bend(one[rows], bench.thresholds), labels[rows], bench.names, CUT) for one in found]
        return [name, len(rows), *np.mean([scores(one) for one in figures], axis=0).tolist()]

    yield line("full text", [whole for whole, _ in answers], bench.labels)
    yield line(f"first {TEASER} characters", [opening for _, opening in answers], bench.labels)
    yield line("a reader who makes no mistake", [seen.astype(float)], bench.labels)
    yield line(f"first {TEASER} characters, by what they say", [opening for _, opening in answers], seen)


def as_published(bench, answers):
    """Compare regional articles that are teasers as published with full texts, each with its own labels."""
    length = np.array([len(one.body.strip()) for one in bench.annotated])
    regional, teaser, full = np.isin(bench.sources, REGIONAL), length <= PUBLISHED_TEASER, length > FULL
    found = [bend(whole, bench.thresholds) for whole, _ in answers]

    def line(name, mask):
        rows = np.flatnonzero(mask)
        each = np.mean([[one.f1 for one in bench.figures(p, rows).values()] for p in found], axis=0)
        low, high = np.percentile(draws(bench, found, rows), (2.5, 97.5))
        return [name, len(rows), *each.tolist(), float(each.mean()), f"{low:.3f}–{high:.3f}"]

    published, reading = bench.published, bench.groups == "reading"
    yield line("regional teasers as published", published & regional & teaser)
    yield line("regional full texts", published & regional & full)
    yield line("all full texts", published & full)
    yield line("`reading`: regional teasers", reading & regional & teaser)
    yield line("`reading`: all full texts", reading & full)


def lead_of_teasers(bench, answers):
    """Give how far macro F1 of regional teasers lies above that of full texts, regional and all, with intervals."""
    length = np.array([len(one.body.strip()) for one in bench.annotated])
    regional = np.isin(bench.sources, REGIONAL)
    found = [bend(whole, bench.thresholds) for whole, _ in answers]
    teasers = draws(bench, found, np.flatnonzero(bench.published & regional & (length <= PUBLISHED_TEASER)), seed=1)
    for mask in (bench.published & regional & (length > FULL), bench.published & (length > FULL)):
        ahead = teasers - draws(bench, found, np.flatnonzero(mask), seed=2)
        yield tuple(float(value) for value in (ahead.mean(), *np.percentile(ahead, (2.5, 97.5))))


def draws(bench, found, rows, seed=0):
    """Draw macro F1, mean over answers, from stories chosen with replacement, DRAWS times."""
    stories, place = np.unique(bench.stories[rows], return_inverse=True)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(len(stories), np.full(len(stories), 1 / len(stories)), DRAWS)[:, place]
    has = bench.labels[rows] == 1
    total = np.zeros(DRAWS)
    for probabilities in found:
        told = probabilities[rows] >= CUT
        total += (2 * (times @ (has & told)) / np.maximum(times @ (has.astype(int) + told), 1)).mean(axis=1)
    return total / len(found)


def cut_at(one, characters):
    """Give the tokens within the first characters of what a reader sees of an article."""
    start = len(one.body) - len(one.body.lstrip())
    for sentence in one.sentences:
        tokens = tuple(token for token in sentence.tokens if token.stop <= start + characters)
        if tokens:
            yield replace(sentence, tokens=tokens)


def scores(figures):
    return [*(one.f1 for one in figures.values()), macro_f1(figures)]


def events(bench):
    """Mark the gold events of the development set by their own sentences, with a model that never saw that set."""
    taught = np.flatnonzero(bench.groups != "development")
    dev = np.flatnonzero(bench.groups == "development")
    weights = fit(bench.bags.take(taught), bench.labels[taught], bench.stories[taught], bench.words, bench.definitions)
    model = Topics(bench.words, weights, bench.definitions, {"files": {"weights.npz": "", "words.npz": ""}})
    gold = {one["id"]: one for one in lines(bench.shared / "eval/dev.jsonl")}
    wanted, own, inherited = [], [], []
    for row in dev:
        annotated = bench.annotated[row]
        record = gold[annotated.document.id]
        article = model.predict([annotated])[0]
        for kind, family in ((Summit, "summits"), (Agreement, "agreements")):
            found = [
                kind(triggers=tuple(map(tuple, event["triggers"])), kind="", status="", confidence=1.0)
                for event in record[family]
            ]
            for event, marked in zip(record[family], model.mark(annotated, found), strict=True):
                wanted.append([name in event["topics"] for name in bench.names])
                own.append([float(name in marked.topics) for name in bench.names])
                inherited.append([float(article[name] >= CUT) for name in bench.names])
    labels = np.array(wanted, np.int8)
    has = labels.sum(axis=0)
    yield ["events that have it", len(labels), *map(int, has), ""]
    yield ["by its own sentences", len(labels), *scores(measure(np.array(own), labels, bench.names, CUT))]
    yield ["by the article", len(labels), *scores(measure(np.array(inherited), labels, bench.names, CUT))]
    answers = np.array(
        [[p[name] for name in bench.names] for p in model.predict([bench.annotated[row] for row in dev])]
    )
    yield ["articles of the set", len(dev), *scores(measure(answers, bench.labels[dev], bench.names, CUT))]


def depths(bench):
    """Compare probabilities when all sentences were read with morphology, as sentences with events are."""
    rows = np.flatnonzero(bench.groups == "development")[:300]
    deep = annotate([bench.annotated[row].document for row in rows], Depth.MORPH)
    model = Topics.load(MODEL)
    shallow = model.predict([bench.annotated[row] for row in rows])
    differ = [
        abs(one[name] - other[name])
        for one, other in zip(shallow, model.predict(deep), strict=True)
        for name in bench.names
    ]
    turned = sum(
        (one[name] >= CUT) != (other[name] >= CUT)
        for one, other in zip(shallow, model.predict(deep), strict=True)
        for name in bench.names
    )
    return float(np.mean(differ)), turned, len(differ)


def speed(bench):
    """Give articles a CPU second for predict, in batches of 32, and the mean length of the articles."""
    model = Topics.load(MODEL)
    sample = bench.annotated
    model.predict(sample[:64])
    took = []
    for _ in range(5):
        start = time.process_time()
        for at in range(0, len(sample), 32):
            model.predict(sample[at : at + 32])
        took.append(time.process_time() - start)
    long = [one for one in sample if len(one.body) > 1000]
    start = time.process_time()
    for at in range(0, len(long), 32):
        model.predict(long[at : at + 32])
    return (
        len(sample) / float(np.median(took)),
        float(np.mean([len(one.body) for one in sample])),
        len(long) / (time.process_time() - start),
        float(np.mean([len(one.body) for one in long])),
    )


INTRODUCTION = """# Topics, measured

Made by `python benchmarks/topics.py ../shared CACHE`: five-fold cross-validation over stories (near-duplicates never
on both sides), mean of two splits into folds. Learned from all labelled articles ({counts}); figures are over `corpus`
and `development`, which others drew, unless said otherwise: `reading` was chosen where earlier models were unsure, so
it is harder than news at large. What was tried on the way, with older models, is in `topics_features.md`.
"""
EVENTS = """
## Without the development set

A model that never saw the development set, on its events (topics told from the sentences of their triggers), on the
same events by the topics of their articles, and on its articles.
"""
FAMILIES = """
## Families

One balanced logistic regression each; F1 at the best cut common to all topics, so that only the order counts. Choices
were made by average precision, which a few articles more or less do not move.
"""
SHIPPED = """
## The shipped model at its thresholds

Probabilities as they are told, cut at 0.5; the thresholds of topics.yaml are folded into them.
"""
WORTH = """
## What the labels are worth
"""
PUBLISHED = """
## Teasers as published

Most regional articles are posts of gazeta.uz and podrobno.uz in Telegram, labelled as they stand. A teaser is one of at
most {teaser} characters, a full text one of more than {full}; the rule was set before the figures were seen. Intervals
hold 95 of 100 draws of stories. Macro F1 of regional teasers lies {0[0]:+.3f} above regional full texts
({0[1]:+.3f} to {0[2]:+.3f}) and {1[0]:+.3f} above all full texts ({1[1]:+.3f} to {1[2]:+.3f}).
"""
TEASERS = """
## Teasers cut off

Regional articles of more than {teaser} characters, judged whole and by their first {teaser} characters. The openings
of all articles with a topic were read: of 162 topics 37 do not show in them (`topics_cut_off.csv`), most of them in
surveys of headlines. So a reader who makes no mistake comes no further than the third line, and the fourth tells how
the model does by what the opening says.
"""
SPEED = """
## Speed and size

- {rate:,.0f} articles a CPU second once lemmas are there, in batches of 32, {length:,.0f} characters on average;
  {long_rate:,.0f} of the long ones, {long_length:,.0f} characters.
- {size:.1f} MB of files, of which {training:.1f} MB are counts to learn from.
"""
DEPTH = """
## Depth of reading

Read with morphology in every sentence instead of none, probabilities move by {mean:.4f} on average and {turned} of
{of} verdicts turn.
"""


def report(bench, cache):
    """Give the lines of the report."""
    counts = ", ".join(f"{int((bench.groups == name).sum())} {name}" for name in ("corpus", "development", "reading"))
    yield INTRODUCTION.format(counts=counts)
    both = cached(cache / f"answers-{len(bench.labels)}.pickle", lambda: answers_of(bench))
    yield SHIPPED
    head = ["articles", "n", *bench.names, "macro F1", "calibration error"]
    yield from table(head, by_part(bench, [whole for whole, _ in both]))
    ahead = list(lead_of_teasers(bench, both))
    yield PUBLISHED.format(*ahead, teaser=PUBLISHED_TEASER, full=FULL)
    yield from table(["", "n", *bench.names, "macro F1", "interval"], as_published(bench, both))
    yield TEASERS.format(teaser=TEASER)
    yield from table(["", "n", *bench.names, "macro F1"], teasers(bench, both))
    yield EVENTS
    yield from table(["", "n", *bench.names, "macro F1"], events(bench))
    mean, turned, of = depths(bench)
    yield DEPTH.format(mean=mean, turned=turned, of=of)
    rate, length, long_rate, long_length = speed(bench)
    yield SPEED.format(
        rate=rate,
        length=length,
        long_rate=long_rate,
        long_length=long_length,
        size=sum(path.stat().st_size for path in MODEL.iterdir()) / 1e6,
        training=(MODEL / "training.npz").stat().st_size / 1e6,
    )


def compare_features(bench, cache):
    """Give the lines of the comparison of labels and features, which takes ten times as long as the report."""
    both = cached(cache / f"answers-{len(bench.labels)}.pickle", lambda: answers_of(bench))
    shipped_line = line_of("**shipped: the sum, judged**", bench, [whole for whole, _ in both])
    head = ["average precision", *bench.names, "macro F1", "cut", "calibration error"]
    yield WORTH
    yield from table(["learned from", *head], by_labels(bench, shipped_line))
    yield FAMILIES
    yield from table(["features", *head], families(bench, shipped_line))


def by_part(bench, answers):
    bent = [bend(one, bench.thresholds) for one in answers]
    sources = sorted(set(bench.sources[bench.published]))
    for name, mask in (
        ("corpus and development", bench.published),
        *((group, bench.groups == group) for group in ("corpus", "development", "reading")),
        *((source, bench.published & (bench.sources == source)) for source in sources),
    ):
        figures = [bench.figures(one, mask) for one in bent]
        each = [float(np.mean([one[topic].f1 for one in figures])) for topic in bench.names]
        error = float(np.mean([one[topic].calibration_error for one in figures for topic in bench.names]))
        yield [name, int(mask.sum()), *each, float(np.mean(each)), error]


def by_labels(bench, shipped_line):
    yield ["all", *shipped_line[1:]]
    for name, mask in (
        ("without development", bench.groups != "development"),
        ("without reading", bench.groups != "reading"),
    ):
        yield line_of(name, bench, shipped_model(bench, learn_from=mask))


if __name__ == "__main__":
    cache = Path(sys.argv[2])
    bench = Bench(Path(sys.argv[1]), cache)
    if "--features" in sys.argv:
        print(*compare_features(bench, cache), sep="\n")
        sys.exit()
    with Path(__file__).with_name("topics.md").open("w", encoding="utf-8") as out:
        for line in report(bench, cache):
            print(line, flush=True)
            print(line, file=out, flush=True)
