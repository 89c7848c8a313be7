//! Any bytes as a file of any kind: recognised by their beginning, so one target reaches every reader.
#![no_main]

use gewang_grid::formats::{InFile, Opening, open, to_geojson, to_geopackage, to_topojson};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = InFile { name: "a", bytes };
    if let Ok(opened) = open(file, &[], &Opening::default()) {
        to_geojson(&opened.layer);
        to_topojson(&opened.layer, "a");
        to_geopackage(&opened.layer, "a", "");
    }
});
