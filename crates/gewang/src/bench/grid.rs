use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use gewang_grid::{
    CellIndex, Coord, Editor, Layer, Locator, Partition, Reading, check,
    sample::{self, Town},
};

use super::figures::{Goal, Sheet, ratios};
use super::machine::{Machine, Scratch};
use super::tiles;

/// The seed of every made-up town and of the places asked for.
const SEED: u64 = 7;
/// Borders on which an edit is timed.
const EDITS: usize = 2_000;

/// The grid on made-up towns: locating, checking and editing, beside an R-tree and GEOS where they are given.
#[derive(Debug, clap::Args)]
pub(super) struct Grid {
    /// Cells of the towns.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    cells: Vec<usize>,
    /// Places to be located.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    places: u32,
    /// Runs, in turn with the peers'.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// The program of `bench/peers`, which locates by `rstar` and `geo`.
    #[arg(long, value_name = "PROGRAM")]
    peer: Option<PathBuf>,
    /// A Python with shapely 2, for GEOS's check of a coverage.
    #[arg(long, value_name = "PROGRAM", requires = "coverage")]
    python: Option<PathBuf>,
    /// How `psql` reaches a PostgreSQL with PostGIS, for the tiles: a connection string. A table is made there and dropped.
    #[arg(long, value_name = "CONNECTION")]
    postgis: Option<String>,
    /// The script `bench/peers/coverage.py`.
    #[arg(long, value_name = "FILE")]
    coverage: Option<PathBuf>,
}

impl Grid {
    /// Measures every town in turn.
    pub fn run(&self, scratch: &Scratch) -> Result<Sheet> {
        let mut sheet = Sheet::new("grid", Machine::here(scratch.path()));
        for &cells in &self.cells {
            self.town(cells, scratch, &mut sheet)?;
        }
        Ok(sheet)
    }

    fn town(&self, cells: usize, scratch: &Scratch, sheet: &mut Sheet) -> Result<()> {
        let town = Town::new(cells, SEED);
        let layer = town.layer();
        let reading = Reading::guessed(&layer);
        let partition = Partition::from_layer(&layer, &reading)?;
        let files = Files::write(scratch, &layer, &partition, self.places)?;
        self.locate(cells, &layer, &partition, &files, sheet)?;
        self.check(cells, &town, &layer, &files, sheet)?;
        edit(cells, &partition, sheet);
        tiles::measure(
            cells,
            &partition,
            self.runs,
            self.postgis.as_deref(),
            scratch,
            sheet,
        )
    }

