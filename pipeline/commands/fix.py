"""A person's word: merging, splitting, correcting and rejecting what was derived from the articles."""

from __future__ import annotations

import json
import sys
from getpass import getuser
from typing import TYPE_CHECKING, Any

import click

from pipeline import __version__
from pipeline.store import Store, lock
from pipeline.store import corrections as fixing
from pipeline.store.resolution import resolve_new
from pipeline.store.telling import follow

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.resolve.mentions import Family
    from pipeline.settings import Settings

kind = click.argument("kind", type=click.Choice(["summit", "agreement"]))
of_articles = click.option(
    "--article", "articles", type=int, multiple=True, metavar="N", help="An article, by its number; can be repeated."
)


def authored(command: Callable[..., Any]) -> Callable[..., Any]:
    """Ask who corrects and why."""
    command = click.option("--why", required=True, metavar="TEXT", help="The reason, for those who read it later.")(
        command
    )
    return click.option("--by", metavar="NAME", default=getuser, show_default="the user's name", help="Who corrects.")(
        command
    )


@click.group()
def fix() -> None:
    """Correct what was derived; corrections are kept apart and hold whenever rows are derived again.

    \b
    svodka fix merge summit ID ID …               they are one meeting
    svodka fix split agreement ID --article 17    article 17 speaks of another agreement
    svodka fix set summit ID place Самарканд
    svodka fix reject agreement ID                it is no agreement
    svodka fix list, svodka fix undo N
    """


@fix.command()
@kind
@click.argument("keys", metavar="ID...", nargs=-1, required=True)
@authored
@click.pass_obj
def merge(settings: Settings, *, kind: Family, keys: tuple[str, ...], by: str, why: str) -> None:
    """Say that several records are one meeting or agreement."""
    _correct(
        settings, kind, keys[0], by=by, why=why, write=lambda store, author: fixing.merge(store, kind, keys, author)
    )


@fix.command()
@kind
@click.argument("key", metavar="ID")
@of_articles
@authored
@click.pass_obj
def split(settings: Settings, *, kind: Family, key: str, articles: tuple[int, ...], by: str, why: str) -> None:
    """Say that some articles of a record speak of another meeting or agreement."""
    if not articles:
        raise click.UsageError("Name the articles that speak of something else: --article N.")
    _correct(
        settings,
        kind,
        key,
        by=by,
        why=why,
        write=lambda store, author: fixing.split(store, kind, key, articles, author),
    )


@fix.command(name="set")
@kind
@click.argument("key", metavar="ID")
@click.argument("field")
@click.argument("value")
@authored
@click.pass_obj
def set_(settings: Settings, *, kind: Family, key: str, field: str, value: str, by: str, why: str) -> None:
    """Set a FIELD of a record: kind, status, name, subject, place, country, start, end, amount, currency.

    `start` of an agreement is the date of its status. An empty VALUE empties the field.
    """
    _correct(
        settings,
        kind,
        key,
        by=by,
        why=why,
        write=lambda store, author: fixing.set_field(store, kind, key, name=field, value=value, author=author),
    )


@fix.command()
@kind
@click.argument("key", metavar="ID")
@of_articles
@authored
@click.pass_obj
def reject(settings: Settings, *, kind: Family, key: str, articles: tuple[int, ...], by: str, why: str) -> None:
    """Say that a record is no meeting or agreement at all, or that what some of its articles say is none."""
    _correct(
        settings,
        kind,
        key,
        by=by,
        why=why,
        write=lambda store, author: fixing.reject(store, kind, key, articles, author),
    )


@fix.command(name="list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """List the corrections that hold, with who made them and why."""
    with Store.read(settings.db) as store:
        found = fixing.list_corrections(store)
    if settings.json:
        click.echo(json.dumps({"schema": "svodka.corrections.1", "corrections": found}, ensure_ascii=False, indent=1))
        return
    for row in found:
        what = f" {row['field']} = {row['value'] or '(nothing)'}" if row["field"] else ""
        click.echo(f"{row['id']}  {row['made_at'][:10]}  {row['person']}  {row['action']} {row['record_id']}{what}")
        click.echo(f"    {row['reason']}")
        if row["found"] < row["anchors"]:
            click.echo(f"    {row['anchors'] - row['found']} of its {row['anchors']} mentions are no longer found.")


@fix.command()
@click.argument("number", type=int)
@click.pass_obj
def undo(settings: Settings, number: int) -> None:
    """Take correction NUMBER back."""
    with lock(settings.db), Store.open(settings.db, create=False) as store:
        row = fixing.undo(store, number, settings.now)
        resolve_new(store, now=settings.now, made_by=_made_by(store, row["family"]))
        _report(store, row["family"], row["record_id"], f"Correction {number} is undone.")


def _correct(
    settings: Settings, family: Family, key: str, *, by: str, why: str, write: Callable[[Store, fixing.Author], int]
) -> None:
    author = fixing.Author(person=by, reason=why, now=settings.now)
    with lock(settings.db), Store.open(settings.db, create=False) as store:
        made_by = _made_by(store, family)
        with store.transaction():
            number = write(store, author)
            resolve_new(store, now=settings.now, made_by=made_by)
        _report(store, family, key, f"Correction {number} holds from now on.")


def _made_by(store: Store, family: Family) -> str:
    newest = store.value(f"SELECT max(made_by) FROM {family}_mentions")  # noqa: S608 - one of two names
    return newest or __version__


def _report(store: Store, family: Family, key: str, words: str) -> None:
    rows = follow(store, family, key)
    click.echo(words, err=True)
    for name in rows:
        click.echo(name)
    if not rows:
        click.echo(f"No row is left of {family} {key}.", err=True)
    sys.stdout.flush()
