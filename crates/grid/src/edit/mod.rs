//! Editing a partition by its borders, so that an edit can neither open a gap nor make an overlap.
//!
//! Whatever is moved is a border, and both of its sides follow. An edit takes some borders out and puts others in; then
//! it is judged around what changed (see [`judge`]), and taken back with a reason when it would break the partition.

mod borders;
mod cut;
mod describe;
mod judge;
mod look;
mod op;
mod reshape;
mod store;

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::{
    boxes::Rect,
    cell::{Cell, CellId, Text},
    coord::Coord,
    partition::Partition,
};
use borders::{Border, Borders};
use describe::Retold;
pub use look::{Delta, DrawnArc};
pub use op::{Edit, NewCell};

/// A partition under edit.
pub struct Editor {
    /// The cells above the leaves, parents first.
    uppers: Vec<Cell>,
    leaves: Vec<Leaf>,
    by_id: FxHashMap<CellId, u32>,
    borders: Borders,
    about: serde_json::Map<String, serde_json::Value>,
    done: Vec<Step>,
    undone: Vec<Step>,
}

struct Leaf {
    cell: Cell,
    alive: bool,
}

/// Why an edit was not made; nothing has changed then.
#[derive(Clone, PartialEq, Debug, Serialize, thiserror::Error)]
#[error("{}", text.en)]
pub struct Refusal {
    /// Where the partition would have been broken.
    pub at: Option<Coord>,
    /// How.
    pub text: Text,
}

impl Refusal {
    fn new(at: Option<Coord>, zh: impl Into<String>, en: impl Into<String>) -> Refusal {
        Refusal {
            at,
            text: Text::new(zh, en),
        }
    }
}

/// One edit, as it can be undone and done again.
#[derive(Default)]
struct Step {
    taken: Vec<(u32, Border)>,
    put: Vec<(u32, Border)>,
    /// Leaves that came, and leaves that went.
    born: Vec<u32>,
    gone: Vec<u32>,
    /// The cell of which something else is said.
    retold: Option<Retold>,
}

impl Editor {
    /// Takes a partition for editing.
    pub fn new(partition: &Partition) -> Editor {
        let mut uppers = Vec::new();
        let mut leaves = Vec::new();
        let mut number = FxHashMap::default();
        for index in partition.indices() {
            let cell = partition.cell(index).clone();
            if partition.is_leaf(index) {
                number.insert(index, leaves.len() as u32);
                leaves.push(Leaf { cell, alive: true });
            } else {
                uppers.push(cell);
            }
        }
        let bounds = partition.bounds();
        let area = (bounds.max.x() - bounds.min.x() + 1) as f64
            * (bounds.max.y() - bounds.min.y() + 1) as f64;
        // A square for some eight edges.
        let edges: usize = partition.arcs().iter().map(|arc| arc.points.len()).sum();
        let square = (area / (edges / 8 + 1) as f64).sqrt();
        let mut borders = Borders::new(square as i32, Rect::of(bounds.min, bounds.max));
        for arc in partition.arcs() {
            borders.add(Border {
                points: arc.points.clone(),
                left: arc.left.map(|leaf| number[&leaf]),
                right: arc.right.map(|leaf| number[&leaf]),
            });
        }
        let by_id = (0..)
            .zip(&leaves)
            .map(|(i, leaf): (u32, &Leaf)| (leaf.cell.id.clone(), i));
        Editor {
            by_id: by_id.collect(),
            uppers,
            leaves,
            borders,
            about: partition.about().clone(),
            done: Vec::new(),
            undone: Vec::new(),
        }
    }

    /// The leaf that has a place, by the borders as they are now; `None` outside.
    pub fn leaf_at(&self, place: Coord) -> Option<&CellId> {
        let leaf = self.borders.leaf_at(place, |_| false)?;
        Some(&self.leaves[leaf as usize].cell.id)
    }

