"""Places and organisations: the nominative of their names, and the state they belong to."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.annotate.morphology import fold

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

    from pipeline.annotate.morphology import Form, Morphology
    from pipeline.gazetteer.cities import Cities, City

REMEMBERED_NAMES = 20_000
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


class Places:
    """Normal forms and states of LOC and ORG names."""

    def __init__(self, cities: Cities, morphology: Morphology) -> None:
        self.morphology = morphology
        self.cities = cities
        self._known = lru_cache(REMEMBERED_NAMES)(self._nominative)

    def nominative(self, words: tuple[str, ...], before: str) -> tuple[str, ...]:
        """Put a name that follows a word (folded, "" for none) into the nominative."""
        return self._known(words, before if before in _CASES else "")

    def _nominative(self, words: tuple[str, ...], before: str) -> tuple[str, ...]:
        """Put the adjectives and the noun that a name begins with into the nominative; the rest stays."""
        if len(words) > LONGEST_NAME or not any(letter.isalpha() for letter in words[0]):
            return words
        cases = _CASES.get(before, ())
        options: list[tuple[float, int, tuple[str, ...]]] = []
        rows: list[Sequence[Form]] = []
        known = False
        for size, word in enumerate(words, start=1):
            rows.append(self.morphology.forms(fold(word)) if not _stands(word) else ())
            for rank, head in enumerate(rows[-1]):
                if head.tag.pos != "NOUN" or not head.tag.case:
                    continue
                known = known or head.known
                adjectives = list(self._agreeing(rows[:-1], head)) if size > 1 else []
                if len(adjectives) != size - 1:
                    continue
                made = [self._inflected(form, head) for form in (*adjectives, head)]
                if any(word is None for word in made):
                    continue
                nominative = tuple(_shape(word or old, old) for word, old in zip(made, words, strict=False))
                weight = head.score + PREPOSITION * (head.tag.case in cases) - 0.01 * rank
                weight += GEOGRAPHICAL * ("Geox" in head.tag.grammemes)
                weight += IN_TABLE * (fold(" ".join(nominative)) in self.cities) if size == len(words) else 0.0
                weight += 0.4 * (head.tag.case == "nomn" and not cases)
                options.append((weight, -rank, nominative + words[size:]))
            if not any(form.tag.pos in {"ADJF", "PRTF", "NUMR"} for form in rows[-1]):
                break
        if not known:
            options.extend((IN_TABLE - 0.5, -9, nominative) for nominative in self._by_ending(words))
        if fold(" ".join(words)) in self.cities:
            options.append((IN_TABLE + (0.0 if cases else 0.5), -8, words))
        return max(options)[2] if options else words

    def _inflected(self, form: Form, head: Form) -> str | None:
        if form.tag.case == "nomn":
            return form.word
        return self.morphology.inflect(form, "nomn", *([head.tag.number] if head.tag.number else []))

    def _agreeing(self, rows: Sequence[Sequence[Form]], head: Form) -> Iterator[Form]:
        for row in rows:
            for form in row:
                tag = form.tag
                if (
                    tag.pos not in {"ADJF", "PRTF", "NUMR"}
                    or tag.case != head.tag.case
                    or tag.number != head.tag.number
                ):
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

    def city(self, name: str, about: Counter[str]) -> City | None:
        """Choose the city of a name: in a state the document speaks of, else the largest."""
        found = self.cities.named(fold(name))
        if not found:
            return None
        return max(found, key=lambda city: (city.country in about, about[city.country], city.population))


def _stands(word: str) -> bool:
    return word.isascii() or any(part.isupper() and len(part) > 1 for part in word.split("-"))


def _shape(word: str, model: str) -> str:
    if fold(word) == fold(model):
        return model
    if model.isupper() and len(model) > 1:
        return word.upper()
    if "-" in word:
        return "-".join(
            part[:1].upper() + part[1:] if old[:1].isupper() else part
            for part, old in zip(word.split("-"), [*model.split("-"), *[""] * word.count("-")], strict=False)
        )
    return word[:1].upper() + word[1:] if model[:1].isupper() else word
