//! What an editor shows of itself: its cells, its borders, and what the last edit changed of them.

use rustc_hash::FxHashSet;

use super::{Editor, Step, borders::Border, describe::Told};
use crate::{
    cell::{Cell, CellId},
    coord::Coord,
    topology::Arc,
};

/// A shared border as it is drawn.
#[derive(Clone, PartialEq, Debug)]
pub struct DrawnArc {
    /// A name that follows from its places and sides: the same border has the same name in every editor.
    pub id: u64,
    /// Its places in order; a closed one ends where it begins.
    pub points: Vec<Coord>,
    /// The leaf to its left; `None` is outside the domain.
    pub left: Option<CellId>,
    /// The leaf to its right; `None` is outside the domain.
    pub right: Option<CellId>,
}

/// What an edit changed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Delta {
    /// Borders that are no longer there.
    pub taken: Vec<DrawnArc>,
    /// Borders that were not there before.
    pub put: Vec<DrawnArc>,
    /// The cells of which anything changed, those that went among them.
    pub cells: Vec<CellId>,
}

impl Delta {
    /// The same backwards: what undoing the edit changes.
    pub fn reversed(self) -> Delta {
        Delta {
            taken: self.put,
            put: self.taken,
            cells: self.cells,
        }
    }

    /// What this one and a later one changed together.
    pub fn then(mut self, later: Delta) -> Delta {
        for arc in later.taken {
            match self.put.iter().position(|known| known.id == arc.id) {
                Some(at) => drop(self.put.swap_remove(at)),
                None => self.taken.push(arc),
            }
        }
        for arc in later.put {
            match self.taken.iter().position(|known| known.id == arc.id) {
                Some(at) => drop(self.taken.swap_remove(at)),
                None => self.put.push(arc),
            }
        }
        self.cells.extend(later.cells);
        self.cells.sort();
        self.cells.dedup();
        self
    }
}

impl Editor {
    /// The cells above the leaves, parents first.
    pub fn uppers(&self) -> &[Cell] {
        &self.uppers
    }

    /// The leaves as they are now.
    pub fn leaves(&self) -> impl Iterator<Item = &Cell> {
        let alive = self.leaves.iter().filter(|leaf| leaf.alive);
        alive.map(|leaf| &leaf.cell)
    }

    /// A cell, where there is one of this id now.
    pub fn cell(&self, id: &CellId) -> Option<&Cell> {
        let upper = self.uppers.iter().find(|cell| cell.id == *id);
        upper.or_else(|| {
            let leaf = self.leaf(id).ok()?;
            Some(&self.leaves[leaf as usize].cell)
        })
    }

    /// Every shared border as it is now.
    pub fn arcs(&self) -> impl Iterator<Item = DrawnArc> {
        self.borders.all().map(|border| self.drawn(border))
    }

    /// The leaves that share a border with a leaf.
    pub fn neighbours(&self, id: &CellId) -> Vec<&CellId> {
        let Ok(leaf) = self.leaf(id) else {
            return Vec::new();
        };
        let mut found: Vec<u32> = self
            .borders
            .of_leaf(leaf)
            .iter()
            .flat_map(|&number| {
                let border = self.borders.get(number);
                [border.left, border.right]
            })
            .flatten()
            .filter(|&other| other != leaf)
            .collect();
        found.sort_unstable();
        found.dedup();
        let id = |other: u32| &self.leaves[other as usize].cell.id;
        found.into_iter().map(id).collect()
    }

    /// How many edits can be undone.
    pub fn steps(&self) -> usize {
        self.done.len()
    }

    /// What the last so many steps changed together.
    pub fn last(&self, steps: usize) -> Delta {
        let first = self.done.len().saturating_sub(steps);
        let each = self.done[first..].iter().map(|step| self.delta(step));
        each.reduce(Delta::then).unwrap_or_default()
    }

    fn delta(&self, step: &Step) -> Delta {
        let arcs = |borders: &[(u32, Border)]| -> Vec<DrawnArc> {
            borders
                .iter()
                .map(|(_, border)| self.drawn(border))
                .collect()
        };
        let (mut taken, mut put) = (arcs(&step.taken), arcs(&step.put));
        let before: FxHashSet<u64> = taken.iter().map(|arc| arc.id).collect();
        let after: FxHashSet<u64> = put.iter().map(|arc| arc.id).collect();
        taken.retain(|arc| !after.contains(&arc.id));
        put.retain(|arc| !before.contains(&arc.id));
        let sides = taken.iter().chain(&put);
        let mut cells: Vec<CellId> = sides
            .flat_map(|arc| [arc.left.clone(), arc.right.clone()])
            .flatten()
            .collect();
        let whole = step.born.iter().chain(&step.gone).copied();
        cells.extend(whole.map(|leaf| self.leaves[leaf as usize].cell.id.clone()));
        if let Some(retold) = &step.retold {
            cells.push(match retold.of {
                Told::Upper(upper) => self.uppers[upper as usize].id.clone(),
                Told::Leaf(leaf) => self.leaves[leaf as usize].cell.id.clone(),
            });
            cells.extend(retold.before.parent.clone());
            cells.extend(retold.after.parent.clone());
        }
        cells.sort();
        cells.dedup();
        Delta { taken, put, cells }
    }

    fn drawn(&self, border: &Border) -> DrawnArc {
        let arc = Arc {
            points: border.points.clone(),
            left: border.left.map(crate::cell::CellIndex),
            right: border.right.map(crate::cell::CellIndex),
        }
        .in_order();
        let leaf = |side: Option<crate::cell::CellIndex>| {
            side.map(|side| self.leaves[side.get()].cell.id.clone())
        };
        let mut drawn = DrawnArc {
            id: 0,
            points: arc.points,
            left: leaf(arc.left),
            right: leaf(arc.right),
        };
        drawn.id = drawn.name();
        drawn
    }
}

impl DrawnArc {
    /// FNV-1a of its places and sides.
    fn name(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut take = |bytes: &[u8]| {
            for byte in bytes {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        for place in &self.points {
            take(&place.lon_units().to_be_bytes());
            take(&place.lat_units().to_be_bytes());
        }
        for side in [&self.left, &self.right] {
            take(&[0]);
            take(side.as_ref().map_or("", CellId::as_str).as_bytes());
        }
        hash
    }
}
