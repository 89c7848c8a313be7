//! `gewang grid`: a town's drawing checked, repaired, located in, compared, drawn and converted.

mod check;
mod convert;
mod diff;
mod draw;
mod input;
mod locate;
mod report;

use std::process::ExitCode;

pub(crate) use input::{crs, opened};

/// Works on drawings of cells, in any format that towns keep them in.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Tells whether a drawing is a partition, and mends what can be decided. Exit 0 it is, 1 defects, 2 unreadable.
    Check(check::Args),
    /// Writes beside each point of a table the cell in which it lies.
    Locate(locate::Args),
    /// Tells which cells came, went and changed from one drawing to another.
    Diff(diff::Args),
    /// Draws the cells as a picture, with their defects marked.
    Draw(draw::Args),
    /// Writes a drawing in another format, in WGS 84.
    Convert(convert::Args),
}

pub(crate) fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let done = match command {
        Command::Check(args) => check::run(args),
        Command::Locate(args) => locate::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Draw(args) => draw::run(args),
        Command::Convert(args) => convert::run(args),
    };
    // What can't be read was said already, feature by feature.
    done.or_else(|error| match error.downcast_ref::<input::Said>() {
        Some(input::Said) => Ok(ExitCode::from(2)),
        None => Err(error),
    })
}
