use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::figures::{Goal, Sheet, percentile, ratios};
use super::http::Connection;
use super::load::{Load, Sign, check, press, runtime, sequences};
use super::machine::{Machine, Scratch, processor_seconds};
use super::matters::Reports;
use super::serving::{Serving, Town, places};
use super::sqlite;

/// What acknowledges a report.
pub(super) const DONE: Sign = Sign(r#""outcome":"done""#);
const OK: Sign = Sign(r#""ok":true"#);
/// Rows a transaction where SQLite is measured grouped.
const GROUP: usize = 256;

/// Durable reports of 1 KB a second, one a request.
#[derive(Debug, clap::Args)]
pub(super) struct Ingest {
    /// Seconds that each series of a run lasts.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Runs; each measures everything once, one after the other.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Connections that stay open, each with one request under way.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1024))]
    connections: u32,
}

/// Durable commands a second in posts of many.
#[derive(Debug, clap::Args)]
pub(super) struct Batch {
    /// Seconds that each run lasts.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Runs.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Commands in one post.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=500))]
    commands: u32,
}

/// What one series of posts to a town came to.
struct Pressed {
    load: Load,
    /// Processor microseconds of the server a report.
    processor_us: f64,
    /// Entries that the journal gained.
    entries: u64,
}

impl Ingest {
    /// Measures the bare endpoint, ours, and SQLite in turn, as often as there are runs.
    pub fn run(&self, scratch: &Scratch) -> Result<Sheet> {
        let period = Duration::from_secs_f64(self.seconds);
        let connections = self.connections as usize;
        let mut sheet = Sheet::new("ingest", Machine::here(scratch.path()));
        let places = places()?;
        let runtime = runtime()?;
        let bare = Serving::bare(scratch)?;
        let host = bare.address.to_string();
        let plain = |seed| Reports::new(&host, "/report", None, 1, places.clone(), seed);
        let (mut theirs, mut ours, mut row, mut group) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut their_cpu, mut our_cpu, mut half, mut most) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut acknowledged, mut kept) = (0, 0);
        for _ in 0..self.runs {
            let posts = (1..=connections as u64).map(plain).collect();
            let before = processor_seconds(bare.pid())?;
            let load = runtime.block_on(press(bare.address, posts, OK, period))?;
            theirs.push(load.rate);
            their_cpu.push(
                (processor_seconds(bare.pid())? - before) * 1e6 / load.acknowledged.max(1) as f64,
            );

            let pressed = press_town(scratch, connections, 1, &places, period)?;
            ours.push(pressed.load.rate);
            our_cpu.push(pressed.processor_us);
            half.push(f64::from(percentile(&pressed.load.delays_us, 0.5)) / 1000.0);
            most.push(f64::from(percentile(&pressed.load.delays_us, 0.99)) / 1000.0);
            acknowledged += pressed.load.acknowledged;
            kept += pressed.entries;

            for (batch, rates) in [(1, &mut row), (GROUP, &mut group)] {
                let folder = scratch.fresh()?;
                rates.push(sqlite::rows_a_second(
                    folder.path(),
                    &mut plain(7),
                    batch,
                    period,
                )?);
            }
        }
        sheet.add("gewang: durable reports", "1/s", &ours);
        sheet.add("bare endpoint: requests", "1/s", &theirs);
        sheet.add_with_goal(
            "gewang / bare endpoint",
            "",
            &ratios(&ours, &theirs),
            Goal::AtLeast(0.4),
        );
        sheet.add("SQLite, a row a transaction: rows", "1/s", &row);
        sheet.add_with_goal(
            "gewang / SQLite a row",
            "",
            &ratios(&ours, &row),
            Goal::AtLeast(2.5),
        );
        sheet.add(
            format!("SQLite, {GROUP} rows a transaction: rows"),
            "1/s",
            &group,
        );
        sheet.add("gewang: processor time a report", "µs", &our_cpu);
        sheet.add("bare endpoint: processor time a request", "µs", &their_cpu);
        sheet.add("gewang: delay of half the reports, at most", "ms", &half);
        sheet.add("gewang: delay of 99 % of the reports, at most", "ms", &most);
        add_counts(&mut sheet, acknowledged, kept)?;
        Ok(sheet)
    }
}

impl Batch {
    /// Measures posts on one connection, then on four.
    pub fn run(&self, scratch: &Scratch) -> Result<Sheet> {
        let period = Duration::from_secs_f64(self.seconds);
        let commands = self.commands as usize;
        let mut sheet = Sheet::new("batch", Machine::here(scratch.path()));
        let places = places()?;
        let (mut one, mut four, mut half, mut cpu) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut acknowledged, mut kept) = (0, 0);
        for _ in 0..self.runs {
            for (connections, rates) in [(1, &mut one), (4, &mut four)] {
                let pressed = press_town(scratch, connections, commands, &places, period)?;
                rates.push(pressed.load.rate);
                if connections == 1 {
                    half.push(f64::from(percentile(&pressed.load.delays_us, 0.5)) / 1000.0);
                    cpu.push(pressed.processor_us);
                }
                acknowledged += pressed.load.acknowledged;
                kept += pressed.entries;
            }
        }
        let posts = format!("posts of {commands}");
        let goal = Goal::AtLeast(40_000.0);
        sheet.add_with_goal(
            format!("{posts}, one at a time: durable commands"),
            "1/s",
            &one,
            goal,
        );
        sheet.add(
            format!("{posts}, four at a time: durable commands"),
            "1/s",
            &four,
        );
        sheet.add(
            format!("{posts}, one at a time: delay of half of them, at most"),
            "ms",
            &half,
        );
        sheet.add("processor time a command", "µs", &cpu);
        add_counts(&mut sheet, acknowledged, kept)?;
        Ok(sheet)
    }
}

/// Founds a town, posts to it, ends it without warning and proves its journal.
fn press_town(
    scratch: &Scratch,
    connections: usize,
    count: usize,
    places: &Arc<[[f64; 2]]>,
    period: Duration,
) -> Result<Pressed> {
    let town = Town::found(scratch)?;
    let runtime = runtime()?;
    let before = runtime.block_on(first(&town, places))?;
    let posts = (1..=connections as u64)
        .map(|seed| town.reports(count, places, seed))
        .collect();
    let pid = town.serving.pid();
    let used = processor_seconds(pid)?;
    let load = runtime.block_on(press(town.serving.address, posts, DONE, period))?;
    let processor_us = (processor_seconds(pid)? - used) * 1e6 / load.acknowledged.max(1) as f64;
    let entries = town.prove()?.saturating_sub(before);
    Ok(Pressed {
        load,
        processor_us,
        entries,
    })
}

/// Posts one report; gives its sequence number, from which what follows is counted.
async fn first(town: &Town, places: &Arc<[[f64; 2]]>) -> Result<u64> {
    let mut connection = Connection::open(town.serving.address).await?;
    let answer = connection.send(town.reports(1, places, 0).next()).await?;
    check(answer.status, answer.body, DONE, 1)?;
    sequences(answer.body)?
        .first()
        .copied()
        .context("a report has a sequence number")
}

/// What was acknowledged must be in the journal: a server that forgets is not to look fast.
fn add_counts(sheet: &mut Sheet, acknowledged: u64, kept: u64) -> Result<()> {
    ensure!(
        kept >= acknowledged,
        "{acknowledged} reports were acknowledged and {kept} are in the journal"
    );
    sheet.add("reports acknowledged, all runs", "", &[acknowledged as f64]);
    sheet.add(
        "entries in the proved journals, after kill -9",
        "",
        &[kept as f64],
    );
    Ok(())
}
