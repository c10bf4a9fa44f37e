"""The commands `feeds list|check|add|import|export`: the list of feeds and the health of each."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.errors import EXIT_DONE, EXIT_LOOK, ConfigError, UsageError
from pipeline.progress import say
from pipeline.quirks import QUIRKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.discover import Probe
    from pipeline.feeds import FeedList
    from pipeline.records import Feed
    from pipeline.settings import Settings
    from pipeline.store.archive import FeedState

AT_ONCE = 8
QUIRK_HELP = "\n".join(f"  {name:24}{quirk.why}" for name, quirk in QUIRKS.items())
feeds_option = click.option(
    "--feeds", "path", type=click.Path(path_type=Path), help="The list of feeds.  [default: feeds.yaml]"
)


@click.group()
def feeds() -> None:
    """Keep the list of feeds, feeds.yaml, and see how each feed does."""


def _path(settings: Settings, path: Path | None) -> Path:
    return path or settings.find("feeds.yaml")


@feeds.command("list", epilog=f"\b\nQuirks that feeds.yaml may name:\n{QUIRK_HELP}")
@feeds_option
@click.pass_obj
def list_feeds(settings: Settings, path: Path | None) -> None:
    """List the feeds with what is known of each: state, when it was last read, its newest article."""
    from pipeline.feeds import load_feeds

    listed = load_feeds(_path(settings, path))
    states = _states(settings)
    rows = [_row(feed, states.get(feed.name), settings) for feed in listed]
    if settings.json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        start = f"{row['state']:9} {row['name'][:30]:30} {row['country'] or '--'}  {row['body']:8}{row['fulltext']:6}"
        click.echo(f"{start} {(row['newest_at'] or '-')[:16]:17} {row['remark']}".rstrip())
    say(f"{sum(feed.enabled for feed in listed)} of {len(listed)} feeds are read")


def _states(settings: Settings) -> dict[str, FeedState]:
    from pipeline.store import Store
    from pipeline.store.archive import feed_states

    if not settings.db.exists():
        return {}
    with Store.read(settings.db) as store:
        return feed_states(store)


def _row(feed: Feed, state: FeedState | None, settings: Settings) -> dict[str, Any]:
    from pipeline.pace import is_dead
    from pipeline.store.moments import write_moment

    name, remark = "ok", ""
    if not feed.enabled:
        name, remark = "off", feed.reason
    elif state is None or (state.last_ok_at is None and not state.failures):
        name = "new"
    elif state.gone_at:
        name, remark = "gone", "its server said that it is gone for good (HTTP 410); change its address"
    elif state.failures:
        name = "dead" if is_dead(state.failing_since, settings.now) else "failing"
        since = f"since {state.failing_since:%Y-%m-%d %H:%M}" if state.failing_since else ""
        remark = f"{since}, {state.failures} times: {state.error or ''}".strip(": ")
    if state is not None and state.moved_to:
        remark = f"{remark} moved to {state.moved_to}".strip()
    newest, read = (state.newest_at, state.last_ok_at) if state else (None, None)
    return {
        "name": feed.name,
        "url": feed.url,
        "group": feed.group,
        "country": feed.country,
        "language": feed.language,
        "owner": feed.owner,
        "body": feed.body,
        "fulltext": feed.fulltext,
        "sure": feed.sure,
        "terms": feed.terms,
        "line": feed.line,
        "state": name,
        "newest_at": write_moment(newest) if newest else None,
        "last_ok_at": write_moment(read) if read else None,
        "remark": remark,
    }


@feeds.command()
@feeds_option
@click.argument("names", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Probe disabled feeds, too.")
@click.pass_obj
def check(settings: Settings, path: Path | None, names: tuple[str, ...], *, every: bool) -> int:
    """Ask every feed, or those NAMED, once and tell what stands there. Nothing is stored.

    Exit code 1 when one of them cannot be read.
    """
    from pipeline.client import Client
    from pipeline.discover import probe
    from pipeline.feeds import choose, load_feed_list
    from pipeline.progress import progress
    from pipeline.sandbox import Sandbox

    listed = load_feed_list(_path(settings, path))
    chosen = [feed for feed in choose(listed.feeds, names) if feed.enabled or every or names]
    client = Client()
    probes: list[Probe] = []
    with Sandbox() as sandbox, ThreadPoolExecutor(AT_ONCE) as pool, progress("asking", len(chosen)) as advance:
        work = [pool.submit(probe, feed, client.get, sandbox, now=settings.now) for feed in chosen]
        for future in work:
            probes.append(future.result())
            advance(1)
    if settings.json:
        click.echo(json.dumps([_probe_row(found) for found in probes], ensure_ascii=False, indent=1))
    else:
        _print_probes(probes, settings)
    if not listed.contact:
        say("feeds.yaml names no contact. Some outlets answer only to programs that give one: add contact: to it.")
    return EXIT_LOOK if any(found.failure for found in probes) else EXIT_DONE


HEADING = f"{'feed':30} http type items {'newest':16}   span h {'charset':12} full {'body':6} 304"


def _print_probes(probes: Sequence[Probe], settings: Settings) -> None:
    click.echo(HEADING)
    for found in probes:
        name = f"{found.feed.name[:30]:30} {found.status or '-':>4}"
        if found.failure is not None:
            click.echo(f"{name} {found.failure.detail}")
            continue
        newest = f"{found.newest:%Y-%m-%d %H:%M}" if found.newest else "-"
        span = f"{found.span_hours:.1f}" if found.span_hours is not None else "-"
        line = f"{name} {found.kind:4} {found.items:5} {newest:16} {span:>8} {found.charset:12} {found.full:4.0%}"
        told = [f"moved to {found.moved_to}" if found.moved_to else "", *found.notes]
        if found.newest and (settings.now - found.newest).days >= 7:  # noqa: PLR2004 - a week without news
            told.append(f"nothing new for {(settings.now - found.newest).days} days")
        asked = "yes" if found.conditional else "no"
        click.echo(f"{line} {found.body:6} {asked:3} {'; '.join(filter(None, told))}".rstrip())
    say(f"{sum(found.failure is None for found in probes)} of {len(probes)} feeds can be read")


def _probe_row(found: Probe) -> dict[str, Any]:
    return {
        "name": found.feed.name,
        "url": found.feed.url,
        "status": found.status,
        "type": found.kind,
        "items": found.items,
        "newest": found.newest.isoformat() if found.newest else None,
        "span_hours": round(found.span_hours, 2) if found.span_hours is not None else None,
        "charset": found.charset,
        "full": round(found.full, 3),
        "body": found.body,
        "conditional": found.conditional,
        "moved_to": found.moved_to,
        "notes": list(found.notes),
        "error": found.failure.detail if found.failure else None,
        "error_kind": found.failure.kind if found.failure else None,
    }


@feeds.command()
@feeds_option
@click.argument("url")
@click.option("--name", help="What to call the outlet.  [default: the feed's own title]")
@click.option("--country", help="Two-letter code of the outlet.")
@click.option("--dry-run", is_flag=True, help="Only show what would be added.")
@click.pass_obj
def add(
    settings: Settings, path: Path | None, url: str, name: str | None, country: str | None, *, dry_run: bool
) -> int:
    """Find the feed at URL, the address of a feed or of a site's page, and add it to feeds.yaml."""
    from pipeline.client import Client
    from pipeline.discover import find_feed
    from pipeline.feeds import describe_found, user_agent
    from pipeline.records import Failure
    from pipeline.sandbox import Sandbox

    target = _writable(settings, path)
    listed = _load_or_empty(target)
    address = url if "://" in url else f"https://{url}"
    with Sandbox(1) as sandbox:
        found = find_feed(address, Client().get, sandbox, now=settings.now, agent=user_agent(listed.contact))
    if isinstance(found, Failure):
        raise UsageError(f"There is {found.detail}.")
    feed = describe_found(found, name=name, country=country)
    _append(target, [feed], dry_run=dry_run)
    return EXIT_DONE


