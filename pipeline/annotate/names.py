"""Inflected names of persons to the nominative, with gender and case.

A surname follows one of few declensions, so an inflected form has few possible nominatives. `readings` lists them
for one word, `analyse` those of a whole name whose words agree in gender and case; which one is meant is decided by
what is known of the words, by the words before the name and by the rest of the document (`pipeline.annotate.people`).
"""

from __future__ import annotations

from functools import lru_cache, partial, reduce
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, NamedTuple

from pipeline.annotate.morphology import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from typing import Self

    from pipeline.annotate.morphology import Grammar, Morphology

Gender = Literal["m", "f"]
Case = Literal["nom", "gen", "dat", "acc", "ins", "loc"]

CASES: tuple[Case, ...] = ("nom", "gen", "dat", "acc", "ins", "loc")
_PLACES = {case: place for place, case in enumerate(CASES)}
HISSING = "жшчщц"
CONSONANTS = "бвгджзклмнпрстфхцчшщ"
SOFTENING = "бвдзлмнпрст"
VOWELS = "аеёиоуыэюя"
MOST_READINGS = 6  # of one word, likeliest first
MOST_ANALYSES = 12  # of one name
FEW_WORDS = 3  # all their choices are looked at: some 200
LONGEST_NAME = 8  # words; longer spans are no names and stay as they stand
REMEMBERED_NAMES = 20_000

# (ending of the form, ending of the nominative, gender, cases); the stem before it must end in one of the letters.
POSSESSIVE = ("ов", "ев", "ёв", "ин", "ын")
_POSSESSIVE: tuple[tuple[str, str, Gender, tuple[Case, ...]], ...] = (
    ("", "", "m", ("nom",)),
    ("а", "", "m", ("gen", "acc")),
    ("у", "", "m", ("dat",)),
    ("ым", "", "m", ("ins",)),
    ("е", "", "m", ("loc",)),
    ("а", "а", "f", ("nom",)),
    ("ой", "а", "f", ("gen", "dat", "ins", "loc")),
    ("ою", "а", "f", ("ins",)),
    ("у", "а", "f", ("acc",)),
)
_ADJECTIVE: tuple[tuple[str, str, Gender, tuple[Case, ...]], ...] = (
    ("ий", "ий", "m", ("nom",)),
    ("ого", "ий", "m", ("gen", "acc")),
    ("ому", "ий", "m", ("dat",)),
    ("им", "ий", "m", ("ins",)),
    ("ом", "ий", "m", ("loc",)),
    ("ая", "ая", "f", ("nom",)),
    ("ой", "ая", "f", ("gen", "dat", "ins", "loc")),
    ("ую", "ая", "f", ("acc",)),
)
_HARD: tuple[tuple[str, str, Gender, tuple[Case, ...]], ...] = (
    ("ый", "ый", "m", ("nom",)),
    ("ой", "ой", "m", ("nom",)),
    ("ого", "ой", "m", ("gen", "acc")),
    ("ого", "ый", "m", ("gen", "acc")),
    ("ому", "ой", "m", ("dat",)),
    ("ому", "ый", "m", ("dat",)),
    ("ым", "ой", "m", ("ins",)),
    ("ым", "ый", "m", ("ins",)),
    ("ая", "ая", "f", ("nom",)),
    ("ой", "ая", "f", ("gen", "dat", "ins", "loc")),
    ("ую", "ая", "f", ("acc",)),
)
_NOUN: tuple[tuple[str, str, Gender, tuple[Case, ...]], ...] = (
    ("а", "", "m", ("gen", "acc")),
    ("у", "", "m", ("dat",)),
    ("ом", "", "m", ("ins",)),
    ("ем", "", "m", ("ins",)),
    ("е", "", "m", ("loc",)),
    ("я", "й", "m", ("gen", "acc")),
    ("ю", "й", "m", ("dat",)),
    ("ем", "й", "m", ("ins",)),
    ("е", "й", "m", ("loc",)),
    ("и", "й", "m", ("loc",)),
    ("я", "ь", "m", ("gen", "acc")),
    ("ю", "ь", "m", ("dat",)),
    ("ем", "ь", "m", ("ins",)),
    ("е", "ь", "m", ("loc",)),
    ("ы", "а", "f", ("gen",)),
    ("и", "а", "f", ("gen",)),
    ("е", "а", "f", ("dat", "loc")),
    ("у", "а", "f", ("acc",)),
    ("ой", "а", "f", ("ins",)),
    ("ей", "а", "f", ("ins",)),
    ("и", "я", "f", ("gen", "dat", "loc")),
    ("е", "я", "f", ("dat", "loc")),
    ("ю", "я", "f", ("acc",)),
    ("ей", "я", "f", ("ins",)),
)


