//! What differs between two partitions: cells that came, that went, and whose ground is another.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    cell::CellId,
    coord::Coord,
    head,
    layer::{Feature, Layer},
    net::Net,
    overlay::{self, Edges},
    partition::Partition,
    reading::{Reading, Unreadable},
    tree,
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
    /// Its outline, the outer ring first.
    #[serde(skip)]
    pub rings: Vec<Vec<Coord>>,
}

/// Compares two partitions.
pub fn diff(before: &Partition, after: &Partition) -> Diff {
    compare(&leaves_of(before), &leaves_of(after))
}

/// Compares two drawings that may have defects, each read as its reading says. Ground that several cells have counts for
/// the first of them.
///
/// Errors name the features of which no question can be asked.
pub fn diff_layers(
    before: (&Layer, &Reading),
    after: (&Layer, &Reading),
) -> Result<Diff, Vec<Unreadable>> {
    Ok(compare(
        &drawn_leaves(before.0, before.1)?,
        &drawn_leaves(after.0, after.1)?,
    ))
}

/// The edges of a leaf and its area in m².
type Leaves = BTreeMap<CellId, (Edges, f64)>;

fn leaves_of(partition: &Partition) -> Leaves {
    let leaf = |index| {
        let shape = partition.shape(index);
        let edges = shape.into_iter().flat_map(|shape| shape.edges()).collect();
        let id = partition.cell(index).id.clone();
        (id, (sorted(edges), partition.area_m2(index)))
    };
    partition.leaves().map(leaf).collect()
}

fn drawn_leaves(layer: &Layer, reading: &Reading) -> Result<Leaves, Vec<Unreadable>> {
    let heads = head::heads(layer, reading)?;
    let (tree, _) = tree::grow(&heads, reading);
    let features: Vec<(u32, &Feature)> = (0u32..)
        .zip(&heads)
        .filter(|(i, _)| tree.leaf[*i as usize])
        .filter_map(|(i, head)| Some((i, &layer.features[head.feature?])))
        .collect();
    let net = Net::gather(&features);
    let mut leaves = Leaves::new();
    for (place, area) in net.areas.iter().enumerate() {
        let id = heads[area.owner as usize].id.clone();
        let edges = || sorted(net.edges_of(place).collect());
        leaves.entry(id).or_insert_with(|| (edges(), area.area_m2));
    }
    Ok(leaves)
}

fn sorted(mut edges: Edges) -> Edges {
    edges.sort_unstable();
    edges
}

fn compare(before: &Leaves, after: &Leaves) -> Diff {
    let mut ids: Vec<&CellId> = before.keys().chain(after.keys()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut areas: Vec<(Edges, Edges)> = Vec::new();
    let mut diff = Diff::default();
    ids.retain(|id| {
        let (old, new) = (before.get(*id), after.get(*id));
        let edges = |side: Option<&(Edges, f64)>| side.map(|(e, _)| e.clone()).unwrap_or_default();
        let (one, other) = (edges(old), edges(new));
        if one == other {
            return false;
        }
        let whole = |area_m2: f64| Whole {
            cell: (*id).clone(),
            area_m2,
        };
        match (old.map(|side| side.1), new.map(|side| side.1)) {
            (Some(before_m2), Some(after_m2)) => diff.changed.push(Changed {
                cell: (*id).clone(),
                before_m2,
                after_m2,
                won_m2: 0.0,
                lost_m2: 0.0,
            }),
            (Some(area_m2), None) => diff.went.push(whole(area_m2)),
            (None, Some(area_m2)) => diff.came.push(whole(area_m2)),
            (None, None) => {}
        }
        areas.push((one, other));
        true
    });
    let id = |owners: &[u32]| owners.first().map(|&owner| ids[owner as usize].clone());
    diff.moved = overlay::changed(&areas)
        .iter()
        .map(|ground| Moved {
            from: id(&ground.before),
            to: id(&ground.after),
            area_m2: ground.area_m2,
            at: ground.at,
            rings: ground.rings.clone(),
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
