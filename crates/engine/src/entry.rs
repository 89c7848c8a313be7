use std::collections::BTreeMap;

use gewang_grid::Coord;
use gewang_pack::Span;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Actor, Assignee};

/// One line of a domain's journal: who did what to which record, when, with what data. It states facts only (what was
/// set, moved, assigned), so that applying it asks no rule; the store adds `seq` and the chain's hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Place in the domain's journal, from 1 without gaps. 0 until the store gives it.
    pub seq: u64,
    /// The command that caused it. One command may cause several entries (a merge writes on both records).
    pub command: Uuid,
    /// When its author did it, by the author's clock.
    pub at: Timestamp,
    /// When the server received it.
    pub received: Timestamp,
    /// The time that counts for deadlines: `at` where it is believable, `received` otherwise.
    pub time: Timestamp,
    /// Who.
    pub actor: Actor,
    /// The kind of the record, `pack.kind`.
    pub kind: String,
    /// The version of the pack that governed.
    pub pack: u32,
    /// The record.
    pub record: Uuid,
    /// The action.
    pub action: String,
    /// The record's version after it: the first entry of a record makes it 1.
    pub version: u64,
    /// What changed.
    #[serde(flatten)]
    pub change: Change,
}

/// What an entry changes; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The state after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The number that people read out, given at creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Coord>,
    /// The cell (id) in which it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// Fields set; null takes one away.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub set: Map<String, Value>,
    /// Personal fields set, by purpose.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub personal: BTreeMap<String, Sealed>,
    /// Everybody to whom it is assigned from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<Vec<Assignee>>,
    /// Time added to the deadlines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended: Option<Span>,
    /// An action that waits for somebody's approval from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested: Option<Request>,
    /// The waiting request was settled: agreed or declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
    /// What somebody wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// A transition that came too late and was kept as a note: what its author wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<Request>,
    /// Hashes of files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// This record was merged into that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<Uuid>,
    /// That record was merged into this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<Joined>,
    /// A deadline passed, and who was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<LateNotice>,
    /// The purposes whose data were erased (their keys are gone).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<String>,
}

/// Personal data of one purpose as one entry set them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Sealed {
    /// Ciphertext under the key of the record and the purpose, base64. The journal holds nothing else.
    Cipher(String),
    /// Fields by id, between `decide` and the store, and for a reader who may see them.
    Open(Map<String, Value>),
}

/// An action that somebody asked for: one that waits for approval, or one that came too late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The action.
    pub action: String,
    /// The fields it would set (personal ones are not kept in a request).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
    /// The assignment it would make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<Vec<Assignee>>,
    /// Who asked.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// A record that was merged into another, with those who reported it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    /// The record merged.
    pub record: Uuid,
    /// Its reporters, who follow this one from now on.
    pub reporters: Vec<Actor>,
}

/// A deadline passed without what it asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LateNotice {
    /// 1: the reminder; 2 and more: the levels up the chain of posts.
    pub level: u32,
    /// The deadline that passed.
    pub due: Timestamp,
    /// True for the whole case's deadline, false for the state's.
    pub case: bool,
    /// The people told.
    pub told: Vec<Uuid>,
}
