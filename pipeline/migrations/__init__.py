"""The schema, as an append-only list of changes; `db/schema.sql` is generated from it and a test compares them.

Dates of events are ISO dates or prefixes of one ("2025", "2025-11", "2025-11-13"); moments are UTC,
"2025-11-13T06:20:00Z". A comment inside each CREATE TABLE says what one row is.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

from pipeline.migrations.events import AGREEMENTS, JUDGEMENT, SUMMITS
from pipeline.migrations.views import TITLES, VIEWS, WORDS, state_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

migrations = Migrations("svodka")

FEEDS_AND_ARTICLES = """
CREATE TABLE runs (
  -- one run of the pipeline: nightly, collect, import or redo
  id INTEGER PRIMARY KEY,
  command TEXT NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT, -- null while it runs, or when it was killed
  exit_code INTEGER,
  code_version TEXT NOT NULL,
  model_version TEXT NOT NULL DEFAULT '',
  new_articles INTEGER NOT NULL DEFAULT 0,
  understood INTEGER NOT NULL DEFAULT 0, -- articles annotated in this run
  failures INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE feeds (
  -- a feed, as last seen in feeds.yaml, and what its server said last
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  country TEXT, -- ISO 3166 alpha-2 of the outlet
  language TEXT NOT NULL DEFAULT 'ru',
  owner TEXT NOT NULL DEFAULT '',
  timezone TEXT NOT NULL DEFAULT 'UTC',
  enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  etag TEXT, -- verbatim; written in the transaction that stores the articles
  last_modified TEXT, validators_url TEXT, -- the address that sent them; they are shown to no other
  sha256 TEXT, ttl INTEGER NOT NULL DEFAULT 0, -- of its last document; minutes that it wishes
  skip_hours TEXT NOT NULL DEFAULT '', skip_days TEXT NOT NULL DEFAULT '', newest_at TEXT, -- GMT, "0 1 2"; of articles
  last_ok_at TEXT, full_at TEXT, -- when it was last read or found unchanged; when the document itself was sent
  next_due_at TEXT, -- not to be asked before
  failures INTEGER NOT NULL DEFAULT 0, failing_since TEXT, -- in a row
  gone_at TEXT, -- the server said 410
  moved_to TEXT -- target of a permanent redirect, for the operator
) STRICT;

CREATE TABLE raw_documents (
  -- the bytes of a fetched feed document or page, compressed with zlib
  sha256 TEXT PRIMARY KEY,
  content BLOB NOT NULL,
  bytes INTEGER NOT NULL, -- before compression
  url TEXT NOT NULL,
  content_type TEXT NOT NULL DEFAULT '',
  fetched_at TEXT NOT NULL
) STRICT;

CREATE TABLE fetches (
  -- one attempt to read a feed
  id INTEGER PRIMARY KEY,
  feed_id INTEGER NOT NULL REFERENCES feeds(id),
  run_id INTEGER REFERENCES runs(id),
  fetched_at TEXT NOT NULL,
  outcome TEXT NOT NULL, -- ok, not_modified, not_due, failed, gone
  http_status INTEGER, seconds REAL NOT NULL DEFAULT 0, -- that the server took
  bytes INTEGER NOT NULL DEFAULT 0,
  entries INTEGER NOT NULL DEFAULT 0, -- items read
  skipped INTEGER NOT NULL DEFAULT 0, -- items that could not be read
  new_articles INTEGER NOT NULL DEFAULT 0, changed_articles INTEGER NOT NULL DEFAULT 0,
  oldest_at TEXT, newest_at TEXT, -- the span of time that the document covers
  gap INTEGER NOT NULL DEFAULT 0 CHECK (gap IN (0, 1)), -- 1: the newest article known before is no longer in it
  error_kind TEXT,
  error TEXT, notes TEXT, -- a sentence for a person; oddities of the document
  sha256 TEXT -- of the raw document; the document itself may have been pruned
) STRICT;
CREATE INDEX fetches_by_feed ON fetches(feed_id, fetched_at);
CREATE INDEX fetches_by_run ON fetches(run_id);

CREATE TABLE stories (
  -- articles that carry one text: an original and its reprints; an article without one stands alone
  id INTEGER PRIMARY KEY,
  first_seen_at TEXT NOT NULL,
  origin TEXT -- the outlet that the texts name as their source
) STRICT;

CREATE TABLE articles (
  -- an article as published, once for each canonical address
  id INTEGER PRIMARY KEY, -- grows in the order of arrival
  url TEXT NOT NULL UNIQUE, -- canonical
  link TEXT, -- as the feed gave it
  feed_id INTEGER REFERENCES feeds(id), -- where it was seen first; null for imports
  guid TEXT,
  outlet TEXT NOT NULL DEFAULT '',
  title TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT 'ru',
  author TEXT NOT NULL DEFAULT '',
  published_at TEXT NOT NULL,
  published_on TEXT NOT NULL, -- the day of it where the outlet is: what "today" means in the text
  published_guessed INTEGER NOT NULL DEFAULT 0 CHECK (published_guessed IN (0, 1)),
  fetched_at TEXT NOT NULL, -- when we learned of it
  updated_at TEXT, -- when its text changed last
  text_from TEXT NOT NULL, -- full, lead, title, page, import
  origin TEXT, -- the outlet that the text names as its source
  content_hash TEXT NOT NULL, -- sha256 of title and text
  fingerprint BLOB, -- hashes of its three-word shingles, 32 bits each, sorted, for near-duplicates
  story_id INTEGER REFERENCES stories(id),
  search_id INTEGER UNIQUE, -- rowid in article_search, in the order of publication; null until indexed
  understood_by TEXT, -- code and model version that annotated it; null: still to be read
  understood_at TEXT,
  resolved_at TEXT, -- when its mentions were joined to real meetings and agreements; null: still to do
  trouble TEXT -- what was cut or failed in understanding it
) STRICT;
CREATE INDEX articles_by_time ON articles(published_at);
CREATE INDEX articles_by_feed ON articles(feed_id, published_at);
CREATE INDEX articles_by_story ON articles(story_id);
CREATE INDEX articles_by_content ON articles(content_hash);
CREATE INDEX articles_to_compare ON articles(published_at, id) WHERE fingerprint IS NULL;
CREATE INDEX articles_to_read ON articles(id) WHERE understood_by IS NULL;
CREATE INDEX articles_to_resolve ON articles(id) WHERE resolved_at IS NULL AND understood_by IS NOT NULL;

CREATE TABLE article_versions (
  -- an earlier text of an article that was rewritten
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  content_hash TEXT NOT NULL,
  seen_at TEXT NOT NULL, -- when this text was replaced
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (article_id, content_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE article_sightings (
  -- a feed in which an article appeared, and what stood there
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  feed_id INTEGER NOT NULL REFERENCES feeds(id),
  guid TEXT NOT NULL DEFAULT '',
  content_hash TEXT NOT NULL DEFAULT '', -- sha256 of title and text as the feed had them last
  first_seen_at TEXT NOT NULL,
  changed_at TEXT, -- when the feed had another title or text
  PRIMARY KEY (article_id, feed_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_by_guid ON article_sightings(feed_id, guid);
CREATE INDEX sightings_by_content ON article_sightings(feed_id, content_hash);
CREATE INDEX sightings_by_feed ON article_sightings(feed_id, article_id);

CREATE TABLE page_fetches (
  -- one attempt to read the full text of an article from its page
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  fetched_at TEXT NOT NULL, outcome TEXT NOT NULL, -- ok, failed
  http_status INTEGER, error_kind TEXT, error TEXT, -- a sentence for a person
  characters INTEGER NOT NULL DEFAULT 0, sha256 TEXT, -- of text found; of the page's bytes, which may be pruned
  PRIMARY KEY (article_id, fetched_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE imports (
  -- an archive file and how far it was imported, so that an import can be resumed
  source TEXT NOT NULL, -- sha256 of the archive
  line INTEGER NOT NULL, -- lines up to here are stored
  updated_at TEXT NOT NULL,
  PRIMARY KEY (source)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE article_search USING fts5(
  -- dictionary forms of title and text, lower case, ё as е; rowid is articles.search_id
  title, text, content='', tokenize="unicode61 remove_diacritics 0"
);

CREATE TABLE word_forms (
  -- a word as articles write it (lower case, ё as е) and a dictionary form under which article_search holds it
  form TEXT NOT NULL,
  lemma TEXT NOT NULL,
  PRIMARY KEY (form, lemma)
) STRICT, WITHOUT ROWID;
CREATE INDEX word_forms_by_lemma ON word_forms(lemma);
"""

UNDERSTANDING = """
CREATE TABLE topics (
  -- a topic that articles and events may have
  name TEXT PRIMARY KEY,
  title TEXT NOT NULL, -- in Russian
  threshold REAL NOT NULL DEFAULT 0.5 -- an article has the topic from this probability on
) STRICT, WITHOUT ROWID;

CREATE TABLE article_topics (
  -- the probability of a topic for an article
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  topic TEXT NOT NULL REFERENCES topics(name),
  probability REAL NOT NULL,
  PRIMARY KEY (article_id, topic)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_topics_by_topic ON article_topics(topic, article_id, probability);

CREATE TABLE topic_days (
  -- how many articles of a topic were published on a day; kept by the two triggers below
  day TEXT NOT NULL,
  topic TEXT NOT NULL REFERENCES topics(name),
  articles INTEGER NOT NULL,
  PRIMARY KEY (day, topic)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER article_topics_count_in AFTER INSERT ON article_topics
WHEN NEW.probability >= (SELECT threshold FROM topics WHERE name = NEW.topic)
BEGIN
  INSERT INTO topic_days (day, topic, articles)
  VALUES ((SELECT substr(published_at, 1, 10) FROM articles WHERE id = NEW.article_id), NEW.topic, 1)
  ON CONFLICT (day, topic) DO UPDATE SET articles = articles + 1;
END;

CREATE TRIGGER article_topics_count_out BEFORE DELETE ON article_topics
WHEN OLD.probability >= (SELECT threshold FROM topics WHERE name = OLD.topic)
BEGIN
  UPDATE topic_days SET articles = articles - 1
  WHERE topic = OLD.topic AND day = (SELECT substr(published_at, 1, 10) FROM articles WHERE id = OLD.article_id);
END;

CREATE TABLE entities (
  -- a person, place or organisation
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL CHECK (type IN ('PER', 'LOC', 'ORG')),
  name TEXT NOT NULL, -- nominative
  ref TEXT NOT NULL DEFAULT '', -- ISO code of a state or gazetteer id; '' when unknown
  UNIQUE (type, name, ref)
) STRICT;
CREATE INDEX entities_by_ref ON entities(ref) WHERE ref <> '';

CREATE TABLE entity_mentions (
  -- where an article names an entity; offsets are code points in title, two line ends, text
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  start INTEGER NOT NULL,
  stop INTEGER NOT NULL,
  entity_id INTEGER NOT NULL REFERENCES entities(id),
  PRIMARY KEY (article_id, start, stop, entity_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX entity_mentions_by_entity ON entity_mentions(entity_id, article_id);
"""

DIGESTS = """
CREATE TABLE digests (
  -- a weekly digest as it was sent: later runs and later knowledge do not change it
  id TEXT PRIMARY KEY, -- ISO week: 2026-W47
  starts_on TEXT NOT NULL, -- Monday, in the desk's time zone
  ends_on TEXT NOT NULL,
  made_at TEXT NOT NULL,
  last_article_id INTEGER NOT NULL, -- what was known: articles up to here
  subject TEXT NOT NULL,
  content TEXT NOT NULL, -- the digest as JSON, from which every rendering is made
  made_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE subscribers (
  -- what is remembered of an address that stands in subscribers.yaml or an alert
  address TEXT PRIMARY KEY COLLATE NOCASE,
  token TEXT NOT NULL UNIQUE, -- opaque; in the link that unsubscribes
  since TEXT NOT NULL,
  unsubscribed_at TEXT,
  refusals INTEGER NOT NULL DEFAULT 0, -- of the address itself by its server, in a row
  paused_at TEXT -- after three of them
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
  -- one letter to one address: remembered before it is sent, marked afterwards
  letter TEXT NOT NULL, -- the week of a digest, or alert and note with their own number
  address TEXT NOT NULL COLLATE NOCASE,
  digest_id TEXT REFERENCES digests(id),
  state TEXT NOT NULL CHECK (state IN
    -- closing: the server was about to be told that the letter is complete; found later, it is in doubt
    ('new', 'sending', 'closing', 'sent', 'deferred', 'refused', 'unknown', 'withdrawn')),
  message_id TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  status INTEGER, -- the server's last answer
  error TEXT,
  PRIMARY KEY (letter, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_state ON deliveries(state, created_at);

CREATE TABLE alert_rules (
  -- when an alert rule was seen first: what happened before is not reported
  rule TEXT PRIMARY KEY,
  since TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts (
  -- one match of an alert rule, reported once
  rule TEXT NOT NULL,
  change TEXT NOT NULL, -- the key of what happened
  found_at TEXT NOT NULL,
  letter TEXT NOT NULL, -- the letter that tells of it
  content TEXT NOT NULL, -- what happened, as JSON
  PRIMARY KEY (rule, change)
) STRICT, WITHOUT ROWID;
CREATE INDEX alerts_by_letter ON alerts(letter);
"""


def _run(db: Database, script: str) -> None:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.conn.execute(statement.strip())
            statement = ""


@migrations()
def m001_initial(db: Database) -> None:
    """Create all tables of the first release."""
    for script in (WORDS, FEEDS_AND_ARTICLES, UNDERSTANDING, SUMMITS, AGREEMENTS, JUDGEMENT, DIGESTS, VIEWS):
        _run(db, script)
    db.conn.executemany(
        "INSERT INTO topics (name, title) VALUES (?, ?)",
        [("culture", "Культура"), ("energy", "Энергетика"), ("transport", "Транспорт")],
    )
    db.conn.executemany("INSERT INTO states (code, name) VALUES (?, ?)", state_names())
    db.conn.executemany(
        "INSERT INTO words (list, word, title, position) VALUES (?, ?, ?, ?)",
        [
            (name, word, title, position)
            for name, titles in TITLES.items()
            for position, (word, title) in enumerate(titles.items())
        ],
    )


@contextmanager
def fresh_database() -> Iterator[Database]:
    """Give an empty database in memory with the newest schema, closed afterwards."""
    from sqlite_utils import Database

    db = Database(memory=True)
    try:
        migrations.apply(db)
        yield db
    finally:
        db.close()


def schema() -> str:
    """Write the newest schema as SQL, for `db/schema.sql`."""
    with fresh_database() as db:
        written = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").fetchall()
    statements = [sql for (sql,) in written if "_sqlite_migrations" not in sql and "'article_search_" not in sql]
    return "-- Made by `make schema` from pipeline/migrations/; do not edit.\n\n" + ";\n\n".join(statements) + ";\n"
