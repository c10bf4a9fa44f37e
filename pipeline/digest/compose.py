"""From the rows of a week to its Digest: what changed, what is ahead, what to look at, how complete it is. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline.digest.records import (
    Accord,
    Attention,
    Change,
    Count,
    Digest,
    Health,
    Meeting,
    Outcome,
    Silence,
    Source,
    Step,
    Value,
)
from pipeline.digest.russian import bind, clean, shorten
from pipeline.digest.titles import title_of_agreement, title_of_summit, with_preposition
from pipeline.digest.turns import turns_of_mentions
from pipeline.records import AGREEMENT_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.digest.rows import (
        AgreementRow,
        ArticleRow,
        FeedRow,
        MentionRow,
        StepRow,
        SummitRow,
        TurnRow,
        WeekRows,
    )
    from pipeline.digest.week import Week

MAX_SOURCES = 4  # articles named for one fact; the first is the one that told of it first
MAX_HEADLINE = 110
MAX_QUOTE = 280
MAX_LISTED = 200  # of each list; a digest is read, the database is searched
# A step dated further back than this is the past of an agreement that we met only now, not a change of this week.
RECENT_DAYS = 14
# A feed that used to bring something and brought less than this share of it is silent.
SILENT_SHARE = 0.02
USUAL_LEAST = 3.0
SILENT_HOURS = 48  # without an answer before the end of the week
SURE = 0.6  # confidence from which a record counts as read with certainty
THIN = 5  # rank from which a record has fewer than two known sides
WHOLE_DATE = 10  # characters of an ISO date
ORDER = {"cancelled": 0, "moved": 1, "step": 2, "held": 3, "dated": 4, "announced": 5, "contradiction": 6}


def compose(
    rows: WeekRows,
    week: Week,
    *,
    now: datetime,
    made_by: str,
    names: Mapping[str, str],
    region: Iterable[str] = (),
    least: float = 0.0,
) -> Digest:
    """Make the digest of a week as of `now`. The same rows give the same digest.

    `names` gives states their names; what concerns states of `region` is told first; a record with a confidence below
    `least` is not told but counted.
    """
    composer = _Composer(week, names, now, frozenset(region))
    # What has no two sides crosses no border, or was not understood; what was not read surely is often wrong. Both
    # stay in the database and are counted.
    summits = [(row, *composer.meeting(row)) for row in rows.summits]
    agreements = [(row, *composer.accord(row)) for row in rows.agreements]
    told = [(row.confidence, record.rank) for row, record, found in summits if found]
    told += [(row.confidence, record.rank) for row, record, found in agreements if found]
    meetings = [each for each in summits if each[1].rank < THIN and each[0].confidence >= least]
    accords = [(accord, found) for row, accord, found in agreements if accord.rank < THIN and row.confidence >= least]
    known = {accord.id: accord for accord, _ in accords}
    changes = [change for _, _, found in meetings for change in found]
    changes += [change for _, found in accords for change in found]
    changed = {change.id for change in changes}
    coming, held, called_off = composer.sort_meetings(
        [_with_outcomes(meeting, row, known) for row, meeting, _ in meetings],
        changed,
    )
    listed = [accord for accord, found in accords if found]
    attention = [
        *composer.conflicts(rows),
        *composer.overdue([meeting for _, meeting, _ in meetings], [accord for accord, _ in accords]),
    ]
    zone = ZoneInfo(week.zone)
    return Digest(
        week=week.id,
        starts=week.monday.isoformat(),
        ends=week.sunday.isoformat(),
        made_at=now.astimezone(zone).isoformat(timespec="seconds"),
        zone=week.zone,
        made_by=made_by,
        changes=tuple(sorted(changes, key=_weight)[:MAX_LISTED]),
        coming=tuple(coming[:MAX_LISTED]),
        held=tuple(held[:MAX_LISTED]),
        called_off=tuple(called_off[:MAX_LISTED]),
        accords=tuple(sorted(listed, key=_accord_weight)[:MAX_LISTED]),
        attention=tuple(attention[:MAX_LISTED]),
        topics=tuple(
            Count(name=name, title=title, now=count, before=before) for name, title, count, before in rows.topics
        ),
        weeks=tuple(Count(name=monday, now=stories, before=0) for monday, stories in rows.weeks),
        persons=tuple(Count(name=clean(name), now=count, before=before) for name, count, before in rows.persons),
        states=tuple(Count(name=code, now=count, before=before) for code, count, before in rows.states),
        health=_health(rows, week),
        past=sum(not found for _, found in accords),
        thin=sum(rank >= THIN for _, rank in told),
        unsure=sum(rank < THIN and confidence < least for confidence, rank in told),
    )


def _with_outcomes(meeting: Meeting, row: SummitRow, known: Mapping[str, Accord]) -> Meeting:
    from dataclasses import replace

    outcomes = tuple(
        Outcome(id=accord.id, title=accord.title, status=accord.status, kind=accord.kind)
        for accord in (known[key] for key in row.agreements if key in known)
    )
    return replace(meeting, outcomes=outcomes)


class _Composer:
    """What all records of one digest share: the week, its zone, the names of states."""

    def __init__(self, week: Week, names: Mapping[str, str], now: datetime, region: frozenset[str]) -> None:
        self.week, self.names, self.zone, self.region = week, names, ZoneInfo(week.zone), region
        self.monday, self.sunday = week.monday.isoformat(), week.sunday.isoformat()
        # The first day that is still ahead: the Monday after, or today while the week goes on.
        self.ahead = min(week.sunday + timedelta(days=1), now.astimezone(self.zone).date()).isoformat()

    def source(self, article: ArticleRow, quote: str = "") -> Source:
        title = clean(article.title) or clean(article.text.split("\n\n")[0])
        published = datetime.fromisoformat(article.published_at).astimezone(self.zone).date()
        return Source(
            article=article.id,
            title=shorten(title, MAX_HEADLINE),
            url=article.url if article.url.startswith(("http://", "https://")) else None,
            outlet=clean(article.outlet),
            published=published.isoformat(),
            quote=shorten(clean(quote), MAX_QUOTE),
        )

    def cite(self, mentions: Iterable[MentionRow], first: int | None = None) -> tuple[tuple[Source, ...], int]:
        """Choose the articles to name: one of each story, the first teller first; and count the stories."""
        ordered = sorted(
            mentions,
            key=lambda mention: (mention.article.id != first, mention.article.published_at, mention.article.id),
        )
        told: dict[int, MentionRow] = {}
        for mention in ordered:
            told.setdefault(mention.article.story, mention)
        chosen = tuple(self.source(mention.article, mention.quote) for mention in list(told.values())[:MAX_SOURCES])
        return chosen, len(told)

    def accord(self, row: AgreementRow) -> tuple[Accord, list[Change]]:
        """Make the record of an agreement, and its change of this week if there was one."""
        states, organizations = row.parties.get("state", ()), row.parties.get("organization", ())
        subject = with_preposition(row.subject, (*row.sentences, *(mention.quote for mention in row.mentions)))
        named = title_of_agreement(row.kind, subject, states=states, organizations=organizations, names=self.names)
        title = bind(row.title or named)
        rank = self.rank(states, organizations, (), row.confidence)
        before = [step for step in row.steps if not step.in_issue]
        fresh = [step for step in row.steps if step.in_issue and self.is_news(step, has_past=bool(before))]
        was = max(before, key=_rank, default=None)
        now = max(fresh, key=_rank, default=None)
        if (
            now is not None
            and was is not None
            and AGREEMENT_STATUSES.index(now.status) <= AGREEMENT_STATUSES.index(was.status)
        ):
            now = None  # a repetition of what was known, or a step backwards that resolution did not believe
        last = now or was or max(row.steps, key=_rank, default=None)
        status, when = (last.status, last.date) if last else (row.status, row.date)
        telling = [mention for mention in row.mentions if mention.article.in_issue]
        same = [mention for mention in telling if mention.status == status] or telling
        sources, independent = self.cite(same, now.article if now else None)
        late = now is not None and self.is_late(now.date, same)
        accord = Accord(
            id=row.id,
            title=title,
            kind=row.kind,
            status=status,
            date=when,
            was=was.status if was else None,
            was_date=was.date if was else None,
            states=states,
            organizations=organizations,
            topics=row.topics,
            amount=row.amount,
            currency=row.currency,
            independent=now.sources if now else independent,
            sources=sources,
            steps=tuple(Step(status=step.status, date=step.date, new=step.in_issue) for step in row.steps),
            late=late,
            rank=rank,
        )
        if now is None:
            return accord, []
        change = Change(
            key=f"step:{row.id}:{status}",
            kind="step",
            record="agreement",
            id=row.id,
            title=title,
            record_kind=row.kind,
            status=status,
            date=when,
            was=was.status if was else None,
            was_date=was.date if was else None,
            place=row.place,
            states=states,
            topics=row.topics,
            independent=accord.independent,
            sources=sources,
            late=late,
            rank=rank,
        )
        return accord, [change]

    def rank(
        self,
        states: Sequence[str],
        organizations: Sequence[str],
        persons: Sequence[str],
        confidence: float,
    ) -> int:
        """Tell how soon a record is told: first what concerns the desk's states, has two sides and was read surely."""
        own = min(2, len(self.region & set(states))) if self.region else 0
        thin = len(states) + len(organizations) < 2 and (len(states) == 0 or len(persons) < 2)  # noqa: PLR2004 - two sides
        return 10 * thin - 2 * own + (0 if confidence >= SURE else 1)

    def is_news(self, step: StepRow, *, has_past: bool) -> bool:
        """Tell a step of these days from the background that articles recall."""
        if step.date is None:
            # "Действует" with no date says how things stand, and is news only after another step was known.
            return has_past or step.status not in {"in_force", "terminated"}
        if step.status == "planned":
            return step.date >= self.monday[: len(step.date)]
        recent = (self.week.monday - timedelta(days=RECENT_DAYS)).isoformat()
        return step.date[:WHOLE_DATE] >= recent[: len(step.date)] if len(step.date) > len("2026") else has_past

    def is_late(self, when: str | None, mentions: Sequence[MentionRow]) -> bool:
        """Tell whether the event itself lies before this week, or every article that tells of it does."""
        if when and len(when) == WHOLE_DATE and when < self.monday:
            return True
        return bool(mentions) and all(mention.article.late for mention in mentions)

    def meeting(self, row: SummitRow) -> tuple[Meeting, list[Change]]:
        """Make the record of a meeting, and its changes of this week."""
        states = row.participants.get("state", ())
        organizations, persons = row.participants.get("organization", ()), row.participants.get("person", ())
        title = bind(
            title_of_summit(
                row.kind, row.name, states=states, organizations=organizations, persons=persons, names=self.names
            ),
        )
        telling = [mention for mention in row.mentions if mention.article.in_issue]
        earlier = [mention for mention in row.mentions if not mention.article.in_issue]
        alike = {"held", "ongoing"} if row.status in {"held", "ongoing"} else {row.status}
        same = [mention for mention in telling if mention.status in alike] or telling or earlier
        sources, independent = self.cite(same)
        turns = row.turns or turns_of_mentions(row)
        moved = next((turn for turn in reversed(turns) if turn.kind == "moved"), None)
        late = self.is_late(row.end or row.start, same) if telling else False
        start = row.start or next((turn.date for turn in turns if turn.kind == "held" and turn.date), None)
        past = row.end or row.start
        meeting = Meeting(
            id=row.id,
            title=title,
            kind=row.kind,
            status=row.status,
            start=start,
            end=row.end,
            place=clean(row.place) if row.place else None,
            country=row.country,
            states=states,
            persons=persons,
            organizations=organizations,
            topics=row.topics,
            independent=independent,
            sources=sources,
            new=not earlier,
            moved_from=(moved.was, moved.was_end) if moved else (),
            late=late,
            unconfirmed=row.status == "planned" and past is not None and past < self.ahead[: len(past)],
            sequence=max(0, len(turns) - 1),
            rank=self.rank(states, organizations, persons, row.confidence),
        )
        over = {"announced", "dated"} if row.status in {"held", "cancelled"} else set()
        news = [
            turn for turn in turns if turn.in_issue and turn.kind not in over and self.is_turn_news(turn, row.start)
        ]
        return meeting, [self.turn(meeting, turn) for turn in _telling(news)]

    def is_turn_news(self, turn: TurnRow, start: str | None) -> bool:
        """Tell a turn of these days from the background that articles recall."""
        day = turn.date or start
        recent = (self.week.monday - timedelta(days=RECENT_DAYS)).isoformat()
        if day is None:
            # "Состоялись" with no day, told by one source, is more often a meeting of the past than of this week:
            # of nine such in a week that was read against its articles two were new.
            return turn.kind != "held" or turn.sources > 1
        if turn.kind in {"announced", "dated"}:
            return day >= self.monday[: len(day)]
        return len(day) > len("2026") and day >= recent[: len(day)]

    def turn(self, meeting: Meeting, turn: TurnRow) -> Change:
        kind = turn.kind if turn.kind in ORDER else "announced"
        day = turn.date or meeting.start
        return Change(
            key=f"{kind}:{meeting.id}" + (f":{turn.date}" if kind == "moved" else ""),
            kind=kind,  # type: ignore[arg-type]
            record="summit",
            id=meeting.id,
            title=meeting.title,
            record_kind=meeting.kind,
            status=meeting.status,
            date=day,
            end=turn.end or (meeting.end if day == meeting.start else None),
            was_date=turn.was,
            was_end=turn.was_end,
            place=meeting.place,
            states=meeting.states,
            topics=meeting.topics,
            independent=max(turn.sources, meeting.independent if turn.kind == "held" else 0),
            sources=meeting.sources,
            late=meeting.late,
            rank=meeting.rank,
        )

    def sort_meetings(
        self,
        meetings: Sequence[Meeting],
        changed: set[str],
    ) -> tuple[list[Meeting], list[Meeting], list[Meeting]]:
        """Part meetings into those ahead, those of this week and those called off this week, each in reading order."""
        after = self.ahead
        coming = [
            meeting
            for meeting in meetings
            if meeting.status in {"planned", "ongoing"}
            and (
                meeting.start >= after[: len(meeting.start)]
                if meeting.start
                else meeting.new and meeting.status == "planned"
            )
        ]
        held = [
            meeting
            for meeting in meetings
            if meeting.status in {"held", "ongoing"}
            and meeting not in coming
            and (self.is_of_week(meeting) or meeting.id in changed or (meeting.start is None and meeting.new))
        ]
        called_off = [meeting for meeting in meetings if meeting.status == "cancelled" and meeting.id in changed]
        by_date = [
            sorted(some, key=lambda meeting: (meeting.start or "9", meeting.title)) for some in (coming, called_off)
        ]
        return by_date[0], sorted(held, key=_meeting_weight), by_date[1]

    def is_of_week(self, meeting: Meeting) -> bool:
        start, end = meeting.start, meeting.end or meeting.start
        return bool(start and end and len(start) == WHOLE_DATE and start <= self.sunday and end >= self.monday)

    def overdue(self, meetings: Sequence[Meeting], accords: Sequence[Accord]) -> list[Attention]:
        """Find what was to happen by the end of the week and of which no source says that it did."""
        since = (self.week.monday - timedelta(days=RECENT_DAYS)).isoformat()
        found: list[Attention] = []
        for meeting in meetings:
            due = meeting.end or meeting.start
            if meeting.unconfirmed and due and len(due) == WHOLE_DATE and due >= since:
                found.append(_silence("summit", meeting, due, new=due >= self.monday))
        found += [
            _silence("agreement", accord, accord.date, new=accord.date >= self.monday)
            for accord in accords
            if accord.status == "planned" and accord.date and since <= accord.date < self.ahead
        ]
        return sorted(found, key=lambda item: (not item.new, item.due or "", item.id))

    def conflicts(self, rows: WeekRows) -> list[Attention]:
        """Tell where sources of this week contradict others."""
        known: dict[tuple[str, str], SummitRow | AgreementRow] = {("summit", row.id): row for row in rows.summits}
        known |= {("agreement", row.id): row for row in rows.agreements}
        found = []
        for conflict in rows.conflicts:
            row = known.get((conflict.record, conflict.id))
            if row is None or not conflict.in_issue:
                continue
            record = self.meeting(row)[0] if conflict.record == "summit" else self.accord(row)[0]  # type: ignore[arg-type]
            found.append(
                Attention(
                    kind="contradiction",
                    record="summit" if conflict.record == "summit" else "agreement",
                    id=record.id,
                    title=record.title,
                    record_kind=record.kind,
                    field=conflict.field,
                    values=tuple(
                        Value(value=value, sources=tuple(self.source(article) for article in articles[:2]))
                        for value, articles in conflict.values
                    ),
                    states=record.states,
                    topics=record.topics,
                    new=True,
                ),
            )
        return found


