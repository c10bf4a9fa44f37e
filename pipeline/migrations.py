"""The schema, as an append-only list of changes; `db/schema.sql` is generated from it and a test compares them.

Dates of events are ISO dates or prefixes of one ("2025", "2025-11", "2025-11-13"); moments are UTC,
"2025-11-13T06:20:00Z". A comment inside each CREATE TABLE says what one row is.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x73766F64  # "svod"
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
  last_modified TEXT,
  next_due_at TEXT, -- not to be asked before
  failures INTEGER NOT NULL DEFAULT 0, -- in a row
  failing_since TEXT,
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
  http_status INTEGER,
  bytes INTEGER NOT NULL DEFAULT 0,
  entries INTEGER NOT NULL DEFAULT 0, -- items read
  skipped INTEGER NOT NULL DEFAULT 0, -- items that could not be read
  new_articles INTEGER NOT NULL DEFAULT 0,
  changed_articles INTEGER NOT NULL DEFAULT 0,
  oldest_at TEXT, -- the span of time that the document covers
  newest_at TEXT,
  gap INTEGER NOT NULL DEFAULT 0 CHECK (gap IN (0, 1)), -- 1: the newest article known before is no longer in it
  error_kind TEXT,
  error TEXT, -- a sentence for a person
  sha256 TEXT -- of the raw document; the document itself may have been pruned
) STRICT;
CREATE INDEX fetches_by_feed ON fetches(feed_id, fetched_at);
CREATE INDEX fetches_by_run ON fetches(run_id);

CREATE TABLE stories (
  -- articles that carry one text: an original and its reprints
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
  published_guessed INTEGER NOT NULL DEFAULT 0 CHECK (published_guessed IN (0, 1)),
  fetched_at TEXT NOT NULL, -- when we learned of it
  updated_at TEXT, -- when its text changed last
  text_from TEXT NOT NULL, -- full, lead, title, page, import
  origin TEXT, -- the outlet that the text names as its source
  content_hash TEXT NOT NULL, -- sha256 of title and text
  fingerprint BLOB, -- sketch of its shingles, for near-duplicates
  story_id INTEGER REFERENCES stories(id),
  search_id INTEGER UNIQUE, -- rowid in article_search; null until indexed
  understood_by TEXT, -- code and model version that annotated it; null: still to be read
  understood_at TEXT,
  resolved_at TEXT, -- when its mentions were joined to real meetings and agreements; null: still to do
  trouble TEXT -- what was cut or failed in understanding it
) STRICT;
CREATE INDEX articles_by_time ON articles(published_at);
CREATE INDEX articles_by_feed ON articles(feed_id, published_at);
CREATE INDEX articles_by_story ON articles(story_id);
CREATE INDEX articles_by_content ON articles(content_hash);
CREATE INDEX articles_to_read ON articles(id) WHERE understood_by IS NULL;
CREATE INDEX articles_to_resolve ON articles(id) WHERE resolved_at IS NULL AND understood_by IS NOT NULL;

CREATE TABLE article_versions (
  -- an earlier text of an article that was rewritten
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  seen_at TEXT NOT NULL, -- when this text was replaced
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  PRIMARY KEY (article_id, content_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE article_sightings (
  -- a feed in which an article appeared, and under which guid
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  feed_id INTEGER NOT NULL REFERENCES feeds(id),
  guid TEXT NOT NULL DEFAULT '',
  first_seen_at TEXT NOT NULL,
  PRIMARY KEY (article_id, feed_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_by_guid ON article_sightings(feed_id, guid);

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
"""

UNDERSTANDING = """
CREATE TABLE topics (
  -- a topic that articles and events may have
  name TEXT PRIMARY KEY,
  title TEXT NOT NULL -- in Russian
) STRICT, WITHOUT ROWID;

CREATE TABLE article_topics (
  -- the probability of a topic for an article
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  topic TEXT NOT NULL REFERENCES topics(name),
  probability REAL NOT NULL,
  PRIMARY KEY (article_id, topic)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_topics_by_topic ON article_topics(topic, article_id, probability);

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
  entity_id INTEGER NOT NULL REFERENCES entities(id),
  start INTEGER NOT NULL,
  stop INTEGER NOT NULL,
  PRIMARY KEY (article_id, start, stop, entity_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX entity_mentions_by_entity ON entity_mentions(entity_id, article_id);
"""

