//! What an undeclared file may be, from the ranges of its numbers.

use super::{Crs, epsg};
use crate::cell::Text;

/// What the numbers of a file, or of one feature, range over.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Ranges {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

/// What the ranges tell.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Guess {
    /// One system, with what was taken for granted.
    Taken(Crs, Text),
    /// The two numbers stand in the wrong order.
    Swapped(Text),
    /// Any of these.
    Unsure(Vec<Crs>, Text),
    /// No system that is known here.
    None(Text),
}

impl Ranges {
    /// The ranges of some points; NaN and infinities are left to the conversion, which names them.
    pub(crate) fn of<'a>(points: impl IntoIterator<Item = &'a [f64; 2]>) -> Option<Ranges> {
        let mut ranges: Option<Ranges> = None;
        for &[x, y] in points {
            if !x.is_finite() || !y.is_finite() {
                continue;
            }
            let here = Ranges {
                x: (x, x),
                y: (y, y),
            };
            ranges = Some(ranges.map_or(here, |so_far| so_far.and(here)));
        }
        ranges
    }

    pub(crate) fn and(self, other: Ranges) -> Ranges {
        let join = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        Ranges {
            x: join(self.x, other.x),
            y: join(self.y, other.y),
        }
    }

    /// Whether both numbers could be degrees, in either order.
    pub(crate) fn in_degrees(self) -> bool {
        let small = |(low, high): (f64, f64)| low >= -180.0 && high <= 180.0;
        small(self.x) && small(self.y)
    }

    fn swapped(self) -> Ranges {
        Ranges {
            x: self.y,
            y: self.x,
        }
    }
}

/// What a file may be whose numbers range so.
pub(crate) fn guess(ranges: Ranges) -> Guess {
    if ranges.in_degrees() {
        return degrees(ranges);
    }
    let zones = zones(ranges);
    let mercator = in_mercator(ranges);
    match (zones, mercator) {
        (Some(crs), false) => Guess::Taken(crs, zone_text(crs)),
        (Some(crs), true) => {
            let candidates = vec![Crs::WebMercator, crs];
            let text = ask(&candidates);
            Guess::Unsure(candidates, text)
        }
        (None, _) if zones_of_swapped(ranges) => Guess::Swapped(Text::new(
            "坐标像是（北坐标, 东坐标）的顺序，测绘成果常这样写；这里要先东后北。可在 QGIS 中用“交换 X 和 Y 坐标”改正。",
            "the numbers seem to stand as northing, easting, as surveyors write them; easting comes first here. \"Swap X and Y coordinates\" in QGIS mends it",
        )),
        (None, _) if in_zone(ranges.x) && (0.0..=9_400_000.0).contains(&ranges.y.0) => {
            let candidates = without_zone();
            let text = Text::new(
                "坐标是米，横坐标没有带号，看不出中央经线。请说明坐标系（crs），如 CGCS2000 三度带东经 120° 为 EPSG:4549，117° 为 EPSG:4548。",
                "these are metres whose eastings carry no zone's number, so the central meridian can't be seen. Say the system (crs), as EPSG:4549 for CGCS2000 at 120°E, EPSG:4548 at 117°E",
            );
            Guess::Unsure(candidates, text)
        }
        (None, true) => {
            let candidates = vec![Crs::WebMercator];
            let text = ask(&candidates);
            Guess::Unsure(candidates, text)
        }
        (None, false) => Guess::None(Text {
            zh: format!(
                "看不出坐标系：x 从 {} 到 {}，y 从 {} 到 {}。请说明坐标系（crs），或先在 QGIS 中另存为 EPSG:4326。",
                ranges.x.0, ranges.x.1, ranges.y.0, ranges.y.1
            ),
            en: format!(
                "the coordinate reference system can't be told: x runs from {} to {}, y from {} to {}. Say the system (crs), or save the file as EPSG:4326 first",
                ranges.x.0, ranges.x.1, ranges.y.0, ranges.y.1
            ),
        }),
    }
}

/// What is said wherever degrees were taken for WGS 84 without the file saying so.
pub(crate) fn assumed_wgs84() -> Text {
    Text::new(
        "文件没有说明坐标系，按 WGS 84 / CGCS2000 读；若是在高德、腾讯地图上画的，坐标系（crs）为 gcj02，百度地图为 bd09。",
        "taken for WGS 84 / CGCS2000, as the file names no system; say crs gcj02 if it was drawn on Amap or Tencent, bd09 if on Baidu",
    )
}

