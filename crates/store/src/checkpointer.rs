use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};

use crate::{Error, fair, link::Link, schema};

/// Brings what the write-ahead log holds into the database, on a thread of its own, so that no post waits for it. As commits
/// keep coming it can only ever come close to the log's end: the last few pages are left to the scribe, between two
/// commits, after which the log begins anew.
pub(crate) struct Checkpointer {
    thread: Option<JoinHandle<()>>,
    state: Arc<State>,
    /// What was committed since the thread was called last.
    since: usize,
}

#[derive(Default)]
struct State {
    stop: AtomicBool,
    wanted: AtomicBool,
    /// Whether next to nothing is left to bring over.
    ripe: AtomicBool,
    /// Up to which entry the database shall be on the disk, and up to which it is.
    to_sync: AtomicU64,
    synced: AtomicU64,
}

/// The thread is called every so many entries, some 40 MB of log.
const EVERY: usize = 6000;
/// A commit by itself counts for so many entries.
const COMMIT: usize = 20;
/// How often the thread goes over the log before it leaves the rest: each time little more than what was committed during
/// the time before.
const TIMES: usize = 2;

impl Checkpointer {
    pub fn start(dir: &Path) -> Result<Checkpointer, Error> {
        let link = schema::open_reader(dir)?;
        let state = Arc::new(State::default());
        let (known, dir) = (state.clone(), dir.to_owned());
        let thread = thread::Builder::new()
            .name("gewang-checkpointer".into())
            .spawn(move || work(&link, &known, &dir))?;
        Ok(Checkpointer {
            thread: Some(thread),
            state,
            since: 0,
        })
    }

    /// Hears, after each commit, how many entries it had, from the one who writes through `link`.
    pub fn committed(&mut self, entries: usize, link: &Link) {
        if self.state.ripe.swap(false, Ordering::AcqRel) {
            checkpoint(link);
        }
        self.since += entries + COMMIT;
        if self.since >= EVERY {
            self.since = 0;
            self.state.wanted.store(true, Ordering::Release);
            self.wake();
        }
    }

    /// Asks for the database, which is committed up to this entry, to be flushed to the disk.
    pub fn sync(&self, seq: u64) {
        self.state.to_sync.store(seq, Ordering::Release);
        self.wake();
    }

    /// Up to which entry the database was flushed as [`Checkpointer::sync`] asked.
    pub fn synced(&self) -> u64 {
        self.state.synced.load(Ordering::Acquire)
    }

    fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::Release);
        self.wake();
        if let Some(thread) = self.thread.take() {
            // One that panicked leaves a log that the next opening brings over.
            let _ = thread.join();
        }
    }
}

fn work(link: &Link, state: &State, dir: &Path) {
    while !state.stop.load(Ordering::Acquire) {
        let asked = state.to_sync.load(Ordering::Acquire);
        if asked > state.synced.load(Ordering::Acquire) {
            match fair::sync(dir) {
                Ok(()) => state.synced.store(asked, Ordering::Release),
                // The redo log grows meanwhile, until the next time.
                Err(error) => {
                    state.to_sync.store(0, Ordering::Release);
                    tracing::warn!(%error, "the database could not be flushed");
                }
            }
        }
        if !state.wanted.swap(false, Ordering::AcqRel) {
            thread::park();
            continue;
        }
        if (0..TIMES).all(|_| checkpoint(link)) {
            state.ripe.store(true, Ordering::Release);
        }
    }
}

/// Brings over what nobody reads the older form of; says whether it went well.
fn checkpoint(link: &Link) -> bool {
    let done = link.one("PRAGMA wal_checkpoint(PASSIVE)", &[], |row| {
        row.get::<i64>(0)
    });
    match done {
        // Another checkpoint under way is as good.
        Ok(_) => true,
        // The log grows meanwhile; from a certain length on the scribe's commits bring it over themselves.
        Err(error) => {
            tracing::warn!(%error, "the write-ahead log could not be brought into the database");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// The lengths of the database and of its log.
    fn lengths(dir: &Path) -> (u64, u64) {
        let length = |ending: &str| {
            let file = dir.join(format!("{}{ending}", schema::DATABASE));
            std::fs::metadata(file).map_or(0, |file| file.len())
        };
        (length(""), length("-wal"))
    }

    #[test]
    fn what_is_committed_reaches_the_database_and_the_log_begins_anew() {
        let dir = tempfile::tempdir().unwrap();
        let link = schema::open_writer(dir.path()).unwrap();
        let mut checkpointer = Checkpointer::start(dir.path()).unwrap();
        let (empty, _) = lengths(dir.path());
        let end = Instant::now() + Duration::from_secs(60);
        let long = "x".repeat(20_000);
        let (mut commits, mut longest) = (0, 0);
        // Each commit writes some pages: a log that never began anew would hold them all.
        let behind = |commits: usize| {
            let (database, log) = lengths(dir.path());
            database <= empty || log as usize > commits * long.len()
        };
        while commits < 200 || behind(commits) {
            commits += 1;
            schema::set_meta(&link, "d", "x", &format!("{commits}{long}")).unwrap();
            checkpointer.committed(EVERY / 10, &link);
            longest = longest.max(lengths(dir.path()).1);
            assert!(
                Instant::now() < end,
                "{commits} commits, a log of {longest}"
            );
        }
    }
}
