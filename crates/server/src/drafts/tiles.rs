//! A draft as vector tiles.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::keep::{allowed, compute, with};
use crate::app::App;
use crate::body::{Path, Query};
use crate::caller::Caller;
use crate::map;
use crate::problem::{Outcome, ProblemBody};
use crate::projection::Datum;

/// For which map.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// The datum of the base map above which it is drawn (`wgs84` by default).
    #[param(inline)]
    datum: Datum,
}

/// A tile of a draft.
///
/// As the draft stands, with the layers of the town's own tiles. An edit draws the tiles anew that it touches and no others:
/// send the `ETag` back as `If-None-Match`. Nothing is drawn while there are defects.
#[utoipa::path(
    get, path = "/api/v1/drafts/{id}/tiles/{z}/{x}/{y}", tag = "grid", operation_id = "getDraftTile",
    params(
        ("id" = Uuid, Path, description = "The draft"),
        ("z" = u8, Path, description = "Zoom, at most 16"),
        ("x" = u32, Path, description = "Column from the west"),
        ("y" = u32, Path, description = "Row from the north"),
        Asked,
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/vnd.mapbox-vector-tile", description = "The tile; without a byte where there is nothing"),
        (status = 304, description = "It is as it was"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`defective`"),
    )
)]
pub(super) async fn tile(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, z, x, y)): Path<(Uuid, u8, u32, u32)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Outcome<Response> {
    allowed(&app, &caller).await?;
    let place = map::place(z, x, y, asked.datum)?;
    let drawing = with(&app, id, move |held| held.work.shown(&id.to_string())).await?;
    // Whoever edits the draft meanwhile need not wait for it.
    let tile = compute(&app, move |_| Ok(drawing.tile(place))).await?;
    let hash = &blake3::hash(&tile).as_bytes()[..12].to_vec();
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash));
    let same = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|seen| seen.as_bytes() == tag.as_bytes());
    let tag = HeaderValue::from_str(&tag).map_err(|_| crate::guard::failed())?;
    let mut response = match same {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => tile.into_response(),
    };
    let told = response.headers_mut();
    told.insert(header::ETAG, tag);
    told.insert(header::CONTENT_TYPE, HeaderValue::from_static(map::MEDIA));
    told.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    Ok(response)
}
