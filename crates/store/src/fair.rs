use std::{fs::File, path::Path, sync::Arc};

use crate::{
    Error, Head,
    background::Background,
    follow, journal,
    link::Link,
    post::{Decided, Work},
    records::{self, Involved},
    schema, seal,
    shared::Shared,
    tallies::{Additions, Ledger},
};

/// The fair copy: the database, which follows the redo log in transactions of its own length.
///
/// What is decided is written into the open transaction at once, so that a fault shows before anybody is answered. When
/// the redo log has it, it is `accept`ed; from then on it must reach the database, whatever happens to a later group: what
/// the open transaction holds of it is kept here until it is committed, and written again when the transaction was taken
/// back.
pub(crate) struct FairCopy {
    pub link: Link,
    shared: Arc<Shared>,
    pub ledger: Ledger,
    accepted: Accepted,
    /// The end of the journal as the database has it.
    pub head: Head,
    /// Why the accepted cannot be written now.
    pub stuck: Option<Error>,
}

/// What was answered and is not committed.
#[derive(Default)]
struct Accepted {
    sheets: Vec<Decided>,
    head: Option<Head>,
    additions: Additions,
    involved: Vec<Involved>,
    ruled: bool,
}

impl FairCopy {
    pub fn new(link: Link, shared: Arc<Shared>, head: Head) -> FairCopy {
        FairCopy {
            link,
            shared,
            ledger: Ledger::default(),
            accepted: Accepted::default(),
            head,
            stuck: None,
        }
    }

    /// How many entries wait for the commit.
    pub fn waiting(&self) -> usize {
        let lines = self.accepted.sheets.iter().map(|sheet| sheet.lines.len());
        lines.sum()
    }

    /// Begins a transaction, if none is open: until its end nobody else writes, and nobody else has.
    pub fn begin(&self) -> Result<(), Error> {
        if self.link.is_in_transaction() {
            return Ok(());
        }
        self.link.begin()?;
        let shared = &self.shared;
        follow::hold(&self.link, &shared.domain, &shared.master, self.head)
    }

    /// [`FairCopy::begin`], and hears that it went well.
    pub fn hold(&self) -> Result<(), Error> {
        self.begin()?;
        self.link.hear()
    }

    /// Does something beside the journal. The outer error is the transaction's.
    pub fn work(&mut self, work: Work) -> Result<Result<(), Error>, Error> {
        self.begin()?;
        self.link.savepoint("work")?;
        match work(&self.link, &self.shared.domain) {
            Ok(()) => {
                self.link.release("work")?;
                Ok(Ok(()))
            }
            Err(error @ (Error::Full | Error::Again(_))) => Err(error),
            Err(error) => {
                self.link.rollback_to("work")?;
                Ok(Err(error))
            }
        }
    }

    /// Writes decided entries and their records.
    pub fn put_down(&self, decided: &Decided) -> Result<(), Error> {
        if decided.lines.is_empty() {
            return Ok(());
        }
        self.begin()?;
        let (link, domain) = (&self.link, &*self.shared.domain);
        journal::insert(link, domain, decided)?;
        // Up to each entry that destroys keys: those made before it are there by then, those made after it stay.
        let runs = decided
            .lines
            .split_inclusive(|line| !line.live.entry.change.erased.is_empty());
        for run in runs {
            let keys: Vec<&seal::NewKey> = run.iter().flat_map(|line| &line.keys).collect();
            seal::keep_keys(link, domain, &keys)?;
            if let Some(last) = run.last() {
                let entry = &last.live.entry;
                if !entry.change.erased.is_empty() {
                    seal::erase(link, domain, entry.record, &entry.change.erased)?;
                }
            }
        }
        let mut fresh = Vec::with_capacity(decided.lines.len());
        for line in &decided.lines {
            records::attach(link, domain, &line.live.entry)?;
            if let Some(body) = &line.body {
                let (record, body) = (&*line.live.record, &decided.texts[body.clone()]);
                if line.fresh {
                    fresh.push((record, body));
                } else {
                    records::update(link, domain, record, body)?;
                }
            }
        }
        records::insert(link, domain, &fresh)
    }

