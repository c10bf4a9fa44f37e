"""The title of a meeting or agreement, out of its own fields: its name as sources give it, else kind and sides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.digest.russian import (
    AGREEMENT_NOUNS,
    EM_DASH,
    GENDERS,
    NBSP,
    SUMMIT_NOUNS,
    capital,
    clean,
    guillemets,
    shorten,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_TITLE = 140  # characters; longer ones are the fault of a source or of ours, and fill the screen of a phone
MANY_SIDES = 5  # more are not all named in a title
_ACRONYM = re.compile(r"[А-ЯA-Z0-9+]{2,10}")  # has no cases: «Саммит ШОС»
_PREPOSITIONS = "в (?:области|сфере)|об?|обо|по|в|во|на|между|с|со|для|из|при|к"
_ENDING = 3  # letters of a word that its case may change
_ABOUT = re.compile(rf"^({_PREPOSITIONS})\s", re.IGNORECASE)


def tidy(text: str) -> str:
    """Write a name as Russian typography has it."""
    return guillemets(clean(text))


def title_of_summit(
    kind: str,
    name: str | None,
    *,
    states: Sequence[str],
    organizations: Sequence[str],
    persons: Sequence[str],
    names: Mapping[str, str],
) -> str:
    """Name a meeting: «Консультативная встреча глав», «Саммит БРИКС», or «Переговоры: Азербайджан — Узбекистан»."""
    if name:
        return shorten(capital(tidy(name)), MAX_TITLE)
    bodies = [each for each in map(tidy, organizations) if _ACRONYM.fullmatch(each)]
    if kind != "talks" and len(organizations) == len(bodies) == 1:
        return capital(f"{SUMMIT_NOUNS[kind][0]} {bodies[0]}")
    return _with_sides(SUMMIT_NOUNS[kind][0], states, organizations, persons, names)


def with_preposition(subject: str | None, sentences: Iterable[str]) -> str | None:
    """Give a subject as a sentence of its source has it after a preposition: «о поставках газа», not «поставки газа».

    The words of a subject stand in the nominative, those of the sentence in the case that the preposition asks for.
    """
    if not subject or _ABOUT.match(subject):
        return subject
    words = [re.escape(word[: max(3, len(word) - _ENDING)]) + r"[\w»\"]*" for word in subject.split()]
    before = re.compile(
        rf"(?<![\w-])((?:{_PREPOSITIONS})\s+" + r"(?:\s+\([^()]{1,40}\))?\s+".join(words) + ")", re.IGNORECASE
    )
    for sentence in sentences:
        if found := before.search(sentence):
            told = re.sub(r"\s+\([^()]*\)", "", found[1])
            return told[:1].lower() + told[1:]
    return subject


def title_of_agreement(
    kind: str,
    subject: str | None,
    *,
    states: Sequence[str],
    organizations: Sequence[str],
    names: Mapping[str, str],
) -> str:
    """Name an agreement: «Соглашение о транзите», «Меморандум: поставки газа», or by its sides without a subject."""
    noun = AGREEMENT_NOUNS[kind][0]
    subject = tidy(subject or "")
    if not subject:
        return _with_sides(noun, states, organizations, (), names)
    if _ABOUT.match(subject):
        return shorten(capital(f"{noun} {subject}"), MAX_TITLE)
    if any(word in GENDERS for word in re.findall(r"[а-яё]+", subject.lower())[:3]):
        return shorten(capital(subject), MAX_TITLE)  # the subject names the document itself
    return shorten(f"{capital(noun)}: {subject}", MAX_TITLE)


def sides(
    states: Sequence[str], organizations: Sequence[str], names: Mapping[str, str], *, limit: int = MANY_SIDES
) -> str:
    """List who takes part: states by name, then organisations; the rest is counted."""
    called = [*sorted(names.get(code, code) for code in states), *(tidy(name) for name in organizations)]
    more = f" и{NBSP}ещё{NBSP}{len(called) - limit}" if len(called) > limit else ""
    return ", ".join(called[:limit]) + more


def _with_sides(
    noun: str,
    states: Sequence[str],
    organizations: Sequence[str],
    persons: Sequence[str],
    names: Mapping[str, str],
) -> str:
    called = sorted(names.get(code, code) for code in states)
    if len(called) + len(organizations) > 1 and len(called) < 2:  # noqa: PLR2004 - one state and an organisation
        called = [*called, *(tidy(name) for name in organizations)]
    if len(called) == 2:  # noqa: PLR2004 - two sides face each other
        return shorten(f"{capital(noun)}: {called[0]}{NBSP}{EM_DASH} {called[1]}", MAX_TITLE)
    called = called or [tidy(name) for name in organizations] or [tidy(name) for name in persons]
    if not called:
        return capital(noun)
    return shorten(f"{capital(noun)}: {sides((), called, {})}", MAX_TITLE)
