//! Publishing a draft: the ordinary command by which another drawing is adopted.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use gewang_engine::{Actor, Command, Outcome as Decided, OutcomeKind, Submission};
use gewang_grid::{Cell, Partition, diff};
use gewang_store::DraftStep;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::boundary;
use super::keep::{Held, allowed, with};
use super::problems;
use super::view::{DraftView, Scheduled};
use super::work::reading;
use crate::app::App;
use crate::body::{Json, Path};
use crate::caller::Caller;
use crate::clock;
use crate::editions;
use crate::guard;
use crate::map;
use crate::problem::{Outcome, Problem, ProblemBody};
use crate::rehoming::{self, Rehomed};

/// Characters of a reason.
const LONGEST: usize = 500;

/// A draft to be published.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Publish {
    /// The version of the draft that its author saw.
    version: u64,
    /// Why, and on the strength of which paper. It stays in the journal.
    reason: String,
    /// When; at once where it is absent or past.
    #[schema(value_type = Option<String>, format = DateTime, required = false)]
    at: Option<Timestamp>,
    /// The edition in force, where it is another than the one on which the draft is based: so that nobody overrides unseen
    /// what somebody else adopted meanwhile.
    #[schema(required = false)]
    over: Option<String>,
    /// Says that the town's own boundary changes, and not only the borders within it. It stays in the journal, with how much
    /// ground came and went.
    #[serde(default)]
    boundary_changes: bool,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub(super) struct Published {
    /// Whether it is in force, or will be.
    outcome: Fate,
    /// The edition that it is, or will be.
    edition: String,
    /// Records that got another cell, the first 200.
    rehomed: Vec<Rehomed>,
    /// How many more there were.
    more: usize,
    /// The draft, which waits for its time; null once it is in force, and no draft any more.
    #[schema(required = true)]
    draft: Option<DraftView>,
}

/// Whether a draft is in force, or will be.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PublishOutcome)]
enum Fate {
    /// It is in force.
    Done,
    /// It waits for its time.
    Scheduled,
}

/// Publish a draft.
///
/// At once, or at an instant to come. It is the ordinary command `adopt` on the town's own record: the engine refuses a
/// drawing that is no partition, and one that lacks a cell at which somebody holds a post. A drawing that fills other ground
/// than the town, or than the boundary given, is published only by who says that the boundary itself changes. Open records then follow, and
/// those that got another cell are listed. The draft is gone after that: it is an edition.
#[utoipa::path(
    post, path = "/api/v1/drafts/{id}/publish", tag = "grid", operation_id = "publishDraft", request_body = Publish,
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = Published, description = "It is in force, or waits for its time"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`changed`, `scheduled`, `other_edition`: another one is in force meanwhile; `nothing_changed`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`defective`: it is no partition; `boundary_changes`; `cells_held`; `bad_setup`; `bad_value`"),
    )
)]
pub(super) async fn publish(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(asked): Json<Publish>,
) -> Outcome<axum::Json<Published>> {
    let account = allowed(&app, &caller).await?;
    app.writable()?;
    let reason = reason(&asked.reason)?;
    let person = account.person;
    // Nobody else has records follow until this is done, so that all that moved are told here.
    let mut turn = app.rehoming.lock().await;
    let in_force = editions::in_force(&app).await?;
    let (over, version, stated) = (asked.over, asked.version, asked.boundary_changes);
    let standing = in_force.clone();
    let (draft, hash, note) = with(&app, id, move |held| {
        held.may_change(version)?;
        let seen = over.as_ref().unwrap_or(&held.draft.based_on);
        if *seen != standing.name {
            return Err(other_edition(&standing.name));
        }
        let partition = held.work.partition()?;
        let engine = held.app.engine();
        if is_same(engine.setup().grid().partition(), &partition) {
            return Err(nothing_changed());
        }
        let note = boundary_note(held, stated)?;
        let drawn = partition.to_geojson().to_string().into_bytes();
        let owner = Some(person.to_string());
        let store = &held.app.store;
        let file = store.put_file_now("application/geo+json", &drawn, None, owner, clock::now())?;
        Ok((held.draft.clone(), file.hash, note))
    })
    .await?;
    let edition = map::edition(&hash);
    if let Some(at) = asked.at.filter(|at| *at > clock::now()) {
        let scheduled = Scheduled {
            at,
            by: person,
            reason,
            note,
            edition: edition.clone(),
            grid: hash,
            over: in_force.name,
        };
        let draft = wait(&app, id, version, scheduled).await?;
        tracing::info!(target: "audit", %person, draft = %id, %at, "set the time at which a draft of the grid is adopted");
        return Ok(axum::Json(Published {
            outcome: Fate::Scheduled,
            edition,
            rehomed: Vec::new(),
            more: 0,
            draft: Some(draft),
        }));
    }
    let order = Order {
        command: Uuid::now_v7(),
        person,
        grid: hash,
        reason,
        note,
    };
    let decided = adopt(&app, &order).await?;
    if let Some(refusal) = decided.problem {
        return Err(Problem::from(refusal));
    }
    tracing::info!(target: "audit", %person, draft = %id, edition, "published a draft of the grid");
    app.drafts.forget(draft.id);
    super::keep::compute(&app, move |app| Ok(app.store.end_draft_now(id)?)).await?;
    let moved = rehoming::follow_now(&app, &mut turn).await?;
    Ok(axum::Json(Published {
        outcome: Fate::Done,
        edition,
        more: moved.count - moved.shown.len(),
        rehomed: moved.shown,
        draft: None,
    }))
}

