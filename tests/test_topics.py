"""Topics: learning, figures, papers of the model, events, and the desk's loop."""

import json
import shutil

import numpy as np
import pytest

from pipeline.errors import ConfigError, ModelError
from pipeline.records import Agreement, Annotated, Depth, Document, Sentence, Token
from pipeline.settings import shipped
from pipeline.topics import Topics
from pipeline.topics.definitions import read_definitions
from pipeline.topics.measure import calibration_error
from pipeline.topics.scorer import bend

MODEL = shipped("models/topics")

GAS = "министр энергетика договориться о поставка газ через новый газопровод"
RAIL = "президент открыть железный дорога и новый вокзал"
ART = "выставка художник открыться в музей искусство"
LAW = "депутат обсудить поправка к закон о пенсия"


def annotated(*sentences, name="1"):
    """Make a text whose sentences are given as dictionary forms, each also as its own word."""
    made, at = [], 2
    for sentence in sentences:
        tokens, start = [], at
        for word in sentence.split():
            tokens.append(Token(start=at, stop=at + len(word), text=word, lemma=word))
            at += len(word) + 1
        made.append(Sentence(start=start, stop=at - 1, tokens=tuple(tokens), depth=Depth.TOKENS))
    text = " ".join(sentences)
    document = Document(id=name, url=None, published="2026-11-24", title=None, text=text)
    return Annotated(document=document, body=document.body, sentences=tuple(made), entities=(), references=())


@pytest.fixture(scope="module")
def topics():
    return Topics.load(MODEL)


def told(topics, *sentences):
    return {name for name, probability in topics.predict([annotated(*sentences)])[0].items() if probability >= 0.5}


@pytest.mark.parametrize(
    ("text", "wanted"), [(GAS, {"energy"}), (RAIL, {"transport"}), (ART, {"culture"}), (LAW, set())]
)
def test_tells_the_topic_of_a_plain_sentence(topics, text, wanted):
    assert told(topics, text) == wanted


def test_a_survey_has_the_topic_of_each_of_its_headlines(topics):
    assert told(topics, LAW, GAS, "погода на завтра дождь и ветер", ART) == {"energy", "culture"}


def test_answers_in_order_for_a_batch_and_for_texts_without_known_words(topics):
    batch = [annotated(GAS), annotated(""), annotated("zzzz qqqq"), annotated(ART)]
    one_by_one = [topics.predict([one])[0] for one in batch]
    assert topics.predict(batch) == one_by_one
    assert topics.predict([]) == []
    assert all(probability < 0.5 for probability in one_by_one[1].values())
    assert list(one_by_one[0]) == ["energy", "transport", "culture"]


def test_an_event_has_the_topics_of_its_own_sentences(topics):
    text = annotated(GAS, ART)
    first, second = text.sentences
    event = Agreement(triggers=((first.start, first.start + 3),), kind="agreement", status="agreed", confidence=0.9)
    other = Agreement(
        triggers=((second.start, second.start + 3),),
        kind="memorandum",
        status="signed",
        confidence=0.9,
        evidence=((second.start, second.stop),),
    )
    assert [one.topics for one in topics.mark(text, [event, other])] == [("energy",), ("culture",)]
    assert topics.mark(text, []) == ()


def test_explains_by_words_of_the_text(topics):
    explained = topics.explain(annotated(GAS, LAW))
    energy = explained.topics[0]
    assert (energy.topic, explained.version) == ("energy", topics.version)
    assert energy.probability == round(topics.predict([annotated(GAS, LAW)])[0]["energy"], 4)
    assert energy.words[0].word in GAS.split()
    assert energy.words[0].weight > 0
    assert {moved.word for moved in energy.words} <= set(f"{GAS} {LAW}".split())
    assert any(line.startswith(" * energy") and energy.words[0].word in line for line in explained.lines())


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(MODEL, tmp_path / "topics")


def damage(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["weights.npz", "words.npz", "card.json"])
def test_a_missing_part_of_the_model_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(ModelError, match=name):
        Topics.load(copy)


@pytest.mark.parametrize("name", ["weights.npz", "words.npz"])
def test_one_flipped_bit_is_refused(copy, name):
    damage(copy / name)
    with pytest.raises(ModelError, match=f"{name} is not the file that card.json describes"):
        Topics.load(copy)


def test_weights_that_answer_otherwise_than_the_card_says_are_refused(copy):
    card = json.loads((copy / "card.json").read_text())
    card["self_test"][0]["probabilities"][0] = 0.123
    (copy / "card.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="self-test"):
        Topics.load(copy)


@pytest.mark.parametrize("card", ["", "[]", '{"format": 99, "files": {}}'])
def test_a_card_of_another_format_is_refused(copy, card):
    (copy / "card.json").write_text(card)
    with pytest.raises(ModelError, match="svodka topics train"):
        Topics.load(copy)


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("", "expected topics by name"),
        ("energy: {title: Энергетика, reason: так, threshold: 2}", "between 0 and 1"),
        ("energy: {title: Энергетика, reason: так, colour: red}", "unknown key colour"),
        ("energy: {reason: так}", "title is missing"),
        ("Энергия: {title: Энергетика, reason: так}", "lower-case Latin"),
        ("energy: [", "cannot be read"),
    ],
)
def test_a_wrong_declaration_is_told_by_topic_and_key(tmp_path, yaml, message):
    path = tmp_path / "topics.yaml"
    path.write_text(yaml, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        read_definitions(path)


def test_a_threshold_moves_to_one_half_and_keeps_the_order():
    probabilities = np.linspace(0, 1, 101)[:, None]
    bent = bend(probabilities, np.array([0.3]))[:, 0]
    assert bent[0] == 0
    assert bent[-1] == 1
    assert abs(bent[30] - 0.5) < 1e-9
    assert (np.diff(bent) > 0).all()


def test_calibration_error_of_an_overconfident_and_of_an_honest_judge():
    has = np.array([True, False, True, False])
    assert calibration_error(np.full(4, 0.5), has) == 0
    assert abs(calibration_error(np.full(4, 0.9), has) - 0.4) < 1e-9
