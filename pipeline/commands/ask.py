"""Asking the database: lists of meetings, agreements and articles, search, one record with every source sentence."""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import asdict
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import click

from pipeline.errors import UsageError
from pipeline.outputs.jsonl import article_record, event_record
from pipeline.records import AGREEMENT_KINDS, AGREEMENT_STATUSES, SUMMIT_KINDS, SUMMIT_STATUSES, TOPICS
from pipeline.store import Store, asking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pipeline.settings import Settings
    from pipeline.store.asking import Family, Filters, Listed

DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
GAP = "  "
ELLIPSIS = "…"
MAX_LIMIT = 1_000_000


def read_date(text: str | None, option: str) -> str | None:
    """Check an ISO date or a prefix of one; raise UsageError that says what is allowed."""
    if text is None:
        return None
    try:
        if DATE.fullmatch(text):
            asking.last_day(text)
            return text
    except ValueError:
        pass
    raise UsageError(f"{option} {text!r} is no date. Write 2026-11-24, or 2026-11 for a month, or 2026 for a year.")


def _options(*, statuses: Sequence[str] = (), kinds: Sequence[str] = ()) -> Callable[[Any], Any]:
    """Give a listing command the filters that it shares with the others."""

    def add(command: Any) -> Any:  # noqa: ANN401 - click's decorators take and give anything
        options = [
            click.option("--since", metavar="DATE", help="From this day, month or year on."),
            click.option("--until", metavar="DATE", help="Up to this day, month or year."),
            click.option(
                "--country",
                "countries",
                multiple=True,
                metavar="UZ",
                help="With this state: a code or a Russian name. Given twice, both take part.",
            ),
            click.option("--topic", "topics", multiple=True, type=click.Choice(TOPICS), help="On this topic."),
            click.option("--person", "persons", multiple=True, metavar="NAME", help="With this person."),
            click.option("--organization", "organizations", multiple=True, metavar="NAME", help="With this body."),
            *([click.option("--status", "statuses", multiple=True, type=click.Choice(statuses))] if statuses else []),
            *([click.option("--kind", "kinds", multiple=True, type=click.Choice(kinds))] if kinds else []),
            *([] if statuses else [click.option("--outlet", "outlets", multiple=True, metavar="NAME")]),
            click.option("--oldest", "oldest_first", is_flag=True, help="Oldest first."),
            click.option("--limit", default=20, show_default=True, type=click.IntRange(1, MAX_LIMIT)),
        ]
        for option in reversed(options):
            command = option(command)
        return command

    return add


def as_filters(store: Store, **chosen: Any) -> Filters:  # noqa: ANN401 - the options of a command
    """Make filters of what was chosen on the command line; raise UsageError for what makes no sense."""
    chosen["since"] = read_date(chosen.get("since"), "--since")
    chosen["until"] = read_date(chosen.get("until"), "--until")
    chosen["countries"] = tuple(asking.find_state(store, name) for name in chosen.get("countries", ()))
    return asking.Filters(**chosen)


@click.command()
@click.argument("words", nargs=-1)
@_options(statuses=SUMMIT_STATUSES, kinds=SUMMIT_KINDS)
@click.pass_obj
def summits(settings: Settings, /, words: tuple[str, ...], **chosen: Any) -> None:  # noqa: ANN401 - the shared options
    """List meetings, newest first: one line for each real meeting.

    WORDS narrow the list to meetings of which articles with these words tell.

    \b
    svodka summits --status planned --oldest
    svodka summits --country UZ --country AZ --since 2026-09
    """
    _list(settings, "summit", " ".join(words), chosen)


@click.command()
@click.argument("words", nargs=-1)
@_options(statuses=AGREEMENT_STATUSES, kinds=AGREEMENT_KINDS)
@click.pass_obj
def agreements(settings: Settings, /, words: tuple[str, ...], **chosen: Any) -> None:  # noqa: ANN401 - the shared options
    """List agreements, newest step first: one line for each real agreement.

    WORDS narrow the list to agreements of which articles with these words tell.

    \b
    svodka agreements --country AZ --topic energy --status signed --since 2026-09
    svodka agreements газ труба --limit 50
    """
    _list(settings, "agreement", " ".join(words), chosen)


@click.command()
@_options()
@click.pass_obj
def articles(settings: Settings, /, **chosen: Any) -> None:  # noqa: ANN401 - the shared options
    """List articles, newest first."""
    with Store.read(settings.db) as store:
        filters = as_filters(store, **chosen)
        found = asking.list_articles(store, filters)
        if settings.json:
            total = asking.count_articles(store, filters)
            _print_json("articles", total, [article_record(article) for article in found])
            return
    _print_table(
        ("ID", "PUBLISHED", "OUTLET", "TITLE"),
        [(str(found.id), _minute(found.published_at), found.outlet, found.headline) for found in found],
    )
    _say_if_none(found, "No article fits.")


