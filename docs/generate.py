"""`make docs`: the lists in README.md that are made from the code."""

import re
import sys
from importlib import import_module
from pathlib import Path

from sqlite_utils import Database

from pipeline.cli import COMMANDS
from pipeline.migrations import migrations

README = Path(__file__).resolve().parent.parent / "README.md"


def commands() -> str:
    """List the commands with the first sentence of their help."""
    lines = ["| command | does |", "|---|---|"]
    for name, module, attribute in COMMANDS:
        command = getattr(import_module(module), attribute)
        first = re.split(r"(?<=[.:])\s", command.help.replace("\b", "").strip().replace("\n", " "), maxsplit=1)[0]
        lines.append(f"| `svodka {name}` | {re.sub(r' +', ' ', first)} |")
    return "\n".join(lines)


def tables() -> str:
    """List the tables and views with their comments."""
    db = Database(memory=True)
    migrations.apply(db)
    lines = ["| table or view | one row is |", "|---|---|"]
    found = db.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid").fetchall()
    for name, sql in found:
        if name.startswith(("_sqlite", "sqlite_")) or re.fullmatch(r"\w+_search_\w+", name):
            continue
        comment = re.search(r"-- (.+)", sql)
        lines.append(f"| `{name}` | {comment[1] if comment else ''} |")
    return "\n".join(lines)


def written(text: str) -> str:
    """Put the lists in their places in a text."""
    for name, make in (("commands", commands), ("tables", tables)):
        pattern = rf"(<!-- made by `make docs`: {name} -->\n).*?(<!-- end -->)"
        text = re.sub(pattern, lambda found, make=make: f"{found[1]}\n{make()}\n\n{found[2]}", text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit()
