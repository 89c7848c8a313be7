-- What a database holds, as all migrations leave it (PostgreSQL). A test shows that they add up to this.
-- Times are microseconds since 1970 (UTC), ids and JSON are text, hashes and keys are bytes; every key begins with the
-- domain. Only `journal`, `sealed_key`, `account` and `stored_file` are facts: the rest can be computed from them.

-- The journal: the only thing that is ever true. `entry` is the canonical form that is hashed; the columns beside it
-- repeat parts of it for look-ups, and `state` and `cell` tell what held after it, so that a command sent twice gets the
-- first answer.
CREATE TABLE journal (
  domain text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  command text COLLATE "C" NOT NULL,
  part bigint NOT NULL,
  record text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  state text COLLATE "C" NOT NULL,
  cell text COLLATE "C" NOT NULL,
  hash bytea NOT NULL,
  entry text COLLATE "C" NOT NULL,
  PRIMARY KEY (domain, seq),
  UNIQUE (domain, command, part),
  UNIQUE (domain, record, version)
);

-- The records as their last entry left them: `body` is the whole, the columns are what lists ask for; `waits` is the action
-- that waits for approval.
CREATE TABLE record (
  domain text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  number text COLLATE "C",
  state text COLLATE "C" NOT NULL,
  stage text COLLATE "C",
  cell text COLLATE "C" NOT NULL,
  lon bigint,
  lat bigint,
  opened bigint NOT NULL,
  changed bigint NOT NULL,
  closed bigint,
  due bigint,
  wake bigint,
  late bigint NOT NULL,
  body text COLLATE "C" NOT NULL,
  waits text COLLATE "C",
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
  domain text COLLATE "C" NOT NULL,
  party text COLLATE "C" NOT NULL,
  record text COLLATE "C" NOT NULL,
  current bigint NOT NULL,
  PRIMARY KEY (domain, party, record)
);

-- Counts by kind, local day (days since 1970; 0 for what stands now) and cell: a JSON object of measures, what is zero
-- left out.
CREATE TABLE counted (
  domain text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  day bigint NOT NULL,
  cell text COLLATE "C" NOT NULL,
  counts text COLLATE "C" NOT NULL,
  PRIMARY KEY (domain, kind, day, cell)
);

-- The keys of personal data, one for each record and purpose, wrapped under the master key that lies beside the database.
CREATE TABLE sealed_key (
  domain text COLLATE "C" NOT NULL,
  record text COLLATE "C" NOT NULL,
  purpose text COLLATE "C" NOT NULL,
  wrapped bytea NOT NULL,
  PRIMARY KEY (domain, record, purpose)
);

-- Who looked at which personal data.
CREATE TABLE look (
  domain text COLLATE "C" NOT NULL,
  record text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  person text COLLATE "C" NOT NULL,
  purpose text COLLATE "C" NOT NULL,
  PRIMARY KEY (domain, record, at, person, purpose)
);

-- Stored files by the BLAKE3 of their bytes, which lie in the folder `files`.
CREATE TABLE stored_file (
  domain text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  media text COLLATE "C" NOT NULL,
  bytes bigint NOT NULL,
  thumbnail text COLLATE "C",
  thumbnail_of text COLLATE "C",
  owner text COLLATE "C",
  stored bigint NOT NULL,
  PRIMARY KEY (domain, hash)
);

-- Which records a file belongs to.
CREATE TABLE attachment (
  domain text COLLATE "C" NOT NULL,
  file text COLLATE "C" NOT NULL,
  record text COLLATE "C" NOT NULL,
  PRIMARY KEY (domain, file, record)
);

-- Sign-in. `phc` is the Argon2id string; tokens and session ids are kept as their BLAKE3 alone.
CREATE TABLE account (
  domain text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  phc text COLLATE "C" NOT NULL,
  person text COLLATE "C" NOT NULL,
  disabled bigint NOT NULL,
  created bigint NOT NULL,
  PRIMARY KEY (domain, name)
);
CREATE INDEX account_person ON account (domain, person);

CREATE TABLE session (
  domain text COLLATE "C" NOT NULL,
  hash bytea NOT NULL,
  account text COLLATE "C" NOT NULL,
  csrf text COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  expires bigint NOT NULL,
  PRIMARY KEY (domain, hash)
);
CREATE INDEX session_account ON session (domain, account);

CREATE TABLE bearer (
  domain text COLLATE "C" NOT NULL,
  hash bytea NOT NULL,
  account text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  expires bigint,
  PRIMARY KEY (domain, hash),
  UNIQUE (domain, account, name)
);

-- Small facts of a domain: `founding` (its record), `head` (the journal's end, under a seal), the cursor of background
-- work (`retimed`).
CREATE TABLE meta (
  domain text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  PRIMARY KEY (domain, name)
);

-- Drawings of the cells that are being worked on, before any of it is in force. `version` counts every change, undoing
-- included; of its edits the first `applied` are done, those after them undone. `facts` is what a list shows, as JSON; the
-- server says what stands in it. `scheduled` is when it is to be adopted.
CREATE TABLE draft (
  domain text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  title text COLLATE "C" NOT NULL,
  author text COLLATE "C" NOT NULL,
  based_on text COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  changed bigint NOT NULL,
  version bigint NOT NULL,
  applied bigint NOT NULL,
  facts text COLLATE "C" NOT NULL,
  scheduled bigint,
  PRIMARY KEY (domain, id)
);

-- The edits of a draft in order, as JSON.
CREATE TABLE draft_edit (
  domain text COLLATE "C" NOT NULL,
  draft text COLLATE "C" NOT NULL,
  place bigint NOT NULL,
  edit text COLLATE "C" NOT NULL,
  PRIMARY KEY (domain, draft, place)
);

-- What is large in a draft: at place 0 the drawing that it began with, at that of an edit the drawing which that edit made
-- of it where it can't be made again, at -1 the points where people live.
CREATE TABLE draft_body (
  domain text COLLATE "C" NOT NULL,
  draft text COLLATE "C" NOT NULL,
  place bigint NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (domain, draft, place)
);

-- The words that records can be found by, in their places; kept by the index's own thread, which may lag behind.
CREATE TABLE doc (
  domain text COLLATE "C" NOT NULL,
  record text COLLATE "C" NOT NULL,
  words tsvector NOT NULL,
  PRIMARY KEY (domain, record)
);
