//! Carrying a town: to another database, into a file, out of a file. One mechanism serves all three.
//!
//! What are facts goes along as it stands, from one state of the source, in transactions of bounded size: tables row by row
//! until they are the same, the files' bytes before their rows; then the journal line by line along its chain, and with it the
//! keys of personal data. All of it goes on where it stopped. What is computed is then computed anew from the
//! journal, the end is sealed, and the whole is proven, before the town loses the mark `unfinished`, with which nobody
//! serves it.

mod backup;
mod bytes;
mod ends;
mod file;
mod lines;
mod mark;
mod merge;
mod moving;
mod restore;
mod tables;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::home;

use std::sync::Arc;

use gewang_engine::{Engine, Setup};
use serde_json::Value;
use uuid::Uuid;

pub use backup::backup;
pub(crate) use mark::standing;
pub use moving::{abandon, move_town};
pub use restore::{Restored, restore};

use crate::{
    Error, Head, Proof,
    files::FileRoom,
    journal::{self, Walk},
    lease,
    link::{Link, given},
    proof,
    reader::Early,
    rebuild::{self, Rebuild},
    records, schema,
    seal::Master,
};
use bytes::Bytes;
use lines::Lines;
use mark::Mark;
use merge::{Contents, Line, Road};
use tables::{ACCOUNTS, DERIVED, DRAFTS, FACTS, FILES, MERGED, WORDS};

/// What was carried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// The town.
    pub domain: String,
    /// Entries there are now, and how many of them came this time.
    pub entries: u64,
    /// See `entries`.
    pub fresh: u64,
    /// Records; 0 where none are kept, in a backup.
    pub records: u64,
    /// Stored files, small pictures included.
    pub files: u64,
    /// Accounts.
    pub accounts: u64,
    /// Drafts of the grid.
    pub drafts: u64,
    /// How many files have no bytes at the source, or others than their hash says, and the hashes of the first of them.
    pub lost: u64,
    /// See `lost`.
    pub first_lost: Vec<String>,
    /// The hash of the last entry, hexadecimal.
    pub head: String,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many entries are there, of so many.
    Entries(u64, u64),
    /// So many stored files came.
    Files(u64),
    /// So many records were made.
    Records(u64),
    /// So many entries are proven, of so many.
    Proven(u64, u64),
}

impl Carried {
    fn lose(&mut self, hash: &str) {
        self.lost += 1;
        if self.first_lost.len() < NAMED {
            self.first_lost.push(hash.to_owned());
        }
    }
}

type Told<'t> = &'t mut dyn FnMut(Progress);

/// So many of the lost files are named.
const NAMED: usize = 10;
/// So many rows of what is computed are removed in one transaction.
const REMOVED: usize = 5000;

/// One carrying of a town.
struct Carrier<'c> {
    road: Road<'c>,
    founding: Uuid,
    /// The key of digests.
    key: [u8; 32],
    /// Where the files' bytes come from and go to, if they lie elsewhere then.
    bytes: Option<(Bytes<'c>, Bytes<'c>)>,
    carried: Carried,
}

