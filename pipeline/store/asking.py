"""Questions that people ask of the database: lists with filters, search, one record with all its sources."""

from __future__ import annotations

import json
from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

from pipeline.errors import UsageError
from pipeline.search import Marker, as_match, make_marker, read_query
from pipeline.store.database import reported

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.search import Query
    from pipeline.store.database import Store

NOTHING = Marker(frozenset(), ())
Family = Literal["summit", "agreement"]
MAX_COUNT = 1_000  # hits beyond are told as "more than"
MAX_TELLING = 20_000  # newest hits that are asked of which meetings and agreements they tell
MAX_RANKED = 60_000  # "best first" chooses among the newest hits, so that a word of every article does not take seconds
RARE = 4_000  # mentions; a name with fewer is looked up by its mentions, one with more by walking the articles
MAX_HEADLINE = 110  # characters
BATCH = 500  # parameters of one IN (…)
MINUTE_ROOM = 16  # articles of one minute that keep their order in the search index
HEARD = 3  # articles in which the words of a subject are looked up
# A dated event is placed by its date, an undated one by the day we first read of it.
DAY = {
    "summit": "coalesce(start_date, substr(first_seen_at, 1, 10))",
    "agreement": "coalesce(status_date, substr(first_seen_at, 1, 10))",
}
LAST_DAY = {"summit": "coalesce(end_date, start_date, substr(first_seen_at, 1, 10))", "agreement": DAY["agreement"]}
PARTIES = {"summit": "summit_participants", "agreement": "agreement_parties"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed to. Several countries must all take part; of the other lists one must hold."""

    since: str | None = None  # ISO date or a prefix of it
    until: str | None = None
    countries: tuple[str, ...] = ()  # ISO codes
    topics: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    places: tuple[str, ...] = ()  # cities
    words: str = ""
    ids: str | None = None  # what `find_events` made of the words: a JSON list
    limit: int = 20
    offset: int = 0
    oldest_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A real meeting or agreement in a list."""

    family: Family
    id: str
    kind: str
    status: str
    day: str  # its date, else the day we first read of it
    start: str | None  # of a meeting; the day of the last step of an agreement
    end: str | None
    name: str | None  # of a meeting; the title or subject of an agreement
    place: str | None
    country: str | None
    amount: float | None
    currency: str | None
    confidence: float
    articles: int
    sources: int
    first_seen_at: str
    last_seen_at: str
    states: tuple[str, ...]
    persons: tuple[str, ...]
    organizations: tuple[str, ...]
    topics: tuple[str, ...]
    sentences: tuple[str, ...] = ()  # of articles that tell the subject of an agreement in these words


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article in a list or among the hits of a search."""

    id: int
    title: str
    headline: str  # the title, or the first words where there is none
    url: str
    outlet: str
    published_at: str
    topics: tuple[str, ...] = ()
    text: str = ""
    story: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What a search came to: a page of articles, how many there are, and what marks the words in them."""

    articles: tuple[Found, ...]
    total: int  # at most MAX_COUNT + 1
    marker: Marker


def state_names(store: Store) -> dict[str, str]:
    """Read the Russian names of all states by their codes."""
    return {row["code"]: row["name"] for row in store.rows("SELECT code, name FROM states")}


def find_state(store: Store, words: str) -> str:
    """Find the code of a state by code or Russian name; raise UsageError with the nearest names."""
    names = state_names(store)
    if words.upper() in names:
        return words.upper()
    wanted = words.casefold().replace("ё", "е")
    for code, name in names.items():
        if name.casefold().replace("ё", "е") == wanted:
            return code
    near = [f"{code} ({name})" for code, name in names.items() if name.casefold().startswith(wanted[:4])][:5]
    hint = f" Did you mean {', '.join(near)}?" if near else " Give a code such as UZ, or the Russian name."
    raise UsageError(f"There is no state {words!r}.{hint}")


# -- lists of meetings and agreements ---------------------------------------------------------------------------------


def list_events(store: Store, family: Family, filters: Filters) -> tuple[Listed, ...]:
    """List real meetings or agreements, newest first, narrowed by filters."""
    where, parameters = event_conditions(store, family, filters)
    order = "ASC" if filters.oldest_first else "DESC"
    rows = store.rows(
        f"SELECT *, {DAY[family]} AS day FROM {family}s WHERE {where} "
        f"ORDER BY {DAY[family]} {order}, id {order} LIMIT ? OFFSET ?",
        [*parameters, filters.limit, filters.offset],
    )
    return as_listed(store, family, rows)


def walk_events(store: Store, family: Family, filters: Filters) -> Iterator[Listed]:
    """Walk all real meetings or agreements that fit, newest first; `limit` counts, `offset` does not."""
    where, parameters = event_conditions(store, family, filters)
    order = "ASC" if filters.oldest_first else "DESC"
    sql = (
        f"SELECT *, {DAY[family]} AS day FROM {family}s WHERE {where} "
        f"ORDER BY {DAY[family]} {order}, id {order} LIMIT ?"
    )
    for rows in _walk(store, sql, [*parameters, filters.limit]):
        yield from as_listed(store, family, rows)


def walk_articles(store: Store, filters: Filters) -> Iterator[Found]:
    """Walk all articles that fit, newest first; with words, those that have them."""
    order = "ASC" if filters.oldest_first else "DESC"
    if filters.words:
        match = _match(store, read_query(filters.words))
        if match is None:
            return
        where, parameters = _article_conditions(filters, times=False)
        sql = (
            f"SELECT {ARTICLE} FROM article_search CROSS JOIN articles ON articles.search_id = article_search.rowid "
            f"WHERE article_search MATCH ? AND article_search.rowid BETWEEN ? AND ? AND {where} "
            f"ORDER BY article_search.rowid {order} LIMIT ?"
        )
        parameters = [match, *_bounds(filters), *parameters]
    else:
        where, parameters = _article_conditions(filters)
        source = _article_source(store, filters, parameters)
        sql = f"SELECT {ARTICLE} FROM {source} WHERE {where} ORDER BY published_at {order} LIMIT ?"
    for rows in _walk(store, sql, [*parameters, filters.limit]):
        yield from as_found(store, rows)


def _walk(store: Store, sql: str, parameters: list[object]) -> Iterator[list[dict[str, Any]]]:
    with reported(store.path):
        cursor = store.conn.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        while rows := cursor.fetchmany(BATCH):
            yield [dict(zip(names, row, strict=True)) for row in rows]


def count_events(store: Store, family: Family, filters: Filters) -> int:
    """Count real meetings or agreements, narrowed by filters."""
    where, parameters = event_conditions(store, family, filters)
    return int(store.value(f"SELECT count(*) FROM {family}s WHERE {where}", parameters))


def count_moves(store: Store, key: str) -> int:
    """Count how often a meeting was moved or called off: what a calendar calls the sequence of an entry."""
    return int(
        store.value("SELECT count(*) FROM summit_steps WHERE summit_id = ? AND step IN ('moved', 'cancelled')", [key]),
    )


def get_event(store: Store, family: Family, key: str) -> Listed | None:
    """Read one real meeting or agreement."""
    return next(iter(get_events(store, family, [key])), None)


def find_events(store: Store, family: Family, filters: Filters) -> Filters:
    """Look the words of a filter up, once for several questions: the records of which articles with them speak."""
    match = _match(store, read_query(filters.words))
    rows = (
        store.rows(
            f"SELECT DISTINCT {family}_id AS id FROM (SELECT rowid FROM article_search WHERE article_search MATCH ? "
            "ORDER BY rowid DESC LIMIT ?) AS hit JOIN articles ON articles.search_id = hit.rowid "
            f"JOIN {family}_mentions ON article_id = articles.id WHERE {family}_id IS NOT NULL",
            [match, MAX_TELLING],
        )
        if match
        else []
    )
    return replace(filters, ids=json.dumps([row["id"] for row in rows]))


def get_events(store: Store, family: Family, keys: Sequence[str]) -> tuple[Listed, ...]:
    """Read some real meetings or agreements; those that are no longer are left out."""
    rows = by_key(store, f"SELECT *, {DAY[family]} AS day FROM {family}s WHERE id IN", keys)
    return as_listed(store, family, rows)


def event_conditions(store: Store, family: Family, filters: Filters) -> tuple[str, list[object]]:
    """Write the WHERE of a list, and its parameters."""
    parties = PARTIES[family]
    where = ["1"]
    parameters: list[object] = []
    if filters.since:
        # "2025-11" lasts to the end of November: '~' sorts after every digit.
        where.append(f"{LAST_DAY[family]} || '~' >= ?")
        parameters.append(filters.since)
    if filters.until:
        where.append(f"{DAY[family]} <= ?")
        parameters.append(filters.until + "~")
    for code in filters.countries:
        where.append(f"id IN (SELECT {family}_id FROM {parties} WHERE kind = 'state' AND value = ?)")
        parameters.append(code)
    for kind, values in (("person", filters.persons), ("organization", filters.organizations)):
        for value in values:
            where.append(f"id IN (SELECT {family}_id FROM {parties} WHERE kind = ? AND value = ?)")
            parameters += [kind, value]
    for column, values in (("status", filters.statuses), ("kind", filters.kinds), ("place", filters.places)):
        if values:
            where.append(f"{column} IN ({marks(values)})")
            parameters += values
    if filters.topics:
        where.append(f"id IN (SELECT {family}_id FROM {family}_topics WHERE topic IN ({marks(filters.topics)}))")
        parameters += filters.topics
    if filters.ids or filters.words:
        where.append("id IN (SELECT value FROM json_each(?))")
        parameters.append(filters.ids or find_events(store, family, filters).ids)
    return " AND ".join(where), parameters


def as_listed(store: Store, family: Family, rows: Sequence[dict[str, Any]]) -> tuple[Listed, ...]:
    """Make records of rows of `summits` or `agreements`, with their parties, topics and words of their subjects."""
    keys = [row["id"] for row in rows]
    parties: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in by_key(store, f"SELECT * FROM {PARTIES[family]} WHERE {family}_id IN", keys):
        parties[row[f"{family}_id"], row["kind"]].append(row["value"])
    topics: dict[str, list[str]] = defaultdict(list)
    for row in by_key(store, f"SELECT * FROM {family}_topics WHERE {family}_id IN", keys):
        topics[row[f"{family}_id"]].append(row["topic"])
    said = subject_sentences(store, [row["id"] for row in rows if row["subject"]]) if family == "agreement" else {}
    return tuple(
        Listed(
            family=family,
            id=row["id"],
            kind=row["kind"],
            status=row["status"],
            day=row["day"],
            start=row["start_date"] if family == "summit" else row["status_date"],
            end=row.get("end_date"),
            name=row["name"] if family == "summit" else row["title"] or row["subject"],
            place=row["place"],
            country=row["country"],
            amount=row.get("amount"),
            currency=row.get("currency"),
            confidence=row["confidence"],
            articles=row["articles"],
            sources=row["sources"],
            first_seen_at=row["first_seen_at"],
            last_seen_at=row["last_seen_at"],
            states=tuple(sorted(parties[row["id"], "state"])),
            persons=tuple(sorted(parties[row["id"], "person"])),
            organizations=tuple(sorted(parties[row["id"], "organization"])),
            topics=tuple(sorted(topics[row["id"]])),
            sentences=tuple(said.get(row["id"], ())),
        )
        for row in rows
    )


def subject_sentences(store: Store, keys: Sequence[str]) -> dict[str, list[str]]:
    """Read the sentences of the first articles that give each agreement the subject it has."""
    rows = by_key(
        store,
        "SELECT agreement, substr(article.title || char(10, 10) || article.text, said.start + 1, "
        "said.stop - said.start) AS sentence FROM ("
        "SELECT mention.id AS mention, article_id, agreements.id AS agreement, "
        "row_number() OVER (PARTITION BY agreements.id ORDER BY mention.id) AS place "
        "FROM agreements JOIN agreement_mentions AS mention ON mention.agreement_id = agreements.id "
        "AND mention.subject = agreements.subject WHERE agreements.id IN",
        keys,
        ") JOIN articles AS article ON article.id = article_id "
        "JOIN agreement_mention_evidence AS said ON said.mention_id = mention AND said.slot = 'sentence' "
        f"WHERE place <= {HEARD} AND said.start IS NOT NULL ORDER BY agreement, place, said.position",
    )
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row["agreement"]].append(row["sentence"])
    return found


