//! How the server is.

use std::sync::Arc;

use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::clock;
use crate::schema;

/// How the server is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Status {
    /// The program's version.
    version: &'static str,
    /// The town's id.
    domain: String,
    /// The town's name.
    title: schema::Text,
    /// Whether everything in it is made up.
    demo: bool,
    /// The IANA name of its time zone.
    time_zone: String,
    /// The server's clock.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// Seconds since it started.
    up_s: u64,
    /// The journal's last sequence number.
    head: u64,
    /// Up to which sequence number searching knows the journal.
    searched: u64,
    /// The hash that chains the journal: `blake3` or `sm3`.
    #[schema(value_type = String, example = "blake3")]
    hash: gewang_pack::HashKind,
    /// `proving`: since the start the journal is being proved from its first entry; `proved`; or `broken`: nothing is
    /// written any more.
    chain: &'static str,
    /// Where the chain is broken: the first bad entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken_at: Option<u64>,
    /// What is wrong there.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken_why: Option<String>,
}

/// How is the server?
///
/// For anybody. A journal that does not prove itself is said here, and every answer then carries
/// `Gewang-Journal: broken`.
#[utoipa::path(
    get, path = "/api/v1/status", tag = "town", operation_id = "getStatus", security(()),
    responses((status = 200, body = Status, description = "It answers"))
)]
pub(crate) async fn get(State(app): State<Arc<App>>) -> axum::Json<Status> {
    let engine = app.engine();
    let town = engine.setup().town();
    let (broken_at, broken_why) = app.broken().unzip();
    axum::Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        domain: town.domain.clone(),
        title: schema::Text {
            zh: town.title.zh.clone(),
            en: town.title.en.clone(),
        },
        demo: town.demo,
        time_zone: town.time_zone.clone(),
        time: clock::now(),
        up_s: app.started.elapsed().as_secs(),
        head: app.store.head(),
        searched: app.store.searched(),
        hash: town.hash,
        chain: app.chain(),
        broken_at,
        broken_why,
    })
}
