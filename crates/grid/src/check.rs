//! The check that makes a partition of a drawing, or tells everything that stands against it.
//!
//! Let m(x) be the number of leaves that cover a point x. Each leaf is a proper area (its rings are checked one by one),
//! so the boundary of m is the sum of all leaf edges; an edge and its reverse cancel, and what is left over is the
//! chain. When no two edges of the chain meet except at common ends, its faces and their m are exact
//! (see [`crate::planar`]). The drawing is a partition if and only if every bounded face then has m = 1:
//! more is an overlap, none is a gap. In the good case only the outer boundary is left, so the work is linear.
//! Islands are allowed: each has a boundary of its own.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    cell::{CellId, Text},
    contacts::{Contact, contacts},
    coord::Coord,
    defect::{Defect, DefectKind, list},
    planar::{self, ChainEdge, Face},
    reading::DraftCell,
    shape::RingFault,
    topology::EdgeUse,
    tree::Tree,
};

/// Every undirected edge, its lower end first, with the leaves on its two sides.
pub(crate) type Edges = FxHashMap<(Coord, Coord), EdgeUse>;

/// Checks the leaves of a tree; in the good case hands back their edges, matched.
pub(crate) fn check(tree: &Tree, tolerance_m: f64) -> Result<Edges, Vec<Defect>> {
    let drafts = &tree.drafts;
    let mut defects = Vec::new();
    let mut broken = FxHashSet::default();
    for (i, draft) in drafts.iter().enumerate() {
        let id = &draft.cell.id;
        if tree.is_leaf(i) && draft.shape.is_none() {
            broken.insert(i as u32);
            defects.push(Defect::plain(
                DefectKind::Empty,
                vec![id.clone()],
                None,
                Text {
                    zh: format!("{id} 没有下级，也没有画出范围。"),
                    en: format!("{id} has neither cells below it nor a shape."),
                },
            ));
        }
        for fault in &draft.faults {
            broken.insert(i as u32);
            defects.push(ring_defect(id, *fault));
        }
    }
    let twins = duplicates(tree, &mut defects);
    let mut edges = Edges::default();
    let leaves = || (0..drafts.len()).filter(|&i| tree.is_leaf(i) && !twins.contains(&i));
    for i in leaves() {
        for (a, b) in drafts[i].shape.iter().flat_map(|shape| shape.edges()) {
            edges
                .entry((a.min(b), a.max(b)))
                .or_default()
                .add(a < b, i as u32);
        }
    }
    let chain = leftover(tree, &edges, leaves());
    let contacts = contacts(&chain);
    let reporter = Reporter {
        drafts,
        broken: &broken,
        tolerance_m,
        leaves: leaves().collect(),
    };
    let before = defects.len();
    reporter.faces(planar::faces(&chain, &contacts), &mut defects);
    reporter.touches(&chain, &contacts, &mut defects);
    if let (Some(contact), true) = (
        contacts.first(),
        defects.len() == before && broken.is_empty(),
    ) {
        // Two borders cross by less than can be drawn: still no partition.
        let (i, j) = contact.edges();
        defects.push(reporter.crossing(&chain[i], &chain[j], contact.at(&chain)));
    }
    if broken.is_empty() && defects.is_empty() {
        upper_shapes(tree, &mut defects);
    }
    if defects.is_empty() {
        Ok(edges)
    } else {
        Err(defects)
    }
}

/// The edges that no reverse cancels, with all the cells that have them.
fn leftover(tree: &Tree, edges: &Edges, leaves: impl Iterator<Item = usize>) -> Vec<ChainEdge> {
    let mut chain: Vec<ChainEdge> = edges
        .iter()
        .filter(|(_, usage)| usage.net() != 0)
        .map(|(&(a, b), usage)| ChainEdge {
            a,
            b,
            net: usage.net(),
            cells: Vec::new(),
        })
        .collect();
    chain.sort_unstable_by_key(|edge| (edge.a, edge.b));
    let place: FxHashMap<(Coord, Coord), usize> = chain
        .iter()
        .enumerate()
        .map(|(i, edge)| ((edge.a, edge.b), i))
        .collect();
    for i in leaves {
        for (a, b) in tree.drafts[i].shape.iter().flat_map(|shape| shape.edges()) {
            if let Some(&at) = place.get(&(a.min(b), a.max(b))) {
                chain[at].cells.push(i as u32);
            }
        }
    }
    chain
}

