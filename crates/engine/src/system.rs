//! What the engine's own clock does: lateness climbs, personal data are erased, records follow a new edition of the grid.

use gewang_pack::Who;
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    Actor, Change, Command, Engine, LateNotice, Read, Record,
    decide::{Decided, Matter},
    refusal::{forbidden, plain},
    setup::Plan,
};

impl Engine {
    /// The system's commands that are due on a record now; to be posted by [`Actor::System`]. Made twice from the same
    /// record they are the same commands.
    pub fn wake(&self, record: &Record, now: Timestamp) -> Vec<Command> {
        let Some(plan) = self.setup.plan_at(&record.kind, record.pack) else {
            return Vec::new();
        };
        let command = |action: &str, data: Map<String, Value>, salt: u8| Command {
            id: derived(record, action, salt),
            at: now,
            kind: record.kind.clone(),
            record: record.id,
            action: action.to_owned(),
            version: None,
            place: None,
            data,
            files: Vec::new(),
            backdated: false,
        };
        let mut commands = Vec::new();
        for case in [true, false] {
            if let Some(notice) = self.notice(plan, record, case, now) {
                let data = [
                    ("case", Value::from(case)),
                    ("level", Value::from(notice.level)),
                ];
                let data = data
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect();
                commands.push(command("late", data, u8::from(case)));
            }
        }
        if !self.expired(plan, record, now).is_empty() {
            commands.push(command("erase", Map::new(), 2));
        }
        commands
    }

    /// The system's command by which a record follows the edition in force; `None` where it stands in its cell already.
    pub fn rehome(&self, record: &Record, now: Timestamp) -> Option<Command> {
        self.setup
            .grid()
            .home(&record.cell, record.place, record.closed.is_some())?;
        Some(Command {
            id: derived(record, "rehome", 3),
            at: now,
            kind: record.kind.clone(),
            record: record.id,
            action: "rehome".to_owned(),
            version: None,
            place: None,
            data: Map::new(),
            files: Vec::new(),
            backdated: false,
        })
    }

    /// The purposes whose data are to be erased by now.
    fn expired(&self, plan: &Plan, record: &Record, now: Timestamp) -> Vec<String> {
        let due = |purpose: &&String| {
            self.erasure(plan, record, purpose)
                .is_some_and(|at| at <= now)
        };
        record.personal.keys().filter(due).cloned().collect()
    }

    /// The next step of lateness, where it is due.
    fn notice(
        &self,
        plan: &Plan,
        record: &Record,
        case: bool,
        now: Timestamp,
    ) -> Option<LateNotice> {
        if record.closed.is_some() {
            return None;
        }
        let (deadline, level) = match case {
            true => (record.timing.case?, record.late_level.0),
            false => (record.timing.state?, record.late_level.1),
        };
        self.next_level(plan, level, deadline.at)
            .filter(|at| *at <= now)?;
        let told = self.told(plan, record, level + 1, now);
        Some(LateNotice {
            level: level + 1,
            due: deadline.at,
            case,
            told,
        })
    }

    /// Who is told at a level of lateness.
    fn told(&self, plan: &Plan, record: &Record, level: u32, now: Timestamp) -> Vec<Uuid> {
        let Some(late) = &plan.kind().late else {
            return Vec::new();
        };
        let holders = |post: &str| -> Vec<Uuid> {
            let at_units = record.assigned.iter().filter_map(|assignee| assignee.unit);
            let mut people: Vec<Uuid> = at_units
                .flat_map(|unit| self.roster.at_unit(unit, post, now).collect::<Vec<_>>())
                .collect();
            if people.is_empty()
                && let Some(cell) = self.nearest(&record.cell, post, now)
            {
                people = self.roster.at_cell(cell, post, now).collect();
            }
            people
        };
        let mut people = match (level, &late.remind) {
            (1, Who::Assignee) => record
                .assigned
                .iter()
                .flat_map(|assignee| self.people_of(assignee, now))
                .collect(),
            (1, Who::Reporter) => record
                .reporters
                .iter()
                .filter_map(|reporter| {
                    if let Actor::Person(person) = reporter {
                        Some(*person)
                    } else {
                        None
                    }
                })
                .collect(),
            (1, Who::Post(post)) => holders(post),
            (1, Who::Public | Who::Anyone | Who::System) => Vec::new(),
            (level, _) => late
                .then
                .get(level as usize - 2)
                .map(|post| holders(post))
                .unwrap_or_default(),
        };
        let mut seen = Vec::with_capacity(people.len());
        people.retain(|person| {
            !seen.contains(person) && {
                seen.push(*person);
                true
            }
        });
        people
    }
}

impl<R: Read> Matter<'_, R> {
    /// The built-in actions of the system.
    pub fn by_system(&self, record: &Record) -> Decided<R::Error> {
        let command = &self.submission.command;
        if *self.actor() != Actor::System {
            let refusal = match self.engine.visible(self.actor(), record, self.received()) {
                true => forbidden(&command.action),
                false => crate::refusal::not_found(),
            };
            return Err(refusal.into());
        }
        let not_due = || plain("not_due", &[]);
        let change = match command.action.as_str() {
            "late" => {
                let case = command
                    .data
                    .get("case")
                    .and_then(Value::as_bool)
                    .unwrap_or(true);
                let level = command.data.get("level").and_then(Value::as_u64);
                let notice = self
                    .engine
                    .notice(self.plan, record, case, self.time)
                    .ok_or_else(not_due)?;
                if level.is_some_and(|level| level != u64::from(notice.level)) {
                    return Err(not_due().into());
                }
                Change {
                    late: Some(notice),
                    ..Change::default()
                }
            }
            "erase" => {
                let erased = self.engine.expired(self.plan, record, self.time);
                if erased.is_empty() {
                    return Err(not_due().into());
                }
                Change {
                    erased,
                    ..Change::default()
                }
            }
            _ => {
                let grid = self.engine.setup.grid();
                let cell = grid
                    .home(&record.cell, record.place, record.closed.is_some())
                    .ok_or_else(not_due)?;
                Change {
                    cell: Some(cell.to_owned()),
                    ..Change::default()
                }
            }
        };
        Ok((
            vec![self.entry(
                record.id,
                &command.action,
                record.version + 1,
                self.time,
                change,
            )],
            false,
        ))
    }
}

/// A command id that follows from the record's version: the clock may look twice and act once.
fn derived(record: &Record, action: &str, salt: u8) -> Uuid {
    let mut hasher = blake3::Hasher::new();
    hasher.update(record.id.as_bytes());
    hasher.update(&record.version.to_be_bytes());
    hasher.update(action.as_bytes());
    hasher.update(&[salt]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
