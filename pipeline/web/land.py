"""The map: a conic projection of the region, and the coast that is drawn under the places.

Only the coast, no borders: where they run is what some of the meetings are about. The outline `land.txt` is made from
Natural Earth (public domain) in the form of the npm package world-atlas:

    python -m pipeline.web.land land-50m.json > pipeline/web/land.txt
"""

from __future__ import annotations

import json
import math
import sys
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 960, 560
WEST, EAST, SOUTH, NORTH = -10.0, 130.0, 8.0, 76.0  # what is drawn of the world; the frame shows its middle
MIDDLE, PARALLELS, CENTRE = 57.0, (35.0, 55.0), 44.5
SCALE = 800.0  # pixels per radian
TOLERANCE = 0.7  # pixels that the simplified coast may be off
MIN_RING = 14.0  # pixels of extent; smaller islands are left out

Point = tuple[float, float]

_first, _second = (math.radians(parallel) for parallel in PARALLELS)
_n = math.log(math.cos(_first) / math.cos(_second)) / math.log(
    math.tan(math.pi / 4 + _second / 2) / math.tan(math.pi / 4 + _first / 2),
)
_f = math.cos(_first) * math.tan(math.pi / 4 + _first / 2) ** _n / _n


def project(longitude: float, latitude: float) -> Point:
    """Place a point of the earth, in degrees, on the map, in pixels (Lambert's conformal conic projection)."""

    def radius(phi: float) -> float:
        return float(_f / math.tan(math.pi / 4 + math.radians(phi) / 2) ** _n)

    theta = _n * math.radians(longitude - MIDDLE)
    return (
        WIDTH / 2 + SCALE * radius(latitude) * math.sin(theta),
        HEIGHT / 2 - SCALE * (radius(CENTRE) - radius(latitude) * math.cos(theta)),
    )


def on_map(point: Point, *, margin: float = 6.0) -> bool:
    """Tell whether a projected point lies inside the frame."""
    return margin <= point[0] <= WIDTH - margin and margin <= point[1] <= HEIGHT - margin


@cache
def coast() -> str:
    """Read the outline of land as the data of an SVG path."""
    return Path(__file__).with_name("land.txt").read_text(encoding="ascii").strip()


def make_coast(atlas: dict[str, Any]) -> str:
    """Make the path of the coast from a TopoJSON file of land."""
    scale, translate = atlas["transform"]["scale"], atlas["transform"]["translate"]

    def unpack(arc: list[list[int]]) -> list[Point]:
        xs, ys = (accumulate(axis) for axis in zip(*arc, strict=True))
        return [(x * scale[0] + translate[0], y * scale[1] + translate[1]) for x, y in zip(xs, ys, strict=True)]

    arcs = [unpack(arc) for arc in atlas["arcs"]]
    paths = []
    for geometry in atlas["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            for ring in polygon:
                line = [point for index in ring for point in (arcs[index] if index >= 0 else arcs[~index][::-1])]
                paths.append(_draw(line))
    return "".join(path for path in paths if path)


def _draw(ring: list[Point]) -> str:
    inside = [
        (min(max(longitude, WEST), EAST), min(max(latitude, SOUTH), NORTH)) for longitude, latitude in ring
    ]  # clamped to the drawn part of the world: rings stay closed, what is outside shrinks to the edge
    dense = [point for one, two in pairwise(inside) for point in _along(one, two)]
    line = [project(*point) for point in dense]
    if not line:
        return ""
    extent = max(max(axis) - min(axis) for axis in zip(*line, strict=True))
    if extent < MIN_RING or not any(on_map(point, margin=-60) for point in line):
        return ""
    half = len(line) // 2
    simple = [*_simplify(line[: half + 1])[:-1], *_simplify(line[half:])]
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in simple) + "Z"


def _along(one: Point, two: Point) -> list[Point]:
    """Cut a long straight side (the edge of the drawn world) into short ones, so that it bends with the projection."""
    pieces = max(1, round(max(abs(one[0] - two[0]), abs(one[1] - two[1])) / 2))
    return [
        (one[0] + (two[0] - one[0]) * step / pieces, one[1] + (two[1] - one[1]) * step / pieces)
        for step in range(pieces)
    ]


def _simplify(line: list[Point]) -> list[Point]:
    """Leave out points that are not needed to within TOLERANCE (Douglas and Peucker)."""
    keep = {0, len(line) - 1}
    todo = [(0, len(line) - 1)]
    while todo:
        first, last = todo.pop()
        if last - first < 2:  # noqa: PLR2004 - nothing in between
            continue
        distance, farthest = max((_distance(line[at], line[first], line[last]), at) for at in range(first + 1, last))
        if distance > TOLERANCE:
            keep.add(farthest)
            todo += [(first, farthest), (farthest, last)]
    return [line[at] for at in sorted(keep)]


def _distance(point: Point, one: Point, two: Point) -> float:
    (x, y), (x1, y1), (x2, y2) = point, one, two
    length = math.hypot(x2 - x1, y2 - y1)
    if not length:
        return math.hypot(x - x1, y - y1)
    return abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length


if __name__ == "__main__":
    print(make_coast(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))  # noqa: T201 - a developer's step
