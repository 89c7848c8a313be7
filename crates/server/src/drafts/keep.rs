//! The drafts that are open in memory, a few of them, and how a request gets at one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use gewang_engine::Engine;
use gewang_grid::{OfTown, Root, Text};
use gewang_store::{Draft, DraftStep};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::problems;
use super::view::{DraftView, Facts};
use super::work::Work;
use crate::app::App;
use crate::caller::{Caller, SignedIn};
use crate::clock;
use crate::guard;
use crate::map;
use crate::problem::{Outcome, Problem};

/// Drafts held at a time: one of ten thousand cells takes some 20 MB.
const OPEN: usize = 4;
/// How many are worked on at a time.
const AT_ONCE: usize = 2;

type Slot = Arc<Mutex<Option<Work>>>;

/// The drafts that are open.
pub(crate) struct Drafts {
    open: Mutex<VecDeque<(Uuid, Slot)>>,
    /// Whoever computes on a drawing holds one: two cores are not to be taken from everybody else.
    pub busy: Semaphore,
}

impl Default for Drafts {
    fn default() -> Self {
        Drafts {
            open: Mutex::default(),
            busy: Semaphore::new(AT_ONCE),
        }
    }
}

impl Drafts {
    fn slot(&self, id: Uuid) -> Slot {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open.iter().position(|(one, _)| *one == id);
        let entry = known
            .and_then(|at| open.remove(at))
            .unwrap_or_else(|| (id, Slot::default()));
        let slot = entry.1.clone();
        open.push_front(entry);
        open.truncate(OPEN);
        slot
    }

    /// Lets go of a draft.
    pub fn forget(&self, id: Uuid) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(one, _)| *one != id);
    }
}

/// A draft that a request works on.
pub(crate) struct Held<'a> {
    pub app: &'a App,
    pub draft: Draft,
    pub work: &'a mut Work,
}

/// Computes on a thread where it may take its time.
pub(crate) async fn compute<T: Send + 'static>(
    app: &Arc<App>,
    ask: impl FnOnce(&App) -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    let permit = app
        .drafts
        .busy
        .acquire()
        .await
        .map_err(|_| guard::failed())?;
    let held = app.clone();
    let answer = tokio::task::spawn_blocking(move || ask(&held)).await;
    drop(permit);
    answer.map_err(|_| guard::failed())?
}

/// Works on a draft, on a thread where that may take its time.
pub(crate) async fn with<T: Send + 'static>(
    app: &Arc<App>,
    id: Uuid,
    ask: impl FnOnce(&mut Held<'_>) -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    let slot = app.drafts.slot(id);
    compute(app, move |app| {
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let found = app.store.read_now(|reader| reader.draft(id))?;
        let Some(draft) = found else {
            *slot = None;
            return Err(problems::no_such_draft());
        };
        // What is open may be behind: it was open in another slot, or a change of it was not written.
        let fits = slot.take().filter(|work| work.version == draft.version);
        let work = match fits {
            Some(work) => work,
            None => {
                let levels = levels(&app.engine());
                app.store
                    .read_now(|reader| Ok(Work::load(reader, &draft, levels)))??
            }
        };
        let work = slot.insert(work);
        let mut held = Held { app, draft, work };
        let answer = ask(&mut held);
        let Held { draft, .. } = held;
        // What was refused halfway is not to be seen.
        if answer.is_err()
            && slot
                .as_ref()
                .is_some_and(|work| work.version != draft.version)
        {
            *slot = None;
        }
        answer
    })
    .await
}

