//! The drawn shape of one leaf cell.

use rustc_hash::FxHashSet;

use crate::{
    contacts::contacts,
    coord::{Bounds, Coord},
    exact::{Pt, crossing, twice_area},
    measure::ring_area_m2,
    planar::{self, ChainEdge, Cover},
};

/// Places in order around an area, the first not repeated at the end.
pub type Ring = Vec<Coord>;

/// One or more polygons, each an outer ring (anticlockwise) and its holes (clockwise).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shape {
    polygons: Vec<Vec<Ring>>,
}

impl Shape {
    /// Takes rings that already run the way they must.
    pub(crate) fn turned(polygons: Vec<Vec<Ring>>) -> Shape {
        Shape { polygons }
    }

    /// The polygons; in each the outer ring comes first.
    pub fn polygons(&self) -> &[Vec<Ring>] {
        &self.polygons
    }

    /// Every ring, outer ones and holes.
    pub fn rings(&self) -> impl Iterator<Item = &Ring> + Clone {
        self.polygons.iter().flatten()
    }

    /// Every edge with the inside to its left.
    pub fn edges(&self) -> impl Iterator<Item = (Coord, Coord)> + Clone {
        self.rings()
            .flat_map(|ring| (0..ring.len()).map(move |i| (ring[i], ring[(i + 1) % ring.len()])))
    }

    /// The box around the shape; `None` when it has no point.
    pub fn bounds(&self) -> Option<Bounds> {
        Bounds::around(self.rings().flatten().copied())
    }

    /// Area in m² on the ellipsoid.
    pub fn area_m2(&self) -> f64 {
        self.polygons
            .iter()
            .map(|polygon| {
                let mut rings = polygon.iter().map(|ring| ring_area_m2(ring));
                rings.next().unwrap_or(0.0) - rings.sum::<f64>()
            })
            .sum()
    }

    /// Twice the area in square units of 1e-7 degree, exactly.
    pub fn twice_area_units(&self) -> i128 {
        self.rings()
            .map(|ring| twice_area(&ring.iter().map(|&c| c.into()).collect::<Vec<Pt>>()))
            .sum()
    }

    /// Whether the place lies inside, by the crate's rule for borders: a point on one counts as if it were shifted to
    /// the right by an infinitesimal and upwards by a smaller one.
    pub fn contains(&self, place: Coord) -> bool {
        let p = place.into();
        self.edges()
            .map(|(a, b)| crossing(a.into(), b.into(), p))
            .sum::<i32>()
            != 0
    }

    /// What keeps the rings from bounding an area, with a place where it shows.
    pub(crate) fn faults(&self) -> Vec<RingFault> {
        let mut faults = Vec::new();
        let mut seen_edges = FxHashSet::default();
        for ring in self.rings() {
            if ring.len() < 3 {
                faults.push(RingFault::TooFew(ring.first().copied()));
                continue;
            }
            let mut seen = FxHashSet::default();
            faults.extend(
                ring.iter()
                    .find(|place| !seen.insert(**place))
                    .map(|&at| RingFault::MeetsItself(at)),
            );
        }
        for (a, b) in self.edges() {
            if !seen_edges.insert((a.min(b), a.max(b))) {
                faults.push(RingFault::EdgeTwice(a));
                break;
            }
        }
        if !faults.is_empty() {
            return faults;
        }
        let chain: Vec<ChainEdge> = self
            .edges()
            .map(|(a, b)| ChainEdge {
                a,
                b,
                net: Cover::AREA,
                cells: Vec::new(),
            })
            .collect();
        let contacts = contacts(&chain);
        if let Some(contact) = contacts.first() {
            faults.push(RingFault::Crosses(contact.at(&chain)));
        } else if self.rings().count() > 1 {
            // Simple rings that don't touch still fail when a hole lies outside, or a polygon inside another.
            for face in planar::faces(&chain, &contacts) {
                if !(0..=1).contains(&face.cover.areas) {
                    faults.push(RingFault::Nested(face.at()));
                }
            }
            let holes = self
                .polygons
                .iter()
                .any(|polygon| polygon[1..].iter().any(|hole| !ring_in(&polygon[0], hole)));
            if holes && faults.is_empty() {
                faults.push(RingFault::Nested(self.polygons[0][0][0]));
            }
        }
        faults
    }

    /// A place inside the shape, away from its edges, for a label or a marker.
    pub fn label_point(&self) -> Coord {
        const LINES: i64 = 24;
        let bounds = self.bounds().expect("a leaf of a partition has an area");
        let (low, high) = (bounds.min.y(), bounds.max.y());
        let stretch = metres_ratio(bounds);
        let mut best: Option<(f64, Coord)> = None;
        for line in 1..LINES {
            let y = low + (high - low) * line / LINES;
            let mut cuts: Vec<i64> = self
                .edges()
                .filter(|(a, b)| (a.y() <= y) != (b.y() <= y))
                .map(|(a, b)| {
                    let share = (y - a.y()) as f64 / (b.y() - a.y()) as f64;
                    a.x() + ((b.x() - a.x()) as f64 * share).round() as i64
                })
                .collect();
            cuts.sort_unstable();
            for pair in cuts.chunks_exact(2) {
                let place = Coord::between((pair[0] + pair[1]) / 2, y);
                if self.contains(place) {
                    let room = self.room(place, stretch);
                    if best.is_none_or(|(most, _)| room > most) {
                        best = Some((room, place));
                    }
                }
            }
        }
        // A shape thinner than a unit has no integer place inside; its first vertex stands for it.
        best.map_or(self.polygons[0][0][0], |(_, place)| place)
    }

    /// Squared distance from the nearest edge, in units of latitude.
    fn room(&self, place: Coord, stretch: f64) -> f64 {
        let local = |c: Coord| {
            (
                (c.x() - place.x()) as f64 * stretch,
                (c.y() - place.y()) as f64,
            )
        };
        self.edges()
            .map(|(a, b)| {
                let ((ax, ay), (bx, by)) = (local(a), local(b));
                let (dx, dy) = (bx - ax, by - ay);
                let share = (-(ax * dx + ay * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
                (ax + share * dx).powi(2) + (ay + share * dy).powi(2)
            })
            .fold(f64::INFINITY, f64::min)
    }
}

/// How long a unit of longitude is beside one of latitude.
fn metres_ratio(bounds: Bounds) -> f64 {
    let middle = ((bounds.min.lat() + bounds.max.lat()) / 2.0).to_radians();
    let (east, north) = crate::measure::metres_per_degree(middle);
    east / north
}

/// Whether a hole that crosses nothing lies within its outer ring.
pub(crate) fn ring_in(outer: &Ring, hole: &Ring) -> bool {
    let closed = |ring: &Ring, p: Pt| {
        (0..ring.len())
            .map(|i| crossing(ring[i].into(), ring[(i + 1) % ring.len()].into(), p))
            .sum::<i32>()
    };
    // A hole may touch the outer ring in single vertices, so a vertex of its own decides.
    hole.iter()
        .find(|place| !outer.contains(place))
        .is_none_or(|&place| closed(outer, place.into()) != 0)
}

/// Why rings don't bound an area.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RingFault {
    /// Fewer than three different points.
    TooFew(Option<Coord>),
    /// The last point isn't the first one.
    Unclosed(Coord),
    /// A ring comes back to a point that it has left.
    MeetsItself(Coord),
    /// The shape has the same edge twice.
    EdgeTwice(Coord),
    /// Two edges of the shape cross, or one ends inside another.
    Crosses(Coord),
    /// A hole lies outside its polygon, or a polygon inside another one.
    Nested(Coord),
}
