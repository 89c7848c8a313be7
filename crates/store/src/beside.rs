use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize},
    },
};

use arc_swap::ArcSwap;
use tokio::sync::broadcast;

use crate::{
    Error, Reader, files::FileRoom, journal, records, schema, seal::Master, store::Shared,
};

impl Reader {
    /// Reads a data directory beside whoever serves it: it takes no lock and writes nothing. Its engine is the one of
    /// this moment. Fails with [`Error::Empty`] where there is no town.
    pub fn beside(dir: &Path) -> Result<Reader, Error> {
        if !dir.join(schema::DATABASE).is_file() || !dir.join("master.key").is_file() {
            return Err(Error::Empty);
        }
        let connection = schema::open_reader(dir)?;
        let (domain, founding) = schema::founded(&connection)?.ok_or(Error::Empty)?;
        let engine = records::engine(&connection, &domain, dir, founding)?;
        let head = journal::head(&connection, &domain)?.seq;
        let shared = Shared {
            dir: dir.to_owned(),
            domain: domain.into(),
            engine: ArcSwap::from_pointee(engine),
            batches: broadcast::Sender::new(1),
            master: Master::of(dir)?,
            files: FileRoom::new(dir),
            head: AtomicU64::new(head),
            waiting: AtomicUsize::new(0),
            retimed: Mutex::default(),
            spare: Mutex::default(),
            searched: AtomicU64::new(0),
            broken: Mutex::new(None),
        };
        Reader::open(Arc::new(shared))
    }
}
