"""Topics: learning, figures, papers of the model, events, and the desk's loop."""

import csv
import hashlib
import io
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from pipeline.cli import main
from pipeline.errors import ConfigError, ModelError
from pipeline.records import (
    Agreement,
    Annotated,
    Article,
    Depth,
    Document,
    SearchTerms,
    Sentence,
    Token,
    Understood,
)
from pipeline.settings import shipped
from pipeline.store import Store
from pipeline.store.archive import save_articles
from pipeline.store.topics import declare_topics
from pipeline.store.understanding import save_understood, unread
from pipeline.topics import Topics
from pipeline.topics.definitions import Listed, read_definitions
from pipeline.topics.labels import write_table
from pipeline.topics.measure import calibration_error
from pipeline.topics.relabel import redo_topics
from pipeline.topics.scorer import Weights, bend
from pipeline.topics.training import Training
from pipeline.topics.words import Bags, Words
from tests.spoiled import Bomb, no_number

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


@pytest.mark.parametrize(
    ("figure", "plain"),
    [("дорожный карта", "дорожный"), ("мост между", "мост"), ("энергия молодежь", "энергия"), ("общий язык", "язык")],
)
def test_a_figure_of_speech_speaks_for_no_topic(figure, plain):
    words = Words.read(MODEL / "words.npz")
    (alone,) = words.bag(annotated(f"утвердить {figure}").sentences).sentences
    assert set(alone.counts) == {words.numbers["утвердить"]}
    (both,) = words.bag(annotated(f"{plain} {figure}").sentences).sentences
    assert both.counts == {words.numbers[plain]: 1}
    assert both.length == 3


@pytest.mark.parametrize(("written", "counted"), [("газа", "газ"), ("Газе", "газа"), ("ГАЗ", "автозавод")])
def test_the_strip_and_the_cars_are_no_fuel(written, counted):
    words = Words.read(MODEL / "words.npz")
    text = annotated("газ")
    (sentence,) = text.sentences
    token = Token(start=2, stop=2 + len(written), text=written, lemma="газ")
    (bag,) = words.bag([replace(sentence, tokens=(token,))]).sentences
    assert bag.counts == {words.numbers[counted]: 1}


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ("гэс-1", {"гэс-1", "гэс"}),
        ("су-30см", {"су"}),
        ("железный дорога", {"железный", "дорога", "железный_дорога"}),
        ("дорога железный", {"железный", "дорога"}),
        ("железный , дорога", {"железный", "дорога"}),
    ],
)
def test_a_number_keeps_its_kind_and_a_pair_counts_beside_its_words(said, counted):
    words = Words.read(MODEL / "words.npz")
    (bag,) = words.bag(annotated(said).sentences).sentences
    assert {words.names[number] for number in bag.counts} == counted


def test_many_texts_are_counted_as_each_is():
    words = Words.read(MODEL / "words.npz")
    said = [
        "дорожный карта",
        "газ , газ мост",
        "мост между",
        ", .",
        "гэс-1 железный дорога",
        "большой боевой",
        "ёж",
        "",
    ]
    texts = [annotated(*said).sentences, [], annotated("дорога", "дорога к").sentences]
    one, many = Bags.of([words.bag(text) for text in texts], len(words.names)), words.bags(texts)
    assert (one.sentences != many.sentences).nnz == (one.counts != many.counts).nnz == 0
    for name in ("sentence_lengths", "ends", "lengths"):
        assert getattr(one, name).tolist() == getattr(many, name).tolist()


def test_a_word_in_the_headline_weighs_more(topics):
    probability = [
        topics.predict([annotated(*sentences)])[0]["energy"] for sentences in ((GAS, LAW, LAW), (LAW, LAW, GAS))
    ]
    assert probability[0] > probability[1]


def test_a_listed_word_is_whole_a_beginning_or_a_pair():
    listed = Listed(("нефт", "газ=", "северный_поток"))
    assert [word in listed for word in ("нефтяной", "газ", "газета", "северный_поток", "северный", "нефть_море")] == [
        True, True, False, True, False, False,
    ]  # fmt: skip


def test_a_road_map_is_no_road(topics):
    assert told(topics, "министр подписать дорожный карта по развитие сотрудничество") == set()


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


