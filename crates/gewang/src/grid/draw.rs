//! `gewang grid draw`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use gewang_grid::{check, draw};

use super::input::Options;

/// What to draw, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The drawing.
    file: PathBuf,
    /// The picture to write.
    #[arg(long, value_name = "FILE.svg")]
    out: PathBuf,
    #[command(flatten)]
    options: Options,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let layer = args.options.read(&args.file)?;
    let reading = args.options.reading(&layer, None);
    let verdict =
        check(&layer, None, &reading).map_err(|faults| args.options.say(&args.file, &faults))?;
    let picture = draw(&layer, &reading, &verdict.defects);
    std::fs::write(&args.out, picture).with_context(|| args.out.display().to_string())?;
    Ok(ExitCode::SUCCESS)
}
