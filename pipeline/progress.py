"""What is said to a person while work goes on: a bar on a terminal, nothing under cron."""

from __future__ import annotations

import json
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from pipeline.addresses import hide_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PLAIN = re.compile(r"[\w.:/+-]+")  # values that need no quotes


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
    click.echo(hide_secrets(line), err=True)


def log(facts: Mapping[str, object], *, as_json: bool = False) -> None:
    """Tell one line of facts, as key=value or as a JSON object; what strangers wrote cannot break the line."""
    if as_json:
        say(json.dumps(facts, ensure_ascii=False))
    else:
        say(" ".join(f"{key}={_plain(value)}" for key, value in facts.items()))


def _plain(value: object) -> str:
    text = str(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
