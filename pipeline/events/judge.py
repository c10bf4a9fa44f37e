"""The learned scorers of the events in one file of numbers, with a card that is checked when they are loaded."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError
from pipeline.events.scorer import MOST_LEAVES, Bench, Scorer, Trees

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1  # of the two files; a model of another format is refused
WEIGHTS, NAMES, CARD = "weights.npz", "features.json", "card.json"
BOTH = 2  # classes that one output tells apart
_RETRAIN = "train it again with `svodka events train`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Scorers by "task.family" and thresholds by the same names."""

    version: str
    scorers: Mapping[str, Scorer]
    thresholds: Mapping[str, float]
    _benches: dict[tuple[str, ...], Bench] = field(init=False, repr=False, compare=False, default_factory=dict)

    def bench(self, tasks: tuple[str, ...]) -> Bench:
        """Give the scorers of tasks that are asked of the same rows; they are made ready once."""
        if tasks not in self._benches:
            self._benches[tasks] = Bench([self.scorers[task] for task in tasks])
        return self._benches[tasks]


def load(folder: Path) -> Judge:
    """Load a judge from its folder; ModelError if a file is missing, damaged or of another format."""
    import numpy as np

    card = read_card(folder)
    for name in (WEIGHTS, NAMES):
        path = folder / name
        if not path.exists():
            raise ModelError(f"{path}: the weights of the event judge are missing; {_RETRAIN}")
        if hashlib.sha256(path.read_bytes()).hexdigest() != card["files"].get(name):
            raise ModelError(f"{path}: the file is not the one that its card describes; {_RETRAIN}")
    try:
        named = json.loads((folder / NAMES).read_text(encoding="utf-8"))
        with np.load(folder / WEIGHTS, allow_pickle=False) as arrays:
            scorers = {task: _unpack(task, one, arrays) for task, one in named.items()}
        for task, scorer in scorers.items():
            _check(task, scorer)
        return Judge(version=card["version"], scorers=scorers, thresholds=card["thresholds"])
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, zipfile.BadZipFile) as error:
        raise ModelError(f"{folder}: the event judge is damaged ({error}); {_RETRAIN}") from None


def read_card(folder: Path) -> dict[str, Any]:
    """Read the card of a judge: its format, version, data, scores, thresholds and reliability."""
    path = folder / CARD
    if not path.exists():
        raise ModelError(f"{path}: the event judge has no card; {_RETRAIN}")
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: not readable as JSON: {error}; {_RETRAIN}") from None
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        made = card.get("format") if isinstance(card, dict) else None
        raise ModelError(f"{path}: made for format {made}, this program reads {FORMAT}; {_RETRAIN}")
    return card


def save(judge: Judge, folder: Path, card: Mapping[str, Any]) -> None:
    """Write a judge and its card; the card gains format, version, thresholds and the digests of the files.

    What stands in the folder is replaced only when all is written.
    """
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {}
    named: dict[str, Any] = {}
    for task, scorer in sorted(judge.scorers.items()):
        named[task] = {
            "classes": scorer.classes,
            "names": _ordered(scorer.names),
            "columns": _ordered(scorer.columns),
            "depth": scorer.trees.depth if scorer.trees else 0,
        }
        arrays[f"{task}/weights"] = scorer.weights.astype(np.float32)
        arrays[f"{task}/bias"] = scorer.bias
        if scorer.trees:
            for part in ("feature", "threshold", "left", "right", "value", "base"):
                array = getattr(scorer.trees, part)
                small = {
                    "feature": np.int16,
                    "left": np.int16,
                    "right": np.int16,
                    "threshold": np.float32,
                    "value": np.float32,
                }
                arrays[f"{task}/{part}"] = array.astype(small.get(part, np.float64))
    with TemporaryDirectory(prefix=".made-", dir=folder) as place:
        made = Path(place)
        np.savez_compressed(made / WEIGHTS, **arrays)
        (made / NAMES).write_text(json.dumps(named, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
        digests = {name: hashlib.sha256((made / name).read_bytes()).hexdigest() for name in (WEIGHTS, NAMES)}
        whole = {"format": FORMAT, "version": judge.version, **card, "thresholds": dict(judge.thresholds)}
        text = json.dumps(whole | {"files": digests}, ensure_ascii=False, indent=2) + "\n"
        (made / CARD).write_text(text, encoding="utf-8")
        for name in (WEIGHTS, NAMES, CARD):
            (made / name).replace(folder / name)


def _ordered(names: Mapping[str, int]) -> list[str]:
    return sorted(names, key=names.__getitem__)


def _unpack(task: str, named: Mapping[str, Any], arrays: Mapping[str, Any]) -> Scorer:
    trees = None
    if f"{task}/feature" in arrays:
        trees = Trees(
            **{part: arrays[f"{task}/{part}"] for part in ("feature", "threshold", "left", "right", "value", "base")},
            depth=named["depth"],
        )
    return Scorer(
        classes=tuple(named["classes"]),
        names={name: i for i, name in enumerate(named["names"])},
        weights=arrays[f"{task}/weights"],
        bias=arrays[f"{task}/bias"],
        columns={name: i for i, name in enumerate(named["columns"])},
        trees=trees,
    )


def _check(task: str, scorer: Scorer) -> None:
    import numpy as np

    outputs = 1 if len(scorer.classes) == BOTH else len(scorer.classes)
    if scorer.weights.shape != (outputs, len(scorer.names)) or scorer.bias.shape != (outputs,):
        raise ValueError(f"{task} has weights of the shape {scorer.weights.shape}, not {(outputs, len(scorer.names))}")
    trees = scorer.trees
    learned = (scorer.weights, scorer.bias, *((trees.value, trees.base) if trees else ()))
    if not all(np.isfinite(array).all() for array in learned):
        raise ValueError(f"{task} holds what is no number")
    if trees is None:
        return
    count, width = trees.feature.shape
    if any(part.shape != (count, width) for part in (trees.threshold, trees.left, trees.right, trees.value)):
        raise ValueError(f"{task} has trees of several shapes")
    if width > 2 * MOST_LEAVES - 1:
        raise ValueError(f"{task} has trees of {width} nodes, more than {MOST_LEAVES} leaves need")
    inside = trees.feature >= 0
    if trees.feature.max(initial=-1) >= len(scorer.columns) or not all(
        ((child[inside] > 0) & (child[inside] < width)).all() for child in (trees.left, trees.right)
    ):
        raise ValueError(f"{task} has trees that lead nowhere")
