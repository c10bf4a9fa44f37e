"""From a week of rows to letters in the mail: make the digest, keep it, remember every letter, send it, mark it.

The order makes every crash harmless: the digest is kept and its letters are remembered in one transaction; each letter
is sent by itself and its ledger entry is on the disk before the next step; a later run sends what is still unsent.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import astuple, dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from pipeline.deliver import Parcel, Tally, deliver
from pipeline.desk import DEFAULTS
from pipeline.digest.compose import compose
from pipeline.digest.records import Digest, from_json, to_json
from pipeline.digest.tailor import tailor
from pipeline.errors import ConfigError, SvodkaError
from pipeline.outputs.letter import Desk, render_letter
from pipeline.outputs.message import Envelope, write_message
from pipeline.store import deliveries as book
from pipeline.store.asking import state_names
from pipeline.store.known import as_known
from pipeline.store.week import newest_article, read_week

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from pipeline.deliver import Server
    from pipeline.desk import DeskFile, Sender, Subscriber
    from pipeline.digest.week import Week
    from pipeline.settings import Settings
    from pipeline.store import Store

MAX_AGE = timedelta(hours=36)  # of the last nightly run; older rows would tell an old week as news
RETRY_FOR = timedelta(days=5)  # a digest that arrives later is no news
LIST_NAME = "digest"


class StaleError(SvodkaError):
    """The nightly run is too old to send a digest of its rows."""


@dataclass(slots=True)
class Sending:
    """What sending a digest came to."""

    week: str
    tally: Tally = field(default_factory=Tally)
    before: int = 0  # letters that had been sent earlier
    doubts: tuple[str, ...] = ()  # addresses whose letter may or may not have been taken
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What is needed to send: the desk's settings, the server, the clock, patience."""

    file: DeskFile
    server: Server
    clock: Callable[[], datetime]
    wait: Callable[[float], None]
    made_by: str


def make_digest(
    store: Store,
    week: Week,
    *,
    now: datetime,
    last: int,
    made_by: str,
    file: DeskFile = DEFAULTS,
) -> Digest:
    """Make the digest of a week out of the articles up to id `last`, of all that is known now."""
    rows = read_week(store, week, last=last, previous=book.last_article_before(store, week.id), until=now)
    return compose(
        rows, week, now=now, made_by=made_by, names=state_names(store), region=file.region, least=file.confidence
    )


def recall_digest(store: Store, week: Week, *, moment: datetime, made_by: str, file: DeskFile) -> Digest:
    """Make the digest of a week as it would have been made at a moment of the past."""
    with as_known(store, moment):
        return make_digest(store, week, now=moment, last=newest_article(store), made_by=made_by, file=file)


def kept_digest(store: Store, week: str) -> Digest | None:
    """Read the digest of a week as it was sent, or None."""
    found = book.kept_digest(store, week)
    return from_json(Digest, json.loads(found.content)) if found else None


def digest_of_week(
    store: Store,
    week: Week,
    *,
    now: datetime,
    made_by: str,
    as_of: datetime | None = None,
    anew: bool = False,
    file: DeskFile = DEFAULTS,
) -> Digest:
    """Give the digest of a week: as it was sent, unless `as_of` or `anew`; else as it stands, or stood in its time."""
    kept = None if anew or as_of else kept_digest(store, week.id)
    if kept is not None:
        return kept
    # What came in more than a week after the end of a week is no longer of its digest.
    moment = min(as_of or now, week.end + timedelta(days=7))
    if moment < now:
        return recall_digest(store, week, moment=moment, made_by=made_by, file=file)
    return make_digest(store, week, now=now, last=newest_article(store), made_by=made_by, file=file)


def desk_of(store: Store, file: DeskFile) -> Desk:
    """Give renderings what they need to know of the desk."""
    titles = {row["name"]: row["title"].lower() for row in store.rows("SELECT name, title FROM topics")}
    return Desk(title=file.title, pages=file.pages, names=state_names(store), topic_words=titles)


