use super::{meta, set_meta};
use crate::{Error, link::Link};

/// The migrations in order, each a transaction; the fact `schema` of the domain without a name counts those done. They are
/// never edited after landing. Each statement ends with a semicolon at the end of its line, and nothing else does.
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/postgres/0001.sql")];

/// The fact under which the count stands.
const SCHEMA: &str = "schema";

/// Brings a database up to what this program knows. Several nodes may do so at once: one does each step.
pub(crate) fn migrate(link: &Link) -> Result<(), Error> {
    while step(link)? {}
    Ok(())
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

    /// Rule 1: every key and index begins with the domain.
    #[test]
    fn every_index_begins_with_the_domain() {
        let link = connect(&Server::shared().database());
        migrate(&link).unwrap();
        let firsts = link.all(
            "SELECT CAST(pg_index.indexrelid::regclass AS text), attname FROM pg_index
             JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
             JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'public'::regnamespace",
            &[],
            |row| Ok((row.get(0)?, row.get(1)?)),
        );
        let firsts: Vec<(String, String)> = firsts.unwrap();
        assert!(firsts.len() > 20, "{firsts:?}");
        for (index, column) in firsts {
            assert_eq!(column, "domain", "{index}");
        }
    }
}
