//! `gewang grid convert`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use gewang_grid::Layer;
use gewang_grid::formats::{Format, to_geojson, to_geopackage, to_topojson};

use super::input::Options;

/// What to write, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The drawing.
    file: PathBuf,
    /// The file to write: .geojson, .topojson or .gpkg.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    options: Options,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    format_of(&args.out)?;
    let layer = args.options.read(&args.file)?;
    write(&layer, &args.out)?;
    Ok(ExitCode::SUCCESS)
}

/// What a file with this ending would be.
pub(super) fn format_of(out: &Path) -> anyhow::Result<Format> {
    let extension = out.extension().unwrap_or_default().to_string_lossy();
    match extension.to_ascii_lowercase().as_str() {
        "geojson" | "json" => Ok(Format::GeoJson),
        "topojson" => Ok(Format::TopoJson),
        "gpkg" => Ok(Format::GeoPackage),
        _ => anyhow::bail!(
            "{}: the ending must be .geojson, .topojson or .gpkg",
            out.display()
        ),
    }
}

/// Writes a layer in the format of the file's ending.
pub(super) fn write(layer: &Layer, out: &Path) -> anyhow::Result<()> {
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let bytes = match format_of(out)? {
        Format::TopoJson => to_topojson(layer, &stem).into_bytes(),
        Format::GeoPackage => {
            let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ");
            to_geopackage(layer, &stem, &now.to_string())
        }
        _ => to_geojson(layer).into_bytes(),
    };
    std::fs::write(out, bytes).with_context(|| out.display().to_string())
}
