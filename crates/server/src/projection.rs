//! From places on the Earth to places on a map: the square of Web Mercator, in the datum that the base map has.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The datum of a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// WGS 84, which CGCS2000 equals for a map.
    #[default]
    Wgs84,
    /// GCJ-02: shifted by some hundred metres, as public maps in China are.
    Gcj02,
}

impl Datum {
    /// Where on the square from (0, 0) in the north-west to (1, 1) in the south-east a place in WGS 84 is drawn.
    pub fn square(self, lon: f64, lat: f64) -> (f64, f64) {
        let (lon, lat) = match self {
            Datum::Wgs84 => (lon, lat),
            Datum::Gcj02 => gcj02(lon, lat),
        };
        // Beyond this latitude the square ends.
        let lat = lat.clamp(-85.051_128_78, 85.051_128_78).to_radians();
        let north = (lat.tan() + 1.0 / lat.cos()).ln();
        (
            lon / 360.0 + 0.5,
            0.5 - north / (2.0 * std::f64::consts::PI),
        )
    }
}

/// A place in GCJ-02. The shift is applied nowhere but in and around China, and follows the published approximation
/// (polynomial and sines over the Krasovsky ellipsoid), good to a metre or two.
fn gcj02(lon: f64, lat: f64) -> (f64, f64) {
    if !(72.004..=137.8347).contains(&lon) || !(0.8293..=55.8271).contains(&lat) {
        return (lon, lat);
    }
    const SEMI_MAJOR_M: f64 = 6_378_245.0;
    const E2: f64 = 0.006_693_421_622_965_943;
    let (x, y) = (lon - 105.0, lat - 35.0);
    let sin = |turns: f64| (turns * std::f64::consts::PI).sin();
    let wave = (20.0 * sin(6.0 * x) + 20.0 * sin(2.0 * x)) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + wave
        + (20.0 * sin(y) + 40.0 * sin(y / 3.0)) * 2.0 / 3.0
        + (160.0 * sin(y / 12.0) + 320.0 * sin(y / 30.0)) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + wave
        + (20.0 * sin(x) + 40.0 * sin(x / 3.0)) * 2.0 / 3.0
        + (150.0 * sin(x / 12.0) + 300.0 * sin(x / 30.0)) * 2.0 / 3.0;
    let radians = lat.to_radians();
    let w2 = 1.0 - E2 * radians.sin().powi(2);
    let meridional = SEMI_MAJOR_M * (1.0 - E2) / (w2 * w2.sqrt());
    let normal = SEMI_MAJOR_M / w2.sqrt();
    (
        lon + (east / (normal * radians.cos())).to_degrees(),
        lat + (north / meridional).to_degrees(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_square_is_that_of_every_web_map() {
        let (x, y) = Datum::Wgs84.square(0.0, 0.0);
        assert!((x - 0.5).abs() < 1e-12 && (y - 0.5).abs() < 1e-12);
        let (x, y) = Datum::Wgs84.square(-180.0, 85.051_128_78);
        assert!(x.abs() < 1e-12 && y.abs() < 1e-7, "{x} {y}");
        // The tile of Tiananmen at zoom 10 is 843/388 on any such map.
        let (x, y) = Datum::Wgs84.square(116.3975, 39.9087);
        assert_eq!(((x * 1024.0) as u32, (y * 1024.0) as u32), (843, 388));
    }

    #[test]
    fn gcj02_shifts_china_and_nothing_else() {
        // As the published implementations say of this place.
        let (lon, lat) = gcj02(116.404, 39.915);
        assert!((lon - 116.410_244_49).abs() < 1e-7, "{lon}");
        assert!((lat - 39.916_404_28).abs() < 1e-7, "{lat}");
        assert_eq!(gcj02(2.35, 48.85), (2.35, 48.85));
    }
}
