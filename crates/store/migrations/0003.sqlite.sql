-- The old counts go, and so do the journal's columns that nobody asked for: what they repeated stands in the entry.
DROP TABLE tally;
ALTER TABLE journal DROP COLUMN kind;
ALTER TABLE journal DROP COLUMN action;
ALTER TABLE journal DROP COLUMN actor;
ALTER TABLE journal DROP COLUMN at;
ALTER TABLE journal DROP COLUMN received;
ALTER TABLE journal DROP COLUMN time;
ALTER TABLE journal DROP COLUMN merged