@click.command()
@click.argument("words", nargs=-1, required=True)
@_options()
@click.option("--best", is_flag=True, help="Best first, not newest first.")
@click.pass_obj
def search(settings: Settings, /, words: tuple[str, ...], *, best: bool, **chosen: Any) -> None:  # noqa: ANN401
    """Search articles by words in any of their forms, newest first.

    \b
    svodka search саммит Ташкент           both words, in any form
    svodka search '"железная дорога"'      a phrase, in any form
    svodka search 'энерг*' -- -нефть       words that begin so, without that word
    svodka search 'газ | нефть'            one of them
    """
    from pipeline.search import snippet

    with Store.read(settings.db) as store:
        filters = as_filters(store, words=" ".join(words), **chosen)
        hits = asking.search(store, filters, best_first=best)
    snippets = [snippet(found.text, hits.marker) for found in hits.articles]
    if settings.json:
        rows = [
            article_record(found) | {"snippet": "".join(f"**{text}**" if hit else text for text, hit in pieces)}
            for found, pieces in zip(hits.articles, snippets, strict=True)
        ]
        _print_json("search", hits.total, rows)
        return
    colour = sys.stdout.isatty()
    for found, pieces in zip(hits.articles, snippets, strict=True):
        click.echo(f"{found.id}{GAP}{_minute(found.published_at)}{GAP}{found.outlet}{GAP}{found.headline}")
        click.echo("    " + "".join(_emphasise(text, colour=colour) if hit else text for text, hit in pieces))
    more = "more than " if hits.total > asking.MAX_COUNT else ""
    shown = f", {len(hits.articles)} shown" if hits.total > len(hits.articles) else ""
    click.echo(f"{more}{min(hits.total, asking.MAX_COUNT)} found{shown}", err=True)


@click.command()
@click.argument("kind", type=click.Choice(["summit", "agreement", "article"]))
@click.argument("key", metavar="ID")
@click.option("--as-of", metavar="DATE", help="As it was known at the end of this day.")
@click.pass_obj
def show(settings: Settings, kind: str, key: str, as_of: str | None) -> None:
    """Show one record with every source sentence: KIND and ID as the lists print them."""
    with Store.read(settings.db) as store:
        if kind == "article":
            _show_article(store, key, as_json=settings.json)
        else:
            _show_event(store, "summit" if kind == "summit" else "agreement", key, as_of, as_json=settings.json)


def _list(settings: Settings, family: Family, words: str, chosen: dict[str, Any]) -> None:
    with Store.read(settings.db) as store:
        filters = as_filters(store, words=words, **chosen)
        found = asking.list_events(store, family, filters)
        if settings.json:
            total = asking.count_events(store, family, filters)
            _print_json(f"{family}s", total, [event_record(event) for event in found])
            return
    _print_table(
        ("ID", "DATE", "STATUS", "KIND", "STATES", "SOURCES", "TITLE"),
        [
            (
                event.id,
                event.start or f"({event.day})",
                event.status,
                event.kind,
                " ".join(event.states),
                str(event.sources),
                _title(event),
            )
            for event in found
        ],
    )
    _say_if_none(found, f"No {family} fits.")


def _title(event: Listed) -> str:
    parts = [event.name or ", ".join(event.persons or event.organizations), event.place or ""]
    return " · ".join(part for part in parts if part)


def _print_json(name: str, total: int, rows: Sequence[dict[str, Any]]) -> None:
    answer = {"schema": f"svodka.{name}.1", "total": total, name if name != "search" else "articles": list(rows)}
    click.echo(json.dumps(answer, ensure_ascii=False, indent=1))


