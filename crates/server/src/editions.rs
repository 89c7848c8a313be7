//! Editions of the grid: every drawing that was ever in force, as the journal tells it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use gewang_engine::Actor;
use gewang_grid::Layer;
use gewang_grid::formats::{to_geojson, to_geopackage, to_topojson};
use gewang_store::Reader;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::body::{Path, Query, bad_parameter};
use crate::caller::Caller;
use crate::drafts::{DiffView, compared, compute};
use crate::guard;
use crate::map;
use crate::problem::{Outcome, Problem, ProblemBody};
use crate::schema;

/// A drawing that was in force, or is.
#[derive(Clone, Debug)]
pub(crate) struct Edition {
    /// Its name: the beginning of the file's hash.
    pub name: String,
    /// The hash of its file.
    pub hash: String,
    /// The entry that put it in force.
    pub seq: u64,
    from: Timestamp,
    by: Actor,
    reason: Option<String>,
    note: Option<String>,
}

/// Every edition, the first one first.
pub(crate) fn all(reader: &Reader) -> Result<Vec<Edition>, gewang_store::Error> {
    let Some(domain) = map::domain(reader)? else {
        return Ok(Vec::new());
    };
    let (mut after, mut editions) = (0, Vec::new());
    loop {
        let entries = reader.journal(domain.id, after, 500)?;
        let Some(last) = entries.last() else { break };
        after = last.version;
        for entry in &entries {
            let set = |field: &str| Some(entry.change.set.get(field)?.as_str()?.to_owned());
            if let Some(hash) = set("grid") {
                editions.push(Edition {
                    name: map::edition(&hash),
                    hash,
                    seq: entry.seq,
                    from: entry.time,
                    by: entry.actor.clone(),
                    reason: set("reason"),
                    note: entry.change.note.clone(),
                });
            }
        }
    }
    Ok(editions)
}

/// The edition in force.
pub(crate) async fn in_force(app: &App) -> Outcome<Edition> {
    let mut editions = app.store.read(all).await?;
    editions.pop().ok_or_else(guard::failed)
}

/// The edition of this name.
pub(crate) async fn named(app: &App, name: &str) -> Outcome<Edition> {
    let editions = app.store.read(all).await?;
    let found = editions.into_iter().rev().find(|one| one.name == name);
    found.ok_or_else(no_such_edition)
}

/// The file of an edition.
pub(crate) async fn drawing(app: &App, hash: String) -> Outcome<Vec<u8>> {
    let file = app.store.file_bytes(&hash).await?;
    file.ok_or_else(no_such_edition)
}

pub(crate) fn no_such_edition() -> Problem {
    Problem::new(
        axum::http::StatusCode::NOT_FOUND,
        "not_found",
        "没有这一版网格图：/api/v1/editions 列出全部。",
        "There is no such edition of the cells: /api/v1/editions lists them.",
    )
}

/// An edition of the cells.
#[derive(Serialize, ToSchema)]
#[schema(as = Edition)]
pub(crate) struct EditionView {
    /// Its name.
    edition: String,
    /// Counts the editions of the town, from 1.
    number: usize,
    /// Since when it is in force.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Until when it was; null for the one in force.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    until: Option<Timestamp>,
    /// Who adopted it.
    #[schema(value_type = schema::Actor)]
    by: Actor,
    /// Why; null for the founding.
    #[schema(required = true)]
    reason: Option<String>,
    /// What was said besides: that the town's own boundary changed; null where nothing was.
    #[schema(required = true)]
    note: Option<String>,
    /// How many cells tile the town.
    leaves: usize,
    /// How many records got another cell by it; null while they still follow.
    #[schema(required = true)]
    records_rehomed: Option<u64>,
}

/// Editions.
#[derive(Serialize, ToSchema)]
pub(crate) struct Editions {
    /// The newest first.
    items: Vec<EditionView>,
}

