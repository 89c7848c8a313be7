//! The redo log: what is on disk before anybody is answered.
//!
//! The database is brought up to date in large transactions, because a page that many entries change is then written
//! once; but nobody should wait for them. So each group of decided entries first goes to the end of a plain file, in one
//! piece and flushed, and is answered; the database follows within milliseconds, and readers wait for it
//! ([`crate::Store::read`]). What a crash keeps from the database is read from here when the store is opened again.
//!
//! There are two files. When one is long and all that the other holds is on disk in the database, writing goes on at
//! the start of the other one: pages that were written before are written again, which a file system does without
//! touching its own books. A piece is
//!
//! ```text
//! magic 8 | generation 8 | length 8 | first 8 | last 8 | hash of the last entry 32 | mark of these 16 | mark of the rest 16
//! part 4 | length of the text 4 | keys 4 | canonical entry | (length 4 | length 4 | purpose | wrapped key)*    for each entry
//! ```
//!
//! padded to 4 KB, little-endian. The marks are keyed BLAKE3, so that what stands here from earlier, or was changed, is
//! told from what was answered.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
};

use uuid::Uuid;

use crate::{
    Error, Head,
    post::{Decided, Line},
    seal::{self, NewKey},
};

const FILES: [&str; 2] = ["redo.0", "redo.1"];
const MAGIC: &[u8; 8] = b"gwredo 1";
const HEADER: usize = 104;
/// Pieces begin where a disk writes whole blocks, so that a torn write never reaches back into an answered one.
const BLOCK: u64 = 4096;
/// Files grow by so much at once.
const GROWTH: u64 = 1 << 20;
/// A file longer than this is left for the other one, as soon as it is free.
const LONG: u64 = 16 << 20;

/// The redo log, open for writing.
pub(crate) struct Redo {
    segments: [Segment; 2],
    current: usize,
    generation: u64,
    key: [u8; 32],
    piece: Vec<u8>,
}

struct Segment {
    file: File,
    /// How long the file is.
    room: u64,
    /// Where the next piece begins.
    end: u64,
    /// The last entry in it.
    last: u64,
}

/// An entry as the log keeps it.
pub(crate) struct Kept {
    pub seq: u64,
    pub part: usize,
    /// Its canonical JSON.
    pub text: String,
    /// Keys that it made: purpose and wrapped key.
    pub keys: Vec<(String, Vec<u8>)>,
}

/// What the log holds beyond an entry.
#[derive(Default)]
pub(crate) struct Tail {
    pub entries: Vec<Kept>,
    /// The journal's end after them.
    pub head: Option<Head>,
}

impl Redo {
    /// Opens the log of a directory, and reads what it holds beyond the entry `after`. Fails with [`Error::Broken`] where
    /// something that was answered is missing between what is there.
    pub fn open(dir: &Path, key: [u8; 32], after: u64) -> Result<(Redo, Tail), Error> {
        let mut redo = Redo {
            segments: [open(dir, 0)?, open(dir, 1)?],
            current: 0,
            generation: generation()?,
            key,
            piece: Vec::new(),
        };
        let mut order = Vec::new();
        for index in 0..redo.segments.len() {
            let first = header(&mut redo.segments[index].file, 0, &key)?;
            order.extend(first.map(|header| (header.first, header.generation, index)));
        }
        order.sort_unstable();
        let mut tail = Tail::default();
        for (_, generation, index) in order {
            redo.segments[index].gather(generation, &key, after, &mut tail)?;
        }
        Ok((redo, tail))
    }

    /// Writes decided entries in one piece and flushes it. After an error nothing of it counts.
    pub fn append(&mut self, sheets: &[Decided], head: Head) -> Result<(), Error> {
        let piece = &mut self.piece;
        piece.clear();
        piece.resize(HEADER, 0);
        let lines = || sheets.iter().flat_map(|sheet| &sheet.lines);
        for sheet in sheets {
            for line in &sheet.lines {
                put(piece, line, &sheet.texts[line.canonical.clone()]);
            }
        }
        let first = lines().next().map_or(head.seq, |line| line.live.seq);
        let length = (piece.len() - HEADER) as u64;
        let header = Header {
            generation: self.generation,
            length,
            first,
            last: head.seq,
            hash: head.hash,
        };
        header.write(piece, &self.key);
        let padded = (piece.len() as u64).next_multiple_of(BLOCK);
        piece.resize(padded as usize, 0);
        let segment = &mut self.segments[self.current];
        let end = segment.end + padded;
        segment.make_room(end)?;
        segment.file.seek(SeekFrom::Start(segment.end))?;
        segment.file.write_all(piece)?;
        segment.file.sync_data()?;
        (segment.end, segment.last) = (end, head.seq);
        if self.piece.capacity() > GROWTH as usize {
            self.piece = Vec::new();
        }
        Ok(())
    }

