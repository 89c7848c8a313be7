use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use gewang_engine::Record;

use crate::{
    Error,
    disk::Disk,
    fair::{self, FairCopy},
    link::{Link, given},
    records, schema,
    shared::{Shared, hold},
};

/// What the scribe does when nobody waits for it: put new rules through, wipe what was erased out of the write-ahead log.
/// In slices of a few milliseconds, each a transaction.
pub(crate) struct Background {
    retiming: bool,
    scrubbing: bool,
    /// After a failure (a full disk) nothing is tried before this.
    pause_until: Option<Instant>,
}

/// Where the cursor stands when all deadlines have followed.
const DONE: &str = "done";
/// So long a slice may take.
const SLICE: Duration = Duration::from_millis(8);

impl Background {
    pub fn new(link: &Link, shared: &Shared) -> Result<Background, Error> {
        Ok(Background {
            retiming: schema::meta(link, &shared.domain, "retimed")?
                .is_some_and(|cursor| cursor != DONE),
            scrubbing: false,
            pause_until: None,
        })
    }

    /// Notes, within the transaction that changes the rules, that all deadlines must follow.
    pub fn begin_retiming(link: &Link, domain: &str) -> Result<(), Error> {
        schema::set_meta(link, domain, "retimed", "")
    }

    pub fn retime(&mut self) {
        self.retiming = true;
    }

    pub fn scrub(&mut self) {
        self.scrubbing = true;
    }

    /// How long the scribe may wait for posts before a slice; `None`: for ever.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        (self.retiming || self.scrubbing).then(|| {
            self.pause_until
                .map_or(Duration::ZERO, |pause| pause.saturating_duration_since(now))
        })
    }

    pub fn slice(
        &mut self,
        fair: &FairCopy,
        shared: &Shared,
        disk: Option<&mut Disk>,
    ) -> Result<(), Error> {
        self.pause_until = None;
        let result = if self.retiming {
            self.retime_slice(fair, shared)
        } else {
            self.scrub_slice(&fair.link, shared, disk)
        };
        if result.is_err() {
            self.pause_until = Some(Instant::now() + Duration::from_secs(2));
        }
        result
    }

    fn retime_slice(&mut self, fair: &FairCopy, shared: &Shared) -> Result<(), Error> {
        let (link, domain) = (&fair.link, &*shared.domain);
        let engine = shared.engine.load_full();
        let until = Instant::now() + SLICE;
        fair.begin()?;
        let mut cursor = schema::meta(link, domain, "retimed")?.unwrap_or_default();
        if cursor == DONE {
            // Another node was quicker.
            self.retiming = false;
            return link.rollback();
        }
        let bodies: Vec<(String, String)> = link.all(
            "SELECT id, body FROM record
             WHERE domain = $1 AND id > $2 AND (closed IS NULL OR wake IS NOT NULL) ORDER BY id LIMIT 500",
            &given![domain, &cursor],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut changed: Vec<Arc<Record>> = Vec::new();
        let mut finished = bodies.len() < 500;
        let last = bodies.len().saturating_sub(1);
        for (n, (id, body)) in bodies.into_iter().enumerate() {
            let mut record: Record = serde_json::from_str(&body)?;
            let before = record.timing;
            engine.retime(&mut record);
            if record.timing != before {
                let body = serde_json::to_vec(&record)?;
                records::update(link, domain, &record, &body)?;
                changed.push(Arc::new(record));
            }
            cursor = id;
            if Instant::now() >= until && n < last {
                finished = false;
                break;
            }
        }
        if finished {
            cursor = DONE.into();
        }
        schema::set_meta(link, domain, "retimed", &cursor)?;
        link.commit()?;
        // The decider may hold them as they were.
        hold(&shared.retimed).extend(changed);
        self.retiming = !finished;
        Ok(())
    }

    /// Destroyed keys still stand in the write-ahead log and the redo log until they are written over, or where PostgreSQL
    /// keeps what was deleted until it is swept.
    fn scrub_slice(
        &mut self,
        link: &Link,
        shared: &Shared,
        disk: Option<&mut Disk>,
    ) -> Result<(), Error> {
        let Some(disk) = disk else {
            self.scrubbing = false;
            return link.batch("VACUUM sealed_key");
        };
        if self.scrubbing {
            let busy = link.one("PRAGMA wal_checkpoint(TRUNCATE)", &[], |row| {
                row.get::<i64>(0)
            })?;
            self.scrubbing = false;
            fair::sync(&shared.home.dir)?;
            disk.redo.clear(true)?;
            if busy != Some(0) {
                // A reader still reads from it: the next erasure or opening gets it.
                tracing::info!("the write-ahead log could not be truncated now");
            }
        }
        Ok(())
    }
}
