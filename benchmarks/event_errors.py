"""Count the classes of misses and false alarms of the event finder.

    python benchmarks/event_errors.py GOLD.jsonl FOUND.jsonl

FOUND is what `svodka events train GOLD.jsonl --found FOUND.jsonl` writes: mentions of documents that the judge had not
seen. Prints the classes of lost and spurious events, then the lost and spurious (slot, value) pairs.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from razdel import sentenize

from pipeline.events.measure import SINGLE, match, triples


def read(path):
    return {row["id"]: row for row in map(json.loads, Path(path).read_text(encoding="utf-8").splitlines())}


def overlap(one, other):
    return any(a < d and c < b for a, b in one["triggers"] for c, d in other["triggers"])


def classes(family, gold, found, bounds):
    pairs = match(gold, found, bounds, family)
    hit, used = {g for g, _ in pairs}, {p for _, p in pairs}
    for g, event in enumerate(gold):
        if g not in hit:
            twin = any(event["triggers"] == other["triggers"] for i, other in enumerate(gold) if i != g)
            merged = any(overlap(event, other) for other in found)
            name = "merged into another event" if merged else f"missed {event['kind']}"
            yield "one trigger, several events" if twin else name
    for p, event in enumerate(found):
        if p not in used:
            split = any(overlap(event, other) for other in gold)
            one_sided = len(event["states"]) < 2
            kind = "split off" if split else f"spurious {event['kind']}" + (", one state or none" if one_sided else "")
            yield kind


def main():
    gold, found = read(sys.argv[1]), read(sys.argv[2])
    for family in SINGLE:
        counted, lost = Counter(), Counter()
        for key, document in gold.items():
            body = f"{document.get('title') or ''}\n\n{document['text']}"
            bounds = [(s.start, s.stop) for s in sentenize(body)]
            ours, theirs = document[family], found[key][family]
            counted.update(classes(family, ours, theirs, bounds))
            for g, p in match(ours, theirs, bounds, family):
                a, b = triples(family, ours[g]), triples(family, theirs[p])
                wrong = {slot for slot, _ in a - b} & {slot for slot, _ in b - a}
                lost.update(f"{slot}: wrong" for slot in wrong)
                lost.update(f"{slot}: missing" for slot, _ in a - b if slot not in wrong)
                lost.update(f"{slot}: too much" for slot, _ in b - a if slot not in wrong)
        print(family)
        for name, count in counted.most_common(12):
            print(f"  {count:4}  {name}")
        print("  slots of matched events")
        for name, count in lost.most_common(12):
            print(f"  {count:4}  {name}")


if __name__ == "__main__":
    main()