# -- articles and search ----------------------------------------------------------------------------------------------

ARTICLE = (
    "articles.id, articles.title, coalesce(articles.link, articles.url) AS url, "
    "coalesce(nullif(articles.outlet, ''), (SELECT name FROM feeds WHERE feeds.id = articles.feed_id), '') AS outlet, "
    "articles.published_at, articles.story_id, "
    "CASE articles.title WHEN '' THEN substr(articles.text, 1, 300) ELSE '' END AS lead"
)


def list_articles(store: Store, filters: Filters) -> tuple[Found, ...]:
    """List articles, newest first, narrowed by filters."""
    where, parameters = _article_conditions(filters)
    order = "ASC" if filters.oldest_first else "DESC"
    rows = store.rows(
        f"SELECT {ARTICLE} FROM {_article_source(store, filters, parameters)} WHERE {where} "
        f"ORDER BY published_at {order} LIMIT ? OFFSET ?",
        [*parameters, filters.limit, filters.offset],
    )
    return as_found(store, rows)


def count_articles(store: Store, filters: Filters) -> int:
    """Count articles, up to MAX_COUNT and one."""
    where, parameters = _article_conditions(filters)
    source = _article_source(store, filters, parameters)
    return int(
        store.value(
            f"SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {where} LIMIT ?)",
            [*parameters, MAX_COUNT + 1],
        ),
    )