SUMMITS = """
CREATE TABLE summits (
  -- a real meeting, derived from all its mentions
  id TEXT PRIMARY KEY, -- readable and stable: series or sides, kind, date; an old one leads on through trails
  base TEXT NOT NULL, -- the id without the number that keeps doubles apart
  series TEXT, -- the body or format that meets, and its level
  kind TEXT NOT NULL CHECK (kind IN ('summit', 'talks', 'council', 'forum')),
  status TEXT NOT NULL CHECK (status IN ('planned', 'ongoing', 'held', 'cancelled')),
  name TEXT,
  place TEXT,
  country TEXT,
  start_date TEXT, -- ISO date or a prefix of it
  end_date TEXT,
  confidence REAL NOT NULL,
  articles INTEGER NOT NULL, -- that mention it
  sources INTEGER NOT NULL, -- independent ones: reprints count once
  first_seen_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  made_by TEXT NOT NULL -- version of code and model
) STRICT;
CREATE INDEX summits_by_start ON summits(start_date);
CREATE INDEX summits_by_seen ON summits(last_seen_at);
CREATE INDEX summits_by_base ON summits(base);

CREATE TABLE summit_mentions (
  -- a meeting as one article tells it
  id INTEGER PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  summit_id TEXT REFERENCES summits(id) ON DELETE SET NULL,
  component INTEGER, -- mentions that could be of one event with each other are resolved together
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  name TEXT,
  place TEXT,
  country TEXT,
  start_date TEXT,
  end_date TEXT,
  confidence REAL NOT NULL,
  made_by TEXT NOT NULL
) STRICT;
CREATE INDEX summit_mentions_by_article ON summit_mentions(article_id);
CREATE INDEX summit_mentions_by_summit ON summit_mentions(summit_id);
CREATE INDEX summit_mentions_by_component ON summit_mentions(component);

CREATE TABLE summit_keys (
  -- a key under which mentions of one meeting find each other: sides and time, series, place, subject
  key TEXT NOT NULL,
  mention_id INTEGER NOT NULL REFERENCES summit_mentions(id) ON DELETE CASCADE,
  PRIMARY KEY (key, mention_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX summit_keys_by_mention ON summit_keys(mention_id);

CREATE TABLE summit_mention_values (
  -- a state, person, organisation or topic of a mentioned meeting
  mention_id INTEGER NOT NULL REFERENCES summit_mentions(id) ON DELETE CASCADE,
  slot TEXT NOT NULL CHECK (slot IN ('states', 'persons', 'organizations', 'topics')),
  position INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (mention_id, slot, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE summit_mention_evidence (
  -- words of the article that a field of a mention rests on
  mention_id INTEGER NOT NULL REFERENCES summit_mentions(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  slot TEXT NOT NULL, -- trigger, sentence, or the name of a field
  value TEXT, -- what was read from them
  rule TEXT, -- why
  start INTEGER, -- code points in title, two line ends, text
  stop INTEGER,
  PRIMARY KEY (mention_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE summit_participants (
  -- who takes part in a real meeting
  summit_id TEXT NOT NULL REFERENCES summits(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('state', 'person', 'organization')),
  value TEXT NOT NULL, -- ISO code or name
  sources INTEGER NOT NULL DEFAULT 1, -- independent ones that say so
  PRIMARY KEY (summit_id, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX summit_participants_by_value ON summit_participants(kind, value);

CREATE TABLE summit_steps (
  -- a step in the history of a real meeting, with the article that told of it first
  summit_id TEXT NOT NULL REFERENCES summits(id) ON DELETE CASCADE,
  step TEXT NOT NULL CHECK (step IN ('announced', 'date_named', 'moved', 'opened', 'held', 'cancelled')),
  step_date TEXT NOT NULL DEFAULT '', -- when it happened: ISO date or a prefix of it; '' when no source says
  value TEXT NOT NULL DEFAULT '', -- the date that was named or moved to
  learned_at TEXT NOT NULL, -- when we learned of it
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  sources INTEGER NOT NULL DEFAULT 1, -- independent ones
  PRIMARY KEY (summit_id, step, step_date, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX summit_steps_by_time ON summit_steps(learned_at);

CREATE TABLE summit_claims (
  -- a value that some source gives for a field of a real meeting; contradictions are kept, never averaged away
  summit_id TEXT NOT NULL REFERENCES summits(id) ON DELETE CASCADE,
  field TEXT NOT NULL, -- kind, place, country, start, end, status
  value TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('confirmed', 'majority', 'unique', 'conflict', 'person')), -- of the field
  chosen INTEGER NOT NULL CHECK (chosen IN (0, 1)), -- 1: the value in the row of the meeting
  sources INTEGER NOT NULL, -- independent ones: reprints count once
  concerned INTEGER NOT NULL CHECK (concerned IN (0, 1)), -- 1: only state voices of the sides say so
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE, -- that told it first
  learned_at TEXT NOT NULL,
  PRIMARY KEY (summit_id, field, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX summit_claims_by_verdict ON summit_claims(verdict, learned_at);

CREATE TABLE summit_margins (
  -- a meeting in the margins of another one
  summit_id TEXT NOT NULL REFERENCES summits(id) ON DELETE CASCADE,
  main_id TEXT NOT NULL REFERENCES summits(id) ON DELETE CASCADE,
  articles INTEGER NOT NULL, -- that tell of both
  PRIMARY KEY (summit_id, main_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX summit_margins_by_main ON summit_margins(main_id);

CREATE TABLE summit_topics (
  -- a topic of a real meeting
  summit_id TEXT NOT NULL REFERENCES summits(id) ON DELETE CASCADE,
  topic TEXT NOT NULL REFERENCES topics(name),
  PRIMARY KEY (summit_id, topic)
) STRICT, WITHOUT ROWID;
"""

