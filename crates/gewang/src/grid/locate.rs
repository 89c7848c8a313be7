//! `gewang grid locate`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use csv::StringRecord;
use gewang_grid::{Coord, Crs, LATITUDES, LONGITUDES, Locator, Partition};

use super::input::{Options, crs};
use crate::Lang;
use crate::out::say;

/// Which points to locate in which cells.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The drawing of the cells, which must be a partition.
    #[arg(long, value_name = "FILE")]
    cells: PathBuf,
    /// The points: a CSV whose first line names the columns.
    #[arg(long, value_name = "FILE.csv")]
    points: PathBuf,
    /// The table to write: the same rows with the columns `cell` and `cell_name`, empty outside of every cell.
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
    /// The column with the longitude, where its name doesn't say so.
    #[arg(long, value_name = "COLUMN")]
    lon: Option<String>,
    /// The column with the latitude.
    #[arg(long, value_name = "COLUMN")]
    lat: Option<String>,
    /// The coordinate reference system of the points.
    #[arg(long, value_name = "C", value_parser = crs, default_value = "wgs84")]
    points_crs: Crs,
    #[command(flatten)]
    options: Options,
}

/// Rows that are located together.
const BATCH: usize = 4096;

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Some(partition) = args.options.partition(&args.cells)? else {
        return Ok(ExitCode::from(1));
    };
    let locator = Locator::new(&partition);
    let shown = args.points.display();
    let mut reader = csv::ReaderBuilder::new()
        .from_path(&args.points)
        .with_context(|| shown.to_string())?;
    let mut header = reader.headers().with_context(|| shown.to_string())?.clone();
    let column = |asked: &Option<String>, known: &[&str]| {
        let wanted = |name: &str| match asked {
            Some(asked) => name == asked,
            None => known.iter().any(|known| name.eq_ignore_ascii_case(known)),
        };
        let plain = |name: &str| name.trim_start_matches('\u{feff}').trim().to_owned();
        header.iter().position(|name| wanted(&plain(name)))
    };
    let (Some(lon), Some(lat)) = (
        column(&args.lon, &LONGITUDES),
        column(&args.lat, &LATITUDES),
    ) else {
        anyhow::bail!(
            "{shown}: no columns of longitude and latitude: name them with --lon and --lat"
        );
    };
    let mut writer =
        csv::Writer::from_path(&args.out).with_context(|| args.out.display().to_string())?;
    header.push_field("cell");
    header.push_field("cell_name");
    writer.write_record(&header)?;
    let mut batch = Batch {
        partition: &partition,
        locator: &locator,
        lang: args.options.lang,
        rows: Vec::with_capacity(BATCH),
        places: Vec::with_capacity(BATCH),
        inside: 0,
    };
    let mut count = 0usize;
    for row in reader.into_records() {
        count += 1;
        // The header is the first line.
        let row = row.with_context(|| format!("{shown}: row {}", count + 1))?;
        let number = |column: usize| row.get(column).unwrap_or_default().trim().parse::<f64>();
        let place = match (number(lon), number(lat)) {
            (Ok(x), Ok(y)) => place(args.points_crs, x, y),
            _ => Err("longitude or latitude is no number".to_owned()),
        };
        let place = place.map_err(|why| anyhow::anyhow!("{shown}: row {}: {why}", count + 1))?;
        batch.rows.push(row);
        batch.places.push(place);
        if batch.rows.len() == BATCH {
            batch.write(&mut writer)?;
        }
    }
    batch.write(&mut writer)?;
    writer.flush()?;
    let inside = batch.inside;
    match args.options.lang {
        Lang::Zh => say!(
            "{count} 个点，{inside} 个落在网格里，{} 个在外。",
            count - inside
        ),
        Lang::En => say!(
            "{count} points, {inside} in cells, {} outside",
            count - inside
        ),
    }
    Ok(ExitCode::SUCCESS)
}

fn place(crs: Crs, x: f64, y: f64) -> Result<Coord, String> {
    if crs.in_degrees() {
        // What is no place in the table is named in the table's own numbers.
        Coord::from_degrees(x, y).map_err(|bad| bad.to_string())?;
    }
    let (lon, lat) = crs.to_wgs84(x, y);
    Coord::from_degrees(lon, lat).map_err(|bad| bad.to_string())
}

/// Rows that wait to be located together.
struct Batch<'a> {
    partition: &'a Partition,
    locator: &'a Locator,
    lang: Lang,
    rows: Vec<StringRecord>,
    places: Vec<Coord>,
    inside: usize,
}

impl Batch<'_> {
    fn write(&mut self, writer: &mut csv::Writer<std::fs::File>) -> anyhow::Result<()> {
        let mut answers = vec![None; self.places.len()];
        self.locator.locate_all(&self.places, &mut answers);
        for (mut row, answer) in self.rows.drain(..).zip(answers) {
            let cell = answer.map(|index| self.partition.cell(index));
            self.inside += usize::from(cell.is_some());
            row.push_field(cell.map_or("", |cell| cell.id.as_str()));
            row.push_field(cell.map_or("", |cell| match self.lang {
                Lang::Zh => &cell.name.zh,
                Lang::En => &cell.name.en,
            }));
            writer.write_record(&row)?;
        }
        self.places.clear();
        Ok(())
    }
}
