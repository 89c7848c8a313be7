//! `gewang grid diff`.

use std::path::PathBuf;
use std::process::ExitCode;

use gewang_grid::{CellId, Diff, Layer, diff_layers};
use serde_json::json;

use super::input::Options;
use crate::out::say;
use crate::{Format, Lang};

/// Which drawings to compare.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The drawing before.
    a: PathBuf,
    /// The drawing after.
    b: PathBuf,
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    #[command(flatten)]
    options: Options,
}

/// Stretches of ground shown to people; programs get them all.
const SHOWN: usize = 20;

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let options = &args.options;
    let (a, b) = (options.read(&args.a)?, options.read(&args.b)?);
    let reading = |layer: &Layer| options.reading(layer, None);
    let diff = diff_layers((&a, &reading(&a)), (&b, &reading(&b)))
        .map_err(|faults| options.say(&args.b, &faults))?;
    match args.format {
        Format::Json => say!("{}", json!(diff)),
        Format::Human => human(&diff, options.lang),
    }
    Ok(ExitCode::SUCCESS)
}

fn human(diff: &Diff, lang: Lang) {
    for cell in &diff.came {
        say!("+ {}  {:.1} m²", cell.cell, cell.area_m2);
    }
    for cell in &diff.went {
        say!("- {}  {:.1} m²", cell.cell, cell.area_m2);
    }
    for cell in &diff.changed {
        say!(
            "~ {}  {:.1} → {:.1} m²  (+{:.1} −{:.1})",
            cell.cell,
            cell.before_m2,
            cell.after_m2,
            cell.won_m2,
            cell.lost_m2
        );
    }
    for moved in diff.moved.iter().take(SHOWN) {
        let who = |cell: &Option<CellId>| match (cell, lang) {
            (Some(id), _) => id.to_string(),
            (None, Lang::Zh) => "辖区外".into(),
            (None, Lang::En) => "outside".into(),
        };
        say!(
            "  {} → {}  {:.1} m²  @ {}",
            who(&moved.from),
            who(&moved.to),
            moved.area_m2,
            moved.at
        );
    }
    if let Some(more) = diff.moved.len().checked_sub(SHOWN + 1) {
        match lang {
            Lang::Zh => say!("  ……另有 {} 块", more + 1),
            Lang::En => say!("  … and {} more", more + 1),
        }
    }
    let (came, went, changed) = (diff.came.len(), diff.went.len(), diff.changed.len());
    match lang {
        Lang::Zh => say!("新增 {came}，撤销 {went}，变动 {changed}。"),
        Lang::En => say!("{came} came, {went} went, {changed} changed"),
    }
}
