//! Names and numbers of coordinate reference systems, and two numbers through each system there is.
#![no_main]

use gewang_grid::Crs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, f64, f64)| {
    let (name, x, y) = input;
    if let Ok(crs) = Crs::parse(name) {
        crs.to_wgs84(x, y);
        crs.from_wgs84(x, y);
    }
});
