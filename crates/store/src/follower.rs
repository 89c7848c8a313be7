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

use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::MissedTickBehavior,
};
use tokio_postgres::{AsyncMessage, Config};
use uuid::Uuid;

use crate::{
    Database, Error,
    link::{self, Carrying},
    post::Sheet,
    runtime,
    shared::Shared,
};

mod nats;
mod presence;

use nats::Nats;
use presence::Presence;

/// How often the noted head is looked at, whatever is notified.
const EVERY: Duration = Duration::from_millis(500);
/// So long after a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// So long is waited for a node to say that it goes; who goes without a word is missed later.
const LEAVING: Duration = Duration::from_secs(2);

/// Tells other nodes what this one writes, and the scribe what they do.
pub(crate) struct Follower {
    task: Option<JoinHandle<()>>,
    stop: Arc<Notify>,
}

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
        let stop = Arc::new(Notify::new());
        let ears = Ears {
            shared: shared.clone(),
            sheets: sheets.clone(),
            node: Uuid::now_v7(),
            stop: stop.clone(),
        };
        let task = runtime::handle()?.spawn(async move {
            loop {
                match ears.listen(&config).await {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(%error, "other nodes are not heard"),
                }
                tokio::select! {
                    () = ears.stop.notified() => return,
                    () = tokio::time::sleep(AGAIN) => {}
                }
            }
        });
        Ok(Some(Follower {
            task: Some(task),
            stop,
        }))
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.stop.notify_one();
        let Some(mut task) = self.task.take() else {
            return;
        };
        let left = runtime::wait_for(async { tokio::time::timeout(LEAVING, &mut task).await });
        if !matches!(left, Ok(Ok(_))) {
            task.abort();
        }
    }
}

struct Ears {
    shared: Arc<Shared>,
    sheets: SyncSender<Sheet>,
    node: Uuid,
    stop: Arc<Notify>,
}

impl Ears {
    /// Until it stops.
    async fn listen(&self, config: &Config) -> Result<(), Error> {
        let (client, carrying) = link::join(config).await?;
        let (hints, mut heard) = mpsc::channel(64);
        tokio::spawn(carry(carrying, hints.clone()));
        let domain = &*self.shared.domain;
        // A name that any domain can have.
        let channel = format!("gewang_{}", &blake3::hash(domain.as_bytes()).to_hex()[..16]);
        let nats = match &self.shared.home.nats {
            Some(address) => Some(Nats::join(address, &channel, hints).await?),
            None => None,
        };
        let mut presence = Presence::new(&client, domain, self.node).await?;
        let mut listening = false;
        let mut news = self.shared.news.subscribe();
        let mut clock = tokio::time::interval(EVERY);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.stop.notified() => return presence.leave().await,
                Some(seq) = heard.recv() => self.tell(seq),
                _ = news.changed() => {
                    let seq = *news.borrow_and_update();
                    match &nats {
                        Some(nats) => nats.tell(seq).await?,
                        None if presence.is_accompanied() => {
                            client.batch_execute(&format!("NOTIFY {channel}, '{seq}'")).await?;
                        }
                        None => {}
                    }
                }
                _ = clock.tick() => {
                    self.tell(presence.look().await?);
                    let listens = nats.is_none() && presence.is_accompanied();
                    if listens != listening {
                        let verb = if listens { "LISTEN" } else { "UNLISTEN" };
                        client.batch_execute(&format!("{verb} {channel}")).await?;
                        listening = listens;
                    }
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
async fn carry(mut carrying: Carrying, hints: mpsc::Sender<u64>) {
    while let Some(message) = poll_fn(|context| carrying.poll_message(context)).await {
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
