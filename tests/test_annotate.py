import gzip
import json
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pymorphy2
import pymorphy2_dicts_ru
import pytest
import razdel
from hypothesis import given, settings
from hypothesis import strategies as st
from slovnet.shape import word_shape

from pipeline.annotate import Annotator, language, segment
from pipeline.annotate.annotator import LONGEST_SENTENCE
from pipeline.annotate.morphology import Morphology, fold
from pipeline.annotate.network import SHAPES, Network, PairedNetwork
from pipeline.annotate.places import Places
from pipeline.errors import ConfigError
from pipeline.gazetteer import Gazetteer
from pipeline.gazetteer.cities import rows_of_geonames
from pipeline.records import Depth, Document

GAZETTEER = Path(__file__).parent.parent / "models" / "gazetteer"
CORPORA = Path(__file__).parent.parent.parent / "shared" / "corpora"


@pytest.fixture(scope="session")
def annotator():
    return Annotator.load(GAZETTEER)


def read(annotator, text, title=None, depth=Depth.SYNTAX):
    document = Document(id="1", url=None, published="2024-08-01", title=title, text=text)
    (found,) = annotator.annotate([document], depth=lambda _: depth)
    return found


def test_spans_point_into_the_body(annotator):
    found = read(annotator, "Президент Узбекистана прибыл в Баку. Его встретил Ильхам Алиев.", title="Визит")
    assert [found.body[s.start : s.stop] for s in found.sentences] == [
        "Визит", "Президент Узбекистана прибыл в Баку.", "Его встретил Ильхам Алиев.",
    ]  # fmt: skip
    spans = [t for s in found.sentences for t in s.tokens] + [*found.entities, *found.references]
    assert all(found.body[span.start : span.stop] == span.text for span in spans)


def test_morphology_and_syntax_are_read_where_asked(annotator):
    text = "Стороны подписали соглашение."
    plain = read(annotator, text, depth=Depth.TOKENS).sentences[0].tokens
    assert [token.lemma for token in plain] == ["сторона", "подписать", "соглашение", "."]
    assert {token.pos for token in plain} == {""}
    deep = read(annotator, text).sentences[0].tokens
    assert [(token.pos, token.head) for token in deep] == [("NOUN", 1), ("VERB", -1), ("NOUN", 1), ("PUNCT", 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Узбекистан и Казахстан договорились", [("state", "UZ"), ("state", "KZ")]),
        ("Баку и Ташкент договорились", [("capital", "AZ"), ("capital", "UZ")]),
        ("российско-узбекские переговоры", [("adjective", "RU"), ("adjective", "UZ")]),
        ("в Ак Орде приняли узбекистанцев", [("metonym", "KZ"), ("demonym", "UZ")]),
        ("на саммите ШОС и ОПЕК+", [("organization", "sco"), ("organization", "opec_plus")]),
        ("лидеры стран Центральной Азии", [("group", "central_asia")]),
    ],
)
def test_references(annotator, text, expected):
    assert [(one.kind, one.ref) for one in read(annotator, text).references] == expected


def test_a_group_expands_only_after_a_head(annotator):
    (countries,) = read(annotator, "Страны Центральной Азии подписали договор.").references
    assert countries.states == ("KZ", "KG", "TJ", "TM", "UZ")
    (land,) = read(annotator, "В Центральной Азии выпал снег.").references
    assert land.states == ()


def test_a_title_is_a_sentence_of_its_own(annotator):
    found = read(annotator, "Стороны подписали меморандум.", title="Встреча в Баку")
    assert [found.body[one.start : one.stop] for one in found.sentences] == [
        "Встреча в Баку", "Стороны подписали меморандум.",
    ]  # fmt: skip


