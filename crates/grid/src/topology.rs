//! The borders of a partition as arcs, each shared by the leaf on its left and the one on its right.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    cell::CellIndex,
    coord::Coord,
    exact::{Pt, orient, twice_area},
    net::{Net, Span},
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

/// Strings the matched edges of a checked partition together; `index_of` says which leaf an owner is.
pub(crate) fn arcs(net: &Net, index_of: &[CellIndex]) -> Vec<Arc> {
    let owner = |edge: u32| {
        let area = net.rings[net.ring_of(edge)].area;
        index_of[net.areas[area as usize].owner as usize]
    };
    let meetings = outer_meetings(net);
    let mut arcs = Vec::new();
    for &span in &net.rings {
        let left = Some(index_of[net.areas[span.area as usize].owner as usize]);
        let node = |edge: u32| is_node(net, span, edge, &meetings);
        let mut nodes: Vec<u32> = (span.start..span.end).filter(|&edge| node(edge)).collect();
        let closed = nodes.is_empty();
        if closed {
            nodes.push(span.start);
        }
        for (i, &start) in nodes.iter().enumerate() {
            let twin = net.twin(start);
            // Each border is met from both of its sides; once is enough. Of a closed one any edge decides.
            let first = match twin {
                Some(twin) if closed => span.start < net.rings[net.ring_of(twin)].start,
                Some(twin) => start < twin,
                None => true,
            };
            if !first {
                continue;
            }
            let end = nodes[(i + 1) % nodes.len()];
            let mut points = vec![net.points[start as usize]];
            let mut edge = start;
            loop {
                edge = net.next(edge, span);
                points.push(net.points[edge as usize]);
                if edge == end {
                    break;
                }
            }
            let right = twin.map(owner);
            arcs.push(
                Arc {
                    points,
                    left,
                    right,
                }
                .in_order(),
            );
        }
    }
    arcs.sort_unstable_by(|a, b| a.points[..2].cmp(&b.points[..2]));
    arcs
}

/// Whether more than two borders meet where an edge begins.
fn is_node(net: &Net, span: Span, edge: u32, meetings: &FxHashSet<Coord>) -> bool {
    let before = if edge == span.start {
        span.end - 1
    } else {
        edge - 1
    };
    match (net.twin(before), net.twin(edge)) {
        // The neighbour passes the place in the opposite direction, with nobody between.
        (Some(before), Some(after)) => net.next(after, net.rings[net.ring_of(after)]) != before,
        (None, None) => meetings.contains(&net.points[edge as usize]),
        _ => true,
    }
}

/// The places that the outer border passes more than once.
fn outer_meetings(net: &Net) -> FxHashSet<Coord> {
    let mut seen = FxHashSet::default();
    let mut twice = FxHashSet::default();
    for edge in net.rings.iter().flat_map(|span| span.start..span.end) {
        let place = net.points[edge as usize];
        if net.twin(edge).is_none() && !seen.insert(place) {
            twice.insert(place);
        }
    }
    twice
}

impl Arc {
    /// The same border, run from the lesser of its ends: whoever's side it was found from, it is the same value.
    pub(crate) fn in_order(mut self) -> Arc {
        let last = self.points.len() - 1;
        if self.points[0] == self.points[last] {
            self.points.pop();
            let least = (0..last).min_by_key(|&i| self.points[i]).unwrap_or(0);
            self.points.rotate_left(least);
            self.points.push(self.points[0]);
        }
        let backwards = self.points[last] < self.points[0]
            || (self.points[last] == self.points[0] && self.points[last - 1] < self.points[1]);
        if backwards {
            self.points.reverse();
            std::mem::swap(&mut self.left, &mut self.right);
        }
        self
    }
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
pub(crate) fn sharper_left(a: Coord, b: Coord, p: Coord, q: Coord) -> std::cmp::Ordering {
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
