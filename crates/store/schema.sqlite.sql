-- What a data directory holds, as all migrations leave it (SQLite). A test shows that they add up to this.
-- Times are microseconds since 1970 (UTC), ids and JSON are text, hashes and keys are blobs; every key begins with the
-- domain. Only `journal`, `sealed_key`, `account` and `stored_file` are facts: the rest can be computed from them.

-- The journal: the only thing that is ever true. `entry` is the canonical form that is hashed; the columns beside it
-- repeat parts of it for look-ups, and `state` and `cell` tell what held after it, so that a command sent twice gets the
-- first answer.
CREATE TABLE journal (
  domain TEXT NOT NULL,
  seq INTEGER NOT NULL,
  command TEXT NOT NULL,
  part INTEGER NOT NULL,
  record TEXT NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL,
  cell TEXT NOT NULL,
  hash BLOB NOT NULL,
  entry TEXT NOT NULL,
  PRIMARY KEY (domain, seq),
  UNIQUE (domain, command, part),
  UNIQUE (domain, record, version)
);

-- The records as their last entry left them: `body` is the whole, the columns are what lists ask for; `waits` is the action
-- that waits for approval.
CREATE TABLE record (
  domain TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  number TEXT,
  state TEXT NOT NULL,
  stage TEXT,
  cell TEXT NOT NULL,
  lon INTEGER,
  lat INTEGER,
  opened INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  closed INTEGER,
  due INTEGER,
  wake INTEGER,
  late INTEGER NOT NULL,
  body TEXT NOT NULL,
  waits TEXT,
  PRIMARY KEY (domain, id)
);
CREATE INDEX record_opened ON record (domain, opened, id, kind, cell, lat, lon, closed);
CREATE INDEX record_kind ON record (domain, kind, opened, id);
CREATE INDEX record_cell ON record (domain, cell, opened, id, kind);
CREATE INDEX record_state ON record (domain, state, opened, id, kind, cell);
CREATE INDEX record_open ON record (domain, opened, id, kind, cell, state, stage, due) WHERE closed IS NULL;
CREATE INDEX record_changed ON record (domain, changed, id, kind, cell, state);
CREATE INDEX record_due ON record (domain, due, id, kind, cell, state) WHERE due IS NOT NULL;
CREATE INDEX record_wake ON record (domain, wake) WHERE wake IS NOT NULL;
CREATE INDEX record_number ON record (domain, number) WHERE number IS NOT NULL;
CREATE INDEX record_waits ON record (domain, waits) WHERE waits IS NOT NULL;

-- Who has to do with which record: units (u:), posts at cells (c:), persons (p:) to whom it is (current = 1) or was
-- assigned, and persons who reported it (r:).
CREATE TABLE party (
  domain TEXT NOT NULL,
  party TEXT NOT NULL,
  record TEXT NOT NULL,
  current INTEGER NOT NULL,
  PRIMARY KEY (domain, party, record)
) WITHOUT ROWID;

-- Counts by kind, local day (days since 1970; 0 for what stands now) and cell: a JSON object of measures, what is zero
-- left out.
CREATE TABLE counted (
  domain TEXT NOT NULL,
  kind TEXT NOT NULL,
  day INTEGER NOT NULL,
  cell TEXT NOT NULL,
  counts TEXT NOT NULL,
  PRIMARY KEY (domain, kind, day, cell)
) WITHOUT ROWID;

-- The keys of personal data, one for each record and purpose, wrapped under the master key that lies beside the database.
CREATE TABLE sealed_key (
  domain TEXT NOT NULL,
  record TEXT NOT NULL,
  purpose TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  PRIMARY KEY (domain, record, purpose)
) WITHOUT ROWID;

-- Who looked at which personal data.
CREATE TABLE look (
  domain TEXT NOT NULL,
  record TEXT NOT NULL,
  at INTEGER NOT NULL,
  person TEXT NOT NULL,
  purpose TEXT NOT NULL,
  PRIMARY KEY (domain, record, at, person, purpose)
) WITHOUT ROWID;

-- Stored files by the BLAKE3 of their bytes, which lie in the folder `files`.
CREATE TABLE stored_file (
  domain TEXT NOT NULL,
  hash TEXT NOT NULL,
  media TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  thumbnail TEXT,
  thumbnail_of TEXT,
  owner TEXT,
  stored INTEGER NOT NULL,
  PRIMARY KEY (domain, hash)
) WITHOUT ROWID;

-- Which records a file belongs to.
CREATE TABLE attachment (
  domain TEXT NOT NULL,
  file TEXT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (domain, file, record)
) WITHOUT ROWID;

-- Sign-in. `phc` is the Argon2id string; tokens and session ids are kept as their BLAKE3 alone.
CREATE TABLE account (
  domain TEXT NOT NULL,
  name TEXT NOT NULL,
  phc TEXT NOT NULL,
  person TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  created INTEGER NOT NULL,
  PRIMARY KEY (domain, name)
) WITHOUT ROWID;
CREATE INDEX account_person ON account (domain, person);

CREATE TABLE session (
  domain TEXT NOT NULL,
  hash BLOB NOT NULL,
  account TEXT NOT NULL,
  csrf TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  PRIMARY KEY (domain, hash)
) WITHOUT ROWID;
CREATE INDEX session_account ON session (domain, account);

CREATE TABLE bearer (
  domain TEXT NOT NULL,
  hash BLOB NOT NULL,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER,
  PRIMARY KEY (domain, hash),
  UNIQUE (domain, account, name)
) WITHOUT ROWID;

-- Small facts of a domain: `founding` (its record), `head` (the journal's end, under a seal), the cursor of background
-- work (`retimed`).
CREATE TABLE meta (
  domain TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (domain, name)
) WITHOUT ROWID;

-- Drawings of the cells that are being worked on, before any of it is in force. `version` counts every change, undoing
-- included; of its edits the first `applied` are done, those after them undone. `facts` is what a list shows, as JSON; the
-- server says what stands in it. `scheduled` is when it is to be adopted.
CREATE TABLE draft (
  domain TEXT NOT NULL,
  id TEXT NOT NULL,
  title TEXT NOT NULL,
  author TEXT NOT NULL,
  based_on TEXT NOT NULL,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  version INTEGER NOT NULL,
  applied INTEGER NOT NULL,
  facts TEXT NOT NULL,
  scheduled INTEGER,
  PRIMARY KEY (domain, id)
) WITHOUT ROWID;

-- The edits of a draft in order, as JSON.
CREATE TABLE draft_edit (
  domain TEXT NOT NULL,
  draft TEXT NOT NULL,
  place INTEGER NOT NULL,
  edit TEXT NOT NULL,
  PRIMARY KEY (domain, draft, place)
) WITHOUT ROWID;

-- What is large in a draft: at place 0 the drawing that it began with, at that of an edit the drawing which that edit made
-- of it where it can't be made again, at -1 the points where people live.
CREATE TABLE draft_body (
  domain TEXT NOT NULL,
  draft TEXT NOT NULL,
  place INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (domain, draft, place)
);
