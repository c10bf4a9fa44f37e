"""`make faults`: play the fault cases against the installed command and write the table of results."""

import argparse
import sys
import time
from pathlib import Path

from tests.faults.cases import CASES, Skipped
from tests.faults.workshop import workshop


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--core", action="store_true", help="only what `make test` runs")
    parser.add_argument("--only", nargs="*", help="cases by name")
    parser.add_argument("--out", type=Path, help="write the table to this file, too")
    chosen = parser.parse_args()
    rows, failed = ["| case | fault | seen | seconds |", "|---|---|---|---|"], 0
    with workshop() as shop:
        for case in CASES:
            trials = case.core if chosen.core else case.trials
            if not trials or (chosen.only and case.name not in chosen.only):
                continue
            began = time.monotonic()
            try:
                seen = case.play(shop, trials)
            except Skipped as reason:
                seen = f"skipped: {reason}"
            except AssertionError as error:
                failed += 1
                seen = f"**failed**: {' '.join(str(error).split())[:300]}"
            rows.append(f"| {case.name} | {case.title} | {seen} | {time.monotonic() - began:.0f} |")
            print(rows[-1], flush=True)
    if chosen.out:
        chosen.out.write_text(
            "# Fault campaign\n\nMade by `make faults`.\n\n" + "\n".join(rows) + "\n", encoding="utf-8"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
