"""A mention made ready for comparison: sides, time, series or treaty, telling stems, and the keys to seek it by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pipeline.gazetteer.treaties import treaty_of
from pipeline.resolve.changes import change_of
from pipeline.resolve.dates import Days, precision, span
from pipeline.resolve.series import SELDOM, Series, recognise, side
from pipeline.resolve.words import STATE_STEMS, fold, stem, stems, surname, weigh

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.resolve.events import Change
    from pipeline.resolve.mentions import Mention

BUCKET = 16  # days; mentions whose times touch share a bucket
MAX_BUCKETS = 30
PAIR = 2
VAGUE = 40  # days; a time longer than this does not tell one meeting of two states from the next
PLAIN = 0.3  # a stem lighter than this is in every other article
FOLLOWING = 3  # words
MANY_SIDES = 5  # a mention with more sides than this is sought by series and place, not by every pair
TELLING = 0.45  # a stem lighter than this does not tell one agreement from another
SOUGHT = 4  # stems of a subject under which it is sought
MOVED = re.compile(r"перен[оеё]с|отлож|отсроч|сдвин|нов(?:ая|ую|ой) дат|вместо \d|позднее запланированн", re.IGNORECASE)
NEXT = re.compile(r"\bследующ", re.IGNORECASE)
PAPERS = r"(?:\w+ )?(?:документ|соглашени|договор|контракт|меморандум)"
PACKAGE = re.compile(
    rf"\b\d+\s+(?:\w+\s+)?{PAPERS}|пакет|\bряд {PAPERS}|нескольк\w+ {PAPERS}|десятк\w+|(?:около|более|свыше) \d+",
    re.IGNORECASE,
)
TRUCE = re.compile(r"перемири|прекра(щени|ти)\w+ (огонь|огня|боев)|гуманитарн\w+ пауз|режим\w* тишины", re.IGNORECASE)
STOP = re.compile(r"прекращени|прекратить", re.IGNORECASE)
TRUCE_NEAR = 9  # days
PLACE_NAMED = re.compile(
    r"([А-ЯЁ][а-яё]{2,}(?:ск|цк)(?:ий|ой|ого|ому|им|ом|ая|ую|ое|ие|их|ими))\s+(?:мирн\w+ )?"
    r"(договор|соглашени|конвенци|протокол|деклараци|пакт|харти|меморандум)\w*",
)
# Many are called after a continent or a state: these say no more than whose it is.
NO_PLACES = STATE_STEMS | frozenset(
    stems("европейская евразийская азиатская африканская американская арабская тюркская")
)
SECOND = re.compile(r"(?<!\s)\s+и\s+(?=(?:договор|соглашени|меморандум|протокол|деклараци)\w*\s)", re.IGNORECASE)
# How far back and ahead of its publication an undated mention may lie, in days.
REACH: Mapping[str, tuple[int, int]] = {
    "held": (5, 0), "ongoing": (2, 1), "planned": (1, 45), "cancelled": (10, 45),
}  # fmt: skip
SERIES_REACH: Mapping[str, tuple[float, float]] = {  # parts of the time between two meetings of the series
    "held": (0.5, 0), "ongoing": (0.05, 0.05), "planned": (0, 0.9), "cancelled": (0.1, 0.5),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What of a mention is compared; days are ordinals."""

    mention: Mention
    published: int
    time: Days  # when the event may have been
    firm: bool  # the text names the day
    vague: bool  # the text names a year, or a time as long
    moved: bool
    coming: bool  # the text calls it the next one
    sides: frozenset[str]  # states and organisations
    surnames: frozenset[str]
    place: str
    series: Series | None
    treaty: str | None
    package: bool
    truce: bool
    change: Change | None  # what its words say that it does to an earlier agreement
    subject: Mapping[str, float]  # weighted stems
    context: Mapping[str, float]  # of the sentences
    keys: tuple[str, ...]


def profile(mention: Mention) -> Profile:
    """Make a mention ready for comparison."""
    return _profile_summit(mention) if mention.family == "summit" else _profile_agreement(mention)


