-- Lists of a kind, a cell or a state walk an index that begins with it; what changes with a record stands in few of them.
DROP INDEX record_opened;
DROP INDEX record_changed;
DROP INDEX record_due;
CREATE INDEX record_opened ON record (domain, opened, id, kind, cell, lat, lon, closed);
CREATE INDEX record_kind ON record (domain, kind, opened, id);
CREATE INDEX record_cell ON record (domain, cell, opened, id, kind);
CREATE INDEX record_state ON record (domain, state, opened, id, kind, cell);
CREATE INDEX record_changed ON record (domain, changed, id, kind, cell, state);
CREATE INDEX record_due ON record (domain, due, id, kind, cell, state) WHERE due IS NOT NULL;
