//! Where the bytes of stored files lie: in a room of files, or, in a backup, in a table of their own.

use crate::{
    Error,
    files::FileRoom,
    link::{Link, given},
};

/// A place of files' bytes.
pub(super) enum Bytes<'b> {
    Room(FileRoom),
    Backup(&'b Link, &'b str),
}

impl Bytes<'_> {
    /// The bytes of a file, proven against its hash. Fails with [`Error::BadFile`].
    pub fn get(&self, hash: &str) -> Result<Vec<u8>, Error> {
        let (link, domain) = match self {
            Bytes::Room(room) => return room.get(hash),
            Bytes::Backup(link, domain) => (link, *domain),
        };
        let bytes: Option<Vec<u8>> = link.one(
            "SELECT bytes FROM file_bytes WHERE domain = $1 AND hash = $2",
            &given![domain, hash],
            |row| row.get(0),
        )?;
        match bytes {
            Some(bytes) if blake3::hash(&bytes).to_hex().as_str() == hash => Ok(bytes),
            _ => Err(Error::BadFile(hash.to_owned())),
        }
    }

    /// Keeps the bytes of a file.
    pub fn put(&self, hash: &str, bytes: Vec<u8>) -> Result<(), Error> {
        match self {
            Bytes::Room(room) => room.keep(bytes.into()).map(drop),
            Bytes::Backup(link, domain) => link.send(
                "INSERT INTO file_bytes (domain, hash, bytes) VALUES ($1, $2, $3)
                 ON CONFLICT (domain, hash) DO UPDATE SET bytes = excluded.bytes",
                &given![*domain, hash, &bytes],
                None,
            ),
        }
    }

    /// Copies a file from another place; false where it is missing there, or not what its hash says.
    pub fn fetch(&self, hash: &str, from: &Bytes<'_>) -> Result<bool, Error> {
        match from.get(hash) {
            Ok(bytes) => self.put(hash, bytes).map(|()| true),
            Err(Error::BadFile(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
