use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{Actor, Applied, Assignee, Engine, Entry, Extension, Record, Timing};

impl Engine {
    /// What an entry makes of its record. It asks no rule but the deadlines': replaying a journal gives the same records.
    /// The entry has its `seq` and its personal parts are sealed.
    pub fn apply(&self, before: Option<Record>, entry: &Entry) -> Applied {
        let plan = self.setup.plan_at(&entry.kind, entry.pack);
        let new = before.is_none();
        let was_closed = before
            .as_ref()
            .is_some_and(|record| record.closed.is_some());
        let due = before.as_ref().and_then(|record| record.timing.case);
        let lost = before
            .as_ref()
            .map(|record| (record.cell.clone(), self.standing(record)));
        let mut record = before.unwrap_or_else(|| begin(entry));
        let change = &entry.change;
        record.version = entry.version;
        record.seq = entry.seq;
        record.changed = entry.time;
        if let Some(number) = &change.number {
            record.number = Some(number.clone());
        }
        if let Some(place) = change.place {
            record.place = Some(place);
        }
        if let Some(cell) = &change.cell {
            record.cell.clone_from(cell);
        }
        for (field, value) in &change.set {
            match value {
                Value::Null => {
                    record.fields.shift_remove(field);
                }
                value => {
                    record.fields.insert(field.clone(), value.clone());
                }
            }
        }
        for (purpose, part) in &change.personal {
            record
                .personal
                .entry(purpose.clone())
                .or_default()
                .push(part.clone());
        }
        for purpose in &change.erased {
            record.personal.remove(purpose);
        }
        if let Some(assigned) = &change.assigned {
            assign(&mut record, assigned, entry.version);
        }
        if let Some(span) = change.extended {
            record.extensions.push(Extension {
                at: entry.time,
                span,
            });
            // The deadlines lie elsewhere now: lateness begins anew where it still is one.
            record.late_level = (0, 0);
        }
        if change.settled.is_some() {
            record.request = None;
        }
        if let Some(request) = &change.requested {
            record.request = Some(request.clone());
        }
        if let Some(late) = &change.late {
            let level = if late.case {
                &mut record.late_level.0
            } else {
                &mut record.late_level.1
            };
            *level = late.level;
        }
        if let Some(into) = change.merged_into {
            record.merged_into = Some(into);
        }
        if let Some(joined) = &change.joined {
            record.merged.push(joined.record);
            for reporter in &joined.reporters {
                if !record.reporters.contains(reporter) {
                    record.reporters.push(reporter.clone());
                }
            }
        }
        let doers = record.acted.entry(entry.action.clone()).or_default();
        if !doers.contains(&entry.actor) {
            doers.push(entry.actor.clone());
        }
        if let Some(state) = &change.state {
            record.moved = entry.version;
            record.since = entry.time;
            record.late_level.1 = 0;
            record.state.clone_from(state);
            if let Some(plan) = plan {
                let found = plan.kind().states.get(state);
                record.stage = found.and_then(|state| state.stage);
                record.closed = found.filter(|state| state.is_final).map(|_| entry.time);
                stop_or_go(&mut record, Engine::stands_still(plan, state), entry.time);
            }
        }
        if let Some(plan) = plan {
            record.timing = self.timing(plan, &record);
        }
        let in_time = due.is_none_or(|due| record.closed.is_none_or(|closed| closed <= due.at));
        let tallies = self.step(was_closed, new, in_time, lost, &record);
        Applied { record, tallies }
    }
}

fn begin(entry: &Entry) -> Record {
    let reporters = match &entry.actor {
        Actor::Person(_) => vec![entry.actor.clone()],
        Actor::Public | Actor::Reporter(_) => vec![Actor::Reporter(entry.record)],
        Actor::System => Vec::new(),
    };
    Record {
        id: entry.record,
        kind: entry.kind.clone(),
        pack: entry.pack,
        number: None,
        state: String::new(),
        stage: None,
        version: 0,
        moved: 1,
        seq: 0,
        cell: String::new(),
        place: None,
        fields: Map::new(),
        personal: BTreeMap::new(),
        assigned: Vec::new(),
        previous: Vec::new(),
        reporters,
        acted: BTreeMap::new(),
        request: None,
        opened: entry.time,
        changed: entry.time,
        since: entry.time,
        closed: None,
        stopped: Vec::new(),
        extensions: Vec::new(),
        late_level: (0, 0),
        merged_into: None,
        merged: Vec::new(),
        timing: Timing::default(),
    }
}

/// That somebody has done their part, or was added, contradicts nobody; that others answer now does.
fn assign(record: &mut Record, assigned: &[Assignee], version: u64) {
    let stays = |old: &Assignee| assigned.iter().any(|new| same_assignee(old, new));
    if !record.assigned.iter().all(stays) {
        record.previous = std::mem::take(&mut record.assigned);
        for assignee in &mut record.previous {
            assignee.done = false;
        }
        record.moved = version;
    } else if record.assigned.len() != assigned.len() {
        record.moved = version;
    }
    record.assigned = assigned.to_vec();
}

pub(crate) fn same_assignee(one: &Assignee, other: &Assignee) -> bool {
    (one.unit, &one.cell, &one.post, one.person)
        == (other.unit, &other.cell, &other.post, other.person)
}

fn stop_or_go(record: &mut Record, still: bool, time: jiff::Timestamp) {
    let open = record.stopped.last_mut().filter(|(_, end)| end.is_none());
    match (open, still) {
        (None, true) => record.stopped.push((time, None)),
        (Some((_, end)), false) => *end = Some(time),
        (None, false) | (Some(_), true) => {}
    }
}
