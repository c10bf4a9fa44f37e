"""Alerts: rules over what changed, each match told once, in a short letter after the nightly run.

What changed is what the digest would tell: the changes and the troubles of this week and the last, so that a match has
the same name on every night and in both.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.deliver import Parcel, Tally, deliver
from pipeline.digest.records import Attention, Change, from_json, to_json
from pipeline.digest.tailor import concerns
from pipeline.digest.week import Week
from pipeline.mail import desk_of, envelope_to, know, make_digest, sender_of, waiting
from pipeline.outputs.alert import render_alert
from pipeline.outputs.message import write_message
from pipeline.store import deliveries as book
from pipeline.store.week import newest_article

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from pipeline.desk import DeskFile, Rule
    from pipeline.mail import Office
    from pipeline.store import Store

LIST_NAME = "alerts"
PREFIX = "alert-"
# A new rule tells what was published since the day before; older matches are only remembered.
FRESH = timedelta(days=1)
RETRY_FOR = timedelta(days=3)
EVENTS = {"announced": "meeting", "dated": "meeting", "step": "agreement"}

Match = Change | Attention


def matches(rule: Rule, changes: Iterable[Change], attention: Iterable[Attention]) -> list[tuple[str, Match]]:
    """Find what a rule asks for; each with the key that stays the same for ever. Pure."""
    found: list[tuple[str, Match]] = [
        (change.key, change)
        for change in changes
        if EVENTS.get(change.kind, change.kind) in rule.when
        and (not rule.statuses or change.kind != "step" or change.status in rule.statuses)
        and change.independent >= rule.sources
        and concerns(change.topics, change.states, rule.topics, rule.states)
    ]
    found += [
        (f"{item.kind}:{item.id}:{item.due or item.field}", item)
        for item in attention
        if item.kind in rule.when and concerns(item.topics, item.states, rule.topics, rule.states)
    ]
    return found


def changes_now(
    store: Store,
    file: DeskFile,
    *,
    now: datetime,
    made_by: str,
) -> tuple[tuple[Change, ...], tuple[Attention, ...]]:
    """Find what changed in this week and the last, and what needs attention."""
    this = Week.of(now.astimezone(_zone(file)).date(), file.zone)
    changes: dict[str, Change] = {}
    attention: dict[str, Attention] = {}
    for week in (this.earlier(), this):
        digest = make_digest(store, week, now=now, last=newest_article(store), made_by=made_by, file=file)
        changes |= {change.key: change for change in digest.changes}
        attention |= {f"{item.kind}{item.id}{item.field}": item for item in digest.attention}
    return tuple(changes.values()), tuple(attention.values())


def find_alerts(store: Store, file: DeskFile, rules: Sequence[Rule], *, now: datetime, made_by: str) -> dict[str, int]:
    """Remember every new match of every rule, for a letter each; returns how many each rule found.

    One transaction for each rule: a match is remembered together with the letters that tell of it.
    """
    changes, attention = changes_now(store, file, now=now, made_by=made_by) if rules else ((), ())
    counts = {}
    for rule in rules:
        found = matches(rule, changes, attention)
        letter = f"{PREFIX}{now:%Y%m%dT%H%M%S}-{list(rules).index(rule)}"
        with store.transaction():
            new_rule = not book.rule_known(store, rule.name)
            since = book.rule_since(store, rule.name, now=now)
            old = (since - FRESH).date().isoformat()
            silent = [each for each in found if new_rule and _published(each[1]) < old]
            told = [each for each in found if each not in silent]
            book.keep_alerts(store, rule.name, "", _contents(silent), now=now)
            counts[rule.name] = book.keep_alerts(store, rule.name, letter, _contents(told), now=now)
            if counts[rule.name]:
                active = know(store, rule.to, now=now)
                book.enrol(
                    store,
                    letter,
                    active,
                    message_id=lambda address, letter=letter: (  # type: ignore[misc]
                        envelope_to(file, letter, address, "", list_name=LIST_NAME).message_id
                    ),
                    now=now,
                )
    return counts


def send_alerts(store: Store, office: Office) -> Tally:
    """Send the letters of all matches that were found and not yet told."""
    now = office.clock()
    book.settle_doubts(store, now=now)
    parcels: list[Parcel] = []
    for letter in book.unfinished_letters(store, PREFIX, since=now - RETRY_FOR):
        addresses = waiting(store, letter)
        active = know(store, addresses, now=now)
        book.withdraw(store, letter, active, now=now)
        parcels += [_parcel(store, office.file, letter, address, token) for address, token in sorted(active.items())]
    return deliver(parcels, office.server, book.Book(store, office.clock), wait=office.wait)


def _parcel(store: Store, file: DeskFile, letter: str, address: str, token: str) -> Parcel:
    def message() -> bytes:
        found = book.alerts_of(store, letter)
        rule = found[0][0]
        told = [_read(content) for _, content in found]
        envelope = envelope_to(file, letter, address, token, list_name=LIST_NAME)
        way_out = envelope.unsubscribe_url or f"mailto:{envelope.unsubscribe_mail}"
        at = datetime.strptime(letter.split("-")[1] + "+0000", "%Y%m%dT%H%M%S%z").astimezone(_zone(file))
        short = render_alert(rule, told, desk_of(store, file), made_at=at, reader=address, unsubscribe=way_out)
        return write_message(envelope, subject=short.subject, text=short.text, html=short.html, date=at)

    return Parcel(letter=letter, address=address, bounces=sender_of(file).bounces, message=message)


def _contents(found: Iterable[tuple[str, Match]]) -> list[tuple[str, object]]:
    return [(key, {"type": type(match).__name__, **to_json(match)}) for key, match in found]


def _read(content: object) -> Match:
    assert isinstance(content, dict)
    kind: Mapping[str, type[Match]] = {"Change": Change, "Attention": Attention}
    return from_json(kind[content["type"]], {name: value for name, value in content.items() if name != "type"})


def _published(match: Match) -> str:
    sources = match.sources if isinstance(match, Change) else [each for value in match.values for each in value.sources]
    return max((source.published for source in sources), default="")


def _zone(file: DeskFile) -> ZoneInfo:
    from zoneinfo import ZoneInfo

    return ZoneInfo(file.zone)
