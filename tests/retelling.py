"""What the tests of resolution store: documents with meetings and agreements as if they had been found in them."""

from datetime import UTC, datetime

from pipeline.records import Agreement, Article, Document, SearchTerms, Summit, Understood
from pipeline.store.archive import save_articles
from pipeline.store.understanding import save_understood


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


def save(store, name, published, text, events, *, outlet, now, origin=None):
    """Store an article, or a new text of it, with what was found in it; returns its row id."""
    article = Article(
        url=f"https://{outlet}/{name}",
        link=None,
        guid=None,
        title="",
        text=text,
        published_at=datetime.fromisoformat(published).replace(hour=9, tzinfo=UTC),
        published_guessed=False,
        language="ru",
        feed=None,
        text_from="import",
        outlet=outlet,
        origin=origin,
    )
    saved = save_articles(store, [article], now=now)
    number = (saved.new + saved.changed)[0]
    save_understood(store, [(number, understood(article.url, published, text, events))], now=now)
    return number
