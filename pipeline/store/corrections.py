"""What a person decided about derived rows: written apart from them, read each time they are derived.

A correction names mentions by what outlives deriving them again: the article and the place of the trigger in its text.
It holds for the row in which the earliest of them stands now.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.errors import UsageError
from pipeline.records import AGREEMENT_KINDS, AGREEMENT_STATUSES, SUMMIT_KINDS, SUMMIT_STATUSES
from pipeline.resolve.build import FIELDS
from pipeline.resolve.dates import days
from pipeline.resolve.group import Orders
from pipeline.store.moments import write_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pipeline.resolve.mentions import Family
    from pipeline.store.database import Store

Anchor = tuple[int, int]  # row id of an article, and where the first trigger of the mention stands in it
CHOICES = {
    ("summit", "kind"): SUMMIT_KINDS,
    ("summit", "status"): SUMMIT_STATUSES,
    ("agreement", "kind"): AGREEMENT_KINDS,
    ("agreement", "status"): AGREEMENT_STATUSES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who corrects, why and when."""

    person: str
    reason: str
    now: datetime


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
            together |= _pairs(first[:1], second)
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


def merge(store: Store, family: Family, keys: Sequence[str], author: Author) -> int:
    """Write down that several rows are one; returns the number of the correction."""
    chosen = list(dict.fromkeys(keys))
    if len(chosen) < 2:  # noqa: PLR2004 - a pair
        raise UsageError("To merge, name two or more different records.")
    anchors = {key: _anchors(store, family, key) for key in chosen}
    first = chosen[0]
    return _write(
        store, "merge", family, first, author, sides={1: anchors[first][:1], 2: [anchors[key][0] for key in chosen[1:]]}
    )


def split(store: Store, family: Family, key: str, articles: Iterable[int], author: Author) -> int:
    """Write down that some articles speak of another event than the rest of a row does."""
    own = _anchors(store, family, key)
    leaving = set(articles)
    if unknown := leaving - {article for article, _ in own}:
        raise UsageError(
            f"{family} {key} rests on no article {', '.join(map(str, sorted(unknown)))}; see `svodka show`."
        )
    apart = [anchor for anchor in own if anchor[0] in leaving]
    rest = [anchor for anchor in own if anchor[0] not in leaving]
    if not rest:
        raise UsageError(f"These are all articles of {key}: leave at least one with it.")
    return _write(store, "split", family, key, author, sides={1: rest, 2: apart})


def set_field(store: Store, family: Family, key: str, *, name: str, value: str, author: Author) -> int:
    """Write down the right value of a field; an empty one empties it."""
    if name not in FIELDS[family]:
        raise UsageError(f"A {family} has no field {name!r} to set. Choose of {', '.join(FIELDS[family])}.")
    allowed = CHOICES.get((family, name))
    if allowed and value not in allowed:
        raise UsageError(f"{name} is one of {', '.join(allowed)}.")
    if name in {"start", "end"} and value and days(value) is None:
        raise UsageError(f"{value!r} is no date. Write 2026-11-24, or 2026-11 for a month, or 2026 for a year.")
    if name == "amount" and value and not value.replace(".", "", 1).isdigit():
        raise UsageError(f"{value!r} is no amount. Write digits, such as 20000000.")
    return _write(
        store, "set", family, key, author, sides={1: _anchors(store, family, key)[:1]}, name=name, value=value
    )


def reject(store: Store, family: Family, key: str, articles: Iterable[int], author: Author) -> int:
    """Write down that a row is no event at all, or that what some of its articles say is none."""
    own = _anchors(store, family, key)
    wrong = set(articles)
    if unknown := wrong - {article for article, _ in own}:
        raise UsageError(
            f"{family} {key} rests on no article {', '.join(map(str, sorted(unknown)))}; see `svodka show`."
        )
    sides = {2: [anchor for anchor in own if anchor[0] in wrong]} if wrong else {1: own[:1]}
    return _write(store, "reject", family, key, author, sides=sides)


def undo(store: Store, number: int, now: datetime) -> dict[str, Any]:
    """Take a correction back; it stays in the table with the time. Returns it as it was written."""
    rows = store.rows("SELECT * FROM corrections WHERE id = ?", [number])
    if not rows or rows[0]["undone_at"]:
        raise UsageError(f"There is no correction {number} that holds. `svodka fix list` shows them.")
    with store.transaction():
        _touch(store, rows[0]["family"], number)
        store.conn.execute("UPDATE corrections SET undone_at = ? WHERE id = ?", [write_moment(now), number])
    return rows[0]


def list_corrections(store: Store) -> list[dict[str, Any]]:
    """List all corrections that hold, oldest first, each with how many of its mentions are found today."""
    return store.rows(
        """
        SELECT c.id, c.action, c.family, c.record_id, c.field, c.value, c.person, c.reason, c.made_at,
          count(*) AS anchors, sum(CASE c.family
            WHEN 'summit' THEN EXISTS (SELECT 1 FROM summit_mentions AS m WHERE m.article_id = n.article_id)
            ELSE EXISTS (SELECT 1 FROM agreement_mentions AS m WHERE m.article_id = n.article_id) END) AS found
        FROM corrections AS c JOIN correction_anchors AS n ON n.correction_id = c.id
        WHERE c.undone_at IS NULL GROUP BY c.id ORDER BY c.id
        """,
    )


def _anchors(store: Store, family: Family, key: str) -> list[Anchor]:
    """List the lasting names of a row's mentions, by publication; raise UsageError where there is no such row."""
    rows = store.rows(
        f"""
        SELECT m.article_id AS article, coalesce(min(e.start), 0) AS place
        FROM {family}_mentions AS m
        JOIN articles AS a ON a.id = m.article_id
        LEFT JOIN {family}_mention_evidence AS e ON e.mention_id = m.id AND e.slot = 'trigger'
        WHERE m.{family}_id = ? GROUP BY m.id ORDER BY a.published_at, a.url, place
        """,
        [key],
    )
    if not rows:
        raise UsageError(f"There is no {family} {key!r}. `svodka {family}s` lists their ids.")
    return [(row["article"], row["place"]) for row in rows]


def _write(
    store: Store,
    action: str,
    family: Family,
    key: str,
    author: Author,
    *,
    sides: dict[int, list[Anchor]],
    name: str | None = None,
    value: str | None = None,
) -> int:
    if not author.person.strip() or not author.reason.strip():
        raise UsageError("Say who corrects (--by) and why (--why).")
    with store.transaction():
        number = store.conn.execute(
            "INSERT INTO corrections (action, family, record_id, field, value, person, reason, made_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [action, family, key, name, value, author.person, author.reason, write_moment(author.now)],
        ).lastrowid
        assert number is not None
        store.conn.executemany(
            "INSERT OR IGNORE INTO correction_anchors (correction_id, side, article_id, start) VALUES (?, ?, ?, ?)",
            [(number, side, article, place) for side, anchors in sides.items() for article, place in anchors],
        )
        _touch(store, family, number)
    return number


def _touch(store: Store, family: Family, number: int) -> None:
    """Let the rows that a correction speaks of be resolved again, with all that they can affect."""
    store.conn.execute(
        f"""
        UPDATE articles SET resolved_at = NULL WHERE id IN (
          SELECT article_id FROM correction_anchors WHERE correction_id = :number
          UNION
          SELECT other.article_id FROM correction_anchors AS n
          JOIN {family}_mentions AS own ON own.article_id = n.article_id
          JOIN {family}_mentions AS other USING (component)
          WHERE n.correction_id = :number)
        """,
        {"number": number},
    )