/// What the journal says of the town's boundary, if it changes and that is meant.
fn boundary_note(held: &Held<'_>, stated: bool) -> Outcome<Option<String>> {
    let engine = held.app.engine();
    let (drawn, rules) = (held.work.stage.layer(), reading(held.work.levels()));
    let change = boundary::changed(engine.setup().grid().partition(), &drawn, &rules)?;
    let given = &held.work.outline;
    match (change.is_none(), stated) {
        (true, true) => Ok(None),
        (true, false) if given.is_none() => Ok(None),
        (true, false) => Err(boundary::refused(given)),
        (false, false) => Err(boundary::refused(&change)),
        (false, true) => Ok(Some(change.note())),
    }
}

/// Whether two partitions say the same of every cell and give it the same ground.
fn is_same(one: &Partition, other: &Partition) -> bool {
    let cells = |partition: &Partition| {
        let mut cells: Vec<Cell> = partition.cells().to_vec();
        cells.sort_by(|a, b| a.id.cmp(&b.id));
        cells
    };
    cells(one) == cells(other) && diff(one, other).moved.is_empty()
}

async fn wait(app: &Arc<App>, id: Uuid, version: u64, scheduled: Scheduled) -> Outcome<DraftView> {
    with(app, id, move |held| {
        held.may_change(version)?;
        let mut facts = held.facts()?;
        held.draft.scheduled = Some(scheduled.at);
        facts.refused = None;
        facts.scheduled = Some(scheduled);
        held.set_facts(&facts);
        held.keep(DraftStep::Stays(held.work.applied))
    })
    .await
}

/// Take a schedule back.
#[utoipa::path(
    delete, path = "/api/v1/drafts/{id}/publish", tag = "grid", operation_id = "unscheduleDraft",
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = DraftView, description = "The draft, which may be edited again"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`: it may be in force already"),
    )
)]
pub(super) async fn take_back(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Outcome<axum::Json<DraftView>> {
    allowed(&app, &caller).await?;
    app.writable()?;
    let view = with(&app, id, |held| {
        let mut facts = held.facts()?;
        held.draft.scheduled = None;
        facts.scheduled = None;
        held.set_facts(&facts);
        held.keep(DraftStep::Stays(held.work.applied))
    });
    Ok(axum::Json(view.await?))
}

/// A drawing to be adopted.
pub(super) struct Order {
    /// The id of the command: sent again it does nothing more.
    pub command: Uuid,
    /// Who adopts it.
    pub person: Uuid,
    /// The hash of its file.
    pub grid: String,
    /// Why.
    pub reason: String,
    /// What is said besides.
    pub note: Option<String>,
}

/// Posts the command by which a drawing is adopted.
pub(super) async fn adopt(app: &App, order: &Order) -> Outcome<Decided> {
    let domain = app
        .store
        .read(map::domain)
        .await?
        .ok_or_else(guard::failed)?;
    let now = clock::now();
    let data = [("grid", &order.grid), ("reason", &order.reason)];
    let note = order.note.as_ref().map(|note| ("note", note));
    let data: Map<String, Value> = data
        .into_iter()
        .chain(note)
        .map(|(key, value)| (key.to_owned(), Value::from(value.as_str())))
        .collect();
    let submission = Submission {
        command: Command {
            id: order.command,
            at: now,
            kind: domain.kind.clone(),
            record: domain.id,
            action: "adopt".into(),
            version: None,
            place: None,
            data,
            files: Vec::new(),
            backdated: false,
        },
        actor: Actor::Person(order.person),
        received: now,
    };
    let decided = app.store.post(vec![submission]).await?.pop();
    let decided = decided.ok_or_else(guard::failed)?;
    debug_assert!(decided.problem.is_some() || decided.outcome != OutcomeKind::Refused);
    Ok(decided)
}

fn reason(reason: &str) -> Outcome<String> {
    let reason = reason.trim();
    if (1..=LONGEST).contains(&reason.chars().count()) {
        return Ok(reason.to_owned());
    }
    Err(problems::bad_value(
        "/reason",
        "请写明理由，最多 500 个字。",
        "Say why, in at most 500 characters.",
    ))
}

pub(super) fn other_edition(in_force: &str) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "other_edition",
        format!("草案开始之后已有新的一版网格图施行（{in_force}）。请先比较，确认后带上它的名称再发布。"),
        format!(
            "Another edition has come into force since this draft began ({in_force}): compare with it, then publish naming it as `over`."
        ),
    )
    .at("/over")
}

fn nothing_changed() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "nothing_changed",
        "草案与施行中的网格图没有差别，不需要发布。",
        "The draft is no other drawing than the one in force: there is nothing to publish.",
    )
}
