use gewang_pack::Text;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Record;

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The command.
    pub id: Uuid,
    /// What became of it.
    pub outcome: OutcomeKind,
    /// The record.
    pub record: Uuid,
    /// The state it left the record in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The record's cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// The record's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The record's version after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The sequence number of the command's (last) entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Refusal>,
}

/// The four ways a command can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// It took effect.
    Done,
    /// It had taken effect before; nothing changed.
    Repeated,
    /// It was refused; nothing changed.
    Refused,
    /// What it wanted was no longer possible, and its author could not have known: it was kept as a note on the record.
    Merged,
}

/// Why something was refused: a stable code, where in the command, and what to do, in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// Stable; programs may depend on it. `docs/refusals.md` lists them all.
    pub code: String,
    /// JSON Pointer into the command.
    pub pointer: String,
    /// What is wrong and what to do.
    pub text: Text,
}

impl Outcome {
    /// The outcome of a command that left its record as it is here.
    pub fn of(outcome: OutcomeKind, command: Uuid, record: &Record) -> Outcome {
        Outcome {
            id: command,
            outcome,
            record: record.id,
            state: Some(record.state.clone()),
            cell: Some(record.cell.clone()),
            number: record.number.clone(),
            version: Some(record.version),
            seq: Some(record.seq),
            problem: None,
        }
    }

    /// The outcome of a command that was refused.
    pub fn refused(command: Uuid, record: Uuid, problem: Refusal) -> Outcome {
        Outcome {
            id: command,
            outcome: OutcomeKind::Refused,
            record,
            state: None,
            cell: None,
            number: None,
            version: None,
            seq: None,
            problem: Some(problem),
        }
    }
}
