"""The digest of a week as a web page: everything that the letter has to cut, with the sentence behind every fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.outputs.letter import groups_of, made_words, subject, wording_of
from pipeline.outputs.templates import render
from pipeline.outputs.wording import FIELDS, completeness, summary, week_range

if TYPE_CHECKING:
    from pipeline.digest.records import Digest
    from pipeline.outputs.letter import Desk


def render_page(digest: Digest, desk: Desk, *, fragment: bool = False) -> str:
    """Render the page, or only its content for a site that has a frame of its own."""
    wording = wording_of(digest, desk)
    return render(
        "week.html" if fragment else "page.html",
        digest=digest,
        desk=desk,
        w=wording,
        subject=subject(digest, wording),
        range=week_range(digest.starts, digest.ends),
        summary=summary(digest),
        complete=completeness(wording, digest, listed=100),
        groups=groups_of(digest),
        fields=FIELDS,
        made=made_words(digest),
        top=max([count.now for count in digest.topics] + [count.before for count in digest.topics] + [1]),
        tallest=max([count.now for count in digest.weeks] + [1]),
    )
