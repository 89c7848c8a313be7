//! How a node hears of what others write. A notification is a hint that may be lost; the truth is the noted head, which is
//! looked at every so often.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{SyncSender, TrySendError},
    },
    time::Duration,
};

use tokio::{sync::mpsc, task::JoinHandle, time::MissedTickBehavior};
use tokio_postgres::{AsyncMessage, Config, Connection, NoTls, Socket, tls::NoTlsStream};

use crate::{Database, Error, link, post::Sheet, runtime, shared::Shared};

/// How often the noted head is looked at, whatever is notified.
const EVERY: Duration = Duration::from_millis(500);
/// So long after a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Tells other nodes what this one writes, and the scribe what they do.
pub(crate) struct Follower(JoinHandle<()>);

impl Follower {
    /// Where the database is a file there is nobody to follow.
    pub fn start(
        shared: &Arc<Shared>,
        sheets: &SyncSender<Sheet>,
    ) -> Result<Option<Follower>, Error> {
        let Database::Postgres(address) = &shared.home.database else {
            return Ok(None);
        };
        let config = link::config(address)?;
        let ears = Ears {
            shared: shared.clone(),
            sheets: sheets.clone(),
        };
        let task = runtime::handle()?.spawn(async move {
            loop {
                if let Err(error) = ears.listen(&config).await {
                    tracing::warn!(%error, "other nodes are not heard");
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
        Ok(Some(Follower(task)))
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Ears {
    shared: Arc<Shared>,
    sheets: SyncSender<Sheet>,
}

impl Ears {
    /// Until the connection is lost.
    async fn listen(&self, config: &Config) -> Result<(), tokio_postgres::Error> {
        let (client, connection) = config.connect(NoTls).await?;
        let (hints, mut heard) = mpsc::channel(64);
        tokio::spawn(carry(connection, hints));
        let domain = &*self.shared.domain;
        // A name that any domain can have.
        let channel = format!("gewang_{}", &blake3::hash(domain.as_bytes()).to_hex()[..16]);
        client.batch_execute(&format!("LISTEN {channel}")).await?;
        let noted = "SELECT value FROM meta WHERE domain = $1 AND name = 'head'";
        let noted = client.prepare(noted).await?;
        let mut news = self.shared.news.subscribe();
        let mut clock = tokio::time::interval(EVERY);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                hint = heard.recv() => match hint {
                    Some(seq) => self.tell(seq),
                    None => return Ok(()),
                },
                _ = news.changed() => {
                    let seq = *news.borrow_and_update();
                    client.batch_execute(&format!("NOTIFY {channel}, '{seq}'")).await?;
                }
                _ = clock.tick() => {
                    let row = client.query_opt(&noted, &[&domain]).await?;
                    let head: Option<String> = row.map(|row| row.get(0));
                    self.tell(head.as_deref().and_then(seq).unwrap_or(0));
                }
            }
        }
    }

    /// Some node wrote up to this entry.
    fn tell(&self, seq: u64) {
        if seq > self.shared.head.load(Ordering::Acquire)
            && let Err(TrySendError::Full(_)) = self.sheets.try_send(Sheet::Follow)
        {
            // A scribe with that much to do finds out by itself.
            tracing::debug!(seq, "the scribe is busy");
        }
    }
}

/// The sequence number at the beginning of a text.
fn seq(text: &str) -> Option<u64> {
    text.split(':').next()?.parse().ok()
}

/// Carries the bytes of a connection, and what is notified.
async fn carry(mut connection: Connection<Socket, NoTlsStream>, hints: mpsc::Sender<u64>) {
    while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
        match message {
            Ok(AsyncMessage::Notification(notification)) => {
                if let Some(seq) = seq(notification.payload()) {
                    // One that is lost is made up for by the next look.
                    let _ = hints.try_send(seq);
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the connection on which other nodes are heard was lost");
                return;
            }
        }
    }
}
