"""Real meetings and agreements: what new mentions can affect is read, resolved by `pipeline.resolve`, and written.

Mentions that could be of one event with each other, over however many steps, are a component; a component is always
resolved whole, so that a night's work gives the same rows as resolving the archive at once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from pipeline.resolve import resolve
from pipeline.resolve.compare import DOUBT, compare
from pipeline.resolve.mentions import FAMILIES
from pipeline.resolve.profile import profile
from pipeline.store.corrections import Judgement, read_judgement
from pipeline.store.links import relink
from pipeline.store.mentions import chunks, marks, mentions_of, read_mentions
from pipeline.store.moments import write_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pipeline.resolve.events import Event
    from pipeline.resolve.mentions import Family
    from pipeline.resolve.profile import Profile
    from pipeline.store.database import Store

Pair = tuple[int, int]
OWNED: Mapping[str, tuple[str, ...]] = {  # the tables whose rows belong to a real meeting or agreement
    "summit": ("summit_steps", "summit_claims", "summit_participants", "summit_topics", "summit_margins"),
    "agreement": (
        "agreement_steps", "agreement_claims", "agreement_parties", "agreement_topics", "agreement_summits",
        "agreement_changes",
    ),
}  # fmt: skip


def resolve_new(store: Store, *, now: datetime, made_by: str) -> dict[str, int]:
    """Join the mentions of articles that were understood since the last time to real meetings and agreements.

    One transaction; returns counts: articles resolved, mentions weighed, rows written and rows gone, by family.
    """
    counts = {"articles": 0}
    with store.transaction():
        todo = [
            row["id"]
            for row in store.rows("SELECT id FROM articles WHERE resolved_at IS NULL AND understood_by IS NOT NULL")
        ]
        counts["articles"] = len(todo)
        touched: dict[Family, set[str]] = {}
        for family in FAMILIES:
            seeds = mentions_of(store, family, todo)
            _write_keys(store, family, seeds)
            touched[family], found = settle(store, family, seeds, at=write_moment(now), made_by=made_by)
            counts |= {f"{family}_{name}": count for name, count in found.items()}
        relink(store, touched)
        store.conn.executemany(
            "UPDATE articles SET resolved_at = ? WHERE id = ?", [(write_moment(now), each) for each in todo]
        )
    return counts


class Reach:
    """The mentions that a few of them can affect, found key by key, with the points between them."""

    def __init__(self, store: Store, family: Family, judgement: Judgement) -> None:
        self.store = store
        self.family = family
        self.judgement = judgement
        self.profiles: dict[int, Profile] = {}
        self.points: dict[Pair, float] = {}
        self.fresh: dict[int, Profile] = {}  # read, and not yet known to belong

    def spread(self, seeds: Iterable[int]) -> None:
        """Add mentions and all that they can be joined with, over however many steps."""
        self._read(set(seeds) - self.profiles.keys())
        front = [self.fresh.pop(number) for number in sorted(set(seeds) & self.fresh.keys())]
        self.profiles |= {each.mention.id: each for each in front}
        while front:
            neighbours = self._neighbours(front)
            self._read({number for near in neighbours.values() for number in near} - self.profiles.keys())
            reached: set[int] = set()
            for each in front:
                own = each.mention.id
                for number in neighbours.get(own, ()):
                    other = self.profiles.get(number) or self.fresh.get(number)
                    pair = (min(own, number), max(own, number))
                    if other is None or pair in self.points:
                        continue
                    found = compare(each, other)
                    if found >= DOUBT or pair in self.judgement.pairs:
                        self.points[pair] = found
                        if number not in self.profiles:
                            reached.add(number)
            front = [self.fresh.pop(number) for number in sorted(reached)]
            self.profiles |= {each.mention.id: each for each in front}

    def _read(self, wanted: set[int]) -> None:
        for mention in read_mentions(self.store, self.family, wanted - self.fresh.keys()):
            if mention.id not in self.judgement.rejected:
                self.fresh[mention.id] = profile(mention)

    def _neighbours(self, front: list[Profile]) -> dict[int, set[int]]:
        by_key: dict[str, list[int]] = defaultdict(list)
        for each in front:
            for key in each.keys:
                by_key[key].append(each.mention.id)
        near: dict[int, set[int]] = defaultdict(set)
        keys = sorted(by_key)
        for begin in range(0, len(keys), 400):
            part = keys[begin : begin + 400]
            for key, number in self.store.conn.execute(
                f"SELECT key, mention_id FROM {self.family}_keys WHERE key IN ({marks(part)})",
                part,
            ):
                for own in by_key[key]:
                    if own != number:
                        near[own].add(number)
        for own, number in self.judgement.pairs:
            for one, other in ((own, number), (number, own)):
                if any(each.mention.id == one for each in front):
                    near[one].add(other)
        return near


def _events(reach: Reach) -> tuple[dict[str, Event], list[tuple[str, str, float]]]:
    judgement = reach.judgement
    return resolve(
        reach.profiles, reach.points, orders=judgement.orders, values=judgement.values, refused=judgement.refused
    )


def settle(
    store: Store, family: Family, seeds: Iterable[int], *, at: str, made_by: str
) -> tuple[set[str], dict[str, int]]:
    """Resolve some mentions of one family with all that they can affect, and write the rows.

    Returns the ids of the rows that came, changed or went, and counts.
    """
    seeds = set(seeds)
    judgement = read_judgement(store, family)
    reach = Reach(store, family, judgement)
    reach.spread(seeds)
    named, doubles = _events(reach)
    # A row that takes another base leaves its number to those that shared the old one.
    while shared := _sharing_base(
        store,
        family,
        {event.base for event in named.values()} | _old_bases(store, family, set(reach.profiles) | seeds),
        set(reach.profiles) | judgement.rejected,
    ):
        reach.spread(shared)
        named, doubles = _events(reach)
    old = _old_ids(store, family, set(reach.profiles) | seeds)
    _lead_orphans_on(store, family, named, at=at)
    touched = _write(store, family, named, old, made_by=made_by)
    _write_components(store, family, reach)
    _write_trails(store, family, named, old, judgement, at=at)
    _write_doubles(store, family, doubles, touched)
    gone = len(set(old.values()) - named.keys())
    return touched, {"weighed": len(reach.profiles), "rows": len(named), "gone": gone}


def _write_keys(store: Store, family: Family, seeds: list[int]) -> None:
    for chunk in chunks(seeds):
        store.conn.execute(f"DELETE FROM {family}_keys WHERE mention_id IN ({marks(chunk)})", chunk)
        store.conn.executemany(
            f"INSERT OR IGNORE INTO {family}_keys (key, mention_id) VALUES (?, ?)",
            [(key, mention.id) for mention in read_mentions(store, family, chunk) for key in profile(mention).keys],
        )


def _sharing_base(store: Store, family: Family, bases: set[str], reached: set[int]) -> set[int]:
    """List mentions of other rows whose identifiers would collide: they are numbered together."""
    found: set[int] = set()
    listed = sorted(bases)
    for begin in range(0, len(listed), 400):
        part = listed[begin : begin + 400]
        found |= {
            row["id"]
            for row in store.rows(
                f"SELECT m.id FROM {family}_mentions AS m JOIN {family}s AS r ON r.id = m.{family}_id "
                f"WHERE r.base IN ({marks(part)})",
                part,
            )
        }
    return found - reached


def _old_bases(store: Store, family: Family, ids: set[int]) -> set[str]:
    rows = sorted(set(_old_ids(store, family, ids).values()))
    return {
        row["base"]
        for begin in range(0, len(rows), 400)
        for row in store.rows(
            f"SELECT base FROM {family}s WHERE id IN ({marks(rows[begin : begin + 400])})", rows[begin : begin + 400]
        )
    }


def _old_ids(store: Store, family: Family, ids: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for chunk in chunks(ids):
        found |= {
            row["id"]: row["row"]
            for row in store.rows(
                f"SELECT id, {family}_id AS row FROM {family}_mentions "
                f"WHERE id IN ({marks(chunk)}) AND {family}_id IS NOT NULL",
                chunk,
            )
        }
    return found


def _write(
    store: Store,
    family: Family,
    named: Mapping[str, Event],
    old: Mapping[int, str],
    *,
    made_by: str,
) -> set[str]:
    """Put the rows of the reached mentions in the place of the old ones; returns the ids that came, changed or went."""
    stale = set(old.values()) | set(named)
    # A row all of whose mentions were deleted with their articles' old text has nobody to replace it.
    stale |= {
        row["id"]
        for row in store.rows(
            f"SELECT id FROM {family}s WHERE NOT EXISTS "
            f"(SELECT 1 FROM {family}_mentions AS m WHERE m.{family}_id = {family}s.id)",
        )
    }
    listed = [(each,) for each in sorted(stale)]
    # Said in full, since foreign keys do not reach into the temporary tables of `as_known`.
    for table in OWNED[family]:
        store.conn.executemany(f"DELETE FROM {table} WHERE {family}_id = ?", listed)
    store.conn.executemany(f"UPDATE {family}_mentions SET {family}_id = NULL WHERE {family}_id = ?", listed)
    store.conn.executemany(f"DELETE FROM {family}s WHERE id = ?", listed)
    for name in sorted(named):
        write = _write_summit if family == "summit" else _write_agreement
        write(store, name, named[name], made_by)
        _write_parts(store, family, name, named[name])
    return stale


def _write_summit(store: Store, name: str, event: Event, made_by: str) -> None:
    store.conn.execute(
        "INSERT INTO summits (id, base, series, kind, status, name, place, country, start_date, end_date, confidence, "
        "articles, sources, first_seen_at, last_seen_at, made_by) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            name, event.base, event.series, event.kind, event.status, event.name, event.place, event.country,
            event.start, event.end, event.confidence, event.articles, event.sources, event.first_seen, event.last_seen,
            made_by,
        ],
    )  # fmt: skip
    store.conn.executemany(
        "INSERT INTO summit_steps (summit_id, step, step_date, value, learned_at, article_id, sources) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(name, each.step, each.date, each.value, each.learned, each.article, each.sources) for each in event.steps],
    )
    store.conn.executemany(
        "INSERT INTO summit_participants (summit_id, kind, value, sources) VALUES (?, ?, ?, ?)",
        [(name, each.kind, each.value, each.sources) for each in event.participants],
    )


def _write_agreement(store: Store, name: str, event: Event, made_by: str) -> None:
    store.conn.execute(
        "INSERT INTO agreements (id, base, title, treaty, changes, changes_treaty, kind, status, status_date, subject, "
        "place, country, amount, currency, confidence, articles, sources, first_seen_at, last_seen_at, made_by) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            name, event.base, event.name, event.series, event.changes, event.changes_treaty, event.kind, event.status,
            event.start, event.subject, event.place, event.country, event.amount, event.currency, event.confidence,
            event.articles, event.sources, event.first_seen, event.last_seen, made_by,
        ],
    )  # fmt: skip
    store.conn.executemany(
        "INSERT INTO agreement_steps (agreement_id, status, step_date, learned_at, article_id, sources) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [(name, each.step, each.date, each.learned, each.article, each.sources) for each in event.steps],
    )
    store.conn.executemany(
        "INSERT INTO agreement_parties (agreement_id, kind, value, sources, status) VALUES (?, ?, ?, ?, ?)",
        [(name, each.kind, each.value, each.sources, each.status) for each in event.participants],
    )


def _write_parts(store: Store, family: Family, name: str, event: Event) -> None:
    store.conn.executemany(
        f"INSERT INTO {family}_topics ({family}_id, topic) VALUES (?, ?)",
        [(name, topic) for topic in event.topics],
    )
    store.conn.executemany(
        f"INSERT INTO {family}_claims ({family}_id, field, value, verdict, chosen, sources, concerned, article_id, "
        "learned_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                name, each.field, each.value, each.verdict, int(each.chosen), each.sources, int(each.concerned),
                each.article, each.learned,
            )
            for each in event.claims
        ],
    )  # fmt: skip
    store.conn.executemany(
        f"UPDATE {family}_mentions SET {family}_id = ? WHERE id = ?",
        [(name, mention.id) for mention in event.members],
    )


def _write_components(store: Store, family: Family, reach: Reach) -> None:
    root = {number: number for number in reach.profiles}

    def find(number: int) -> int:
        while root[number] != number:
            root[number] = root[root[number]]
            number = root[number]
        return number

    for one, other in reach.points:
        first, second = sorted((find(one), find(other)))
        root[second] = first
    store.conn.executemany(
        f"UPDATE {family}_mentions SET component = ? WHERE id = ?",
        [(find(number), number) for number in reach.profiles],
    )


def _write_trails(
    store: Store,
    family: Family,
    named: Mapping[str, Event],
    old: Mapping[int, str],
    judgement: Judgement,
    *,
    at: str,
) -> None:
    now_in = {mention.id: name for name, event in named.items() for mention in event.members}
    targets: dict[str, set[str]] = defaultdict(set)
    for number, before in old.items():
        targets[before].add(now_in.get(number, ""))
    came_from: dict[str, set[str]] = defaultdict(set)
    for before, after in targets.items():
        for name in after:
            came_from[name].add(before)
    # An identifier that names a row again needs no trail to lead away from it whole.
    store.conn.executemany(
        "DELETE FROM trails WHERE family = ? AND old_id = ? AND reason <> 'split'",
        [(family, name) for name in named],
    )
    for before, after in sorted(targets.items()):
        goals = after - {before}
        if not goals or (before in named and goals == {""}):
            continue
        for name in sorted(goals):
            if not name:
                reason = "rejected" if judgement.refused else "withdrawn"
            elif before in named or len(after) > 1:
                reason = "split"
            else:
                reason = "merged" if len(came_from[name]) > 1 else "renamed"
            store.conn.execute(
                "INSERT OR REPLACE INTO trails (family, old_id, new_id, reason, at) VALUES (?, ?, ?, ?, ?)",
                [family, before, name, reason, at],
            )


def _lead_orphans_on(store: Store, family: Family, named: Mapping[str, Event], *, at: str) -> None:
    """Lead on from rows whose mentions were found anew, as other mentions, in the same articles."""
    told: dict[int, set[str]] = defaultdict(set)
    for name, event in named.items():
        for mention in event.members:
            told[mention.telling.article].add(name)
    gone: dict[str, set[int]] = defaultdict(set)
    for row in store.rows(
        f"SELECT c.{family}_id AS id, c.article_id FROM {family}_claims AS c WHERE NOT EXISTS "
        f"(SELECT 1 FROM {family}_mentions AS m WHERE m.{family}_id = c.{family}_id)",
    ):
        gone[row["id"]].add(row["article_id"])
    for before, articles in sorted(gone.items()):
        if before in named:
            continue
        shared = Counter(name for article in articles for name in told.get(article, ()))
        # A row that stood beside this one and still does is another event of the same articles.
        fresh = [name for name in shared if not store.value(f"SELECT 1 FROM {family}s WHERE id = ?", [name])] or [
            *shared
        ]
        after = min(fresh, key=lambda name: (-shared[name], name), default="")
        store.conn.execute(
            "INSERT OR REPLACE INTO trails (family, old_id, new_id, reason, at) VALUES (?, ?, ?, ?, ?)",
            [family, before, after, "renamed" if after else "withdrawn", at],
        )


def _write_doubles(store: Store, family: Family, doubles: list[tuple[str, str, float]], touched: set[str]) -> None:
    store.conn.executemany(
        "DELETE FROM doubles WHERE family = ? AND (one_id = ? OR other_id = ?)",
        [(family, name, name) for name in sorted(touched)],
    )
    store.conn.executemany(
        "INSERT OR REPLACE INTO doubles (family, one_id, other_id, points) VALUES (?, ?, ?, ?)",
        [(family, one, other, round(points, 2)) for one, other, points in doubles],
    )
