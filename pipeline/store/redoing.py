"""Deriving again: the rows before, the rows after, and what changed between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.resolve.mentions import FAMILIES
from pipeline.store.resolution import resolve_new
from pipeline.store.telling import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pipeline.resolve.mentions import Family
    from pipeline.store.database import Store

COLUMNS: Mapping[str, str] = {
    "summit": "id, kind, status, name, place, country, start_date, end_date, articles, sources",
    "agreement": "id, kind, status, status_date, subject, place, country, amount, currency, articles, sources",
}
SIDES = {"summit": "summit_participants", "agreement": "agreement_parties"}
# Of an agreement also its steps, and how far each side has come.
LADDER = {
    "steps": "SELECT agreement_id AS id, group_concat(trim(status || ' ' || step_date), ', ') AS told FROM "
    "(SELECT * FROM agreement_steps ORDER BY step_date, status) GROUP BY 1",
    "parties": "SELECT agreement_id AS id, group_concat(value || ' ' || status, ', ') AS told FROM "
    "(SELECT * FROM agreement_parties WHERE kind = 'state' AND status <> '' ORDER BY value) GROUP BY 1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What deriving again changed in the rows of one family."""

    family: Family
    same: int
    added: tuple[str, ...] = ()
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # identifier → where it leads now
    changed: Mapping[str, tuple[tuple[str, Any, Any], ...]] = field(default_factory=dict)  # → field, before, after

    def lines(self) -> list[str]:
        """Write the diff for a person, a line a change."""
        told = [f"+ {self.family} {name}" for name in self.added]
        told += [
            f"- {self.family} {name}" + (f" → {', '.join(now)}" if now else "")
            for name, now in sorted(self.gone.items())
        ]
        told += [
            f"~ {self.family} {name}: {column} {_word(before)} → {_word(after)}"
            for name, changes in sorted(self.changed.items())
            for column, before, after in changes
        ]
        return told


def _word(value: object) -> str:
    return "(nothing)" if value in {None, ""} else str(value)


def redo_events(
    store: Store, again: Callable[[], object] | None = None, *, now: datetime, made_by: str
) -> tuple[Diff, ...]:
    """Resolve the whole archive again and tell what changed, a Diff for each family.

    `again`, where given, is called first and finds the mentions of all articles anew, in transactions of its own; where
    it is stopped, the next run resolves what it came to, and only the diff is lost. Corrections by persons hold, and
    old identifiers lead on to the new rows.
    """
    before = {family: _rows(store, family) for family in FAMILIES}
    if again is not None:
        again()
    with store.transaction():
        store.conn.execute("UPDATE articles SET resolved_at = NULL WHERE understood_by IS NOT NULL")
        resolve_new(store, now=now, made_by=made_by)
        return tuple(_compare(store, family, before[family]) for family in FAMILIES)


def _rows(store: Store, family: Family) -> dict[str, dict[str, Any]]:
    rows = {row["id"]: row for row in store.rows(f"SELECT {COLUMNS[family]} FROM {family}s")}
    for row in store.rows(
        f"SELECT {family}_id AS id, group_concat(value, ' ') AS states FROM "
        f"(SELECT * FROM {SIDES[family]} WHERE kind = 'state' ORDER BY value) GROUP BY 1"
    ):
        rows[row["id"]]["states"] = row["states"]
    if family == "agreement":
        for name, question in LADDER.items():
            for row in store.rows(question):
                rows[row["id"]][name] = row["told"]
    return rows


def _compare(store: Store, family: Family, before: Mapping[str, dict[str, Any]]) -> Diff:
    after = _rows(store, family)
    changed: dict[str, tuple[tuple[str, Any, Any], ...]] = {}
    for name in before.keys() & after.keys():
        columns = sorted(before[name].keys() | after[name].keys())
        changes = tuple(
            (column, before[name].get(column), after[name].get(column))
            for column in columns
            if before[name].get(column) != after[name].get(column)
        )
        if changes:
            changed[name] = changes
    return Diff(
        family=family,
        same=len(before.keys() & after.keys()) - len(changed),
        added=tuple(sorted(after.keys() - before.keys())),
        gone={name: follow(store, family, name) for name in before.keys() - after.keys()},
        changed=changed,
    )
