"""Persons of one document: nominative, full name, office and state.

Each PER span has several possible nominatives (`names`). The document decides between them: the words before and
after the span, its other mentions, and the gazetteer. Then a lone surname takes the full name of the same article,
and the office read beside any mention of a person holds for all of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, compress
from typing import TYPE_CHECKING, Literal, NamedTuple

from pipeline.annotate.memo import Memo
from pipeline.annotate.morphology import fold
from pipeline.annotate.names import REMEMBERED_NAMES, Analysis, Case, Names, case_of
from pipeline.gazetteer import covers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.annotate.memo import Words
    from pipeline.annotate.morphology import Morphology
    from pipeline.annotate.offices import Offices
    from pipeline.gazetteer import Gazetteer, Term
    from pipeline.records import Reference, Sentence, Token

_PREPOSITIONS: Mapping[str, tuple[Case, ...]] = {
    **dict.fromkeys(("с", "со", "между", "перед", "над", "под"), ("ins",)),
    **dict.fromkeys(("к", "ко", "по", "благодаря", "согласно", "вопреки"), ("dat",)),
    **dict.fromkeys(
        ("у", "от", "для", "из", "без", "до", "после", "против", "кроме", "из-за", "вместо", "около", "вокруг", "ради"),
        ("gen",),
    ),
    **dict.fromkeys(("о", "об", "обо", "при"), ("loc",)),
    **dict.fromkeys(("про", "через"), ("acc",)),
    "на": ("acc", "loc"),
    "в": ("acc", "loc"),
    "за": ("ins", "acc"),
}

# (endings of the nominative, letters to cut, endings of the other forms), the first that fits.
_DECLENSIONS: tuple[tuple[tuple[str, ...], int, tuple[str, ...]], ...] = (
    (("ов", "ев", "ин", "ын"), 0, ("а", "у", "ым", "ом", "е", "ой")),
    (("ова", "ева", "ина", "ына"), 1, ("ой", "у")),
    (("ский", "цкий"), 2, ("ого", "ому", "им", "ом", "ая", "ой", "ую")),
    (tuple("жшчщц"), 0, ("а", "у", "ем", "е")),
    (tuple("бвгдзклмнпрстфх"), 0, ("а", "у", "ом", "е")),
    (tuple("йь"), 1, ("я", "ю", "ем", "е")),
    (("а",), 1, ("ы", "и", "е", "у", "ой", "ей")),
    (("я",), 1, ("и", "е", "ю", "ей")),
)

# How much each sign counts against the weights of `names`, whose unit is "this ending fits". Set by reading
# regional news outside the evaluation set.
PREPOSITION = 3.0
OFFICE_BEFORE = 2.5
NOUN_BEFORE = 1.0
APPOSITION = 1.5
VERB_AFTER = 1.5
WRONG_GENDER = 2.0
SAME_AS_BEFORE = 1.5
ELSEWHERE = 1.0  # once for each other mention that may have the same surname, up to three
AS_WRITTEN = 1.5  # another mention is written so
AS_WRITTEN_AGAIN = 0.75  # this one as well, perhaps in the same case
NOMINATIVE = 0.5
WOMAN = -0.2  # of persons in this news fewer than one in eight is a woman
KNOWN_PERSON = 2.0
LONGEST_QUOTATION = 8  # tokens of a name in quotation marks that are stepped over
MOST_NAMESAKES = 30  # different full names of one word that are compared; more are a list of names
SHORTEST_SURNAME = 4  # letters; shorter ones are common words as often as names
RANKS = ("president", "prime_minister", "foreign_minister")


@dataclass(slots=True)
class Mention:
    """A PER span on its way to a person."""

    start: int
    stop: int
    first: int  # index of its first token in the document
    last: int  # of the token after it
    words: tuple[str, ...]
    analysis: Analysis
    by: Literal["ner", "gazetteer"] = "ner"
    full: tuple[str, ...] = ()
    ref: str | None = None
    state: str | None = None
    office: str | None = None
    normal: str = ""


class _Possible(NamedTuple):
    """What a name may be: its analyses, whether each is a person of the gazetteer, the surnames of all."""

    analyses: tuple[Analysis, ...]
    known: tuple[bool, ...]
    surnames: frozenset[str]


def person_ref(name: str) -> str:
    """Make the gazetteer id of a person of his or her name."""
    return "person:" + fold(name).replace(" ", "-")


class People:
    """Resolves the persons of a document."""

    def __init__(self, gazetteer: Gazetteer, morphology: Morphology, names: Names, offices: Offices) -> None:
        self.morphology = morphology
        self.names = names
        self.offices = offices
        self.terms = gazetteer.people()
        self.family_first = gazetteer.family_first
        self.by_name: dict[str, str] = {}
        self.by_surname: dict[str, list[str]] = defaultdict(list)
        for person in self.terms:
            for spelling in (person, *gazetteer.spellings.get(person, ())):
                self.by_name[fold(spelling)] = person
                surname = fold(self._surname(spelling))
                if person not in self.by_surname[surname]:
                    self.by_surname[surname].append(person)
        self.forms = {form for surname in self.by_surname for form in declined(surname)}
        self._capitalised: Memo[str, str | None] = Memo(_as_surname)
        self._verbs: Memo[str, str | None] = Memo(self._as_verb)
        self._possible = lru_cache(REMEMBERED_NAMES)(self._possible_of)

    def forget(self) -> None:
        """Drop what is remembered of words and names."""
        self.names.forget()
        self.offices.forget()
        for memo in (self._capitalised, self._verbs):
            memo.clear()
        self._possible.cache_clear()

    def _surname(self, person: str) -> str:
        words = person.split()
        return words[0] if person in self.family_first else words[-1]

    def _possible_of(self, words: tuple[str, ...]) -> _Possible:
        found = self.names.analyse(words)
        alone = self.by_surname if len(words) == 1 else ()
        known = tuple([one.folded in self.by_name or one.surname in alone for one in found])
        return _Possible(found, known, frozenset([one.surname for one in found]))

    # From spans to nominatives

    def resolve(  # noqa: PLR0917 (what is known of a document, in the order in which it became known)
        self,
        sentences: Sequence[Sentence],
        words: Words,
        spans: Sequence[tuple[int, int]],
        taken: Sequence[tuple[int, int]],
        references: Sequence[Reference],
        day: str,
    ) -> list[Mention]:
        """Give a Mention for each PER span and for each name that NER missed, in order.

        `taken` are the spans of all other names, `day` is the ISO day of publication.
        """
        tokens, starts, _ = words
        mentions = [_mention(tokens, bisect_left(starts, start), bisect_left(starts, stop)) for start, stop in spans]
        self._choose(tokens, mentions)
        missed = self._missed(sentences, words, mentions, taken)
        if missed:
            mentions = sorted([*mentions, *missed], key=lambda mention: mention.start)
            self._choose(tokens, mentions)
        self._complete(mentions)
        for mention in mentions:
            found = self.offices.beside(tokens, mention.first, mention.last, references)
            if found is not None:
                mention.office, mention.state = found
        self._identify(mentions, references, day)
        self._share(mentions)
        for mention in mentions:
            mention.normal = _written(tokens, mention)
        return [mention for mention in mentions if mention.by == "ner" or mention.ref or len(mention.full) > 1]

    def _missed(
        self,
        sentences: Sequence[Sentence],
        words: Words,
        mentions: Sequence[Mention],
        taken: Sequence[tuple[int, int]],
    ) -> list[Mention]:
        """Find surnames that NER left out: of the gazetteer, and of persons with a full name in the document."""
        own: set[str] = set()
        for mention in mentions:
            if len(_spelled(mention.words)) > 1:
                own.update(declined(fold(mention.analysis.words[-1])))
        forms = self.forms
        capitalised = list(map(self._capitalised.__getitem__, words.texts))
        likely = [
            (place, word)
            for place, word in zip(
                compress(range(len(capitalised)), capitalised), filter(None, capitalised), strict=True
            )
            if word in forms or word in own
        ]
        if not likely:
            return []
        tokens = words.tokens
        covered = _Cover(taken)
        firsts = {sentence.start for sentence in sentences}
        found = []
        for place, folded in likely:
            token = tokens[place]
            if token.start in covered:
                continue
            if folded not in own and not self._is_name(tokens, place, token.start in firsts):
                continue
            first = place
            before = tokens[place - 1] if place else None
            if before is not None and before.start not in covered and before.text[:1].isupper():
                given = {one.folded for one in self.names.readings(before.text)}
                if given & self.names.given or given & self.names.known:
                    first = place - 1
            made = _mention(tokens, first, place + 1)
            made.by = "gazetteer"
            found.append(made)
        return found

    def _is_name(self, tokens: Sequence[Token], place: int, is_first: bool) -> bool:  # noqa: FBT001
        """Tell whether a capitalised word is the surname it looks like, and no common word at a sentence's start."""
        forms = self.morphology.forms(fold(tokens[place].text))
        common = any(
            form.tag.pos in {"NOUN", "ADJF", "VERB", "ADVB"} and not form.tag.grammemes & {"Surn", "Name", "Geox"}
            for form in forms
            if form.declined
        )
        if not common:
            return True
        if not is_first or place + 1 >= len(tokens):
            return not is_first and self.offices.before(tokens, place) is not None
        after = self.morphology.forms(fold(tokens[place + 1].text))
        tag = after[0].tag if after else None
        return tag is not None and tag.pos == "VERB" and "3per" not in tag.grammemes and tag.number == "sing"

    def _choose(self, tokens: Sequence[Token], mentions: Sequence[Mention]) -> None:
        possible: Counter[str] = Counter()
        written: Counter[str] = Counter()
        for mention in mentions:
            possible.update(self._possible(mention.words).surnames)
            written[fold(mention.words[-1])] += 1
        before: Mention | None = None
        for mention in mentions:
            cues = self._cues(tokens, mention, before)
            best, best_weight = None, -99.0
            own = fold(mention.words[-1])
            again = AS_WRITTEN_AGAIN if len(mention.words) > 1 else AS_WRITTEN
            gains = {"m": cues.get("m", 0.0), "f": cues.get("f", 0.0) + WOMAN}
            analyses, known, _ = self._possible(mention.words)
            for one, is_known in zip(analyses, known, strict=True):
                _, gender, case, alone, _, surname = one
                weight = alone + cues.get(case, 0.0)
                elsewhere = possible[surname] - 1
                if elsewhere:
                    weight += ELSEWHERE * min(3, elsewhere)
                if surname in written and written[surname] > (surname == own):
                    weight += again if surname == own else AS_WRITTEN
                if gender is not None:
                    weight += gains[gender]
                if is_known:
                    weight += KNOWN_PERSON
                if weight > best_weight:
                    best, best_weight = one, weight
            if best is not None:
                mention.analysis = best
            before = mention

    def _cues(self, tokens: Sequence[Token], mention: Mention, before: Mention | None) -> dict[str, float]:
        """Weigh cases and genders by the words around a mention."""
        cues: dict[str, float] = {}
        at = _before_quotation(tokens, mention.first - 1)
        previous = tokens[at] if at >= 0 else None
        if previous is None or tokens[mention.first].start - tokens[mention.first - 1].stop > 1:
            cues["nom"] = NOMINATIVE
        else:
            word = fold(previous.text)
            if word in _PREPOSITIONS:
                for case in _PREPOSITIONS[word]:
                    cues[case] = PREPOSITION
            elif before is not None and word in {"и", ","} and before.last == at:
                cues[before.analysis.case] = SAME_AS_BEFORE
            elif not word[-1:].isalpha():
                cues["nom"] = NOMINATIVE
            else:
                self._cue_of_noun(tokens, at, cues)
        if mention.last < len(tokens):
            self._cue_of_verb(tokens[mention.last].text, cues)
        return cues

    def _cue_of_noun(self, tokens: Sequence[Token], at: int, cues: dict[str, float]) -> None:
        office = self.offices.case_before(tokens, at)
        if office:
            for case in office:
                cues[case] = OFFICE_BEFORE
            return
        forms = self.morphology.forms(fold(tokens[at].text))
        if forms and forms[0].tag.pos == "NOUN":
            cues["gen"] = NOUN_BEFORE
            for form in forms:  # "блогера Шахиду Саломову": who it is, in the case of the name
                its_case = case_of(form.tag)
                if its_case and form.tag.pos == "NOUN" and "anim" in form.tag.grammemes:
                    cues[its_case] = APPOSITION
        elif forms and forms[0].tag.pos in {"VERB", "INFN"}:
            cues["nom"] = NOMINATIVE / 2

    def _cue_of_verb(self, word: str, cues: dict[str, float]) -> None:
        verb = self._verbs[word]
        if verb is None:
            return
        cues["nom"] = cues.get("nom", 0.0) + VERB_AFTER
        if verb == "masc":
            cues["f"] = -WRONG_GENDER
        elif verb == "femn":
            cues["m"] = -WRONG_GENDER

    def _as_verb(self, word: str) -> str | None:
        """Give the gender of a verb of the singular, "" where it shows none; None for all other words."""
        forms = self.morphology.forms(fold(word))
        if not forms or forms[0].tag.pos != "VERB" or forms[0].tag.number != "sing":
            return None
        return forms[0].tag.gender or ""

    # From nominatives to full names

    def _complete(self, mentions: Sequence[Mention]) -> None:
        """Give each mention the fullest name of its person in the document."""
        namesakes: dict[str, dict[tuple[str, ...], list[Mention]]] = defaultdict(dict)
        for mention in mentions:
            words = mention.full = mention.analysis.words
            if len(_spelled(words)) > 1:
                for word in {fold(word) for word in words}:
                    names = namesakes[word]
                    if words in names or len(names) < MOST_NAMESAKES:
                        names.setdefault(words, []).append(mention)
        for mention in mentions:
            words = mention.analysis.words
            names = namesakes.get(fold(words[-1]), {})
            options = [other for other in names if other != words and _fits(words, other)]
            if not options:
                continue
            options = [one for one in options if _same_gender(names[one][0].analysis, mention.analysis)] or options
            near = max(options, key=lambda one: _last_before(names[one], mention.start))
            same = [one for one in options if fold(one[-1]) == fold(near[-1]) and _fits(near, one)] or [near]
            best = max(same, key=lambda one: len(_spelled(one)))
            if len(_spelled(best)) >= len(_spelled(words)):
                mention.full = best

    # From names to persons

    def _identify(self, mentions: Sequence[Mention], references: Sequence[Reference], day: str) -> None:
        about = {code for one in references for code in one.states}
        about |= {mention.state for mention in mentions if mention.state}
        for mention in sorted(mentions, key=lambda one: len(one.full) == 1):  # full names tell which states it is about
            name = " ".join(mention.full)
            person = self.by_name.get(fold(name)) or self._without_patronymic(mention.full)
            if person is None and len(mention.full) == 1:
                person = self._by_surname(fold(name), mention, about, day)
            if person is None:
                continue
            mention.ref = person_ref(person)
            term = _term_on(self.terms[person], day)
            if term is not None:
                own = term.state if term.state.isupper() else None  # an organisation's head is of no state here
                if covers(term, day):  # what was read beside the name may be another's
                    mention.state, mention.office = own, term.office
                else:
                    mention.state = mention.state or own
            if mention.state:
                about.add(mention.state)

    def _without_patronymic(self, words: tuple[str, ...]) -> str | None:
        if len(words) == 3:  # noqa: PLR2004 (given name, patronymic, surname in either order)
            for pair in ((words[0], words[2]), (words[1], words[0])):
                found = self.by_name.get(fold(" ".join(pair)))
                if found:
                    return found
        if len(words) == 2:  # noqa: PLR2004
            return self.by_name.get(fold(f"{words[1]} {words[0]}"))
        return None

    def _by_surname(self, surname: str, mention: Mention, about: set[str], day: str) -> str | None:
        """Tell whom a lone surname means: an office that fits, else the highest rank in a state of the article."""
        options = []
        for person in self.by_surname.get(surname, ()):
            term = _term_on(self.terms[person], day)
            if term is None:
                continue
            fits = mention.office == term.office and (mention.state in {None, term.state})
            if mention.office and not fits and mention.office != term.office and covers(term, day):
                continue
            rank = RANKS.index(term.office) if term.office in RANKS else len(RANKS)
            leads = rank < len(RANKS) - 1
            if fits or leads or term.state in about:
                options.append((not fits, not covers(term, day), rank, person))
        options.sort()
        if not options or (len(options) > 1 and options[0][:3] == options[1][:3]):
            return None
        return options[0][3]

    def _share(self, mentions: Sequence[Mention]) -> None:
        known: dict[str, Mention] = {}
        for mention in mentions:
            name = fold(" ".join(mention.full))
            other = known.setdefault(name, mention)
            other.ref = other.ref or mention.ref
            other.state = other.state or mention.state
            other.office = other.office or mention.office
        for mention in mentions:
            other = known[fold(" ".join(mention.full))]
            mention.ref = mention.ref or other.ref
            mention.state = mention.state or other.state
            mention.office = mention.office or other.office


