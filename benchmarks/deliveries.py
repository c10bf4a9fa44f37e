"""Send 1,000 letters to a server that misbehaves, killing the sender at random moments, and count what arrived.

    .venv/bin/python benchmarks/deliveries.py [--weeks 20] [--readers 50] [--seed 1]

The server (aiosmtpd, STARTTLS, login) and the database are real, and so is the kill -9. One letter is one reader in one
week. Each run of the sender is a process of its own; when it was killed, the next one goes on where it stopped.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import weeks  # noqa: E402 - the tests' own writer of weeks
from mailserver import Post, running  # noqa: E402

from pipeline.deliver import Server  # noqa: E402
from pipeline.desk import DeskFile, Sender, Subscriber  # noqa: E402
from pipeline.digest.week import Week  # noqa: E402
from pipeline.mail import Office, send_digest  # noqa: E402
from pipeline.store import Store  # noqa: E402
from pipeline.store.deliveries import UNFINISHED, deliveries_of  # noqa: E402
from pipeline.store.week import newest_article  # noqa: E402

SENDER = Sender(name="Сводка", address="digest@desk.example", reply_to=None, bounces="bounce@desk.example")
CHANCES = {
    "grey": 0.10,
    "later": 0.06,
    "closing": 0.05,
    "cut": 0.06,
    "slow": 0.05,
    "swallow": 0.03,
    "drop": 0.03,
    "gone": 0.04,
    "spam": 0.02,
}
KILLED = 0.75  # of the runs
MAX_RUNS = 60  # of one week


def send(db, week, readers, env):
    """Send what is unsent of a week; the process that may be killed."""
    with Store.open(Path(db), create=False) as store:
        print("ready", flush=True)
        server = replace(Server.of(env), timeout=5.0, closing_timeout=5.0)
        office = Office(
            file=DeskFile(sender=SENDER),
            server=server,
            clock=lambda: weeks.NOW,
            wait=lambda _: None,
            made_by="benchmark",
        )
        subscribers = [Subscriber(address=reader) for reader in readers]
        send_digest(
            store, Week.read(week, "Asia/Tashkent"), subscribers, office, last=newest_article(store), force=True
        )


def run_once(db, week, readers, env, chance):
    """Run the sender; kill it at a random moment if `chance` says so. Tells whether it was killed."""
    place = str(ROOT / "benchmarks")
    code = (
        f"import sys; sys.path.insert(0, {place!r}); import deliveries; deliveries.send(*{(db, week, readers, env)!r})"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with process:
        assert process.stdout.readline() == b"ready\n"
        if chance is not None:
            try:
                process.wait(chance)
            except subprocess.TimeoutExpired:
                process.kill()
                return True
        process.wait()
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=20)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        db = str(Path(folder) / "news.db")
        with Store.open(Path(db)) as store:
            weeks.ordinary(store)
        last = Week.read(weeks.WEEK, "Asia/Tashkent")
        counts = Counter()
        faults = Counter()
        for back in range(arguments.weeks):
            one_week(db, last.earlier(back).id, arguments.readers, chance, counts, faults, Path(folder))
        with Store.open(Path(db)) as store:
            counts["integrity"] = store.value("PRAGMA integrity_check")
    seconds = time.monotonic() - began
    print(f"seed {arguments.seed}, {arguments.weeks} weeks x {arguments.readers} readers, {seconds:.0f} s")
    print("faults committed:", ", ".join(f"{kind} {count}" for kind, count in sorted(faults.items())))
    for name, count in counts.items():
        print(f"{name}: {count}")
    return int(bool(counts["doubled"] or counts["lost"] or counts["lied"]))


def one_week(db, week, count, chance, counts, faults, folder):
    readers = [f"reader{number}@example.org" for number in range(count)]
    kinds = {
        reader: chance.choices([*CHANCES, None], [*CHANCES.values(), 1 - sum(CHANCES.values())])[0]
        for reader in readers
    }
    post = Post({reader: kind for reader, kind in kinds.items() if kind}, slow=0.2)
    with running(post, folder, login=True) as env:
        for number in range(MAX_RUNS):
            moment = chance.uniform(0.2, 5.0) if chance.random() < KILLED else None
            counts["killed"] += run_once(db, week, readers, env, moment)
            counts["runs"] += 1
            with Store.open(Path(db)) as store:
                store.conn.execute("UPDATE subscribers SET refusals = 0, paused_at = NULL")
                left = [item for item in deliveries_of(store, week) if item.state in {*UNFINISHED, "closing"}]
                if moment is None and not left and deliveries_of(store, week):
                    break
            assert number < MAX_RUNS - 1, f"{week}: {left}"
        with Store.open(Path(db)) as store:
            states = {item.address: item.state for item in deliveries_of(store, week)}
    faults.update(
        kind for reader, kind in kinds.items() if kind and (kind in {"gone", "spam"} or reader not in post.faults)
    )
    taken = Counter(address for address, _, _ in post.taken)
    for reader in readers:
        state, times = states.get(reader), taken[reader]
        counts["letters"] += 1
        counts[f"state {state}"] += 1
        counts["taken"] += times
        counts["doubled"] += times > 1
        counts["lost"] += times == 0 and state not in {"refused", "unknown"}
        counts["lied"] += (state == "sent" and times != 1) or (state == "refused" and times > 0)
        counts["in doubt, taken"] += state == "unknown" and times == 1
        counts["in doubt, not taken"] += state == "unknown" and times == 0
    identities = [message["Message-ID"] for _, _, message in post.taken]
    assert len(set(identities)) == len(identities) == len(post.taken)


if __name__ == "__main__":
    sys.exit(main())