_OPENCORPORA: Mapping[str, Case] = {
    "nomn": "nom", "gent": "gen", "gen2": "gen", "datv": "dat", "accs": "acc", "ablt": "ins", "loct": "loc",
    "loc2": "loc",
}  # fmt: skip


def case_of(tag: Grammar) -> Case | None:
    """Give the case that a tag names, None where it names none."""
    return _OPENCORPORA.get(tag.case or "")


class Reading(NamedTuple):
    """A nominative that a word may be a form of, and how likely the word alone makes it."""

    nominative: str
    gender: Gender | None  # None: either
    cases: tuple[Case, ...]
    weight: float
    folded: str  # the nominative


_weight_of = itemgetter(Reading._fields.index("weight"))
_make_reading = partial(tuple.__new__, Reading)  # what Reading._make does, with no step in Python


class Analysis(NamedTuple):
    """A whole name in the nominative, as one of its readings has it."""

    words: tuple[str, ...]
    gender: Gender | None
    case: Case
    weight: float
    folded: str  # the whole
    surname: str  # the last word, folded

    @classmethod
    def as_written(cls, words: tuple[str, ...]) -> Self:
        """Make the analysis of a name of which nothing is known."""
        return cls(words, None, "nom", 0.0, " ".join(map(fold, words)), fold(words[-1]))


_make_analysis = partial(tuple.__new__, Analysis)


