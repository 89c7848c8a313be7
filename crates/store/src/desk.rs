use std::{cell::RefCell, collections::VecDeque, sync::Arc};

use gewang_engine::{Command, FileInfo, Outcome, Read, Record};
use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use crate::{
    Error, LiveEntry, StoredFile,
    journal::{self, First},
    link::Link,
    records, seal,
    shared::{Shared, hold},
    tallies,
};

/// What the decider reads from: a connection that knows what is committed, over which lies what was decided since, and
/// the records that were used lately.
///
/// Each question reads the last commit: a state held over a whole post would keep the write-ahead log from ever starting
/// anew while posts keep coming (measured: it grew by 20 MB a second).
pub(crate) struct Desk {
    link: Link,
    shared: Arc<Shared>,
    open: RefCell<Open>,
    commands: RefCell<Known>,
    records: RefCell<Known>,
}

/// Which ids were never written, without asking the disk. Clients make ids that grow with time (UUIDv7), so most new ones
/// lie above all that were there before; whatever a client's clock says, one that does not is looked for.
struct Known {
    /// No id above this was written before those in `since`.
    floor: Uuid,
    since: FxHashSet<Uuid>,
}

/// So many ids are remembered before the floor is raised over them.
const REMEMBERED: usize = 50_000;

impl Known {
    fn is_new(&self, id: Uuid) -> bool {
        id > self.floor && !self.since.contains(&id)
    }

    fn add(&mut self, id: Uuid) {
        if id > self.floor {
            self.since.insert(id);
        }
        if self.since.len() > REMEMBERED {
            self.floor = self.since.drain().fold(self.floor, Ord::max);
        }
    }
}

/// A record and what its personal data are kept for.
type Purpose = (Uuid, String);

#[derive(Default)]
struct Open {
    /// Records as what is not committed yet leaves them.
    pending: FxHashMap<Uuid, Arc<Record>>,
    /// Commands that are not committed yet, with the first of their entries, which follow one another in `flight`.
    commands: FxHashMap<Uuid, u64>,
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
    pub fn new(link: Link, shared: Arc<Shared>) -> Result<Desk, Error> {
        let known = |floor: Uuid| {
            RefCell::new(Known {
                floor,
                since: FxHashSet::default(),
            })
        };
        Ok(Desk {
            commands: known(journal::last_command(&link, &shared.domain)?),
            records: known(records::last_id(&link, &shared.domain)?),
            link,
            shared,
            open: RefCell::default(),
        })
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

    /// Notes that a command and a record are there.
    pub fn know(&self, command: Uuid, record: Uuid) {
        self.commands.borrow_mut().add(command);
        self.records.borrow_mut().add(record);
    }

    /// Takes an entry and its record in, as the last that was decided.
    pub fn put(&self, live: Arc<LiveEntry>) {
        self.know(live.entry.command, live.record.id);
        let mut open = self.open.borrow_mut();
        open.pending.insert(live.record.id, live.record.clone());
        open.commands.entry(live.entry.command).or_insert(live.seq);
        open.flight.push_back(live);
    }

    /// The key of a record for a purpose, where it has one.
    pub fn key(&self, record: Uuid, purpose: &str) -> Result<Option<[u8; 32]>, Error> {
        let open = self.open.borrow();
        if let Some((_, key)) = open.keys.get(&(record, purpose.to_owned())) {
            return Ok(*key);
        }
        let (domain, master) = (&self.shared.domain, &self.shared.master);
        seal::key(&self.link, domain, master, record, purpose)
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
        if self.commands.borrow().is_new(command.id) {
            return Ok(None);
        }
        let (Some(start), Some(oldest)) = (open.commands.get(&command.id), open.flight.front())
        else {
            return journal::repeated(&self.link, &self.shared.domain, command);
        };
        let mut first = First::of(command);
        let entries = open.flight.iter().skip((start - oldest.seq) as usize);
        for live in entries.take_while(|live| live.entry.command == command.id) {
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

    /// Lets go of what the database has: the entries up to `head`.
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
        if self.records.borrow().is_new(id) {
            return Ok(None);
        }
        drop(open);
        let record = records::load(&self.link, &self.shared.domain, id)?;
        if let Some(record) = &record {
            self.open.borrow_mut().remember(record.clone());
        }
        Ok(record)
    }

    fn file(&self, hash: &str) -> Result<Option<FileInfo>, Error> {
        let file = StoredFile::load(&self.link, &self.shared.domain, hash)?;
        Ok(file.map(|file| FileInfo {
            media: file.media,
            bytes: file.bytes,
        }))
    }

    fn content(&self, hash: &str) -> Result<Option<Vec<u8>>, Error> {
        match StoredFile::load(&self.link, &self.shared.domain, hash)? {
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
        let n = tallies::opened(&self.link, &self.shared.domain, kind, day)?;
        self.open
            .borrow_mut()
            .opened
            .entry(kind.to_owned())
            .or_default()
            .insert(day, n);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_until_it_was_written_and_whatever_lies_below_is_looked_for() {
        let id = |n: u128| Uuid::from_u128(n);
        let mut known = Known {
            floor: id(100),
            since: FxHashSet::default(),
        };
        assert!(!known.is_new(id(7)) && !known.is_new(id(100)) && known.is_new(id(101)));
        known.add(id(101));
        assert!(!known.is_new(id(101)) && known.is_new(id(102)));
        // The floor rises over what is remembered, however far ahead one of them lies.
        let far = id(u128::MAX - 1);
        known.add(far);
        for n in 0..REMEMBERED as u128 {
            known.add(id(1000 + n));
        }
        assert!(known.since.is_empty() && known.floor == far);
        assert!(!known.is_new(id(5_000_000)) && !known.is_new(far) && known.is_new(id(u128::MAX)));
    }
}
