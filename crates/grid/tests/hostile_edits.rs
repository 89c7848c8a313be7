//! Edits as anybody may send them, and tables of points as anybody may give them: never a panic, and a partition stays one.

use std::sync::LazyLock;

use gewang_grid::{
    Coord, Crs, DefectKind, Edit, Editor, ParseError, Partition, Reading, households, sample::Town,
};
use proptest::prelude::*;
use serde_json::{Value, json};

static TOWN: LazyLock<Partition> = LazyLock::new(|| {
    let layer = Town::new(6, 5).layer();
    Partition::from_layer(&layer, &Reading::guessed(&layer)).expect("a partition")
});

/// Its vertices, so that edits often mean something.
static VERTICES: LazyLock<Vec<Coord>> = LazyLock::new(|| {
    let arcs = TOWN.arcs().iter();
    arcs.flat_map(|arc| arc.points.iter().copied()).collect()
});

fn twice_area(partition: &Partition) -> i128 {
    partition
        .leaves()
        .filter_map(|leaf| partition.shape(leaf))
        .map(|shape| shape.twice_area_units())
        .sum()
}

/// A place: a vertex, one near to it, any on the Earth, or no place at all.
fn place() -> impl Strategy<Value = Value> {
    let vertex = || any::<prop::sample::Index>().prop_map(|index| *index.get(&VERTICES[..]));
    prop_oneof![
        8 => vertex().prop_map(|at| json!(at)),
        4 => (vertex(), -0.002..0.002f64, -0.002..0.002f64)
            .prop_map(|(at, x, y)| json!([at.lon() + x, at.lat() + y])),
        1 => (-180.0..=180.0f64, -90.0..=90.0f64).prop_map(|(x, y)| json!([x, y])),
        1 => any::<[f64; 2]>().prop_map(|place| json!(place)),
        1 => nonsense(),
    ]
}

fn line() -> impl Strategy<Value = Value> {
    prop_oneof![
        9 => prop::collection::vec(place(), 0..6).prop_map(Value::from),
        1 => nonsense(),
    ]
}

/// An id: a leaf's, a cell's above, one that a split may have made, or none.
fn id() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => any::<prop::sample::Index>()
            .prop_map(|index| json!(index.get(TOWN.cells()).id.as_str())),
        3 => (0..4u8).prop_map(|n| json!(format!("n{n}"))),
        1 => ".{0,12}".prop_map(Value::from),
        1 => nonsense(),
    ]
}

fn nonsense() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([1e300, -1e300])),
    ]
}

fn one() -> impl Strategy<Value = Value> {
    let named = || {
        (id(), ".{0,4}").prop_map(|(id, zh)| json!({ "id": id, "title": { "zh": zh, "en": "" } }))
    };
    let by = prop_oneof![
        (-0.003..0.003f64, -0.003..0.003f64).prop_map(|(x, y)| json!([x, y])),
        any::<[f64; 2]>().prop_map(|by| json!(by)),
    ];
    let codes = || {
        let code = ("[0-9]{0,12}", "[a-z]{0,4}").prop_map(
            |(code, scheme)| json!({ "scheme": scheme, "date": "2023-06-30", "code": code }),
        );
        prop::collection::vec(code, 0..3)
    };
    prop_oneof![
        4 => (place(), place()).prop_map(|(from, to)| json!({ "type": "move_vertex", "from": from, "to": to })),
        2 => (place(), by).prop_map(|(on, by)| json!({ "type": "move_arc", "on": on, "by": by })),
        3 => (place(), place(), line())
            .prop_map(|(from, to, through)| json!({ "type": "redraw", "from": from, "to": to, "through": through })),
        4 => (id(), line(), named())
            .prop_map(|(cell, line, new)| json!({ "type": "split", "cell": cell, "line": line, "new": new })),
        3 => (id(), prop::collection::vec(id(), 0..3))
            .prop_map(|(keep, gone)| json!({ "type": "merge", "keep": keep, "gone": gone })),
        4 => (id(), id(), line())
            .prop_map(|(from, to, line)| json!({ "type": "hand_over", "from": from, "to": to, "line": line })),
        2 => (id(), codes(), proptest::option::of(id())).prop_map(|(cell, codes, parent)| {
            json!({ "type": "describe", "cell": cell, "codes": codes, "parent": parent })
        }),
        1 => ("[a-z_]{0,12}", nonsense()).prop_map(|(name, more)| json!({ "type": name, "cell": more })),
        1 => nonsense(),
    ]
}

