"""From an annotated article to its summit and agreement mentions, as eval/GUIDELINES.md defines them.

    gate         is a sentence worth parsing?                                             gate
    candidates   words of the open lexicon that may report a meeting or an agreement     lexicon, candidates
    judge        is it a particular event? which kind, which status?                      features, scorer, judge
    merge        which candidates are one event                                          coreference
    slots        which states, persons, places and dates of the text belong to it        slots, dates, phrases
    assemble     the record with its evidence and reasons                                assemble, explain

The judge is trained from annotated articles (`training`, `learn`) and ships as plain numbers in models/events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.batches import batches
from pipeline.records import Depth

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.events.explain import Explanation
    from pipeline.events.find import Prepared
    from pipeline.events.judge import Judge
    from pipeline.records import Agreement, Annotated, Summit

LANGUAGES = frozenset({"ru"})
TOGETHER = 400  # candidates that are judged side by side: the features of their pairs are in memory at once


def _candidates_of(article: tuple[int, Prepared]) -> int:
    return len(article[1].candidates)


class Events:
    """Finds the summit and agreement mentions of annotated articles."""

    def __init__(self, judge: Judge) -> None:
        from pipeline.events.gate import Gate

        self._judge, self._gate = judge, Gate(judge)

    @classmethod
    def load(cls, folder: Path) -> Events:
        """Load the judge of models/events; ModelError if it does not fit its card."""
        from pipeline.events.judge import load

        return cls(load(folder))

    @property
    def version(self) -> str:
        """The version of the judge, as its card says."""
        return self._judge.version

    def worth_parsing(self, annotated: Annotated, places: Sequence[int]) -> Sequence[int]:
        """Give those of the sentences at `places` of an article read to its tokens that may hold an event."""
        return self._gate(annotated, places)

    def find(self, annotated: Annotated) -> tuple[tuple[Summit, ...], tuple[Agreement, ...]]:
        """Find the mentions of an article in reading order; an article in another language has none."""
        return self.find_each([annotated])[0]

    def find_each(self, batch: Sequence[Annotated]) -> list[tuple[tuple[Summit, ...], tuple[Agreement, ...]]]:
        """Find the mentions of each of some articles, which takes less time than one after another."""
        from pipeline.events.assemble import as_agreement, as_summit
        from pipeline.events.find import Prepared, find_each

        found: list[tuple[tuple[Summit, ...], tuple[Agreement, ...]]] = [((), ())] * len(batch)
        read = {
            number: prepared
            for number, one in enumerate(batch)
            if one.language in LANGUAGES
            and not all(sentence.depth is Depth.TOKENS for sentence in one.sentences)
            and (prepared := Prepared(one)).candidates
        }
        for some in batches(read.items(), _candidates_of, count=len(batch), characters=TOGETHER):
            for (number, prepared), drafts in zip(
                some, find_each([prepared for _, prepared in some], self._judge), strict=True
            ):
                drafts.sort(key=lambda draft: draft.mentions)
                found[number] = (
                    tuple(as_summit(prepared, draft) for draft in drafts if draft.family == "summit"),
                    tuple(as_agreement(prepared, draft) for draft in drafts if draft.family == "agreement"),
                )
        return found

    def explain(self, annotated: Annotated, thoroughly: Annotated | None = None) -> Explanation:
        """Explain every candidate of an article: what it was taken for and what decided it.

        `thoroughly` is the same article with those sentences parsed as well that the gate passes over.
        """
        from pipeline.events.explain import explain

        return explain(annotated, self._judge, thoroughly or annotated)
