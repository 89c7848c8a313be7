//! The points where people live, by which a draft counts households.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use gewang_grid::{Crs, households};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::keep::{allowed, with};
use super::problems;
use super::view::DraftView;
use super::work::packed;
use super::{json, written};
use crate::app::App;
use crate::body::{self, Path, Query};
use crate::caller::Caller;
use crate::problem::{Outcome, ProblemBody};

/// Points that a draft may have.
const MOST: usize = 1_000_000;

/// How the points are to be read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct Told {
    /// The coordinate reference system of the points, `wgs84` by default.
    crs: Option<String>,
    /// The version of the draft that its author saw.
    version: Option<u64>,
}

/// Give the points where people live.
///
/// CSV in UTF-8 or GBK whose first line names the columns: `lon` or 经度, `lat` or 纬度, and `weight` or 户数 where a point
/// counts for more than one. They replace those given before. At most a million.
#[utoipa::path(
    put, path = "/api/v1/drafts/{id}/points", tag = "grid", operation_id = "putDraftPoints",
    request_body(content((Vec<u8> = "text/csv"))),
    params(("id" = Uuid, Path, description = "The draft"), Told),
    responses(
        (status = 200, body = DraftView, description = "The draft, which counts them now: its drawing has the households of each cell"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`changed`"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json", description = "`body_too_large`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unreadable_file`, with the row"),
    )
)]
pub(super) async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(told): Query<Told>,
    request: Request,
) -> Outcome<axum::Json<DraftView>> {
    allowed(&app, &caller).await?;
    app.writable()?;
    let crs = Crs::parse(told.crs.as_deref().unwrap_or("wgs84"));
    let crs = crs.map_err(problems::unknown_crs)?;
    let (parts, body) = request.into_parts();
    let bytes = body::bytes(&parts.headers, body, app.options.limits.drawing_bytes).await?;
    let view = with(&app, id, move |held| {
        if told
            .version
            .is_some_and(|version| version != held.draft.version)
        {
            return Err(problems::changed());
        }
        let points =
            households(&bytes, crs, MOST).map_err(|faults| problems::unreadable(&faults))?;
        let kept = packed(&points);
        held.work.set_points(Some(points));
        held.keep_points(Some(kept))
    });
    Ok(axum::Json(view.await?))
}

/// Points where people live.
#[derive(Serialize, ToSchema)]
#[schema(as = HouseholdPoints)]
pub(super) struct Points {
    /// Longitude, latitude and how many households, each.
    points: Vec<[f64; 3]>,
}

/// The points where people live.
///
/// So that a page can count while a border is dragged.
#[utoipa::path(
    get, path = "/api/v1/drafts/{id}/points", tag = "grid", operation_id = "getDraftPoints",
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = Points, description = "All of them; none where none were given"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
    )
)]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Outcome<Response> {
    allowed(&app, &caller).await?;
    let points = with(&app, id, |held| {
        let points = held.work.points.iter().flatten();
        let points = points.map(|point| [point.at.lon(), point.at.lat(), point.weight]);
        written(&Points {
            points: points.collect(),
        })
    });
    json(points.await?)
}

/// Forget the points where people live.
#[utoipa::path(
    delete, path = "/api/v1/drafts/{id}/points", tag = "grid", operation_id = "removeDraftPoints",
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = DraftView, description = "The draft without them"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
    )
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Outcome<axum::Json<DraftView>> {
    allowed(&app, &caller).await?;
    app.writable()?;
    let view = with(&app, id, |held| {
        held.work.set_points(None);
        held.keep_points(None)
    });
    Ok(axum::Json(view.await?))
}
