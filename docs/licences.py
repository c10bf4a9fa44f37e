"""`make docs`: docs/licences.md, the packages that an installed svodka brings with it, each with its licence."""

import re
from importlib.metadata import PackageNotFoundError, distribution, metadata
from pathlib import Path

TARGET = Path(__file__).resolve().parent / "licences.md"


def closure(name: str, extras: frozenset[str] = frozenset(), seen: set[str] | None = None) -> set[str]:
    """Name the packages that a package needs, and those that they need; only what is installed here counts."""
    seen = set() if seen is None else seen
    for line in distribution(name).requires or ():
        if "extra ==" in line and not any(f'"{extra}"' in line or f"'{extra}'" in line for extra in extras):
            continue
        found = re.match(r"[A-Za-z0-9._-]+", line)
        package = re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""
        if not package or package in seen:
            continue
        try:
            distribution(package)
        except PackageNotFoundError:
            continue  # for another system or another Python
        seen.add(package)
        closure(package, seen=seen)
    return seen


def licence(name: str) -> str:
    """Tell the licence of an installed package as its own metadata state it."""
    told = metadata(name)
    classifiers = [
        line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or () if line.startswith("License ::")
    ]
    words = told.get("License-Expression") or ", ".join(classifiers) or (told.get("License") or "").split("\n")[0]
    return words.strip()[:80]


def written() -> str:
    """Write the page."""
    rows = [f"| {name} | {licence(name)} |" for name in sorted(closure("svodka"))]
    return (
        "# Licences\n\nMade by `make docs`: what an installed svodka brings with it, as the packages state it "
        "themselves.\n"
        "svodka itself is under the MIT licence.\n\n| package | licence |\n|---|---|\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    TARGET.write_text(written(), encoding="utf-8")
