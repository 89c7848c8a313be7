//! The live stream: entries as they happen, to whoever may see them.
//!
//! Every stream reads the store's broadcast at its own pace. One that falls behind by more than the store keeps is told
//! where to resume and is cut off: a slow reader costs its own stream and nothing else. Entries are serialised once for
//! all streams, and those of ten milliseconds go out in one write.

use std::fmt::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gewang_engine::Actor;
use gewang_store::{Batch, LiveEntry};
use hyper::body::Frame;
use serde::Deserialize;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{OwnedSemaphorePermit, broadcast, mpsc, watch};
use tokio::time::Instant;
use utoipa::IntoParams;

use crate::app::App;
use crate::body::{Query, bad_parameter};
use crate::caller::Caller;
use crate::clock;
use crate::problem::{Outcome, Problem, ProblemBody};
use crate::running::wait_for;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Entries read at once while catching up.
const PAGE: usize = 500;
/// Entries behind the journal's end from which a client does better to read the records anew.
const FURTHEST: u64 = 100_000;
/// Between two writes to a busy stream: what happens in between goes out together, since each write costs the system as
/// much as a hundred entries cost us. A quiet stream writes at once.
const GATHER: Duration = Duration::from_millis(10);
/// Bytes gathered for one write; a write holds at least one entry.
const WRITE_BYTES: usize = 64 << 10;
/// Writes that wait for the reader, besides the one that is being handed over.
const WRITES: usize = 2;

/// Where to begin.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Begin after this sequence number. `Last-Event-ID` goes before it. Without either the stream begins now.
    since: Option<u64>,
}

/// Entries as they happen.
///
/// Server-sent events. First `hello` with `{"time", "head"}`: the server's clock and the journal's last sequence
/// number. Then `entry` with `{"seq", "entry", "record"}` for each entry that the caller may see; its `id` is the
/// sequence number, so that a browser resumes by itself with `Last-Event-ID`. A comment every 15 s shows that the line
/// is alive.
///
/// A reader that is too slow gets `resume` with `{"since"}` and is cut off: it asks again from there; so does one whose
/// stream ends without a word, from the last `id` it read. What lies too far
/// back is answered 409 `too_far_behind`: read the records anew, then follow from `head`.
#[utoipa::path(
    get, path = "/api/v1/live", tag = "live", operation_id = "live",
    security(("cookie" = []), ("token" = []), ("follow" = [])),
    params(Asked, ("Last-Event-ID" = Option<u64>, Header, description = "The last sequence number that was read")),
    responses(
        (status = 200, body = String, content_type = "text/event-stream", description = "Events until either side ends it"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`too_far_behind`"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json", description = "`too_many_streams`"),
    )
)]
pub(crate) async fn live(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Outcome<Response> {
    if caller.actor == Actor::Public {
        return Err(crate::caller::sign_in());
    }
    let last = match headers
        .get(LAST_EVENT_ID)
        .map(|value| value.to_str().unwrap_or("?").trim().parse::<u64>())
    {
        Some(Ok(last)) => Some(last),
        Some(Err(_)) => {
            return Err(bad_parameter(
                "Last-Event-ID",
                "应为流水号",
                "is a sequence number",
            ));
        }
        None => asked.since,
    };
    let permit = app.streams.clone().try_acquire_owned().map_err(|_| {
        let most = app.options.limits.live_streams;
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_streams",
            format!("实时连接太多（最多 {most} 个），请稍后再连。"),
            format!("There are {most} live streams already, which is the most: try again later."),
        )
        .retry_after(30)
    })?;
    // Subscribed before the end is looked up: what happens in between is then in both, and told once.
    let batches = app.store.subscribe();
    let head = match last {
        // Another node may have told it already.
        Some(last) => app.store.reach(last).await?,
        None => app.store.head(),
    };
    let since = last.unwrap_or(head);
    if since > head || head - since > FURTHEST {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "too_far_behind",
            format!("这个流水号不在最近 {FURTHEST} 条之内，请重新读取记录，再从 {head} 起接收。"),
            format!(
                "That sequence number is not among the last {FURTHEST}: read the records anew, then follow from {head}."
            ),
        ));
    }
    let (events, receiver) = mpsc::channel(WRITES);
    let stopped = app.stopped();
    let (actor, session, token) = (caller.actor, caller.session, caller.token);
    let mut stream = Stream {
        app,
        actor,
        session,
        token,
        events,
        text: String::new(),
        since,
        stopped,
        _permit: permit,
    };
    tokio::spawn(async move { stream.run(batches, head).await });
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream; charset=utf-8"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store, no-transform"),
        ),
        (
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    Ok((headers, Body::new(Events(receiver))).into_response())
}

/// What still has to be sent, as a body.
pub(crate) struct Events(pub mpsc::Receiver<Bytes>);

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0
            .poll_recv(context)
            .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

struct Stream {
    app: Arc<App>,
    actor: Actor,
    session: Option<[u8; 32]>,
    token: Option<[u8; 32]>,
    events: mpsc::Sender<Bytes>,
    /// What was gathered for the next write.
    text: String,
    /// The last sequence number that was told, or that the reader may not see.
    since: u64,
    /// Becomes true when the server stops.
    stopped: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
}

/// Whether the store had already let go of batches that were not read yet.
enum Missed {
    None,
    Some,
}

/// The reader went away, or does not read.
struct Gone;

impl Stream {
    async fn run(&mut self, batches: broadcast::Receiver<Arc<Batch>>, head: u64) {
        // Whatever ends it, the reader resumes with the last id it got.
        let _ = self.tell(batches, head).await;
    }

