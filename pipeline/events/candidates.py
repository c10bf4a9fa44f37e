"""From a reading to the candidates: every place where a word of the lexicon may report a meeting or an agreement."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.events.lexicon import FAMILIES, REACH, Family, Sense, is_other_sense, keeps_company, senses, told
from pipeline.records import Depth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.events.reading import Reading, Tree
    from pipeline.records import Span

MOST = 400  # candidates of one document that are judged: a speech of 60,000 characters has about 150
_ATTRIBUTES = 2  # words before one that can tell its sense
_CHAIN = ("nmod", "flat", "appos")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A word that may head a trigger, with the words it forms one phrase with."""

    family: Family
    sense: Sense
    lemma: str  # ё as е
    sentence: int
    token: int
    governor: int  # the verb or action noun of the lexicon that carries it ("подписали соглашение"), or -1
    predicate: int  # the nearest verb above it, or itself; -1 without one
    inner: tuple[str, ...]  # lemmas of lexicon nouns folded into it ("заседание Совета": совет)
    start: int
    stop: int
    inner_stop: int  # the end of the last noun folded into it, or `stop`

    @property
    def span(self) -> Span:
        """The span of the trigger."""
        return (self.start, self.stop)

    @property
    def carriers(self) -> set[int]:
        """The tokens that may say what becomes of it: itself, what carries it, the verb above."""
        return {self.token, self.governor, self.predicate} - {-1}


def find(reading: Reading) -> list[Candidate]:
    """List the candidates of a document in the order of the text, at most MOST of them."""
    found: list[Candidate] = []
    for index, tree in enumerate(reading.trees):
        if tree.sentence.depth is Depth.TOKENS:
            continue  # `may_hold_event` has seen no word of the lexicon in it
        triggers = [(at, sense) for at in told(tree.lemmas) for sense in senses(tree.lemmas[at])]
        for family in FAMILIES:
            own = [(at, sense) for at, sense in triggers if sense.family == family]
            found += _in_sentence(tree, index, family, own) if own else ()
        if len(found) >= MOST:
            break
    if found and _is_sport(reading):
        found = [c for c in found if c.sense.kind in _LEGAL or c.sense.group in _GATHERED]
    return sorted(found, key=lambda c: (c.start, c.stop, c.family))[:MOST]


_SPORT = frozenset(
    "матч футбол футбольный футболист хоккей хоккейный хоккеист гол тренер турнир чемпионат чемпион клуб сборная лига "
    "нападающий защитник полузащитник вратарь очко теннис теннисист олимпиада олимпийский спортсмен боксер биатлон "
    "биатлонист фигурист баскетбол баскетболист".split()
)
_OFFICIAL = frozenset("премьер премьер-министр министр мид посол саммит оон правительство минспорт парламент".split())
_SPORTING, _SHARE = 5, 0.025  # words of sport in an article about nothing else, and their share of all
_LEGAL = ("treaty", "declaration")  # "не грозит экстрадиция: между странами нет договора"
_GATHERED = ("summit", "session", "forum", "body")  # "заявил на форуме, что турнир состоится"


def _is_sport(reading: Reading) -> bool:
    """Tell an article on sport that names no office of state: its talks are about transfers, its meetings matches."""
    lemmas = [lemma for tree in reading.trees for lemma in tree.lemmas]
    sporting = sum(map(_SPORT.__contains__, lemmas))
    if sporting < max(_SPORTING, _SHARE * len(lemmas)) or not _OFFICIAL.isdisjoint(lemmas):
        return False
    states = {name.start for name in reading.names if name.type == "state"}
    return not any(
        token.lemma == "президент" and after.start in states
        for tree in reading.trees
        for token, after in pairwise(tree.tokens)
    )


def _in_sentence(tree: Tree, sentence: int, family: Family, told: Sequence[tuple[int, Sense]]) -> list[Candidate]:
    words = {index: sense for index, sense in told if _possible(tree, index, sense)}
    inner: dict[int, list[int]] = {}
    governor: dict[int, int] = {}
    for index, sense in words.items():
        if sense.part != "noun":
            continue
        head = _holder(tree, index, words)
        if head is not None:
            inner.setdefault(head, []).append(index)
            continue
        carrier = _carrier(tree, index, words)
        if carrier is not None:
            governor[index] = carrier
    folded = {i for row in inner.values() for i in row}
    carriers = set(governor.values())
    found = []
    for index, sense in words.items():
        if index in folded or index in carriers or sense.group == "light":
            continue
        start, stop = _phrase(tree, index, governor.get(index, -1))
        found.append(
            Candidate(
                family=family,
                sense=sense,
                lemma=tree.tokens[index].lemma.replace("ё", "е"),
                sentence=sentence,
                token=index,
                governor=governor.get(index, -1),
                predicate=_predicate(tree, index),
                inner=tuple(tree.tokens[i].lemma.replace("ё", "е") for i in sorted(inner.get(index, ()))),
                start=start,
                stop=stop,
                inner_stop=max([stop, *(tree.tokens[i].stop for i in inner.get(index, ()))]),
            )
        )
    return found