# Macro F1 of each labelling when last measured, less one and a half points.
ALL_FLOORS = json.loads((Path(__file__).parent / "floors.json").read_text(encoding="utf-8"))
FLOORS, TEASER_FLOORS = ALL_FLOORS["topics"], ALL_FLOORS["teasers"]


def test_the_shipped_model_is_no_worse_than_the_first_one_and_honest():
    card = json.loads((MODEL / "card.json").read_text(encoding="utf-8"))
    for group, floor in FLOORS.items():
        figures = card["figures"]["by_group"][group]
        assert figures["macro_f1"] >= floor, group
        for name, topic in figures["topics"].items():
            assert topic["calibration_error"] <= 0.05, (group, name)
    assert sum(path.stat().st_size for path in MODEL.iterdir()) < 20e6


def test_teasers_as_published_are_judged_no_worse_than_full_texts():
    figures = json.loads((MODEL / "card.json").read_text(encoding="utf-8"))["figures"]
    teasers, full = (figures["by_length_and_group"][length] for length in ("up to 35 words", "over 80 words"))
    for group, floor in TEASER_FLOORS.items():
        assert teasers[group]["macro_f1"] >= max(floor, full[group]["macro_f1"] - 0.05), group


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


def reseal(folder, name, **changes):
    """Change arrays of a model and have its card describe the new file: the hashes then tell nothing."""
    path = folder / name
    with np.load(path) as arrays:
        whole = dict(arrays)
    changed = {part: change(whole[part]) for part, change in changes.items()}
    np.savez_compressed(path, **whole | changed)
    card = json.loads((folder / "card.json").read_text())
    card["files"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "card.json").write_text(json.dumps(card))


@pytest.mark.parametrize(
    ("array", "change", "message"),
    [
        ("weights.npz/bias", lambda array: array[:-1], "has the shape"),
        ("words.npz/rarity", lambda array: array[:-1], "has the shape"),
        ("weights.npz/topics", lambda array: array[::-1], "not those of the card"),
        ("weights.npz/words", no_number, "holds what is no number"),
        ("weights.npz/judge", no_number, "holds what is no number"),
        ("weights.npz/bias", lambda _: np.array([Bomb()]), "is damaged"),
        ("words.npz/rarity", lambda _: np.array([Bomb()]), "is damaged"),
    ],
)
def test_a_model_that_does_not_hold_together_is_refused_whatever_its_card_says(copy, capsys, array, change, message):
    name, _, part = array.partition("/")
    reseal(copy, name, **{part: change})
    with pytest.raises(ModelError, match=message):
        Topics.load(copy)
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    ("card", "message"),
    [("", "cannot be read"), ("[]", "of another format"), ('{"format": 99, "files": {}}', "of another format")],
)
def test_a_card_of_another_format_is_refused(copy, card, message):
    (copy / "card.json").write_text(card)
    with pytest.raises(ModelError, match=f"{message}.*svodka topics train"):
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


# The desk's loop. Learning is tried on a small home whose words are a few dozen, so that it takes a second.

SENTENCES = {
    "energy": ("газ нефть", "газопровод энергетика", "нефть электростанция", "электростанция газ"),
    "transport": ("поезд вокзал", "дорога мост", "самолет аэропорт", "вокзал дорога"),
    "culture": ("музей выставка", "театр фильм", "концерт музей", "выставка театр"),
    "": ("депутат закон", "школа врач", "суд закон", "врач депутат"),
}
WATER = ("вода водохранилище", "канал орошение", "река вода", "орошение водохранилище")
FILLER = tuple(f"{first}{second}{third}" for first in "бвгд" for second in "аоуи" for third in "лмнрст")
KNOWN = {word for pairs in (*SENTENCES.values(), WATER) for pair in pairs for word in pair.split()} | set(FILLER)
VOCABULARY = len(KNOWN)
YAML = "\n".join(
    f"{name}: {{title: {title}, reason: так, threshold: 0.5, words: {words}}}"
    for name, title, words in (
        ("energy", "Энергетика", "газ нефт"),
        ("transport", "Транспорт", "поезд дорога"),
        ("culture", "Культура", "музей театр"),
    )
)


