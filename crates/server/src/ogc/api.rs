//! The definition of this interface as OpenAPI 3.0, which the standard asks for.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::ask::{MOST, PAGE};
use super::{GEOJSON, JSON, OPENAPI, answer, base};
use crate::app::App;
use crate::problem::Outcome;

fn parameter(name: &str, place: &str, schema: &Value, description: &str) -> Value {
    json!({
        "name": name, "in": place, "required": place == "path",
        "schema": schema, "description": description,
    })
}

fn operation(summary: &str, id: &str, media: &str, parameters: &[Value]) -> Value {
    json!({
        "get": {
            "summary": summary,
            "operationId": id,
            "parameters": parameters,
            "responses": {
                "200": { "description": summary, "content": { media: { "schema": { "type": "object" } } } },
                "default": {
                    "description": "Why not",
                    "content": { "application/problem+json": { "schema": { "type": "object" } } },
                },
            },
        },
    })
}

pub(super) async fn api(State(app): State<Arc<App>>, headers: HeaderMap) -> Outcome<Response> {
    let base = base(&app, &headers);
    let text = json!({ "type": "string" });
    let uri = json!({ "type": "string", "format": "uri" });
    let collection = parameter("collectionId", "path", &text, "A collection");
    let feature = parameter("featureId", "path", &text, "A feature");
    let crs = parameter(
        "crs",
        "query",
        &uri,
        "The coordinate reference system of the answer, one of the collection's `crs`",
    );
    let number = json!({ "type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE });
    let numbers =
        json!({ "type": "array", "minItems": 4, "maxItems": 6, "items": { "type": "number" } });
    let bbox = json!({
        "name": "bbox", "in": "query", "required": false, "schema": numbers,
        "style": "form", "explode": false,
        "description": "Lower left corner and upper right corner",
    });
    let asked = [
        collection.clone(),
        parameter("limit", "query", &number, "Features on a page"),
        bbox,
        parameter(
            "bbox-crs",
            "query",
            &uri,
            "The coordinate reference system of `bbox`",
        ),
        parameter(
            "datetime",
            "query",
            &text,
            "An instant, or an interval with `..` for an open end: records that were open then",
        ),
        crs.clone(),
        parameter("cursor", "query", &text, "From the link to the next page"),
    ];
    let body = json!({
        "openapi": "3.0.3",
        "info": { "title": "OGC API - Features", "version": env!("CARGO_PKG_VERSION") },
        "servers": [{ "url": base }],
        "security": [{}, { "password": [] }, { "token": [] }],
        "components": { "securitySchemes": {
            "password": { "type": "http", "scheme": "basic" },
            "token": { "type": "http", "scheme": "bearer" },
        } },
        "paths": {
            "/": operation("The landing page", "getLandingPage", JSON, &[]),
            "/conformance": operation("What it conforms to", "getConformanceDeclaration", JSON, &[]),
            "/collections": operation("The collections", "getCollections", JSON, &[]),
            "/collections/{collectionId}": operation("A collection", "describeCollection", JSON, std::slice::from_ref(&collection)),
            "/collections/{collectionId}/queryables": operation("What its features are asked by", "getQueryables", "application/schema+json", std::slice::from_ref(&collection)),
            "/collections/{collectionId}/items": operation("Features", "getFeatures", GEOJSON, &asked),
            "/collections/{collectionId}/items/{featureId}": operation("A feature", "getFeature", GEOJSON, &[collection.clone(), feature, crs]),
        },
    });
    answer(OPENAPI, &body)
}
