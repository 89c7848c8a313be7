//! Records: lists of them, and one in full.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use gewang_engine::{Actor, Assignee, Deadline, Extension, Record, Request};
use gewang_pack::Stage;
use gewang_store::{Look, Order};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::body::{Path, Query, bad_parameter};
use crate::caller::Caller;
use crate::clock;
use crate::problem::{Outcome, Problem, ProblemBody};
use crate::schema;
use crate::which::{self, Asked};

/// Records on a page, where the caller does not say.
const PAGE: usize = 50;
/// Records on a page at most.
const MOST: usize = 500;

/// A record as whoever may see it gets it.
#[derive(Serialize, ToSchema)]
#[schema(as = Record)]
pub(crate) struct RecordView<'r> {
    /// UUIDv7 of the client's making.
    id: Uuid,
    /// `pack.kind`.
    kind: &'r str,
    /// The version of the pack under which it began.
    pack: u32,
    /// The number that people read out.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'r str>,
    /// Its state.
    state: &'r str,
    /// The stage of that state.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Stage>)]
    stage: Option<Stage>,
    /// Counts its entries; send it along with a command.
    version: u64,
    /// The sequence number of its last entry.
    seq: u64,
    /// Its cell.
    cell: &'r str,
    /// Longitude and latitude in degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<[f64; 2]>, example = json!([120.2, 31.8]))]
    place: Option<[f64; 2]>,
    /// Its fields by id, the personal ones apart.
    #[schema(value_type = Object)]
    fields: &'r Map<String, Value>,
    /// The purposes for which it holds personal data; `?open=` shows them to whoever may read them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sealed: Vec<&'r str>,
    /// Personal fields by purpose, where they were asked for. The look was logged.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    personal: BTreeMap<String, Map<String, Value>>,
    /// To whom it is assigned; the first leads.
    #[schema(value_type = Vec<schema::Assignee>)]
    assigned: &'r [Assignee],
    /// Who opened it, and the reporters of what was merged into it.
    #[schema(value_type = Vec<schema::Actor>)]
    reporters: &'r [Actor],
    /// The action that waits for approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Request>)]
    request: Option<&'r Request>,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    opened: Timestamp,
    /// When its last entry was made.
    #[schema(value_type = String, format = DateTime)]
    changed: Timestamp,
    /// Since when it is in its state.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    closed: Option<Timestamp>,
    /// The deadline that comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    due: Option<Timestamp>,
    /// The deadline of the whole case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Deadline>)]
    case_deadline: Option<Deadline>,
    /// The deadline of its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Deadline>)]
    state_deadline: Option<Deadline>,
    /// Whether it is open and a deadline has passed.
    late: bool,
    /// How far its lateness climbed the chain of posts, of the case and of the state: 0 not late, 1 reminded, 2 and
    /// more the levels up.
    late_level: (u32, u32),
    /// Time added to its deadlines.
    #[serde(skip_serializing_if = "<[Extension]>::is_empty")]
    #[schema(value_type = Vec<schema::Extension>)]
    extensions: &'r [Extension],
    /// When its clock stood still, from and until.
    #[serde(skip_serializing_if = "<[(Timestamp, Option<Timestamp>)]>::is_empty")]
    #[schema(value_type = Vec<Vec<Option<String>>>)]
    stopped: &'r [(Timestamp, Option<Timestamp>)],
    /// The record into which it was merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<Uuid>,
    /// The records merged into it.
    #[serde(skip_serializing_if = "<[Uuid]>::is_empty")]
    merged: &'r [Uuid],
    /// How its deadlines came about, step by step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Explanation>)]
    deadlines: Option<Value>,
}

impl<'r> RecordView<'r> {
    /// What a list shows of it.
    pub fn of(record: &'r Record, now: Timestamp) -> Self {
        let due = record.timing.due();
        let open = record.closed.is_none();
        RecordView {
            id: record.id,
            kind: &record.kind,
            pack: record.pack,
            number: record.number.as_deref(),
            state: &record.state,
            stage: record.stage,
            version: record.version,
            seq: record.seq,
            cell: &record.cell,
            place: record.place.map(|place| [place.lon(), place.lat()]),
            fields: &record.fields,
            sealed: record.personal.keys().map(String::as_str).collect(),
            personal: BTreeMap::new(),
            assigned: &record.assigned,
            reporters: &record.reporters,
            request: record.request.as_ref(),
            opened: record.opened,
            changed: record.changed,
            since: record.since,
            closed: record.closed,
            due,
            case_deadline: record.timing.case,
            state_deadline: record.timing.state,
            late: open && (record.late_level != (0, 0) || due.is_some_and(|due| due < now)),
            late_level: record.late_level,
            extensions: &record.extensions,
            stopped: &record.stopped,
            merged_into: record.merged_into,
            merged: &record.merged,
            deadlines: None,
        }
    }
}

/// A page of records.
#[derive(Serialize, ToSchema)]
pub(crate) struct Records<'r> {
    /// The records. A page may hold fewer than asked, even none, and still go on.
    records: Vec<RecordView<'r>>,
    /// Asked with it as `cursor`, the list goes on; absent at its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// List records.
