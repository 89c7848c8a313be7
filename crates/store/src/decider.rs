use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

use gewang_engine::{
    Engine, Entry, Outcome, OutcomeKind, Read, Setup, Submission, Verdict, chain, pack::HashKind,
    refusal,
};
use rusqlite::Connection;
use rustc_hash::FxHashSet;
use serde_json::{Map, Value};

use crate::{
    Error, Head, LiveEntry,
    desk::Desk,
    post::{Decided, Item, Job, Line, Returned, Sheet},
    records, seal,
    store::Shared,
};

/// The one that decides, see [`crate::post`].
pub(crate) struct Decider {
    desk: Desk,
    shared: Arc<Shared>,
    engine: Engine,
    kind: HashKind,
    head: Head,
    sheets: SyncSender<Sheet>,
    /// What was decided and not handed on yet.
    decided: Decided,
    /// Whether the engine changed since it was handed on.
    changed: bool,
    /// A post failed half-way: nothing is decided until the scribe has taken it back.
    spoiled: bool,
}

/// How many entries are handed on together while a post is still being decided.
const PART: usize = 48;

impl Decider {
    /// Decides on what `connection`, which only reads, knows.
    pub fn new(
        connection: Connection,
        shared: Arc<Shared>,
        kind: HashKind,
        head: Head,
        sheets: SyncSender<Sheet>,
    ) -> Result<Decider, Error> {
        let engine = Engine::clone(&shared.engine.load());
        Ok(Decider {
            desk: Desk::new(connection, shared.clone())?,
            shared,
            engine,
            kind,
            head,
            sheets,
            decided: Decided::default(),
            changed: false,
            spoiled: false,
        })
    }

    /// Works until nobody is left who could post.
    pub fn run(mut self, queue: Receiver<Job>) {
        while let Ok(job) = queue.recv() {
            match job {
                Job::Item(item) => self.item(item),
                Job::Failed => self.resume(),
                Job::Rebuilt => self.desk.doubt(),
                Job::Close => break,
            }
        }
    }

    fn item(&mut self, item: Item) {
        match item {
            Item::Post { .. } if !self.spoiled => self.post(item),
            item => self.hand_on(Sheet::Item(item)),
        }
    }

    /// Sends the last sheet of an item. The scribe holds its commit open only for items of which it has not come yet, so
    /// that it never waits for nothing.
    fn hand_on(&self, sheet: Sheet) {
        self.shared.waiting.fetch_sub(1, Ordering::AcqRel);
        self.send(sheet);
    }

    fn send(&self, sheet: Sheet) {
        // A scribe that is gone answers nobody: its end of every answer was dropped.
        if self.sheets.send(sheet).is_err() {
            tracing::error!("nothing can be written any more");
        }
    }

    fn post(&mut self, item: Item) {
        let Item::Post { submissions, .. } = &item else {
            return;
        };
        self.desk.settle(self.shared.head.load(Ordering::Acquire));
        // A fault of the program in one command must not take the store, and with it the town, down.
        let result = catch_unwind(AssertUnwindSafe(|| self.decide(submissions)));
        let result = result.unwrap_or_else(|panic| Err(failed(panic.as_ref())));
        let (decided, outcomes) = match result {
            Ok((decided, outcomes)) => (decided, Ok(outcomes)),
            Err(error) => {
                self.spoiled = true;
                (Box::default(), Err(error))
            }
        };
        self.hand_on(Sheet::Post(decided, item, outcomes));
    }

    /// After a failure: back to what is committed, and everything anew that was not.
    fn resume(&mut self) {
        let (give, take) = sync_channel(1);
        self.send(Sheet::Resume(give));
        let Ok(Returned { head, items }) = take.recv() else {
            return;
        };
        self.head = head;
        self.engine = Engine::clone(&self.shared.engine.load());
        self.desk.forget();
        self.decided = Decided::default();
        (self.changed, self.spoiled) = (false, false);
        self.shared
            .waiting
            .fetch_add(items.len(), Ordering::Release);
        for item in items {
            self.item(item);
        }
    }

    fn decide(
        &mut self,
        submissions: &[Submission],
    ) -> Result<(Box<Decided>, Vec<Outcome>), Error> {
        let mut outcomes = Vec::with_capacity(submissions.len());
        for submission in submissions {
            if self.decided.lines.len() >= PART {
                let part = self.part()?;
                self.send(Sheet::Part(part));
            }
            outcomes.push(self.command(submission)?);
        }
        Ok((self.part()?, outcomes))
    }

