"""From a draft to the record that leaves the finder: values in order, evidence, and why each slot has its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.events.phrases import amount_of, name_of, subject_of
from pipeline.events.steps import ladder
from pipeline.records import Agreement, Summit, Why

if TYPE_CHECKING:
    from pipeline.events.candidates import Candidate
    from pipeline.events.find import Draft, Prepared
    from pipeline.events.slots import At
    from pipeline.records import Span


def as_summit(prepared: Prepared, draft: Draft) -> Summit:
    """Make the summit mention of a draft."""
    mentions = [prepared.candidates[i] for i in draft.mentions]
    near = _nearest(draft, mentions)
    start, end = draft.days
    if draft.status == "held":
        end = end or start
    elif end == start:
        end = None
    return Summit(
        triggers=_triggers(mentions),
        kind=draft.kind,
        status=draft.status,
        confidence=round(draft.confidence, 4),
        name=name_of(prepared.reading, mentions) if draft.kind != "talks" else None,
        place=_one(draft, "place"),
        country=_country(draft),
        start=start,
        end=end,
        states=_sorted(draft, "states"),
        persons=_in_order(draft, "persons"),
        organizations=_in_order(draft, "organizations"),
        evidence=_evidence(prepared, mentions, near),
        why=_why(draft, mentions, near),
    )


def as_agreement(prepared: Prepared, draft: Draft) -> Agreement:
    """Make the agreement mention of a draft."""
    mentions = [prepared.candidates[i] for i in draft.mentions]
    near = _nearest(draft, mentions)
    way = ladder(prepared, draft)
    return Agreement(
        triggers=_triggers(mentions),
        kind=draft.kind,
        status=draft.status,
        confidence=round(draft.confidence, 4),
        date=draft.days[0],
        place=_one(draft, "place"),
        country=_country(draft),
        states=_sorted(draft, "states"),
        persons=_in_order(draft, "persons"),
        organizations=_in_order(draft, "organizations"),
        subject=subject_of(prepared.reading, mentions),
        amount=amount_of(prepared.reading, mentions),
        ratified_by=way.ratified_by,
        steps=way.steps,
        evidence=_evidence(prepared, mentions, near),
        why=(*_why(draft, mentions, near), *way.why),
    )


def _triggers(mentions: list[Candidate]) -> tuple[Span, ...]:
    return tuple(sorted({mention.span for mention in mentions}))


def _one(draft: Draft, slot: str) -> str | None:
    return draft.fillers[slot][0].value if draft.fillers[slot] else None


def _country(draft: Draft) -> str | None:
    """Give the country of the place; without one, the country that was found likeliest."""
    place = draft.fillers["place"]
    return (place[0].state if place else None) or _one(draft, "country")


def _sorted(draft: Draft, slot: str) -> tuple[str, ...]:
    return tuple(sorted({filler.value for filler in draft.fillers[slot]}))


def _in_order(draft: Draft, slot: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filler.value for filler in draft.fillers[slot]))


_Near = dict[tuple[str, int], "At | None"]  # by slot and place among its fillers


def _nearest(draft: Draft, mentions: list[Candidate]) -> _Near:
    """Find the occurrence of each filler that is nearest to the event."""
    where = [(mention.sentence, mention.start) for mention in mentions]

    def away(at: At) -> tuple[int, int]:
        return min([(abs(at.sentence - sentence), abs(at.start - start)) for sentence, start in where])

    return {
        (slot, place): filler.at[0] if len(filler.at) == 1 else min(filler.at, key=away, default=None)
        for slot, options in draft.fillers.items()
        for place, filler in enumerate(options)
    }


def _evidence(prepared: Prepared, mentions: list[Candidate], near: _Near) -> tuple[Span, ...]:
    sentences = {mention.sentence for mention in mentions} | {at.sentence for at in near.values() if at}
    return tuple(prepared.reading.sentence_span(sentence) for sentence in sorted(sentences))


def _why(draft: Draft, mentions: list[Candidate], near: _Near) -> tuple[Why, ...]:
    first = mentions[0]
    found = []
    for task, value in (("kind", draft.kind), ("status", draft.status)):
        share = dict(draft.chances[task])[value]
        found.append(Why(slot=task, value=value, rule=f"learned {task}, {share:.2f}", span=first.span))
    for slot, options in draft.fillers.items():
        chances = dict(draft.chances.get(slot, ()))
        for place, filler in enumerate(options):
            at = near[slot, place]
            value = str(draft.days[0]) if slot == "date" else filler.value
            found.append(
                Why(
                    slot=slot,
                    value=value,
                    rule=f"learned {slot}, {chances[value]:.2f}",
                    span=(at.start, at.stop) if at else None,
                )
            )
    return tuple(found)
