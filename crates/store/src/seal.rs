use std::{
    fs::OpenOptions,
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use gewang_engine::{Entry, Record, Sealed};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    Error,
    link::{Link, given},
    rows::Rows,
};

/// The key under which all others of a data directory are wrapped. It lies beside the database, readable by its owner
/// alone; without it personal data cannot be read, and everything else can.
pub(crate) struct Master([u8; 32]);

impl From<[u8; 32]> for Master {
    fn from(key: [u8; 32]) -> Master {
        Master(key)
    }
}

impl Master {
    /// The master key of a directory, made where there is none.
    pub fn of(dir: &Path) -> Result<Master, Error> {
        let path = dir.join("master.key");
        let mut key = [0; 32];
        match std::fs::File::open(&path) {
            Ok(mut file) => {
                file.read_exact(&mut key)
                    .map_err(|_| Error::Seal("master.key is too short"))?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                random(&mut key)?;
                Master(key).keep(dir)?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(Master(key))
    }

    /// The key that a file begins with.
    pub fn read(path: &Path) -> Result<Master, Error> {
        let mut key = [0; 32];
        std::fs::File::open(path)?
            .read_exact(&mut key)
            .map_err(|_| Error::Seal("master.key is too short"))?;
        Ok(Master(key))
    }

    /// The key itself, to be kept elsewhere.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Lays the same key into another directory. Fails where another lies there.
    pub fn hand_on(&self, dir: &Path) -> Result<(), Error> {
        if dir.join("master.key").is_file() {
            return match Master::of(dir)?.0 == self.0 {
                true => Ok(()),
                false => Err(Error::Seal("another master.key lies there")),
            };
        }
        self.keep(dir)
    }

    /// Whether a wrapped key is one of these, of a record for a purpose.
    pub fn opens(&self, domain: &str, record: Uuid, purpose: &str, wrapped: &[u8]) -> bool {
        self.unwrap(&place(domain, record, purpose, 0), wrapped)
            .is_ok()
    }

    /// Whole or not at all: half a key would lock its data in.
    fn keep(&self, dir: &Path) -> Result<(), Error> {
        let fresh = dir.join("master.key.new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(&self.0)?;
        file.sync_all()?;
        std::fs::rename(&fresh, dir.join("master.key"))?;
        Ok(std::fs::File::open(dir)?.sync_all()?)
    }

    /// A secret that follows from the key, for one use.
    pub fn secret(&self, domain: &str, name: &str) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher
            .update(b"secret\0")
            .update(domain.as_bytes())
            .update(b"\0")
            .update(name.as_bytes());
        *hasher.finalize().as_bytes()
    }

    fn wrap(&self, place: &str, key: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; 12];
        random(&mut nonce)?;
        let sealed = ChaCha20Poly1305::new(&self.0.into())
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: key,
                    aad: place.as_bytes(),
                },
            )
            .map_err(|_| Error::Seal("a key was not wrapped"))?;
        Ok([&nonce[..], &sealed].concat())
    }

    fn unwrap(&self, place: &str, wrapped: &[u8]) -> Result<[u8; 32], Error> {
        let (nonce, sealed) = wrapped
            .split_at_checked(12)
            .ok_or(Error::Seal("a wrapped key is too short"))?;
        let nonce: [u8; 12] = nonce
            .try_into()
            .map_err(|_| Error::Seal("a wrapped key is too short"))?;
        let key = ChaCha20Poly1305::new(&self.0.into())
            .decrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: sealed,
                    aad: place.as_bytes(),
                },
            )
            .map_err(|_| Error::Seal("this master.key is not the one of these data"))?;
        key.try_into()
            .map_err(|_| Error::Seal("a key has the wrong length"))
    }
}

/// Seals the personal parts of an entry, each under the key of its record for its purpose.
pub(crate) fn seal(
    domain: &str,
    entry: &mut Entry,
    mut key_for: impl FnMut(&str) -> Result<[u8; 32], Error>,
) -> Result<(), Error> {
    let (record, version) = (entry.record, entry.version);
    for (purpose, part) in &mut entry.change.personal {
        if let Sealed::Open(fields) = part {
            fields.sort_keys();
            let key = key_for(purpose)?;
            let plain = serde_json::to_vec(fields)?;
            let place = place(domain, record, purpose, version);
            let mut salt = [0; 4];
            random(&mut salt)?;
            let salt = u32::from_le_bytes(salt);
            let sealed = ChaCha20Poly1305::new(&key.into())
                .encrypt(
                    &nonce(version, salt),
                    Payload {
                        msg: &plain,
                        aad: place.as_bytes(),
                    },
                )
                .map_err(|_| Error::Seal("personal data were not sealed"))?;
            // The version is not the record's when an entry is merged in; it goes along, so that opening needs no journal.
            let text = STANDARD.encode(sealed);
            *part = Sealed::Cipher(format!("{version}-{salt:08x}.{text}"));
        }
    }
    Ok(())
}

