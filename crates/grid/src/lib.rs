//! The territory of a town: a tree of cells whose leaves tile it with no gap and no overlap.
//!
//! A drawing is read by [`Partition::from_geojson`], which either yields a [`Partition`] or tells every
//! [`Defect`] at once; a `Partition` that overlaps or leaks cannot be made. A [`Locator`] compiled from it
//! answers in which cell a [`Coord`] lies.
//!
//! This crate knows geometry and nothing else of ours: no record, no post, no file system, no clock.

mod boundary;
mod boxes;
mod cell;
mod check;
mod compile;
mod contacts;
mod coord;
mod crs;
mod defect;
mod diff;
mod draw;
mod edit;
mod exact;
mod face;
pub mod formats;
mod frontier;
mod head;
mod households;
mod layer;
mod locate;
mod measure;
mod net;
mod normal;
mod notes;
mod outline;
mod outside;
mod overlay;
mod partition;
mod planar;
mod reading;
mod repair;
mod report;
pub mod sample;
mod shape;
mod simple;
mod snap;
mod suggest;
mod topology;
mod tree;
mod writing;

pub use boundary::OutlineChange;
pub use cell::{BadCellId, Cell, CellId, CellIndex, Code, Text};
pub use check::{Verdict, check};
pub use coord::{BadCoord, Bounds, Compass, Coord};
pub use crs::{BadCrs, Crs, Ellipsoid, TransverseMercator};
pub use defect::{Defect, DefectKind};
pub use diff::{Changed, Diff, Moved, Whole, diff, diff_layers};
pub use draw::draw;
pub use edit::{Delta, DrawnArc, Edit, Editor, NewCell, Refusal};
pub use households::{Household, LATITUDES, LONGITUDES, households};
pub use layer::{Feature, Layer};
pub use locate::Locator;
pub use measure::ring_area_m2;
pub use outline::Outlines;
pub use outside::Outside;
pub use partition::Partition;
pub use reading::{CodeProperty, OfTown, ParseError, Properties, Reading, Root, Unreadable};
pub use repair::{Change, Repaired, repair};
pub use shape::{Ring, Shape};
pub use suggest::{Division, Wish, divide, suggest};
pub use topology::Arc;