AGREEMENTS = """
CREATE TABLE agreements (
  -- a real agreement, derived from all its mentions
  id TEXT PRIMARY KEY, -- readable and stable: sides, kind, subject, month; an old one leads on through trails
  base TEXT NOT NULL, -- the id without the number that keeps doubles apart
  title TEXT, -- of a well-known treaty
  treaty TEXT, -- its name in models/resolve/treaties.tsv, or the place it is called after
  kind TEXT NOT NULL CHECK (kind IN
    ('treaty', 'agreement', 'memorandum', 'protocol', 'declaration', 'roadmap', 'contract', 'understanding')),
  status TEXT NOT NULL CHECK (status IN ('planned', 'agreed', 'signed', 'ratified', 'in_force', 'terminated')),
  status_date TEXT, -- of the last step: ISO date or a prefix of it
  subject TEXT,
  place TEXT,
  country TEXT,
  amount REAL,
  currency TEXT, -- ISO 4217
  confidence REAL NOT NULL,
  articles INTEGER NOT NULL,
  sources INTEGER NOT NULL, -- independent ones: reprints count once
  first_seen_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  made_by TEXT NOT NULL
) STRICT;
CREATE INDEX agreements_by_date ON agreements(status_date);
CREATE INDEX agreements_by_status ON agreements(status, status_date);
CREATE INDEX agreements_by_seen ON agreements(last_seen_at);
CREATE INDEX agreements_by_base ON agreements(base);

CREATE TABLE agreement_mentions (
  -- an agreement as one article tells it
  id INTEGER PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  agreement_id TEXT REFERENCES agreements(id) ON DELETE SET NULL,
  component INTEGER, -- mentions that could be of one event with each other are resolved together
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  status_date TEXT,
  subject TEXT,
  place TEXT,
  country TEXT,
  amount REAL,
  currency TEXT,
  confidence REAL NOT NULL,
  made_by TEXT NOT NULL
) STRICT;
CREATE INDEX agreement_mentions_by_article ON agreement_mentions(article_id);
CREATE INDEX agreement_mentions_by_agreement ON agreement_mentions(agreement_id);
CREATE INDEX agreement_mentions_by_component ON agreement_mentions(component);

CREATE TABLE agreement_keys (
  -- a key under which mentions of one agreement find each other: sides and time, series, place, subject
  key TEXT NOT NULL,
  mention_id INTEGER NOT NULL REFERENCES agreement_mentions(id) ON DELETE CASCADE,
  PRIMARY KEY (key, mention_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreement_keys_by_mention ON agreement_keys(mention_id);

CREATE TABLE agreement_mention_values (
  -- a state, person, organisation or topic of a mentioned agreement
  mention_id INTEGER NOT NULL REFERENCES agreement_mentions(id) ON DELETE CASCADE,
  slot TEXT NOT NULL CHECK (slot IN ('states', 'persons', 'organizations', 'topics')),
  position INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (mention_id, slot, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE agreement_mention_evidence (
  -- words of the article that a field of a mention rests on
  mention_id INTEGER NOT NULL REFERENCES agreement_mentions(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  slot TEXT NOT NULL, -- trigger, sentence, or the name of a field
  value TEXT,
  rule TEXT,
  start INTEGER,
  stop INTEGER,
  PRIMARY KEY (mention_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE agreement_parties (
  -- a side of a real agreement
  agreement_id TEXT NOT NULL REFERENCES agreements(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('state', 'person', 'organization')),
  value TEXT NOT NULL,
  sources INTEGER NOT NULL DEFAULT 1,
  status TEXT NOT NULL DEFAULT '', -- of a state: the furthest step that it is said to have taken
  PRIMARY KEY (agreement_id, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreement_parties_by_value ON agreement_parties(kind, value);

CREATE TABLE agreement_topics (
  -- a topic of a real agreement
  agreement_id TEXT NOT NULL REFERENCES agreements(id) ON DELETE CASCADE,
  topic TEXT NOT NULL REFERENCES topics(name),
  PRIMARY KEY (agreement_id, topic)
) STRICT, WITHOUT ROWID;

CREATE TABLE agreement_steps (
  -- a dated step of an agreement, with the article that told of it first
  agreement_id TEXT NOT NULL REFERENCES agreements(id) ON DELETE CASCADE,
  status TEXT NOT NULL,
  step_date TEXT NOT NULL DEFAULT '', -- ISO date or a prefix of it; '' when no source says
  learned_at TEXT NOT NULL, -- when we learned of it
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  sources INTEGER NOT NULL DEFAULT 1, -- independent ones
  PRIMARY KEY (agreement_id, status, step_date)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreement_steps_by_time ON agreement_steps(learned_at);

CREATE TABLE agreement_claims (
  -- a value that some source gives for a field of a real agreement; contradictions are kept, never averaged away
  agreement_id TEXT NOT NULL REFERENCES agreements(id) ON DELETE CASCADE,
  field TEXT NOT NULL, -- kind, place, country, amount, status, signed_date and the dates of other steps
  value TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('confirmed', 'majority', 'unique', 'conflict', 'person')), -- of the field
  chosen INTEGER NOT NULL CHECK (chosen IN (0, 1)), -- 1: the value in the row of the agreement
  sources INTEGER NOT NULL, -- independent ones: reprints count once
  concerned INTEGER NOT NULL CHECK (concerned IN (0, 1)), -- 1: only state voices of the sides say so
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE, -- that told it first
  learned_at TEXT NOT NULL,
  PRIMARY KEY (agreement_id, field, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreement_claims_by_verdict ON agreement_claims(verdict, learned_at);

CREATE TABLE agreement_summits (
  -- an agreement and the meeting at which it took a step
  agreement_id TEXT NOT NULL REFERENCES agreements(id) ON DELETE CASCADE,
  summit_id TEXT NOT NULL REFERENCES summits(id) ON DELETE CASCADE,
  relation TEXT NOT NULL CHECK (relation IN ('signed_at', 'agreed_at', 'expected_at')),
  articles INTEGER NOT NULL, -- that tell of both
  PRIMARY KEY (agreement_id, summit_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreement_summits_by_summit ON agreement_summits(summit_id);

CREATE TABLE agreement_changes (
  -- an agreement that changes, extends or carries out an earlier one
  agreement_id TEXT NOT NULL REFERENCES agreements(id) ON DELETE CASCADE,
  earlier_id TEXT NOT NULL REFERENCES agreements(id) ON DELETE CASCADE,
  relation TEXT NOT NULL CHECK (relation IN ('amends', 'carries_out')),
  articles INTEGER NOT NULL, -- that tell of both
  PRIMARY KEY (agreement_id, earlier_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreement_changes_by_earlier ON agreement_changes(earlier_id);
"""

