"""Pictures as numbers: what the templates draw as SVG or table. Pure."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pipeline.web.land import HEIGHT, WIDTH, on_map, project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.store.asking import Listed

SHADES = 5
MOST_STATES = 16
LETTER, LINE = 8.4, 17.0  # pixels that a letter and a line of the map's names take


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: `x` and `width` in units of the chart, `height` in per cent of the tallest."""

    label: str
    count: int
    height: float
    start: date


def bars(counts: Mapping[date, int], since: date, until: date) -> list[Bar]:
    """Make a bar for every week between two days, empty weeks too."""
    monday = since - timedelta(days=since.weekday())
    weeks = []
    while monday <= until:
        weeks.append(monday)
        monday += timedelta(days=7)
    top = max((counts.get(week, 0) for week in weeks), default=0) or 1
    return [
        Bar(week.isoformat(), counts.get(week, 0), round(100 * counts.get(week, 0) / top, 1), week) for week in weeks
    ]


def nice_top(count: int) -> int:
    """Round up to what an axis should end with: 1, 2 or 5 with zeros."""
    size = 1
    while True:
        for step in (1, 2, 5):
            if count <= step * size:
                return step * size
        size *= 10


@dataclass(frozen=True, slots=True)
class Matrix:
    """States by states: `cells[a][b]` is how often they met; `shade` goes from 0 to SHADES."""

    codes: tuple[str, ...]
    cells: Mapping[tuple[str, str], int]
    top: int

    def count(self, one: str, two: str) -> int:
        """Tell how often two states met."""
        return self.cells.get((min(one, two), max(one, two)), 0)

    def shade(self, count: int) -> int:
        """Choose how dark a cell is: by the square root, so that rare pairs can still be told apart."""
        return 0 if not count else max(1, round(SHADES * (count / self.top) ** 0.5))

    def total(self, code: str) -> int:
        """Add up the cells of a state."""
        return sum(count for pair, count in self.cells.items() if code in pair)


def make_matrix(pairs: Sequence[tuple[str, str, int]]) -> Matrix:
    """Arrange pairs of states; those who meet most come first."""
    weight: dict[str, int] = {}
    for one, two, count in pairs:
        weight[one] = weight.get(one, 0) + count
        weight[two] = weight.get(two, 0) + count
    codes = tuple(sorted(weight, key=lambda code: (-weight[code], code))[:MOST_STATES])
    cells = {(one, two): count for one, two, count in pairs if one in codes and two in codes}
    return Matrix(codes, cells, max(cells.values(), default=1))


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a calendar page with its meetings; `inside` tells whether it belongs to the month."""

    day: date
    inside: bool
    events: tuple[Listed, ...]


def month_page(year: int, month: int, events: Sequence[Listed]) -> list[list[Day]]:
    """Lay a month out as weeks from Monday, every meeting on each of its days."""
    return [
        [
            Day(day, day.month == month, tuple(event for event in events if _covers(event, day.isoformat())))
            for day in week
        ]
        for week in calendar.Calendar(firstweekday=0).monthdatescalendar(year, month)
    ]


def _covers(event: Listed, day: str) -> bool:
    start = event.day
    end = event.end if event.end and len(event.end) == len(day) else start
    return len(start) == len(day) and start <= day <= end


Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the map; `label` is where its name begins, None where it would cover something."""

    name: str
    country: str | None
    count: int
    x: float
    y: float
    radius: float
    label: tuple[float, float] | None


def make_spots(
    places: Sequence[tuple[str, str | None, int]],
    coordinates: Mapping[tuple[str, str | None], tuple[float, float]],
) -> tuple[list[Spot], list[tuple[str, str | None, int]]]:
    """Put places on the map, area by count; gives also those that lie outside of it or are unknown."""
    circles: list[tuple[str, str | None, int, float, float, float]] = []
    outside = []
    top = max((count for _, _, count in places), default=1)
    for name, country, count in places:
        found = coordinates.get((name, country))
        point = project(*found) if found else None
        if point is None or not on_map(point):
            outside.append((name, country, count))
        else:
            circles.append((name, country, count, *point, 3 + 15 * (count / top) ** 0.5))
    taken: list[Box] = [(x - radius, y - radius, x + radius, y + radius) for *_, x, y, radius in circles]
    spots = []
    for name, country, count, x, y, radius in circles:
        box = _free_box(name, x, y, radius, taken)
        if box:
            taken.append(box)
        label = (round(box[0], 1), round(box[3] - 4, 1)) if box else None
        spots.append(Spot(name, country, count, round(x, 1), round(y, 1), round(radius, 1), label))
    return spots, outside


def _free_box(name: str, x: float, y: float, radius: float, taken: Sequence[Box]) -> Box | None:
    """Find room for a name: right of its circle, left of it, above it, below it."""
    width, height = LETTER * len(name), LINE
    own = (x - radius, y - radius, x + radius, y + radius)
    for left, upper in (
        (x + radius + 4, y - height / 2),
        (x - radius - 4 - width, y - height / 2),
        (x - width / 2, y - radius - height - 2),
        (x - width / 2, y + radius + 2),
    ):
        box = (left, upper, left + width, upper + height)
        inside = box[0] > 0 and box[2] < WIDTH and box[1] > 0 and box[3] < HEIGHT
        if inside and not any(_overlap(box, other) for other in taken if other != own):
            return box
    return None


def _overlap(one: Box, two: Box) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]
