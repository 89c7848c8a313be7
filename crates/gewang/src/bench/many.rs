use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use gewang_store::{Home, Reader};

use super::figures::{Goal, Sheet, percentile};
use super::inside::{Engines, Inside};
use super::machine::{Machine, Scratch};
use super::matters::Dice;
use super::serving::places;

mod ask;
mod fill;
mod sums;

/// Entries of each record: a report, three notes and its end.
const ENTRIES: u32 = 5;

/// Starts that are timed.
const STARTS: usize = 3;

/// What people ask of a town in which very much has happened.
#[derive(Debug, clap::Args)]
pub(super) struct Bench {
    /// Records; each has five entries. A million take some 8 GB in SQLite and 10 in PostgreSQL.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(10_000..))]
    records: u32,
    /// How often each question is asked, each time of other records, places or words.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..))]
    questions: u32,
    #[command(flatten)]
    engines: Engines,
    /// Rows that GROUP BY counts on PostgreSQL, beside the tallies.
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    grouped: u32,
}

impl Bench {
    /// Fills a town, and asks it when a tenth and when all is there.
    pub fn run(&self, scratch: &Scratch) -> Result<Sheet> {
        let mut sheet = Sheet::new("many", Machine::here(scratch.path()));
        if !self.engines.only_postgres {
            let folder = scratch.fresh()?;
            self.on("SQLite", Home::from(folder.path()), &mut sheet)?;
        }
        if let Some(address) = &self.engines.postgres {
            let folder = scratch.fresh()?;
            let home = Home::at(address, Some(folder.path()))?;
            let town = self.on("PostgreSQL", home, &mut sheet)?;
            sums::beside(&town, address, self.records, self.grouped, &mut sheet)?;
        }
        Ok(sheet)
    }

    fn on(&self, engine: &str, home: Home, sheet: &mut Sheet) -> Result<Inside> {
        let mut filling = fill::Filling::begin(home, self.records, places()?)?;
        let mut rates = Vec::new();
        for all in [self.records / 10, self.records] {
            let (before, begun) = (filling.filled(), Instant::now());
            filling.up_to(all)?;
            let entries = f64::from((filling.filled() - before) * ENTRIES);
            rates.push(entries / begun.elapsed().as_secs_f64());
            self.ask(engine, &filling, sheet)?;
        }
        sheet.add(format!("{engine}: entries written"), "1/s", &rates);
        let Inside { home, .. } = filling.end();
        let (mut starts, mut started) = (Vec::new(), None);
        for _ in 0..STARTS {
            drop(started.take());
            let begun = Instant::now();
            started = Some(Inside::open(home.clone())?);
            starts.push(begun.elapsed().as_secs_f64());
        }
        sheet.add_with_goal(
            format!("{engine}: start with all of them"),
            "s",
            &starts,
            Goal::AtMost(1.0),
        );
        started.context("nothing was started")
    }

    /// Asks every question so often, one after another, as one person after another would.
    fn ask(&self, engine: &str, filling: &fill::Filling, sheet: &mut Sheet) -> Result<()> {
        let records = filling.filled();
        for question in ask::questions(filling) {
            let mut dice = Dice::new(u64::from(records));
            let mut times = Vec::with_capacity(self.questions as usize);
            let mut found = 0;
            for _ in 0..self.questions {
                let (time, rows) = filling.town().store.read_now(|reader: &Reader| {
                    let begun = Instant::now();
                    let rows = (question.ask)(reader, &mut dice)?;
                    Ok((begun.elapsed(), rows))
                })?;
                times.push(time);
                found += rows;
            }
            ensure!(found > 0, "{} found nothing", question.name);
            times.sort_unstable();
            let ms = |share| Duration::as_secs_f64(&percentile(&times, share)) * 1e3;
            let name = format!("{engine}, {records} records: {}", question.name);
            sheet.add(format!("{name}, half"), "ms", &[ms(0.5)]);
            sheet.add_with_goal(
                format!("{name}, 99 %"),
                "ms",
                &[ms(0.99)],
                Goal::AtMost(20.0),
            );
        }
        Ok(())
    }
}

/// Where the reports of a bench stand.
type Places = Arc<[[f64; 2]]>;