/// Editions of the cells.
///
/// Every drawing that was ever in force: since when, adopted by whom and why, and how many records got another cell by it.
#[utoipa::path(
    get, path = "/api/v1/editions", tag = "grid", operation_id = "listEditions",
    responses(
        (status = 200, body = Editions, description = "The newest first"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Outcome<axum::Json<Editions>> {
    caller.signed_in()?;
    let found = app
        .store
        .read(|reader| {
            let editions = all(reader)?;
            let moved = editions
                .iter()
                .enumerate()
                .map(|(at, one)| match at {
                    // At the founding there were no records.
                    0 => Ok(Some(0)),
                    _ => reader.rehomed(one.seq),
                })
                .collect::<Result<Vec<_>, _>>()?;
            Ok((editions, moved))
        })
        .await?;
    let (editions, moved) = found;
    let mut items = Vec::with_capacity(editions.len());
    let ends = editions
        .iter()
        .skip(1)
        .map(|next| Some(next.from))
        .chain([None]);
    for (at, ((one, until), records_rehomed)) in editions.iter().zip(ends).zip(moved).enumerate() {
        items.push(EditionView {
            edition: one.name.clone(),
            number: at + 1,
            from: one.from,
            until,
            by: one.by.clone(),
            reason: one.reason.clone(),
            note: one.note.clone(),
            leaves: leaves(&app, &one.hash).await?,
            records_rehomed,
        });
    }
    items.reverse();
    Ok(axum::Json(Editions { items }))
}

/// How many leaves a file of cells has, which is found out once.
async fn leaves(app: &Arc<App>, hash: &str) -> Outcome<usize> {
    if let Some(known) = app.maps.leaves(hash) {
        return Ok(known);
    }
    let file = drawing(app, hash.to_owned()).await?;
    let count = compute(app, move |_| {
        let layer = Layer::from_geojson(&file).unwrap_or_default();
        let drawn = layer.features.iter().filter(|one| one.shape.is_some());
        Ok(drawn.count())
    });
    let count = count.await?;
    app.maps.has_leaves(hash, count);
    Ok(count)
}

/// In which format.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// `geojson` (the default), `topojson` or `gpkg`.
    format: Option<String>,
}

/// The cells of an edition.
///
/// As a file to keep, in WGS 84: GeoJSON, TopoJSON with every shared border once, or a GeoPackage.
#[utoipa::path(
    get, path = "/api/v1/editions/{edition}/cells", tag = "grid", operation_id = "getEditionCells",
    params(("edition" = String, Path, description = "Its name"), Asked),
    responses(
        (status = 200, description = "The file", content(
            (Object = "application/geo+json"), (Object = "application/json"), (Vec<u8> = "application/geopackage+sqlite3"),
        )),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "`bad_parameter`"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
    )
)]
pub(crate) async fn cells(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Outcome<Response> {
    caller.signed_in()?;
    let format = match asked.format.as_deref() {
        None | Some("geojson") => "geojson",
        Some("topojson") => "topojson",
        Some("gpkg") => "gpkg",
        Some(_) => {
            return Err(bad_parameter(
                "format",
                "应为 geojson、topojson 或 gpkg",
                "is geojson, topojson or gpkg",
            ));
        }
    };
    let edition = named(&app, &name).await?;
    let file = drawing(&app, edition.hash).await?;
    let written_at = edition.from.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let (media, bytes) = compute(&app, move |_| {
        let layer = Layer::from_geojson(&file).map_err(|_| guard::failed())?;
        Ok(match format {
            "topojson" => (
                "application/json",
                to_topojson(&layer, "cells").into_bytes(),
            ),
            "gpkg" => (
                "application/geopackage+sqlite3",
                to_geopackage(&layer, "cells", &written_at),
            ),
            _ => ("application/geo+json", to_geojson(&layer).into_bytes()),
        })
    })
    .await?;
    let ending = if format == "topojson" {
        "topojson"
    } else {
        format
    };
    let disposition = format!("attachment; filename=\"cells-{name}.{ending}\"");
    let disposition = HeaderValue::from_str(&disposition).map_err(|_| guard::failed())?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, bytes).into_response())
}

/// With which edition to compare.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct With {
    /// The later edition.
    with: String,
}

/// Compare two editions.
///
/// Cells that came, went and changed from one to the other, and all ground that changed hands.
#[utoipa::path(
    get, path = "/api/v1/editions/{edition}/diff", tag = "grid", operation_id = "diffEditions",
    params(("edition" = String, Path, description = "The earlier edition"), With),
    responses(
        (status = 200, body = DiffView, description = "What differs"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
    )
)]
pub(crate) async fn diff(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Query(With { with }): Query<With>,
) -> Outcome<axum::Json<DiffView>> {
    caller.signed_in()?;
    let (before, after) = (named(&app, &name).await?, named(&app, &with).await?);
    let before = drawing(&app, before.hash).await?;
    let after = drawing(&app, after.hash).await?;
    let differs = compute(&app, move |app| compared(app, &before, &after));
    Ok(axum::Json(differs.await?))
}
