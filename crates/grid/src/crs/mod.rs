//! Coordinate reference systems: what the two numbers of a point mean, and the way from them to [`Coord`].
//!
//! CGCS2000 and WGS 84 differ by less than a unit of [`Coord`] in practice (both are realisations of ITRS with nearly
//! the same ellipsoid), so here they are equal.

mod declared;
mod epsg;
mod guess;
mod shifted;
mod transverse;

use std::fmt;

pub(crate) use declared::{from_name, from_wkt};
pub(crate) use guess::{Guess, Ranges, guess};
pub use transverse::{Ellipsoid, TransverseMercator};

use crate::{
    cell::Text,
    coord::{BadCoord, Coord},
};
use transverse::Kruger;

/// What the two numbers of a point mean.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Crs {
    /// Longitude and latitude in degrees, as a satellite receiver tells them.
    Wgs84,
    /// China's own, equal to WGS 84 for every purpose here.
    Cgcs2000,
    /// North America's, within two metres of WGS 84 and taken for it.
    Nad83,
    /// The shifted degrees of Amap, Tencent and every licensed map in China.
    Gcj02,
    /// Baidu's degrees, GCJ-02 shifted once more.
    Bd09,
    /// The metres of web maps (EPSG:3857).
    WebMercator,
    /// Metres of Gauss-Krüger or UTM.
    Transverse(TransverseMercator),
}

/// Why a text names no coordinate reference system that can be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BadCrs {
    /// Beijing 1954 or Xian 1980: the shift of the datum differs from place to place and is not public.
    OldDatum(String),
    /// Any other.
    Unknown(String),
}

impl BadCrs {
    /// What is wrong and how to mend it.
    pub fn text(&self) -> Text {
        match self {
            BadCrs::OldDatum(name) => Text {
                zh: format!(
                    "{name} 属于 1954 北京或 1980 西安坐标系：它到 CGCS2000 的改正量各地不同且不公开，这里换算会差几十到上百米。请用本地测绘部门的参数先转为 CGCS2000。"
                ),
                en: format!(
                    "{name} is on the datum Beijing 1954 or Xian 1980, whose shift to CGCS2000 differs from place to place and is not published: a guess would be tens of metres off. Have it turned into CGCS2000 with your survey office's parameters first"
                ),
            },
            BadCrs::Unknown(name) => Text {
                zh: format!(
                    "不认识坐标系 {name}。可用：wgs84、cgcs2000、gcj02、bd09、EPSG:3857、EPSG:4491–4554（CGCS2000 高斯投影）、EPSG:32601–32660 和 32701–32760（UTM）；其他的请先在 QGIS 中另存为 EPSG:4326。"
                ),
                en: format!(
                    "the coordinate reference system {name} is not known here. These are: wgs84, cgcs2000, gcj02, bd09, EPSG:3857, EPSG:4491 to 4554 (CGCS2000 Gauss-Krüger), EPSG:32601 to 32660 and 32701 to 32760 (UTM); save any other as EPSG:4326 first, in QGIS for instance"
                ),
            },
        }
    }
}

impl fmt::Display for BadCrs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().en)
    }
}

impl std::error::Error for BadCrs {}

/// Why two numbers are no place in a coordinate reference system.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum BadPlace {
    Coord(BadCoord),
    /// Metres too far from the projection's middle to mean anything.
    OutsideProjection {
        x: f64,
        y: f64,
        crs: Crs,
    },
}

impl Crs {
    /// The system with this name: `wgs84`, `cgcs2000`, `gcj02`, `bd09`, or `EPSG:` and a number.
    pub fn parse(name: &str) -> Result<Crs, BadCrs> {
        let plain: String = name
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '_'))
            .flat_map(char::to_lowercase)
            .collect();
        match plain.as_str() {
            "wgs84" | "crs84" | "ogc:crs84" => return Ok(Crs::Wgs84),
            "cgcs2000" => return Ok(Crs::Cgcs2000),
            "nad83" | "ogc:crs83" => return Ok(Crs::Nad83),
            "gcj02" => return Ok(Crs::Gcj02),
            "bd09" => return Ok(Crs::Bd09),
            _ => {}
        }
        plain
            .strip_prefix("epsg:")
            .and_then(|code| code.parse().ok())
            .map_or_else(|| Err(BadCrs::Unknown(name.into())), Crs::from_epsg)
    }

    /// The system with this number in the EPSG registry.
    pub fn from_epsg(code: u32) -> Result<Crs, BadCrs> {
        epsg::crs(code)
    }

    /// Its number in the EPSG registry; GCJ-02, BD-09 and local meridians have none.
    pub fn epsg(self) -> Option<u32> {
        match self {
            Crs::Wgs84 => Some(4326),
            Crs::Cgcs2000 => Some(4490),
            Crs::Nad83 => Some(4269),
            Crs::Gcj02 | Crs::Bd09 => None,
            Crs::WebMercator => Some(3857),
            Crs::Transverse(projection) => projection.epsg,
        }
    }

    /// Whether its numbers are degrees and not metres.
    pub fn in_degrees(self) -> bool {
        !matches!(self, Crs::WebMercator | Crs::Transverse(_))
    }

    /// Longitude and latitude in WGS 84, in degrees, of two numbers in this system.
    pub fn to_wgs84(self, x: f64, y: f64) -> (f64, f64) {
        Conversion::new(self).degrees(x, y)
    }

    /// The two numbers in this system of a longitude and a latitude in WGS 84.
    pub fn from_wgs84(self, lon: f64, lat: f64) -> (f64, f64) {
        match self {
            Crs::Wgs84 | Crs::Cgcs2000 | Crs::Nad83 => (lon, lat),
            Crs::Gcj02 => shifted::wgs84_to_gcj02(lon, lat),
            Crs::Bd09 => {
                let (lon, lat) = shifted::wgs84_to_gcj02(lon, lat);
                shifted::gcj02_to_bd09(lon, lat)
            }
            Crs::WebMercator => transverse::to_web_mercator(lon, lat),
            Crs::Transverse(projection) => Kruger::new(projection).forward(lon, lat),
        }
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.epsg()) {
            (Crs::Wgs84, _) => f.write_str("WGS 84"),
            (Crs::Cgcs2000, _) => f.write_str("CGCS2000"),
            (Crs::Nad83, _) => f.write_str("NAD83"),
            (Crs::Gcj02, _) => f.write_str("GCJ-02"),
            (Crs::Bd09, _) => f.write_str("BD-09"),
            (_, Some(code)) => write!(f, "EPSG:{code}"),
            (Crs::Transverse(projection), None) => {
                write!(
                    f,
                    "transverse Mercator at {}°E",
                    projection.central_meridian_deg
                )
            }
            (Crs::WebMercator, None) => f.write_str("EPSG:3857"),
        }
    }
}