def _telling(turns: Sequence[TurnRow]) -> list[TurnRow]:
    """Keep of several turns in one week the one that says most: held over announced, moved over dated."""
    last: dict[str, TurnRow] = {turn.kind: turn for turn in turns}
    for kind in ("cancelled", "held"):
        if kind in last:
            return [last[kind]]
    if "moved" in last:
        return [last["moved"]]
    return list(last.values())[:1] if "announced" not in last else [last["announced"]]


def _silence(record: str, item: Meeting | Accord, due: str, *, new: bool) -> Attention:
    return Attention(
        kind="overdue",
        record="summit" if record == "summit" else "agreement",
        id=item.id,
        title=item.title,
        record_kind=item.kind,
        field="date",
        values=(Value(value=due, sources=item.sources[:1]),),
        states=item.states,
        topics=item.topics,
        due=due,
        new=new,
    )


def _rank(step: StepRow) -> tuple[int, str]:
    return AGREEMENT_STATUSES.index(step.status), step.date or ""


def _weight(change: Change) -> tuple[object, ...]:
    planned = change.kind == "step" and change.status == "planned"
    return (
        change.late,
        change.date is None and change.independent == 1,  # told by one source, and not when: the least sure
        ORDER["announced"] if planned else ORDER[change.kind],
        change.rank,
        -change.independent,
        -AGREEMENT_STATUSES.index(change.status) if change.kind == "step" else 0,
        change.date or "9",
        change.id,
    )