def people(found):
    return [(one.text, one.normal, one.state, one.office) for one in found.entities if one.type == "PER"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Министр энергетики Казахстана Алмасадам Саткалиев принял Гульмиру Сатыбалдину.",
            [("Алмасадам Саткалиев", "Алмасадам Саткалиев", "KZ", "energy_minister"),
             ("Гульмиру Сатыбалдину", "Гульмира Сатыбалдина", None, None)],
        ),
        ("Ильхам Алиев прибыл в Ташкент. Алиева встретили в аэропорту.",
         [("Ильхам Алиев", "Ильхам Алиев", "AZ", "president"), ("Алиева", "Ильхам Алиев", "AZ", "president")]),
        ("Он беседовал с [президентом США Джозефом] Байденом.",
         [("Джозефом] Байденом", "Джозеф Байден", "US", "president")]),
        ("Путин назначил нового посла.", [("Путин", "Путин", "RU", "president")]),
        ("Об этом сообщил пресс-секретарь президента России Дмитрий Песков.",
         [("Дмитрий Песков", "Дмитрий Песков", "RU", "press_secretary")]),
        ("Шавкат Мирзиёев беседовал с Си Цзиньпином и Эмомали Рахмоном.",
         [("Шавкат Мирзиёев", "Шавкат Мирзиёев", "UZ", "president"),
          ("Си Цзиньпином", "Си Цзиньпин", "CN", "president"),
          ("Эмомали Рахмоном", "Эмомали Рахмон", "TJ", "president")]),
    ],
)  # fmt: skip
def test_persons_stand_in_the_nominative_with_state_and_office(annotator, text, expected):
    assert people(read(annotator, text)) == expected


@pytest.mark.parametrize(
    ("text", "normal", "ref", "state"),
    [
        ("Делегация посетила завод в Самаркандской области.", "Самаркандская область",
         "region:самаркандская-область", "UZ"),
        ("Американские дипломаты США прилетели в Женеву.", "Женева", "geonames:2660646", "CH"),
        ("Переговоры прошли в Гюмри.", "Гюмри", "geonames:616635", "AM"),
        ("Соглашение подписало Министерство энергетики Казахстана.", "Министерство энергетики", None, "KZ"),
        ("В Актау прибыл представитель «Казмунайгаза».", "Актау", "geonames:610612", "KZ"),
    ],
)  # fmt: skip
def test_places_and_bodies_have_their_state(annotator, text, normal, ref, state):
    found = next(one for one in read(annotator, text).entities if one.normal == normal)
    assert (found.ref, found.state) == (ref, state)


@pytest.mark.parametrize(
    ("text", "name", "normal"),
    [
        ("Взрывы прогремели в Сумской и Харьковской областях.", "Харьковской областях", "Харьковская область"),
        ("Строительство Белорусской АЭС завершено.", "Белорусской АЭС", "Белорусская АЭС"),
        ("Об этом сообщили в МИДе Киргизии.", "МИДе", "МИД"),
        ("ГЛАВНЫЕ НОВОСТИ УЗБЕКИСТАНА К ВЕЧЕРУ", "УЗБЕКИСТАНА", "УЗБЕКИСТАН"),
        ("На рынке Чорсу в Ташкенте прошла проверка.", "Чорсу", "Чорсу"),
        ("Переговоры с Анналеной Бербок прошли в Берлине.", "Анналеной Бербок", "Анналена Бербок"),
        ("Мяч забил после передачи на Тёна Копмейнерса.", "Тёна Копмейнерса", "Тён Копмейнерс"),
        ("Правоохранители привлекли блогера Шахиду Саломову.", "Шахиду Саломову", "Шахида Саломова"),
        ("Суд отложил дело основателя «Викиликс» Джулиана Ассанжа.", "Джулиана Ассанжа", "Джулиан Ассанж"),
        ("Он лечился в больнице Сан-Раффаэле в Милане.", "Сан-Раффаэле", "Сан-Раффаэле"),
        ("Комиссия приняла Петра Ковалева.", "Петра Ковалева", "Пётр Ковалёв"),
    ],
)  # fmt: skip
def test_normal_forms(annotator, text, name, normal):
    (found,) = [one for one in read(annotator, text).entities if one.text == name]
    assert found.normal == normal


def test_an_adjective_whose_noun_is_left_out_is_no_town(annotator):
    found = read(annotator, "Пожары вспыхнули в Ленинградской и Псковской областях.")
    (one,) = [one for one in found.entities if one.text == "Ленинградской"]
    assert (one.normal, one.ref) == ("Ленинградская", None)


LETTERS = "абвыАЯёЁ abcXYZéğʻіїўқңҳ ÄßıİΣ中あ—«№12.\u0301\ud800"


@given(st.text(st.sampled_from(LETTERS), max_size=60))
@settings(max_examples=500, deadline=None)
def test_what_is_plainly_russian_is_russian(text):
    told = language.language_of(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language, "_is_plainly_russian", lambda _: False)
        assert language.language_of(text) == told


