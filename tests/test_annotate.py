from pathlib import Path

import pytest

from pipeline.annotate import Annotator
from pipeline.records import Depth, Document

GAZETTEER = Path(__file__).parent.parent / "models" / "gazetteer"


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
