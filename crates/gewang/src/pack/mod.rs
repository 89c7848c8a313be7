//! `gewang pack`: checking, playing and trying packs, and the language's schema.

mod check;
mod trial;

use std::process::ExitCode;

use clap::ValueEnum;

/// What is done with packs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Reports every fault of a pack at once. Exit 0 clean, 1 faults, 2 cannot read.
    Check(check::Args),
    /// Plays the scenarios of a pack.
    Play(crate::play::Args),
    /// Tries the routes of a changed pack on past records.
    Try(trial::Args),
    /// Prints the language's JSON Schema, for editors.
    Schema {
        /// Of which file.
        #[arg(value_enum, default_value_t = What::Pack)]
        of: What,
    },
}

/// The two kinds of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// A pack.
    Pack,
    /// `town.yaml`.
    Town,
}

pub(crate) fn run(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Check(args) => check::run(args),
        Command::Play(args) => crate::play::run(args),
        Command::Try(args) => trial::run(args),
        Command::Schema { of } => {
            let schema = match of {
                What::Pack => gewang_pack::pack_schema(),
                What::Town => gewang_pack::town_schema(),
            };
            crate::out::say!("{}", schema.trim_end_matches('\n'));
            Ok(ExitCode::SUCCESS)
        }
    }
}
