use super::{meta, set_meta};
use crate::{Error, link::Link};

/// The migrations in order, each a transaction; the fact `schema` of the domain without a name counts those done. They are
/// never edited after landing. Each statement ends with a semicolon at the end of its line, and nothing else does.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/postgres/0001.sql"),
    include_str!("../../migrations/postgres/0002.sql"),
    include_str!("../../migrations/postgres/0003.sql"),
];

/// The fact under which the count stands.
const SCHEMA: &str = "schema";

/// How the tables are handed out where the server has Citus: one statement a table.
const CITUS: &str = include_str!("../../citus.sql");

/// What makes it quicker where the server can: one statement a line.
const ACCELERATORS: &str = include_str!("../../accelerators.postgres.sql");

/// Brings a database up to what this program knows. Several nodes may do so at once: one does each step.
pub(crate) fn migrate(link: &Link) -> Result<(), Error> {
    while step(link)? {}
    hand_out(link)?;
    speed_up(link)
}

/// Makes the indexes that may be absent.
fn speed_up(link: &Link) -> Result<(), Error> {
    let there = || {
        link.sum(
            "SELECT CAST(to_regclass('doc_words') AS text)",
            &[],
            |row| Ok(row.get::<Option<String>>(0)?.is_some()),
        )
    };
    if there()? {
        return Ok(());
    }
    for statement in ACCELERATORS
        .lines()
        .filter(|line| line.starts_with("CREATE "))
    {
        // Another node may have been quicker.
        if let Err(error) = link.batch(statement)
            && !there()?
        {
            tracing::warn!(%error, "words will be found without an index, slowly where there are many");
            return Ok(());
        }
    }
    Ok(())
}

/// Hands the tables out by domain where the extension for it is installed; what is handed out already stays where it is.
fn hand_out(link: &Link) -> Result<(), Error> {
    let installed = link.one(
        "SELECT extversion FROM pg_extension WHERE extname = 'citus'",
        &[],
        |row| row.get::<String>(0),
    )?;
    if installed.is_none() {
        return Ok(());
    }
    for (table, statement) in handings_out() {
        if is_handed_out(link, table)? {
            continue;
        }
        // What the function answers says nothing.
        let handed_out = link.batch(statement);
        // Another node was quicker.
        if handed_out.is_err() && is_handed_out(link, table)? {
            continue;
        }
        handed_out?;
        tracing::info!(table, "handed out by domain");
    }
    Ok(())
}

/// The tables and the statements that hand them out.
fn handings_out() -> impl Iterator<Item = (&'static str, &'static str)> {
    let statements = CITUS.lines().filter(|line| line.starts_with("SELECT "));
    statements.filter_map(|line| Some((line.split('\'').nth(1)?, line)))
}

fn is_handed_out(link: &Link, table: &str) -> Result<bool, Error> {
    link.sum(
        "SELECT count(*) FROM pg_dist_partition WHERE CAST(logicalrelid AS text) = $1",
        &crate::link::given![table],
        |row| Ok(row.get::<i64>(0)? > 0),
    )
}

/// Does the next migration; whether there may be another.
fn step(link: &Link) -> Result<bool, Error> {
    let known = MIGRATIONS.len();
    let done = version(link)?;
    if done > known {
        let (found, known) = (done as i64, known as i64);
        return Err(Error::Later { found, known });
    }
    let Some(migration) = MIGRATIONS.get(done) else {
        return Ok(false);
    };
    let result = apply(link, migration, done);
    if result.is_err() {
        link.rollback()?;
        // Another node was quicker.
        if version(link)? > done {
            return Ok(true);
        }
    }
    result.map(|()| true)
}

fn apply(link: &Link, migration: &str, done: usize) -> Result<(), Error> {
    link.begin()?;
    if done > 0 {
        // Whoever comes second waits here, and then finds that it is done.
        link.execute(
            "UPDATE meta SET value = value WHERE domain = $1 AND name = $2",
            &crate::link::given!["", SCHEMA],
        )?;
        if version(link)? > done {
            return Err(Error::Again("another node changes the tables".into()));
        }
    }
    for statement in migration.split(";\n") {
        link.batch(statement)?;
    }
    set_meta(link, "", SCHEMA, &(done + 1).to_string())?;
    link.commit()
}

