"""A night of svodka from the outside: a real process over the sample outlets, and what its database must hold."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from pipeline.store import Store
from pipeline.store.health import check_search_index, problems

ROOT = Path(__file__).resolve().parent.parent
NIGHT = "2026-11-23T03:00:00+05:00"
LATER = "2026-11-23T09:00:00+05:00"

KEPT = {
    "articles": "SELECT url, title, text, published_at, text_from, origin FROM articles ORDER BY url",
    "stories": "SELECT group_concat(url, ' ') FROM (SELECT url, story_id FROM articles ORDER BY url) "
    "WHERE story_id > 0 GROUP BY story_id ORDER BY 1",
    "topics": "SELECT url, topic, probability FROM article_topics JOIN articles ON id = article_id ORDER BY 1, 2",
    "meetings": "SELECT id, kind, status, place, country, start_date, articles, sources FROM summits ORDER BY 1",
    "agreements": "SELECT id, kind, status, status_date, subject, articles, sources FROM agreements ORDER BY 1",
    "steps": "SELECT agreement_id, status, step_date FROM agreement_steps ORDER BY 1, 2, 3",
}


def svodka(home, *arguments, data=None, start=subprocess.run, **options):
    command = [sys.executable, "-m", "pipeline.cli", *arguments, "--home", str(home)]
    if start is subprocess.Popen:
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    return subprocess.run(command, cwd=ROOT, input=data, capture_output=True, check=False, **options)


def contents(home):
    """Read what the database of a home folder holds, sorted and without times of runs; it must be sound."""
    with closing(sqlite3.connect(home / "db" / "news.db")) as db:
        held = {name: db.execute(question).fetchall() for name, question in KEPT.items()}
    with Store.open(home / "db" / "news.db") as store:
        assert list(problems(store, full=True)) == []
        assert list(check_search_index(store)) == []
    return held
