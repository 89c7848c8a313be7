use std::{
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{self, Receiver, RecvTimeoutError, TryRecvError},
    },
    time::{Duration, Instant},
};

use gewang_engine::{Engine, Outcome};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    Batch, Error, Head, LiveEntry,
    background::Background,
    decider::failed,
    disk::Disk,
    failure::again,
    fair::{self, FairCopy},
    follow::Followed,
    indexer::Indexer,
    link::Link,
    post::{Decided, Item, Job, Reply, Sheet, Work},
    room,
    shared::Shared,
};

/// How many commands share a group, at most (a post is never split).
const GROUP: usize = 1000;
/// A group is closed when it is so many times as old as a flush takes, even if more is waiting: those who are answered come
/// again while the rest is decided, so that neither the disk nor the processor waits for the other.
const AGE: u32 = 2;
/// How many entries share a transaction of the database, if nobody wants to read.
const TRANSACTION: usize = 1000;
/// So long the database waits for more of them.
const LINGER: Duration = Duration::from_millis(2);
/// So long the journal's end is held for those who are decided anew.
const HELD: Duration = Duration::from_millis(50);
/// How often a database that is behind because it cannot be written is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// The one that writes, see [`crate::post`].
pub(crate) struct Scribe {
    pub fair: FairCopy,
    pub shared: Arc<Shared>,
    /// Only beside a database in a file: any other has everything before it is answered.
    disk: Option<Disk>,
    pub jobs: mpsc::Sender<Job>,
    pub background: Background,
    pub indexer: Indexer,
    /// The end of the journal as it was answered.
    pub head: Head,
    pub group: Group,
    /// How long the last piece of the redo log took.
    flush: Duration,
    /// Whether the last part of a post has not come yet.
    within: bool,
    /// Why the post within which we are cannot be written.
    fault: Option<Error>,
    /// After a failure: what was not written.
    pub returned: Option<Vec<Item>>,
    /// So many posts are written one by one.
    pub careful: usize,
    /// What other nodes wrote, for the decider.
    pub followed: Followed,
    /// Whether the database could not be reached when it was last looked for.
    pub lost: bool,
    /// How often what may succeed the next time failed since something was written.
    pub tries: u32,
}

/// What is written and not answered yet.
#[derive(Default)]
pub(crate) struct Group {
    pub done: Vec<Done>,
    /// When the first of them was written.
    since: Option<Instant>,
    commands: usize,
    head: Option<Head>,
    sheets: Vec<Decided>,
    engine: Option<Engine>,
    ruled: bool,
    erased: bool,
    /// Whether something was written beside the journal, which the redo log does not know.
    beside: bool,
}

/// What will be answered after the commit.
pub(crate) enum Done {
    Post(Item, Vec<Outcome>),
    Written {
        reply: Reply<()>,
        result: Result<(), Error>,
        _permit: Option<OwnedSemaphorePermit>,
    },
}

impl Scribe {
    pub fn new(
        link: Link,
        shared: Arc<Shared>,
        disk: Option<Disk>,
        head: Head,
        indexer: Indexer,
        jobs: mpsc::Sender<Job>,
    ) -> Result<Scribe, Error> {
        let background = Background::new(&link, &shared)?;
        Ok(Scribe {
            fair: FairCopy::new(link, shared.clone(), head),
            shared,
            disk,
            jobs,
            background,
            indexer,
            head,
            group: Group::default(),
            flush: Duration::ZERO,
            within: false,
            fault: None,
            returned: None,
            careful: 0,
            followed: Followed::new(),
            lost: false,
            tries: 0,
        })
    }

    /// Before the work begins: writes what the redo log holds beyond the database, after a crash.
    pub fn restore(&mut self, tail: Option<(Decided, Head)>) -> Result<(), Error> {
        let Some(disk) = &mut self.disk else {
            return Ok(());
        };
        if let Some((mut decided, head)) = tail {
            self.fair.put_down(&decided)?;
            if let Some(engine) = decided.engine.take() {
                self.shared.engine.store(Arc::new(engine));
            }
            self.fair.accept(vec![decided], head);
            self.fair.commit()?;
            self.head = head;
            self.shared.head.store(head.seq, Ordering::Release);
            self.indexer.wake();
        }
        // What the log holds may be in the database and still not on the disk.
        fair::sync(&self.shared.home.dir)?;
        disk.redo.clear(false)
    }

