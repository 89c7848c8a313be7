//! Where edges meet that should not.

use crate::{
    boxes::{Boxes, Rect, hilbert},
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
            Contact::Crossing(i, j) => {
                planar::meeting((chain[i].a, chain[i].b), (chain[j].a, chain[j].b))
            }
            Contact::Touch(_, _, at) => at,
        }
    }
}

/// More than these are not told apart: a drawing that tangled is refused whatever the rest of it does.
const MOST_CONTACTS: usize = 200_000;

/// Every pair of edges that meet elsewhere than in a common end; of a hopeless tangle only the first so many.
pub(crate) fn contacts(chain: &[ChainEdge]) -> Vec<Contact> {
    let rect = |edge: &ChainEdge| Rect::of(edge.a, edge.b);
    let mut over = Rect::EMPTY;
    chain.iter().for_each(|edge| over.join(rect(edge)));
    let mut order: Vec<(u32, usize)> = chain
        .iter()
        .enumerate()
        .map(|(i, edge)| (hilbert(rect(edge).middle(), &over), i))
        .collect();
    order.sort_unstable();
    let boxes = Boxes::new(order.iter().map(|&(_, i)| rect(&chain[i])));
    let mut found = Vec::new();
    boxes.pairs(|first, second| {
        meet(chain, order[first].1, order[second].1, &mut found);
        found.len() <= MOST_CONTACTS
    });
    found
}

fn meet(chain: &[ChainEdge], i: usize, j: usize, found: &mut Vec<Contact>) {
    let (a, b) = (chain[i].a, chain[i].b);
    let (c, d) = (chain[j].a, chain[j].b);
    let [pa, pb, pc, pd]: [Pt; 4] = [a.into(), b.into(), c.into(), d.into()];
    if cross_properly(pa, pb, pc, pd) {
        found.push(Contact::Crossing(i, j));
        return;
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
