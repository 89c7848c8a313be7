use std::{cell::RefCell, collections::HashMap, sync::Arc};

use gewang_engine::{FileInfo, Read, Record};
use jiff::civil::Date;
use rusqlite::Connection;
use uuid::Uuid;

use crate::{Error, StoredFile, records, store::Shared, tallies};

/// What the writer reads from: its connection, over which lie the records of the open transaction and those that were
/// used lately.
pub(crate) struct Desk {
    pub connection: Connection,
    shared: Arc<Shared>,
    open: RefCell<Open>,
}

#[derive(Default)]
struct Open {
    /// Records that the open transaction changed.
    pending: HashMap<Uuid, Arc<Record>>,
    /// Records as they are on disk, in two generations: when the younger is full, the older goes.
    young: HashMap<Uuid, Arc<Record>>,
    old: HashMap<Uuid, Arc<Record>>,
    /// Numbers given, by kind and local day.
    opened: HashMap<String, HashMap<Date, u64>>,
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
}

impl Desk {
    pub fn new(connection: Connection, shared: Arc<Shared>) -> Desk {
        Desk {
            connection,
            shared,
            open: RefCell::default(),
        }
    }

    /// The records that the open transaction changed, in the order of their last entries.
    pub fn changed(&self) -> Vec<Arc<Record>> {
        let mut changed: Vec<Arc<Record>> = self.open.borrow().pending.values().cloned().collect();
        changed.sort_unstable_by_key(|record| record.seq);
        changed
    }

    /// After a transaction was taken back: nothing of it, and nothing that it read, is believed any more.
    pub fn forget(&self) {
        *self.open.borrow_mut() = Open::default();
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

    pub fn put(&self, record: Arc<Record>) {
        self.open.borrow_mut().pending.insert(record.id, record);
    }

    /// A record that was changed on disk beside the journal (its deadlines).
    pub fn refresh(&self, record: Arc<Record>) {
        self.open.borrow_mut().remember(record);
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

    /// After a commit: what was pending is on disk.
    pub fn settle(&self) {
        let mut open = self.open.borrow_mut();
        for record in std::mem::take(&mut open.pending).into_values() {
            open.remember(record);
        }
        // Days of long ago come up in imports alone.
        if open.opened.values().map(HashMap::len).sum::<usize>() > 10_000 {
            open.opened.clear();
        }
    }
}

impl Read for Desk {
    type Error = Error;

    fn record(&self, id: Uuid) -> Result<Option<Arc<Record>>, Error> {
        let open = self.open.borrow();
        if let Some(record) = open
            .pending
            .get(&id)
            .or_else(|| open.young.get(&id))
            .or_else(|| open.old.get(&id))
        {
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
        // Nothing of this kind and day is pending: the first command that asks is the one that makes it so.
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
