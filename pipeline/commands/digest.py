"""The weekly digest: shown, written to files, or sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.store import Store

if TYPE_CHECKING:
    from pipeline.desk import DeskFile
    from pipeline.digest.records import Digest
    from pipeline.outputs.letter import Desk
    from pipeline.settings import Settings


@click.command()
@click.option("--week", metavar="2026-W47", help="The ISO week.  [default: the last full week]")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write letter, page and calendar here.")
@click.pass_obj
def digest(settings: Settings, week: str | None, out: Path | None) -> None:
    """Show the digest of a week, write it to files, or send it.

    Without --out or --send the text of the letter is printed.
    """
    from pipeline.desk import read_desk
    from pipeline.digest.records import to_json
    from pipeline.digest.week import Week
    from pipeline.outputs.letter import render_letter

    file = read_desk(settings)
    chosen = Week.read(week, file.zone) if week else Week.last_full(settings.now, file.zone)
    with Store.read(settings.db) as store:
        made = _make(settings, store, chosen)
    desk = _desk(settings, file)
    letter = render_letter(made, desk)
    if out:
        for path in _write(out, made, letter.html, letter.text):
            click.echo(path)
    elif settings.json:
        click.echo(json.dumps(to_json(made), ensure_ascii=False, indent=1))
    else:
        click.echo(letter.text, nl=False)


def _make(settings: Settings, store: Store, week: object) -> Digest:
    from pipeline import __version__
    from pipeline.digest.compose import compose
    from pipeline.digest.russian import state_names
    from pipeline.digest.week import Week
    from pipeline.store.week import newest_article, read_week

    assert isinstance(week, Week)
    rows = read_week(store, week, last=newest_article(store), previous=None, thresholds={})
    return compose(
        rows, week, now=settings.now, made_by=__version__, names=state_names(settings.find("models/states.yaml"))
    )


def _desk(settings: Settings, file: DeskFile) -> Desk:
    from pipeline.digest.russian import state_names
    from pipeline.outputs.letter import Desk

    return Desk(
        title=file.title, pages=file.pages, names=state_names(settings.find("models/states.yaml")), topic_words={}
    )


def _write(folder: Path, made: Digest, html: str, text: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for ending, content in (("html", html), ("txt", text)):
        path = folder / f"digest-{made.week}.{ending}"
        path.write_text(content, encoding="utf-8")
        written.append(path)
    return written
