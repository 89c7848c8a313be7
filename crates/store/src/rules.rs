//! The rules that hold the store to two engines and to a town a shard, as far as a text shows whether they are kept: read
//! off every statement in these sources, both schemas and all migrations.
//!
//! | rule | what is looked for |
//! | --- | --- |
//! | 1 | keys, unique constraints, foreign keys and indexes begin with `domain` |
//! | 2 | each table in a statement is asked with its domain; what crosses domains does so by name |
//! | 3 | no statement sets `domain` |
//! | 4 | joins go along `domain` |
//! | 5 | nothing numbers by itself |
//! | 6 | no times, ids or values that the database makes up |
//! | 8 | upserts by `ON CONFLICT` alone, no writing within `WITH` |
//! | 9 | `INSERT … SELECT … ON CONFLICT` has a `WHERE` |
//! | 10 | parameters are used in ascending order |
//! | 11 | no words and signs of one engine |
//! | 12, 13 | column types, and texts ordered by their bytes |
//! | 14 | row locks name their domain and stand in the files of PostgreSQL's own; no others |
//! | 15 | no triggers, procedures, policies |
//! | 16 | notifying stands in the files of PostgreSQL's own |
//! | 18 | one statement a call, one action an `ALTER`; distribution and special indexes in an appendix |
//! | 20 | no ROLLUP and its kind, no recursion |
//!
//! The rest are kept by how the code runs, and by the suites that run it on both engines: 7 (one command, one transaction),
//! 17 (doing again), 19 (places are the truth).

mod sources;
mod statement;
mod table;
mod words;

use std::path::Path;

use sources::{Source, sources};

/// What is against a rule: its number, and why.
type Fault = (u8, String);

/// Whose a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Both,
    Sqlite,
    Postgres,
}

/// Where statements stand that go to one engine alone: how file and function begin.
const OWN: &[(&str, Engine)] = &[
    // What a backup holds lies in a file of SQLite, wherever the town lies.
    ("carry/backup.rs: fetch_lost", Engine::Sqlite),
    ("carry/bytes.rs", Engine::Sqlite),
    ("carry/file.rs", Engine::Sqlite),
    ("checkpointer.rs", Engine::Sqlite),
    ("disk.rs", Engine::Sqlite),
    ("follow", Engine::Postgres),
    ("filter/words.rs: find_in_postgres", Engine::Postgres),
    ("filter/words.rs", Engine::Sqlite),
    ("indexer/file.rs", Engine::Sqlite),
    ("indexer/table.rs", Engine::Postgres),
    ("link/postgres.rs", Engine::Postgres),
    ("link/sqlite.rs", Engine::Sqlite),
    ("schema/postgres.rs", Engine::Postgres),
];

/// The functions that read across domains, and why they may.
const CROSSING: &[(&str, &str)] = &[
    ("founded", "which towns there are"),
    ("facts_of", "which towns there are, whole or not"),
    ("standing", "which of them are not whole, or went elsewhere"),
];

