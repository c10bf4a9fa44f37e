"""What is said to a person while work goes on: a bar on a terminal, nothing under cron."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show how far a long work is; yields a function that takes the number of things done since its last call."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=total or 0, label=label, file=sys.stderr, show_pos=True) as bar:
        yield bar.update


def say(line: str) -> None:
    """Tell a person one line, on standard error."""
    click.echo(line, err=True)
