"""What a fault case works with: home folders, a press on loopback, a twin on which nothing went wrong, oracles.

O1 no acknowledged article is lost, O2 nothing is stored twice, O3 the file is sound (pages, references, search index,
hash of every text), O4 after the next clean run the database equals the twin's, O5 each letter is taken once or the
ledger calls it in doubt, O6 time and memory keep to their limits, O7 the exit code tells the truth, O8 nothing reaches
the canary, O9 no traceback on standard error; and no planted secret in anything that is said.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import yaml

from pipeline.store import Store
from tests.demo.outlets import Press, publish, write_feeds
from tests.mailserver import PASSWORD
from tests.nights import LATER, NIGHT, ROOT, contents

TRUTHFUL = {0, 1, 2, 3, 4}
# A child's peak begins with that of the process that forked it: a small one starts the command and measures it.
MEASURE = """
import os, sys
pid = os.spawnvp(os.P_NOWAIT, sys.argv[2], sys.argv[2:])
_, status, used = os.wait4(pid, 0)
with open(sys.argv[1], "w") as report:
    report.write(f"[{used.ru_maxrss}, {used.ru_utime + used.ru_stime}]")
code = os.waitstatus_to_exitcode(status)
os.kill(os.getpid(), -code) if code < 0 else sys.exit(code)
"""
SECRETS = ("pl4nted-s3cret", PASSWORD)  # looked for in everything that is said


class Workshop:
    """A press and a twin for all cases; each case makes homes of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.made = 0
        self.peak = 0  # KiB, of the largest process so far
        self.env = {**os.environ, "SMTP_PASSWORD": SECRETS[0], "OPENBLAS_NUM_THREADS": "1"}

    def prepare(self, shared: Path) -> None:
        """Play the night on which nothing goes wrong and keep its homes for all cases."""
        shared.mkdir(parents=True, exist_ok=True)
        home, wall = self.home(), {}
        for name, arguments in (("collected", ("collect",)), ("night", ("run", "--no-fetch"))):
            began = time.monotonic()
            assert self.run(home, *arguments, "--now", NIGHT).returncode == 0
            wall[name] = time.monotonic() - began
            with Store.open(home / "db" / "news.db") as store:
                store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copytree(home, shared / name)
        (shared / "twin.pickle").write_bytes(pickle.dumps((contents(home), wall)))
        self.use(shared)

    def use(self, shared: Path) -> None:
        """Take what was prepared."""
        self.shared = shared
        self.twin, self.wall = pickle.loads((shared / "twin.pickle").read_bytes())

    def home(self, like: str = "") -> Path:
        """Make a home that reads the press; like "collected" or "night" it has that database."""
        self.made += 1
        home = self.folder / f"home-{self.made}"
        if like:
            shutil.copytree(self.shared / like, home)
        else:
            home.mkdir(parents=True)
        write_feeds(home / "feeds.yaml", self.port)
        return home

    def reader(self, feeds: dict[str, str], **options: object) -> Path:
        """Make a home that reads other feeds, names and addresses given; options go to each."""
        home = self.home()
        self.subscribe(home, feeds, **options)
        return home

    def subscribe(self, home: Path, feeds: dict[str, str], **options: object) -> None:
        listed = [{"name": name, "url": url, "timezone": "Asia/Tashkent", **options} for name, url in feeds.items()]
        (home / "feeds.yaml").write_text(yaml.safe_dump({"feeds": listed}, allow_unicode=True), encoding="utf-8")

    def command(self, home: Path, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "pipeline.cli", *arguments, "--home", str(home)]

    def run(self, home: Path, *arguments: str, before=(), env=None, **options) -> subprocess.CompletedProcess:
        """Run a command to its end; whatever happens, it tells the truth, shows no traceback and no secret."""
        report = home.parent / f"{home.name}.used"
        command = [sys.executable, "-S", "-c", MEASURE, str(report), *before, *self.command(home, *arguments)]
        options = {"stdin": subprocess.DEVNULL, "cwd": ROOT} | options
        with (
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
            subprocess.Popen(command, stdout=out, stderr=err, env={**self.env, **(env or {})}, **options) as process,
        ):
            process.wait()
            out.seek(0)
            err.seek(0)
            ended = subprocess.CompletedProcess(command, process.returncode, out.read(), err.read())
        peak, ended.cpu = json.loads(report.read_text())
        self.peak = max(self.peak, peak)
        ended.peak = peak // 1024  # MiB
        told(ended.stderr, ended.stdout)
        return ended

    def start(self, home: Path, *arguments: str, env=None, before=()) -> subprocess.Popen:
        return subprocess.Popen(
            [*before, *self.command(home, *arguments)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**self.env, **(env or {})},
        )

    def kill_after(self, home: Path, seconds: float, *arguments: str, number: int = signal.SIGKILL, env=None) -> int:
        """Start a command, send it a signal after some seconds, and wait for its end."""
        victim = self.start(home, *arguments, env=env)
        try:
            _, said = victim.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            victim.send_signal(number)
            _, said = victim.communicate(timeout=120)
        told(said)
        return victim.returncode

    def recovers(self, home: Path) -> None:
        """After one clean run the database holds what the twin's holds."""
        ended = self.run(home, "run", "--now", LATER)
        assert ended.returncode == 0, ended.stderr.decode()[-600:]
        assert contents(home) == self.twin

    def catches_up(self, home: Path) -> None:
        """After one clean collection the articles are the twin's."""
        ended = self.run(home, "collect", "--now", LATER)
        assert ended.returncode == 0, ended.stderr.decode()[-600:]
        assert contents(home)["articles"] == self.twin["articles"]

    def ask(self, home: Path, question: str, *parameters: object) -> list:
        """Answer a question to the database, rows of one column as plain values."""
        with Store.read(home / "db" / "news.db") as store:
            rows = store.conn.execute(question, parameters).fetchall()
        return [row[0] if len(row) == 1 else row for row in rows]


