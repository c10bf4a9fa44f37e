"""The pages, in the order of the menu: each asks the store and shows what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from pipeline.errors import UsageError
from pipeline.search import mark, snippet
from pipeline.store import articles as reading
from pipeline.store import asking, counting
from pipeline.store.asking import Filters
from pipeline.store.health import last_runs
from pipeline.store.telling import show_event
from pipeline.web import draw
from pipeline.web.address import MAX_EXPORT, PAGE_SIZE, period_links, segment
from pipeline.web.land import coast
from pipeline.web.leaving import farewell, leave
from pipeline.web.places import find_city
from pipeline.web.weeks import digest_week

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from pipeline.store.asking import Family
    from pipeline.web.app import Question

AHEAD_DAYS, BEHIND_DAYS, YEAR = 120, 30, 365
FRONT_PAGE = 8
MAX_LISTED = 300
WEEKS_SHOWN = 26
MIN_YEAR, MAX_YEAR = 1990, 2100


def front(question: Question) -> Response:
    """Show what comes, what happened lately and what is overdue."""
    store, today = question.store, question.today
    coming = asking.list_events(
        store,
        "summit",
        Filters(
            since=today.isoformat(),
            until=(today + timedelta(days=AHEAD_DAYS)).isoformat(),
            statuses=("planned", "ongoing"),
            oldest_first=True,
            limit=FRONT_PAGE,
        ),
    )
    lately = (today - timedelta(days=BEHIND_DAYS)).isoformat()
    held = asking.list_events(
        store, "summit", Filters(since=lately, until=today.isoformat(), statuses=("held", "ongoing"), limit=FRONT_PAGE)
    )
    steps = asking.list_events(store, "agreement", Filters(since=lately, until=today.isoformat(), limit=FRONT_PAGE))
    return question.answer(
        "front.html",
        coming=coming,
        held=held,
        agreements=steps,
        totals=counting.totals(store),
        run=counting.last_run(store),
        weeks=_weeks(question, "summit"),
    )


def summits(question: Question) -> Response:
    """List meetings."""
    return _list(question, "summit")


def agreements(question: Question) -> Response:
    """List agreements."""
    return _list(question, "agreement")


def _list(question: Question, family: Family) -> Response:
    store, asked = question.store, question.asked
    filters = asked.filters()
    if filters.words:
        filters = asking.find_events(store, family, filters)
    events = asking.list_events(store, family, replace(filters, limit=PAGE_SIZE + 1))
    facets = counting.count_facets(store, family, filters)
    return question.answer(
        "events.html",
        family=family,
        events=events[:PAGE_SIZE],
        more=len(events) > PAGE_SIZE,
        total=asking.count_events(store, family, filters),
        facets=facets,
        periods=period_links(asked, question.today),
    )


def calendar(question: Question) -> Response:
    """Show the meetings of a month."""
    text = question.asked.one("month")
    month = asking.first_day(text[:7]) if len(text) > 4 else question.today.replace(day=1)  # noqa: PLR2004 - more than a year
    if not MIN_YEAR <= month.year <= MAX_YEAR:
        month = question.today.replace(day=1)
    month = month.replace(day=1)
    events = asking.list_events(
        question.store,
        "summit",
        replace(
            question.asked.filters(limit=MAX_LISTED),
            since=(month - timedelta(days=7)).isoformat(),
            until=(month + timedelta(days=38)).isoformat(),
            offset=0,
            oldest_first=True,
        ),
    )
    whole = [event for event in events if event.status != "cancelled" or question.asked.has("status", "cancelled")]
    vague = [event for event in whole if event.start and len(event.start) == 7 and event.start == f"{month:%Y-%m}"]  # noqa: PLR2004 - year and month
    return question.answer(
        "calendar.html",
        month=month,
        weeks=draw.month_page(month.year, month.month, whole),
        vague=vague,
        before=(month - timedelta(days=1)).strftime("%Y-%m"),
        after=(month + timedelta(days=32)).strftime("%Y-%m"),
        cut=len(events) == MAX_LISTED,
    )


def timeline(question: Question) -> Response:
    """Show the meetings of the last weeks and the next months along a line."""
    asked, today = question.asked, question.today
    since = asked.one("since") or (today - timedelta(days=BEHIND_DAYS)).isoformat()
    until = asked.one("until") or (today + timedelta(days=AHEAD_DAYS)).isoformat()
    events = asking.list_events(
        question.store,
        "summit",
        replace(asked.filters(limit=MAX_LISTED), since=since, until=until, offset=0, oldest_first=True),
    )
    return question.answer(
        "timeline.html",
        past=[event for event in events if event.day < today.isoformat()],
        coming=[event for event in events if event.day >= today.isoformat()],
        since=since,
        until=until,
        cut=len(events) == MAX_LISTED,
    )


def redirect(question: Question, path: str) -> Response:
    """Send the reader to another page of the site."""
    return RedirectResponse(question.site.base + path, status_code=303)


def summit(question: Question) -> Response:
    """Show one meeting with all its sources."""
    return _record(question, "summit")


def agreement(question: Question) -> Response:
    """Show one agreement with its steps and all its sources."""
    return _record(question, "agreement")


def _record(question: Question, family: Family) -> Response:
    key = question.key("key")
    shown = show_event(question.store, family, key)
    if shown is None:
        raise HTTPException(404)
    if shown.event.id != key:
        return redirect(question, f"/{family}s/{segment(shown.event.id)}")
    return question.answer("record.html", shown=shown, told=shown.told, event=shown.event)


def articles(question: Question) -> Response:
    """List articles, or search them."""
    store, asked = question.store, question.asked
    filters = asked.filters()
    best = asked.one("sort") == "best"
    rows = []
    if filters.words:
        try:
            hits = asking.search(store, replace(filters, limit=PAGE_SIZE + 1), best_first=best)
        except UsageError:
            hits = asking.Hits(articles=(), total=0, marker=asking.NOTHING)
        rows = [(found, mark(found.headline, hits.marker), snippet(found.text, hits.marker)) for found in hits.articles]
        total = hits.total
    else:
        found = asking.list_articles(store, replace(filters, limit=PAGE_SIZE + 1))
        rows = [(article, ((article.headline, False),), ()) for article in found]
        total = asking.count_articles(store, filters)
    return question.answer(
        "articles.html",
        rows=rows[:PAGE_SIZE],
        more=len(rows) > PAGE_SIZE,
        total=total,
        most=asking.MAX_COUNT,
        best=best,
        periods=period_links(asked, question.today),
        facets=counting.count_hits(store, filters) if filters.words else None,
    )


def article(question: Question) -> Response:
    """Show one article with what was found in it."""
    key = question.key("key")
    found = reading.get_article(question.store, int(key)) if key.isascii() and key.isdigit() and len(key) < 19 else None  # noqa: PLR2004 - SQLite's integers
    if found is None:
        raise HTTPException(404)
    return question.answer(
        "article.html",
        article=found,
        paragraphs=reading.marked_paragraphs(question.store, found),
        summits=reading.events_of_article(question.store, "summit", found.id),
        agreements=reading.events_of_article(question.store, "agreement", found.id),
        reprints=reading.list_reprints(question.store, found),
    )


def states(question: Question) -> Response:
    """List the states with their meetings and agreements."""
    return _parties(question, "state")


def persons(question: Question) -> Response:
    """List the people who meet and sign."""
    return _parties(question, "person")


def organizations(question: Question) -> Response:
    """List the organisations that take part."""
    return _parties(question, "organization")


def _parties(question: Question, kind: str) -> Response:
    search_words = question.asked.one("q")
    rows = counting.count_parties(question.store, kind, words="" if kind == "state" else search_words, limit=250)
    if kind == "state" and search_words:
        folded = search_words.casefold()
        rows = [row for row in rows if folded in question.names.get(row[0], row[0]).casefold()]
    return question.answer("parties.html", kind=kind, rows=rows)


def state(question: Question) -> Response:
    """Show one state: whom it meets, what it signs, who writes of it."""
    code = question.key("key").upper()
    if code not in question.names:
        raise HTTPException(404)
    return _party(question, "state", code, Filters(countries=(code,)))


def person(question: Question) -> Response:
    """Show one person."""
    return _party(question, "person", question.key("key"), Filters(persons=(question.key("key"),)))


def organization(question: Question) -> Response:
    """Show one organisation."""
    return _party(question, "organization", question.key("key"), Filters(organizations=(question.key("key"),)))


def _party(question: Question, kind: str, value: str, filters: Filters) -> Response:
    store, today = question.store, question.today.isoformat()
    coming = asking.list_events(
        store,
        "summit",
        replace(filters, since=today, statuses=("planned", "ongoing"), oldest_first=True, limit=FRONT_PAGE),
    )
    recent = asking.list_events(store, "summit", replace(filters, until=today, limit=FRONT_PAGE))
    found = asking.list_events(store, "agreement", replace(filters, limit=FRONT_PAGE))
    named = asking.list_articles_naming(store, kind, value, limit=FRONT_PAGE)
    if not (coming or recent or found or named) and kind != "state":
        raise HTTPException(404)
    return question.answer(
        "party.html",
        kind=kind,
        value=value,
        coming=coming,
        recent=recent,
        agreements=found,
        articles=named,
        facets=counting.count_facets(store, "agreement", filters),
        meetings=asking.count_events(store, "summit", filters),
        states=counting.count_partners(store, kind, value, "state"),
        people=counting.count_partners(store, kind, value, "person"),
    )


def matrix(question: Question) -> Response:
    """Show who meets whom: states by states."""
    asked, today = question.asked, question.today
    family: Family = "agreement" if asked.one("view") == "agreements" else "summit"
    filters = replace(asked.filters(), offset=0)
    if not filters.since and not filters.until:
        filters = replace(filters, since=(today - timedelta(days=YEAR)).isoformat())
    pairs = counting.count_pairs(question.store, family, filters)
    return question.answer(
        "matrix.html",
        matrix=draw.make_matrix(pairs),
        pairs=pairs[:20],
        family=family,
        since=filters.since,
        until=filters.until,
        periods=period_links(asked, today, since=filters.since),
    )


def atlas(question: Question) -> Response:
    """Show where meetings take place."""
    asked, today = question.asked, question.today
    filters = replace(asked.filters(), offset=0)
    if not filters.since and not filters.until:
        filters = replace(filters, since=(today - timedelta(days=YEAR)).isoformat())
    places = counting.count_places(question.store, filters)
    coordinates = {
        (name, country): point for name, country, _ in places if (point := find_city(name, country)) is not None
    }
    spots, outside = draw.make_spots(places, coordinates)
    return question.answer(
        "map.html",
        spots=spots,
        outside=outside,
        places=places[:40],
        coast=coast(),
        since=filters.since,
        until=filters.until,
        periods=period_links(asked, today, since=filters.since),
    )


def topics(question: Question) -> Response:
    """Show how much is written and agreed on each topic, by weeks."""
    today = question.today
    since = today - timedelta(weeks=WEEKS_SHOWN - 1, days=today.weekday())
    weeks = counting.count_topic_weeks(question.store, since, today)
    charts = {topic: draw.bars(weeks.get(topic, {}), since, today) for topic in ("energy", "transport", "culture")}
    return question.answer("topics.html", charts=charts, since=since)


def late(question: Question) -> Response:
    """Show promises whose day has passed."""
    return question.answer("late.html", rows=counting.overdue(question.store, question.today))


def feeds(question: Question) -> Response:
    """Show how the feeds do."""
    return question.answer(
        "feeds.html",
        feeds=counting.feed_health(question.store, question.now),
        runs=last_runs(question.store, 14),
    )


def manual(question: Question) -> Response:
    """Tell how to search and export."""
    return question.answer("help.html", most=MAX_EXPORT)


def _weeks(question: Question, family: Family) -> list[draw.Bar]:
    since = question.today - timedelta(weeks=WEEKS_SHOWN // 2)
    until = question.today + timedelta(weeks=WEEKS_SHOWN // 2)
    return draw.bars(counting.count_weeks(question.store, family, since, until), since, until)


PAGES: tuple[tuple[str, Callable[[Question], Response]], ...] = (
    ("/", front),
    ("/summits", summits),
    ("/summits/calendar", calendar),
    ("/summits/timeline", timeline),
    ("/summits/map", atlas),
    ("/summits/{key:path}", summit),
    ("/agreements", agreements),
    ("/agreements/late", late),
    ("/agreements/{key:path}", agreement),
    ("/articles", articles),
    ("/articles/{key}", article),
    ("/states", states),
    ("/states/matrix", matrix),
    ("/states/{key}", state),
    ("/persons", persons),
    ("/persons/{key:path}", person),
    ("/organizations", organizations),
    ("/organizations/{key:path}", organization),
    ("/topics", topics),
    ("/feeds", feeds),
    ("/digest/{week}", digest_week),
    ("/help", manual),
    ("/export/{name:path}", leave),
    ("/unsubscribe/{token}", farewell),
)