/// The personal fields of a record for a purpose; none where the key was destroyed.
pub(crate) fn open(
    link: &Link,
    domain: &str,
    master: &Master,
    record: &Record,
    purpose: &str,
) -> Result<Map<String, Value>, Error> {
    let mut fields = Map::new();
    let Some(parts) = record.personal.get(purpose) else {
        return Ok(fields);
    };
    let Some(key) = key(link, domain, master, record.id, purpose)? else {
        return Ok(fields);
    };
    let cipher = ChaCha20Poly1305::new(&key.into());
    for part in parts {
        let opened = match part {
            Sealed::Open(fields) => fields.clone(),
            Sealed::Cipher(text) => {
                let (head, text) = text.split_once('.').ok_or(Error::Seal("no version"))?;
                let (version, salt) = numbers(head).ok_or(Error::Seal("no version"))?;
                let sealed = STANDARD
                    .decode(text)
                    .map_err(|_| Error::Seal("not base64"))?;
                let place = place(domain, record.id, purpose, version);
                let plain = cipher
                    .decrypt(
                        &nonce(version, salt),
                        Payload {
                            msg: &sealed,
                            aad: place.as_bytes(),
                        },
                    )
                    .map_err(|_| Error::Seal("the bytes were changed"))?;
                serde_json::from_slice(&plain)?
            }
        };
        for (field, value) in opened {
            if value.is_null() {
                fields.shift_remove(&field);
            } else {
                fields.insert(field, value);
            }
        }
    }
    Ok(fields)
}

/// Destroys the keys of a record for some purposes: what they sealed is gone wherever it was copied.
pub(crate) fn erase(
    link: &Link,
    domain: &str,
    record: Uuid,
    purposes: &[String],
) -> Result<(), Error> {
    for purpose in purposes {
        link.send(
            "DELETE FROM sealed_key WHERE domain = $1 AND record = $2 AND purpose = $3",
            &given![domain, record, purpose],
            None,
        )?;
    }
    Ok(())
}

/// The key of a record for a purpose, where it has one.
pub(crate) fn key(
    link: &Link,
    domain: &str,
    master: &Master,
    record: Uuid,
    purpose: &str,
) -> Result<Option<[u8; 32]>, Error> {
    let wrapped: Option<Vec<u8>> = link.one(
        "SELECT wrapped FROM sealed_key WHERE domain = $1 AND record = $2 AND purpose = $3",
        &given![domain, record, purpose],
        |row| row.get(0),
    )?;
    wrapped
        .map(|wrapped| master.unwrap(&place(domain, record, purpose, 0), &wrapped))
        .transpose()
}

/// A new key of a record for a purpose, and how it is kept.
pub(crate) fn make_key(
    domain: &str,
    master: &Master,
    record: Uuid,
    purpose: &str,
) -> Result<([u8; 32], Vec<u8>), Error> {
    let mut key = [0; 32];
    random(&mut key)?;
    let wrapped = master.wrap(&place(domain, record, purpose, 0), &key)?;
    Ok((key, wrapped))
}

/// A new key of a record for a purpose, wrapped.
pub(crate) struct NewKey {
    pub record: Uuid,
    pub purpose: String,
    pub wrapped: Vec<u8>,
}

/// Keeps new keys. Where it fails, the transaction must be taken back.
pub(crate) fn keep_keys(link: &Link, domain: &str, keys: &[&NewKey]) -> Result<(), Error> {
    static KEY: Rows<3> = Rows::fresh("INSERT INTO sealed_key (domain, record, purpose, wrapped)");
    KEY.write(link, domain, keys, |key| {
        given![key.record, &key.purpose, &key.wrapped]
    })
}

/// What a ciphertext belongs to, so that it opens nowhere else.
fn place(domain: &str, record: Uuid, purpose: &str, version: u64) -> String {
    format!("{domain}|{record}|{purpose}|{version}")
}

/// The version and the salt before a ciphertext; of those sealed before there were salts it is 0.
fn numbers(head: &str) -> Option<(u64, u32)> {
    match head.split_once('-') {
        Some((version, salt)) => {
            let salt = u32::from_str_radix(salt, 16).ok()?;
            Some((version.parse().ok()?, salt))
        }
        None => Some((head.parse().ok()?, 0)),
    }
}

/// A key seals one thing for each version of its record. A town that was brought back to an earlier moment counts some versions
/// anew under the same keys: the salt tells what it seals then from what was sealed before.
fn nonce(version: u64, salt: u32) -> Nonce {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&version.to_le_bytes());
    bytes[8..].copy_from_slice(&salt.to_le_bytes());
    Nonce::from(bytes)
}

pub(crate) fn random(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes).map_err(|_| Error::Seal("the system gives no randomness"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_before_there_were_salts_opens_too() {
        assert_eq!(numbers("12"), Some((12, 0)));
        assert_eq!(numbers("12-0000abcd"), Some((12, 0xabcd)));
        assert_eq!(numbers("12-xyz"), None);
        assert_eq!(numbers("-1"), None);
        assert_eq!(nonce(12, 0)[8..], [0; 4]);
        assert_ne!(nonce(12, 1), nonce(12, 2));
    }
}
