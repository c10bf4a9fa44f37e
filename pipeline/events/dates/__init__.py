"""Text and publication date in, the time expressions of the text out, each resolved to ISO dates.

    found = find_dates("Саммит пройдёт 21–22 июля.", date(2022, 7, 1))[0]
    found.words                      # "21–22 июля"
    found.resolve("future")          # Reading(start="2022-07-21", end="2022-07-22")
    found.whole("future")            # "2022-07", for what happens some time in these days

An expression whose year (or week) the words leave open, "16 ноября", "в июле", "во вторник", has three readings:
the latest that is not after the publication, the earliest that is not before it, and the nearest. Which of them
holds is told by tense and aspect of the verb, which this package does not see; the caller says `past`, `future` or
None for the nearest. `needs_direction` tells whether the readings differ.

A reading is given as the guidelines write it: an ISO date, or the longest ISO prefix that holds the whole period
("на этой неделе": the month, or the year where the week crosses months; a season or quarter: the year). Periods of
exact days ("с 8 по 9 июня") have a start and an end; days, months and years have both, and equal. "С 1 мая" has no
end, "до 24 августа" no start. Vague words ("в ближайшее время", "недавно") give nothing.

Every rule is one regular expression without nested repetition over the text in lower case, sought only around the
words without which it cannot match, so the time is linear in the length of the text. Where two rules overlap, the
longer match wins, then the earlier rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date  # noqa: TC003 part of the documented signature
from itertools import compress
from operator import itemgetter
from typing import TYPE_CHECKING, Literal

from pipeline.annotate.memo import Memo
from pipeline.events.dates.periods import Bound, Reading, certain, reading
from pipeline.events.dates.readings import Context, Precision
from pipeline.events.dates.rules import RULES, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Direction", "Reading", "TimeExpression", "find_dates", "may_hold_date"]

Direction = Literal["past", "future"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeExpression:
    """Words that name a time, and what they mean on the day of publication."""

    start: int  # offset in the text, half-open with `stop`
    stop: int
    words: str
    rule: str
    precision: Precision
    bound: Bound
    past: Reading
    future: Reading
    nearest: Reading
    weak: bool = False  # "утром", "в эти минуты": the day of publication only if the verb asks for a time

    @property
    def needs_direction(self) -> bool:
        """Whether the words alone leave open which year or week is meant."""
        return self.past != self.future

    def resolve(self, direction: Direction | None = None) -> Reading:
        """Give the reading for a past or a future event, or the one nearest to the publication."""
        if direction == "past":
            return self.past
        return self.future if direction == "future" else self.nearest

    def whole(self, direction: Direction | None = None) -> str | None:
        """Give the ISO prefix that holds all of it: the month of a visit of two days, None where nothing does."""
        start, end = self.resolve(direction)
        if not start or not end:
            return start or end
        return next((start[:size] for size in (10, 7, 4) if start[:size] == end[:size]), None)


_SPACES = "\u00a0\u2007\u2009\u202f\u2002\u2003\t"
_DASHES = "‐‑‒–—−"
# One replacement for each is far faster than `translate`, since most texts hold few of them.
_FOLDED = (("ё", "е"), *((space, " ") for space in _SPACES), *((dash, "-") for dash in _DASHES))


def fold(text: str) -> str:
    """Lower case, one kind of space and dash, е for ё; the same length as the text."""
    lowered = text.lower()
    if len(lowered) != len(text):  # "İ" and its like grow
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    for old, new in _FOLDED:
        lowered = lowered.replace(old, new)
    return lowered


_ANCHOR = re.compile("|".join(rule.anchor.pattern for rule in RULES))


def _find_rules_of(word: str) -> tuple[int, ...]:
    """List by number the rules that a word is an anchor of; most have none, and a text has few distinct words."""
    if not _ANCHOR.search(word):
        return ()
    return tuple(number for number, rule in enumerate(RULES) if rule.anchor.search(word))


_rules_of: Memo[str, tuple[int, ...]] = Memo(_find_rules_of)


def may_hold_date(text: str) -> bool:
    """Tell whether a text, or one that it is part of, can have a time expression that begins in it."""
    return any(map(_rules_of.__getitem__, WORDS.findall(fold(text))))


def _tried(folded: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Give all matches of all rules, each sought only as far around its anchors as it can reach."""
    windows: dict[int, list[list[int]]] = {}
    words = list(WORDS.finditer(folded))
    rules = list(map(_rules_of.__getitem__, map(itemgetter(0), words)))
    for word, numbers in zip(compress(words, rules), filter(None, rules), strict=True):
        for number in numbers:
            _, _, _, _, reach, beyond = RULES[number]
            first, last = max(0, word.start() - reach), word.end() + beyond
            told = windows.setdefault(number, [])
            if told and first <= told[-1][1]:
                told[-1][1] = last
            else:
                told.append([first, last])
    for number, told in windows.items():
        for first, last in told:
            for match in RULES[number].pattern.finditer(folded, first, last):
                yield number, match


