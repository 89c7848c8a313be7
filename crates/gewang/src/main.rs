//! The binary: founding, serving, checking and playing packs, importing, proving.
//!
//! Everything here is wiring; what is decided, remembered or spoken is decided, remembered and spoken elsewhere.

mod account;
mod adopt;
mod ask;
mod at;
mod bench;
mod carried;
mod client;
mod demo;
mod drawing;
mod founding;
mod grid;
mod import;
mod in_force;
mod init;
mod out;
mod pack;
mod play;
mod serve;
mod settings;
mod simulator;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// Allocation is the hot path of a JSON server; the system's allocator costs a fifth of the rate.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Gewang (格网): the grid of a town in one binary.
#[derive(Parser)]
#[command(name = "gewang", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Founds a town in a data directory: its settings, packs, cells, and an administrator.
    Init(init::Args),
    /// Serves a data directory.
    Serve(serve::Args),
    /// Founds (or reopens) the demo town and serves it, with a simulated working day.
    Demo(demo::Args),
    /// Checks, plays and tries packs.
    #[command(subcommand)]
    Pack(pack::Command),
    /// Prints the settings in force, to be changed and adopted.
    Settings(settings::Args),
    /// Puts changed settings, a new version of a pack or a new drawing of the cells in force.
    Adopt(adopt::Args),
    /// Checks, repairs, compares, draws and converts drawings of cells, and locates points in them.
    #[command(subcommand)]
    Grid(grid::Command),
    /// Turns the rows of a table into commands.
    Import(import::Args),
    /// Proves the journal from its first entry.
    Verify(verify::Args),
    /// Adds an account, sets its password, disables it; while nobody serves the data.
    #[command(subcommand)]
    Account(account::Command),
    /// Measures speed and size on this machine, beside what else could do the work.
    Bench(bench::Args),
}

/// For whom an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// The language of an answer for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// As texts name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Lang::Zh => "zh",
            Lang::En => "en",
        }
    }
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("GEWANG_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let done = match Cli::parse().command {
        Command::Init(args) => init::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Pack(command) => pack::run(&command),
        Command::Settings(args) => settings::run(&args),
        Command::Adopt(args) => adopt::run(&args),
        Command::Grid(command) => grid::run(&command),
        Command::Import(args) => import::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Account(command) => account::run(&command),
        Command::Bench(args) => bench::run(args).map(|()| ExitCode::SUCCESS),
    };
    // 2: it could not be done at all. 1 is kept for "done, and there is something to mend".
    done.unwrap_or_else(|error| {
        eprintln!("gewang: {error:#}");
        ExitCode::from(2)
    })
}
