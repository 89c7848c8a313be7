//! What is said of a draft, and what is sent about one.

use gewang_grid::Text as GridText;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema;

/// A drawing of the cells that is being worked on.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Draft)]
pub(crate) struct DraftView {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub title: String,
    /// Whose it is: the person's record.
    pub author: Uuid,
    /// When it was begun.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
    /// Counts every change, undoing included; send it along with a change.
    pub version: u64,
    /// The edition that was in force when it began.
    pub based_on: String,
    /// What else a list shows.
    #[serde(flatten)]
    pub facts: Facts,
    /// Whether there is an edit to take back.
    pub can_undo: bool,
    /// Whether there is one to make again.
    pub can_redo: bool,
}

/// What is kept of a draft for lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DraftFacts)]
pub(crate) struct Facts {
    /// Whether it can be edited by its borders, or has defects first to be mended.
    pub state: State,
    /// How many cells tile the town.
    pub leaves: usize,
    /// How many defects there are; of a partition, how many stretches of ground it lacks or has too much.
    pub defects: usize,
    /// The area of all leaves in m².
    pub area_m2: f64,
    /// How many edits it has, those undone among them.
    pub edits: u64,
    /// How its file was read: as which format, in which coordinates, and what was assumed of it. Null where it began with an
    /// edition.
    #[schema(value_type = Option<schema::Text>, required = true)]
    pub read_as: Option<GridText>,
    /// The boundary that was given, by the hash of its file; null where it should fill what the town filled when it began.
    #[serde(default)]
    #[schema(required = true)]
    pub boundary: Option<String>,
    /// The points where people live; null where there are none.
    #[schema(required = true)]
    pub points: Option<PointsView>,
    /// When it is to be adopted; null where nobody said so.
    #[schema(required = true)]
    pub scheduled: Option<Scheduled>,
    /// Why it was not adopted when it should have been.
    #[schema(value_type = Option<schema::Text>, required = true)]
    pub refused: Option<GridText>,
}

/// Whether a draft is a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DraftState)]
pub(crate) enum State {
    /// Every place lies in one leaf: it is edited by its borders.
    Partition,
    /// It has defects.
    Defective,
}

/// Points where people live.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DraftPoints)]
pub(crate) struct PointsView {
    /// How many points.
    pub count: usize,
    /// How many households.
    pub weight: f64,
}

/// When a draft is to be adopted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DraftSchedule)]
pub(crate) struct Scheduled {
    /// At this instant.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who said so: the person's record.
    pub by: Uuid,
    /// Why.
    pub reason: String,
    /// That the town's own boundary changes by it; null where it doesn't.
    #[serde(default)]
    #[schema(required = true)]
    pub note: Option<String>,
    /// The edition that it will be.
    pub edition: String,
    /// The whole hash of that edition's file.
    #[serde(rename = "file")]
    pub grid: String,
    /// The edition that it may replace.
    pub over: String,
}

/// Drafts.
#[derive(Serialize, ToSchema)]
pub(crate) struct Drafts {
    /// The one changed last first.
    pub items: Vec<DraftView>,
}

/// A draft to begin with an edition.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDraft)]
pub(crate) struct Begin {
    /// What it is called, 1 to 120 characters.
    pub title: String,
    /// `in_force` (the default), or the name of an edition.
    #[schema(required = false)]
    pub from: Option<String>,
}

/// What may be changed of a draft itself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DraftChange)]
pub(crate) struct Rename {
    /// What it is called, 1 to 120 characters.
    pub title: String,
}

/// A drawing as it stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct Drawing {
    /// The version of the draft.
    pub version: u64,
    /// West, south, east, north in degrees.
    pub bounds: [f64; 4],
    /// The cells, those above before those below.
    pub cells: Vec<DrawnCell>,
    /// Every shared border once; the polygons of all leaves are made by chaining them. Empty while there are defects.
    pub arcs: Vec<DrawnBorder>,
    /// What was drawn, feature by feature, while there are defects.
    pub shapes: Vec<DrawnShape>,
}

/// A cell of a drawing.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct DrawnCell {
    /// Its id.
    pub id: String,
    /// Its name.
    #[schema(value_type = schema::Text)]
    pub title: GridText,
    /// Its level.
    pub level: String,
    /// The cell above; null for the town.
    #[schema(required = true)]
    pub parent: Option<String>,
    /// Whether it is one of those that tile the town.
    pub leaf: bool,
    /// Its area in m².
    pub area_m2: f64,
    /// The households in it; null where the draft has no points.
    #[schema(required = true)]
    pub households: Option<f64>,
    /// A place inside it for its name.
    pub at: [f64; 2],
    /// Its official codes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<schema::Code>)]
    pub codes: Vec<gewang_grid::Code>,
}

