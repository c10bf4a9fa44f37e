"""Whether the set-up is sound."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from pipeline.errors import EXIT_DONE, EXIT_LOOK

if TYPE_CHECKING:
    from pipeline.settings import Settings


@click.command()
@click.pass_obj
def doctor(settings: Settings) -> int:
    """Check the set-up: program, models, feeds, database, disk, mail, and how fresh the last night is.

    Every line says ok, look or bad; what to do stands beside it. Exit code 1 when anything is bad.
    """
    from pipeline.doctor import examine

    findings = list(examine(settings))
    if settings.json:
        click.echo(json.dumps([finding.figures() for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            click.echo(f"{finding.verdict:4} {finding.subject:14} {finding.detail}")
    return EXIT_LOOK if any(finding.verdict == "bad" for finding in findings) else EXIT_DONE
