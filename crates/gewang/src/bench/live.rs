use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval_at, timeout};

use super::figures::{Goal, Sheet, percentile};
use super::http::{Chunks, Connection};
use super::ingest::DONE;
use super::load::{check, runtime, sequences};
use super::machine::{Machine, Scratch};
use super::matters::Reports;
use super::serving::{Town, places};

/// Connections over which the reports come: enough that one slow answer does not hold up the pace.
const POSTERS: u32 = 25;
/// How long the last event may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The delay from an acknowledgement to the event.
#[derive(Debug, clap::Args)]
pub(super) struct Live {
    /// Seconds that a run lasts.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Runs.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Reports a second, whatever the server takes.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// Open live streams, each of somebody who may see every report.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    listeners: u32,
}

/// Something that happened at a moment, in microseconds since the run began: a report acknowledged, an event seen.
type Seen = (u64, u64);

impl Live {
    /// Posts at a pace while the listeners listen.
    pub fn run(&self, scratch: &Scratch) -> Result<Sheet> {
        let mut sheet = Sheet::new("live", Machine::here(scratch.path()));
        let (mut half, mut most, mut last, mut rates) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut events = 0_usize;
        for _ in 0..self.runs {
            let town = Town::found(scratch)?;
            let (rate, mut delays) = runtime()?.block_on(self.once(&town))?;
            delays.sort_unstable();
            events += delays.len();
            let ms = |share| percentile(&delays, share) as f64 / 1000.0;
            rates.push(rate);
            half.push(ms(0.5));
            most.push(ms(0.99));
            last.push(ms(1.0));
        }
        sheet.add("reports acknowledged", "1/s", &rates);
        sheet.add(
            format!(
                "delay of half the events at {} listeners, at most",
                self.listeners
            ),
            "ms",
            &half,
        );
        sheet.add_with_goal(
            "delay of 99 % of the events, at most",
            "ms",
            &most,
            Goal::AtMost(50.0),
        );
        sheet.add("longest delay", "ms", &last);
        sheet.add("events seen, all runs", "", &[events as f64]);
        Ok(sheet)
    }

    /// The rate that was kept up and, for every report at every listener, the delay in microseconds.
    async fn once(&self, town: &Town) -> Result<(f64, Vec<u64>)> {
        let begun = Instant::now();
        let (end, ended) = watch::channel(None);
        let mut listening = JoinSet::new();
        for _ in 0..self.listeners {
            let stream = listen(town.serving.address, &town.token).await?;
            listening.spawn(hear(stream, begun, ended.clone()));
        }
        drop(ended);
        let mut posting = JoinSet::new();
        let first = tokio::time::Instant::now() + Duration::from_millis(200);
        let until = first + Duration::from_secs_f64(self.seconds);
        let pace = Duration::from_secs_f64(f64::from(POSTERS) / f64::from(self.rate));
        let places = places()?;
        for index in 0..POSTERS {
            let reports = town.reports(1, &places, u64::from(index));
            let connection = Connection::open(town.serving.address).await?;
            let start = first + pace * index / POSTERS;
            posting.spawn(post(connection, reports, begun, start, until, pace));
        }
        let mut acknowledged: Vec<Seen> = Vec::new();
        while let Some(done) = posting.join_next().await {
            acknowledged.extend(done??);
        }
        acknowledged.sort_unstable();
        let (Some(&(lowest, _)), Some(&(highest, _))) = (acknowledged.first(), acknowledged.last())
        else {
            bail!("no report was sent: the run is too short for its pace");
        };
        end.send_replace(Some(highest));
        let mut moments = vec![None; usize::try_from(highest - lowest + 1)?];
        for (seq, moment) in &acknowledged {
            moments[usize::try_from(seq - lowest)?] = Some(*moment);
        }
        let mut delays = Vec::with_capacity(acknowledged.len() * self.listeners as usize);
        while let Some(heard) = listening.join_next().await {
            let before = delays.len();
            for (seq, moment) in heard?? {
                let at = seq
                    .checked_sub(lowest)
                    .and_then(|at| usize::try_from(at).ok());
                let known = at.and_then(|at| moments.get(at).copied().flatten());
                // An event may overtake the acknowledgement, since both leave after the commit: no delay then.
                delays.extend(known.map(|acknowledged: u64| moment.saturating_sub(acknowledged)));
            }
            let missed = acknowledged.len() - (delays.len() - before).min(acknowledged.len());
            ensure!(
                missed == 0,
                "a listener missed {missed} of {} reports",
                acknowledged.len()
            );
        }
        Ok((acknowledged.len() as f64 / self.seconds, delays))
    }
}

/// Opens a live stream.
async fn listen(address: SocketAddr, token: &str) -> Result<Chunks> {
    let request = format!(
        "GET /api/v1/live HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Accept: text/event-stream\r\n\r\n"
    );
    Connection::open(address)
        .await?
        .stream(request.as_bytes())
        .await
}

/// Reads events until the one that is named has come; gives the sequence number and the moment of each.
async fn hear(
    mut stream: Chunks,
    begun: Instant,
    mut end: watch::Receiver<Option<u64>>,
) -> Result<Vec<Seen>> {
    let (mut heard, mut text): (Vec<Seen>, Vec<u8>) = (Vec::new(), Vec::new());
    loop {
        let last = *end.borrow_and_update();
        if last.is_some_and(|last| heard.last().is_some_and(|(seq, _)| *seq >= last)) {
            return Ok(heard);
        }
        let patience = if last.is_some() {
            PATIENCE
        } else {
            Duration::from_secs(3600)
        };
        tokio::select! {
            more = timeout(patience, stream.read(&mut text)) => {
                let more = more.context("the last events did not come")??;
                ensure!(more, "a listener was cut off: {}", String::from_utf8_lossy(&text));
            }
            changed = end.changed() => changed.context("the run broke off")?,
        }
        let moment = u64::try_from(begun.elapsed().as_micros())?;
        let whole = text
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        for line in text[..whole].split(|byte| *byte == b'\n') {
            let Some(id) = line.strip_prefix(b"id:") else {
                continue;
            };
            let seq = std::str::from_utf8(id)?
                .trim()
                .parse()
                .context("an event's id is no sequence number")?;
            heard.push((seq, moment));
        }
        text.drain(..whole);
    }
}

/// Sends reports at a pace; gives the sequence number and the moment of each acknowledgement.
async fn post(
    mut connection: Connection,
    mut reports: Reports,
    begun: Instant,
    start: tokio::time::Instant,
    until: tokio::time::Instant,
    pace: Duration,
) -> Result<Vec<Seen>> {
    let mut acknowledged = Vec::new();
    let mut ticks = interval_at(start, pace);
    // A report that could not be sent in time is sent late and not left out: the pace is what is asked of the server.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while ticks.tick().await < until {
        let answer = connection.send(reports.next()).await?;
        let moment = u64::try_from(begun.elapsed().as_micros())?;
        check(answer.status, answer.body, DONE, 1)?;
        acknowledged.extend(sequences(answer.body)?.into_iter().map(|seq| (seq, moment)));
    }
    Ok(acknowledged)
}
