"""Archives through `svodka import`: one process, two, and a Dask cluster of two workers of which one is killed.

    python benchmarks/archives.py CORPUS.jsonl.gz... [--engines two dask one] [--out benchmarks/archives.md]

The corpora become one file with each address once. Each run fills a database of its own; what they hold must be equal.
The worker is killed when half of the articles are understood.
"""

import argparse
import gzip
import hashlib
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

TABLES = (
    "SELECT url, title, content_hash, understood_by, trouble FROM articles ORDER BY url",
    "SELECT url, topic, probability FROM article_topics JOIN articles ON id = article_id ORDER BY url, topic",
    "SELECT url, start, stop, type, name, ref FROM entity_mentions JOIN articles ON articles.id = article_id "
    "JOIN entities ON entities.id = entity_id ORDER BY 1, 2, 3, 4, 5",
    "SELECT id, kind, status, start_date, articles, sources FROM summits ORDER BY id",
    "SELECT id, kind, status, status_date, subject, articles, sources FROM agreements ORDER BY id",
)
UNDATED = datetime(2019, 1, 1)  # noqa: DTZ001 - a day of no zone
PAUSE = 2.0  # seconds between two looks at the database
ENGINES = {"one": "one process", "two": "two processes", "dask": "Dask, two workers, one killed half-way"}


def gather(corpora, target, every):
    """Write every N-th address, each once; an article without a day gets one of five years by its place."""
    seen, undated = set(), 0
    with target.open("w", encoding="utf-8") as out:
        for corpus in corpora:
            with gzip.open(corpus, "rt", encoding="utf-8") as lines:
                for number, line in enumerate(lines):
                    document = json.loads(line)
                    key = document.get("url") or document["id"]
                    if key in seen:
                        continue
                    seen.add(key)
                    if len(seen) % every:
                        continue
                    published = document.get("published") or document.get("date")
                    if not published:
                        undated += 1
                        published = (UNDATED + timedelta(hours=number * 4 % 43800)).isoformat()
                    out.write(json.dumps(document | {"published": published}, ensure_ascii=False) + "\n")
    return len(seen) // every, undated


def held(path):
    digest = hashlib.sha256()
    with closing(sqlite3.connect(path)) as connection:
        for question in TABLES:
            for row in connection.execute(question):
                digest.update(repr(row).encode())
        counts = [
            connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in ("articles", "summits", "agreements", "summit_mentions", "agreement_mentions")
        ]
    return digest.hexdigest()[:16], counts


class Watch(threading.Thread):
    """Notes when all is stored and when all is understood; calls `half_way` once when half is."""

    def __init__(self, database, half_way):
        super().__init__(daemon=True)
        self.database, self.half_way = database, half_way
        self.began, self.ended = time.monotonic(), threading.Event()
        self.stored = self.understood = None

    def run(self):
        while not self.ended.wait(PAUSE) and self.understood is None:
            try:
                with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
                    stored, done = connection.execute("SELECT count(*), count(understood_by) FROM articles").fetchone()
            except sqlite3.Error:
                continue
            if not done:
                self.stored = time.monotonic() - self.began  # the last look before the first was understood
                continue
            if 2 * done >= stored and self.half_way is not None:
                self.half_way()
                self.half_way = None
            if done == stored:
                self.understood = time.monotonic() - self.began


def load(home, archive, *options, half_way=None):
    watch = Watch(home / "db" / "news.db", half_way)
    watch.start()
    command = [sys.executable, "-m", "pipeline.cli", "import", str(archive), "--home", str(home), *options]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    watch.ended.set()
    watch.join()
    return watch, time.monotonic() - watch.began, used.ru_maxrss


@contextmanager
def cluster():
    """Start two workers; gives the options of `import` and what kills one of the workers."""
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local, Client(local) as client:
        victim = min(client.run(os.getpid).values())
        yield ("--engine", "dask", "--cluster", local.scheduler_address), lambda: os.kill(victim, signal.SIGKILL)


def play(engine, home, archive):
    """Load the archive with an engine; answers a row of the table and the digest of what is held."""
    before = processor()
    if engine == "dask":
        with cluster() as (options, kill):
            watch, wall, peak = load(home, archive, *options, half_way=kill)
    else:
        watch, wall, peak = load(home, archive, *(("--workers", "2") if engine == "two" else ()))
    database = home / "db" / "news.db"
    digest, counts = held(database)
    stored, understood = watch.stored or 0, watch.understood or wall
    parts = f"{stored:.0f} + {understood - stored:.0f} + {wall - understood:.0f}"
    row = (
        f"| {ENGINES[engine]} | {counts[0]:,} | {wall:.0f} | {parts} | {counts[0] / wall:.0f} "
        f"| {processor() - before:.0f} | {peak // 1024} | {database.stat().st_size / counts[0]:.0f} | {digest} |"
    )
    return row, digest, counts


def processor():
    """Answer the seconds of processor time of all processes that this one has waited for, and its own."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--every", type=int, default=1, metavar="N", help="Take every N-th article only.")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    rows, digests = [], set()
    with tempfile.TemporaryDirectory(prefix="svodka-archives-") as folder:
        archive = Path(folder) / "archive.jsonl"
        articles, undated = gather(chosen.corpora, archive, chosen.every)
        print(f"{articles:,} articles, {undated:,} of them without a day", flush=True)
        for engine in chosen.engines:
            home = Path(folder) / engine
            home.mkdir()
            row, digest, counts = play(engine, home, archive)
            rows.append(row)
            digests.add(digest)
            print(row, flush=True)
    verdict = "equal" if len(digests) == 1 else "DIFFERENT"
    text = (
        "# Archives\n\n"
        f"Made by `benchmarks/archives.py`: {articles:,} articles, each address once, of which {counts[0]:,} differ; "
        f"{undated:,} that tell no day were given one. The three parts of the wall time are storing, understanding, "
        "joining. Processor time is that of all processes, the workers' included.\n\n"
        "| engine | articles | wall, s | in parts | articles/s | processor, s | largest process, MiB "
        "| bytes an article | holds |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|---|\n" + "\n".join(rows) + f"\n\nThe databases are {verdict}; "
        f"{counts[3]:,} mentions of meetings and {counts[4]:,} of agreements became {counts[1]:,} meetings and "
        f"{counts[2]:,} agreements.\n"
    )
    print(text)
    if chosen.out:
        chosen.out.write_text(text, encoding="utf-8")
    return len(digests) != 1


if __name__ == "__main__":
    sys.exit(main())
