"""Offices read beside a name: "министр энергетики Казахстана Алмасадам Саткалиев"."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from pipeline.annotate.memo import Memo
from pipeline.annotate.morphology import fold
from pipeline.annotate.names import case_of
from pipeline.annotate.patterns import Phrases

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.annotate.morphology import Morphology
    from pipeline.annotate.names import Case
    from pipeline.gazetteer import Gazetteer
    from pipeline.records import Reference, Token

REACH = 10  # tokens between the first word of an office and the name
REACH_OF_CASE = 6
ENDS = frozenset(".?!;:…")
AFTER_NAME = frozenset(",—–-(")


class Offices:
    """Finds the office of a person in the words around the name."""

    def __init__(self, gazetteer: Gazetteer, morphology: Morphology, split: Callable[[str], Sequence[str]]) -> None:
        self.morphology = morphology
        self.phrases: Phrases[str] = Phrases(morphology, split)
        self._between: Memo[str, bool] = Memo(self._may_stand_between)
        for office in gazetteer.offices:
            for words in office.words:
                self.phrases.add(words, office.key)

    def forget(self) -> None:
        """Drop what is remembered of words."""
        self.phrases.forget()
        self._between.clear()

    def before(self, tokens: Sequence[Token], first: int, reach: int = REACH) -> tuple[int, int, str] | None:
        """Find the office phrase before a token: its first token, the token after it, the office."""
        found: tuple[int, int, str] | None = None
        after = tokens[first].start if first < len(tokens) else None  # where the token after this one starts
        for place in range(first - 1, max(-1, first - 1 - reach), -1):
            token = tokens[place]
            text = token.text
            if text in ENDS or (after is not None and after - token.stop > 1):
                break
            after = token.start
            phrase = self.phrases.at(tokens, place, first) if self.phrases.beginning(text) else None
            if phrase is not None:
                stop = place + len(phrase.words)
                if found is not None and stop < found[0]:
                    break  # the office of somebody before; "пресс-секретарь президента" is one that begins here
                found = (place, stop, phrase.meaning)
            elif found is None and not self._between[text]:
                break
        return found

    def _may_stand_between(self, word: str) -> bool:
        """Tell whether a word may stand between office and name: no verb, no preposition, no opening bracket."""
        if word in {"(", ")"}:
            return False
        forms = self.morphology.forms(fold(word))
        return not forms or forms[0].tag.pos not in {"VERB", "INFN", "GRND", "PREP", "PRED"}

    def case_before(self, tokens: Sequence[Token], at: int) -> set[Case]:
        """Tell the cases that the office before a name may stand in; empty without one."""
        found = self.before(tokens, at + 1, REACH_OF_CASE)
        if found is None:
            return set()
        cases: set[Case] = set()
        for form in self.morphology.forms(fold(tokens[found[0]].text)):
            case = case_of(form.tag)
            if form.tag.pos in {"NOUN", "PRTF", "ADJF"} and case:
                cases.add(case)
        return cases

    def beside(
        self, tokens: Sequence[Token], first: int, last: int, references: Sequence[Reference]
    ) -> tuple[str, str | None] | None:
        """Read the office and the state before a name, or after it in apposition."""
        found = self.before(tokens, first)
        if found is not None:
            start, stop, office = found
            return office, _state(tokens, references, max(0, start - 1), first) or None
        if last + 1 < len(tokens) and tokens[last].text in AFTER_NAME:
            for place in (last + 1, last + 2):
                if place < len(tokens):
                    phrase = self.phrases.at(tokens, place, len(tokens))
                    if phrase is not None:
                        stop = place + len(phrase.words)
                        ahead = tokens[stop : stop + 4]
                        if any(token.text[:1].isupper() for token in ahead[1:3]):
                            return None  # the office of the next name
                        state = _state(tokens, references, max(last, place - 1), min(len(tokens), stop + 2))
                        return (phrase.meaning, state) if state else None
        return None


def _state(tokens: Sequence[Token], references: Sequence[Reference], first: int, last: int) -> str | None:
    """Find the one state named between two tokens, the last if several."""
    start, stop = tokens[first].start, tokens[last - 1].stop
    place = bisect_left(references, start, key=lambda one: one.start)
    found = None
    while place < len(references) and references[place].stop <= stop:
        if len(references[place].states) == 1:
            found = references[place].states[0]
        place += 1
    return found
