"""Records of a digest as Russian phrases: one place for all renderings, so that letter, page and feed say the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.digest.russian import (
    AGREEMENT_NOUNS,
    EM_DASH,
    NBSP,
    SUMMIT_NOUNS,
    agreement_word,
    at,
    bind,
    capital,
    counted,
    day,
    days,
    days_to_go,
    gender_of,
    money,
    moved_word,
    plural,
    quote,
    summit_word,
    was_planned_word,
)
from pipeline.digest.titles import sides

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from pipeline.digest.records import Accord, Attention, Change, Digest, Health, Meeting, Silence, Source

TOPIC_WORDS = {"energy": "энергетика", "transport": "транспорт", "culture": "культура"}
FIELDS = {
    "status": "статус",
    "date": "дата",
    "status_date": "дата",
    "start": "дата",
    "start_date": "дата",
    "end": "дата окончания",
    "end_date": "дата окончания",
    "place": "место",
    "country": "страна",
    "kind": "вид документа",
    "amount": "сумма",
    "planned_date": "срок",
    "agreed_date": "дата согласования",
    "signed_date": "дата подписания",
    "ratified_date": "дата ратификации",
    "in_force_date": "дата вступления в силу",
    "terminated_date": "дата прекращения",
}
STATUS_GROUPS = {
    "terminated": "Прекращены",
    "in_force": "Действуют",
    "ratified": "Ратифицированы",
    "signed": "Подписаны",
    "agreed": "Согласованы",
    "planned": "Готовятся",
}
ARROW = f"{NBSP}→ "


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The phrases of one digest: which year goes without saying, how states are called, what day it is read."""

    year: int
    names: Mapping[str, str]
    topic_words: Mapping[str, str]
    today: date  # days to go are counted from here

    def gender(self, record: str, kind: str, title: str) -> str:
        """Find the gender of a record's title."""
        nouns = SUMMIT_NOUNS if record == "summit" else AGREEMENT_NOUNS
        return gender_of(title, nouns[kind][1])

    def lead(self, change: Change) -> str:
        """Say what a record became: «Подписано 20 ноября»."""
        gender = self.gender(change.record, change.record_kind, change.title)
        when = self.days(change.date, change.end)
        if change.kind == "step":
            said = self._step(change, agreement_word(change.status, gender, change.record_kind))
        elif change.kind == "moved":
            said = f"{moved_word(gender)}: {self.days(change.was_date, change.was_end)}{ARROW}{when}"
        elif change.kind == "announced":
            said = self._announced(change, gender)
        elif change.kind == "held" and change.status == "ongoing" and change.date:
            said = f"{summit_word('ongoing', gender)}, сообщено {when}"
        elif change.kind == "held":
            said = (
                f"{summit_word('held', gender)} {self.at(change.date, change.end)}"
                if change.date
                else f"{summit_word('held', gender)}, дата не названа"
            )
        elif change.kind == "dated":
            said = f"названа дата: {when}"
        else:
            said = summit_word("cancelled", gender) if change.kind == "cancelled" else "источники расходятся"
        return capital(said)

    def _step(self, change: Change, word: str) -> str:
        if not change.date:
            return word if change.status == "planned" else f"{word}, дата не названа"
        if change.status == "planned":
            was = "было " if self._is_past(change.date) else ""
            return f"{word}, {was}намечено на{NBSP}{self.day(change.date)}"
        if change.status == "in_force":
            return f"{word} ({self.day(change.date)})"
        return f"{word} {self.at(change.date)}"

    def _announced(self, change: Change, gender: str) -> str:
        if not change.date:
            return "готовится, дата не названа"
        if self._is_past(change.end or change.date):
            return f"{was_planned_word(gender)} на{NBSP}{self.days(change.date, change.end)}"
        return f"{summit_word('planned', gender)} {self.at(change.date, change.end)}"

    def _is_past(self, day: str) -> bool:
        return day < self.today.isoformat()[: len(day)]

    def was(self, change: Change) -> str:
        """Say what it was before: «ранее: согласовано 3 октября», «впервые в базе», or nothing."""
        if change.kind == "step":
            if change.was is None:
                return "впервые"
            gender = self.gender(change.record, change.record_kind, change.title)
            word = agreement_word(change.was, gender, change.record_kind)
            return f"ранее: {word}" + (
                f" {self.at(change.was_date)}" if change.was_date and change.was != "planned" else ""
            )
        if change.kind == "dated" and change.was_date:
            return f"ранее: {self.day(change.was_date)}"
        if change.kind == "announced":
            return "новая встреча"
        if change.kind == "cancelled" and change.date:
            return f"срок был{NBSP}{EM_DASH} {self.day(change.date)}"
        return ""

    def day(self, text: str | None) -> str:
        """Write a date of this digest."""
        return day(text, year=self.year)

    def at(self, start: str, end: str | None = None) -> str:
        """Say when something is, in this digest."""
        return at(start, end, year=self.year)

    def days(self, start: str | None, end: str | None) -> str:
        """Write a range of dates of this digest."""
        return days(start, end, year=self.year)

    def sides(self, item: Change | Meeting | Accord | Attention, limit: int = 6) -> str:
        """List the states and organisations that take part."""
        return sides(item.states, getattr(item, "organizations", ())[:3], self.names, limit=limit)

    def names_sides(self, item: Meeting | Accord) -> bool:
        """Tell whether the title itself already names all states."""
        return not item.organizations and all(self.names.get(code, code) in item.title for code in item.states)

    def topics(self, item: Change | Meeting | Accord) -> str:
        """List the topics."""
        return ", ".join(self.topic_words.get(topic, topic) for topic in item.topics)

    def where(self, meeting: Meeting) -> str:
        """Say where a meeting is: «Самарканд, Узбекистан»."""
        parts = [meeting.place or "", self.names.get(meeting.country or "", meeting.country or "")]
        return ", ".join(dict.fromkeys(part for part in parts if part))

    def to_go(self, meeting: Meeting) -> str:
        """Say how far a coming meeting is: «через 19 дней»."""
        from datetime import date

        if not meeting.start or len(meeting.start) != 10:  # noqa: PLR2004 - a whole date
            return ""
        return days_to_go((date.fromisoformat(meeting.start) - self.today).days)

    def status(self, accord: Accord) -> str:
        """Name the status of an agreement in the gender of its title."""
        return agreement_word(accord.status, self.gender("agreement", accord.kind, accord.title), accord.kind)

    def outcome(self, kind: str, status: str, title: str) -> str:
        """Say what came out of a meeting: «Соглашение о транзите (подписано)»."""
        return f"{title} ({agreement_word(status, self.gender('agreement', kind, title), kind)})"

    def ladder(self, accord: Accord) -> str:
        """Write the steps of an agreement: «согласовано 3 октября → подписано 20 ноября»."""
        gender = self.gender("agreement", accord.kind, accord.title)
        said: dict[str, str] = {}
        for step in sorted(accord.steps, key=lambda step: list(STATUS_GROUPS)[::-1].index(step.status)):
            word = agreement_word(step.status, gender, accord.kind)
            if step.date and step.status == "planned":
                word = f"{word}, срок{NBSP}{EM_DASH} {self.day(step.date)}"
            elif step.date:
                word = f"{word} {self.day(step.date)}"
            said[step.status] = word
        return ARROW.join(said.values())

    def amount(self, accord: Accord) -> str:
        """Write the sum of an agreement."""
        return money(accord.amount, accord.currency or "") if accord.amount else ""

    def cite(self, source: Source) -> str:
        """Write a headline in quotation marks."""
        return bind(quote(source.title)) if source.title else "сообщение"

    def medium(self, source: Source) -> str:
        """Name the medium and the day: «Каспий-Информ, 20 ноября»."""
        return ", ".join(part for part in (source.outlet, self.day(source.published)) if part)

    def value(self, field: str, value: str, item: Attention) -> str:
        """Write one of several contradicting values."""
        gender = self.gender(item.record, item.record_kind, item.title)
        if field == "status" and item.record == "summit":
            return summit_word(value, gender)
        if field == "status":
            return agreement_word(value, gender, item.record_kind)
        if field in {"start", "end"} or field.endswith("date"):
            return self.day(value)
        return self.names.get(value, value)

    def due(self, item: Attention) -> str:
        """Say of what nothing was heard: «Срок 18 ноября прошёл, сообщений о проведении нет»."""
        what = "проведении" if item.record == "summit" else "подписании"
        return f"Срок{NBSP}{EM_DASH} {self.day(item.due)}{NBSP}{EM_DASH} прошёл, сообщений о{NBSP}{what} нет"