JUDGEMENT = """
CREATE TABLE trails (
  -- an identifier that is no longer, or no longer whole, and where its mentions are now; '' when nowhere
  family TEXT NOT NULL CHECK (family IN ('summit', 'agreement')),
  old_id TEXT NOT NULL,
  new_id TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('renamed', 'merged', 'split', 'rejected', 'withdrawn')),
  at TEXT NOT NULL,
  PRIMARY KEY (family, old_id, new_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE doubles (
  -- two real meetings or agreements that may be one: a person should look
  family TEXT NOT NULL CHECK (family IN ('summit', 'agreement')),
  one_id TEXT NOT NULL,
  other_id TEXT NOT NULL,
  points REAL NOT NULL, -- of their closest mentions; from 4 on they would be one, had nothing forbidden it
  PRIMARY KEY (family, one_id, other_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX doubles_by_other ON doubles(family, other_id);

CREATE TABLE corrections (
  -- what a person decided; it stands above all that is derived and survives deriving it again
  id INTEGER PRIMARY KEY,
  action TEXT NOT NULL CHECK (action IN ('merge', 'split', 'set', 'reject')),
  family TEXT NOT NULL CHECK (family IN ('summit', 'agreement')),
  record_id TEXT NOT NULL, -- as it was called then
  field TEXT, -- of a set
  value TEXT, -- of a set; '' empties the field
  person TEXT NOT NULL,
  reason TEXT NOT NULL,
  made_at TEXT NOT NULL,
  undone_at TEXT
) STRICT;

CREATE TABLE correction_anchors (
  -- a mention that a correction speaks of, by what outlives deriving again: its article and place in the text
  correction_id INTEGER NOT NULL REFERENCES corrections(id) ON DELETE CASCADE,
  side INTEGER NOT NULL CHECK (side IN (1, 2)), -- merge: 1 and 2 are one; split: 1 stays, 2 is another; else 1
  article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
  start INTEGER NOT NULL, -- of its first trigger, in code points
  PRIMARY KEY (correction_id, side, article_id, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX correction_anchors_by_article ON correction_anchors(article_id);
"""

