use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use super::seq;
use crate::{Error, lease, schema};

/// So long a node is taken for alive after it said so.
const ALIVE: SignedDuration = SignedDuration::from_secs(15);
/// How often it says so.
const SAID: Duration = Duration::from_secs(5);

/// Says that this node is there, and looks for others of the same town and for the noted head: whoever is alone needs to tell
/// nobody what it writes. (Each notification wakes every listening connection of a database, whatever channel it listens to.)
pub(super) struct Presence<'a> {
    client: &'a Client,
    domain: &'a str,
    name: String,
    node: Uuid,
    said: Option<Instant>,
    look: Statement,
    /// Whether others are there, as of the last look.
    accompanied: bool,
}

impl<'a> Presence<'a> {
    pub async fn new(client: &'a Client, domain: &'a str, node: Uuid) -> Result<Self, Error> {
        // Nothing that is told here must outlive a crash.
        client.batch_execute("SET synchronous_commit = off").await?;
        let look =
            "SELECT name, value FROM meta WHERE domain = $1 AND (name = 'head' OR name LIKE $2)";
        Ok(Presence {
            client,
            domain,
            name: format!("{}{node}", lease::NODE),
            node,
            said: None,
            look: client.prepare(look).await?,
            accompanied: false,
        })
    }

    /// Whether other nodes of the town were there at the last look.
    pub fn is_accompanied(&self) -> bool {
        self.accompanied
    }

    /// Up to which entry the journal is noted.
    pub async fn look(&mut self) -> Result<u64, Error> {
        let now = Timestamp::now();
        if self.said.is_none_or(|said| said.elapsed() >= SAID) {
            self.say(now + ALIVE).await?;
        }
        let like = format!("{}%", lease::NODE);
        let (mut head, mut others) = (0, false);
        for row in self
            .client
            .query(&self.look, &[&self.domain, &like])
            .await?
        {
            let (name, value): (String, String) = (row.get(0), row.get(1));
            if name == "head" {
                head = seq(&value).unwrap_or(0);
            } else if name != self.name {
                match lease::parse(&value) {
                    Some((_, until)) if until > now => others = true,
                    _ => self.forget(&name).await?,
                }
            }
        }
        self.accompanied = others;
        Ok(head)
    }

    async fn say(&mut self, until: Timestamp) -> Result<(), Error> {
        let value = lease::text(self.node, until);
        self.client
            .execute(schema::SET_META, &[&self.domain, &self.name, &value])
            .await?;
        self.said = Some(Instant::now());
        Ok(())
    }

    /// This node goes.
    pub async fn leave(&self) -> Result<(), Error> {
        self.forget(&self.name).await
    }

    async fn forget(&self, name: &str) -> Result<(), Error> {
        let forgotten = "DELETE FROM meta WHERE domain = $1 AND name = $2";
        self.client
            .execute(forgotten, &[&self.domain, &name])
            .await?;
        Ok(())
    }
}
