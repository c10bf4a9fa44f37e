"""What a person decided about derived rows: written apart from them, read each time they are derived."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.resolve.group import Orders

if TYPE_CHECKING:
    from pipeline.resolve.mentions import Family
    from pipeline.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The corrections that hold for one family, in terms of the mentions there are now."""

    orders: Orders = field(default_factory=Orders)
    values: dict[int, dict[str, str]] = field(default_factory=dict)  # mention → field → value of its row
    refused: frozenset[int] = frozenset()  # a row with one of these mentions is none
    rejected: frozenset[int] = frozenset()  # mentions that are none

    @property
    def pairs(self) -> frozenset[tuple[int, int]]:
        """All pairs that an order speaks of."""
        return self.orders.together | self.orders.apart


def read_judgement(store: Store, family: Family) -> Judgement:
    """Read the corrections that hold for one family."""
    rows = store.rows(
        f"""
        SELECT c.id, c.action, c.field, c.value, n.side, n.article_id, n.start, m.id AS mention, min(e.start) AS place
        FROM corrections AS c
        JOIN correction_anchors AS n ON n.correction_id = c.id
        JOIN {family}_mentions AS m ON m.article_id = n.article_id
        JOIN {family}_mention_evidence AS e ON e.mention_id = m.id AND e.slot = 'trigger'
        WHERE c.family = ? AND c.undone_at IS NULL
        GROUP BY c.id, n.side, n.article_id, n.start, m.id
        ORDER BY c.id, n.side, n.article_id, n.start, m.id
        """,
        [family],
    )
    nearest: dict[tuple[int, int, int, int], dict[str, Any]] = {}
    for row in rows:
        anchor = (row["id"], row["side"], row["article_id"], row["start"])
        best = nearest.get(anchor)
        if best is None or abs(row["place"] - row["start"]) < abs(best["place"] - row["start"]):
            nearest[anchor] = row
    sides: dict[tuple[int, int], list[int]] = defaultdict(list)
    told: dict[int, dict[str, Any]] = {}
    for row in nearest.values():
        sides[row["id"], row["side"]].append(row["mention"])
        told[row["id"]] = row
    together: set[tuple[int, int]] = set()
    apart: set[tuple[int, int]] = set()
    values: dict[int, dict[str, str]] = defaultdict(dict)
    refused: set[int] = set()
    rejected: set[int] = set()
    for number, row in told.items():
        first, second = sides[number, 1], sides[number, 2]
        if row["action"] == "merge":
            together |= _pairs(first[:1], second[:1])
        elif row["action"] == "split":
            apart |= _pairs(first, second)
            together |= _pairs(second[:1], second[1:])
        elif row["action"] == "set":
            values[first[0]][row["field"]] = row["value"] or ""
        elif second:
            rejected |= set(second)
        else:
            refused |= set(first[:1])
    return Judgement(
        orders=Orders(together=frozenset(together - apart), apart=frozenset(apart)),
        values=dict(values),
        refused=frozenset(refused),
        rejected=frozenset(rejected),
    )


def _pairs(first: list[int], second: list[int]) -> set[tuple[int, int]]:
    return {(min(one, other), max(one, other)) for one in first for other in second if one != other}
