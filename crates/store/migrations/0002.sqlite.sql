-- Counts in one row for each kind, local day and cell, instead of one for each measure of them.
CREATE TABLE counted (
  domain TEXT NOT NULL,
  kind TEXT NOT NULL,
  day INTEGER NOT NULL,
  cell TEXT NOT NULL,
  counts TEXT NOT NULL,
  PRIMARY KEY (domain, kind, day, cell)
) WITHOUT ROWID;
INSERT INTO counted (domain, kind, day, cell, counts)
  SELECT domain, kind, day, cell, json_group_object(measure, n ORDER BY measure) FROM tally
  WHERE n <> 0 GROUP BY domain, kind, day, cell
