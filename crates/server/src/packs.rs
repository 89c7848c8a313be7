//! The packs in force, whole: forms, lists and boards are built from them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::app::App;
use crate::schema;

/// The packs in force.
#[derive(Serialize, ToSchema)]
pub(crate) struct Packs {
    /// The town's name.
    title: schema::Text,
    /// The kinds of post by id, as this town calls them.
    #[schema(value_type = std::collections::BTreeMap<String, schema::PostKind>)]
    posts: Value,
    /// Each pack as the pack language writes it (`packs/schema.json`), `town` first.
    #[schema(value_type = Vec<schema::Pack>)]
    packs: Vec<Value>,
}

/// The packs in force.
///
/// Everything that a client needs to build forms, lists, boards and maps: kinds with fields, states, actions and views,
/// choices, posts. They are no secret: anybody may read them. The answer changes only when the town adopts something.
#[utoipa::path(
    get, path = "/api/v1/packs", tag = "town", operation_id = "listPacks", security(()),
    responses(
        (status = 200, body = Packs, description = "All of them"),
        (status = 304, description = "As `If-None-Match` says"),
    )
)]
pub(crate) async fn list(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let engine = app.engine();
    let setup = engine.setup();
    let posts: serde_json::Map<String, Value> = setup
        .posts()
        .map(|(id, info)| (id.to_owned(), json!({ "title": info.title, "at": info.at })))
        .collect();
    let packs = Packs {
        title: schema::Text {
            zh: setup.town().title.zh.clone(),
            en: setup.town().title.en.clone(),
        },
        posts: Value::Object(posts),
        packs: setup
            .packs()
            .filter_map(|pack| serde_json::to_value(&**pack).ok())
            .collect(),
    };
    let json = serde_json::to_vec(&packs).expect("packs are always JSON");
    let tag = format!("\"{}\"", &blake3::hash(&json).to_hex()[..32]);
    let etag = HeaderValue::from_str(&tag).expect("hexadecimal digits are ASCII");
    let caching = [
        (header::ETAG, etag),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes())
    {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, "application/json")], json).into_response()
}
