-- Drawings of the cells that are being worked on, before any of it is in force.
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
CREATE TABLE draft_edit (
  domain TEXT NOT NULL,
  draft TEXT NOT NULL,
  place INTEGER NOT NULL,
  edit TEXT NOT NULL,
  PRIMARY KEY (domain, draft, place)
) WITHOUT ROWID;
CREATE TABLE draft_body (
  domain TEXT NOT NULL,
  draft TEXT NOT NULL,
  place INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (domain, draft, place)
)