    async fn tell(
        &mut self,
        mut batches: broadcast::Receiver<Arc<Batch>>,
        head: u64,
    ) -> Result<(), Gone> {
        let hello = format!(
            "retry: 2000\nevent: hello\ndata: {{\"time\":\"{}\",\"head\":{head}}}\n\n",
            clock::now()
        );
        self.send(hello).await?;
        self.catch_up(head).await?;
        let mut stopped = self.stopped.clone();
        let every = Duration::from_secs(self.app.options.limits.live_heartbeat_seconds.max(1));
        let mut heartbeat = tokio::time::interval_at(Instant::now() + every, every);
        let most = self.app.options.limits.live_backlog;
        let mut wrote = Instant::now();
        loop {
            tokio::select! {
                () = wait_for(&mut stopped) => return Ok(()),
                () = self.events.closed() => return Err(Gone),
                _ = heartbeat.tick() => {
                    self.still_welcome().await?;
                    self.send(": alive\n\n".to_owned()).await?;
                }
                batch = batches.recv() => {
                    let batch = match batch {
                        Ok(_) if batches.len() > most => return self.resume_later().await,
                        Ok(batch) => batch,
                        Err(RecvError::Lagged(_)) => return self.resume_later().await,
                        Err(RecvError::Closed) => return Ok(()),
                    };
                    tokio::time::sleep_until(wrote + GATHER).await;
                    if let Missed::Some = self.send_waiting(batch, &mut batches).await? {
                        return self.resume_later().await;
                    }
                    wrote = Instant::now();
                }
            }
        }
    }

    /// Sends a batch and whatever has come after it.
    async fn send_waiting(
        &mut self,
        batch: Arc<Batch>,
        batches: &mut broadcast::Receiver<Arc<Batch>>,
    ) -> Result<Missed, Gone> {
        self.gather(&batch.entries).await?;
        let mut missed = Missed::None;
        // No more than there is now: a town that never rests must not keep the heartbeat away.
        for _ in 0..batches.len() {
            match batches.try_recv() {
                Ok(batch) => self.gather(&batch.entries).await?,
                Err(TryRecvError::Lagged(_)) => {
                    missed = Missed::Some;
                    break;
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        self.flush().await?;
        Ok(missed)
    }

    /// Sends what lies between where the reader was and the end, from the store.
    async fn catch_up(&mut self, head: u64) -> Result<(), Gone> {
        while self.since < head {
            let since = self.since;
            let read = self
                .app
                .store
                .read(move |reader| reader.live_since(since, PAGE))
                .await;
            let Ok(entries) = read else {
                return self.resume_later().await.and(Err(Gone));
            };
            if entries.is_empty() {
                return Ok(());
            }
            self.gather(&entries).await?;
            self.flush().await?;
            self.still_welcome().await?;
        }
        Ok(())
    }

    /// Gathers the entries that the reader may see and was not told yet; what is enough for a write goes out.
    async fn gather(&mut self, entries: &[Arc<LiveEntry>]) -> Result<(), Gone> {
        let engine = self.app.engine();
        let now = clock::now();
        let since = self.since;
        for entry in entries.iter().filter(|entry| entry.seq > since) {
            if engine.visible(&self.actor, &entry.record, now) {
                let json = entry.json();
                if !self.text.is_empty() && self.text.len() + json.len() > WRITE_BYTES {
                    self.flush().await?;
                }
                let _ = write!(
                    self.text,
                    "id: {}\nevent: entry\ndata: {json}\n\n",
                    entry.seq
                );
            }
        }
        self.since = entries
            .last()
            .map_or(self.since, |entry| entry.seq.max(self.since));
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        if self.text.is_empty() {
            return Ok(());
        }
        let text = std::mem::take(&mut self.text);
        self.send(text).await
    }

    /// A stream lives no longer than the session or the token that opened it, nor than the account and the person's
    /// office.
    async fn still_welcome(&self) -> Result<(), Gone> {
        if let Actor::Person(person) = &self.actor
            && !self
                .app
                .engine()
                .roster()
                .person(*person)
                .is_some_and(|person| person.active)
        {
            return Err(Gone);
        }
        let (session, token) = (self.session, self.token);
        if session.is_none() && token.is_none() {
            return Ok(());
        }
        let now = clock::now();
        let demo = token.and_then(|hash| self.app.demo.account(&hash).map(str::to_owned));
        let welcome = self.app.store.read(move |reader| {
            let account = match (session, token) {
                _ if demo.is_some() => demo,
                (Some(hash), _) => reader
                    .session(&hash)?
                    .filter(|session| session.expires > now)
                    .map(|session| session.account),
                (None, Some(hash)) => reader
                    .token(&hash)?
                    .filter(|token| token.expires.is_none_or(|expires| expires > now))
                    .map(|token| token.account),
                (None, None) => None,
            };
            match account {
                Some(account) => Ok(reader
                    .account(&account)?
                    .is_some_and(|account| !account.disabled)),
                None => Ok(false),
            }
        });
        match welcome.await {
            Ok(true) => Ok(()),
            _ => Err(Gone),
        }
    }

    async fn resume_later(&self) -> Result<(), Gone> {
        self.send(format!(
            "event: resume\ndata: {{\"since\":{}}}\n\n",
            self.since
        ))
        .await
    }

    async fn send(&self, events: String) -> Result<(), Gone> {
        let mut stopped = self.stopped.clone();
        let stuck = Duration::from_secs(self.app.options.limits.stuck_seconds.max(1));
        tokio::select! {
            biased;
            sent = self.events.send(Bytes::from(events)) => sent.map_err(|_| Gone),
            () = tokio::time::sleep(stuck) => Err(Gone),
            () = wait_for(&mut stopped) => Err(Gone),
        }
    }
}