    fn command(&mut self, submission: &Submission) -> Result<Outcome, Error> {
        let command = &submission.command;
        if let Some((outcome, same)) = self.desk.repeated(command)? {
            return Ok(if same {
                outcome
            } else {
                Outcome::refused(command.id, command.record, refusal::command_reused())
            });
        }
        let (entries, kind) = match self.engine.decide(&self.desk, submission)? {
            Verdict::Done(entries) => (entries, OutcomeKind::Done),
            Verdict::Merged(entries) => (entries, OutcomeKind::Merged),
            Verdict::Refused(refusal) => {
                return Ok(Outcome::refused(command.id, command.record, refusal));
            }
        };
        for (part, entry) in entries.into_iter().enumerate() {
            self.entry(entry, part, kind == OutcomeKind::Merged)?;
        }
        match self.desk.record(command.record)? {
            Some(record) => Ok(Outcome::of(kind, command.id, &record)),
            None => Err(Error::Inconsistent(format!(
                "command {} left no record",
                command.id
            ))),
        }
    }

    fn entry(&mut self, mut entry: Entry, part: usize, merged: bool) -> Result<(), Error> {
        let domain = &*self.shared.domain;
        entry.seq = self.head.seq + 1;
        sort(&mut entry);
        let mut keys = Vec::new();
        if !entry.change.personal.is_empty() {
            let (record, new) = (entry.record, entry.version == 1);
            let master = &self.shared.master;
            let desk = &self.desk;
            seal::seal(domain, &mut entry, |purpose| {
                let known = match new {
                    true => None,
                    false => desk.key(record, purpose)?,
                };
                if let Some(key) = known {
                    return Ok(key);
                }
                let (key, wrapped) = seal::make_key(domain, master, record, purpose)?;
                keys.push((purpose.to_owned(), wrapped, key));
                Ok(key)
            })?;
        }
        let canonical = String::from_utf8(chain::canonical(&entry, domain))
            .map_err(|_| Error::Inconsistent("a canonical entry is not UTF-8".into()))?;
        let hash = chain::link(&self.head.hash, canonical.as_bytes(), self.kind);
        let before = match entry.version {
            1 => None,
            _ => self.desk.take(entry.record)?,
        };
        let parties = before.as_deref().map(records::parties).unwrap_or_default();
        let applied = self.engine.apply(before.map(Arc::unwrap_or_clone), &entry);
        let record = Arc::new(applied.record);
        self.head = Head {
            seq: entry.seq,
            hash,
        };
        for (party, current) in records::party_changes(&parties, &records::parties(&record)) {
            self.decided.parties.insert((record.id, party), current);
        }
        for (key, n) in applied.tallies {
            *self.decided.tallies.entry(key).or_default() += n;
        }
        if entry.change.number.is_some() {
            let day = self.engine.setup().day(entry.time);
            self.desk.count(&entry.kind, day);
        }
        if Engine::concerns_setup(&record) {
            let setup = Setup::read(&self.desk, &record)?.map_err(records::faults)?;
            self.engine.adopt(Arc::new(setup));
            self.decided.ruled = true;
            self.changed = true;
        } else if self.engine.absorb(&record) {
            self.changed = true;
        }
        for (purpose, _, key) in &keys {
            self.desk
                .keep_key(entry.seq, record.id, purpose, Some(*key));
        }
        for purpose in &entry.change.erased {
            self.desk.keep_key(entry.seq, record.id, purpose, None);
        }
        let live = Arc::new(LiveEntry::new(entry, record));
        self.desk.put(live.clone());
        self.decided.lines.push(Line {
            live,
            part,
            merged,
            hash,
            canonical,
            keys: keys
                .into_iter()
                .map(|(purpose, wrapped, _)| (purpose, wrapped))
                .collect(),
            body: None,
        });
        Ok(())
    }

    /// Takes what was decided, to be handed on.
    fn part(&mut self) -> Result<Box<Decided>, Error> {
        let mut decided = std::mem::take(&mut self.decided);
        let mut seen = FxHashSet::default();
        for line in decided.lines.iter_mut().rev() {
            // A record that changed several times is written once.
            if seen.insert(line.live.record.id) {
                line.body = Some(serde_json::to_string(&*line.live.record)?);
            }
        }
        if std::mem::take(&mut self.changed) {
            decided.engine = Some(self.engine.clone());
        }
        Ok(Box::new(decided))
    }
}

/// What a panic of the program comes to.
pub(crate) fn failed(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    Error::Inconsistent(format!(
        "the program failed: {}",
        text.unwrap_or("it did not say why")
    ))
}

/// Free-form members in the order of the canonical form, so that a record made from an entry is the same, byte for byte,
/// as one made from the journal.
fn sort(entry: &mut Entry) {
    let change = &mut entry.change;
    sort_map(&mut change.set);
    for request in [&mut change.requested, &mut change.instead_of]
        .into_iter()
        .flatten()
    {
        sort_map(&mut request.data);
    }
}

fn sort_map(map: &mut Map<String, Value>) {
    map.sort_keys();
    map.values_mut().for_each(Value::sort_all_objects);
}
