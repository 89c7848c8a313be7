//! What the caller may do now.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use gewang_engine::Offer;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::body::{Json, Path};
use crate::caller::Caller;
use crate::clock;
use crate::problem::{Outcome, Problem, ProblemBody};
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

/// Records asked about in one request.
const MOST: usize = 100;

/// Records.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfferQuestions)]
pub(crate) struct Asked {
    /// At most 100.
    #[schema(max_items = 100)]
    records: Vec<Uuid>,
}

/// What the caller may do to several records now.
#[derive(Serialize, ToSchema)]
pub(crate) struct ManyOffers {
    /// One for each record that the caller may see, in the order in which they were asked about.
    records: Vec<RecordOffers>,
}

/// What the caller may do to one of them.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordOffers {
    /// The record.
    record: Uuid,
    #[serde(flatten)]
    offers: Offers,
}

/// What may I do with these records?
///
/// As `GET /records/{id}/actions` answers for each. What the caller may not see is left out.
#[utoipa::path(
    post, path = "/api/v1/offers", tag = "records", operation_id = "listManyActions", request_body = Asked,
    responses(
        (status = 200, body = ManyOffers, description = "Perhaps none"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`too_large`: more than 100 records"),
    )
)]
pub(crate) async fn of_many(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(asked): Json<Asked>,
) -> Outcome<axum::Json<ManyOffers>> {
    caller.signed_in()?;
    if asked.records.len() > MOST {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "too_large",
            format!("一次最多查询 {MOST} 条记录。"),
            format!("At most {MOST} records at once."),
        )
        .at("/records"));
    }
    let (engine, now) = (app.engine(), clock::now());
    let actor = caller.actor.clone();
    let records = app
        .store
        .read(move |reader| {
            let mut told = Vec::with_capacity(asked.records.len());
            for id in asked.records {
                let Some(record) = reader.record(id)? else {
                    continue;
                };
                if engine.visible(&actor, &record, now) {
                    told.push(RecordOffers {
                        record: id,
                        offers: Offers {
                            version: record.version,
                            actions: engine.offers(&actor, &record, now),
                        },
                    });
                }
            }
            Ok::<_, gewang_store::Error>(told)
        })
        .await?;
    Ok(axum::Json(ManyOffers { records }))
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
