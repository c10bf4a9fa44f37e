"""NER spans to Entities and References: who and what each name is."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

from pipeline.annotate.morphology import fold
from pipeline.annotate.names import Names
from pipeline.annotate.offices import Offices
from pipeline.annotate.people import People
from pipeline.annotate.places import Places
from pipeline.annotate.references import ENTITIES, References, as_reference
from pipeline.records import Entity, Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.annotate.memo import Words
    from pipeline.annotate.morphology import Morphology
    from pipeline.annotate.people import Mention
    from pipeline.annotate.references import Hit
    from pipeline.gazetteer import Gazetteer
    from pipeline.gazetteer.cities import Cities
    from pipeline.records import EntityType, Sentence, Token

    Found = tuple[int, int, EntityType]  # start, stop, type

NAMING = frozenset({"state", "organization", "group", "metonym", "company", "region"})
ADDED: dict[str, EntityType] = {
    "state": "LOC",
    "capital": "LOC",
    "region": "LOC",
    "organization": "ORG",
    "company": "ORG",
    "metonym": "ORG",
}


class Identity:
    """Ties the names of a document to the gazetteer."""

    def __init__(
        self,
        gazetteer: Gazetteer,
        cities: Cities,
        morphology: Morphology,
        split: Callable[[str], Sequence[str]],
        nominatives: Path | None = None,
    ) -> None:
        self.references = References(gazetteer, morphology, split)
        self.places = Places(cities, morphology, nominatives)
        known = (*gazetteer.people(), *(one for names in gazetteer.spellings.values() for one in names))
        self.people = People(gazetteer, morphology, Names(morphology, known), Offices(gazetteer, morphology, split))

    def forget(self) -> None:
        """Drop what is remembered of words and names."""
        for part in (self.references, self.places, self.people):
            part.forget()

    def find(
        self, body: str, sentences: Sequence[Sentence], words: Words, spans: Sequence[Found], day: str
    ) -> tuple[tuple[Entity, ...], tuple[Reference, ...]]:
        """Give the entities and the references of a document, each sorted by start; `day` is that of publication."""
        persons = [(start, stop) for start, stop, kind in spans if kind == "PER"]
        named = _Spans(persons)
        hits = [hit for hit in self.references.find(sentences, words) if not named.meet(hit.start, hit.stop)]
        references = [as_reference(hit, body) for hit in hits if hit.meant.kind not in ENTITIES]
        taken = [*((start, stop) for start, stop, _ in spans), *((hit.start, hit.stop) for hit in hits)]
        mentions = self.people.resolve(sentences, words, persons, taken, references, day)
        entities = [_person(body, mention) for mention in mentions]
        entities.extend(self._things(body, words, spans, hits))
        entities.sort(key=lambda one: one.start)
        references.extend(_cities(entities, references))
        references.sort(key=lambda one: one.start)
        return tuple(entities), tuple(references)

    def _things(self, body: str, words: Words, spans: Sequence[Found], hits: Sequence[Hit]) -> Iterator[Entity]:
        """Give the places and organisations that NER found, and those that only the gazetteer knows."""
        hit_starts = [hit.start for hit in hits]
        about = Counter(code for hit in hits for code in hit.states)
        whole = {(hit.start, hit.stop): hit for hit in hits}
        for start, stop, kind in spans:
            if kind == "PER":
                continue
            normal = self._nominative(words, start, stop)
            after = bisect_left(hit_starts, stop)
            states = {
                code for hit in hits[bisect_left(hit_starts, start) : after] if hit.stop <= stop for code in hit.states
            }
            state = states.pop() if len(states) == 1 else None
            if state is None and kind == "ORG" and after < len(hits) and hits[after].start - stop <= 1:
                owner = hits[after]  # "Министерство энергетики" "Казахстана"
                state = owner.meant.ref if owner.meant.kind == "state" else None
            hit, ref = whole.get((start, stop)), None
            if hit is not None and hit.meant.kind in NAMING:
                ref = hit.meant.ref
                normal = hit.meant.normal if hit.meant.kind in ENTITIES else normal
            elif kind == "LOC":
                city = self.places.city(normal, body[start:stop], about)
                if city is not None:
                    ref, state = f"geonames:{city.key}", state or city.country
            yield Entity(type=kind, start=start, stop=stop, text=body[start:stop], normal=normal, ref=ref, state=state)
        occupied = _Spans((start, stop) for start, stop, _ in spans)
        for hit in hits:
            if hit.meant.kind in ADDED and not occupied.meet(hit.start, hit.stop):
                yield self._added(body, words, hit)

    def _nominative(self, words: Words, start: int, stop: int) -> str:
        """Put the name between two offsets into the nominative."""
        first = bisect_left(words.starts, start)
        last = bisect_left(words.starts, stop, first)
        before = fold(words.texts[first - 1]) if first else ""
        return _join(words.tokens[first:last], self.places.nominative(tuple(words.texts[first:last]), before))

    def _added(self, body: str, words: Words, hit: Hit) -> Entity:
        named = hit.meant.kind in ENTITIES
        return Entity(
            type=ADDED[hit.meant.kind],
            start=hit.start,
            stop=hit.stop,
            text=body[hit.start : hit.stop],
            normal=hit.meant.normal if named else self._nominative(words, hit.start, hit.stop),
            ref=None if hit.meant.kind == "capital" else hit.meant.ref,
            state=hit.states[0] if len(hit.states) == 1 else None,
            by="gazetteer",
        )


class _Spans:
    """Spans in the order of the text, none overlapping another."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._spans = sorted(spans)

    def meet(self, start: int, stop: int) -> bool:
        """Tell whether one of them shares a letter with a span."""
        place = bisect_left(self._spans, (stop,)) - 1
        return place >= 0 and self._spans[place][1] > start


def _join(tokens: Sequence[Token], words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    parts: list[str] = []
    for place, (token, word) in enumerate(zip(tokens, words, strict=True)):
        if place and token.start > tokens[place - 1].stop:
            parts.append(" ")
        parts.append(word)
    return "".join(parts)


def _person(body: str, mention: Mention) -> Entity:
    return Entity(
        type="PER",
        start=mention.start,
        stop=mention.stop,
        text=body[mention.start : mention.stop],
        normal=mention.normal,
        ref=mention.ref,
        state=mention.state,
        office=mention.office,
        by=mention.by,
    )


def _cities(entities: Sequence[Entity], references: Sequence[Reference]) -> Iterator[Reference]:
    """Make a reference of each city that is no capital and is named by an entity."""
    taken = {one.start for one in references}
    for entity in entities:
        if entity.type == "LOC" and entity.ref and entity.ref.startswith("geonames:") and entity.start not in taken:
            yield Reference(
                kind="city",
                start=entity.start,
                stop=entity.stop,
                text=entity.text,
                normal=entity.normal,
                ref=entity.state or "",
                states=(),
            )
