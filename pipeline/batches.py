"""Taking things together: so many at a time, and so many characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
# Documents read together, here and in every worker: the last bits of what is counted for a batch depend on it.
BATCH = 128


def batches(
    items: Iterable[Item], size_of: Callable[[Item], int], *, count: int, characters: int
) -> Iterator[list[Item]]:
    """Take items together up to `count`, or until their sizes come to `characters`; each is in a batch, in order."""
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += size_of(item)
        if len(batch) >= count or size >= characters:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
