//! What a file holds in its own numbers, and the one way from there to a layer in WGS 84.

use serde_json::{Map, Value};

use super::open::{OpenError, Opening};
use crate::{
    cell::Text,
    coord::Coord,
    crs::{Conversion, Crs, Guess, Ranges, guess},
    layer::{Feature, Layer},
    reading::Unreadable,
};

/// Vertices past which a file is refused: a country's villages have fewer, and memory stays bounded.
const MOST_VERTICES: usize = 20_000_000;
/// Vertices past which a ring is refused: a country's border at ten metres has fewer.
pub(super) const MOST_IN_RING: usize = 1_000_000;
/// Messages past which a file is not looked at further; the first ones tell what is wrong with it.
const MOST_FAULTS: usize = 100;

/// Polygons, in each its rings, in each its points, in the file's own numbers.
pub(super) type Polygons = Vec<Vec<Vec<[f64; 2]>>>;

/// A file as its reader leaves it.
#[derive(Debug, Default)]
pub(super) struct Drawing {
    pub features: Vec<Drawn>,
    pub about: Map<String, Value>,
    /// The system that the file says it is in.
    pub declared: Option<Crs>,
}

/// A feature in the file's own numbers.
#[derive(Debug)]
pub(super) struct Drawn {
    pub number: usize,
    pub attributes: Map<String, Value>,
    pub shape: Option<Polygons>,
}

/// Something wrong with the file as a whole.
pub(super) fn whole(zh: impl Into<String>, en: impl Into<String>) -> Vec<Unreadable> {
    vec![Unreadable {
        feature: None,
        text: Text::new(zh, en),
    }]
}

/// Something wrong with a feature.
pub(super) fn at(number: usize, text: Text) -> Unreadable {
    Unreadable {
        feature: Some(number),
        text,
    }
}

/// What may still be read.
#[derive(Debug)]
pub(super) struct Allowance {
    vertices: usize,
}

impl Allowance {
    pub(super) fn new() -> Allowance {
        Allowance {
            vertices: MOST_VERTICES,
        }
    }

    /// Takes a ring's vertices from what is left.
    pub(super) fn ring(&mut self, vertices: usize) -> Result<(), Text> {
        self.fits_ring(vertices)?;
        self.vertices = self.vertices.checked_sub(vertices).ok_or_else(|| Text {
            zh: format!("整个文件超过 {MOST_VERTICES} 个点，超出限制；请分成几个文件，或先简化。"),
            en: format!(
                "the file has more than {MOST_VERTICES} points, which is refused: split or simplify it first"
            ),
        })?;
        Ok(())
    }

    /// Whether a ring may have so many vertices.
    pub(super) fn fits_ring(&self, vertices: usize) -> Result<(), Text> {
        if vertices > MOST_IN_RING {
            return Err(Text {
                zh: format!(
                    "一个环有 {MOST_IN_RING} 个以上的点，超出限制；请先简化图形（如 QGIS 的“简化”，0.1 米足够）。"
                ),
                en: format!(
                    "a ring has more than {MOST_IN_RING} points, which is refused: simplify the drawing first (\"Simplify\" in QGIS; a tenth of a metre will do)"
                ),
            });
        }
        Ok(())
    }
}

/// The layer in WGS 84, the system it was taken for, and what was taken for granted.
pub(super) fn finish(
    drawing: Drawing,
    opening: &Opening,
) -> Result<(Layer, Crs, Option<Text>), OpenError> {
    if drawing.features.is_empty() {
        return Err(OpenError::Unreadable(whole(
            "文件里没有要素。",
            "the file has no features, and so no cells",
        )));
    }
    let (crs, note) = system(&drawing, opening)?;
    let conversion = Conversion::new(crs);
    let mut faults = Vec::new();
    let mut features = Vec::with_capacity(drawing.features.len());
    for drawn in drawing.features {
        let number = drawn.number;
        match drawn
            .shape
            .map(|shape| convert(shape, &conversion))
            .transpose()
        {
            Ok(shape) => features.push(Feature {
                number,
                attributes: drawn.attributes,
                shape,
            }),
            Err(text) => faults.push(at(number, text)),
        }
        if faults.len() >= MOST_FAULTS {
            break;
        }
    }
    if !faults.is_empty() {
        return Err(OpenError::Unreadable(faults));
    }
    let about = drawing.about;
    Ok((Layer { features, about }, crs, note))
}

