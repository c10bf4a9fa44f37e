"""Keeping svodka running: safe copies of the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.store import Store

if TYPE_CHECKING:
    from pipeline.settings import Settings


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def backup(settings: Settings, target: Path) -> None:
    """Write a safe, checked copy of the database to TARGET, also while a run is going on."""
    with Store.read(settings.db) as store:
        store.backup(target)
    click.echo(target)
