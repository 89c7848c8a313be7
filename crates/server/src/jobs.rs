//! What happens without anybody asking: lateness climbs, personal data are erased, the journal is proved.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use gewang_engine::{Actor, OutcomeKind, Submission};
use gewang_store::Proof;
use jiff::SignedDuration;
use uuid::Uuid;

use crate::app::App;
use crate::clock;
use crate::drafts;
use crate::rehoming;
use crate::running::wait_for;

/// How often the loop looks for what has become due.
const EVERY: Duration = Duration::from_secs(1);
/// So long one node keeps this work to itself.
const LEASE: Duration = Duration::from_secs(15);
/// How long it rests after the store refused (a full disk, a broken journal).
const REST: Duration = Duration::from_secs(30);
/// How often what has expired is forgotten.
const FORGET: Duration = Duration::from_secs(3600);
/// How often the whole journal is proved again.
const PROVE: Duration = Duration::from_secs(24 * 3600);
/// Records looked at in one go.
const PAGE: usize = 200;

/// Runs until the server stops. The engine says what is due on a record; it is posted like any other command, so that it
/// stands in the journal.
pub(crate) async fn run(app: Arc<App>) {
    let mut stopped = app.stopped();
    let mut forgotten: Option<Instant> = None;
    let mut page = PAGE;
    let mut turn = Turn::default();
    loop {
        let step = match turn.is_ours(&app).await {
            Ok(true) => step(&app, page).await,
            Ok(false) => Ok(Step { due: 0, done: 0 }),
            Err(error) => Err(error),
        };
        let rest = match step {
            // Records that stay due though nothing can be done must not hide those behind them.
            Ok(Step { due, done: 0 }) if due >= page => {
                page = (page * 2).min(100_000);
                EVERY
            }
            Ok(Step { due, done }) if due >= page && done > 0 => Duration::ZERO,
            Ok(_) => {
                page = PAGE;
                EVERY
            }
            Err(error) => {
                tracing::warn!(%error, "what is due could not be posted");
                REST
            }
        };
        if forgotten.is_none_or(|at| at.elapsed() >= FORGET) && app.broken().is_none() {
            if let Err(error) = app.store.forget_expired(clock::now()).await {
                tracing::warn!(%error, "expired sessions could not be forgotten");
            }
            forgotten = Some(Instant::now());
        }
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = wait_for(&mut stopped) => return,
        }
    }
}

/// Of all nodes of a town one does this work at a time; when it dies, another takes it up.
struct Turn {
    node: Uuid,
    ours: bool,
    asked: Option<Instant>,
}

impl Default for Turn {
    fn default() -> Self {
        Turn {
            node: Uuid::now_v7(),
            ours: false,
            asked: None,
        }
    }
}

impl Turn {
    async fn is_ours(&mut self, app: &App) -> Result<bool, gewang_store::Error> {
        if self.asked.is_none_or(|at| at.elapsed() >= LEASE / 3) {
            self.ours = false;
            let span = SignedDuration::from_secs(LEASE.as_secs() as i64);
            let lease = app.store.lease("clock", self.node, clock::now(), span);
            self.ours = lease.await?;
            self.asked = Some(Instant::now());
        }
        Ok(self.ours)
    }
}

struct Step {
    due: usize,
    done: usize,
}

async fn step(app: &App, page: usize) -> Result<Step, gewang_store::Error> {
    if app.broken().is_some() {
        return Ok(Step { due: 0, done: 0 });
    }
    drafts::adopt_due(app).await?;
    rehoming::follow(app).await?;
    let now = clock::now();
    let due = app
        .store
        .read(move |reader| reader.due_before(now, page))
        .await?;
    let engine = app.engine();
    let submissions: Vec<Submission> = due
        .iter()
        .flat_map(|record| engine.wake(record, now))
        .map(|command| Submission {
            command,
            actor: Actor::System,
            received: now,
        })
        .collect();
    if submissions.is_empty() {
        return Ok(Step {
            due: due.len(),
            done: 0,
        });
    }
    let outcomes = app.store.post(submissions).await?;
    let mut done = 0;
    for outcome in &outcomes {
        match (&outcome.problem, outcome.outcome) {
            (Some(refusal), _) => {
                tracing::warn!(record = %outcome.record, code = refusal.code, "a command of the system was refused");
            }
            (None, OutcomeKind::Done) => done += 1,
            (None, _) => {}
        }
    }
    Ok(Step {
        due: due.len(),
        done,
    })
}

/// Proves the whole journal beside the running server, at the start and then once a day. Where it is broken, the server
/// says so in every answer and writes nothing more.
pub(crate) async fn prove(app: Arc<App>) {
    loop {
        let began = Instant::now();
        let proof = app.store.read(|reader| reader.verify(&mut |_| {})).await;
        match proof {
            Ok(Proof::Verified {
                entries, records, ..
            }) => {
                app.proved.store(true, Ordering::Release);
                tracing::info!(
                    entries,
                    records,
                    seconds = began.elapsed().as_secs_f64(),
                    "the journal proves itself"
                );
            }
            Ok(Proof::Broken { seq, why }) | Err(gewang_store::Error::Broken { seq, why }) => {
                tracing::error!(
                    seq,
                    why,
                    "the journal is broken: nothing is written any more"
                );
                app.store.distrust(seq, why);
                return;
            }
            Err(error) => tracing::error!(%error, "the journal could not be proved"),
        }
        tokio::time::sleep(PROVE).await;
    }
}
