"""M: strange environments, wrong files of settings, secrets, long absence; N: the same twice."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.demo.outlets import write_feeds
from tests.faults.case import case
from tests.faults.workshop import SECRETS, told
from tests.nights import LATER, NIGHT, ROOT, contents

if TYPE_CHECKING:
    from tests.faults.workshop import Workshop


@case("M112", "an empty environment, LANG=C, no HOME, a folder that is gone, strange umasks", core=0)
def environments(shop: Workshop) -> str:
    seen = []
    gone = shop.folder / "gone"
    for name, options in (
        ("nothing", {"env": {}}), ("LANG=C", {"env": {"LANG": "C", "LC_ALL": "C"}}), ("POSIX", {"env": {"LC_ALL": "POSIX", "PYTHONUTF8": "0"}}),
        ("no HOME", {"env": {"PATH": os.environ["PATH"]}}), ("umask 000", {"env": {}, "umask": 0}), ("umask 077", {"env": {}, "umask": 0o077}),
        ("nobody's HOME", {"env": {"HOME": "/nonexistent"}}),
    ):  # fmt: skip
        home = shop.home()
        ended = subprocess.run(
            [*shop.command(home, "collect", "--now", NIGHT)], cwd=ROOT, capture_output=True, check=False, **options
        )
        told(ended.stderr)
        assert ended.returncode == 0, (name, ended.stderr.decode()[-300:])
        assert len(shop.ask(home, "SELECT url FROM articles")) == len(shop.twin["articles"])
        listed = subprocess.run(
            [*shop.command(home, "articles", "--now", NIGHT)], cwd=ROOT, capture_output=True, check=False, **options
        )
        assert "Баку" in listed.stdout.decode(), name
        seen.append(name)
    gone.mkdir()
    code = f"cd {gone} && rmdir {gone} && {' '.join(shop.command(shop.home(), 'collect', '--now', NIGHT))}"
    ended = subprocess.run(
        ["bash", "-c", code], env={**shop.env, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    told(ended.stderr)
    assert ended.returncode in {0, 1, 2, 4}, ended.stderr
    return f"{', '.join(seen)}: work, in Russian; a working folder that is gone gives exit code {ended.returncode}"


WRONG = {
    "feeds: [": 2, "feeds:\n- nme: x\n": 2, "": 2, "a: &a [*a]": 2, "!!python/object/apply:os.system ['touch /tmp/x']": 2, "\xff": 2,
    "feeds:\n" + "- {name: x, url: 'http://x.example/'}\n" * 60_000: 2, "x: " + "[" * 100_000: 2, "feeds: {}": 2, "\t": 2, "feeds:\n- 5": 2,
    "feeds:\n- name: x\n  url: https://x.example/\n  interval: 1e99\n": 2, "feeds:\n- name: x\n  url: https://x.example/\n  timezone: ../../etc/passwd\n": 2,
}  # fmt: skip


@case(
    "M113", "feeds.yaml broken, empty, of 3 MB, nested, with tags of Python; desk, subscribers and alerts too", core=0
)
def settings(shop: Workshop) -> str:
    tried = 0
    home = shop.home("night")
    for text, code in WRONG.items():
        (home / "feeds.yaml").write_bytes(text.encode("latin-1" if text == "\xff" else "utf-8"))
        ended = shop.run(home, "run", "--now", LATER)
        assert ended.returncode == code, (text[:40], ended.returncode, ended.stderr[-300:])
        assert "feeds.yaml" in ended.stderr.decode(), ended.stderr
        tried += 1
    write_feeds(home / "feeds.yaml", shop.port)
    for name, texts in {
        "desk.yaml": ("titel: x", "- a", "a: [", "timezone: Mars"),
        "subscribers.yaml": ("subscribers: x", "x", "subscribers:\n- addres: y"),
    }.items():
        for text in texts:
            (home / name).write_text(text)
            ended = shop.run(home, "digest", "--dry-run", "--out", str(home / "out"), "--now", LATER)
            assert ended.returncode in {0, 1, 2}, (name, text, ended.returncode, ended.stderr)  # a dry run only tells
            assert name in ended.stderr.decode(), ended.stderr
            tried += 1
        (home / name).unlink()
    assert contents(home) == shop.twin
    return f"{tried} of {tried} told with file and line, nothing was done"


@case("M114", "a password in the environment, in a file for all to read, in the list of processes", core=1)
def passwords(shop: Workshop) -> str:
    home = shop.home("night")
    seen = b""
    for command in (
        ("doctor",),
        ("status",),
        ("schedule",),
        ("schedule", "--format", "systemd"),
        ("feeds", "list"),
        ("--help",),
    ):
        running = subprocess.Popen(
            shop.command(home, *command), cwd=ROOT, env=shop.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        with running:
            seen += subprocess.run(["ps", "-eo", "args"], capture_output=True, check=False).stdout
            seen += running.stdout.read()
    for secret in SECRETS:
        assert secret.encode() not in seen
    return "in no process list, schedule, unit, report; every line of the campaign is looked at for it"


@case("M115", "thirty nights missed, then one run", core=0)
def absence(shop: Workshop) -> str:
    home = shop.home("night")
    after = (datetime.fromisoformat(NIGHT) + timedelta(days=30)).isoformat()
    stale = shop.run(home, "doctor", "--now", after)
    assert "look at cron" in stale.stdout.decode(), stale.stdout
    ended = shop.run(home, "run", "--now", after)
    assert ended.returncode == 0, ended.stderr
    assert contents(home)["articles"] == shop.twin["articles"]
    assert "look at cron" not in shop.run(home, "doctor", "--now", after).stdout.decode()
    return "`doctor` tells of it, one run makes it up"


@case(
    "M116",
    "nights with a fault each and their twin (the whole year: benchmarks/soak.md)",
    core=0,
    trials=12,
    seconds=400,
)
def soak(shop: Workshop, trials: int) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.soak", "--nights", str(trials)],
        cwd=ROOT,
        env=shop.env,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout.decode()[-400:] + ended.stderr.decode()[-400:]
    return f"{trials} nights: no table differs from the twin's"


@case("N1", "the same night and digest in two homes", core=1)
def same_twice(shop: Workshop) -> str:
    homes = [shop.home("night"), shop.home()]
    shop.run(homes[1], "run", "--now", NIGHT)
    for home in homes:
        week = ("digest", "--week", "2026-W47", "--out", str(home / "out"), "--now", LATER)
        assert shop.run(home, *week).returncode == 0
    digests = [
        [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((home / "out").iterdir())] for home in homes
    ]
    assert digests[0] == digests[1]
    return f"{len(digests[0])} files, byte for byte"