/// What is done: an edit, several as one, a step back or forth.
#[derive(Clone, Debug)]
enum Sent {
    Edit(Value),
    Undo,
    Redo,
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        8 => one().prop_map(Sent::Edit),
        2 => prop::collection::vec(one(), 0..4)
            .prop_map(|edits| Sent::Edit(json!({ "type": "several", "edits": edits }))),
        1 => Just(Sent::Undo),
        1 => Just(Sent::Redo),
    ]
}

/// What the editor holds, parsed anew. Edits may say codes that collide; nothing else may be wrong.
fn parsed(editor: &Editor) -> Result<Option<Partition>, TestCaseError> {
    match editor.partition() {
        Ok(partition) => Ok(Some(partition)),
        Err(ParseError::Defective(defects))
            if defects.iter().all(|defect| defect.kind == DefectKind::Code) =>
        {
            Ok(None)
        }
        Err(error) => Err(TestCaseError::fail(error.to_string())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sent_leaves_a_partition(sent in prop::collection::vec(sent(), 1..40)) {
        let area = twice_area(&TOWN);
        let mut editor = Editor::new(&TOWN);
        for sent in sent {
            let before = editor.layer();
            let changed = match sent {
                Sent::Undo => editor.undo(),
                Sent::Redo => editor.redo(),
                // As it comes over the wire: numbers that JSON doesn't have are gone by then.
                Sent::Edit(edit) => match serde_json::from_str::<Edit>(&edit.to_string()) {
                    Ok(edit) => editor.apply(&edit).is_ok(),
                    Err(_) => false,
                },
            };
            if !changed {
                prop_assert_eq!(editor.layer(), before, "refused, and yet something changed");
            }
            if let Some(now) = parsed(&editor)? {
                prop_assert_eq!(twice_area(&now), area);
            }
        }
        while editor.undo() {}
        let back = parsed(&editor)?.expect("as it was");
        prop_assert_eq!(back.leaves().count(), TOWN.leaves().count());
        prop_assert_eq!(twice_area(&back), area);
    }

    #[test]
    fn any_bytes_as_points_are_points_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut headed = "lon,lat,weight\n".as_bytes().to_vec();
        headed.extend(&bytes);
        for bytes in [&bytes, &headed] {
            if let Err(faults) = households(bytes, Crs::Wgs84, 50) {
                prop_assert!(!faults.is_empty());
                prop_assert!(faults.iter().all(|fault| !fault.text.zh.is_empty() && !fault.text.en.is_empty()));
            }
        }
    }

    #[test]
    fn a_bad_row_of_points_is_named(good in 0..30usize, bad in bad_row(), after in 0..5usize) {
        let mut table = "经度,纬度,户数\n".to_owned();
        table.extend((0..good).map(|n| format!("119.{n:02},31.4,{n}\n")));
        table.push_str(&bad);
        table.push('\n');
        table.extend((0..after).map(|_| "119.9,31.4,1\n"));
        let faults = households(table.as_bytes(), Crs::Wgs84, 100).expect_err(&bad);
        prop_assert_eq!(faults[0].feature, Some(good + 2), "{}", bad);
    }
}

/// A row that is no point.
fn bad_row() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8},31\\.4,1",
        "119\\.9,[a-z]{1,8},1",
        "119\\.9",
        "31\\.4,119\\.9,1",
        "119\\.9,31\\.4,-[1-9]",
        "119\\.9,31\\.4,[a-z]{1,3}",
        Just("NaN,31.4,1".to_owned()),
        Just("119.9,inf,1".to_owned()),
        Just("119.9,31.4,1e999".to_owned()),
    ]
}
