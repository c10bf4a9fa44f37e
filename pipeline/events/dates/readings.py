"""What the match of each rule means: one function per family of expressions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from pipeline.events.dates.periods import (
    DAYS_OF_WEEK,
    DECEMBER,
    HALF_YEAR,
    LAST_CENTURY,
    WINTER_ENDS,
    Period,
    Readings,
    add_months,
    certain,
    choose,
    day_of,
    in_any_year,
    whole_month,
    whole_week,
    whole_year,
)
from pipeline.events.dates.words import SEASONS, WEEKDAY_STEMS, bound_of, month_number, number_of, ordinal_day, step_of

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from pipeline.events.dates.periods import Bound

Precision = Literal["day", "week", "month", "season", "year"]


class Context(NamedTuple):
    """What the words are read against."""

    published: date
    last_year: int | None  # the last year named before, for "того же года"
    before: Readings  # the last day or month named before, for "на следующий день", "12-го"


class Found(NamedTuple):
    """What a rule made of its words."""

    readings: Readings
    precision: Precision
    bound: Bound = "at"
    weak: bool = False


def year_named(match: re.Match[str], context: Context) -> int | None:
    """Give the year that follows a month or season, None where the words leave it open."""
    groups = match.groupdict()
    if groups.get("year"):
        return int(groups["year"])
    if groups.get("step"):
        return context.published.year + step_of(groups["step"])
    if groups.get("same"):
        return context.last_year
    return context.published.year if groups.get("now") else None


def dated(make: Callable[[int], Period | None], match: re.Match[str], context: Context) -> Readings:
    """Make the period of the year that is named, else of the year that fits."""
    year = year_named(match, context)
    return certain(make(year)) if year else in_any_year(make, context.published)


def read_days(match: re.Match[str], context: Context) -> Found | None:
    """Read "16 ноября", "до 24 августа", "26–27 декабря", "10, 11 и 12 мая 2023 года", "первого июня"."""
    month = month_number(match["month"])
    first, last = ordinal_day(match["first"]), ordinal_day(match["last"] or match["first"])

    def make(year: int) -> Period | None:
        start, stop = day_of(year, month, first), day_of(year, month, last)
        return Period(start, stop, exact=start != stop) if start and stop and start <= stop else None

    if not make(2024):  # a leap year: whether the days exist at all
        return None
    bound: Bound = "range" if match["last"] else bound_of(match["prep"])
    return Found(dated(make, match, context), "day", bound)


def read_span(match: re.Match[str], context: Context) -> Found | None:
    """Read "с 28 июня по 2 июля", "30 декабря 2022 года – 2 января 2023 года"."""
    first_month, last_month = month_number(match["month1"]), month_number(match["month"])

    turns = first_month > last_month

    def make(year: int) -> Period | None:
        start = day_of(int(match["year1"] or year - turns), first_month, int(match["first"]))
        stop = day_of(year, last_month, int(match["last"]))
        return Period(start, stop, exact=True) if start and stop and start < stop else None

    named = int(match["year1"]) + turns if match["year1"] else None
    example = make(year_named(match, context) or named or 2024)  # a leap year has every day
    if example is None or (match["and"] and (example.last - example.first).days > 1):  # two days, not a span
        return None
    open_year = named is None or year_named(match, context)
    return Found(dated(make, match, context) if open_year else certain(example), "day", "range")


def read_numeric(match: re.Match[str], _: Context) -> Found | None:
    """Read "27.05.24", "27.05.2024", "2024-05-27"."""
    year, month, day = (int(match[name]) for name in ("y", "m", "d"))
    if year <= 99:
        year += 1900 if year >= LAST_CENTURY else 2000
    found = day_of(year, month, day)
    return Found(certain(Period(found, found)), "day", bound_of(match.groupdict().get("prep"))) if found else None


def read_month(match: re.Match[str], context: Context) -> Found:
    """Read "в июле", "в конце мая", "в ноябре прошлого года", "от марта 2022-го", "июльский"."""
    month = month_number(match["month"])
    if match.groupdict().get("which"):  # "в прошлом ноябре": the last one, not last year's
        step, year = step_of(match["which"]), context.published.year
        if step < 0 and month >= context.published.month:
            year -= 1
        elif step > 0 and month < context.published.month:
            year += 1
        return Found(certain(whole_month(year, month)), "month")
    bound = "at" if match.groupdict().get("lead") else bound_of(match.groupdict().get("prep"))
    return Found(dated(lambda year: whole_month(year, month), match, context), "month", bound)


def read_months(match: re.Match[str], context: Context) -> Found:
    """Read "в мае — июне": somewhere in the two months."""
    first, last = month_number(match["month1"]), month_number(match["month"])

    def make(year: int) -> Period:
        return Period(whole_month(year - (first > last), first).first, whole_month(year, last).last)

    return Found(dated(make, match, context), "season")


def read_relative_month(match: re.Match[str], context: Context) -> Found:
    """Read "в прошлом месяце", "в конце текущего месяца"."""
    step = step_of(match["which"])
    return Found(certain(add_months(context.published, step)), "month")


def read_season(match: re.Match[str], context: Context) -> Found | None:
    """Read "весной", "прошлой осенью", "летом 2023 года", "осеннего визита"."""
    word = match["season"]
    which = match.groupdict().get("which")
    published = context.published
    if word.startswith("зим"):
        year = year_named(match, context)
        if year is None:
            in_winter = published.month <= WINTER_ENDS or published.month == DECEMBER
            if which and step_of(which) > 0:
                return Found(certain(None), "season")
            year = published.year - (1 if which and step_of(which) < 0 and in_winter else 0)
        return Found(certain(whole_year(year)), "season")
    first, last = next(months for stem, months in SEASONS.items() if word.startswith(stem))

    def make(year: int) -> Period:
        return Period(date(year, first, 1), whole_month(year, last).last)

    if which:
        step = step_of(which)
        year = published.year
        if step < 0 and last >= published.month:
            year -= 1
        elif step > 0 and first <= published.month:
            year += 1
        return Found(certain(make(year)), "season")
    return Found(dated(make, match, context), "season")


def read_quarter(match: re.Match[str], context: Context) -> Found:
    """Read "в первом квартале 2024 года", "до конца второго полугодия"."""
    year = year_named(match, context)
    return Found(certain(whole_year(year or context.published.year)), "season")


def read_year(match: re.Match[str], _: Context) -> Found:
    """Read "в 2010 году", "в конце 2024 года", "в 2018-м", "2019–2020 годах"."""
    first = int(match["year"])
    bound: Bound = "at" if match["lead"] else bound_of(match["prep"])
    if match["last"]:
        return Found(certain(Period(date(first, 1, 1), date(int(match["last"]), 12, 31), exact=True)), "year", "range")
    return Found(certain(whole_year(first)), "year", bound)


def read_relative_year(match: re.Match[str], context: Context) -> Found | None:
    """Read "в прошлом году", "в начале следующего года", "в том же году"."""
    if match["same"]:
        return Found(certain(whole_year(context.last_year)), "year") if context.last_year else None
    step = step_of(match["which"]) if match["which"] else 0
    return Found(certain(whole_year(context.published.year + step)), "year")


def read_years_step(match: re.Match[str], context: Context) -> Found:
    """Read "прошлогодний"."""
    return Found(certain(whole_year(context.published.year + step_of(match["which"]))), "year")


def read_part(match: re.Match[str], context: Context) -> Found:
    """Read "до конца года", "в конце месяца", "к концу недели": somewhere in the year, month or week that runs."""
    unit = match["unit"]
    if unit.startswith("год"):
        return Found(certain(whole_year(context.published.year)), "year")
    if unit.startswith("месяц"):
        return Found(certain(add_months(context.published, 0)), "month")
    return Found(certain(whole_week(context.published)), "week")


def read_week(match: re.Match[str], context: Context) -> Found:
    """Read "на прошлой неделе", "в начале следующей недели"."""
    week = whole_week(context.published + timedelta(days=DAYS_OF_WEEK * step_of(match["which"])))
    return Found(certain(week), "week")


def read_weekend(match: re.Match[str], context: Context) -> Found:
    """Read "на выходных", "в минувшие выходные"."""
    monday = context.published - timedelta(days=context.published.weekday())
    weekends = [Period(monday + timedelta(days=5 + shift), monday + timedelta(days=6 + shift)) for shift in (-7, 0, 7)]
    if match["which"]:
        step = step_of(match["which"])
        return Found(certain(weekends[0 if step < 0 else 1]), "week")
    return Found(choose(weekends, context.published), "week")


def read_weekday(match: re.Match[str], context: Context) -> Found | None:
    """Read "во вторник", "в минувшую пятницу", "со среды"."""
    index = next(i for i, stem in enumerate(WEEKDAY_STEMS) if match["day"].startswith(stem))
    published = context.published
    monday = published - timedelta(days=published.weekday())
    days = [Period(day, day) for day in (monday + timedelta(days=index + shift) for shift in (-7, 0, 7))]
    before = [p for p in days if p.first <= published]
    after = [p for p in days if p.first >= published]
    if match["which"]:
        step = step_of(match["which"])
        if step < 0:
            return Found(certain([p for p in days if p.first < published][-1]), "day")
        if step == 0:
            return Found(certain(days[1]), "day")
        if match["which"].startswith(("ближайш", "предстоящ", "грядущ")):
            return Found(certain(after[0]), "day")
        return Found(certain(days[2]), "day")
    near = min(days, key=lambda p: abs(p.first - published))
    return Found(Readings(before[-1], after[0], near), "day", bound_of(match["prep"]))


DAY_WORDS = {"сегодня": 0, "вчера": -1, "позавчера": -2, "завтра": 1, "послезавтра": 2, "накануне": -1}


def read_day_word(match: re.Match[str], context: Context) -> Found:
    """Read "сегодня", "накануне", "завтрашний"."""
    word = match["word"]
    step = DAY_WORDS.get(word)
    if step is None:
        step = {"сегодняшн": 0, "вчерашн": -1, "завтрашн": 1}[
            next(s for s in ("сегодняшн", "вчерашн", "завтрашн") if s in word)
        ]
    day = context.published + timedelta(days=step)
    return Found(certain(Period(day, day)), "day")


def read_now(_: re.Match[str], context: Context) -> Found:
    """Read "в эти минуты", "утром", "в 15:00": the day of publication, if the verb asks for a time at all."""
    return Found(certain(Period(context.published, context.published)), "day", weak=True)


def shifted(unit: str, count: int, sign: int, published: date) -> Found | None:
    """Move from the publication: days give a day, weeks and months the month, years the year."""
    try:
        if unit.startswith(("д", "сут")):
            day = published + timedelta(days=sign * count)
            return Found(certain(Period(day, day)), "day")
        if unit.startswith("нед"):
            return Found(certain(whole_week(published + timedelta(days=sign * count * DAYS_OF_WEEK))), "week")
        if unit.startswith("мес"):
            return Found(certain(add_months(published, sign * count)), "month")
        return Found(certain(whole_year(published.year + sign * count)), "year")
    except (OverflowError, ValueError):
        return None


def read_ago(match: re.Match[str], context: Context) -> Found | None:
    """Read "три дня назад", "неделей ранее", "почти год назад"."""
    unit = match["unit"]
    if unit.startswith("пол"):
        months = 18 if unit.startswith("полтор") else HALF_YEAR
        return Found(certain(whole_year(add_months(context.published, -months).first.year)), "year")
    return shifted(unit, number_of(match["count"]), -1, context.published)


def read_years_later(match: re.Match[str], context: Context) -> Found | None:
    """Read "спустя семь лет после подписания": told from the publication backwards."""
    return shifted(match["unit"], number_of(match["count"]), -1, context.published)


def moved(context: Context, move: Callable[[date], date | None]) -> Readings:
    """Move every reading of the day named before."""

    def one(period: Period | None) -> Period | None:
        if period is None or (period.first != period.last and not period.exact):
            return None
        day = move(period.last)
        return Period(day, day) if day else None

    return Readings(*map(one, context.before))


def read_days_later(match: re.Match[str], context: Context) -> Found:
    """Read "спустя сутки", "на следующий день", "в тот же день" from the day named before, "через два дня"."""
    step = timedelta(days=0 if match["same"] else number_of(match["count"]))
    told = moved(context, lambda day: day + step)
    if not match["ahead"]:
        return Found(told, "day")
    ahead = Period(context.published + step, context.published + step)
    return Found(Readings(told.past or ahead, ahead, told.nearest or ahead), "day")


def read_day_alone(match: re.Match[str], context: Context) -> Found:
    """Read "12-го" after "10 января"."""
    return Found(
        moved(context, lambda day: day_of(day.year, day.month, int(match["first"]))), "day", bound_of(match["prep"])
    )


def read_ahead(match: re.Match[str], context: Context) -> Found | None:
    """Read "через два дня", "через месяц"."""
    return shifted(match["unit"], number_of(match["count"]), 1, context.published)


def read_coming_days(match: re.Match[str], context: Context) -> Found:
    """Read "в ближайшие дни", "в последние два дня"."""
    published = context.published
    week = timedelta(days=DAYS_OF_WEEK)
    if match["past"]:
        return Found(certain(Period(published - week, published)), "week")
    end = published + (timedelta(days=number_of(match["count"])) if match["count"] else timedelta(days=5))
    return Found(certain(Period(published, end)), "week")


def read_lately(_: re.Match[str], context: Context) -> Found:
    """Read "на днях": some days back or ahead, which the verb tells."""
    published, days = context.published, timedelta(days=5)
    back, ahead = Period(published - days, published), Period(published, published + days)
    return Found(Readings(back, ahead, Period(back.first, ahead.last)), "week")
