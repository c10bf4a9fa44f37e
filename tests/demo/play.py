"""`make demo`: two nights of svodka over the sample outlets, served on loopback; needs no network."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

from tests.demo.outlets import Press, publish, write_feeds

ROOT = Path(__file__).resolve().parent.parent.parent
HOME = ROOT / "demo"
NIGHTS = ("2026-11-18T23:00:00+05:00", "2026-11-23T03:00:00+05:00")
WEEK = "2026-W47"


def main() -> int:
    HOME.mkdir(exist_ok=True)
    database = HOME / "db" / "news.db"
    for old in (database, *database.parent.glob("news.db-*")):
        old.unlink(missing_ok=True)
    press = Press(datetime.fromisoformat(NIGHTS[0]))
    with publish(press) as port:
        write_feeds(HOME / "feeds.yaml", port)
        for night in NIGHTS:
            press.until = datetime.fromisoformat(night)
            print(f"\n== The night of {night}", flush=True)
            code = svodka("run", "--now", night)
            if code not in (0, 1):
                return code
    for title, *command in (
        ("Meetings", "summits"),
        ("Agreements", "agreements"),
        ("The digest", "digest", "--week", WEEK, "--out", str(HOME / "digest")),
    ):
        print(f"\n== {title}", flush=True)
        if code := svodka(*command, "--now", NIGHTS[-1]):
            return code
    print(f"\nThe database: {database}\nAsk it:       sqlite3 {database} 'select * from \"Соглашения\"'")
    return 0


def svodka(*arguments: str) -> int:
    command = [sys.executable, "-m", "pipeline.cli", *arguments, "--home", str(HOME)]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
