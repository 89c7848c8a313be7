use std::{ops::RangeInclusive, path::Path, time::Duration};

use gewang_engine::Record;
use rusqlite::{Connection, OptionalExtension, params};

use super::Index;
use crate::{
    Error,
    link::{Link, given},
    schema, search,
};

/// The file of the search index, beside the database.
const FILE: &str = "search.db";
/// So many pages of it are merged at once.
const MERGED: i64 = 200;
/// Its version: an index of another one is made again.
const VERSION: i64 = 2;

/// The numbers that documents of the same time get, of which a microsecond since 1970 is given: those opened within 2^32 µs (71 minutes). So a walk by number is one by
/// opening, but for what is of the same time.
pub(crate) fn documents(opened: i64) -> RangeInclusive<i64> {
    const TIME: u32 = 32;
    const NUMBER: u32 = 24;
    let time = opened.max(0) >> TIME;
    (time << NUMBER)..=(((time + 1) << NUMBER) - 1)
}

/// An index in a file of its own.
pub(super) struct FileIndex(Connection);

impl FileIndex {
    /// Opens the index for writing; what is no index of this version makes room for an empty one. It may lose its last
    /// commits in a power cut: then it is a little behind, which it notices.
    pub fn open(dir: &Path) -> Result<FileIndex, Error> {
        let file = dir.join(FILE);
        if let Ok(connection) = Connection::open(&file)
            && let Ok(version) =
                connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
        {
            if version == VERSION {
                return prepare(connection);
            }
            drop(connection);
        }
        for ending in ["", "-wal", "-shm"] {
            match std::fs::remove_file(dir.join(format!("{FILE}{ending}"))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error.into());
                }
                _ => {}
            }
        }
        let index = prepare(Connection::open(&file)?)?;
        index.0.execute_batch(&format!(
            "BEGIN; {} INSERT INTO word (word, rank) VALUES ('usermerge', 2);
             PRAGMA user_version = {VERSION}; COMMIT;",
            include_str!("../../search.sqlite.sql")
        ))?;
        Ok(index)
    }
}

fn prepare(connection: Connection) -> Result<FileIndex, Error> {
    connection.busy_timeout(Duration::from_secs(10))?;
    schema::keep_prepared(&connection)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = NORMAL;
         PRAGMA cache_size = -8000;
         PRAGMA journal_size_limit = 16777216;",
    )?;
    Ok(FileIndex(connection))
}

/// Attaches the index to a connection that reads, where questions find its tables `word` and `doc`.
pub(crate) fn attach(link: &Link, dir: &Path) -> Result<(), Error> {
    let file = dir.join(FILE);
    link.execute(
        "ATTACH DATABASE $1 AS found",
        &given![&*file.to_string_lossy()],
    )?;
    Ok(())
}

impl Index for FileIndex {
    fn gathers(&self) -> Duration {
        Duration::from_millis(100)
    }

    fn progress(&self, _: &Link, domain: &str) -> Result<u64, Error> {
        let seq: Option<i64> = self
            .0
            .prepare_cached("SELECT seq FROM progress WHERE domain = $1")?
            .query_row([domain], |row| row.get(0))
            .optional()?;
        Ok(seq.map_or(0, i64::unsigned_abs))
    }

    fn begin(&self, link: &Link, domain: &str) -> Result<u64, Error> {
        self.0.execute_batch("BEGIN IMMEDIATE")?;
        self.progress(link, domain)
    }

    fn take_in(
        &self,
        _: &Link,
        domain: &str,
        record: &Record,
        mut words: String,
    ) -> Result<(), Error> {
        let id = record.id.to_string();
        search::push_alone(&mut words);
        let known: Option<i64> = self
            .0
            .prepare_cached("SELECT doc FROM doc WHERE domain = $1 AND record = $2")?
            .query_row([domain, &id], |row| row.get(0))
            .optional()?;
        if let Some(doc) = known {
            self.0
                .prepare_cached(
                    "INSERT OR REPLACE INTO word (domain, words, rowid) VALUES ($1, $2, $3)",
                )?
                .execute(params![domain, words, doc])?;
            return Ok(());
        }
        let same_time = documents(record.opened.as_microsecond());
        let last: Option<i64> = self
            .0
            .prepare_cached("SELECT max(doc) FROM doc WHERE domain = $1 AND doc BETWEEN $2 AND $3")?
            .query_row(params![domain, same_time.start(), same_time.end()], |row| {
                row.get(0)
            })?;
        let doc = last.map_or(*same_time.start(), |last| last + 1);
        self.0
            .prepare_cached("INSERT INTO word (domain, words, rowid) VALUES ($1, $2, $3)")?
            .execute(params![domain, words, doc])?;
        self.0
            .prepare_cached("INSERT INTO doc (domain, record, doc) VALUES ($1, $2, $3)")?
            .execute(params![domain, id, doc])?;
        Ok(())
    }

    fn commit(&self, _: &Link, domain: &str, done: u64) -> Result<(), Error> {
        self.0
            .prepare_cached(
                "INSERT INTO progress (domain, seq) VALUES ($1, $2)
                 ON CONFLICT (domain) DO UPDATE SET seq = excluded.seq",
            )?
            .execute(params![domain, done as i64])?;
        Ok(self.0.execute_batch("COMMIT")?)
    }

    fn rollback(&self, _: &Link) -> Result<(), Error> {
        match self.0.is_autocommit() {
            true => Ok(()),
            false => Ok(self.0.execute_batch("ROLLBACK")?),
        }
    }

    /// What each commit added lies beside the rest until pieces are merged; a word is looked for in each of them.
    fn tidy(&self) -> Result<bool, Error> {
        let before = self.0.total_changes();
        self.0
            .prepare_cached("INSERT INTO word (word, rank) VALUES ('merge', $1)")?
            .execute([MERGED])?;
        // One change is that of the command itself.
        Ok(self.0.total_changes() - before < 2)
    }
}
