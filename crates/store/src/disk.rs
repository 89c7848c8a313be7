use std::path::Path;

use crate::{
    Error, checkpointer::Checkpointer, fair::FairCopy, link::Link, redo::Redo, redo::Tail, room,
};

/// What a database in a file of ours needs beside it: the redo log before it, a thread that brings its own log over, and
/// an eye on the room that is left on the disk.
pub(crate) struct Disk {
    pub redo: Redo,
    checkpointer: Checkpointer,
    /// Whether the disk is nearly full: then the database has everything before it is answered, and the redo log nothing.
    pub tight: bool,
}

impl Disk {
    /// Opens the redo log, and reads what it holds beyond the entry `after`.
    pub fn open(dir: &Path, key: [u8; 32], after: u64) -> Result<(Disk, Tail), Error> {
        let (redo, tail) = Redo::open(dir, key, after)?;
        let disk = Disk {
            redo,
            checkpointer: Checkpointer::start(dir)?,
            tight: false,
        };
        Ok((disk, tail))
    }

    /// Whether the room has become scarce, or is so no more.
    pub fn has_turned(&self, dir: &Path) -> bool {
        let tight = room::is_tight(dir).unwrap_or_else(|error| {
            tracing::warn!(%error, "how full the disk is cannot be told");
            true
        });
        tight != self.tight
    }

    /// From now on the database has everything before it is answered, or follows, the other way than before.
    pub fn turn(&mut self, fair: &FairCopy) {
        let tight = !self.tight;
        match fair.set_flushing(tight) {
            Ok(()) => self.tight = tight,
            Err(error) => tracing::error!(%error, tight, "how it is flushed stays as it is"),
        }
    }

    /// What follows when so many entries came into the database.
    pub fn committed(&mut self, entries: usize, link: &Link) {
        self.checkpointer.committed(entries, link);
        match self.redo.turn(self.checkpointer.synced()) {
            Ok(Some(seq)) => self.checkpointer.sync(seq),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the redo log grows on"),
        }
    }
}
