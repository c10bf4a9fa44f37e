"""Links between real meetings and agreements, found again where a row was touched."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pipeline.resolve.dates import Days, days
from pipeline.resolve.links import Bond, change, margins, occasion
from pipeline.resolve.words import fold
from pipeline.store.mentions import marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.resolve.mentions import Family
    from pipeline.store.database import Store

PART = 400
TABLES: Mapping[str, tuple[str, str, str]] = {
    "summit": ("r.start_date", "r.end_date", "summit_participants"),
    "agreement": ("r.status_date", "NULL", "agreement_parties"),
}


def relink(store: Store, touched: Mapping[Family, set[str]]) -> None:
    """Find the links of the rows that came or changed, and of those that an article tells together with them."""
    agreements = touched["agreement"] | set(_beside(store, "summit", "agreement", touched["summit"]))
    agreements |= set(_beside(store, "agreement", "agreement", touched["agreement"]))
    meetings = touched["summit"] | set(_beside(store, "summit", "summit", touched["summit"]))
    changing = _changing(store, agreements)
    agreements |= changing.keys()
    deals = agreements | set(_beside(store, "agreement", "agreement", agreements))
    deals |= {name for names in changing.values() for name in names}
    hosts = meetings | set(_beside(store, "agreement", "summit", agreements))
    hosts |= set(_beside(store, "summit", "summit", meetings))
    summits = {each.id: each for each in _read(store, "summit", hosts)}
    contracts = {each.id: each for each in _read(store, "agreement", deals)}
    summits_in = _by_article(summits.values())
    contracts_in = _by_article(contracts.values())
    for table, column, names in (
        ("agreement_summits", "agreement_id", agreements),
        ("agreement_changes", "agreement_id", agreements),
        ("summit_margins", "summit_id", meetings),
    ):
        store.conn.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(each,) for each in sorted(names)])
    for name in sorted(agreements & contracts.keys()):
        own = contracts[name]
        if link := occasion(own, _together(own, summits_in)):
            store.conn.execute(
                "INSERT INTO agreement_summits (agreement_id, summit_id, relation, articles) VALUES (?, ?, ?, ?)",
                [link.one, link.other, link.relation, link.articles],
            )
        akin = {each.id: each for each in _together(own, contracts_in)}
        akin |= {each: contracts[each] for each in changing.get(name, ()) if each in contracts}
        if link := change(own, akin.values()):
            store.conn.execute(
                "INSERT INTO agreement_changes (agreement_id, earlier_id, relation, articles) VALUES (?, ?, ?, ?)",
                [link.one, link.other, link.relation, link.articles],
            )
    for name in sorted(meetings & summits.keys()):
        if link := margins(summits[name], _together(summits[name], summits_in)):
            store.conn.execute(
                "INSERT INTO summit_margins (summit_id, main_id, articles) VALUES (?, ?, ?)",
                [link.one, link.other, link.articles],
            )


def _parts(names: Iterable[str]) -> Iterator[list[str]]:
    listed = sorted(names)
    for begin in range(0, len(listed), PART):
        yield listed[begin : begin + PART]


def _beside(store: Store, family: Family, wanted: Family, names: Iterable[str]) -> Iterator[str]:
    for part in _parts(names):
        for row in store.rows(
            f"SELECT DISTINCT other.{wanted}_id AS id FROM {family}_mentions AS own "
            f"JOIN {wanted}_mentions AS other ON other.article_id = own.article_id "
            f"WHERE own.{family}_id IN ({marks(part)}) AND other.{wanted}_id IS NOT NULL",
            part,
        ):
            yield row["id"]


AKIN = """
  SELECT DISTINCT own.agreement_id AS own, akin.agreement_id AS akin
  FROM agreement_mentions AS own
  JOIN agreement_keys AS one ON one.mention_id = own.id
  JOIN agreement_keys AS other ON other.key = one.key
  JOIN agreement_mentions AS akin ON akin.id = other.mention_id AND akin.agreement_id <> own.agreement_id
  WHERE (one.key LIKE 'subject+%' OR (one.key LIKE '%/%' AND one.key NOT GLOB '*[0-9]')) AND
