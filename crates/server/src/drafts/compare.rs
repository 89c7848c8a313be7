//! What is wrong with a draft, and how it differs from an edition.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use gewang_grid::{Diff, Layer, diff_layers};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::keep::{allowed, levels, with};
use super::picture::{defect, lon_lat, outline};
use super::problems;
use super::view::Defects;
use super::work::reading;
use super::{json, written};
use crate::app::App;
use crate::body::{Path, Query};
use crate::caller::Caller;
use crate::editions;
use crate::problem::{Outcome, ProblemBody};

/// Defects of a draft.
///
/// All that keeps it from being a partition that fills the town. What is a partition already may have some too: ground that it
/// lost (`gap`) or won (`outside_boundary`) against its boundary, codes that stand twice or don't extend their parent's.
#[utoipa::path(
    get, path = "/api/v1/drafts/{id}/defects", tag = "grid", operation_id = "listDraftDefects",
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = Defects, description = "All of them"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
    )
)]
pub(super) async fn defects(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Outcome<Response> {
    allowed(&app, &caller).await?;
    let found = with(&app, id, |held| {
        let defects = held.work.defects()?.iter().map(defect).collect();
        written(&Defects { defects })
    });
    json(found.await?)
}

/// How two drawings differ, by the ids of their lowest cells.
#[derive(Serialize, ToSchema)]
#[schema(as = GridDiff)]
pub(crate) struct DiffView {
    /// Cells that the earlier one doesn't have.
    came: Vec<WholeCell>,
    /// Cells that the later one doesn't have.
    went: Vec<WholeCell>,
    /// Cells that both have, with other ground.
    changed: Vec<ChangedCell>,
    /// Every stretch of ground that changed hands, the largest first.
    moved: Vec<MovedTo>,
}

/// A cell with its area.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeCell {
    /// Its id.
    cell: String,
    /// Its area in m².
    area_m2: f64,
}

/// A cell with other ground than before.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedCell {
    /// Its id.
    cell: String,
    /// Its area before, in m².
    before_m2: f64,
    /// Its area after.
    after_m2: f64,
    /// What it won.
    won_m2: f64,
    /// What it lost.
    lost_m2: f64,
}

/// Ground that changed hands.
#[derive(Serialize, ToSchema)]
pub(crate) struct MovedTo {
    /// Whose it was; null: outside of the town.
    #[schema(required = true)]
    from: Option<String>,
    /// Whose it is; null: outside of the town.
    #[schema(required = true)]
    to: Option<String>,
    /// How much, in m².
    area_m2: f64,
    /// A place on it.
    at: [f64; 2],
    /// Its outline as GeoJSON.
    #[schema(value_type = Object)]
    geometry: serde_json::Value,
}

impl From<Diff> for DiffView {
    fn from(diff: Diff) -> Self {
        let whole = |one: &gewang_grid::Whole| WholeCell {
            cell: one.cell.to_string(),
            area_m2: one.area_m2,
        };
        let changed = diff.changed.iter().map(|one| ChangedCell {
            cell: one.cell.to_string(),
            before_m2: one.before_m2,
            after_m2: one.after_m2,
            won_m2: one.won_m2,
            lost_m2: one.lost_m2,
        });
        let moved = diff.moved.iter().map(|one| MovedTo {
            from: one.from.as_ref().map(ToString::to_string),
            to: one.to.as_ref().map(ToString::to_string),
            area_m2: one.area_m2,
            at: lon_lat(one.at),
            geometry: outline(&one.rings, Some(one.at)),
        });
        DiffView {
            came: diff.came.iter().map(whole).collect(),
            went: diff.went.iter().map(whole).collect(),
            changed: changed.collect(),
            moved: moved.collect(),
        }
    }
}

/// How two files of cells differ.
pub(crate) fn compared(app: &App, before: &[u8], after: &[u8]) -> Outcome<DiffView> {
    let rules = reading(&levels(&app.engine()));
    let unreadable = |faults: Vec<gewang_grid::Unreadable>| problems::unreadable(&faults);
    let before = Layer::from_geojson(before).map_err(unreadable)?;
    let after = Layer::from_geojson(after).map_err(unreadable)?;
    let diff = diff_layers((&before, &rules), (&after, &rules)).map_err(unreadable)?;
    Ok(diff.into())
}

/// With what to compare.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct With {
    /// The name of an edition, or `in_force` (the default).
    with: Option<String>,
}

impl With {
    /// The file of the edition that is meant.
    pub async fn drawing(&self, app: &Arc<App>) -> Outcome<Vec<u8>> {
        let edition = match self.with.as_deref() {
            None | Some("in_force") => editions::in_force(app).await?,
            Some(name) => editions::named(app, name).await?,
        };
        editions::drawing(app, edition.hash).await
    }
}

/// Compare a draft with an edition.
///
/// Cells that came, went and changed since that edition, and all ground that changed hands.
#[utoipa::path(
    get, path = "/api/v1/drafts/{id}/diff", tag = "grid", operation_id = "diffDraft",
    params(("id" = Uuid, Path, description = "The draft"), With),
    responses(
        (status = 200, body = DiffView, description = "What differs"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`: no such draft, no such edition"),
    )
)]
pub(super) async fn diff(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(asked): Query<With>,
) -> Outcome<Response> {
    allowed(&app, &caller).await?;
    let before = asked.drawing(&app).await?;
    let differs = with(&app, id, move |held| {
        let (rules, after) = (reading(held.work.levels()), held.work.stage.layer());
        let unreadable = |faults: Vec<gewang_grid::Unreadable>| problems::unreadable(&faults);
        let before = Layer::from_geojson(&before).map_err(unreadable)?;
        let diff = diff_layers((&before, &rules), (&after, &rules)).map_err(unreadable)?;
        written(&DiffView::from(diff))
    });
    json(differs.await?)
}
