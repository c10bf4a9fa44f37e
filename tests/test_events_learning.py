"""What the judge is made of: scorers as plain numbers, merging, measuring."""

import hashlib
import io
import json
import shutil
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from pipeline.errors import ModelError
from pipeline.events.coreference import Said, _subject, compare, merge, tell
from pipeline.events.judge import Judge, load, save
from pipeline.events.learn import _boost, fit, fit_line, shuffled
from pipeline.events.measure import Figures, reliability
from pipeline.events.reading import Tree
from pipeline.events.scorer import Scorer, Trees
from pipeline.records import Depth, Sentence, Token
from tests.spoiled import Bomb, no_number

ROWS = [{"one": 1.0, "a": float(i % 2), "b": i / 40, f"word={i % 5}": 1.0} for i in range(80)]
LABELS = ["yes" if i % 2 and i > 20 else "no" for i in range(80)]


def test_trees_as_arrays_give_what_scikit_learn_gives():
    from sklearn.ensemble import HistGradientBoostingClassifier

    columns = {"a": 0, "b": 1}
    target = np.array([label == "yes" for label in LABELS]).astype(int)
    trees = _boost(ROWS, target, columns, [0, 1], 1, 20, None)
    scorer = fit(ROWS, LABELS, classes=("no", "yes"), rounds=20)
    matrix = np.array([[row["a"], row["b"]] for row in ROWS], dtype=np.float32)
    learner = HistGradientBoostingClassifier(
        max_iter=20, learning_rate=0.06, max_leaf_nodes=10, min_samples_leaf=8, l2_regularization=2.0,
        max_features=0.3, max_bins=64, early_stopping=False, random_state=20261125,
    ).fit(matrix, target)  # fmt: skip
    ours = type(scorer)(
        classes=("no", "yes"), names={}, weights=np.zeros((1, 0)), bias=np.zeros(1), columns=columns, trees=trees
    )
    assert 2 * ours.log_odds(ROWS)[:, 0] == pytest.approx(learner.decision_function(matrix), abs=1e-6)


def walk(trees, names, row):
    """Give the leaf of every tree for a row, node by node, in single precision as the trees are learned."""
    reached = []
    for tree in range(len(trees.feature)):
        node = 0
        while (feature := trees.feature[tree, node]) >= 0:
            is_above = np.float32(row.get(names[feature], 0.0)) > trees.threshold[tree, node]
            node = (trees.right if is_above else trees.left)[tree, node]
        reached.append(trees.value[tree, node])
    return reached


def test_leaves_as_bits_are_those_that_a_walk_through_the_trees_reaches():
    numbers = np.random.default_rng(7)
    names = [f"feature {i}" for i in range(12)]
    shape, outputs = (30, 9), 3
    thresholds = np.array([-0.5, 0.0, 0.1, 1 / 3, 0.5, 2.0], dtype=np.float32)
    feature, left, right = np.full(shape, -1), np.zeros(shape, int), np.zeros(shape, int)
    for tree in range(shape[0]):  # grown leaf by leaf, some trees to no more than their root
        open_leaves = [0]
        for node in range(1, numbers.choice([1, 3, 5, 9]), 2):
            at = open_leaves.pop(numbers.integers(len(open_leaves)))
            feature[tree, at], left[tree, at], right[tree, at] = numbers.integers(12), node, node + 1
            open_leaves += [node, node + 1]
    trees = Trees(
        feature=feature, threshold=numbers.choice(thresholds, shape), left=left, right=right,
        value=numbers.normal(size=shape), base=np.array([0.5, 0.0, -1.0]), depth=5,
    )  # fmt: skip
    values = [-1.0, -0.5, 0.0, 0.1, float(np.float32(0.1)), 1 / 3, 0.5, 1.0, 2.0, 7.0]
    rows = [
        {name: float(numbers.choice(values)) for name in numbers.choice(names, 6)} | {"unknown": 1.0} for _ in range(80)
    ]
    walked = [np.reshape(walk(trees, names, row), (-1, outputs)).sum(axis=0) + trees.base for row in rows]
    columns = {name: i for i, name in enumerate(names)}
    grown = Scorer(
        classes=("a", "b", "c"), names={}, weights=np.zeros((outputs, 0)), bias=np.zeros(outputs),
        columns=columns, trees=trees,
    )  # fmt: skip
    assert 2 * grown.log_odds(rows) == pytest.approx(np.array(walked), abs=1e-12)
    one = replace(trees, base=np.array([0.5]))
    weights = {name: numbers.normal() for name in names[::2]}  # some features have trees alone, one a weight alone
    weights["odd"] = 2.0
    scorer = Scorer(
        classes=("no", "yes"), names={name: i for i, name in enumerate(weights)},
        weights=np.array([[*weights.values()]]), bias=np.array([0.25]),
        columns=columns, trees=one,
    )  # fmt: skip
    rows = [row | {"odd": 1.0} for row in rows]
    linear = [0.25 + sum(weights.get(name, 0.0) * value for name, value in row.items()) for row in rows]
    alone = [sum(walk(one, names, row)) + 0.5 for row in rows]
    odds = [(a + b) / 2 for a, b in zip(linear, alone, strict=True)]
    assert scorer.odds(rows) == pytest.approx(odds, abs=1e-12)
    assert scorer.chances(rows) == pytest.approx(1 / (1 + np.exp(-np.array(odds))), abs=1e-12)


