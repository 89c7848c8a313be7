//! The journal, carried line by line along its chain, and with each piece the keys of the records that it tells of.

use std::ops::ControlFlow;

use gewang_engine::Entry;
use rustc_hash::FxHashSet;

use crate::{
    Error, Head,
    journal::{JournalLine, Walk},
    link::{Given, Owned, given},
    records, seal,
};

use super::{
    mark::Mark,
    merge::{self, Line, Road},
    tables::{JOURNAL, KEYS},
};

/// A piece holds so many bytes of entries at most, and one entry at least.
const PIECE: usize = 8 << 20;
/// Keys are asked for so many records at once.
const TOGETHER: usize = 64;

/// Where the columns stand that are looked at.
const SEQ: usize = 0;
const RECORD: usize = 3;
const HASH: usize = 7;
const ENTRY: usize = 8;

/// The way along the journal.
pub(super) struct Lines<'r> {
    road: &'r Road<'r>,
    walk: Walk,
    /// Over all columns of all lines up to here: the chain covers the entries alone.
    columns: [u8; 32],
    key: [u8; 32],
}

impl<'r> Lines<'r> {
    /// Goes on behind a line, up to which the columns had this digest.
    pub fn after(road: &'r Road<'r>, walk: Walk, columns: [u8; 32], key: [u8; 32]) -> Lines<'r> {
        Lines {
            road,
            walk,
            columns,
            key,
        }
    }

    pub fn head(&self) -> Head {
        self.walk.head
    }

    pub fn columns(&self) -> [u8; 32] {
        self.columns
    }

    /// Carries the next piece, up to a line at most; false where none is left.
    pub fn carry(&mut self, last: u64, mark: &mut Mark) -> Result<bool, Error> {
        let piece = self.next(last)?;
        if piece.is_empty() {
            return Ok(false);
        }
        let (domain, to) = (self.road.domain, self.road.to);
        let records: FxHashSet<&Owned> = piece.iter().map(|line| &line[RECORD]).collect();
        let records: Vec<&Owned> = records.into_iter().collect();
        to.begin()?;
        merge::add(to, domain, &JOURNAL, &piece)?;
        for some in records.chunks(TOGETHER) {
            let (listed, given) = listed(domain, some);
            let forget =
                format!("DELETE FROM sealed_key WHERE domain = $1 AND record IN ({listed})");
            to.send(&forget, &given, None)?;
            let ask = format!(
                "SELECT record, purpose, wrapped FROM sealed_key WHERE domain = $1 AND record IN ({listed})"
            );
            let keys = self.road.from.all(&ask, &given, |row| {
                Ok(vec![row.get(0)?, row.get(1)?, row.get(2)?])
            })?;
            merge::add(to, domain, &KEYS, &keys)?;
        }
        mark.columns = self.columns;
        mark.put(to, domain)?;
        to.commit()?;
        Ok(true)
    }

    /// Walks the lines that are not carried, when the records are made of those that are. The keys that they destroy stay
    /// destroyed; a key that they made for a purpose which nothing carried is sealed for goes too. How many they are.
    pub fn pass_over(&mut self) -> Result<u64, Error> {
        let before = self.walk.head.seq;
        loop {
            let piece = self.next(u64::MAX)?;
            if piece.is_empty() {
                return Ok(self.walk.head.seq - before);
            }
            let (domain, to) = (self.road.domain, self.road.to);
            to.begin()?;
            for line in &piece {
                let text = merge::text(&line[ENTRY])?;
                if !text.contains("\"erased\":[") && !text.contains("\"personal\":{") {
                    continue;
                }
                let Entry { record, change, .. } = serde_json::from_str(text)?;
                let mut gone = change.erased;
                let carried = records::load(to, domain, record)?;
                let known = carried.map(|record| record.personal.clone());
                let fresh = change.personal.into_keys();
                gone.extend(fresh.filter(|purpose| {
                    known
                        .as_ref()
                        .is_some_and(|known| !known.contains_key(purpose))
                }));
                seal::erase(to, domain, record, &gone)?;
            }
            to.commit()?;
        }
    }

    /// The next lines, proven, up to one at most.
    fn next(&mut self, last: u64) -> Result<Vec<Line>, Error> {
        let mut piece = Vec::new();
        let mut bytes = 0;
        let domain = self.road.domain;
        let sql = format!(
            "SELECT {} FROM journal WHERE domain = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4",
            JOURNAL.columns.join(", ")
        );
        let given = given![domain, self.walk.head.seq, last, JOURNAL.page];
        self.road.from.each(&sql, &given, |row| {
            let entry = row.text(ENTRY)?;
            bytes += entry.len();
            self.walk.step(&JournalLine {
                seq: row.get(SEQ)?,
                hash: row.get(HASH)?,
                entry: entry.to_owned(),
            })?;
            let line = (0..JOURNAL.columns.len())
                .map(|place| row.get(place))
                .collect::<Result<Line, Error>>()?;
            let mut hasher = blake3::Hasher::new_keyed(&self.key);
            hasher.update(&self.columns);
            // The entry itself is the chain's.
            merge::take_in(&mut hasher, &line[..ENTRY]);
            self.columns = *hasher.finalize().as_bytes();
            piece.push(line);
            Ok(match bytes < PIECE {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            })
        })?;
        Ok(piece)
    }
}

/// Places for so many records, and what stands in them; always as many, so that the text of a statement is the same.
fn listed<'g>(domain: &'g str, records: &[&'g Owned]) -> (String, Vec<Given<'g>>) {
    let mut given = vec![Given::from(domain)];
    let some = records.iter().chain(std::iter::repeat(&records[0]));
    given.extend(some.take(TOGETHER).map(|record| record.given()));
    let places: Vec<String> = (2..TOGETHER + 2).map(|n| format!("${n}")).collect();
    (places.join(", "), given)
}
