"""What a fault case is: one function of a workshop and a number of trials, answering what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.workshop import Workshop

CASES: list[Case] = []


class Skipped(Exception):  # noqa: N818 - it is no error
    """The machine does not allow this case; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    title: str
    play: Callable[[Workshop, int], str]
    trials: int  # in the whole campaign
    core: int  # in `make test`; 0: not there
    seconds: int  # of wall time after which it is given up


def case(name: str, title: str, *, trials: int = 1, core: int = 0, seconds: int = 300):
    """Register a function of a workshop, or of a workshop and the number of trials."""

    def register(play):
        whole = play if len(signature(play).parameters) > 1 else lambda shop, _: play(shop)
        CASES.append(Case(name=name, title=title, play=whole, trials=trials, core=core, seconds=seconds))
        return play

    return register
