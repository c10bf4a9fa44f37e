"""Which sentences are worth parsing: the gate before morphology and syntax, and how it is learned."""

import gzip
import json
import shutil
from dataclasses import replace

import pytest

from pipeline.annotate import Annotator
from pipeline.cli import cli
from pipeline.events import Events, agreements, summits
from pipeline.events.distil import _thresholds, add_gate, watch
from pipeline.events.examples import read as read_examples
from pipeline.events.gate import TASK, Gate, describe
from pipeline.events.judge import load, read_card, save
from pipeline.events.lexicon import may_hold_event
from pipeline.records import Depth, Document
from pipeline.settings import shipped

TALKS = "Президент Казахстана Касым-Жомарт Токаев провёл в Астане переговоры с президентом Узбекистана."
MATCH = "Встреча юношеских команд завершилась вничью. Тренер доволен игрой и обещал родителям новый турнир."
QUIET = "Ночью в горах выпал снег."


def document(text, name="1"):
    return Document(id=name, url=None, published="2023-05-17", title=None, text=text)


@pytest.fixture(scope="module")
def judge():
    return load(shipped("models/events"))


@pytest.fixture(scope="module")
def strict(judge):
    return replace(judge, thresholds={**judge.thresholds, TASK: 0.0})  # whatever was learned, even odds part these


@pytest.fixture(scope="module")
def annotator():
    return Annotator.load(shipped("models/gazetteer"))


@pytest.fixture(scope="module")
def written():
    return [one.document for one in read_examples(summits.EXAMPLES, agreements.EXAMPLES)]


def test_a_sentence_is_parsed_only_where_the_gate_lets_it_pass(strict, annotator):
    events = Events(strict)
    documents = [document(text) for text in (f"{MATCH} {TALKS}", MATCH, QUIET)]
    read = list(annotator.annotate(documents, depth=may_hold_event, worth=events.worth_parsing))
    assert [one.depth for one in read[0].sentences] == [Depth.TOKENS, Depth.TOKENS, Depth.SYNTAX]
    assert {sentence.depth for one in read[1:] for sentence in one.sentences} == {Depth.TOKENS}
    assert [len(events.find(one)[0]) for one in read] == [1, 0, 0]


def test_the_gate_is_asked_once_with_the_names_and_the_sentences_that_have_a_word_of_the_lexicon(annotator):
    asked = []

    def worth(annotated, places):
        asked.append((annotated.document.id, list(places), [one.normal for one in annotated.entities][-1:]))
        return places

    texts = {"a": f"{QUIET} {TALKS}", "b": QUIET, "c": f"{TALKS} {TALKS}"}
    documents = [document(text, name) for name, text in texts.items()]
    gated = list(annotator.annotate(documents, depth=may_hold_event, worth=worth))
    assert asked == [("a", [1], ["Узбекистан"]), ("c", [0, 1], ["Узбекистан"])]
    assert gated == list(annotator.annotate(documents, depth=may_hold_event))


def test_a_judge_without_a_gate_lets_every_sentence_pass(strict, annotator):
    (read,) = annotator.annotate([document(MATCH)], depth=may_hold_event)
    plain = {task: scorer for task, scorer in strict.scorers.items() if task != TASK}
    assert Gate(strict)(read, [0]) == []
    assert Gate(replace(strict, scorers=plain))(read, [0]) == [0]


def test_names_and_states_beside_a_word_are_described(annotator):
    (read,) = annotator.annotate([document(TALKS)], depth=lambda _: Depth.TOKENS)
    (row,) = describe(read, [0])
    assert {"form=переговоры", "group=talks,2", "office=president", "states=2", "near=президент", "told=2"} <= set(row)
    assert "no-title" in row
    assert "" not in row


def test_forms_tell_what_lemmas_out_of_context_do_not(annotator):
    texts = [document(f"Стороны {verb} договор с Баку.") for verb in ("подписали", "подпишут")]
    (one,), (other,) = (describe(read, [0]) for read in annotator.annotate(texts, depth=lambda _: Depth.TOKENS))
    assert "at-1=подписать" in one.keys() & other.keys()
    assert "form-1=подпишут" in other.keys() - one.keys()


