//! Exact predicates on integer points: no epsilon anywhere.

use crate::coord::Coord;

/// A point of an integer plane.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Pt {
    pub x: i64,
    pub y: i64,
}

impl From<Coord> for Pt {
    fn from(place: Coord) -> Pt {
        Pt {
            x: place.x(),
            y: place.y(),
        }
    }
}

/// Twice the signed area of the triangle `a b c`: positive when `c` lies to the left of `a -> b`.
pub(crate) fn orient(a: Pt, b: Pt, c: Pt) -> i128 {
    i128::from(b.x - a.x) * i128::from(c.y - a.y) - i128::from(b.y - a.y) * i128::from(c.x - a.x)
}

/// Twice the signed area of a ring (not closed): positive when it runs anticlockwise.
pub(crate) fn twice_area(ring: &[Pt]) -> i128 {
    let Some(&origin) = ring.first() else {
        return 0;
    };
    ring.windows(2)
        .map(|pair| orient(origin, pair[0], pair[1]))
        .sum()
}

/// Whether `p` lies on the segment `a b` but is neither end of it.
pub(crate) fn strictly_inside(a: Pt, b: Pt, p: Pt) -> bool {
    p != a
        && p != b
        && p.x >= a.x.min(b.x)
        && p.x <= a.x.max(b.x)
        && p.y >= a.y.min(b.y)
        && p.y <= a.y.max(b.y)
        && orient(a, b, p) == 0
}

/// Whether two segments cross in one point that is inside both.
pub(crate) fn cross_properly(a: Pt, b: Pt, c: Pt, d: Pt) -> bool {
    let (c_side, d_side) = (orient(a, b, c).signum(), orient(a, b, d).signum());
    c_side * d_side < 0 && orient(c, d, a).signum() * orient(c, d, b).signum() < 0
}

/// How often, with sign, the edge `a -> b` lies on the way from `p` to the right.
///
/// `p` is taken as shifted to the right by an infinitesimal, and upwards by one that is smaller still, so that it is
/// on no edge and beside no vertex: the crate's one rule for points on a border.
pub(crate) fn crossing(a: Pt, b: Pt, p: Pt) -> i32 {
    match (a.y <= p.y, b.y <= p.y) {
        (true, false) => i32::from(orient(a, b, p) > 0),
        (false, true) => -i32::from(orient(b, a, p) > 0),
        _ => 0,
    }
}
