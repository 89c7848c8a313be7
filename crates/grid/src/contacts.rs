//! Where edges meet that should not.

use crate::{
    coord::Coord,
    exact::{Pt, cross_properly, strictly_inside},
    planar::{self, ChainEdge},
};

/// Two edges that meet elsewhere than in a common end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Contact {
    /// They cross inside both.
    Crossing(usize, usize),
    /// An end of the first lies inside the second.
    Touch(usize, usize, Coord),
}

impl Contact {
    /// The two edges.
    pub(crate) fn edges(&self) -> (usize, usize) {
        match *self {
            Contact::Crossing(i, j) | Contact::Touch(i, j, _) => (i, j),
        }
    }

    /// Where they meet, rounded to a unit.
    pub(crate) fn at(&self, chain: &[ChainEdge]) -> Coord {
        match *self {
            Contact::Crossing(i, j) => planar::meeting(&chain[i], &chain[j]),
            Contact::Touch(_, _, at) => at,
        }
    }
}

/// More than these are not told apart: a drawing that tangled is refused whatever the rest of it does.
const MOST_CONTACTS: usize = 20_000;

/// Every pair of edges that meet elsewhere than in a common end, by a sweep along the longitude; of a hopeless tangle
/// only the first so many.
pub(crate) fn contacts(chain: &[ChainEdge]) -> Vec<Contact> {
    let mut order: Vec<usize> = (0..chain.len()).collect();
    let low = |i: usize| chain[i].a.x().min(chain[i].b.x());
    let high = |i: usize| chain[i].a.x().max(chain[i].b.x());
    order.sort_unstable_by_key(|&i| low(i));
    let mut found = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for &i in &order {
        let at = low(i);
        open.retain(|&j| high(j) >= at);
        let (a, b) = (chain[i].a, chain[i].b);
        let (bottom, top) = (a.y().min(b.y()), a.y().max(b.y()));
        for &j in &open {
            let (c, d) = (chain[j].a, chain[j].b);
            if c.y().max(d.y()) < bottom || c.y().min(d.y()) > top {
                continue;
            }
            let [pa, pb, pc, pd]: [Pt; 4] = [a.into(), b.into(), c.into(), d.into()];
            if cross_properly(pa, pb, pc, pd) {
                found.push(Contact::Crossing(i, j));
                continue;
            }
            for (end, at) in [(pa, a), (pb, b)] {
                if strictly_inside(pc, pd, end) {
                    found.push(Contact::Touch(i, j, at));
                }
            }
            for (end, at) in [(pc, c), (pd, d)] {
                if strictly_inside(pa, pb, end) {
                    found.push(Contact::Touch(j, i, at));
                }
            }
        }
        open.push(i);
        if found.len() > MOST_CONTACTS {
            break;
        }
    }
    found
}
