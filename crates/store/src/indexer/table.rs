use std::time::Duration;

use gewang_engine::Record;

use super::Index;
use crate::{
    Error,
    link::{Link, given},
    schema, search,
};

/// The fact that says how far the index knows the journal.
const PROGRESS: &str = "searched";

/// An index in a table of the database, PostgreSQL's. Whichever node comes first takes a slice in; the others wait for it.
pub(super) struct TableIndex;

impl TableIndex {
    pub fn open(link: &Link, domain: &str) -> Result<TableIndex, Error> {
        link.execute(
            "INSERT INTO meta (domain, name, value) VALUES ($1, $2, '0') ON CONFLICT (domain, name) DO NOTHING",
            &given![domain, PROGRESS],
        )?;
        Ok(TableIndex)
    }
}

fn parse(progress: Option<String>) -> Result<u64, Error> {
    let progress = progress.unwrap_or_default();
    progress
        .parse()
        .map_err(|_| Error::Inconsistent(format!("searched up to \"{progress}\"")))
}

impl Index for TableIndex {
    /// Towns share the server: each commits seldom.
    fn gathers(&self) -> Duration {
        Duration::from_millis(400)
    }

    fn progress(&self, link: &Link, domain: &str) -> Result<u64, Error> {
        parse(schema::meta(link, domain, PROGRESS)?)
    }

    fn begin(&self, link: &Link, domain: &str) -> Result<u64, Error> {
        link.begin()?;
        // What a crash takes is taken in again.
        link.send("SET LOCAL synchronous_commit = off", &[], None)?;
        parse(link.one(
            "SELECT value FROM meta WHERE domain = $1 AND name = $2 FOR UPDATE",
            &given![domain, PROGRESS],
            |row| row.get(0),
        )?)
    }

    fn take_in(
        &self,
        link: &Link,
        domain: &str,
        record: &Record,
        words: String,
    ) -> Result<(), Error> {
        link.send(
            "INSERT INTO doc (domain, record, words) VALUES ($1, $2, CAST(CAST($3 AS text) AS tsvector))
             ON CONFLICT (domain, record) DO UPDATE SET words = excluded.words",
            &given![domain, record.id, &search::vector(&words)],
            Some(1),
        )
    }

    fn commit(&self, link: &Link, domain: &str, done: u64) -> Result<(), Error> {
        schema::set_meta(link, domain, PROGRESS, &done.to_string())?;
        link.commit()
    }

    fn rollback(&self, link: &Link) -> Result<(), Error> {
        link.rollback()
    }

    /// The server does so by itself.
    fn tidy(&self) -> Result<bool, Error> {
        Ok(true)
    }
}