def summary(digest: Digest) -> str:
    """Count a week in one line: «5 шагов по соглашениям, 3 встречи состоялись, 4 впереди»."""
    steps = len(digest.accords)
    parts = []
    if steps:
        parts.append(f"{counted(steps, 'шаг', 'шага', 'шагов')} по{NBSP}соглашениям")
    if digest.held:
        held = len(digest.held)
        parts.append(
            f"{counted(held, 'встреча', 'встречи', 'встреч')} {plural(held, 'состоялась', 'состоялись', 'состоялось')}"
        )
    if digest.coming:
        parts.append(f"{counted(len(digest.coming), 'встреча', 'встречи', 'встреч')} впереди")
    return ", ".join(parts)


def _silence(wording: Wording, silent: Silence) -> str:
    since = f"молчит с{NBSP}{wording.day(silent.since)}" if silent.since else "ни разу не ответила"
    return f"{quote(silent.feed)} {since}: {silent.reason}."


def _feeds(wording: Wording, health: Health, listed: int) -> list[str]:
    said = []
    if health.archive:
        said.append("Неделя взята из архива: ленты в эти дни не читались, пропуски по лентам неизвестны.")
    elif not health.feeds:
        said.append("Не включена ни одна лента.")
    else:
        said.append(f"Лент прочитано: {health.heard} из{NBSP}{health.feeds}.")
        said += [_silence(wording, silent) for silent in health.silent[:listed]]
        if (more := len(health.silent) - listed) > 0:
            said.append(f"И{NBSP}ещё {counted(more, 'лента молчит', 'ленты молчат', 'лент молчат')}.")
    if health.gaps:
        names = ", ".join(quote(gap.name) for gap in health.gaps[:listed])
        rest = f" и{NBSP}ещё{NBSP}{len(health.gaps) - listed}" if len(health.gaps) > listed else ""
        said.append(f"Часть сообщений пропущена между чтениями: {names}{rest}.")
    if health.nights_missed:
        said.append(f"Дней без полного прогона: {health.nights_missed} из{NBSP}7.")
    return said