class Names:
    """What is known of names: given names and surnames of natasha's lists, and of the gazetteer."""

    def __init__(self, morphology: Morphology, known: Iterable[str]) -> None:
        self.morphology = morphology
        self.given, surnames = _load_lists()
        self.known = {fold(word) for name in known for word in name.split()}
        # How well a folded nominative is known as a name.
        self.weights = dict.fromkeys(surnames, 1.5)
        for words, weight in ((self.given, 2.5), (self.known, 3.0)):
            self.weights.update([(word, weight + self.weights.get(word, 0.0)) for word in words])
        self.readings = lru_cache(REMEMBERED_NAMES)(self._readings)

    def forget(self) -> None:
        """Drop what is remembered of words and names."""
        self.readings.cache_clear()

    def _readings(self, word: str) -> tuple[Reading, ...]:
        """List the readings of one word of a name, likeliest first."""
        if not any(letter.isalpha() for letter in word) or word.islower() or _is_latin(word):
            return (Reading(word, None, CASES, 0.0, fold(word)),)
        if "-" in word.strip("-"):
            found = self._hyphenated(word)
        else:
            found = [*self._from_dictionary(word), *self._from_endings(word)]
        best: dict[tuple[str, Gender | None, tuple[Case, ...]], Reading] = {}
        for reading in found:
            _, gender, cases, weight, folded = reading
            key = (folded, gender, cases)
            other = best.get(key)
            if other is None or other.weight < weight:
                best[key] = reading
        return tuple(sorted(best.values(), key=_weight_of, reverse=True)[: MOST_READINGS * 2])

    def _hyphenated(self, word: str) -> list[Reading]:
        head, _, tail = word.rpartition("-")
        found = []
        for reading in self.readings(tail):
            first = head
            if reading.nominative != tail and "-" not in head:
                known = [
                    one
                    for one in self.readings(head)
                    if set(one.cases) & set(reading.cases) and one.folded in self.weights
                ]
                if known and fold(head) not in self.weights:
                    first = known[0].nominative
            whole = f"{first}-{reading.nominative}"
            found.append(Reading(whole, reading.gender, reading.cases, reading.weight, fold(whole)))
        return found

    def _from_dictionary(self, word: str) -> Iterator[Reading]:
        for form in self.morphology.forms(fold(word)):
            if not form.tag.names:
                continue
            grammemes = form.tag.grammemes
            plain = form.word if "nomn" in grammemes else self.morphology.inflect(form, "nomn", "sing")
            if plain is None:
                continue
            case = case_of(form.tag)
            gender: Gender | None = "m" if "masc" in grammemes else "f" if "femn" in grammemes else None
            nominative = word if "nomn" in grammemes else _like(_spelled(plain, word, form.known), word)
            fixed = "Fixd" in grammemes
            weight = 2.0 if form.declined else 0.5
            cases: tuple[Case, ...] = CASES if fixed or case is None else (case,)
            folded = fold(nominative)
            yield _make_reading((nominative, gender, cases, weight + self.weights.get(folded, 0.0), folded))

    def _from_endings(self, word: str) -> Iterator[Reading]:
        lower, folded = word.lower(), fold(word)
        shouted = word.isupper() and len(word) > 1
        weights = self.weights
        for ending, nominative, gender, cases, bonus in _fitting(
            lower[-_TELLING:], max(0, min(len(lower) - _TELLING, 2))
        ):
            stem = word[: len(word) - len(ending)] if ending else word
            whole = stem + (nominative.upper() if shouted else nominative)
            own = fold(whole)
            yield _make_reading((whole, gender, cases, bonus + weights.get(own, 0.0), own))
        last, weight = lower[-1], weights.get(folded, 0.0)
        if last in "оуюыэиеё":
            yield Reading(word, None, CASES, 0.3 + weight, folded)
        elif last in CONSONANTS or last in "йь":
            yield Reading(word, "m", ("nom",), 0.5 + weight, folded)
            yield Reading(word, "f", CASES, weight - 1.0, folded)
            yield Reading(word, "m", CASES, weight - 3.0, folded)
        else:
            yield Reading(word, "f", ("nom",), 0.2 + weight, folded)
            yield Reading(word, "m", ("nom",), weight - 0.3, folded)
            yield Reading(word, None, CASES, weight - 3.0, folded)

    def analyse(self, words: tuple[str, ...]) -> tuple[Analysis, ...]:
        """List the nominatives of a name whose words agree, likeliest first."""
        if len(words) > LONGEST_NAME:
            return (Analysis.as_written(words),)
        single = len(words) == 1
        options = [self.readings(word)[: MOST_READINGS * 2 if single else MOST_READINGS] for word in words]
        found: dict[tuple[tuple[str, ...], Gender | None, Case], float] = {}
        get = found.get
        for whole, gender, cases, total in _beam(options) if len(words) > FEW_WORDS else _agreeing(options):
            weight = total / len(words)
            for case in cases:
                key = (whole, gender, case)
                if get(key, -99.0) < weight:
                    found[key] = weight
        if not found:
            return (Analysis.as_written(words),)
        most = MOST_ANALYSES * (3 if single else 1)
        rows = list(found.items())
        if len(rows) > most:  # those that are as heavy as the last that is kept, or heavier
            least = sorted(found.values(), reverse=True)[most - 1]
            rows = [row for row in rows if row[1] >= least]
        rows.sort(key=_likelier)
        del rows[most:]
        folded = {reading.nominative: reading.folded for readings in options for reading in readings}
        wholes = {  # each once: what is remembered is to be little
            whole: (whole, " ".join([folded[word] for word in whole]), folded[whole[-1]])
            for whole in {row[0][0] for row in rows}
        }
        return tuple(
            [
                _make_analysis((own, gender, case, weight, joined, surname))
                for (whole, gender, case), weight in rows
                for own, joined, surname in (wholes[whole],)
            ]
        )


def _likelier(row: tuple[tuple[tuple[str, ...], Gender | None, Case], float]) -> tuple[float, int, tuple[str, ...]]:
    (whole, _, case), weight = row
    return -weight, _PLACES[case], whole


# Readings of the first words of a name that agree with each other: nominatives, gender, cases, sum of weights.
_Choice = tuple[tuple[str, ...], "Gender | None", tuple["Case", ...], float]
_NOTHING: _Choice = ((), None, CASES, 0.0)


def _grow(choices: Sequence[_Choice], readings: Sequence[Reading]) -> list[_Choice]:
    """Add each reading of the next word to each choice that it agrees with."""
    return [
        ((*words, nominative), gender or own, shared, weight + more)
        for words, gender, cases, weight in choices
        for nominative, own, own_cases, more, _ in readings
        if not (gender and own and gender != own) and (shared := _common(cases, own_cases))
    ]


def _common(some: tuple[Case, ...], others: tuple[Case, ...]) -> tuple[Case, ...]:
    if some is CASES or some is others:
        return others
    return some if others is CASES else tuple([case for case in some if case in others])


def _agreeing(options: Sequence[Sequence[Reading]]) -> list[_Choice]:
    return reduce(_grow, options, [_NOTHING])


