import importlib.util
import json
import sys
from pathlib import Path

import pytest
from razdel import sentenize

from pipeline.evaluate import Report, add_document, regressions

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


def event(*triggers, **slots):
    return {"triggers": [list(span) for span in triggers], **slots}


def measured(gold, found, sentences):
    report = Report()
    add_document(report, gold, found, sentences)
    return report


def test_an_event_is_found_when_a_trigger_stands_in_the_same_sentence():
    gold = {"summits": [event((0, 4), status="held", states=["UZ", "KZ"])]}
    found = {"summits": [event((6, 9), status="planned", states=["UZ"])]}
    scores = measured(gold, found, [(0, 10), (11, 20)]).families["summits"]
    assert scores.detection.f1 == 1.0
    assert (scores.record.right, scores.record.found, scores.record.wanted) == (1, 2, 3)
    assert scores.slots["status"].recall == 0.0
    assert scores.slots["states"].precision == 1.0


def test_one_prediction_answers_one_event_only():
    gold = {"agreements": [event((0, 4)), event((5, 9))]}
    found = {"agreements": [event((0, 4))]}
    detection = measured(gold, found, [(0, 10)]).families["agreements"].detection
    assert (detection.right, detection.found, detection.wanted) == (1, 1, 2)


def test_persons_are_compared_by_surname_and_yo_is_ye():
    gold = {"summits": [event((0, 1), persons=["Шавкат Мирзиёев"])]}
    found = {"summits": [event((0, 1), persons=["Мирзиеев"])]}
    assert measured(gold, found, [(0, 2)]).families["summits"].slots["persons"].f1 == 1.0


def test_what_falls_below_its_floor_is_named():
    assert list(regressions({"a": {"f1": 0.4}, "b": 1}, {"a": {"f1": 0.5}})) == ["a.f1 is 0.4, below its floor 0.5"]


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared")
def test_the_figures_are_those_of_the_scoring_script():
    gold = [json.loads(line) for line in (SHARED / "eval" / "dev.jsonl").read_text(encoding="utf-8").splitlines()]
    found = [disturbed(document, number) for number, document in enumerate(gold)]
    report = Report()
    for document, guess in zip(gold, found, strict=True):
        body = f"{document['title'] or ''}\n\n{document['text']}"
        add_document(report, document, guess, [(s.start, s.stop) for s in sentenize(body)])
    script = load_script(SHARED / "eval" / "score.py")
    theirs = script.score({d["id"]: d for d in gold}, {d["id"]: d for d in found})
    for family, scores in report.families.items():
        for level in ("detection", "record"):
            ours = getattr(scores, level)
            expected = theirs[family][level]
            assert (ours.right, ours.found, ours.wanted) == (expected["tp"], expected["pred"], expected["gold"])
    assert round(report.topics_macro_f1, 4) == theirs["topics"]["macro_f1"]


def disturbed(document, number):
    """Make a prediction out of an annotated document that is wrong in many ways."""
    summits = [
        {**one, "status": "held", "triggers": [[a + number % 40, b + number % 40] for a, b in one["triggers"]]}
        for one in document["summits"][number % 2 :]
    ]
    agreements = [{**one, "states": one["states"][1:]} for one in document["agreements"]] * (1 + number % 2)
    return {"id": document["id"], "topics": document["topics"][:1], "summits": summits, "agreements": agreements}


def load_script(path):
    spec = importlib.util.spec_from_file_location("score", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["score"] = module
    spec.loader.exec_module(module)
    return module
