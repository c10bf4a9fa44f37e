"""The tables of mentions, of the real meetings and agreements made of them, and of what a person decided."""

SUMMITS = """
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
"""

AGREEMENTS = """
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