def matches(folded: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Give the longest match at each place, in reading order, with the number of its rule."""
    found = [(match.start(), -match.end(), number, match) for number, match in _tried(folded)]
    stop = 0
    kept: list[tuple[int, re.Match[str]]] = []
    for start, negative_stop, number, match in sorted(found, key=lambda item: item[:3]):
        if start >= stop:
            kept.append((number, match))
            stop = -negative_stop
        elif -negative_stop - start > kept[-1][1].end() - kept[-1][1].start():
            kept[-1] = (number, match)
            stop = -negative_stop
    yield from kept


# "в понедельник, 16 ноября": the date says all.
_JOINED = re.compile(r",? ?\(?")


def find_dates(text: str, published: date) -> tuple[TimeExpression, ...]:
    """Find the time expressions of a text in reading order, resolved against the day of its publication."""
    folded = fold(text)
    result: list[TimeExpression] = []
    last_year: int | None = None
    before = certain(None)
    for number, match in matches(folded):
        rule = RULES[number]
        if rule.name == "month as an adjective" and text[match.start()].isupper():  # "Октябрьский район"
            continue
        try:
            found = rule.read(match, Context(published, last_year, before))
        except (OverflowError, ValueError):  # beyond the years 1 to 9999
            continue
        if found is None or found.readings == certain(None):
            continue
        past, future, nearest = found.readings
        bound: Bound = "at" if found.bound == "range" else found.bound
        whole = reading(nearest, bound)
        expression = TimeExpression(
            start=match.start(),
            stop=match.end(),
            words=text[match.start() : match.end()],
            rule=rule.name,
            precision=found.precision,
            bound=found.bound,
            past=whole if past is nearest else reading(past, bound),
            future=whole if future is nearest else reading(future, bound),
            nearest=whole,
            weak=found.weak,
        )
        named = year_of(expression)
        last_year = named or last_year
        if found.precision == "day" and not found.weak:
            before = found.readings
        if result and absorbs(result[-1], expression, folded):
            expression = join(result.pop(), expression, text)
        result.append(expression)
    return tuple(result)


def year_of(expression: TimeExpression) -> int | None:
    """Give the year that the words fix, None where they leave it open."""
    whole = expression.nearest.start or expression.nearest.end
    return int(whole[:4]) if whole and not expression.needs_direction else None


def absorbs(before: TimeExpression, after: TimeExpression, folded: str) -> bool:
    """Tell whether a weekday or "сегодня" only introduces the date that follows it."""
    return (
        before.rule in {"weekday", "day word", "day before", "part of the day"}
        and after.rule in {"days", "numeric date"}
        and _JOINED.fullmatch(folded, before.stop, after.start) is not None
    )


def join(before: TimeExpression, after: TimeExpression, text: str) -> TimeExpression:
    return TimeExpression(
        start=before.start,
        stop=after.stop,
        words=text[before.start : after.stop],
        rule=after.rule,
        precision=after.precision,
        bound=after.bound,
        past=after.past,
        future=after.future,
        nearest=after.nearest,
    )
