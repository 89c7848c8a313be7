use std::{cell::RefCell, collections::VecDeque, sync::Arc};

use gewang_engine::{Command, FileInfo, Outcome, Read, Record};
use jiff::civil::Date;
use rusqlite::Connection;
use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::{
    Error, LiveEntry, StoredFile,
    journal::{self, First},
    records, seal,
    store::{Shared, hold},
    tallies,
};

/// What the decider reads from: a connection that knows what is committed, over which lies what was decided since, and
/// the records that were used lately.
///
/// Each question reads the last commit: a state held over a whole post would keep the write-ahead log from ever starting
/// anew while posts keep coming (measured: it grew by 20 MB a second).
pub(crate) struct Desk {
    connection: Connection,
    shared: Arc<Shared>,
    open: RefCell<Open>,
}

/// A record and what its personal data are kept for.
type Purpose = (Uuid, String);

#[derive(Default)]
struct Open {
    /// Records as what is not committed yet leaves them.
    pending: FxHashMap<Uuid, Arc<Record>>,
    /// Commands that are not committed yet, with their entries.
    commands: FxHashMap<Uuid, Vec<Arc<LiveEntry>>>,
    /// Keys of personal data made (or destroyed) and not committed yet, by record and purpose, with the entry.
    keys: FxHashMap<Purpose, (u64, Option<[u8; 32]>)>,
    /// What is not committed yet, in order.
    flight: VecDeque<Arc<LiveEntry>>,
    key_flight: VecDeque<(u64, Purpose)>,
    /// Records as they are on disk, in two generations: when the younger is full, the older goes.
    young: FxHashMap<Uuid, Arc<Record>>,
    old: FxHashMap<Uuid, Arc<Record>>,
    /// Numbers given, by kind and local day.
    opened: FxHashMap<String, FxHashMap<Date, u64>>,
}

/// How many records one generation holds.
const GENERATION: usize = 1024;

impl Open {
    fn remember(&mut self, record: Arc<Record>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(record.id, record);
    }

    fn record(&self, id: Uuid) -> Option<&Arc<Record>> {
        self.pending
            .get(&id)
            .or_else(|| self.young.get(&id))
            .or_else(|| self.old.get(&id))
    }
}

impl Desk {
    pub fn new(connection: Connection, shared: Arc<Shared>) -> Desk {
        Desk {
            connection,
            shared,
            open: RefCell::default(),
        }
    }

    /// After a failure: nothing that was decided or read is believed any more.
    pub fn forget(&self) {
        *self.open.borrow_mut() = Open::default();
    }

    /// Nothing that was read is believed any more.
    pub fn doubt(&self) {
        let mut open = self.open.borrow_mut();
        open.young.clear();
        open.old.clear();
    }

    /// A record that is about to change.
    pub fn take(&self, id: Uuid) -> Result<Option<Arc<Record>>, Error> {
        let record = self.record(id)?;
        let mut open = self.open.borrow_mut();
        // The caches let go of it, so that it can be changed in place where nobody else holds it.
        open.pending.remove(&id);
        open.young.remove(&id);
        open.old.remove(&id);
        Ok(record)
    }

    /// Takes an entry and its record in, as the last that was decided.
    pub fn put(&self, live: Arc<LiveEntry>) {
        let mut open = self.open.borrow_mut();
        open.pending.insert(live.record.id, live.record.clone());
        open.commands
            .entry(live.entry.command)
            .or_default()
            .push(live.clone());
        open.flight.push_back(live);
    }

    /// The key of a record for a purpose, where it has one.
    pub fn key(&self, record: Uuid, purpose: &str) -> Result<Option<[u8; 32]>, Error> {
        let open = self.open.borrow();
        if let Some((_, key)) = open.keys.get(&(record, purpose.to_owned())) {
            return Ok(*key);
        }
        let (domain, master) = (&self.shared.domain, &self.shared.master);
        seal::key(&self.connection, domain, master, record, purpose)
    }