def search(store: Store, filters: Filters, *, best_first: bool = False, with_text: bool = True) -> Hits:
    """Find articles by words in any of their forms, newest or best first; raise UsageError without a word."""
    query = read_query(filters.words)
    match = _match(store, query)
    if match is None:
        raise UsageError("Give at least one word to find: letters or digits, not only words to leave out.")
    where, parameters = _article_conditions(filters, times=False)
    low, high = _bounds(filters)
    if best_first:
        low = max(low, _rank_from(store, match, low, high))
    source = (
        "FROM article_search CROSS JOIN articles ON articles.search_id = article_search.rowid "
        f"WHERE article_search MATCH ? AND article_search.rowid BETWEEN ? AND ? AND {where}"
    )
    order = "bm25(article_search, 5.0, 1.0), article_search.rowid DESC" if best_first else "article_search.rowid DESC"
    rows = store.rows(
        f"SELECT {ARTICLE}{', articles.text' if with_text else ''} {source} ORDER BY {order} LIMIT ? OFFSET ?",
        [match, low, high, *parameters, filters.limit, filters.offset],
    )
    total = store.value(
        f"SELECT count(*) FROM (SELECT 1 {source} LIMIT ?)",
        [match, low, high, *parameters, MAX_COUNT + 1],
    )
    return Hits(articles=as_found(store, rows), total=int(total), marker=marker(store, query))


