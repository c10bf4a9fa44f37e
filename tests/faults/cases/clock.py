"""L: clocks that jump, summer time, the ends of calendars."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.case import Skipped, case
from tests.nights import LATER, NIGHT, contents

if TYPE_CHECKING:
    from tests.faults.workshop import Workshop

JUMPS = (
    "2036-11-23T03:00:00+05:00", "2026-11-21T03:00:00+05:00", "1970-01-01T00:00:00+00:00", "2038-01-19T03:14:07+00:00",
    "2038-01-20T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00", "2026-11-22T23:59:60+00:00",
)  # fmt: skip


@case(
    "L109",
    "the clock ten years ahead, two days back, 1970, 2038, the years 1 and 9999, then right again",
    trials=8,
    core=2,
)
def jumps(shop: Workshop, trials: int) -> str:
    home, codes = shop.home(), {}
    assert shop.run(home, "collect", "--now", NIGHT).returncode == 0
    for now in JUMPS[:trials]:
        for command in (("collect",), ("status",), ("digest",), ("prune", "--dry-run"), ("doctor",)):
            ended = shop.run(home, *command, "--now", now)
            assert ended.returncode in {0, 1, 2}, (command, now, ended.stderr.decode()[-300:])
        codes[now] = ended.returncode
        assert codes[now] == 2 or now.startswith("20"), "a clock that cannot be right was believed"
        assert shop.run(home, "prune", "--now", now).returncode in {0, 2}
        held = shop.ask(home, "SELECT count(*) FROM articles")
        assert held == [len(shop.twin["articles"])], (now, held)
    ended = shop.run(home, "run", "--now", LATER)
    assert ended.returncode == 0, ended.stderr.decode()[-300:]
    assert b"feeds_read=5 feeds_failed=1" in ended.stderr, "a clock that was ahead keeps feeds from being asked"
    found = contents(home)
    assert [row[:3] for row in found["articles"]] == [row[:3] for row in shop.twin["articles"]]
    assert len(found["meetings"]) == len(shop.twin["meetings"])
    return f"{trials} clocks: no article purged or doubled, the next right night equals the twin"


@case("L110", "hours that are missing or come twice, zones from -11 to +14, a leap second", core=0)
def zones(shop: Workshop) -> str:
    seen = set()
    for zone, now in (
        ("Europe/Moscow", "2011-03-27T02:30:00"), ("Europe/Moscow", "2014-10-26T01:30:00"), ("Pacific/Kiritimati", NIGHT),
        ("Pacific/Pago_Pago", NIGHT), ("right/UTC", NIGHT), ("Nowhere/Land", NIGHT), ("Asia/Tashkent", "2026-11-23"),
    ):  # fmt: skip
        home = shop.home()
        ended = shop.run(home, "collect", "--now", now, env={"TZ": zone})
        assert ended.returncode == 0, (zone, ended.stderr)
        at = shop.ask(home, "SELECT DISTINCT substr(fetched_at, -1) FROM fetches")
        assert at == ["Z"], at
        if now == NIGHT:
            seen.add(tuple(shop.ask(home, "SELECT url, published_at FROM articles ORDER BY url")))
    assert len(seen) == 1, "the zone of the machine changed what is stored"
    return "7 settings: all moments stored in UTC, the same in every zone of the machine"


@case("L111", "the clock of the machine jumps by an hour, there and back, during a run", core=0)
def jump_meanwhile(shop: Workshop) -> str:
    compiler = shutil.which("cc")
    if compiler is None:
        raise Skipped("no C compiler; deadlines are taken from the monotonic clock (tests/test_client.py)")
    jump = shop.folder / "jump.so"
    shop.folder.mkdir(parents=True, exist_ok=True)
    source = Path(__file__).parents[1] / "jump.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", jump, source, "-ldl"], check=True)
    for seconds in (3600, -3600):
        jumping = {"LD_PRELOAD": str(jump), "JUMP": str(seconds)}
        watch = "import time; began = time.time(); time.sleep(1); print(round(time.time() - began))"
        seen = subprocess.run([sys.executable, "-c", watch], env=jumping, capture_output=True, check=True).stdout
        assert int(seen) in range(seconds, seconds + 10), "the clock did not jump"
        home = shop.home()
        ended = shop.run(home, "run", "--now", NIGHT, env=jumping)
        assert ended.returncode == 0, ended.stderr.decode()[-300:]
        assert contents(home) == shop.twin
    return "2 of 2 equal the twin"
