"""Dates as feeds write them become aware moments in UTC, strictly: nothing is filled in from today. Pure.

Whoever guesses silently is hours or years off: "19:43 MSK" read as UTC, a unix second read as the year 1670, a
missing month taken from the clock. What has no zone takes the feed's and says so.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

MAX_RAW = 120
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # there was no news feed before
AHEAD = timedelta(hours=48)  # beyond it a date is nonsense
NEARLY_NOW = timedelta(minutes=20)  # clocks differ; more than that ahead, the zone is wrong

# Russian and English, then Ukrainian, Turkish, Azerbaijani, German, French, Spanish and Portuguese where they differ.
MONTH_NAMES = (
    "jan january янв январь января січ січня ocak oca yan yanvar januar janvier janv ene enero janeiro",
    "feb february фев февр февраль февраля лют лютого şubat sub fevral februar février févr fév febrero fev fevereiro",
    "mar march мар март марта бер березня mart märz mrz mars marzo março",
    "apr april апр апрель апреля квіт квітня nisan nis aprel avril avr abr abril",
    "may май мая трав травня mayıs mayis mai mayo maio",
    "jun june июн июнь июня черв червня haziran haz iyun juni juin junio junho",
    "jul july июл июль июля лип липня temmuz tem iyul juli juillet juil julio julho",
    "aug august авг август августа серп серпня ağustos ağu avqust août aout ago agosto",
    "sep sept september сен сент сентябрь сентября вер вересня eylül eyl sentyabr septembre septiembre set setembro",
    "oct october окт октябрь октября жовт жовтня ekim eki oktyabr okt oktober octobre octubre out outubro",
    "nov november ноя нояб ноябрь ноября лист листопада kasım kas noyabr novembre noviembre novembro",
    "dec december дек декабрь декабря груд грудня aralık ara dekabr dez dezember décembre déc dic diciembre dezembro",
)
MONTHS = {name: number for number, names in enumerate(MONTH_NAMES, start=1) for name in names.split()}
# Zones by the names that feeds of the region use, and those of RFC 822. Named places follow their own history.
ZONES: dict[str, tzinfo] = {
    **{name: ZoneInfo(place) for name, place in (("ALMT", "Asia/Almaty"), ("MSK", "Europe/Moscow"))},
    **{
        name: timezone(timedelta(hours=hours))
        for name, hours in {
            "MSD": 4, "SAMT": 4, "YEKT": 5, "OMST": 6, "NOVT": 7, "KRAT": 7, "IRKT": 8, "YAKT": 9, "VLAT": 10,
            "UZT": 5, "TJT": 5, "TMT": 5, "KGT": 6, "AQTT": 5, "ORAT": 5, "AZT": 4, "GET": 4, "TRT": 3,
            "EET": 2, "EEST": 3, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "WET": 0, "WEST": 1, "BST": 1,
            "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
            "IRST": 3.5, "AFT": 4.5, "PKT": 5, "JST": 9, "KST": 9, "SGT": 8, "HKT": 8,
        }.items()
    },
}  # fmt: skip
ZERO = frozenset({"Z", "UT", "UTC", "GMT"})

MONTH = r"(?P<month>[^\W\d_]{3,10})\.?"
CLOCK = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{1,2})(?:[.,]\d{1,9})?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
)
ZONE = r"(?P<zone>(?:(?:UTC|GMT|UT)\s?)?[+-−]\d{1,2}(?::?\d{2})?|[A-Za-z]{1,5})?(?:\s*\([^()]{0,30}\))?"
WEEKDAY = r"(?:[^\W\d_]{2,11}\.?,?\s*)?"
AFTER = r"(?:\s*г(?:\.|ода|од)?)?(?:\s*[,T|/-]?\s*(?:в\s+|at\s+)?" + CLOCK + r")?\s*" + ZONE
FORMS = tuple(
    re.compile(rf"^{form}$")
    for form in (
        # 2026-04-03T21:44:49+03:00, 2026/04/03 21:44
        rf"(?P<year>\d{{4}})[-/.](?P<number>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){AFTER}",
        # Sat, 03 Dec 2022 19:43:00 +0300, 3 декабря 2022 г., 03-Dec-22
        rf"{WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]*{MONTH}[\s,-]*(?P<year>\d{{4}}|\d{{2}}){AFTER}",
        # December 3, 2022 19:43
        rf"{WEEKDAY}{MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){AFTER}",
        # Sat Dec  3 19:43:00 MSK 2022
        rf"{WEEKDAY}{MONTH}\s+(?P<day>\d{{1,2}})\s+{CLOCK}\s*{ZONE}\s+(?P<year>\d{{4}})",
        # 03.12.2022 19:43
        rf"{WEEKDAY}(?P<day>\d{{1,2}})[./-](?P<number>\d{{1,2}})[./-](?P<year>\d{{4}}){AFTER}",
        # 19:43, 03.12.2022
        rf"{CLOCK}\s*,?\s*(?P<day>\d{{1,2}})[./-](?P<number>\d{{1,2}})[./-](?P<year>\d{{4}})\s*{ZONE}",
        # 19:43, 3 декабря 2022
        rf"{CLOCK}\s*,?\s*(?P<day>\d{{1,2}})\s+{MONTH}\s+(?P<year>\d{{4}})(?:\s*г\.?)?\s*{ZONE}",
        # 20221203T194300
        rf"(?P<year>\d{{4}})(?P<number>\d{{2}})(?P<day>\d{{2}})(?:T(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<second>\d{{2}})?(?P<half>)?)?\s*{ZONE}",
    )
)


class Dated(NamedTuple):
    """A moment, and whether its zone, its clock or all of it had to be guessed."""

    moment: datetime | None  # aware, UTC
    guessed: bool


def read_date(raw: str, zone: str, now: datetime) -> Dated:
    """Read a date of a feed whose dates without a zone stand in `zone`; None for what cannot be one at `now`."""
    text = " ".join(raw.split())
    if not text or len(text) > MAX_RAW:
        return Dated(None, guessed=True)
    found = _read(text, ZoneInfo(zone))
    if found.moment is None or not OLDEST <= found.moment <= now + AHEAD:
        return Dated(None, guessed=True)
    if found.moment > now + NEARLY_NOW:  # nothing is published after it was read
        return Dated(now, guessed=True)
    return found


def _read(text: str, home: tzinfo) -> Dated:
    if re.fullmatch(r"\d{10}|\d{13}", text):
        return Dated(datetime.fromtimestamp(int(text[:10]), UTC), guessed=False)
    for form in FORMS:
        if match := form.match(text):
            found = _build(match.groupdict(), home)
            if found is not None:
                return found
    return Dated(None, guessed=True)


def _build(part: dict[str, str | None], home: tzinfo) -> Dated | None:
    day = _day(part)
    if day is None:
        return None
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    if half := part.get("half"):
        hour = hour % 12 + (12 if half in "Pp" else 0)
    days, hour = divmod(hour, 24)  # 24:10 is ten past midnight
    if days > 1 or minute > 59 or second > 60:  # noqa: PLR2004 - a clock
        return None
    zone, known = _zone(part.get("zone") or "", home)
    local = datetime.combine(day, time(hour, minute, min(second, 59))) + timedelta(days=days)
    try:
        moment = local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None
    return Dated(moment, guessed=not known or part["hour"] is None)


def _day(part: dict[str, str | None]) -> date | None:
    year = int(part["year"] or 0)
    if year < 100:  # noqa: PLR2004 - RFC 822 years
        year += 2000 if year < 70 else 1900  # noqa: PLR2004 - as email.utils does
    day = int(part["day"] or 0)
    if name := part.get("month"):
        month = MONTHS.get(name.lower(), 0)
    else:
        month = int(part["number"] or 0)
        if month > 12 >= day:  # noqa: PLR2004 - written the American way
            day, month = month, day
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _zone(text: str, home: tzinfo) -> tuple[tzinfo, bool]:
    """Answer a zone and whether the text named it."""
    name = text.upper().replace("−", "-").replace(" ", "")
    if name in ZERO:
        return UTC, True
    match = re.fullmatch(r"(?:UTC|GMT|UT)?([+-])(\d{1,2}):?(\d{2})?", name)
    if match:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        if offset <= timedelta(hours=14) and int(match[3] or 0) < 60:  # noqa: PLR2004 - the widest zone there is
            return timezone(offset if match[1] == "+" else -offset), True
        return home, False
    return (ZONES[name], True) if name in ZONES else (home, False)
