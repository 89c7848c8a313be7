//! One face of a planar drawing: how large, where, and whose.

use crate::{
    coord::Coord,
    exact::{Pt, crossing},
    measure::ring_area_degrees,
    planar::{Cover, FINE, coarse, degrees, scaled},
};

/// A bounded face.
pub(crate) struct Face {
    /// What covers it.
    pub cover: Cover,
    /// The cells whose edges bound it from outside.
    pub cells: Vec<u32>,
    pub(crate) outer: Vec<Pt>,
    pub(crate) holes: Vec<Vec<Pt>>,
}

impl Face {
    /// Its rings with places rounded to a unit, the outer one first.
    pub(crate) fn rings(&self) -> Vec<Vec<Coord>> {
        std::iter::once(&self.outer)
            .chain(&self.holes)
            .map(|ring| {
                let mut places: Vec<Coord> = ring.iter().map(|&p| coarse(p)).collect();
                places.dedup();
                places
            })
            .collect()
    }

    /// Area in m² on the ellipsoid.
    pub(crate) fn area_m2(&self) -> f64 {
        let area = |ring: &Vec<Pt>| ring_area_degrees(ring.iter().map(|&p| degrees(p)));
        (area(&self.outer) - self.holes.iter().map(area).sum::<f64>()).max(0.0)
    }

    /// Length of the outer ring in metres.
    pub(crate) fn perimeter_m(&self) -> f64 {
        let places: Vec<Coord> = self.outer.iter().map(|&p| coarse(p)).collect();
        (0..places.len())
            .map(|i| places[i].distance_m(places[(i + 1) % places.len()]))
            .sum()
    }

    /// A place of the face, rounded to a unit.
    pub(crate) fn at(&self) -> Coord {
        coarse(self.inside())
    }

    /// Whether the area with these edges covers the face.
    pub(crate) fn lies_in(&self, edges: impl Iterator<Item = (Coord, Coord)>) -> bool {
        let p = self.inside();
        edges
            .map(|(a, b)| crossing(scaled(a), scaled(b), p))
            .sum::<i32>()
            != 0
    }

    /// The vertices by which one side of a border differs from the other, where the face is so thin that it is no more
    /// than the rounding of points that should lie on the border's line.
    pub(crate) fn unmatched(&self) -> Option<Vec<Coord>> {
        // A vertex is off its place by 0.71 units at most; so are the ends of the line.
        const ROUNDING: f64 = 1.5 * FINE as f64;
        if !self.holes.is_empty() {
            return None;
        }
        let count = self.outer.len();
        let length2 = |i: usize| {
            let (a, b) = (self.outer[i], self.outer[(i + 1) % count]);
            ((b.x - a.x) as f64).powi(2) + ((b.y - a.y) as f64).powi(2)
        };
        let longest = (0..count).max_by(|&i, &j| length2(i).total_cmp(&length2(j)))?;
        let (a, b) = (self.outer[longest], self.outer[(longest + 1) % count]);
        let (dx, dy) = ((b.x - a.x) as f64, (b.y - a.y) as f64);
        let thin = self.outer.iter().all(|p| {
            let (x, y) = ((p.x - a.x) as f64, (p.y - a.y) as f64);
            let along = (x * dx + y * dy) / (dx * dx + dy * dy);
            (-1e-6..=1.0 + 1e-6).contains(&along)
                && (x * dy - y * dx).abs() <= ROUNDING * dx.hypot(dy)
        });
        let whole = |p: &&Pt| p.x % FINE == 0 && p.y % FINE == 0;
        let between = |p: &&Pt| **p != a && **p != b;
        thin.then(|| {
            self.outer
                .iter()
                .filter(between)
                .filter(whole)
                .map(|&p| coarse(p))
                .collect()
        })
    }

    /// A point inside: the middle of the widest part along some parallel.
    fn inside(&self) -> Pt {
        let low = self.outer.iter().map(|p| p.y).min().unwrap_or(0);
        let high = self.outer.iter().map(|p| p.y).max().unwrap_or(0);
        let mut best = (-1, self.outer[0]);
        for line in 1..16 {
            let y = low + (high - low) * line / 16;
            let mut cuts: Vec<i64> = Vec::new();
            for ring in std::iter::once(&self.outer).chain(&self.holes) {
                for (i, &a) in ring.iter().enumerate() {
                    let b = ring[(i + 1) % ring.len()];
                    if (a.y <= y) != (b.y <= y) {
                        let share = i128::from(y - a.y) * i128::from(b.x - a.x);
                        cuts.push(a.x + (share / i128::from(b.y - a.y)) as i64);
                    }
                }
            }
            cuts.sort_unstable();
            for pair in cuts.chunks_exact(2) {
                if pair[1] - pair[0] > best.0 {
                    let x = (pair[0] + pair[1]) / 2;
                    best = (pair[1] - pair[0], Pt { x, y });
                }
            }
        }
        best.1
    }
}
