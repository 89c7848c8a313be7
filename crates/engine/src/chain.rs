//! The chain of the journal: each entry's hash covers the one before it, so that nothing can be changed, left out or
//! put in afterwards without every later hash saying so.

use std::collections::BTreeMap;

use gewang_pack::HashKind;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Actor, Assignee, Entry, Joined, LateNotice, Request, Sealed};

/// The bytes of an entry that are hashed: JSON without spaces, the members in the order written here, the members of
/// free-form objects sorted, what is absent left out. `domain` keeps one town's entries from passing for another's.
pub fn canonical(entry: &Entry, domain: &str) -> Vec<u8> {
    let change = &entry.change;
    let form = Canonical {
        domain,
        seq: entry.seq,
        command: entry.command,
        at: entry.at,
        received: entry.received,
        time: entry.time,
        actor: &entry.actor,
        kind: &entry.kind,
        pack: entry.pack,
        record: entry.record,
        action: &entry.action,
        version: entry.version,
        state: change.state.as_deref(),
        number: change.number.as_deref(),
        place: change.place,
        cell: change.cell.as_deref(),
        set: Sorted(&change.set),
        personal: change
            .personal
            .iter()
            .map(|(purpose, part)| (purpose.as_str(), SortedSeal(part)))
            .collect(),
        assigned: change.assigned.as_deref(),
        extended: change.extended,
        requested: change.requested.as_ref().map(SortedRequest::new),
        settled: change.settled,
        note: change.note.as_deref(),
        instead_of: change.instead_of.as_ref().map(SortedRequest::new),
        files: &change.files,
        merged_into: change.merged_into,
        joined: change.joined.as_ref(),
        late: change.late.as_ref(),
        erased: &change.erased,
    };
    let mut bytes = Vec::with_capacity(768);
    serde_json::to_writer(&mut bytes, &form)
        .expect("an entry has only text keys and finite numbers");
    bytes
}

/// The hash of an entry: of the hash before it (32 zero bytes before the first) and its canonical bytes.
pub fn link(prev: &[u8; 32], bytes: &[u8], hash: HashKind) -> [u8; 32] {
    match hash {
        HashKind::Blake3 => {
            let mut hasher = blake3::Hasher::new();
            hasher.update(prev);
            hasher.update(bytes);
            *hasher.finalize().as_bytes()
        }
        HashKind::Sm3 => {
            use sm3::Digest;
            let mut hasher = sm3::Sm3::new();
            hasher.update(prev);
            hasher.update(bytes);
            hasher.finalize().into()
        }
    }
}

#[derive(Serialize)]
struct Canonical<'a> {
    domain: &'a str,
    seq: u64,
    command: Uuid,
    at: jiff::Timestamp,
    received: jiff::Timestamp,
    time: jiff::Timestamp,
    actor: &'a Actor,
    kind: &'a str,
    pack: u32,
    record: Uuid,
    action: &'a str,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<gewang_grid::Coord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<&'a str>,
    #[serde(skip_serializing_if = "Sorted::is_empty")]
    set: Sorted<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    personal: BTreeMap<&'a str, SortedSeal<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned: Option<&'a [Assignee]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extended: Option<gewang_pack::Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested: Option<SortedRequest<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instead_of: Option<SortedRequest<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    files: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    joined: Option<&'a Joined>,
    #[serde(skip_serializing_if = "Option::is_none")]
    late: Option<&'a LateNotice>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    erased: &'a [String],
}

#[derive(Serialize)]
struct SortedRequest<'a> {
    action: &'a str,
    #[serde(skip_serializing_if = "Sorted::is_empty")]
    data: Sorted<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned: Option<&'a [Assignee]>,
    by: &'a Actor,
    at: jiff::Timestamp,
}

impl<'a> SortedRequest<'a> {
    fn new(request: &'a Request) -> Self {
        SortedRequest {
            action: &request.action,
            data: Sorted(&request.data),
            assigned: request.assigned.as_deref(),
            by: &request.by,
            at: request.at,
        }
    }
}

struct SortedSeal<'a>(&'a Sealed);

impl Serialize for SortedSeal<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Sealed::Cipher(text) => text.serialize(out),
            Sealed::Open(map) => Sorted(map).serialize(out),
        }
    }
}

struct Sorted<'a>(&'a Map<String, Value>);

impl Sorted<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut members: Vec<(&String, &Value)> = self.0.iter().collect();
        members.sort_unstable_by_key(|(key, _)| *key);
        let mut map = out.serialize_map(Some(members.len()))?;
        for (key, value) in members {
            map.serialize_entry(key, &SortedValue(value))?;
        }
        map.end()
    }
}

struct SortedValue<'a>(&'a Value);

impl Serialize for SortedValue<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => Sorted(map).serialize(out),
            Value::Array(items) => out.collect_seq(items.iter().map(SortedValue)),
            plain => plain.serialize(out),
        }
    }
}
