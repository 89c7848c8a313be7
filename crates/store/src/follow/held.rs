//! Where several nodes may write, each transaction that does holds the row of the noted head: one at a time.

use crate::{
    Error, Head, journal,
    link::{Link, given},
    seal::Master,
};

/// Holds the journal's end until the transaction does; it must be where this node believes.
pub(crate) fn hold(link: &Link, domain: &str, master: &Master, head: Head) -> Result<(), Error> {
    if link.is_sqlite() {
        return Ok(());
    }
    link.send(
        "SELECT value FROM meta WHERE domain = $1 AND name = 'head' AND value = $2 FOR UPDATE",
        &given![domain, &journal::head_text(domain, master, head)],
        Some(1),
    )
}

/// Holds the journal's end wherever it is.
pub(super) fn lock(link: &Link, domain: &str) -> Result<(), Error> {
    let held = link.one(
        "SELECT value FROM meta WHERE domain = $1 AND name = 'head' FOR UPDATE",
        &given![domain],
        |_| Ok(()),
    )?;
    held.ok_or(Error::Empty)
}