/// How many migrations were done.
pub(super) fn version(link: &Link) -> Result<usize, Error> {
    let there = link.sum("SELECT CAST(to_regclass('meta') AS text)", &[], |row| {
        row.get::<Option<String>>(0)
    })?;
    if there.is_none() {
        return Ok(0);
    }
    let done = meta(link, "", SCHEMA)?.unwrap_or_default();
    done.parse()
        .map_err(|_| Error::Inconsistent(format!("schema \"{done}\" is no number")))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::{both::connect, server::Server};

    /// Tables with their columns, and indexes, as PostgreSQL describes them.
    fn objects(link: &Link) -> Vec<String> {
        let columns = link.all(
            "SELECT concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable, column_default)
             FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position",
            &[],
            |row| row.get::<String>(0),
        );
        let indexes = link.all(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname",
            &[],
            |row| row.get::<String>(0),
        );
        let mut objects = columns.unwrap();
        objects.extend(indexes.unwrap());
        objects
    }

    #[test]
    fn migrations_add_up_to_the_schema() {
        let schema = connect(&Server::shared().database());
        schema
            .batch(include_str!("../../schema.postgres.sql"))
            .unwrap();
        schema.batch(ACCELERATORS).unwrap();
        let migrated = connect(&Server::shared().database());
        migrate(&migrated).unwrap();
        migrate(&migrated).unwrap();
        assert_eq!(version(&migrated).unwrap(), MIGRATIONS.len());
        let found = objects(&migrated);
        assert!(found.len() > 80, "{found:?}");
        assert_eq!(found, objects(&schema));
        // Texts are ordered by their bytes on both engines.
        for column in found.iter().filter(|column| column.contains(" text ")) {
            assert!(
                column.contains(" C NO") || column.contains(" C YES"),
                "{column}"
            );
        }
    }

    /// No server here has Citus: what is shown is that every table is in the appendix, the first of them first, and that it
    /// is left alone without the extension.
    #[test]
    fn the_appendix_hands_every_table_out() {
        let link = connect(&Server::shared().database());
        migrate(&link).unwrap();
        let tables = link.all(
            "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
            &[],
            |row| row.get::<String>(0),
        );
        let mut handed_out: Vec<&str> = handings_out().map(|(table, _)| table).collect();
        assert_eq!(handed_out[0], "journal");
        handed_out.sort_unstable();
        assert_eq!(handed_out, tables.unwrap());
        let beside = handings_out().skip(1);
        for (table, statement) in beside {
            let beside = format!(
                "create_distributed_table('{table}', 'domain', colocate_with => 'journal')"
            );
            assert_eq!(statement, format!("SELECT {beside};"));
        }
    }

    /// A server that says it has Citus, and notes what it is asked for: each table once, whoever asks and how often.
    #[test]
    fn tables_are_handed_out_once() {
        let link = connect(&Server::shared().database());
        migrate(&link).unwrap();
        for made in [
            "CREATE TABLE pg_dist_partition (logicalrelid regclass)",
            "CREATE FUNCTION create_distributed_table(t regclass, c text, colocate_with text DEFAULT 'default') RETURNS void
             LANGUAGE sql AS 'INSERT INTO pg_dist_partition VALUES (t)'",
            "INSERT INTO pg_extension VALUES (999999, 'citus', 10, 2200, false, '13.0', NULL, NULL)",
        ] {
            link.batch(made).unwrap();
        }
        let count = || {
            let counted = link.sum("SELECT count(*) FROM pg_dist_partition", &[], |row| {
                row.get::<i64>(0)
            });
            counted.unwrap()
        };
        for _ in 0..2 {
            migrate(&link).unwrap();
            assert_eq!(count(), handings_out().count() as i64);
        }
        link.batch("DELETE FROM pg_dist_partition WHERE CAST(logicalrelid AS text) = 'party'")
            .unwrap();
        migrate(&link).unwrap();
        assert_eq!(count(), handings_out().count() as i64);
    }

    #[test]
    fn of_many_nodes_one_does_it() {
        let address = Server::shared().database();
        let nodes = (0..6).map(|_| {
            let address = address.clone();
            thread::spawn(move || migrate(&connect(&address)))
        });
        for node in nodes.collect::<Vec<_>>() {
            node.join().unwrap().unwrap();
        }
        let link = connect(&address);
        assert_eq!(version(&link).unwrap(), MIGRATIONS.len());
        set_meta(&link, "", SCHEMA, "99").unwrap();
        assert!(matches!(
            migrate(&link),
            Err(Error::Later { found: 99, .. })
        ));
    }
}
