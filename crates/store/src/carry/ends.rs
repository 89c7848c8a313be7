//! The two ends of a carrying: a home that is read, and one that is made.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use uuid::Uuid;

use crate::{Error, Home, Store, journal, link::Link, lock::Lock, redo, seal::Master};

use super::mark::{self, Mark};

/// So long what was answered may take to reach a database that somebody serves.
const PATIENCE: Duration = Duration::from_secs(60);

/// Brings into the database what was answered and is not there yet: after a crash by opening the town, and where somebody
/// serves it by waiting for them.
pub(super) fn catch_up(home: &Home) -> Result<(), Error> {
    if !home.is_there() {
        return Err(Error::Empty);
    }
    if !home.is_sqlite() || !redo::is_there(&home.dir) {
        return Ok(());
    }
    match Store::open(home.clone()) {
        Ok(store) => {
            drop(store);
            return Ok(());
        }
        // Nobody serves it then, and its log was emptied before it was carried away.
        Err(Error::Moved { .. } | Error::Unfinished { .. }) => return Ok(()),
        Err(Error::InUse { .. }) => {}
        Err(error) => return Err(error),
    }
    let link = home.reader()?;
    let (domain, _) = mark::standing(&link, home.domain.as_deref())?;
    let key = Master::of(&home.dir)?.secret(&domain, "redo");
    let answered = redo::answered(&home.dir, &key)?;
    let end = Instant::now() + PATIENCE;
    while journal::head(&link, &domain)?.seq < answered {
        if Instant::now() > end {
            return Err(Error::Carry(
                "the server does not bring what it answered into the database; is the disk full?"
                    .into(),
            ));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Where a town is carried to.
pub(super) struct Target {
    pub link: Link,
    _lock: Option<Lock>,
}

impl Target {
    /// Opens a home for writing, and makes it where it is not there.
    pub fn open(home: &Home) -> Result<Target, Error> {
        std::fs::create_dir_all(&home.dir)?;
        let lock = Lock::of(home)?;
        let link = home.writer()?;
        if home.is_sqlite() {
            // Nobody else keeps what is carried until it is on the disk.
            link.batch("PRAGMA synchronous = FULL")?;
        }
        Ok(Target { link, _lock: lock })
    }

    /// The mark of this carrying: a new one where nothing is there or the town had moved away from here, else the one that
    /// tells how far it came.
    pub fn mark(
        &self,
        home: &Home,
        domain: &str,
        founding: Uuid,
        from: &str,
    ) -> Result<Mark, Error> {
        let asked = (!home.is_sqlite()).then_some(domain);
        let fresh = Mark::new(from.to_owned());
        let Some((name, known)) = mark::facts_of(&self.link, asked)? else {
            return Ok(fresh);
        };
        let refused = |why: String| Err(Error::Carry(format!("{}: {why}", home.shown())));
        if name != domain {
            return refused(format!("another town is there, {name}"));
        }
        if known != founding {
            return refused(format!(
                "another {name} is there, founded apart from this one"
            ));
        }
        match Mark::of(&self.link, domain)? {
            Some(mark) if mark.from == from => return Ok(mark),
            Some(mark) => {
                return refused(format!(
                    "{name} is being carried there from {}; finish that, or abandon it",
                    mark.from
                ));
            }
            None => {}
        }
        match mark::moved(&self.link, domain)? {
            // It comes back: what is there is the beginning of what comes.
            Some(_) => {
                self.link.begin()?;
                mark::end_moved(&self.link, domain)?;
                fresh.put(&self.link, domain)?;
                self.link.commit()?;
                Ok(fresh)
            }
            None => refused(format!("{name} is there already")),
        }
    }

    /// Takes the mark away, when all that was carried is on the disk.
    pub fn finish(&self, domain: &str) -> Result<(), Error> {
        if self.link.is_sqlite() {
            self.link
                .one("PRAGMA wal_checkpoint(TRUNCATE)", &[], |_| Ok(()))?;
        }
        Mark::end(&self.link, domain)
    }
}

/// A path as it is the same from wherever it is named.
pub(super) fn absolute(path: &Path) -> String {
    let whole = path.canonicalize().or_else(|_| std::path::absolute(path));
    whole
        .unwrap_or_else(|_| path.to_owned())
        .display()
        .to_string()
}

/// Where a home keeps the bytes of files.
pub(super) fn files_of(home: &Home) -> String {
    match &home.files {
        Some(address) => address.clone(),
        None => absolute(&home.dir),
    }
}

/// A home as it is the same from wherever it is named, without a password.
pub(super) fn named(home: &Home) -> String {
    match home.is_sqlite() {
        true => format!("sqlite:{}", absolute(&home.dir)),
        false => home.shown(),
    }
}
