use gewang_grid::Coord;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// The only way to change anything. `id` and `record` are UUIDv7 made by the client, so that a phone can work for a day
/// without a network and send everything again without harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Names this command for ever: sent again, it gives the same answer and changes nothing.
    pub id: Uuid,
    /// When its author did it, by the author's clock.
    pub at: Timestamp,
    /// The kind, `pack.kind`.
    pub kind: String,
    /// The record acted on (or created).
    pub record: Uuid,
    /// The action, or one of the built-in ones: `note`, `ACTION.approve`, `ACTION.refuse`.
    pub action: String,
    /// The version of the record that its author saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Where it is, longitude and latitude in degrees (WGS 84).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<[f64; 2]>,
    /// The form's fields by id; besides them `assignee` where the action assigns, and `note`.
    #[serde(default)]
    pub data: Map<String, Value>,
    /// Hashes of stored files that go with it beyond those that fields name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// True when `at` is the truth however long ago (import of old records; administrators and the system only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backdated: bool,
}

/// A command as it reaches the engine: who sends it is what the server found out, never what the client says.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// What is asked.
    pub command: Command,
    /// Who asks.
    pub actor: Actor,
    /// When the server received it, by the server's clock.
    pub received: Timestamp,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person with an account: the id of a record of kind `town.person`.
    Person(Uuid),
    /// Somebody without an account.
    Public,
    /// Somebody without an account who proved to be the reporter of this record.
    Reporter(Uuid),
    /// The engine's own clock and set-up.
    System,
}

/// The place of a submission as integers; `None` where the command has none or it is off the Earth.
impl Command {
    /// The place as a coordinate of the grid.
    pub fn coord(&self) -> Option<Result<Coord, gewang_grid::BadCoord>> {
        self.place.map(|[lon, lat]| Coord::from_degrees(lon, lat))
    }
}