def completeness(wording: Wording, digest: Digest, *, listed: int = 6) -> list[str]:
    """Say in sentences how complete the week is, so that "nothing happened" differs from "the feed died"."""
    health = digest.health
    said = _feeds(wording, health, listed)
    if health.articles:
        stories = counted(health.stories, "сюжет", "сюжета", "сюжетов")
        said.append(f"{messages(health.articles)}, без перепечаток{NBSP}{EM_DASH} {stories}.")
    else:
        said.append("За неделю не пришло ни одного сообщения.")
    if health.unread or health.cut:
        said.append(f"Не разобрано: {health.unread}, разобрано частично: {health.cut}.")
    left_out = [
        (digest.thin, ", где распознано меньше двух сторон"),
        (digest.unsure, " с\N{NO-BREAK SPACE}низкой уверенностью"),
    ]
    if told := [f"{counted(number, 'запись', 'записи', 'записей')}{why}" for number, why in left_out if number]:
        said.append(f"Не показано: {'; '.join(told)}.")
    if health.late:
        said.append(f"С{NBSP}опозданием, за прошлые недели, пришло: {messages(health.late)}.")
    if health.guessed:
        said.append(f"Без даты в{NBSP}источнике: {messages(health.guessed)}, взято время получения.")
    return said


def messages(number: int) -> str:
    """Count messages: «21 сообщение»."""
    return counted(number, "сообщение", "сообщения", "сообщений")


def week_range(start: str, end: str) -> str:
    """Write the days of a week with its year: «16–22 ноября 2026 года»."""
    return days(start, end, year=None)