def hit_ids(store: Store, filters: Filters) -> list[int]:
    """Tell the newest articles that a search finds, MAX_COUNT at most."""
    match = _match(store, read_query(filters.words))
    if match is None:
        return []
    where, parameters = _article_conditions(filters, times=False)
    rows = store.rows(
        "SELECT articles.id FROM article_search CROSS JOIN articles ON articles.search_id = article_search.rowid "
        f"WHERE article_search MATCH ? AND article_search.rowid BETWEEN ? AND ? AND {where} "
        "ORDER BY article_search.rowid DESC LIMIT ?",
        [match, *_bounds(filters), *parameters, MAX_COUNT],
    )
    return [row["id"] for row in rows]


def _rank_from(store: Store, match: str, low: int, high: int) -> int:
    """Find the row of the index from which on hits are ranked."""
    found = store.value(
        "SELECT rowid FROM article_search WHERE article_search MATCH ? AND rowid BETWEEN ? AND ? "
        "ORDER BY rowid DESC LIMIT 1 OFFSET ?",
        [match, low, high, MAX_RANKED],
    )
    return low if found is None else int(found)


def marker(store: Store, query: Query) -> Marker:
    """Make what finds the words of a query in texts."""

    def forms(words: Sequence[str]) -> frozenset[str]:
        lemmas = sorted({lemma for found in _lemmas(store, words).values() for lemma in found})
        rows = by_key(store, "SELECT form FROM word_forms WHERE lemma IN", lemmas)
        return frozenset(row["form"] for row in rows) | frozenset(lemmas)

    return make_marker(query, forms)


