"""Why an article has the mentions it has: every candidate, what moved the judge, the reasons of each slot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.events.assemble import as_agreement, as_summit
from pipeline.events.find import Prepared, find
from pipeline.records import Depth

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
    event: int | None  # number of the event it went into, from 1
    passed_over: bool = False  # by the gate: the judge is asked for this explanation alone


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


def explain(annotated: Annotated, judge: Judge, thoroughly: Annotated) -> Explanation:
    """Explain what was found in an article, and what was not.

    `thoroughly` is the article with all sentences parsed that have a word of the lexicon; what only it has was passed
    over by the gate.
    """
    if annotated.language != "ru":
        return Explanation(
            body=annotated.body,
            candidates=(),
            events=(),
            note=f"The language is {annotated.language}; only Russian is read.",
        )
    prepared = Prepared(annotated)
    drafts = sorted(find(prepared, judge), key=lambda draft: draft.mentions)
    owner = {i: number for number, draft in enumerate(drafts, start=1) for i in draft.mentions}
    considered = [_consider(prepared, judge, i, owner.get(i)) for i in range(len(prepared.candidates))]
    if thoroughly is not annotated:
        whole = Prepared(thoroughly)
        for i, candidate in enumerate(whole.candidates):
            if annotated.sentences[candidate.sentence].depth is Depth.TOKENS:
                considered.append(replace(_consider(whole, judge, i, None), passed_over=True))
    considered.sort(key=lambda one: (one.span, one.family))
    events = tuple(
        as_summit(prepared, draft) if draft.family == "summit" else as_agreement(prepared, draft) for draft in drafts
    )
    return Explanation(body=annotated.body, candidates=tuple(considered), events=events)


def _consider(prepared: Prepared, judge: Judge, number: int, event: int | None) -> Considered:
    candidate, row = prepared.candidates[number], prepared.rows[number]
    scorer = judge.scorers[f"judge.{candidate.family}"]
    chance = scorer.chances([row])[0]
    return Considered(
        family=candidate.family,
        span=candidate.span,
        sentence=prepared.reading.sentence_span(candidate.sentence),
        rule=f"{candidate.sense.group} «{candidate.lemma}»",
        chance=chance,
        accepted=chance >= judge.thresholds[f"mention.{candidate.family}"],
        features=tuple(scorer.strongest(row)),
        event=event,
    )
