use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};
use uuid::Uuid;

use crate::{
    Error,
    link::{Link, given},
};

mod postgres;
pub(crate) use postgres::migrate as migrate_postgres;

/// The database's file name.
pub(crate) const DATABASE: &str = "gewang.sqlite";

/// The migrations in order; the database's `user_version` counts those done. They are never edited after landing.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001.sqlite.sql"),
    include_str!("../migrations/0002.sqlite.sql"),
    include_str!("../migrations/0003.sqlite.sql"),
    include_str!("../migrations/0004.sqlite.sql"),
    include_str!("../migrations/0005.sqlite.sql"),
    include_str!("../migrations/0006.sqlite.sql"),
    include_str!("../migrations/0007.sqlite.sql"),
];

/// Opens the database for the writer, making or migrating it where needed.
pub(crate) fn open_writer(dir: &Path) -> Result<Link, Error> {
    let connection = Connection::open(dir.join(DATABASE))?;
    connection.busy_timeout(Duration::from_secs(10))?;
    keep_prepared(&connection)?;
    // The order matters: the page size is fixed by the first write. Rows are one or two KB: pages of 8 KB waste less.
    // What is answered is on disk in the redo log before it is committed here, so a commit flushes nothing.
    // Long before a commit has to bring the log over by itself, the checkpointer has done it.
    connection.execute_batch(
        "PRAGMA page_size = 8192;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = NORMAL;
         PRAGMA secure_delete = ON;
         PRAGMA cache_size = -24000;
         PRAGMA wal_autocheckpoint = 16000;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA foreign_keys = OFF;
         PRAGMA temp_store = MEMORY;",
    )?;
    migrate(&connection)?;
    Ok(Link::Sqlite(connection))
}

/// Opens the database for reading alone.
pub(crate) fn open_reader(dir: &Path) -> Result<Link, Error> {
    // Opened for writing, because a reader of a write-ahead log must be able to mend its index; `query_only` forbids the
    // rest.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(dir.join(DATABASE), flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    keep_prepared(&connection)?;
    connection.execute_batch(
        "PRAGMA query_only = ON; PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY;",
    )?;
    Ok(Link::Sqlite(connection))
}

/// Keeps statements prepared for the life of a connection. Without the query planner's stability guarantee SQLite prepares
/// a statement anew after its parameters were cleared, where it looked at their values to plan (measured: 24 of 25 µs).
pub(crate) fn keep_prepared(connection: &Connection) -> Result<(), Error> {
    connection.set_prepared_statement_cache_capacity(64);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Brings the tables of a file up to what this program knows.
pub(crate) fn migrate(connection: &Connection) -> Result<(), Error> {
    let known = MIGRATIONS.len() as i64;
    let done: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if done > known {
        return Err(Error::Later { found: done, known });
    }
    for (version, migration) in (1i64..).zip(MIGRATIONS) {
        if version > done {
            connection.execute_batch(&format!(
                "BEGIN; {migration}; PRAGMA user_version = {version}; COMMIT;"
            ))?;
        }
    }
    Ok(())
}

/// The domain, and its founding: the one of that name, or the only one there is. The only question asked across domains.
/// Fails with [`Error::Several`].
pub(crate) fn founded(link: &Link, domain: Option<&str>) -> Result<Option<(String, Uuid)>, Error> {
    if !link.is_sqlite() && postgres::version(link)? == 0 {
        return Ok(None);
    }
    let mut found = link.all(
        "SELECT meta.domain, meta.value FROM meta JOIN record ON record.domain = meta.domain AND record.id = meta.value
         WHERE meta.name = 'founding' ORDER BY meta.domain",
        &[],
        |row| Ok((row.get::<String>(0)?, row.get(1)?)),
    )?;
    match domain {
        Some(domain) => found.retain(|(name, _)| name == domain),
        None if found.len() > 1 => {
            return Err(Error::Several(
                found.into_iter().map(|(name, _)| name).collect(),
            ));
        }
        None => {}
    }
    Ok(found.pop())
}

/// A small fact of a domain.
pub(crate) fn meta(link: &Link, domain: &str, name: &str) -> Result<Option<String>, Error> {
    link.one(
        "SELECT value FROM meta WHERE domain = $1 AND name = $2",
        &given![domain, name],
        |row| row.get(0),
    )
}

/// Sets a small fact of a domain.
pub(crate) const SET_META: &str = "INSERT INTO meta (domain, name, value) VALUES ($1, $2, $3)
         ON CONFLICT (domain, name) DO UPDATE SET value = excluded.value";

pub(crate) fn set_meta(link: &Link, domain: &str, name: &str, value: &str) -> Result<(), Error> {
    link.send(SET_META, &given![domain, name, value], None)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn objects(sql: &[&str]) -> BTreeSet<(String, String, String)> {
        let connection = Connection::open_in_memory().unwrap();
        for text in sql {
            connection.execute_batch(text).unwrap();
        }
        let mut select = connection
            .prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_schema")
            .unwrap();
        let rows = select
            .query_map([], |row| {
                let sql: String = row.get(2)?;
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    sql.split_whitespace().collect::<Vec<_>>().join(" "),
                ))
            })
            .unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn migrations_add_up_to_the_schema() {
        let schema = objects(&[include_str!("../schema.sqlite.sql")]);
        assert!(schema.len() > 15);
        assert_eq!(objects(MIGRATIONS), schema);
    }
}
