//! What helps to decide what becomes of a report.

use std::sync::Arc;

use axum::extract::State;
use gewang_engine::{Engine, Record};
use gewang_grid::Compass;
use gewang_pack::Text;
use gewang_store::{Filter, Nearby, Order, Party};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::body::Path;
use crate::brief::Brief;
use crate::caller::Caller;
use crate::clock;
use crate::duplicates::around;
use crate::problem::{Outcome, ProblemBody};
use crate::records::visible;
use crate::schema;

/// How far around open records are told.
const NEAR_M: f64 = 800.0;
/// How many of them, and of earlier ones.
const MOST: usize = 8;

/// What helps to decide what becomes of a record.
#[derive(Serialize, ToSchema)]
pub(crate) struct Advice {
    /// Open records of the same kind within 800 m, the nearest first; at most 8.
    near: Vec<Near>,
    /// Who would get it by the routes; null where its kind has none.
    #[schema(required = true)]
    route: Option<Way>,
    /// What the same people reported before, the latest first; at most 8. Who reports without an account is not known
    /// again.
    earlier: Vec<Brief>,
    /// By when it would have to be done; null where its kind knows no deadline, and once it is closed.
    #[schema(required = true)]
    limit: Option<Limit>,
}

/// An open record near by.
#[derive(Serialize, ToSchema)]
pub(crate) struct Near {
    /// The record.
    record: Brief,
    /// How far away it is, in metres.
    distance_m: f64,
    /// In which direction it lies.
    #[schema(value_type = schema::Direction)]
    direction: Compass,
    /// Whether the kind's own rule calls it likely the same thing.
    likely_same: bool,
}

/// Whom the routes name.
#[derive(Serialize, ToSchema)]
#[schema(as = RouteAdvice)]
pub(crate) struct Way {
    /// The unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<Uuid>,
    /// The cell, where it is a post of the grid.
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<String>,
    /// The kind of post.
    post: String,
    /// Its name and where it is held.
    #[schema(value_type = schema::Text)]
    title: Text,
    /// Why, a reason each.
    #[schema(value_type = Vec<schema::Text>)]
    why: Vec<Text>,
    /// Who holds that post now.
    people: Vec<String>,
}

/// A deadline in advance.
#[derive(Serialize, ToSchema)]
#[schema(as = LimitAdvice)]
pub(crate) struct Limit {
    /// How long, as the pack says it.
    #[schema(example = "5 workdays")]
    span: String,
    /// The instant.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Why.
    #[schema(value_type = schema::Text)]
    why: Text,
}

/// Advice on a record.
///
/// What lies near, who would get it and why, what its reporters reported before, and by when it must be done. It decides
/// nothing: whoever dispatches does.
#[utoipa::path(
    get, path = "/api/v1/records/{id}/advice", tag = "records", operation_id = "getAdvice",
    params(("id" = Uuid, Path, description = "The record")),
    responses(
        (status = 200, body = Advice, description = "As things stand now"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
    )
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Outcome<axum::Json<Advice>> {
    caller.signed_in()?;
    let record = visible(&app, &caller, id).await?;
    let (engine, now) = (app.engine(), clock::now());
    let (asked, actor) = (record.clone(), caller.actor.clone());
    let rules = engine.clone();
    let (near, earlier) = app
        .store
        .read(move |reader| {
            let seen = |other: &Record| other.id != asked.id && rules.visible(&actor, other, now);
            let near = match asked.place {
                Some(place) => reader.nearby(
                    &Nearby {
                        kind: asked.kind.clone(),
                        bounds: around(place, NEAR_M),
                        since: Timestamp::UNIX_EPOCH,
                    },
                    500,
                )?,
                None => Vec::new(),
            };
            let reporters: Vec<Party> = Brief::reporters(&asked).map(Party::Reporter).collect();
            let earlier = if reporters.is_empty() {
                Vec::new()
            } else {
                let filter = Filter {
                    kinds: vec![asked.kind.clone()],
                    assignee: reporters,
                    ..Filter::default()
                };
                let before = |other: &Record| other.opened <= asked.opened && seen(other);
                reader
                    .records(&filter, Order::Newest, None, MOST, &before)?
                    .records
            };
            let near: Vec<_> = near.into_iter().filter(|other| seen(other)).collect();
            Ok((near, earlier))
        })
        .await?;
    let mut near: Vec<Near> = near
        .iter()
        .filter_map(|other| {
            let (here, there) = (record.place?, other.place?);
            Some(Near {
                record: Brief::titled(&engine, other, now),
                distance_m: here.distance_m(there).round(),
                direction: here.direction_to(there),
                likely_same: engine.likely_same(&record, other),
            })
        })
        .filter(|near| near.distance_m <= NEAR_M)
        .collect();
    near.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
    near.truncate(MOST);
    Ok(axum::Json(Advice {
        near,
        route: route(&engine, &record, now),
        earlier: earlier
            .iter()
            .map(|other| Brief::titled(&engine, other, now))
            .collect(),
        limit: engine.explain(&record).case.map(|working| Limit {
            span: working.deadline.span.to_string(),
            at: working.deadline.at,
            why: working.text,
        }),
    }))
}

fn route(engine: &Engine, record: &Record, now: Timestamp) -> Option<Way> {
    let routing = engine.route(record, now);
    let assignee = routing.assignee?;
    let roster = engine.roster();
    let same = |id: &str| Text {
        zh: id.to_owned(),
        en: id.to_owned(),
    };
    let setup = engine.setup();
    let post = setup
        .post(&assignee.post)
        .map_or_else(|| same(&assignee.post), |info| info.title.clone());
    let (seat, people): (Option<Text>, Vec<Uuid>) = match (assignee.unit, &assignee.cell) {
        (Some(unit), _) => (
            roster.unit(unit).map(|unit| unit.title.clone()),
            roster.at_unit(unit, &assignee.post, now).collect(),
        ),
        (None, Some(cell)) => (
            setup.grid().cell(cell).map(|cell| cell.title.clone()),
            roster.at_cell(cell, &assignee.post, now).collect(),
        ),
        (None, None) => (None, Vec::new()),
    };
    let title = match seat {
        Some(seat) => Text {
            zh: format!("{}{}", seat.zh, post.zh),
            en: format!("{}, {}", post.en, seat.en),
        },
        None => post,
    };
    let people = people.into_iter().filter_map(|id| roster.person(id));
    Some(Way {
        unit: assignee.unit,
        cell: assignee.cell,
        post: assignee.post,
        title,
        why: vec![routing.why],
        people: people.map(|person| person.name.clone()).collect(),
    })
}
