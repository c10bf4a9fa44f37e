"""`make faults`: play the fault cases against the installed command and write the table of results.

    python -m tests.faults.campaign [--jobs 2] [--only A1 D38 …] [--rest] [--out benchmarks/faults.md]

Each case is a process of its own with a limit on its time, so that none stops the others; all share one press and the
homes of one faultless night. What each came to is kept in build/faults.jsonl as well: with --rest only the cases that
have not passed there are played, and the table is made of all.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from tests.demo.outlets import Press, publish
from tests.faults.cases import CASES, Skipped
from tests.faults.workshop import Workshop
from tests.nights import NIGHT, ROOT

LETTERS = (
    "The letters are the sections of the plan: A crash, B storage, C concurrency, D network, E bytes of feeds, "
    "F meaning of feeds, G texts, H pages, I mail, J models, K questions and exports, L time, M operation."
)
KEPT = ROOT / "build" / "faults.jsonl"
NOTES = Path(__file__).with_name("notes.md")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--core", action="store_true", help="only what `make test` runs")
    parser.add_argument("--only", nargs="*", default=[], help="cases by name, or sections by letter")
    parser.add_argument("--rest", action="store_true", help="only the cases that have not passed yet")
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time")
    parser.add_argument(
        "--patience", type=float, default=1.0, help="how many times the usual limits, on a busy machine"
    )
    parser.add_argument("--out", type=Path, help="write the table to this file")
    parser.add_argument("--play", nargs=4, metavar=("CASE", "TRIALS", "SHARED", "PORT"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.play:
        return play(*chosen.play)
    kept = read_kept() if chosen.rest or chosen.only else {}
    wanted = [
        case
        for case in CASES
        if (case.core if chosen.core else case.trials)
        and (not chosen.only or {case.name, case.name[0]} & set(chosen.only))
        and not (chosen.rest and kept.get(case.name, {}).get("verdict") in {"passed", "skipped"})
    ]
    began = time.monotonic()
    if not (chosen.rest or chosen.only):
        KEPT.unlink(missing_ok=True)
    played_now = conduct(wanted, core=chosen.core, jobs=chosen.jobs, patience=chosen.patience)
    wall = time.monotonic() - began
    kept = (read_kept() if chosen.rest or chosen.only else {}) | played_now
    played = f"{len(wanted)} cases in {wall / 60:.0f} minutes of wall time, {chosen.jobs} at a time"
    text = table([kept[case.name] for case in CASES if case.name in kept], played)
    print(text)
    if chosen.out:
        chosen.out.write_text(text, encoding="utf-8")
    return int(any(row["verdict"] == "failed" for row in kept.values()))


def read_kept() -> dict[str, dict]:
    if not KEPT.exists():
        return {}
    rows = map(json.loads, KEPT.read_text(encoding="utf-8").splitlines())
    return {row["name"]: row for row in rows}


def keep(row: dict) -> None:
    """Note what a case came to, at once: a campaign that is broken off can be gone on with."""
    KEPT.parent.mkdir(exist_ok=True)
    with KEPT.open("a", encoding="utf-8") as out:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")


def conduct(cases, *, core: bool, jobs: int, patience: float) -> dict[str, dict]:
    """Play cases, so many at a time; answers what each came to."""
    folder = Path(tempfile.mkdtemp(prefix="svodka-faults-"))
    press = Press(datetime.fromisoformat(NIGHT))
    said = threading.Lock()

    def one(case):
        row = watch(case, case.core if core else case.trials, folder, port, patience)
        with said:
            keep(row)
            print(f"{row['name']:5} {row['verdict']:8} {row['wall']:5.0f} s  {row['seen']}", flush=True)
        return row

    try:
        with publish(press) as port, ThreadPoolExecutor(jobs) as pool:
            Workshop(folder / "twin", port).prepare(folder / "shared")
            # The longest first, so that the last one to end is short.
            rows = list(pool.map(one, sorted(cases, key=lambda case: -case.seconds)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {row["name"]: row for row in rows}


def watch(case, trials: int, folder: Path, port: int, patience: float) -> dict:
    """Play a case in a process of its own, and end it and all it started when its time is over."""
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.faults.campaign", "--play", case.name, str(trials), str(folder), str(port)]
    with (
        tempfile.TemporaryFile() as out,
        subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, start_new_session=True) as process,
    ):
        alarm = threading.Timer(case.seconds * patience, os.killpg, (process.pid, signal.SIGKILL))
        alarm.start()
        _, status, used = os.wait4(process.pid, 0)
        alarm.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read().decode(errors="replace")
    try:
        verdict, seen = json.loads(said.splitlines()[-1])
    except (ValueError, IndexError):
        verdict = "failed"
        late = process.returncode == -signal.SIGKILL
        seen = (
            f"not done within {case.seconds * patience:.0f} s"
            if late
            else f"it broke ({process.returncode}): {said[-300:]}"
        )
    return {
        "name": case.name, "title": case.title, "trials": trials, "verdict": verdict, "seen": " ".join(seen.split()),
        "wall": time.monotonic() - began, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss // 1024,
    }  # fmt: skip


def play(name: str, trials: str, folder: str, port: str) -> int:
    """Play one case here; the last line says what it came to."""
    [case] = [case for case in CASES if case.name == name]
    own = Path(folder) / name
    shop = Workshop(own, int(port))
    shop.use(Path(folder) / "shared")
    try:
        answer = "passed", case.play(shop, int(trials))
    except Skipped as reason:
        answer = "skipped", str(reason)
    except Exception as error:  # noqa: BLE001 - whatever it is, it stands in the table
        place = trail = error.__traceback__
        while trail:
            place = trail if "faults/cases" in trail.tb_frame.f_code.co_filename else place
            trail = trail.tb_next
        answer = (
            "failed",
            f"line {place.tb_lineno} of {Path(place.tb_frame.f_code.co_filename).name}: {type(error).__name__} {error}"[
                :500
            ],
        )
    finally:
        shutil.rmtree(own, ignore_errors=True)
    print(json.dumps(answer))
    return 0


def table(rows, played: str) -> str:
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in ("passed", "skipped", "failed")}
    cpu = sum(row["cpu"] for row in rows)
    lines = [
        "# Fault campaign",
        "",
        f"Made by `make faults` on Python {platform.python_version()} and SQLite {sqlite3.sqlite_version}: "
        + ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        + f"; {cpu / 60:.0f} minutes of processor time. Last played: {played}.",
        LETTERS,
        "",
        "| case | fault | verdict | seen | wall, s | CPU, s | largest process, MiB |",
        "|---|---|---|---|--:|--:|--:|",
    ]
    lines += [
        f"| {row['name']} | {row['title']} | {'**failed**' if row['verdict'] == 'failed' else row['verdict']} "
        f"| {row['seen'].replace('|', '/')} | {row['wall']:.0f} | {row['cpu']:.0f} | {row['peak']} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n" + ("\n" + NOTES.read_text(encoding="utf-8") if NOTES.exists() else "")


if __name__ == "__main__":
    sys.exit(main())
