//! Drafts whose time has come.

use gewang_engine::OutcomeKind;
use gewang_grid::Text;
use gewang_store::{Draft, DraftStep, Error};
use uuid::Uuid;

use super::publish::{Order, adopt, other_edition};
use super::view::{Facts, Scheduled};
use crate::app::App;
use crate::clock;
use crate::editions;
use crate::problem::Outcome;

/// Adopts every draft whose time has come, once: after a crash in between the same command is sent again, which does nothing
/// more. What is refused stands in the draft.
pub(crate) async fn adopt_due(app: &App) -> Result<(), Error> {
    let now = clock::now();
    let mut due = app.store.read(|reader| reader.drafts()).await?;
    due.retain(|draft| draft.scheduled.is_some_and(|at| at <= now));
    due.sort_by_key(|draft| (draft.scheduled, draft.id));
    for draft in due {
        let Ok(mut facts) = serde_json::from_str::<Facts>(&draft.facts) else {
            continue;
        };
        let Some(scheduled) = facts.scheduled.take() else {
            continue;
        };
        let id = draft.id;
        match adopted(app, &draft, &scheduled).await {
            Ok(None) => {
                app.drafts.forget(id);
                tokio::task::block_in_place(|| app.store.end_draft_now(id))?;
                tracing::info!(target: "audit", person = %scheduled.by, draft = %id, edition = scheduled.edition, "a draft of the grid was adopted at its time");
            }
            Ok(Some(refused)) => {
                tracing::warn!(draft = %id, why = refused.en, "a draft of the grid was not adopted at its time");
                facts.refused = Some(refused);
                let applied = draft.applied;
                let changed = Draft {
                    scheduled: None,
                    version: draft.version + 1,
                    changed: now,
                    facts: serde_json::to_string(&facts)?,
                    ..draft
                };
                let step = DraftStep::Stays(applied);
                tokio::task::block_in_place(|| app.store.change_draft_now(changed, step))?;
            }
            // The store could not write: it is tried again.
            Err(problem) => {
                tracing::warn!(draft = %id, code = problem.code(), "a draft of the grid waits on after its time");
            }
        }
    }
    Ok(())
}

/// Why it was not adopted, if it was not.
async fn adopted(app: &App, draft: &Draft, scheduled: &Scheduled) -> Outcome<Option<Text>> {
    let order = Order {
        command: command(draft, scheduled),
        person: scheduled.by,
        grid: scheduled.grid.clone(),
        reason: scheduled.reason.clone(),
        note: scheduled.note.clone(),
    };
    let in_force = editions::in_force(app).await?.name;
    if in_force != scheduled.over && in_force != scheduled.edition {
        let text = other_edition(&in_force).text();
        return Ok(Some(Text::new(text.zh, text.en)));
    }
    let decided = adopt(app, &order).await?;
    Ok(match (decided.outcome, decided.problem) {
        (OutcomeKind::Done | OutcomeKind::Repeated, _) => None,
        (_, Some(refusal)) => Some(Text::new(refusal.text.zh, refusal.text.en)),
        (_, None) => None,
    })
}

/// The same for the same draft and time, so that it is adopted once.
fn command(draft: &Draft, scheduled: &Scheduled) -> Uuid {
    let mut hasher = blake3::Hasher::new();
    hasher.update(draft.id.as_bytes());
    hasher.update(&draft.version.to_be_bytes());
    hasher.update(scheduled.grid.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
