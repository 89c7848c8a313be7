use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use gewang_engine::Setup;
use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashSet;

use crate::{
    Error,
    accounts::id_of,
    link::{Link, given},
    records, schema, search,
    shared::Shared,
};

/// The file of the search index, beside the database.
const FILE: &str = "search.db";
/// Its version: an index of another one is made again.
const VERSION: i64 = 1;
/// So long entries are gathered before they go into the index in one commit.
const GATHER: Duration = Duration::from_millis(100);
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
/// it catches up.
pub(crate) struct Indexer {
    thread: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
}

impl Indexer {
    pub fn start(shared: Arc<Shared>) -> Result<Indexer, Error> {
        let index = open(&shared.dir)?;
        shared
            .searched
            .store(progress(&index, &shared.domain)?, Ordering::Release);
        let journal = schema::open_reader(&shared.dir)?;
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

/// Attaches the index to a connection that reads, where questions find its tables `word` and `doc`.
pub(crate) fn attach(link: &Link, dir: &Path) -> Result<(), Error> {
    let file = dir.join(FILE);
    link.execute(
        "ATTACH DATABASE $1 AS found",
        &given![&*file.to_string_lossy()],
    )?;
    Ok(())
}

/// Opens the index for writing; what is no index of this version makes room for an empty one. It may lose its last
/// commits in a power cut: then it is a little behind, which it notices.
fn open(dir: &Path) -> Result<Connection, Error> {
    let file = dir.join(FILE);
    if let Ok(connection) = Connection::open(&file)
        && let Ok(version) =
            connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
    {
        if version == VERSION {
            return prepare(connection);
        }
        drop(connection);
    }
    for ending in ["", "-wal", "-shm"] {
        match std::fs::remove_file(dir.join(format!("{FILE}{ending}"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let connection = prepare(Connection::open(&file)?)?;
    connection.execute_batch(&format!(
        "BEGIN; {} PRAGMA user_version = {VERSION}; COMMIT;",
        include_str!("../search.sqlite.sql")
    ))?;
    Ok(connection)
}

fn prepare(connection: Connection) -> Result<Connection, Error> {
    connection.busy_timeout(Duration::from_secs(10))?;
    schema::keep_prepared(&connection)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = NORMAL;
         PRAGMA cache_size = -8000;
         PRAGMA journal_size_limit = 16777216;",
    )?;
    Ok(connection)
}

fn progress(index: &Connection, domain: &str) -> Result<u64, Error> {
    let seq: Option<i64> = index
        .prepare_cached("SELECT seq FROM progress WHERE domain = $1")?
        .query_row([domain], |row| row.get(0))
        .optional()?;
    Ok(seq.map_or(0, i64::unsigned_abs))
}

struct Work {
    index: Connection,
    journal: Link,
    shared: Arc<Shared>,
    stop: Arc<AtomicBool>,
}

impl Work {
    fn run(self) {
        // Since when posts have been pouring in.
        let mut pouring: Option<Instant> = None;
        while !self.stop.load(Ordering::Acquire) {
            let head = self.head();
            if self.shared.searched.load(Ordering::Acquire) >= head {
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
            let begun = Instant::now();
            match self.slice() {
                Ok(()) if self.head() == head => {}
                Ok(()) if pouring.is_some() => self.rest(begun.elapsed() * 5),
                Ok(()) => pouring = self.pours().then(Instant::now),
                Err(error) => {
                    if !self.index.is_autocommit()
                        && let Err(error) = self.index.execute_batch("ROLLBACK")
                    {
                        tracing::warn!(%error, "the search index could not take back its work");
                    }
                    tracing::warn!(%error, "the search index lags behind");
                    self.rest(PAUSE);
                }
            }
        }
    }

    /// Gathers what comes in a burst, and says whether it is a flood.
    fn pours(&self) -> bool {
        let before = self.head();
        self.rest(GATHER);
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
        let after = self.shared.searched.load(Ordering::Acquire);
        let until = Instant::now() + SLICE;
        let engine = self.shared.engine.load_full();
        let mut done = after;
        self.index.execute_batch("BEGIN IMMEDIATE")?;
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
        self.index
            .prepare_cached(
                "INSERT INTO progress (domain, seq) VALUES ($1, $2)
                 ON CONFLICT (domain) DO UPDATE SET seq = excluded.seq",
            )?
            .execute(params![domain, done as i64])?;
        self.index.execute_batch("COMMIT")?;
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
        let notes: Vec<String> = self.journal.all(
            "SELECT json_extract(entry, '$.note') FROM journal
                 WHERE domain = $1 AND record = $2 AND instr(entry, '\"note\":') > 0
                   AND json_extract(entry, '$.note') IS NOT NULL ORDER BY version LIMIT 200",
            &given![domain, id],
            |row| row.get(0),
        )?;
        let words = search::words(setup, &record, &notes);
        let known: Option<i64> = self
            .index
            .prepare_cached("SELECT doc FROM doc WHERE domain = $1 AND record = $2")?
            .query_row([domain, id], |row| row.get(0))
            .optional()?;
        if let Some(doc) = known {
            self.index
                .prepare_cached(
                    "INSERT OR REPLACE INTO word (domain, words, rowid) VALUES ($1, $2, $3)",
                )?
                .execute(params![domain, words, doc])?;
            return Ok(());
        }
        self.index
            .prepare_cached("INSERT INTO word (domain, words) VALUES ($1, $2)")?
            .execute(params![domain, words])?;
        self.index
            .prepare_cached("INSERT INTO doc (domain, record, doc) VALUES ($1, $2, $3)")?
            .execute(params![domain, id, self.index.last_insert_rowid()])?;
        Ok(())
    }
}
