//! Files come and go apart from everything else, because a bucket may answer late.

use bytes::Bytes;
use jiff::Timestamp;

use super::Store;
use crate::{Error, StoredFile, Thumbnail, block::apart};

/// How many files may be on their way at once, each whole in memory.
pub(super) const CARRIERS: usize = 8;

impl Store {
    /// Stores a file under the hash of its bytes; the same bytes again are the same file. `owner` is the account or
    /// person who may use it before a record names it.
    pub async fn put_file(
        &self,
        media: &str,
        bytes: Vec<u8>,
        thumbnail: Option<Thumbnail>,
        owner: Option<String>,
        at: Timestamp,
    ) -> Result<StoredFile, Error> {
        let (store, media) = (self.clone(), media.to_owned());
        apart(&self.inner.carriers, move || {
            store.put_bytes(&media, bytes.into(), thumbnail, owner, at)
        })
        .await
    }

    /// The bytes of a stored file, proven against its hash.
    pub async fn file_bytes(&self, hash: &str) -> Result<Option<Vec<u8>>, Error> {
        let wanted = hash.to_owned();
        let known = self.read(move |reader| reader.stored_file(&wanted)).await?;
        let Some(file) = known else {
            return Ok(None);
        };
        let shared = self.inner.shared.clone();
        apart(&self.inner.carriers, move || {
            shared.files.get(&file.hash).map(Some)
        })
        .await
    }

    /// [`Store::put_file`] for a thread that may block.
    pub fn put_file_now(
        &self,
        media: &str,
        bytes: &[u8],
        thumbnail: Option<&Thumbnail>,
        owner: Option<String>,
        at: Timestamp,
    ) -> Result<StoredFile, Error> {
        let bytes = Bytes::copy_from_slice(bytes);
        self.put_bytes(media, bytes, thumbnail.cloned(), owner, at)
    }

    fn put_bytes(
        &self,
        media: &str,
        bytes: Bytes,
        thumbnail: Option<Thumbnail>,
        owner: Option<String>,
        at: Timestamp,
    ) -> Result<StoredFile, Error> {
        self.inner.shared.check()?;
        let files = self.inner.shared.files.put(media, bytes, thumbnail)?;
        let first = files[0].clone();
        self.write_now(move |link, domain| {
            for file in &files {
                file.insert(link, domain, owner.as_deref(), at)?;
            }
            Ok(())
        })?;
        Ok(first)
    }
}
