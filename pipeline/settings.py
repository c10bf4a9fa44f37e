"""Where things lie and what time it is: made once by the command line, handed to everything else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent
BUNDLED = PACKAGE / "_data"  # models, schema, queries and default feeds inside an installed wheel


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The home folder, the database, the clock and the environment of one command."""

    home: Path
    db: Path
    now: datetime  # aware, UTC: when the command began
    clock: Callable[[], datetime]  # what time it is while the command works; stands still when --now sets it
    env: Mapping[str, str]
    json: bool = False

    def find(self, relative: str) -> Path:
        """Find a data file (``models/…``, ``feeds.yaml``, ``db/queries``): the home's own first, else as shipped."""
        return find(self.home, relative)


def find(home: Path, relative: str) -> Path:
    """Find a data file: the home folder's own, else as it came with the program."""
    own = home / relative
    return own if own.exists() else shipped(relative)


def shipped(relative: str) -> Path:
    """Find a data file as it came with the program, in the wheel or in the checkout."""
    bundled = BUNDLED / relative
    return bundled if bundled.exists() else CHECKOUT / relative
