"""System calls of a command: counted, made to fail, or written down and played as a power cut leaves them."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.faults.case import Skipped

if TYPE_CHECKING:
    import random
    from pathlib import Path

WRITING = ("pwrite64", "fdatasync", "fsync", "unlink", "rename")
SECTOR = 512  # bytes that a disk writes whole or not at all


def strace(*arguments: str) -> tuple[str, ...]:
    if not shutil.which("strace"):
        raise Skipped("strace is not installed")
    return ("strace", "-f", "-qq", *arguments)


def inject(call: str, fault: str, when: str, *, database: Path | None = None) -> tuple[str, ...]:
    """Make the N-th call fail (`error=EIO`) or kill (`signal=SIGKILL`); with a database, calls on its files only."""
    return strace(
        "-o", "/dev/null", *files_of(database), "-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={when}"
    )


def files_of(database: Path | None) -> list[str]:
    ends = ("", "-wal", "-journal", "-shm") if database else ()
    return [word for end in ends for word in ("-P", f"{database}{end}")]


def count(shop, home: Path, *arguments: str, database: Path | None = None, env=None) -> Counter:
    """Count the calls that write in a command that nothing disturbs."""
    log = home / "calls"
    before = strace("-o", str(log), *files_of(database), "-e", f"trace={','.join(WRITING)}")
    ended = shop.run(home, *arguments, before=before, env=env)
    assert ended.returncode == 0, ended.stderr.decode()[-300:]
    return Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(errors="replace"), re.MULTILINE))


def spread(counts: Counter, trials: int) -> list[tuple[str, int]]:
    """Choose places in a command's calls: every first one, then evenly over the rest."""
    places = [(call, number + 1) for call in WRITING for number in range(counts[call])]
    places.sort(key=lambda place: place[1])
    if len(places) <= trials:
        return places
    first = places[: trials // 2]
    rest = places[trials // 2 :]
    step = len(rest) / (trials - len(first))
    return first + [rest[int(number * step)] for number in range(trials - len(first))]


@dataclass
class Disk:
    """Files as a power cut leaves them: what was synced is there, what was not may be, in part, or may not."""

    safe: dict[str, bytearray] = field(default_factory=dict)  # as of the last sync of each
    loose: dict[str, list[tuple[int, bytes | None]]] = field(default_factory=dict)  # writes since; None: cut to there
    unlinked: set[str] = field(default_factory=set)  # since the last sync of the folder: perhaps still there

    def play(self, call: str, name: str, offset: int, content: bytes | None) -> None:
        """Take one step of a trace."""
        if call == "unlink":
            self.unlinked.add(name)
        elif call == "folder" or name in self.unlinked:
            for gone in self.unlinked:
                self.safe.pop(gone, None)
                self.loose.pop(gone, None)
            self.unlinked.clear()
        if call == "write":
            self.write(name, offset, content)
        elif call == "sync":
            self.sync(name)

    def write(self, name: str, offset: int, content: bytes | None) -> None:
        self.safe.setdefault(name, bytearray())
        self.loose.setdefault(name, []).append((offset, content))

    def sync(self, name: str) -> None:
        for offset, content in self.loose.pop(name, ()):
            put(self.safe.setdefault(name, bytearray()), offset, content)

    def image(self, chance: random.Random | None) -> dict[str, bytes]:
        """Make the files: all writes when chance is None, else each loose one whole, torn or lost."""
        gone = {name for name in sorted(self.unlinked) if chance is None or chance.random() < 1 / 2}
        made = {name: bytearray(content) for name, content in self.safe.items() if name not in gone}
        for name in sorted(made.keys() & self.loose.keys()):
            writes = self.loose[name]
            for offset, content in writes:
                fate = chance.random() if chance else 1.0
                if fate < 1 / 3:
                    continue
                if content is not None and fate < 2 / 3:
                    for start in range(0, len(content), SECTOR):
                        if chance.random() < 1 / 2:
                            put(made[name], offset + start, content[start : start + SECTOR])
                else:
                    put(made[name], offset, content)
        return {name: bytes(content) for name, content in made.items()}


def put(file: bytearray, offset: int, content: bytes | None) -> None:
    if content is None:
        del file[offset:]
        return
    if len(file) < offset:
        file.extend(bytes(offset - len(file)))
    file[offset : offset + len(content)] = content


CALL = re.compile(r"^\d+ +(\w+)\((?:\d+<([^>]*)>)?(.*?)\) += (-?\d+)", re.DOTALL)
UNLINK = re.compile(r'^\d+ +unlink(?:at)?\([^"]*"((?:\\x[0-9a-f]{2})*)".*= 0$')
DATA = re.compile(r', "((?:\\x[0-9a-f]{2})*)", \d+, (\d+)$')


def written(log: Path, folder: Path):
    """Read a trace as steps (call, file, offset, content) on the files of a folder."""
    for line in log.read_text(errors="replace").splitlines():
        if unlinked := UNLINK.match(line):
            path = unescaped(unlinked[1]).decode()
            if path.startswith(f"{folder}/"):
                yield "unlink", path.removeprefix(f"{folder}/"), 0, None
            continue
        found = CALL.match(line)
        path = unescaped(found[2]).decode() if found and found[2] else ""
        if path == str(folder):
            yield "folder", "", 0, None
        if found is None or not path.startswith(f"{folder}/"):
            continue
        name = path.removeprefix(f"{folder}/")
        if found[1] == "pwrite64" and (data := DATA.search(found[3])):
            yield "write", name, int(data[2]), unescaped(data[1])
        elif found[1] == "ftruncate":
            yield "write", name, int(found[3].rpartition(", ")[2]), None
        elif found[1] in ("fsync", "fdatasync"):
            yield "sync", name, 0, None


def unescaped(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


def recording(log: Path) -> tuple[str, ...]:
    """Write down all that a command writes, with its content."""
    return strace(
        "-y", "-xx", "-s", "100000000", "-o", str(log), "-e", "trace=pwrite64,ftruncate,fsync,fdatasync,unlink,unlinkat"
    )