def told(*said: bytes) -> None:
    """Look at what a command said: no traceback, no planted secret."""
    for text in said:
        assert b"Traceback" not in text, text[-600:].decode(errors="replace")
        for secret in SECRETS:
            assert secret.encode() not in text, "a planted secret was said"


def outcomes(shop: Workshop, home: Path) -> dict[str, tuple[str, str]]:
    """Tell of each feed how its last reading ended: outcome and the kind of its error."""
    rows = shop.ask(
        home,
        "SELECT name, outcome, coalesce(error_kind, '') FROM feeds JOIN fetches ON fetches.id = "
        "(SELECT max(id) FROM fetches WHERE feed_id = feeds.id)",
    )
    return {name: (outcome, kind) for name, outcome, kind in rows}


@contextmanager
def workshop():
    press = Press(datetime.fromisoformat(NIGHT))
    folder = Path(tempfile.mkdtemp(prefix="svodka-faults-"))
    try:
        with publish(press) as port:
            shop = Workshop(folder, port)
            shop.prepare(folder / "shared")
            yield shop
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def small_disk(place: Path, megabytes: float, *, kind: str = "tmpfs", inodes: int = 0):
    """Mount a file system of a few megabytes; yields False where mounting is not allowed."""
    place.mkdir(parents=True, exist_ok=True)
    kilobytes = int(megabytes * 1024)
    if shutil.which("mount") is None or os.geteuid() != 0:
        yield False
        return
    if kind == "tmpfs":
        more = f",nr_inodes={inodes}" if inodes else ""
        commands = [["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k{more}", "tmpfs", str(place)]]
    else:
        image = place.with_name(place.name + ".image")
        with image.open("wb") as file:
            file.truncate(kilobytes * 1024)
        commands = [["mkfs.ext4", "-q", "-F", str(image)], ["mount", "-o", "loop", str(image), str(place)]]
    allowed = all(
        shutil.which(command[0]) and subprocess.run(command, check=False, capture_output=True).returncode == 0
        for command in commands
    )
    try:
        yield allowed
    finally:
        if allowed:
            subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)