def _sides(mention: Mention) -> frozenset[str]:
    return frozenset(mention.states) | {side(name) for name in mention.organizations}


def _surnames(mention: Mention) -> frozenset[str]:
    return frozenset(filter(None, map(surname, mention.persons)))


PLACES = {
    "нур султан": "астана",
    "питер": "санкт петербург",
    "петербург": "санкт петербург",
    "стрельна": "санкт петербург",
}


def _place(mention: Mention) -> str:
    folded = fold(mention.place or "")
    return PLACES.get(folded, folded)


def _published(mention: Mention) -> int:
    return date.fromisoformat(mention.telling.published[:10]).toordinal()


def _words_with_what_follows(mention: Mention) -> str:
    """Give the words of a trigger; of a lone "саммита" also what follows, which says whose: "саммита НАТО"."""
    at = mention.sentences.find(mention.words)
    if mention.name or mention.kind != "summit" or " " in mention.words or at < 0:
        return mention.words
    return " ".join(mention.sentences[at:].split()[: 1 + FOLLOWING]).split(",")[0]


def _profile_summit(mention: Mention) -> Profile:
    published = _published(mention)
    series = recognise(mention.name, _words_with_what_follows(mention), mention.organizations, mention.kind)
    told = span(mention.start, mention.end)
    back, ahead = REACH.get(mention.status, (5, 5))
    if series and series.apart > SELDOM:
        reach = SERIES_REACH.get(mention.status, (0.1, 0.1))
        back, ahead = max(back, int(series.apart * reach[0])), max(ahead, int(series.apart * reach[1]))
    undated = Days(published - back, published + ahead)
    time = told or undated
    sides = _sides(mention)
    place = _place(mention)
    return Profile(
        mention=mention,
        published=published,
        time=time,
        firm=precision(mention.start) == "day",
        vague=told is not None and told.last - told.first > VAGUE,
        moved=bool(MOVED.search(mention.sentences)) or (mention.status == "cancelled" and mention.kind != "talks"),
        coming=mention.status == "planned"
        and (told is None or told.first > published)
        and bool(NEXT.search(f"{mention.words} {mention.name or ''}")),
        sides=sides,
        surnames=_surnames(mention),
        place=place,
        series=series,
        treaty=None,
        package=False,
        truce=False,
        change=None,
        subject=weigh(stems(mention.name or "")),
        context=_context(mention) if series is None or series.apart <= SELDOM else {},
        keys=tuple(dict.fromkeys(_summit_keys(mention, sides, series, place, time))),
    )


def _context(mention: Mention) -> dict[str, float]:
    """Weigh the words that tell of talks, without who and where, which are compared by themselves."""
    known = set(stems(" ".join((*mention.persons, *mention.organizations, mention.place or "")))) | STATE_STEMS
    said = weigh(set(stems(mention.sentences)) - known)
    return {name: weight for name, weight in said.items() if weight >= PLAIN}


def _proper_name(words: str, sentences: str) -> str | None:
    """Name an agreement called after a place, "Измирский договор", by stems; a sentence's first word is none."""
    found = PLACE_NAMED.match(words)
    if found is None or stem(fold(found[1])) in NO_PLACES or sentences.lstrip(' «"').startswith(words):
        return None
    return "-".join(stem(fold(part)) for part in found.groups())


