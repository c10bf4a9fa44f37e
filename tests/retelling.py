"""What the tests of resolution store: documents with meetings and agreements as if they had been found in them."""

from pipeline.records import Agreement, Document, SearchTerms, Summit, Understood


def understood(url, published, text, events):
    """Make what was understood of a text without reading it."""
    return Understood(
        document=Document(id=url, url=url, published=published, title=None, text=text),
        language="ru",
        cut=(),
        sentences=(),
        entities=(),
        topics={},
        summits=tuple(each for each in events if isinstance(each, Summit)),
        agreements=tuple(each for each in events if isinstance(each, Agreement)),
        search=SearchTerms(title="", text="", forms=frozenset()),
        code_version="test",
        model_version="1",
    )
