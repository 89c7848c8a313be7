use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;

use crate::{
    Error,
    link::{Link, given},
};

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

/// The folder of the files' bytes, each under the hash of them: `files/ab/cdef…`.
pub(crate) struct FileRoom {
    dir: PathBuf,
    fresh: AtomicU64,
}

impl FileRoom {
    pub fn new(dir: &Path) -> FileRoom {
        FileRoom {
            dir: dir.join("files"),
            fresh: AtomicU64::new(0),
        }
    }

    /// Writes a file and its thumbnail, on disk when it returns; the file stands first in the answer.
    pub fn put(
        &self,
        media: &str,
        bytes: &[u8],
        thumbnail: Option<&Thumbnail>,
    ) -> Result<Vec<StoredFile>, Error> {
        let hash = self.keep(bytes)?;
        let mut files = vec![StoredFile {
            hash: hash.clone(),
            media: media.to_owned(),
            bytes: bytes.len() as u64,
            thumbnail: None,
            thumbnail_of: None,
            owner: None,
        }];
        if let Some(small) = thumbnail {
            let small_hash = self.keep(&small.bytes)?;
            if small_hash != hash {
                files.push(StoredFile {
                    hash: small_hash.clone(),
                    media: small.media.clone(),
                    bytes: small.bytes.len() as u64,
                    thumbnail: None,
                    thumbnail_of: Some(hash),
                    owner: None,
                });
            }
            files[0].thumbnail = Some(small_hash);
        }
        Ok(files)
    }

    /// The bytes of a file, proven.
    pub fn get(&self, hash: &str) -> Result<Vec<u8>, Error> {
        let bytes = match self.path(hash).map(std::fs::read) {
            Some(Ok(bytes)) => bytes,
            Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error.into());
            }
            _ => return Err(Error::BadFile(hash.to_owned())),
        };
        if blake3::hash(&bytes).to_hex().as_str() != hash {
            return Err(Error::BadFile(hash.to_owned()));
        }
        Ok(bytes)
    }

    fn keep(&self, bytes: &[u8]) -> Result<String, Error> {
        let hash = blake3::hash(bytes).to_hex().to_string();
        let path = self
            .path(&hash)
            .ok_or_else(|| Error::BadFile(hash.clone()))?;
        let folder = path.parent().unwrap_or(&self.dir);
        // One of the same name and size that was cut short by a crash cannot be: the rename comes after the sync.
        if path.is_file() && self.get(&hash).is_ok() {
            return Ok(hash);
        }
        std::fs::create_dir_all(folder)?;
        let fresh = self.dir.join(format!(
            "new-{}-{}",
            std::process::id(),
            self.fresh.fetch_add(1, Ordering::Relaxed)
        ));
        let written = write_synced(&fresh, bytes).and_then(|()| std::fs::rename(&fresh, &path));
        if let Err(error) = written {
            // What is left over takes up the room that is missing.
            let _ = std::fs::remove_file(&fresh);
            return Err(error.into());
        }
        File::open(folder)?.sync_all()?;
        File::open(&self.dir)?.sync_all()?;
        Ok(hash)
    }

    /// Where a file lies; `None` for what is no hash, so that no path can be smuggled in.
    fn path(&self, hash: &str) -> Option<PathBuf> {
        let is_hash = hash.len() == 64
            && hash
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hash.then(|| self.dir.join(&hash[..2]).join(&hash[2..]))
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
