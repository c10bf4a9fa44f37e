"""`make docs`: the lists in README.md that are made from the code."""

import json
import re
import sys
from pathlib import Path

from pipeline.cli import SECTIONS
from pipeline.migrations import fresh_database

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
MODELS = ROOT / "models"


def commands() -> str:
    """List the commands and what each does."""
    lines = ["| | command | does |", "|---|---|---|"]
    for title, rows in SECTIONS.items():
        for position, (name, _, _, does) in enumerate(rows):
            lines.append(f"| {'' if position else title} | `svodka {name}` | {does} |")
    return "\n".join(lines)


def tables() -> str:
    """List the tables and views with their comments."""
    lines = ["| table or view | one row is |", "|---|---|"]
    with fresh_database() as db:
        query = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid"
        found = db.execute(query).fetchall()
    for name, sql in found:
        if name.startswith(("_sqlite", "sqlite_")) or re.fullmatch(r"\w+_search_\w+", name):
            continue
        comment = re.search(r"-- (.+)", sql)
        lines.append(f"| `{name}` | {comment[1] if comment else ''} |")
    return "\n".join(lines)


def figures() -> str:
    """Show what the cards of the models say of themselves."""
    events = json.loads((MODELS / "events" / "card.json").read_text(encoding="utf-8"))
    topics = json.loads((MODELS / "topics" / "card.json").read_text(encoding="utf-8"))
    lines = [
        f"Mentions, {events['measured']} ({events['data']['articles']} articles):",
        "",
        "| | found: precision | recall | F1 | whole record: F1 | status | states | date |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for family, date in (("summits", "start"), ("agreements", "date")):
        score = events["scores"][family]
        names = ("detection_p", "detection_r", "detection_f", "record_f", "status", "states", date)
        lines.append(f"| {family} | " + " | ".join(f"{score[name]:.2f}" for name in names) + " |")
    lines += ["", f"Topics, {topics['figures']['how']}:", "", "| | precision | recall | F1 |", "|---|---|---|---|"]
    for name, score in sorted(topics["figures"]["all"]["topics"].items()):
        lines.append(f"| {name} | {score['precision']:.2f} | {score['recall']:.2f} | {score['f1']:.2f} |")
    return "\n".join(lines)


def speed() -> str:
    """Show the tables of the benchmarks: annotation beside natasha, and questions to a million articles."""
    annotate = (ROOT / "benchmarks" / "annotate.md").read_text(encoding="utf-8")
    million = (ROOT / "benchmarks" / "million.md").read_text(encoding="utf-8")
    parts = [
        "Reading, CPU time of one process (`python benchmarks/annotate.py speed CORPUS...`):",
        first_table(annotate),
        "A database of one million articles and five million mentions (`benchmarks/million.py`):",
        *(first_table(million[million.index(f"## {title}") :]) for title in ("Questions in SQL", "Search", "Commands")),
    ]
    return "\n\n".join(parts)


def first_table(text: str) -> str:
    """Cut the first Markdown table out of a text."""
    found = re.search(r"(?:^\|.*\|\n)+", text, flags=re.MULTILINE)
    assert found, "no table"
    return found[0].strip()


def written(text: str) -> str:
    """Put the lists in their places in a text."""
    for name, make in (("commands", commands), ("tables", tables), ("figures", figures), ("speed", speed)):
        pattern = rf"(<!-- made by `make docs`: {name} -->\n).*?(<!-- end -->)"
        text = re.sub(pattern, lambda found, make=make: f"{found[1]}\n{make()}\n\n{found[2]}", text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit()
