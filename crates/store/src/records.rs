use std::{collections::BTreeSet, ops::ControlFlow, sync::Arc};

use gewang_engine::{Actor, Engine, Entry, Record, Setup, pack::Stage};
use jiff::Timestamp;
use rustc_hash::FxHashMap;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Bounds, Error, Party,
    files::FileRoom,
    filter::{self, Ask},
    link::{Given, Link, Text, given},
    reader::Early,
    rows::Rows,
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

pub(crate) fn load(link: &Link, domain: &str, id: Uuid) -> Result<Option<Arc<Record>>, Error> {
    link.one(
        "SELECT body FROM record WHERE domain = $1 AND id = $2",
        &given![domain, id],
        |row| parse(row.text(0)?),
    )
}

pub(crate) fn parse(body: &str) -> Result<Arc<Record>, Error> {
    Ok(Arc::new(serde_json::from_str(body)?))
}

/// Those of some records that are there, in one question.
pub(crate) fn load_all(
    link: &Link,
    domain: &str,
    ids: impl Iterator<Item = Uuid>,
) -> Result<FxHashMap<Uuid, Arc<Record>>, Error> {
    let ids: BTreeSet<String> = ids.map(|id| id.to_string()).collect();
    let mut ask = Ask::new(
        link,
        "SELECT body FROM record WHERE record.domain = $1",
        domain,
    );
    ask.among_or_none("record.id", &ids.into_iter().collect::<Vec<_>>());
    let mut all = FxHashMap::default();
    link.each_once(&ask.sql, &ask.given(), |row| {
        let record = parse(row.text(0)?)?;
        all.insert(record.id, record);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(all)
}

pub(crate) fn numbered(
    link: &Link,
    domain: &str,
    number: &str,
) -> Result<Option<Arc<Record>>, Error> {
    link.one(
        "SELECT body FROM record WHERE domain = $1 AND number = $2 LIMIT 1",
        &given![domain, number],
        |row| parse(row.text(0)?),
    )
}

pub(crate) fn nearby(
    link: &Link,
    domain: &str,
    nearby: &Nearby,
    limit: usize,
) -> Result<Vec<Arc<Record>>, Error> {
    let [west, south, east, north] = nearby.bounds.units();
    let (kind, since, limit) = (&nearby.kind, nearby.since, limit.min(500));
    let open = filter::through(link, filter::OPEN);
    link.all(
        &format!(
            "SELECT body FROM record {open}
             WHERE domain = $1 AND opened >= $2 AND kind = $3 AND closed IS NULL
               AND lat BETWEEN $4 AND $5 AND lon BETWEEN $6 AND $7
             ORDER BY opened DESC LIMIT $8"
        ),
        &given![domain, since, kind, south, north, west, east, limit],
        |row| parse(row.text(0)?),
    )
}

pub(crate) fn due_before(
    link: &Link,
    domain: &str,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Arc<Record>>, Error> {
    link.all(
        "SELECT body FROM record
         WHERE domain = $1 AND wake IS NOT NULL AND wake <= $2 ORDER BY wake LIMIT $3",
        &given![domain, now, limit],
        |row| parse(row.text(0)?),
    )
}

pub(crate) fn with_file(link: &Link, domain: &str, hash: &str) -> Result<Vec<Uuid>, Error> {
    link.all(
        "SELECT record FROM attachment WHERE domain = $1 AND file = $2
         UNION SELECT attachment.record FROM stored_file JOIN attachment
           ON attachment.domain = stored_file.domain AND attachment.file = stored_file.thumbnail_of
         WHERE stored_file.domain = $1 AND stored_file.hash = $2",
        &given![domain, hash],
        |row| row.get(0),
    )
}

/// The greatest id of a record.
pub(crate) fn last_id(link: &Link, domain: &str) -> Result<Uuid, Error> {
    let last = link.sum(
        "SELECT max(id) FROM record WHERE domain = $1",
        &given![domain],
        |row| row.get::<Option<Uuid>>(0),
    )?;
    Ok(last.unwrap_or_default())
}

/// Writes new records, each with the bytes of its JSON. Where one of them is there already, the transaction must be taken
/// back.
pub(crate) fn insert(link: &Link, domain: &str, records: &[(&Record, &[u8])]) -> Result<(), Error> {
    static RECORD: Rows<16> = Rows::fresh(
        "INSERT INTO record (domain, kind, opened, number, state, stage, cell, lon, lat, changed, closed, due, wake,
                             late, waits, body, id)",
    );
    RECORD.write(link, domain, records, |(record, body)| {
        let mut values = [Given::Null; 16];
        values[..2].copy_from_slice(&given![&record.kind, record.opened]);
        values[2..].copy_from_slice(&changing(record, body));
        values
    })
}

/// Writes a record that is there already as it stands now.
pub(crate) fn update(link: &Link, domain: &str, record: &Record, body: &[u8]) -> Result<(), Error> {
    let mut values = [Given::from(domain); 15];
    values[..14].copy_from_slice(&changing(record, body));
    link.send(
        "UPDATE record SET number = $1, state = $2, stage = $3, cell = $4, lon = $5, lat = $6, changed = $7, closed = $8,
           due = $9, wake = $10, late = $11, waits = $12, body = $13 WHERE id = $14 AND domain = $15",
        &values,
        Some(1),
    )
}

/// The columns that may change, the JSON, and the id.
fn changing<'r>(record: &'r Record, body: &'r [u8]) -> [Given<'r>; 14] {
    let stage = record.stage.map(|stage| match stage {
        Stage::Report => "report",
        Stage::Triage => "triage",
        Stage::Handle => "handle",
        Stage::Close => "close",
    });
    given![
        &record.number,
        &record.state,
        stage,
        &record.cell,
        record.place.map(|place| place.lon_units()),
        record.place.map(|place| place.lat_units()),
        record.seq,
        record.closed,
        record.timing.due(),
        record.timing.wake,
        record.closed.is_none() && record.late_level != (0, 0),
        record.request.as_ref().map(|request| &request.action),
        Text(body),
        record.id,
    ]
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
pub(crate) fn involve(link: &Link, domain: &str, involved: &[Involved]) -> Result<(), Error> {
    static NEW: Rows<3> = Rows::fresh("INSERT INTO party (domain, party, record, current)");
    static SAID: Rows<3> = Rows::merged(
        "INSERT INTO party (domain, party, record, current)",
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
        rows.write(link, domain, &involved, |involved| {
            given![&involved.party, involved.record, involved.current]
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
pub(crate) fn attach(link: &Link, domain: &str, entry: &Entry) -> Result<(), Error> {
    let mut files: Vec<&str> = entry.change.files.iter().map(String::as_str).collect();
    entry
        .change
        .set
        .values()
        .for_each(|value| hashes(value, &mut files));
    for file in files {
        link.send(
            "INSERT INTO attachment (domain, file, record) VALUES ($1, $2, $3) ON CONFLICT (domain, file, record) DO NOTHING",
            &given![domain, file, entry.record],
            None,
        )?;
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
    link: &Link,
    domain: &str,
    files: &FileRoom,
    founding: Uuid,
) -> Result<Engine, Error> {
    let world = Early {
        link,
        domain,
        files,
    };
    let record = load(link, domain, founding)?.ok_or(Error::Empty)?;
    let setup = Setup::read(&world, &record)?.map_err(faults)?;
    let mut engine = Engine::found(Arc::new(setup));
    link.each_once(
        "SELECT body FROM record WHERE domain = $1 AND kind IN ('town.person', 'town.unit', 'town.post') ORDER BY opened",
        &given![domain],
        |row| {
            let record: Record = serde_json::from_str(row.text(0)?)?;
            engine.absorb(&record);
            Ok(ControlFlow::Continue(()))
        },
    )?;
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
