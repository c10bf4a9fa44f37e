"""Count the names of places and bodies in news and write the nominatives of the frequent ones.

    python benchmarks/count_names.py CORPUS.jsonl.gz ... > models/nominatives.tsv

Each row is the preposition before the name (or nothing), the name as it stands, a tab, and its nominative where that is
another. Documents that `benchmarks/annotate.py speed` measures on (places 0 and 1 of every seven) are left out.
"""

import gzip
import json
import os
import sys
from collections import Counter
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME))

from pipeline.annotate import Annotator  # noqa: E402
from pipeline.annotate.places import as_row  # noqa: E402
from pipeline.records import Depth, Document  # noqa: E402

EVERY, MEASURED = 7, 2
LEAST = 2


def documents(paths):
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for place, line in enumerate(lines):
                if place % EVERY >= MEASURED:
                    raw = json.loads(line)
                    title, text = raw.get("title"), raw["text"]
                    yield Document(id=str(place), url=None, published="2023-01-01", title=title, text=text)


def main() -> None:
    annotator = Annotator.load(HOME / "models" / "gazetteer")
    places = annotator.identity.places
    counts: Counter[tuple[tuple[str, ...], str]] = Counter()
    remembered = places._known  # noqa: SLF001

    def counted(words, before):
        counts[words, before] += 1
        return remembered(words, before)

    places._known = counted  # noqa: SLF001
    for _ in annotator.annotate(documents(sys.argv[1:]), depth=lambda _: Depth.TOKENS):
        pass
    print(f"# {places.sources}")
    rows = {}
    for (words, before), count in counts.items():
        if count >= LEAST:
            found = places.work_out(words, before)
            rows[as_row(words, before)] = "" if found == words else " ".join(found)
    for row in sorted(rows.items()):
        print("\t".join(row))


main()
