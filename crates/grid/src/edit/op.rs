//! An edit as it is sent and kept: the same edits on the same partition make the same partition.

use serde::{Deserialize, Serialize};

use super::{Editor, Refusal};
use crate::{
    cell::{CellId, Code, Text},
    coord::Coord,
};

/// One edit.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the methods of the editor say what each does")]
pub enum Edit {
    /// See [`Editor::move_vertex`].
    MoveVertex { from: Coord, to: Coord },
    /// See [`Editor::move_arc`]; `by` is in degrees.
    MoveArc { on: Coord, by: [f64; 2] },
    /// See [`Editor::redraw`].
    Redraw {
        from: Coord,
        to: Coord,
        through: Vec<Coord>,
    },
    /// See [`Editor::split`].
    Split {
        cell: CellId,
        line: Vec<Coord>,
        new: NewCell,
    },
    /// Gives all ground of some leaves to another, in whatever order they have borders with it.
    Merge { keep: CellId, gone: Vec<CellId> },
    /// See [`Editor::hand_over`].
    HandOver {
        from: CellId,
        to: CellId,
        line: Vec<Coord>,
    },
    /// See [`Editor::describe`].
    Describe {
        cell: CellId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<Text>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        codes: Option<Vec<Code>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<CellId>,
    },
    /// Several that are made and undone as one.
    Several { edits: Vec<Edit> },
}

/// What a split calls the new cell.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCell {
    /// Its id.
    pub id: CellId,
    /// Its name.
    pub title: Text,
    /// Its official codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
}

impl Editor {
    /// Makes an edit; how many steps can be undone of it. Of one that is refused nothing stays.
    pub fn apply(&mut self, edit: &Edit) -> Result<usize, Refusal> {
        let before = self.done.len();
        let attempted = self.attempt(edit);
        let Err(refusal) = attempted else {
            return Ok(self.done.len() - before);
        };
        if self.done.len() > before {
            while self.done.len() > before {
                self.undo();
            }
            for step in std::mem::take(&mut self.undone) {
                self.forget(&step);
            }
        }
        Err(refusal)
    }

    fn attempt(&mut self, edit: &Edit) -> Result<(), Refusal> {
        match edit {
            Edit::MoveVertex { from, to } => self.move_vertex(*from, *to),
            Edit::MoveArc { on, by } => {
                let [lon, lat] = by.map(|degrees| (degrees * 1e7).round() as i32);
                self.move_arc(*on, lon, lat)
            }
            Edit::Redraw { from, to, through } => self.redraw(*from, *to, through),
            Edit::Split { cell, line, new } => {
                self.split(cell, line, new.id.clone(), new.title.clone())?;
                if new.codes.is_empty() {
                    return Ok(());
                }
                self.describe(&new.id, None, Some(new.codes.clone()), None)
            }
            Edit::Merge { keep, gone } => self.merge_all(keep, gone),
            Edit::HandOver { from, to, line } => self.hand_over(from, to, line),
            Edit::Describe {
                cell,
                title,
                codes,
                parent,
            } => self.describe(cell, title.clone(), codes.clone(), parent.clone()),
            Edit::Several { edits } => edits.iter().try_for_each(|edit| self.attempt(edit)),
        }
    }

    fn merge_all(&mut self, keep: &CellId, gone: &[CellId]) -> Result<(), Refusal> {
        if gone.is_empty() {
            return Err(Refusal::new(
                None,
                "没有说并入哪些网格。",
                "It isn't said which cells are to be merged.",
            ));
        }
        let mut waiting: Vec<&CellId> = gone.iter().collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut refused = None;
            waiting.retain(|id| match self.merge(keep, id) {
                Ok(()) => false,
                Err(refusal) => {
                    refused.get_or_insert(refusal);
                    true
                }
            });
            if let (Some(refusal), true) = (refused, waiting.len() == before) {
                return Err(refusal);
            }
        }
        Ok(())
    }
}