DIGESTS = """
CREATE TABLE digests (
  -- a weekly digest as it was made
  id TEXT PRIMARY KEY, -- ISO week: 2026-W47
  starts_on TEXT NOT NULL,
  ends_on TEXT NOT NULL,
  made_at TEXT NOT NULL,
  last_article_id INTEGER NOT NULL, -- what was known: articles up to here
  subject TEXT NOT NULL,
  made_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
  -- one digest to one address
  digest_id TEXT NOT NULL REFERENCES digests(id),
  address TEXT NOT NULL,
  state TEXT NOT NULL, -- new, sending, sent, refused, unknown
  message_id TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  updated_at TEXT NOT NULL,
  error TEXT,
  PRIMARY KEY (digest_id, address)
) STRICT, WITHOUT ROWID;
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
    for script in (FEEDS_AND_ARTICLES, UNDERSTANDING, SUMMITS, AGREEMENTS, JUDGEMENT, DIGESTS):
        _run(db, script)
    db.conn.executemany(
        "INSERT INTO topics (name, title) VALUES (?, ?)",
        [("culture", "Культура"), ("energy", "Энергетика"), ("transport", "Транспорт")],
    )


def schema() -> str:
    """Write the newest schema as SQL, for `db/schema.sql`."""
    from sqlite_utils import Database

    db = Database(memory=True)
    migrations.apply(db)
    statements = [
        row[0]
        for row in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        if "_sqlite_migrations" not in row[0] and "'article_search_" not in row[0]
    ]
    return "-- Made by `make schema` from pipeline/migrations.py; do not edit.\n\n" + ";\n\n".join(statements) + ";\n"