    /// Takes the last edit back; whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(step) = self.done.pop() else {
            return false;
        };
        self.unmake(&step);
        self.undone.push(step);
        true
    }

    /// Makes the edit again that was last taken back; whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(step) = self.undone.pop() else {
            return false;
        };
        self.remake(&step);
        self.done.push(step);
        true
    }

    /// Takes borders out and puts others in, if the partition stays one.
    fn make(&mut self, plan: Plan) -> Result<(), Refusal> {
        // The outer border doesn't move, so nothing has a place beyond it.
        if let Some(at) = plan
            .put
            .iter()
            .find_map(|border| self.borders.beyond(border))
        {
            let step = Step {
                born: plan.born,
                ..Step::default()
            };
            self.set_alive(&step.born, false);
            self.forget(&step);
            return Err(Refusal::new(
                Some(at),
                "这里在辖区以外。",
                "This place lies outside of the domain.",
            ));
        }
        let step = self.enact(plan);
        let old: Vec<&Border> = step.taken.iter().map(|(_, border)| border).collect();
        let new: Vec<u32> = step.put.iter().map(|&(number, _)| number).collect();
        let judged = judge::judge(&self.borders, &old, &new).and_then(|()| self.all_alive(&step));
        if let Err(refusal) = judged {
            self.unmake(&step);
            self.forget(&step);
            return Err(refusal);
        }
        self.finish(step);
        Ok(())
    }

    /// Keeps a step that was made; what was undone before it can't be done again.
    fn finish(&mut self, step: Step) {
        self.done.push(step);
        for step in std::mem::take(&mut self.undone) {
            self.forget(&step);
        }
    }

    fn enact(&mut self, plan: Plan) -> Step {
        let mut step = Step {
            born: plan.born,
            gone: plan.gone,
            ..Step::default()
        };
        for number in plan.take {
            step.taken.push((number, self.borders.take(number)));
        }
        for border in store::joined(&self.borders, plan.put) {
            step.put.push((self.borders.add(border.clone()), border));
        }
        self.set_alive(&step.born, true);
        self.set_alive(&step.gone, false);
        step
    }

    fn unmake(&mut self, step: &Step) {
        for (number, _) in &step.put {
            self.borders.take(*number);
        }
        for (number, border) in &step.taken {
            self.borders.put(*number, border.clone());
        }
        self.set_alive(&step.born, false);
        self.set_alive(&step.gone, true);
        if let Some(retold) = &step.retold {
            self.say(retold.of, retold.before.clone());
        }
    }

    fn remake(&mut self, step: &Step) {
        for (number, _) in &step.taken {
            self.borders.take(*number);
        }
        for (number, border) in &step.put {
            self.borders.put(*number, border.clone());
        }
        self.set_alive(&step.born, true);
        self.set_alive(&step.gone, false);
        if let Some(retold) = &step.retold {
            self.say(retold.of, retold.after.clone());
        }
    }

    fn set_alive(&mut self, leaves: &[u32], alive: bool) {
        for &leaf in leaves {
            let one = &mut self.leaves[leaf as usize];
            one.alive = alive;
            if alive {
                self.by_id.insert(one.cell.id.clone(), leaf);
            }
        }
    }

    /// Frees the ids of leaves that will never be.
    fn forget(&mut self, step: &Step) {
        for &leaf in &step.born {
            let id = &self.leaves[leaf as usize].cell.id;
            // Another leaf may have come to the id meanwhile.
            if self.by_id.get(id) == Some(&leaf) {
                self.by_id.remove(id);
            }
        }
    }

    /// No leaf may lose its last border, and no upper cell its last leaf.
    fn all_alive(&self, step: &Step) -> Result<(), Refusal> {
        let touched = step
            .taken
            .iter()
            .flat_map(|(_, border)| [border.left, border.right]);
        for leaf in touched.flatten() {
            let Leaf { cell, alive } = &self.leaves[leaf as usize];
            if *alive && self.borders.of_leaf(leaf).is_empty() {
                let id = &cell.id;
                return Err(Refusal::new(
                    None,
                    format!("{id} 会什么地方也不剩。"),
                    format!("Nothing would be left of {id}."),
                ));
            }
        }
        for &leaf in &step.gone {
            let parent = &self.leaves[leaf as usize].cell.parent;
            let left = self
                .leaves
                .iter()
                .any(|one| one.alive && one.cell.parent == *parent);
            if let (Some(parent), false) = (parent, left) {
                return Err(Refusal::new(
                    None,
                    format!("上级 {parent} 会没有下级。"),
                    format!("Nothing would be left below {parent}."),
                ));
            }
        }
        Ok(())
    }

    fn leaf(&self, id: &CellId) -> Result<u32, Refusal> {
        let leaf = self.by_id.get(id).copied();
        leaf.filter(|&leaf| self.leaves[leaf as usize].alive)
            .ok_or_else(|| {
                Refusal::new(
                    None,
                    format!("没有最下一级的网格 {id}。"),
                    format!("There is no lowest cell {id}."),
                )
            })
    }
}

/// What an edit would take out and put in.
#[derive(Default)]
struct Plan {
    take: Vec<u32>,
    put: Vec<Border>,
    born: Vec<u32>,
    gone: Vec<u32>,
}
