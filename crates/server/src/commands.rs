//! The only way to change anything.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use gewang_engine::{Actor, Command, Outcome as Decided, OutcomeKind, Submission};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::body;
use crate::caller::{self, Caller};
use crate::clock;
use crate::lang::Lang;
use crate::problem::{Outcome, Problem, ProblemBody};
use crate::records::RecordView;

/// Commands that one request may hold.
pub(crate) const MOST: usize = 500;

/// What became of each command, in order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Outcomes {
    /// One for each command.
    outcomes: Vec<OutcomeView>,
}

/// What became of a command.
#[derive(Serialize, ToSchema)]
#[schema(as = Outcome)]
pub(crate) struct OutcomeView {
    /// The command; absent where it could not even be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    /// `done`; `repeated`: it had been done before, and nothing changed; `merged`: it came too late and its author could
    /// not have known, so it was kept as a note on the record; `refused`: nothing changed, see `problem`.
    #[schema(value_type = crate::schema::OutcomeKind)]
    outcome: OutcomeKind,
    /// The record.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<Uuid>,
    /// The state it left the record in.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// The record's cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<String>,
    /// The number that people read out.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// The record's version after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// The sequence number of its last entry in the journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// Why it was refused. Its `pointer` points into the command; into the body where the command could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemBody>,
    /// The record as it is now, where somebody else changed it meanwhile (`stale_version`, `wrong_state`, or kept as a
    /// note): both can then be shown, and one chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RecordView<'static>>)]
    current: Option<serde_json::Value>,
    /// For a report by somebody without an account: what they need to follow it.
    #[serde(skip_serializing_if = "Option::is_none")]
    follow: Option<Follow>,
}

/// What somebody without an account needs to follow their report.
#[derive(Serialize, ToSchema)]
pub(crate) struct Follow {
    /// The number, for `GET /follow/{number}`; absent where records of this kind have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// The token, for `?token=`, and for the header `Gewang-Follow: RECORD:TOKEN`. Keep it: it is the only proof.
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Post {
    commands: Vec<Command>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPost<'a> {
    #[serde(borrow)]
    commands: Vec<&'a RawValue>,
}

/// Post commands.
///
/// At most 500. They are decided in order, each on its own: one that is refused, or cannot even be read, never spoils
/// its neighbours, and the answer is 200 with an outcome for each. What is answered `done` is on disk. The same command
/// id sent again gives the same answer and changes nothing, so after a lost connection everything may simply be sent
/// again.
///
/// Without an account only actions that are open to the public are possible, and only so many an hour from one address.
#[utoipa::path(
    post, path = "/api/v1/commands", tag = "commands", operation_id = "postCommands",
    security(("cookie" = []), ("token" = []), ("follow" = []), ()),
    request_body = crate::schema::Commands,
    responses(
        (status = 200, body = Outcomes, description = "An outcome for each command, in order"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "`bad_json`, with line and column"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json", description = "`body_too_large`, `too_many_commands`"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "`not_json`"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json", description = "`too_many_reports`, with `Retry-After`"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "`journal_broken`, `stopping`"),
        (status = 507, body = ProblemBody, content_type = "application/problem+json", description = "`disk_full`: nothing was saved, reading goes on"),
    )
)]
pub(crate) async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    request: Request,
) -> Outcome<Response> {
    app.writable()?;
    let bytes = body::json_bytes(request, app.options.limits.body_bytes).await?;
    let mut slots = parse(&bytes, caller.lang)?;
    if caller.account.is_none() {
        throttle(&app, &caller, slots.len())?;
    }
    let received = clock::now();
    let mut places = Vec::with_capacity(slots.len());
    let mut submissions = Vec::with_capacity(slots.len());
    for (place, slot) in slots.iter_mut().enumerate() {
        if let Slot::Read(command) = slot
            && let Some(command) = command.take()
        {
            places.push(place);
            submissions.push(Submission {
                command,
                actor: caller.actor.clone(),
                received,
            });
        }
    }
    let mut outcomes: Vec<Option<OutcomeView>> = slots
        .into_iter()
        .map(|slot| match slot {
            Slot::Read(_) => None,
            Slot::Unreadable(outcome) => Some(*outcome),
        })
        .collect();
    if !submissions.is_empty() {
        let decided = app.store.post(submissions).await?;
        for (place, outcome) in places.into_iter().zip(decided) {
            outcomes[place] = Some(view(&app, &caller, outcome).await?);
        }
    }
    let outcomes = Outcomes {
        outcomes: outcomes.into_iter().flatten().collect(),
    };
    let json = serde_json::to_vec(&outcomes).expect("outcomes are always JSON");
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

#[expect(
    clippy::large_enum_variant,
    reason = "nearly every slot holds a command, and there are at most 500"
)]
enum Slot {
    Read(Option<Command>),
    Unreadable(Box<OutcomeView>),
}

