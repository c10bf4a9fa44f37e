"""The ordered table of rules: a name, the stems without which a rule is not tried, its pattern, what a match means."""

from __future__ import annotations

import re
from re import _parser as parser  # type: ignore[attr-defined]  # tells how long a match can be, and how it begins
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.events.dates.readings import (
    read_ago,
    read_ahead,
    read_coming_days,
    read_day_alone,
    read_day_word,
    read_days,
    read_days_later,
    read_lately,
    read_month,
    read_months,
    read_now,
    read_numeric,
    read_part,
    read_quarter,
    read_relative_month,
    read_relative_year,
    read_season,
    read_span,
    read_week,
    read_weekday,
    read_weekend,
    read_year,
    read_years_later,
    read_years_step,
)  # fmt: skip
from pipeline.events.dates.words import (
    ADJECTIVE,
    LEAD,
    MONTH_ADJECTIVE,
    MONTH_ANY,
    MONTH_IN,
    MONTH_OF,
    NUMBER,
    ORDINAL_DAY,
    STEP,
    WEEKDAY,
    YEAR_TAIL,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.events.dates.readings import Context, Found

    Read = Callable[[re.Match[str], Context], Found | None]


class Rule(NamedTuple):
    """A row of the table."""

    name: str
    anchor: re.Pattern[str]  # every match holds a word (`WORDS`) in which this is found
    pattern: re.Pattern[str]  # never runs over the end of a line
    read: Read
    reach: int  # characters of the longest match
    beyond: int  # characters after the end of the word with the anchor that are asked about


def rule(name: str, anchor: str, read: Read, *pattern: str, after: str | None = None) -> Rule:
    """Make a row from the pieces of its pattern; `after` is one more, in and behind which no anchor stands."""
    whole = "".join((*pattern, after or ""))
    parsed = parser.parse(whole)
    reach = parsed.getwidth()[1]
    beyond = (reach if after is None else parser.parse(after).getwidth()[1]) + min(_looks_ahead(parsed), MOST_AHEAD)
    begins, _ = _begins(parsed)
    # Where no match can begin, one look at the character is far cheaper than trying the optional words one by one.
    quick = re.compile(f"(?=[{''.join(sorted(begins))}]){whole}")
    return Rule(name, re.compile(anchor), quick, read, reach, beyond)


MOST_AHEAD = 64  # characters after a match that its pattern may ask about
_CATEGORIES = {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w", "CATEGORY_SPACE": r"\s"}


def _begins(parsed: Any) -> tuple[set[str], bool]:  # noqa: ANN401 - the parser of `re` has no types
    """Give the pieces of a set of all characters with which a match can begin, and whether it can be empty."""
    found: set[str] = set()
    for operation, told in parsed:
        match str(operation):
            case "AT" | "ASSERT" | "ASSERT_NOT":
                continue
            case "LITERAL":
                return found | {re.escape(chr(told))}, False
            case "IN":
                return found | {_piece(str(kind), one) for kind, one in told}, False
            case "BRANCH":
                ways = [_begins(one) for one in told[1]]
            case "SUBPATTERN":
                ways = [_begins(told[3])]
            case "MAX_REPEAT":
                ways = [_begins(told[2]), *([(set[str](), True)] if told[0] == 0 else [])]
            case other:
                raise ValueError(f"a pattern of a date may not begin with {other}")
        found = found.union(*(characters for characters, _ in ways))
        if not any(may_be_empty for _, may_be_empty in ways):
            return found, False
    return found, True


def _piece(kind: str, told: Any) -> str:  # noqa: ANN401
    """Write a part of a set of characters as in a pattern."""
    if kind == "RANGE":
        return "-".join(re.escape(chr(one)) for one in told)
    return re.escape(chr(told)) if kind == "LITERAL" else _CATEGORIES[str(told)]


def _looks_ahead(parsed: Any) -> int:  # noqa: ANN401
    """Give how many characters a pattern asks about at most without taking them."""
    most = 0
    for operation, told in parsed:
        match str(operation):
            case "AT":
                most = max(most, 1)
            case "ASSERT" | "ASSERT_NOT":
                most = max(most, told[1].getwidth()[1] if told[0] > 0 else 0)
            case "BRANCH":
                most = max(most, *map(_looks_ahead, told[1]))
            case "SUBPATTERN":
                most = max(most, _looks_ahead(told[3]))
            case "MAX_REPEAT":
                most = max(most, _looks_ahead(told[2]))
    return most


WORDS = re.compile(r"\w+(?:[.:-]\w+)*")  # "16-го", "27.05.24" and "9:30" are words
WORD = r"(?<![\w-])"  # a word begins
END = r"(?!\w)"  # a word ends
BORDER = rf"(?:{WORD}(?P<prep>начиная с|не позднее|не позже|после|до|по|ко?|со?) )?"
PREPOSITION = r"(?P<prep>начиная с|не позднее|не позже|после|до|по|ко?|со?|во?|на|за|от) "
A_MONTH = rf"\b{MONTH_ANY}"
SUFFIX = rf"(?:-?(?:го|е){END})?"  # "16-го"
CENTURY = r"(?:19|20)\d\d"
SOME_DAYS = r"день|дня|дней|сутки|суток"
MEETING = "саммит|встреч|визит|сесси|переговор|заседан|поездк"
# "накануне саммита" is no day, "накануне встречался" is one.
MEETING_NOUN = r"саммит|встречи |встречей |визит|сесси|переговор|заседан|поездк"
EVE_OF = (
    rf"(?! (?:\w+(?:ого|его|ых|их|ой|ей) )?(?:{MEETING_NOUN}|выбор|праздник|нов(?:ого|ым) год|дня |рождеств|форум|матч"
    r"|вторжен|войн|начала |отъезд|приезд|референдум|голосован|годовщин|событи|\d))"
)

RULES = (
    rule(
        "span of days", A_MONTH, read_span,
        rf"(?<!\d)(?:(?<!\w)с )?(?P<first>\d{{1,2}}) (?P<month1>{MONTH_OF})(?: (?P<year1>{CENTURY})(?: года| г\.)?)?",
        rf"(?: ?- ?| по |(?P<and> и ))(?P<last>\d{{1,2}}) (?P<month>{MONTH_OF})",
        after=YEAR_TAIL,
    ),
    rule(
        "days", A_MONTH, read_days,
        rf"{BORDER}(?:(?<![\w-])с |(?<!\d))(?P<first>\d{{1,2}}|(?<!\w){ORDINAL_DAY}){SUFFIX}",
        r"(?:(?:, ?\d{1,2}){0,4}(?: ?- ?| ?\.\.\. ?| по | и |, )",
        rf"(?P<last>\d{{1,2}}|{ORDINAL_DAY}){SUFFIX})? (?P<month>{MONTH_OF})",
        after=YEAR_TAIL,
    ),
    rule(
        "numeric date", r"\d\.\d", read_numeric,
        rf"{BORDER}(?<![\d.])(?P<d>[0-3]?\d)\.(?P<m>[01]\d)\.(?P<y>{CENTURY}|\d\d)(?![\d]|\.\d)",
    ),
    rule(
        "iso date", r"-\d\d-", read_numeric,
        rf"(?<![\d-])(?P<y>{CENTURY})-(?P<m>[01]\d)-(?P<d>[0-3]\d)(?![\d-])",
    ),
    rule(
        "months", A_MONTH, read_months,
        rf"{WORD}в (?P<month1>{MONTH_IN})(?: ?- ?| и |, | или )(?P<month>{MONTH_IN})",
        after=YEAR_TAIL,
    ),
    rule(
        "part of a month", A_MONTH, read_month,
        rf"{WORD}(?:(?P<prep>в|к|с|до|на|от) )?(?P<lead>{LEAD}{{1,2}})(?P<month>{MONTH_OF})",
        after=YEAR_TAIL,
    ),
    rule(
        "month", A_MONTH, read_month,
        rf"{WORD}{PREPOSITION}(?:(?P<which>{STEP}) )?(?P<month>{MONTH_ANY})",
        after=YEAR_TAIL,
    ),
    rule(
        "month and year", A_MONTH, read_month,
        rf"(?<!\w)(?P<month>{MONTH_ANY}),? (?P<year>{CENTURY})(?!\d)(?:-?(?:го|й|м){END})?(?: ?г(?:ода|оду|од|\.))?",
    ),
    rule("month as an adjective", rf"\b{MONTH_ADJECTIVE}", read_month, rf"{WORD}(?P<month>{MONTH_ADJECTIVE})"),
    rule(
        "month by steps", "месяц", read_relative_month,
        rf"{WORD}(?:в |за |на |с |до )?{LEAD}?(?P<which>{STEP}) месяц[еа]?{END}",
    ),
    rule(
        "season", r"\b(?:весн|лето|осен|зим)", read_season,
        rf"{WORD}(?:(?P<which>{STEP}) )?(?P<season>весной|летом|осенью|зимой|весна|лето|осень|зима|весну|зиму)",
        rf"{YEAR_TAIL}{END}",
    ),
    rule(
        "season of a meeting", "весенн|осенн", read_season,
        rf"{WORD}(?P<season>весенн|осенн){ADJECTIVE}(?= (?:{MEETING}))",
    ),
    rule(
        "quarter or half", "квартал|полугоди|половин", read_quarter,
        rf"{WORD}(?:в|за|до конца|к концу|в начале|в конце) (?:i{{1,3}}|iv|[1-4](?:-?(?:м|й|го))?|",
        rf"(?:перв|втор|треть|четверт)(?:ого|ему?|ом|ой)) (?:квартал|полугоди|половин)[еаия]{YEAR_TAIL}{END}",
    ),
    rule(
        "year", CENTURY, read_year,
        rf"(?:{WORD}{PREPOSITION})?(?P<lead>{LEAD})?(?<![\d.,:№])(?P<year>19[2-9]\d|20[0-4]\d)",
        rf"(?: ?- ?(?P<last>{CENTURY}))?",
        after=rf"(?:-?(?:м|го|й|ом){END}(?: год[уа]?{END})?| ?г(?:од(?:у|а|ом|ы|ах|ов)?|г?\.){END})",
    ),
    rule(
        "year alone", CENTURY, read_year,
        rf"{WORD}(?P<prep>в|с|до|к|от) (?P<lead>)(?P<year>19[4-9]\d|20[0-4]\d)(?P<last>)(?=[,.;)\n]|$| и )",
    ),
    rule(
        "year by steps", r"\bгод[уа]?\b", read_relative_year,
        rf"{WORD}(?:в |до |к |с |на |за )?{LEAD}?(?:(?P<which>{STEP})|(?P<same>т(?:ого|ом) же)) год[уа]?",
        after=END,
    ),
    rule("last year's", "логодн", read_years_step, rf"{WORD}(?P<which>прошл|позапрошл)огодн{ADJECTIVE}{END}"),
    rule(
        "part of the running year, month or week", r"\b(?:конц|начал|середин)[ауе]\b", read_part,
        rf"{WORD}(?:до |к |под |в )(?:сам(?:ого|ом) )?(?:конц|начал|середин)[ауе] (?P<unit>года|месяца|недели){END}",
    ),
    # No end of a word: some outlets glue ("на следующей неделепосетит").
    rule("week", "недел", read_week, rf"{WORD}(?:на |до |в |к |с )?{LEAD}?(?P<which>{STEP}) недел[еиюя]"),
    rule("weekend", "выходн", read_weekend, rf"{WORD}(?:в|на) (?:(?P<which>{STEP}) )?выходны[ех](?! д){END}"),
    rule(
        "weekday", rf"\b{WEEKDAY}", read_weekday,
        rf"{WORD}(?P<prep>начиная с|не позднее|после|до|к|со?|во?|на) (?:(?:ночь|утро|вечер) (?:на|с) )?",
        rf"(?:(?P<which>{STEP}) )?(?P<day>{WEEKDAY})",
    ),
    rule(
        "day word", "сегодня|вчера|завтра", read_day_word,
        rf"{WORD}(?P<word>сегодня|позавчера|вчера|послезавтра|завтра)(?![\w-])",
    ),
    rule("day before", "накануне", read_day_word, rf"{WORD}(?P<word>накануне){END}{EVE_OF}"),
    rule(
        "day word as an adjective", "дняшн|черашн|автрашн", read_day_word,
        rf"{WORD}(?<!на )(?<!до )(?P<word>(?:сегодняшн|вчерашн|завтрашн){ADJECTIVE}){END}",
    ),
    rule(
        "now", r"\b(?:минут[ыу]|часы|только|событие|момент|сейчас)\b", read_now,
        rf"{WORD}(?:в эти (?:минуты|часы)|событие дня|в эту минуту|только что|в данный момент|прямо сейчас){END}",
    ),
    rule(
        "part of the day", r"\b(?:ночью|утром|днем|вечером)\b", read_now,
        rf"{WORD}(?<!каждым )(?:ночью|утром|днем|вечером)",
        rf"(?! (?:ранее|раньше|позже|\d|понед|вторн|сред|четв|пятн|субб|воскр)){END}",
    ),
    rule(
        "hour", r"\d:\d\d|\bчас(?:ов|а)?\b", read_now,
        rf"{WORD}в (?:[012]?\d:[0-5]\d|{NUMBER} час(?:ов|а)?){END}",
    ),
    rule(
        "ago", r"\b(?:назад|ранее|раньше)\b", read_ago,
        r"(?<![\d,.-])(?<!нескольк[ои] )(?<!несколькими )(?<!много )(?<!\w)(?<!\d )",
        rf"(?:(?P<count>{NUMBER}) )?(?P<unit>{SOME_DAYS}|днем|днями|недел(?:[юяьи]|ей|ями)|месяц(?:а|ев|ем|ами)?|",
        rf"год(?:а|ом|ами)?|лет|полгода|полтора года) (?:назад|ранее|раньше){END}",
    ),
    rule(
        "years later", "спустя", read_years_later,
        rf"{WORD}спустя (?P<count>{NUMBER}) (?P<unit>года?|лет|месяц(?:а|ев)|недел[юьи]) после{END}",
    ),
    rule(
        "days later", r"\b(?:спустя|через|следующий|позже|тот|того)\b", read_days_later,
        rf"{WORD}(?:(?:спустя|(?P<ahead>через)) (?:(?P<count>{NUMBER}) )?(?:{SOME_DAYS})(?: после{END})?|",
        rf"на следующий день|днем позже|(?P<same>в тот же день|того же дня)){END}",
    ),
    rule(
        "day alone", r"\d-го", read_day_alone,
        rf"{WORD}(?:(?P<prep>к|до|с|по) )?(?<!\d)(?P<first>[12]?\d|3[01])-го(?= в | числа|[,.;)])",
    ),
    rule(
        "ahead", r"\bчерез\b", read_ahead,
        rf"{WORD}через (?:(?P<count>{NUMBER}) )?(?P<unit>недел[юяьи]|месяц(?:а|ев)?|года?|лет)",
        rf"(?! после){END}",
    ),
    rule(
        "coming days", r"\b(?:ближайшие|последние)\b", read_coming_days,
        rf"{WORD}(?:в|на) (?:(?P<past>последние)|ближайшие) (?:(?P<count>{NUMBER}) )?дн(?:и|я|ей){END}",
    ),
    rule("lately", r"\bднях\b", read_lately, rf"{WORD}на днях{END}"),
)  # fmt: skip
