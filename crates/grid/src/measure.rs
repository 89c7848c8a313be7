//! Metres and square metres on the WGS 84 ellipsoid.
//!
//! Formulas after J. P. Snyder, *Map Projections: A Working Manual* (USGS Professional Paper 1395, 1987):
//! the radii of curvature (4-18 and 4-19) at the middle latitude for distances, the authalic function q (3-12)
//! for areas.

use crate::coord::Coord;

const SEMI_MAJOR_M: f64 = 6_378_137.0;
const FLATTENING: f64 = 1.0 / 298.257_223_563;
const E2: f64 = FLATTENING * (2.0 - FLATTENING);
/// Radius of the sphere with the ellipsoid's surface.
const AUTHALIC_M: f64 = 6_371_007.2;
/// Past this many degrees the middle-latitude formula is left for the great circle.
const NEAR_DEGREES: f64 = 2.0;

/// Metres east and north from one place to another, exact to 1e-4 or so within a hundred kilometres.
pub(crate) fn offset_m(from: Coord, to: Coord) -> (f64, f64) {
    let middle = ((from.lat() + to.lat()) / 2.0).to_radians();
    let mut d_lon = to.lon() - from.lon();
    if d_lon > 180.0 {
        d_lon -= 360.0;
    } else if d_lon < -180.0 {
        d_lon += 360.0;
    }
    let (east_per_degree, north_per_degree) = metres_per_degree(middle);
    (
        d_lon * east_per_degree,
        (to.lat() - from.lat()) * north_per_degree,
    )
}

/// Metres in one degree of longitude and of latitude at a latitude given in radians.
pub(crate) fn metres_per_degree(lat: f64) -> (f64, f64) {
    let w2 = 1.0 - E2 * lat.sin().powi(2);
    let normal = SEMI_MAJOR_M / w2.sqrt();
    let meridional = SEMI_MAJOR_M * (1.0 - E2) / (w2 * w2.sqrt());
    let degree = std::f64::consts::PI / 180.0;
    (normal * lat.cos() * degree, meridional * degree)
}

/// Distance in metres: on the ellipsoid when near, on the great circle (within 0.6 %) when far.
pub(crate) fn distance_m(a: Coord, b: Coord) -> f64 {
    if (a.lon() - b.lon()).abs() < NEAR_DEGREES && (a.lat() - b.lat()).abs() < NEAR_DEGREES {
        let (east, north) = offset_m(a, b);
        return east.hypot(north);
    }
    let (lat_a, lat_b) = (a.lat().to_radians(), b.lat().to_radians());
    let half_lat = ((lat_b - lat_a) / 2.0).sin();
    let half_lon = ((b.lon() - a.lon()).to_radians() / 2.0).sin();
    let h = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lon * half_lon;
    2.0 * AUTHALIC_M * h.sqrt().min(1.0).asin()
}

/// Area in m² enclosed by a ring of places (not closed), always positive.
///
/// Edges are straight in longitude and latitude; each is integrated by Simpson's rule, which leaves an error far
/// below 1e-6 for edges of up to some degrees.
pub fn ring_area_m2(ring: &[Coord]) -> f64 {
    // Within this height a cubic in the latitude stands for the function q: it is off by less than 1e-9.
    const LOW_UNITS: i64 = 1_000_000;
    let Some(&first) = ring.first() else {
        return 0.0;
    };
    if ring
        .iter()
        .any(|place| (place.y() - first.y()).abs() > LOW_UNITS)
    {
        return ring_area_degrees(ring.iter().map(|place| (place.lon(), place.lat())));
    }
    let [c1, c2, c3] = authalic_slopes(first.lat().to_radians());
    let unit = (1e-7_f64).to_radians();
    let q = |y: f64| y * (c1 + y * (c2 + y * c3));
    let mut sum = 0.0;
    let (mut x, mut low, mut q_low) = (first.x(), 0.0, 0.0);
    for place in ring[1..].iter().chain([&first]) {
        let high = (place.y() - first.y()) as f64 * unit;
        let q_high = q(high);
        let height = (q_low + 4.0 * q((low + high) / 2.0) + q_high) / 6.0;
        sum += height * (place.x() - x) as f64;
        (x, low, q_low) = (place.x(), high, q_high);
    }
    (sum * unit * SEMI_MAJOR_M * SEMI_MAJOR_M / 2.0).abs()
}

