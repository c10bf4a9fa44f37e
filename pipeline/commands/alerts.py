"""Alerts and what else goes out by mail after a nightly run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.errors import EXIT_DONE, EXIT_LOOK
from pipeline.store import Store, lock

if TYPE_CHECKING:
    from pipeline.settings import Settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what the rules find this week; remember and send nothing.")
@click.pass_obj
def alerts(settings: Settings, *, dry_run: bool) -> int:
    """Send a short letter for each new match of the rules in alerts.yaml, and digest letters still to be sent.

    Each match is told once. The nightly run does this by itself; the mail server is that of `svodka digest --send`.
    """
    if dry_run:
        with Store.read(settings.db) as store:
            return _show(settings, store)
    with Store.open(settings.db, create=False) as store:
        return after_run(settings, store)


def after_run(settings: Settings, store: Store) -> int:
    """Find and send alerts, and send letters that an earlier run left; returns an exit code.

    Without a rule and without unsent letters nothing happens and no mail server is needed. Raises ConfigError for a
    wrong file and MailError when the mail server cannot be used; the letters wait for the next run.
    """
    from pipeline import __version__
    from pipeline.alerts import find_alerts, send_alerts
    from pipeline.commands.digest import office_of
    from pipeline.desk import read_desk, read_rules
    from pipeline.mail import send_late_digests

    file, rules = read_desk(settings), read_rules(settings)
    with lock(settings.db.with_name(settings.db.name + ".digest")):
        found = find_alerts(store, file, rules, now=settings.now, made_by=__version__)
        for rule, count in found.items():
            if count:
                click.echo(f"alert {rule}: found={count}", err=True)
        if not (
            rules or store.value("SELECT 1 FROM deliveries WHERE state IN ('new', 'sending', 'closing', 'deferred')")
        ):
            return EXIT_DONE
        office = office_of(settings, file)
        tallies = {"alerts": send_alerts(store, office), "digests": send_late_digests(store, settings, office)}
    for name, tally in tallies.items():
        if tally.sent or not tally.clean:
            counts = f"sent={tally.sent} deferred={tally.deferred} refused={tally.refused} unknown={tally.unknown}"
            click.echo(f"{name}: {counts}", err=True)
    return EXIT_DONE if all(tally.clean for tally in tallies.values()) else EXIT_LOOK


def _show(settings: Settings, store: Store) -> int:
    from pipeline import __version__
    from pipeline.alerts import changes_now, matches
    from pipeline.desk import read_desk, read_rules

    file = read_desk(settings)
    changes, attention = changes_now(store, file, now=settings.now, made_by=__version__)
    for rule in read_rules(settings):
        for key, match in matches(rule, changes, attention):
            click.echo(f"{rule.name}\t{key}\t{match.title}")
    return EXIT_DONE
