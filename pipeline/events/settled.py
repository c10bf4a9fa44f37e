"""What grammar alone settles: kinds and statuses that the words of a mention rule out, whatever was learned."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.events.dates.words import MONTH_STEMS
from pipeline.events.reading import is_future
from pipeline.records import AGREEMENT_STATUSES, SUMMIT_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.events.candidates import Candidate
    from pipeline.events.reading import Reading, Tree
    from pipeline.records import Token

_DONE = frozenset("посетить встретиться побывать поговорить созвониться побеседовать переговорить провести".split())
_SESSIONS = frozenset("заседание сессия коллегия".split())
_NAMED_WITHIN = 4  # words after "заседание" in which its body is named
_SIGN = frozenset("подписать заключить скрепить парафировать".split())
_DRAFT = frozenset("разработка подготовка выработка".split())
_UNREAL = frozenset("не бы если чтобы".split())
_MOVE = frozenset("перенести переносить сдвинуть отложить".split())
_HOLD = frozenset("состояться пройти провести встретиться начаться открыться".split())
_DATED = re.compile(rf"(?:19|20)\d\d$|(?:{'|'.join(MONTH_STEMS)})[а-я]{{0,3}}$", re.IGNORECASE)
_NEXT = frozenset("следующий будущий предстоящий".split())  # "на следующую неделю"


def impossible_kinds(reading: Reading, mentions: Sequence[Candidate]) -> frozenset[str]:
    """List the kinds that an event of these mentions cannot have: ministers hold no summit."""
    return frozenset({"summit"} if any(_is_of_ministers(reading, mention) for mention in mentions) else ())


def impossible_statuses(reading: Reading, mentions: Sequence[Candidate], kind: str) -> frozenset[str]:
    """List the statuses that an event of this kind and these mentions cannot have."""
    if mentions[0].family == "summit":
        if any(_is_done(reading, mention) for mention in mentions):
            return frozenset({"planned"})
        if any(_is_moved(reading, mention) for mention in mentions):
            return frozenset(SUMMIT_STATUSES) - {"planned"}
        return frozenset()
    ruled_out = {"signed"} if kind == "understanding" else set()  # nobody signs what is no document
    told = {tense for mention in mentions for tense in _signing(reading, mention)}
    if "past" in told:
        ruled_out.add("planned")
        if any(_is_law(reading, mention) for mention in mentions):
            ruled_out.add("signed")
    elif "future" in told:
        ruled_out.update(set(AGREEMENT_STATUSES) - {"planned"})
    return frozenset(ruled_out)


def _is_of_ministers(reading: Reading, candidate: Candidate) -> bool:
    """Tell whether a mention is the session of a body of ministers: "заседание Совета министров торговли"."""
    if candidate.family != "summit" or candidate.lemma not in _SESSIONS:
        return False
    tokens = reading.trees[candidate.sentence].tokens
    after = tokens[candidate.token + 1 : candidate.token + 1 + _NAMED_WITHIN]
    return any(token.lemma == "министр" for token in after)


def _is_done(reading: Reading, candidate: Candidate) -> bool:
    """Tell whether a verb in the past says that a meeting took place: "посетил", "провёл переговоры"."""
    tokens = reading.trees[candidate.sentence].tokens
    verbs = [tokens[i] for i in (candidate.token, candidate.governor) if i >= 0]
    return any(verb.lemma in _DONE and _is_past(verb) for verb in verbs)


def _is_moved(reading: Reading, candidate: Candidate) -> bool:
    """Tell whether another day is named for a meeting: "перенесён на 9 декабря", "состоится не 25 ноября, а 9-го"."""
    tree = reading.trees[candidate.sentence]
    for index in candidate.carriers:
        if moved_to(tree, index):
            return True
        if tree.tokens[index].lemma in _HOLD and is_future(tree.tokens[index]):
            for child in tree.children[index]:
                words = [tree.tokens[word] for word in tree.children[child]]
                if any(word.lemma == "не" for word in words) and any(_DATED.match(word.text) for word in words):
                    return True
    return False


def moved_to(tree: Tree, index: int) -> list[int]:
    """Give the words of the day, month or year to which a verb moves what it speaks of; none where it moves nothing."""
    if tree.tokens[index].lemma not in _MOVE:
        return []
    for child in tree.children[index]:
        words = [child, *tree.children[child]]
        named = any(_DATED.match(tree.tokens[word].text) or tree.tokens[word].lemma in _NEXT for word in words)
        if tree.preposition(child) == "на" and named:
            return words
    return []


def _is_past(verb: Token) -> bool:
    return verb.feats.get("Tense") == "Past" and verb.feats.get("VerbForm") == "Fin"


def _signing(reading: Reading, candidate: Candidate) -> Iterator[str]:
    """Yield "past" for "подписали", "подписан"; "future" for "подпишут", "будет подписан", "разработка соглашения"."""
    tree = reading.trees[candidate.sentence]
    top = tree.first_conjunct(candidate.token)
    head = tree.tokens[top].head
    if 0 <= head < len(tree.tokens) and tree.tokens[head].lemma in _DRAFT and not tree.preposition(top):
        yield "future"
    for index in candidate.carriers:
        if tree.tokens[index].lemma in _SIGN and tree.tokens[index].pos == "VERB" and (told := tense(tree, index)):
            yield told


def _is_law(reading: Reading, candidate: Candidate) -> bool:
    """Tell whether a law on the ratification is meant: "подписал закон о ратификации договора"."""
    tree = reading.trees[candidate.sentence]
    above = {tree.tokens[index].lemma for index in tree.ancestors(candidate.token)}
    return "закон" in above and ("ратификация" in above or candidate.lemma == "ратификация")


def tense(tree: Tree, index: int) -> str:
    """Tell "past" or "future" of a verb that says what did or will happen; "" where it only may, or does not."""
    verb, kids = tree.tokens[index], [tree.tokens[child] for child in tree.children[index]]
    if any(kid.lemma in _UNREAL for kid in kids):
        return ""
    tensed = [verb, *(kid for kid in kids if kid.lemma == "быть")]
    if any(map(is_future, tensed)):
        return "future"
    alone = len(tensed) == 1 or any(word.feats.get("Tense") == "Past" for word in tensed[1:])
    return "past" if _is_past(verb) or (verb.feats.get("Variant") == "Short" and alone) else ""