/// The first derivatives of the authalic function q at a latitude in radians, over 1, 2 and 6.
fn authalic_slopes(lat: f64) -> [f64; 3] {
    let (s, c) = lat.sin_cos();
    let w = 1.0 - E2 * s * s;
    let scale = 2.0 * (1.0 - E2);
    let first = c / (w * w);
    let second = -s / (w * w) + 4.0 * E2 * s * c * c / w.powi(3);
    let third = -c / (w * w)
        + 4.0 * E2 * (c * c * c - 3.0 * s * s * c) / w.powi(3)
        + 24.0 * E2 * E2 * s * s * c.powi(3) / w.powi(4);
    [scale * first, scale * second / 2.0, scale * third / 6.0]
}

pub(crate) fn ring_area_degrees(ring: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let Some(first) = ring.clone().next() else {
        return 0.0;
    };
    // Only differences count around a closed ring; near zero they lose fewer digits.
    let base = authalic_q(first.1);
    let closed = ring.clone().skip(1).chain(std::iter::once(first));
    let mut sum = 0.0;
    for (a, b) in ring.zip(closed) {
        let middle = authalic_q((a.1 + b.1) / 2.0) - base;
        let height = (authalic_q(a.1) - base + 4.0 * middle + authalic_q(b.1) - base) / 6.0;
        sum += height * (b.0 - a.0).to_radians();
    }
    (sum * SEMI_MAJOR_M * SEMI_MAJOR_M / 2.0).abs()
}

fn authalic_q(lat_degrees: f64) -> f64 {
    let sin = lat_degrees.to_radians().sin();
    let e = E2.sqrt();
    (1.0 - E2)
        * (sin / (1.0 - E2 * sin * sin) - ((1.0 - e * sin) / (1.0 + e * sin)).ln() / (2.0 * e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> Coord {
        Coord::from_degrees(lon, lat).unwrap()
    }

    #[test]
    fn the_whole_earth_has_its_known_area() {
        let ring: Vec<Coord> = (-180..180)
            .step_by(5)
            .map(|lon| at(f64::from(lon), -90.0))
            .chain(
                (-180..=180)
                    .rev()
                    .step_by(5)
                    .map(|lon| at(f64::from(lon), 90.0)),
            )
            .chain([at(-180.0, 0.0)])
            .collect();
        let mut ring = ring;
        ring.insert(72, at(180.0, -90.0));
        let known = 5.100_656_217e14;
        assert!((ring_area_m2(&ring) / known - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_low_ring_has_the_area_that_the_whole_formula_gives() {
        for lat in [-80.0, -31.4, 0.0, 31.4, 60.0, 89.0] {
            let ring = [
                (0.0, 0.0),
                (0.11, 0.013),
                (0.2, 0.09),
                (0.06, 0.04),
                (-0.02, 0.08),
            ]
            .map(|(x, y)| at(119.0 + x, lat + y));
            let whole = ring_area_degrees(ring.iter().map(|c| (c.lon(), c.lat())));
            assert!((ring_area_m2(&ring) / whole - 1.0).abs() < 1e-8, "{lat}");
        }
    }

    #[test]
    fn a_degree_at_the_equator_and_a_second_at_zhoutie() {
        // One degree square at the equator: 110.574 km by 111.320 km, 12,308.8 km² (GeographicLib: 12308778361.469).
        let square = [at(0.0, 0.0), at(1.0, 0.0), at(1.0, 1.0), at(0.0, 1.0)];
        assert!((ring_area_m2(&square) / 12_308_778_361.469 - 1.0).abs() < 1e-4);
        assert!((at(0.0, 0.0).distance_m(at(0.0, 1.0)) - 110_574.4).abs() < 1.0);
        assert!((at(0.0, 0.0).distance_m(at(1.0, 0.0)) - 111_319.5).abs() < 1.0);
        // Far: London to Paris, 343.9 km on the ellipsoid.
        let far = at(-0.1276, 51.5072).distance_m(at(2.3522, 48.8566));
        assert!((far / 343_900.0 - 1.0).abs() < 6e-3);
    }
}
