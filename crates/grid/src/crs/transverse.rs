//! The Mercator projections: transverse (Gauss-Krüger, UTM) on an ellipsoid, and the sphere of web maps.
//!
//! Transverse Mercator by Krüger's series of 1912 to the sixth power of the third flattening, with the coefficients of
//! C. F. F. Karney, "Transverse Mercator with an accuracy of a few nanometers", Journal of Geodesy 85 (2011), equations
//! 35 and 36. Within 3,900 km of the central meridian it errs by less than a micrometre.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

/// The figure of the Earth that a projection lies on.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ellipsoid {
    /// Half the equator's diameter in metres.
    pub semi_major_m: f64,
    /// One over the flattening.
    pub inverse_flattening: f64,
}

impl Ellipsoid {
    /// Of WGS 84.
    pub const WGS84: Ellipsoid = Ellipsoid {
        semi_major_m: 6_378_137.0,
        inverse_flattening: 298.257_223_563,
    };
    /// Of CGCS2000, and of GRS 1980 to the tenth of a millimetre.
    pub const CGCS2000: Ellipsoid = Ellipsoid {
        semi_major_m: 6_378_137.0,
        inverse_flattening: 298.257_222_101,
    };
}

/// A transverse Mercator projection: one zone of Gauss-Krüger or UTM, or a town's own meridian.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TransverseMercator {
    /// What it lies on.
    pub ellipsoid: Ellipsoid,
    /// The meridian that is true to scale, in degrees east.
    pub central_meridian_deg: f64,
    /// The scale on it.
    pub scale: f64,
    /// What the meridian has for x, in metres; 40 500 000 where the zone's number 40 is put in front.
    pub false_easting_m: f64,
    /// What the equator has for y, in metres.
    pub false_northing_m: f64,
    /// The number in the EPSG registry.
    pub epsg: Option<u32>,
}

impl TransverseMercator {
    /// A zone of Gauss-Krüger on CGCS2000; the number of the zone goes before the eastings when it is given.
    pub fn gauss_kruger(central_meridian_deg: f64, zone: Option<u32>, epsg: Option<u32>) -> Self {
        TransverseMercator {
            ellipsoid: Ellipsoid::CGCS2000,
            central_meridian_deg,
            scale: 1.0,
            false_easting_m: 500_000.0 + f64::from(zone.unwrap_or(0)) * 1e6,
            false_northing_m: 0.0,
            epsg,
        }
    }

    /// A zone of UTM on WGS 84, 1 to 60.
    pub fn utm(zone: u32, south: bool) -> Self {
        TransverseMercator {
            ellipsoid: Ellipsoid::WGS84,
            central_meridian_deg: f64::from(zone) * 6.0 - 183.0,
            scale: 0.9996,
            false_easting_m: 500_000.0,
            false_northing_m: if south { 10_000_000.0 } else { 0.0 },
            epsg: Some(if south { 32_700 } else { 32_600 } + zone),
        }
    }

    /// Whether a point in metres lies where somebody would use the zone: 900 km beside its meridian, a pole ahead.
    pub(super) fn reaches(&self, x: f64, y: f64) -> bool {
        // Degrees that were taken for metres lie next to the false origin, where nothing else does.
        let degrees = self.false_easting_m >= 100_000.0 && x.abs() <= 180.0 && y.abs() <= 90.0;
        !degrees
            && (x - self.false_easting_m).abs() <= 900_000.0
            && (y - self.false_northing_m).abs() <= 10_003_000.0
    }

    /// The likely reason why a point lies outside, with the mend, in zh and en.
    pub(super) fn why_not(&self, x: f64) -> (String, String) {
        if x.abs() <= 180.0 {
            return (
                "这像是经纬度，不是米：坐标系（crs）应为 wgs84。".into(),
                ": these look like degrees, not metres; say crs wgs84".into(),
            );
        }
        let prefix = (x / 1e6).floor();
        if self.false_easting_m < 1e6 && (13.0..46.0).contains(&prefix) {
            return (
                format!("横坐标带有带号 {prefix}：请选带号的 EPSG 代码，如 40 带为 EPSG:4528。"),
                format!(
                    ": the eastings carry the zone's number {prefix}; take the code with the zone, as EPSG:4528 for zone 40"
                ),
            );
        }
        if self.false_easting_m > 1e6 && (0.0..1e6).contains(&x) {
            return (
                "横坐标没有带号：请选不带带号的 EPSG 代码，如东经 120° 为 EPSG:4549。".into(),
                ": the eastings carry no zone's number; take the code without, as EPSG:4549 for 120°E".into(),
            );
        }
        (
            "请说明正确的坐标系（crs）。".into(),
            "; say the right one (crs)".into(),
        )
    }
}

/// A projection with its series worked out.
#[derive(Debug)]
pub(super) struct Kruger {
    projection: TransverseMercator,
    /// The first eccentricity.
    e: f64,
    /// Metres of the rectifying radius times the scale.
    radius_m: f64,
    alpha: [f64; 6],
    beta: [f64; 6],
}

