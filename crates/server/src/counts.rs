//! How many records match: for the tabs of a queue.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use gewang_engine::Record;
use gewang_store::{Filter, Order};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::body::Json;
use crate::caller::Caller;
use crate::clock;
use crate::problem::{Outcome, Problem, ProblemBody};
use crate::which::{self, Which};

/// Questions in one request.
const QUESTIONS: usize = 20;
/// Counting ends here where each record must be judged.
const JUDGED: usize = 1000;
/// Counting ends here where the caller sees all.
const COUNTED: usize = 100_000;

/// Questions.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CountQuestions)]
pub(crate) struct Asked {
    /// At most 20.
    #[schema(max_items = 20)]
    filters: Vec<Which>,
}

/// Answers in the order of the questions.
#[derive(Serialize, ToSchema)]
pub(crate) struct Counts {
    /// One for each filter.
    counts: Vec<Count>,
}

/// How many.
#[derive(Serialize, ToSchema)]
pub(crate) struct Count {
    /// So many that the caller may see.
    n: usize,
    /// Whether there are more: counting ends at 1000 where each must be looked at, at 100,000 otherwise.
    more: bool,
}

/// Count records.
///
/// Several questions at once, each as `GET /records` takes it. What the caller may not see is not counted.
#[utoipa::path(
    post, path = "/api/v1/counts", tag = "records", operation_id = "countRecords", request_body = Asked,
    responses(
        (status = 200, body = Counts, description = "The numbers"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "`bad_parameter`"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`too_large`: more than 20 questions"),
    )
)]
pub(crate) async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(asked): Json<Asked>,
) -> Outcome<axum::Json<Counts>> {
    let account = caller.signed_in()?.clone();
    if asked.filters.len() > QUESTIONS {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "too_large",
            format!("一次最多统计 {QUESTIONS} 项。"),
            format!("At most {QUESTIONS} questions at once."),
        )
        .at("/filters"));
    }
    let (engine, now) = (app.engine(), clock::now());
    let mut questions = Vec::new();
    for which in &asked.filters {
        let mut filter = which::filter(&engine, account.person, now, which)?;
        let mut kinds = filter.kinds.clone();
        if kinds.is_empty() {
            let known = engine.setup().kinds().map(|(name, _)| name.to_owned());
            kinds = known.collect();
        }
        let all = kinds
            .iter()
            .all(|kind| engine.sees_all(&caller.actor, kind, now));
        if all {
            filter.kinds = kinds;
            filter.scope = None;
        }
        questions.push((filter, all, which.mine()));
    }
    let actor = caller.actor.clone();
    let counts = app
        .store
        .read(move |reader| {
            let judge = |filter: &Filter, mine: Option<bool>| {
                let counts = |record: &Record| {
                    mine.is_none_or(|mine| engine.may_settle(&actor, record, now) == mine)
                        && engine.visible(&actor, record, now)
                };
                let (mut n, mut cursor) = (0, None);
                loop {
                    let page =
                        reader.records(filter, Order::Newest, cursor.as_deref(), 500, &counts)?;
                    n += page.records.len();
                    cursor = page.next;
                    if cursor.is_none() || n >= JUDGED {
                        return Ok::<_, gewang_store::Error>(Count {
                            n,
                            more: cursor.is_some(),
                        });
                    }
                }
            };
            let count = |(filter, all, mine): &(Filter, bool, Option<bool>)| {
                if !*all || *mine == Some(true) {
                    return judge(filter, *mine);
                }
                let mut n = reader.count(filter, COUNTED + 1)?;
                if mine.is_some() {
                    // Few wait for anybody: those that are the caller's are taken off.
                    let waiting = Filter {
                        waits: Some(true),
                        ..filter.clone()
                    };
                    n -= judge(&waiting, Some(true))?.n;
                }
                Ok(Count {
                    n: n.min(COUNTED),
                    more: n > COUNTED,
                })
            };
            questions.iter().map(count).collect()
        })
        .await?;
    Ok(axum::Json(Counts { counts }))
}
