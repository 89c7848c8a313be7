//! The borders of a partition as arcs, each shared by the leaf on its left and the one on its right.

use rustc_hash::FxHashMap;

use crate::{
    cell::CellIndex,
    check::Edges,
    coord::Coord,
    exact::{Pt, orient, twice_area},
    shape::Ring,
};

/// A stretch of border between two places where more than two borders meet, or a closed one without such a place.
#[derive(Clone, PartialEq, Debug)]
pub struct Arc {
    /// Its places in order; a closed arc ends where it begins.
    pub points: Vec<Coord>,
    /// The leaf to its left; `None` is outside the domain.
    pub left: Option<CellIndex>,
    /// The leaf to its right; `None` is outside the domain.
    pub right: Option<CellIndex>,
}

/// Who lies on the two sides of an edge that runs from its lower end to its upper one.
#[derive(Clone, Copy, Default)]
pub(crate) struct EdgeUse {
    net: i32,
    left: Option<CellIndex>,
    right: Option<CellIndex>,
}

impl EdgeUse {
    pub(crate) fn add(&mut self, forward: bool, cell: u32) {
        if forward {
            self.net += 1;
            self.left = Some(CellIndex(cell));
        } else {
            self.net -= 1;
            self.right = Some(CellIndex(cell));
        }
    }

    /// How many more leaves lie to the left than to the right.
    pub(crate) fn net(&self) -> i32 {
        self.net
    }
}

/// Strings the matched edges of a checked partition together.
pub(crate) fn arcs(edges: &Edges) -> Vec<Arc> {
    let mut star: FxHashMap<Coord, Vec<Coord>> = FxHashMap::default();
    for &(a, b) in edges.keys() {
        star.entry(a).or_default().push(b);
        star.entry(b).or_default().push(a);
    }
    let mut places: Vec<Coord> = star.keys().copied().collect();
    places.sort_unstable();
    star.values_mut().for_each(|out| out.sort_unstable());
    let mut used: rustc_hash::FxHashSet<(Coord, Coord)> = Default::default();
    let mut arcs = Vec::new();
    let nodes = places.iter().filter(|place| star[*place].len() != 2);
    // Closed borders without a node are strung from whichever place comes first, after all the others.
    for &start in nodes.chain(&places) {
        for &second in &star[&start] {
            if used.contains(&(start.min(second), start.max(second))) {
                continue;
            }
            let mut points = vec![start];
            let (mut from, mut to) = (start, second);
            loop {
                used.insert((from.min(to), from.max(to)));
                points.push(to);
                let out = &star[&to];
                if out.len() != 2 || to == start {
                    break;
                }
                let on = if out[0] == from { out[1] } else { out[0] };
                (from, to) = (to, on);
            }
            let usage = edges[&(start.min(second), start.max(second))];
            let (left, right) = if start < second {
                (usage.left, usage.right)
            } else {
                (usage.right, usage.left)
            };
            arcs.push(Arc {
                points,
                left,
                right,
            });
        }
    }
    arcs
}

/// Joins directed edges, the inside to their left, to polygons: each an outer ring and its holes.
pub(crate) fn polygons(edges: &[(Coord, Coord)]) -> Vec<Vec<Ring>> {
    let mut out: FxHashMap<Coord, Vec<usize>> = FxHashMap::default();
    for (i, &(a, _)) in edges.iter().enumerate() {
        out.entry(a).or_default().push(i);
    }
    let mut used = vec![false; edges.len()];
    let mut rings: Vec<Ring> = Vec::new();
    for start in 0..edges.len() {
        if used[start] {
            continue;
        }
        let mut path: Vec<Coord> = Vec::new();
        let mut place_in_path: FxHashMap<Coord, usize> = FxHashMap::default();
        let mut edge = start;
        loop {
            used[edge] = true;
            let (a, b) = edges[edge];
            place_in_path.insert(a, path.len());
            path.push(a);
            // A path that comes back to a place has closed a ring there, so no ring touches itself.
            if let Some(&from) = place_in_path.get(&b) {
                let ring: Ring = path.drain(from..).collect();
                ring.iter().for_each(|place| {
                    place_in_path.remove(place);
                });
                rings.push(ring);
                if path.is_empty() {
                    break;
                }
            }
            let free = out[&b].iter().copied().filter(|&i| !used[i]);
            let Some(next) = free.max_by(|&i, &j| sharper_left(a, b, edges[i].1, edges[j].1))
            else {
                break;
            };
            edge = next;
        }
    }
    nest(rings)
}

/// Which of two ways on turns further to the left.
fn sharper_left(a: Coord, b: Coord, p: Coord, q: Coord) -> std::cmp::Ordering {
    let [a, b, p, q]: [Pt; 4] = [a.into(), b.into(), p.into(), q.into()];
    let left = |c: Pt| orient(a, b, c) > 0;
    // Of two on the same side, the further left is the one that has the other to its right.
    left(p)
        .cmp(&left(q))
        .then_with(|| orient(b, q, p).cmp(&0))
        .then_with(|| p.cmp(&q))
}

/// Gives each clockwise ring to the smallest anticlockwise one around it.
fn nest(rings: Vec<Ring>) -> Vec<Vec<Ring>> {
    let area = |ring: &Ring| twice_area(&ring.iter().map(|&c| c.into()).collect::<Vec<Pt>>());
    let (mut outer, holes): (Vec<Ring>, Vec<Ring>) =
        rings.into_iter().partition(|ring| area(ring) > 0);
    outer.sort_by_key(|ring| -area(ring));
    let mut polygons: Vec<Vec<Ring>> = outer.into_iter().map(|ring| vec![ring]).collect();
    for hole in holes {
        let size = -area(&hole);
        let home = polygons.iter().rposition(|polygon| {
            area(&polygon[0]) > size && crate::shape::ring_in(&polygon[0], &hole)
        });
        if let Some(home) = home {
            polygons[home].push(hole);
        }
    }
    polygons
}
