"""Tables that came with the program: tab-separated, with comments after a hash."""

from __future__ import annotations

from pipeline.settings import shipped


def read_table(name: str) -> list[list[str]]:
    """Read the rows of a table that came with the program."""
    lines = shipped(name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]