impl Kruger {
    pub(super) fn new(projection: TransverseMercator) -> Kruger {
        let f = 1.0 / projection.ellipsoid.inverse_flattening;
        let n = f / (2.0 - f);
        let power = |coefficients: &[f64], from: i32| -> f64 {
            coefficients
                .iter()
                .zip(from..)
                .map(|(c, exponent)| c * n.powi(exponent))
                .sum()
        };
        let alpha = [
            power(
                &[
                    1.0 / 2.0,
                    -2.0 / 3.0,
                    5.0 / 16.0,
                    41.0 / 180.0,
                    -127.0 / 288.0,
                    7891.0 / 37800.0,
                ],
                1,
            ),
            power(
                &[
                    13.0 / 48.0,
                    -3.0 / 5.0,
                    557.0 / 1440.0,
                    281.0 / 630.0,
                    -1_983_433.0 / 1_935_360.0,
                ],
                2,
            ),
            power(
                &[
                    61.0 / 240.0,
                    -103.0 / 140.0,
                    15061.0 / 26880.0,
                    167_603.0 / 181_440.0,
                ],
                3,
            ),
            power(
                &[
                    49561.0 / 161_280.0,
                    -179.0 / 168.0,
                    6_601_661.0 / 7_257_600.0,
                ],
                4,
            ),
            power(&[34729.0 / 80640.0, -3_418_889.0 / 1_995_840.0], 5),
            power(&[212_378_941.0 / 319_334_400.0], 6),
        ];
        let beta = [
            power(
                &[
                    1.0 / 2.0,
                    -2.0 / 3.0,
                    37.0 / 96.0,
                    -1.0 / 360.0,
                    -81.0 / 512.0,
                    96199.0 / 604_800.0,
                ],
                1,
            ),
            power(
                &[
                    1.0 / 48.0,
                    1.0 / 15.0,
                    -437.0 / 1440.0,
                    46.0 / 105.0,
                    -1_118_711.0 / 3_870_720.0,
                ],
                2,
            ),
            power(
                &[
                    17.0 / 480.0,
                    -37.0 / 840.0,
                    -209.0 / 4480.0,
                    5569.0 / 90720.0,
                ],
                3,
            ),
            power(
                &[4397.0 / 161_280.0, -11.0 / 504.0, -830_251.0 / 7_257_600.0],
                4,
            ),
            power(&[4583.0 / 161_280.0, -108_847.0 / 3_991_680.0], 5),
            power(&[20_648_693.0 / 638_668_800.0], 6),
        ];
        let round = 1.0 + n.powi(2) / 4.0 + n.powi(4) / 64.0 + n.powi(6) / 256.0;
        Kruger {
            e: (f * (2.0 - f)).sqrt(),
            radius_m: projection.ellipsoid.semi_major_m / (1.0 + n) * round * projection.scale,
            projection,
            alpha,
            beta,
        }
    }

    /// Metres east and north of a longitude and a latitude in degrees.
    pub(super) fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let lambda = (lon - self.projection.central_meridian_deg).to_radians();
        let tau = lat.to_radians().tan();
        let sigma = (self.e * (self.e * tau / tau.hypot(1.0)).atanh()).sinh();
        let conformal = tau * sigma.hypot(1.0) - sigma * tau.hypot(1.0);
        let xi = conformal.atan2(lambda.cos());
        let eta = (lambda.sin() / conformal.hypot(lambda.cos())).asinh();
        let (mut north, mut east) = (xi, eta);
        for (j, alpha) in self.alpha.iter().enumerate() {
            let twice = 2.0 * (j + 1) as f64;
            north += alpha * (twice * xi).sin() * (twice * eta).cosh();
            east += alpha * (twice * xi).cos() * (twice * eta).sinh();
        }
        (
            self.projection.false_easting_m + self.radius_m * east,
            self.projection.false_northing_m + self.radius_m * north,
        )
    }

    /// Longitude and latitude in degrees of metres east and north.
    pub(super) fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let north = (y - self.projection.false_northing_m) / self.radius_m;
        let east = (x - self.projection.false_easting_m) / self.radius_m;
        let (mut xi, mut eta) = (north, east);
        for (j, beta) in self.beta.iter().enumerate() {
            let twice = 2.0 * (j + 1) as f64;
            xi -= beta * (twice * north).sin() * (twice * east).cosh();
            eta -= beta * (twice * north).cos() * (twice * east).sinh();
        }
        let lambda = eta.sinh().atan2(xi.cos());
        let conformal = xi.sin() / eta.sinh().hypot(xi.cos());
        (
            self.projection.central_meridian_deg + lambda.to_degrees(),
            self.geodetic(conformal).atan().to_degrees(),
        )
    }

    /// The tangent of the latitude whose conformal latitude has this tangent, by Newton's method (Karney, equation 19).
    fn geodetic(&self, conformal: f64) -> f64 {
        let e2 = self.e * self.e;
        let mut tau = conformal;
        for _ in 0..8 {
            let sigma = (self.e * (self.e * tau / tau.hypot(1.0)).atanh()).sinh();
            let here = tau * sigma.hypot(1.0) - sigma * tau.hypot(1.0);
            let step = (conformal - here) / here.hypot(1.0) * (1.0 + (1.0 - e2) * tau * tau)
                / ((1.0 - e2) * tau.hypot(1.0));
            tau += step;
            if step.is_nan() || step.abs() <= 1e-13 * (1.0 + tau.abs()) {
                break;
            }
        }
        tau
    }
}

/// Longitude and latitude of the metres of web maps: a sphere of the equator's radius.
pub(super) fn from_web_mercator(x: f64, y: f64) -> (f64, f64) {
    let radius = Ellipsoid::WGS84.semi_major_m;
    let lat = 2.0 * (y / radius).exp().atan() - FRAC_PI_2;
    ((x / radius).to_degrees(), lat.to_degrees())
}

pub(super) fn to_web_mercator(lon: f64, lat: f64) -> (f64, f64) {
    let radius = Ellipsoid::WGS84.semi_major_m;
    let y = (FRAC_PI_4 + lat.to_radians() / 2.0).tan().ln();
    (radius * lon.to_radians(), radius * y)
}
