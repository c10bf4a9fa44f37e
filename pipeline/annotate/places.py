"""Places and organisations: the nominative of their names, and the state they belong to."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.annotate.morphology import fold

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.annotate.morphology import Form, Morphology
    from pipeline.gazetteer.cities import Cities, City

    Option = tuple[float, int, tuple[str, ...]]  # weight, minus the rank of the reading, the nominative

NAMESAKE = 8  # times smaller than the largest city of its name
REMEMBERED_NAMES = 20_000
SHORTEST_SHOUTED = 6  # letters; shorter words of capitals are abbreviations
LONGEST_NAME = 12  # words; longer spans stand as they are

_CASES = {
    **dict.fromkeys(("в", "во", "на"), ("loct", "loc2", "accs")),
    **dict.fromkeys(("из", "от", "до", "у", "для", "из-за", "возле", "около", "близ", "вокруг"), ("gent", "gen2")),
    **dict.fromkeys(("к", "ко", "по", "благодаря"), ("datv",)),
    **dict.fromkeys(("с", "со", "между", "под", "над", "перед", "за"), ("ablt",)),
    **dict.fromkeys(("о", "об", "при"), ("loct",)),
    **dict.fromkeys(("через", "про"), ("accs",)),
}
PREPOSITION = 1.5
IN_TABLE = 3.0
GEOGRAPHICAL = 1.0
ADJOINING = 0.7  # what agrees with a common noun is its adjective: "Красного моря", no sea of the town Красное


def as_row(words: tuple[str, ...], before: str) -> str:
    """Give the key of a name after a preposition ("" for none) in the file of nominatives."""
    return " ".join((before, *words))


class Places:
    """Normal forms and states of LOC and ORG names."""

    def __init__(self, cities: Cities, morphology: Morphology, frequent: Path | None = None) -> None:
        """`frequent` is a file of names and their nominatives, which then need not be worked out."""
        self.morphology = morphology
        self.cities = cities
        self._frequent = self._read_frequent(frequent) if frequent is not None else {}
        self._known = lru_cache(REMEMBERED_NAMES)(self._nominative)

    def forget(self) -> None:
        """Drop what is remembered of words and names."""
        self._known.cache_clear()
        self.cities.named.cache_clear()

    def nominative(self, words: tuple[str, ...], before: str) -> tuple[str, ...]:
        """Put a name that follows a word (folded, "" for none) into the nominative."""
        if len(words) > LONGEST_NAME:
            return words
        return self._known(words, before if before in _CASES else "")

    @property
    def sources(self) -> str:
        """Name what nominatives are worked out of: the edition of the dictionary, the table of cities."""
        return f"{self.morphology.dictionary}, cities {self.cities.checksum:08x}"

    def _read_frequent(self, path: Path) -> Mapping[str, str]:
        with path.open(encoding="utf-8") as lines:
            if next(lines, "").removeprefix("# ").strip() != self.sources:
                return {}  # made of another dictionary or of other cities
            return dict(line.rstrip("\n").split("\t") for line in lines)

    def _nominative(self, words: tuple[str, ...], before: str) -> tuple[str, ...]:
        found = self._frequent.get(as_row(words, before))
        if found is None:
            return self.work_out(words, before)
        return tuple(found.split(" ")) if found else words

    def work_out(self, words: tuple[str, ...], before: str) -> tuple[str, ...]:
        """Put the adjectives and the noun that a name begins with into the nominative; the rest stays."""
        if not any(map(str.isalpha, words[0])):
            return words
        if _ABBREVIATION.fullmatch(words[0]):
            return (words[0].rstrip(_LOWER), *words[1:])
        cases = _CASES.get(before, ())
        rows: list[Sequence[Form]] = []
        for word in words:
            rows.append(self._forms(word))
            if not any(form.tag.pos in {"ADJF", "PRTF", "NUMR"} for form in rows[-1]):
                break
        options = list(self._with_noun(rows, words, cases)) or list(self._without_noun(rows, words, cases))
        if not any(form.known and form.tag.pos == "NOUN" and form.tag.case for row in rows for form in row):
            options.extend((IN_TABLE - 0.5, -9, nominative) for nominative in self._by_ending(words))
        if fold(" ".join(words)) in self.cities:
            options.append((IN_TABLE + (0.0 if cases else 0.5), -8, words))
        return max(options)[2] if options else words

    def _forms(self, word: str) -> Sequence[Form]:
        """Give the readings of a word; none of an abbreviation, which stands as it is."""
        if _FOREIGN.search(word):
            return ()
        if not _stands(word):
            return self.morphology.forms(fold(word))
        if word.isascii() or len(word) < SHORTEST_SHOUTED:
            return ()
        forms = self.morphology.forms(fold(word))  # "НОВОСТИ УЗБЕКИСТАНА"
        return [form for form in forms if form.known and "Abbr" not in form.tag.grammemes]

    def _with_noun(
        self, rows: Sequence[Sequence[Form]], words: tuple[str, ...], cases: Sequence[str]
    ) -> Iterator[Option]:
        made: dict[tuple[str | None, ...], tuple[tuple[str, ...], bool]] = {}  # most cases give the same
        for size, row in enumerate(rows, start=1):
            for rank, head in enumerate(row):
                tag = head.tag
                if tag.pos != "NOUN" or not tag.case:
                    continue
                if not head.known and tag.case == "datv" and not cases and "-" not in words[size - 1]:
                    continue  # "на рынке Чорсу": a stranger seldom stands in the dative for nothing
                adjectives = list(self._agreeing(rows[: size - 1], head)) if size > 1 else []
                if len(adjectives) != size - 1:
                    continue
                number = adjectives[0].tag.number if adjectives else tag.number
                own = tuple([self._inflected(form, number, tag.gender) for form in (*adjectives, head)])
                if None in own:
                    continue
                if own not in made:
                    nominative = tuple([_shape(word or old, old) for word, old in zip(own, words, strict=False)])
                    made[own] = nominative, size == len(words) and fold(" ".join(nominative)) in self.cities
                nominative, in_table = made[own]
                weight = head.score + PREPOSITION * (tag.case in cases) - 0.01 * rank
                weight += GEOGRAPHICAL * ("Geox" in tag.grammemes)
                weight += IN_TABLE * in_table
                weight += ADJOINING * (size > 1 and words[size - 1].islower())
                weight += 0.4 * (tag.case == "nomn" and not cases)
                yield weight, -rank, nominative + words[size:]

    def _is_adjective(self, text: str) -> bool:
        """Tell whether a word is an adjective whose noun is left out: "в [Ленинградской] и Псковской областях"."""
        forms = self.morphology.forms(fold(text))
        return bool(forms) and all(form.tag.pos == "ADJF" for form in forms)

    def _without_noun(
        self, rows: Sequence[Sequence[Form]], words: tuple[str, ...], cases: Sequence[str]
    ) -> Iterator[Option]:
        """Put an adjective whose noun is left out or an abbreviation into the nominative: "Белорусской АЭС"."""
        if len(words) > 1 and not _stands(words[1]):
            return
        for rank, form in enumerate(rows[0]):
            if form.tag.pos == "ADJF" and form.tag.case:
                made = self._inflected(form, form.tag.number, form.tag.gender)
                if made is not None:
                    weight = form.score + PREPOSITION * (form.tag.case in cases) - 0.01 * rank
                    yield weight, -rank, (_shape(made, words[0]), *words[1:])

    def _inflected(self, form: Form, number: str | None, gender: str | None) -> str | None:
        if form.tag.case == "nomn" and form.tag.number == number:
            return form.word
        wanted = [number] if number else []
        if number == "sing" and form.tag.number == "plur" and form.tag.pos != "NOUN" and gender:
            wanted.append(gender)
        return self.morphology.inflect(form, "nomn", *wanted)

    def _agreeing(self, rows: Sequence[Sequence[Form]], head: Form) -> Iterator[Form]:
        for row in rows:
            for form in row:
                tag = form.tag
                if tag.pos not in {"ADJF", "PRTF", "NUMR"} or tag.case != head.tag.case:
                    continue
                if tag.number not in {head.tag.number, "sing"}:  # "Киевской и [Хмельницкой областях]"
                    continue
                if tag.number == "sing" and tag.gender != head.tag.gender:
                    continue
                yield form
                break

    def _by_ending(self, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Try the endings of foreign towns that the dictionary does not know, against the table of cities."""
        last = words[-1]
        for ending, nominative in (
            ("е", ""), ("е", "а"), ("и", "я"), ("и", "ь"), ("а", ""), ("у", ""), ("ом", ""), ("ем", ""), ("ы", "а"),
            ("и", "а"), ("у", "а"), ("ой", "а"), ("ей", "я"), ("ю", "я"), ("я", "ь"), ("ю", "ь"), ("е", "й"),
            ("я", "й"),
        ):  # fmt: skip
            if last.endswith(ending) and len(last) - len(ending) > 2:  # noqa: PLR2004 (a stem has three letters)
                made = (*words[:-1], last[: -len(ending)] + nominative)
                if fold(" ".join(made)) in self.cities:
                    yield made

    def city(self, name: str, text: str, about: Counter[str]) -> City | None:
        """Choose the city of a name that stood so in the text: in a state the document speaks of, else the largest.

        A namesake that is a small part of the largest is not meant because of its state: "Женева" in news of the USA.
        """
        found = self.cities.named(fold(name))
        if not found or (name != text and self._is_adjective(text)):
            return None
        if len(found) == 1:
            return found[0]
        least = max(city.population for city in found) / NAMESAKE
        return max(
            (city for city in found if city.population >= least),
            key=lambda city: (city.country in about, about[city.country], city.population),
        )


# An abbreviation with an ending of its own: "МИДа", "ГИБДД" has none.
_LOWER = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_ABBREVIATION = re.compile("(?<![А-ЯЁ])[А-ЯЁ]{2,}+(?:а|у|е|ом|ы|ов|ам|ами|ах)")


_FOREIGN = re.compile("(?i)-(?:дель|де|ла|эль|аль|аш)-|^сан-")  # "Пунта-дель-Эсте", "Сан-Раффаэле"


def _stands(word: str) -> bool:
    return word.isascii() or any(part.isupper() and len(part) > 1 for part in word.split("-"))


def _shape(word: str, model: str) -> str:
    if word == model or fold(word) == fold(model):
        return model
    if model.isupper() and len(model) > 1:
        return word.upper()
    if "-" in word:
        return "-".join(
            part[:1].upper() + part[1:] if old[:1].isupper() else part
            for part, old in zip(word.split("-"), [*model.split("-"), *[""] * word.count("-")], strict=False)
        )
    return word[:1].upper() + word[1:] if model[:1].isupper() else word
