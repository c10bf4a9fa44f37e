"""A group of mentions made into one real meeting or agreement, with a readable identifier."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from pipeline.gazetteer.treaties import by_slug
from pipeline.resolve.changes import changed_treaty
from pipeline.resolve.consensus import commonest, tally
from pipeline.resolve.dates import days, precision
from pipeline.resolve.events import Claim, Event, Participant
from pipeline.resolve.life import agreement_life, as_told, party_status, planned_date, summit_life
from pipeline.resolve.series import body_of, side
from pipeline.resolve.sources import sources
from pipeline.resolve.words import fold, likeness, stems, surname, weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pipeline.resolve.events import Change
    from pipeline.resolve.mentions import Mention
    from pipeline.resolve.profile import Profile

CERTAIN = 0.99  # no number of articles makes a fact surer
MANY = 6  # mentions, from which a value told once is taken for an error
RARE, SELDOM = 0.12, 0.04  # parts of the articles that must name a side
SIDES_IN_ID = 3
LATIN = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya".replace("-", "").split(" "),
        strict=True,
    ),
)


PARTS: tuple[tuple[Literal["state", "person", "organization"], str, Callable[[str], str]], ...] = (
    ("state", "states", str),
    ("person", "persons", surname),
    ("organization", "organizations", side),
)


def latin(text: str, words: int = 2) -> str:
    """Write the first words of a text in Latin letters, for an identifier."""
    letters = "".join(LATIN.get(letter, letter) for letter in fold(text))
    return "-".join(re.findall(r"[a-z0-9]+", letters)[:words])


def build(group: Sequence[Profile], set_by_person: Mapping[str, str] | None = None) -> Event:
    """Make the event of a group of profiles, sorted by publication; what a person set goes first."""
    members = tuple(each.mention for each in group)
    source = sources(members)
    event = _summit(group, members, source) if members[0].family == "summit" else _agreement(group, members, source)
    return overrule(event, set_by_person) if set_by_person else event


def _summit(group: Sequence[Profile], members: tuple[Mention, ...], source: Mapping[int, str]) -> Event:
    participants = _participants(members, source)
    states = [each.value for each in participants if each.kind == "state"]
    told = [each for each in members if as_told(each) in {"held", "ongoing"}]
    start_votes = [(each.start, each) for each in told if each.start]
    claims: list[Claim] = []
    if not start_votes and (date := planned_date(members)):
        start_votes = [
            (each.start, each)
            for each in members
            if each.start and (each.start[: len(date)] == date or date[: len(each.start)] == each.start)
        ]
    if not start_votes:  # the day for which what was cancelled had been planned
        start_votes = [(each.start, each) for each in members if each.start]
    dated = tally("start", start_votes, source, states, dates=True)
    start = dated[0].value if dated else None
    ends = tally("end", [(each.end, each) for each in told or members if each.end], source, states, dates=True)
    claims += _near(dated)
    status, steps = summit_life(members, source, start)
    claims += _near(ends)
    for field in ("kind", "place", "country"):
        speaking = members if field == "kind" else _since_moved(group, field)
        claims += tally(field, [(value, each) for each in speaking if (value := getattr(each, field))], source, states)
    series = Counter(each.series.slug for each in group if each.series)
    chosen = {claim.field: claim.value for claim in claims if claim.chosen}
    end = ends[0].value if ends else None
    return Event(
        family="summit",
        id="",
        base=_summit_base(group, chosen.get("kind", members[0].kind)),
        members=members,
        kind=chosen["kind"],
        status=status,
        name=commonest(each.name for each in members if each.name),
        subject=None,
        place=chosen.get("place"),
        country=chosen.get("country"),
        start=start,
        end=end if end and start and end[: len(start)] >= start[: len(end)] else None,
        amount=None,
        currency=None,
        series=min(series, key=lambda each: (-series[each], each)) if series else None,
        participants=participants,
        topics=_topics(members),
        claims=tuple(claims),
        steps=steps,
        **_seen(members, source),
    )


def _since_moved(group: Sequence[Profile], field: str) -> Sequence[Mention]:
    """List the mentions that may tell where a meeting takes place: after it was moved, only those that know of it."""
    moves = [each.mention.order for each in group if each.moved]
    members = [each.mention for each in group]
    if not moves:
        return members
    since = [each for each in members if each.order >= min(moves)]
    return since if any(getattr(each, field) for each in since) else members


def _near(claims: Sequence[Claim]) -> Sequence[Claim]:
    """Leave out neighbouring days of one meeting, each taken for its beginning by some article: no contradiction."""
    if not claims:
        return ()
    first = days(claims[0].value)
    kept = [
        claim
        for claim in claims
        if claim.chosen
        or not (first and (other := days(claim.value)) and first.gap(other) <= 1 and precision(claim.value) == "day")
    ]
    if len(kept) == 1 and len(claims) > 1:
        only = kept[0]
        return [
            Claim(
                field=only.field, value=only.value, verdict="confirmed" if only.sources > 1 else "unique", chosen=True,
                sources=only.sources, concerned=only.concerned, article=only.article, learned=only.learned,
            ),
        ]  # fmt: skip
    return kept


def _agreement(group: Sequence[Profile], members: tuple[Mention, ...], source: Mapping[int, str]) -> Event:
    participants = _participants(members, source, steps=True)
    states = [each.value for each in participants if each.kind == "state"]
    treaty = next((each.treaty for each in group if each.treaty), None)
    known = by_slug(treaty) if treaty else None
    status, date, steps, claims = agreement_life(members, source, states, known.date if known else None)
    listed = list(claims)
    for field in ("kind", "place", "country"):
        listed += tally(field, [(value, each) for each in members if (value := getattr(each, field))], source, states)
    amounts = tally(
        "amount",
        [(f"{each.amount:.15g} {each.currency or ''}".strip(), each) for each in members if each.amount],
        source,
        states,
    )
    listed += amounts
    chosen = {claim.field: claim.value for claim in listed if claim.chosen}
    changes = _changes(group)
    number, _, currency = (amounts[0].value if amounts else "").partition(" ")
    return Event(
        family="agreement",
        id="",
        base=latin(treaty, 9) if treaty else _agreement_base(group, chosen.get("kind", members[0].kind)),
        members=members,
        kind=known.kind if known else chosen["kind"],
        status=status,
        name=known.title if known else None,
        subject=_subject(members),
        place=chosen.get("place"),
        country=chosen.get("country"),
        start=date,
        end=None,
        amount=float(number) if number else None,
        currency=currency or None,
        series=treaty,
        changes=changes,
        changes_treaty=next(filter(None, map(changed_treaty, members)), None) if changes else None,
        participants=participants,
        topics=_topics(members),
        claims=tuple(listed),
        steps=steps,
        **_seen(members, source),
    )


def _changes(group: Sequence[Profile]) -> Change | None:
    """Tell what an agreement does to an earlier one: what most of its mentions say."""
    found = Counter(each.change for each in group)
    return max(found, key=lambda change: (found[change], change is None))


def _seen(members: Sequence[Mention], source: Mapping[int, str]) -> dict[str, Any]:
    best: dict[str, float] = defaultdict(float)
    for each in members:
        best[source[each.id]] = max(best[source[each.id]], each.confidence)
    doubt = 1.0
    for confidence in best.values():
        doubt *= 1 - confidence
    return {
        "confidence": round(min(1 - doubt, CERTAIN), 4),
        "articles": len({each.telling.article for each in members}),
        "sources": len(best),
        "first_seen": min(each.telling.known for each in members),
        "last_seen": max(each.telling.known for each in members),
    }


def _subject(members: Sequence[Mention]) -> str | None:
    """Choose the subject that is most like all the others; the shorter of equals."""
    told = sorted({each.subject for each in members if each.subject})
    if not told:
        return None
    weighed = {text: weigh(stems(text)) for text in told[:60]}
    counts = Counter(each.subject for each in members)
    return min(
        weighed,
        key=lambda text: (
            -round(sum(counts[other] * likeness(weighed[text], weighed[other]) for other in weighed), 6),
            len(text),
            text,
        ),
    )


def _topics(members: Sequence[Mention]) -> tuple[str, ...]:
    counts = Counter(topic for each in members for topic in set(each.topics))
    return tuple(sorted(topic for topic, count in counts.items() if count >= max(1, 0.25 * len(members))))


def _participants(
    members: Sequence[Mention],
    source: Mapping[int, str],
    *,
    steps: bool = False,
) -> tuple[Participant, ...]:
    found: list[Participant] = []
    for kind, slot, key in PARTS:
        told: dict[str, list[tuple[str, Mention]]] = defaultdict(list)
        for each in members:
            for value in dict.fromkeys(getattr(each, slot)):
                told[key(value)].append((value, each))
        speaking = len({each.telling.article for votes in told.values() for _, each in votes})
        for votes in told.values():
            articles = {each.telling.article for _, each in votes}
            # At a table of many a state is seldom named; at one of two a third state is a slip.
            least = max(2, (RARE if members[0].kind == "talks" else SELDOM) * speaking)
            if speaking >= MANY and len(articles) < least and kind != "person":
                continue
            body = body_of(votes[0][0]) if kind == "organization" else None
            value = body.title if body else commonest((value for value, _ in votes), key=fold)
            found.append(
                Participant(
                    kind=kind,
                    value=value or votes[0][0],
                    sources=len({source[each.id] for _, each in votes}),
                    status=party_status(votes[0][0], members) if steps and kind == "state" else "",
                ),
            )
    unique: dict[tuple[str, str], Participant] = {}
    for participant in sorted(found, key=lambda one: (one.kind, -one.sources, one.value)):
        unique.setdefault((participant.kind, participant.value), participant)
    return tuple(unique.values())


def _founder(group: Sequence[Profile], told: Callable[[Profile], bool]) -> Profile:
    """Choose the mention that names the event for good: the first one published that tells enough, else the first."""
    return next((each for each in group if told(each)), group[0])


def _summit_base(group: Sequence[Profile], kind: str) -> str:
    founder = (
        _founder(group, lambda each: bool(each.series and each.mention.start))
        if any(each.series for each in group)
        else _founder(group, lambda each: len(each.sides) > 1 and bool(each.mention.start))
    )
    if founder.series is None or not founder.mention.start:
        founder = _founder(group, lambda each: bool(each.series) or len(each.sides) > 1)
    date = founder.mention.start or founder.mention.telling.published[:10]
    if founder.series:
        ordinal = f"-{founder.series.ordinal}" if founder.series.ordinal else ""
        return f"{founder.series.slug}{ordinal}-{date if founder.mention.start else date[:7]}"
    return "-".join(filter(None, (_side_slug(founder), founder.mention.kind or kind, date)))


def _side_slug(founder: Profile) -> str:
    states = sorted(founder.mention.states)
    others = sorted(
        slug
        for name in founder.mention.organizations
        if (slug := body.slug if (body := body_of(name)) else latin(name, 2))
    )
    listed = [each.lower() for each in states] + others
    if len(listed) > SIDES_IN_ID:
        return "-".join([*listed[:SIDES_IN_ID], f"{len(listed) - SIDES_IN_ID}more"])
    if not listed:
        return latin(founder.mention.name or founder.mention.place or "", 3)
    return "-".join(listed)


def _agreement_base(group: Sequence[Profile], kind: str) -> str:
    founder = _founder(group, lambda each: len(each.sides) > 1 and bool(each.subject))
    words = [word for word in fold(founder.mention.subject or "").split() if len(word) > 3]  # noqa: PLR2004 - no particles
    date = founder.mention.start or founder.mention.telling.published[:7]
    return "-".join(
        filter(None, (_side_slug(founder), founder.mention.kind or kind, latin(" ".join(words), 2), date[:7])),
    )


def name_events(events: Iterable[Event]) -> dict[str, Event]:
    """Give each event its identifier; of several with one base the one published first has the bare base."""
    by_base: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_base[event.base].append(event)
    named: dict[str, Event] = {}
    for base, doubles in by_base.items():
        doubles.sort(key=lambda event: event.members[0].order)
        for position, event in enumerate(doubles, start=1):
            named[base if position == 1 else f"{base}-no{position}"] = event
    return named


FIELDS = {
    "summit": ("kind", "status", "name", "place", "country", "start", "end"),
    "agreement": ("kind", "status", "subject", "place", "country", "start", "amount", "currency"),
}


def overrule(event: Event, values: Mapping[str, str]) -> Event:
    """Put a person's values in the place of those of the articles; the claims keep what the articles say."""
    fields = {name: value for name, value in values.items() if name in FIELDS[event.family]}
    claims = [
        replace(claim, verdict="person", chosen=claim.value == fields[claim.field]) if claim.field in fields else claim
        for claim in event.claims
    ]
    typed: dict[str, Any] = {name: value or None for name, value in fields.items()}
    if typed.get("amount"):
        typed["amount"] = float(str(typed["amount"]))
    return replace(event, claims=tuple(claims), **typed)