/// A shared border.
#[derive(Serialize, ToSchema)]
pub(crate) struct DrawnBorder {
    /// A name that follows from its places and sides.
    pub id: String,
    /// The leaf to its left; null outside the town.
    #[schema(required = true)]
    pub left: Option<String>,
    /// The leaf to its right; null outside the town.
    #[schema(required = true)]
    pub right: Option<String>,
    /// Its places; a closed one ends where it begins.
    pub line: Vec<[f64; 2]>,
}

/// What was drawn for a feature of a drawing with defects.
#[derive(Serialize, ToSchema)]
pub(crate) struct DrawnShape {
    /// Its number in this version of the drawing, from 1.
    pub feature: usize,
    /// Its cell.
    pub cell: String,
    /// GeoJSON; null where nothing was drawn.
    #[schema(value_type = Option<Object>, required = true)]
    pub geometry: serde_json::Value,
}

/// Defects of a drawing.
#[derive(Serialize, ToSchema)]
pub(crate) struct Defects {
    /// All of them.
    pub defects: Vec<DefectView>,
}

/// One thing that keeps a drawing from being a partition.
#[derive(Serialize, ToSchema)]
#[schema(as = GridDefect)]
pub(crate) struct DefectView {
    /// `gap`, `overlap`, `duplicate`, `unmatched_vertex`, `invalid_ring`, `outside_boundary`, `outside_parent`, `code`,
    /// `empty` or `tree`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: gewang_grid::DefectKind,
    /// Of a gap or an overlap: narrower than a metre.
    pub sliver: bool,
    /// The cells concerned.
    pub cells: Vec<String>,
    /// Its area in m².
    pub area_m2: f64,
    /// A place where it shows; null where there is none.
    #[schema(required = true)]
    pub at: Option<[f64; 2]>,
    /// GeoJSON of its outline, or of the place; null where there is none.
    #[schema(value_type = Option<Object>, required = true)]
    pub geometry: serde_json::Value,
    /// What is wrong and how to mend it.
    #[schema(value_type = schema::Text)]
    pub text: GridText,
}

/// An edit of a draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DraftEdit)]
pub(crate) struct Edited {
    /// The version of the draft that its author saw.
    pub version: u64,
    /// What is to be done.
    #[schema(value_type = super::shape::Edit)]
    pub edit: super::work::Op,
}

/// A step back or forth.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DraftStep)]
pub(crate) struct Seen {
    /// The version of the draft that its author saw.
    pub version: u64,
}

/// What a change left otherwise than before.
#[derive(Serialize, ToSchema)]
#[schema(as = DraftChanged)]
pub(crate) struct Changed {
    /// The draft after it.
    pub draft: DraftView,
    /// What is no longer there.
    pub gone: Gone,
    /// Borders that are new.
    pub arcs: Vec<DrawnBorder>,
    /// Cells that are new or of which anything changed, those above them among them.
    pub cells: Vec<DrawnCell>,
    /// The whole drawing, where not only borders changed: it replaces everything that was known. Null otherwise.
    #[schema(required = true)]
    pub drawing: Option<Drawing>,
}

/// What is no longer there.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct Gone {
    /// Borders by their ids.
    pub arcs: Vec<String>,
    /// Cells by their ids.
    pub cells: Vec<String>,
}

/// How to mend a drawing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Repair {
    /// The version of the draft that its author saw.
    pub version: u64,
    /// How far vertices may be moved, and how wide a sliver is, in metres: 0 to 50, 1 by default.
    #[schema(required = false)]
    pub tolerance_m: Option<f64>,
    /// Only shows what it would do.
    #[serde(default)]
    pub preview: bool,
}

/// What a repair did, or would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct Repaired {
    /// All ground that changed hands, the largest stretches first.
    pub moved: Vec<MovedGround>,
    /// What it could not decide.
    pub left: Vec<DefectView>,
    /// The drawing after it.
    pub drawing: Drawing,
    /// The draft as it stands: with `preview` as before.
    pub draft: DraftView,
}

/// Ground that changed hands in a repair.
#[derive(Serialize, ToSchema)]
pub(crate) struct MovedGround {
    /// Whose it was; null: nobody's.
    #[schema(required = true)]
    pub from: Option<String>,
    /// Whose it is; null: nobody's.
    #[schema(required = true)]
    pub to: Option<String>,
    /// How much.
    pub area_m2: f64,
    /// A place on it.
    pub at: [f64; 2],
    /// Why.
    #[schema(value_type = schema::Text)]
    pub why: GridText,
}

/// Cells to divide anew by where people live.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Suggest {
    /// The version of the draft that its author saw.
    pub version: u64,
    /// Leaves to divide anew, those that lie together as one; all of them where none is named.
    #[serde(default)]
    pub cells: Vec<String>,
    /// The households aimed at, 400 by default.
    #[schema(required = false)]
    pub load: Option<f64>,
    /// More than so many are cut again; a quarter above `load` by default.
    #[schema(required = false)]
    pub most: Option<f64>,
    /// What the ids of new cells begin with.
    pub prefix: String,
    /// Rivers and roads along which to cut where that serves.
    #[serde(default)]
    pub barriers: Vec<Vec<[f64; 2]>>,
}
