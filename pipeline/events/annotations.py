"""Annotated articles without their texts: labels and offsets in models/events/annotations, the texts in the corpora.

A line of an annotation file is

    {"id", "corpus", "sha256", "summits": [...], "agreements": [...]}

with the events of eval/GUIDELINES.md. `corpus` names the file `<corpus>.jsonl.gz` that holds the article, `sha256`
is the digest of its body (title, empty line, text), so that offsets are never laid on another version of a text.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FAMILIES = ("summits", "agreements")


def body_of(article: Mapping[str, Any]) -> str:
    """Give the text into which offsets point."""
    return f"{article.get('title') or ''}\n\n{article.get('text') or ''}"


def digest_of(article: Mapping[str, Any]) -> str:
    """Give the digest that an annotation carries for this article."""
    return hashlib.sha256(body_of(article).encode()).hexdigest()


def read_annotations(folder: Path) -> dict[str, dict[str, Any]]:
    """Read every annotation file of a folder, by article; an article annotated twice is an error."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            annotation = json.loads(line)
            if annotation["id"] in found:
                raise ModelError(f"{path}:{number}: article {annotation['id']} is annotated twice; drop one line")
            found[annotation["id"]] = annotation
    return found


def annotated_articles(folder: Path, corpora: Path) -> Iterator[dict[str, Any]]:
    """Join annotations with their articles: documents as in eval/dev.jsonl, sorted by corpus, in its order.

    Raises ModelError for an article that the corpus has not, or has with another text.
    """
    wanted: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for annotation in read_annotations(folder).values():
        wanted[annotation["corpus"]][annotation["id"]] = annotation
    for corpus, labels in sorted(wanted.items()):
        path = corpora / f"{corpus}.jsonl.gz"
        missing = set(labels)
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                article = json.loads(line)
                if article["id"] not in labels:
                    continue
                annotation = labels[article["id"]]
                missing.discard(article["id"])
                if digest_of(article) != annotation["sha256"]:
                    raise ModelError(f"{path}: article {article['id']} is not the text that was annotated")
                yield article | {family: annotation[family] for family in FAMILIES}
        if missing:
            raise ModelError(f"{path}: has no article {', '.join(sorted(missing)[:3])} ({len(missing)} missing)")


def most_articles(folder: Path, corpora: Path, every: int) -> Iterator[dict[str, Any]]:
    """Give the corpora that annotations speak of, less every so manyth article and those without a day."""
    for corpus in sorted({annotation["corpus"] for annotation in read_annotations(folder).values()}):
        with gzip.open(corpora / f"{corpus}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                if number % every != every // 2 and (article := json.loads(line)).get("published"):
                    yield article