def documents(sentences, topic, tag):
    """Write 24 articles of one topic, each about another story."""
    for number in range(24):
        pair = sentences[number % len(sentences)]
        start = len(f"{topic}{tag}") * 31 + number * 4
        extra = " ".join(FILLER[(start + step) % len(FILLER)] for step in range(4))
        yield {
            "id": f"{tag}-{number}",
            "url": f"https://{tag or 'other'}.example/{number}",
            "published": "2026-11-20",
            "title": None,
            "text": f"{pair} {extra}",
            "topics": [topic] if topic else [],
        }


class Reader:
    """Reads documents as these tests write them: words are their own dictionary forms."""

    def annotate(self, found, *, depth):
        assert depth(None) is Depth.TOKENS
        yield from lemmas(found)


def lemmas(found):
    return [annotated(document.text) for document in found]


@pytest.fixture(autouse=True)
def _read_plainly(monkeypatch):
    work_fast(monkeypatch)


def work_fast(patch):
    patch.setattr("pipeline.annotate.Annotator.load", lambda _: Reader())
    patch.setattr("pipeline.topics.learn.FOLDS", 2)
    patch.setattr("pipeline.topics.learn.INNER_FOLDS", 2)


@pytest.fixture(scope="module")
def small_home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    folder = home / "models" / "topics"
    folder.mkdir(parents=True)
    (folder / "topics.yaml").write_text(YAML, encoding="utf-8")
    names = tuple(sorted(KNOWN))
    rng = np.random.default_rng(0)
    words = Words(
        names,
        {name: number for number, name in enumerate(names)},
        np.full(len(names), 3, np.float32),
        rng.integers(-9, 9, (len(names), 4)).astype(np.int8),
        np.full(4, 0.01, np.float32),
    )
    words.write(folder / "words.npz")
    empty = Training(
        topics=("energy", "transport", "culture"),
        keys=(),
        sources=(),
        groups=(),
        labels=np.zeros((0, 3), np.int8),
        bags=Bags.of([], len(names)),
    )
    empty.write(folder / "training.npz")
    return home


