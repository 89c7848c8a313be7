use std::path::Path;

use rustix::{
    fs::statvfs,
    process::{Resource, getrlimit},
};

use crate::{Error, schema};

/// With less room than this the disk counts as nearly full: far more than what is answered and not yet in the database can
/// take there.
const NEARLY: u64 = 64 << 20;

/// A write that failed where there is hardly room failed for want of it: SQLite has one code for all that a file refuses.
pub(crate) fn explained(error: Error, dir: &Path) -> Error {
    let refused = matches!(&error, Error::Sql(error) if error.sqlite_error()
        .is_some_and(|code| code.extended_code == rusqlite::ffi::SQLITE_IOERR_WRITE));
    match refused && is_tight(dir).unwrap_or(false) {
        true => Error::Full,
        false => error,
    }
}

/// Whether the disk on which a directory lies is nearly full, or the system lets its files hardly grow.
pub(crate) fn is_tight(dir: &Path) -> Result<bool, Error> {
    let disk = statvfs(dir).map_err(std::io::Error::from)?;
    if disk.f_bavail.saturating_mul(disk.f_frsize) < NEARLY {
        return Ok(true);
    }
    let Some(most) = getrlimit(Resource::Fsize).current else {
        return Ok(false);
    };
    let database = std::fs::metadata(dir.join(schema::DATABASE))?.len();
    Ok(most.saturating_sub(database) < NEARLY)
}