def minutes(moment: str) -> int:
    """Count the minutes from 1970 to a moment or a date."""
    found = datetime.fromisoformat(moment)
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() // 60)


def free_row(store: Store, published_at: str) -> int:
    """Choose a free row of the search index for an article: rows stand in the order of publication.

    So "newest first" and "since" are read off the index itself, without sorting a million hits.
    """
    base = minutes(published_at) * MINUTE_ROOM
    # Rows of earlier texts stay until all is read anew, so it is the index that knows what is taken.
    if store.value("SELECT 1 FROM article_search_docsize WHERE id = ?", [base]) is None:
        return base
    return int(
        store.value(
            "SELECT id + 1 FROM article_search_docsize AS one WHERE id >= ? AND NOT EXISTS "
            "(SELECT 1 FROM article_search_docsize AS two WHERE two.id = one.id + 1) ORDER BY id LIMIT 1",
            [base],
        ),
    )


def first_day(prefix: str) -> date:
    """Tell the first day of a year, month or day."""
    return date.fromisoformat(prefix + "-01-01"[len(prefix) - 4 :] if len(prefix) < len("2025-11-13") else prefix)


def last_day(prefix: str) -> date:
    """Tell the last day of a year, month or day."""
    if len(prefix) == len("2025"):
        return date(int(prefix), 12, 31)
    first = first_day(prefix)
    if len(prefix) == len("2025-11-13"):
        return first
    return first.replace(day=monthrange(first.year, first.month)[1])


def _bounds(filters: Filters) -> tuple[int, int]:
    low = minutes(first_day(filters.since).isoformat()) * MINUTE_ROOM if filters.since else -(2**62)
    high = (minutes(last_day(filters.until).isoformat()) + 24 * 60) * MINUTE_ROOM - 1 if filters.until else 2**62
    return low, high


def _match(store: Store, query: Query) -> str | None:
    return as_match(query, _lemmas(store, query.words))


def _lemmas(store: Store, words: Sequence[str]) -> dict[str, list[str]]:
    lemmas: dict[str, set[str]] = defaultdict(set)
    for row in by_key(store, "SELECT form, lemma FROM word_forms WHERE form IN", list(words)):
        lemmas[row["form"]].add(row["lemma"])
    for word in words:
        if word not in lemmas:  # no article has this form; another form of it may be there
            from pipeline.annotate.morphology import shared_morphology

            lemmas[word].update(shared_morphology().lemmas(word))
    return {word: sorted(lemmas[word]) for word in words}


def _names(filters: Filters) -> list[tuple[str, list[object]]]:
    """Write how the entities are found that articles must name."""
    found: list[tuple[str, list[object]]] = [("ref = ?", [code]) for code in filters.countries]
    found += [("type = 'PER' AND name = ?", [name]) for name in filters.persons]
    found += [("type = 'ORG' AND name = ?", [name]) for name in filters.organizations]
    return found


