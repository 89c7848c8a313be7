//! The file of a backup: a database of the same tables, with two more. It is one file at all times but while it is written.

use std::{
    fs::OpenOptions, io::ErrorKind, os::unix::fs::OpenOptionsExt, path::Path, time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use crate::{
    Error,
    link::{Link, given},
    schema,
};

/// What tells such a file from other databases: `gwbk`.
const APPLICATION: i64 = 0x6777_626b;

/// What the file has beside the tables of a town: the files' bytes, and what is said of the whole.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS file_bytes (
  domain TEXT NOT NULL,
  hash TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (domain, hash)
);
CREATE TABLE IF NOT EXISTS backup (
  domain TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (domain, name)
);";

/// Opens the file for writing, and makes it where it is not there.
pub(super) fn write(path: &Path) -> Result<Link, Error> {
    // Nobody but its owner reads it, from the first byte on.
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(file) => file.sync_all()?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.into()),
    }
    let empty = std::fs::metadata(path)?.len() == 0;
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(2))?;
    if empty {
        connection.pragma_update(None, "page_size", 8192)?;
        connection.pragma_update(None, "application_id", APPLICATION)?;
    }
    check(&connection, path)?;
    // A journal beside it while it is written, and nothing when it is not; what is deleted is written over.
    connection.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA journal_mode = DELETE;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA cache_size = -16000;
         PRAGMA temp_store = MEMORY;",
    )?;
    schema::keep_prepared(&connection)?;
    schema::migrate(&connection)?;
    connection.execute_batch(TABLES)?;
    Ok(Link::Sqlite(connection))
}

/// Opens the file for reading.
pub(super) fn read(path: &Path) -> Result<Link, Error> {
    if !path.is_file() {
        return Err(Error::Carry(format!("there is no file {}", path.display())));
    }
    // For writing where that is allowed, because what a crash left beside it must be taken back first, and one of an earlier
    // version brought up to this one.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    check(&connection, path)?;
    schema::keep_prepared(&connection)?;
    schema::migrate(&connection)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -16000;")?;
    let sound: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .unwrap_or_else(|error| error.to_string());
    match sound.as_str() {
        "ok" => Ok(Link::Sqlite(connection)),
        why => Err(damaged(path, why)),
    }
}

/// Whether the file is a backup.
fn check(connection: &Connection, path: &Path) -> Result<(), Error> {
    let application = connection.query_row("PRAGMA application_id", [], |row| row.get::<_, i64>(0));
    match application {
        Ok(APPLICATION) => Ok(()),
        Ok(_) => Err(no_backup(path)),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            Err(no_backup(path))
        }
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
            Err(Error::Carry(format!(
                "{} is being written by another process",
                path.display()
            )))
        }
        Err(error) => Err(damaged(path, &error.to_string())),
    }
}

fn no_backup(path: &Path) -> Error {
    Error::Carry(format!("{} is no backup of gewang's", path.display()))
}

/// The file is not what was written.
pub(super) fn damaged(path: &Path, why: &str) -> Error {
    Error::Carry(format!("{} is damaged: {why}", path.display()))
}

/// Something said of the whole.
pub(super) fn said(link: &Link, domain: &str, name: &str) -> Result<Option<String>, Error> {
    link.one(
        "SELECT value FROM backup WHERE domain = $1 AND name = $2",
        &given![domain, name],
        |row| row.get(0),
    )
}

/// Says something of the whole, or no longer.
pub(super) fn say(link: &Link, domain: &str, name: &str, value: Option<&str>) -> Result<(), Error> {
    match value {
        Some(value) => link.send(
            "INSERT INTO backup (domain, name, value) VALUES ($1, $2, $3)
             ON CONFLICT (domain, name) DO UPDATE SET value = excluded.value",
            &given![domain, name, value],
            None,
        ),
        None => link.send(
            "DELETE FROM backup WHERE domain = $1 AND name = $2",
            &given![domain, name],
            None,
        ),
    }
}

/// Bytes as they are said of the whole.
pub(super) fn hexadecimal(bytes: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*bytes).to_hex().to_string()
}
