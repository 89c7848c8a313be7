//! The journal of a record, with what proves it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use gewang_engine::Entry;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::body::{Path, Query, bad_parameter};
use crate::caller::Caller;
use crate::problem::{Outcome, ProblemBody};
use crate::records::{json_response, visible};

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Only entries that made a version above this one.
    after: Option<u64>,
    /// At most so many, 1 to 500 (100 by default).
    limit: Option<usize>,
    /// True: with the bytes that were hashed.
    proof: Option<bool>,
}

/// The entries of a record, in order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Journal {
    /// The entries; personal data in them are sealed.
    entries: Vec<Line>,
}

/// An entry and its place in the chain.
#[derive(Serialize, ToSchema)]
pub(crate) struct Line {
    /// The entry.
    #[schema(value_type = crate::schema::Entry)]
    entry: Entry,
    /// The hash of the entry before it in the town's journal, in hexadecimal.
    before: String,
    /// Its hash, over the 32 bytes of `before` and the bytes of `hashed`.
    hash: String,
    /// The text that was hashed, where `proof` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    hashed: Option<String>,
}

/// A record's journal.
///
/// Who did what when, in order. Each entry is chained to the one before it in the town's journal:
/// `hash = H(before ‖ hashed)`, with BLAKE3 or SM3 as the town chose (`GET /status`).
#[utoipa::path(
    get, path = "/api/v1/records/{id}/journal", tag = "records", operation_id = "getJournal",
    security(("cookie" = []), ("token" = []), ("follow" = [])),
    params(("id" = Uuid, Path, description = "The record"), Asked),
    responses(
        (status = 200, body = Journal, description = "Its entries"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
    )
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Outcome<Response> {
    visible(&app, &caller, id).await?;
    let limit = match asked.limit.unwrap_or(100) {
        limit @ 1..=500 => limit,
        _ => {
            return Err(bad_parameter(
                "limit",
                "应在 1 到 500 之间",
                "lies between 1 and 500",
            ));
        }
    };
    let (after, proof) = (asked.after.unwrap_or(0), asked.proof.unwrap_or(false));
    let json = app
        .store
        .read(move |reader| {
            let mut entries = Vec::new();
            for entry in reader.journal(id, after, limit)? {
                // The line before it, and its own.
                let lines = reader.lines(entry.seq.saturating_sub(2), 2)?;
                let own = lines.iter().find(|line| line.seq == entry.seq);
                let before = lines
                    .iter()
                    .find(|line| line.seq + 1 == entry.seq)
                    .map_or([0; 32], |line| line.hash);
                entries.push(Line {
                    before: hex(&before),
                    hash: own.map(|line| hex(&line.hash)).unwrap_or_default(),
                    hashed: own.filter(|_| proof).map(|line| line.entry.clone()),
                    entry,
                });
            }
            Ok(serde_json::to_vec(&Journal { entries })?)
        })
        .await?;
    Ok(json_response(json))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
