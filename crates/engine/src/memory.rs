use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use jiff::{Timestamp, civil::Date};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::{
    Actor, Command, Engine, Entry, FileInfo, Outcome, OutcomeKind, Read, Record, Setup, Submission,
    TallyKey, Verdict, refusal::command_reused,
};

/// A town in memory: what a store does, without keeping anything. For tests, scenarios and trying packs. Personal data
/// stay open in it.
#[derive(Clone, Debug)]
pub struct Memory {
    engine: Engine,
    entries: Vec<Entry>,
    records: BTreeMap<Uuid, Arc<Record>>,
    tallies: BTreeMap<TallyKey, i64>,
    opened: FxHashMap<(String, Date), u64>,
    files: FxHashMap<String, (FileInfo, Option<Vec<u8>>)>,
    /// What commands came to, with what they asked.
    known: FxHashMap<Uuid, (Uuid, String, Outcome)>,
}

impl Memory {
    /// An empty town.
    pub fn new(setup: Arc<Setup>) -> Memory {
        Memory {
            engine: Engine::found(setup),
            entries: Vec::new(),
            records: BTreeMap::new(),
            tallies: BTreeMap::new(),
            opened: FxHashMap::default(),
            files: FxHashMap::default(),
            known: FxHashMap::default(),
        }
    }

    /// Makes a stored file known, with its bytes where it is one of the set-up.
    pub fn keep(&mut self, hash: impl Into<String>, info: FileInfo, bytes: Option<Vec<u8>>) {
        self.files.insert(hash.into(), (info, bytes));
    }

    /// Does what a command asks, or says why not.
    pub fn post(&mut self, submission: Submission) -> Outcome {
        let Command {
            id,
            record,
            ref action,
            ..
        } = submission.command;
        if let Some((known, asked, outcome)) = self.known.get(&id) {
            return match *known == record && asked == action {
                true => Outcome {
                    outcome: OutcomeKind::Repeated,
                    ..outcome.clone()
                },
                false => Outcome::refused(id, record, command_reused()),
            };
        }
        let Ok(verdict) = self.engine.decide(self, &submission);
        let (kind, entries) = match verdict {
            Verdict::Refused(refusal) => return Outcome::refused(id, record, refusal),
            Verdict::Done(entries) => (OutcomeKind::Done, entries),
            Verdict::Merged(entries) => (OutcomeKind::Merged, entries),
        };
        for mut entry in entries {
            entry.seq = self.entries.len() as u64 + 1;
            self.write(entry);
        }
        let outcome = Outcome::of(kind, id, &self.records[&record]);
        self.known
            .insert(id, (record, action.clone(), outcome.clone()));
        outcome
    }

    /// Applies an entry that has its place in the journal.
    pub fn write(&mut self, entry: Entry) {
        let before = self.records.remove(&entry.record).map(Arc::unwrap_or_clone);
        let applied = self.engine.apply(before, &entry);
        if entry.change.number.is_some() {
            let day = self.engine.setup().day(entry.time);
            *self.opened.entry((entry.kind.clone(), day)).or_default() += 1;
        }
        for (key, amount) in applied.tallies {
            let count = self.tallies.entry(key.clone()).or_default();
            *count += amount;
            if *count == 0 {
                self.tallies.remove(&key);
            }
        }
        self.engine.absorb(&applied.record);
        self.records.insert(entry.record, Arc::new(applied.record));
        self.entries.push(entry);
    }

    /// Lets the clock strike: posts what the system owes by `now`, until it owes nothing.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        loop {
            let due: Vec<Command> = self
                .records
                .values()
                .filter(|record| record.timing.wake.is_some_and(|wake| wake <= now))
                .flat_map(|record| self.engine.wake(record, now))
                .collect();
            let before = self.entries.len();
            for command in due {
                outcomes.push(self.post(Submission {
                    command,
                    actor: Actor::System,
                    received: now,
                }));
            }
            if self.entries.len() == before {
                return outcomes;
            }
        }
    }

    /// Puts another set-up in force.
    pub fn adopt(&mut self, setup: Arc<Setup>) {
        self.engine.adopt(setup);
        for record in self.records.values_mut() {
            self.engine.retime(Arc::make_mut(record));
        }
    }

    /// The rules in force.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The journal.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// All records by id.
    pub fn records(&self) -> impl Iterator<Item = &Arc<Record>> {
        self.records.values()
    }

    /// The tallies that are not zero.
    pub fn tallies(&self) -> &BTreeMap<TallyKey, i64> {
        &self.tallies
    }
}

impl Read for Memory {
    type Error = Infallible;

    fn record(&self, id: Uuid) -> Result<Option<Arc<Record>>, Infallible> {
        Ok(self.records.get(&id).cloned())
    }

    fn file(&self, hash: &str) -> Result<Option<FileInfo>, Infallible> {
        Ok(self.files.get(hash).map(|(info, _)| info.clone()))
    }

    fn content(&self, hash: &str) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.files.get(hash).and_then(|(_, bytes)| bytes.clone()))
    }

    fn opened(&self, kind: &str, day: Date) -> Result<u64, Infallible> {
        Ok(self
            .opened
            .get(&(kind.to_owned(), day))
            .copied()
            .unwrap_or(0))
    }
}