/// Reports leaves with the very shape of an earlier one, and returns the later ones.
fn duplicates(tree: &Tree, defects: &mut Vec<Defect>) -> FxHashSet<usize> {
    let mut seen: FxHashMap<Vec<(Coord, Coord)>, usize> = FxHashMap::default();
    let mut twins = FxHashSet::default();
    for (i, draft) in tree.drafts.iter().enumerate() {
        let Some(shape) = draft.shape.as_ref().filter(|_| tree.is_leaf(i)) else {
            continue;
        };
        let mut edges: Vec<_> = shape.edges().collect();
        edges.sort_unstable();
        let Some(&first) = (if edges.is_empty() {
            None
        } else {
            seen.get(&edges)
        }) else {
            seen.insert(edges, i);
            continue;
        };
        twins.insert(i);
        let (a, b) = (&tree.drafts[first].cell.id, &draft.cell.id);
        defects.push(Defect {
            kind: DefectKind::Duplicate,
            sliver: false,
            cells: vec![a.clone(), b.clone()],
            area_m2: shape.area_m2(),
            at: shape.rings().flatten().next().copied(),
            rings: shape.rings().cloned().collect(),
            text: Text {
                zh: format!("{a} 与 {b} 画的是同一块地；删去其中一个。"),
                en: format!("{a} and {b} have the same shape; remove one of them."),
            },
        });
    }
    twins
}

/// An upper cell may be drawn as well, but then as exactly the union of its leaves.
fn upper_shapes(tree: &Tree, defects: &mut Vec<Defect>) {
    for (i, draft) in tree.drafts.iter().enumerate() {
        let Some(shape) = draft.shape.as_ref().filter(|_| !tree.is_leaf(i)) else {
            continue;
        };
        let mut edges = Edges::default();
        for (a, b) in shape.edges() {
            edges.entry((a.min(b), a.max(b))).or_default().add(a > b, 0);
        }
        let leaves = (i..tree.end[i] as usize).filter(|&leaf| tree.is_leaf(leaf));
        for leaf in leaves.filter_map(|leaf| tree.drafts[leaf].shape.as_ref()) {
            for (a, b) in leaf.edges() {
                edges.entry((a.min(b), a.max(b))).or_default().add(a < b, 0);
            }
        }
        let at = edges
            .iter()
            .filter(|(_, usage)| usage.net() != 0)
            .map(|(&(a, _), _)| a)
            .min();
        if at.is_some() {
            let id = &draft.cell.id;
            defects.push(Defect::plain(
                DefectKind::OutsideParent,
                vec![id.clone()],
                at,
                Text {
                    zh: format!("{id} 的边界与下级网格合起来的边界不一致；可以不画上级。"),
                    en: format!(
                        "The border drawn for {id} is not that of the cells below it; it may be left out."
                    ),
                },
            ));
        }
    }
}

struct Reporter<'a> {
    drafts: &'a [DraftCell],
    broken: &'a FxHashSet<u32>,
    tolerance_m: f64,
    leaves: Vec<usize>,
}

