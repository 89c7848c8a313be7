//! What people may do to a record of any kind: add a note, and agree to what was asked for or decline it.

use crate::{
    Change, Read, Record, Refusal,
    case::Case,
    decide::{Decided, Matter, is_from},
    form::Filled,
    pointer::DATA,
    refusal::{forbidden, not_found, plain, refuse},
    value::{files, note, note_missing, short},
};
use gewang_pack::Action;

impl<'a, R: Read> Matter<'a, R> {
    /// A built-in action of persons, on an existing record.
    pub fn built_in(&self, record: &Record) -> Decided<R::Error> {
        let command = self.command();
        if matches!(command.action.as_str(), "late" | "erase" | "rehome") {
            return self.by_system(record);
        }
        self.no_place()?;
        if command.action == "note" {
            return self.note(record);
        }
        let (asked, agrees) = match (
            command.action.strip_suffix(".approve"),
            command.action.strip_suffix(".refuse"),
        ) {
            (Some(asked), _) => (asked, true),
            (_, Some(asked)) => (asked, false),
            (None, None) => return Err(plain("unknown_action", &[&short(&command.action)]).into()),
        };
        self.settle(record, asked, agrees)
    }

    pub fn note(&self, record: &Record) -> Decided<R::Error> {
        let command = self.command();
        let reporter = record.reporters.contains(self.actor());
        if !reporter && !self.engine.visible(self.actor(), record, self.received()) {
            return Err(not_found().into());
        }
        self.check_version(record, false)?;
        self.only_note()?;
        let note = note(command.data.get("note"), 4000)?;
        let files = files(self.world, &command.files)?;
        if note.is_none() && files.is_empty() {
            return Err(note_missing().into());
        }
        let change = Change {
            note,
            files,
            ..Change::default()
        };
        Ok((
            vec![self.entry(record.id, "note", record.version + 1, self.time, change)],
            false,
        ))
    }

    /// Agrees to the waiting request, or declines it.
    pub fn settle(&self, record: &Record, asked: &str, agrees: bool) -> Decided<R::Error> {
        let command = self.command();
        let Some(action) = self
            .plan
            .kind()
            .actions
            .get(asked)
            .filter(|action| !action.approval.is_empty())
        else {
            return Err(self
                .or_hidden(record, plain("unknown_action", &[&short(&command.action)]))
                .into());
        };
        if !self
            .engine
            .may(self.actor(), &action.approval, record, self.received())
        {
            return Err(self.or_hidden(record, forbidden(&command.action)).into());
        }
        let Some(request) = record
            .request
            .as_ref()
            .filter(|request| request.action == asked)
        else {
            let (zh, en) = self.action_title(asked);
            return Err(refuse("no_request", "/action", &[&zh], &[&en]).into());
        };
        if request.by == *self.actor() {
            let (zh, en) = self.action_title(asked);
            return Err(refuse("same_person", "/action", &[&zh], &[&en]).into());
        }
        let moved = command
            .version
            .is_some_and(|version| version < record.moved);
        self.check_version(record, moved)?;
        self.only_note()?;
        let note = note(command.data.get("note"), 4000)?;
        let files = files(self.world, &command.files)?;
        let change = Change {
            settled: Some(agrees),
            note,
            files,
            ..Change::default()
        };
        if !agrees {
            if change.note.is_none() {
                return Err(note_missing().into());
            }
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
        if !is_from(action, record) {
            return Err(self.wrong_state(record, action).into());
        }
        let set = request.data.clone();
        let filled = Filled {
            set,
            ..Filled::default()
        };
        self.guard(
            action,
            &Case::of(&self.engine.setup, self.plan, record, self.time),
            &filled,
        )?;
        let target = self.merge_target(record, action, &filled.set)?;
        // Joint handling has no parts here: who approves speaks for all.
        let whole = Action {
            each: false,
            ..action.clone()
        };
        self.effect(
            record,
            &command.action,
            &whole,
            filled.set,
            request.assigned.clone(),
            target,
            change,
        )
    }

    pub fn only_note(&self) -> Result<(), Refusal> {
        match self.command().data.keys().find(|key| *key != "note") {
            None => Ok(()),
            Some(key) if key == "assignee" => Err(plain("assignee_not_wanted", &[])),
            Some(key) => Err(match self.plan.kind().fields.get(key) {
                Some(field) => refuse(
                    "not_asked",
                    DATA.name(key),
                    &[&field.title.zh],
                    &[&field.title.en],
                ),
                None => refuse(
                    "unknown_field",
                    DATA.name(key),
                    &[&short(key)],
                    &[&short(key)],
                ),
            }),
        }
    }
}
