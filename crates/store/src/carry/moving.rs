use super::{
    Carried, Carrier, Progress, Told,
    bytes::Bytes,
    ends::{self, Target},
    mark::{self, Mark},
    merge::Road,
};
use crate::{Error, Home, journal, link::Link, lock::Lock, schema, seal::Master};

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
    let key = master.secret(domain, "backup");
    let mut carried = loop {
        let carried = {
            let snapshot = source.link.snapshot()?;
            let last = journal::head(&snapshot, domain)?;
            if source.moved.is_none() {
                journal::check_head(&snapshot, domain, &master, last)?;
            }
            let apart = ends::files_of(from) != ends::files_of(to);
            let bytes = match apart {
                true => Some((Bytes::Room(from.room()?), Bytes::Room(to.room()?))),
                false => None,
            };
            let mut carrier = Carrier {
                road: Road {
                    domain,
                    from: &snapshot,
                    to: &target.link,
                },
                founding,
                key,
                bytes,
                carried: Carried::default(),
            };
            carrier.whole(&mut mark, last.seq, &master, to, told)?;
            carrier.carried
        };
        if keep || source.leave(domain, &carried, to)? {
            break carried;
        }
    };
    target.finish(domain)?;
    carried.domain = domain.to_owned();
    Ok(carried)
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
        self.lines(mark, last, told)?;
        self.rows(told)?;
        self.facts(&|_| false)?;
        let room = to.room()?;
        self.records(mark, &room, told)?;
        self.prove(master, &room, told)
    }
}

/// Where a town is carried from.
struct Source {
    link: Link,
    domain: String,
    founding: uuid::Uuid,
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

    /// Notes that the town is elsewhere now, unless somebody wrote to it since it was carried.
    fn leave(&self, domain: &str, carried: &Carried, to: &Home) -> Result<bool, Error> {
        self.link.begin()?;
        if !self.link.is_sqlite() {
            journal::lock_head(&self.link, domain)?;
        }
        if journal::head(&self.link, domain)?.seq != carried.entries {
            self.link.rollback()?;
            return Ok(false);
        }
        mark::set_moved(&self.link, domain, &ends::named(to))?;
        // A node that still serves it can't write any more: the end is not where it believes.
        schema::set_meta(&self.link, domain, "head", "")?;
        self.link.commit()?;
        Ok(true)
    }
}

/// Removes a town that was being carried to a home and never arrived; its name.
pub fn abandon(home: &Home) -> Result<String, Error> {
    let target = Target::open(home)?;
    let (domain, _) =
        mark::facts_of(&target.link, home.domain.as_deref())?.ok_or(Error::Empty)?;
    if Mark::of(&target.link, &domain)?.is_none() {
        return Err(Error::Carry(format!(
            "{domain} is whole there; only what was not finished is removed"
        )));
    }
    super::remove_town(&target.link, &domain)?;
    Ok(domain)
}
