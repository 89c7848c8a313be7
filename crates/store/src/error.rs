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
    /// There is no domain in this directory.
    #[error("there is no domain in this directory")]
    Empty,
    /// There is a domain in this directory already.
    #[error("there is a domain in this directory already")]
    Exists,
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
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// A fault of the program or of the data. Nothing of the post was kept.
    #[error("inconsistent: {0}")]
    Inconsistent(String),
    /// The database.
    #[error("database: {0}")]
    Sql(rusqlite::Error),
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
