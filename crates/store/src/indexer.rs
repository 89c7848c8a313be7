use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use gewang_engine::{Entry, Record, Setup};
use rustc_hash::FxHashSet;

use crate::{
    Error,
    accounts::id_of,
    link::{Link, given},
    records, search,
    shared::Shared,
};

mod file;
mod table;

pub(crate) use file::{attach, documents};

/// Where words are kept. `link` reads the journal; what is written in it belongs to the same transaction.
trait Index {
    /// How long entries are gathered before they go into the index in one commit.
    fn gathers(&self) -> Duration;
    /// Up to which entry it knows the journal.
    fn progress(&self, link: &Link, domain: &str) -> Result<u64, Error>;
    /// Begins a transaction, in which nobody else writes it; up to which entry it knows the journal.
    fn begin(&self, link: &Link, domain: &str) -> Result<u64, Error>;
    fn take_in(
        &self,
        link: &Link,
        domain: &str,
        record: &Record,
        words: String,
    ) -> Result<(), Error>;
    fn commit(&self, link: &Link, domain: &str, done: u64) -> Result<(), Error>;
    fn rollback(&self, link: &Link) -> Result<(), Error>;
    /// Does a little of what makes it quicker to ask; whether nothing of that is left.
    fn tidy(&self) -> Result<bool, Error>;
}

/// More entries than these within that time: whoever posts them has the processor to themselves for now.
const BUSY: u64 = 50;
/// So long they have it at most; from then on the index takes its share.
const PATIENCE: Duration = Duration::from_secs(10);
/// So long one commit's work may take.
const SLICE: Duration = Duration::from_millis(40);
/// How long it rests after a failure (a full disk).
const PAUSE: Duration = Duration::from_secs(2);

/// Keeps the search index up with the journal, on a thread and in a file of its own, so that no post ever waits for it.
/// While posts pour in it lets them go first, and after some seconds takes a sixth of a core at most; as soon as they pause
/// it catches up, and then tidies the index, a little at a time.
pub(crate) struct Indexer {
    thread: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
}

impl Indexer {
    pub fn start(shared: Arc<Shared>) -> Result<Indexer, Error> {
        let journal = shared.home.reader()?;
        let index: Box<dyn Index + Send> = match journal.is_sqlite() {
            true => Box::new(file::FileIndex::open(&shared.home.dir)?),
            false => Box::new(table::TableIndex::open(&journal, &shared.domain)?),
        };
        let progress = index.progress(&journal, &shared.domain)?;
        shared.searched.store(progress, Ordering::Release);
        let stop = Arc::new(AtomicBool::new(false));
        let work = Work {
            index,
            journal,
            shared,
            stop: stop.clone(),
        };
        let thread = thread::Builder::new()
            .name("gewang-indexer".into())
            .spawn(move || work.run())?;
        Ok(Indexer {
            thread: Some(thread),
            stop,
        })
    }

    /// Tells it that the journal grew.
    pub fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Indexer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.wake();
        if let Some(thread) = self.thread.take() {
            // One that panicked has lost an index that can be made again, and nothing else.
            let _ = thread.join();
        }
    }
}

struct Work {
    index: Box<dyn Index + Send>,
    journal: Link,
    shared: Arc<Shared>,
    stop: Arc<AtomicBool>,
}

impl Work {
    fn run(self) {
        // Since when posts have been pouring in.
        let mut pouring: Option<Instant> = None;
        let mut tidy = false;
        while !self.stop.load(Ordering::Acquire) {
            let head = self.head();
            if self.shared.searched.load(Ordering::Acquire) >= head {
                if !tidy {
                    tidy = self.tidies();
                    continue;
                }
                thread::park();
                pouring = self.pours().then(Instant::now);
                continue;
            }
            if pouring.is_some_and(|since| since.elapsed() < PATIENCE) {
                if !self.pours() {
                    pouring = None;
                }
                continue;
            }
            tidy = false;
            let begun = Instant::now();
            match self.slice() {
                Ok(()) if self.head() == head => {}
                Ok(()) if pouring.is_some() => self.rest(begun.elapsed() * 5),
                Ok(()) => pouring = self.pours().then(Instant::now),
                Err(error) => {
                    if let Err(error) = self.index.rollback(&self.journal) {
                        tracing::warn!(%error, "the search index could not take back its work");
                    }
                    tracing::warn!(%error, "the search index lags behind");
                    self.rest(PAUSE);
                }
            }
        }
    }

    /// Tidies the index for half of the time; whether it is done.
    fn tidies(&self) -> bool {
        let begun = Instant::now();
        let done = self.index.tidy().unwrap_or_else(|error| {
            tracing::warn!(%error, "the search index stays untidy");
            true
        });
        self.rest(begun.elapsed());
        done
    }

    /// Gathers what comes in a burst, and says whether it is a flood.
    fn pours(&self) -> bool {
        let before = self.head();
        self.rest(self.index.gathers());
        self.head() > before + BUSY
    }

    fn head(&self) -> u64 {
        self.shared.written.load(Ordering::Acquire)
    }

    /// Rests, or stops resting because the store closes.
    fn rest(&self, time: Duration) {
        let until = Instant::now() + time;
        while let Some(left) = until.checked_duration_since(Instant::now())
            && !self.stop.load(Ordering::Acquire)
        {
            thread::park_timeout(left);
        }
    }

    /// Takes the records of the journal's next entries into the index, in one transaction.
    fn slice(&self) -> Result<(), Error> {
        let domain = &*self.shared.domain;
        let until = Instant::now() + SLICE;
        let engine = self.shared.engine.load_full();
        let mut done = self.index.begin(&self.journal, domain)?;
        while Instant::now() < until {
            let next = self.next(done)?;
            if next.is_empty() {
                break;
            }
            // Read after its entries were listed, a record holds what all of them made of it.
            let mut seen = FxHashSet::default();
            for (seq, record) in next {
                if !seen.contains(&record) {
                    self.take_in(engine.setup(), &record)?;
                    seen.insert(record);
                }
                done = seq;
            }
        }
        self.index.commit(&self.journal, domain, done)?;
        self.shared.searched.store(done, Ordering::Release);
        Ok(())
    }

    /// The journal's next entries, a few, and their records.
    fn next(&self, after: u64) -> Result<Vec<(u64, String)>, Error> {
        self.journal.all(
            "SELECT seq, record FROM journal WHERE domain = $1 AND seq > $2 ORDER BY seq LIMIT 64",
            &given![&*self.shared.domain, after],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    fn take_in(&self, setup: &Setup, id: &str) -> Result<(), Error> {
        let domain = &*self.shared.domain;
        let Some(record) = records::load(&self.journal, domain, id_of(id)?)? else {
            return Ok(());
        };
        let entries = self.journal.all(
            "SELECT entry FROM journal WHERE domain = $1 AND record = $2 AND entry LIKE '%\"note\":%'
             ORDER BY version LIMIT 200",
            &given![domain, id],
            |row| Ok(serde_json::from_str::<Entry>(row.text(0)?)?),
        )?;
        let notes: Vec<String> = entries
            .into_iter()
            .filter_map(|entry| entry.change.note)
            .collect();
        let words = search::words(setup, &record, &notes);
        self.index.take_in(&self.journal, domain, &record, words)
    }
}
