"""The dictionary forms under which an article is found: lower case, ё as е."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.records import Annotated


def search_terms(annotated: Annotated) -> tuple[str, str]:
    """Make the terms of title and text: dictionary forms in the order of the words."""
    title_ends = len(annotated.document.title or "")
    title: list[str] = []
    text: list[str] = []
    for sentence in annotated.sentences:
        for token in sentence.tokens:
            if token.lemma[:1].isalnum():
                (title if token.start < title_ends else text).append(fold(token.lemma))
    return " ".join(title), " ".join(text)


def fold(lemma: str) -> str:
    """Write a dictionary form as the index keeps it."""
    return lemma.lower().replace("ё", "е")
