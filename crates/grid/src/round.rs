//! The outlines of cells as the borders that make them, one after another: so that an outline can be put together again
//! from borders that were drawn with fewer places.

use rustc_hash::FxHashMap;

use crate::{
    cell::CellIndex,
    coord::Coord,
    partition::Partition,
    topology::{self, Arc},
};

/// A border of an outline, by its number among the arcs, and whether it is run forwards.
pub type Side = (u32, bool);

/// The outline of a cell: polygons, each an outer ring and its holes.
pub type Round = Vec<Vec<Vec<Side>>>;

/// The borders of every cell of a partition.
#[derive(Clone, Debug)]
pub struct Sides {
    of: Vec<Vec<Side>>,
}

impl Sides {
    /// Finds them; of an upper cell those between its leaves don't count.
    pub fn new(partition: &Partition) -> Sides {
        let mut of = vec![Vec::new(); partition.cells().len()];
        for (number, arc) in (0u32..).zip(partition.arcs()) {
            let chain = |side: Option<CellIndex>| -> Vec<CellIndex> {
                side.into_iter()
                    .flat_map(|leaf| partition.ancestors(leaf))
                    .collect()
            };
            let (left, right) = (chain(arc.left), chain(arc.right));
            for index in left.iter().filter(|index| !right.contains(index)) {
                of[index.get()].push((number, true));
            }
            for index in right.iter().filter(|index| !left.contains(index)) {
                of[index.get()].push((number, false));
            }
        }
        Sides { of }
    }

    /// The borders of a cell, each run so that the cell lies to its left.
    pub fn of(&self, index: CellIndex) -> &[Side] {
        &self.of[index.get()]
    }

    /// The outline of a cell of that partition.
    pub fn round(&self, partition: &Partition, index: CellIndex) -> Round {
        let sides = self.of(index);
        let mut edges = Vec::new();
        let mut begins: FxHashMap<(Coord, Coord), Side> = FxHashMap::default();
        for &(number, forwards) in sides {
            let Arc { points, .. } = &partition.arcs()[number as usize];
            let run = |pair: &[Coord]| match forwards {
                true => (pair[0], pair[1]),
                false => (pair[1], pair[0]),
            };
            edges.extend(points.windows(2).map(run));
            let first = match forwards {
                true => (points[0], points[1]),
                false => (points[points.len() - 1], points[points.len() - 2]),
            };
            begins.insert(first, (number, forwards));
        }
        let polygons = topology::polygons(&edges);
        let ring = |ring: &Vec<Coord>| -> Vec<Side> {
            let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
            pairs
                .filter_map(|(a, b)| begins.get(&(*a, *b)).copied())
                .collect()
        };
        polygons
            .iter()
            .map(|polygon| polygon.iter().map(ring).collect())
            .collect()
    }
}
