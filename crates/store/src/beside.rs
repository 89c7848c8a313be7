use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::{Error, Home, Reader, journal, records, schema, seal::Master, shared::Shared};

impl Reader {
    /// Reads a town beside whoever serves it: it takes no lock and writes nothing. Its engine is the one of
    /// this moment. Fails with [`Error::Empty`] where there is no town.
    pub fn beside(home: impl Into<Home>) -> Result<Reader, Error> {
        let home = home.into();
        if !home.is_there() {
            return Err(Error::Empty);
        }
        let link = home.reader()?;
        let (domain, founding) =
            schema::founded(&link, home.domain.as_deref())?.ok_or(Error::Empty)?;
        let files = home.room()?;
        let engine = records::engine(&link, &domain, &files, founding)?;
        let head = journal::head(&link, &domain)?.seq;
        let engine = ArcSwap::from_pointee(engine);
        let master = Master::of(&home.dir)?;
        let shared = Shared::new(home, files, domain.into(), engine, master, head, 1);
        Reader::open(Arc::new(shared))
    }
}
