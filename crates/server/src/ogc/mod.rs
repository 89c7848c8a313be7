//! OGC API - Features: the cells, and the records that a caller may see, as QGIS and ogr2ogr read them.
//!
//! Core, GeoJSON, OpenAPI 3.0 and part 2 (coordinate reference systems). What a caller may see is what the ordinary
//! interface shows them, never more: cells to everybody, records by their posts, no personal data.

mod api;
mod ask;
mod cells;
mod collections;
mod crs;
mod records;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use crate::address;
use crate::app::App;
use crate::guard;
use crate::problem::{Outcome, Problem};

/// Every address below `/ogc`.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/ogc", get(landing))
        .route("/ogc/", get(landing))
        .route("/ogc/api", get(api::api))
        .route("/ogc/conformance", get(conformance))
        .route("/ogc/collections", get(collections::list))
        .route("/ogc/collections/{collection}", get(collections::one))
        .route(
            "/ogc/collections/{collection}/queryables",
            get(collections::queryables),
        )
        .route("/ogc/collections/{collection}/items", get(ask::items))
        .route("/ogc/collections/{collection}/items/{item}", get(ask::item))
}

/// What this interface conforms to.
const CONFORMS: [&str; 5] = [
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
];

const JSON: &str = "application/json";
const GEOJSON: &str = "application/geo+json";
const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";

/// Where this interface is reached: links are told whole.
fn base(app: &App, headers: &HeaderMap) -> String {
    format!("{}/ogc", address::base(app, headers))
}

fn link(rel: &str, kind: &str, title: &str, href: String) -> Value {
    json!({ "rel": rel, "type": kind, "title": title, "href": href })
}

fn answer(media: &'static str, value: &Value) -> Outcome<Response> {
    let bytes = serde_json::to_vec(value).map_err(|_| guard::failed())?;
    let media = HeaderValue::from_static(media);
    Ok(([(header::CONTENT_TYPE, media)], bytes).into_response())
}

async fn landing(State(app): State<Arc<App>>, headers: HeaderMap) -> Outcome<Response> {
    let base = base(&app, &headers);
    let engine = app.engine();
    let title = &engine.setup().town().title;
    let body = json!({
        "title": format!("{} / {}", title.zh, title.en),
        "description": "本镇的网格和您可见的记录，供 QGIS、ogr2ogr 等直接读取。 / The cells of this town and the records that you may see, for QGIS, ogr2ogr and others to read.",
        "links": [
            link("self", JSON, "This page", base.clone()),
            link("service-desc", OPENAPI, "The definition of this interface", format!("{base}/api")),
            link("conformance", JSON, "What it conforms to", format!("{base}/conformance")),
            link("data", JSON, "The collections", format!("{base}/collections")),
        ],
    });
    answer(JSON, &body)
}

async fn conformance() -> Outcome<Response> {
    answer(JSON, &json!({ "conformsTo": CONFORMS }))
}

/// What isn't there, or isn't for the caller.
fn not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "没有这个图层或要素，或您无权查看；/ogc/collections 列出图层。",
        "There is no such collection or feature, or none that you may see; /ogc/collections lists them.",
    )
}