    /// Works until the decider is gone.
    pub fn run(mut self, sheets: Receiver<Sheet>) {
        loop {
            let next = if self.within || !self.group.done.is_empty() {
                match sheets.try_recv() {
                    // Whoever waits for the decider now shares the group.
                    Err(TryRecvError::Empty)
                        if self.within || self.shared.waiting.load(Ordering::Acquire) > 0 =>
                    {
                        sheets.recv().map_err(|_| RecvTimeoutError::Disconnected)
                    }
                    Err(TryRecvError::Empty) => Err(RecvTimeoutError::Timeout),
                    Err(TryRecvError::Disconnected) => Err(RecvTimeoutError::Disconnected),
                    Ok(sheet) => Ok(sheet),
                }
            } else if self.fair.stuck.is_some() {
                sheets.recv_timeout(RETRY)
            } else if self.fair.waiting() > 0 {
                match self.shared.is_wanted() {
                    true => Err(RecvTimeoutError::Timeout),
                    false => sheets.recv_timeout(LINGER),
                }
            } else if self.disk.is_none() && self.fair.link.is_in_transaction() {
                sheets.recv_timeout(HELD)
            } else {
                match self.background.wait(Instant::now()) {
                    Some(idle) => sheets.recv_timeout(idle),
                    None => sheets.recv().map_err(|_| RecvTimeoutError::Disconnected),
                }
            };
            match next {
                Ok(sheet) => self.take(sheet),
                Err(RecvTimeoutError::Timeout) => self.idle(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.close_group();
        let settled = self.settle(true);
        // Where the disk refuses, the next opening reads the log.
        let cleared = settled.and_then(|()| match &mut self.disk {
            Some(disk) => disk.redo.clear(false),
            None => Ok(()),
        });
        if let Err(error) = cleared {
            tracing::warn!(%error, "the redo log stays as it is");
        }
    }

    /// Nothing more came.
    fn idle(&mut self) {
        if !self.group.done.is_empty() {
            self.close_group();
        } else if self.fair.stuck.is_some() {
            self.mend();
        } else if self.fair.waiting() > 0 {
            // What went wrong was told, and is tried again.
            let _ = self.settle(false);
        } else if self.disk.is_none() && self.fair.link.is_in_transaction() {
            // Whoever comes next begins anew.
            self.fair.rollback();
        } else if let Err(error) =
            self.background
                .slice(&self.fair, &self.shared, self.disk.as_mut())
        {
            self.fair.rollback();
            tracing::warn!(%error, "background work waits");
        }
    }

    fn take(&mut self, sheet: Sheet) {
        if !self.within && self.group.done.is_empty() && self.returned.is_none() {
            self.look_for_room();
        }
        if self.returned.is_some() {
            self.take_after_failure(sheet);
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
                        let since = *self.group.since.get_or_insert_with(Instant::now);
                        self.group.done.push(Done::Post(item, outcomes));
                        let old = since.elapsed() > self.flush * AGE;
                        if self.careful > 0 || old || self.group.commands >= GROUP {
                            self.careful = self.careful.saturating_sub(1);
                            self.close_group();
                        }
                    }
                    Err(error) => self.fail(error, Some(item)),
                }
            }
            Sheet::Item(Item::Write {
                work,
                reply,
                _permit,
            }) => self.beside(work, reply, _permit),
            Sheet::Item(item) => self.apart(item),
            Sheet::Follow => self.keep_up(),
            Sheet::Commit | Sheet::Resume(_) => {}
        }
    }

    /// Something small beside the journal.
    fn beside(&mut self, work: Work, reply: Reply<()>, permit: Option<OwnedSemaphorePermit>) {
        // What is done cannot be done again: another node must not have been quicker.
        if let Err(error) = self.guarded(|scribe| scribe.fair.hold()) {
            let item = Item::Write {
                work,
                reply,
                _permit: permit,
            };
            return self.fail(error, Some(item));
        }
        match self.guarded(|scribe| scribe.fair.work(work)) {
            Ok(result) => {
                self.group.commands += 1;
                self.group.beside = true;
                self.group.done.push(Done::Written {
                    reply,
                    result,
                    _permit: permit,
                });
            }
            Err(error) => {
                // Whoever asked may have gone: then nobody needs the answer.
                let _ = reply.send(Err(again(&error)));
                self.fail(error, None);
            }
        }
    }

    /// Before a group begins. What is answered must find its way into the database, even if the disk is full by then.
    fn look_for_room(&mut self) {
        let dir = &self.shared.home.dir;
        let turned = self.disk.as_ref().is_some_and(|disk| disk.has_turned(dir));
        if turned
            && self.settle(false).is_ok()
            && let Some(disk) = &mut self.disk
        {
            disk.turn(&self.fair);
        }
    }

    /// What is done between transactions.
    fn apart(&mut self, item: Item) {
        self.close_group();
        // What goes wrong shows in what is done next.
        let _ = self.settle(false);
        match &mut self.returned {
            Some(returned) => returned.push(item),
            None => self.between(item),
        }
    }

    pub(crate) fn between(&mut self, item: Item) {
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
        result
            .unwrap_or_else(|panic| Err(failed(panic.as_ref())))
            .map_err(|error| room::explained(error, &self.shared.home.dir))
    }

