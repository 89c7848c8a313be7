//! Lines of JSON as edits of a small town: whatever they are, what is left is a partition of the same ground.
#![no_main]

use std::sync::LazyLock;

use gewang_grid::{DefectKind, Edit, Editor, ParseError, Partition, Reading, sample::Town};
use libfuzzer_sys::fuzz_target;

static TOWN: LazyLock<Partition> = LazyLock::new(|| {
    let layer = Town::new(6, 5).layer();
    Partition::from_layer(&layer, &Reading::guessed(&layer)).expect("a partition")
});

fn twice_area(partition: &Partition) -> i128 {
    let shapes = partition.leaves().filter_map(|leaf| partition.shape(leaf));
    shapes.map(|shape| shape.twice_area_units()).sum()
}

fuzz_target!(|text: &str| {
    let mut editor = Editor::new(&TOWN);
    for line in text.lines().take(30) {
        match serde_json::from_str::<Edit>(line) {
            Ok(edit) => drop(editor.apply(&edit)),
            Err(_) => drop(editor.undo()),
        }
    }
    match editor.partition() {
        Ok(partition) => assert_eq!(twice_area(&partition), twice_area(&TOWN)),
        Err(ParseError::Defective(defects)) => {
            assert!(defects.iter().all(|defect| defect.kind == DefectKind::Code));
        }
        Err(error) => panic!("{error}"),
    }
});
