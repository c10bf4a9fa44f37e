"""A digest for one reader: only the topics and states that they asked for. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.digest.records import Accord, Attention, Change, Digest, Meeting

    Item = TypeVar("Item", Accord, Attention, Change, Meeting)


def tailor(digest: Digest, *, topics: Sequence[str], states: Sequence[str]) -> Digest:
    """Keep what concerns any of the topics and any of the states; an empty list asks for all.

    Counts of the whole week (topics, persons, completeness) stay as they are.
    """
    if not topics and not states:
        return digest
    return replace(
        digest,
        changes=_keep(digest.changes, topics, states),
        coming=_keep(digest.coming, topics, states),
        held=_keep(digest.held, topics, states),
        called_off=_keep(digest.called_off, topics, states),
        accords=_keep(digest.accords, topics, states),
        attention=_keep(digest.attention, topics, states),
    )


def concerns(
    item_topics: Sequence[str], item_states: Sequence[str], topics: Sequence[str], states: Sequence[str]
) -> bool:
    """Tell whether something concerns any of the topics and any of the states; an empty list asks for all."""
    return (not topics or bool(set(topics) & set(item_topics))) and (not states or bool(set(states) & set(item_states)))


def _keep(items: tuple[Item, ...], topics: Sequence[str], states: Sequence[str]) -> tuple[Item, ...]:
    return tuple(item for item in items if concerns(item.topics, item.states, topics, states))
