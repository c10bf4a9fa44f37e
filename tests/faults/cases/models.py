"""J: models that are damaged, hostile, of another version, or changed while they are used."""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import shutil
import time
import zipfile
from typing import TYPE_CHECKING

import numpy as np

from pipeline.settings import shipped
from tests.faults.case import case
from tests.nights import LATER, NIGHT, contents

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.workshop import Workshop


def own_models(shop: Workshop, like: str = "") -> Path:
    """Make a home with models of its own, which may be damaged."""
    home = shop.home(like)
    for name in ("topics", "events"):
        shutil.copytree(shipped(f"models/{name}"), home / "models" / name)
    return home


LINE = json.dumps({"id": "1", "url": None, "published": "2026-11-20", "title": None, "text": "Подписали договор."})


def refused(shop: Workshop, home: Path, why: str) -> None:
    """A wrong model is told in one sentence and nothing is read with it."""
    line = home / "line.jsonl"
    line.write_text(LINE)
    ended = shop.run(home, "annotate", str(line))
    assert ended.returncode in {2, 4}, f"{why}: exit code {ended.returncode}, {ended.stderr.decode()[-300:]}"
    assert not ended.stdout, why
    assert len(ended.stderr.decode().splitlines()) == 1, ended.stderr
    assert ended.peak < 1024, f"{why}: {ended.peak} MiB"


class Bomb:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.mknod, (str(self.mark),)


def object_npz(mark: Path) -> bytes:
    made = io.BytesIO()
    np.savez(made, weights=np.array([Bomb(mark)], dtype=object), allow_pickle=True)
    return made.getvalue()


def bomb_npz() -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("weights.npy", "w", force_zip64=True) as member,
    ):
        for _ in range(2000):
            member.write(bytes(1 << 20))
    return made.getvalue()


@case("J99", "pickles in place of models, objects in .npz, a zip bomb, a folder", trials=4, core=1)
def hostile(shop: Workshop, trials: int) -> str:
    tried = 0
    mark = shop.folder / "mark"
    evil = pickle.dumps(Bomb(mark))
    contents_of = {"objects": object_npz(mark), "a pickle": evil, "a zip bomb": bomb_npz(), "empty": b""}
    if trials < len(contents_of):
        contents_of = {"objects": contents_of["objects"]}
    for file in ("models/topics/weights.npz", "models/topics/words.npz", "models/events/weights.npz"):
        for name, content in contents_of.items():
            home = own_models(shop)
            (home / file).write_bytes(content)
            refused(shop, home, f"{name} as {file}")
            tried += 1
    for file in ("models/topics/card.json", "models/events/card.json"):
        home = own_models(shop)
        (home / file).write_bytes(evil)
        refused(shop, home, f"a pickle as {file}")
        home = own_models(shop)
        (home / file).unlink()
        (home / file).mkdir()
        refused(shop, home, f"a folder as {file}")
        tried += 2
    assert not mark.exists(), "a pickle was run"
    return f"{tried} of {tried} refused in one sentence, nothing of theirs was run"


@case("J100", "60 flipped bits, files cut at 20 places, empty, missing (also J101)", trials=90, core=3, seconds=500)
def damaged(shop: Workshop, trials: int) -> str:
    chance, tried = random.Random(100), 0
    files = ("topics/weights.npz", "topics/words.npz", "events/weights.npz", "events/features.json")
    home = own_models(shop)
    for trial in range(trials):
        path = home / "models" / files[trial % len(files)]
        whole = path.read_bytes()
        if trial % 9 < 6:
            place = chance.randrange(len(whole))
            broken = whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :]
        elif trial % 9 < 8:
            broken = whole[: chance.randrange(len(whole))]
        else:
            broken = b""
        path.write_bytes(broken)
        refused(shop, home, f"{path.name}, trial {trial}")
        path.write_bytes(whole)
        tried += 1
    for name in ("topics", "events"):
        card = home / "models" / name / "card.json"
        whole = card.read_text(encoding="utf-8")
        for change in ({"format": 99}, {"files": {}}, {}):
            card.write_text(json.dumps({**json.loads(whole), **change}) if change else "{}", encoding="utf-8")
            refused(shop, home, f"card of {name}, {change}")
            tried += 1
        card.write_text(whole, encoding="utf-8")
    line = home / "line.jsonl"
    assert shop.run(home, "annotate", str(line)).returncode == 0
    return f"{tried} of {tried} refused in one sentence; whole again, they are read"


@case("J102", "articles come in though a model is broken; understood once it is whole", core=1)
def waiting(shop: Workshop) -> str:
    home = own_models(shop)
    weights = home / "models" / "topics" / "weights.npz"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1])
    ended = shop.run(home, "run", "--now", NIGHT)
    assert ended.returncode == 2, ended.returncode
    held = shop.ask(home, "SELECT count(*), count(understood_by) FROM articles")
    assert held[0][0] == len(shop.twin["articles"]), held
    assert held[0][1] == 0
    weights.write_bytes(whole)
    assert shop.run(home, "run", "--now", LATER).returncode == 0
    assert contents(home) == shop.twin
    return f"{held[0][0]} articles stored, exit code 2 with the reason; equal to the twin once the model was whole"


@case("J103", "models swapped while a run reads with them", core=0, trials=4)
def swapped(shop: Workshop, trials: int) -> str:
    for trial in range(trials):
        home = own_models(shop, "collected")
        running = shop.start(home, "run", "--no-fetch", "--now", NIGHT)
        time.sleep((0.3 + 0.6 * trial / trials) * shop.wall["night"])
        weights = home / "models" / "topics" / "weights.npz"
        part = weights.with_suffix(".part")
        part.write_bytes(b"other")
        part.replace(weights)
        _, said = running.communicate(timeout=120)
        assert b"Traceback" not in said
        assert running.returncode in {0, 2}
        versions = shop.ask(home, "SELECT DISTINCT understood_by FROM articles WHERE understood_by IS NOT NULL")
        assert len(versions) <= 1, versions
        if running.returncode == 0:
            assert contents(home) == shop.twin
    return f"{trials} nights: each by one version of the models, or refused"