def test_the_title_speaks_for_every_sentence(annotator):
    titled = Document(id="1", url=None, published="2023-05-17", title="Визит в Ташкент и Баку", text=f"{TALKS} {TALKS}")
    (read,) = annotator.annotate([titled], depth=lambda _: Depth.TOKENS)
    for row in describe(read, [1, 2]):
        assert {"title=ташкент", "title-group=visit", "title-states=2"} <= set(row)
        assert "no-title" not in row


def test_the_judge_is_watched_at_work(judge, annotator):
    talks, quiet = watch([document(f"{MATCH} {TALKS}", "1"), document(QUIET, "2")], judge, annotator)
    assert quiet is None
    assert (len(talks.rows), talks.events) == (2, (frozenset({1}),))
    assert talks.chances[0] < 0.5 < talks.chances[1]


def test_thresholds_are_chosen_so_that_the_fewest_sentences_pass():
    odds = [[4.0, -1.0], [3.0, 2.0], [2.5, -4.0], *([[4.0, 1.0]] * 600), [-3.0, -3.5, -3.0, -3.0]]
    high = [(4.0, 4.0)] * 600  # one of 601 events may be lost: here by its sentence …
    assert _thresholds(*zip(*high, (-4.0, 4.0), strict=True), odds) == (4.0, 4.0)
    low = [(1.0, 4.0)] * 600  # … there with its article
    assert _thresholds(*zip(*low, (1.5, 1.5), strict=True), odds) == (1.0, 4.0)


def test_a_gate_learned_from_the_judge_keeps_its_events_and_is_the_same_every_time(judge, annotator, written, tmp_path):
    gated, told = add_gate(judge, written, written[:20], annotator)
    again, _ = add_gate(judge, written, [], annotator)
    assert told["kept"] >= 0.99
    assert told["with_events"] <= told["passed"] < told["with_words"] <= 1
    assert gated.version == again.version != judge.version
    save(gated, tmp_path, {})
    assert load(tmp_path).thresholds[TASK] == gated.thresholds[TASK]


def test_the_command_learns_a_gate_for_the_judge_as_it_is(judge, written, tmp_path):
    folder = tmp_path / "models" / "events"
    shutil.copytree(shipped("models/events"), folder, ignore=shutil.ignore_patterns("annotations"))
    (folder / "annotations").mkdir()
    label = {"id": "0", "corpus": "c", "sha256": "", "summits": [], "agreements": []}
    (folder / "annotations" / "01.jsonl").write_text(json.dumps(label) + "\n")
    with gzip.open(tmp_path / "c.jsonl.gz", "wt", encoding="utf-8") as out:
        for number, one in enumerate(written):
            out.write(json.dumps({"id": str(number), "published": one.published, "text": one.text}) + "\n")
    cli.main(["--home", str(tmp_path), "events", "gate", "--corpora", str(tmp_path)], standalone_mode=False)
    gated, card = load(folder), read_card(folder)
    assert gated.version == card["version"] != judge.version
    assert card["gate"]["events"] > 10
    assert card["data"] == read_card(shipped("models/events"))["data"]


def test_no_gate_is_learned_where_the_judge_finds_nothing(judge, annotator):
    with pytest.raises(ValueError, match="no event"):
        add_gate(judge, [document(QUIET)], [], annotator)


def test_explain_shows_candidates_that_were_passed_over(strict, annotator):
    text, events = document(f"{MATCH} {TALKS}"), Events(strict)
    (read,) = annotator.annotate([text], depth=may_hold_event, worth=events.worth_parsing)
    (thoroughly,) = annotator.annotate([text], depth=may_hold_event)
    told = list(events.explain(read, thoroughly).lines())
    place = next(number for number, line in enumerate(told) if "[Встреча" in line)
    assert "passed over by the gate" in told[place + 1]
    assert any("[провёл в Астане переговоры]" in line for line in told)
    assert any("Event 1: summit, talks, held" in line for line in told)