impl Held<'_> {
    /// Refuses a change by whoever saw another version, or of a draft that waits for its time.
    pub fn may_change(&self, version: u64) -> Outcome<()> {
        if self.draft.version != version {
            return Err(problems::changed());
        }
        if self.draft.scheduled.is_some() {
            return Err(problems::scheduled());
        }
        Ok(())
    }

    /// From here on the drawing in memory is ahead of what is written.
    pub fn ahead(&mut self) {
        self.work.version = 0;
    }

    /// Puts the draft before the reader as it was after so many of its edits.
    pub fn reload(&mut self, applied: u64) -> Outcome<()> {
        let then = Draft {
            applied,
            ..self.draft.clone()
        };
        let levels = self.work.levels().to_vec();
        let work = self
            .app
            .store
            .read_now(|reader| Ok(Work::load(reader, &then, levels)))??;
        *self.work = work;
        self.ahead();
        Ok(())
    }

    /// Writes a change.
    pub fn keep(&mut self, step: DraftStep) -> Outcome<DraftView> {
        self.advance(step.clone())?;
        let draft = self.draft.clone();
        let written = self.app.store.change_draft_now(draft, step)?;
        self.kept(written)
    }

    /// Writes other points.
    pub fn keep_points(&mut self, points: Option<Vec<u8>>) -> Outcome<DraftView> {
        self.advance(DraftStep::Stays(self.work.applied))?;
        let draft = self.draft.clone();
        let written = self.app.store.set_draft_points_now(draft, points)?;
        self.kept(written)
    }

    fn advance(&mut self, step: DraftStep) -> Outcome<()> {
        self.ahead();
        let mut facts = self.facts()?;
        facts = self.work.facts(&facts);
        self.draft.applied = match step {
            DraftStep::Stays(applied) => applied,
            DraftStep::Adds { after, .. } => {
                facts.edits = after + 1;
                after + 1
            }
        };
        self.draft.version += 1;
        self.draft.changed = clock::now();
        self.set_facts(&facts);
        Ok(())
    }

    fn kept(&mut self, written: bool) -> Outcome<DraftView> {
        if !written {
            return Err(problems::changed());
        }
        self.work.version = self.draft.version;
        self.view()
    }

    /// What a list shows of it.
    pub fn facts(&self) -> Outcome<Facts> {
        facts(&self.draft)
    }

    pub fn set_facts(&mut self, facts: &Facts) {
        self.draft.facts = serde_json::to_string(facts).unwrap_or_default();
    }

    pub fn view(&self) -> Outcome<DraftView> {
        view(&self.draft)
    }
}

pub(super) fn facts(draft: &Draft) -> Outcome<Facts> {
    serde_json::from_str(&draft.facts).map_err(|_| problems::stale_draft())
}

/// A draft as it is told.
pub(crate) fn view(draft: &Draft) -> Outcome<DraftView> {
    let facts = facts(draft)?;
    Ok(DraftView {
        id: draft.id,
        title: draft.title.clone(),
        author: draft.author,
        created_at: draft.created,
        changed_at: draft.changed,
        version: draft.version,
        based_on: draft.based_on.clone(),
        can_undo: draft.applied > 0,
        can_redo: draft.applied < facts.edits,
        facts,
    })
}

/// Who asks, if they may adopt another drawing: nobody else works on drafts.
pub(crate) async fn allowed(app: &App, caller: &Caller) -> Outcome<Arc<SignedIn>> {
    let account = caller.signed_in()?.clone();
    let engine = app.engine();
    let domain = app
        .store
        .read(map::domain)
        .await?
        .ok_or_else(guard::failed)?;
    let kind = engine.setup().kind_at(&domain.kind, domain.pack);
    let adopt = kind.and_then(|kind| kind.actions.get("adopt"));
    let may =
        adopt.is_some_and(|action| engine.may(&caller.actor, &action.by, &domain, clock::now()));
    match (may, adopt) {
        (true, _) => Ok(account),
        (false, action) => {
            let title = action.map(|action| format!("{} / {}", action.title.zh, action.title.en));
            let title = title.unwrap_or_default();
            Err(Problem::from(gewang_engine::refusal::forbidden(&title)))
        }
    }
}

/// The levels of the town from the root downwards.
pub(crate) fn levels(engine: &Engine) -> Vec<String> {
    let levels = &engine.setup().town().levels;
    levels.iter().map(|level| level.id.clone()).collect()
}

/// What the town says of a drawing of its cells.
pub(crate) fn of_town(engine: &Engine) -> OfTown {
    let partition = engine.setup().grid().partition();
    let root = partition.cell(partition.root());
    let uppers = partition
        .indices()
        .filter(|index| !partition.is_leaf(*index))
        .map(|index| partition.cell(index))
        .map(|cell| (cell.id.clone(), Text::new(&cell.name.zh, &cell.name.en)));
    OfTown {
        root: Root {
            id: root.id.clone(),
            name: root.name.clone(),
        },
        levels: levels(engine),
        known: uppers.collect(),
    }
}