    /// Goes on in the other file where this one is long and the other is free: all that it holds is on disk in the
    /// database up to `synced`. Tells up to which entry the database must reach the disk before the next turn.
    pub fn turn(&mut self, synced: u64) -> Result<Option<u64>, Error> {
        let other = 1 - self.current;
        if self.segments[self.current].end < LONG || self.segments[other].last > synced {
            return Ok(None);
        }
        self.generation = generation()?;
        let last = self.segments[self.current].last;
        self.segments[other].end = 0;
        self.current = other;
        Ok(Some(last))
    }

    /// Forgets everything: the database holds it, on disk. With `wipe` it is written over, as keys that were destroyed
    /// stand in it.
    pub fn clear(&mut self, wipe: bool) -> Result<(), Error> {
        for segment in &mut self.segments {
            let length = match wipe {
                true => segment.room,
                false => segment.room.min(BLOCK),
            };
            zero(&mut segment.file, 0, length)?;
            segment.file.sync_data()?;
            (segment.end, segment.last) = (0, 0);
        }
        Ok(())
    }
}

/// What tells the pieces written since a file was begun anew from those that stood there before.
fn generation() -> Result<u64, Error> {
    let mut bytes = [0; 8];
    seal::random(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn open(dir: &Path, index: usize) -> Result<Segment, Error> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(dir.join(FILES[index]))?;
    Ok(Segment {
        room: file.metadata()?.len(),
        file,
        end: 0,
        last: 0,
    })
}

/// Whether the log of a directory may hold something.
pub(crate) fn is_there(dir: &Path) -> bool {
    FILES.iter().any(|name| {
        let mut magic = [0; 8];
        File::open(dir.join(name))
            .and_then(|mut file| file.read_exact(&mut magic))
            .is_ok_and(|()| magic == *MAGIC)
    })
}

/// The last entry that the log of a directory holds, read beside whoever writes it; 0 where there is none.
pub(crate) fn answered(dir: &Path, key: &[u8; 32]) -> Result<u64, Error> {
    let mut last = 0;
    for name in FILES {
        let mut file = match File::open(dir.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        let (mut place, mut generation) = (0, None);
        while let Some(header) = header(&mut file, place, key)?
            && *generation.get_or_insert(header.generation) == header.generation
        {
            last = last.max(header.last);
            place += header.padded();
        }
    }
    Ok(last)
}

fn put(piece: &mut Vec<u8>, line: &Line, text: &[u8]) {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    piece.extend(number(line.part));
    piece.extend(number(text.len()));
    piece.extend(number(line.keys.len()));
    piece.extend_from_slice(text);
    for NewKey {
        purpose, wrapped, ..
    } in &line.keys
    {
        piece.extend(number(purpose.len()));
        piece.extend(number(wrapped.len()));
        piece.extend_from_slice(purpose.as_bytes());
        piece.extend_from_slice(wrapped);
    }
}

struct Header {
    generation: u64,
    length: u64,
    first: u64,
    last: u64,
    hash: [u8; 32],
}

/// A mark over bytes.
fn mark(key: &[u8; 32], bytes: &[u8]) -> [u8; 16] {
    let mut mark = [0; 16];
    mark.copy_from_slice(&blake3::keyed_hash(key, bytes).as_bytes()[..16]);
    mark
}

impl Header {
    /// Fills the beginning of a piece, whose rest is there.
    fn write(&self, piece: &mut [u8], key: &[u8; 32]) {
        let (head, rest) = piece.split_at_mut(HEADER);
        head[..8].copy_from_slice(MAGIC);
        for (place, number) in [self.generation, self.length, self.first, self.last]
            .into_iter()
            .enumerate()
        {
            head[8 + place * 8..16 + place * 8].copy_from_slice(&number.to_le_bytes());
        }
        head[40..72].copy_from_slice(&self.hash);
        head[88..].copy_from_slice(&mark(key, rest));
        let own = mark(key, &head[..72]);
        head[72..88].copy_from_slice(&own);
    }

    fn read(head: &[u8; HEADER], key: &[u8; 32]) -> Option<Header> {
        let number = |place: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&head[8 + place * 8..16 + place * 8]);
            u64::from_le_bytes(bytes)
        };
        let mut hash = [0; 32];
        hash.copy_from_slice(&head[40..72]);
        (head[..8] == *MAGIC && head[72..88] == mark(key, &head[..72])).then(|| Header {
            generation: number(0),
            length: number(1),
            first: number(2),
            last: number(3),
            hash,
        })
    }

    /// How many bytes the piece takes.
    fn padded(&self) -> u64 {
        (self.length + HEADER as u64).next_multiple_of(BLOCK)
    }
}

