"""How well full texts are extracted from real pages: writes benchmarks/pages.md from ../shared/feedzoo/pages.

    .venv/bin/python benchmarks/pages.py

F1 of word 4-grams against the reference texts, beside the extractors that were compared there.
"""

import json
import re
import time
from collections import Counter
from pathlib import Path

from pipeline.pages import extract

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT.parent / "shared" / "feedzoo" / "pages"
# Means by the notes: nine news pages, all thirteen with a reference.
OTHERS = (
    ("trafilatura precision", 0.983, 0.988),
    ("newspaper4k", 0.982, 0.986),
    ("trafilatura std", 0.980, 0.985),
    ("trafilatura recall", 0.973, 0.980),
    ("goose3", 0.968, 0.898),
    ("readability-lxml", 0.961, 0.963),
    ("resiliparse", 0.865, 0.890),
    ("justext ru", 0.828, 0.851),
)


def grams(text, size=4):
    words = re.findall(r"\w+", text.lower())
    return Counter(tuple(words[place : place + size]) for place in range(len(words) - size + 1))


def score(found, reference):
    """Give precision, recall and F1 of two texts."""
    one, other = grams(found), grams(reference)
    shared = sum((one & other).values())
    precision, recall = shared / max(1, one.total()), shared / max(1, other.total())
    return precision, recall, 2 * precision * recall / (precision + recall) if shared else 0.0


def measure():
    """Give a row of site, precision, recall, F1, characters and seconds for each page, and the two means."""
    known = json.loads((PAGES / "extraction_results.json").read_text(encoding="utf-8"))
    rows = []
    for path in sorted(PAGES.glob("*.html")):
        started = time.process_time()
        text = extract(path.read_bytes(), "", "https://outlet.example/1")
        spent = time.process_time() - started
        reference = known["ref"].get(path.stem)
        rows.append(
            (
                path.stem,
                known["site"].get(path.stem, ""),
                score(text, reference) if reference else None,
                len(text),
                spent,
            )
        )
    judged = [row for row in rows if row[2]]
    news = [row[2][2] for row in judged if row[0].startswith(("htmldate", "fundus"))]
    return rows, sum(news) / len(news), sum(row[2][2] for row in judged) / len(judged)


def main():
    rows, news, every = measure()
    lines = [
        "# Full texts of real pages",
        "",
        "Made by `benchmarks/pages.py`: F1 of word 4-grams against the reference, which one of fourteen pages lacks.",
        "",
        "| page | site | precision | recall | F1 | characters | processor s |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for name, site, found, length, spent in rows:
        figures = " | ".join(f"{figure:.3f}" for figure in found) if found else "– | – | –"
        lines.append(f"| {name} | {site} | {figures} | {length} | {spent:.2f} |")
    lines += ["", "| extractor | F1, 9 news pages | F1, all 13 |", "|---|---:|---:|"]
    lines.append(f"| **svodka** | **{news:.3f}** | **{every:.3f}** |")
    lines += [f"| {name} (by the notes) | {one:.3f} | {other:.3f} |" for name, one, other in OTHERS]
    (ROOT / "benchmarks" / "pages.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
