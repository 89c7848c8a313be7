//! Whether a ring is simple: passes no point twice and crosses nothing of itself.

use crate::{
    boxes::{Boxes, Rect},
    coord::Coord,
    exact::{Pt, cross_properly, orient, strictly_inside},
    net::edges,
    planar,
    shape::RingFault,
};

/// Checks rings one by one, with the memory of the last.
#[derive(Default)]
pub(crate) struct Simple {
    boxes: Boxes,
}

impl Simple {
    /// The first thing found that keeps a ring of three points or more from bounding an area.
    pub(crate) fn fault(&mut self, ring: &[Coord]) -> Option<RingFault> {
        self.boxes.fill(edges(ring).map(|(a, b)| Rect::of(a, b)));
        let count = ring.len();
        let mut fault = None;
        self.boxes.pairs(|i, j| {
            let edge = |i: usize| (ring[i], ring[if i + 1 < count { i + 1 } else { 0 }]);
            fault = if j == i + 1 {
                folded(edge(i), edge(j))
            } else if i == 0 && j == count - 1 {
                folded(edge(j), edge(i))
            } else {
                meeting(edge(i), edge(j))
            };
            fault.is_none()
        });
        fault
    }
}

/// An edge that runs back along the one before it.
fn folded((a, b): (Coord, Coord), (_, c): (Coord, Coord)) -> Option<RingFault> {
    let [p, q, r]: [Pt; 3] = [a.into(), b.into(), c.into()];
    if orient(p, q, r) != 0 {
        return None;
    }
    if a == c {
        return Some(RingFault::EdgeTwice(a));
    }
    let back = (p.x - q.x).signum() * (r.x - q.x).signum() > 0
        || (p.y - q.y).signum() * (r.y - q.y).signum() > 0;
    back.then_some(RingFault::Crosses(b))
}

/// Where two edges that don't follow each other meet.
fn meeting((a, b): (Coord, Coord), (c, d): (Coord, Coord)) -> Option<RingFault> {
    if a == c || a == d {
        return Some(RingFault::MeetsItself(a));
    }
    if b == c || b == d {
        return Some(RingFault::MeetsItself(b));
    }
    let [p, q, r, s]: [Pt; 4] = [a.into(), b.into(), c.into(), d.into()];
    for (place, end) in [(a, p), (b, q)] {
        if strictly_inside(r, s, end) {
            return Some(RingFault::Crosses(place));
        }
    }
    for (place, end) in [(c, r), (d, s)] {
        if strictly_inside(p, q, end) {
            return Some(RingFault::Crosses(place));
        }
    }
    cross_properly(p, q, r, s).then(|| RingFault::Crosses(planar::meeting((a, b), (c, d))))
}
