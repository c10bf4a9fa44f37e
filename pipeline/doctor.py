"""Whether all is in place: each check a function, in one ordered list."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from pipeline.errors import SvodkaError
from pipeline.store import Store, free_space
from pipeline.store.database import wal_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.settings import Settings

FREE_SPACE = 500 * 2**20  # bytes; a year of a hundred feeds takes about ten times as much
STALE = timedelta(hours=36)  # after this the last night is news by itself
SAFE_PYTHON = (3, 11, 10)  # from here on an encoded word in a title cannot inject a mail header (CVE-2024-6923)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: ok, look (works, but a person should know) or bad."""

    subject: str
    verdict: Literal["ok", "look", "bad"]
    detail: str

    def figures(self) -> dict[str, str]:
        """Give it for JSON."""
        return asdict(self)


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, in the order of CHECKS; a check that fails is a finding, and the rest goes on."""
    for subject, look in CHECKS:
        try:
            verdict, detail = look(settings)
        except SvodkaError as error:
            verdict, detail = "bad", str(error)
        yield Finding(subject=subject, verdict=verdict, detail=detail)


Answer = tuple[Literal["ok", "look", "bad"], str]


def _python(_: Settings) -> Answer:
    version = platform.python_version()
    if sys.version_info < SAFE_PYTHON:
        return "look", f"Python {version}: svodka guards its mail headers itself; 3.11.10 or newer does so too"
    return "ok", f"Python {version}"


def _sqlite(_: Settings) -> Answer:
    version = sqlite3.sqlite_version
    if wal_fault():
        return "look", (
            f"SQLite {version} has the rare write-ahead-log fault mended in 3.51.3: "
            "keep nightly backups, or use a Python with a newer SQLite"
        )
    return "ok", f"SQLite {version}"


def _home(settings: Settings) -> Answer:
    if not settings.home.is_dir():
        return (
            "look",
            f"{settings.home} does not exist yet; the shipped feeds and models are used, `run` makes the rest",
        )
    return "ok", str(settings.home)


def _feeds(settings: Settings) -> Answer:
    from pipeline.feeds import load_feeds

    path = settings.find("feeds.yaml")
    feeds = load_feeds(path)
    enabled = sum(feed.enabled for feed in feeds)
    return ("ok" if enabled else "bad"), f"{enabled} of {len(feeds)} feeds enabled in {path}"


def _models(settings: Settings) -> Answer:
    from pipeline.understand import Reader

    reader = Reader.load(settings.home)
    return "ok", f"topics and events loaded, version {reader.model_version}"


def _database(settings: Settings) -> Answer:
    if not settings.db.exists():
        return "look", f"{settings.db} does not exist yet; the first `svodka run` makes it"
    from pipeline.store.health import counts, problems

    with Store.read(settings.db) as store:
        if found := list(problems(store, full=False)):
            return "bad", f"{settings.db} is damaged: {found[0]}; `svodka restore` puts a backup in its place"
        numbers = counts(store)
    return "ok", f"{settings.db}: {numbers['articles']} articles, {numbers['waiting']} waiting"


def _writable(settings: Settings) -> Answer:
    free, folder = free_space(settings.db)
    if not os.access(folder, os.W_OK):
        return "bad", f"{folder} cannot be written; mend its permissions or choose another database with --db"
    if free < FREE_SPACE:
        return "bad", f"only {free // 2**20} MiB free at {folder}; a night needs room"
    return "ok", f"{free // 2**30} GiB free at {folder}"


def _fresh(settings: Settings) -> Answer:
    if not settings.db.exists():
        return "look", "no run yet"
    with Store.read(settings.db) as store:
        last = store.value(
            "SELECT max(finished_at) FROM runs WHERE command = 'run' AND exit_code IN (0, 1)",
        )
    if last is None:
        return "look", "no nightly run has finished yet"
    from pipeline.store.moments import read_moment

    age = settings.now - read_moment(last)
    if age < -timedelta(minutes=5):
        return "bad", f"the last nightly run finished in the future ({last}): is the clock right?"
    if age > STALE:
        return "bad", f"the last nightly run finished {last}: look at cron, then `svodka run`"
    return "ok", f"the last nightly run finished {last}"


def _feeds_alive(settings: Settings) -> Answer:
    if not settings.db.exists():
        return "look", "no feed was read yet"
    from pipeline.store.health import feed_health

    with Store.read(settings.db) as store:
        verdicts = [row["verdict"] for row in feed_health(store, now=settings.now)]
    bad = sum(verdict in {"failing", "gone", "silent"} for verdict in verdicts)
    if verdicts and bad == len(verdicts):
        return "bad", f"none of {bad} feeds answers: is the network there? `svodka status` tells each one's error"
    return (
        "look" if bad else "ok"
    ), f"{len(verdicts) - bad} of {len(verdicts)} feeds do well; `svodka status` lists them"


CHECKS: tuple[tuple[str, Callable[[Settings], Answer]], ...] = (
    ("python", _python),
    ("sqlite", _sqlite),
    ("home", _home),
    ("feeds.yaml", _feeds),
    ("models", _models),
    ("database", _database),
    ("disk", _writable),
    ("last night", _fresh),
    ("feeds", _feeds_alive),
)
