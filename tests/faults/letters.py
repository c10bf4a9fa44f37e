"""A desk that sends its digest to a mail server which misbehaves, or which kills the sender."""

from __future__ import annotations

import os
import shutil
import signal
import warnings
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from pipeline.store import Store
from pipeline.store.deliveries import deliveries_of
from tests import weeks
from tests.faults.workshop import told
from tests.mailserver import Post, running

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.faults.workshop import Workshop

READERS = tuple(f"reader{number}@example.org" for number in range(10))
SEND = ("digest", "--send", "--week", weeks.WEEK, "--now", weeks.NOW.isoformat())
DESK = """\
title: Сводка стола
timezone: Asia/Tashkent
pages: https://svodka.example
one_click: yes
from: Мониторинг региональной дипломатии <digest@desk.example>
"""


class Correspondence:
    """A mail server, and homes of a desk that has an ordinary week to send."""

    def __init__(self, shop: Workshop, faults: dict[str, str] | None = None, **server: object) -> None:
        self.shop, self.post, self.server = shop, Post(faults), server
        self.stack = ExitStack()

    def __enter__(self) -> Self:
        self.shop.folder.mkdir(parents=True, exist_ok=True)
        warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
        options = {"login": True} | self.server
        self.env = self.stack.enter_context(running(self.post, self.shop.folder, **options))
        return self

    def __exit__(self, *exc: object) -> None:
        self.stack.close()

    def home(self, readers=READERS, write=weeks.ordinary, change=()) -> Path:
        """Make a home with a week to send; `change` is SQL over its rows. What the server took before is forgotten."""
        home = self.shop.home()
        kept = self.shop.folder / f"week-{write.__name__}.db"
        if not kept.exists():
            with Store.open(kept) as store:
                write(store)
                store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (home / "db").mkdir()
        shutil.copy(kept, home / "db" / "news.db")
        if change:
            with Store.open(home / "db" / "news.db") as store:
                store.conn.execute("PRAGMA foreign_keys = OFF")
                for sql, values in change:
                    store.conn.execute(sql, values)
        (home / "desk.yaml").write_text(DESK, encoding="utf-8")
        self.subscribe(home, readers)
        self.post.taken.clear()
        return home

    def subscribe(self, home: Path, readers) -> None:
        lines = "".join(f"  - address: {reader!r}\n" for reader in readers)
        (home / "subscribers.yaml").write_text("subscribers:\n" + lines, encoding="utf-8")

    def send(self, home: Path, *more: str, before=()) -> subprocess.CompletedProcess:
        return self.shop.run(home, *SEND, *more, env=self.env, before=before)

    def kill_at(self, home: Path, step: str, number: int) -> None:
        """Kill the sender when the server is at the N-th such step."""
        seen: Counter[str] = Counter()
        victim = self.shop.start(home, *SEND, env=self.env)

        def watch(at: str) -> bool:
            seen[at] += 1
            if at == step and seen[at] == number:
                os.kill(victim.pid, signal.SIGKILL)
                return True
            return False

        self.post.watch = watch
        _, said = victim.communicate(timeout=120)
        self.post.watch = lambda _: False
        told(said)
        assert victim.returncode == -signal.SIGKILL, f"it was not killed at {step} {number}: {said[-200:]}"

    def states(self, home: Path) -> dict[str, str]:
        with Store.read(home / "db" / "news.db") as store:
            return {item.address: item.state for item in deliveries_of(store, weeks.WEEK)}

    def taken(self) -> Counter[str]:
        return Counter(address for address, _, _ in self.post.taken)

    def exact(self, home: Path, readers=READERS) -> int:
        """After one more clean run each letter was taken once, or is called in doubt; answers how many are in doubt."""
        ended = self.send(home)
        states, taken = self.states(home), self.taken()
        assert ended.returncode == (1 if "unknown" in states.values() else 0), ended.stderr.decode()[-300:]
        for reader in readers:
            assert taken[reader] <= 1, f"{reader} was written to {taken[reader]} times"
            assert taken[reader] == 1 or states[reader] == "unknown", f"{reader} got nothing and is {states[reader]}"
            assert states[reader] in {"sent", "unknown"}, states
        identities = [message["Message-ID"] for _, _, message in self.post.taken]
        assert len(set(identities)) == len(identities)
        return sum(state == "unknown" for state in states.values())
