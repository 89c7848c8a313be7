//! Zip archives, as far as a drawing needs them: stored and deflated entries, checked against their sums.
//!
//! After PKWARE's APPNOTE 6.3.10. The archive's own figures are believed only where the bytes bear them out.

use std::io::Read;

use flate2::{Crc, read::DeflateDecoder};

use super::drawing::whole;
use crate::reading::Unreadable;

/// What may come out of one byte of an archive; drawings pack ten or twenty times, a bomb a thousand.
const MOST_RATIO: u64 = 100;
/// What may come out in any case.
const LEAST_LIMIT: u64 = 1 << 20;
const MOST_UNPACKED: u64 = 1 << 30;

/// An archive with the entries that its directory lists.
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    method: u16,
    encrypted: bool,
    crc: u32,
    packed: usize,
    header: usize,
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Archive<'a>, Vec<Unreadable>> {
        let entries = directory(bytes).ok_or_else(damaged)?;
        Ok(Archive { bytes, entries })
    }

    /// The names of the files in it, with their folders.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.entries.iter().map(|entry| entry.name.clone())
    }

    /// The entries that belong to a Shapefile of this name.
    pub(super) fn companions(&self, name: &str) -> Vec<String> {
        let Some((stem, _)) = split(name).filter(|(_, extension)| extension == "shp") else {
            return Vec::new();
        };
        self.entries
            .iter()
            .filter(|entry| {
                split(&entry.name).is_some_and(|(other, extension)| {
                    other == stem && ["dbf", "prj", "cpg"].contains(&extension.as_str())
                })
            })
            .map(|entry| entry.name.clone())
            .collect()
    }

    /// Unpacks one entry.
    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, Vec<Unreadable>> {
        let entry = self.entries.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(damaged)?;
        if entry.encrypted {
            return Err(whole(
                "压缩包有密码；请先解开。",
                "the archive has a password: unpack it first",
            ));
        }
        let packed = self.packed(entry).ok_or_else(damaged)?;
        let limit = (packed.len() as u64 * MOST_RATIO).clamp(LEAST_LIMIT, MOST_UNPACKED);
        let mut unpacked = Vec::new();
        match entry.method {
            0 => unpacked.extend_from_slice(packed),
            8 => {
                let mut inflating = DeflateDecoder::new(packed).take(limit + 1);
                inflating
                    .read_to_end(&mut unpacked)
                    .map_err(|_| damaged())?;
            }
            _ => {
                return Err(whole(
                    "压缩包用了不常见的压缩方法；请用普通 zip 重新压缩，或先解开。",
                    "the archive uses a rare way of packing: make a plain zip or unpack it first",
                ));
            }
        }
        if unpacked.len() as u64 > limit {
            return Err(whole(
                format!(
                    "压缩包里的 {name} 解开后异常地大（“压缩炸弹”），不予读取；若确实是图形，请先解开再给出。"
                ),
                format!(
                    "{name} in the archive unpacks to an absurd size (a zip bomb), so it isn't read: if it is a drawing after all, unpack it first"
                ),
            ));
        }
        let mut crc = Crc::new();
        crc.update(&unpacked);
        if crc.sum() != entry.crc {
            return Err(damaged());
        }
        Ok(unpacked)
    }

    fn packed(&self, entry: &Entry) -> Option<&'a [u8]> {
        let header = self.bytes.get(entry.header..)?;
        if !header.starts_with(b"PK\x03\x04") {
            return None;
        }
        let start = 30 + short(header, 26)? + short(header, 28)?;
        header.get(start..start.checked_add(entry.packed)?)
    }
}

fn damaged() -> Vec<Unreadable> {
    whole(
        "压缩包损坏或没有传完；请重新压缩或下载。",
        "the archive is damaged or cut off: pack or download it again",
    )
}

fn short(bytes: &[u8], from: usize) -> Option<usize> {
    let two = bytes.get(from..from + 2)?;
    Some(usize::from(u16::from_le_bytes(two.try_into().ok()?)))
}

fn long(bytes: &[u8], from: usize) -> Option<u32> {
    let four = bytes.get(from..from + 4)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

fn directory(bytes: &[u8]) -> Option<Vec<Entry>> {
    const END: usize = 22;
    // The end record is the last thing in the file but for a comment of at most 64 KiB.
    let first = bytes.len().saturating_sub(END + 0xffff);
    let end = (first..=bytes.len().checked_sub(END)?)
        .rev()
        .find(|&from| bytes[from..].starts_with(b"PK\x05\x06"))?;
    let count = short(bytes, end + 10)?;
    let mut from = long(bytes, end + 16)? as usize;
    let mut entries = Vec::new();
    for _ in 0..count {
        let head = bytes.get(from..)?;
        if !head.starts_with(b"PK\x01\x02") {
            return None;
        }
        let name_end = 46 + short(head, 28)?;
        let name = head.get(46..name_end)?;
        // Names in the code page of Chinese Windows are common; two files of one set still agree.
        let name = super::encoding::text_of_file(name).map_or_else(
            || String::from_utf8_lossy(name).into_owned(),
            |name| name.into_owned(),
        );
        if !name.ends_with('/') && !name.starts_with("__MACOSX/") {
            entries.push(Entry {
                name,
                encrypted: short(head, 8)? & 1 == 1,
                method: short(head, 10)? as u16,
                crc: long(head, 16)?,
                packed: long(head, 20)? as usize,
                header: long(head, 42)? as usize,
            });
        }
        from = from.checked_add(name_end + short(head, 30)? + short(head, 32)?)?;
    }
    Some(entries)
}

/// A path's stem with its folder, and its extension in lower case.
fn split(name: &str) -> Option<(&str, String)> {
    let (stem, extension) = name.rsplit_once('.')?;
    Some((stem, extension.to_ascii_lowercase()))
}

/// The name of an entry without folder and extension.
pub(super) fn stem(name: &str) -> &str {
    let base = name.rsplit('/').next().unwrap_or(name);
    base.rsplit_once('.').map_or(base, |(stem, _)| stem)
}

/// Whether an entry with this name would hold a drawing.
pub(super) fn is_drawing(name: &str) -> bool {
    split(name).is_some_and(|(_, extension)| {
        ["shp", "kml", "geojson", "json", "topojson", "gpkg", "csv"].contains(&extension.as_str())
    })
}
