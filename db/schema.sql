-- Made by `make schema` from pipeline/migrations/; do not edit.

CREATE TABLE states (
  -- a state and its Russian name as this desk writes it; names may be changed
  code TEXT PRIMARY KEY, -- ISO 3166 alpha-2
  name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE words (
  -- a word of a closed list and how it is written in Russian
  list TEXT NOT NULL, -- summit_kind, summit_status, summit_step, agreement_kind, agreement_status, outcome …
  word TEXT NOT NULL,
  title TEXT NOT NULL,
  position INTEGER NOT NULL, -- in the order of the list
  PRIMARY KEY (list, word)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE summits (
  -- a real meeting, derived from all its mentions
  id TEXT PRIMARY KEY, -- readable and stable: series or sides, kind, date; an old one leads on through trails
  base TEXT NOT NULL DEFAULT '', -- the id without the number that keeps doubles apart
  series TEXT, -- the body or format that meets, and its level
  kind TEXT NOT NULL CHECK (kind IN ('summit', 'talks', 'council', 'forum')),
  status TEXT NOT NULL CHECK (status IN ('planned', 'ongoing', 'held', 'cancelled')),
  name TEXT,
  place TEXT,
  country TEXT REFERENCES states(code),
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

CREATE INDEX summits_by_day ON summits(coalesce(start_date, substr(first_seen_at, 1, 10)), id);

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

CREATE TABLE agreements (
  -- a real agreement, derived from all its mentions
  id TEXT PRIMARY KEY, -- readable and stable: sides, kind, subject, month; an old one leads on through trails
  base TEXT NOT NULL DEFAULT '', -- the id without the number that keeps doubles apart
  title TEXT, -- of a well-known treaty
  treaty TEXT, -- its name in models/resolve/treaties.tsv, or the place it is called after
  changes TEXT CHECK (changes IN ('amends', 'carries_out')), -- what, as its words say, it does to an earlier one
  changes_treaty TEXT, -- the name of that one, where it is a well-known treaty
  kind TEXT NOT NULL CHECK (kind IN
    ('treaty', 'agreement', 'memorandum', 'protocol', 'declaration', 'roadmap', 'contract', 'understanding')),
  status TEXT NOT NULL CHECK (status IN ('planned', 'agreed', 'signed', 'ratified', 'in_force', 'terminated')),
  status_date TEXT, -- of the last step: ISO date or a prefix of it
  subject TEXT,
  place TEXT,
  country TEXT REFERENCES states(code),
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

CREATE INDEX agreements_by_day ON agreements(coalesce(status_date, substr(first_seen_at, 1, 10)), id);

CREATE INDEX agreements_by_status ON agreements(status, status_date);

CREATE INDEX agreements_by_seen ON agreements(last_seen_at);

CREATE INDEX agreements_by_base ON agreements(base);

CREATE INDEX agreements_by_treaty ON agreements(treaty) WHERE treaty IS NOT NULL;

CREATE INDEX agreements_by_changed ON agreements(changes_treaty) WHERE changes_treaty IS NOT NULL;

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

CREATE VIEW "Саммиты" AS
-- real meetings, for people: all names in Russian
SELECT
  summits.id AS "Код",
  coalesce(summits.name, kind.title || coalesce(': ' || (
    SELECT group_concat(name, ', ') FROM (
      SELECT coalesce(states.name, value) AS name FROM summit_participants LEFT JOIN states ON code = value
      WHERE summit_id = summits.id AND kind = 'state' ORDER BY 1)), '')) AS "Встреча",
  kind.title AS "Вид",
  status.title AS "Статус",
  start_date AS "Начало",
  end_date AS "Конец",
  place AS "Место",
  country.name AS "Страна",
  (SELECT group_concat(name, ', ') FROM (
    SELECT coalesce(states.name, value) AS name FROM summit_participants LEFT JOIN states ON code = value
    WHERE summit_id = summits.id AND kind = 'state' ORDER BY 1)) AS "Государства",
  (SELECT group_concat(value, ', ') FROM (
    SELECT value FROM summit_participants WHERE summit_id = summits.id AND kind = 'person' ORDER BY 1)) AS "Лица",
  (SELECT group_concat(value, ', ') FROM (
    SELECT value FROM summit_participants
    WHERE summit_id = summits.id AND kind = 'organization' ORDER BY 1)) AS "Организации",
  (SELECT group_concat(title, ', ') FROM (
    SELECT title FROM summit_topics JOIN topics ON topics.name = topic
    WHERE summit_id = summits.id ORDER BY 1)) AS "Темы",
  articles AS "Статей",
  sources AS "Независимых источников",
  round(confidence, 2) AS "Уверенность",
  first_seen_at AS "Впервые сообщено",
  last_seen_at AS "Последнее сообщение"
FROM summits
JOIN words AS kind ON kind.list = 'summit_kind' AND kind.word = summits.kind
JOIN words AS status ON status.list = 'summit_status' AND status.word = summits.status
LEFT JOIN states AS country ON country.code = summits.country;

CREATE VIEW "Соглашения" AS
-- real agreements, for people: all names in Russian
SELECT
  agreements.id AS "Код",
  coalesce(agreements.title, kind.title || coalesce(CASE
    WHEN substr(subject, 1, instr(subject, ' ')) IN ('о ', 'об ', 'по ', 'в ', 'на ', 'между ', 'с ', 'для ') THEN ' '
    ELSE ': ' END || subject, '')) AS "Соглашение",
  kind.title AS "Вид",
  status.title AS "Статус",
  status_date AS "Дата статуса",
  subject AS "Предмет",
  (SELECT group_concat(name, ', ') FROM (
    SELECT coalesce(states.name, value) AS name FROM agreement_parties LEFT JOIN states ON code = value
    WHERE agreement_id = agreements.id AND kind = 'state' ORDER BY 1)) AS "Государства",
  (SELECT group_concat(value, ', ') FROM (
    SELECT value FROM agreement_parties
    WHERE agreement_id = agreements.id AND kind = 'organization' ORDER BY 1)) AS "Организации",
  (SELECT group_concat(value, ', ') FROM (
    SELECT value FROM agreement_parties WHERE agreement_id = agreements.id AND kind = 'person' ORDER BY 1)) AS "Лица",
  place AS "Место",
  country.name AS "Страна",
  amount AS "Сумма",
  currency AS "Валюта",
  (SELECT group_concat(title, ', ') FROM (
    SELECT title FROM agreement_topics JOIN topics ON topics.name = topic
    WHERE agreement_id = agreements.id ORDER BY 1)) AS "Темы",
  articles AS "Статей",
  sources AS "Независимых источников",
  round(confidence, 2) AS "Уверенность",
  first_seen_at AS "Впервые сообщено",
  last_seen_at AS "Последнее сообщение"
FROM agreements
JOIN words AS kind ON kind.list = 'agreement_kind' AND kind.word = agreements.kind
JOIN words AS status ON status.list = 'agreement_status' AND status.word = agreements.status
LEFT JOIN states AS country ON country.code = agreements.country;

CREATE VIEW "Шаги соглашений" AS
-- how far each agreement has come: its dated steps, each with the article that told of it first
SELECT
  agreement_id AS "Код",
  coalesce(agreements.title, kind.title || coalesce(CASE
    WHEN substr(agreements.subject, 1, instr(agreements.subject, ' ')) IN
      ('о ', 'об ', 'по ', 'в ', 'на ', 'между ', 'с ', 'для ') THEN ' '
    ELSE ': ' END || agreements.subject, '')) AS "Соглашение",
  status.title AS "Шаг",
  nullif(step_date, '') AS "Дата",
  learned_at AS "Стало известно",
  agreement_steps.sources AS "Независимых источников",
  articles.outlet AS "Издание",
  articles.title AS "Заголовок",
  coalesce(articles.link, articles.url) AS "Ссылка",
  status.position AS "Ступень"
FROM agreement_steps
JOIN agreements ON agreements.id = agreement_id
JOIN articles ON articles.id = article_id
JOIN words AS kind ON kind.list = 'agreement_kind' AND kind.word = agreements.kind
JOIN words AS status ON status.list = 'agreement_status' AND status.word = agreement_steps.status;

CREATE VIEW "Статьи" AS
-- articles, for people: where and when they were published and what they are about
SELECT
  articles.id AS "Номер",
  published_at AS "Опубликовано",
  coalesce(nullif(outlet, ''), feeds.name, '') AS "Издание",
  articles.title AS "Заголовок",
  (SELECT group_concat(title, ', ') FROM (
    SELECT title FROM article_topics JOIN topics ON topics.name = topic
    WHERE article_id = articles.id AND probability >= threshold ORDER BY probability DESC)) AS "Темы",
  articles.origin AS "Первоисточник",
  articles.language AS "Язык",
  length(articles.text) AS "Знаков",
  coalesce(link, articles.url) AS "Ссылка",
  story_id AS "Сюжет",
  articles.text AS "Текст"
FROM articles LEFT JOIN feeds ON feeds.id = feed_id;

CREATE VIEW "Предстоящие встречи" AS
-- meetings that are planned or go on, from today
SELECT "Саммиты".*, "Начало" IS NULL AS "Дата неизвестна"
FROM "Саммиты" JOIN summits ON summits.id = "Код"
WHERE status IN ('planned', 'ongoing')
  AND (start_date IS NULL AND last_seen_at >= date('now', '-60 days')
    OR coalesce(end_date, start_date) || '~' >= date('now'))
ORDER BY start_date IS NULL, start_date;

CREATE VIEW "Просроченное" AS
-- promises whose day has passed without word of them, and treaties that were signed half a year ago and not ratified
SELECT
  'встреча' AS "Что",
  "Код",
  "Встреча" AS "Название",
  'должна была состояться' AS "Чего ждали",
  day AS "Срок",
  CAST(julianday(date('now')) - julianday(day) AS INTEGER) AS "Дней прошло",
  "Государства",
  "Последнее сообщение"
FROM (SELECT id, CASE length(coalesce(end_date, start_date))
    WHEN 10 THEN coalesce(end_date, start_date)
    WHEN 7 THEN date(coalesce(end_date, start_date) || '-01', '+1 month', '-1 day')
    WHEN 4 THEN coalesce(end_date, start_date) || '-12-31' END AS day
  FROM summits WHERE status = 'planned') JOIN "Саммиты" ON "Код" = id
WHERE day < date('now')
UNION ALL
SELECT
  'соглашение', "Код", "Соглашение",
  CASE status WHEN 'signed' THEN 'ратификация или вступление в силу' ELSE 'подписание' END,
  day,
  CAST(julianday(date('now')) - julianday(day) AS INTEGER),
  "Государства",
  "Последнее сообщение"
FROM (SELECT id, status, CASE length(status_date)
    WHEN 10 THEN status_date
    WHEN 7 THEN date(status_date || '-01', '+1 month', '-1 day')
    WHEN 4 THEN status_date || '-12-31' END AS day
  FROM agreements
  WHERE status = 'planned' OR status = 'signed' AND kind IN ('treaty', 'agreement')
    AND 1 < (SELECT count(*) FROM agreement_parties WHERE agreement_id = id AND agreement_parties.kind = 'state')
  ) JOIN "Соглашения" ON "Код" = id
WHERE day < CASE status WHEN 'signed' THEN date('now', '-180 days') ELSE date('now') END;

CREATE VIEW "Подтверждения" AS
-- every source sentence of every meeting and agreement, with the article it stands in
SELECT
  'встреча' AS "Что",
  summit_id AS "Код",
  substr(articles.title || char(10) || char(10) || articles.text, start + 1, stop - start) AS "Предложение",
  coalesce(nullif(outlet, ''), feeds.name, '') AS "Издание",
  published_at AS "Опубликовано",
  articles.title AS "Заголовок",
  coalesce(link, articles.url) AS "Ссылка",
  made_by AS "Версия"
FROM summit_mentions
JOIN summit_mention_evidence ON mention_id = summit_mentions.id AND slot = 'sentence'
JOIN articles ON articles.id = article_id
LEFT JOIN feeds ON feeds.id = feed_id
UNION ALL
SELECT
  'соглашение', agreement_id,
  substr(articles.title || char(10) || char(10) || articles.text, start + 1, stop - start),
  coalesce(nullif(outlet, ''), feeds.name, ''), published_at, articles.title, coalesce(link, articles.url), made_by
FROM agreement_mentions
JOIN agreement_mention_evidence ON mention_id = agreement_mentions.id AND slot = 'sentence'
JOIN articles ON articles.id = article_id
LEFT JOIN feeds ON feeds.id = feed_id;
