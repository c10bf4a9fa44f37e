"""Whether reprints are found: writes benchmarks/reprints.md from texts of ../shared.

    .venv/bin/python benchmarks/reprints.py

Every text gets five reprints in other outlets: the first part of its sentences between two lines of attribution. All go
into one window; a pair is right when both come from one text.
"""

import gzip
import json
import random
import re
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from feedzoo import ZOO, fetched

from pipeline.collect import read_document
from pipeline.records import Failure
from pipeline.stories import Sketch, find_reprints, join, sketch

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 25, tzinfo=UTC)
SHARES = (1.0, 0.8, 0.6, 0.4, 0.25)
LEADS = (
    "{place}, 24 ноября. Корреспондент передаёт подробности с места событий.",
    "Об этом сообщает «{name}» со ссылкой на агентство.",
    "Как пишет издание, стали известны подробности.",
)
TAILS = (
    "Ранее сообщалось о подготовке документа.",
    "Подробности уточняются. Следите за нашими новостями.",
    "Напомним, что тема обсуждалась и прежде.",
)
PLACES = ("ТАШКЕНТ", "АСТАНА", "БАКУ", "БИШКЕК", "МОСКВА")


def texts():
    """Give the whole texts of the zoo, each once."""
    found = {}
    for path in sorted((ZOO / "ru").iterdir()):
        read = read_document(fetched(path))
        if isinstance(read, Failure) or ("newsru_com_2006_" in path.name and "cp1251" not in path.name):
            continue
        for article in read.articles:
            if len(article.text) >= 600 and article.language == "ru":
                found.setdefault(article.text[:200], article.text)
    return list(found.values())


def cut(text, share, chance):
    sentences = re.split(r"(?<=[.!?])\s+", text)
    kept = " ".join(sentences[: max(2, round(len(sentences) * share))])
    lead, tail = chance.choice(LEADS), chance.choice(TAILS)
    return f"{lead.format(place=chance.choice(PLACES), name='Курьер')} {kept} {tail}"


def news(count=1000):
    """Give texts of a news outlet, drawn by a seeded chance."""
    with gzip.open(ROOT.parent / "shared" / "corpora" / "rbc.jsonl.gz", "rt", encoding="utf-8") as file:
        found = [text for line in file if len(text := json.loads(line)["text"]) >= 600]
    return random.Random(7).sample(found, count)


def measure(name, originals):
    chance = random.Random(7)
    pool, source = [], {}
    for number, text in enumerate(originals):
        for copy, share in enumerate((None, *SHARES)):
            key = number * 10 + copy
            words = text if share is None else cut(text, share, chance)
            pool.append(Sketch(id=key, outlet=f"outlet {copy}", hashes=sketch(words)))
            source[key] = (number, share)
    started = time.process_time()
    pairs = list(find_reprints([], pool))
    spent = time.process_time() - started
    right = [pair for pair in pairs if source[pair.one][0] == source[pair.other][0]]
    wrong = sorted({tuple(sorted((source[p.one][0], source[p.other][0]))) for p in pairs if p not in set(right)})
    with_original = Counter(source[max(pair[:2])][1] for pair in right if min(pair[:2]) % 10 == 0)
    possible = len(originals) * 15
    groups = join((pair.one, pair.other) for pair in pairs)
    pure = sum(len({source[member][0] for member in group}) == 1 for group in groups)
    whole = sum(len(group) == 6 and len({source[member][0] for member in group}) == 1 for group in groups)
    lines = [
        f"## {name}",
        "",
        f"{len(originals)} texts, {len(pool)} with their reprints.",
        "",
        "| | |",
        "|---|---:|",
        f"| pairs of one text that are found (recall) | {len(right)} of {possible} = {len(right) / possible:.4f} |",
        f"| found pairs of one text (precision) | {len(right)} of {len(pairs)} = {len(right) / len(pairs):.4f} |",
        f"| stories that hold one text only | {pure} of {len(groups)} |",
        f"| texts whose six copies form one story | {whole} of {len(originals)} = {whole / len(originals):.3f} |",
        f"| processor time of the comparison | {spent:.2f} s |",
        *(
            f"| with {share:.0%} kept, found with the original | {with_original[share] / len(originals):.4f} |"
            for share in SHARES
        ),
        "",
    ]
    for one, other in wrong:
        print(name, "joined:", repr(originals[one][:160]), "+", repr(originals[other][:160]))
    return lines


def main():
    lines = [
        "# Reprints",
        "",
        "Made by `benchmarks/reprints.py`: Russian texts of 600 characters and more, five reprints of each in other",
        "outlets (the first part of its sentences between two lines of attribution), all in one window. Two texts are",
        "joined when half of the three-word shingles of the shorter stand in the longer.",
        "",
        *measure("Texts of the feed zoo", texts()),
        "The pairs of two texts: two advertisements of one company that share paragraphs, two notes under one list of",
        "addresses, two news of one interview.",
        "",
        *measure("News of one agency", news()),
        "The pairs of two texts: four pairs of reports on one course of events with the same background.",
    ]
    (ROOT / "benchmarks" / "reprints.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