/// Reads the body. Nearly every body is read in one go; only where that fails is each command read on its own, so that
/// the others go on and the bad one is told where it is wrong.
fn parse(bytes: &[u8], lang: Lang) -> Outcome<Vec<Slot>> {
    if body::depth(bytes) <= body::MAX_DEPTH
        && let Ok(Post { commands }) = serde_json::from_slice(bytes)
    {
        too_many(commands.len())?;
        return Ok(commands
            .into_iter()
            .map(|command| Slot::Read(Some(command)))
            .collect());
    }
    let RawPost { commands } = match serde_json::from_slice(bytes) {
        Ok(post) => post,
        // Says where.
        Err(_) => {
            body::read::<Post>(bytes)?;
            return Err(body::too_deep());
        }
    };
    too_many(commands.len())?;
    Ok(commands
        .into_iter()
        .enumerate()
        .map(
            |(index, raw)| match body::read::<Command>(raw.get().as_bytes()) {
                Ok(command) => Slot::Read(Some(command)),
                Err(problem) => Slot::Unreadable(Box::new(unreadable(index, raw, problem, lang))),
            },
        )
        .collect())
}

fn too_many(count: usize) -> Outcome<()> {
    if count <= MOST {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_many_commands",
        format!("一次最多 {MOST} 条命令，请分批发送。"),
        format!("At most {MOST} commands at a time: send them in several requests."),
    )
    .at("/commands"))
}

#[derive(Default, Deserialize)]
struct Names {
    #[serde(default)]
    id: Option<serde_json::Value>,
    #[serde(default)]
    record: Option<serde_json::Value>,
}

fn unreadable(index: usize, raw: &RawValue, problem: Problem, lang: Lang) -> OutcomeView {
    let names = if body::depth(raw.get().as_bytes()) <= body::MAX_DEPTH {
        serde_json::from_str(raw.get()).unwrap_or_default()
    } else {
        Names::default()
    };
    let id = |value: Option<serde_json::Value>| value?.as_str()?.parse::<Uuid>().ok();
    let problem = problem.below(&format!("/commands/{index}"));
    OutcomeView {
        id: id(names.id),
        record: id(names.record),
        problem: Some(problem.body(lang)),
        ..OutcomeView::of_kind(OutcomeKind::Refused)
    }
}

impl OutcomeView {
    fn of_kind(outcome: OutcomeKind) -> Self {
        OutcomeView {
            id: None,
            outcome,
            record: None,
            state: None,
            cell: None,
            number: None,
            version: None,
            seq: None,
            problem: None,
            current: None,
            follow: None,
        }
    }
}

async fn view(app: &App, caller: &Caller, outcome: Decided) -> Outcome<OutcomeView> {
    let Decided {
        id,
        outcome,
        record,
        state,
        cell,
        number,
        version,
        seq,
        problem,
    } = outcome;
    let opened = version == Some(1) && caller.actor == Actor::Public;
    let follow = match outcome {
        OutcomeKind::Done if opened => Some(record),
        // Only who reported it gets its token again.
        OutcomeKind::Repeated if opened => {
            let known = app.store.read(move |reader| reader.record(record)).await?;
            known
                .is_some_and(|known| known.reporters.contains(&Actor::Reporter(record)))
                .then_some(record)
        }
        _ => None,
    };
    let overtaken = outcome == OutcomeKind::Merged
        || problem.as_ref().is_some_and(|refusal| {
            ["stale_version", "wrong_state"].contains(&refusal.code.as_str())
        });
    let current = if overtaken {
        current(app, caller, record).await?
    } else {
        None
    };
    Ok(OutcomeView {
        id: Some(id),
        outcome,
        record: Some(record),
        state,
        cell,
        current,
        follow: follow.map(|record| Follow {
            number: number.clone(),
            token: caller::follow_token(app, record),
        }),
        number,
        version,
        seq,
        problem: problem.map(|refusal| Problem::from(refusal).body(caller.lang)),
    })
}

