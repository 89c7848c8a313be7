//! The borders of a partition drawn with fewer places, for maps of a small scale.

use crate::{
    cell::CellIndex,
    coord::Coord,
    measure::metres_per_degree,
    partition::Partition,
    shape::Ring,
    topology::{self, Arc},
};

/// The borders of a partition, each simplified once for both of its sides: neighbours that meet in the partition meet
/// here too, whatever was left out. Two borders that ran closer to each other than the tolerance may touch.
#[derive(Clone, Debug)]
pub struct Outlines {
    arcs: Vec<Arc>,
}

impl Partition {
    /// The borders without the places that lie nearer than `tolerance_m` metres to the line without them (Douglas and
    /// Peucker, 1973). With 0 they are the partition's own.
    pub fn outlines(&self, tolerance_m: f64) -> Outlines {
        let bounds = self.bounds();
        let middle = (bounds.min.lat() + bounds.max.lat()) / 2.0;
        let (east, north) = metres_per_degree(middle.to_radians());
        let metres = |place: Coord| (place.lon() * east, place.lat() * north);
        let simple = |arc: &Arc| Arc {
            points: simplified(&arc.points, &metres, tolerance_m),
            ..arc.clone()
        };
        Outlines {
            arcs: self.arcs().iter().map(simple).collect(),
        }
    }
}

impl Outlines {
    /// The borders, in the order of the partition's own.
    pub fn arcs(&self) -> &[Arc] {
        &self.arcs
    }

    /// The outline of each cell of that partition, in the order of [`Partition::indices`]: polygons, each an outer ring
    /// (anticlockwise) and its holes (clockwise). A part smaller than the tolerance may be gone.
    pub fn polygons(&self, partition: &Partition) -> Vec<Vec<Vec<Ring>>> {
        let mut edges: Vec<Vec<(Coord, Coord)>> = vec![Vec::new(); partition.cells().len()];
        for arc in &self.arcs {
            let sides = [(arc.left, arc.right, false), (arc.right, arc.left, true)];
            for (side, other, backwards) in sides {
                // It bounds every cell that has one side and not the other.
                let has_not =
                    |cell: &CellIndex| !other.is_some_and(|other| partition.is_below(other, *cell));
                let cells = side.into_iter().flat_map(|leaf| partition.ancestors(leaf));
                for cell in cells.take_while(has_not) {
                    let pairs = arc.points.windows(2);
                    edges[cell.get()].extend(pairs.map(|pair| match backwards {
                        false => (pair[0], pair[1]),
                        true => (pair[1], pair[0]),
                    }));
                }
            }
        }
        edges.into_iter().map(bounded).collect()
    }
}

/// The polygons that directed edges bound. What shrank to a line bounds nothing: an edge and its reverse.
fn bounded(mut edges: Vec<(Coord, Coord)>) -> Vec<Vec<Ring>> {
    let all: rustc_hash::FxHashSet<(Coord, Coord)> = edges.iter().copied().collect();
    edges.retain(|&(a, b)| a != b && !all.contains(&(b, a)));
    let mut polygons = topology::polygons(&edges);
    polygons.retain(|polygon| polygon.first().is_some_and(|outer| outer.len() >= 3));
    polygons
}

/// The places that are kept of a line; its ends always, and of a closed one at least a triangle.
fn simplified(
    points: &[Coord],
    metres: &dyn Fn(Coord) -> (f64, f64),
    tolerance_m: f64,
) -> Vec<Coord> {
    let last = points.len().saturating_sub(1);
    if tolerance_m <= 0.0 || last < 2 {
        return points.to_vec();
    }
    let at: Vec<(f64, f64)> = points.iter().map(|place| metres(*place)).collect();
    let mut kept = vec![false; points.len()];
    kept[0] = true;
    kept[last] = true;
    let mut waiting = Vec::new();
    if points[0] == points[last] {
        // A closed line is cut where it is farthest from its beginning, and again farthest from that line.
        let far = farthest(&at, 0, last).map_or(last / 2, |(place, _)| place);
        kept[far] = true;
        for (from, to) in [(0, far), (far, last)] {
            if let Some((third, _)) = farthest(&at, from, to)
                && kept.iter().filter(|kept| **kept).count() < 4
            {
                kept[third] = true;
                waiting.extend([(from, third), (third, to)]);
            } else {
                waiting.push((from, to));
            }
        }
    } else {
        waiting.push((0, last));
    }
    while let Some((from, to)) = waiting.pop() {
        if let Some((place, distance_m)) = farthest(&at, from, to)
            && distance_m > tolerance_m
        {
            kept[place] = true;
            waiting.extend([(from, place), (place, to)]);
        }
    }
    let mut keep = kept.iter();
    let mut left = points.to_vec();
    left.retain(|_| keep.next().copied().unwrap_or(true));
    left
}

/// The place between two others that lies farthest from the stretch between them, and how far.
fn farthest(at: &[(f64, f64)], from: usize, to: usize) -> Option<(usize, f64)> {
    let ((ax, ay), (bx, by)) = (at[from], at[to]);
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx * dx + dy * dy;
    (from + 1..to)
        .map(|place| {
            let (x, y) = (at[place].0 - ax, at[place].1 - ay);
            let share = if length > 0.0 {
                ((x * dx + y * dy) / length).clamp(0.0, 1.0)
            } else {
                0.0
            };
            (place, (x - share * dx).hypot(y - share * dy))
        })
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coord(lon: i32, lat: i32) -> Coord {
        Coord::from_units(1_200_000_000 + lon, 310_000_000 + lat).unwrap()
    }

    fn flat(place: Coord) -> (f64, f64) {
        (f64::from(place.lon_units()), f64::from(place.lat_units()))
    }

    #[test]
    fn a_line_keeps_its_ends_and_its_corners() {
        let line = [(0, 0), (50, 1), (100, 0), (100, 50), (101, 100)].map(|(x, y)| coord(x, y));
        let kept = simplified(&line, &flat, 5.0);
        assert_eq!(kept, [line[0], line[2], line[4]]);
        assert_eq!(simplified(&line, &flat, 0.0), line);
        assert_eq!(simplified(&line, &flat, 1e6), [line[0], line[4]]);
    }

    #[test]
    fn a_closed_line_stays_a_ring() {
        let ring = [
            (0, 0),
            (100, 0),
            (100, 50),
            (100, 100),
            (0, 100),
            (0, 50),
            (0, 0),
        ]
        .map(|(x, y)| coord(x, y));
        for tolerance in [1.0, 1e6] {
            let kept = simplified(&ring, &flat, tolerance);
            assert!(kept.len() >= 4, "{kept:?}");
            assert_eq!(kept.first(), kept.last());
        }
        assert_eq!(simplified(&ring, &flat, 1.0).len(), 5);
    }
}