impl Carrier<'_> {
    /// Where the destination's journal ends: the source must have the same line there.
    fn meet(&self, last: u64) -> Result<Head, Error> {
        let Road { domain, from, to } = self.road;
        let there = journal::head(to, domain)?;
        if there.seq == 0 {
            return Ok(there);
        }
        let same = journal::lines(from, domain, there.seq - 1, 1)?;
        let same = same.first().is_some_and(|line| line.hash == there.hash);
        match same && there.seq <= last {
            true => Ok(there),
            false => Err(Error::Carry(format!(
                "entry {} of the destination is not the source's: they are two histories of {domain}",
                there.seq
            ))),
        }
    }

    /// Begins, or goes on: from now on the destination is not whole.
    fn begin(&self, mark: &Mark) -> Result<(), Error> {
        let Road { domain, from, to } = self.road;
        to.begin()?;
        schema::set_meta(to, domain, "founding", &self.founding.to_string())?;
        journal::set_hash_kind(to, domain, journal::hash_kind(from, domain)?)?;
        mark.put(to, domain)?;
        to.commit()
    }

    /// The journal up to a line, and the keys.
    fn lines<'l>(
        &'l mut self,
        mark: &mut Mark,
        last: u64,
        told: Told<'_>,
    ) -> Result<Lines<'l>, Error> {
        let Road { domain, from, .. } = self.road;
        let head = self.meet(last)?;
        let kind = journal::hash_kind(from, domain)?;
        let mut lines = Lines::after(&self.road, Walk { head, kind }, mark.columns, self.key);
        while lines.carry(last, mark)? {
            told(Progress::Entries(lines.head().seq, last));
        }
        if lines.head().seq < last {
            return Err(Error::Broken {
                seq: lines.head().seq + 1,
                why: "the entry is missing".into(),
            });
        }
        self.carried.entries = last;
        self.carried.fresh = last - head.seq;
        let hash = blake3::Hash::from_bytes(lines.head().hash).to_hex();
        self.carried.head = hash.to_string();
        Ok(lines)
    }

    /// All that is no line of the journal; what stands in each table.
    fn rows(&mut self, told: Told<'_>) -> Result<Vec<(&'static str, Contents)>, Error> {
        let mut contents = Vec::new();
        let mut files = 0;
        for table in &MERGED {
            let carried = &mut self.carried;
            let bytes = self.bytes.as_ref().filter(|_| table.name == FILES.name);
            let mut arriving = |lines: &[Line]| -> Result<(), Error> {
                if let Some((from, to)) = bytes {
                    fetch(from, to, lines, carried)?;
                }
                if table.name == FILES.name {
                    files += lines.len() as u64;
                    told(Progress::Files(files));
                }
                Ok(())
            };
            let found = self.road.merge(table, &self.key, &mut arriving)?;
            let count = match table.name {
                name if name == FILES.name => Some(&mut self.carried.files),
                name if name == ACCOUNTS.name => Some(&mut self.carried.accounts),
                name if name == DRAFTS.name => Some(&mut self.carried.drafts),
                _ => None,
            };
            if let Some(count) = count {
                *count = found.rows;
            }
            contents.push((table.name, found));
        }
        Ok(contents)
    }

    /// The small facts that are the town's own. What `left` says stays behind.
    fn facts(&self, left: &dyn Fn(&str) -> bool) -> Result<(), Error> {
        let Road { domain, from, to } = self.road;
        let ask = "SELECT name, value FROM meta WHERE domain = $1 ORDER BY name";
        let read = |link: &Link| -> Result<Vec<(String, String)>, Error> {
            let mut facts: Vec<(String, String)> =
                link.all(ask, &given![domain], |row| Ok((row.get(0)?, row.get(1)?)))?;
            facts.retain(|(name, _)| !stays(name));
            Ok(facts)
        };
        let (mut came, there) = (read(from)?, read(to)?);
        came.retain(|(name, _)| !left(name));
        to.begin()?;
        for (name, _) in &there {
            if !came.iter().any(|(known, _)| known == name) {
                mark::forget(to, domain, name)?;
            }
        }
        for (name, value) in &came {
            schema::set_meta(to, domain, name, value)?;
        }
        to.commit()
    }

    /// The rules of the town whose journal is there, before there are records; what its people may do is not asked.
    fn engine(&self, room: &FileRoom) -> Result<Engine, Error> {
        let (domain, link) = (self.road.domain, self.road.to);
        let fields = rebuild::fields(link, domain, self.founding)?.ok_or(Error::Empty)?;
        let world = Early {
            link,
            domain,
            files: room,
        };
        let field = |name: &str| fields.get(name).cloned().unwrap_or(Value::Null);
        let setup = Setup::read_fields(&world, &field)?.map_err(records::faults)?;
        Ok(Engine::found(Arc::new(setup)))
    }

    /// What is computed, computed from the journal at the destination.
    fn records(&mut self, mark: &mut Mark, engine: &Engine, told: Told<'_>) -> Result<(), Error> {
        let (domain, to) = (self.road.domain, self.road.to);
        if self.carried.fresh > 0 || mark.made.is_none() {
            mark.made = None;
            to.begin()?;
            mark.put(to, domain)?;
            to.commit()?;
            for (table, key) in DERIVED {
                remove_all(to, domain, table, key)?;
            }
        }
        let mut rebuild = Rebuild::new(to, domain, engine);
        loop {
            to.begin()?;
            let last = rebuild.some(mark.made.as_deref().unwrap_or_default())?;
            let Some(last) = last else {
                return to.commit();
            };
            mark.made = Some(last);
            mark.put(to, domain)?;
            to.commit()?;
            told(Progress::Records(rebuild.records));
        }
    }

    /// Seals the destination's end and proves all of it.
    fn prove(&mut self, master: &Master, engine: &Engine, told: Told<'_>) -> Result<(), Error> {
        let (domain, to) = (self.road.domain, self.road.to);
        let head = journal::head(to, domain)?;
        journal::seal_head(to, domain, master, head)?;
        let snapshot = to.snapshot()?;
        let mut progress = |entries| told(Progress::Proven(entries, head.seq));
        match proof::prove(&snapshot, domain, master, Some(engine), &mut progress)? {
            Proof::Verified { records, .. } => {
                self.carried.records = records;
                Ok(())
            }
            Proof::Broken { seq, why } => Err(Error::Broken { seq, why }),
        }
    }
}

/// Fetches the bytes of files whose rows are about to be written.
fn fetch(
    from: &Bytes<'_>,
    to: &Bytes<'_>,
    lines: &[Line],
    carried: &mut Carried,
) -> Result<(), Error> {
    for line in lines {
        let hash = merge::text(&line[0])?;
        if !to.fetch(hash, from)? {
            carried.lose(hash);
        }
    }
    Ok(())
}

/// The facts that are about where a town stands, and not the town's: the end is sealed anew, deadlines follow the rules in
/// force as soon as the records are made, words are looked up in an index of its own, and its nodes are others.
fn stays(name: &str) -> bool {
    let own = ["head", "retimed", "searched", mark::UNFINISHED, mark::MOVED];
    own.contains(&name) || name.starts_with(lease::PREFIX)
}

/// Removes all rows of a domain from a table, so many at once.
fn remove_all(link: &Link, domain: &str, table: &str, key: &str) -> Result<(), Error> {
    let sql = format!(
        "DELETE FROM {table} WHERE domain = $1 AND ({key}) IN (SELECT {key} FROM {table} WHERE domain = $1 LIMIT {REMOVED})"
    );
    while link.execute(&sql, &given![domain])? > 0 {}
    Ok(())
}

/// Removes all that a domain has in a database.
fn remove_town(link: &Link, domain: &str) -> Result<(), Error> {
    let words = (!link.is_sqlite()).then_some(WORDS);
    for (table, key) in DERIVED.into_iter().chain(words) {
        remove_all(link, domain, table, key)?;
    }
    for table in MERGED.iter().chain([&tables::KEYS, &tables::JOURNAL]) {
        remove_all(link, domain, table.name, &table.key.join(", "))?;
    }
    // The mark goes last.
    remove_all(link, domain, FACTS, "name")
}