def test_a_judge_is_the_same_after_saving(tmp_path):
    scorer = fit(ROWS, LABELS, classes=("no", "yes"), rounds=20)
    judge = Judge(version="t", scorers={"judge.summit": scorer}, thresholds={"event.summit": 0.5})
    save(judge, tmp_path, {})
    again = load(tmp_path).scorers["judge.summit"]
    assert again.log_odds(ROWS) == pytest.approx(scorer.log_odds(ROWS), abs=1e-4)


def test_a_judge_that_could_not_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    scorer = fit(ROWS, LABELS, classes=("no", "yes"), rounds=0)
    judge = Judge(version="t", scorers={"judge.summit": scorer}, thresholds={"event.summit": 0.5})
    save(judge, tmp_path, {})
    monkeypatch.setattr("pipeline.events.judge.json.dumps", lambda *_, **__: 1 / 0)  # when the weights are written
    with pytest.raises(ZeroDivisionError):
        save(replace(judge, scorers={"judge.agreement": scorer}), tmp_path, {})
    assert list(load(tmp_path).scorers) == ["judge.summit"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.json", "features.json", "weights.npz"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judge")
    scorer = fit(ROWS, LABELS, classes=("no", "yes"), rounds=5)
    save(Judge(version="t", scorers={"judge.summit": scorer}, thresholds={"event.summit": 0.5}), folder, {})
    return folder


@pytest.fixture
def copy(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "events")


def reseal(folder, name, content):
    """Put a file in its place and have the card describe it: its hash then tells nothing."""
    (folder / name).write_bytes(content)
    card = json.loads((folder / "card.json").read_text())
    card["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / "card.json").write_text(json.dumps(card))


@pytest.mark.parametrize("name", ["weights.npz", "features.json", "card.json"])
def test_a_missing_part_of_a_judge_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(ModelError, match=name):
        load(copy)


@pytest.mark.parametrize(
    ("card", "message"),
    [("", "not readable as JSON"), ("[]", "for format None"), ('{"format": 99, "files": {}}', "for format 99")],
)
def test_a_card_of_a_judge_of_another_format_is_refused(copy, card, message):
    (copy / "card.json").write_text(card)
    with pytest.raises(ModelError, match=f"{message}.*svodka events train"):
        load(copy)


@pytest.mark.parametrize("name", ["weights.npz", "features.json"])
def test_one_flipped_bit_of_a_judge_is_refused(copy, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(ModelError, match=f"{name}: the file is not the one that its card describes"):
        load(copy)


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("weights", lambda array: np.hstack([array, array]), "shape"),
        ("bias", lambda array: array[:0], "shape"),
        ("weights", no_number, "no number"),
        ("value", no_number, "no number"),
        ("left", lambda array: array[1:], "several shapes"),
        ("left", lambda array: array + array.shape[1], "lead nowhere"),
        ("feature", lambda array: array + 10_000, "lead nowhere"),
        ("bias", lambda _: np.array([Bomb()]), "damaged"),
    ],
)
def test_a_judge_that_does_not_hold_together_is_refused_whatever_its_card_says(copy, capsys, part, change, message):
    with np.load(copy / "weights.npz") as arrays:
        whole = dict(arrays)
    whole[f"judge.summit/{part}"] = change(whole[f"judge.summit/{part}"])
    made = io.BytesIO()
    np.savez_compressed(made, **whole)
    reseal(copy, "weights.npz", made.getvalue())
    with pytest.raises(ModelError, match=message):
        load(copy)
    assert not capsys.readouterr().out


def test_trees_with_more_leaves_than_are_kept_in_sixteen_bits_are_refused(copy):
    with np.load(copy / "weights.npz") as arrays:
        whole = dict(arrays)
    for part in ("feature", "threshold", "left", "right", "value"):
        whole[f"judge.summit/{part}"] = np.pad(whole[f"judge.summit/{part}"], ((0, 0), (0, 40)), constant_values=-1)
    made = io.BytesIO()
    np.savez_compressed(made, **whole)
    reseal(copy, "weights.npz", made.getvalue())
    with pytest.raises(ModelError, match="more than 16 leaves"):
        load(copy)


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"judge.summit": {}}'])
def test_a_judge_whose_names_do_not_fit_is_refused(copy, content):
    reseal(copy, "features.json", content)
    with pytest.raises(ModelError, match="damaged"):
        load(copy)


def test_probabilities_add_up_and_unknown_features_are_ignored():
    scorer = fit(ROWS, [label if i % 3 else "maybe" for i, label in enumerate(LABELS)], rounds=0)
    chances = scorer.probabilities([*ROWS, {"never seen": 1.0}])
    assert chances.sum(axis=1) == pytest.approx(1)
    assert scorer.probabilities([]).shape[0] == 0