    /// Notes a key that an entry made, or destroyed.
    pub fn keep_key(&self, seq: u64, record: Uuid, purpose: &str, key: Option<[u8; 32]>) {
        let mut open = self.open.borrow_mut();
        let place = (record, purpose.to_owned());
        open.keys.insert(place.clone(), (seq, key));
        open.key_flight.push_back((seq, place));
    }

    /// The answer that a command got when it came first, see [`journal::repeated`].
    pub fn repeated(&self, command: &Command) -> Result<Option<(Outcome, bool)>, Error> {
        let open = self.open.borrow();
        let Some(entries) = open.commands.get(&command.id) else {
            return journal::repeated(&self.connection, &self.shared.domain, command);
        };
        let mut first = First::of(command);
        for live in entries {
            first.take(command, &live.entry, &live.record.state, &live.record.cell);
        }
        let number = open.record(command.record);
        Ok(Some(
            first.answer(number.and_then(|record| record.number.clone())),
        ))
    }

    pub fn count(&self, kind: &str, day: Date) {
        if let Some(n) = self
            .open
            .borrow_mut()
            .opened
            .get_mut(kind)
            .and_then(|days| days.get_mut(&day))
        {
            *n += 1;
        }
    }

    /// Lets go of what is committed: the entries up to `head`.
    pub fn settle(&self, head: u64) {
        let mut open = self.open.borrow_mut();
        let open = &mut *open;
        while open.flight.front().is_some_and(|live| live.seq <= head)
            && let Some(live) = open.flight.pop_front()
        {
            open.commands.remove(&live.entry.command);
            let id = live.record.id;
            if open.pending.get(&id).is_some_and(|last| last.seq <= head)
                && let Some(record) = open.pending.remove(&id)
            {
                open.remember(record);
            }
        }
        while open.key_flight.front().is_some_and(|(seq, _)| *seq <= head)
            && let Some((_, place)) = open.key_flight.pop_front()
        {
            if open.keys.get(&place).is_some_and(|(seq, _)| *seq <= head) {
                open.keys.remove(&place);
            }
        }
        for record in std::mem::take(&mut *hold(&self.shared.retimed)) {
            // What changed since, or is not held, has or will be given the new deadlines anyway.
            if open
                .record(record.id)
                .is_some_and(|held| held.seq == record.seq)
            {
                open.pending.remove(&record.id);
                open.remember(record);
            }
        }
        // Days of long ago come up in imports alone. Numbers in flight are counted here and not on disk.
        if open.flight.is_empty()
            && open.opened.values().map(FxHashMap::len).sum::<usize>() > 10_000
        {
            open.opened.clear();
        }
    }
}

impl Read for Desk {
    type Error = Error;

    fn record(&self, id: Uuid) -> Result<Option<Arc<Record>>, Error> {
        let open = self.open.borrow();
        if let Some(record) = open.record(id) {
            return Ok(Some(record.clone()));
        }
        drop(open);
        let record = records::load(&self.connection, &self.shared.domain, id)?;
        if let Some(record) = &record {
            self.open.borrow_mut().remember(record.clone());
        }
        Ok(record)
    }

    fn file(&self, hash: &str) -> Result<Option<FileInfo>, Error> {
        let file = StoredFile::load(&self.connection, &self.shared.domain, hash)?;
        Ok(file.map(|file| FileInfo {
            media: file.media,
            bytes: file.bytes,
        }))
    }

    fn content(&self, hash: &str) -> Result<Option<Vec<u8>>, Error> {
        match StoredFile::load(&self.connection, &self.shared.domain, hash)? {
            Some(_) => self.shared.files.get(hash).map(Some),
            None => Ok(None),
        }
    }

    fn opened(&self, kind: &str, day: Date) -> Result<u64, Error> {
        if let Some(n) = self
            .open
            .borrow()
            .opened
            .get(kind)
            .and_then(|days| days.get(&day))
        {
            return Ok(*n);
        }
        // Nothing of this kind and day is in flight: the first command that asks is the one that makes it so.
        let n = tallies::opened(&self.connection, &self.shared.domain, kind, day)?;
        self.open
            .borrow_mut()
            .opened
            .entry(kind.to_owned())
            .or_default()
            .insert(day, n);
        Ok(n)
    }
}
