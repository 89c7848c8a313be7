-- What is open is little beside what was: lists of it walk their own index.
CREATE INDEX record_open ON record (domain, opened, id, kind, cell, state, stage, due) WHERE closed IS NULL;
