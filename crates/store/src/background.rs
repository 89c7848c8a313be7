use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use gewang_engine::{Engine, Record};
use rusqlite::{Connection, params};

use crate::{Error, desk::Desk, records, schema, search, store::Shared};

/// What the writer does when nobody waits for it: keep the search index up with the journal, put new rules through, wipe
/// what was erased out of the write-ahead log. In slices of a few milliseconds, each a transaction.
pub(crate) struct Background {
    head: u64,
    searched: u64,
    /// Since when the index lags.
    lagging: Option<Instant>,
    retiming: bool,
    scrubbing: bool,
    /// After a failure (a full disk) nothing is tried before this.
    pause_until: Option<Instant>,
}

/// So long the index may lag while there is nothing else to do: it then takes many entries in one commit.
const GATHER: Duration = Duration::from_millis(120);
/// So long it may lag while posts keep coming.
const PATIENCE: Duration = Duration::from_millis(600);
/// So long a slice may take.
const SLICE: Duration = Duration::from_millis(8);

impl Background {
    pub fn new(connection: &Connection, shared: &Shared, head: u64) -> Result<Background, Error> {
        let searched = schema::cursor(connection, &shared.domain, "searched")?;
        Ok(Background {
            head,
            searched,
            lagging: (searched < head).then(Instant::now),
            retiming: schema::meta(connection, &shared.domain, "retimed")?
                .is_some_and(|cursor| cursor != "done"),
            scrubbing: false,
            pause_until: None,
        })
    }

    /// Notes, within the transaction that changes the rules, that all deadlines must follow.
    pub fn begin_retiming(connection: &Connection, domain: &str) -> Result<(), Error> {
        schema::set_meta(connection, domain, "retimed", "")
    }

    pub fn retime(&mut self) {
        self.retiming = true;
    }

    pub fn scrub(&mut self) {
        self.scrubbing = true;
    }

    pub fn index(&mut self, head: u64, now: Instant) {
        self.head = head;
        self.lagging.get_or_insert(now);
    }

    /// How long the writer may wait for posts before a slice; `None`: for ever.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        let ready = match self.lagging {
            _ if self.retiming || self.scrubbing => now,
            Some(since) => since + GATHER,
            None => return None,
        };
        let ready = self.pause_until.map_or(ready, |pause| ready.max(pause));
        Some(ready.saturating_duration_since(now))
    }

    /// Whether a slice is due although posts wait.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.pause_until.is_none_or(|pause| pause <= now)
            && self.lagging.is_some_and(|since| since + PATIENCE <= now)
    }

    pub fn slice(&mut self, desk: &Desk, shared: &Shared, engine: &Engine) -> Result<(), Error> {
        self.pause_until = None;
        let result = if self.retiming {
            self.retime_slice(desk, shared, engine)
        } else if self.searched < self.head {
            self.search_slice(desk, shared, engine)
        } else {
            self.lagging = None;
            self.scrub_slice(desk)
        };
        if result.is_err() {
            self.pause_until = Some(Instant::now() + Duration::from_secs(2));
        }
        result
    }

    fn search_slice(&mut self, desk: &Desk, shared: &Shared, engine: &Engine) -> Result<(), Error> {
        let (connection, domain) = (&desk.connection, &*shared.domain);
        let until = Instant::now() + SLICE;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let setup = engine.setup();
        let done = search::advance(connection, domain, setup, self.searched, &mut || {
            Instant::now() >= until
        })?;
        schema::set_meta(connection, domain, "searched", &done.to_string())?;
        connection.execute_batch("COMMIT")?;
        self.searched = done;
        shared.searched.store(done, Ordering::Release);
        // While posts keep coming, the next slice waits its turn; while none do, it follows at once.
        self.lagging = (done < self.head).then(|| Instant::now() - GATHER);
        Ok(())
    }

    fn retime_slice(&mut self, desk: &Desk, shared: &Shared, engine: &Engine) -> Result<(), Error> {
        let (connection, domain) = (&desk.connection, &*shared.domain);
        let until = Instant::now() + SLICE;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut cursor = schema::meta(connection, domain, "retimed")?.unwrap_or_default();
        let mut select = connection.prepare_cached(
            "SELECT id, body FROM record
             WHERE domain = $1 AND id > $2 AND (closed IS NULL OR wake IS NOT NULL) ORDER BY id LIMIT 500",
        )?;
        let bodies: Vec<(String, String)> = select
            .query_map(params![domain, cursor], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<Result<_, _>>()?;
        let mut changed: Vec<Arc<Record>> = Vec::new();
        let mut finished = bodies.len() < 500;
        let last = bodies.len().saturating_sub(1);
        for (n, (id, body)) in bodies.into_iter().enumerate() {
            let mut record: Record = serde_json::from_str(&body)?;
            let before = record.timing;
            engine.retime(&mut record);
            if record.timing != before {
                records::upsert(connection, domain, &record)?;
                changed.push(Arc::new(record));
            }
            cursor = id;
            if Instant::now() >= until && n < last {
                finished = false;
                break;
            }
        }
        if finished {
            cursor = "done".into();
        }
        schema::set_meta(connection, domain, "retimed", &cursor)?;
        connection.execute_batch("COMMIT")?;
        changed.into_iter().for_each(|record| desk.refresh(record));
        self.retiming = !finished;
        Ok(())
    }

    /// Destroyed keys still stand in the write-ahead log until it is written over.
    fn scrub_slice(&mut self, desk: &Desk) -> Result<(), Error> {
        if self.scrubbing {
            let busy: i64 =
                desk.connection
                    .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            self.scrubbing = false;
            if busy != 0 {
                // A reader still reads from it: the next erasure or opening gets it.
                tracing::info!("the write-ahead log could not be truncated now");
            }
        }
        Ok(())
    }
}
