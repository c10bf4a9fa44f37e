"""Precision of the records that come out of ordinary news: a sample to read, and the figures of its verdicts.

    python benchmarks/records_sample.py draw CORPORA --out SAMPLE.txt     200 records with their articles, to be read
    python benchmarks/records_sample.py tally                             benchmarks/records_sample.jsonl as a table

`draw` takes 20,000 articles of rbc.jsonl.gz and regional.jsonl.gz that no one has annotated (in the order of the digest
of SEED and their identifiers), finds the events of all, and takes 200 records in the order of the digest of SEED,
identifier, family and number. The same corpora, judge and seed give the same sample on every machine. What it writes
holds texts and stays outside the checkout; benchmarks/records_sample.jsonl holds a verdict a line:

    {"id", "family": "summits"|"agreements", "number", "version", "confidence", "told": KIND, "event": true|false,
     "why": "…", "kind": true, "status": true, "date": false, "states": [right, given], "persons": [1, 2], …}

With `--elsewhere` the articles are those of topics_weak.jsonl.gz from outlets that were never learned from
(russian.rt.com, ng.ru), of at most 4,000 characters; the verdicts stand in benchmarks/records_elsewhere.jsonl. Their
days of publication are not told, so dates are not judged.

`event` is right when the record reports a particular event of eval/GUIDELINES.md that no earlier record of the article
reports; `told` is the kind that the record gives. Slots are judged for right events, and only where the record fills
them; a list counts its values.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import math
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
VERDICTS = HERE / "records_sample.jsonl"
VERDICTS_ELSEWHERE = HERE / "records_elsewhere.jsonl"
OUTLETS, LONGEST, UNTOLD = ("russian.rt.com", "ng.ru"), 4_000, "2018-01-01"
ARTICLES = 20_000
RECORDS = 200
BATCH = 500
SEED = "fifth reading"  # another seed gives another sample
SINGLE = ("kind", "status", "name", "place", "country", "start", "end", "date", "subject")
LISTS = ("states", "persons", "organizations", "topics")
TOLD = 0.7  # the letter tells a record from this confidence on
BANDS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01))
Z = 1.96  # 95 %


def order(*parts: object) -> str:
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()


def read_articles(corpora: Path) -> list[dict[str, Any]]:
    """Take the articles of the sample, none of which is annotated, in the order of their digests."""
    from pipeline.events.annotations import read_annotations

    dev = (corpora.parent / "eval" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    annotated = {json.loads(line)["id"] for line in dev} | set(
        read_annotations(HERE.parent / "models/events/annotations")
    )
    found = []
    for corpus in ("rbc", "regional"):
        with gzip.open(corpora / f"{corpus}.jsonl.gz", "rt", encoding="utf-8") as lines:
            found += [a for a in map(json.loads, lines) if a["published"] and a["id"] not in annotated]
    return sorted(found, key=lambda article: order(SEED, article["id"]))[:ARTICLES]


def read_elsewhere(corpora: Path) -> list[dict[str, Any]]:
    """Take the articles of outlets that were never learned from, in the order of their digests."""
    with gzip.open(corpora / "topics_weak.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = [
            article | {"published": UNTOLD}
            for article in map(json.loads, lines)
            if article["source"] in OUTLETS and len(article["text"]) <= LONGEST
        ]
    return sorted(found, key=lambda article: order(SEED, article["id"]))


def find_records(articles: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str, int, Any]]:
    """Give (article, family, number, record) for everything that is found."""
    from pipeline.annotate import Annotator
    from pipeline.events import Events
    from pipeline.events.lexicon import may_hold_event
    from pipeline.records import Document

    models = HERE.parent / "models"
    annotator, events = Annotator.load(models / "gazetteer"), Events.load(models / "events")
    for first in range(0, len(articles), BATCH):
        batch = articles[first : first + BATCH]
        documents = [
            Document(id=a["id"], url=None, published=a["published"], title=a["title"], text=a["text"]) for a in batch
        ]
        read = annotator.annotate(documents, depth=may_hold_event, worth=events.worth_parsing)
        for article, annotated in zip(batch, read, strict=True):
            for family, records in zip(("summits", "agreements"), events.find(annotated), strict=True):
                for number, record in enumerate(records):
                    yield article | {"version": events.version}, family, number, record


def shown(article: dict[str, Any], family: str, number: int, record: Any) -> str:
    """Write a record and its article for the reader; triggers stand in «‹…›»."""
    body = f"{article['title'] or ''}\n\n{article['text']}"
    for start, stop in sorted(record.triggers, reverse=True):
        body = body[:start] + "‹" + body[start:stop] + "›" + body[stop:]
    slots = {slot: getattr(record, slot, None) for slot in (*SINGLE, *LISTS)}
    given = " | ".join(f"{slot}={value}" for slot, value in slots.items() if value)
    lines = "\n".join(line for line in body.strip().splitlines() if line.strip())
    head = f"### {article['id']} {family} {number} ({article['published'][:10]}, {record.confidence:.2f})"
    return f"{head}\n{given}\n{lines}\n"


def draw(corpora: Path, out: Path, *, elsewhere: bool) -> None:
    started = time.process_time()
    articles = read_elsewhere(corpora) if elsewhere else read_articles(corpora)
    found = list(find_records(articles))
    families = Counter(family for _, family, _, _ in found)
    holding = len({article["id"] for article, *_ in found})
    spent = time.process_time() - started
    print(f"{len(articles)} articles, {holding} with records: {dict(families)}; {spent:.0f} s of CPU")
    chosen = sorted(found, key=lambda item: order(SEED, item[0]["id"], item[1], item[2]))[:RECORDS]
    out.write_text("\n".join(shown(*item) for item in chosen), encoding="utf-8")
    print(f"{len(chosen)} records by version {chosen[0][0]['version']} in {out}")


def wilson(right: int, of: int) -> tuple[float, float]:
    """Give the 95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    share, spread = right / of, Z * Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / of / 4)
    return middle - half, middle + half


