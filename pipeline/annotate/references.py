"""Tokens to References: states, adjectives, demonyms, capitals, metonyms, groups, organisations.

A gazetteer name is a pattern of words; a word of the text fits it when one of its lemmas is one of the pattern's and
its first letter is a capital where the pattern's is. The longest pattern at the leftmost place wins.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.annotate.morphology import fold
from pipeline.records import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipeline.annotate.morphology import Morphology
    from pipeline.gazetteer import Gazetteer
    from pipeline.records import ReferenceKind, Sentence, Token

EXACT = "="
HEAD_REACH = 3  # words between "страны" and "Центральной Азии"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a pattern: its lemmas, or its letters; whether it begins with a capital."""

    lemmas: frozenset[str]
    text: str
    exact: bool
    capital: bool

    def fits(self, text: str, lemmas: tuple[str, ...]) -> bool:
        """Tell whether a word of the text is this word in some form."""
        if self.exact:
            return text == self.text
        if self.capital and not text[:1].isupper():
            return False
        return not self.lemmas.isdisjoint(lemmas) or fold(text) == fold(self.text)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A name of the gazetteer as words, and what it stands for."""

    words: tuple[Word, ...]
    kind: ReferenceKind
    normal: str
    ref: str
    states: tuple[str, ...]
    needs_head: bool = False


class References:
    """Finds what the gazetteer knows in the tokens of a sentence."""

    def __init__(self, gazetteer: Gazetteer, morphology: Morphology, split: Callable[[str], Sequence[str]]) -> None:
        self.morphology = morphology
        self.split = split
        self.heads = frozenset(gazetteer.heads)
        self.prefixes: dict[str, str] = {}
        self.by_text: dict[str, list[Pattern]] = defaultdict(list)
        self.by_lemma: dict[str, list[Pattern]] = defaultdict(list)
        self._add_states(gazetteer)
        self._add_groups(gazetteer)
        for body in gazetteer.organizations.values():
            for name in body.names:
                self._add(name, "organization", body.names[0], body.key, ())
        for patterns in (*self.by_text.values(), *self.by_lemma.values()):
            patterns.sort(key=lambda pattern: -len(pattern.words))

    def _add_states(self, gazetteer: Gazetteer) -> None:
        for state in gazetteer.states.values():
            normal, code = state.names[0].lstrip(EXACT), (state.code,)
            for names, kind in (
                (state.names, "state"),
                (state.adjectives, "adjective"),
                (state.people, "demonym"),
                (state.capitals, "capital"),
                (state.metonyms, "metonym"),
            ):
                for name in names:
                    self._add(name, kind, normal, state.code, code)  # type: ignore[arg-type]
            for adjective in state.adjectives:
                if adjective.endswith("ий"):
                    self.prefixes[fold(adjective[:-2]) + "о"] = state.code
            self.prefixes.update({fold(prefix): state.code for prefix in state.prefixes})

    def _add_groups(self, gazetteer: Gazetteer) -> None:
        for group in gazetteer.groups:
            for name in group.names:
                self._add(name, "group", group.name, group.key, group.states)
            for name in (*group.region, *group.adjectives):
                self._add(name, "group", group.name, group.key, group.states, needs_head=True)

    def _add(
        self,
        name: str,
        kind: ReferenceKind,
        normal: str,
        ref: str,
        states: tuple[str, ...],
        *,
        needs_head: bool = False,
    ) -> None:
        exact = name.startswith(EXACT)
        words = tuple(self._word(text, exact=exact) for text in self.split(name.removeprefix(EXACT)))
        pattern = Pattern(words, kind, normal, ref, states, needs_head)
        first = words[0]
        if first.exact:
            self.by_text[first.text].append(pattern)
        else:
            for lemma in first.lemmas | {fold(first.text)}:
                self.by_lemma[lemma].append(pattern)

    def _word(self, text: str, *, exact: bool) -> Word:
        letters = any(letter.isalpha() for letter in text)
        return Word(
            frozenset(self.morphology.lemmas(fold(text))[:1]),
            text,
            exact or not letters or (len(text) > 1 and text.isupper()),
            text[:1].isupper(),
        )

    def find(self, sentence: Sentence, body: str) -> Iterator[Reference]:
        """Find the references of one sentence, in order, none overlapping another."""
        tokens = sentence.tokens
        lemmas = [self.morphology.lemmas(fold(token.text)) for token in tokens]
        at = 0
        while at < len(tokens):
            pattern = self._longest(tokens, lemmas, at)
            if pattern is None:
                yield from self._compound(tokens[at])
                at += 1
                continue
            stop = at + len(pattern.words)
            states = pattern.states
            if pattern.needs_head and not self._has_head(tokens, lemmas, at, stop):
                states = ()
            start, end = tokens[at].start, tokens[stop - 1].stop
            yield Reference(
                kind=pattern.kind,
                start=start,
                stop=end,
                text=body[start:end],
                normal=pattern.normal,
                ref=pattern.ref,
                states=states,
            )
            at = stop

    def _longest(self, tokens: Sequence[Token], lemmas: list[tuple[str, ...]], at: int) -> Pattern | None:
        best: Pattern | None = None
        seen = [self.by_text.get(tokens[at].text, ())]
        seen += [self.by_lemma.get(lemma, ()) for lemma in {*lemmas[at], fold(tokens[at].text)}]
        for patterns in seen:
            for pattern in patterns:
                if best is not None and len(pattern.words) <= len(best.words):
                    break
                if at + len(pattern.words) <= len(tokens) and all(
                    word.fits(tokens[at + shift].text, lemmas[at + shift]) for shift, word in enumerate(pattern.words)
                ):
                    best = pattern
        return best

    def _has_head(self, tokens: Sequence[Token], lemmas: list[tuple[str, ...]], at: int, stop: int) -> bool:
        near = (*range(max(0, at - HEAD_REACH), at), *range(stop, min(len(tokens), stop + 1)))
        return any(not self.heads.isdisjoint(lemmas[place]) for place in near)

    def _compound(self, token: Token) -> Iterator[Reference]:
        """Read "российско-узбекский" as two adjectives."""
        if "-" not in token.text:
            return
        start = token.start
        for part in token.text.split("-"):
            stop = start + len(part)
            code = self.prefixes.get(fold(part))
            if code is None:
                for lemma in self.morphology.lemmas(fold(part)):
                    found = [one for one in self.by_lemma.get(lemma, ()) if one.kind == "adjective"]
                    if found:
                        code = found[0].ref
                        break
            if code:
                yield Reference(
                    kind="adjective", start=start, stop=stop, text=part, normal=code, ref=code, states=(code,)
                )
            start = stop + 1
