use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{self, Receiver, RecvTimeoutError, TryRecvError},
    },
    time::Instant,
};

use gewang_engine::{Engine, Outcome};
use rusqlite::Connection;
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    Batch, Error, Head, LiveEntry,
    background::Background,
    checkpointer::Checkpointer,
    decider::failed,
    indexer::Indexer,
    journal,
    post::{Decided, Item, Job, Reply, Returned, Sheet, Work},
    records::{self, Involved},
    seal,
    store::Shared,
    tallies::{Additions, Ledger},
};

/// How many commands share a transaction, at most (a post is never split).
const GROUP: usize = 1000;

/// The one that writes, see [`crate::post`].
pub(crate) struct Scribe {
    pub connection: Connection,
    pub shared: Arc<Shared>,
    jobs: mpsc::Sender<Job>,
    background: Background,
    indexer: Indexer,
    checkpointer: Checkpointer,
    pub ledger: Ledger,
    /// The end of the journal as it is committed.
    head: Head,
    group: Group,
    /// Whether the last part of a post has not come yet.
    within: bool,
    /// Why the post within which we are cannot be written.
    fault: Option<Error>,
    /// After a failure: what was not written.
    returned: Option<Vec<Item>>,
    /// So many posts are committed one by one.
    careful: usize,
}

/// What the open transaction holds.
#[derive(Default)]
struct Group {
    done: Vec<Done>,
    commands: usize,
    head: Option<Head>,
    live: Vec<Arc<LiveEntry>>,
    additions: Additions,
    involved: Vec<Involved>,
    engine: Option<Engine>,
    ruled: bool,
    erased: bool,
}

/// What will be answered after the commit.
enum Done {
    Post(Item, Vec<Outcome>),
    Written {
        reply: Reply<()>,
        result: Result<(), Error>,
        _permit: Option<OwnedSemaphorePermit>,
    },
}

impl Scribe {
    pub fn new(
        connection: Connection,
        shared: Arc<Shared>,
        head: Head,
        indexer: Indexer,
        jobs: mpsc::Sender<Job>,
    ) -> Result<Scribe, Error> {
        let background = Background::new(&connection, &shared)?;
        let checkpointer = Checkpointer::start(&shared.dir)?;
        Ok(Scribe {
            connection,
            shared,
            jobs,
            background,
            indexer,
            checkpointer,
            ledger: Ledger::default(),
            head,
            group: Group::default(),
            within: false,
            fault: None,
            returned: None,
            careful: 0,
        })
    }