    /// Takes in what the redo log now has: it was put down, and must be committed sooner or later.
    pub fn accept(&mut self, sheets: Vec<Decided>, head: Head) {
        let accepted = &mut self.accepted;
        accepted.head = Some(head);
        for mut sheet in sheets {
            accepted
                .additions
                .extend(std::mem::take(&mut sheet.additions));
            accepted.involved.append(&mut sheet.involved);
            accepted.ruled |= sheet.ruled;
            accepted.sheets.push(sheet);
        }
    }

    /// Commits what is accepted, each count and party once, however often it changed. Whoever waits to read it may.
    pub fn commit(&mut self) -> Result<(), Error> {
        if !self.link.is_in_transaction() && self.accepted.head.is_none() {
            return Ok(());
        }
        let (link, domain) = (&self.link, &*self.shared.domain);
        let accepted = &self.accepted;
        if let Some(head) = accepted.head {
            self.ledger.write(link, domain, &accepted.additions)?;
            records::involve(link, domain, &accepted.involved)?;
            if accepted.ruled {
                Background::begin_retiming(link, domain)?;
            }
            journal::seal_head(link, domain, &self.shared.master, head)?;
        }
        link.commit()?;
        let accepted = std::mem::take(&mut self.accepted);
        for sheet in accepted.sheets {
            self.shared.give_back(sheet.texts);
        }
        if let Some(head) = accepted.head {
            self.head = head;
            self.shared.note_written(head.seq);
        }
        Ok(())
    }

    /// Commits what was just accepted and not answered; where it cannot be, it never was accepted.
    pub fn commit_unanswered(&mut self) -> Result<(), Error> {
        let committed = self.commit();
        if committed.is_err() {
            self.accepted = Accepted::default();
        }
        committed
    }

    /// Whether a commit reaches the disk before it returns. Nothing may wait for one.
    pub fn set_flushing(&self, flushing: bool) -> Result<(), Error> {
        let level = if flushing { "FULL" } else { "NORMAL" };
        self.link.batch(&format!("PRAGMA synchronous = {level}"))
    }

    /// Takes the open transaction back, and writes and commits what of it was answered. Where that cannot be done (a full
    /// disk) the copy is stuck until [`FairCopy::mend`] succeeds; meanwhile readers see what they can.
    pub fn take_back(&mut self) {
        self.rollback();
        self.stuck = self.again().err();
        self.shared.note_stuck(self.stuck.is_some());
        if let Some(error) = &self.stuck {
            let entries = self.waiting();
            tracing::error!(%error, entries, "what the redo log holds does not go into the database");
            self.rollback();
        }
    }

    /// Whether what was stuck could be written now.
    pub fn mend(&mut self) -> bool {
        if self.stuck.is_some() {
            self.take_back();
        }
        self.stuck.is_none()
    }

    fn again(&mut self) -> Result<(), Error> {
        if self.accepted.head.is_none() {
            return Ok(());
        }
        self.begin()?;
        for sheet in &self.accepted.sheets {
            self.put_down(sheet)?;
        }
        self.commit()
    }

    /// Back to what is committed.
    pub fn rollback(&mut self) {
        self.ledger.forget();
        if let Err(error) = self.link.rollback() {
            tracing::error!(%error, "a transaction could not be taken back");
        }
    }
}

/// Flushes what is committed to the disk: SQLite itself does so when it brings its log over, and no sooner.
pub(crate) fn sync(dir: &Path) -> Result<(), Error> {
    match File::open(dir.join(format!("{}-wal", schema::DATABASE))) {
        Ok(log) => Ok(log.sync_data()?),
        // All of it is in the database already.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}
