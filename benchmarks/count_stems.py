"""Count in how many articles each stem stands; makes models/resolve/stems.tsv.

    python benchmarks/count_stems.py ARCHIVE.jsonl.gz ... > models/resolve/stems.tsv

A stem below the cut is as telling as a word can be, so only the common ones need a count.
"""

import gzip
import json
import sys
from collections import Counter

from pipeline.resolve.words import stems

CUT = 0.0015  # of all articles


def main() -> None:
    counts: Counter[str] = Counter()
    articles = 0
    for name in sys.argv[1:]:
        with gzip.open(name, "rt", encoding="utf-8") as lines:
            for line in lines:
                document = json.loads(line)
                articles += 1
                counts.update(set(stems(f"{document['title'] or ''} {document['text']}")))
    print(f"# articles\t{articles}")
    for stem, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if count >= CUT * articles:
            print(f"{stem}\t{count}")


main()
