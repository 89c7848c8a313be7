//! Drafts of the grid: work on the cells that is not in force. They stand beside the journal, since nothing follows from
//! them until one is adopted by a command.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::{
    Error, Reader, Store,
    accounts::id_of,
    schema::{count, micros},
};

/// A draft without what is large in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub title: String,
    /// Whose it is: a person's record.
    pub author: Uuid,
    /// The edition that was in force when it began.
    pub based_on: String,
    /// When it was begun.
    pub created: Timestamp,
    /// When it was changed last.
    pub changed: Timestamp,
    /// Counts every change, undoing included.
    pub version: u64,
    /// How many of its edits are done; those after them are undone.
    pub applied: u64,
    /// What a list shows of it, as JSON of whoever keeps drafts.
    pub facts: String,
    /// When it is to be adopted.
    pub scheduled: Option<Timestamp>,
}

/// What becomes of the edits of a draft in one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftStep {
    /// None is added, and so many are done now.
    Stays(u64),
    /// One is added after so many; those that were undone go.
    Adds {
        /// How many stand before it.
        after: u64,
        /// The edit as JSON.
        edit: String,
        /// The drawing after it, where it can't be made again from the edit.
        body: Option<Vec<u8>>,
    },
}

/// Which part of a draft is large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The drawing that it began with.
    Beginning,
    /// The drawing that an edit left, counted from 1.
    After(u64),
    /// The points where people live.
    Points,
}

impl Place {
    fn column(self) -> i64 {
        match self {
            Place::Beginning => 0,
            Place::After(edit) => edit as i64,
            Place::Points => -1,
        }
    }
}

impl Store {
    /// Keeps a new draft with the drawing that it begins with.
    pub fn add_draft_now(&self, draft: Draft, drawing: Vec<u8>) -> Result<(), Error> {
        self.write_now(move |connection, domain| {
            insert(connection, domain, &draft)?;
            put_body(connection, domain, draft.id, Place::Beginning, &drawing)
        })
    }

    /// Writes a draft that was changed, if its version is still the one before; false where it isn't, or where the draft is
    /// gone. Nothing is written then.
    pub fn change_draft_now(&self, draft: Draft, step: DraftStep) -> Result<bool, Error> {
        self.write_now(move |connection, domain| {
            if !update(connection, domain, &draft)? {
                return Ok(false);
            }
            if let DraftStep::Adds { after, edit, body } = step {
                forget_after(connection, domain, draft.id, after)?;
                connection.execute(
                    "INSERT INTO draft_edit (domain, draft, place, edit) VALUES ($1, $2, $3, $4)",
                    params![domain, draft.id.to_string(), after as i64 + 1, edit],
                )?;
                if let Some(body) = body {
                    put_body(connection, domain, draft.id, Place::After(after + 1), &body)?;
                }
            }
            Ok(true)
        })
    }

    /// The same, with other points where people live, or without any.
    pub fn set_draft_points_now(
        &self,
        draft: Draft,
        points: Option<Vec<u8>>,
    ) -> Result<bool, Error> {
        self.write_now(move |connection, domain| {
            if !update(connection, domain, &draft)? {
                return Ok(false);
            }
            match points {
                Some(points) => put_body(connection, domain, draft.id, Place::Points, &points)?,
                None => {
                    connection.execute(
                        "DELETE FROM draft_body WHERE domain = $1 AND draft = $2 AND place = $3",
                        params![domain, draft.id.to_string(), Place::Points.column()],
                    )?;
                }
            }
            Ok(true)
        })
    }

    /// Removes a draft with all that belongs to it; whether there was one.
    pub fn end_draft_now(&self, id: Uuid) -> Result<bool, Error> {
        self.write_now(move |connection, domain| {
            let draft = id.to_string();
            for sql in [
                "DELETE FROM draft_edit WHERE domain = $1 AND draft = $2",
                "DELETE FROM draft_body WHERE domain = $1 AND draft = $2",
            ] {
                connection.execute(sql, params![domain, draft])?;
            }
            let ended = connection.execute(
                "DELETE FROM draft WHERE domain = $1 AND id = $2",
                params![domain, draft],
            )?;
            Ok(ended > 0)
        })
    }
}

impl Reader {
    /// Every draft, the one changed last first.
    pub fn drafts(&self) -> Result<Vec<Draft>, Error> {
        let (connection, domain) = self.parts();
        let mut select = connection.prepare_cached(
            "SELECT id, title, author, based_on, created, changed, version, applied, facts, scheduled FROM draft
             WHERE domain = $1 ORDER BY changed DESC, id",
        )?;
        let rows = select.query_map([domain], draft_of)?;
        rows.map(|row| row?).collect()
    }

    /// A draft.
    pub fn draft(&self, id: Uuid) -> Result<Option<Draft>, Error> {
        let (connection, domain) = self.parts();
        let mut select = connection.prepare_cached(
            "SELECT id, title, author, based_on, created, changed, version, applied, facts, scheduled FROM draft
             WHERE domain = $1 AND id = $2",
        )?;
        select
            .query_row(params![domain, id.to_string()], draft_of)
            .optional()?
            .transpose()
    }

