//! The past: what was received when, and how a record stood then.

use std::{collections::HashMap, sync::Arc};

use gewang_engine::{Engine, Entry, Record};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    Error, LiveEntry, journal,
    link::{Link, given},
};

/// The last entry received before an instant; 0 where there is none. Entries are received nearly in their order, so that
/// it is found by halving: an entry within milliseconds of the instant may fall on either side.
pub(crate) fn seq_before(link: &Link, domain: &str, at: Timestamp) -> Result<u64, Error> {
    let (mut low, mut high) = (0, journal::head(link, domain)?.seq);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if received(link, domain, middle)?.is_some_and(|received| received < at) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Ok(low)
}

/// When an entry was received.
pub(crate) fn received(link: &Link, domain: &str, seq: u64) -> Result<Option<Timestamp>, Error> {
    /// Of an entry only this.
    #[derive(serde::Deserialize)]
    struct Received {
        received: Timestamp,
    }
    link.one(
        "SELECT entry FROM journal WHERE domain = $1 AND seq = $2",
        &given![domain, seq],
        |row| Ok(serde_json::from_str::<Received>(row.text(0)?)?.received),
    )
}

/// The records that had been opened and not closed at an instant, in the order of their opening.
pub(crate) fn open_at(link: &Link, domain: &str, at: Timestamp) -> Result<Vec<Uuid>, Error> {
    link.all(
        "SELECT id FROM record WHERE domain = $1 AND opened < $2 AND (closed IS NULL OR closed >= $2)
         ORDER BY opened, id",
        &given![domain, at],
        |row| row.get(0),
    )
}

/// A record as the entries up to a sequence number left it, under the rules now in force; `None` before its first.
pub(crate) fn as_of(
    link: &Link,
    domain: &str,
    engine: &Engine,
    id: Uuid,
    seq: u64,
) -> Result<Option<Record>, Error> {
    let mut record = None;
    let mut after = 0;
    loop {
        let entries = journal::of_record(link, domain, id, after, 200)?;
        let whole = entries.len() == 200;
        for entry in entries {
            if entry.seq > seq {
                return Ok(record);
            }
            after = entry.version;
            record = Some(engine.apply(record, &entry).record);
        }
        if !whole {
            return Ok(record);
        }
    }
}

/// The entries after one sequence number up to another, each with its record as it was after it.
pub(crate) fn between(
    link: &Link,
    domain: &str,
    engine: &Engine,
    after: u64,
    last: u64,
    limit: usize,
) -> Result<Vec<Arc<LiveEntry>>, Error> {
    let found = link.all(
        "SELECT seq, entry FROM journal WHERE domain = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4",
        &given![domain, after, last, limit.min(1000)],
        |row| Ok((row.get::<u64>(0)?, serde_json::from_str::<Entry>(row.text(1)?)?)),
    )?;
    let mut records: HashMap<Uuid, Record> = HashMap::new();
    let mut entries = Vec::new();
    for (seq, entry) in found {
        let before = match records.remove(&entry.record) {
            Some(record) => Some(record),
            None => as_of(link, domain, engine, entry.record, seq.saturating_sub(1))?,
        };
        let record = engine.apply(before, &entry).record;
        records.insert(entry.record, record.clone());
        entries.push(Arc::new(LiveEntry::new(entry, Arc::new(record))));
    }
    Ok(entries)
}
