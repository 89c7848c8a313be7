//! What differs between two partitions: cells that came, that went, and whose ground is another.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    cell::{CellId, CellIndex},
    coord::Coord,
    overlay::{self, Edges},
    partition::Partition,
};

/// How one partition differs from an earlier one, by the ids of their leaves.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Diff {
    /// Leaves that the earlier one doesn't have.
    pub came: Vec<Whole>,
    /// Leaves that the later one doesn't have.
    pub went: Vec<Whole>,
    /// Leaves that both have, with other ground.
    pub changed: Vec<Changed>,
    /// Every stretch of ground that changed hands, the largest first.
    pub moved: Vec<Moved>,
}

/// A leaf with its area in m².
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs, reason = "the names say all there is")]
pub struct Whole {
    pub cell: CellId,
    pub area_m2: f64,
}

/// A leaf with other ground than before, areas in m².
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs, reason = "the names say all there is")]
pub struct Changed {
    pub cell: CellId,
    pub before_m2: f64,
    pub after_m2: f64,
    pub won_m2: f64,
    pub lost_m2: f64,
}

/// Ground that changed hands; `None` is outside of the domain.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs, reason = "the names say all there is")]
pub struct Moved {
    pub from: Option<CellId>,
    pub to: Option<CellId>,
    pub area_m2: f64,
    /// A place on it.
    pub at: Coord,
}

/// Compares two partitions.
pub fn diff(before: &Partition, after: &Partition) -> Diff {
    type Sides = (Option<CellIndex>, Option<CellIndex>);
    let mut leaves: BTreeMap<&CellId, Sides> = BTreeMap::new();
    for leaf in before.leaves() {
        leaves.entry(&before.cell(leaf).id).or_default().0 = Some(leaf);
    }
    for leaf in after.leaves() {
        leaves.entry(&after.cell(leaf).id).or_default().1 = Some(leaf);
    }
    let edges = |partition: &Partition, leaf: Option<CellIndex>| -> Edges {
        let shape = leaf.and_then(|leaf| partition.shape(leaf));
        let mut edges: Edges = shape.into_iter().flat_map(|shape| shape.edges()).collect();
        edges.sort_unstable();
        edges
    };
    let mut ids: Vec<&CellId> = Vec::new();
    let mut areas: Vec<(Edges, Edges)> = Vec::new();
    let mut diff = Diff::default();
    for (id, (old, new)) in leaves {
        let (one, other) = (edges(before, old), edges(after, new));
        if one == other {
            continue;
        }
        let whole = |area_m2: f64| Whole {
            cell: id.clone(),
            area_m2,
        };
        let (old_m2, new_m2) = (
            old.map(|i| before.area_m2(i)),
            new.map(|i| after.area_m2(i)),
        );
        match (old_m2, new_m2) {
            (Some(before_m2), Some(after_m2)) => diff.changed.push(Changed {
                cell: id.clone(),
                before_m2,
                after_m2,
                won_m2: 0.0,
                lost_m2: 0.0,
            }),
            (Some(area_m2), None) => diff.went.push(whole(area_m2)),
            (None, Some(area_m2)) => diff.came.push(whole(area_m2)),
            (None, None) => {}
        }
        ids.push(id);
        areas.push((one, other));
    }
    let id = |owners: &[u32]| owners.first().map(|&owner| ids[owner as usize].clone());
    diff.moved = overlay::changed(&areas)
        .iter()
        .map(|ground| Moved {
            from: id(&ground.before),
            to: id(&ground.after),
            area_m2: ground.area_m2,
            at: ground.at,
        })
        .collect();
    diff.moved
        .sort_by(|p, q| q.area_m2.total_cmp(&p.area_m2).then(p.at.cmp(&q.at)));
    for moved in &diff.moved {
        for changed in &mut diff.changed {
            if moved.to.as_ref() == Some(&changed.cell) {
                changed.won_m2 += moved.area_m2;
            }
            if moved.from.as_ref() == Some(&changed.cell) {
                changed.lost_m2 += moved.area_m2;
            }
        }
    }
    // A border with a place more or less on the same line changes nothing.
    diff.changed
        .retain(|changed| changed.won_m2 > 0.0 || changed.lost_m2 > 0.0);
    diff
}
