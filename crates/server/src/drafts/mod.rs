//! Drafts of the grid: a drawing that is worked on until it is adopted. Whoever may adopt another drawing may work on
//! drafts, and nobody else; what a draft does to the town it does by that command.

mod begin;
mod boundary;
mod compare;
mod edit;
mod impact;
mod keep;
mod picture;
mod points;
mod problems;
mod publish;
mod schedule;
mod shape;
mod tiles;
mod view;
mod work;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use gewang_store::DraftStep;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::body::{Json, Path};
use crate::caller::Caller;
use crate::problem::{Outcome, ProblemBody};
pub(crate) use compare::{DiffView, compared};
pub(crate) use keep::{Drafts, compute};
use keep::{allowed, view as told, with};
pub(crate) use schedule::adopt_due;
use view::{DraftView, Drafts as DraftList, Drawing, Rename};

/// The handlers of drafts.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, begin::begin))
        .routes(routes!(get, remove, rename))
        .routes(routes!(drawing))
        .routes(routes!(compare::defects))
        .routes(routes!(edit::edit))
        .routes(routes!(edit::undo))
        .routes(routes!(edit::redo))
        .routes(routes!(edit::repair))
        .routes(routes!(edit::suggest))
        .routes(routes!(points::put, points::get, points::remove))
        .routes(routes!(boundary::put, boundary::remove))
        .routes(routes!(compare::diff))
        .routes(routes!(impact::impact))
        .routes(routes!(publish::publish, publish::take_back))
        .routes(routes!(tiles::tile))
}

/// Drafts of the grid.
///
/// Drawings of the cells that are worked on, the one changed last first. For whoever may adopt another drawing.
#[utoipa::path(
    get, path = "/api/v1/drafts", tag = "grid", operation_id = "listDrafts",
    responses(
        (status = 200, body = DraftList, description = "All of them"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
    )
)]
async fn list(State(app): State<Arc<App>>, caller: Caller) -> Outcome<axum::Json<DraftList>> {
    allowed(&app, &caller).await?;
    let drafts = app.store.read(|reader| reader.drafts()).await?;
    let items = drafts
        .iter()
        .map(told)
        .collect::<Outcome<Vec<DraftView>>>()?;
    Ok(axum::Json(DraftList { items }))
}

/// One draft.
#[utoipa::path(
    get, path = "/api/v1/drafts/{id}", tag = "grid", operation_id = "getDraft",
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = DraftView, description = "As it stands"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
    )
)]
async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Outcome<axum::Json<DraftView>> {
    allowed(&app, &caller).await?;
    let draft = app.store.read(move |reader| reader.draft(id)).await?;
    let draft = draft.ok_or_else(problems::no_such_draft)?;
    Ok(axum::Json(told(&draft)?))
}

/// Remove a draft.
///
/// With all its edits; nothing that is in force changes.
#[utoipa::path(
    delete, path = "/api/v1/drafts/{id}", tag = "grid", operation_id = "removeDraft",
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
    )
)]
async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Outcome<StatusCode> {
    let account = allowed(&app, &caller).await?;
    app.writable()?;
    app.drafts.forget(id);
    let ended = keep::compute(&app, move |app| Ok(app.store.end_draft_now(id)?)).await?;
    if !ended {
        return Err(problems::no_such_draft());
    }
    tracing::info!(target: "audit", person = %account.person, draft = %id, "removed a draft of the grid");
    Ok(StatusCode::NO_CONTENT)
}

/// Call a draft otherwise.
#[utoipa::path(
    patch, path = "/api/v1/drafts/{id}", tag = "grid", operation_id = "renameDraft", request_body = Rename,
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = DraftView, description = "As it is called now"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`bad_value`"),
    )
)]
async fn rename(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(change): Json<Rename>,
) -> Outcome<axum::Json<DraftView>> {
    allowed(&app, &caller).await?;
    app.writable()?;
    let title = begin::title(&change.title)?;
    let view = with(&app, id, move |held| {
        held.draft.title = title;
        held.keep(DraftStep::Stays(held.work.applied))
    });
    Ok(axum::Json(view.await?))
}

/// The drawing of a draft.
///
/// Every shared border once, with the leaves on its sides, and what is known of each cell; while there are defects, what
/// was drawn, feature by feature.
#[utoipa::path(
    get, path = "/api/v1/drafts/{id}/drawing", tag = "grid", operation_id = "getDraftDrawing",
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = Drawing, description = "As it stands"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
    )
)]
async fn drawing(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Outcome<axum::response::Response> {
    allowed(&app, &caller).await?;
    json(with(&app, id, |held| written(&held.work.drawing())).await?)
}

/// A large answer, written where it was computed.
fn written<T: serde::Serialize>(answer: &T) -> Outcome<Vec<u8>> {
    serde_json::to_vec(answer).map_err(|_| crate::guard::failed())
}

fn json(bytes: Vec<u8>) -> Outcome<axum::response::Response> {
    Ok(crate::records::json_response(bytes))
}