def test_other_languages_are_recognised_and_not_parsed(annotator):
    uzbek = "Ўзбекистон Республикаси Президенти ҳамкорликни ривожлантириш ҳақида қарор қабул қилди."
    assert read(annotator, uzbek).language == "uz"
    kazakh = "Қазақстан Республикасының Президенті Қасым-Жомарт Тоқаев бүгін Астанада кездесу өткізді."
    found = read(annotator, kazakh)
    assert found.language == "kk"
    assert {sentence.depth for sentence in found.sentences} == {Depth.TOKENS}
    english = "The presidents of Kazakhstan and Uzbekistan met in Tashkent on Monday."
    assert read(annotator, english).language == "en"


@pytest.mark.parametrize(
    "unit",
    ["слово ", "ы", "Иван Петров, ", "А. А. ", '" ', "а-а-", "1.1.", "сло\u200bво ", "и\u0301 ", "Pуtин ", "\x00а ",
     "\ud800б ", "по-", ":) ", "blank\n\n"],
)  # fmt: skip
def test_hostile_text_is_cut_and_said(annotator, unit):
    found = read(annotator, unit * (110_000 // len(unit)), depth=Depth.TOKENS)
    assert any("was not analysed" in cut for cut in found.cut)
    assert all(found.body[one.start : one.stop] == one.text for one in found.entities)


def test_a_very_long_sentence_is_not_parsed(annotator):
    found = read(annotator, "стороны обсудили поставки " * 200 + ".")
    assert found.sentences[0].depth is Depth.MORPH
    assert found.cut == (f"sentences of more than {LONGEST_SENTENCE} words were not parsed: 1",)


@pytest.mark.parametrize("word", ["пере" * 1_250, "по-" * 340 + "по"], ids=["prefixes", "hyphens"])
def test_a_word_without_end_is_left_as_it_stands(annotator, word):
    found = read(annotator, f"Стороны обсудили {word} и тариф.")
    assert any(token.text == token.lemma == word for sentence in found.sentences for token in sentence.tokens)


def test_empty_documents_are_annotated(annotator):
    assert read(annotator, "").sentences == ()
    assert read(annotator, " \n\n ", title="").entities == ()


WORDS = ["слово", "Слово", "Yahoo", "12", "3", ".", ",", "-", "–", "_", "/", "\\", " ", "  ", "\n", "!", "?", "…", ":",
         ")", "(", "=", "«", "»", '"', "т", "е", "г", "И", "ё", "é", "\u200b", "\u0301", "%",
         "*", "]", "\xa0"]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=40).map("".join))
@settings(max_examples=300, deadline=None)
def test_tokens_and_sentences_are_those_of_razdel(text):
    starts, stops, _ = segment.Tokenizer(lambda _: 0)(text)
    assert list(zip(starts, stops, strict=True)) == [(one.start, one.stop) for one in razdel.tokenize(text)]
    expected = [(one.start, one.stop) for one in razdel.sentenize(text) if one.start < one.stop]
    assert segment.split_sentences(text) == expected


def test_the_lemmas_of_frequent_words_are_those_of_the_dictionary():
    plain = Morphology()
    head, *lines = (GAZETTEER.parent / "words.tsv").read_text(encoding="utf-8").splitlines()
    assert head == f"# {plain.dictionary}"
    assert len(lines) == 150_000
    for word, *lemmas in (line.split("\t") for line in lines[::25]):
        assert (word, *lemmas) == (word, *plain.lemmas(word))


def test_lemmas_are_those_of_a_full_parse():
    morphology = Morphology()
    for word in [
        "стали",
        "ель",
        "еще",
        "людей",
        "бутявкать",
        "антирекордную",
        "мирзиеева",
        "по-русски",
        "сша",
        "5-летний",
        "ddos-атаки",
        "ё",
    ]:
        parsed = dict.fromkeys(fold(form.normal) for form in morphology.forms(fold(word)))
        assert morphology.lemmas(fold(word)) == (tuple(parsed) or (fold(word),)), word


def plainly(parses):
    return [(word, str(tag), normal, score, repr(stack)) for word, tag, normal, score, stack in parses]


