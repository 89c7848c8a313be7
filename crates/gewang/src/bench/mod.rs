//! `gewang bench`: how fast and how large, beside what else could do the work, measured in one run on this machine.
//!
//! The server under measure is a process of its own, started from this same binary; the load comes from this process
//! over sockets that stay open, so that both the bare endpoint and the whole of Gewang are asked in the same way. What
//! the figures mean stands in `bench/README.md`.

mod bare;
mod figures;
mod grid;
mod http;
mod ingest;
mod inside;
mod live;
mod load;
mod machine;
mod many;
mod matters;
mod nodes;
mod psql;
mod serving;
mod size;
mod sqlite;
mod store;
mod tiles;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Subcommand;

use figures::Sheet;
use machine::Scratch;

use crate::Format;

/// What to measure, where, and how to say it.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
    /// How the figures are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// The folder in which data directories are made and removed again; it should be on the disk to be measured.
    #[arg(long, global = true, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// One bench each.
#[derive(Debug, Subcommand)]
enum What {
    /// Durable reports a second, one a request, beside a bare endpoint and beside SQLite.
    Ingest(ingest::Ingest),
    /// Durable commands a second in posts of 500.
    Batch(ingest::Batch),
    /// The delay from an acknowledgement to the event at an open live stream.
    Live(live::Live),
    /// Memory, start and binary with many records.
    Size(size::Size),
    /// Commands a second in this process, beside a group commit by hand and PostgreSQL's own bench.
    Store(store::Bench),
    /// The delay from a node's acknowledgement to the event on another, on PostgreSQL.
    Nodes(nodes::Bench),
    /// Opening, listing, searching and counting among very many records.
    Many(many::Bench),
    /// Locating, checking and editing cells, beside an R-tree and GEOS.
    Grid(grid::Grid),
    /// The bare endpoint that `ingest` measures, in a process of its own.
    #[command(hide = true)]
    Bare,
}

/// Runs one bench and prints its figures. A missed goal is said, and is no failure: timing is never a test.
///
/// # Errors
/// Where a process cannot be started, a report is not taken or the journal does not prove.
pub fn run(args: Args) -> Result<()> {
    if let What::Bare = args.what {
        return bare::serve();
    }
    let dir = args.dir.unwrap_or_else(std::env::temp_dir);
    ensure!(dir.is_dir(), "{} is no folder", dir.display());
    let scratch = Scratch::new(&dir)?;
    let sheet: Sheet = match args.what {
        What::Ingest(bench) => bench.run(&scratch)?,
        What::Batch(bench) => bench.run(&scratch)?,
        What::Live(bench) => bench.run(&scratch)?,
        What::Size(bench) => bench.run(&scratch)?,
        What::Store(bench) => bench.run(&scratch)?,
        What::Nodes(bench) => bench.run(&scratch)?,
        What::Many(bench) => bench.run(&scratch)?,
        What::Grid(bench) => bench.run(&scratch)?,
        What::Bare => return Ok(()),
    };
    match args.format {
        Format::Human => print!("{sheet}"),
        Format::Json => println!("{}", serde_json::to_string(&sheet)?),
    }
    Ok(())
}
