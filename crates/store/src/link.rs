//! A connection to either engine, SQLite or PostgreSQL. One text of a statement serves both; what such a text may say
//! stands in `docs/decisions/0020-one-text-for-two-engines.md`.

use std::ops::{ControlFlow, Deref};

use crate::Error;

mod given;
mod postgres;
mod row;
mod sqlite;
#[cfg(test)]
mod tests;

pub(crate) use given::{Given, Text, given};
pub(crate) use postgres::{Session, config};
pub(crate) use row::Row;

/// A connection to either engine.
pub(crate) enum Link {
    Sqlite(rusqlite::Connection),
    Postgres(Box<Session>),
}

/// How a statement is prepared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// Its text is constant: it stays prepared for the next time.
    Yes,
    /// Its text was put together for this time.
    No,
}

/// What becomes of each row; a break leaves the rest unread.
type Told<'a> = &'a mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>, Error>;

impl Link {
    /// Walks the rows of a statement whose text is constant; a break leaves the rest unread. The same link may be asked
    /// meanwhile; PostgreSQL then sends all rows that are left first, so keep walks short in which more is asked.
    pub fn each(
        &self,
        sql: &str,
        given: &[Given<'_>],
        mut told: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        self.walk(Kept::Yes, sql, given, &mut told)
    }

    /// [`Link::each`] for a statement whose text was put together for this one time.
    pub fn each_once(
        &self,
        sql: &str,
        given: &[Given<'_>],
        mut told: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        self.walk(Kept::No, sql, given, &mut told)
    }

    fn walk(
        &self,
        kept: Kept,
        sql: &str,
        given: &[Given<'_>],
        told: Told<'_>,
    ) -> Result<(), Error> {
        match self {
            Link::Sqlite(connection) => sqlite::walk(connection, kept, sql, given, told),
            Link::Postgres(session) => session.walk(kept, sql, given, told),
        }
    }

    /// What is made of each row.
    pub fn all<T>(
        &self,
        sql: &str,
        given: &[Given<'_>],
        mut made: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        self.each(sql, given, |row| {
            all.push(made(row)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(all)
    }

    /// What is made of the first row, if there is one.
    pub fn one<T>(
        &self,
        sql: &str,
        given: &[Given<'_>],
        mut made: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let mut one = None;
        self.each(sql, given, |row| {
            one = Some(made(row)?);
            Ok(ControlFlow::Break(()))
        })?;
        Ok(one)
    }

    /// What is made of the one row that such a statement always has: a sum.
    pub fn sum<T>(
        &self,
        sql: &str,
        given: &[Given<'_>],
        made: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.one(sql, given, made)?
            .ok_or_else(|| Error::Inconsistent(format!("no row: {sql}")))
    }

    /// Changes rows; how many.
    pub fn execute(&self, sql: &str, given: &[Given<'_>]) -> Result<usize, Error> {
        match self {
            Link::Sqlite(connection) => sqlite::execute(connection, sql, given),
            Link::Postgres(session) => session.execute(sql, given),
        }
    }

    /// Changes rows, so many where that is said. Within a transaction PostgreSQL is not waited for, so that all that a group
    /// writes costs one round trip: what went wrong shows in what is asked next, at the latest in the commit.
    pub fn send(&self, sql: &str, given: &[Given<'_>], rows: Option<usize>) -> Result<(), Error> {
        match self {
            Link::Sqlite(connection) => {
                sqlite::execute(connection, sql, given).and_then(|changed| expect(rows, changed))
            }
            Link::Postgres(session) => session.send(sql, given, rows),
        }
    }

    /// Waits for what was sent.
    pub fn hear(&self) -> Result<(), Error> {
        match self {
            Link::Sqlite(_) => Ok(()),
            Link::Postgres(session) => session.hear(),
        }
    }

    /// Several statements without parameters, told from each other by semicolons.
    pub fn batch(&self, sql: &str) -> Result<(), Error> {
        match self {
            Link::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Link::Postgres(session) => session.batch(sql),
        }
    }

    /// Begins a transaction that writes.
    pub fn begin(&self) -> Result<(), Error> {
        match self {
            Link::Sqlite(_) => self.execute("BEGIN IMMEDIATE", &[]).map(drop),
            Link::Postgres(session) => session.begin("BEGIN"),
        }
    }

    /// Makes the transaction last. Where that fails, call [`Link::rollback`].
    pub fn commit(&self) -> Result<(), Error> {
        match self {
            Link::Sqlite(_) => self.execute("COMMIT", &[]).map(drop),
            Link::Postgres(session) => session.commit(),
        }
    }

    /// Takes the open transaction back, if there is one.
    pub fn rollback(&self) -> Result<(), Error> {
        match self {
            Link::Sqlite(connection) if connection.is_autocommit() => Ok(()),
            Link::Sqlite(connection) => Ok(connection.execute_batch("ROLLBACK")?),
            Link::Postgres(session) => session.rollback(),
        }
    }

    /// A place in the transaction to which it can be taken back.
    pub fn savepoint(&self, name: &str) -> Result<(), Error> {
        self.batch(&format!("SAVEPOINT {name}"))
    }

    /// Keeps what was done since a savepoint.
    pub fn release(&self, name: &str) -> Result<(), Error> {
        self.batch(&format!("RELEASE {name}"))
    }

    /// Takes back what was done since a savepoint, and forgets it.
    pub fn rollback_to(&self, name: &str) -> Result<(), Error> {
        let sql = format!("ROLLBACK TO {name}; RELEASE {name}");
        match self {
            Link::Sqlite(connection) => Ok(connection.execute_batch(&sql)?),
            Link::Postgres(session) => session.rollback_to(&sql),
        }
    }

    pub fn is_in_transaction(&self) -> bool {
        match self {
            Link::Sqlite(connection) => !connection.is_autocommit(),
            Link::Postgres(session) => session.is_in_transaction(),
        }
    }

    /// One state of the data, for as long as the answer is held.
    pub fn snapshot(&self) -> Result<Snapshot<'_>, Error> {
        match self {
            Link::Sqlite(connection) => connection.execute_batch("BEGIN DEFERRED")?,
            Link::Postgres(session) => {
                session.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
            }
        }
        Ok(Snapshot(self))
    }

    /// Whether this is SQLite: for the few questions that the engines must be asked differently.
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Link::Sqlite(_))
    }
}

fn expect(rows: Option<usize>, changed: usize) -> Result<(), Error> {
    match rows {
        Some(rows) if rows != changed => Err(Error::Inconsistent(format!(
            "{changed} rows changed instead of {rows}"
        ))),
        _ => Ok(()),
    }
}

/// A link that reads one state of the data.
pub(crate) struct Snapshot<'l>(&'l Link);

impl Deref for Snapshot<'_> {
    type Target = Link;

    fn deref(&self) -> &Link {
        self.0
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.rollback() {
            tracing::warn!(%error, "a state of the data could not be let go of");
        }
    }
}
