//! Files of every kind that a town keeps its cells in, to and from a [`Layer`].
//!
//! A file is recognised by what it holds; its name is a hint where that leaves a choice. Whatever it holds, reading ends
//! with a layer in WGS 84, with a list of what can't be read and how to mend it, or with a question about the coordinate
//! reference system; memory stays in proportion to the file.

mod archive;
mod attributes;
mod dbf;
mod drawing;
mod encoding;
mod geojson;
mod geopackage;
mod kml;
mod nest;
mod open;
mod rings;
mod shapefile;
mod sqlite;
mod sqlite_out;
mod table;
mod topojson;
mod wkb;
mod wkt;
mod write_geojson;
mod write_geopackage;
mod write_topojson;

pub(crate) use encoding::text_of_file as table_text;
pub use open::{Format, InFile, OpenError, Opened, Opening, files_beside, open};
pub(crate) use table::delimiter as table_delimiter;
pub use write_geojson::to_geojson;
pub use write_geopackage::to_geopackage;
pub use write_topojson::to_topojson;
