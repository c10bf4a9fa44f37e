"""Digests as they were sent, letters and how far each has come, subscribers and alerts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.store.moments import read_moment, write_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from pipeline.deliver import Parcel
    from pipeline.store.database import Store

REFUSALS_TO_PAUSE = 3  # of an address by its server, in a row
# What a later run sends: never tried, broken off before the final dot, or put off by the server.
UNFINISHED = ("new", "sending", "deferred")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDigest:
    """A digest as it was sent."""

    id: str
    made_at: datetime
    last_article_id: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One letter to one address, and how far it has come."""

    letter: str
    address: str
    state: str
    attempts: int
    updated_at: str
    status: int | None
    error: str | None


def kept_digest(store: Store, week: str) -> KeptDigest | None:
    """Read a digest that was sent, or None."""
    rows = store.rows("SELECT id, made_at, last_article_id, content FROM digests WHERE id = ?", [week])
    return next((KeptDigest(**row | {"made_at": read_moment(row["made_at"])}) for row in rows), None)


def last_article_before(store: Store, week: str) -> int | None:
    """Tell up to which article the digest before this week knew, or None if there was none."""
    found = store.value("SELECT last_article_id FROM digests WHERE id < ? ORDER BY id DESC LIMIT 1", [week])
    return None if found is None else int(found)


def list_digests(store: Store) -> list[tuple[str, str]]:
    """List the digests that were sent, newest first: week and subject."""
    return [(row["id"], row["subject"]) for row in store.rows("SELECT id, subject FROM digests ORDER BY id DESC")]


def keep_digest(
    store: Store,
    *,
    week: str,
    starts: str,
    ends: str,
    made_at: datetime,
    last: int,
    subject: str,
    content: str,
    made_by: str,
) -> None:
    """Remember a digest for good; one that was kept before stays as it is."""
    with store.transaction():
        store.conn.execute(
            "INSERT OR IGNORE INTO digests "
            "(id, starts_on, ends_on, made_at, last_article_id, subject, content, made_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [week, starts, ends, write_moment(made_at), last, subject, content, made_by],
        )


def forget_digest(store: Store, week: str) -> None:
    """Forget the content of a digest so that it can be made anew; what was delivered stays remembered."""
    with store.transaction():
        store.conn.execute("UPDATE deliveries SET digest_id = NULL WHERE digest_id = ?", [week])
        store.conn.execute("DELETE FROM digests WHERE id = ?", [week])


def enrol(
    store: Store,
    letter: str,
    addresses: Iterable[str],
    *,
    message_id: Callable[[str], str],
    now: datetime,
    digest: str | None = None,
) -> None:
    """Remember that a letter is to go to these addresses, before any is sent; what is remembered stays as it is."""
    at = write_moment(now)
    with store.transaction():
        store.conn.executemany(
            "INSERT INTO deliveries (letter, address, digest_id, state, message_id, created_at, updated_at) "
            "VALUES (?, ?, ?, 'new', ?, ?, ?) "
            "ON CONFLICT (letter, address) DO UPDATE SET digest_id = coalesce(digest_id, excluded.digest_id)",
            [(letter, address, digest, message_id(address), at, at) for address in addresses],
        )


def settle_doubts(store: Store, *, now: datetime) -> int:
    """Mark letters that a crash left at their final dot as in doubt; returns how many."""
    with store.transaction():
        cursor = store.conn.execute(
            "UPDATE deliveries SET state = 'unknown', updated_at = ?, error = 'the program ended while the server was "
            "being told that the letter is complete' WHERE state = 'closing'",
            [write_moment(now)],
        )
    return cursor.rowcount


def withdraw(store: Store, letter: str, keep: Iterable[str], *, now: datetime) -> None:
    """Take unsent letters back from addresses that are no longer to get them."""
    wanted = {address.lower() for address in keep}
    left = [
        item for item in deliveries_of(store, letter) if item.state in UNFINISHED and item.address.lower() not in wanted
    ]
    with store.transaction():
        store.conn.executemany(
            "UPDATE deliveries SET state = 'withdrawn', updated_at = ? WHERE letter = ? AND address = ?",
            [(write_moment(now), letter, item.address) for item in left],
        )


def reopen(store: Store, letter: str, addresses: Sequence[str], *, now: datetime) -> None:
    """Let a letter go once more to addresses that had it, or may have had it: a person decided so."""
    with store.transaction():
        store.conn.executemany(
            "UPDATE deliveries SET state = 'new', updated_at = ? WHERE letter = ? AND address = ?",
            [(write_moment(now), letter, address) for address in addresses],
        )


def deliveries_of(store: Store, letter: str) -> list[Delivery]:
    """List the deliveries of a letter by address."""
    return [
        Delivery(**row)
        for row in store.rows(
            "SELECT letter, address, state, attempts, updated_at, status, error FROM deliveries WHERE letter = ? "
            "ORDER BY address",
            [letter],
        )
    ]


def unfinished_letters(store: Store, prefix: str, *, since: datetime) -> list[str]:
    """List letters of a kind, made since a moment, of which some are still to be sent."""
    marks = ", ".join("?" * len(UNFINISHED))
    rows = store.rows(
        f"SELECT DISTINCT letter FROM deliveries WHERE state IN ({marks}) AND letter GLOB ? AND created_at >= ? "  # noqa: S608 - question marks only
        "ORDER BY letter",
        [*UNFINISHED, f"{prefix}*", write_moment(since)],
    )
    return [row["letter"] for row in rows]