/// The record as it is now, for who may see it.
async fn current(app: &App, caller: &Caller, record: Uuid) -> Outcome<Option<serde_json::Value>> {
    let found = app.store.read(move |reader| reader.record(record)).await?;
    let now = clock::now();
    let seen = found.filter(|record| app.engine().visible(&caller.actor, record, now));
    Ok(seen.and_then(|record| serde_json::to_value(RecordView::of(&record, now)).ok()))
}

fn throttle(app: &App, caller: &Caller, count: usize) -> Outcome<()> {
    let burst = app.options.limits.public_burst;
    let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
    if count > burst {
        return Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_reports",
            format!("没有账号时一次最多 {burst} 条。"),
            format!("Without an account at most {burst} at a time."),
        ));
    }
    app.public.take(&caller.client, count, Instant::now()).map_err(|wait| {
        let seconds = wait.as_secs() + 1;
        let hourly = app.options.limits.public_per_hour;
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_reports",
            format!("上报太频繁（每小时最多 {hourly} 条），请 {seconds} 秒后再试；填写的内容请保留。"),
            format!("Too many reports (at most {hourly} an hour): keep what you wrote and try again in {seconds} seconds."),
        )
        .retry_after(seconds)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(more: &str) -> String {
        format!(
            r#"{{"id":"0195b0a0-0000-7000-8000-000000000001","at":"2026-03-02T08:00:00Z","kind":"a.b","record":"0195b0a0-0000-7000-8000-000000000002","action":"report"{more}}}"#
        )
    }

    fn problems(body: &str) -> Vec<Option<(String, String)>> {
        let slots = parse(body.as_bytes(), Lang::En).expect("the body as a whole can be read");
        slots
            .into_iter()
            .map(|slot| match slot {
                Slot::Read(_) => None,
                Slot::Unreadable(outcome) => {
                    let said = serde_json::to_value(&*outcome).expect("it is JSON");
                    let problem = &said["problem"];
                    Some((
                        problem["code"].as_str()?.to_owned(),
                        problem["pointer"].as_str()?.to_owned(),
                    ))
                }
            })
            .collect()
    }

    #[test]
    fn a_malformed_command_is_refused_alone() {
        let said = |code: &str, pointer: &str| Some((code.to_owned(), pointer.to_owned()));
        for (bad, code, pointer) in [
            (
                command(r#","surprise":1"#),
                "unknown_field",
                "/commands/1/surprise",
            ),
            (
                command(r#","place":["a",1]"#),
                "wrong_type",
                "/commands/1/place/0",
            ),
            (
                command(r#","version":-1"#),
                "wrong_type",
                "/commands/1/version",
            ),
            (r#"{"id":7}"#.to_owned(), "wrong_type", "/commands/1/id"),
            (r#""no""#.to_owned(), "wrong_type", "/commands/1"),
            (
                command("").replace(r#""kind":"a.b","#, ""),
                "required",
                "/commands/1/kind",
            ),
            (
                command(&format!(
                    r#","data":{{"a":{}1{}}}"#,
                    "[".repeat(40),
                    "]".repeat(40)
                )),
                "too_deep",
                "/commands/1",
            ),
        ] {
            let body = format!(r#"{{"commands":[{0},{bad},{0}]}}"#, command(""));
            assert_eq!(problems(&body), [None, said(code, pointer), None], "{bad}");
        }
    }

    #[test]
    fn a_body_that_is_no_list_of_commands_is_refused_whole() {
        for (body, code) in [
            ("{", "bad_json"),
            ("[]", "wrong_type"),
            (r#"{"commands":7}"#, "wrong_type"),
            (r#"{"commands":[],"more":1}"#, "unknown_field"),
            ("{}", "required"),
            (&"[".repeat(200), "too_deep"),
        ] {
            assert_eq!(
                parse(body.as_bytes(), Lang::En)
                    .err()
                    .expect("it is refused")
                    .code(),
                code,
                "{body}"
            );
        }
        let many = format!(r#"{{"commands":[{}]}}"#, vec![command(""); 501].join(","));
        assert_eq!(
            parse(many.as_bytes(), Lang::En)
                .err()
                .expect("it is refused")
                .code(),
            "too_many_commands"
        );
    }
}
