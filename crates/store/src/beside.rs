use std::{path::Path, sync::Arc};

use arc_swap::ArcSwap;

use crate::{
    Error, Reader, files::FileRoom, journal, records, schema, seal::Master, shared::Shared,
};

impl Reader {
    /// Reads a data directory beside whoever serves it: it takes no lock and writes nothing. Its engine is the one of
    /// this moment. Fails with [`Error::Empty`] where there is no town.
    pub fn beside(dir: &Path) -> Result<Reader, Error> {
        if !dir.join(schema::DATABASE).is_file() || !dir.join("master.key").is_file() {
            return Err(Error::Empty);
        }
        let link = schema::open_reader(dir)?;
        let (domain, founding) = schema::founded(&link)?.ok_or(Error::Empty)?;
        let files = FileRoom::open(None, dir)?;
        let engine = records::engine(&link, &domain, &files, founding)?;
        let head = journal::head(&link, &domain)?.seq;
        let engine = ArcSwap::from_pointee(engine);
        let shared = Shared::new(dir, files, domain.into(), engine, Master::of(dir)?, head, 1);
        Reader::open(Arc::new(shared))
    }
}
