//! The shifted degrees of Chinese web maps: GCJ-02, and BD-09 on top of it.
//!
//! The formula is the one that leaked in 2010 and that every open library repeats (gcoord, coordtransform, prcoords), with
//! the Krasovsky ellipsoid. The single-step inverses in use are off by up to metres; these iterate until nothing moves.

use std::f64::consts::PI;

const KRASOVSKY_A: f64 = 6_378_245.0;
const KRASOVSKY_E2: f64 = 0.006_693_421_622_965_943;
/// Steps until an inverse must stand; each gains three digits, so six would do.
const MOST_STEPS: usize = 24;
/// Degrees below which a step changes nothing: a ten-thousandth of a unit of `Coord`.
const STILL: f64 = 1e-11;

/// The box in which the shift is applied; outside it the two systems are equal.
fn shifts(lon: f64, lat: f64) -> bool {
    (72.004..=137.8347).contains(&lon) && (0.8293..=55.8271).contains(&lat)
}

fn offset(lon: f64, lat: f64) -> (f64, f64) {
    let (x, y) = (lon - 105.0, lat - 35.0);
    let waves = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + waves
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + waves
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let sine = lat.to_radians().sin();
    let magic = 1.0 - KRASOVSKY_E2 * sine * sine;
    let meridian = KRASOVSKY_A * (1.0 - KRASOVSKY_E2) / (magic * magic.sqrt());
    let parallel = KRASOVSKY_A / magic.sqrt() * lat.to_radians().cos();
    (
        (east / parallel).to_degrees(),
        (north / meridian).to_degrees(),
    )
}

pub(super) fn wgs84_to_gcj02(lon: f64, lat: f64) -> (f64, f64) {
    if !shifts(lon, lat) {
        return (lon, lat);
    }
    let (east, north) = offset(lon, lat);
    (lon + east, lat + north)
}

pub(super) fn gcj02_to_wgs84(lon: f64, lat: f64) -> (f64, f64) {
    inverse(lon, lat, wgs84_to_gcj02)
}

const BAIDU: f64 = PI * 3000.0 / 180.0;

pub(super) fn gcj02_to_bd09(lon: f64, lat: f64) -> (f64, f64) {
    let radius = lon.hypot(lat) + 0.000_02 * (lat * BAIDU).sin();
    let angle = lat.atan2(lon) + 0.000_003 * (lon * BAIDU).cos();
    (radius * angle.cos() + 0.0065, radius * angle.sin() + 0.006)
}

pub(super) fn bd09_to_gcj02(lon: f64, lat: f64) -> (f64, f64) {
    inverse(lon, lat, gcj02_to_bd09)
}

/// The point that `forward` takes to this one, by fixed-point iteration. At the rim of the shifted box, where a point may
/// have none, the one given.
fn inverse(lon: f64, lat: f64, forward: fn(f64, f64) -> (f64, f64)) -> (f64, f64) {
    let (mut x, mut y) = (lon, lat);
    for _ in 0..MOST_STEPS {
        let (to_x, to_y) = forward(x, y);
        let (dx, dy) = (lon - to_x, lat - to_y);
        (x, y) = (x + dx, y + dy);
        if dx.abs() < STILL && dy.abs() < STILL {
            return (x, y);
        }
    }
    (lon, lat)
}
