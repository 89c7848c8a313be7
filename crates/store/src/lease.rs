use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    Error, Store,
    link::{Link, given},
    schema,
};

impl Store {
    /// Whether a node may do, until `now + span`, what only one of all nodes does at a time. Who holds a lease may have it
    /// again; who died loses it when it ends. Where the database is a file there is one node, and it may.
    ///
    /// Clocks differ: a lease keeps nodes from doing the same work twice, what must not happen twice is kept by the journal.
    pub async fn lease(
        &self,
        work: &str,
        node: Uuid,
        now: Timestamp,
        span: SignedDuration,
    ) -> Result<bool, Error> {
        if self.home().is_sqlite() {
            return Ok(true);
        }
        let name = format!("{PREFIX}{work}");
        self.write(move |link, domain| {
            let held = schema::meta(link, domain, &name)?;
            if let Some((holder, until)) = held.as_deref().and_then(parse)
                && holder != node
                && until > now
            {
                return Ok(false);
            }
            schema::set_meta(link, domain, &name, &text(node, now + span))?;
            Ok(true)
        })
        .await
    }
}

/// Until when the leases of a domain last that a node holds now: the last of them.
pub(crate) fn held(link: &Link, domain: &str, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let leases: Vec<(String, String)> = link.all(
        "SELECT name, value FROM meta WHERE domain = $1",
        &given![domain],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let held = leases
        .iter()
        .filter(|(name, _)| name.starts_with(PREFIX))
        .filter_map(|(_, lease)| parse(lease));
    Ok(held
        .map(|(_, until)| until)
        .filter(|until| *until > now)
        .max())
}

/// Facts whose names begin so belong to the nodes, not to the town.
pub(crate) const PREFIX: &str = "lease ";
/// And these say which nodes are there.
pub(crate) const NODE: &str = "lease node ";

pub(crate) fn text(node: Uuid, until: Timestamp) -> String {
    format!("{node} {}", until.as_microsecond())
}

pub(crate) fn parse(lease: &str) -> Option<(Uuid, Timestamp)> {
    let (node, until) = lease.split_once(' ')?;
    let until = Timestamp::from_microsecond(until.parse().ok()?).ok()?;
    Some((node.parse().ok()?, until))
}
