"""Count the words of news and write the lemmas of the frequent ones; makes models/words.tsv.

    python benchmarks/count_words.py CORPUS.jsonl.gz ... > models/words.tsv

Documents that `benchmarks/annotate.py speed` measures on (places 0 and 1 of every seven) are left out.
"""

import gzip
import json
import re
import sys
from collections import Counter
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME))

from pipeline.annotate.morphology import Morphology, fold  # noqa: E402
from pipeline.annotate.segment import words_of  # noqa: E402

EVERY, MEASURED = 7, 2
WORDS = 150_000
RUSSIAN = re.compile("[а-яё]+(?:-[а-яё]+)*")


def main() -> None:
    counts: Counter[str] = Counter()
    for name in sys.argv[1:]:
        with gzip.open(name, "rt", encoding="utf-8") as lines:
            for place, line in enumerate(lines):
                if place % EVERY >= MEASURED:
                    raw = json.loads(line)
                    counts.update(map(fold, words_of(f"{raw['title'] or ''}\n\n{raw['text']}")))
    morphology = Morphology()
    print(f"# {morphology.dictionary}")
    frequent = [
        word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if RUSSIAN.fullmatch(word)
    ]
    for word in sorted(frequent[:WORDS]):
        print("\t".join((word, *morphology.lemmas(word))))


main()