def _before_quotation(tokens: Sequence[Token], at: int) -> int:
    """Go back over a quoted name that ends at a token: "основателя «Викиликс» Джулиана Ассанжа"."""
    if at > 0 and tokens[at].text == "»":
        for place in range(at - 1, max(-1, at - LONGEST_QUOTATION), -1):
            if tokens[place].text == "«":
                return place - 1 if place and tokens[place - 1].text[-1:].isalpha() else at
    return at


class _Cover:
    """The places that some spans cover."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        self._spans = sorted(spans)
        self._reach = list(accumulate((stop for _, stop in self._spans), max))

    def __contains__(self, place: int) -> bool:
        before = bisect_left(self._spans, (place + 1,))
        return before > 0 and self._reach[before - 1] > place


def _as_surname(text: str) -> str | None:
    """Fold a word that may be a surname by its first letter and its length; None for others."""
    return fold(text) if text[:1].isupper() and len(text) >= SHORTEST_SURNAME else None


@lru_cache(REMEMBERED_NAMES)
def declined(surname: str) -> frozenset[str]:
    """Give the forms in which a folded surname may stand, men's and women's."""
    for tail, cut, endings in _DECLENSIONS:
        if surname.endswith(tail):
            stem = surname[: len(surname) - cut]
            return frozenset((surname, *[stem + ending for ending in endings]))
    return frozenset((surname,))


def _mention(tokens: Sequence[Token], first: int, last: int) -> Mention:
    words = tuple(token.text for token in tokens[first:last])
    return Mention(tokens[first].start, tokens[last - 1].stop, first, last, words, Analysis.as_written(words))


_BRACKETS = frozenset("[]()")


def _written(tokens: Sequence[Token], mention: Mention) -> str:
    """Join the words of the full name as text: those of the mention as it is spaced, others by spaces."""
    if mention.full != mention.analysis.words:
        return " ".join(word for word in mention.full if word not in _BRACKETS).replace(" .", ".")
    parts: list[str] = []
    for place, word in zip(range(mention.first, mention.last), mention.full, strict=True):
        if word in _BRACKETS:  # "[президентом России Владимиром] Путиным"
            continue
        if parts and tokens[place].start > tokens[place - 1].stop:
            parts.append(" ")
        parts.append(word)
    return "".join(parts)


def _last_before(mentions: Sequence[Mention], start: int) -> int:
    """Give where the last of some mentions before an offset stands, -1 if all stand after it."""
    place = bisect_left(mentions, start, key=lambda mention: mention.start)
    return mentions[place - 1].start if place else -1


def _spelled(words: Sequence[str]) -> list[str]:
    return [word for word in words if len(word) > 1 and word[0].isalpha()]


def _same_gender(one: Analysis, other: Analysis) -> bool:
    return one.gender is None or other.gender is None or one.gender == other.gender


def _fits(short: Sequence[str], long: Sequence[str]) -> bool:
    """Tell whether a short name may stand for a long one: its words occur in it in order, initials as first letters."""
    rest = iter([fold(word) for word in long])
    for word in (fold(word) for word in short if word != "."):
        if not any(other == word or (len(word) == 1 and other.startswith(word)) for other in rest):
            return False
    return True


def _term_on(terms: Sequence[Term], day: str) -> Term | None:
    """Choose the term that covers a day, highest rank first; else the last one before it; else the first."""
    now = [term for term in terms if covers(term, day)]
    if now:
        return min(now, key=lambda term: RANKS.index(term.office) if term.office in RANKS else len(RANKS))
    past = [term for term in terms if term.since <= day]
    return max(past, key=lambda term: term.since) if past else (terms[0] if terms else None)
