use std::path::Path;

use anyhow::{Result, ensure};

use super::figures::{Goal, Sheet};
use super::http::Connection;
use super::ingest::DONE;
use super::load::{check, runtime};
use super::machine::{Machine, Scratch, memory_mb};
use super::serving::{Serving, Town, places};
use crate::client::Client;

/// Reports in a post while the town is filled.
const POST: usize = 500;
/// What the first answer after a start is asked for: the newest records, as every list does.
const FIRST: &str = "/records?kind=governance.matter&limit=50";

/// Memory, start and binary with many records.
#[derive(Debug, clap::Args)]
pub(super) struct Size {
    /// Records, rounded up to whole posts of 500.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    records: u32,
    /// Starts that are timed.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

impl Size {
    /// Fills a town, weighs the process, and starts it again from what it left.
    pub fn run(&self, scratch: &Scratch) -> Result<Sheet> {
        let mut sheet = Sheet::new("size", Machine::here(scratch.path()));
        let town = Town::found(scratch)?;
        let mut reports = town.reports(POST, &places()?, 1);
        let posts = (self.records as usize).div_ceil(POST);
        let empty = memory_mb(town.serving.pid(), "VmRSS")?;
        runtime()?.block_on(async {
            let mut connection = Connection::open(town.serving.address).await?;
            for _ in 0..posts {
                let answer = connection.send(reports.next()).await?;
                check(answer.status, answer.body, DONE, POST)?;
            }
            anyhow::Ok(())
        })?;
        let filled = memory_mb(town.serving.pid(), "VmRSS")?;
        let highest = memory_mb(town.serving.pid(), "VmHWM")?;
        let data = town.data();
        let said = data.with_file_name("again.log");
        let token = town.token.clone();
        let _home = town.end();
        let (mut starts, mut again) = (Vec::new(), Vec::new());
        for _ in 0..self.runs {
            let (serving, seconds) = Serving::resumed(&data, &said, FIRST, &token)?;
            starts.push(seconds);
            let client = Client::with_token(&format!("http://{}", serving.address), &token);
            for path in [FIRST, "/tallies", "/cells"] {
                let answer = client.send("GET", path, None)?;
                ensure!(
                    answer.status == 200,
                    "{path} was answered with {}: {}",
                    answer.status,
                    answer.body
                );
            }
            again.push(memory_mb(serving.pid(), "VmRSS")?);
        }
        let binary = std::env::current_exe()?.metadata()?.len() as f64 / 1e6;
        let disk = bytes_below(&data)? as f64 / 1e6;
        sheet.add("records", "", &[(posts * POST) as f64]);
        sheet.add("memory before the first record", "MB", &[empty]);
        sheet.add_with_goal(
            "memory after the last was posted",
            "MB",
            &[filled],
            Goal::AtMost(150.0),
        );
        sheet.add("most memory ever while posting", "MB", &[highest]);
        sheet.add_with_goal(
            "memory after a start and some lists",
            "MB",
            &again,
            Goal::AtMost(150.0),
        );
        sheet.add_with_goal("start to the first list", "s", &starts, Goal::AtMost(1.0));
        sheet.add_with_goal("binary", "MB", &[binary], Goal::AtMost(40.0));
        sheet.add("data directory", "MB", &[disk]);
        Ok(sheet)
    }
}

fn bytes_below(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for item in std::fs::read_dir(folder)? {
        let item = item?;
        let meta = item.metadata()?;
        bytes += if meta.is_dir() {
            bytes_below(&item.path())?
        } else {
            meta.len()
        };
    }
    Ok(bytes)
}
