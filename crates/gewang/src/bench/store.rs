use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use gewang_store::Home;
use uuid::Uuid;

use super::figures::{Goal, Sheet, ratios};
use super::inside::{Engines, Inside};
use super::machine::{Machine, Scratch};
use super::matters::Reports;
use super::serving::places;

mod grouped;
mod pgbench;

/// Who report, when a town waits for many.
const CALLERS: [usize; 3] = [1, 32, 256];

/// Commands a second in this process, from deciding to the answer, beside what is written by hand.
#[derive(Debug, clap::Args)]
pub(super) struct Bench {
    /// Seconds that each series of a run lasts.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Runs; each measures everything once, one after the other.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    #[command(flatten)]
    engines: Engines,
    /// Towns in that database.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    towns: u32,
    /// PostgreSQL's own bench.
    #[arg(long, default_value = "pgbench")]
    pgbench: PathBuf,
}

/// Reports a second of so many callers, each at any of these towns.
fn press(
    towns: &[Inside],
    callers: usize,
    places: &Arc<[[f64; 2]]>,
    period: Duration,
) -> Result<f64> {
    let act = |seed: u64, text: &str| towns[seed as usize % towns.len()].report(text);
    rate(callers, places, period, &act)
}

/// How often a second so many callers are answered, each with one report at a time.
fn rate(
    callers: usize,
    places: &Arc<[[f64; 2]]>,
    period: Duration,
    act: &(dyn Fn(u64, &str) -> Result<()> + Sync),
) -> Result<f64> {
    let (stop, answered) = (AtomicBool::new(false), AtomicU64::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..callers as u64)
            .map(|caller| {
                let (stop, answered) = (&stop, &answered);
                scope.spawn(move || -> Result<()> {
                    let mut reports = Reports::new("", "", None, 1, places.clone(), caller + 1);
                    let mut turn = caller;
                    while !stop.load(Ordering::Relaxed) {
                        act(turn, reports.next_one().1)?;
                        answered.fetch_add(1, Ordering::Relaxed);
                        turn += 7;
                    }
                    Ok(())
                })
            })
            .collect();
        std::thread::sleep(period);
        let (answers, time) = (answered.load(Ordering::Relaxed), begun.elapsed());
        stop.store(true, Ordering::Relaxed);
        for caller in callers {
            caller
                .join()
                .map_err(|_| anyhow::anyhow!("a caller stopped"))??;
        }
        Ok(answers as f64 / time.as_secs_f64())
    })
}

impl Bench {
    /// Measures SQLite beside a group commit by hand, and PostgreSQL beside its own bench.
    pub fn run(&self, scratch: &Scratch) -> Result<Sheet> {
        let period = Duration::from_secs_f64(self.seconds);
        let mut sheet = Sheet::new("store", Machine::here(scratch.path()));
        let places = places()?;
        let sizes: &[usize] = if self.engines.only_postgres {
            &[]
        } else {
            &CALLERS
        };
        for &callers in sizes {
            let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
            for _ in 0..self.runs {
                let folder = scratch.fresh()?;
                let town = [Inside::found(Home::from(folder.path()), "zhoutie", None)?];
                ours.push(press(&town, callers, &places, period)?);
                town[0].prove()?;
                drop(town);
                let folder = scratch.fresh()?;
                let peer = grouped::Grouped::start(folder.path())?;
                by_hand.push(rate(callers, &places, period, &|_, text| peer.keep(text))?);
            }
            let callers = match callers {
                1 => "1 caller".to_owned(),
                many => format!("{many} callers"),
            };
            sheet.add(format!("SQLite, {callers}: gewang"), "1/s", &ours);
            sheet.add(
                format!("SQLite, {callers}: group commit by hand"),
                "1/s",
                &by_hand,
            );
            let ratios = ratios(&ours, &by_hand);
            sheet.add_with_goal(
                format!("SQLite, {callers}: gewang / by hand"),
                "",
                &ratios,
                Goal::AtLeast(0.6),
            );
        }
        if let Some(address) = &self.engines.postgres {
            self.on_postgres(address, scratch, &mut sheet, &places)?;
        }
        Ok(sheet)
    }

    fn on_postgres(
        &self,
        address: &str,
        scratch: &Scratch,
        sheet: &mut Sheet,
        places: &Arc<[[f64; 2]]>,
    ) -> Result<()> {
        let period = Duration::from_secs_f64(self.seconds);
        let folder = scratch.fresh()?;
        let towns = (0..self.towns)
            .map(|n| {
                let home = Home::at(address, Some(folder.path()))?;
                Inside::found(home, &format!("bench_{n}"), None)
            })
            .collect::<Result<Vec<_>>>()?;
        let peer = pgbench::Peer::prepare(&self.pgbench, address, self.towns, folder.path())?;
        // So that every connection knows its statements.
        press(&towns, 32, places, period)?;
        let (mut many, mut one, mut theirs, mut their_one) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut crowd, mut their_crowd) = (Vec::new(), Vec::new());
        for _ in 0..self.runs {
            many.push(press(&towns, 32, places, period)?);
            theirs.push(peer.rate(32, self.towns, period)?);
            crowd.push(press(&towns, 256, places, period)?);
            their_crowd.push(peer.rate(256, self.towns, period)?);
            one.push(press(&towns[..1], 32, places, period)?);
            their_one.push(peer.rate(32, 1, period)?);
        }
        for town in towns.iter().take(3) {
            town.prove()?;
        }
        let places = format!("PostgreSQL, 32 callers over {} towns", self.towns);
        sheet.add(format!("{places}: gewang"), "1/s", &many);
        sheet.add(
            format!("{places}: pgbench, a statement after another"),
            "1/s",
            &theirs,
        );
        sheet.add_with_goal(
            format!("{places}: gewang / pgbench"),
            "",
            &ratios(&many, &theirs),
            Goal::AtLeast(2.0),
        );
        let places = format!("PostgreSQL, 256 callers over {} towns", self.towns);
        sheet.add(format!("{places}: gewang"), "1/s", &crowd);
        sheet.add(format!("{places}: pgbench"), "1/s", &their_crowd);
        sheet.add(
            format!("{places}: gewang / pgbench"),
            "",
            &ratios(&crowd, &their_crowd),
        );
        sheet.add("PostgreSQL, 32 callers at one town: gewang", "1/s", &one);
        sheet.add(
            "PostgreSQL, 32 callers at one town: pgbench",
            "1/s",
            &their_one,
        );
        sheet.add(
            "PostgreSQL, 32 callers at one town: gewang / pgbench",
            "",
            &ratios(&one, &their_one),
        );
        sheet.add_with_goal(
            format!("PostgreSQL, gewang: one town / {} towns", self.towns),
            "",
            &ratios(&one, &many),
            Goal::AtLeast(0.8),
        );
        Ok(())
    }
}

/// An id that nobody had before.
fn fresh() -> String {
    Uuid::now_v7().to_string()
}
