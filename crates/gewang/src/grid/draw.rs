//! `gewang grid draw`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use gewang_grid::{Bounds, Coord, Defect, DefectKind, Layer, check};
use serde_json::Value;

use super::input::Options;
use super::report;

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

/// The longer side of the picture.
const SIDE: f64 = 1200.0;
const MARGIN: f64 = 24.0;
/// Cells past which names would only cover the picture.
const MOST_NAMES: usize = 400;

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let layer = args.options.read(&args.file)?;
    let reading = args.options.reading(&layer, None);
    let verdict =
        check(&layer, None, &reading).map_err(|faults| args.options.say(&args.file, &faults))?;
    let picture = svg(&layer, &verdict.defects, &reading.id, &args.options)
        .with_context(|| format!("{}: nothing is drawn", args.file.display()))?;
    std::fs::write(&args.out, picture).with_context(|| args.out.display().to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// From degrees to the picture, true to shape at its middle.
struct Frame {
    west: f64,
    north: f64,
    /// Points of the picture for a degree of longitude and of latitude.
    scale: (f64, f64),
    width: f64,
    height: f64,
}

impl Frame {
    fn around(bounds: Bounds) -> Frame {
        let (west, south) = (bounds.min.lon(), bounds.min.lat());
        let (east, north) = (bounds.max.lon(), bounds.max.lat());
        let narrow = ((south + north) / 2.0).to_radians().cos().max(0.01);
        let (wide, high) = ((east - west) * narrow, north - south);
        let unit = SIDE / wide.max(high).max(1e-7);
        Frame {
            west,
            north,
            scale: (unit * narrow, unit),
            width: wide * unit + 2.0 * MARGIN,
            height: high * unit + 2.0 * MARGIN,
        }
    }

    fn at(&self, place: Coord) -> (f64, f64) {
        (
            MARGIN + (place.lon() - self.west) * self.scale.0,
            MARGIN + (self.north - place.lat()) * self.scale.1,
        )
    }

    fn path<'r>(&self, rings: impl Iterator<Item = &'r Vec<Coord>>) -> String {
        let mut path = String::new();
        for ring in rings {
            for (i, &place) in ring.iter().enumerate() {
                let (x, y) = self.at(place);
                let pen = if i == 0 { 'M' } else { 'L' };
                let _ = write!(path, "{pen}{x:.2} {y:.2}");
            }
            path.push('Z');
        }
        path
    }
}

fn svg(layer: &Layer, defects: &[Defect], id: &str, options: &Options) -> Option<String> {
    let drawn = || {
        layer
            .features
            .iter()
            .filter_map(|feature| Some((feature, feature.shape.as_ref()?)))
    };
    let frame = Frame::around(Bounds::around(
        drawn().flat_map(|(_, shape)| shape.iter().flatten().flatten().copied()),
    )?);
    let (width, height) = (frame.width, frame.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" font-family=\"sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<g stroke=\"#33556b\" stroke-width=\"1\" stroke-linejoin=\"round\" fill-rule=\"evenodd\">\n"
    );
    // Four pale fills in turn are enough to tell neighbours apart mostly; the borders tell the rest.
    const FILLS: [&str; 4] = ["#dcebf2", "#e9f0dc", "#f4ead9", "#ece3f0"];
    for (place, (feature, shape)) in drawn().enumerate() {
        let path = frame.path(shape.iter().flatten());
        let fill = FILLS[place % FILLS.len()];
        let name = escaped(&name(feature.attributes.get(id), feature.number));
        let _ = writeln!(
            out,
            "<path class=\"cell\" d=\"{path}\" fill=\"{fill}\"><title>{name}</title></path>"
        );
    }
    out.push_str("</g>\n");
    if drawn().count() <= MOST_NAMES {
        out.push_str("<g font-size=\"11\" text-anchor=\"middle\" fill=\"#22313b\">\n");
        for (feature, shape) in drawn() {
            let largest = shape
                .iter()
                .filter_map(|rings| rings.first())
                .max_by_key(|r| r.len());
            let Some(middle) = largest.and_then(|ring| Bounds::around(ring.iter().copied())) else {
                continue;
            };
            let ((x1, y1), (x2, y2)) = (frame.at(middle.min), frame.at(middle.max));
            let (x, y) = ((x1 + x2) / 2.0, (y1 + y2) / 2.0);
            let name = escaped(&name(feature.attributes.get(id), feature.number));
            let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\">{name}</text>");
        }
        out.push_str("</g>\n");
    }
    for defect in defects {
        mark(&mut out, defect, &frame, options);
    }
    out.push_str("</svg>\n");
    Some(out)
}

/// A defect with its area filled and a ring around its place, which shows however small it is.
fn mark(out: &mut String, defect: &Defect, frame: &Frame, options: &Options) {
    let colour = match defect.kind {
        DefectKind::Gap | DefectKind::Empty => "#d9480f",
        DefectKind::Overlap | DefectKind::Duplicate => "#c2255c",
        DefectKind::OutsideBoundary | DefectKind::OutsideParent => "#862e9c",
        _ => "#1864ab",
    };
    let kind = report::kind(defect);
    let text = escaped(options.text(&defect.text));
    let _ = writeln!(
        out,
        "<g class=\"defect {kind}\" fill=\"{colour}\" stroke=\"{colour}\"><title>{kind}: {text}</title>"
    );
    if !defect.rings.is_empty() {
        let path = frame.path(defect.rings.iter());
        let _ = writeln!(
            out,
            "<path d=\"{path}\" fill-opacity=\".55\" fill-rule=\"evenodd\"/>"
        );
    }
    if let Some(at) = defect.at {
        let (x, y) = frame.at(at);
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"9\" fill=\"none\" stroke-width=\"2\"/>"
        );
    }
    out.push_str("</g>\n");
}

fn name(value: Option<&Value>, number: usize) -> String {
    match value {
        Some(Value::String(text)) if !text.trim().is_empty() => text.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => format!("#{number}"),
    }
}

fn escaped(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .fold(String::new(), |mut safe, c| {
            match c {
                '<' => safe.push_str("&lt;"),
                '>' => safe.push_str("&gt;"),
                '&' => safe.push_str("&amp;"),
                c => safe.push(c),
            }
            safe
        })
}