@feeds.command("import")
@feeds_option
@click.argument("opml", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only show what would be added.")
@click.pass_obj
def import_opml(settings: Settings, path: Path | None, opml: Path, *, dry_run: bool) -> None:
    """Add the feeds of an OPML file, as other feed readers export it, that are not in feeds.yaml yet."""
    from pipeline.opml import read_opml

    _append(_writable(settings, path), read_opml(opml.read_bytes(), str(opml)), dry_run=dry_run)


@feeds.command("export")
@feeds_option
@click.argument("opml", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-")
@click.pass_obj
def export_opml(settings: Settings, path: Path | None, opml: Path) -> None:
    """Write the feeds that are read as OPML, to a file or to standard output."""
    from pipeline.feeds import load_feeds
    from pipeline.opml import write_opml

    text = write_opml(feed for feed in load_feeds(_path(settings, path)) if feed.enabled)
    if str(opml) == "-":
        click.echo(text, nl=False)
    else:
        opml.write_text(text, encoding="utf-8")


def _writable(settings: Settings, path: Path | None) -> Path:
    """Choose the file to add to: the one named, or the home's own, which begins as a copy of the one shipped."""
    target = path or settings.home / "feeds.yaml"
    if path is None and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(settings.find("feeds.yaml").read_bytes())
    return target


def _load_or_empty(target: Path) -> FeedList:
    from pipeline.feeds import FeedList, load_feed_list

    return load_feed_list(target) if target.exists() else FeedList(feeds=())


def _append(target: Path, wanted: Sequence[Feed], *, dry_run: bool) -> None:
    from pipeline.feeds import append_feeds, read_feed_list, write_entry

    old = target.read_bytes() if target.exists() else b"feeds: []\n"
    known = read_feed_list(old, str(target)).feeds
    urls, names = {feed.url for feed in known}, {feed.name for feed in known}
    fresh = [feed for feed in wanted if feed.url not in urls]
    if not fresh:
        say("nothing to add: feeds.yaml has it already")
        return
    named = [feed if feed.name not in names else _renamed(feed, names) for feed in fresh]
    for feed in named:
        click.echo(write_entry(feed), nl=False)
    if dry_run:
        return
    text = append_feeds(old.decode("utf-8"), named)
    if len(read_feed_list(text.encode(), str(target)).feeds) != len(known) + len(named):
        raise ConfigError(f"{target} does not end with its list of feeds; add the lines above to the list by hand.")
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)
    say(f"added {len(named)} to {target}; `svodka feeds check` probes them")


def _renamed(feed: Feed, names: set[str]) -> Feed:
    from dataclasses import replace
    from urllib.parse import urlsplit

    host = urlsplit(feed.url).hostname or ""
    number = 2
    name = f"{feed.name} ({host})"
    while name in names:
        name, number = f"{feed.name} ({host} {number})", number + 1
    return replace(feed, name=name)
