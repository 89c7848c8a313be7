use std::collections::BTreeMap;

use gewang_grid::Coord;
use gewang_pack::{Span, Stage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Actor, Request, Sealed};

/// One instance of a kind as its entries make it. Every part but `timing` follows from the entries alone; `timing`
/// follows from them and the rules now in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// UUIDv7 of the client's making.
    pub id: Uuid,
    /// `pack.kind`.
    pub kind: String,
    /// The version of the pack under which it began.
    pub pack: u32,
    /// The number that people read out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Its state.
    pub state: String,
    /// The stage of that state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Counts its entries.
    pub version: u64,
    /// Its version when its state or its assignment last changed: what came after that contradicts nobody.
    pub moved: u64,
    /// The sequence number of its last entry.
    pub seq: u64,
    /// Its cell: a leaf, or the root for records without a place.
    pub cell: String,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Coord>,
    /// Its fields that are not personal.
    pub fields: Map<String, Value>,
    /// Its personal fields by purpose, one item an entry; a later one overrides an earlier one field by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub personal: BTreeMap<String, Vec<Sealed>>,
    /// To whom it is assigned; the first leads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assigned: Vec<Assignee>,
    /// To whom it was assigned before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous: Vec<Assignee>,
    /// Who opened it, and the reporters of what was merged into it.
    pub reporters: Vec<Actor>,
    /// Who did which actions.
    pub acted: BTreeMap<String, Vec<Actor>>,
    /// The action that waits for approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// When it was opened.
    pub opened: Timestamp,
    /// When its last entry was made.
    pub changed: Timestamp,
    /// Since when it is in its state.
    pub since: Timestamp,
    /// When it reached a final state, while it is in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Timestamp>,
    /// When its clock stood still; an open end while it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stopped: Vec<(Timestamp, Option<Timestamp>)>,
    /// Time added to its deadlines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// How far its lateness climbed: of the case, and of the state.
    #[serde(default)]
    pub late_level: (u32, u32),
    /// The record into which it was merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<Uuid>,
    /// The records merged into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<Uuid>,
    /// Its deadlines under the rules now in force.
    pub timing: Timing,
}

/// To whom a record is assigned: a kind of post at a unit or at a cell, and the one person where it is only theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignee {
    /// The unit (record of kind `town.unit`); or `cell`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Uuid>,
    /// The cell at which the post is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// The kind of post.
    pub post: String,
    /// The person, where it is only theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Uuid>,
    /// Whether they have done their part (joint handling).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
}

/// Time added to the deadlines of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// When.
    pub at: Timestamp,
    /// How much.
    pub span: Span,
}

/// The deadlines of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// The whole case's; none while its clock stands still or once it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<Deadline>,
    /// The state's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Deadline>,
    /// When the engine must look at it again without anybody acting (a deadline passes, lateness climbs, data must be
    /// erased).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake: Option<Timestamp>,
}

impl Timing {
    /// The deadline that comes first.
    pub fn due(&self) -> Option<Timestamp> {
        match (self.case, self.state) {
            (Some(case), Some(state)) => Some(case.at.min(state.at)),
            (case, state) => case.or(state).map(|deadline| deadline.at),
        }
    }
}

/// A deadline; how it came about is explained on demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The instant.
    pub at: Timestamp,
    /// The span that led to it, before extensions.
    pub span: Span,
    /// Whether it lies beyond the days for which the calendar's holidays are known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncertain: bool,
}
