use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Instant,
};

use gewang_engine::{
    Engine, Entry, Outcome, OutcomeKind, Read, Setup, Submission, TallyKey, Verdict, chain,
    pack::HashKind, refusal,
};
use rusqlite::Connection;
use serde_json::{Map, Value};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use uuid::Uuid;

use crate::{
    Batch, Error, Head, LiveEntry,
    background::Background,
    desk::Desk,
    journal::{self, After},
    records, seal,
    store::Shared,
    tallies,
};

/// What waits for the writer.
pub(crate) enum Job {
    Post {
        submissions: Vec<Submission>,
        reply: oneshot::Sender<Result<Vec<Outcome>, Error>>,
        permit: Option<OwnedSemaphorePermit>,
    },
    Write {
        work: Work,
        reply: oneshot::Sender<Result<(), Error>>,
        permit: Option<OwnedSemaphorePermit>,
    },
    Rebuild {
        reply: oneshot::Sender<Result<(), Error>>,
    },
    Allowance {
        bytes: u64,
        reply: oneshot::Sender<Result<(), Error>>,
    },
}

/// Something small to write beside the journal.
pub(crate) type Work = Box<dyn FnOnce(&Connection, &str) -> Result<(), Error> + Send>;

/// A post or a piece of work that shares a transaction with others.
enum Item {
    Post {
        submissions: Vec<Submission>,
        reply: oneshot::Sender<Result<Vec<Outcome>, Error>>,
        /// Held until the answer, so that others wait before handing over.
        _permit: Option<OwnedSemaphorePermit>,
    },
    Write {
        work: Option<Work>,
        reply: oneshot::Sender<Result<(), Error>>,
        _permit: Option<OwnedSemaphorePermit>,
    },
}

enum Answer {
    Outcomes(Vec<Outcome>),
    Written(Result<(), Error>),
}

/// How many commands share a transaction at most (a post is never split).
const GROUP: usize = 1000;

/// The one that writes.
pub(crate) struct Writer {
    pub desk: Desk,
    pub shared: Arc<Shared>,
    pub engine: Engine,
    kind: HashKind,
    head: Head,
    background: Background,
    // What the open transaction did so far.
    live: Vec<Arc<LiveEntry>>,
    tallies: HashMap<TallyKey, i64>,
    parties: HashMap<(Uuid, String), bool>,
    ruled: bool,
    rostered: bool,
    erased: bool,
}

impl Writer {
    pub fn new(connection: Connection, shared: Arc<Shared>, head: Head) -> Result<Writer, Error> {
        let engine = Engine::clone(&shared.engine.load());
        let kind = if head.seq == 0 {
            let kind = engine.setup().town().hash;
            journal::set_hash_kind(&connection, &shared.domain, kind)?;
            kind
        } else {
            journal::hash_kind(&connection, &shared.domain)?
        };
        let background = Background::new(&connection, &shared, head.seq)?;
        let desk = Desk::new(connection, shared.clone());
        Ok(Writer {
            desk,
            shared,
            engine,
            kind,
            head,
            background,
            live: Vec::new(),
            tallies: HashMap::new(),
            parties: HashMap::new(),
            ruled: false,
            rostered: false,
            erased: false,
        })
    }

    /// Works until nobody is left who could post.
    pub fn run(mut self, queue: Receiver<Job>) {
        loop {
            let first = match self.background.wait(Instant::now()) {
                Some(idle) => match queue.recv_timeout(idle) {
                    Ok(job) => Some(job),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => break,
                },
                None => match queue.recv() {
                    Ok(job) => Some(job),
                    Err(_) => break,
                },
            };
            match first {
                Some(job) => {
                    self.serve(job, &queue);
                    if self.background.is_overdue(Instant::now()) {
                        self.slice();
                    }
                }
                None => self.slice(),
            }
        }
    }

    fn slice(&mut self) {
        if let Err(error) = self
            .background
            .slice(&self.desk, &self.shared, &self.engine)
        {
            if !self.desk.connection.is_autocommit() {
                self.rollback();
            }
            tracing::warn!(%error, "background work waits");
        }
    }