def test_readings_are_those_of_pymorphy():
    morphology = Morphology()
    pymorphy = pymorphy2.MorphAnalyzer(path=pymorphy2_dicts_ru.get_path(), result_type=None)
    words = ["стали", "еще", "людей", "мирзиеева", "наилучшая", "постсоветскими", "экс-министра", "автотра", "нейта"]
    words += ["интеройл", "в", "ы", "пятью", "северо-крымскому", "аль-мактума", "54-летнего", "150-й", "по-ихнему"]
    words += ["москвы-сити", "пришли-ка", "обер-бутявки", "it-специалисту", "13,5", "xiv", "covid-19", "8–12", "№"]
    lines = (GAZETTEER.parent / "words.tsv").read_text(encoding="utf-8").splitlines()[1::200]
    words += [word + end for word in (line.split("\t")[0] for line in lines) for end in ("", "иных", "ова")]
    for word in words:
        forms = morphology.forms(word)
        assert plainly(form.raw for form in forms) == plainly(pymorphy.parse(word)), word
        assert morphology.lemmas(word) == tuple(dict.fromkeys(fold(form.normal) for form in forms)), word


def test_a_frequent_word_list_of_another_dictionary_is_not_used(tmp_path):
    path = tmp_path / "words.tsv"
    path.write_text("# another 1.0\nстали\tчепуха\n", encoding="utf-8")
    assert Morphology(path).lemmas("стали") == Morphology().lemmas("стали")


def test_the_nominatives_of_frequent_names_are_those_that_are_worked_out(annotator):
    places = annotator.identity.places
    head, *lines = (GAZETTEER.parent / "nominatives.tsv").read_text(encoding="utf-8").splitlines()
    assert head == f"# {places.sources}"
    rows = [line.split("\t") for line in lines]
    assert dict(rows) == places._frequent
    for name, nominative in rows[::5]:
        before, *words = name.split(" ")
        assert tuple(nominative.split(" ") if nominative else words) == places.work_out(tuple(words), before), name


@pytest.mark.parametrize(
    ("words", "before", "nominative"),
    [
        ("Красного моря", "", "Красное море"),
        ("Приморском крае", "в", "Приморский край"),
        ("Тверской области", "", "Тверская область"),
        ("Красной площади", "на", "Красная площадь"),
        ("Красноярском крае", "", "Красноярский край"),
    ],
)
def test_an_adjective_is_no_town_of_its_form(annotator, words, before, nominative):
    assert " ".join(annotator.identity.places.work_out(tuple(words.split()), before)) == nominative


def test_nominatives_made_of_another_dictionary_or_other_cities_are_not_used(tmp_path, annotator):
    path = tmp_path / "nominatives.tsv"
    path.write_text("# another 1.0, cities 00000000\n России\tчепуха\n", encoding="utf-8")
    places = Places(annotator.identity.places.cities, annotator.morphology, path)
    assert places.nominative(("России",), "") == ("Россия",)
    path.write_text(f"# {places.sources}\n России\tчепуха\n", encoding="utf-8")
    places = Places(annotator.identity.places.cities, annotator.morphology, path)
    assert places.nominative(("России",), "") == ("чепуха",)


@pytest.mark.parametrize("lengths", [[0], [1], [1, 2, 3], [509], [510], [511], [512, 1], [1500, 7, 300]])
def test_rows_made_in_pairs_are_those_made_one_by_one(annotator, monkeypatch, lengths):
    network = annotator.names.network
    words = segment.words_of(
        "Сенат Казахстана ратифицировал соглашение с Узбекистаном, подписанное в Ташкенте 10 июня."
    )
    numbers = np.array([annotator.lexicon[word] for word in words])
    random = np.random.default_rng(7)
    texts = [numbers[random.integers(0, len(numbers), length)] for length in lengths]
    rows, begins = network(texts)
    monkeypatch.setattr(PairedNetwork, "_encode", Network._encode)
    expected, same = network(texts)
    assert begins == same
    assert rows.shape == expected.shape == (sum(lengths) + len(lengths) + 1, 64)
    assert np.allclose(rows, expected, rtol=1e-4, atol=1e-4)


@given(st.text(st.sampled_from('аяёАЯЁazAZ09-+.,«"№№%éÉѢі—_ᲀK'), min_size=1, max_size=5))
@settings(max_examples=500, deadline=None)
def test_shapes_are_those_of_slovnet(annotator, text):
    pairs = annotator.lexicon._pair_of
    assert pairs(text) % SHAPES == pairs._shapes[word_shape(text)]


