//! The shapes of edits for the OpenAPI document: the grid knows nothing of HTTP.
#![expect(dead_code, reason = "these shapes are described, and never made")]

use utoipa::ToSchema;

use crate::schema::{Code, Text};

/// One edit.
#[derive(ToSchema)]
#[schema(as = GridEdit)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Edit {
    /// Moves a vertex; every border that has it follows.
    MoveVertex {
        /// The vertex.
        from: [f64; 2],
        /// Where it goes.
        to: [f64; 2],
    },
    /// Moves the border that has this inner vertex.
    MoveArc {
        /// A vertex within the border.
        on: [f64; 2],
        /// How far, in degrees.
        by: [f64; 2],
    },
    /// Draws the stretch of a border between two of its vertices anew.
    Redraw {
        /// Where it begins.
        from: [f64; 2],
        /// Where it ends.
        to: [f64; 2],
        /// The new places between.
        through: Vec<[f64; 2]>,
    },
    /// Splits a leaf by a line from border to border: what lies to its left becomes a new cell.
    Split {
        /// The leaf.
        cell: String,
        /// The line.
        line: Vec<[f64; 2]>,
        /// The new cell.
        new: NewCell,
    },
    /// Gives all ground of some leaves to another.
    Merge {
        /// The leaf that stays.
        keep: String,
        /// Those that go.
        gone: Vec<String>,
    },
    /// Hands what lies to the left of a line over to a neighbour.
    HandOver {
        /// Whose it is.
        from: String,
        /// Whose it becomes.
        to: String,
        /// The line, from border to border of `from`.
        line: Vec<[f64; 2]>,
    },
    /// Says something else of a cell; what is absent stays.
    Describe {
        /// The cell.
        cell: String,
        /// Its name.
        #[schema(required = false)]
        title: Option<Text>,
        /// Its official codes.
        #[schema(required = false)]
        codes: Option<Vec<Code>>,
        /// The cell above, of a leaf.
        #[schema(required = false)]
        parent: Option<String>,
    },
    /// Several that are made and undone as one.
    #[schema(no_recursion)]
    Several {
        /// In order.
        #[schema(value_type = Vec<Object>)]
        edits: Vec<serde_json::Value>,
    },
    /// Removes a feature of a drawing that has defects.
    RemoveFeature {
        /// Its number in this version of the drawing.
        feature: usize,
    },
}

/// What a split calls the new cell.
#[derive(ToSchema)]
#[schema(as = NewCell)]
pub(crate) struct NewCell {
    /// Its id: 1 to 64 of a-z, 0-9, `-` and `_`.
    id: String,
    /// Its name.
    title: Text,
    /// Its official codes.
    #[schema(required = false)]
    codes: Vec<Code>,
}
