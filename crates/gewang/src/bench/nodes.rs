use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use gewang_store::Home;
use uuid::Uuid;

use super::figures::{Goal, Sheet, percentile};
use super::inside::Inside;
use super::machine::{Machine, Scratch};
use super::matters::Reports;
use super::serving::places;

/// How long the last event may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// From a node's acknowledgement to the event on another node of the same town, on PostgreSQL.
#[derive(Debug, clap::Args)]
pub(super) struct Bench {
    /// Seconds that a run lasts.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Runs.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Reports a second through the first node.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// Nodes besides the one that writes.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    listeners: u32,
    /// An empty database of a PostgreSQL on this machine: postgres://USER@HOST/DATABASE (`bench/postgres.sh` makes one).
    #[arg(
        long,
        value_name = "URL",
        env = "GEWANG_BENCH_POSTGRES",
        hide_env_values = true
    )]
    postgres: String,
    /// A NATS server by which they tell each other, instead of the database.
    #[arg(long, value_name = "URL")]
    nats: Option<String>,
}

/// Something seen at a moment: a command acknowledged, or its entry.
type Seen = (Uuid, Instant);

impl Bench {
    /// Posts at a pace through one node while the others listen.
    pub fn run(&self, scratch: &Scratch) -> Result<Sheet> {
        let mut sheet = Sheet::new("nodes", Machine::here(scratch.path()));
        let folder = scratch.fresh()?;
        let home = Home {
            nats: self.nats.clone(),
            ..Home::at(&self.postgres, Some(folder.path()))?
        };
        let town = Inside::found(home, "zhoutie", None)?;
        let others = (0..self.listeners)
            .map(|_| town.again())
            .collect::<Result<Vec<_>>>()?;
        // Until they have found each other.
        std::thread::sleep(Duration::from_secs(2));
        let (mut half, mut most, mut last, mut rates) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.runs {
            let (rate, mut delays) = self.once(&town, &others)?;
            delays.sort_unstable();
            rates.push(rate);
            half.push(percentile(&delays, 0.5));
            most.push(percentile(&delays, 0.99));
            last.push(percentile(&delays, 1.0));
        }
        let ms = |delays: &[Duration]| -> Vec<f64> {
            delays
                .iter()
                .map(|delay| delay.as_secs_f64() * 1e3)
                .collect()
        };
        sheet.add("reports acknowledged by one node", "1/s", &rates);
        sheet.add(
            format!(
                "delay of half the events on {} others, at most",
                self.listeners
            ),
            "ms",
            &ms(&half),
        );
        sheet.add_with_goal(
            "delay of 99 % of the events, at most",
            "ms",
            &ms(&most),
            Goal::AtMost(100.0),
        );
        sheet.add("longest delay", "ms", &ms(&last));
        Ok(sheet)
    }

    /// The rate that was kept up and, for every report at every other node, the delay.
    fn once(&self, town: &Inside, others: &[Inside]) -> Result<(f64, Vec<Duration>)> {
        let ended = AtomicBool::new(false);
        let (seen, events) = mpsc::channel::<Seen>();
        let mut reports = Reports::new("", "", None, 1, places()?, 1);
        std::thread::scope(|scope| {
            for other in others {
                let (seen, ended) = (seen.clone(), &ended);
                let mut batches = other.store.subscribe();
                scope.spawn(move || {
                    while !ended.load(Ordering::Relaxed) {
                        match batches.try_recv() {
                            Ok(batch) => {
                                let now = Instant::now();
                                for live in &*batch.entries {
                                    // The bench may have given up.
                                    let _ = seen.send((live.entry.command, now));
                                }
                            }
                            Err(_) => std::thread::sleep(Duration::from_micros(200)),
                        }
                    }
                });
            }
            drop(seen);
            let posted = self.post(town, &mut reports);
            let delays = posted.and_then(|(rate, acknowledged)| {
                Ok((rate, gather(&acknowledged, &events, others.len())?))
            });
            ended.store(true, Ordering::Relaxed);
            delays
        })
    }

    /// One report after another, each at its time.
    fn post(&self, town: &Inside, reports: &mut Reports) -> Result<(f64, HashMap<Uuid, Instant>)> {
        let count = (self.seconds * f64::from(self.rate)) as u32;
        let begun = Instant::now();
        let mut acknowledged = HashMap::new();
        for n in 0..count {
            let at = begun + Duration::from_secs_f64(f64::from(n) / f64::from(self.rate));
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            let (id, text) = reports.next_one();
            let id = id.parse()?;
            town.report(text)?;
            acknowledged.insert(id, Instant::now());
        }
        let rate = f64::from(count) / begun.elapsed().as_secs_f64();
        Ok((rate, acknowledged))
    }
}

/// How long after its acknowledgement each event was seen, by so many; none where it was seen before.
fn gather(
    acknowledged: &HashMap<Uuid, Instant>,
    events: &mpsc::Receiver<Seen>,
    listeners: usize,
) -> Result<Vec<Duration>> {
    let all = acknowledged.len() * listeners;
    let mut delays = Vec::with_capacity(all);
    while delays.len() < all {
        let (command, at) = events
            .recv_timeout(PATIENCE)
            .with_context(|| format!("only {} of {all} events came", delays.len()))?;
        if let Some(answered) = acknowledged.get(&command) {
            delays.push(at.saturating_duration_since(*answered));
        }
    }
    ensure!(events.try_recv().is_err(), "an event came twice");
    Ok(delays)
}