    fn write(&mut self, decided: Decided) -> Result<(), Error> {
        self.guarded(|scribe| scribe.put_down(decided))
    }

    fn put_down(&mut self, decided: Decided) -> Result<(), Error> {
        self.fair.put_down(&decided)?;
        let group = &mut self.group;
        if let Some(line) = decided.lines.last() {
            group.head = Some(Head {
                seq: line.live.seq,
                hash: line.hash,
            });
        }
        let mut entries = decided.lines.iter().map(|line| &line.live.entry);
        group.erased |= entries.any(|entry| !entry.change.erased.is_empty());
        group.ruled |= decided.ruled;
        group.sheets.push(decided);
        Ok(())
    }

    /// Makes what was written last, and answers.
    fn close_group(&mut self) {
        match self.guarded(Scribe::keep_group) {
            Ok(entries) => {
                // What the redo log does not know; and a new set-up, as the log would be read under it.
                let beside = match self.group.beside || self.group.ruled {
                    true => self.settle(true),
                    false => Ok(()),
                };
                self.publish(entries, beside);
            }
            Err(error) => self.fail(error, None),
        }
        if self.fair.waiting() >= TRANSACTION || self.shared.is_wanted() {
            // What went wrong was told, and is tried again.
            let _ = self.settle(false);
        }
    }

    /// Puts the group where no fault can take it away: into the redo log, or, where room is scarce, into the database.
    fn keep_group(&mut self) -> Result<Arc<[Arc<LiveEntry>]>, Error> {
        let group = &mut self.group;
        let redo = self.disk.as_mut().filter(|disk| !disk.tight);
        let first = redo.is_none();
        let sheets = &mut group.sheets;
        let lines = sheets.iter().flat_map(|sheet| &sheet.lines);
        let entries = lines.map(|line| line.live.clone()).collect();
        if let Some(head) = group.head {
            let begun = Instant::now();
            if let Some(disk) = redo {
                disk.redo.append(sheets, head)?;
            }
            for sheet in sheets.iter_mut() {
                group.engine = sheet.engine.take().or(group.engine.take());
            }
            self.fair.accept(std::mem::take(sheets), head);
            if first {
                let entries = self.fair.waiting();
                self.fair.commit_unanswered()?;
                self.committed(entries);
            }
            self.flush = begun.elapsed();
            self.head = head;
        }
        Ok(entries)
    }

    /// Brings the database up to what was answered; with `flushed` all the way to the disk.
    fn settle(&mut self, flushed: bool) -> Result<(), Error> {
        let entries = self.fair.waiting();
        if let Some(error) = &self.fair.stuck {
            return Err(again(error));
        }
        let settled = self.guarded(|scribe| {
            scribe.fair.commit()?;
            match flushed {
                true if scribe.disk.is_some() => fair::sync(&scribe.shared.home.dir),
                _ => Ok(()),
            }
        });
        if let Err(error) = settled {
            tracing::error!(%error, entries, "a transaction was taken back");
            self.take_back(&error);
            if self.fair.stuck.is_some() {
                self.returned.get_or_insert_default();
            }
            return Err(error);
        }
        self.committed(entries);
        Ok(())
    }

    /// What follows when so many entries came into the database.
    fn committed(&mut self, entries: usize) {
        if entries == 0 {
            return;
        }
        self.tries = 0;
        self.indexer.wake();
        if let Some(disk) = &mut self.disk {
            disk.committed(entries, &self.fair.link);
        }
    }

    /// What is true now becomes what everybody sees, and whoever waits is answered.
    fn publish(&mut self, entries: Arc<[Arc<LiveEntry>]>, beside: Result<(), Error>) {
        let group = std::mem::take(&mut self.group);
        if let Some(head) = group.head {
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
            self.shared.news.send_replace(head.seq);
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
                Done::Written { reply, result, .. } => {
                    let beside = beside.as_ref().map_err(again);
                    drop(reply.send(result.and(beside.copied())));
                }
            }
        }
    }

    fn allow(&mut self, bytes: u64) -> Result<(), Error> {
        let link = &self.fair.link;
        if !link.is_sqlite() {
            return Err(Error::Inconsistent(
                "only a database in a file can be limited".into(),
            ));
        }
        let size: i64 = link.sum("PRAGMA page_size", &[], |row| row.get(0))?;
        let pages = match bytes {
            0 => i64::from(u32::MAX - 1),
            bytes => (i64::try_from(bytes).unwrap_or(i64::MAX) / size).max(1),
        };
        let limit = format!("PRAGMA max_page_count = {pages}");
        link.each_once(&limit, &[], |_| Ok(ControlFlow::Continue(())))
    }
}
