"""What teaching needs beside the model: words, declared topics, known labels, and a reader of words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.topics.card import read_words
from pipeline.topics.definitions import read_definitions
from pipeline.topics.labels import as_training, compare
from pipeline.topics.learn import group_stories
from pipeline.topics.make import tell, validate
from pipeline.topics.measure import measure, plain
from pipeline.topics.model import CUT
from pipeline.topics.review import choose, unsure
from pipeline.topics.training import Training
from pipeline.topics.words import Bags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from pipeline.records import Annotated, Document
    from pipeline.store.topics import StoredArticle
    from pipeline.topics.definitions import Definition
    from pipeline.topics.labels import Labelled
    from pipeline.topics.learn import Rows
    from pipeline.topics.make import Measured
    from pipeline.topics.model import Topics
    from pipeline.topics.words import Words

    Read = Callable[[Iterable[Document]], Iterable[Annotated]]

SHORTLIST = 8  # articles looked at for each that is wanted
WORSE_ALL = 0.002  # below this two runs on the same labels differ by chance
WORSE_ONE = 0.01


@dataclass(frozen=True, slots=True)
class Taken:
    """All labels, and which of them are new; where new ones contradict, nothing but the contradictions."""

    training: Training
    fresh: NDArray[np.bool_]
    contradictions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """Figures by cross-validation without the new labels and with them, over the same articles."""

    stories: Rows
    before: Measured
    after: Measured

    def macros(self) -> tuple[float, float]:
        """Give macro F1 before and after over the topics that were known before."""
        both = [name for name in self.after.every if name in self.before.every]
        if not both:
            return 0.0, 0.0
        sums = [sum(side.every[name].f1 for name in both) / len(both) for side in (self.before, self.after)]
        return sums[0], sums[1]

    def worse(self) -> str:
        """Say what got worse, if anything did."""
        old, new = self.macros()
        if new < old - WORSE_ALL:
            return f"macro F1 falls by {old - new:.3f}"
        for name, one in self.after.every.items():
            if name in self.before.every and one.f1 < self.before.every[name].f1 - WORSE_ONE:
                return f"F1 of {name} falls by {self.before.every[name].f1 - one.f1:.3f}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """A model folder opened for teaching."""

    folder: Path
    words: Words
    definitions: tuple[Definition, ...]
    training: Training
    read: Read

    @classmethod
    def open(cls, folder: Path, read: Read) -> Workshop:
        """Open `models/topics`; ModelError or ConfigError say what is wrong with it."""
        words = read_words(folder)
        definitions = read_definitions(folder / "topics.yaml")
        known = Training.read(folder / "training.npz", len(words.names))
        return cls(
            folder=folder,
            words=words,
            definitions=definitions,
            training=known.for_topics([topic.name for topic in definitions]),
            read=read,
        )

    def bags(self, documents: Sequence[Document]) -> Bags:
        """Count the words of documents."""
        bags = [self.words.bag(annotated.sentences) for annotated in self.read(documents)] if documents else []
        return Bags.of(bags, len(self.words.names))

    def choose(
        self, chosen: Sequence[Definition], articles: Sequence[StoredArticle], wanted: int
    ) -> list[tuple[Document, dict[str, float]]]:
        """Choose the articles most worth labelling for some topics, each with its probabilities."""
        table = np.array([[article.topics.get(topic.name, np.nan) for topic in chosen] for article in articles])
        # Of a topic that was never learned nothing is known; its words decide, so all articles are read.
        order = np.arange(len(articles))
        if not np.isnan(table).all():
            order = np.argsort(-unsure(np.nan_to_num(table)), kind="stable")[: wanted * SHORTLIST]
        rows = [int(row) for row in order]
        documents = [articles[row].document for row in rows]
        picked = choose(self.bags(documents), self.words, chosen, table[order], wanted)
        return [(documents[row], dict(articles[rows[row]].topics)) for row in picked]

    def take(self, found: Sequence[Labelled], *, group: str, correct: bool) -> Taken:
        """Join new labels to the known ones; with `correct` they replace what they contradict."""
        if not found:
            return Taken(self.training, np.zeros(len(self.training), bool))
        names = [topic.name for topic in self.definitions]
        new = as_training(found, self.bags([one.document for one in found]), names, group)
        compared = compare(self.training, new, found, self.words)
        if compared.contradictions and not correct:
            return Taken(self.training, np.zeros(len(self.training), bool), compared.contradictions)
        kept = self.training.take(~compared.corrected)
        joined = kept.joined(new.take(compared.rows))
        return Taken(joined, np.arange(len(joined)) >= len(kept))

    def learn(self, taken: Taken) -> Learned:
        """Measure what is learned without the new labels and with them."""
        stories = group_stories(taken.training.bags, self.words)
        after = tell(validate(taken.training, self.words, self.definitions, stories), taken.training)
        before = after
        if taken.fresh.any():
            found = validate(taken.training, self.words, self.definitions, stories, learn_from=~taken.fresh)
            before = tell(found, taken.training)
        return Learned(stories, before, after)

    def evaluate(self, model: Topics, found: Sequence[Labelled]) -> dict[str, Any]:
        """Measure a loaded model on labelled articles."""
        answers = model.predict(list(self.read([one.document for one in found])))
        table = np.array([[answer[name] for name in model.names] for answer in answers])
        labels = as_training(found, self.bags([]), model.names, "").labels
        return plain(measure(table, labels, model.names, CUT))
