//! Records follow a new edition of the cells: each open one whose place lies in another cell now gets that cell, by a
//! command of the system that stands in its journal like any other. It is done once for each edition, whoever adopted it,
//! and goes on after a restart from where it was.

use std::sync::Arc;

use gewang_engine::{Actor, Command, OutcomeKind, Record, Setup, Submission};
use gewang_grid::Coord;
use gewang_store::{Error, Swept};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::clock;
use crate::editions;

/// Records looked at in one go.
const PAGE: usize = 2000;
/// Commands posted at a time.
const BATCH: usize = 250;
/// Records that are told.
pub(crate) const SHOWN: usize = 200;

/// A record that gets another cell.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RehomedRecord)]
pub(crate) struct Rehomed {
    /// The record.
    pub id: Uuid,
    /// The number that people read out; null where it has none.
    #[schema(required = true)]
    pub number: Option<String>,
    /// `pack.kind`.
    pub kind: String,
    /// Its cell before.
    pub from: String,
    /// Its cell after.
    pub to: String,
}

/// Records that got another cell.
#[derive(Debug, Default)]
pub(crate) struct Moved {
    /// The first of them.
    pub shown: Vec<Rehomed>,
    /// How many there were.
    pub count: usize,
}

/// Whose turn it is to have records follow; it remembers for which set-up that is done.
#[derive(Default)]
pub(crate) struct Turn(Option<Arc<Setup>>);

/// Has the records follow the edition in force, if they have not. To be called now and then.
pub(crate) async fn follow(app: &App) -> Result<(), Error> {
    let mut turn = app.rehoming.lock().await;
    if turn
        .0
        .as_ref()
        .is_some_and(|done| Arc::ptr_eq(done, app.engine().setup()))
    {
        return Ok(());
    }
    follow_now(app, &mut turn).await.map(drop)
}

/// The same, by whoever has the turn; which records moved.
pub(crate) async fn follow_now(app: &App, turn: &mut Turn) -> Result<Moved, Error> {
    let (engine, edition, swept) = app
        .store
        .read(|reader| {
            let edition = editions::all(reader)?
                .pop()
                .map_or(0, |edition| edition.seq);
            Ok((reader.engine(), edition, reader.swept()?))
        })
        .await?;
    let mut moved = Moved::default();
    let mut swept = swept
        .filter(|swept| swept.edition == edition)
        .unwrap_or_else(|| Swept::begin(edition));
    while !swept.done {
        let (rules, from) = (engine.clone(), swept.clone());
        let now = clock::now();
        let (page, moving) = app
            .store
            .read(move |reader| {
                let page = reader.located(&from, PAGE)?;
                let mut moving: Vec<(Arc<Record>, Command)> = Vec::new();
                for one in &page {
                    let place = one
                        .place
                        .and_then(|(lon, lat)| Coord::from_units(lon, lat).ok());
                    let grid = rules.setup().grid();
                    if grid.home(&one.cell, place, one.closed).is_none() {
                        continue;
                    }
                    let record = reader.record(one.id)?;
                    moving.extend(record.and_then(|record| {
                        let command = rules.rehome(&record, now)?;
                        Some((record, command))
                    }));
                }
                Ok((page, moving))
            })
            .await?;
        for batch in moving.chunks(BATCH) {
            post(app, batch, &mut moved).await?;
        }
        if page.is_empty() {
            let count = app
                .store
                .read(move |reader| reader.entries_of("rehome", edition))
                .await?;
            app.store.end_sweep(edition, count).await?;
            if count > 0 {
                tracing::info!(count, "records followed the new edition of the cells");
            }
        }
        swept = swept.past(&page);
        if !swept.done {
            app.store.set_swept(&swept).await?;
        }
    }
    turn.0 = Some(engine.setup().clone());
    Ok(moved)
}

async fn post(app: &App, batch: &[(Arc<Record>, Command)], moved: &mut Moved) -> Result<(), Error> {
    let submissions = batch.iter().map(|(_, command)| Submission {
        command: command.clone(),
        actor: Actor::System,
        received: clock::now(),
    });
    let outcomes = app.store.post(submissions.collect()).await?;
    for (outcome, (record, _)) in outcomes.into_iter().zip(batch) {
        match (outcome.outcome, outcome.problem) {
            (OutcomeKind::Done, _) => {
                moved.count += 1;
                if moved.shown.len() < SHOWN {
                    moved.shown.push(Rehomed {
                        id: record.id,
                        number: record.number.clone(),
                        kind: record.kind.clone(),
                        from: record.cell.clone(),
                        to: outcome.cell.unwrap_or_default(),
                    });
                }
            }
            // Somebody moved it meanwhile.
            (_, Some(refusal)) if refusal.code == "not_due" => {}
            (_, Some(refusal)) => {
                tracing::warn!(record = %record.id, code = refusal.code, "a record could not follow the new cells");
            }
            (_, None) => {}
        }
    }
    Ok(())
}
