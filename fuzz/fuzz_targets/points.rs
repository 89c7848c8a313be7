//! Any bytes as a table of the points where people live.
#![no_main]

use gewang_grid::{Crs, households};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(faults) = households(bytes, Crs::Wgs84, 1000) {
        assert!(!faults.is_empty());
    }
});