def _print_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print aligned columns for a person; for a pipe whole values, one tab between them."""
    clean = [[" ".join(value.split()) for value in row] for row in rows]
    if not sys.stdout.isatty():
        for row in clean:
            click.echo("\t".join(row))
        return
    if not clean:
        return
    width = shutil.get_terminal_size().columns
    widths = [max(len(row[column]) for row in [list(names), *clean]) for column in range(len(names) - 1)]
    for row in [list(names), *clean]:
        line = GAP.join([value.ljust(size) for value, size in zip(row, widths, strict=False)] + [row[-1]])
        click.echo(line if len(line) <= width else line[: width - 1] + ELLIPSIS)


def _say_if_none(found: Iterable[object], words: str) -> None:
    if not found:
        click.echo(words, err=True)


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _emphasise(text: str, *, colour: bool) -> str:
    return click.style(text, bold=True, fg="yellow") if colour else f"**{text}**"


def _show_event(store: Store, family: Family, key: str, as_of: str | None, *, as_json: bool) -> None:
    from pipeline.store.telling import tell

    moment = None
    if as_of:
        day = asking.last_day(read_date(as_of, "--as-of") or as_of)
        moment = datetime.combine(day, time.max, tzinfo=UTC)
    told = tell(store, family, key, moment)
    if told is None:
        raise UsageError(f"There is no {family} {key!r}{' then' if as_of else ''}. `svodka {family}s` lists their ids.")
    if as_json:
        click.echo(json.dumps({"schema": f"svodka.{family}.1", family: told}, ensure_ascii=False, indent=1))
        return
    if told["id"] != key:
        click.echo(f"{key} goes on as {', '.join([told['id'], *told['also']])}", err=True)
    click.echo(f"{told['id']}\n{told.get('title') or told.get('name') or told.get('subject') or ''}".rstrip())
    _print_facts(told, asking.state_names(store))
    _print_history(told)
    for mention in told["mentions"]:
        article = mention["article"]
        click.echo(f"\n{_minute(article['published_at'])}{GAP}{article['outlet']}{GAP}{article['headline']}")
        click.echo(
            f"  {article['url']}\n  {', '.join(filter(None, [mention['kind'], mention['status'], mention['date']]))}"
        )
        for sentence in mention["sentences"]:
            click.echo(f"  «{sentence['text'].strip()}»")


def _print_facts(told: dict[str, Any], names: dict[str, str]) -> None:
    sides: dict[str, list[str]] = {"state": [], "person": [], "organization": []}
    for party in told["participants"]:
        name = names.get(party["value"], party["value"]) if party["kind"] == "state" else party["value"]
        sides[party["kind"]].append(f"{name} ({party['status']})" if party.get("status") else name)
    amount = told.get("amount")
    _print_fields(
        ("kind", told["kind"]),
        ("status", told["status"]),
        ("date", told.get("start_date") or told.get("status_date") or ""),
        ("end", told.get("end_date") or ""),
        ("place", ", ".join(filter(None, [told["place"], names.get(told["country"] or "", told["country"])]))),
        ("states", ", ".join(sides["state"])),
        ("persons", ", ".join(sides["person"])),
        ("organizations", ", ".join(sides["organization"])),
        ("amount", f"{amount:,.0f} {told['currency']}".replace(",", " ") if amount else ""),
        ("topics", ", ".join(told["topics"])),
        ("confidence", f"{told['confidence']:.2f}"),
        ("reported", f"{told['first_seen_at'][:10]} to {told['last_seen_at'][:10]}"),
        ("sources", f"{told['sources']} independent, {told['articles']} articles"),
    )


def _print_history(told: dict[str, Any]) -> None:
    if told["steps"]:
        click.echo("\nSteps")
    for step in told["steps"]:
        what, article = f"{step['step']} {step['value'] or step.get('place') or ''}".strip(), step["article"]
        click.echo(
            f"  {step['step_date'] or 'by ' + step['learned_at'][:10]:13}{GAP}{what:22}{GAP}"
            f"{article['outlet']}: {article['headline']}"
        )
    if told["contradictions"]:
        click.echo("\nSources differ")
    for name in told["contradictions"]:
        field = told["fields"][name]
        values = [f"{one['value']}{' (chosen)' if one['chosen'] else ''}: {one['sources']}" for one in field["values"]]
        click.echo(f"  {name} ({field['verdict']}): {'; '.join(values)}")
    if told["links"] or told["doubles"]:
        click.echo("\nBelongs to")
    for link in told["links"]:
        click.echo(f"  {link['relation']:14}{GAP}{link['family']}{GAP}{link['id']}")
    for double in told["doubles"]:
        click.echo(f"  {'maybe the same':14}{GAP}{told['family']}{GAP}{double['id']}")
    for made in told["corrections"]:
        said = " ".join(filter(None, [made["action"], made["field"], made["value"]]))
        click.echo(f"\n{made['made_at'][:10]}{GAP}{made['person']}: {said} ({made['reason']})")


def _show_article(store: Store, key: str, *, as_json: bool) -> None:
    from pipeline.store.articles import events_of_article, get_article

    article = get_article(store, int(key)) if key.isascii() and key.isdigit() and len(key) < 19 else None  # noqa: PLR2004 - SQLite's integers
    if article is None:
        raise UsageError(f"There is no article {key!r}. `svodka articles` and `svodka search` list their numbers.")
    families: tuple[Family, ...] = ("summit", "agreement")
    events = [event for family in families for event in events_of_article(store, family, article.id)]
    if as_json:
        record = asdict(article) | {
            f"{family}s": [event_record(event) for event in events if event.family == family] for family in families
        }
        click.echo(json.dumps({"schema": "svodka.article.1", "article": record}, ensure_ascii=False, indent=1))
        return
    click.echo(article.title)
    _print_fields(
        ("outlet", article.outlet),
        ("published", _minute(article.published_at)),
        ("topics", ", ".join(article.topics)),
        ("address", article.url),
        *((event.family, f"{event.id}{GAP}{event.status}") for event in events),
    )
    click.echo(f"\n{article.text}")


def _print_fields(*fields: tuple[str, str]) -> None:
    for name, value in fields:
        if value:
            click.echo(f"  {name:14}{value}")
