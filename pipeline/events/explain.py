"""Why an article has the mentions it has: every candidate, what moved the judge, the reasons of each slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.events.assemble import as_agreement, as_summit
from pipeline.events.find import Prepared, find
from pipeline.events.lexicon import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.events.judge import Judge
    from pipeline.records import Agreement, Annotated, Span, Summit


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A candidate, how likely the judge found it, and what moved it most: (feature, log-odds)."""

    family: str
    span: Span
    sentence: Span
    rule: str
    chance: float
    accepted: bool
    features: tuple[tuple[str, float], ...]
    event: int | None  # number of the event it went into, from 1; with `passed_over`, none
    passed_over: bool = False  # the gate has let nobody look at it


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All candidates of an article and the mentions they became."""

    body: str
    candidates: tuple[Considered, ...]
    events: tuple[Summit | Agreement, ...]
    note: str = ""

    def lines(self) -> Iterator[str]:
        """Yield it as text for a terminal: the sentence with the candidate in brackets, then what decided."""
        if self.note:
            yield self.note
        for one in self.candidates:
            yield _marked(self.body, one.sentence, one.span)
            fate = (
                f"event {one.event}"
                if one.event
                else "passed over by the gate"
                if one.passed_over
                else "accepted, but its event is too doubtful"
                if one.accepted
                else "rejected"
            )
            yield f"    {one.family} · {one.rule} · {one.chance:.2f} · {fate}"
            yield "    " + "  ".join(f"{name} {value:+.2f}" for name, value in one.features)
        for number, event in enumerate(self.events, start=1):
            yield ""
            what = type(event).__name__.lower()
            yield f"Event {number}: {what}, {event.kind}, {event.status}, confidence {event.confidence:.2f}"
            for why in event.why:
                words = f" · «{self.body[slice(*why.span)]}»" if why.span else ""
                yield f"    {why.slot}: {why.value} · {why.rule}{words}"


def _marked(body: str, sentence: Span, span: Span) -> str:
    text = body[sentence[0] : span[0]] + "[" + body[slice(*span)] + "]" + body[span[1] : sentence[1]]
    return " ".join(text.split())


_PASSED_OVER = "The gate passes this article over: it is not parsed, and no event is sought in it."


def explain(annotated: Annotated, judge: Judge, *, passed_over: bool = False) -> Explanation:
    """Explain what was found in an article, and what was not; nothing is where the gate has `passed_over` it."""
    if annotated.language != "ru":
        return Explanation(
            body=annotated.body,
            candidates=(),
            events=(),
            note=f"The language is {annotated.language}; only Russian is read.",
        )
    prepared = Prepared(annotated)
    drafts = [] if passed_over else sorted(find(prepared, judge), key=lambda draft: draft.mentions)
    owner = {i: number for number, draft in enumerate(drafts, start=1) for i in draft.mentions}
    considered = []
    for family in FAMILIES:
        numbers = prepared.of(family)
        scorer = judge.scorers[f"judge.{family}"]
        chances = scorer.probabilities([prepared.rows[i] for i in numbers])
        for i, chance in zip(numbers, chances, strict=True):
            candidate = prepared.candidates[i]
            considered.append(
                Considered(
                    family=family,
                    span=candidate.span,
                    sentence=prepared.reading.sentence_span(candidate.sentence),
                    rule=f"{candidate.sense.group} «{candidate.lemma}»",
                    chance=float(chance[1]),
                    accepted=float(chance[1]) >= judge.thresholds[f"mention.{family}"],
                    features=tuple(scorer.strongest(prepared.rows[i])),
                    event=owner.get(i),
                    passed_over=passed_over,
                )
            )
    considered.sort(key=lambda one: (one.span, one.family))
    events = tuple(
        as_summit(prepared, draft) if draft.family == "summit" else as_agreement(prepared, draft) for draft in drafts
    )
    note = _PASSED_OVER if passed_over else ""
    return Explanation(body=annotated.body, candidates=tuple(considered), events=events, note=note)
