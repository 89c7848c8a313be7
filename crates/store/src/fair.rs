use std::{fs::File, path::Path, sync::Arc};

use rusqlite::Connection;

use crate::{
    Error, Head,
    background::Background,
    journal,
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
    pub connection: Connection,
    shared: Arc<Shared>,
    pub ledger: Ledger,
    accepted: Accepted,
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
    pub fn new(connection: Connection, shared: Arc<Shared>) -> FairCopy {
        FairCopy {
            connection,
            shared,
            ledger: Ledger::default(),
            accepted: Accepted::default(),
            stuck: None,
        }
    }

    /// How many entries wait for the commit.
    pub fn waiting(&self) -> usize {
        let lines = self.accepted.sheets.iter().map(|sheet| sheet.lines.len());
        lines.sum()
    }

    pub fn begin(&self) -> Result<(), Error> {
        if self.connection.is_autocommit() {
            self.connection
                .prepare_cached("BEGIN IMMEDIATE")?
                .execute([])?;
        }
        Ok(())
    }

    /// Does something beside the journal. The outer error is the transaction's.
    pub fn work(&mut self, work: Work) -> Result<Result<(), Error>, Error> {
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

    /// Writes decided entries and their records.
    pub fn put_down(&self, decided: &Decided) -> Result<(), Error> {
        if decided.lines.is_empty() {
            return Ok(());
        }
        self.begin()?;
        let (connection, domain) = (&self.connection, &*self.shared.domain);
        journal::insert(connection, domain, decided)?;
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
        records::insert(connection, domain, &fresh)
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
        if self.connection.is_autocommit() && self.accepted.head.is_none() {
            return Ok(());
        }
        let (connection, domain) = (&self.connection, &*self.shared.domain);
        let accepted = &self.accepted;
        if let Some(head) = accepted.head {
            self.ledger.write(connection, domain, &accepted.additions)?;
            records::involve(connection, domain, &accepted.involved)?;
            if accepted.ruled {
                Background::begin_retiming(connection, domain)?;
            }
            journal::seal_head(connection, domain, &self.shared.master, head)?;
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        let accepted = std::mem::take(&mut self.accepted);
        for sheet in accepted.sheets {
            self.shared.give_back(sheet.texts);
        }
        if let Some(head) = accepted.head {
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
        self.connection
            .execute_batch(&format!("PRAGMA synchronous = {level}"))?;
        Ok(())
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
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
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
