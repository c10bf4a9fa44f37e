"""Reprints: which articles carry one text, and which outlet the text names as its source. Pure."""

from __future__ import annotations


def find_origin(text: str, own: str) -> str | None:
    """Find the outlet that a text names as its source, other than its own."""
    del text, own
    return None
