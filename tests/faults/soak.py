"""A year of nights with a fault each: in the end the database must equal that of a twin without faults.

    python -m tests.faults.soak [--nights 365] [--out benchmarks/soak.md]

Both homes read the same press, which publishes a few invented articles a day. The faults: killed at a random moment,
killed twice, a second run at the same time, a file-size limit, feeds that fail, hang or answer with a page, a night
left out, the same night twice.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.cli import _run
from tests.demo.outlets import Press, publish, write_feeds
from tests.faults.workshop import Workshop
from tests.nights import ROOT, contents

FIRST = datetime.fromisoformat("2026-01-01T03:00:00+05:00")
CITIES = ("Астана", "Ташкент", "Баку", "Бишкек", "Душанбе", "Ашхабад", "Ереван", "Тбилиси", "Анкара", "Москва")
STATES = ("Казахстана", "Узбекистана", "Азербайджана", "Киргизии", "Таджикистана", "Туркмении", "Армении", "Грузии")
SUBJECTS = ("о поставках газа", "о транзите грузов", "об обмене выставками", "о строительстве моста", "о визах")


def yearly_press() -> Press:
    """Make a press that publishes about four articles a night for as long as the soak goes."""
    press, chance = Press(FIRST), random.Random(365)
    for outlet in press.outlets.values():
        outlet["articles"] = []
    outlets = [outlet for outlet in press.outlets.values() if not outlet.get("broken")]
    for day in range(400):
        at = (FIRST + timedelta(days=day, hours=-6)).replace(tzinfo=None)
        one, other = chance.sample(STATES, 2)
        city, subject = chance.choice(CITIES), chance.choice(SUBJECTS)
        text = (
            f"Министры иностранных дел {one} и {other} провели переговоры в городе {city}. "
            f"По итогам встречи подписано соглашение {subject}, сообщил пресс-секретарь номер {day}."
        )
        for outlet in chance.sample(outlets, 2):
            outlet["articles"].append({"at": at.isoformat(), "title": f"Переговоры {one} и {other}", "text": text})
        quiet = chance.choice(outlets)
        quiet["articles"].append(
            {
                "at": at.isoformat(),
                "title": f"Погода на день {day}",
                "text": f"В городе {city} ожидается {day % 30} градусов.",
            }
        )
    return press


def night_of(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def faulty_night(shop: Workshop, press: Press, home: Path, number: int, chance: random.Random) -> str:
    """Run one night with a fault; answers which."""
    arguments = ("run", "--now", night_of(number))
    fault = chance.choice(("kill", "kill twice", "rival", "file limit", "down", "page", "left out", "twice"))
    if fault in {"kill", "kill twice"}:
        for _ in range(1 if fault == "kill" else 2):
            shop.kill_after(home, chance.uniform(0.2, 3.0), *arguments, number=signal.SIGKILL)
    elif fault == "rival":
        pair = [subprocess.Popen(shop.command(home, *arguments), cwd=ROOT, stderr=subprocess.DEVNULL) for _ in range(2)]
        assert sorted(one.wait() for one in pair) in ([0, 3], [0, 0])
    elif fault == "file limit":
        size = chance.randrange(100_000, 3_000_000)
        shop.run(home, *arguments, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    elif fault in {"down", "page"}:
        victims = chance.sample(sorted(press.outlets), 3)
        for path in victims:
            press.outlets[path]["broken"] = "html"
        inside(home, *arguments)
        for path in victims:
            if "cz" not in path:
                del press.outlets[path]["broken"]
    elif fault == "twice":
        inside(home, *arguments)
        inside(home, *arguments)
    return fault


def inside(home: Path, *arguments: str) -> None:
    """Run a command in this process, where the models are loaded already."""
    with Path(os.devnull).open("w") as nowhere:
        kept, sys.stderr = sys.stderr, nowhere
        try:
            code = _run([*arguments, "--home", str(home)])
        finally:
            sys.stderr = kept
    assert code in {0, 1}, code


def resident() -> int:
    """Answer this process's memory at the moment, in MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 2**20


def peak(whose: int) -> int:
    return resource.getrusage(whose).ru_maxrss // 1024


def processor() -> float:
    """Answer the processor time of this process and of those it waited for, in seconds."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def folder_size(home: Path) -> str:
    files = [file for file in (home / "db").rglob("*") if file.is_file()]
    return f"{sum(file.stat().st_size for file in files) // 1024} KiB in {len(files)} files"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    press, chance, faults, growth = yearly_press(), random.Random(1), {}, []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="svodka-soak-") as folder, publish(press) as port:
        shop = Workshop(Path(folder), port)
        twin, home = shop.home(), shop.home()
        write_feeds(home / "feeds.yaml", port)
        for number in range(chosen.nights):
            press.until = datetime.fromisoformat(night_of(number))
            inside(twin, "run", "--now", night_of(number))
            fault = faulty_night(shop, press, home, number, chance)
            faults[fault] = faults.get(fault, 0) + 1
            if number % 30 == 29 or number + 1 == chosen.nights:
                growth.append(
                    f"| {number + 1} | {resident()} | {folder_size(twin)} | {folder_size(home)} "
                    f"| {time.monotonic() - began:.0f} |"
                )
                print(growth[-1], flush=True)
        last = night_of(chosen.nights)
        for place in (twin, home):
            inside(place, "run", "--now", last)
        one, other = contents(twin), contents(home)
    differing = [name for name in one if one[name] != other[name]]
    rows = {name: len(held) for name, held in one.items()}
    for name in differing:
        for row in sorted(set(one[name]) ^ set(other[name]), key=str)[:8]:
            print(name, "twin" if row in one[name] else "with faults", row, flush=True)
    report = (
        "# A year of nights, a fault each\n\nMade by `python -m tests.faults.soak`.\n\n"
        f"- nights: {chosen.nights}; faults: {', '.join(f'{k} {v}' for k, v in sorted(faults.items()))}\n"
        f"- rows of the twin: {', '.join(f'{k} {v}' for k, v in rows.items())}\n"
        f"- tables that differ at the end: {', '.join(differing) or 'none'}\n"
        f"- peak memory: {peak(resource.RUSAGE_SELF)} MiB of the process that ran the twin, "
        f"{peak(resource.RUSAGE_CHILDREN)} MiB of the largest process of the home with faults\n"
        f"- wall time: {time.monotonic() - began:.0f} s, processor time: {processor():.0f} s\n\n"
        "| night | memory of the twin's process, MiB | twin's database folder | with faults | seconds |\n"
        "|---|---|---|---|---|\n" + "\n".join(growth) + "\n"
    )
    print(report)
    if chosen.out:
        chosen.out.write_text(report, encoding="utf-8")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