def _possible(tree: Tree, index: int, sense: Sense) -> bool:
    token = tree.tokens[index]
    if not keeps_company(token.lemma, (t.lemma for t in tree.tokens[max(0, index - REACH) : index + REACH + 1])):
        return False
    before = [t.lemma for t in tree.tokens[max(0, index - _ATTRIBUTES) : index]]
    if is_other_sense(token.lemma, before) or (token.lemma == "договор" and "организация" in before[-1:]):
        return False  # "Организация Договора" is a body and no treaty
    if token.lemma in ("контракт", "договор", "соглашение") and _is_employment(tree, index):
        return False
    if token.lemma == "договор" and "страхование" in tree.lemmas[index + 1 : index + 3]:
        return False
    if sense.group == "body" and _is_office(tree, index):
        return False
    if sense.group == "forum" and _is_standing(tree, index):
        return False
    if sense.group in ("talks", "meet") and (_is_rumour(tree, index) or tree.tells_of_prank):
        return False
    if sense.group == "visit" and _is_way(tree, index):
        return False
    if sense.part == "noun":
        return token.pos in ("", "NOUN", "PROPN", "X", "ADJ")
    return token.pos in ("", "VERB", "ADJ", "AUX", "ADV")


_EMPLOYED = frozenset(
    "тренер футболист вратарь защитник полузащитник нападающий форвард хоккеист игрок баскетболист боксер боксёр боец "
    "теннисист легионер певец певица актер актёр актриса продюсер блогер".split()
)


def _is_employment(tree: Tree, index: int) -> bool:
    """Tell a contract with a person who plays or trains: "контракт с тренером из Сербии"."""
    after = [token.lemma for token in tree.tokens[index + 1 : index + 5]]
    return any(word in _EMPLOYED and "с" in after[:place] for place, word in enumerate(after))


_OFFICES = frozenset(
    "секретарь председатель спикер глава член заместитель представитель министр руководитель депутат "
    "директор вице-спикер зампред вице-президент замглава президент сопредседатель сотрудник членство".split()
)


def _is_office(tree: Tree, index: int) -> bool:
    """Tell whether a body only names somebody's office: "секретарь Совета безопасности"."""
    token = tree.tokens[index]
    return token.rel == "nmod" and 0 <= token.head < len(tree.tokens) and tree.tokens[token.head].lemma in _OFFICES


_CHIEFS = frozenset("секретарь прогноз рейтинг доклад отчет исследование".split())


def _is_standing(tree: Tree, index: int) -> bool:
    """Tell whether a forum is named as a body: "генеральный секретарь Конференции", "по прогнозам форума"."""
    token = tree.tokens[index]
    if token.rel != "nmod" or not 0 <= token.head < len(tree.tokens) or tree.preposition(index):
        return False
    return tree.tokens[token.head].lemma.replace("ё", "е") in _CHIEFS


def _is_rumour(tree: Tree, index: int) -> bool:
    """Tell talk about something from talks: "назвал разговоры о размещении опасными"."""
    token = tree.tokens[index]
    after = tree.tokens[index + 1].lemma if index + 1 < len(tree.tokens) else ""
    return token.lemma == "разговор" and token.feats.get("Number") == "Plur" and after in ("о", "об")


_GATHERINGS = frozenset(
    "саммит форум сессия заседание мероприятие конференция генассамблея ассамблея совещание съезд конгресс".split()
)
_JOURNEY = 9  # words after a journey in which its aim is sought


def _is_way(tree: Tree, index: int) -> bool:
    """Tell whether a journey is only the way to a meeting that is an event itself: "не поедет на саммит"."""
    for at in range(index + 1, min(len(tree.tokens), index + _JOURNEY)):
        if tree.lemmas[at] not in _GATHERINGS:
            continue
        above = tree.ancestors(at, 3)[1:]
        if index not in above:
            continue
        link = tree.preposition(at)
        if link == "на" or (link == "в" and tree.tokens[above[0]].lemma == "участие"):
            return True
        if not link and above[0] == index and tree.lemmas[index] == "посещение":
            return True
    return False


def _holder(tree: Tree, index: int, words: dict[int, Sense]) -> int | None:
    """Find the lexicon noun whose genitive this one is: "заседание Совета", "раунд переговоров"."""
    token = tree.tokens[index]
    head = token.head
    if (
        token.rel in _CHAIN
        and head in words
        and words[head].part == "noun"
        and words[head].group != "act"
        and not tree.preposition(index)
    ):
        return head
    return None


# "Встретился на полях саммита с коллегой" is a meeting beside the summit; "собрались на заседание" is the session.
_CONTACTS = frozenset(
    "встретиться встречаться пообщаться общаться побеседовать беседовать поговорить созвониться увидеться "
    "видеться говорить разговаривать звонить связаться связываться вызвать вызывать".split()
)


def _carrier(tree: Tree, index: int, words: dict[int, Sense]) -> int | None:
    """Find the verb or action noun of the lexicon that carries a noun: "подписали ряд соглашений"."""
    at = tree.first_conjunct(index)
    above = tree.ancestors(at, 4)
    for step, head in enumerate(above[1:], start=1):
        if head in words and (words[head].part == "verb" or words[head].group == "act"):
            if words[head].group in ("visit", "host") and tree.preposition(at):
                return None
            if tree.tokens[head].lemma in _CONTACTS and any(map(tree.preposition, above[:step])):
                return None
            return head
        if tree.tokens[head].pos in ("VERB", "AUX"):
            return None
    return None


def _predicate(tree: Tree, index: int) -> int:
    for head in tree.ancestors(index):
        if tree.tokens[head].pos in ("VERB", "AUX") or tree.tokens[head].feats.get("VerbForm"):
            return head
    return -1


def _phrase(tree: Tree, index: int, governor: int) -> Span:
    """Mark the shortest head phrase: the word with its attributes before it, and the verb that carries it if near."""
    first = last = index
    for child in tree.children[index]:
        if child < index and tree.tokens[child].rel in ("amod", "nummod", "det") and index - child <= 4:
            first = min(first, child)
    if governor >= 0 and abs(governor - index) <= 4:
        first, last = min(first, governor), max(last, governor)
    return (tree.tokens[first].start, tree.tokens[last].stop)