def _buckets(time: Days) -> range:
    first = time.first // BUCKET
    return range(first, min(time.last // BUCKET, first + MAX_BUCKETS) + 1)


def _summit_keys(
    mention: Mention,
    sides: frozenset[str],
    series: Series | None,
    place: str,
    time: Days,
) -> Iterator[str]:
    if mention.telling.story is not None:
        yield f"story/{mention.telling.story}"
    if series:
        yield from (f"series/{series.body}/{year}" for year in range(time.first // 366, time.last // 366 + 1))
    if mention.status == "cancelled" or MOVED.search(mention.sentences):
        time = Days(time.first - BUCKET, time.last + BUCKET)
    names = _pairs(sides)
    if len(sides) < PAIR or mention.kind == "talks":
        names += [f"person/{person}" for person in sorted(_surnames(mention))[:MANY_SIDES]]
    if place and mention.kind != "talks":
        names.append(f"place/{place}")
    yield from (f"{name}/{bucket}" for bucket in _buckets(time) for name in names)


def _pairs(sides: frozenset[str]) -> list[str]:
    if len(sides) > MANY_SIDES:
        return []
    listed = sorted(sides)
    return [f"{one}+{other}" for index, one in enumerate(listed) for other in listed[index + 1 :]]


def _profile_agreement(mention: Mention) -> Profile:
    published = _published(mention)
    dated = span(mention.start)
    sides = _sides(mention)
    text = f"{mention.words} {mention.subject or ''}"
    treaty = treaty_of(text)
    named = treaty.slug if treaty else _proper_name(mention.words, mention.sentences)
    # Of "союзнических отношениях и Договор о демаркации границы" only the first is this agreement's own.
    own = SECOND.split(mention.subject or "")[0]
    subject = {name: weight for name, weight in weigh(stems(own)).items() if name not in STATE_STEMS}
    # The words of "договорились о полном прекращении огня" end before the last one.
    told = text if mention.subject and not STOP.search(mention.words) else f"{text} {mention.sentences}"
    truce = not named and bool(TRUCE.search(told))
    return Profile(
        mention=mention,
        published=published,
        time=dated or Days(published - 3, published),
        firm=precision(mention.start) == "day",
        vague=dated is not None and dated.last - dated.first > VAGUE,
        moved=bool(MOVED.search(mention.sentences)),
        coming=False,
        sides=sides,
        surnames=_surnames(mention),
        place=_place(mention),
        series=None,
        treaty=named,
        truce=truce,
        change=change_of(mention),
        package=not mention.subject and bool(PACKAGE.search(mention.words)),
        subject=subject,
        context=weigh(set(stems(mention.sentences))),
        keys=tuple(dict.fromkeys(_agreement_keys(mention, sides, named, subject, truce=truce))),
    )


def _agreement_keys(
    mention: Mention,
    sides: frozenset[str],
    named: str | None,
    subject: Mapping[str, float],
    *,
    truce: bool,
) -> Iterator[str]:
    if truce:  # sought by each side, since mediators come and go
        news = Days(_published(mention) - TRUCE_NEAR, _published(mention))
        for time in (news, span(mention.start) or news):
            yield from (f"truce/{each}/{bucket}" for bucket in _buckets(time) for each in sorted(sides)[:MANY_SIDES])
    yield from _deal_keys(mention, sides, named, subject)


def _telling(subject: Mapping[str, float]) -> list[str]:
    """List the most telling stems of a subject."""
    found = (name for name, weight in subject.items() if weight >= TELLING)
    return sorted(found, key=lambda name: (-subject[name], name))[:SOUGHT]


def _deal_keys(
    mention: Mention, sides: frozenset[str], named: str | None, subject: Mapping[str, float]
) -> Iterator[str]:
    published, told = _published(mention), span(mention.start)
    if named:
        yield f"treaty/{named}"
    if mention.telling.story is not None:
        yield f"story/{mention.telling.story}"
    telling = _telling(subject)
    if len(telling) >= SOUGHT - 1:
        yield "+".join(["subject", *sorted(telling[:PAIR])])  # the sides of a treaty of many are told in parts
    for each in sorted(sides)[:MANY_SIDES]:
        for name in telling:
            yield f"{each}/{name}"
    times = [Days(published - 2, published)]
    if told and told.last - told.first < 2 * BUCKET:
        times.append(told)
    pairs = _pairs(sides) or sorted(sides)[:MANY_SIDES]
    for time in times:
        for bucket in _buckets(time):
            for pair in pairs:
                yield f"{pair}/{bucket}"
