//! What keeps a drawing from being a partition.

use serde::Serialize;

use crate::{
    cell::{CellId, Text},
    coord::Coord,
};

/// One thing that keeps a drawing from being a partition.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Defect {
    /// What kind of thing.
    #[serde(rename = "type")]
    pub kind: DefectKind,
    /// Of a gap or an overlap: narrower than the tolerance.
    pub sliver: bool,
    /// The cells concerned.
    pub cells: Vec<CellId>,
    /// Area in m² on the ellipsoid; zero where there is none.
    pub area_m2: f64,
    /// A place where it shows, if it has one.
    pub at: Option<Coord>,
    /// Its outline, the outer ring first; empty when it has no area.
    pub rings: Vec<Vec<Coord>>,
    /// What is wrong and how to mend it.
    pub text: Text,
}

/// The kinds of [`Defect`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DefectKind {
    /// Ground enclosed by cells that belongs to none.
    Gap,
    /// Ground that belongs to more than one cell.
    Overlap,
    /// Two cells with the same shape.
    Duplicate,
    /// A border point of one cell that its neighbour doesn't have.
    UnmatchedVertex,
    /// Rings that cross themselves or each other, aren't closed, or have fewer than three points.
    InvalidRing,
    /// Ground of a cell outside the boundary that was given.
    OutsideBoundary,
    /// Ground of a cell outside the shape drawn for a cell above it.
    OutsideParent,
    /// An id or an official code that stands twice, or a code that doesn't extend its parent's.
    Code,
    /// A leaf without a shape.
    Empty,
    /// Parents that aren't there, go round in a circle, or more than one root.
    Tree,
}

impl std::fmt::Display for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text.en)
    }
}

impl Defect {
    /// A defect that has no area.
    pub(crate) fn plain(
        kind: DefectKind,
        cells: Vec<CellId>,
        at: Option<Coord>,
        text: Text,
    ) -> Defect {
        Defect {
            kind,
            sliver: false,
            cells,
            area_m2: 0.0,
            at,
            rings: Vec::new(),
            text,
        }
    }
}

/// Names in one line, the first few of many.
pub(crate) fn list(cells: &[CellId], comma: &str, and_more: impl Fn(usize) -> String) -> String {
    const SHOWN: usize = 6;
    let mut text = cells
        .iter()
        .take(SHOWN)
        .map(CellId::as_str)
        .collect::<Vec<_>>()
        .join(comma);
    if cells.len() > SHOWN {
        text.push_str(&and_more(cells.len() - SHOWN));
    }
    text
}
