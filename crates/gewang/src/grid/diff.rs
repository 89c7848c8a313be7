//! `gewang grid diff`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use gewang_grid::{Coord, DefectKind, Feature, Layer, Reading, check, ring_area_m2};
use serde_json::{Value, json};

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

/// A cell of which ground came or went.
struct Changed {
    id: String,
    before_m2: f64,
    after_m2: f64,
    gained_m2: f64,
    lost_m2: f64,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (a, b) = (args.options.read(&args.a)?, args.options.read(&args.b)?);
    let (before, after) = (by_id(&a, &args.options), by_id(&b, &args.options));
    let area = |cells: &BTreeMap<String, &Feature>, other: &BTreeMap<String, &Feature>| {
        let only = cells.iter().filter(|(id, _)| !other.contains_key(*id));
        only.map(|(id, feature)| (id.clone(), area_m2(feature)))
            .collect::<Vec<_>>()
    };
    let (went, came) = (area(&before, &after), area(&after, &before));
    let mut changed = Vec::new();
    let mut same = 0usize;
    for (id, old) in &before {
        let Some(new) = after.get(id) else { continue };
        if edges(old) == edges(new) {
            same += 1;
            continue;
        }
        let (gained_m2, lost_m2) = ground(old, new);
        changed.push(Changed {
            id: id.clone(),
            before_m2: area_m2(old),
            after_m2: area_m2(new),
            gained_m2,
            lost_m2,
        });
    }
    match args.format {
        Format::Json => say!("{}", json(&came, &went, &changed, same)),
        Format::Human => human(&came, &went, &changed, same, args.options.lang),
    }
    Ok(ExitCode::SUCCESS)
}

/// The drawn features by their ids; one without is named by its number.
fn by_id<'l>(layer: &'l Layer, options: &Options) -> BTreeMap<String, &'l Feature> {
    let reading = options.reading(layer, None);
    layer
        .features
        .iter()
        .filter(|feature| feature.shape.is_some())
        .map(|feature| {
            let id = match feature.attributes.get(&reading.id) {
                Some(Value::String(text)) if !text.trim().is_empty() => text.trim().to_owned(),
                Some(Value::Number(number)) => number.to_string(),
                _ => format!("#{}", feature.number),
            };
            (id, feature)
        })
        .collect()
}

fn rings(feature: &Feature) -> impl Iterator<Item = (bool, &[Coord])> {
    let polygons = feature.shape.iter().flatten();
    polygons.flat_map(|rings| {
        rings.iter().enumerate().map(|(place, ring)| {
            let open = match ring.as_slice() {
                [first, rest @ ..] if rest.last() == Some(first) => &ring[..ring.len() - 1],
                all => all,
            };
            (place == 0, open)
        })
    })
}

fn area_m2(feature: &Feature) -> f64 {
    rings(feature)
        .map(|(outer, ring)| {
            let area = ring_area_m2(ring).abs();
            if outer { area } else { -area }
        })
        .sum()
}

/// The edges without direction, so that the same ground compares equal wherever its rings begin.
fn edges(feature: &Feature) -> BTreeSet<(Coord, Coord)> {
    rings(feature)
        .flat_map(|(_, ring)| {
            (0..ring.len()).map(|i| {
                let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
                (a.min(b), a.max(b))
            })
        })
        .collect()
}

/// How much ground a cell gained and lost: the new shape checked within the old one as its boundary.
fn ground(old: &Feature, new: &Feature) -> (f64, f64) {
    let one = |feature: &Feature| Layer {
        features: vec![Feature {
            number: 1,
            attributes: serde_json::Map::from_iter([("id".to_owned(), json!("cell"))]),
            shape: feature.shape.clone(),
        }],
        ..Layer::default()
    };
    let reading = Reading {
        tolerance_m: 0.0,
        ..Reading::default()
    };
    let sum = |kind: DefectKind, verdict: &gewang_grid::Verdict| {
        let of_kind = verdict.defects.iter().filter(|defect| defect.kind == kind);
        of_kind.map(|defect| defect.area_m2).sum()
    };
    match check(&one(new), Some(&one(old)), &reading) {
        Ok(verdict) => (
            sum(DefectKind::OutsideBoundary, &verdict),
            sum(DefectKind::Gap, &verdict),
        ),
        // A shape that bounds no area has no ground to compare; the difference of the areas is all there is.
        Err(_) => {
            let more = area_m2(new) - area_m2(old);
            (more.max(0.0), (-more).max(0.0))
        }
    }
}

fn json(came: &[(String, f64)], went: &[(String, f64)], changed: &[Changed], same: usize) -> Value {
    let list = |cells: &[(String, f64)]| -> Vec<Value> {
        cells
            .iter()
            .map(|(id, area_m2)| json!({ "id": id, "area_m2": area_m2 }))
            .collect()
    };
    let changed: Vec<Value> = changed
        .iter()
        .map(|cell| {
            json!({
                "id": cell.id,
                "before_m2": cell.before_m2,
                "after_m2": cell.after_m2,
                "gained_m2": cell.gained_m2,
                "lost_m2": cell.lost_m2,
            })
        })
        .collect();
    json!({ "came": list(came), "went": list(went), "changed": changed, "same": same })
}

fn human(
    came: &[(String, f64)],
    went: &[(String, f64)],
    changed: &[Changed],
    same: usize,
    lang: Lang,
) {
    for (id, area_m2) in came {
        say!("+ {id}  {area_m2:.1} m²");
    }
    for (id, area_m2) in went {
        say!("- {id}  {area_m2:.1} m²");
    }
    for cell in changed {
        say!(
            "~ {}  {:.1} → {:.1} m²  (+{:.1} −{:.1})",
            cell.id,
            cell.before_m2,
            cell.after_m2,
            cell.gained_m2,
            cell.lost_m2
        );
    }
    let (came, went, changed) = (came.len(), went.len(), changed.len());
    match lang {
        Lang::Zh => say!("新增 {came}，撤销 {went}，变动 {changed}，未变 {same}。"),
        Lang::En => say!("{came} came, {went} went, {changed} changed, {same} the same"),
    }
}
