use std::{path::Path, sync::Arc};

use gewang_engine::{Actor, Engine, Entry, Record, Setup, pack::Stage};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, params};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Bounds, Error, Party,
    accounts::id_of,
    journal::text_of,
    reader::Early,
    rows::{Row, Rows, Text},
};

/// Where and since when to look for records that may be the same thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearby {
    /// The kind, `pack.kind`.
    pub kind: String,
    /// Where.
    pub bounds: Bounds,
    /// Opened since.
    pub since: Timestamp,
}

pub(crate) fn load(
    connection: &Connection,
    domain: &str,
    id: Uuid,
) -> Result<Option<Arc<Record>>, Error> {
    let mut select =
        connection.prepare_cached("SELECT body FROM record WHERE domain = $1 AND id = $2")?;
    let mut rows = select.query([domain, text_of(id, &mut [0; 36])])?;
    match rows.next()? {
        Some(row) => parse(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn parse(body: &str) -> Result<Arc<Record>, Error> {
    Ok(Arc::new(serde_json::from_str(body)?))
}

pub(crate) fn numbered(
    connection: &Connection,
    domain: &str,
    number: &str,
) -> Result<Option<Arc<Record>>, Error> {
    let mut select = connection
        .prepare_cached("SELECT body FROM record WHERE domain = $1 AND number = $2 LIMIT 1")?;
    let body: Option<String> = select
        .query_row([domain, number], |row| row.get(0))
        .optional()?;
    body.map(|body| parse(&body)).transpose()
}

pub(crate) fn nearby(
    connection: &Connection,
    domain: &str,
    nearby: &Nearby,
    limit: usize,
) -> Result<Vec<Arc<Record>>, Error> {
    let [west, south, east, north] = nearby.bounds.units();
    let sql = "SELECT body FROM record
         WHERE domain = $1 AND opened >= $2 AND kind = $3 AND closed IS NULL
           AND lat BETWEEN $4 AND $5 AND lon BETWEEN $6 AND $7
         ORDER BY opened DESC LIMIT $8";
    let since = nearby.since.as_microsecond();
    let limit = limit.min(500) as i64;
    bodies(
        connection,
        sql,
        params![domain, since, nearby.kind, south, north, west, east, limit],
    )
}

pub(crate) fn due_before(
    connection: &Connection,
    domain: &str,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Arc<Record>>, Error> {
    let sql = "SELECT body FROM record
         WHERE domain = $1 AND wake IS NOT NULL AND wake <= $2 ORDER BY wake LIMIT $3";
    bodies(
        connection,
        sql,
        params![domain, now.as_microsecond(), limit as i64],
    )
}

fn bodies(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
) -> Result<Vec<Arc<Record>>, Error> {
    let mut select = connection.prepare_cached(sql)?;
    let rows = select.query_map(parameters, |row| row.get::<_, String>(0))?;
    rows.map(|row| parse(&row?)).collect()
}

pub(crate) fn with_file(
    connection: &Connection,
    domain: &str,
    hash: &str,
) -> Result<Vec<Uuid>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT record FROM attachment WHERE domain = $1 AND file = $2
         UNION SELECT attachment.record FROM stored_file JOIN attachment
           ON attachment.domain = stored_file.domain AND attachment.file = stored_file.thumbnail_of
         WHERE stored_file.domain = $1 AND stored_file.hash = $2",
    )?;
    let rows = select.query_map([domain, hash], |row| row.get::<_, String>(0))?;
    rows.map(|row| id_of(&row?)).collect()
}

/// The greatest id of a record.
pub(crate) fn last_id(connection: &Connection, domain: &str) -> Result<Uuid, Error> {
    let last: Option<String> = connection
        .prepare_cached("SELECT max(id) FROM record WHERE domain = $1")?
        .query_row([domain], |row| row.get(0))?;
    last.map_or(Ok(Uuid::nil()), |id| id_of(&id))
}

/// Writes new records, each with the bytes of its JSON. Where one of them is there already, the transaction must be taken
/// back.
pub(crate) fn insert(
    connection: &Connection,
    domain: &str,
    records: &[(&Record, &[u8])],
) -> Result<(), Error> {
    static RECORD: Rows = Rows::new(
        "INSERT OR FAIL INTO record (domain, kind, opened, number, state, stage, cell, lon, lat, changed, closed, due, wake,
                                     late, waits, body, id)",
        16,
        "",
    );
    RECORD.write(connection, domain, records, |row, (record, body)| {
        row.put(&record.kind)?;
        row.put(record.opened.as_microsecond())?;
        changing(row, record, body)
    })
}

/// Writes a record that is there already as it stands now.
pub(crate) fn update(
    connection: &Connection,
    domain: &str,
    record: &Record,
    body: &[u8],
) -> Result<(), Error> {
    let mut update = connection.prepare_cached(
        "UPDATE record SET number = $1, state = $2, stage = $3, cell = $4, lon = $5, lat = $6, changed = $7, closed = $8,
           due = $9, wake = $10, late = $11, waits = $12, body = $13 WHERE id = $14 AND domain = $15",
    )?;
    changing(&mut Row::first(&mut update), record, body)?;
    update.raw_bind_parameter(15, domain)?;
    match update.raw_execute()? {
        1 => Ok(()),
        _ => Err(Error::Inconsistent(format!(
            "record {} is missing",
            record.id
        ))),
    }
}

/// The columns that may change, the JSON, and the id.
fn changing(row: &mut Row<'_, '_>, record: &Record, body: &[u8]) -> rusqlite::Result<()> {
    row.put(&record.number)?;
    row.put(&record.state)?;
    row.put(record.stage.map(|stage| match stage {
        Stage::Report => "report",
        Stage::Triage => "triage",
        Stage::Handle => "handle",
        Stage::Close => "close",
    }))?;
    row.put(&record.cell)?;
    row.put(record.place.map(|place| place.lon_units()))?;
    row.put(record.place.map(|place| place.lat_units()))?;
    row.put(record.seq as i64)?;
    row.put(record.closed.map(|closed| closed.as_microsecond()))?;
    row.put(record.timing.due().map(|due| due.as_microsecond()))?;
    row.put(record.timing.wake.map(|wake| wake.as_microsecond()))?;
    row.put(record.closed.is_none() && record.late_level != (0, 0))?;
    row.put(record.request.as_ref().map(|request| &request.action))?;
    row.put(Text(body))?;
    row.put(text_of(record.id, &mut [0; 36]))
}

/// Who has to do with a record now.
pub(crate) fn parties(record: &Record) -> Vec<String> {
    let mut parties = Vec::new();
    for assignee in &record.assigned {
        if let Some(unit) = assignee.unit {
            parties.push(Party::Unit(unit).code());
        }
        if let Some(cell) = &assignee.cell {
            parties.push(
                Party::Post {
                    cell: cell.clone(),
                    post: assignee.post.clone(),
                }
                .code(),
            );
        }
        if let Some(person) = assignee.person {
            parties.push(Party::Person(person).code());
        }
    }
    for reporter in &record.reporters {
        if let Actor::Person(person) = reporter {
            parties.push(Party::Reporter(*person).code());
        }
    }
    parties
}

/// That somebody has to do with a record, now or no longer.
pub(crate) struct Involved {
    pub party: String,
    pub record: Uuid,
    pub current: bool,
    /// Whether it was said as the record came to be: then nothing was said of it before.
    pub fresh: bool,
}

/// Notes who has to do with which records, all that is to be said of a transaction at once; what is said later counts.
pub(crate) fn involve(
    connection: &Connection,
    domain: &str,
    involved: &[Involved],
) -> Result<(), Error> {
    static NEW: Rows = Rows::new(
        "INSERT OR FAIL INTO party (domain, party, record, current)",
        3,
        "",
    );
    static SAID: Rows = Rows::new(
        "INSERT INTO party (domain, party, record, current)",
        3,
        "ON CONFLICT (domain, party, record) DO UPDATE SET current = excluded.current",
    );
    // In the order of the table, so that neighbours are on one page; what was said of one pair keeps its order.
    let mut said: Vec<&Involved> = involved.iter().collect();
    said.sort_by(|one, other| one.pair().cmp(&other.pair()));
    let (mut new, mut known) = (Vec::new(), Vec::new());
    for same in said.chunk_by(|one, other| one.pair() == other.pair()) {
        if let Some(last) = same.last() {
            let fresh = same.iter().any(|said| said.fresh);
            if fresh { &mut new } else { &mut known }.push(*last);
        }
    }
    for (rows, involved) in [(&NEW, new), (&SAID, known)] {
        rows.write(connection, domain, &involved, |row, involved| {
            row.put(&involved.party)?;
            row.put(text_of(involved.record, &mut [0; 36]))?;
            row.put(involved.current)
        })?;
    }
    Ok(())
}

impl Involved {
    fn pair(&self) -> (&str, Uuid) {
        (&self.party, self.record)
    }
}

/// The changes that lead from some parties to others.
pub(crate) fn party_changes(
    before: &[String],
    after: Vec<String>,
) -> impl Iterator<Item = (String, bool)> {
    let gone: Vec<(String, bool)> = before
        .iter()
        .filter(|party| !after.contains(party))
        .map(|party| (party.clone(), false))
        .collect();
    let come = after
        .into_iter()
        .filter(|party| !before.contains(party))
        .map(|party| (party, true));
    gone.into_iter().chain(come)
}

/// Notes which files an entry brought to its record: those that came with it and those that its fields name.
pub(crate) fn attach(connection: &Connection, domain: &str, entry: &Entry) -> Result<(), Error> {
    let mut files: Vec<&str> = entry.change.files.iter().map(String::as_str).collect();
    entry
        .change
        .set
        .values()
        .for_each(|value| hashes(value, &mut files));
    if files.is_empty() {
        return Ok(());
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO attachment (domain, file, record) VALUES ($1, $2, $3) ON CONFLICT (domain, file, record) DO NOTHING",
    )?;
    for file in files {
        insert.execute(params![domain, file, entry.record.to_string()])?;
    }
    Ok(())
}

fn hashes<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if is_hash(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| hashes(item, found)),
        Value::Object(members) => members.values().for_each(|member| hashes(member, found)),
        _ => {}
    }
}