    fn locate(
        &self,
        cells: usize,
        layer: &Layer,
        partition: &Partition,
        files: &Files,
        sheet: &mut Sheet,
    ) -> Result<()> {
        let mut built_s = Vec::new();
        let mut build = || {
            let start = Instant::now();
            let locator = Locator::new(partition);
            built_s.push(start.elapsed().as_secs_f64());
            locator
        };
        for _ in 1..self.runs {
            drop(build());
        }
        let locator = build();
        let mut answers = vec![None; files.places.len()];
        let (mut one, mut two, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        let mut said = Vec::new();
        for _ in 0..self.runs {
            one.push(rate(&locator, &files.places, &mut answers, 1));
            two.push(rate(&locator, &files.places, &mut answers, 2));
            if let Some(peer) = &self.peer {
                let output = files.ask(Command::new(peer).args(files.paths()).args(["1", "1"]))?;
                theirs.push(output);
                said = fs::read(&files.answers)?;
            }
        }
        let millions = |rates: &[f64]| rates.iter().map(|rate| rate / 1e6).collect::<Vec<f64>>();
        let name = |what: &str| format!("{cells} cells: {what}");
        sheet.add(name("places located, one thread"), "M/s", &millions(&one));
        sheet.add(name("the same on two threads"), "M/s", &millions(&two));
        sheet.add_with_goal(
            name("two threads / one"),
            "times",
            &ratios(&two, &one),
            Goal::AtLeast(1.8),
        );
        if !theirs.is_empty() {
            let goal = match cells {
                0..5_000 => 10.0,
                5_000..50_000 => 15.0,
                _ => 20.0,
            };
            sheet.add(name("rstar and geo, one thread"), "M/s", &millions(&theirs));
            sheet.add_with_goal(
                name("ours / rstar and geo"),
                "times",
                &ratios(&one, &theirs),
                Goal::AtLeast(goal),
            );
            let wrong = wrong(partition, layer, files, &answers, &said);
            sheet.add_with_goal(
                name("places that the exact predicate puts elsewhere"),
                "",
                &[wrong as f64],
                Goal::AtMost(0.0),
            );
        }
        sheet.add_with_goal(
            name("locator / WKB"),
            "times",
            &[locator.size_bytes() as f64 / wkb_bytes(layer) as f64],
            Goal::AtMost(1.5),
        );
        sheet.add_with_goal(name("locator built"), "s", &built_s, Goal::AtMost(0.5));
        Ok(())
    }

    fn check(
        &self,
        cells: usize,
        town: &Town,
        layer: &Layer,
        files: &Files,
        sheet: &mut Sheet,
    ) -> Result<()> {
        let reading = Reading::guessed(layer);
        let (spoilt, injected) = town.spoilt();
        let (mut whole_s, mut spoilt_s, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        let mut found = 0;
        for _ in 0..self.runs {
            let timed = |layer: &Layer| -> Result<(f64, usize)> {
                let start = Instant::now();
                let verdict = check(layer, None, &reading)
                    .map_err(|all| anyhow::anyhow!("the town cannot be read: {all:?}"))?;
                Ok((start.elapsed().as_secs_f64(), verdict.defects.len()))
            };
            let (seconds, defects) = timed(layer)?;
            ensure!(defects == 0, "the whole town has {defects} defects");
            whole_s.push(seconds);
            let (seconds, defects) = timed(&spoilt)?;
            found = defects;
            spoilt_s.push(seconds);
            if let (Some(python), Some(script)) = (&self.python, &self.coverage) {
                let mut command = Command::new(python);
                theirs.push(files.ask(command.arg(script).arg(&files.cells).arg("1"))?);
            }
        }
        let name = |what: &str| format!("{cells} cells: {what}");
        sheet.add(name("whole town checked"), "s", &whole_s);
        sheet.add(name("spoilt town checked"), "s", &spoilt_s);
        sheet.add_with_goal(
            name("defects found / put in"),
            "times",
            &[found as f64 / injected.len() as f64],
            Goal::AtLeast(1.0),
        );
        if !theirs.is_empty() {
            sheet.add(name("coverage_invalid_edges of GEOS"), "s", &theirs);
            sheet.add_with_goal(
                name("ours / GEOS"),
                "times",
                &ratios(&whole_s, &theirs),
                Goal::AtMost(0.1),
            );
        }
        Ok(())
    }
}

/// Moves the middle vertex of many borders, each edit judged before it counts, and takes it back.
fn edit(cells: usize, partition: &Partition, sheet: &mut Sheet) {
    let mut editor = Editor::new(partition);
    let inner: Vec<_> = partition
        .arcs()
        .iter()
        .filter(|arc| arc.left.is_some() && arc.right.is_some())
        .collect();
    let mut micros: Vec<f64> = Vec::new();
    for arc in inner.iter().step_by(inner.len() / EDITS + 1) {
        let place = arc.points[arc.points.len() / 2];
        let Ok(to) = Coord::from_units(place.lon_units() + 20, place.lat_units() + 20) else {
            continue;
        };
        let start = Instant::now();
        let made = editor.move_vertex(place, to).is_ok();
        micros.push(start.elapsed().as_secs_f64() * 1e6);
        if made {
            editor.undo();
        }
    }
    sheet.add_with_goal(
        format!("{cells} cells: one edit, judged"),
        "µs",
        &micros,
        Goal::AtMost(100.0),
    );
}

/// Places a second.
fn rate(
    locator: &Locator,
    places: &[Coord],
    answers: &mut [Option<CellIndex>],
    threads: usize,
) -> f64 {
    let part = places.len().div_ceil(threads);
    let start = Instant::now();
    if threads == 1 {
        locator.locate_all(places, answers);
    } else {
        std::thread::scope(|scope| {
            for (places, answers) in places.chunks(part).zip(answers.chunks_mut(part)) {
                scope.spawn(move || locator.locate_all(places, answers));
            }
        });
    }
    let rate = places.len() as f64 / start.elapsed().as_secs_f64();
    black_box(answers);
    rate
}

/// Of the places that the peer answered otherwise, those where the exact predicate doesn't say what we say.
fn wrong(
    partition: &Partition,
    layer: &Layer,
    files: &Files,
    ours: &[Option<CellIndex>],
    said: &[u8],
) -> usize {
    let id = |number: u32| {
        let feature = layer.features.get((number as usize).checked_sub(1)?)?;
        partition.index_of(feature.attributes.get("id")?.as_str()?)
    };
    let theirs = said
        .chunks_exact(4)
        .map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let has = |cell: Option<CellIndex>, place: Coord| {
        cell.and_then(|cell| partition.shape(cell))
            .is_some_and(|shape| shape.contains(place))
    };
    ours.iter()
        .zip(theirs)
        .zip(&files.places)
        .filter(|((ours, theirs), place)| {
            let theirs = id(*theirs);
            let (we, they) = (has(**ours, **place), has(theirs, **place));
            **ours != theirs && (they || (ours.is_some() && !we))
        })
        .count()
}

fn wkb_bytes(layer: &Layer) -> usize {
    let rings = |feature: &gewang_grid::Feature| -> usize {
        let rings = feature.shape.iter().flatten().flatten();
        9 + rings.map(|ring| 4 + 16 * ring.len()).sum::<usize>()
    };
    layer.features.iter().map(rings).sum()
}

/// What the peers read.
struct Files {
    cells: PathBuf,
    places_at: PathBuf,
    answers: PathBuf,
    places: Vec<Coord>,
}

impl Files {
    fn write(scratch: &Scratch, layer: &Layer, partition: &Partition, count: u32) -> Result<Files> {
        let at = |name: &str| scratch.path().join(name);
        let places = sample::places(partition.bounds(), count as usize, SEED);
        let mut bytes = (layer.features.len() as u32).to_le_bytes().to_vec();
        for ring in layer
            .features
            .iter()
            .flat_map(|feature| feature.shape.iter().flatten().flatten())
        {
            bytes.extend((ring.len() as u32).to_le_bytes());
            bytes.extend(ring.iter().flat_map(degrees));
        }
        let files = Files {
            cells: at("cells.bin"),
            places_at: at("places.bin"),
            answers: at("answers.bin"),
            places,
        };
        write(&files.cells, &bytes)?;
        let bytes: Vec<u8> = files.places.iter().flat_map(degrees).collect();
        write(&files.places_at, &bytes)?;
        Ok(files)
    }

    fn paths(&self) -> [&Path; 2] {
        [&self.cells, &self.places_at]
    }

    /// The figure that a peer prints for its only run.
    fn ask(&self, command: &mut Command) -> Result<f64> {
        let output = command
            .arg(&self.answers)
            .output()
            .with_context(|| format!("cannot start {command:?}"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let wrong = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{command:?} failed: {wrong}");
        said.trim()
            .parse()
            .with_context(|| format!("{command:?} printed no figure: {said}"))
    }
}

fn degrees(place: &Coord) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&place.lon().to_le_bytes());
    bytes[8..].copy_from_slice(&place.lat().to_le_bytes());
    bytes
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
