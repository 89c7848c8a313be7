//! Drafts of the grid: work on the cells that is not in force. They stand beside the journal, since nothing follows from
//! them until one is adopted by a command.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    Error, Reader, Store,
    link::{Link, Row, given},
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
        self.write_now(move |link, domain| {
            insert(link, domain, &draft)?;
            put_body(link, domain, draft.id, Place::Beginning, &drawing)
        })
    }

    /// Writes a draft that was changed, if its version is still the one before; false where it isn't, or where the draft is
    /// gone. Nothing is written then.
    pub fn change_draft_now(&self, draft: Draft, step: DraftStep) -> Result<bool, Error> {
        self.write_now(move |link, domain| {
            if !update(link, domain, &draft)? {
                return Ok(false);
            }
            if let DraftStep::Adds { after, edit, body } = step {
                forget_after(link, domain, draft.id, after)?;
                link.execute(
                    "INSERT INTO draft_edit (domain, draft, place, edit) VALUES ($1, $2, $3, $4)",
                    &given![domain, draft.id, after + 1, &edit],
                )?;
                if let Some(body) = body {
                    put_body(link, domain, draft.id, Place::After(after + 1), &body)?;
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
        self.write_now(move |link, domain| {
            if !update(link, domain, &draft)? {
                return Ok(false);
            }
            match points {
                Some(points) => put_body(link, domain, draft.id, Place::Points, &points)?,
                None => {
                    link.execute(
                        "DELETE FROM draft_body WHERE domain = $1 AND draft = $2 AND place = $3",
                        &given![domain, draft.id, Place::Points.column()],
                    )?;
                }
            }
            Ok(true)
        })
    }

    /// Removes a draft with all that belongs to it; whether there was one.
    pub fn end_draft_now(&self, id: Uuid) -> Result<bool, Error> {
        self.write_now(move |link, domain| {
            for sql in [
                "DELETE FROM draft_edit WHERE domain = $1 AND draft = $2",
                "DELETE FROM draft_body WHERE domain = $1 AND draft = $2",
            ] {
                link.execute(sql, &given![domain, id])?;
            }
            let ended = link.execute(
                "DELETE FROM draft WHERE domain = $1 AND id = $2",
                &given![domain, id],
            )?;
            Ok(ended > 0)
        })
    }
}

impl Reader {
    /// Every draft, the one changed last first.
    pub fn drafts(&self) -> Result<Vec<Draft>, Error> {
        let (link, domain) = self.parts();
        link.all(
            "SELECT id, title, author, based_on, created, changed, version, applied, facts, scheduled FROM draft
             WHERE domain = $1 ORDER BY changed DESC, id",
            &given![domain],
            draft_of,
        )
    }

    /// A draft.
    pub fn draft(&self, id: Uuid) -> Result<Option<Draft>, Error> {
        let (link, domain) = self.parts();
        link.one(
            "SELECT id, title, author, based_on, created, changed, version, applied, facts, scheduled FROM draft
             WHERE domain = $1 AND id = $2",
            &given![domain, id],
            draft_of,
        )
    }

    /// How many edits a draft has, the undone ones too.
    pub fn draft_edits(&self, id: Uuid) -> Result<u64, Error> {
        let (link, domain) = self.parts();
        link.sum(
            "SELECT count(*) FROM draft_edit WHERE domain = $1 AND draft = $2",
            &given![domain, id],
            |row| row.get(0),
        )
    }

    /// The edits of a draft from one up to another, counted from 1, both included.
    pub fn draft_edits_between(
        &self,
        id: Uuid,
        first: u64,
        last: u64,
    ) -> Result<Vec<String>, Error> {
        let (link, domain) = self.parts();
        link.all(
            "SELECT edit FROM draft_edit WHERE domain = $1 AND draft = $2 AND place BETWEEN $3 AND $4 ORDER BY place",
            &given![domain, id, first, last],
            |row| row.get(0),
        )
    }

    /// The last drawing kept of a draft at or before so many edits, and after how many it stood.
    pub fn draft_drawing(&self, id: Uuid, applied: u64) -> Result<Option<(u64, Vec<u8>)>, Error> {
        let (link, domain) = self.parts();
        link.one(
            "SELECT place, body FROM draft_body WHERE domain = $1 AND draft = $2 AND place BETWEEN 0 AND $3
             ORDER BY place DESC LIMIT 1",
            &given![domain, id, applied],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// The points of a draft where people live.
    pub fn draft_points(&self, id: Uuid) -> Result<Option<Vec<u8>>, Error> {
        let (link, domain) = self.parts();
        link.one(
            "SELECT body FROM draft_body WHERE domain = $1 AND draft = $2 AND place = $3",
            &given![domain, id, Place::Points.column()],
            |row| row.get(0),
        )
    }
}

fn insert(link: &Link, domain: &str, draft: &Draft) -> Result<(), Error> {
    link.execute(
        "INSERT INTO draft (domain, id, title, author, based_on, created, changed, version, applied, facts, scheduled)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &given![
            domain,
            draft.id,
            &draft.title,
            draft.author,
            &draft.based_on,
            draft.created,
            draft.changed,
            draft.version,
            draft.applied,
            &draft.facts,
            draft.scheduled,
        ],
    )?;
    Ok(())
}

/// Writes what changed, where the version is the one before.
fn update(link: &Link, domain: &str, draft: &Draft) -> Result<bool, Error> {
    let changed = link.execute(
        "UPDATE draft SET title = $1, changed = $2, version = $3, applied = $4, facts = $5, scheduled = $6
         WHERE domain = $7 AND id = $8 AND version = $9",
        &given![
            &draft.title,
            draft.changed,
            draft.version,
            draft.applied,
            &draft.facts,
            draft.scheduled,
            domain,
            draft.id,
            draft.version as i64 - 1,
        ],
    )?;
    Ok(changed > 0)
}

fn forget_after(link: &Link, domain: &str, id: Uuid, after: u64) -> Result<(), Error> {
    for sql in [
        "DELETE FROM draft_edit WHERE domain = $1 AND draft = $2 AND place > $3",
        "DELETE FROM draft_body WHERE domain = $1 AND draft = $2 AND place > $3",
    ] {
        link.execute(sql, &given![domain, id, after])?;
    }
    Ok(())
}

fn put_body(link: &Link, domain: &str, id: Uuid, place: Place, body: &[u8]) -> Result<(), Error> {
    link.execute(
        "INSERT INTO draft_body (domain, draft, place, body) VALUES ($1, $2, $3, $4)
         ON CONFLICT (domain, draft, place) DO UPDATE SET body = excluded.body",
        &given![domain, id, place.column(), body],
    )?;
    Ok(())
}

fn draft_of(row: &Row<'_>) -> Result<Draft, Error> {
    Ok(Draft {
        id: row.get(0)?,
        title: row.get(1)?,
        author: row.get(2)?,
        based_on: row.get(3)?,
        created: row.get(4)?,
        changed: row.get(5)?,
        version: row.get(6)?,
        applied: row.get(7)?,
        facts: row.get(8)?,
        scheduled: row.get(9)?,
    })
}
