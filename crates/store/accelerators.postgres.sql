-- What makes PostgreSQL quicker and may be absent: words are found through an index that begins with the domain, which wants an
-- extension that every Debian has beside its server. Done after the migrations, one statement a call; what the server can't do
-- is left, and searching then reads a town's words one after another.
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE INDEX doc_words ON doc USING gin (domain, words) WITH (gin_pending_list_limit = 256);
