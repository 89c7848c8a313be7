use std::sync::Arc;

use jiff::civil::Date;
use uuid::Uuid;

use crate::Record;

/// What the engine may ask of whoever keeps the records. It only reads.
pub trait Read {
    /// What can go wrong while reading.
    type Error;

    /// The record, as its last entry left it.
    fn record(&self, id: Uuid) -> Result<Option<Arc<Record>>, Self::Error>;

    /// What is known of a stored file by its hash.
    fn file(&self, hash: &str) -> Result<Option<FileInfo>, Self::Error>;

    /// The bytes of a stored file. Asked only for the files of the town's set-up.
    fn content(&self, hash: &str) -> Result<Option<Vec<u8>>, Self::Error>;

    /// How many records of a numbered kind were opened on a local day.
    fn opened(&self, kind: &str, day: Date) -> Result<u64, Self::Error>;
}

/// A stored file as the engine needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// Its media type, `image/jpeg`.
    pub media: String,
    /// Its size.
    pub bytes: u64,
}
