"""One article for a reader's eyes: its text in paragraphs, what was found in it, who else carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.store.asking import ARTICLE, DAY, as_found, as_listed

if TYPE_CHECKING:
    from pipeline.search import Piece
    from pipeline.store.asking import Family, Found, Listed
    from pipeline.store.database import Store


def get_article(store: Store, article_id: int) -> Found | None:
    """Read one article with its text."""
    rows = store.rows(f"SELECT {ARTICLE}, articles.text FROM articles WHERE articles.id = ?", [article_id])
    return next(iter(as_found(store, rows)), None)


def events_of_article(store: Store, family: Family, article_id: int) -> tuple[Listed, ...]:
    """List the real meetings or agreements that an article speaks of."""
    rows = store.rows(
        f"SELECT *, {DAY[family]} AS day FROM {family}s WHERE id IN "
        f"(SELECT {family}_id FROM {family}_mentions WHERE article_id = ?) ORDER BY {DAY[family]}, id",
        [article_id],
    )
    return as_listed(store, family, rows)


def list_reprints(store: Store, article: Found) -> tuple[Found, ...]:
    """List the other articles that carry the text of this one."""
    if article.story is None:
        return ()
    rows = store.rows(
        f"SELECT {ARTICLE} FROM articles WHERE story_id = ? AND articles.id <> ? ORDER BY published_at, id LIMIT 50",
        [article.story, article.id],
    )
    return as_found(store, rows)


def marked_paragraphs(store: Store, article: Found) -> tuple[tuple[Piece, ...], ...]:
    """Cut the text of an article into paragraphs, the sentences marked on which a meeting or agreement rests."""
    shift = len(article.title) + 2
    spans = sorted(
        {
            (max(0, row["start"] - shift), row["stop"] - shift)
            for family in ("summit", "agreement")
            for row in store.rows(
                f"SELECT start, stop FROM {family}_mentions JOIN {family}_mention_evidence ON mention_id = id "
                "WHERE article_id = ? AND slot = 'sentence' AND start IS NOT NULL",
                [article.id],
            )
            if row["stop"] > shift
        },
    )
    paragraphs: list[tuple[Piece, ...]] = []
    start = 0
    for paragraph in article.text.split("\n"):
        stop = start + len(paragraph)
        pieces: list[Piece] = []
        at = start
        for begin, end in spans:
            low, high = max(begin, at), min(end, stop)
            if low < high:
                pieces += [(article.text[at:low], False), (article.text[low:high], True)]
                at = high
        pieces.append((article.text[at:stop], False))
        if paragraph.strip():
            paragraphs.append(tuple(piece for piece in pieces if piece[0]))
        start = stop + 1
    return tuple(paragraphs)