/// The way from one system to [`Coord`], with what can be worked out beforehand.
pub(crate) struct Conversion {
    crs: Crs,
    kruger: Option<Kruger>,
}

impl Conversion {
    pub(crate) fn new(crs: Crs) -> Conversion {
        let kruger = match crs {
            Crs::Transverse(projection) => Some(Kruger::new(projection)),
            _ => None,
        };
        Conversion { crs, kruger }
    }

    fn degrees(&self, x: f64, y: f64) -> (f64, f64) {
        match (self.crs, &self.kruger) {
            (_, Some(kruger)) => kruger.inverse(x, y),
            (Crs::Gcj02, _) => shifted::gcj02_to_wgs84(x, y),
            (Crs::Bd09, _) => {
                let (lon, lat) = shifted::bd09_to_gcj02(x, y);
                shifted::gcj02_to_wgs84(lon, lat)
            }
            (Crs::WebMercator, _) => transverse::from_web_mercator(x, y),
            _ => (x, y),
        }
    }

    /// The place that two numbers of a file mean.
    pub(crate) fn coord(&self, x: f64, y: f64) -> Result<Coord, BadPlace> {
        if self.crs.in_degrees() {
            // What is no place before the shift is none after it, and the message shows the file's own numbers.
            let plain = Coord::from_degrees(x, y).map_err(BadPlace::Coord)?;
            if !matches!(self.crs, Crs::Gcj02 | Crs::Bd09) {
                return Ok(plain);
            }
        } else {
            if !x.is_finite() || !y.is_finite() {
                return Err(BadPlace::Coord(BadCoord::NotFinite));
            }
            if !self.reaches(x, y) {
                let crs = self.crs;
                return Err(BadPlace::OutsideProjection { x, y, crs });
            }
        }
        let (lon, lat) = self.degrees(x, y);
        Coord::from_degrees(lon, lat).map_err(BadPlace::Coord)
    }

    fn reaches(&self, x: f64, y: f64) -> bool {
        match self.crs {
            Crs::Transverse(projection) => projection.reaches(x, y),
            _ => x.abs() <= 20_037_508.5 && y.abs() <= 20_048_966.5,
        }
    }
}

impl BadPlace {
    /// What is wrong and how to mend it.
    pub(crate) fn text(&self) -> Text {
        match self {
            BadPlace::Coord(bad) => {
                let zh = match bad {
                    BadCoord::NotFinite => {
                        "坐标不是有限的数（NaN 或无穷大），请修正这个点。".into()
                    }
                    BadCoord::Swapped { lon, lat } => format!(
                        "({lon}, {lat}) 的经纬度像是写反了：先经度，后纬度。可在 QGIS 中用“交换 X 和 Y 坐标”改正。"
                    ),
                    BadCoord::OutsideEarth { lon, lat } => format!(
                        "({lon}, {lat}) 不在地球上：经度 -180 到 180，纬度 -90 到 90；若是投影坐标，请说明坐标系（crs）。"
                    ),
                };
                let en = match bad {
                    BadCoord::NotFinite => {
                        "a coordinate is not a finite number (NaN or infinity): mend that point"
                            .into()
                    }
                    BadCoord::Swapped { .. } => {
                        format!("{bad}; \"Swap X and Y coordinates\" in QGIS mends it")
                    }
                    BadCoord::OutsideEarth { .. } => {
                        format!("{bad}; if these are metres, say the system (crs)")
                    }
                };
                Text { zh, en }
            }
            BadPlace::OutsideProjection { x, y, crs } => {
                let (zh, en) = match crs {
                    Crs::Transverse(projection) => projection.why_not(*x),
                    _ => Default::default(),
                };
                Text {
                    zh: format!("({x}, {y}) 超出 {crs} 的范围。{zh}"),
                    en: format!("the pair ({x}, {y}) lies outside of {crs}{en}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
