//! What an allowed action makes: its entries.

use std::sync::Arc;

use gewang_pack::Action;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    Actor, Change, Joined, Read, Record, Refusal, Request, Sealed,
    case::Case,
    decide::{Decided, Matter},
    form::{Filled, fill},
    halt::Halt,
    pointer::DATA,
    refusal::{forbidden, plain, refuse},
    value::files,
};

impl<'a, R: Read> Matter<'a, R> {
    /// The entries of an action that takes effect now, by who may or after approval.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a part of one change that its caller worked out"
    )]
    pub fn effect(
        &self,
        record: &Record,
        entry_action: &str,
        action: &Action,
        set: Map<String, Value>,
        mut assigned: Option<Vec<crate::Assignee>>,
        target: Option<Arc<Record>>,
        mut change: Change,
    ) -> Decided<R::Error> {
        let mut state = action.to.clone();
        if action.each && record.assigned.len() > 1 && state.is_some() {
            let parts = self.part_done(record)?;
            if parts.iter().all(|part| part.done) {
                assigned = assigned.or(Some(parts));
            } else {
                assigned = Some(parts);
                state = None;
            }
        }
        if state.is_some() {
            // What comes next begins with everybody's part undone.
            let now = assigned.as_ref().unwrap_or(&record.assigned);
            if now.iter().any(|part| part.done) {
                assigned = Some(
                    now.iter()
                        .map(|part| crate::Assignee {
                            done: false,
                            ..part.clone()
                        })
                        .collect(),
                );
            }
            if record.request.is_some() && change.settled.is_none() {
                change.settled = Some(false);
            }
        }
        if let Some(extend) = &action.extend {
            let case = Case {
                over: Some(&set),
                ..Case::of(&self.engine.setup, self.plan, record, self.time)
            };
            change.extended = case.evaluate(extend).ok();
        }
        change.state = state;
        change.set = set;
        change.assigned = assigned;
        change.merged_into = target.as_ref().map(|target| target.id);
        let mut entries = vec![self.entry(
            record.id,
            entry_action,
            record.version + 1,
            self.time,
            change,
        )];
        if let Some(target) = target {
            let joined = Joined {
                record: record.id,
                reporters: record.reporters.clone(),
            };
            let change = Change {
                joined: Some(joined),
                ..Change::default()
            };
            let time = self.time.max(target.changed);
            entries.push(self.entry(target.id, "joined", target.version + 1, time, change));
        }
        Ok((entries, false))
    }

    /// The assignees with the actor's part done.
    pub fn part_done(&self, record: &Record) -> Result<Vec<crate::Assignee>, Refusal> {
        let Actor::Person(person) = self.actor() else {
            return Err(forbidden(&self.command().action));
        };
        let mut parts = record.assigned.clone();
        let (mut mine, mut new) = (false, false);
        for part in &mut parts {
            if self.engine.is_assignee(*person, part, self.received()) {
                mine = true;
                new |= !part.done;
                part.done = true;
            }
        }
        match (mine, new) {
            (true, true) => Ok(parts),
            (true, false) => Err(plain("already_done", &[])),
            (false, _) => Err(forbidden(&self.command().action)),
        }
    }

    pub fn guard(
        &self,
        action: &Action,
        present: &Case<'_>,
        filled: &Filled,
    ) -> Result<(), Refusal> {
        if action.needs.is_empty() {
            return Ok(());
        }
        let mut personal = Map::new();
        for part in filled.personal.values() {
            if let Sealed::Open(map) = part {
                personal.extend(map.clone());
            }
        }
        let case = Case {
            over: Some(&filled.set),
            personal: Some(&personal),
            ..*present
        };
        match action.needs.iter().find(|guard| !case.test(&guard.that)) {
            None => Ok(()),
            Some(guard) => {
                let (zh, en) = (&guard.otherwise.zh, &guard.otherwise.en);
                Err(refuse("guard", "/data", &[zh], &[en]))
            }
        }
    }

    /// The record into which this one is to be merged.
    pub fn merge_target(
        &self,
        record: &Record,
        action: &Action,
        set: &Map<String, Value>,
    ) -> Result<Option<Arc<Record>>, Halt<R::Error>> {
        let Some(field) = &action.merge else {
            return Ok(None);
        };
        let cannot = || Halt::from(refuse("cannot_merge", DATA.name(field), &[], &[]));
        let named = set
            .get(field)
            .or_else(|| record.fields.get(field))
            .and_then(Value::as_str);
        let id: Uuid = named.and_then(|id| id.parse().ok()).ok_or_else(cannot)?;
        let target = self
            .world
            .record(id)
            .map_err(Halt::Failed)?
            .ok_or_else(cannot)?;
        let fits = target.id != record.id
            && target.kind == record.kind
            && target.closed.is_none()
            && target.merged_into.is_none()
            && record.merged_into.is_none();
        if fits {
            Ok(Some(target))
        } else {
            Err(cannot())
        }
    }

    /// A transition that came too late is kept as a note.
    pub fn too_late(&self, record: &Record, action: &Action) -> Decided<R::Error> {
        let command = self.command();
        let present = Case::of(&self.engine.setup, self.plan, record, self.time);
        let filled = fill(
            &self.checker(),
            action,
            Some(record),
            &present,
            &command.data,
        )?;
        let mut data = filled.set;
        if let Some(assignee) = filled.assignee
            && serde_json::to_string(&assignee).is_ok_and(|text| text.len() <= 400)
        {
            data.insert("assignee".into(), assignee);
        }
        let wanted = Request {
            action: command.action.clone(),
            data,
            assigned: None,
            by: self.actor().clone(),
            at: command.at,
        };
        let change = Change {
            instead_of: Some(wanted),
            note: filled.note,
            files: files(self.world, &command.files)?,
            ..Change::default()
        };
        Ok((
            vec![self.entry(record.id, "note", record.version + 1, self.time, change)],
            true,
        ))
    }
}
