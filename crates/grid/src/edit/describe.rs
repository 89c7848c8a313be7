//! Saying something else of a cell: what it is called, which codes it has, below which cell it stands.

use super::{Editor, Refusal, Step};
use crate::cell::{Cell, CellId, Code, Text};

/// A cell of which something else was said.
pub(super) struct Retold {
    pub of: Told,
    pub before: Cell,
    pub after: Cell,
}

/// Which cell.
#[derive(Clone, Copy)]
pub(super) enum Told {
    Upper(u32),
    Leaf(u32),
}

impl Editor {
    /// Changes what is said of a cell; what is `None` stays. Only a leaf can be put below another cell.
    pub fn describe(
        &mut self,
        id: &CellId,
        name: Option<Text>,
        codes: Option<Vec<Code>>,
        parent: Option<CellId>,
    ) -> Result<(), Refusal> {
        let upper = self.uppers.iter().position(|cell| cell.id == *id);
        let of = match upper {
            Some(upper) => Told::Upper(upper as u32),
            None => Told::Leaf(self.leaf(id)?),
        };
        let before = self.told(of).clone();
        let mut after = before.clone();
        if let Some(name) = name {
            after.name = name;
        }
        if let Some(codes) = codes {
            after.codes = codes;
        }
        if let Some(parent) = parent.filter(|parent| before.parent.as_ref() != Some(parent)) {
            self.may_stand_below(of, &before, &parent)?;
            after.parent = Some(parent);
        }
        self.say(of, after.clone());
        self.finish(Step {
            retold: Some(Retold { of, before, after }),
            ..Step::default()
        });
        Ok(())
    }

    fn may_stand_below(&self, of: Told, cell: &Cell, parent: &CellId) -> Result<(), Refusal> {
        let id = &cell.id;
        if matches!(of, Told::Upper(_)) {
            return Err(Refusal::new(
                None,
                format!("{id} 不是最下一级的网格，不能改上级。"),
                format!("{id} is no lowest cell, and stays below the cell where it is."),
            ));
        }
        if !self.uppers.iter().any(|upper| upper.id == *parent) {
            return Err(Refusal::new(
                None,
                format!("{parent} 不是上级网格。"),
                format!("{parent} is no cell above others."),
            ));
        }
        let siblings = self
            .leaves
            .iter()
            .filter(|leaf| leaf.alive && leaf.cell.parent == cell.parent)
            .count();
        match &cell.parent {
            Some(old) if siblings < 2 => Err(Refusal::new(
                None,
                format!("上级 {old} 会没有下级。"),
                format!("Nothing would be left below {old}."),
            )),
            _ => Ok(()),
        }
    }

    fn told(&self, of: Told) -> &Cell {
        match of {
            Told::Upper(upper) => &self.uppers[upper as usize],
            Told::Leaf(leaf) => &self.leaves[leaf as usize].cell,
        }
    }

    pub(super) fn say(&mut self, of: Told, cell: Cell) {
        match of {
            Told::Upper(upper) => self.uppers[upper as usize] = cell,
            Told::Leaf(leaf) => self.leaves[leaf as usize].cell = cell,
        }
    }
}
