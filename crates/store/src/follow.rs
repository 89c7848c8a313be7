//! Several nodes write one journal. Each transaction holds the noted head and finds it where this node believes the journal
//! to end; where another node was quicker, what was decided is taken back, this node follows, and all is decided anew.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use gewang_engine::{Engine, Entry, Setup};
use uuid::Uuid;

use crate::{
    Batch, Error, Head, LiveEntry,
    journal::{self, JournalLine, Walk},
    link::given,
    post::Job,
    reader::Early,
    records,
    scribe::Scribe,
    shared,
};

mod held;

pub(crate) use held::{hold, lock};

/// So long a database that was lost is looked for before those who wait are told.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often.
const AGAIN: Duration = Duration::from_millis(100);
/// How many entries are followed at a time.
const PORTION: usize = 500;

/// The ids of what another node wrote: commands and their records.
pub(crate) type Followed = Vec<(Uuid, Uuid)>;

impl Scribe {
    /// Somebody says that another node wrote. Where this one is just writing, its own transaction will know.
    pub(crate) fn keep_up(&mut self) {
        if self.returned.is_some() || self.fair.link.is_in_transaction() {
            return;
        }
        let before = self.head;
        if let Err(error) = self.follow() {
            tracing::warn!(%error, "what other nodes wrote could not be read");
        }
        if self.head != before {
            // Until the decider has returned to what is true, nothing that it decided counts.
            self.returned.get_or_insert_default();
            // The decider outlives the scribe's work.
            let _ = self.jobs.send(Job::Failed);
        }
    }

    /// After a transaction was taken back: whether another node was quicker. Then this one has followed, and holds the
    /// journal's end, so that it comes next. A database that was lost is looked for, for a while.
    pub(crate) fn was_overtaken(&mut self) -> Result<bool, Error> {
        let until = match self.lost {
            true => Instant::now(),
            false => Instant::now() + PATIENCE,
        };
        let before = self.head;
        loop {
            let followed = self.hold_and_follow();
            self.lost = matches!(followed, Err(Error::Again(_)));
            // A portion may have come in before the rest failed.
            let overtaken = self.head != before;
            if followed.is_err() || !overtaken {
                self.fair.rollback();
            }
            if !self.lost || Instant::now() >= until {
                return followed.map(|()| overtaken);
            }
            std::thread::sleep(AGAIN);
        }
    }

    fn hold_and_follow(&mut self) -> Result<(), Error> {
        self.fair.link.begin()?;
        held::lock(&self.fair.link, &self.shared.domain)?;
        self.follow()
    }

    /// Takes in what other nodes wrote, proving it against the chain.
    fn follow(&mut self) -> Result<(), Error> {
        loop {
            let (portion, head) = self.portion()?;
            if portion.is_empty() {
                return self.is_where_it_was();
            }
            self.absorb(&portion)?;
            self.followed.extend(
                portion
                    .iter()
                    .map(|live| (live.entry.command, live.entry.record)),
            );
            (self.head, self.fair.head) = (head, head);
            self.shared.head.store(head.seq, Ordering::Release);
            self.shared.note_written(head.seq);
            // Nobody may be listening.
            let _ = self.shared.batches.send(Arc::new(Batch {
                entries: portion.into(),
            }));
            self.indexer.wake();
        }
    }

    /// A standby may have taken over that had not got everything. Then what was answered since is lost, and this node knows of
    /// entries that are not there: it must not go on.
    fn is_where_it_was(&self) -> Result<(), Error> {
        let noted = journal::head(&self.fair.link, &self.shared.domain)?;
        if noted.seq >= self.head.seq {
            return Ok(());
        }
        let (seq, ours) = (noted.seq, self.head.seq);
        let why = format!(
            "the database has lost what was written after it, up to {ours}: has a standby taken over that lagged? Start again to \
             go on from entry {seq}"
        );
        *shared::hold(&self.shared.broken) = Some((seq, why.clone()));
        Err(Error::Broken { seq, why })
    }

    /// The next entries after ours, each with its record as it is now.
    fn portion(&self) -> Result<(Vec<Arc<LiveEntry>>, Head), Error> {
        let (link, domain) = (&self.fair.link, &*self.shared.domain);
        let lines = link.all(
            "SELECT journal.seq, journal.hash, journal.entry, record.body FROM journal
             JOIN record ON record.domain = journal.domain AND record.id = journal.record
             WHERE journal.domain = $1 AND journal.seq > $2 ORDER BY journal.seq LIMIT $3",
            &given![domain, self.head.seq, PORTION],
            |row| {
                let line = JournalLine {
                    seq: row.get(0)?,
                    hash: row.get(1)?,
                    entry: row.get(2)?,
                };
                Ok((line, records::parse(row.text(3)?)?))
            },
        )?;
        let mut walk = Walk {
            head: self.head,
            kind: journal::hash_kind(link, domain)?,
        };
        let mut portion = Vec::with_capacity(lines.len());
        for (line, record) in lines {
            walk.step(&line).inspect_err(|error| {
                if let Error::Broken { seq, why } = error {
                    *shared::hold(&self.shared.broken) = Some((*seq, why.clone()));
                }
            })?;
            let entry: Entry = serde_json::from_str(&line.entry)?;
            portion.push(Arc::new(LiveEntry::new(entry, record)));
        }
        Ok((portion, walk.head))
    }

    /// The engine after entries of other nodes.
    fn absorb(&mut self, portion: &[Arc<LiveEntry>]) -> Result<(), Error> {
        let mut engine = Engine::clone(&self.shared.engine.load());
        let mut changed = false;
        for live in portion {
            if Engine::concerns_setup(&live.record) {
                let world = Early {
                    link: &self.fair.link,
                    domain: &self.shared.domain,
                    files: &self.shared.files,
                };
                let setup = Setup::read(&world, &live.record)?.map_err(records::faults)?;
                engine.adopt(Arc::new(setup));
                self.background.retime();
                changed = true;
            } else {
                changed |= engine.absorb(&live.record);
            }
        }
        if changed {
            self.shared.engine.store(Arc::new(engine));
        }
        Ok(())
    }
}