impl Reporter<'_> {
    fn ids(&self, cells: &[u32]) -> Vec<CellId> {
        cells
            .iter()
            .map(|&i| self.drafts[i as usize].cell.id.clone())
            .collect()
    }

    fn faces(&self, faces: Vec<Face>, defects: &mut Vec<Defect>) {
        for face in faces {
            // What surrounds a broken ring follows from it, and would only hide it.
            if face.cover == 1 || face.cells.iter().any(|cell| self.broken.contains(cell)) {
                continue;
            }
            let area_m2 = face.area_m2();
            let perimeter = face.perimeter_m();
            let sliver = perimeter > 0.0 && 2.0 * area_m2 / perimeter < self.tolerance_m;
            let (kind, cells, text) = if face.cover == 0 {
                let cells = self.ids(&face.cells);
                let text = gap_text(&cells, area_m2);
                (DefectKind::Gap, cells, text)
            } else {
                let over: Vec<u32> = self
                    .leaves
                    .iter()
                    .filter(|&&i| {
                        self.drafts[i]
                            .shape
                            .as_ref()
                            .is_some_and(|shape| face.lies_in(shape))
                    })
                    .map(|&i| i as u32)
                    .collect();
                if over.iter().any(|cell| self.broken.contains(cell)) {
                    continue;
                }
                // A face thinner than a point can probe is told by the edges around it.
                let over = if over.len() < 2 {
                    face.cells.clone()
                } else {
                    over
                };
                let cells = self.ids(&over);
                let text = overlap_text(&cells, area_m2);
                (DefectKind::Overlap, cells, text)
            };
            defects.push(Defect {
                kind,
                sliver,
                cells,
                area_m2,
                at: Some(face.at()),
                rings: face.rings(),
                text,
            });
        }
    }

    /// Vertices of one cell inside an edge of another.
    fn touches(&self, chain: &[ChainEdge], contacts: &[Contact], defects: &mut Vec<Defect>) {
        let mut at: FxHashMap<Coord, Vec<u32>> = FxHashMap::default();
        for contact in contacts {
            if let Contact::Touch(i, j, place) = *contact {
                let cells = at.entry(place).or_default();
                cells.extend(&chain[i].cells);
                cells.extend(&chain[j].cells);
            }
        }
        let mut places: Vec<_> = at.into_iter().collect();
        places.sort_unstable();
        for (place, mut cells) in places {
            cells.sort_unstable();
            cells.dedup();
            if cells.iter().any(|cell| self.broken.contains(cell)) {
                continue;
            }
            let ids = self.ids(&cells);
            let (zh, en) = (listed_zh(&ids), listed_en(&ids));
            defects.push(Defect::plain(
                DefectKind::UnmatchedVertex,
                ids,
                Some(place),
                Text {
                    zh: format!("{zh} 的边界在 {place} 处，一方有顶点而另一方没有；给另一方补上这个顶点。"),
                    en: format!(
                        "At {place} the border of {en} has a vertex on one side only; add it to the other."
                    ),
                },
            ));
        }
    }

    fn crossing(&self, a: &ChainEdge, b: &ChainEdge, at: Coord) -> Defect {
        let mut cells: Vec<u32> = a.cells.iter().chain(&b.cells).copied().collect();
        cells.sort_unstable();
        cells.dedup();
        let ids = self.ids(&cells);
        let text = overlap_text(&ids, 0.0);
        let mut defect = Defect::plain(DefectKind::Overlap, ids, Some(at), text);
        defect.sliver = true;
        defect
    }
}

fn listed_zh(ids: &[CellId]) -> String {
    list(ids, "、", |more| format!("等另外 {more} 个"))
}

fn listed_en(ids: &[CellId]) -> String {
    list(ids, ", ", |more| format!(" and {more} more"))
}

fn gap_text(ids: &[CellId], area_m2: f64) -> Text {
    let (zh, en) = (listed_zh(ids), listed_en(ids));
    Text {
        zh: format!("{zh} 之间有 {area_m2:.1} 平方米不属于任何网格；把它划给其中一个。"),
        en: format!("{area_m2:.1} m² between {en} belong to no cell; give them to one."),
    }
}

fn overlap_text(ids: &[CellId], area_m2: f64) -> Text {
    let (zh, en) = (listed_zh(ids), listed_en(ids));
    Text {
        zh: format!("{area_m2:.1} 平方米同时属于 {zh}；只留给一个。"),
        en: format!("{area_m2:.1} m² belong to {en} at once; leave them to one."),
    }
}

fn ring_defect(id: &CellId, fault: RingFault) -> Defect {
    let (at, zh, en) = match fault {
        RingFault::TooFew(at) => (
            at,
            "有一个环不到三个不同的点",
            "has a ring of fewer than three different points",
        ),
        RingFault::Unclosed(at) => (Some(at), "有一个环没有闭合", "has a ring that isn't closed"),
        RingFault::MeetsItself(at) => (
            Some(at),
            "有一个环两次经过同一点",
            "has a ring that passes a point twice",
        ),
        RingFault::EdgeTwice(at) => (Some(at), "同一条边画了两次", "has the same edge twice"),
        RingFault::Crosses(at) => (Some(at), "的边界自相交", "crosses itself"),
        RingFault::Nested(at) => (
            Some(at),
            "的洞在面之外，或一个面在另一个面之内",
            "has a hole outside its polygon, or a polygon inside another",
        ),
    };
    let (place_zh, place_en) = at.map_or_else(Default::default, |at| {
        (format!("（在 {at}）"), format!(" (at {at})"))
    });
    Defect::plain(
        DefectKind::InvalidRing,
        vec![id.clone()],
        at,
        Text {
            zh: format!("{id} {zh}{place_zh}。"),
            en: format!("{id} {en}{place_en}."),
        },
    )
}
