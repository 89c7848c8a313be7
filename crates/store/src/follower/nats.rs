use async_nats::{Client, ConnectOptions};
use futures_util::StreamExt;
use tokio::{sync::mpsc, task::JoinHandle};

use super::seq;
use crate::Error;

/// Hints by way of a NATS server, where so many nodes listen that a database should not tell them all, or the database is
/// distributed and tells only those that are connected to the same part of it.
pub(super) struct Nats {
    client: Client,
    subject: String,
    hearing: JoinHandle<()>,
}

impl Nats {
    /// Joins those who hear of this channel. A server that goes away is looked for by the client itself.
    pub async fn join(
        address: &str,
        channel: &str,
        hints: mpsc::Sender<u64>,
    ) -> Result<Nats, Error> {
        // One that cannot be reached yet is looked for too, while the noted head is looked at.
        let options = ConnectOptions::new()
            .name("gewang")
            .retry_on_initial_connect();
        let client = options.connect(address).await.map_err(lost)?;
        let subject = format!("gewang.{channel}");
        let mut heard = client.subscribe(subject.clone()).await.map_err(lost)?;
        let hearing = tokio::spawn(async move {
            while let Some(message) = heard.next().await {
                let hint = std::str::from_utf8(&message.payload).ok().and_then(seq);
                if let Some(hint) = hint {
                    // One that is lost is made up for by the next look.
                    let _ = hints.try_send(hint);
                }
            }
        });
        Ok(Nats {
            client,
            subject,
            hearing,
        })
    }

    /// Tells the others up to which entry this node wrote.
    pub async fn tell(&self, seq: u64) -> Result<(), Error> {
        let told = self
            .client
            .publish(self.subject.clone(), seq.to_string().into());
        told.await.map_err(lost)
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.hearing.abort();
    }
}

fn lost(error: impl std::fmt::Display) -> Error {
    Error::Again(format!("NATS: {error}"))
}