    /// Works until the decider is gone.
    pub fn run(mut self, sheets: Receiver<Sheet>) {
        loop {
            let next = if self.within || !self.group.done.is_empty() {
                match sheets.try_recv() {
                    // Whoever waits for the decider now shares the commit.
                    Err(TryRecvError::Empty)
                        if self.within || self.shared.waiting.load(Ordering::Acquire) > 0 =>
                    {
                        sheets.recv().map_err(|_| RecvTimeoutError::Disconnected)
                    }
                    Err(TryRecvError::Empty) => {
                        self.commit();
                        continue;
                    }
                    Err(TryRecvError::Disconnected) => Err(RecvTimeoutError::Disconnected),
                    Ok(sheet) => Ok(sheet),
                }
            } else {
                match self.background.wait(Instant::now()) {
                    Some(idle) => sheets.recv_timeout(idle),
                    None => sheets.recv().map_err(|_| RecvTimeoutError::Disconnected),
                }
            };
            match next {
                Ok(sheet) => self.take(sheet),
                Err(RecvTimeoutError::Timeout) => self.slice(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.commit();
    }

    fn slice(&mut self) {
        if let Err(error) = self.background.slice(&self.connection, &self.shared) {
            self.rollback();
            tracing::warn!(%error, "background work waits");
        }
    }

    fn take(&mut self, sheet: Sheet) {
        if let Some(returned) = &mut self.returned {
            match sheet {
                Sheet::Part(_) => {}
                Sheet::Post(_, item, _) | Sheet::Item(item) => returned.push(item),
                Sheet::Resume(give) => {
                    let items = self.returned.take().unwrap_or_default();
                    self.careful = items.len();
                    let head = self.head;
                    // A decider that is gone needs nothing.
                    let _ = give.send(Returned { head, items });
                }
            }
            return;
        }
        match sheet {
            Sheet::Part(decided) => {
                self.within = true;
                if self.fault.is_none() {
                    self.fault = self.write(*decided).err();
                }
            }
            Sheet::Post(decided, item, result) => {
                self.within = false;
                let result = match self.fault.take() {
                    Some(fault) => Err(fault),
                    None => result,
                };
                let written = result.and_then(|outcomes| self.write(*decided).map(|()| outcomes));
                match written {
                    Ok(outcomes) => {
                        self.group.commands += outcomes.len();
                        self.group.done.push(Done::Post(item, outcomes));
                        if self.careful > 0 || self.group.commands >= GROUP {
                            self.careful = self.careful.saturating_sub(1);
                            self.commit();
                        }
                    }
                    Err(error) => self.fail(error, Some(item)),
                }
            }
            Sheet::Item(Item::Write {
                work,
                reply,
                _permit,
            }) => match self.guarded(|scribe| scribe.work(work)) {
                Ok(result) => {
                    self.group.commands += 1;
                    self.group.done.push(Done::Written {
                        reply,
                        result,
                        _permit,
                    });
                }
                Err(error) => {
                    // Whoever asked may have gone: then nobody needs the answer.
                    let _ = reply.send(Err(again(&error)));
                    self.fail(error, None);
                }
            },
            Sheet::Item(item) => self.apart(item),
            Sheet::Resume(_) => {}
        }
    }

    /// What is done between transactions.
    fn apart(&mut self, item: Item) {
        self.commit();
        if let Some(returned) = &mut self.returned {
            returned.push(item);
            return;
        }
        match item {
            Item::Rebuild { reply } => {
                let result = self.rebuild();
                // The decider outlives the scribe's work.
                let _ = self.jobs.send(Job::Rebuilt);
                let _ = reply.send(result);
            }
            Item::Allowance { bytes, reply } => drop(reply.send(self.allow(bytes))),
            other => other.fail(Error::Inconsistent("it was not decided".into())),
        }
    }

    /// Does something that must not take the store down.
    fn guarded<T>(
        &mut self,
        act: impl FnOnce(&mut Scribe) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let result = catch_unwind(AssertUnwindSafe(|| act(self)));
        result.unwrap_or_else(|panic| Err(failed(panic.as_ref())))
    }

    fn begin(&self) -> Result<(), Error> {
        if self.connection.is_autocommit() {
            self.connection
                .prepare_cached("BEGIN IMMEDIATE")?
                .execute([])?;
        }
        Ok(())
    }

    fn work(&mut self, work: Work) -> Result<Result<(), Error>, Error> {
        self.begin()?;
        self.connection.execute_batch("SAVEPOINT work")?;
        match work(&self.connection, &self.shared.domain) {
            Ok(()) => {
                self.connection.execute_batch("RELEASE work")?;
                Ok(Ok(()))
            }
            Err(Error::Full) => Err(Error::Full),
            Err(error) => {
                self.connection
                    .execute_batch("ROLLBACK TO work; RELEASE work")?;
                Ok(Err(error))
            }
        }
    }

    fn write(&mut self, decided: Decided) -> Result<(), Error> {
        self.guarded(|scribe| scribe.put_down(decided))
    }

    fn put_down(&mut self, decided: Decided) -> Result<(), Error> {
        // The end of a post may have no lines of its own, and still what all its parts came to.
        if self.group.head.is_none() && decided.lines.is_empty() {
            return Ok(());
        }
        self.begin()?;
        let (connection, domain) = (&self.connection, &*self.shared.domain);
        let group = &mut self.group;
        journal::insert(connection, domain, &decided)?;
        // Up to each entry that destroys keys: those made before it are there by then, those made after it stay.
        let runs = decided
            .lines
            .split_inclusive(|line| !line.live.entry.change.erased.is_empty());
        for run in runs {
            let keys: Vec<&seal::NewKey> = run.iter().flat_map(|line| &line.keys).collect();
            seal::keep_keys(connection, domain, &keys)?;
            if let Some(last) = run.last() {
                let entry = &last.live.entry;
                if !entry.change.erased.is_empty() {
                    seal::erase(connection, domain, entry.record, &entry.change.erased)?;
                    group.erased = true;
                }
            }
        }
        let mut fresh = Vec::with_capacity(decided.lines.len());
        for line in &decided.lines {
            records::attach(connection, domain, &line.live.entry)?;
            if let Some(body) = &line.body {
                let (record, body) = (&*line.live.record, &decided.texts[body.clone()]);
                if line.fresh {
                    fresh.push((record, body));
                } else {
                    records::update(connection, domain, record, body)?;
                }
            }
        }
        records::insert(connection, domain, &fresh)?;
        if let Some(line) = decided.lines.last() {
            group.head = Some(Head {
                seq: line.live.seq,
                hash: line.hash,
            });
        }
        group
            .live
            .extend(decided.lines.into_iter().map(|line| line.live));
        group.additions.extend(decided.additions);
        group.involved.extend(decided.involved);
        group.ruled |= decided.ruled;
        if decided.engine.is_some() {
            group.engine = decided.engine;
        }
        self.shared.give_back(decided.texts);
        Ok(())
    }

    fn commit(&mut self) {
        match self.guarded(Scribe::seal_group) {
            Ok(()) => self.publish(),
            Err(error) => self.fail(error, None),
        }
    }

    /// Writes what was gathered, each count and party once, however often it changed; then commits.
    fn seal_group(&mut self) -> Result<(), Error> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        let (connection, domain) = (&self.connection, &*self.shared.domain);
        let group = &mut self.group;
        if let Some(head) = group.head {
            self.ledger.write(connection, domain, &group.additions)?;
            records::involve(connection, domain, std::mem::take(&mut group.involved))?;
            if group.ruled {
                Background::begin_retiming(connection, domain)?;
            }
            journal::seal_head(connection, domain, &self.shared.master, head)?;
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    /// After the commit: what is true now becomes what everybody sees, and whoever waits is answered.
    fn publish(&mut self) {
        let group = std::mem::take(&mut self.group);
        let entries = group.live.len();
        if let Some(head) = group.head {
            self.head = head;
            if group.ruled {
                self.background.retime();
            }
            if let Some(engine) = group.engine {
                self.shared.engine.store(Arc::new(engine));
            }
            if group.erased {
                self.background.scrub();
            }
            self.shared.head.store(head.seq, Ordering::Release);
            self.indexer.wake();
            let entries: Arc<[Arc<LiveEntry>]> = group.live.into();
            // Nobody may be listening.
            let _ = self.shared.batches.send(Arc::new(Batch { entries }));
        }
        for done in group.done {
            match done {
                Done::Post(
                    Item::Post {
                        reply, submissions, ..
                    },
                    outcomes,
                ) => drop(reply.send(Ok((outcomes, submissions)))),
                Done::Post(other, _) => other.fail(Error::Closed),
                Done::Written { reply, result, .. } => drop(reply.send(result)),
            }
        }
        // Whoever waited has the answer: now there is a moment for the log.
        if entries > 0 {
            self.checkpointer.committed(entries, &self.connection);
        }
    }

    /// Takes the open transaction back. `last` is the post that could not be written.
    fn fail(&mut self, error: Error, last: Option<Item>) {
        self.rollback();
        let group = std::mem::take(&mut self.group);
        let waiting = group.done.len() + usize::from(last.is_some());
        tracing::error!(%error, waiting, "a transaction was taken back");
        let full = matches!(error, Error::Full);
        if full {
            self.make_room();
        }
        let mut posts = Vec::new();
        for done in group.done {
            match done {
                Done::Post(item, _) => posts.push(item),
                Done::Written { reply, .. } => drop(reply.send(Err(again(&error)))),
            }
        }
        posts.extend(last);
        // One fault never spoils its neighbours: each of them is tried by itself.
        if full || waiting == 1 {
            for post in posts.drain(..) {
                post.fail(again(&error));
            }
        }
        self.returned = Some(posts);
        // The decider outlives the scribe's work.
        let _ = self.jobs.send(Job::Failed);
    }

    /// Back to what is committed.
    pub fn rollback(&mut self) {
        self.ledger.forget();
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be taken back");
        }
    }

    /// The write-ahead log may be what fills the disk: what it holds more than once is let go. Posts after this one may
    /// then find room; if they do not, the log was not it.
    fn make_room(&self) {
        let made = self
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
            .connection
            .query_row("PRAGMA page_size", [], |row| row.get(0))?;
        let pages = match bytes {
            0 => i64::from(u32::MAX - 1),
            bytes => (i64::try_from(bytes).unwrap_or(i64::MAX) / size).max(1),
        };
        self.connection
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
