"""Tokens to what the gazetteer says of them: states, capitals, groups, organisations, companies, regions."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Literal, NamedTuple

from pipeline.annotate.memo import Memo
from pipeline.annotate.morphology import fold
from pipeline.annotate.patterns import EXACT, Phrases
from pipeline.records import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipeline.annotate.memo import Words
    from pipeline.annotate.morphology import Morphology
    from pipeline.gazetteer import Gazetteer
    from pipeline.records import ReferenceKind, Sentence, Token

HEAD_REACH = 3  # words between "страны" and "Центральной Азии"
JOINTS = frozenset("–—-+−") | {"и"}  # "Россия – Центральная Азия", "ЦА + Япония"
ENTITIES = frozenset({"company", "region"})  # kinds that are names and no References


@dataclass(frozen=True, slots=True)
class Meant:
    """What a phrase of the gazetteer stands for."""

    kind: ReferenceKind | Literal["company", "region"]
    normal: str
    ref: str
    states: tuple[str, ...]
    needs_head: bool = False


class Hit(NamedTuple):
    """A place where the gazetteer knows something: half-open span, meaning, the states it stands for there."""

    start: int
    stop: int
    meant: Meant
    states: tuple[str, ...]


class References:
    """Finds what the gazetteer knows in the tokens of a sentence."""

    def __init__(self, gazetteer: Gazetteer, morphology: Morphology, split: Callable[[str], Sequence[str]]) -> None:
        self.morphology = morphology
        self.heads = frozenset(gazetteer.heads)
        self.phrases: Phrases[Meant] = Phrases(morphology, split)
        self._begins: Memo[str, bool] = Memo(
            lambda text: self.phrases.may_begin(text) or ("-" in text and len(text) > 1)
        )
        self.prefixes: dict[str, Meant] = {}
        self.adjectives: dict[str, Meant] = {}
        self._add_states(gazetteer)
        for group in gazetteer.groups:
            for name in group.names:
                self.phrases.add(name, Meant("group", group.name, group.key, group.states))
            for name in (*group.region, *group.adjectives):
                self.phrases.add(name, Meant("group", group.name, group.key, group.states, needs_head=True))
        for body in gazetteer.organizations.values():
            for name in body.names:
                states = tuple(one.state for one in body.members if not one.until) if body.expands else ()
                self.phrases.add(name, Meant("organization", body.names[0].lstrip(EXACT), body.key, states))
        for kind, rows in (("company", gazetteer.companies), ("region", gazetteer.regions)):
            for state, names in rows.items():
                for name in names:
                    plain = name.removeprefix(EXACT)
                    ref = f"{kind}:{fold(plain).replace(' ', '-')}"
                    self.phrases.add(name, Meant(kind, plain, ref, (state,)))  # type: ignore[arg-type]

    def forget(self) -> None:
        """Drop what is remembered of words and names."""
        self.phrases.forget()
        self._begins.clear()

    def _add_states(self, gazetteer: Gazetteer) -> None:
        for state in gazetteer.states.values():
            normal = state.names[0].lstrip(EXACT)
            kinds: tuple[tuple[ReferenceKind, tuple[str, ...]], ...] = (
                ("state", state.names),
                ("demonym", state.people),
                ("capital", state.capitals),
                ("metonym", state.metonyms),
            )
            for kind, names in kinds:
                for name in names:
                    self.phrases.add(name, Meant(kind, normal, state.code, (state.code,)))
            adjective = Meant("adjective", normal, state.code, (state.code,))
            for name in state.adjectives:
                self.phrases.add(name, adjective)
                self.adjectives[fold(name)] = adjective
                if name.endswith("ий"):
                    self.prefixes[fold(name[:-2]) + "о"] = adjective
            self.prefixes.update({fold(prefix): adjective for prefix in state.prefixes})

    def find(self, sentences: Sequence[Sentence], words: Words) -> list[Hit]:
        """Find what is known in a document, in order, none overlapping another; the longest phrase wins."""
        # Most words begin nothing: they are passed over without a step in Python.
        places = list(compress(range(len(words.texts)), map(self._begins.__getitem__, words.texts)))
        hits: list[Hit] = []
        first = done = 0
        for sentence in sentences:
            last = first + len(sentence.tokens)
            upto = bisect_left(places, last, done)
            if upto > done:
                hits += self._in_sentence(sentence.tokens, [place - first for place in places[done:upto]])
            first, done = last, upto
        return hits

    def _in_sentence(self, tokens: Sequence[Token], places: Sequence[int]) -> list[Hit]:
        """Find what begins at some places of a sentence."""
        hits: list[Hit] = []
        regions: list[tuple[int, int, int]] = []  # place in `hits`, first token, token after the last
        done = 0
        for place in places:
            if place < done:
                continue
            token = tokens[place]
            phrase = self.phrases.at(tokens, place, len(tokens))
            if phrase is None:
                if "-" in token.text:
                    hits.extend(self._compound(token))
                continue
            stop = place + len(phrase.words)
            meant = phrase.meaning
            if meant.needs_head:
                regions.append((len(hits), place, stop))
            hits.append(Hit(token.start, tokens[stop - 1].stop, meant, meant.states))
            done = stop
        for number, first, last in regions:
            if not (self._has_head(tokens, first, last) or _is_joined(tokens, hits, first, last)):
                hits[number] = hits[number]._replace(states=())
        return hits

    def _has_head(self, tokens: Sequence[Token], place: int, stop: int) -> bool:
        near = (*tokens[max(0, place - HEAD_REACH) : place], *tokens[stop : stop + 1])
        return any(not self.heads.isdisjoint(self.morphology.lemmas(fold(token.text))) for token in near)

    def _compound(self, token: Token) -> Iterator[Hit]:
        """Read "российско-узбекский" as two adjectives."""
        start = token.start
        for part in token.text.split("-"):
            folded = fold(part)
            meant = self.prefixes.get(folded)
            if meant is None and part:
                lemmas = self.morphology.lemmas(folded)
                meant = next((self.adjectives[one] for one in lemmas if one in self.adjectives), None)
            if meant is not None:
                yield Hit(start, start + len(part), meant, meant.states)
            start += len(part) + 1


def _is_joined(tokens: Sequence[Token], hits: Sequence[Hit], first: int, last: int) -> bool:
    """Tell whether a region stands beside a state or an organisation as its equal: "ЕС и Центральная Азия"."""
    ends, starts = {one.stop for one in hits}, {one.start for one in hits}
    before = first > 1 and tokens[first - 1].text in JOINTS and tokens[first - 2].stop in ends
    after = last + 1 < len(tokens) and tokens[last].text in JOINTS and tokens[last + 1].start in starts
    return before or after


def as_reference(hit: Hit, body: str) -> Reference:
    """Make the record of a hit that is a reference."""
    assert hit.meant.kind not in ENTITIES
    return Reference(
        kind=hit.meant.kind,  # type: ignore[arg-type]
        start=hit.start,
        stop=hit.stop,
        text=body[hit.start : hit.stop],
        normal=hit.meant.normal,
        ref=hit.meant.ref,
        states=hit.states,
    )