///
/// Those that the caller may see and that match everything asked, a page at a time.
#[utoipa::path(
    get, path = "/api/v1/records", tag = "records", operation_id = "listRecords", params(Asked),
    responses(
        (status = 200, body = Records, description = "A page"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "`bad_parameter`, `unknown_parameter`, `bad_cursor`"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Outcome<axum::response::Response> {
    let account = caller.signed_in()?.clone();
    let (engine, now) = (app.engine(), clock::now());
    let narrowed = asked.which();
    let filter = which::filter(&engine, account.person, now, &narrowed)?;
    let mine = narrowed.mine();
    let order = match asked.order.as_deref() {
        None | Some("newest") => Order::Newest,
        Some("changed") => Order::Changed,
        Some("due") => Order::Due,
        Some("oldest") => Order::Oldest,
        Some(_) => {
            return Err(bad_parameter(
                "order",
                "应为 newest、oldest、changed 或 due",
                "is newest, oldest, changed or due",
            ));
        }
    };
    let limit = limit(asked.limit)?;
    let actor = caller.actor.clone();
    let json = app
        .store
        .read(move |reader| {
            let visible = |record: &Record| {
                mine.is_none_or(|mine| engine.may_settle(&actor, record, now) == mine)
                    && engine.visible(&actor, record, now)
            };
            let page = reader.records(&filter, order, asked.cursor.as_deref(), limit, &visible)?;
            let records = page
                .records
                .iter()
                .map(|record| RecordView::of(record, now))
                .collect();
            Ok(serde_json::to_vec(&Records {
                records,
                next: page.next,
            })?)
        })
        .await?;
    Ok(json_response(json))
}

/// A JSON answer that was written where the data were read.
pub(crate) fn json_response(json: Vec<u8>) -> axum::response::Response {
    axum::response::IntoResponse::into_response((
        [(axum::http::header::CONTENT_TYPE, "application/json")],
        json,
    ))
}

fn limit(asked: Option<usize>) -> Outcome<usize> {
    match asked.unwrap_or(PAGE) {
        limit @ 1..=MOST => Ok(limit),
        _ => Err(bad_parameter(
            "limit",
            "应在 1 到 500 之间",
            "lies between 1 and 500",
        )),
    }
}

/// What to show of a record.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Shown {
    /// Purposes whose personal data to open, separated by commas. Each look is logged.
    open: Option<String>,
}

/// One record.
///
/// With its deadlines explained. Personal data are shown only where asked for by purpose, and only to whom the pack
/// lets read them; each look is logged before it is answered.
#[utoipa::path(
    get, path = "/api/v1/records/{id}", tag = "records", operation_id = "getRecord",
    security(("cookie" = []), ("token" = []), ("follow" = [])),
    params(("id" = Uuid, Path, description = "The record"), Shown),
    responses(
        (status = 200, body = RecordView, description = "The record"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`sealed`: not for you"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`, also for what you may not see"),
    )
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(shown): Query<Shown>,
) -> Outcome<axum::response::Response> {
    let record = visible(&app, &caller, id).await?;
    let (engine, now) = (app.engine(), clock::now());
    let mut view = RecordView::of(&record, now);
    view.deadlines = serde_json::to_value(engine.explain(&record)).ok();
    for purpose in shown
        .open
        .iter()
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .filter(|purpose| !purpose.is_empty())
    {
        let (Some(account), true) = (
            &caller.account,
            engine.may_open(&caller.actor, &record, purpose, now),
        ) else {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "sealed",
                "您的岗位不能查看这一用途的个人信息。",
                "None of your posts lets you read personal data of this purpose here.",
            )
            .at("?open"));
        };
        app.store
            .look(Look {
                person: account.person,
                record: id,
                purpose: purpose.to_owned(),
                at: now,
            })
            .await?;
        tracing::info!(target: "audit", person = %account.person, record = %id, purpose, "looked at personal data");
        let (sealed, wanted) = (record.clone(), purpose.to_owned());
        let opened = app
            .store
            .read(move |reader| reader.open_personal(&sealed, &wanted))
            .await?;
        view.personal.insert(purpose.to_owned(), opened);
    }
    let json = serde_json::to_vec(&view).expect("a record is always JSON");
    Ok(json_response(json))
}

/// The record, if the caller may see it; what they may not see they are not told to exist.
pub(crate) async fn visible(app: &App, caller: &Caller, id: Uuid) -> Outcome<Arc<Record>> {
    if caller.actor == Actor::Public {
        return Err(crate::caller::sign_in());
    }
    let record = app.store.read(move |reader| reader.record(id)).await?;
    let engine = app.engine();
    record
        .filter(|record| engine.visible(&caller.actor, record, clock::now()))
        .ok_or_else(|| gewang_engine::refusal::not_found().into())
}

/// A look at personal data.
#[derive(Serialize, ToSchema)]
#[schema(as = Look)]
pub(crate) struct LookView {
    /// Who looked.
    person: Uuid,
    /// For which purpose.
    purpose: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Who looked at the personal data of a record?
///
/// The latest first, for administrators of the whole domain.
#[utoipa::path(
    get, path = "/api/v1/records/{id}/looks", tag = "records", operation_id = "listLooks",
    params(("id" = Uuid, Path, description = "The record")),
    responses(
        (status = 200, body = [LookView], description = "At most 1000"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
    )
)]
pub(crate) async fn looks(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Outcome<axum::Json<Vec<LookView>>> {
    let what = ["查看谁看过个人信息", "sees who looked at personal data"];
    caller.administrator(&app.engine(), clock::now(), what)?;
    let looks = app.store.read(move |reader| reader.looks(id, 1000)).await?;
    let view = |look: Look| LookView {
        person: look.person,
        purpose: look.purpose,
        at: look.at,
    };
    Ok(axum::Json(looks.into_iter().map(view).collect()))
}