def _article_source(store: Store, filters: Filters, parameters: list[object]) -> str:
    """Choose where a list of articles is read from: by time, or by the mentions of a name that is rare."""
    for condition, values in _names(filters):
        of_name = f"FROM entity_mentions WHERE entity_id IN (SELECT id FROM entities WHERE {condition})"
        if store.value(f"SELECT count(*) FROM (SELECT 1 {of_name} LIMIT ?)", [*values, RARE]) < RARE:
            parameters[:0] = values
            return (
                f"(SELECT DISTINCT article_id {of_name}) AS named CROSS JOIN articles ON articles.id = named.article_id"
            )
    return "articles INDEXED BY articles_by_time"


def _article_conditions(filters: Filters, *, times: bool = True) -> tuple[str, list[object]]:
    where = ["1"]
    parameters: list[object] = []
    if times and filters.since:
        where.append("published_at >= ?")
        parameters.append(filters.since)
    if times and filters.until:
        where.append("published_at <= ?")
        parameters.append(filters.until + "~")
    for condition, values in _names(filters):
        where.append(
            "EXISTS (SELECT 1 FROM entity_mentions WHERE article_id = articles.id "
            f"AND entity_id IN (SELECT id FROM entities WHERE {condition}))",
        )
        parameters += values
    if filters.topics:
        where.append(
            "EXISTS (SELECT 1 FROM article_topics JOIN topics ON topics.name = topic WHERE article_id = articles.id "
            f"AND topic IN ({marks(filters.topics)}) AND probability >= threshold)",
        )
        parameters += filters.topics
    if filters.outlets:
        where.append(
            f"(outlet IN ({marks(filters.outlets)}) "
            f"OR outlet = '' AND feed_id IN (SELECT id FROM feeds WHERE name IN ({marks(filters.outlets)})))",
        )
        parameters += filters.outlets * 2
    return " AND ".join(where), parameters


def as_found(store: Store, rows: Sequence[dict[str, Any]]) -> tuple[Found, ...]:
    """Make records of rows that have the columns of ARTICLE."""
    topics: dict[int, list[str]] = defaultdict(list)
    for row in by_key(
        store,
        "SELECT article_id, topic FROM article_topics JOIN topics ON topics.name = topic AND probability >= threshold "
        "WHERE article_id IN",
        [row["id"] for row in rows],
    ):
        topics[row["article_id"]].append(row["topic"])
    return tuple(
        Found(
            id=row["id"],
            title=row["title"],
            headline=row["title"] or first_words(row["lead"]),
            url=row["url"],
            outlet=row["outlet"],
            published_at=row["published_at"],
            topics=tuple(sorted(topics[row["id"]])),
            text=row.get("text", ""),
            story=row["story_id"],
        )
        for row in rows
    )


def list_articles_naming(store: Store, kind: str, value: str, *, limit: int) -> tuple[Found, ...]:
    """List the newest articles that name a state (by its code), a person or an organisation."""
    names = (value,)
    if kind == "state":
        return list_articles(store, Filters(limit=limit, countries=names))
    if kind == "person":
        return list_articles(store, Filters(limit=limit, persons=names))
    return list_articles(store, Filters(limit=limit, organizations=names))


def marks(values: Sequence[object]) -> str:
    """Write the question marks for some values."""
    return ", ".join("?" * len(values))


def first_words(text: str) -> str:
    """Make a headline of a text that has none."""
    line = " ".join(text.strip().partition("\n")[0].split())
    return line if len(line) <= MAX_HEADLINE else line[: line.rfind(" ", 0, MAX_HEADLINE)] + "…"


def by_key(store: Store, sql: str, keys: Sequence[object], tail: str = "") -> list[dict[str, Any]]:
    """Answer a query that ends in IN for any number of keys."""
    parts = [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]
    return [row for part in parts for row in store.rows(f"{sql} ({marks(part)}) {tail}", part)]