def check_fresh(store: Store, now: datetime) -> None:
    """Raise StaleError unless a nightly run ended in the last 36 hours."""
    ended = book.last_run_at(store)
    if ended is None or now - ended > MAX_AGE:
        when = f"ended {ended:%Y-%m-%d %H:%M} UTC" if ended else "never ended"
        raise StaleError(f"The last nightly run {when}; the digest was not sent. Run `svodka run`, then send again.")


def send_digest(
    store: Store,
    week: Week,
    subscribers: Sequence[Subscriber],
    office: Office,
    *,
    last: int,
    only: Sequence[str] = (),
    force: bool = False,
) -> Sending:
    """Send the digest of a week to all who are to get it and have not; `force` sends to `only` once more."""
    now = office.clock()
    sending = Sending(week.id)
    desk = desk_of(store, office.file)
    book.settle_doubts(store, now=now)
    active = know(store, [each.address for each in subscribers], now=now)
    digest = kept_digest(store, week.id)
    if digest is None:
        if not force:
            check_fresh(store, now)
        digest = make_digest(store, week, now=now, last=last, made_by=office.made_by, file=office.file)
    with store.transaction():
        book.keep_digest(
            store,
            week=week.id,
            starts=digest.starts,
            ends=digest.ends,
            made_at=now,
            last=last,
            subject=render_letter(digest, desk).subject,
            content=json.dumps(to_json(digest), ensure_ascii=False),
            made_by=office.made_by,
        )
        _enrol(store, week.id, active, office, digest=week.id)
    book.withdraw(store, week.id, active, now=now)
    if force and only:
        book.reopen(store, week.id, only, now=now)
    wanted = {address.lower() for address in only}
    known = {each.address.lower(): each for each in subscribers}
    open_letters = []
    for item in book.deliveries_of(store, week.id):
        if item.state == "sent":
            sending.before += 1
        elif item.state in book.UNFINISHED and (not wanted or item.address.lower() in wanted):
            open_letters.append(item.address)
    parcels = [
        digest_parcel(digest, desk, office.file, known[address.lower()], active[address])
        for address in open_letters
        if address in active
    ]
    sending.tally = deliver(parcels, office.server, book.Book(store, office.clock), wait=office.wait)
    after = book.deliveries_of(store, week.id)
    sending.doubts = tuple(item.address for item in after if item.state == "unknown")
    sending.refused = tuple(item.address for item in after if item.state == "refused")
    return sending


def send_late_digests(store: Store, settings: Settings, office: Office) -> Tally:
    """Send what is unsent of the digests of the last days; after that they are no news, and stay as they are."""
    from pipeline.desk import read_subscribers
    from pipeline.digest.week import Week

    now, tally = office.clock(), Tally()
    subscribers = read_subscribers(settings).valid
    for letter in book.unfinished_letters(store, "[0-9]", since=now - RETRY_FOR):
        kept = book.kept_digest(store, letter)
        if kept is not None:
            week = Week.read(letter, office.file.zone)
            found = send_digest(store, week, subscribers, office, last=kept.last_article_id).tally
            tally = Tally(*(a + b for a, b in zip(astuple(tally), astuple(found), strict=True)))
    return tally


def digest_parcel(digest: Digest, desk: Desk, file: DeskFile, subscriber: Subscriber, token: str) -> Parcel:
    """Make the parcel of one subscriber, with the topics and states that they asked for."""
    sender = sender_of(file)
    return Parcel(
        letter=digest.week,
        address=subscriber.address,
        bounces=bounce_address(sender.bounces, subscriber.address),
        message=lambda: digest_message(digest, desk, file, subscriber, token),
    )


def digest_message(digest: Digest, desk: Desk, file: DeskFile, subscriber: Subscriber, token: str) -> bytes:
    """Write the message of one subscriber; the same digest gives the same bytes."""
    from datetime import datetime

    envelope = envelope_to(file, digest.week, subscriber.address, token, list_name=LIST_NAME)
    mine = tailor(digest, topics=subscriber.topics, states=subscriber.states)
    way_out = envelope.unsubscribe_url or f"mailto:{envelope.unsubscribe_mail}"
    letter = render_letter(mine, desk, reader=subscriber.address, unsubscribe=way_out)
    date = datetime.fromisoformat(digest.made_at)
    return write_message(envelope, subject=letter.subject, text=letter.text, html=letter.html, date=date)