def _accord_weight(accord: Accord) -> tuple[object, ...]:
    return (
        -AGREEMENT_STATUSES.index(accord.status),
        accord.late,
        accord.rank,
        -accord.independent,
        accord.date or "9",
        accord.id,
    )


def _meeting_weight(meeting: Meeting) -> tuple[object, ...]:
    kinds = ("summit", "council", "talks", "forum")
    undated = meeting.start is None or len(meeting.start) != WHOLE_DATE
    return (
        meeting.late,
        undated,
        meeting.rank,
        -meeting.independent,
        kinds.index(meeting.kind),
        meeting.start or "9",
        meeting.id,
    )


def _health(rows: WeekRows, week: Week) -> Health:
    archive = rows.articles > 0 and not any(feed.read for feed in rows.feeds)
    quiet_since = (week.end - timedelta(hours=SILENT_HOURS)).isoformat()
    silent = (
        [] if archive else [found for feed in rows.feeds if (found := _silent(feed, week, quiet_since)) is not None]
    )
    return Health(
        feeds=len(rows.feeds),
        heard=len(rows.feeds) - len(silent),
        silent=tuple(silent),
        gaps=tuple(Count(name=feed.name, now=feed.gaps, before=0) for feed in rows.feeds if feed.gaps),
        articles=rows.articles,
        stories=rows.stories,
        stories_before=rows.weeks[-2][1] if len(rows.weeks) > 1 else 0,
        unread=rows.unread,
        cut=rows.cut,
        late=rows.late,
        guessed=rows.guessed,
        nights_missed=0 if archive else max(0, 7 - rows.days_with_run),
        runs=rows.runs,
        archive=archive,
    )


def _silent(feed: FeedRow, week: Week, quiet_since: str) -> Silence | None:
    """Tell whether a feed fell silent: it did not answer, or it answers and brings nothing of what it used to."""
    since = None
    if feed.last_ok_at:
        since = datetime.fromisoformat(feed.last_ok_at).astimezone(ZoneInfo(week.zone)).date().isoformat()
    if not feed.read or (feed.last_ok_at or "") < quiet_since:
        return Silence(feed=feed.name, since=since, reason=clean(feed.error or "не отвечала"))
    if feed.usual >= USUAL_LEAST and feed.articles < feed.usual * SILENT_SHARE:
        return Silence(feed=feed.name, since=since, reason="отвечает, но нового нет")
    return None
