//! From borders back to a partition, and borders joined where no third one meets them.

use super::{
    Editor,
    borders::{Border, Borders},
};
use crate::{
    cell::CellId,
    coord::Coord,
    head,
    layer::{Feature, Layer},
    partition::Partition,
    reading::{ParseError, Reading},
    shape::Shape,
    topology,
};
use rustc_hash::FxHashMap;

impl Editor {
    /// The cells as a layer that [`Reading::default`] reads.
    pub fn layer(&self) -> Layer {
        let mut edges: FxHashMap<u32, Vec<(Coord, Coord)>> = FxHashMap::default();
        for border in self.borders.all() {
            for (a, b) in border.edges() {
                if let Some(left) = border.left {
                    edges.entry(left).or_default().push((a, b));
                }
                if let Some(right) = border.right {
                    edges.entry(right).or_default().push((b, a));
                }
            }
        }
        let shape = |leaf: u32| {
            let mut shape = topology::polygons(edges.get(&leaf).map_or(&[], Vec::as_slice));
            shape
                .iter_mut()
                .flatten()
                .for_each(|ring| ring.push(ring[0]));
            shape
        };
        let uppers = self.uppers.iter().map(|cell| (cell, None));
        let leaves = (0..).zip(&self.leaves).filter(|(_, leaf)| leaf.alive);
        let leaves = leaves.map(|(i, leaf)| (&leaf.cell, Some(shape(i))));
        let features = uppers
            .chain(leaves)
            .enumerate()
            .map(|(i, (cell, shape))| Feature {
                number: i + 1,
                attributes: head::attributes(cell),
                shape,
            });
        Layer {
            features: features.collect(),
            about: self.about.clone(),
        }
    }

    /// The shape of a leaf as it is now; `None` where there is no such leaf.
    pub fn shape(&self, id: &CellId) -> Option<Shape> {
        let leaf = self.leaf(id).ok()?;
        let mut edges: Vec<(Coord, Coord)> = Vec::new();
        for &number in self.borders.of_leaf(leaf) {
            let border = self.borders.get(number);
            let own = if border.left == Some(leaf) {
                border.clone()
            } else {
                border.reversed()
            };
            edges.extend(own.edges());
        }
        Some(Shape::turned(topology::polygons(&edges)))
    }

    /// The partition as it is now, parsed anew: nobody's word is taken for it.
    pub fn partition(&self) -> Result<Partition, ParseError> {
        Partition::from_layer(&self.layer(), &Reading::default())
    }
}

/// Joins the borders to be put in with each other where exactly two of the same sides meet and none that stays does.
pub(super) fn joined(standing: &Borders, put: Vec<Border>) -> Vec<Border> {
    let mut all: Vec<Option<Border>> = put.into_iter().map(Some).collect();
    let mut at: FxHashMap<Coord, Vec<usize>> = FxHashMap::default();
    for (i, border) in all.iter().flatten().enumerate() {
        for end in border.ends() {
            at.entry(end).or_default().push(i);
        }
    }
    let mut places: Vec<Coord> = at.keys().copied().collect();
    places.sort_unstable();
    for place in places {
        let [first, second] = at[&place][..] else {
            continue;
        };
        if first == second || !standing.at_node(place).is_empty() {
            continue;
        }
        let (Some(mut a), Some(mut b)) = (all[first].clone(), all[second].clone()) else {
            continue;
        };
        // The first runs to the place, the second from it.
        if a.ends()[1] != place {
            a = a.reversed();
        }
        if b.ends()[0] != place {
            b = b.reversed();
        }
        if (a.left, a.right) != (b.left, b.right) {
            continue;
        }
        a.points.extend(&b.points[1..]);
        for end in a.ends() {
            if let Some(list) = at.get_mut(&end) {
                list.iter_mut()
                    .filter(|i| **i == second)
                    .for_each(|i| *i = first);
            }
        }
        all[first] = Some(a);
        all[second] = None;
    }
    all.into_iter().flatten().collect()
}
