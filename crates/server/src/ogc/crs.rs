//! Coordinate reference systems by their addresses, each with the order of its axes.

use gewang_grid::{Bounds, Coord, Crs};
use serde_json::{Value, json};

use crate::body::bad_parameter;
use crate::problem::Outcome;

/// Longitude and latitude, in this order: what GeoJSON has without being asked.
pub(super) const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
const EPSG: &str = "http://www.opengis.net/def/crs/EPSG/0/";

/// A system in which coordinates are told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Told {
    crs: Crs,
    /// Whether north comes before east, as the registry says of this system.
    north_first: bool,
    code: Option<u32>,
}

impl Told {
    /// What is told where nothing is asked.
    pub fn plain() -> Told {
        Told {
            crs: Crs::Wgs84,
            north_first: false,
            code: None,
        }
    }

    fn of_code(code: u32) -> Option<Told> {
        let crs = Crs::from_epsg(code).ok()?;
        // Geographic systems, and the Gauss-Krüger ones of China, have the northing first.
        let north_first = matches!(code, 4326 | 4490 | 4491..=4554);
        let code = Some(code);
        Some(Told {
            crs,
            north_first,
            code,
        })
    }

    /// The address of the system.
    pub fn uri(&self) -> String {
        match self.code {
            None => CRS84.to_owned(),
            Some(code) => format!("{EPSG}{code}"),
        }
    }

    /// The system that a parameter names, of those that are offered.
    pub fn parse(parameter: &str, uri: &str, within: Bounds) -> Outcome<Told> {
        let offered = offered(within);
        let known = offered.into_iter().find(|told| told.uri() == uri);
        known.ok_or_else(|| {
            bad_parameter(
                parameter,
                "不是本图层提供的坐标系，请从 crs 列表中选择",
                "names no coordinate reference system of this collection: choose one of its `crs`",
            )
        })
    }

    /// A place as it is told.
    pub fn place(&self, at: Coord) -> Value {
        let (x, y) = self.crs.from_wgs84(at.lon(), at.lat());
        let digits = if self.crs.in_degrees() { 1e7 } else { 1e3 };
        let [x, y] = [x, y].map(|value| (value * digits).round() / digits);
        match self.north_first {
            true => json!([y, x]),
            false => json!([x, y]),
        }
    }

    /// Polygons as they are told.
    pub fn polygons(&self, polygons: &[Vec<gewang_grid::Ring>]) -> Value {
        let ring = |ring: &gewang_grid::Ring| -> Vec<Value> {
            let closed = ring.iter().chain(ring.first());
            closed.map(|at| self.place(*at)).collect()
        };
        let all: Vec<Vec<Vec<Value>>> = polygons
            .iter()
            .map(|polygon| polygon.iter().map(ring).collect())
            .collect();
        match all.as_slice() {
            [only] => json!({ "type": "Polygon", "coordinates": only }),
            _ => json!({ "type": "MultiPolygon", "coordinates": all }),
        }
    }

    /// A box of this system in degrees: west, south, east, north.
    pub fn degrees(&self, [a, b, c, d]: [f64; 4]) -> [f64; 4] {
        let [west, south, east, north] = match self.north_first {
            true => [b, a, d, c],
            false => [a, b, c, d],
        };
        if self.crs.in_degrees() {
            return [west, south, east, north];
        }
        // The edges of a box of metres are bent in degrees: some places along them tell how far.
        const STEPS: u32 = 8;
        let mut around = [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ];
        for i in 0..=STEPS {
            for j in 0..=STEPS {
                let share = |low: f64, high: f64, step: u32| {
                    low + (high - low) * f64::from(step) / f64::from(STEPS)
                };
                let (lon, lat) = self
                    .crs
                    .to_wgs84(share(west, east, i), share(south, north, j));
                around[0] = around[0].min(lon);
                around[1] = around[1].min(lat);
                around[2] = around[2].max(lon);
                around[3] = around[3].max(lat);
            }
        }
        around
    }
}

/// The systems in which a town's collections are told: degrees, web maps, and the Gauss-Krüger zones of three degrees that
/// reach it.
pub(super) fn offered(within: Bounds) -> Vec<Told> {
    let middle = (within.min.lon() + within.max.lon()) / 2.0;
    let zones = (4513..=4554).filter(|code| {
        // 25 zones with the number before the eastings begin at 75° E, those without as well.
        let zone = (code - 4513) % 21;
        (middle - f64::from(75 + 3 * zone)).abs() <= 3.0
    });
    let codes = [4326, 4490, 3857].into_iter().chain(zones);
    let told = codes.filter_map(Told::of_code);
    [Told::plain()].into_iter().chain(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn town() -> Bounds {
        let at = |lon, lat| Coord::from_degrees(lon, lat).expect("a place");
        Bounds::around([at(119.9, 31.3), at(120.1, 31.5)]).expect("a box")
    }

    #[test]
    fn axes_stand_in_the_order_of_the_registry() {
        let at = Coord::from_degrees(120.0, 31.4).expect("a place");
        let told = |uri: &str| Told::parse("crs", uri, town()).map(|told| told.place(at));
        assert_eq!(told(CRS84).expect("it is offered"), json!([120.0, 31.4]));
        for code in ["4326", "4490"] {
            let place = told(&format!("{EPSG}{code}")).expect("it is offered");
            assert_eq!(place, json!([31.4, 120.0]), "{code}");
        }
        // On the central meridian: northing first, and the false easting of 500 km, with the zone's number before it or not.
        let plain = told(&format!("{EPSG}4549")).expect("it is offered");
        assert_eq!(plain[1], 500_000.0);
        assert!(
            (plain[0].as_f64().expect("a number") - 3_475_300.0).abs() < 1000.0,
            "{plain}"
        );
        let numbered = told(&format!("{EPSG}4528")).expect("it is offered");
        assert_eq!(numbered[1], 40_500_000.0);
        for other in ["EPSG:4326", &format!("{EPSG}4534"), &format!("{EPSG}2434")] {
            assert!(told(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_box_of_metres_is_one_of_degrees() {
        let told = Told::of_code(4549).expect("it is known");
        let [west, south, east, north] =
            told.degrees([3_470_000.0, 490_000.0, 3_480_000.0, 510_000.0]);
        assert!(
            (119.88..119.9).contains(&west) && (120.1..120.12).contains(&east),
            "{west} {east}"
        );
        assert!(
            (31.35..31.36).contains(&south) && (31.44..31.45).contains(&north),
            "{south} {north}"
        );
        let told = Told::of_code(4326).expect("it is known");
        assert_eq!(
            told.degrees([31.0, 120.0, 32.0, 121.0]),
            [120.0, 31.0, 121.0, 32.0]
        );
    }
}