def test_merging_joins_by_the_mean_of_the_links():
    odds = np.full((4, 4), -2.0)
    odds[0, 1] = odds[1, 0] = 3.0
    odds[1, 2] = odds[2, 1] = 1.0  # 2 is like 1 but unlike 0
    assert sorted(merge(odds.tolist(), 0.0)) == [[0, 1], [2], [3]]
    assert merge([], 0.0) == []


def test_an_order_is_the_same_every_time_and_loses_nothing():
    assert shuffled(range(50)) == shuffled(reversed(range(50)))
    assert sorted(shuffled(range(50))) == list(range(50)) != shuffled(range(50))


def test_a_line_fitted_to_honest_confidence_changes_little():
    scores = [(p / 20, i < p) for p in range(1, 20) for i in range(20)]
    slope, offset = fit_line(scores)
    assert slope == pytest.approx(1, abs=0.15)
    assert offset == pytest.approx(0, abs=0.15)


EVENT = {"triggers": [[0, 5]], "kind": "talks", "status": "held", "states": ["KZ", "UZ"], "persons": ["Иван Петров"]}


def test_figures_count_detection_record_and_slots():
    figures = Figures("summits")
    figures.add([EVENT], [EVENT | {"states": ["KZ", "RU"], "persons": ["Петров"]}], [(0, 40)])
    figures.add([EVENT], [], [(0, 40)])
    figures.add([], [EVENT], [(0, 40)])
    table = figures.table()
    assert (table["detection_p"], table["detection_r"], table["detection_f"]) == (0.5, 0.5, 0.5)
    assert table["record_p"] == table["record_r"] == 0.4  # kind, status, KZ and the surname of 5 triples, twice
    assert (table["status"], table["states"], table["persons"]) == (1.0, 0.5, 1.0)


def test_reliability_sets_confidence_beside_truth():
    rows = list(reliability([(0.9, True), (0.8, False), (0.1, False), (1.0, True)]))
    assert [(row["from"], row["mentions"], row["right"]) for row in rows] == [(0.0, 1, 0.0), (0.8, 3, 0.667)]


SAID = Said(
    kind={"talks": 0.9, "summit": 0.1}, status={"held": 0.8, "planned": 0.2}, states={"KZ": 0.9, "UZ": 0.9},
    persons={}, organizations={}, place="Астана", country="KZ", date="2023-05",
)  # fmt: skip


PUBLISHED = date(2023, 5, 17)


def test_two_mentions_are_compared_by_what_each_says_alone():
    plan = replace(
        SAID, status={"held": 0.1, "planned": 0.9}, states={"KZ": 0.9, "TR": 0.8}, place=None, date="2023-06"
    )
    same, other = compare(SAID, SAID, PUBLISHED), compare(SAID, plan, PUBLISHED)
    assert same["status-said-same"] == same["said-place=equal"] == same["said-date-fits"] == 1.0
    assert (same["states-shared#"], same["states-first-only#"]) == (pytest.approx(1.8), 0.0)
    assert other["status-said=held+planned"] == other["said-place=one"] == other["said-date=apart"] == 1.0
    assert (other["states-shared#"], other["states-second-only#"]) == (pytest.approx(0.9), pytest.approx(0.8))
    assert compare(SAID, replace(SAID, date="2023-05-17"), PUBLISHED)["said-date-fits"] == 1.0
    assert other["said-ages=running+future"] == other["said-apart=day"] == 1.0
    old = compare(replace(SAID, date="2023-05-16"), replace(SAID, date="2014"), PUBLISHED)
    assert old["first-said-age=yesterday"] == old["second-said-age=old"] == old["said-apart=years"] == 1.0
    assert compare(SAID, replace(SAID, date=None), PUBLISHED)["said-ages=running+none"] == 1.0


def test_a_pair_keeps_of_each_mention_what_tells_events_apart():
    seen = {
        "near=ранее": 1.0,
        "verb=подписать,Past": 1.0,
        "mode=past": 1.0,
        "mode=past,document": 1.0,
        "has=state": 1.0,
    }
    assert tell(seen, "second") == {
        "second:near=ранее": 1.0,
        "second:verb=подписать,Past": 1.0,
        "second:mode=past": 1.0,
    }


def test_heads_in_a_circle_end_a_subject():
    tokens = tuple(
        Token(start, start + 1, word, lemma=word, pos=pos, feats={}, head=head, rel=rel)
        for start, (word, pos, head, rel) in enumerate(
            [("соглашение", "NOUN", -1, "root"), ("о", "ADP", 2, "case"), ("газ", "NOUN", 0, "nmod"),
             ("тот", "PRON", 4, "det"), ("же", "PART", 3, "nmod")]
        )
    )  # fmt: skip
    tree = Tree(Sentence(start=0, stop=9, tokens=tokens, depth=Depth.SYNTAX))
    tree.children[2].append(3)
    assert _subject(tree, 0) == {"газ"}
