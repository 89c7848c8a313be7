use std::path::Path;

use bytes::Bytes;
use jiff::Timestamp;

use crate::{
    Error,
    link::{Link, given},
};

mod carrier;
mod place;
#[cfg(test)]
mod tests;

use place::Place;

/// What is known of a stored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// BLAKE3 of its bytes, 64 hexadecimal digits.
    pub hash: String,
    /// Its media type, `image/jpeg`.
    pub media: String,
    /// Its size.
    pub bytes: u64,
    /// The hash of its small picture.
    pub thumbnail: Option<String>,
    /// Where it is a small picture, of which.
    pub thumbnail_of: Option<String>,
    /// Who stored it first, where that is known.
    pub owner: Option<String>,
}

/// The small picture of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// Its media type.
    pub media: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl StoredFile {
    pub(crate) fn load(link: &Link, domain: &str, hash: &str) -> Result<Option<StoredFile>, Error> {
        link.one(
            "SELECT hash, media, bytes, thumbnail, thumbnail_of, owner FROM stored_file WHERE domain = $1 AND hash = $2",
            &given![domain, hash],
            |row| {
                Ok(StoredFile {
                    hash: row.get(0)?,
                    media: row.get(1)?,
                    bytes: row.get(2)?,
                    thumbnail: row.get(3)?,
                    thumbnail_of: row.get(4)?,
                    owner: row.get(5)?,
                })
            },
        )
    }

    pub(crate) fn insert(
        &self,
        link: &Link,
        domain: &str,
        owner: Option<&str>,
        at: Timestamp,
    ) -> Result<(), Error> {
        link.execute(
            "INSERT INTO stored_file (domain, hash, media, bytes, thumbnail, thumbnail_of, owner, stored)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (domain, hash) DO UPDATE SET thumbnail = coalesce(excluded.thumbnail, stored_file.thumbnail)",
            &given![
                domain,
                &self.hash,
                &self.media,
                self.bytes,
                &self.thumbnail,
                &self.thumbnail_of,
                owner,
                at,
            ],
        )?;
        Ok(())
    }
}

/// The files' bytes, each under the hash of them: `ab/cdef…`.
pub(crate) struct FileRoom {
    place: Place,
}

impl FileRoom {
    /// The folder `files` of the data directory, or what an address names: `file:///path`, `s3://bucket/prefix`. Fails with
    /// [`Error::Files`] where that is no place, or one that is not ours.
    pub fn open(files: Option<&str>, dir: &Path) -> Result<FileRoom, Error> {
        let place = match files {
            None => Place::folder(&dir.join("files"))?,
            Some(address) => Place::at(address)?,
        };
        Ok(FileRoom { place })
    }

    /// Writes a file and its thumbnail, which last when it returns; the file stands first in the answer.
    pub fn put(
        &self,
        media: &str,
        bytes: Bytes,
        thumbnail: Option<Thumbnail>,
    ) -> Result<Vec<StoredFile>, Error> {
        let size = bytes.len() as u64;
        let hash = self.keep(bytes)?;
        let mut files = vec![StoredFile {
            hash: hash.clone(),
            media: media.to_owned(),
            bytes: size,
            thumbnail: None,
            thumbnail_of: None,
            owner: None,
        }];
        if let Some(small) = thumbnail {
            let size = small.bytes.len() as u64;
            let small_hash = self.keep(small.bytes.into())?;
            if small_hash != hash {
                files.push(StoredFile {
                    hash: small_hash.clone(),
                    media: small.media,
                    bytes: size,
                    thumbnail: None,
                    thumbnail_of: Some(hash),
                    owner: None,
                });
            }
            files[0].thumbnail = Some(small_hash);
        }
        Ok(files)
    }

    /// The bytes of a file, proven. Fails with [`Error::BadFile`] where they are missing or others.
    pub fn get(&self, hash: &str) -> Result<Vec<u8>, Error> {
        let bad = || Error::BadFile(hash.to_owned());
        let name = name(hash).ok_or_else(bad)?;
        let bytes = self.place.read(&name)?.ok_or_else(bad)?;
        match blake3::hash(&bytes).to_hex().as_str() == hash {
            true => Ok(bytes),
            false => Err(bad()),
        }
    }

    /// Lays bytes under their hash, unless they lie there whole already.
    pub fn keep(&self, bytes: Bytes) -> Result<String, Error> {
        let hash = blake3::hash(&bytes).to_hex().to_string();
        match self.get(&hash) {
            Ok(_) => return Ok(hash),
            Err(Error::BadFile(_)) => {}
            Err(error) => return Err(error),
        }
        let name = name(&hash).ok_or_else(|| Error::BadFile(hash.clone()))?;
        self.place.write(&name, bytes)?;
        Ok(hash)
    }
}

/// Under what a file lies; `None` for what is no hash, so that no path can be smuggled in.
fn name(hash: &str) -> Option<String> {
    let is_hash = hash.len() == 64
        && hash
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hash.then(|| format!("{}/{}", &hash[..2], &hash[2..]))
}
