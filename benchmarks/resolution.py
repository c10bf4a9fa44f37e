"""Sample pairs of mentions for reading: in one row, and near misses, by which precision and recall are told.

    python benchmarks/resolution.py DB joined|near FAMILY N [SEED]
    python benchmarks/resolution.py DB read FAMILY

joined: pairs of mentions of different articles in one row, each row drawn in proportion to its mentions.
near: pairs of mentions in two rows that share a key and at least one side, and were told within 60 days.
read: what became of the pairs that were read, in resolution_pairs.tsv: joined or not, by verdict.
"""

import random
import sys
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

from pipeline.resolve.compare import compare
from pipeline.resolve.profile import profile
from pipeline.store import Store
from pipeline.store.mentions import read_mentions


def name_of(mention):
    """Name a mention for good: the end of its article's address and where its first trigger begins."""
    return f"{mention.telling.url.rstrip('/').rsplit('/', 1)[-1]}#{mention.trigger[0]}"


def show(mention):
    text = " ".join(mention.sentences.split())
    return (
        f"   {name_of(mention)} {mention.telling.published[:10]} {mention.kind} {mention.status} {mention.start} "
        f"{','.join(mention.states)} {','.join(mention.persons)} {','.join(mention.organizations)} @{mention.place} "
        f"«{mention.name or mention.subject}» [{mention.words[:60]}] {text[:330]}"
    )


def joined(row_of, mentions, chance, count):
    rows = defaultdict(list)
    for number, row in row_of.items():
        rows[row].append(number)
    groups = [sorted(ids) for row, ids in sorted(rows.items()) if len(ids) > 1]
    pairs = []
    while len(pairs) < count:
        group = chance.choices(groups, weights=[len(ids) for ids in groups])[0]
        pair = tuple(sorted(chance.sample(group, 2)))
        if pair not in pairs and mentions[pair[0]].telling.article != mentions[pair[1]].telling.article:
            pairs.append(pair)
    return pairs


def near(row_of, mentions, chance, count):
    blocks = defaultdict(list)
    profiles = {number: profile(mention) for number, mention in mentions.items()}
    for number, each in profiles.items():
        for key in each.keys:
            blocks[key].append(number)
    apart = {
        (min(pair), max(pair))
        for ids in blocks.values()
        for pair in combinations(ids, 2)
        if row_of[pair[0]] != row_of[pair[1]]
    }
    close = [pair for pair in sorted(apart) if is_near(*(profiles[number] for number in pair))]
    print(f"{len(apart)} pairs share a key and lie in two rows; {len(close)} of them are near", file=sys.stderr)
    return chance.sample(close, count)


def is_near(one, other):
    if one.mention.telling.article == other.mention.telling.article or abs(one.published - other.published) > 60:
        return False
    return bool(one.sides & other.sides or one.series) and compare(one, other) >= 1.0


def read_before(row_of, mentions, family):
    named = {name_of(mention): number for number, mention in mentions.items()}
    came_to = Counter()
    for line in (Path(__file__).parent / "resolution_pairs.tsv").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        _, _, told, one, other, verdict = line.split("\t")
        if told == family and one in named and other in named:
            came_to[verdict, row_of[named[one]] == row_of[named[other]]] += 1
        elif told == family:
            came_to[verdict, None] += 1
    for verdict in ("same", "other", "misread"):
        joined, apart, lost = (came_to[verdict, state] for state in (True, False, None))
        print(f"{verdict:8} {joined} in one row, {apart} in two, {lost} with a mention that is no longer found")


def main():
    path, which, family, *more = sys.argv[1:]
    with Store.read(Path(path)) as store:
        found = store.conn.execute(f"SELECT id, {family}_id FROM {family}_mentions WHERE {family}_id IS NOT NULL")
        row_of = dict(found)
        mentions = {each.id: each for each in read_mentions(store, family, row_of)}
    if which == "read":
        read_before(row_of, mentions, family)
        return
    sample = joined if which == "joined" else near
    chance = random.Random(int(more[1]) if len(more) > 1 else 1)
    for index, (one, other) in enumerate(sample(row_of, mentions, chance, int(more[0])), 1):
        print(f"{index}. {row_of[one]} {row_of[other] if which == 'near' else ''}")
        print(show(mentions[one]))
        print(show(mentions[other]))


if __name__ == "__main__":
    main()