fn convert(shape: Polygons, conversion: &Conversion) -> Result<Vec<Vec<Vec<Coord>>>, Text> {
    let place = |[x, y]: [f64; 2]| conversion.coord(x, y).map_err(|bad| bad.text());
    let ring = |ring: Vec<[f64; 2]>| ring.into_iter().map(place).collect();
    let polygon = |rings: Vec<Vec<[f64; 2]>>| rings.into_iter().map(ring).collect();
    shape.into_iter().map(polygon).collect()
}

fn system(drawing: &Drawing, opening: &Opening) -> Result<(Crs, Option<Text>), OpenError> {
    let ranges: Vec<(usize, Ranges)> = drawing
        .features
        .iter()
        .filter_map(|drawn| {
            let points = drawn.shape.iter().flatten().flatten().flatten();
            Some((drawn.number, Ranges::of(points)?))
        })
        .collect();
    let all = ranges.iter().map(|(_, r)| *r).reduce(Ranges::and);
    let said = opening.crs.or(drawing.declared);
    // What holds for the whole file is told of the first feature in which it shows.
    let refuse = |text: Text| {
        let feature = ranges.first().map(|(number, _)| *number);
        OpenError::Unreadable(vec![Unreadable { feature, text }])
    };
    let Some(all) = all else {
        return Ok((said.unwrap_or(Crs::Wgs84), None));
    };
    if let Some(crs) = said {
        if crs.in_degrees() && ranges.iter().all(|(_, r)| !r.in_degrees()) {
            return Err(refuse(Text {
                zh: format!(
                    "坐标系应为 {crs}（度），但坐标不在地球上；请说明真正的坐标系（crs）。"
                ),
                en: format!(
                    "the system is said to be {crs}, in degrees, but the numbers lie outside the Earth; say the true system (crs)"
                ),
            }));
        }
        if crs.in_degrees()
            && all.y.1.abs().max(all.y.0.abs()) > 90.0
            && let Guess::Swapped(text) = guess(all)
        {
            return Err(refuse(text));
        }
        let note = (crs == Crs::Nad83).then(|| {
            Text::new(
                "NAD83 按 WGS 84 读，两者相差不到两米。",
                "NAD83 was taken for WGS 84, from which it differs by less than two metres",
            )
        });
        return Ok((crs, note));
    }
    mixed(&ranges)?;
    match guess(all) {
        Guess::Taken(crs, text) => Ok((crs, Some(text))),
        Guess::Swapped(text) | Guess::None(text) => Err(refuse(text)),
        Guess::Unsure(candidates, text) => Err(OpenError::Unsure { candidates, text }),
    }
}

/// Refuses features that can't be in one system with the rest.
fn mixed(ranges: &[(usize, Ranges)]) -> Result<(), OpenError> {
    let degrees = ranges.iter().filter(|(_, r)| r.in_degrees()).count();
    if degrees > 0 && degrees < ranges.len() {
        let odd_are_degrees = degrees * 2 < ranges.len();
        let odd = ranges
            .iter()
            .filter(|(_, r)| r.in_degrees() == odd_are_degrees)
            .take(MOST_FAULTS);
        let text = if odd_are_degrees {
            Text::new(
                "坐标是度，其他要素却是米：一个文件里混用了坐标系；请转成同一坐标系。",
                "its numbers are degrees while those of the others are metres: the file mixes coordinate reference systems, or has a slip there; turn it into one system",
            )
        } else {
            Text::new(
                "坐标不是度，其他要素却是度：一个文件里混用了坐标系，或者这里写错了；请转成同一坐标系。",
                "its numbers are no degrees while those of the others are: the file mixes coordinate reference systems, or has a slip there; turn it into one system",
            )
        };
        let faults = odd.map(|(number, _)| at(*number, text.clone())).collect();
        return Err(OpenError::Unreadable(faults));
    }
    let taken = |r: &Ranges| match guess(*r) {
        Guess::Taken(crs, _) => Some(crs),
        _ => None,
    };
    let mut zones = ranges.iter().filter_map(|(n, r)| Some((*n, taken(r)?)));
    if let Some((_, first)) = zones.next()
        && let Some((number, other)) = zones.find(|(_, crs)| *crs != first)
    {
        let text = Text {
            zh: format!("坐标属于 {other}，前面的要素属于 {first}：请转成同一坐标系。"),
            en: format!(
                "its numbers are of {other} while those before are of {first}: the file mixes zones; turn it into one system"
            ),
        };
        return Err(OpenError::Unreadable(vec![at(number, text)]));
    }
    Ok(())
}
