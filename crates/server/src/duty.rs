//! Who is on duty.

use std::sync::Arc;

use axum::extract::State;
use gewang_engine::Seat;
use gewang_pack::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::body::{Query, bad_parameter};
use crate::caller::Caller;
use crate::clock;
use crate::people::HeldView;
use crate::problem::{Outcome, ProblemBody};
use crate::schema;

/// Where.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The posts at this cell (not those below it); by default those at the town itself and at its units.
    cell: Option<String>,
}

/// Who is on duty.
#[derive(Serialize, ToSchema)]
pub(crate) struct Duty {
    /// The instant for which this holds.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// Whether these are working hours.
    working: bool,
    /// The posts that somebody holds now: those of the town first, then unit by unit.
    posts: Vec<OnDuty>,
}

/// A post that is held now.
#[derive(Serialize, ToSchema)]
pub(crate) struct OnDuty {
    /// The kind of post.
    post: String,
    /// Its name.
    #[schema(value_type = schema::Text)]
    title: Text,
    /// The cell at which it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<String>,
    /// The unit at which it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<Uuid>,
    /// The name of that cell or unit.
    #[schema(value_type = schema::Text)]
    at: Text,
    /// How many hold it.
    n: usize,
    /// Their names, for those who are signed in.
    people: Vec<String>,
}

/// Who is on duty now?
///
/// By posts. The names of the people are for those who are signed in.
#[utoipa::path(
    get, path = "/api/v1/duty", tag = "town", operation_id = "getDuty",
    security(("cookie" = []), ("token" = []), ()), params(Asked),
    responses(
        (status = 200, body = Duty, description = "The posts"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "`bad_parameter`"),
    )
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Outcome<axum::Json<Duty>> {
    let (engine, now) = (app.engine(), clock::now());
    let grid = engine.setup().grid();
    let cell = asked.cell.as_deref().unwrap_or(grid.root());
    if grid.cell(cell).is_none() {
        return Err(bad_parameter("cell", "没有这个网格", "names no cell"));
    }
    let roster = engine.roster();
    let mut held: Vec<_> = roster
        .all_posts()
        .filter(|held| held.holds(now))
        .filter(|held| match &held.seat {
            Seat::Cell(at) => at == cell,
            Seat::Unit(unit) => {
                asked.cell.is_none() && roster.unit(*unit).is_some_and(|unit| unit.active)
            }
        })
        .filter_map(|held| {
            let person = roster.person(held.person)?;
            person.active.then_some((held, person))
        })
        .collect();
    held.sort_by_key(|(held, _)| {
        let unit = match &held.seat {
            Seat::Cell(_) => None,
            Seat::Unit(unit) => Some(*unit),
        };
        (unit, held.post.clone(), held.from, held.id)
    });
    let mut posts: Vec<OnDuty> = Vec::new();
    for (held, person) in held {
        let view = HeldView::of(&engine, held);
        let name = caller.account.is_some().then(|| person.name.clone());
        match posts.last_mut() {
            Some(last) if last.post == held.post && last.is_at(&held.seat) => {
                last.n += 1;
                last.people.extend(name);
            }
            _ => posts.push(OnDuty {
                post: held.post.clone(),
                title: view.title,
                cell: view.cell,
                unit: view.unit,
                at: view.at,
                n: 1,
                people: name.into_iter().collect(),
            }),
        }
    }
    Ok(axum::Json(Duty {
        time: now,
        working: engine.setup().calendar().is_working(now),
        posts,
    }))
}

impl OnDuty {
    fn is_at(&self, seat: &Seat) -> bool {
        match seat {
            Seat::Cell(cell) => self.cell.as_ref() == Some(cell),
            Seat::Unit(unit) => self.unit == Some(*unit),
        }
    }
}