    /// Takes a job and those that wait behind it.
    fn serve(&mut self, first: Job, queue: &Receiver<Job>) {
        let mut items = Vec::new();
        let mut commands = 0;
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Post {
                    submissions,
                    reply,
                    permit,
                } => {
                    commands += submissions.len();
                    items.push(Item::Post {
                        submissions,
                        reply,
                        _permit: permit,
                    });
                }
                Job::Write {
                    work,
                    reply,
                    permit,
                } => {
                    commands += 1;
                    items.push(Item::Write {
                        work: Some(work),
                        reply,
                        _permit: permit,
                    });
                }
                Job::Rebuild { reply } => {
                    self.group(std::mem::take(&mut items));
                    // Whoever asked may have gone: then nobody needs the answer.
                    let _ = reply.send(self.rebuild());
                }
                Job::Allowance { bytes, reply } => {
                    self.group(std::mem::take(&mut items));
                    let _ = reply.send(self.allow(bytes));
                }
            }
            next = if commands < GROUP {
                queue.try_recv().ok()
            } else {
                None
            };
        }
        self.group(items);
    }

    /// One transaction, and the answers after its commit.
    fn group(&mut self, mut items: Vec<Item>) {
        if items.is_empty() {
            return;
        }
        match self.transaction(&mut items) {
            Ok(answers) => {
                for (item, answer) in items.into_iter().zip(answers) {
                    match (item, answer) {
                        (Item::Post { reply, .. }, Answer::Outcomes(outcomes)) => {
                            drop(reply.send(Ok(outcomes)))
                        }
                        (Item::Write { reply, .. }, Answer::Written(result)) => {
                            drop(reply.send(result))
                        }
                        (Item::Post { reply, .. }, Answer::Written(_)) => {
                            drop(reply.send(Err(Error::Closed)))
                        }
                        (Item::Write { reply, .. }, Answer::Outcomes(_)) => {
                            drop(reply.send(Err(Error::Closed)))
                        }
                    }
                }
            }
            Err(error) => {
                let alone = items.len() == 1 || matches!(error, Error::Full);
                if matches!(error, Error::Full) {
                    self.make_room();
                }
                tracing::error!(%error, waiting = items.len(), "a transaction was taken back");
                for item in items {
                    match item {
                        // One fault never spoils its neighbours: each of them is tried by itself.
                        Item::Post { .. } if !alone => self.group(vec![item]),
                        Item::Post { reply, .. } => drop(reply.send(Err(again(&error)))),
                        Item::Write { reply, .. } => drop(reply.send(Err(again(&error)))),
                    }
                }
            }
        }
    }

    fn transaction(&mut self, items: &mut [Item]) -> Result<Vec<Answer>, Error> {
        let saved = self.head;
        // A fault of the program in one command must not take the writer, and with it the town, down.
        let result = catch_unwind(AssertUnwindSafe(|| self.fill(items)));
        match result.unwrap_or_else(|panic| Err(Error::Inconsistent(said(panic.as_ref())))) {
            Ok(answers) => {
                self.publish();
                Ok(answers)
            }
            Err(error) => {
                self.head = saved;
                self.rollback();
                Err(error)
            }
        }
    }

    fn fill(&mut self, items: &mut [Item]) -> Result<Vec<Answer>, Error> {
        self.desk.connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut answers = Vec::with_capacity(items.len());
        for item in items {
            answers.push(match item {
                Item::Post { submissions, .. } => {
                    let mut outcomes = Vec::with_capacity(submissions.len());
                    for submission in submissions {
                        outcomes.push(self.command(submission)?);
                    }
                    Answer::Outcomes(outcomes)
                }
                Item::Write { work, .. } => Answer::Written(self.work(work.take())?),
            });
        }
        self.flush()?;
        self.desk.connection.execute_batch("COMMIT")?;
        Ok(answers)
    }

    fn work(&mut self, work: Option<Work>) -> Result<Result<(), Error>, Error> {
        let Some(work) = work else {
            return Ok(Err(Error::Closed));
        };
        self.desk.connection.execute_batch("SAVEPOINT work")?;
        match work(&self.desk.connection, &self.shared.domain) {
            Ok(()) => {
                self.desk.connection.execute_batch("RELEASE work")?;
                Ok(Ok(()))
            }
            Err(Error::Full) => Err(Error::Full),
            Err(error) => {
                self.desk
                    .connection
                    .execute_batch("ROLLBACK TO work; RELEASE work")?;
                Ok(Err(error))
            }
        }
    }

    fn command(&mut self, submission: &Submission) -> Result<Outcome, Error> {
        let command = &submission.command;
        let connection = &self.desk.connection;
        let repeated = journal::repeated(
            connection,
            &self.shared.domain,
            command.id,
            command.record,
            &command.action,
        )?;
        if let Some((outcome, same)) = repeated {
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
        let (connection, domain) = (&self.desk.connection, &*self.shared.domain);
        entry.seq = self.head.seq + 1;
        sort(&mut entry);
        seal::seal(connection, domain, &self.shared.master, &mut entry)?;
        let canonical = String::from_utf8(chain::canonical(&entry, domain))
            .map_err(|_| Error::Inconsistent("a canonical entry is not UTF-8".into()))?;
        let hash = chain::link(&self.head.hash, canonical.as_bytes(), self.kind);
        let before = self.desk.take(entry.record)?;
        let parties = before.as_deref().map(records::parties).unwrap_or_default();
        let applied = self.engine.apply(before.map(Arc::unwrap_or_clone), &entry);
        let record = Arc::new(applied.record);
        let after = After {
            state: &record.state,
            cell: &record.cell,
            merged,
        };
        journal::insert(connection, domain, &entry, part, &after, &hash, &canonical)?;
        self.head = Head {
            seq: entry.seq,
            hash,
        };
        for (party, current) in records::party_changes(&parties, &records::parties(&record)) {
            self.parties.insert((record.id, party), current);
        }
        for (key, n) in applied.tallies {
            *self.tallies.entry(key).or_default() += n;
        }
        if !entry.change.erased.is_empty() {
            seal::erase(connection, domain, entry.record, &entry.change.erased)?;
            self.erased = true;
        }
        records::attach(connection, domain, &entry)?;
        if entry.change.number.is_some() {
            let day = self.engine.setup().day(entry.time);
            self.desk.count(&entry.kind, day);
        }
        self.desk.put(record.clone());
        if Engine::concerns_setup(&record) {
            let setup = Setup::read(&self.desk, &record)?.map_err(records::faults)?;
            self.engine.adopt(Arc::new(setup));
            self.ruled = true;
        } else if self.engine.absorb(&record) {
            self.rostered = true;
        }
        self.live.push(Arc::new(LiveEntry::new(entry, record)));
        Ok(())
    }

    /// Writes what was gathered: each record, count and party once, however often it changed.
    fn flush(&mut self) -> Result<(), Error> {
        let (connection, domain) = (&self.desk.connection, &*self.shared.domain);
        if self.live.is_empty() {
            return Ok(());
        }
        for record in &self.desk.changed() {
            records::upsert(connection, domain, record)?;
        }
        for (key, n) in self.tallies.iter().filter(|(_, n)| **n != 0) {
            tallies::add(connection, domain, key, *n)?;
        }
        for ((record, party), current) in &self.parties {
            records::set_party(connection, domain, *record, party, *current)?;
        }
        if self.ruled {
            Background::begin_retiming(connection, domain)?;
        }
        journal::seal_head(connection, domain, &self.shared.master, self.head)
    }

    /// After the commit: what is true now becomes what everybody sees.
    fn publish(&mut self) {
        self.tallies.clear();
        self.parties.clear();
        if self.live.is_empty() {
            return;
        }
        self.desk.settle();
        if std::mem::take(&mut self.ruled) {
            self.background.retime();
            self.rostered = true;
        }
        if std::mem::take(&mut self.rostered) {
            self.shared.engine.store(Arc::new(self.engine.clone()));
        }
        if std::mem::take(&mut self.erased) {
            self.background.scrub();
        }
        self.shared.head.store(self.head.seq, Ordering::Release);
        self.background.index(self.head.seq, Instant::now());
        let entries: Arc<[Arc<LiveEntry>]> = std::mem::take(&mut self.live).into();
        // Nobody may be listening.
        let _ = self.shared.batches.send(Arc::new(Batch { entries }));
    }

    /// Back to what the disk holds, in memory too.
    pub fn rollback(&mut self) {
        if !self.desk.connection.is_autocommit()
            && let Err(error) = self.desk.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be taken back");
        }
        self.live.clear();
        self.tallies.clear();
        self.parties.clear();
        (self.ruled, self.rostered, self.erased) = (false, false, false);
        self.desk.forget();
        self.engine = Engine::clone(&self.shared.engine.load());
    }

    /// The write-ahead log may be what fills the disk: what it holds more than once is let go. Posts after this one may
    /// then find room; if they do not, the log was not it.
    fn make_room(&self) {
        let made = self
            .desk
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                row.get::<_, i64>(0)
            });
        tracing::warn!(
            made = made.is_ok_and(|busy| busy == 0),
            "the disk is full: the write-ahead log was put away"
        );
    }

    fn allow(&mut self, bytes: u64) -> Result<(), Error> {
        let size: i64 = self
            .desk
            .connection
            .query_row("PRAGMA page_size", [], |row| row.get(0))?;
        let pages = match bytes {
            0 => i64::from(u32::MAX - 1),
            bytes => (i64::try_from(bytes).unwrap_or(i64::MAX) / size).max(1),
        };
        self.desk
            .connection
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        Ok(())
    }
}

/// The error for another of those who shared a transaction.
fn again(error: &Error) -> Error {
    match error {
        Error::Full => Error::Full,
        other => Error::Inconsistent(other.to_string()),
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    format!(
        "the program failed: {}",
        text.unwrap_or("it did not say why")
    )
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