def test_a_sentence_ends_at_a_full_stop_without_a_space():
    text = "Лидеры говорили о безопасности.В завершение они посетили ул.Абая, передаёт Tengrinews.kz.Ранее было тихо."
    cut = segment.cut_run_on(text, segment.split_sentences(text))
    assert [text[start:stop] for start, stop in cut] == [
        "Лидеры говорили о безопасности.",
        "В завершение они посетили ул.Абая, передаёт Tengrinews.kz.",
        "Ранее было тихо.",
    ]


@pytest.mark.shared
def test_everything_is_as_natasha_gives_it(annotator):
    # A sample; benchmarks/annotate.py compares thousands of documents.
    natasha = pytest.importorskip("natasha")
    embedding = natasha.NewsEmbedding()
    ner, morph, syntax = (
        one(embedding) for one in (natasha.NewsNERTagger, natasha.NewsMorphTagger, natasha.NewsSyntaxParser)
    )
    with gzip.open(CORPORA / "rbc.jsonl.gz", "rt", encoding="utf-8") as lines:
        raw = [json.loads(line) for line in islice(lines, 0, 400, 20)]
    documents = [
        Document(id=one["id"], url=None, published="2024-01-01", title=one["title"], text=one["text"]) for one in raw
    ]
    spans = list(annotator.spans(document.body for document in documents))
    assert spans == [[(s.start, s.stop, s.type) for s in ner(document.body).spans] for document in documents]
    for found in annotator.annotate(documents, depth=lambda _: Depth.SYNTAX):
        for sentence in found.sentences:
            words = [token.text for token in sentence.tokens]
            tagged, parsed = next(morph.map([words])).tokens, next(syntax.map([words])).tokens
            assert [(t.pos, t.feats) for t in sentence.tokens] == [(t.pos, t.feats) for t in tagged]
            assert [(t.head + 1, t.rel) for t in sentence.tokens] == [(int(t.head_id), t.rel) for t in parsed]


def test_cities_are_those_of_the_package():
    assert list(rows_of_geonames()) == (GAZETTEER / "cities.tsv").read_text(encoding="utf-8").splitlines()


def test_every_state_of_the_world_is_in_the_gazetteer(annotator):
    pycountry = pytest.importorskip("pycountry")
    codes = {one.alpha_2 for one in pycountry.countries}
    assert set(annotator.gazetteer.states) <= codes | {"XK"}
    assert "NO" in annotator.gazetteer.states
    assert len(annotator.gazetteer.states) > 193


def test_a_wrong_gazetteer_is_told(tmp_path):
    for path in GAZETTEER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "regions.yaml").write_text("ZZ: [Нигдея]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"regions\.yaml: the file names ZZ"):
        Gazetteer.load(tmp_path)


def test_members_and_holders_depend_on_the_day(annotator):
    assert "IN" not in annotator.gazetteer.organizations["sco"].members_on("2016-01-01")
    assert "IN" in annotator.gazetteer.organizations["sco"].members_on("2018-01-01")
    assert annotator.gazetteer.holders("president", "KZ", "2018-01-01") == ("Нурсултан Назарбаев",)
    assert annotator.gazetteer.holders("president", "KZ", "2024-01-01") == ("Касым-Жомарт Токаев",)


@pytest.mark.shared
def test_who_takes_part_is_found(annotator):
    # benchmarks/annotate.py identity: 99.0 % of the states and 98.0 % of the persons of the gold slots.
    lines = (CORPORA.parent / "eval" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    raw = [one for one in map(json.loads, lines) if one["summits"] or one["agreements"]]
    documents = [
        Document(id=one["id"], url=None, published=one["published"], title=one["title"], text=one["text"])
        for one in raw
    ]
    found = Counter()
    for one, annotated in zip(raw, annotator.annotate(documents, depth=lambda _: Depth.TOKENS), strict=True):
        events = one["summits"] + one["agreements"]
        states = {code for reference in annotated.references for code in reference.states}
        states |= {entity.state for entity in annotated.entities}
        persons = {fold(entity.normal) for entity in annotated.entities if entity.type == "PER"}
        gold_states = {code for event in events for code in event["states"]}
        gold_persons = {fold(person) for event in events for person in event["persons"]}
        found.update(states=len(gold_states & states), of_states=len(gold_states))
        found.update(persons=len(gold_persons & persons), of_persons=len(gold_persons))
    assert found["states"] >= 0.98 * found["of_states"]
    assert found["persons"] >= 0.97 * found["of_persons"]
