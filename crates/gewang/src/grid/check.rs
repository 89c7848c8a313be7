//! `gewang grid check`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use gewang_grid::formats::Opened;
use gewang_grid::{Crs, Layer, Unreadable, Verdict, check, repair};
use serde_json::json;

use super::input::{Opens, Options};
use super::{convert, report};
use crate::Lang;
use crate::out::say;

/// What to check, and how to say it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The drawing: GeoJSON, TopoJSON, Shapefile (.shp or .zip), GeoPackage, KML, KMZ, or CSV with WKT.
    file: PathBuf,
    /// The boundary that the cells must fill; its holes belong to nobody.
    #[arg(long, value_name = "FILE")]
    boundary: Option<PathBuf>,
    /// The coordinate reference system of the boundary, where it isn't the one told of the drawing.
    #[arg(long, value_name = "C", value_parser = super::input::crs)]
    boundary_crs: Option<Crs>,
    /// Narrower gaps and overlaps are slivers, and vertices nearer than this are brought together by a repair.
    #[arg(long, value_name = "METRES", default_value_t = 1.0, value_parser = metres)]
    tolerance: f64,
    /// For people, for programs, or the defects as a drawing.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Writes the drawing with what can be decided mended; the ending tells the format.
    #[arg(long, value_name = "OUT")]
    repair: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

/// For whom the defects are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
    /// For a map.
    Geojson,
}

fn metres(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(metres) if metres.is_finite() && metres >= 0.0 => Ok(metres),
        _ => Err("a length in metres, as 1 or 0.5".into()),
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let options = &args.options;
    if let Some(out) = &args.repair {
        convert::format_of(out)?;
    }
    let drawing = match options.open(&args.file, options.crs)? {
        Opens::Yes(opened) => *opened,
        Opens::No(faults) => return Err(args.refuse(&args.file, &faults)),
    };
    let boundary = match &args.boundary {
        None => None,
        Some(path) => match options.open(path, args.boundary_crs.or(options.crs))? {
            Opens::Yes(opened) => Some(opened.layer),
            Opens::No(faults) => return Err(args.refuse(path, &faults)),
        },
    };
    let reading = options.reading(&drawing.layer, Some(args.tolerance));
    let verdict = check(&drawing.layer, boundary.as_ref(), &reading)
        .map_err(|faults| args.refuse(&args.file, &faults))?;
    let elapsed_ms = begun.elapsed().as_secs_f64() * 1e3;
    match args.format {
        Format::Human => report::human(&args.file, &verdict, options),
        Format::Json => say!("{}", report::json(&verdict, elapsed_ms)),
        Format::Geojson => say!("{}", report::geojson(&verdict)),
    }
    let clean = verdict.defects.is_empty();
    if let Some(out) = &args.repair {
        return args.mend(&drawing, boundary.as_ref(), &verdict, out);
    }
    Ok(ExitCode::from(u8::from(!clean)))
}

impl Args {
    /// Says what can't be read, to programs as well.
    fn refuse(&self, path: &Path, faults: &[Unreadable]) -> anyhow::Error {
        if self.format == Format::Json {
            let unreadable: Vec<_> = faults
                .iter()
                .map(|fault| json!({ "feature": fault.feature, "text": fault.text }))
                .collect();
            say!("{}", json!({ "unreadable": unreadable }));
        }
        self.options.say(path, faults)
    }

    /// Writes the repaired drawing and tells, on standard error, every square metre that changed hands. The exit says
    /// whether it is a partition now.
    fn mend(
        &self,
        drawing: &Opened,
        boundary: Option<&Layer>,
        verdict: &Verdict,
        out: &Path,
    ) -> anyhow::Result<ExitCode> {
        let layer = &drawing.layer;
        let reading = self.options.reading(layer, Some(self.tolerance));
        let repaired = repair(layer, boundary, &reading)
            .map_err(|faults| self.options.say(&self.file, &faults))?;
        convert::write(&repaired.layer, out)?;
        let moved_m2 = repaired
            .moved
            .iter()
            .fold(0.0, |sum, change| sum + change.area_m2);
        for change in &repaired.moved {
            let who = |cell: &Option<gewang_grid::CellId>| match (cell, self.options.lang) {
                (Some(id), _) => id.to_string(),
                (None, Lang::Zh) => "无主".into(),
                (None, Lang::En) => "nobody".into(),
            };
            let (from, to, why) = (
                who(&change.from),
                who(&change.to),
                self.options.text(&change.why),
            );
            eprintln!(
                "{:>12.2} m²  {from} → {to}  ({})  {why}",
                change.area_m2, change.at
            );
        }
        let (was, left) = (verdict.defects.len(), repaired.left.len());
        let shown = out.display();
        match self.options.lang {
            Lang::Zh => {
                eprintln!("{shown}：{was} 处缺陷，改后剩 {left} 处；{moved_m2:.2} 平方米换了归属。")
            }
            Lang::En => {
                eprintln!("{shown}: {was} defects, {left} left; {moved_m2:.2} m² changed hands")
            }
        }
        for defect in &repaired.left {
            eprintln!("  {}", self.options.text(&defect.text));
        }
        Ok(ExitCode::from(u8::from(!repaired.left.is_empty())))
    }
}
