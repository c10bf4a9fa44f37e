"""Archives through `svodka import`: one process, two, and a Dask cluster of two workers of which one is killed.

    python benchmarks/archives.py CORPUS.jsonl.gz... [--out benchmarks/archives.md]

Each run fills a database of its own; what they hold must be equal.
"""

import argparse
import hashlib
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TABLES = (
    "SELECT url, title, content_hash, understood_by, trouble FROM articles ORDER BY url",
    "SELECT url, topic, probability FROM article_topics JOIN articles ON id = article_id ORDER BY url, topic",
    "SELECT url, start, stop, type, name, ref FROM entity_mentions JOIN articles ON articles.id = article_id "
    "JOIN entities ON entities.id = entity_id ORDER BY 1, 2, 3, 4, 5",
    "SELECT id, kind, status, start_date, articles, sources FROM summits ORDER BY id",
    "SELECT id, kind, status, status_date, subject, articles, sources FROM agreements ORDER BY id",
)


def held(path):
    digest = hashlib.sha256()
    connection = sqlite3.connect(path)
    counts = [0]
    for question in TABLES:
        for row in connection.execute(question):
            digest.update(repr(row).encode())
    counts = [
        connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for name in ("articles", "summits", "agreements")
    ]
    connection.close()
    return digest.hexdigest()[:16], counts


def load(home, corpora, *options):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    command = [sys.executable, "-m", "pipeline.cli", "import", *corpora, "--home", str(home), *options]
    subprocess.run(command, check=False, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        time.monotonic() - began,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        after.ru_maxrss,
    )


def cluster_load(home, corpora):
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        victims = list(client.run(os.getpid).values())

        def kill():
            time.sleep(9)
            os.kill(victims[0], signal.SIGKILL)

        threading.Thread(target=kill, daemon=True).start()
        return load(home, corpora, "--engine", "dask", "--cluster", cluster.scheduler_address)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="+")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    rows, digests = [], set()
    with tempfile.TemporaryDirectory(prefix="svodka-archives-") as folder:
        for name, run in (
            ("one process", lambda home: load(home, chosen.corpora)),
            ("two processes", lambda home: load(home, chosen.corpora, "--workers", "2")),
            ("Dask, two workers, one killed after 9 s", lambda home: cluster_load(home, chosen.corpora)),
        ):
            home = Path(folder) / str(len(rows))
            home.mkdir()
            wall, cpu, peak = run(home)
            digest, counts = held(home / "db" / "news.db")
            digests.add(digest)
            size = (home / "db" / "news.db").stat().st_size
            rows.append(
                f"| {name} | {counts[0]:,} | {wall:.0f} | {counts[0] / wall:.0f} | {cpu:.0f} | {peak // 1024} "
                f"| {size / counts[0]:.0f} | {digest} |"
            )
            print(rows[-1], flush=True)
    verdict = "equal" if len(digests) == 1 else "DIFFERENT"
    text = (
        "# Archives\n\n"
        "Made by `benchmarks/archives.py`. CPU counts the command's own processes, not those of the cluster.\n\n"
        "| engine | articles | wall, s | articles/s | CPU, s | largest process, MiB | bytes an article | holds |\n"
        "|---|--:|--:|--:|--:|--:|--:|---|\n" + "\n".join(rows) + f"\n\nThe databases are {verdict}; "
        f"the last run ended with {counts[1]:,} meetings and {counts[2]:,} agreements.\n"
    )
    print(text)
    if chosen.out:
        chosen.out.write_text(text, encoding="utf-8")
    return len(digests) != 1


if __name__ == "__main__":
    sys.exit(main())