/// Whether a text is the hash of a file.
pub(crate) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The engine as the stored records make it: the set-up that the domain's record names, and the roster.
pub(crate) fn engine(
    connection: &Connection,
    domain: &str,
    dir: &Path,
    founding: Uuid,
) -> Result<Engine, Error> {
    let world = Early {
        connection,
        domain,
        dir,
    };
    let record = load(connection, domain, founding)?.ok_or(Error::Empty)?;
    let setup = Setup::read(&world, &record)?.map_err(faults)?;
    let mut engine = Engine::found(Arc::new(setup));
    // The index over (opened, kind) covers the search for them, so that the bodies of all others stay unread.
    let sql = "SELECT body FROM record WHERE domain = $1 AND opened >= $2
               AND kind IN ('town.person', 'town.unit', 'town.post') ORDER BY opened";
    let mut select = connection.prepare(sql)?;
    let mut rows = select.query(params![domain, i64::MIN])?;
    while let Some(row) = rows.next()? {
        let record: Record =
            serde_json::from_str(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
        engine.absorb(&record);
    }
    Ok(engine)
}

/// What is wrong with a set-up, a line each.
pub(crate) fn faults<F: std::fmt::Debug>(faults: Vec<F>) -> Error {
    Error::Setup(
        faults
            .iter()
            .map(|fault| format!("{fault:?}"))
            .collect::<Vec<_>>()
            .join("\n"),
    )
}

impl Bounds {
    /// West, south, east, north in units of 1e-7 degree.
    pub(crate) fn units(&self) -> [i64; 4] {
        [self.west, self.south, self.east, self.north].map(|degrees| (degrees * 1e7).round() as i64)
    }
}
