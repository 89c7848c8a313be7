//! The description of the API, to read and for programs. No script, no request to anywhere else: it reads the same in a
//! town hall without the Internet.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use utoipa::openapi::OpenApi;

use crate::app::App;
use crate::lang::Lang;
use crate::manual::manual;
use crate::page::{described_as, html};

/// `/api/v1/docs` and `/api/v1/openapi.json`.
pub(crate) fn pages(document: OpenApi) -> Router<Arc<App>> {
    let json = crate::openapi::json(&document);
    let described = serde_json::from_str(&json).unwrap_or_default();
    let [zh, en]: [Arc<str>; 2] = [Lang::Zh, Lang::En].map(|lang| manual(&described, lang).into());
    let json: Arc<str> = json.into();
    let json = move || {
        let json = json.clone();
        async move { described_as("application/json", json.to_string()) }
    };
    let docs = move |request: Request| {
        let lang = Lang::of(request.uri(), request.headers());
        let page = match lang {
            Lang::Zh => zh.clone(),
            Lang::En => en.clone(),
        };
        async move { html(lang, page.to_string()) }
    };
    Router::new()
        .route("/api/v1/openapi.json", get(json))
        .route("/api/v1/docs", get(docs))
        .layer(tower_http::compression::CompressionLayer::new())
}
