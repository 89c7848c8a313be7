use std::sync::Arc;

use gewang_pack::{Action, From as Start};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    Actor, Change, Command, Engine, Entry, Read, Record, Refusal, Request, Submission, Verdict,
    authority::Ground,
    case::Case,
    form::fill,
    halt::Halt,
    refusal::{forbidden, not_found, plain, refuse},
    setup::Plan,
    value::{Checker, files, short},
};

/// A clock that runs ahead by no more than this is believed.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// What was done longer ago than this counts from its receipt.
const BEHIND: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What deciding carries along.
pub(crate) struct Matter<'a, R: Read> {
    pub engine: &'a Engine,
    pub world: &'a R,
    pub submission: &'a Submission,
    pub plan: &'a Arc<Plan>,
    /// The time that counts.
    pub time: Timestamp,
}

/// The good end of deciding: entries, and whether they only keep what came too late.
pub(crate) type Decided<E> = Result<(Vec<Entry>, bool), Halt<E>>;

impl Engine {
    /// What a command comes to. It reads the world and changes nothing; a command sent twice is the caller's to notice.
    pub fn decide<R: Read>(&self, world: &R, submission: &Submission) -> Result<Verdict, R::Error> {
        match self.judge(world, submission) {
            Ok((entries, false)) => Ok(Verdict::Done(entries)),
            Ok((entries, true)) => Ok(Verdict::Merged(entries)),
            Err(Halt::Refused(refusal)) => Ok(Verdict::Refused(*refusal)),
            Err(Halt::Failed(error)) => Err(error),
        }
    }

    fn judge<R: Read>(&self, world: &R, submission: &Submission) -> Decided<R::Error> {
        let command = &submission.command;
        if command.id.is_nil() || command.record.is_nil() {
            return Err(plain("bad_id", &[]).into());
        }
        let record = world.record(command.record).map_err(Halt::Failed)?;
        let actor = &submission.actor;
        let received = submission.received;
        if let Some(record) = &record
            && record.kind != command.kind
        {
            let refusal = match self.visible(actor, record, received) {
                true => plain("other_kind", &[&record.kind]),
                false => not_found(),
            };
            return Err(refusal.into());
        }
        let plan = match &record {
            Some(record) => self.setup.plan_at(&record.kind, record.pack),
            None => self.setup.plan(&command.kind),
        };
        let Some(plan) = plan else {
            return Err(plain("unknown_kind", &[&short(&command.kind)]).into());
        };
        if command.backdated && *actor != Actor::System && !self.is_administrator(actor, received) {
            return Err(plain("backdate_forbidden", &[]).into());
        }
        if command.backdated && command.at > received + AHEAD {
            return Err(plain("time_invalid", &[]).into());
        }
        let time = effective(
            command,
            received,
            record.as_ref().map(|record| record.changed),
        );
        let matter = Matter {
            engine: self,
            world,
            submission,
            plan,
            time,
        };
        match record {
            None => matter.create(),
            Some(record) => matter.act(&record),
        }
    }
}

/// The time of a command that counts: its author's where that can be believed, and never before the record's last.
fn effective(command: &Command, received: Timestamp, changed: Option<Timestamp>) -> Timestamp {
    let believable =
        command.backdated || (command.at <= received + AHEAD && command.at >= received - BEHIND);
    let time = if believable { command.at } else { received };
    changed.map_or(time, |changed| time.max(changed))
}