/// Everything with SQL in it: file, engine, text.
fn schemas() -> Vec<(String, Engine, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in [
        root.to_owned(),
        root.join("migrations"),
        root.join("migrations/postgres"),
    ] {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "sql") {
                continue;
            }
            let name = path.strip_prefix(root).unwrap().display().to_string();
            let engine = match name.contains("sqlite") {
                true => Engine::Sqlite,
                false => Engine::Postgres,
            };
            found.push((name, engine, std::fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    found
}

/// What a file may say alone.
fn appendix(name: &str) -> Option<table::Appendix> {
    match name {
        "citus.sql" => Some(statement::hands_out),
        "accelerators.postgres.sql" => Some(table::speeds_up),
        _ => None,
    }
}

/// Whose a text at a place is.
fn engine_of(source: &Source) -> Engine {
    let place = source.place();
    let own = OWN.iter().find(|(start, _)| place.starts_with(start));
    own.map_or(Engine::Both, |(_, engine)| *engine)
}

/// The statements that both engines must take, as they stand in the sources.
pub(crate) fn shared_statements() -> Vec<String> {
    let shared = sources().into_iter().filter(|source| {
        let text = &source.text;
        let balanced = text.matches('(').count() == text.matches(')').count();
        let whole = text.contains("WHERE") || text.contains("VALUES");
        let open = text.contains('{') || !balanced || !whole;
        engine_of(source) == Engine::Both && statement::is_whole(text) && !open
    });
    shared.map(|source| source.text).collect()
}

#[test]
fn every_schema_and_migration_keeps_the_rules() {
    let schemas = schemas();
    let count = |start: &str| {
        schemas
            .iter()
            .filter(|(name, ..)| name.starts_with(start))
            .count()
    };
    assert!(count("migrations/0") >= 5);
    assert!(count("migrations/postgres/0") >= 1);
    assert!(count("schema.") == 2 && count("citus.sql") == 1 && count("accelerators.") == 1);
    let mut broken = Vec::new();
    for (name, engine, text) in &schemas {
        for (rule, why) in table::faults(text, *engine, appendix(name)) {
            broken.push(format!("rule {rule}: {why} in {name}"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_statement_keeps_the_rules() {
    let (mut whole, mut broken) = (0, Vec::new());
    for source in sources() {
        let Source { function, text, .. } = &source;
        let crosses = CROSSING.iter().any(|(name, _)| name == function);
        for (rule, why) in statement::faults(text, engine_of(&source), crosses) {
            broken.push(format!("rule {rule}: {why} in {}: {text}", source.place()));
        }
        whole += usize::from(statement::is_whole(text));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(whole > 90, "only {whole} statements found");
}

/// The check is worth something: each rule is broken by a text, and nothing else is.
#[test]
fn each_rule_can_be_broken() {
    let statements: &[(u8, Engine, &str)] = &[
        (2, Engine::Both, "SELECT body FROM record WHERE id = $1"),
        (
            2,
            Engine::Both,
            "SELECT a FROM record WHERE domain = $1 AND id IN (SELECT record FROM party WHERE party = $2)",
        ),
        (
            2,
            Engine::Both,
            "INSERT INTO meta (name, value) VALUES ($1, $2)",
        ),
        (
            2,
            Engine::Both,
            "INSERT INTO meta (domain, name) VALUES ('zhoutie', $1)",
        ),
        (2, Engine::Both, "DELETE FROM session"),
        (2, Engine::Both, "UPDATE record SET late = $1 WHERE id = $2"),
        (
            3,
            Engine::Both,
            "UPDATE record SET domain = $1 WHERE domain = $2",
        ),
        (
            3,
            Engine::Both,
            "INSERT INTO meta (domain, name) VALUES ($1, $2) ON CONFLICT (domain, name) DO UPDATE SET domain = excluded.domain",
        ),
        (
            4,
            Engine::Both,
            "SELECT 1 FROM record JOIN party ON party.record = record.id WHERE record.domain = $1 AND party.domain = $1",
        ),
        (
            5,
            Engine::Both,
            "SELECT nextval('numbers') FROM meta WHERE domain = $1",
        ),
        (
            6,
            Engine::Both,
            "DELETE FROM session WHERE domain = $1 AND expires < now()",
        ),
        (
            6,
            Engine::Both,
            "UPDATE look SET at = CURRENT_TIMESTAMP WHERE domain = $1",
        ),
        (
            6,
            Engine::Both,
            "SELECT id FROM record WHERE domain = $1 ORDER BY random()",
        ),
        (
            8,
            Engine::Both,
            "MERGE INTO meta USING x ON meta.domain = $1 WHEN MATCHED THEN DELETE",
        ),
        (
            8,
            Engine::Both,
            "WITH gone AS (DELETE FROM party WHERE domain = $1 RETURNING 1) SELECT count(*) FROM gone",
        ),
        (
            8,
            Engine::Both,
            "INSERT OR REPLACE INTO meta (domain, name, value) VALUES ($1, $2, $3)",
        ),
        (
            9,
            Engine::Both,
            "INSERT INTO party (domain, party) SELECT $1, id FROM record JOIN x ON x.domain = record.domain ON CONFLICT (domain, party) DO NOTHING",
        ),
        (
            10,
            Engine::Both,
            "SELECT body FROM record WHERE id = $2 AND domain = $1",
        ),
        (
            11,
            Engine::Both,
            "SELECT CAST(1 AS bigint)::text FROM meta WHERE domain = $1",
        ),
        (
            11,
            Engine::Both,
            "SELECT body FROM record WHERE domain = $1 AND body ILIKE $2",
        ),
        (
            11,
            Engine::Both,
            "SELECT body FROM record WHERE domain = $1 AND body @> $2",
        ),
        (
            11,
            Engine::Both,
            "SELECT body FROM record WHERE domain = $1 AND id = ANY($2)",
        ),
        (
            11,
            Engine::Both,
            "SELECT json_extract(body, '$.note') FROM record WHERE domain = $1",
        ),
        (
            14,
            Engine::Both,
            "SELECT value FROM meta WHERE domain = $1 FOR UPDATE",
        ),
        (
            14,
            Engine::Postgres,
            "SELECT value FROM meta WHERE name = $1 FOR UPDATE",
        ),
        (14, Engine::Postgres, "SELECT pg_advisory_lock(1)"),
        (14, Engine::Postgres, "LOCK TABLE journal"),
        (
            15,
            Engine::Postgres,
            "CREATE TRIGGER late AFTER INSERT ON record",
        ),
        (16, Engine::Both, "NOTIFY gewang"),
        (
            18,
            Engine::Postgres,
            "SELECT create_distributed_table('journal', 'domain')",
        ),
        (
            20,
            Engine::Both,
            "SELECT kind, count(*) FROM record WHERE domain = $1 GROUP BY ROLLUP (kind)",
        ),
        (
            20,
            Engine::Both,
            "WITH RECURSIVE up AS (SELECT 1 FROM meta WHERE domain = $1) SELECT 1 FROM up",
        ),
    ];
    for (rule, engine, text) in statements {
        let broken: Vec<u8> = statement::faults(text, *engine, false)
            .iter()
            .map(|fault| fault.0)
            .collect();
        assert!(broken.contains(rule), "{rule} in {text}: {broken:?}");
    }
    let tables: &[(u8, Engine, &str)] = &[
        (
            1,
            Engine::Sqlite,
            "CREATE TABLE t (domain TEXT, id TEXT, PRIMARY KEY (id, domain))",
        ),
        (1, Engine::Sqlite, "CREATE TABLE t (domain TEXT, id TEXT)"),
        (
            1,
            Engine::Sqlite,
            "CREATE TABLE t (domain TEXT, id TEXT PRIMARY KEY)",
        ),
        (
            1,
            Engine::Sqlite,
            "CREATE TABLE t (domain TEXT, id TEXT, PRIMARY KEY (domain, id), UNIQUE (id))",
        ),
        (
            1,
            Engine::Sqlite,
            "CREATE TABLE t (domain TEXT, id TEXT, PRIMARY KEY (domain, id), FOREIGN KEY (id) REFERENCES u (id))",
        ),
        (
            1,
            Engine::Postgres,
            "CREATE UNIQUE INDEX t_id ON t (id, domain)",
        ),
        (
            5,
            Engine::Postgres,
            "CREATE TABLE t (domain text COLLATE \"C\", id bigserial, PRIMARY KEY (domain, id))",
        ),
        (
            5,
            Engine::Postgres,
            "CREATE TABLE t (domain text COLLATE \"C\", id bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (domain, id))",
        ),
        (
            5,
            Engine::Sqlite,
            "CREATE TABLE t (domain TEXT, id INTEGER AUTOINCREMENT, PRIMARY KEY (domain, id))",
        ),
        (
            6,
            Engine::Postgres,
            "CREATE TABLE t (domain text COLLATE \"C\", at bigint DEFAULT 0, PRIMARY KEY (domain, at))",
        ),
        (
            12,
            Engine::Postgres,
            "CREATE TABLE t (domain text COLLATE \"C\", body jsonb, PRIMARY KEY (domain))",
        ),
        (
            12,
            Engine::Postgres,
            "ALTER TABLE t ADD COLUMN at timestamptz",
        ),
        (
            12,
            Engine::Sqlite,
            "CREATE TABLE t (domain TEXT, body JSONB, PRIMARY KEY (domain))",
        ),
        (
            13,
            Engine::Postgres,
            "CREATE TABLE t (domain text, PRIMARY KEY (domain))",
        ),
        (
            15,
            Engine::Postgres,
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql",
        ),
        (
            15,
            Engine::Postgres,
            "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        ),
        (
            18,
            Engine::Postgres,
            "ALTER TABLE t ADD COLUMN a bigint, ADD COLUMN b bigint",
        ),
        (
            18,
            Engine::Postgres,
            "ALTER TABLE t DROP COLUMN a; ALTER TABLE t DROP COLUMN b;\n",
        ),
        (
            18,
            Engine::Postgres,
            "CREATE INDEX t_words ON t USING gin (domain, words)",
        ),
        (18, Engine::Postgres, "CREATE EXTENSION pg_trgm"),
        (
            18,
            Engine::Postgres,
            "SELECT create_distributed_table('t', 'domain')",
        ),
    ];
    for (rule, engine, text) in tables {
        let broken: Vec<u8> = table::faults(text, *engine, None)
            .iter()
            .map(|fault| fault.0)
            .collect();
        assert!(broken.contains(rule), "{rule} in {text}: {broken:?}");
    }
    for text in [
        "SELECT create_distributed_table('t', 'id')",
        "SELECT create_reference_table('t')",
        "CREATE TABLE t (domain text)",
        "CREATE INDEX t_words ON t USING gin (domain, words)",
    ] {
        let handing_out = appendix("citus.sql");
        assert!(
            !table::faults(text, Engine::Postgres, handing_out).is_empty(),
            "{text}"
        );
    }
    for text in [
        "CREATE INDEX t_words ON t USING gin (words)",
        "CREATE TABLE t (domain text)",
    ] {
        let speeding_up = appendix("accelerators.postgres.sql");
        assert!(
            !table::faults(text, Engine::Postgres, speeding_up).is_empty(),
            "{text}"
        );
    }
}