"""  # of one subject and side; keys that end in a number say when


def _changing(store: Store, names: Iterable[str]) -> dict[str, set[str]]:
    """List the agreements that change another, among some or akin to them, each with those akin to it."""
    found: dict[str, set[str]] = defaultdict(set)
    for part in _parts(names):
        listed = marks(part)
        for row in store.rows(
            f"""
            SELECT id AS changing, akin.own, akin.akin FROM ({AKIN} own.agreement_id IN ({listed})) AS akin
              JOIN agreements ON id IN (akin.own, akin.akin) WHERE changes IS NOT NULL
            UNION SELECT one.id, one.id, other.id FROM agreements AS one
              JOIN agreements AS other ON other.treaty = one.changes_treaty
              WHERE one.id IN ({listed}) OR (other.id IN ({listed}) AND one.changes_treaty IS NOT NULL)
            """,
            [*part, *part, *part],
        ):
            found[row["changing"]] |= {row["own"], row["akin"]} - {row["changing"]}
    for name in sorted(found):
        found[name] |= {row["akin"] for row in store.rows(f"{AKIN} own.agreement_id = ?", [name])}
    return found


def _by_article(bonds: Iterable[Bond]) -> dict[int, list[Bond]]:
    found: dict[int, list[Bond]] = defaultdict(list)
    for bond in bonds:
        for article in bond.articles:
            found[article].append(bond)
    return found


def _together(own: Bond, by_article: Mapping[int, list[Bond]]) -> list[Bond]:
    found = {other.id: other for article in own.articles for other in by_article.get(article, ())}
    return [found[name] for name in sorted(found) if name != own.id]


def _read(store: Store, family: Family, names: Iterable[str]) -> Iterator[Bond]:
    date, end, sides = TABLES[family]
    own = (
        "coalesce(r.name, '') AS text, NULL AS treaty, NULL AS changes, NULL AS changes_treaty"
        if family == "summit"
        else "coalesce(r.title, '') || ' ' || coalesce(r.subject, '') AS text, r.treaty, r.changes, r.changes_treaty"
    )
    for part in _parts(names):
        articles: dict[str, set[int]] = defaultdict(set)
        told: dict[str, list[str]] = defaultdict(list)
        for row in store.rows(
            f"SELECT m.{family}_id AS id, m.article_id, a.published_at FROM {family}_mentions AS m "
            f"JOIN articles AS a ON a.id = m.article_id WHERE m.{family}_id IN ({marks(part)})",
            part,
        ):
            articles[row["id"]].add(row["article_id"])
            told[row["id"]].append(row["published_at"][:10])
        states: dict[str, set[str]] = defaultdict(set)
        for row in store.rows(
            f"SELECT {family}_id AS id, value FROM {sides} WHERE kind = 'state' AND {family}_id IN ({marks(part)})",
            part,
        ):
            states[row["id"]].add(row["value"])
        for row in store.rows(
            f"SELECT r.id, r.kind, r.status, {date} AS date, {end} AS until, r.place, r.country, {own} "
            f"FROM {family}s AS r WHERE r.id IN ({marks(part)})",
            part,
        ):
            yield _bond(row, states[row["id"]], articles[row["id"]], told[row["id"]])


def _bond(row: Mapping[str, Any], states: set[str], articles: set[int], told: list[str]) -> Bond:
    first, last = days(min(told)), days(max(told))
    assert first is not None
    assert last is not None
    return Bond(
        id=row["id"],
        kind=row["kind"],
        status=row["status"],
        date=row["date"],
        end=row["until"],
        place=row["place"],
        country=row["country"],
        told=Days(first.first, last.last),
        states=frozenset(states),
        text=fold(row["text"]),
        treaty=row["treaty"],
        changes=row["changes"],
        changes_treaty=row["changes_treaty"],
        articles=frozenset(articles),
    )