impl<'a, R: Read> Matter<'a, R> {
    pub fn command(&self) -> &'a Command {
        &self.submission.command
    }

    pub fn actor(&self) -> &'a Actor {
        &self.submission.actor
    }

    /// The instant at which authority is asked: what somebody may do follows from the posts they hold now.
    pub fn received(&self) -> Timestamp {
        self.submission.received
    }

    pub fn checker(&self) -> Checker<'_, R> {
        Checker {
            engine: self.engine,
            world: self.world,
            plan: self.plan,
            actor: self.actor(),
            at: self.received(),
        }
    }

    pub fn action(&self) -> Result<&'a Action, Refusal> {
        let id = &self.command().action;
        self.plan
            .kind()
            .actions
            .get(id)
            .ok_or_else(|| plain("unknown_action", &[&short(id)]))
    }

    pub fn create(&self) -> Decided<R::Error> {
        let command = self.command();
        let engine = self.engine;
        if is_built_in(self.plan, &command.action) {
            return Err(not_found().into());
        }
        let action = self.action()?;
        if !action.from.is_new() {
            return Err(not_found().into());
        }
        let kind = self.plan.kind();
        let located = self.locate(kind.place);
        let cell = match &located {
            Ok((_, cell)) => *cell,
            // Where it is is not known: who may do it nowhere hears that first.
            Err(_) => engine.setup.grid().root(),
        };
        let ground = Ground {
            cell,
            assigned: &[],
            previous: &[],
            reporters: &[],
            new: true,
        };
        let anywhere = located.is_err() && self.holds_any(action);
        if !anywhere && !engine.may_on(self.actor(), &action.by, &ground, self.received()) {
            return Err(forbidden(&action_name(action)).into());
        }
        let (place, cell) = located?;
        let state = action.to.as_deref().unwrap_or_default();
        let empty = Case {
            setup: &engine.setup,
            plan: self.plan,
            fields: None,
            over: None,
            personal: None,
            state,
            cell,
            time: self.time,
        };
        let filled = fill(&self.checker(), action, None, &empty, &command.data)?;
        self.guard(action, &empty, &filled)?;
        crate::town::check(self, &filled.set, None)?;
        let case = Case {
            over: Some(&filled.set),
            ..empty
        };
        let assigned = match action.assign {
            None => None,
            Some(assign) => Some(engine.assignment(
                assign,
                filled.assignee.as_ref(),
                &case,
                &ground,
                || engine.acting_post(self.actor(), &action.by, &ground, self.received()),
                self.received(),
            )?),
        };
        let number = match &kind.number {
            None => None,
            Some(prefix) => {
                let day = engine.setup.day(self.time);
                let before = self
                    .world
                    .opened(&self.plan.name, day)
                    .map_err(Halt::Failed)?;
                Some(engine.number(prefix, self.time, before + 1))
            }
        };
        let change = Change {
            state: action.to.clone(),
            number,
            place,
            cell: Some(cell.to_owned()),
            set: filled.set,
            personal: filled.personal,
            assigned,
            note: filled.note,
            files: files(self.world, &command.files)?,
            ..Change::default()
        };
        Ok((
            vec![self.entry(command.record, &command.action, 1, self.time, change)],
            false,
        ))
    }

    pub fn act(&self, record: &Record) -> Decided<R::Error> {
        let command = self.command();
        if is_built_in(self.plan, &command.action) {
            return self.built_in(record);
        }
        let known = self.action();
        let action = match known {
            Ok(action) => action,
            Err(refusal) => return Err(self.or_hidden(record, refusal).into()),
        };
        if action.from.is_new() {
            // That the id is taken is told to everybody: else a client could never mend it.
            return Err(plain("record_exists", &[]).into());
        }
        let stale = command
            .version
            .is_some_and(|version| version < record.version);
        let moved = stale
            && command
                .version
                .is_some_and(|version| version < record.moved);
        let unknowing = moved
            && command.at < record.changed
            && self.engine.visible(self.actor(), record, self.received());
        if !self
            .engine
            .may(self.actor(), &action.by, record, self.received())
        {
            if unknowing {
                return self.too_late(record, action);
            }
            return Err(self
                .or_hidden(record, forbidden(&action_name(action)))
                .into());
        }
        if let Some(before) = action
            .other_than
            .iter()
            .find(|before| self.has_done(record, before))
        {
            let (zh, en) = self.action_title(before);
            return Err(refuse("same_person", "/action", &[&zh], &[&en]).into());
        }
        let fits = is_from(action, record);
        if unknowing && (!fits || moves(action)) {
            return self.too_late(record, action);
        }
        if !fits {
            return Err(self.wrong_state(record, action).into());
        }
        self.check_version(record, moved && moves(action))?;
        if !action.approval.is_empty() && record.request.is_some() {
            return Err(self.request_waits(record).into());
        }
        self.carry_out(record, action)
    }

    /// What an allowed action does.
    pub fn carry_out(&self, record: &Record, action: &Action) -> Decided<R::Error> {
        let command = self.command();
        let engine = self.engine;
        let present = Case::of(&engine.setup, self.plan, record, self.time);
        let filled = fill(
            &self.checker(),
            action,
            Some(record),
            &present,
            &command.data,
        )?;
        let (place, cell) = self.relocate(action)?;
        self.guard(action, &present, &filled)?;
        crate::town::check(self, &filled.set, Some(record))?;
        let ground = Ground::from(record);
        let assigned = match action.assign {
            None => None,
            Some(assign) => {
                let case = Case {
                    over: Some(&filled.set),
                    ..Case::of(&engine.setup, self.plan, record, self.time)
                };
                Some(engine.assignment(
                    assign,
                    filled.assignee.as_ref(),
                    &case,
                    &ground,
                    || engine.acting_post(self.actor(), &action.by, &ground, self.received()),
                    self.received(),
                )?)
            }
        };
        // Asked before the request is kept, and again when it is granted.
        let target = self.merge_target(record, action, &filled.set)?;
        let files = files(self.world, &command.files)?;
        if !action.approval.is_empty() {
            let request = Request {
                action: command.action.clone(),
                data: filled.set,
                assigned,
                by: self.actor().clone(),
                at: self.time,
            };
            let change = Change {
                requested: Some(request),
                personal: filled.personal,
                note: filled.note,
                files,
                ..Change::default()
            };
            return Ok((
                vec![self.entry(
                    record.id,
                    &command.action,
                    record.version + 1,
                    self.time,
                    change,
                )],
                false,
            ));
        }
        let change = Change {
            place,
            cell,
            personal: filled.personal,
            note: filled.note,
            files,
            ..Change::default()
        };
        self.effect(
            record,
            &command.action,
            action,
            filled.set,
            assigned,
            target,
            change,
        )
    }

    pub fn entry(
        &self,
        record: Uuid,
        action: &str,
        version: u64,
        time: Timestamp,
        change: Change,
    ) -> Entry {
        Entry {
            seq: 0,
            command: self.command().id,
            at: self.command().at,
            received: self.submission.received,
            time,
            actor: self.actor().clone(),
            kind: self.plan.name.clone(),
            pack: self.plan.version(),
            record,
            action: action.to_owned(),
            version,
            change,
        }
    }

    pub fn check_version(&self, record: &Record, contradicts: bool) -> Result<(), Refusal> {
        let Some(version) = self.command().version else {
            return Ok(());
        };
        let (seen, now) = (version.to_string(), record.version.to_string());
        if version > record.version {
            return Err(refuse(
                "version_ahead",
                "/version",
                &[&seen, &now],
                &[&seen, &now],
            ));
        }
        if contradicts {
            return Err(refuse(
                "stale_version",
                "/version",
                &[&seen, &now],
                &[&seen, &now],
            ));
        }
        Ok(())
    }

    /// A refusal, or, to who may not see the record, that there is none.
    pub fn or_hidden(&self, record: &Record, refusal: Refusal) -> Refusal {
        let knows = record.reporters.contains(self.actor())
            || self.engine.visible(self.actor(), record, self.received());
        if knows { refusal } else { not_found() }
    }

    pub fn has_done(&self, record: &Record, action: &str) -> bool {
        record
            .acted
            .get(action)
            .is_some_and(|doers| doers.contains(self.actor()))
    }

    pub fn holds_any(&self, action: &Action) -> bool {
        let grid = self.engine.setup.grid();
        let on = |cell: &str| {
            let ground = Ground {
                cell,
                assigned: &[],
                previous: &[],
                reporters: &[],
                new: true,
            };
            self.engine
                .may_on(self.actor(), &action.by, &ground, self.received())
        };
        grid.cells()
            .iter()
            .filter(|cell| cell.leaf)
            .any(|cell| on(&cell.id))
    }

    pub fn wrong_state(&self, record: &Record, action: &Action) -> Refusal {
        let state = self.plan.kind().states.get(&record.state);
        let (zh, en) = state.map_or((record.state.as_str(), record.state.as_str()), |state| {
            (state.title.zh.as_str(), state.title.en.as_str())
        });
        refuse(
            "wrong_state",
            "/action",
            &[zh, &action.title.zh],
            &[en, &action.title.en],
        )
    }

    pub fn request_waits(&self, record: &Record) -> Refusal {
        let waiting = record
            .request
            .as_ref()
            .map(|request| request.action.as_str())
            .unwrap_or_default();
        let (zh, en) = self.action_title(waiting);
        refuse("request_waits", "/action", &[&zh], &[&en])
    }

    pub fn action_title(&self, id: &str) -> (String, String) {
        let action = self.plan.kind().actions.get(id);
        action.map_or_else(
            || (id.to_owned(), id.to_owned()),
            |a| (a.title.zh.clone(), a.title.en.clone()),
        )
    }
}

fn action_name(action: &Action) -> String {
    format!("{} / {}", action.title.zh, action.title.en)
}

/// Whether an action is every kind's own, and not one that the pack declares.
pub(crate) fn is_built_in(plan: &Plan, action: &str) -> bool {
    !plan.kind().actions.contains_key(action)
        && (matches!(action, "note" | "late" | "erase" | "rehome")
            || action.ends_with(".approve")
            || action.ends_with(".refuse"))
}

/// Whether an action may contradict what others did meanwhile.
pub(crate) fn moves(action: &Action) -> bool {
    action.to.is_some()
        || action.assign.is_some()
        || action.merge.is_some()
        || !action.approval.is_empty()
}

/// Whether an action leads from the state in which a record is.
pub(crate) fn is_from(action: &Action, record: &Record) -> bool {
    let named = |name: &str| {
        if name == "open" {
            record.closed.is_none()
        } else {
            name == record.state
        }
    };
    match &action.from {
        Start::New => false,
        Start::One(name) => named(name),
        Start::Any(names) => names.iter().any(|name| named(name)),
    }
}