class Book:
    """The ledger of `pipeline.deliver` in the database: each entry is on the disk before the next step is taken."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self.store, self.clock = store, clock

    def begin(self, parcel: Parcel) -> None:
        """Remember that sending starts."""
        self._set(parcel, "sending", "attempts = attempts + 1, status = NULL, error = NULL")

    def close(self, parcel: Parcel) -> None:
        """Remember that the final dot is about to be sent."""
        self._set(parcel, "closing", "status = NULL, error = NULL")

    def end(self, parcel: Parcel, state: str, *, status: int | None, error: str | None, refused_address: bool) -> None:
        """Remember how it ended, and count refusals of the address itself."""
        at = write_moment(self.clock())
        with self.store.transaction():
            self._set(parcel, state, "status = ?, error = ?", status, error)
            if state == "sent":
                self.store.conn.execute("UPDATE subscribers SET refusals = 0 WHERE address = ?", [parcel.address])
            elif refused_address:
                self.store.conn.execute(
                    "UPDATE subscribers SET refusals = refusals + 1, "
                    "paused_at = CASE WHEN refusals + 1 >= ? THEN coalesce(paused_at, ?) ELSE paused_at END "
                    "WHERE address = ?",
                    [REFUSALS_TO_PAUSE, at, parcel.address],
                )

    def _set(self, parcel: Parcel, state: str, assignments: str, *values: object) -> None:
        with self.store.transaction():
            self.store.conn.execute(
                f"UPDATE deliveries SET state = ?, updated_at = ?, {assignments} WHERE letter = ? AND address = ?",  # noqa: S608 - from the methods above
                [state, write_moment(self.clock()), *values, parcel.letter, parcel.address],
            )


def know_subscribers(
    store: Store, addresses: Iterable[str], *, now: datetime, token: Callable[[], str]
) -> dict[str, str]:
    """Remember addresses and give each its token; those who unsubscribed or are paused are left out."""
    wanted = list(addresses)
    with store.transaction():
        store.conn.executemany(
            "INSERT OR IGNORE INTO subscribers (address, token, since) VALUES (?, ?, ?)",
            [(address, token(), write_moment(now)) for address in wanted],
        )
    rows = store.rows("SELECT address, token FROM subscribers WHERE unsubscribed_at IS NULL AND paused_at IS NULL")
    active = {row["address"].lower(): row["token"] for row in rows}
    return {address: active[address.lower()] for address in wanted if address.lower() in active}


def find_subscriber(store: Store, token: str) -> tuple[str, bool] | None:
    """Find whose token this is: the address, and whether it has unsubscribed."""
    rows = store.rows("SELECT address, unsubscribed_at FROM subscribers WHERE token = ?", [token])
    return next(((row["address"], row["unsubscribed_at"] is not None) for row in rows), None)


def unsubscribe(store: Store, token: str, *, now: datetime) -> str | None:
    """Spare the owner of a token all further letters; returns the address, or None for an unknown token.

    Call it for a POST only: programs that look for viruses GET every link of a letter (RFC 8058).
    """
    found = find_subscriber(store, token)
    if found is None:
        return None
    with store.transaction():
        store.conn.execute(
            "UPDATE subscribers SET unsubscribed_at = coalesce(unsubscribed_at, ?) WHERE token = ?",
            [write_moment(now), token],
        )
    return found[0]


def resume(store: Store, address: str) -> bool:
    """Let an address that unsubscribed or was paused get letters again; tells whether it was known."""
    with store.transaction():
        cursor = store.conn.execute(
            "UPDATE subscribers SET unsubscribed_at = NULL, paused_at = NULL, refusals = 0 WHERE address = ?",
            [address],
        )
    return cursor.rowcount > 0


def last_run_at(store: Store) -> datetime | None:
    """Tell when the last nightly run ended that did its work."""
    found = store.value("SELECT max(finished_at) FROM runs WHERE command = 'run' AND exit_code IN (0, 1)")
    return read_moment(found) if found else None


def rule_known(store: Store, rule: str) -> bool:
    """Tell whether an alert rule was seen before."""
    return store.value("SELECT 1 FROM alert_rules WHERE rule = ?", [rule]) is not None


def rule_since(store: Store, rule: str, *, now: datetime) -> datetime:
    """Tell since when an alert rule holds, remembering `now` when it is new."""
    with store.transaction():
        store.conn.execute("INSERT OR IGNORE INTO alert_rules VALUES (?, ?)", [rule, write_moment(now)])
    return read_moment(store.value("SELECT since FROM alert_rules WHERE rule = ?", [rule]))


def keep_alerts(store: Store, rule: str, letter: str, matches: Sequence[tuple[str, object]], *, now: datetime) -> int:
    """Remember matches of a rule, each once for ever, for a letter that tells of them; returns how many were new."""
    with store.transaction():
        cursor = store.conn.executemany(
            "INSERT OR IGNORE INTO alerts (rule, change, found_at, letter, content) VALUES (?, ?, ?, ?, ?)",
            [
                (rule, key, write_moment(now), letter, json.dumps(content, ensure_ascii=False))
                for key, content in matches
            ],
        )
    return max(cursor.rowcount, 0)


def alerts_of(store: Store, letter: str) -> list[tuple[str, object]]:
    """Read the matches that a letter tells of: rule and content."""
    rows = store.rows("SELECT rule, content FROM alerts WHERE letter = ? ORDER BY rule, change", [letter])
    return [(row["rule"], json.loads(row["content"])) for row in rows]
