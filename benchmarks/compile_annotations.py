"""Compile annotations from their notation into models/events/annotations.

    python benchmarks/compile_annotations.py CORPORA NOTATION.txt... --out models/events/annotations

The notation is what a reader writes while reading; the files hold pieces of the texts and stay outside the checkout.

    ## podrobno-1850 gazetauz-17                 articles read; without lines below they have no event
    S talks planned посетит Кыргызстан / визита#2 | c=KG | d=2023-01-26 | e=2023-01-27 | st=UZ,KG | p=Шавкат Мирзиёев
    A roadmap signed подписали «дорожную карту» | st=UZ,RU | o=Газпром | subj=сотрудничество в газовой отрасли | t=e

S is a summit, A an agreement; then kind, status and the triggers as they stand in the text (`#2`: second occurrence).
name, pl(ace), c(ountry), d(ate or start), e(nd; a held event ends with its start unless `e=-`), st(ates), p(ersons),
o(rganizations), subj(ect), t(opics: e, t, c).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from pathlib import Path

import pycountry

from pipeline.events.annotations import body_of, digest_of
from pipeline.records import AGREEMENT_KINDS, AGREEMENT_STATUSES, SUMMIT_KINDS, SUMMIT_STATUSES

KINDS = {"S": (SUMMIT_KINDS, SUMMIT_STATUSES), "A": (AGREEMENT_KINDS, AGREEMENT_STATUSES)}
STATES = {country.alpha_2 for country in pycountry.countries}
TOPICS = {"e": "energy", "t": "transport", "c": "culture"}
DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
KEYS = {"S": {"name", "pl", "c", "d", "e", "st", "p", "o", "t"}, "A": {"pl", "c", "d", "st", "p", "o", "subj", "t"}}


def span_of(text: str, literal: str, used: list[list[int]]) -> list[int]:
    """Find a trigger in the text: the occurrence that is named, else the first that is not used yet."""
    words, _, number = literal.partition("#")
    spans = [[m.start(), m.end()] for m in re.finditer(re.escape(words), text)]
    if number:
        spans = spans[int(number) - 1 : int(number)]
    free = [span for span in spans if span not in used]
    if not free:
        raise ValueError(f"no trigger {literal!r}")
    return free[0]


def event_of(line: str, text: str) -> dict[str, object]:
    """Turn a line of the notation into a record."""
    family, rest = line[0], line[2:]
    head, *pairs = [part.strip() for part in rest.split(" | ")]
    kind, status, literals = head.split(" ", 2)
    kinds, statuses = KINDS[family]
    values = dict(pair.split("=", 1) for pair in pairs)
    if kind not in kinds or status not in statuses or not values.keys() <= KEYS[family]:
        raise ValueError(f"unknown word in {kind}, {status}, {sorted(values)}")
    if (kind, status) == ("understanding", "signed"):
        raise ValueError("an understanding is never signed")
    triggers: list[list[int]] = []
    for literal in literals.split(" / "):
        triggers.append(span_of(text, literal.strip(), triggers))
    lists = {key: [item.strip() for item in values.get(key, "").split(",") if item.strip()] for key in ("st", "p", "o")}
    unknown = {*lists["st"], *([values["c"]] if "c" in values else [])} - STATES
    dates = [values[key] for key in ("d", "e") if values.get(key, "-") != "-"]
    if unknown or not all(DATE.fullmatch(value) for value in dates):
        raise ValueError(f"unknown states {unknown} or dates {dates}")
    if "pl" in values and "c" not in values:
        raise ValueError("a place without its country")
    event: dict[str, object] = {"triggers": sorted(triggers), "kind": kind, "status": status}
    if family == "S":
        end = values.get("e", values.get("d") if status == "held" else None)
        event |= {"name": values.get("name"), "place": values.get("pl"), "country": values.get("c")}
        event |= {"start": values.get("d"), "end": None if end == "-" else end}
    else:
        event |= {"date": values.get("d"), "place": values.get("pl"), "country": values.get("c")}
    event |= {"states": lists["st"], "persons": lists["p"], "organizations": lists["o"]}
    if family == "A":
        event["subject"] = values.get("subj")
    return event | {"topics": [TOPICS[letter] for letter in values.get("t", "")]}


def read_corpora(folder: Path) -> dict[str, dict[str, object]]:
    """Read the articles that may be annotated, by identifier."""
    articles = {}
    for corpus in ("regional", "rbc", "onetv"):
        with gzip.open(folder / f"{corpus}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for article in map(json.loads, lines):
                articles[article["id"]] = article | {"corpus": corpus}
    return articles


def compile_notation(path: Path, articles: dict[str, dict[str, object]]) -> tuple[list[dict[str, object]], list[str]]:
    """Turn a file of the notation into annotations, in the order in which the articles were read, and complaints."""
    found: dict[str, dict[str, object]] = {}
    complaints: list[str] = []
    current: dict[str, object] | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            if line.startswith("## "):
                for name in line[3:].split():
                    article = articles[name]
                    current = {"id": name, "corpus": article["corpus"], "sha256": digest_of(article)}
                    current |= {"summits": [], "agreements": []}
                    found[name] = current
            elif current is not None:
                family = "summits" if line[0] == "S" else "agreements"
                current[family].append(event_of(line, body_of(articles[str(current["id"])])))  # type: ignore[attr-defined]
        except (KeyError, ValueError, IndexError) as error:
            complaints.append(f"{path}:{number}: {error!r}: {line}")
    return list(found.values()), complaints


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("notation", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    articles = read_corpora(args.corpora)
    totals = {"articles": 0, "without events": 0, "summits": 0, "agreements": 0}
    failed = False
    for path in args.notation:
        annotations, complaints = compile_notation(path, articles)
        failed |= bool(complaints)
        print("\n".join(complaints), file=sys.stderr, end="\n" if complaints else "")
        lines = [json.dumps(annotation, ensure_ascii=False) + "\n" for annotation in annotations]
        (args.out / f"{path.stem}.jsonl").write_text("".join(lines), encoding="utf-8")
        totals["articles"] += len(annotations)
        totals["without events"] += sum(not (a["summits"] or a["agreements"]) for a in annotations)
        for family in ("summits", "agreements"):
            totals[family] += sum(len(a[family]) for a in annotations)  # type: ignore[arg-type, misc]
    print(", ".join(f"{count} {what}" for what, count in totals.items()))
    sys.exit(failed)


if __name__ == "__main__":
    main()
