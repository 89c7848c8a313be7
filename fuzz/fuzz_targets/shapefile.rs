//! A Shapefile's table and description beside its shapes; the first two bytes say where they are cut apart.
#![no_main]

use gewang_grid::formats::{InFile, Opening, open};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let [first, second, rest @ ..] = bytes else {
        return;
    };
    let (shp, rest) = rest.split_at(rest.len() * usize::from(*first) / 255);
    let (dbf, prj) = rest.split_at(rest.len() * usize::from(*second) / 255);
    let of = |name, bytes| InFile { name, bytes };
    let beside = [of("a.dbf", dbf), of("a.prj", prj)];
    let _ = open(of("a.shp", shp), &beside, &Opening::default());
});