fn degrees(ranges: Ranges) -> Guess {
    let no_latitude = ranges.y.0 < -90.0 || ranges.y.1 > 90.0;
    let fits_swapped = ranges.x.0 >= -90.0 && ranges.x.1 <= 90.0;
    // Nobody keeps a grid in Antarctica, while America with its numbers swapped lies there.
    let antarctic = ranges.y.1 < -60.0;
    if (no_latitude || antarctic) && fits_swapped {
        let (x, y) = (ranges.x.0, ranges.y.0);
        return Guess::Swapped(Text {
            zh: format!(
                "经纬度像是写反了：({x}, {y}) 应先写经度，后写纬度。可在 QGIS 中用“交换 X 和 Y 坐标”改正。"
            ),
            en: format!(
                "longitude and latitude seem to be swapped: in ({x}, {y}) the longitude must come first. \"Swap X and Y coordinates\" in QGIS mends it"
            ),
        });
    }
    // Single points that are no place get their own message, with the feature's number.
    Guess::Taken(Crs::Wgs84, assumed_wgs84())
}

/// Whether eastings without a zone's number lie around 500 km.
fn in_zone((low, high): (f64, f64)) -> bool {
    low >= 50_000.0 && high <= 950_000.0
}

/// The one zone of CGCS2000 whose number stands before every easting.
fn zones(ranges: Ranges) -> Option<Crs> {
    let zone = (ranges.x.0 / 1e6).floor();
    let offset = zone * 1e6;
    let fits = (13.0..46.0).contains(&zone)
        && in_zone((ranges.x.0 - offset, ranges.x.1 - offset))
        && ranges.y.0 >= 0.0
        && ranges.y.1 <= 6_700_000.0;
    let code = epsg::of_zone(zone as u32).filter(|_| fits)?;
    Crs::from_epsg(code).ok()
}

fn zones_of_swapped(ranges: Ranges) -> bool {
    zones(ranges.swapped()).is_some() || {
        // Without a zone's number: a northing of China and an easting around 500 km, the wrong way about.
        ranges.x.0 >= 1_500_000.0
            && ranges.x.1 <= 6_700_000.0
            && in_zone(ranges.y)
            && ranges.y.0 >= 200_000.0
            && ranges.y.1 <= 800_000.0
    }
}

fn in_mercator(ranges: Ranges) -> bool {
    let within = |(low, high): (f64, f64)| low >= -20_037_509.0 && high <= 20_037_509.0;
    within(ranges.x)
        && within(ranges.y)
        // Zones past 15 would lie in the Pacific if they were web maps' metres.
        && ranges.x.1 < 15_100_000.0
}

fn zone_text(crs: Crs) -> Text {
    let (degrees, meridian) = match crs {
        Crs::Transverse(p) if p.false_easting_m < 24.5e6 => (6, p.central_meridian_deg),
        Crs::Transverse(p) => (3, p.central_meridian_deg),
        _ => (0, 0.0),
    };
    Text {
        zh: format!(
            "文件没有说明坐标系；横坐标带有带号，按 {crs}（CGCS2000 {degrees} 度带，中央经线 {meridian}°）读。若是 1980 西安或 1954 北京坐标系，会偏几十到上百米。"
        ),
        en: format!(
            "taken for {crs} (CGCS2000, {degrees}-degree zone at {meridian}°E), as the eastings carry a zone's number and the file names no system; if it is Xian 1980 or Beijing 1954 it lies tens of metres off"
        ),
    }
}

fn without_zone() -> Vec<Crs> {
    (4534..=4554)
        .chain(4502..=4512)
        .chain(32_643..=32_653)
        .filter_map(|code| Crs::from_epsg(code).ok())
        .collect()
}

fn ask(candidates: &[Crs]) -> Text {
    let listed: Vec<String> = candidates.iter().map(Crs::to_string).collect();
    Text {
        zh: format!(
            "文件没有说明坐标系，坐标是米，可能是 {}。请说明坐标系（crs）。",
            listed.join(" 或 ")
        ),
        en: format!(
            "the file names no coordinate reference system and its numbers are metres, perhaps of {}; say the system (crs)",
            listed.join(" or ")
        ),
    }
}
