//! What the caller may do now.

use std::sync::Arc;

use axum::extract::State;
use gewang_engine::Offer;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::body::Path;
use crate::caller::Caller;
use crate::clock;
use crate::problem::{Outcome, ProblemBody};
use crate::records::visible;
use crate::schema;

/// What the caller may do to a record now.
#[derive(Serialize, ToSchema)]
pub(crate) struct Offers {
    /// The version of the record to which this applies; send it along with the command.
    version: u64,
    /// The actions in the order of the pack, each with its form.
    #[schema(value_type = Vec<schema::Offer>)]
    actions: Vec<Offer>,
}

/// What may I do with this record?
///
/// The actions that the caller's posts allow in its present state, each with the form that it asks.
#[utoipa::path(
    get, path = "/api/v1/records/{id}/actions", tag = "records", operation_id = "listActions",
    security(("cookie" = []), ("token" = []), ("follow" = [])),
    params(("id" = Uuid, Path, description = "The record")),
    responses(
        (status = 200, body = Offers, description = "Perhaps none"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
    )
)]
pub(crate) async fn of_record(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Outcome<axum::Json<Offers>> {
    let record = visible(&app, &caller, id).await?;
    let actions = app.engine().offers(&caller.actor, &record, clock::now());
    Ok(axum::Json(Offers {
        version: record.version,
        actions,
    }))
}

/// What the caller may create.
#[derive(Serialize, ToSchema)]
pub(crate) struct Creations {
    /// The actions that create records, kind by kind, each with its form.
    #[schema(value_type = Vec<schema::Offer>)]
    actions: Vec<Offer>,
}

/// What may I create?
///
/// Also without an account: then what the public may report.
#[utoipa::path(
    get, path = "/api/v1/creations", tag = "records", operation_id = "listCreations",
    security(("cookie" = []), ("token" = []), ()),
    responses((status = 200, body = Creations, description = "Perhaps nothing"))
)]
pub(crate) async fn creations(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> axum::Json<Creations> {
    axum::Json(Creations {
        actions: app.engine().creations(&caller.actor, clock::now()),
    })
}
