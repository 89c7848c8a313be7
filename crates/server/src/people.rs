//! Who there is: units, people, and the posts they hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use gewang_engine::{Engine, Held, Seat, Unit};
use gewang_pack::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::body::{Query, bad_parameter};
use crate::caller::Caller;
use crate::clock;
use crate::problem::{Outcome, ProblemBody};
use crate::schema;

/// A post that somebody holds.
#[derive(Serialize, ToSchema)]
#[schema(as = Held)]
pub(crate) struct HeldView {
    /// The record of kind `town.post`.
    id: Uuid,
    /// The kind of post.
    post: String,
    /// Its name here.
    #[schema(value_type = schema::Text)]
    pub title: Text,
    /// The cell at which it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// The unit at which it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Uuid>,
    /// The name of that cell or unit.
    #[schema(value_type = schema::Text)]
    pub at: Text,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Until when, not included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

impl HeldView {
    /// As this town calls it.
    pub fn of(engine: &Engine, held: &Held) -> Self {
        let same = |id: &str| Text {
            zh: id.to_owned(),
            en: id.to_owned(),
        };
        let setup = engine.setup();
        let (cell, unit, at) = match &held.seat {
            Seat::Cell(cell) => {
                let name = setup
                    .grid()
                    .cell(cell)
                    .map_or_else(|| same(cell), |cell| cell.title.clone());
                (Some(cell.clone()), None, name)
            }
            Seat::Unit(unit) => {
                let name = engine
                    .roster()
                    .unit(*unit)
                    .map_or_else(|| same(&unit.to_string()), |unit| unit.title.clone());
                (None, Some(*unit), name)
            }
        };
        HeldView {
            id: held.id,
            post: held.post.clone(),
            title: setup
                .post(&held.post)
                .map_or_else(|| same(&held.post), |info| info.title.clone()),
            cell,
            unit,
            at,
            from: held.from,
            until: held.until,
        }
    }
}

/// All units.
#[derive(Serialize, ToSchema)]
pub(crate) struct Units {
    /// By id, which is the order in which they came to be.
    #[schema(value_type = Vec<schema::Unit>)]
    units: Vec<Unit>,
}

/// Units.
///
/// The centres, departments and firms' desks of the town, with the role that each fills.
#[utoipa::path(
    get, path = "/api/v1/units", tag = "town", operation_id = "listUnits",
    responses(
        (status = 200, body = Units, description = "All of them, dissolved ones too"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
    )
)]
pub(crate) async fn units(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Outcome<axum::Json<Units>> {
    caller.signed_in()?;
    let mut units: Vec<Unit> = app.engine().roster().units().cloned().collect();
    units.sort_by_key(|unit| unit.id);
    Ok(axum::Json(Units { units }))
}

/// A person with the posts they hold.
#[derive(Serialize, ToSchema)]
#[schema(as = Person)]
pub(crate) struct PersonView {
    /// The record of kind `town.person`.
    id: Uuid,
    /// Their name.
    name: String,
    /// False once they are gone.
    active: bool,
    /// The posts they hold at the instant asked for.
    posts: Vec<HeldView>,
}

/// The people of the town.
#[derive(Serialize, ToSchema)]
pub(crate) struct People {
    /// By id, which is the order in which they came to be.
    people: Vec<PersonView>,
}

/// Which people.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Who holds a post at this cell or below it.
    cell: Option<String>,
    /// Who holds a post at this unit.
    unit: Option<Uuid>,
    /// Who holds this kind of post.
    post: Option<String>,
    /// At this instant (RFC 3339); now by default.
    #[param(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

/// People and their posts.
///
/// For any instant: who held which post on a day long past is as clear as today.
#[utoipa::path(
    get, path = "/api/v1/people", tag = "town", operation_id = "listPeople", params(Asked),
    responses(
        (status = 200, body = People, description = "All that match"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
    )
)]
pub(crate) async fn people(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Outcome<axum::Json<People>> {
    caller.signed_in()?;
    let engine = app.engine();
    let grid = engine.setup().grid();
    let at = asked.at.unwrap_or_else(clock::now);
    if asked
        .cell
        .as_ref()
        .is_some_and(|cell| grid.cell(cell).is_none())
    {
        return Err(bad_parameter("cell", "没有这个网格", "names no cell"));
    }
    let matches = |held: &Held| {
        asked.post.as_ref().is_none_or(|post| held.post == *post)
            && asked.unit.is_none_or(|unit| held.seat == Seat::Unit(unit))
            && asked
                .cell
                .as_ref()
                .is_none_or(|cell| matches!(&held.seat, Seat::Cell(at) if grid.covers(cell, at)))
    };
    let narrowed = asked.post.is_some() || asked.unit.is_some() || asked.cell.is_some();
    let mut posts: BTreeMap<Uuid, Vec<&Held>> = BTreeMap::new();
    for held in engine
        .roster()
        .all_posts()
        .filter(|held| held.holds(at) && matches(held))
    {
        posts.entry(held.person).or_default().push(held);
    }
    let mut people: Vec<PersonView> = engine
        .roster()
        .people()
        .filter(|person| !narrowed || person.active && posts.contains_key(&person.id))
        .map(|person| {
            let mut held = posts.get(&person.id).cloned().unwrap_or_default();
            held.sort_by_key(|held| (held.from, held.id));
            PersonView {
                id: person.id,
                name: person.name.clone(),
                active: person.active,
                posts: held
                    .into_iter()
                    .map(|held| HeldView::of(&engine, held))
                    .collect(),
            }
        })
        .collect();
    people.sort_by_key(|person| person.id);
    Ok(axum::Json(People { people }))
}