def envelope_to(file: DeskFile, letter: str, address: str, token: str, *, list_name: str) -> Envelope:
    """Make the envelope of a letter to a subscriber, with the ways to be spared further ones."""
    sender = sender_of(file)
    mailbox = sender.reply_to or sender.address
    return Envelope(
        letter=letter,
        sender=sender,
        to=address,
        list_name=list_name,
        unsubscribe_url=f"{file.pages}/unsubscribe/{token}" if file.pages else None,
        unsubscribe_mail=f"{mailbox}?subject=unsubscribe%20{quote(token, safe='')}",
        one_click=file.one_click,
    )


def bounce_address(bounces: str, reader: str) -> str:
    """Write the reader's address into that of the envelope, so that a late refusal names its reader (VERP)."""
    local, _, domain = bounces.rpartition("@")
    marked = f"{local}+{reader.replace('@', '=')}"
    return f"{marked}@{domain}" if len(marked) <= 64 else bounces  # noqa: PLR2004 - RFC 5321, 4.5.3.1.1


def send_proof(store: Store, digest: Digest, addresses: Sequence[str], office: Office) -> Tally:
    """Send a digest to addresses that are no subscribers, to look at; it is not kept, and goes out each time."""
    from pipeline.desk import Subscriber

    now, desk = office.clock(), desk_of(store, office.file)
    letter = f"proof-{digest.week}-{now:%Y%m%dT%H%M%S}"
    _enrol(store, letter, addresses, office)
    parcels = [
        replace(digest_parcel(digest, desk, office.file, Subscriber(address=address), "proof"), letter=letter)
        for address in addresses
    ]
    return deliver(parcels, office.server, book.Book(store, office.clock), wait=office.wait)


def send_note(store: Store, office: Office, *, letter: str, subject: str, text: str) -> Tally:
    """Tell the operator something, once for each name of a letter; without an operator nothing is sent."""
    operator = office.file.operator
    if operator is None or office.file.sender is None:
        return Tally()
    sender, now = office.file.sender, office.clock()
    envelope = Envelope(letter=letter, sender=sender, to=operator)
    _enrol(store, letter, [operator], office)
    parcels = [
        Parcel(
            letter=letter,
            address=address,
            bounces=sender.bounces,
            message=lambda: write_message(envelope, subject=subject, text=text, html=None, date=now),
        )
        for address in waiting(store, letter)
    ]
    return deliver(parcels, office.server, book.Book(store, office.clock), wait=office.wait, waits=())


def know(store: Store, addresses: Iterable[str], *, now: datetime) -> dict[str, str]:
    """Remember addresses; gives the token of each that may be written to."""
    return book.know_subscribers(store, addresses, now=now, token=_token)


def waiting(store: Store, letter: str) -> list[str]:
    """List the addresses to which a letter is still to go."""
    return [item.address for item in book.deliveries_of(store, letter) if item.state in book.UNFINISHED]


def _enrol(
    store: Store,
    letter: str,
    addresses: Iterable[str],
    office: Office,
    *,
    digest: str | None = None,
) -> None:
    sender = sender_of(office.file)

    def message_id(address: str) -> str:
        return Envelope(letter=letter, sender=sender, to=address).message_id

    book.enrol(store, letter, addresses, message_id=message_id, now=office.clock(), digest=digest)


def sender_of(file: DeskFile) -> Sender:
    """Give the sender of a desk; raise ConfigError where none is set."""
    if file.sender is None:
        raise ConfigError("desk.yaml names no sender. Add a line such as  from: Сводка <digest@example.org>")
    return file.sender


def _token() -> str:
    return secrets.token_urlsafe(12)  # 96 bits, and short enough that the header line is not folded