def _beam(options: Sequence[Sequence[Reading]]) -> list[_Choice]:
    """Follow the sixty likeliest choices only."""
    choices = [_NOTHING]
    for readings in options:
        choices = sorted(_grow(choices, readings), key=lambda choice: -choice[3])[:60]
    return choices


@lru_cache(1)
def _load_lists() -> tuple[AbstractSet[str], AbstractSet[str]]:
    from natasha import data

    def lines(path: str) -> frozenset[str]:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 (natasha gives a string)
            return frozenset(line.partition("#")[0].strip() for line in file.read().replace("ё", "е").split("\n"))

    return lines(data.FIRST), lines(data.LAST)


def _is_latin(word: str) -> bool:
    return word.isascii()


def _like(word: str, model: str) -> str:
    return word.upper() if model.isupper() and len(model) > 1 else word[:1].upper() + word[1:]


def _spelled(nominative: str, word: str, known: bool) -> str:  # noqa: FBT001
    """Write ё as the word does that stood in the text; the dictionary may add one, a guess may not."""
    lower = word.lower()
    if "ё" not in nominative and "ё" not in lower:
        return nominative
    pairs = zip(nominative, lower, strict=False)
    same = [own if fold(letter) == fold(own) and not (known and letter == "ё") else letter for letter, own in pairs]
    return "".join(same) + nominative[len(same) :]


_DECLENSIONS = tuple(
    (number, *row) for number, rows in enumerate((_POSSESSIVE, _ADJECTIVE, _HARD, _NOUN)) for row in rows
)
_POSSESSIVES, _ADJECTIVES, _, _NOUNS = range(4)
_LONGEST_ENDING = max(len(ending) for _, ending, *_ in _DECLENSIONS)


_TELLING = _LONGEST_ENDING + 2  # letters: an ending, and what the stem before it ends in


@lru_cache(REMEMBERED_NAMES)
def _fitting(end: str, more: int) -> tuple[tuple[str, str, Gender, tuple[Case, ...], float], ...]:
    """List (ending, nominative ending, gender, cases, weight) of the declensions that a form fits.

    Its last letters tell, and how many more there are: of a stem with two of them no rule asks how long it is.
    """
    found: list[tuple[str, str, Gender, tuple[Case, ...], float]] = []
    for table, ending, nominative, gender, cases in _DECLENSIONS:
        stem = end[: len(end) - len(ending)]
        bonus = _bonus(table, stem, len(stem) + more, (ending, nominative, gender)) if end.endswith(ending) else None
        if bonus is not None:
            found.append((ending, nominative, gender, cases, bonus))
            if table == _NOUNS and nominative in {"а", "я"}:  # Никита, Мустафа: men's names in -а too
                found.append((ending, nominative, "m", cases, -0.3))
    return tuple(found)


def _bonus(table: int, stem: str, size: int, row: tuple[str, str, Gender]) -> float | None:
    """Say how well a stem of so many letters fits a row of a table; None: not at all."""
    ending, nominative, gender = row
    if table == _NOUNS:
        fits = size > 1 and _fits_noun(stem, ending, nominative)
        return (0.0 if nominative else 0.3) if fits else None
    if table == _POSSESSIVES:
        fits, men, women = size > 3 and stem.endswith(POSSESSIVE), 1.0, 0.7  # noqa: PLR2004
    elif table == _ADJECTIVES:
        fits, men, women = size > 2 and stem.endswith(("ск", "цк")), 1.2, 0.9  # noqa: PLR2004
    else:
        fits, men, women = size > 2 and stem[-1] in "бвдзлмнпрстф" and not stem.endswith(POSSESSIVE), -0.3, -0.3  # noqa: PLR2004
    return (men if gender == "m" else women) if fits else None


def _fits_noun(stem: str, ending: str, nominative: str) -> bool:
    """Tell whether a stem may take an ending of the noun declension whose nominative ends so."""
    last = stem[-1]
    if nominative == "й":
        return last in VOWELS and (ending != "и" or last == "и")
    if nominative in {"ь", "я"}:
        return last in SOFTENING or (nominative == "я" and last in VOWELS)
    # -а and the bare consonant: the spelling rules of ы/и after к г х ж ш ч щ and of о/е after ж ш ч щ ц
    velar, hissing = last in "гкхжшчщ", last in HISSING
    spelled = {"ы": not velar, "и": velar, "ой": not hissing, "ей": hissing, "ом": not hissing, "ем": hissing}
    return last in CONSONANTS and spelled.get(ending, True)
