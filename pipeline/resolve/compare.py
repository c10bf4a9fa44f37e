"""How much speaks for two mentions being of one event, in points, and what forbids it.

A point is about one unit of log-odds; the weights were set by reading pairs (docs/resolution.md), not learned.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from pipeline.resolve.dates import Days
from pipeline.resolve.profile import TRUCE_NEAR
from pipeline.resolve.series import SELDOM
from pipeline.resolve.words import contained, likeness

if TYPE_CHECKING:
    from pipeline.resolve.profile import Profile

JOIN = 4.0  # from here on two mentions are of one event unless something forbids it
DOUBT = 2.5  # from here on two mentions are resolved together, since one may decide where the other belongs
SUSPECT = 4.0  # two rows with such a pair may be one, had nothing forbidden it: a person might look
FORBIDDEN = -99.0
PAIR = 2  # sides of a bilateral event
SAME_TEXT = 6.0
A_FORTNIGHT, A_MONTH, A_SEASON, A_YEAR = 14, 31, 120, 400  # days
FRESH = 2  # days
REPORTED = {"signed": 3, "ratified": 3, "agreed": 15}  # days by which reports of one step may differ
MANY_STEMS = 3  # telling words that make a subject unmistakable
SURE = 0.75  # likeness of two such subjects
ALIKE_TOLD = 0.25  # likeness of what is told of one meeting
RANKS = {"planned": 0, "agreed": 1, "signed": 2, "ratified": 3}

# Kinds of agreements that one document may be called by different articles; «договор» is a treaty or a contract.
ALIKE = frozenset(
    frozenset(pair)
    for pair in (
        *(("agreement", kind) for kind in
          ("treaty", "contract", "memorandum", "protocol", "understanding", "roadmap", "declaration")),
        ("contract", "understanding"), ("memorandum", "roadmap"), ("treaty", "declaration"), ("treaty", "contract"),
    )
)  # fmt: skip


def compare(one: Profile, other: Profile) -> float:
    """Weigh two mentions of one family against each other: points, or FORBIDDEN."""
    if one.mention.telling.article == other.mention.telling.article:
        if one.treaty and one.treaty == other.treaty:
            return SAME_TEXT
        if one.truce and other.truce:
            return _compare_truces(one, other)
        if not (_repeated(one, other) or _partly_signed(one, other) or _one_edition(one, other)):
            return FORBIDDEN
    return _compare_summits(one, other) if one.mention.family == "summit" else _compare_agreements(one, other)


def _repeated(one: Profile, other: Profile) -> bool:
    """Tell whether an article says the same twice, so that two records of it are one event."""
    a, b = one.mention, other.mention
    return (a.kind, a.status, a.start, a.end, a.place, a.name, a.subject) == (
        b.kind, b.status, b.start, b.end, b.place, b.name, b.subject,
    ) and one.sides == other.sides and one.surnames == other.surnames and a.trigger != b.trigger  # fmt: skip


def _one_edition(one: Profile, other: Profile) -> bool:
    """Tell whether an article speaks twice of one meeting of a series, or of one visit, so that two records are one."""
    if one.mention.family != "summit" or forbids(one, other):
        return False
    if one.series and other.series:
        return True
    a, b = one.mention, other.mention
    return (
        a.kind == b.kind == "talks"
        and (a.status == "planned") == (b.status == "planned")
        and len(one.sides) >= PAIR
        and one.sides == other.sides
        and (bool(one.surnames & other.surnames) or not one.surnames or not other.surnames)
    )


def _partly_signed(one: Profile, other: Profile) -> bool:
    """Tell whether an article says of one document that some signed it and others will."""
    a, b = one.mention, other.mention
    return (
        {a.status, b.status} == {"signed", "planned"}
        and a.kind == b.kind
        and bool(a.states and b.states)
        and not set(a.states) & set(b.states)
        and _one_subject(one, other)
    )


def _one_subject(one: Profile, other: Profile) -> bool:
    return min(len(one.subject), len(other.subject)) >= MANY_STEMS and likeness(one.subject, other.subject) >= SURE


def _same_text(one: Profile, other: Profile) -> bool:
    story = one.mention.telling.story
    return (
        story is not None
        and story == other.mention.telling.story
        and one.mention.words == other.mention.words
        and one.sides == other.sides
    )


def _compare_summits(one: Profile, other: Profile) -> float:
    a, b = one.mention, other.mention
    if _same_text(one, other):
        return SAME_TEXT + JOIN
    if forbids(one, other):
        return FORBIDDEN
    points = 0.5 if a.kind == b.kind else -1.0
    points += _by_series(one, other) + _by_sides(one, other) + _by_persons(one, other) + _by_place(one, other)
    points += _by_time(one, other) + _by_context(one, other)
    if a.kind == "talks":
        points += _by_doubt(one, other)
    known = len(one.sides & other.sides) + len(one.surnames & other.surnames)
    # One side alone meets many: then people or the place must say which meeting it was.
    needed = PAIR if min(len(one.sides), len(other.sides)) >= PAIR or a.kind != "talks" else PAIR + 1
    if not (one.series and other.series) and known + bool(one.place and one.place == other.place) < needed:
        points = min(points, JOIN - 0.5)
    if a.kind == "talks" and not _tied(one, other):
        points = min(points, JOIN - 0.5)
    return points


def _tied(one: Profile, other: Profile) -> bool:
    """Tell whether more than the sides ties two talks: people, a place, one day. Neighbours talk every week."""
    shared = len(one.surnames & other.surnames)
    if one.place and one.place == other.place:
        return True
    if one.vague or other.vague:  # in a year the same two meet again and again
        planned = "planned" in {one.mention.status, other.mention.status}
        long = planned and abs(one.published - other.published) > A_MONTH
        return not long and shared >= PAIR and likeness(one.context, other.context) >= ALIKE_TOLD
    if any(each.mention.start and not each.firm for each in (one, other)):
        # A month has many meetings.
        return shared >= PAIR or (shared > 0 and likeness(one.context, other.context) >= ALIKE_TOLD)
    if shared or one.sides != other.sides:
        return bool(shared)
    if one.firm and other.firm:
        return one.time.gap(other.time) == 0
    undated = not (one.mention.start or other.mention.start)
    return undated and one.published == other.published and not (one.surnames or other.surnames)


def forbids(one: Profile, other: Profile) -> bool:
    """Tell whether two mentions of meetings cannot be of one, whatever else speaks for it."""
    a, b = one.mention, other.mention
    if {a.kind, b.kind} & {"talks"} and a.kind != b.kind:
        return True
    if one.series and other.series:
        levels = {one.series.level, other.series.level}
        if one.series.body != other.series.body or (len(levels) == PAIR and levels != {"summit", "informal"}):
            return True
        ordinals = {one.series.ordinal, other.series.ordinal}
        if None not in ordinals and len(ordinals) == PAIR:
            return True
    seldom = one.series is not None and other.series is not None and one.series.apart > SELDOM
    if a.country and b.country and a.country != b.country and not (one.moved or other.moved or seldom):
        return True
    if (
        a.kind == "talks"
        and len(one.sides) >= PAIR <= len(other.sides)
        and not (one.sides <= other.sides or other.sides <= one.sides)
    ):
        return True
    return _times_forbid(one, other)


def _times_forbid(one: Profile, other: Profile) -> bool:
    a, b = one.mention, other.mention
    # What is under way or over when another is called the next one is not that one.
    for following, now in ((one, other), (other, one)):
        begun = now.mention.status in {"held", "ongoing"} or (now.firm and now.time.first <= following.published)
        if following.coming and begun and now.published <= following.published + FRESH:
            return True
    gap = one.time.gap(other.time)
    # Days that a visit or a summit takes; two months that touch are two all the same.
    months = bool(a.start and b.start) and not (one.firm or other.firm)
    slack = (
        0 if months else 2 if a.kind != "talks" or (one.sides == other.sides and one.surnames & other.surnames) else 1
    )
    if a.kind == "talks" and a.status != "planned" != b.status and bool(a.start) != bool(b.start):
        gap = max(gap, _days_apart(one, other) - FRESH)  # undated news of a meeting is fresh
    if gap <= slack:
        return False
    if one.series and other.series and one.series.apart > SELDOM:
        # One edition is planned for this week and that, or sits for weeks and has its ordinal.
        numbered = one.series.ordinal is not None and one.series.ordinal == other.series.ordinal
        if a.status == "planned" == b.status or numbered or one.series.level == "assembly":
            return gap > one.series.apart // 4
    if one.moved or other.moved:
        return gap > 45  # noqa: PLR2004 - a meeting put off for longer is another one
    return True


def _by_series(one: Profile, other: Profile) -> float:
    if one.series and other.series:
        points = 4.0 if one.series.apart > SELDOM else 3.5 if one.series.apart > A_MONTH else 2.5
        if one.series.ordinal and one.series.ordinal == other.series.ordinal:
            points += 2.0
        return points
    if one.mention.name and other.mention.name:
        like = likeness(one.subject, other.subject)
        return 3.5 * like if like > 0.3 else -2.0  # noqa: PLR2004 - a name shared by a third is chance
    return -0.5 if one.series or other.series else 0.0


def _by_sides(one: Profile, other: Profile) -> float:
    if not one.sides or not other.sides:
        return 0.0
    shared = len(one.sides & other.sides)
    if one.mention.kind != "talks":
        return min(shared, 3) * 0.5 if shared else (0.0 if one.series and other.series else -1.0)
    if shared >= PAIR:
        return 3.0 if one.sides == other.sides else 2.0
    if shared == 1:
        return 0.5
    return -3.0


def _by_persons(one: Profile, other: Profile) -> float:
    if not one.surnames or not other.surnames:
        return 0.0
    shared = len(one.surnames & other.surnames)
    if shared:
        return min(shared, 2) * 1.0
    if one.mention.kind != "talks":
        return 0.0
    # Two names on either side and none in common: the ministers met on the day of the presidents.
    return -4.0 if min(len(one.surnames), len(other.surnames)) >= PAIR else -2.5


def _by_place(one: Profile, other: Profile) -> float:
    if one.place and other.place:
        if one.place == other.place:
            return 1.5
        if one.firm and other.firm and one.mention.country == other.mention.country and one.time.gap(other.time) == 0:
            return -1.0  # of one day and one country: more often misread than two
        return 0.0 if one.moved or other.moved else -3.0
    a, b = one.mention.country, other.mention.country
    return 0.5 if a and a == b else -1.5 if a and b else 0.0


def _by_doubt(one: Profile, other: Profile) -> float:
    """Weigh how sure it is that both mentions are of some meeting at all."""
    return log(one.mention.confidence * other.mention.confidence)


def _by_context(one: Profile, other: Profile) -> float:
    """Weigh what is said of two meetings where neither a day nor a place ties them: of one the same is told."""
    if (one.firm and other.firm) or (one.place and one.place == other.place) or not (one.context and other.context):
        return 0.0
    like = likeness(one.context, other.context)
    return 0.5 if like >= ALIKE_TOLD else 0.0 if like >= 0.12 else -1.0  # noqa: PLR2004 - steps


def _by_time(one: Profile, other: Profile) -> float:
    if one.firm and other.firm:
        gap = one.time.gap(other.time)
        return 2.0 if gap == 0 else 1.0 if gap == 1 else 0.0
    apart = _days_apart(one, other)
    points = 1.0 if apart == 0 else 0.4 if apart == 1 else 0.0 if apart <= 2 else -0.4 if apart <= 7 else -0.8  # noqa: PLR2004 - days
    if apart > A_FORTNIGHT and one.mention.kind == "talks":
        points -= 1.2
    if one.series and other.series and one.series.apart > A_MONTH:
        points = max(points, 0.0)  # its name and its time say enough
    first, last = sorted((one, other), key=lambda each: each.mention.order)
    if (
        first.mention.status in {"held", "ongoing"}
        and last.mention.status == "planned"
        and first.published < last.published
    ):
        points -= 2.0  # after a meeting the next one is planned
    if max(each.time.last - each.time.first for each in (one, other)) > A_SEASON // 2 and not (
        one.series and other.series
    ):
        points -= 1.0  # a bare year
    return points


def _days_apart(one: Profile, other: Profile) -> int:
    """Count the days between two meetings, the day of the report standing for one that is not told."""
    return _when(one).gap(_when(other))


def _when(each: Profile) -> Days:
    return each.time if each.mention.start else Days(each.published, each.published)


def _compare_agreements(one: Profile, other: Profile) -> float:
    same_story = one.mention.telling.story is not None and one.mention.telling.story == other.mention.telling.story
    if (
        same_story
        and one.sides == other.sides
        and one.subject == other.subject
        and (one.subject or _same_text(one, other))
    ):
        return SAME_TEXT + JOIN  # a reprint: whatever kind was read, the same words tell of the same
    if one.treaty or other.treaty:
        return JOIN + 2 if one.treaty == other.treaty else FORBIDDEN
    if one.truce and other.truce:
        return _compare_truces(one, other)
    if agreements_forbid(one, other):
        return FORBIDDEN
    points = (
        _by_parties(one, other) + _by_kind(one, other) + _by_subject(one, other) + _by_amount(one, other)
        + _by_day(one, other) + _by_words(one, other)
    )  # fmt: skip
    return points if one.truce == other.truce else min(points, JOIN - 0.5)


def _of_the_past(each: Profile) -> bool:
    return bool(each.mention.start) and each.published - each.time.last > A_SEASON


def _compare_truces(one: Profile, other: Profile) -> float:
    """Weigh two truces: those who fight are told with and without mediators, and a truce has no other subject."""
    shared = len(one.sides & other.sides)
    gap = one.time.gap(other.time)
    like = likeness(one.context, other.context)
    # With a mediator alone in common, or nobody, the sentences must speak for it.
    needed = 0.0 if 2 * shared >= max(min(len(one.sides), len(other.sides)), 1) else 0.2 if shared else 0.35
    if like < needed:
        return FORBIDDEN
    if (one.vague or other.vague) and not (_of_the_past(one) and _of_the_past(other)):
        return FORBIDDEN
    if gap > (TRUCE_NEAR if one.mention.start and other.mention.start else A_FORTNIGHT) and not (
        like >= 0.5 and gap <= A_YEAR and not (one.firm and other.firm)  # noqa: PLR2004 - the same words, later on
    ):
        return FORBIDDEN
    statuses = {one.mention.status, other.mention.status}
    points = 1.5 if "planned" in statuses and len(statuses) == PAIR else 2.5  # many a truce is proposed
    points += 2.0 if shared >= PAIR else 0.5 if shared else -1.5
    if not any(each.mention.start and not each.firm for each in (one, other)):  # a month says little of a truce
        points += 1.0 if gap <= FRESH else 0.5 if gap <= TRUCE_NEAR else -0.5
    return points + (1.0 if like >= 0.35 else 0.0 if like >= 0.2 else -1.5)  # noqa: PLR2004 - steps


def agreements_forbid(one: Profile, other: Profile) -> bool:
    """Tell whether two mentions of agreements cannot be of one, whatever else speaks for it."""
    a, b = one.mention, other.mention
    if one.treaty != other.treaty or one.package != other.package or one.change != other.change:
        return True
    states_a, states_b = set(a.states), set(b.states)
    # Three signed and two will: the sides of a treaty of many are told in parts.
    many = max(len(states_a), len(states_b)) > PAIR and _one_subject(one, other)
    if len(states_a) >= PAIR <= len(states_b) and not (states_a <= states_b or states_b <= states_a or many):
        return True
    if one.sides and other.sides and not one.sides & other.sides and not many:
        return True
    if a.kind != b.kind and frozenset({a.kind, b.kind}) not in ALIKE:
        return True
    if _out_of_order(one, other):
        return True
    return _dates_forbid(one, other)


def _dates_forbid(one: Profile, other: Profile) -> bool:
    a, b = one.mention, other.mention
    dated = bool(a.start and b.start)
    each_alone = bool(a.ratified_by and b.ratified_by) and set(a.ratified_by).isdisjoint(b.ratified_by)
    if dated and a.status == b.status and a.status in REPORTED and not each_alone:
        return one.time.gap(other.time) > REPORTED[a.status]
    unmistakable = _one_subject(one, other)
    if dated and not unmistakable and {a.status, b.status} <= {"planned", "agreed", "signed"}:
        # A deal of this year and a deal of the last; what is planned takes its time.
        longest = A_YEAR if "planned" in {a.status, b.status} else A_SEASON
        if one.time.gap(other.time) > longest:
            return True
    apart = abs(one.published - other.published)
    if one.subject and other.subject:
        return apart > A_YEAR and not unmistakable and not dated
    return apart > A_FORTNIGHT and not (dated and one.time.gap(other.time) == 0 and a.status == b.status)


def _out_of_order(one: Profile, other: Profile) -> bool:
    """Tell whether a lower step is dated after a higher one: then they are steps of two agreements."""
    first, last = sorted((one, other), key=lambda each: RANKS.get(each.mention.status, len(RANKS)))
    if first.mention.status == last.mention.status or last.mention.status not in RANKS:
        return False
    return bool(first.mention.start and last.mention.start) and first.time.first > last.time.last + A_MONTH


def _by_parties(one: Profile, other: Profile) -> float:
    shared = len(one.sides & other.sides)
    if one.sides == other.sides:
        return 2.5 if shared >= PAIR else 0.5
    if shared >= PAIR:
        return 2.0
    return 0.5 if shared else -1.0


def _by_kind(one: Profile, other: Profile) -> float:
    if one.mention.kind == other.mention.kind:
        return 1.0
    if not (one.subject and other.subject):
        return -2.0
    return 0.0 if "agreement" in {one.mention.kind, other.mention.kind} else -0.5


def _by_subject(one: Profile, other: Profile) -> float:
    if one.subject and other.subject:
        like = likeness(one.subject, other.subject)
        if min(len(one.subject), len(other.subject)) < PAIR and like >= 0.35:  # noqa: PLR2004 - steps
            return 1.0  # "поставка" alone
        return 4.0 if like >= 0.6 else 2.5 if like >= 0.35 else -0.5 if like >= 0.2 else -3.0  # noqa: PLR2004 - steps
    # Without a subject the sentences must speak for it: that the same two states agreed on something is no news.
    if not one.subject and not other.subject:
        like = likeness(one.context, other.context)
        if one.package or (one.firm and other.firm and one.time == other.time):
            return 1.5
        return 2.5 if like >= 0.5 else 0.0 if like >= 0.35 else -2.5  # noqa: PLR2004 - steps
    told, untold = (one, other) if one.subject else (other, one)
    found = contained(told.subject, untold.context)
    if sum(told.subject.values()) < 0.8:  # noqa: PLR2004 - weight; "проект" is in many sentences
        return min(found, 0.5)
    return 2.5 if found >= 0.7 else 1.0 if found >= 0.4 else -1.5  # noqa: PLR2004 - steps


def _by_words(one: Profile, other: Profile) -> float:
    """Weigh what is said of two agreements that have one side in common: it makes many of one kind."""
    if not (one.subject and other.subject) or len(one.sides & other.sides) >= PAIR:
        return 0.0
    like = likeness(one.context, other.context)
    return 0.5 if like >= 0.35 else 0.0 if like >= ALIKE_TOLD else -1.5  # noqa: PLR2004 - steps


def _by_amount(one: Profile, other: Profile) -> float:
    a, b = one.mention, other.mention
    if not a.amount or not b.amount or a.currency != b.currency:
        return 0.0
    return 2.0 if abs(a.amount - b.amount) <= 0.05 * max(a.amount, b.amount) else -3.0


def _by_day(one: Profile, other: Profile) -> float:
    a, b = one.mention, other.mention
    points = 0.0
    if a.status == b.status and one.firm and other.firm:
        points += 1.5
    apart = abs(one.published - other.published)
    points += 1.0 if apart <= 2 else 0.5 if apart <= 7 else 0.0 if apart <= 31 else -0.7 if apart <= 120 else -1.2  # noqa: PLR2004 - days
    first, last = sorted((one, other), key=lambda each: each.mention.order)
    if RANKS.get(first.mention.status, 9) > RANKS.get(last.mention.status, 9) and apart > 3:  # noqa: PLR2004 - days
        points -= 1.0
    if a.kind != b.kind and "understanding" in {a.kind, b.kind} and set(a.states) != set(b.states):
        points -= 2.5  # three agreed by word of mouth, two signed a paper
    if apart > A_MONTH and "understanding" in {a.kind, b.kind}:
        points -= 1.5  # what was agreed by word of mouth is seldom told of again under its own name
    if apart > A_MONTH and a.status == b.status == "signed" and not (a.start or b.start):
        points -= 1.0  # each tells of its own day
    return points
