"""A document as the event finder reads it: sentences with their trees, and the names in them by place.

Everything here is derived from `records.Annotated` once per document and never changed.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from pipeline.annotate.memo import lemma_of, start_of
from pipeline.records import Depth

if TYPE_CHECKING:
    from pipeline.records import Annotated, Entity, Reference, Sentence, Span, Token

_MERGED = ("appos", "flat", "flat:name", "flat:foreign")  # a name hangs on its title by these
MOST_NAMES = 300  # of one sentence; more are a text without a full stop, and each is seen from every candidate
_DEEPEST = 16  # words from one up to the root that are followed
FAR = "far"  # a path too long to say anything
_KINDS = {"PER": "person", "LOC": "place", "ORG": "organization"}
STATES = frozenset({"state", "adjective", "demonym", "capital", "metonym", "group"})  # names of states


class Name(NamedTuple):
    """Words that stand for a person, a state, a place or an organisation, at one place in the text."""

    type: str  # person, organization, place, or a records.ReferenceKind
    value: str  # nominative
    ref: str | None
    states: tuple[str, ...]
    office: str | None
    start: int
    stop: int
    sentence: int
    token: int  # the token that heads it, in its sentence
    pronoun: bool = False  # "он" for somebody named before


_PLACE = attrgetter("start", "stop", "type")
# "Он" as a subject, "с ним", "его визит"; as an object it is a thing too often.
_PRONOUNS = {
    **dict.fromkeys(("он", "ним", "его"), "Masc"),
    **dict.fromkeys(("она", "ней", "нею", "ее", "её"), "Fem"),
}
_LONGEST_PRONOUN = max(map(len, _PRONOUNS))
_WITH = frozenset({"ним", "ней", "нею"})
_OF = frozenset({"его", "ее", "её"})
_REMEMBERED = 2  # sentences back in which a pronoun finds its person


_NONE: list[int] = []  # the children of a token in an unread sentence


class Tree:
    """The dependency tree of a sentence; an unread sentence is a tree without edges.

    What is asked of it again and again for every candidate and filler is worked out once.
    """

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self.tokens: tuple[Token, ...] = sentence.tokens
        self.lemmas = tuple(map(lemma_of, sentence.tokens))
        self._above: dict[int, list[int]] = {}
        self._paths: dict[tuple[int, int], tuple[int, str]] = {}
        self.verbs_above: dict[int, int] = {}  # kept by `dating`

    @cached_property
    def tells_of_prank(self) -> bool:
        """Whether pranksters are named: who talked to them was talking to nobody."""
        return any(lemma.startswith("пранкер") for lemma in self.lemmas)

    @cached_property
    def children(self) -> list[list[int]]:
        """The tokens that hang on each token."""
        if self.sentence.depth is not Depth.SYNTAX:
            return [_NONE] * len(self.tokens)
        children: list[list[int]] = [[] for _ in self.tokens]
        for index, token in enumerate(self.tokens):
            head = token.head
            if 0 <= head < len(children) and head != index:
                children[head].append(index)
        return children

    @cached_property
    def _prepositions(self) -> list[str]:
        found = [""] * len(self.tokens)
        if self.sentence.depth is not Depth.SYNTAX:
            return found
        for index, children in enumerate(self.children):
            for child in children:
                if self.tokens[child].rel == "case":
                    found[index] = self.tokens[child].lemma
                    break
        return found

    def at(self, offset: int) -> int:
        """Find the token at an offset of the text."""
        return max(0, bisect_right(self.tokens, offset, key=start_of) - 1)

    def span_head(self, start: int, stop: int) -> int:
        """Find the token of a span that hangs on a token outside it."""
        first = self.at(start)
        if stop <= self.tokens[first].stop:
            return first
        inside = range(first, self.at(max(start, stop - 1)) + 1)
        for index in inside:
            if self.tokens[index].head not in inside:
                return index
        return first

    def ancestors(self, index: int, limit: int = 12) -> list[int]:
        """List a token and what it hangs on, up to the root."""
        found = self._above.get(index)
        if found is None:
            found = [index]
            while len(found) < _DEEPEST:
                head = self.tokens[found[-1]].head
                if not 0 <= head < len(self.tokens) or head in found:
                    break
                found.append(head)
            self._above[index] = found
        return found[:limit]

    def titled(self, index: int) -> int:
        """Climb from a name to the title it is an apposition of."""
        for _ in range(3):
            token = self.tokens[index]
            if token.rel not in _MERGED or not 0 <= token.head < len(self.tokens):
                break
            index = token.head
        return index

    def first_conjunct(self, index: int) -> int:
        """Climb from a coordinated word to the first of its row."""
        for _ in range(6):
            token = self.tokens[index]
            if token.rel != "conj" or not 0 <= token.head < len(self.tokens):
                break
            index = token.head
        return index

    def preposition(self, index: int) -> str:
        """Give the preposition of a noun, or nothing."""
        return self._prepositions[index]

    def path(self, source: int, target: int, limit: int = 4) -> str:
        """Write the way from one token to another: relations upward after ^, downward after v, prepositions last."""
        found = self._paths.get((source, target))
        if found is None:
            found = self._paths[source, target] = self._path(source, target)
        return FAR if found[0] > limit else found[1]

    def _path(self, source: int, target: int) -> tuple[int, str]:
        """Give the length of a path and how it is written."""
        target = self.first_conjunct(self.titled(self.first_conjunct(target)))
        source = self.first_conjunct(source)
        up, down = self.ancestors(source), self.ancestors(target)
        meeting = next((node for node in up if node in down), None)
        if meeting is None:
            return 0, FAR
        steps, falls = up.index(meeting), down[: down.index(meeting)]
        rising = "".join("^" + self.tokens[i].rel for i in up[:steps])
        falling = "".join(
            "v" + self.tokens[i].rel + (":" + p if (p := self.preposition(i)) else "") for i in reversed(falls)
        )
        return steps + len(falls), rising + falling or "self"


def is_future(token: Token) -> bool:
    """Tell a verb form of the future: "подпишут", and "будет", which the tagger calls present."""
    return token.feats.get("Tense") == "Fut" or (token.lemma == "быть" and token.text.lower().startswith("буд"))


class Reading:
    """A document's sentences as trees and its names in the order of the text."""

    def __init__(self, annotated: Annotated) -> None:
        self.annotated = annotated
        self.body = annotated.body
        self.trees = tuple(Tree(sentence) for sentence in annotated.sentences)
        self._starts = [sentence.start for sentence in annotated.sentences]
        self.title_stop = len(annotated.document.title or "")
        self._states_in: dict[int, frozenset[str]] = {}

    def sentence_at(self, offset: int) -> int:
        """Find the sentence at an offset."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def sentence_span(self, index: int) -> Span:
        """Give the span of a sentence."""
        sentence = self.annotated.sentences[index]
        return (sentence.start, sentence.stop)

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """All names, those of the annotator's entities and references, in the order of the text."""
        if not self.trees:
            return ()
        # A state's own name is a reference already; the entity adds the name of the city or person.
        entities = [e for e in self.annotated.entities if e.type != "LOC" or e.ref is None or e.ref != e.state]
        found = [self._from_entity(entity) for entity in entities]
        found += [self._from_reference(reference) for reference in self.annotated.references]
        found += self._pronouns([name for name in found if name.type == "person"])
        return tuple(sorted(found, key=_PLACE))

    @cached_property
    def names_of(self) -> tuple[tuple[Name, ...], ...]:
        """The names of every sentence, at most MOST_NAMES of each."""
        rows: list[list[Name]] = [[] for _ in self.trees]
        for name in self.names:
            if len(rows[name.sentence]) < MOST_NAMES:
                rows[name.sentence].append(name)
        return tuple(tuple(row) for row in rows)

    def states_in(self, sentence: int) -> frozenset[str]:
        """Give the states that a sentence names, by their own names or those of their people."""
        found = self._states_in.get(sentence)
        if found is None:
            names = [name for name in self.names_of[sentence] if name.type in STATES or name.type == "person"]
            found = self._states_in[sentence] = frozenset([code for name in names for code in name.states])
        return found

    @cached_property
    def codes(self) -> frozenset[str]:
        """The states that the document names."""
        kinds = (*STATES, "person")
        return frozenset(code for name in self.names if name.type in kinds for code in name.states)

    @cached_property
    def home(self) -> str | None:
        """The state that the outlet calls "our country", by its address or name."""
        document = self.annotated.document
        where = f"{document.url or ''} {document.extra.get('source') or ''}".lower()
        for ending, state in _HOMES:
            if ending in where:
                return state
        return None

    def _pronouns(self, persons: list[Name]) -> list[Name]:
        """Read "он", "с ней", "его визит" in read sentences as the person last named as a subject, or last named."""
        said: list[list[Name]] = [[] for _ in self.trees]
        for person in persons:
            said[person.sentence].append(person)
        found = []
        for sentence, tree in enumerate(self.trees):
            if tree.sentence.depth is not Depth.SYNTAX:
                continue
            for index, token in enumerate(tree.tokens):
                if len(token.text) > _LONGEST_PRONOUN:
                    continue
                word = token.text.lower()
                gender = _PRONOUNS.get(word)
                if gender is None or (word in _OF and token.pos != "DET"):
                    continue
                if word in _WITH and tree.preposition(index) not in ("с", "со"):
                    continue
                whom = self._antecedent(said, sentence, index, gender)
                if whom is not None:
                    found.append(
                        whom._replace(start=token.start, stop=token.stop, sentence=sentence, token=index, pronoun=True)
                    )
        return found

    def _antecedent(self, said: list[list[Name]], sentence: int, index: int, gender: str) -> Name | None:
        for back in range(_REMEMBERED + 1):
            if back > sentence:
                break
            tree = self.trees[sentence - back]
            fitting = [
                person
                for person in sorted(said[sentence - back], key=lambda person: -person.start)
                if (back or person.token < index) and tree.tokens[person.token].feats.get("Gender", gender) == gender
            ]
            if fitting:
                subjects = (p for p in fitting if tree.tokens[tree.titled(p.token)].rel == "nsubj")
                return next(subjects, fitting[0])
        return None

    def _from_entity(self, entity: Entity) -> Name:
        start, stop = entity.start, entity.stop
        sentence = self.sentence_at(start)
        states = (entity.state,) if entity.state else ()
        token = self.trees[sentence].span_head(start, stop)
        return Name(_KINDS[entity.type], entity.normal, entity.ref, states, entity.office, start, stop, sentence, token)

    def _from_reference(self, reference: Reference) -> Name:
        start, stop = reference.start, reference.stop
        sentence = self.sentence_at(start)
        token = self.trees[sentence].span_head(start, stop)
        return Name(
            reference.kind, reference.normal, reference.ref, reference.states, None, start, stop, sentence, token
        )


_HOMES = (
    (".uz", "UZ"),
    (".kz", "KZ"),
    ("tengrinews", "KZ"),
    (".kg", "KG"),
    (".tj", "TJ"),
    (".tm", "TM"),
    (".az", "AZ"),
    (".am", "AM"),
    (".ge", "GE"),
    (".by", "BY"),
    (".ru", "RU"),
    (".md", "MD"),
    (".tr", "TR"),
    (".su", "RU"),
)
