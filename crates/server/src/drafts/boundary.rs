//! The ground that a draft should fill: the town's as it was when the draft began, unless a boundary was given.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use gewang_grid::formats::{InFile, Opening, open, to_geojson};
use gewang_grid::{Crs, Layer, OutlineChange, Partition, Reading};
use gewang_store::{Draft, DraftStep, Reader};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::keep::{Held, allowed, facts, levels, with};
use super::problems;
use super::view::DraftView;
use super::work::reading;
use crate::app::App;
use crate::body::{self, Path, Query, bad_parameter};
use crate::caller::Caller;
use crate::clock;
use crate::editions;
use crate::problem::{Outcome, Problem, ProblemBody};

/// How a boundary is to be read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct Told {
    /// Its coordinate reference system, whatever the file says.
    crs: Option<String>,
    /// Which of several layers in the file.
    layer: Option<String>,
    /// The file's name: a hint where what it holds leaves a choice.
    file: Option<String>,
    /// The version of the draft that its author saw.
    version: Option<u64>,
}

/// Give the boundary that a draft should fill.
///
/// A file in any format that drawings are read in; its features together are the boundary. Until one is given, a draft
/// should fill what the town filled when it began. The defects tell where it doesn't.
#[utoipa::path(
    put, path = "/api/v1/drafts/{id}/boundary", tag = "grid", operation_id = "putDraftBoundary",
    request_body(content((Vec<u8> = "application/octet-stream"))),
    params(("id" = Uuid, Path, description = "The draft"), Told),
    responses(
        (status = 200, body = DraftView, description = "The draft, checked against it"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`changed`, `scheduled`"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json", description = "`body_too_large`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unreadable_file`: also a boundary that crosses itself; `which_crs`"),
    )
)]
pub(super) async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(told): Query<Told>,
    request: Request,
) -> Outcome<axum::Json<DraftView>> {
    let account = allowed(&app, &caller).await?;
    app.writable()?;
    let crs = told.crs.as_deref().map(Crs::parse).transpose();
    let crs = crs.map_err(|bad| {
        let text = bad.text();
        bad_parameter("crs", &text.zh, &format!("is not known: {}", text.en))
    })?;
    let (parts, body) = request.into_parts();
    let bytes = body::bytes(&parts.headers, body, app.options.limits.drawing_bytes).await?;
    let view = with(&app, id, move |held| {
        held.may_change(told.version.unwrap_or(held.draft.version))?;
        let opening = Opening {
            crs,
            layer: told.layer,
        };
        let file = InFile {
            name: told.file.as_deref().unwrap_or_default(),
            bytes: &bytes,
        };
        let layer = open(file, &[], &opening).map_err(problems::unopened)?.layer;
        let outline = bare(layer);
        let drawn = to_geojson(&outline).into_bytes();
        held.work.set_boundary(outline)?;
        held.ahead();
        let owner = Some(account.person.to_string());
        let store = &held.app.store;
        let file = store.put_file_now("application/geo+json", &drawn, None, owner, clock::now())?;
        held.keep_boundary(Some(file.hash))
    });
    Ok(axum::Json(view.await?))
}

/// Take the town's own boundary again.
///
/// The ground that the town filled when the draft began.
#[utoipa::path(
    delete, path = "/api/v1/drafts/{id}/boundary", tag = "grid", operation_id = "removeDraftBoundary",
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = DraftView, description = "The draft, checked against it"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`scheduled`"),
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
        held.may_change(held.draft.version)?;
        let levels = levels(&held.app.engine());
        let based_on = held.draft.based_on.clone();
        let read = |reader: &Reader| Ok(of_edition(reader, &based_on, &levels));
        let outline = held.app.store.read_now(read)??;
        held.work.set_boundary(outline)?;
        held.ahead();
        held.keep_boundary(None)
    });
    Ok(axum::Json(view.await?))
}

impl Held<'_> {
    fn keep_boundary(&mut self, hash: Option<String>) -> Outcome<DraftView> {
        let mut facts = self.facts()?;
        facts.boundary = hash;
        self.set_facts(&facts);
        self.keep(DraftStep::Stays(self.work.applied))
    }
}

/// A boundary is its ground and nothing else.
fn bare(mut layer: Layer) -> Layer {
    for feature in &mut layer.features {
        feature.attributes.clear();
    }
    layer.about.clear();
    layer
}

/// The ground that a draft should fill.
pub(super) fn of_draft(reader: &Reader, draft: &Draft, levels: &[String]) -> Outcome<Layer> {
    let Some(given) = facts(draft)?.boundary else {
        return of_edition(reader, &draft.based_on, levels);
    };
    let bytes = reader.file_bytes(&given)?.unwrap_or_default();
    Layer::from_geojson(&bytes).map_err(|faults| problems::unreadable(&faults))
}

fn of_edition(reader: &Reader, name: &str, levels: &[String]) -> Outcome<Layer> {
    let editions = editions::all(reader)?;
    let edition = editions.iter().rev().find(|one| one.name == name);
    let bytes = edition
        .map(|one| reader.file_bytes(&one.hash))
        .transpose()?;
    let bytes = bytes.flatten().ok_or_else(editions::no_such_edition)?;
    let partition = Partition::from_geojson(&bytes, &reading(levels));
    Ok(partition.map_err(|_| problems::stale_draft())?.outline())
}

/// How the town's own boundary would change.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(super) struct BoundaryChange {
    /// Ground that would become the town's, in m².
    came_m2: f64,
    /// Ground that would be the town's no longer, in m².
    went_m2: f64,
}

impl From<&OutlineChange> for BoundaryChange {
    fn from(change: &OutlineChange) -> Self {
        BoundaryChange {
            came_m2: change.came_m2,
            went_m2: change.went_m2,
        }
    }
}

/// How the outline of a drawing differs from that in force.
pub(super) fn changed(
    in_force: &Partition,
    drawn: &Layer,
    rules: &Reading,
) -> Outcome<OutlineChange> {
    OutlineChange::of(drawn, &in_force.outline(), rules)
        .map_err(|faults| problems::unreadable(&faults))
}

/// Nobody moves the border of a town without saying so.
pub(super) fn refused(change: &OutlineChange) -> Problem {
    let OutlineChange {
        came_m2, went_m2, ..
    } = change;
    let largest = change
        .defects
        .iter()
        .max_by(|a, b| a.area_m2.total_cmp(&b.area_m2));
    let at = largest.and_then(|defect| defect.at);
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "boundary_changes",
        format!("辖区边界会改变：增加 {came_m2:.1} 平方米，减少 {went_m2:.1} 平方米。画错的请先补上或修复；边界确实调整的，请在发布时说明。"),
        format!("The town's own boundary would change: {came_m2:.1} m² would come and {went_m2:.1} m² would go. Mend the drawing, or say with the publication that the boundary itself changes."),
    )
    .at("/boundary_changes")
    .on_map(at.map(|at| [at.lon(), at.lat()]))
}
