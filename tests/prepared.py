"""A text read as far as events are sought in it."""

from functools import cache

from pipeline.annotate import Annotator
from pipeline.events.find import Prepared
from pipeline.events.lexicon import may_hold_event
from pipeline.records import Document
from pipeline.settings import shipped


@cache
def annotator():
    return Annotator.load(shipped("models/gazetteer"))


def prepare(text, published="2023-05-17"):
    document = Document(id="1", url=None, published=published, title=None, text=text)
    (annotated,) = annotator().annotate([document], depth=may_hold_event)
    return Prepared(annotated)
