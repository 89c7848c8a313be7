use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Carried, Carrier, Progress, Told,
    bytes::Bytes,
    ends::{self, Target},
    mark::{self, Mark},
    merge::Road,
};
use crate::{Error, Home, follow, journal, lease, link::Link, lock::Lock, schema, seal::Master};

/// Carries a town from one home to another, and proves it there. What was begun and not finished goes on where it stopped.
/// From then on the source is not served any more; with `keep` it stays as it is, and may be served meanwhile.
pub fn move_town(
    from: &Home,
    to: &Home,
    keep: bool,
    told: &mut dyn FnMut(Progress),
) -> Result<Carried, Error> {
    if ends::named(from) == ends::named(to) {
        return Err(Error::Carry(format!("{} is where it is", to.shown())));
    }
    let source = Source::open(from, to, keep)?;
    let target = Target::open(to)?;
    let (domain, founding) = (&*source.domain, source.founding);
    let mut mark = target.mark(to, domain, founding, &ends::named(from))?;
    let master = Master::of(&from.dir)?;
    master.hand_on(&to.dir)?;
    let way = Way {
        domain,
        founding,
        key: master.secret(domain, "backup"),
        from,
        to,
        target: &target.link,
    };
    let mut carried = loop {
        let carried = {
            let snapshot = source.link.snapshot()?;
            let last = journal::head(&snapshot, domain)?;
            if source.moved.is_none() {
                journal::check_head(&snapshot, domain, &master, last)?;
            }
            let mut carrier = way.carrier(&snapshot)?;
            carrier.whole(&mut mark, last.seq, &master, to, told)?;
            carrier.carried
        };
        if keep {
            break carried;
        }
        // From here on nobody writes there, and what somebody wrote meanwhile goes along.
        source.hold(domain)?;
        if journal::head(&source.link, domain)?.seq != carried.entries {
            source.link.rollback()?;
            continue;
        }
        let mut rest = way.carrier(&source.link)?;
        rest.rows(told)?;
        rest.facts(&|_| false)?;
        source.leave(domain, to)?;
        let Carried {
            files,
            accounts,
            drafts,
            ..
        } = rest.carried;
        break Carried {
            files,
            accounts,
            drafts,
            lost: carried.lost + rest.carried.lost,
            ..carried
        };
    };
    target.finish(domain)?;
    carried.domain = domain.to_owned();
    Ok(carried)
}

/// From where to where.
struct Way<'w> {
    domain: &'w str,
    founding: Uuid,
    key: [u8; 32],
    from: &'w Home,
    to: &'w Home,
    target: &'w Link,
}

impl Way<'_> {
    fn carrier<'c>(&'c self, link: &'c Link) -> Result<Carrier<'c>, Error> {
        let apart = ends::files_of(self.from) != ends::files_of(self.to);
        Ok(Carrier {
            road: Road {
                domain: self.domain,
                from: link,
                to: self.target,
            },
            founding: self.founding,
            key: self.key,
            bytes: match apart {
                true => Some((Bytes::Room(self.from.room()?), Bytes::Room(self.to.room()?))),
                false => None,
            },
            carried: Carried::default(),
        })
    }
}

impl Carrier<'_> {
    /// All of a town, up to a line, made whole and proven.
    fn whole(
        &mut self,
        mark: &mut Mark,
        last: u64,
        master: &Master,
        to: &Home,
        told: Told<'_>,
    ) -> Result<(), Error> {
        self.begin(mark)?;
        self.rows(told)?;
        self.lines(mark, last, told)?;
        self.facts(&|_| false)?;
        let engine = self.engine(&to.room()?)?;
        self.records(mark, &engine, told)?;
        self.prove(master, &engine, told)
    }
}

/// Where a town is carried from.
struct Source {
    link: Link,
    domain: String,
    founding: Uuid,
    /// Where it is noted to have gone, by a carrying that stopped just before its end.
    moved: Option<String>,
    _lock: Option<Lock>,
}

impl Source {
    fn open(from: &Home, to: &Home, keep: bool) -> Result<Source, Error> {
        if !keep {
            // Whoever serves it holds this.
            Lock::of(from)?;
        }
        ends::catch_up(from)?;
        let (link, lock) = match keep {
            true => (from.reader()?, None),
            false => {
                let lock = Lock::of(from)?;
                (from.writer()?, lock)
            }
        };
        let (domain, founding) =
            mark::facts_of(&link, from.domain.as_deref())?.ok_or(Error::Empty)?;
        if let Some(mark) = Mark::of(&link, &domain)? {
            return Err(Error::Unfinished { from: mark.from });
        }
        if !keep && let Some(until) = lease::held(&link, &domain, Timestamp::now())? {
            return Err(Error::Carry(format!(
                "a node serves {domain} there, or did until a moment ago: stop all of them, and try again after {until}"
            )));
        }
        let moved = mark::moved(&link, &domain)?;
        if let Some(place) = moved.as_ref().filter(|place| **place != ends::named(to)) {
            return Err(Error::Moved { to: place.clone() });
        }
        Ok(Source {
            link,
            domain,
            founding,
            moved,
            _lock: lock,
        })
    }

    /// Holds the source as it is, until it is left.
    fn hold(&self, domain: &str) -> Result<(), Error> {
        self.link.begin()?;
        match self.link.is_sqlite() {
            true => Ok(()),
            false => follow::lock(&self.link, domain),
        }
    }

    /// Notes that the town is elsewhere now.
    fn leave(&self, domain: &str, to: &Home) -> Result<(), Error> {
        mark::set_moved(&self.link, domain, &ends::named(to))?;
        // A node that still serves it can't write any more: the end is not where it believes.
        schema::set_meta(&self.link, domain, "head", "")?;
        self.link.commit()
    }
}

/// Removes a town that was being carried to a home and never arrived; its name.
pub fn abandon(home: &Home) -> Result<String, Error> {
    let target = Target::open(home)?;
    let (domain, _) = mark::facts_of(&target.link, home.domain.as_deref())?.ok_or(Error::Empty)?;
    if Mark::of(&target.link, &domain)?.is_none() {
        return Err(Error::Carry(format!(
            "{domain} is whole there; only what was not finished is removed"
        )));
    }
    super::remove_town(&target.link, &domain)?;
    Ok(domain)
}
