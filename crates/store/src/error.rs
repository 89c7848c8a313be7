use std::error::Error as _;

use tokio_postgres::error::SqlState;

/// What can go wrong in this room.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk (or the database's allowance) is full. Nothing of the post was kept; the next one may succeed.
    #[error("the disk is full")]
    Full,
    /// Another process holds the data directory.
    #[error("the data directory is in use by process {pid}")]
    InUse {
        /// That process, 0 where it did not say.
        pid: u32,
    },
    /// The journal does not prove itself.
    #[error("the journal is broken at entry {seq}: {why}")]
    Broken {
        /// The first bad entry.
        seq: u64,
        /// What is wrong with it.
        why: String,
    },
    /// There is no domain here.
    #[error("there is no domain here")]
    Empty,
    /// There is a domain here already.
    #[error("there is a domain here already")]
    Exists,
    /// The database holds several domains; which one was not said.
    #[error("the database holds several domains, say which: {}", .0.join(", "))]
    Several(Vec<String>),
    /// An address that names no database.
    #[error("{0}")]
    Address(String),
    /// The data were written by a later version of this program.
    #[error(
        "the data were written by a later version (schema {found}, this program knows {known})"
    )]
    Later {
        /// The version of the data's schema.
        found: i64,
        /// The latest that this program knows.
        known: i64,
    },
    /// The town's settings or packs have faults; each a line.
    #[error("the town's set-up has faults: {0}")]
    Setup(String),
    /// The founding was refused.
    #[error("the founding was refused: {0}")]
    Refused(String),
    /// The cursor was not given out by this program, or not for this question.
    #[error("the cursor is not one of ours")]
    BadCursor,
    /// Somebody has this name already.
    #[error("the name is taken")]
    NameTaken,
    /// What was sealed does not open: the master key is another one, or the bytes were changed.
    #[error("sealed data do not open: {0}")]
    Seal(&'static str),
    /// A stored file is not what its hash says.
    #[error("the stored file {0} is missing or was changed")]
    BadFile(String),
    /// The place of the files is wrongly named, missing, or not ours.
    #[error("files: {0}")]
    Files(String),
    /// The place of the files does not answer now: the same may succeed later.
    #[error("the files cannot be reached: {0}")]
    Unreachable(String),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// A fault of the program or of the data. Nothing of the post was kept.
    #[error("inconsistent: {0}")]
    Inconsistent(String),
    /// The database was lost, or somebody else changed the same: nothing was kept, and the same may succeed now. Only of a
    /// commit nobody knows whether it was done.
    #[error("the database must be asked again: {0}")]
    Again(String),
    /// SQLite.
    #[error("database: {0}")]
    Sql(rusqlite::Error),
    /// PostgreSQL.
    #[error("database: {}", said(.0))]
    Postgres(tokio_postgres::Error),
    /// The file system.
    #[error("file system: {0}")]
    Io(std::io::Error),
    /// Stored JSON that does not parse.
    #[error("stored JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Error::Full,
            // The index of the write-ahead log could not grow.
            _ if error
                .sqlite_error()
                .is_some_and(|code| code.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) =>
            {
                Error::Full
            }
            _ => Error::Sql(error),
        }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        let lost = error.is_closed()
            || error
                .source()
                .is_some_and(|cause| cause.is::<std::io::Error>());
        let again =
            lost || error.code().is_some_and(|code| {
                // 08: the connection; 57P0: the server shuts down, fell or comes up.
                let begins = |class| code.code().starts_with(class);
                begins("08") || begins("57P0") || AGAIN.contains(code)
            }) || is_outdated(&error);
        if error.code() == Some(&SqlState::DISK_FULL) {
            Error::Full
        } else if again {
            Error::Again(said(&error))
        } else {
            Error::Postgres(error)
        }
    }
}

/// What may succeed when the whole transaction is done again.
const AGAIN: [SqlState; 3] = [
    SqlState::T_R_SERIALIZATION_FAILURE,
    SqlState::T_R_DEADLOCK_DETECTED,
    SqlState::TOO_MANY_CONNECTIONS,
];

/// Whether a statement was prepared before another node changed what it reads. The code alone says less than the place.
pub(crate) fn is_outdated(error: &tokio_postgres::Error) -> bool {
    let place = error.as_db_error().and_then(|error| error.routine());
    error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) && place == Some("RevalidateCachedQuery")
}

/// What PostgreSQL says in full.
fn said(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(error), _) => {
            let detail = error
                .detail()
                .map_or_else(String::new, |text| format!(" ({text})"));
            format!("{} {}{detail}", error.code().code(), error.message())
        }
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull
            | std::io::ErrorKind::QuotaExceeded
            | std::io::ErrorKind::FileTooLarge => Error::Full,
            _ => Error::Io(error),
        }
    }
}
