use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use gewang_engine::{Engine, Record};
use tokio::sync::{broadcast, watch};

use crate::{Batch, Error, Home, files::FileRoom, seal::Master};

/// What those who decide, write and read share.
pub(crate) struct Shared {
    pub home: Home,
    pub domain: Arc<str>,
    pub engine: ArcSwap<Engine>,
    pub batches: broadcast::Sender<Arc<Batch>>,
    /// The last entry that this node wrote, for those who tell other nodes.
    pub news: watch::Sender<u64>,
    pub master: Master,
    pub files: FileRoom,
    /// The last entry answered: it is on disk.
    pub head: AtomicU64,
    /// The last entry that the database has, for whoever reads it.
    pub written: AtomicU64,
    /// The entry that somebody wants to read.
    wanted: AtomicU64,
    /// Whether the database cannot follow now.
    pub stuck: AtomicBool,
    /// Rung when `written` or `stuck` changes.
    bell: (Mutex<()>, Condvar),
    /// How many posts wait for the decider.
    pub waiting: AtomicUsize,
    /// Records whose deadlines changed on disk, for the decider.
    pub retimed: Mutex<Vec<Arc<Record>>>,
    /// Emptied buffers for the decider, see [`crate::post::Decided::texts`].
    spare: Mutex<Vec<Vec<u8>>>,
    pub searched: AtomicU64,
    pub broken: Mutex<Option<(u64, String)>>,
}

/// So many emptied buffers are kept.
const SPARE: usize = 24;
/// So long somebody who reads waits for the database, at most; then he reads what it has.
const PATIENCE: Duration = Duration::from_secs(10);

impl Shared {
    pub fn new(
        home: Home,
        files: FileRoom,
        domain: Arc<str>,
        engine: ArcSwap<Engine>,
        master: Master,
        head: u64,
        backlog: usize,
    ) -> Shared {
        Shared {
            domain,
            engine,
            batches: broadcast::Sender::new(backlog.max(1)),
            news: watch::Sender::new(head),
            master,
            files,
            home,
            head: AtomicU64::new(head),
            written: AtomicU64::new(head),
            wanted: AtomicU64::new(0),
            stuck: AtomicBool::new(false),
            bell: (Mutex::default(), Condvar::new()),
            waiting: AtomicUsize::new(0),
            retimed: Mutex::default(),
            spare: Mutex::default(),
            searched: AtomicU64::new(0),
            broken: Mutex::new(None),
        }
    }

    /// An empty buffer, used before where there is one.
    pub fn buffer(&self) -> Vec<u8> {
        hold(&self.spare).pop().unwrap_or_default()
    }

    /// Gives a buffer back.
    pub fn give_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut spare = hold(&self.spare);
        if spare.len() < SPARE && buffer.capacity() <= 1 << 20 {
            spare.push(buffer);
        }
    }

    /// Fails where the journal was found broken.
    pub fn check(&self) -> Result<(), Error> {
        match &*hold(&self.broken) {
            Some((seq, why)) => Err(Error::Broken {
                seq: *seq,
                why: why.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Whether somebody waits for the database to follow.
    pub fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Acquire) > self.written.load(Ordering::Acquire)
    }

    /// The database has everything up to an entry.
    pub fn note_written(&self, seq: u64) {
        self.written.store(seq, Ordering::Release);
        self.ring();
    }

    /// Whether the database cannot follow now.
    pub fn note_stuck(&self, stuck: bool) {
        self.stuck.store(stuck, Ordering::Release);
        self.ring();
    }

    fn ring(&self) {
        drop(hold(&self.bell.0));
        self.bell.1.notify_all();
    }

    /// Waits until the database has what was answered until now; `call` tells the scribe that somebody waits.
    pub fn catch_up(&self, call: impl FnOnce()) {
        let head = self.head.load(Ordering::Acquire);
        let is_there =
            || self.written.load(Ordering::Acquire) >= head || self.stuck.load(Ordering::Acquire);
        if is_there() {
            return;
        }
        self.wanted.fetch_max(head, Ordering::AcqRel);
        call();
        let until = Instant::now() + PATIENCE;
        let mut held = hold(&self.bell.0);
        while !is_there()
            && let Some(left) = until.checked_duration_since(Instant::now())
        {
            let waited = self.bell.1.wait_timeout(held, left);
            held = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Holds a mutex whose data stay whole even if a holder panicked.
pub(crate) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
