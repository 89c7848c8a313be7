//! A drawing as it was read from a file, before anything is asked of it.

use serde_json::{Map, Value};

use crate::coord::Coord;

/// The features of one file, whatever its format was: places already in WGS 84, nothing checked.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Layer {
    /// What was drawn, in the order of the file.
    pub features: Vec<Feature>,
    /// What the file says of itself beside its features, as its licence.
    pub about: Map<String, Value>,
}

/// One thing drawn in a [`Layer`].
#[derive(Clone, PartialEq, Debug)]
pub struct Feature {
    /// Its number in the file, from 1: what a message names it by.
    pub number: usize,
    /// What the file says of it.
    pub attributes: Map<String, Value>,
    /// Its polygons, each an outer ring and its holes, with places as they stand in the file: a ring that is closed
    /// ends where it begins. `None` where nothing was drawn.
    pub shape: Option<Vec<Vec<Vec<Coord>>>>,
}
