"""The event finder as a whole: what it finds, and that it stays calm on bad input."""

from pathlib import Path

import pytest

from pipeline.annotate import Annotator
from pipeline.errors import ModelError
from pipeline.events import Events
from pipeline.events.lexicon import may_hold_event
from pipeline.records import Document
from pipeline.settings import shipped


@pytest.fixture(scope="module")
def read():
    annotator = Annotator.load(shipped("models/gazetteer"))
    events = Events.load(shipped("models/events"))

    def reader(text, title=None, published="2023-05-17"):
        document = Document(id="1", url=None, published=published, title=title, text=text)
        (annotated,) = annotator.annotate([document], depth=may_hold_event)
        return events.find(annotated)

    return reader


def test_a_meeting_and_what_was_signed_at_it(read):
    summits, agreements = read(
        "Президент Казахстана Касым-Жомарт Токаев провёл в Астане переговоры с президентом Узбекистана Шавкатом "
        "Мирзиёевым. По итогам переговоров стороны подписали соглашение о транзите."
    )
    assert [(s.kind, s.status, s.states) for s in summits] == [("talks", "held", ("KZ", "UZ"))]
    assert [(a.kind, a.status, a.states) for a in agreements] == [("agreement", "signed", ("KZ", "UZ"))]


def test_domestic_news_gives_nothing(read):
    assert read("Жители посёлка пожаловались на цены. Суд рассмотрит протокол об административном правонарушении.") == (
        (),
        (),
    )


def test_a_missing_model_says_what_to_do(tmp_path: Path):
    with pytest.raises(ModelError, match="svodka events train"):
        Events.load(tmp_path)