def share_of(verdicts: list[dict[str, Any]]) -> str:
    """Write how many records are right, as cells of a table."""
    right, of = sum(v["event"] for v in verdicts), len(verdicts)
    low, high = wilson(right, of)
    return f"{right} | {of} | {right / max(of, 1):.3f} | {low:.3f} to {high:.3f}"


def tally(path: Path) -> None:
    verdicts = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for family in ("summits", "agreements"):
        own = [v for v in verdicts if v["family"] == family]
        counts: dict[str, Counter[str]] = {"detection": Counter(right=sum(v["event"] for v in own), of=len(own))}
        for verdict in own:
            for slot in SINGLE:
                if verdict.get(slot) is not None:
                    counts.setdefault(slot, Counter()).update(right=int(verdict[slot]), of=1)
            for slot in LISTS:
                right, of = verdict.get(slot) or (0, 0)
                counts.setdefault(slot, Counter()).update(right=right, of=of)
        print(f"\n| {family} | right | of | precision | 95 % interval |\n|---|---|---|---|---|")
        for slot, count in counts.items():
            if count["of"]:
                low, high = wilson(count["right"], count["of"])
                share = count["right"] / count["of"]
                print(f"| {slot} | {count['right']} | {count['of']} | {share:.3f} | {low:.3f} to {high:.3f} |")
    tally_parts(verdicts)


def tally_parts(verdicts: list[dict[str, Any]]) -> None:
    """Print how many records are right by confidence and by kind, and why the others are not."""
    print("\n| confidence | mean | right | of | precision | 95 % interval |\n|---|---|---|---|---|---|")
    for first, last in ((0.0, 1.01), (TOLD, 1.01), *BANDS):
        told = [v for v in verdicts if first <= v["confidence"] < last]
        mean = sum(v["confidence"] for v in told) / max(len(told), 1)
        print(f"| {first:.2f} to {min(last, 1.0):.2f} | {mean:.3f} | {share_of(told)} |")
    print(f"\n| kind | right | of | precision | 95 % interval | from {TOLD} on |\n|---|---|---|---|---|---|")
    for kind, _ in Counter(v["told"] for v in verdicts).most_common():
        own = [v for v in verdicts if v["told"] == kind]
        sure = [v for v in own if v["confidence"] >= TOLD]
        print(f"| {kind} | {share_of(own)} | {sum(v['event'] for v in sure)} of {len(sure)} |")
    print(f"\n| why a record is wrong | summits | agreements | all | from {TOLD} on |\n|---|---|---|---|---|")
    for why, count in Counter(v["why"] for v in verdicts if v.get("why")).most_common():
        own = [v for v in verdicts if v.get("why") == why]
        of = Counter(v["family"] for v in own)
        sure = sum(v["confidence"] >= TOLD for v in own)
        print(f"| {why} | {of['summits']} | {of['agreements']} | {count} | {sure} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    drawing = commands.add_parser("draw")
    drawing.add_argument("corpora", type=Path)
    drawing.add_argument("--out", type=Path, required=True)
    for command in (drawing, commands.add_parser("tally")):
        command.add_argument("--elsewhere", action="store_true", help="articles of outlets never learned from")
    args = parser.parse_args()
    if args.command == "draw":
        draw(args.corpora, args.out, elsewhere=args.elsewhere)
    else:
        tally(VERDICTS_ELSEWHERE if args.elsewhere else VERDICTS)


if __name__ == "__main__":
    main()
