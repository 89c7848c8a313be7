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
use rustc_hash::FxHashSet;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    Error, Head, LiveEntry,
    desk::Desk,
    link::Link,
    post::{Decided, Item, Job, Line, Returned, Sheet},
    records::{self, Involved},
    redo::{Kept, Tail},
    seal::{self, NewKey},
    shared::Shared,
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
    /// Decides on what `link`, which only reads, knows.
    pub fn new(
        link: Link,
        shared: Arc<Shared>,
        kind: HashKind,
        head: Head,
        sheets: SyncSender<Sheet>,
    ) -> Result<Decider, Error> {
        let engine = Engine::clone(&shared.engine.load());
        Ok(Decider {
            desk: Desk::new(link, shared.clone())?,
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

    /// Takes up what the redo log holds beyond the database, as it was decided before a crash; the journal's end after it.
    pub fn restore(&mut self, tail: Tail) -> Result<Option<(Decided, Head)>, Error> {
        let Some(end) = tail.head else {
            return Ok(None);
        };
        tracing::info!(
            entries = tail.entries.len(),
            "the database is brought up to what was answered"
        );
        for kept in tail.entries {
            let entry: Entry = serde_json::from_str(&kept.text)?;
            let keys = Kept::new_keys(kept.keys, entry.record);
            self.enter(entry, kept.part, kept.text.as_bytes(), keys)?;
        }
        if self.head != end {
            return Err(Error::Broken {
                seq: end.seq,
                why: "the redo log does not follow from the journal".into(),
            });
        }
        Ok(Some((*self.last_part()?, end)))
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
        self.desk
            .settle(self.shared.written.load(Ordering::Acquire));
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
        let Ok(Returned {
            head,
            items,
            followed,
        }) = take.recv()
        else {
            return;
        };
        self.head = head;
        self.engine = Engine::clone(&self.shared.engine.load());
        self.desk.forget();
        for (command, record) in followed {
            self.desk.know(command, record);
        }
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
                let (lines, texts) = self.lines()?;
                self.send(Sheet::Part(Box::new(Decided {
                    lines,
                    texts,
                    ..Decided::default()
                })));
            }
            outcomes.push(self.command(submission)?);
        }
        Ok((self.last_part()?, outcomes))
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
            self.entry(entry, part)?;
        }
        match self.desk.record(command.record)? {
            Some(record) => Ok(Outcome::of(kind, command.id, &record)),
            None => Err(Error::Inconsistent(format!(
                "command {} left no record",
                command.id
            ))),
        }
    }

    fn entry(&mut self, mut entry: Entry, part: usize) -> Result<(), Error> {
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
                let new = NewKey {
                    record,
                    purpose: purpose.to_owned(),
                    wrapped,
                };
                keys.push((new, key));
                Ok(key)
            })?;
        }
        let text = chain::canonical(&entry, domain);
        for (new, key) in &keys {
            self.desk
                .keep_key(entry.seq, entry.record, &new.purpose, Some(*key));
        }
        let keys = keys.into_iter().map(|(new, _)| new).collect();
        self.enter(entry, part, text.as_ref(), keys)
    }

    /// Takes an entry, as it is hashed, as the journal's next.
    fn enter(
        &mut self,
        entry: Entry,
        part: usize,
        text: &[u8],
        keys: Vec<NewKey>,
    ) -> Result<(), Error> {
        let hash = chain::link(&self.head.hash, text, self.kind);
        if self.decided.texts.capacity() == 0 {
            self.decided.texts = self.shared.buffer();
        }
        let texts = &mut self.decided.texts;
        let start = texts.len();
        texts.extend_from_slice(text);
        let canonical = start..texts.len();
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
        let (id, fresh) = (record.id, entry.version == 1);
        let changes = records::party_changes(&parties, records::parties(&record));
        self.decided
            .involved
            .extend(changes.map(|(party, current)| Involved {
                party,
                record: id,
                current,
                fresh,
            }));
        for (key, n) in applied.tallies {
            self.decided.additions.add(key, n);
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
        for purpose in &entry.change.erased {
            self.desk.keep_key(entry.seq, record.id, purpose, None);
        }
        let live = Arc::new(LiveEntry::new(entry, record));
        self.desk.put(live.clone());
        self.decided.lines.push(Line {
            live,
            part,
            hash,
            canonical,
            keys,
            body: None,
            fresh,
        });
        Ok(())
    }

    /// Takes the lines that were decided, with their texts, to be handed on.
    fn lines(&mut self) -> Result<(Vec<Line>, Vec<u8>), Error> {
        let mut lines = std::mem::take(&mut self.decided.lines);
        let mut texts = std::mem::take(&mut self.decided.texts);
        let fresh: FxHashSet<Uuid> = lines
            .iter()
            .filter(|line| line.live.entry.version == 1)
            .map(|line| line.live.record.id)
            .collect();
        // Nearly always every line is another record's first.
        let alone = fresh.len() == lines.len();
        let mut seen = FxHashSet::default();
        for line in lines.iter_mut().rev() {
            let id = line.live.record.id;
            line.fresh = alone || fresh.contains(&id);
            // A record that changed several times is written once.
            if alone || seen.insert(id) {
                let start = texts.len();
                serde_json::to_writer(&mut texts, &*line.live.record)?;
                line.body = Some(start..texts.len());
            }
        }
        Ok((lines, texts))
    }

    /// Takes what was decided, to be handed on as the end of a post.
    fn last_part(&mut self) -> Result<Box<Decided>, Error> {
        let (lines, texts) = self.lines()?;
        let engine = std::mem::take(&mut self.changed).then(|| self.engine.clone());
        Ok(Box::new(Decided {
            lines,
            texts,
            engine,
            ..std::mem::take(&mut self.decided)
        }))
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
