//! The progress of a report, for whoever reported it without an account: in plain words, and without names.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use gewang_engine::{Engine, Entry, Record};
use gewang_pack::{Stage, Text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::body::{Path, Query};
use crate::caller::follows;
use crate::problem::{Outcome, Problem, ProblemBody};
use crate::schema;

/// What proves to be the reporter.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The token that was given with the report.
    token: String,
}

/// How far a report has come.
#[derive(Serialize, ToSchema)]
pub(crate) struct Progress {
    /// Its record: `Gewang-Follow: RECORD:TOKEN` acts as its reporter, with the token of that very report.
    record: Uuid,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// What it is a report of.
    #[schema(value_type = schema::Text)]
    kind: Text,
    /// How it stands.
    #[schema(value_type = schema::Text)]
    state: Text,
    /// The state itself, as its kind declares it.
    state_id: String,
    /// The stage of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Stage>)]
    stage: Option<Stage>,
    /// When it was reported.
    #[schema(value_type = String, format = DateTime)]
    opened: Timestamp,
    /// When it is to be settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    due: Option<Timestamp>,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    closed: Option<Timestamp>,
    /// What happened, in order.
    steps: Vec<Step>,
    /// Where it was the same as an earlier report: how that one stands, which now goes for both.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    merged_into: Option<Box<Progress>>,
}

/// Something that happened to a report.
#[derive(Serialize, ToSchema)]
#[schema(as = ProgressStep)]
pub(crate) struct Step {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// The action, as its kind declares it.
    action: String,
    /// What was done.
    #[schema(value_type = schema::Text)]
    what: Text,
    /// How it stood after that, where that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Text>)]
    state: Option<Text>,
}

/// How far has my report come?
///
/// For whoever reported something without an account, by the number and the token that they were given.
#[utoipa::path(
    get, path = "/api/v1/follow/{number}", tag = "records", operation_id = "followReport", security(()),
    params(("number" = String, Path, description = "The report's number, or the id of its record"), Asked),
    responses(
        (status = 200, body = Progress, description = "How it stands and what happened"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`: no such number, or not its token"),
    )
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Outcome<axum::Json<Progress>> {
    let engine = app.engine();
    let found = app
        .store
        .read(move |reader| match number.parse::<Uuid>() {
            Ok(id) => reader.record(id),
            Err(_) => reader.numbered(&number),
        })
        .await?;
    let record = found
        .filter(|record| follows(&app, record.id, &asked.token))
        .ok_or_else(not_found)?;
    let (record, entries, target) = app
        .store
        .read(move |reader| {
            let entries = reader.journal(record.id, 0, 500)?;
            // A merged report leads to the one that goes on, however often that was merged in turn.
            let mut target = None;
            let mut next = record.merged_into;
            for _ in 0..16 {
                let Some(into) = next.take() else { break };
                target = reader.record(into)?;
                next = target
                    .as_ref()
                    .and_then(|target: &Arc<Record>| target.merged_into);
            }
            let target = match target {
                Some(target) => Some((reader.journal(target.id, 0, 500)?, target)),
                None => None,
            };
            Ok((record, entries, target))
        })
        .await?;
    let mut progress = told(&engine, &record, &entries);
    progress.merged_into =
        target.map(|(entries, target)| Box::new(told(&engine, &target, &entries)));
    Ok(axum::Json(progress))
}

fn told(engine: &Engine, record: &Record, entries: &[Entry]) -> Progress {
    let kind = engine.setup().kind_at(&record.kind, record.pack);
    let plain = |id: &str| Text {
        zh: id.to_owned(),
        en: id.to_owned(),
    };
    let state = |id: &str| {
        kind.and_then(|kind| kind.states.get(id))
            .map_or_else(|| plain(id), |state| state.title.clone())
    };
    let mut steps = Vec::new();
    let mut before = "";
    for entry in entries {
        // What is agreed takes effect under the name of what was asked for; notes and reminders are the town's own.
        let action = entry
            .action
            .strip_suffix(".approve")
            .unwrap_or(&entry.action);
        let Some((id, action)) = kind.and_then(|kind| kind.actions.get_key_value(action)) else {
            continue;
        };
        let after = entry
            .change
            .state
            .as_deref()
            .filter(|after| *after != before);
        if after.is_some() || entry.change.merged_into.is_some() || entry.change.extended.is_some()
        {
            steps.push(Step {
                time: entry.time,
                action: id.clone(),
                what: action.title.clone(),
                state: after.map(state),
            });
        }
        before = entry.change.state.as_deref().unwrap_or(before);
    }
    Progress {
        record: record.id,
        number: record.number.clone(),
        kind: kind.map_or_else(|| plain(&record.kind), |kind| kind.title.clone()),
        state: state(&record.state),
        state_id: record.state.clone(),
        stage: record.stage,
        opened: record.opened,
        due: record.timing.case.map(|deadline| deadline.at),
        closed: record.closed,
        steps,
        merged_into: None,
    }
}

fn not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "没有这个编号，或查询凭证不正确。",
        "There is no such number, or this is not its token.",
    )
}