    /// How many edits a draft has, the undone ones too.
    pub fn draft_edits(&self, id: Uuid) -> Result<u64, Error> {
        let (connection, domain) = self.parts();
        let mut select = connection
            .prepare_cached("SELECT count(*) FROM draft_edit WHERE domain = $1 AND draft = $2")?;
        let edits = select.query_row(params![domain, id.to_string()], |row| row.get(0))?;
        Ok(count(edits))
    }

    /// The edits of a draft from one up to another, counted from 1, both included.
    pub fn draft_edits_between(
        &self,
        id: Uuid,
        first: u64,
        last: u64,
    ) -> Result<Vec<String>, Error> {
        let (connection, domain) = self.parts();
        let mut select = connection.prepare_cached(
            "SELECT edit FROM draft_edit WHERE domain = $1 AND draft = $2 AND place BETWEEN $3 AND $4 ORDER BY place",
        )?;
        let rows = select.query_map(
            params![domain, id.to_string(), first as i64, last as i64],
            |row| row.get(0),
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The last drawing kept of a draft at or before so many edits, and after how many it stood.
    pub fn draft_drawing(&self, id: Uuid, applied: u64) -> Result<Option<(u64, Vec<u8>)>, Error> {
        let (connection, domain) = self.parts();
        let mut select = connection.prepare_cached(
            "SELECT place, body FROM draft_body WHERE domain = $1 AND draft = $2 AND place BETWEEN 0 AND $3
             ORDER BY place DESC LIMIT 1",
        )?;
        let row = select.query_row(params![domain, id.to_string(), applied as i64], |row| {
            Ok((row.get::<_, i64>(0)?, row.get(1)?))
        });
        Ok(row.optional()?.map(|(place, body)| (count(place), body)))
    }

    /// The points of a draft where people live.
    pub fn draft_points(&self, id: Uuid) -> Result<Option<Vec<u8>>, Error> {
        let (connection, domain) = self.parts();
        let mut select = connection.prepare_cached(
            "SELECT body FROM draft_body WHERE domain = $1 AND draft = $2 AND place = $3",
        )?;
        Ok(select
            .query_row(
                params![domain, id.to_string(), Place::Points.column()],
                |row| row.get(0),
            )
            .optional()?)
    }
}

fn insert(connection: &Connection, domain: &str, draft: &Draft) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO draft (domain, id, title, author, based_on, created, changed, version, applied, facts, scheduled)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            domain,
            draft.id.to_string(),
            draft.title,
            draft.author.to_string(),
            draft.based_on,
            draft.created.as_microsecond(),
            draft.changed.as_microsecond(),
            draft.version as i64,
            draft.applied as i64,
            draft.facts,
            draft.scheduled.map(|at| at.as_microsecond())
        ],
    )?;
    Ok(())
}

/// Writes what changed, where the version is the one before.
fn update(connection: &Connection, domain: &str, draft: &Draft) -> Result<bool, Error> {
    let changed = connection.execute(
        "UPDATE draft SET title = $1, changed = $2, version = $3, applied = $4, facts = $5, scheduled = $6
         WHERE domain = $7 AND id = $8 AND version = $9",
        params![
            draft.title,
            draft.changed.as_microsecond(),
            draft.version as i64,
            draft.applied as i64,
            draft.facts,
            draft.scheduled.map(|at| at.as_microsecond()),
            domain,
            draft.id.to_string(),
            draft.version as i64 - 1
        ],
    )?;
    Ok(changed > 0)
}

fn forget_after(connection: &Connection, domain: &str, id: Uuid, after: u64) -> Result<(), Error> {
    for sql in [
        "DELETE FROM draft_edit WHERE domain = $1 AND draft = $2 AND place > $3",
        "DELETE FROM draft_body WHERE domain = $1 AND draft = $2 AND place > $3",
    ] {
        connection.execute(sql, params![domain, id.to_string(), after as i64])?;
    }
    Ok(())
}

fn put_body(
    connection: &Connection,
    domain: &str,
    id: Uuid,
    place: Place,
    body: &[u8],
) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO draft_body (domain, draft, place, body) VALUES ($1, $2, $3, $4)
         ON CONFLICT (domain, draft, place) DO UPDATE SET body = excluded.body",
        params![domain, id.to_string(), place.column(), body],
    )?;
    Ok(())
}

fn draft_of(row: &Row<'_>) -> rusqlite::Result<Result<Draft, Error>> {
    let (id, author): (String, String) = (row.get(0)?, row.get(2)?);
    let (title, based_on, facts) = (row.get(1)?, row.get(3)?, row.get(8)?);
    let (created, changed): (i64, i64) = (row.get(4)?, row.get(5)?);
    let (version, applied): (i64, i64) = (row.get(6)?, row.get(7)?);
    let scheduled: Option<i64> = row.get(9)?;
    let made = || -> Result<Draft, Error> {
        Ok(Draft {
            id: id_of(&id)?,
            title,
            author: id_of(&author)?,
            based_on,
            created: micros(created)?,
            changed: micros(changed)?,
            version: count(version),
            applied: count(applied),
            facts,
            scheduled: scheduled.map(micros).transpose()?,
        })
    };
    Ok(made())
}
