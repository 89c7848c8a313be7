use std::sync::{Arc, OnceLock};

use gewang_engine::{Entry, Record};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Error,
    link::{Link, given},
    records,
};

/// What one commit added to the journal.
#[derive(Debug)]
pub struct Batch {
    /// Its entries, in order and without gaps; never empty.
    pub entries: Arc<[Arc<LiveEntry>]>,
}

impl Batch {
    /// The sequence number of its first entry.
    pub fn first_seq(&self) -> u64 {
        self.entries.first().map_or(0, |entry| entry.seq)
    }

    /// The sequence number of its last entry.
    pub fn last_seq(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.seq)
    }
}

/// An entry for those who listen.
#[derive(Debug)]
pub struct LiveEntry {
    /// Its place in the journal.
    pub seq: u64,
    /// The entry; personal parts are sealed.
    pub entry: Entry,
    /// The record after it (of entries read later: as it is now), by which to judge who may see it.
    pub record: Arc<Record>,
    json: OnceLock<Arc<str>>,
}

impl LiveEntry {
    pub(crate) fn new(entry: Entry, record: Arc<Record>) -> LiveEntry {
        LiveEntry {
            seq: entry.seq,
            entry,
            record,
            json: OnceLock::new(),
        }
    }

    /// `{"seq", "entry", "record"}` for whoever may see the record: the entry without its personal parts (their purposes
    /// stand under `personal`), and of the record what a list or a map shows. Made once, when first asked for.
    pub fn json(&self) -> &Arc<str> {
        self.json
            .get_or_init(|| public(&self.entry, &self.record).into())
    }
}

fn public(entry: &Entry, record: &Record) -> String {
    let mut shown = serde_json::to_value(entry).unwrap_or(Value::Null);
    if let Some(members) = shown.as_object_mut()
        && members.contains_key("personal")
    {
        let purposes: Vec<&String> = entry.change.personal.keys().collect();
        members.insert("personal".into(), json!(purposes));
    }
    let record = json!({
        "id": record.id,
        "kind": record.kind,
        "number": record.number,
        "state": record.state,
        "stage": record.stage,
        "version": record.version,
        "cell": record.cell,
        "place": record.place.map(|place| [place.lon(), place.lat()]),
        "opened": record.opened,
        "closed": record.closed,
        "due": record.timing.due(),
        "late": record.closed.is_none() && record.late_level != (0, 0),
        "assigned": record.assigned,
    });
    json!({ "seq": entry.seq, "entry": shown, "record": record }).to_string()
}

pub(crate) fn since(
    link: &Link,
    domain: &str,
    after: u64,
    limit: usize,
) -> Result<Vec<Arc<LiveEntry>>, Error> {
    let found = link.all(
        "SELECT entry, record FROM journal WHERE domain = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        &given![domain, after, limit.min(1000)],
        |row| {
            Ok((
                serde_json::from_str::<Entry>(row.text(0)?)?,
                row.get::<Uuid>(1)?,
            ))
        },
    )?;
    let records = records::load_all(link, domain, found.iter().map(|(_, id)| *id))?;
    let entries = found.into_iter().map(|(entry, id)| match records.get(&id) {
        Some(record) => Ok(Arc::new(LiveEntry::new(entry, record.clone()))),
        None => Err(Error::Inconsistent(format!(
            "entry {} has no record",
            entry.seq
        ))),
    });
    entries.collect()
}