def lines_of(path, entries):
    path.write_text("\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries), encoding="utf-8")
    return path


def svodka(home, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["topics", *map(str, arguments), "--home", str(home), "--db", str(home / "news.db")])
    return left.value.code


@pytest.fixture(scope="module")
def taught_once(small_home, tmp_path_factory):
    home = shutil.copytree(small_home, tmp_path_factory.mktemp("taught") / "home")
    entries = [entry for topic, pairs in SENTENCES.items() for entry in documents(pairs, topic, topic)]
    file = lines_of(home / "first.jsonl", entries)
    with pytest.MonkeyPatch.context() as patch:
        work_fast(patch)
        assert svodka(home, "train", file) == 0
    return home


@pytest.fixture
def taught_home(taught_once, tmp_path):
    """Make a home that has learned its three topics by `svodka topics train`."""
    return shutil.copytree(taught_once, tmp_path / "home")


def test_a_fourth_topic_is_an_entry_labelled_articles_and_one_command(taught_home, tmp_path, capsys):
    declared = taught_home / "models/topics/topics.yaml"
    entry = "water: {title: Вода, reason: так, threshold: 0.5, words: вод орошени}"
    declared.write_text(f"{YAML}\n{entry}\n", encoding="utf-8")
    assert Topics.load(taught_home / "models/topics").untrained == ("water",)
    no = [
        {**entry, "judged": ["water"], "topics": []}
        for topic, pairs in SENTENCES.items()
        for entry in documents(pairs, topic, f"dry-{topic}")
    ]
    yes = [{**entry, "judged": ["water"]} for entry in documents(WATER, "water", "wet")]
    assert svodka(taught_home, "train", lines_of(tmp_path / "water.jsonl", [*no, *yes])) == 0
    assert "water" in capsys.readouterr().out
    topics = Topics.load(taught_home / "models/topics")
    assert topics.names == ("energy", "transport", "culture", "water")
    rest = " ".join(FILLER[:4])
    assert "water" in told(topics, f"река вода {rest}")
    assert told(topics, f"газопровод нефть {rest}") == {"energy"}
    assert (taught_home / "models/topics.previous/card.json").exists()


def test_the_card_tells_teasers_full_texts_and_texts_cut_off_apart(taught_home):
    figures = json.loads((taught_home / "models/topics/card.json").read_text(encoding="utf-8"))["figures"]
    assert figures["by_length_and_group"]["up to 35 words"]["desk"]["topics"]["energy"]["articles"] == 96
    assert figures["by_length_and_group"]["over 80 words"] == {}
    assert figures["cut_off_by_group"] == {}  # no text goes on after its opening


def test_contradictions_are_listed_and_nothing_is_learned(taught_home, tmp_path, capsys):
    before = (taught_home / "models/topics/weights.npz").read_bytes()
    entries = [{**entry, "topics": ["culture"]} for entry in documents(SENTENCES["energy"], "energy", "energy")][:2]
    file = lines_of(tmp_path / "wrong.jsonl", entries)
    assert svodka(taught_home, "train", file) == 1
    said = capsys.readouterr().err
    assert "wrong.jsonl:1: energy is 0 here but 1 in known article energy-0" in said
    assert "--correct" in said
    assert (taught_home / "models/topics/weights.npz").read_bytes() == before


def test_a_worse_model_is_not_installed_without_force(taught_home, tmp_path, capsys):
    before = (taught_home / "models/topics/weights.npz").read_bytes()
    wrong = [{**entry, "topics": []} for tag in ("a", "ab") for entry in documents(SENTENCES["energy"], "energy", tag)]
    file = lines_of(tmp_path / "spoilt.jsonl", wrong)
    assert svodka(taught_home, "train", file) == 1
    assert "Not installed" in capsys.readouterr().err
    assert (taught_home / "models/topics/weights.npz").read_bytes() == before
    assert svodka(taught_home, "train", file, "--force") == 0
    assert (taught_home / "models/topics/weights.npz").read_bytes() != before


def test_the_same_labels_again_change_nothing(taught_home, tmp_path, capsys):
    before = Training.read(taught_home / "models/topics/training.npz", VOCABULARY)
    entries = list(documents(SENTENCES["energy"], "energy", "energy"))
    assert svodka(taught_home, "train", lines_of(tmp_path / "again.jsonl", entries)) == 0
    assert "0 of them new" in capsys.readouterr().err
    assert Training.read(taught_home / "models/topics/training.npz", VOCABULARY).digest == before.digest


def test_labels_counted_over_another_vocabulary_are_refused(taught_home):
    with pytest.raises(ModelError, match="damaged"):
        Training.read(taught_home / "models/topics/training.npz", VOCABULARY // 2)


def test_a_long_text_has_the_topic_of_its_one_passage(topics):
    houses = ("рада", "сейм", "дума", "сенат", "хурал", "меджлис")
    others = [f"депутат {house} обсудить поправка к закон о пенсия" for house in houses]
    assert told(topics, *others) == set()
    assert told(topics, *others, *others, ART, "министр культура рассказать о наследие и искусство", *others) == {
        "culture"
    }


def test_learning_gives_the_same_weights_twice(taught_home, tmp_path):
    assert svodka(taught_home, "train", "--out", tmp_path / "one") == 0
    assert svodka(taught_home, "train", "--out", tmp_path / "two") == 0
    one, two = (Weights.read(tmp_path / name / "weights.npz") for name in ("one", "two"))
    assert np.array_equal(one.words, two.words)
    assert np.array_equal(one.judge, two.judge)


def test_evaluate_measures_a_labelled_file(taught_home, tmp_path, capsys):
    entries = [entry for topic, pairs in SENTENCES.items() for entry in documents(pairs, topic, topic or "none")]
    assert svodka(taught_home, "evaluate", lines_of(tmp_path / "gold.jsonl", entries), "--json") == 0
    answer = capsys.readouterr()
    figures = json.loads(answer.out)
    assert figures["topics"]["energy"]["f1"] > 0.9
    assert "were learned from" in answer.err


@pytest.fixture
def archive(taught_home):
    """Fill the home's database with articles, one of which mentions an agreement in its second sentence."""
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    texts = [entry for topic, pairs in SENTENCES.items() for entry in documents(pairs, topic, f"stored-{topic}")]
    articles = tuple(
        Article(
            url=entry["url"],
            link=entry["url"],
            guid=None,
            title="",
            text=entry["text"],
            published_at=moment,
            published_guessed=False,
            language="ru",
            feed=None,
            text_from="import",
        )
        for entry in texts
    )
    store = Store.open(taught_home / "news.db")
    with store.transaction():
        save_articles(store, articles, now=moment)
    for article_id, document in list(unread(store)):
        text = annotated(document.text)
        event = Agreement(
            triggers=((2, 4),),
            kind="agreement",
            status="agreed",
            confidence=0.9,
            evidence=((2, 8),),
            topics=("culture",),
        )
        understood = Understood(
            document=document,
            language="ru",
            cut=(),
            sentences=tuple((one.start, one.stop) for one in text.sentences),
            entities=(),
            topics={"energy": 0.5, "transport": 0.2, "culture": 0.1},
            summits=(),
            agreements=(event,),
            search=SearchTerms(title="", text="", forms=frozenset()),
            code_version="0.1",
            model_version="m",
        )
        save_understood(store, [(article_id, understood)], now=moment)
    yield store
    store.close()


def test_redo_tells_the_archive_anew_and_counts_what_changed(taught_home, archive):
    topics = Topics.load(taught_home / "models/topics")
    archive.conn.execute("UPDATE articles SET resolved_at = '2026-11-21T00:00:00Z'")
    changes = redo_topics(archive, topics, lemmas, progress=lambda _: None)
    assert changes.articles == 96
    assert changes.lost["energy"] == 72
    assert changes.gained == {"transport": 24, "culture": 24}
    assert changes.mentions_changed == 72
    stored = archive.rows(
        "SELECT value, count(*) AS n FROM agreement_mention_values WHERE slot = 'topics' GROUP BY value"
    )
    assert {row["value"]: row["n"] for row in stored} == {"culture": 24, "energy": 24, "transport": 24}
    assert archive.value("SELECT count(*) FROM articles WHERE resolved_at IS NULL") == 72
    assert "  energy: 0 gained it, 72 lost it" in changes.lines()
    again = redo_topics(archive, topics, lemmas, progress=lambda _: None)
    assert (again.articles, again.articles_changed, again.mentions_changed) == (96, 0, 0)


def test_redo_makes_a_new_topic_known_to_the_database(taught_home, archive):
    topics = Topics.load(taught_home / "models/topics")
    declare_topics(archive, {**topics.titles, "water": "Вода"})
    assert archive.value("SELECT title FROM topics WHERE name = 'water'") == "Вода"


@pytest.mark.usefixtures("archive")
def test_the_csv_goes_to_a_spreadsheet_and_comes_back(taught_home, tmp_path, capsys):
    file = tmp_path / "review.csv"
    assert svodka(taught_home, "review", "--n", "6", "--out", file) == 0
    raw = file.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfarticle;published;read;energy;transport;culture;")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert len(rows) == 6
    assert len({row["url"] for row in rows}) == 6
    for row in rows[:4]:
        row["read"], row["energy"] = "x", "1" if "stored-energy" in row["url"] else ""
        row["transport"] = "?"
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], delimiter=",")
    writer.writeheader()
    writer.writerows(rows)
    file.write_text(out.getvalue(), encoding="cp1251")
    capsys.readouterr()
    assert svodka(taught_home, "train", file, "--force", "--correct") == 0
    training = Training.read(taught_home / "models/topics/training.npz", VOCABULARY)
    fresh = [row for row, key in enumerate(training.keys) if "stored" in key]
    assert 0 < len(fresh) <= 4
    assert all(training.labels[row, 1] == -1 for row in fresh)


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a;b\n1;2\n", "has no column article"),
        ("article;read\n1;x\n", "has no column of a topic"),
        ("article;read;energy\n99;x;1\n", "there is no article 99 in the database"),
        ("article;read;energy\n1;x;maybe\n", "expected 1, 0 or"),
    ],
)
def test_a_table_that_cannot_be_taken_says_where_and_why(taught_home, capsys, content, message):
    file = taught_home / "labels.csv"
    file.write_text(content, encoding="utf-8")
    assert svodka(taught_home, "train", file) == 1
    assert message in capsys.readouterr().err


def test_no_cell_of_the_csv_is_a_formula():
    document = Document(id="1", url=None, published="2026-11-24", title="=1+1", text="-2")
    table = write_table([(document, {})], ["energy"], ";").decode("utf-8-sig")
    assert "'=1+1;'-2" in table
