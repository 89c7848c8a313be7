//! The marks that a town bears while it is carried: what is not whole yet and what has moved away is not served.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Error,
    link::{Link, given},
    schema,
};

/// The fact of a town that is still being carried to where it stands.
pub(super) const UNFINISHED: &str = "unfinished";
/// The fact of a town that was carried elsewhere.
pub(super) const MOVED: &str = "moved";

/// How far a town has been carried to where this stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// From where.
    pub from: String,
    /// The digest of the columns of the lines that are there.
    pub columns: [u8; 32],
    /// The last record that was made from its lines, once all lines are there.
    pub made: Option<String>,
}

impl Mark {
    pub fn new(from: String) -> Mark {
        Mark {
            from,
            columns: [0; 32],
            made: None,
        }
    }

    pub fn of(link: &Link, domain: &str) -> Result<Option<Mark>, Error> {
        let mark = schema::meta(link, domain, UNFINISHED)?;
        Ok(mark.map(|mark| serde_json::from_str(&mark)).transpose()?)
    }

    pub fn put(&self, link: &Link, domain: &str) -> Result<(), Error> {
        schema::set_meta(link, domain, UNFINISHED, &serde_json::to_string(self)?)
    }

    /// Takes the mark away: the town is whole.
    pub fn end(link: &Link, domain: &str) -> Result<(), Error> {
        forget(link, domain, UNFINISHED)
    }
}

/// Where a town was carried to.
pub(super) fn moved(link: &Link, domain: &str) -> Result<Option<String>, Error> {
    schema::meta(link, domain, MOVED)
}

/// Notes that a town was carried elsewhere.
pub(super) fn set_moved(link: &Link, domain: &str, to: &str) -> Result<(), Error> {
    schema::set_meta(link, domain, MOVED, to)
}

/// The town is here again.
pub(super) fn end_moved(link: &Link, domain: &str) -> Result<(), Error> {
    forget(link, domain, MOVED)
}

/// Takes a small fact away.
pub(super) fn forget(link: &Link, domain: &str, name: &str) -> Result<(), Error> {
    link.send(
        "DELETE FROM meta WHERE domain = $1 AND name = $2",
        &given![domain, name],
        None,
    )
}

/// The town in a database, and its founding, where it may be served or read: see [`schema::founded`]. Fails with
/// [`Error::Empty`], [`Error::Unfinished`], [`Error::Moved`].
pub(crate) fn standing(link: &Link, domain: Option<&str>) -> Result<(String, Uuid), Error> {
    let found = schema::founded(link, domain)?;
    let marks: Vec<(String, String, String)> = link.all(
        "SELECT domain, name, value FROM meta WHERE name IN ('unfinished', 'moved') ORDER BY domain, name",
        &[],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let asked = found.as_ref().map(|(name, _)| name.as_str()).or(domain);
    for (name, mark, value) in marks {
        if asked.is_some_and(|asked| asked != name) {
            continue;
        }
        return Err(match mark.as_str() {
            MOVED => Error::Moved { to: value },
            _ => Error::Unfinished {
                from: serde_json::from_str::<Mark>(&value)?.from,
            },
        });
    }
    found.ok_or(Error::Empty)
}

/// The domain whose facts stand in a database, whether its records do or not, and its founding: the one asked for, or the
/// only one.
pub(super) fn facts_of(link: &Link, domain: Option<&str>) -> Result<Option<(String, Uuid)>, Error> {
    let mut found: Vec<(String, Uuid)> = link.all(
        "SELECT domain, value FROM meta WHERE name = 'founding' ORDER BY domain",
        &[],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    match domain {
        Some(domain) => found.retain(|(name, _)| name == domain),
        None if found.len() > 1 => {
            let names = found.into_iter().map(|(name, _)| name);
            return Err(Error::Several(names.collect()));
        }
        None => {}
    }
    Ok(found.pop())
}
