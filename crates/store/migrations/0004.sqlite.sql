-- Which action of a record waits for approval, so that what waits for somebody is found without reading all the rest.
ALTER TABLE record ADD COLUMN waits TEXT;
UPDATE record SET waits = json_extract(body, '$.request.action') WHERE instr(body, '"request":') > 0;
CREATE INDEX record_waits ON record (domain, waits) WHERE waits IS NOT NULL
