-- The words of the records, in a file of its own (`search.db`): an accelerator that may be lost and is made again from the
-- journal. `word` keeps no text, only where which word occurs; `doc` says which record a document is; `progress` up to which
-- entry of the journal the index is.
CREATE TABLE doc (
  domain TEXT NOT NULL,
  record TEXT NOT NULL,
  doc INTEGER NOT NULL,
  PRIMARY KEY (domain, record),
  UNIQUE (domain, doc)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE word USING fts5 (
  domain UNINDEXED,
  words,
  content = '',
  contentless_delete = 1,
  contentless_unindexed = 1,
  tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TABLE progress (
  domain TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (domain)
) WITHOUT ROWID;
