"""Several meetings under one word: "двусторонние встречи с A, B и C" makes three."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.events.candidates import Candidate
    from pipeline.events.reading import Reading, Tree

_COUNTED = frozenset({"встреча", "беседа", "разговор", "контакт", "звонок"})  # in the plural: several of them
_APART = frozenset({"отдельный", "отдельность", "двусторонний", "телефонный", "поочередно", "отдельно"})
_HOLD = frozenset({"провести", "проводить"})
_TALKS = frozenset({"переговоры", "переговор", "встретиться", "поговорить", "встречаться", "созвониться"})


def partners(reading: Reading, mentions: Sequence[Candidate]) -> list[str]:
    """List the states met one by one, by the first mention that tells them apart; empty for one meeting."""
    for mention in mentions:
        tree = reading.trees[mention.sentence]
        found = _partners(reading, tree, mention)
        if len(found) > 1 and (_tells_apart(tree, mention) or _is_round(reading, tree, mention)):
            return found
    return []


def part(reading: Reading, mentions: Sequence[Candidate]) -> tuple[list[int], list[int]]:
    """Part the mentions of one meeting, by place, from those that tell of several: "до этого прошли отдельные встречи".

    A row of meetings that the article opens with is told on by all that follows, and nothing is parted.
    """
    apart = [place for place, mention in enumerate(mentions) if partners(reading, [mention])]
    if 0 in apart:
        return list(range(len(mentions))), []
    return [place for place in range(len(mentions)) if place not in apart], apart


def _is_round(reading: Reading, tree: Tree, mention: Candidate) -> bool:
    """Tell a round, "провёл переговоры с коллегами из A и B", from talks with named people, who sit together."""
    if mention.lemma not in ("переговоры", "переговор"):
        return False
    held = {tree.tokens[i].lemma for i in (mention.governor, mention.predicate) if i >= 0}
    named = any(name.type == "person" and name.token > mention.token for name in reading.names_of[mention.sentence])
    return bool(held & _HOLD) and not named


def _tells_apart(tree: Tree, mention: Candidate) -> bool:
    token = tree.tokens[mention.token]
    if mention.lemma in _COUNTED and token.feats.get("Number") == "Plur":
        return True
    if mention.lemma not in _TALKS | _COUNTED:
        return False
    low, high = max(0, mention.token - 3), mention.token + 12
    return any(t.lemma in _APART for t in tree.tokens[low:high])


def _partners(reading: Reading, tree: Tree, mention: Candidate) -> list[str]:
    heads = [
        child
        for index in {mention.token, mention.governor, mention.predicate} - {-1}
        for child in tree.children[index]
        if tree.preposition(child) in ("с", "со")
    ]
    found: list[str] = []
    for name in reading.names_of[mention.sentence]:
        if len(name.states) != 1 or name.token <= mention.token or name.states[0] in found:
            continue
        if set(heads) & set(tree.ancestors(name.token, 16)):
            found.append(name.states[0])
    return found