/// The header of the piece at a place, if one begins there.
fn header(file: &mut File, place: u64, key: &[u8; 32]) -> Result<Option<Header>, Error> {
    let mut head = [0; HEADER];
    file.seek(SeekFrom::Start(place))?;
    match file.read_exact(&mut head) {
        Ok(()) => Ok(Header::read(&head, key)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Segment {
    /// Reads the pieces of a generation, and keeps what lies beyond `after`.
    fn gather(
        &mut self,
        generation: u64,
        key: &[u8; 32],
        after: u64,
        tail: &mut Tail,
    ) -> Result<(), Error> {
        let mut place = 0;
        while let Some(header) = header(&mut self.file, place, key)?
            && header.generation == generation
            && place + header.padded() <= self.room
        {
            if header.last > after {
                let mut piece = vec![0; header.length as usize];
                let mut marked = [0; 16];
                self.file.seek(SeekFrom::Start(place + 88))?;
                self.file.read_exact(&mut marked)?;
                self.file.read_exact(&mut piece)?;
                if mark(key, &piece) != marked {
                    break;
                }
                take(&piece, &header, after, tail)?;
                tail.head = Some(Head {
                    seq: header.last,
                    hash: header.hash,
                });
            }
            self.last = header.last;
            place += header.padded();
        }
        self.end = place;
        // Pieces are written one after the other, each flushed before the next: the first that is not whole is the last. What
        // lies between two of them and is in the database was never here.
        while place + BLOCK <= self.room {
            if let Some(later) = header(&mut self.file, place, key)?
                && later.generation == generation
                && later.first > self.last.max(after) + 1
            {
                return Err(missing(self.last.max(after) + 1));
            }
            place += BLOCK;
        }
        Ok(())
    }

    fn make_room(&mut self, end: u64) -> Result<(), Error> {
        if end > self.room {
            let room = end.next_multiple_of(GROWTH);
            zero(&mut self.file, self.room, room - self.room)?;
            self.file.sync_all()?;
            self.room = room;
        }
        Ok(())
    }
}

fn missing(seq: u64) -> Error {
    Error::Broken {
        seq,
        why: "the entry was answered, and what the redo log holds of it was changed".into(),
    }
}

fn zero(file: &mut File, from: u64, length: u64) -> Result<(), Error> {
    static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
    file.seek(SeekFrom::Start(from))?;
    let mut left = length;
    while left > 0 {
        let now = left.min(ZEROS.len() as u64);
        file.write_all(&ZEROS[..now as usize])?;
        left -= now;
    }
    Ok(())
}

/// Takes the entries of a piece that lie beyond `after`.
fn take(piece: &[u8], header: &Header, after: u64, tail: &mut Tail) -> Result<(), Error> {
    let mut rest = Rest(piece);
    for seq in header.first..=header.last {
        let kept = rest.entry(seq).ok_or_else(|| missing(seq))?;
        let next = tail.entries.last().map_or(after, |entry| entry.seq) + 1;
        if seq < next {
            continue;
        }
        if seq > next {
            return Err(missing(next));
        }
        tail.entries.push(kept);
    }
    Ok(())
}

/// The bytes of a piece that are not read yet.
struct Rest<'p>(&'p [u8]);

impl<'p> Rest<'p> {
    fn bytes(&mut self, length: usize) -> Option<&'p [u8]> {
        let (now, later) = self.0.split_at_checked(length)?;
        self.0 = later;
        Some(now)
    }

    fn number(&mut self) -> Option<usize> {
        let bytes = self.bytes(4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    }

    fn text(&mut self, length: usize) -> Option<String> {
        String::from_utf8(self.bytes(length)?.to_vec()).ok()
    }

    fn entry(&mut self, seq: u64) -> Option<Kept> {
        let (part, length, count) = (self.number()?, self.number()?, self.number()?);
        let text = self.text(length)?;
        let mut keys = Vec::new();
        for _ in 0..count {
            let (purpose, wrapped) = (self.number()?, self.number()?);
            keys.push((self.text(purpose)?, self.bytes(wrapped)?.to_vec()));
        }
        Some(Kept {
            seq,
            part,
            text,
            keys,
        })
    }
}

impl Kept {
    /// Its new keys, of its record.
    pub fn new_keys(keys: Vec<(String, Vec<u8>)>, record: Uuid) -> Vec<NewKey> {
        keys.into_iter()
            .map(|(purpose, wrapped)| NewKey {
                record,
                purpose,
                wrapped,
            })
            .collect()
    }
}
