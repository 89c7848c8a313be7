//! A record in brief: what a map, a card or a list shows of it, and nothing personal.

use gewang_engine::{Actor, Assignee, Engine, Record};
use gewang_pack::{FieldType, Stage};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema;

/// A record in brief.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Brief {
    /// The record.
    id: Uuid,
    /// `pack.kind`.
    kind: String,
    /// The number that people read out.
    number: Option<String>,
    /// Its state.
    state: String,
    /// The stage of that state.
    #[schema(value_type = Option<schema::Stage>)]
    stage: Option<Stage>,
    /// Counts its entries.
    version: u64,
    /// Its cell.
    cell: String,
    /// Longitude and latitude in degrees.
    #[schema(value_type = Option<[f64; 2]>)]
    place: Option<[f64; 2]>,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    opened: Timestamp,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    closed: Option<Timestamp>,
    /// The deadline that comes first.
    #[schema(value_type = Option<String>, format = DateTime)]
    due: Option<Timestamp>,
    /// Whether it is open and a deadline has passed.
    late: bool,
    /// To whom it is assigned; the first leads.
    #[schema(value_type = Vec<schema::Assignee>)]
    assigned: Vec<Assignee>,
    /// What titles it, as its kind's views say. The live stream and replays leave it out: it is what somebody wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Value>,
    /// The choices by which its kind is counted, by field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    choices: Option<Map<String, Value>>,
}

impl Brief {
    /// Of a record as it stood at an instant, without a word that somebody wrote.
    pub fn plain(engine: &Engine, record: &Record, at: Timestamp) -> Brief {
        let kind = engine.setup().kind_at(&record.kind, record.pack);
        let chosen = |id: &String| {
            let field = kind?.fields.get(id)?;
            let choice = matches!(field.kind, FieldType::Choice | FieldType::Choices);
            (choice && field.personal.is_none())
                .then(|| Some((id.clone(), record.fields.get(id)?.clone())))?
        };
        let choices = kind.map(|kind| kind.views.count.iter().filter_map(chosen).collect());
        let due = record.timing.due();
        Brief {
            id: record.id,
            kind: record.kind.clone(),
            number: record.number.clone(),
            state: record.state.clone(),
            stage: record.stage,
            version: record.version,
            cell: record.cell.clone(),
            place: record.place.map(|place| [place.lon(), place.lat()]),
            opened: record.opened,
            closed: record.closed,
            due,
            late: record.closed.is_none()
                && (record.late_level != (0, 0) || due.is_some_and(|due| due < at)),
            assigned: record.assigned.clone(),
            title: None,
            choices,
        }
    }

    /// The same for somebody who may see the record: with its title.
    pub fn titled(engine: &Engine, record: &Record, at: Timestamp) -> Brief {
        let kind = engine.setup().kind_at(&record.kind, record.pack);
        let title = kind.and_then(|kind| {
            let id = kind.views.title.as_deref()?;
            kind.fields.get(id)?.personal.is_none().then_some(())?;
            record.fields.get(id).cloned()
        });
        Brief {
            title,
            ..Brief::plain(engine, record, at)
        }
    }

    /// The records that somebody reported before, where who they are is known: nobody without an account is.
    pub fn reporters(record: &Record) -> impl Iterator<Item = Uuid> + '_ {
        record.reporters.iter().filter_map(|actor| match actor {
            Actor::Person(person) => Some(*person),
            Actor::Public | Actor::Reporter(_) | Actor::System => None,
        })
    }
}
