"""The weekly digest: shown, written to files, or sent."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.errors import EXIT_DONE, EXIT_LOOK, ConfigError, UsageError
from pipeline.store import Store, lock
from pipeline.store.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.desk import DeskFile, Subscriber
    from pipeline.digest.records import Digest
    from pipeline.digest.week import Week
    from pipeline.mail import Office, Sending
    from pipeline.records import Failure
    from pipeline.settings import Settings


@click.command()
@click.option("--week", metavar="2026-W47", help="The ISO week.  [default: the last full week]")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write letter, page, feed and calendar here."
)
@click.option("--send", is_flag=True, help="Send it to all who are to get it and have not.")
@click.option("--dry-run", is_flag=True, help="Write the letters as they would be sent, .eml, to --out instead.")
@click.option(
    "--to", "only", multiple=True, metavar="ADDRESS", help="Send to this address only, also one not subscribed."
)
@click.option("--as-of", metavar="ISO", help="As it was known at this moment.")
@click.option("--force", is_flag=True, help="Send even if the last run is old; with --to, send once more.")
@click.pass_obj
def digest(
    settings: Settings,
    *,
    week: str | None,
    out: Path | None,
    send: bool,
    dry_run: bool,
    only: tuple[str, ...],
    as_of: str | None,
    force: bool,
) -> int:
    """Show the digest of a week, write it to files, or send it.

    Without --out or --send the text of the letter is printed. A week that was sent is shown as it was sent; --force
    or --as-of makes it anew.

    Who gets it stands in subscribers.yaml, in whose name in desk.yaml, both in the home folder.
    The mail server comes from the environment: SMTP_HOST, SMTP_PORT, SMTP_SECURITY (starttls, tls, none),
    SMTP_USER, SMTP_PASSWORD or SMTP_PASSWORD_FILE, SMTP_CA_FILE.
    """
    from pipeline.desk import read_desk, read_subscribers
    from pipeline.digest.week import Week

    file = read_desk(settings)
    moment = _moment(as_of) if as_of else settings.now
    chosen = Week.read(week, file.zone) if week else Week.last_full(moment, file.zone)
    if send and as_of:
        raise UsageError("--as-of shows a digest of the past; it cannot be sent.")
    if only and not (send or dry_run):
        raise UsageError("--to goes with --send or --dry-run.")
    addresses = _addresses(only)
    if send and not dry_run:
        return _send(settings, file, chosen, addresses, force=force)
    with Store.read(settings.db) as store:
        made = _digest(store, file, chosen, now=settings.now, as_of=moment if as_of else None, anew=force)
        if dry_run:
            found = read_subscribers(settings)
            _refused(found.refused)
            folder = out or Path(f"digest-{chosen.id}")
            return _write_messages(store, file, made, subscribers=found.valid, addresses=addresses, folder=folder)
        if out:
            return _write(store, file, made, out)
        return _show(store, file, made, as_json=settings.json)


def _digest(store: Store, file: DeskFile, week: Week, *, now: datetime, as_of: datetime | None, anew: bool) -> Digest:
    from pipeline import __version__
    from pipeline.mail import digest_of_week

    return digest_of_week(store, week, now=now, as_of=as_of, anew=anew, made_by=__version__, file=file)


def _show(store: Store, file: DeskFile, made: Digest, *, as_json: bool) -> int:
    from pipeline.digest.records import to_json
    from pipeline.mail import desk_of
    from pipeline.outputs.letter import render_letter

    if as_json:
        click.echo(json.dumps(to_json(made), ensure_ascii=False, indent=1))
    else:
        click.echo(render_letter(made, desk_of(store, file)).text, nl=False)
    return EXIT_DONE


def _write(store: Store, file: DeskFile, made: Digest, folder: Path) -> int:
    from pipeline.mail import desk_of
    from pipeline.outputs import calendar
    from pipeline.outputs.atom import entries_of, write_atom
    from pipeline.outputs.calendar import write_calendar
    from pipeline.outputs.letter import render_letter, wording_of
    from pipeline.outputs.page import render_page

    desk = desk_of(store, file)
    link = f"{desk.pages}/digest/{made.week}" if desk.pages else f"urn:svodka:digest:{made.week}"
    letter = render_letter(made, desk)
    wording = wording_of(made, desk)
    meetings = [*made.coming, *made.called_off, *made.held]
    contents = {
        f"digest-{made.week}.html": letter.html.encode(),
        f"digest-{made.week}.txt": letter.text.encode(),
        f"digest-{made.week}-page.html": render_page(made, desk).encode(),
        f"digest-{made.week}.atom": write_atom(entries_of(made, desk), title=desk.title, link=link),
        f"meetings-{made.week}.ics": write_calendar(
            calendar.entries_of(meetings, wording, desk, changed_at=datetime.fromisoformat(made.made_at)),
            title=desk.title,
        ),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        write_whole(folder / name, [content])
        click.echo(folder / name)
    return EXIT_DONE


def _write_messages(
    store: Store,
    file: DeskFile,
    made: Digest,
    *,
    subscribers: Sequence[Subscriber],
    addresses: Sequence[str],
    folder: Path,
) -> int:
    from pipeline.desk import Subscriber
    from pipeline.mail import desk_of, digest_message

    wanted = {address.lower() for address in addresses}
    chosen = [each for each in subscribers if not wanted or each.address.lower() in wanted]
    known = {each.address.lower() for each in chosen}
    chosen += [Subscriber(address=address) for address in addresses if address.lower() not in known]
    desk = desk_of(store, file)
    folder.mkdir(parents=True, exist_ok=True)
    for each in chosen:
        path = folder / f"{each.address}.eml"
        write_whole(path, [digest_message(made, desk, file, each, "dry-run")])
        click.echo(path)
    if not chosen:
        click.echo("svodka: subscribers.yaml names nobody; give an address with --to.", err=True)
    return EXIT_DONE


def _send(settings: Settings, file: DeskFile, week: Week, addresses: Sequence[str], *, force: bool) -> int:
    from pipeline.desk import read_subscribers
    from pipeline.mail import StaleError, send_digest, send_note, send_proof
    from pipeline.store.week import newest_article

    found = read_subscribers(settings)
    _refused(found.refused)
    office = office_of(settings, file)
    known = {each.address.lower() for each in found.valid}
    strangers = [address for address in addresses if address.lower() not in known]
    if week.end > settings.now and not (addresses and len(strangers) == len(addresses)):
        raise UsageError(f"Week {week.id} ends on {week.sunday}; it cannot be sent before. A proof can: --to ADDRESS.")
    place = settings.db.with_name(settings.db.name + ".digest")
    with lock(place), Store.open(settings.db, create=False) as store:
        if strangers:
            made = _digest(store, file, week, now=settings.now, as_of=None, anew=force)
            tally = send_proof(store, made, strangers, office)
            click.echo(
                f"proof of {week.id}: sent={tally.sent} deferred={tally.deferred} refused={tally.refused}", err=True
            )
            if len(strangers) == len(addresses):
                return EXIT_DONE if tally.clean else EXIT_LOOK
        own = [address for address in addresses if address.lower() in known]
        try:
            sending = send_digest(store, week, found.valid, office, last=newest_article(store), only=own, force=force)
        except StaleError as error:
            send_note(
                store,
                office,
                letter=f"note-stale-{week.id}",
                subject=f"Сводка {week.id} не отправлена",
                text=f"{error}\n",
            )
            raise
        if not sending.tally.clean or sending.doubts:
            text = _report(sending)
            send_note(
                store,
                office,
                letter=f"note-{week.id}-{settings.now:%Y%m%dT%H%M%S}",
                subject=f"Сводка {week.id}: требуется внимание",
                text=text,
            )
    click.echo(_report(sending), err=True, nl=False)
    look = not sending.tally.clean or sending.doubts or sending.refused or found.refused
    return EXIT_LOOK if look else EXIT_DONE


def _report(sending: Sending) -> str:
    tally = sending.tally
    counts = f"deferred={tally.deferred} refused={tally.refused} unknown={tally.unknown}"
    lines = [f"digest {sending.week}: sent={tally.sent} before={sending.before} {counts}"]
    if tally.deferred:
        lines.append("Deferred letters are sent by the next `svodka digest --send`.")
    if sending.refused:
        lines.append(f"Refused for good: {', '.join(sending.refused)}. Mend the addresses in subscribers.yaml.")
    if sending.doubts:
        lines.append(
            f"In doubt, perhaps received: {', '.join(sending.doubts)}. Look into the log of the mail server; "
            f"`svodka digest --week {sending.week} --send --force --to ADDRESS` sends once more.",
        )
    return "\n".join(lines) + "\n"


def office_of(settings: Settings, file: DeskFile) -> Office:
    """Gather what is needed to send letters; raise ConfigError where the desk or the environment lacks something."""
    from pipeline import __version__
    from pipeline.deliver import Server
    from pipeline.mail import Office

    if file.sender is None:
        raise ConfigError("desk.yaml names no sender. Add a line such as  from: Сводка <digest@example.org>")
    return Office(
        file=file,
        server=Server.of(settings.env),
        clock=settings.clock,
        wait=time.sleep,
        made_by=__version__,
    )


def _addresses(only: Sequence[str]) -> list[str]:
    from pipeline.desk import valid_address

    found = []
    for text in only:
        address = valid_address(text)
        if address is None:
            raise UsageError(f"--to: {text!r} is no address.")
        found.append(address)
    return found


def _refused(refused: Sequence[Failure]) -> None:
    for failure in refused:
        click.echo(f"svodka: {failure.subject}: {failure.detail}", err=True)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of {text!r} is no ISO time, such as 2026-11-24T03:00:00+05:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
