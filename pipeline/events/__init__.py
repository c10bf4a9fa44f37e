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

from pipeline.records import Depth

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.events.explain import Explanation
    from pipeline.events.judge import Judge
    from pipeline.records import Agreement, Annotated, Summit

LANGUAGES = frozenset({"ru"})


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
        from pipeline.events.assemble import as_agreement, as_summit
        from pipeline.events.find import Prepared, find

        if annotated.language not in LANGUAGES or all(one.depth is Depth.TOKENS for one in annotated.sentences):
            return (), ()
        prepared = Prepared(annotated)
        drafts = sorted(find(prepared, self._judge), key=lambda draft: draft.mentions)
        return (
            tuple(as_summit(prepared, draft) for draft in drafts if draft.family == "summit"),
            tuple(as_agreement(prepared, draft) for draft in drafts if draft.family == "agreement"),
        )

    def explain(self, annotated: Annotated, thoroughly: Annotated | None = None) -> Explanation:
        """Explain every candidate of an article: what it was taken for and what decided it.

        `thoroughly` is the same article with those sentences parsed as well that the gate passes over.
        """
        from pipeline.events.explain import explain

        return explain(annotated, self._judge, thoroughly or annotated)
