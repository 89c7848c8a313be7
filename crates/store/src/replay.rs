//! The past: what was received when, and how a record stood then.

use std::{collections::HashMap, sync::Arc};

use gewang_engine::{Engine, Entry, Record};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::{Error, LiveEntry, accounts::id_of, journal, schema::count};

/// The last entry received before an instant; 0 where there is none. Entries are received nearly in their order, so that
/// it is found by halving: an entry within milliseconds of the instant may fall on either side.
pub(crate) fn seq_before(
    connection: &Connection,
    domain: &str,
    at: Timestamp,
) -> Result<u64, Error> {
    let (mut low, mut high) = (0, journal::head(connection, domain)?.seq);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if received(connection, domain, middle)?.is_some_and(|received| received < at) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Ok(low)
}

/// When an entry was received.
pub(crate) fn received(
    connection: &Connection,
    domain: &str,
    seq: u64,
) -> Result<Option<Timestamp>, Error> {
    /// Of an entry only this.
    #[derive(serde::Deserialize)]
    struct Received {
        received: Timestamp,
    }
    let mut select =
        connection.prepare_cached("SELECT entry FROM journal WHERE domain = $1 AND seq = $2")?;
    let entry: Option<String> = select
        .query_row(params![domain, seq as i64], |row| row.get(0))
        .optional()?;
    let received = entry.map(|entry| serde_json::from_str::<Received>(&entry));
    Ok(received.transpose()?.map(|entry| entry.received))
}

/// The records that had been opened and not closed at an instant, in the order of their opening.
pub(crate) fn open_at(
    connection: &Connection,
    domain: &str,
    at: Timestamp,
) -> Result<Vec<Uuid>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT id FROM record WHERE domain = $1 AND opened < $2 AND (closed IS NULL OR closed >= $2)
         ORDER BY opened, id",
    )?;
    let rows = select.query_map(params![domain, at.as_microsecond()], |row| {
        row.get::<_, String>(0)
    })?;
    rows.map(|row| id_of(&row?)).collect()
}

/// A record as the entries up to a sequence number left it, under the rules now in force; `None` before its first.
pub(crate) fn as_of(
    connection: &Connection,
    domain: &str,
    engine: &Engine,
    id: Uuid,
    seq: u64,
) -> Result<Option<Record>, Error> {
    let mut record = None;
    let mut after = 0;
    loop {
        let entries = journal::of_record(connection, domain, id, after, 200)?;
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
    connection: &Connection,
    domain: &str,
    engine: &Engine,
    after: u64,
    last: u64,
    limit: usize,
) -> Result<Vec<Arc<LiveEntry>>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT seq, entry FROM journal WHERE domain = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4",
    )?;
    let rows = select.query_map(
        params![domain, after as i64, last as i64, limit.min(1000) as i64],
        |row| Ok((count(row.get(0)?), row.get::<_, String>(1)?)),
    )?;
    let mut records: HashMap<Uuid, Record> = HashMap::new();
    let mut entries = Vec::new();
    for row in rows {
        let (seq, text) = row?;
        let entry: Entry = serde_json::from_str(&text)?;
        let before = match records.remove(&entry.record) {
            Some(record) => Some(record),
            None => as_of(
                connection,
                domain,
                engine,
                entry.record,
                seq.saturating_sub(1),
            )?,
        };
        let record = engine.apply(before, &entry).record;
        records.insert(entry.record, record.clone());
        entries.push(Arc::new(LiveEntry::new(entry, Arc::new(record))));
    }
    Ok(entries)
}
