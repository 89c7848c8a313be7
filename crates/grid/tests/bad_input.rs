//! Files that can't be read, and drawings with one defect each.

use gewang_grid::{Defect, DefectKind, Layer, ParseError, Partition, Reading, check};
use serde_json::{Value, json};

fn square(x: f64, y: f64, side: f64) -> Value {
    json!([[
        [x, y],
        [x + side, y],
        [x + side, y + side],
        [x, y + side],
        [x, y]
    ]])
}

fn leaf(id: &str, coordinates: Value) -> Value {
    json!({ "type": "Feature", "properties": { "id": id, "parent": "town" },
        "geometry": { "type": "Polygon", "coordinates": coordinates } })
}

fn town(leaves: Vec<Value>) -> Value {
    let mut features =
        vec![json!({ "type": "Feature", "properties": { "id": "town" }, "geometry": null })];
    features.extend(leaves);
    json!({ "type": "FeatureCollection", "features": features })
}

fn kinds(collection: &Value) -> Vec<DefectKind> {
    match Partition::from_geojson(collection.to_string().as_bytes(), &Reading::default()) {
        Ok(_) => Vec::new(),
        Err(ParseError::Defective(defects)) => {
            let mut kinds: Vec<DefectKind> = defects.iter().map(|defect| defect.kind).collect();
            kinds.sort();
            kinds.dedup();
            kinds
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn each_defect_is_named_by_its_kind() {
    use DefectKind::*;
    let a = || leaf("a", square(120.0, 31.0, 0.01));
    let b = || leaf("b", square(120.01, 31.0, 0.01));
    let cases: Vec<(&str, Vec<Value>, Vec<DefectKind>)> = vec![
        ("two neighbours", vec![a(), b()], vec![]),
        (
            "an island",
            vec![a(), leaf("b", square(120.05, 31.0, 0.01))],
            vec![],
        ),
        (
            "corner to corner",
            vec![a(), leaf("b", square(120.01, 31.01, 0.01))],
            vec![],
        ),
        (
            "half over",
            vec![a(), leaf("b", square(120.005, 31.005, 0.01))],
            vec![Overlap],
        ),
        (
            "one within",
            vec![a(), leaf("b", square(120.002, 31.002, 0.001))],
            vec![Overlap],
        ),
        (
            "twice",
            vec![a(), leaf("b", square(120.0, 31.0, 0.01))],
            vec![Duplicate],
        ),
        (
            "same id",
            vec![a(), leaf("a", square(120.01, 31.0, 0.01))],
            vec![Code],
        ),
        (
            "finer neighbour",
            vec![
                a(),
                leaf("b", square(120.01, 31.0, 0.005)),
                leaf("c", square(120.01, 31.005, 0.005)),
            ],
            vec![UnmatchedVertex],
        ),
        (
            "bow-tie",
            vec![
                b(),
                leaf(
                    "a",
                    json!([[
                        [119.9, 31.0],
                        [119.91, 31.01],
                        [119.91, 31.0],
                        [119.9, 31.01],
                        [119.9, 31.0]
                    ]]),
                ),
            ],
            vec![InvalidRing],
        ),
        (
            "unclosed",
            vec![
                b(),
                leaf(
                    "a",
                    json!([[
                        [120.0, 31.0],
                        [120.01, 31.0],
                        [120.01, 31.01],
                        [120.0, 31.01]
                    ]]),
                ),
            ],
            vec![InvalidRing],
        ),
        (
            "two points",
            vec![
                b(),
                leaf("a", json!([[[120.0, 31.0], [120.01, 31.0], [120.0, 31.0]]])),
            ],
            vec![InvalidRing],
        ),
        (
            "no ring",
            vec![b(), leaf("a", json!([]))],
            vec![InvalidRing],
        ),
        (
            "hole outside",
            vec![
                b(),
                leaf(
                    "a",
                    json!([square(120.0, 30.0, 0.01)[0], square(120.0, 30.5, 0.01)[0]]),
                ),
            ],
            vec![InvalidRing],
        ),
        (
            "hole left open",
            vec![leaf(
                "a",
                json!([
                    square(120.0, 31.0, 0.01)[0],
                    square(120.002, 31.002, 0.001)[0]
                ]),
            )],
            vec![Gap],
        ),
        (
            "hole filled",
            vec![
                leaf(
                    "a",
                    json!([
                        square(120.0, 31.0, 0.01)[0],
                        square(120.002, 31.002, 0.001)[0]
                    ]),
                ),
                leaf("b", square(120.002, 31.002, 0.001)),
            ],
            vec![],
        ),
        (
            "hole half filled",
            vec![
                leaf(
                    "a",
                    json!([
                        square(120.0, 31.0, 0.01)[0],
                        square(120.002, 31.002, 0.004)[0]
                    ]),
                ),
                leaf("b", square(120.003, 31.003, 0.001)),
            ],
            vec![Gap],
        ),
        (
            "no shape",
            vec![
                a(),
                json!({ "type": "Feature", "geometry": null,
            "properties": { "id": "b", "parent": "town" } }),
            ],
            vec![Empty],
        ),
        (
            "no such parent",
            vec![
                a(),
                json!({ "type": "Feature", "geometry": null,
            "properties": { "id": "b", "parent": "nowhere" } }),
            ],
            vec![Empty, Tree],
        ),
        (
            "two roots",
            vec![
                a(),
                json!({ "type": "Feature", "geometry": null,
            "properties": { "id": "b" } }),
            ],
            vec![Empty, Tree],
        ),
        (
            "round in a circle",
            vec![
                a(),
                json!({ "type": "Feature", "geometry": null,
            "properties": { "id": "b", "parent": "c" } }),
                json!({ "type": "Feature", "geometry": null,
            "properties": { "id": "c", "parent": "b" } }),
            ],
            vec![Tree],
        ),
    ];
    for (name, leaves, expected) in cases {
        assert_eq!(kinds(&town(leaves)), expected, "{name}");
    }
}

#[test]
fn a_boundary_tells_gaps_enclaves_and_what_sticks_out() {
    let read = |value: &Value| Layer::from_geojson(value.to_string().as_bytes()).unwrap();
    let boundary = |rings: Value| {
        read(&json!({ "type": "FeatureCollection", "features": [leaf("b", rings)] }))
    };
    let within = |leaves: Vec<Value>, rings: Value| {
        let verdict = check(
            &read(&town(leaves)),
            Some(&boundary(rings)),
            &Reading::default(),
        );
        let found = verdict.unwrap().defects;
        for defect in &found {
            assert!(
                defect.area_m2 > 0.0 && !defect.rings.is_empty(),
                "{defect:?}"
            );
        }
        found
            .iter()
            .map(|defect| defect.kind)
            .collect::<Vec<DefectKind>>()
    };
    let outer = || square(120.0, 31.0, 0.01)[0].clone();
    let inner = || square(120.002, 31.002, 0.001)[0].clone();
    let whole = || vec![leaf("a", json!([outer()]))];
    let holed = || vec![leaf("a", json!([outer(), inner()]))];
    assert_eq!(within(whole(), json!([outer()])), []);
    assert_eq!(within(holed(), json!([outer(), inner()])), []);
    assert_eq!(within(holed(), json!([outer()])), [DefectKind::Gap]);
    assert_eq!(
        within(whole(), json!([outer(), inner()])),
        [DefectKind::OutsideBoundary]
    );
    assert_eq!(
        within(whole(), square(119.995, 30.995, 0.02)),
        [DefectKind::Gap]
    );
    assert_eq!(
        within(whole(), square(120.002, 31.002, 0.005)),
        [DefectKind::OutsideBoundary]
    );
    let mut half = within(whole(), square(120.005, 31.005, 0.01));
    half.sort();
    assert_eq!(half, [DefectKind::Gap, DefectKind::OutsideBoundary]);
    // A boundary that crosses itself can't be asked.
    let bow_tie = json!([[
        [120.0, 31.0],
        [120.01, 31.01],
        [120.01, 31.0],
        [120.0, 31.01],
        [120.0, 31.0]
    ]]);
    let refused = check(
        &read(&town(whole())),
        Some(&boundary(bow_tie)),
        &Reading::default(),
    );
    assert!(
        refused.unwrap_err()[0]
            .text
            .en
            .contains("boundary crosses itself")
    );
}

#[test]
fn codes_extend_those_above_and_stand_once() {
    let coded = |id: &str, x: f64, code: &str| {
        let mut cell = leaf(id, square(x, 31.0, 0.01));
        cell["properties"]["codes"] =
            json!([{ "scheme": "nbs", "date": "2023-06-30", "code": code }]);
        cell
    };
    let with = |a: &str, b: &str| {
        let mut all = town(vec![coded("a", 120.0, a), coded("b", 120.01, b)]);
        all["features"][0]["properties"]["codes"] =
            json!([{ "scheme": "nbs", "date": "2023-06-30", "code": "320282110000" }]);
        kinds(&all)
    };
    assert_eq!(with("320282110001", "320282110002"), []);
    assert_eq!(with("320282110001", "320282119002"), [DefectKind::Code]);
    assert_eq!(with("320282110001", "320282110001"), [DefectKind::Code]);
    assert_eq!(with("320282110001", "320282110000"), [DefectKind::Code]);
}

#[test]
fn an_upper_cell_may_be_drawn_only_as_the_union_below() {
    let leaves = || {
        vec![
            leaf("a", square(120.0, 31.0, 0.01)),
            leaf("b", square(120.01, 31.0, 0.01)),
        ]
    };
    let mut right = town(leaves());
    right["features"][0]["geometry"] = json!({ "type": "Polygon", "coordinates": [[[120.0, 31.0],
        [120.01, 31.0], [120.02, 31.0], [120.02, 31.01], [120.01, 31.01], [120.0, 31.01], [120.0, 31.0]]] });
    assert_eq!(kinds(&right), []);
    let mut wrong = town(leaves());
    wrong["features"][0]["geometry"] =
        json!({ "type": "Polygon", "coordinates": square(120.0, 31.0, 0.02) });
    // The leaves fill the lower half only, and have corners on its straight sides.
    assert_eq!(
        kinds(&wrong),
        [DefectKind::Gap, DefectKind::UnmatchedVertex]
    );
    let mut narrow = right.clone();
    narrow["features"][0]["geometry"]["coordinates"][0][2][0] = json!(120.015);
    narrow["features"][0]["geometry"]["coordinates"][0][3][0] = json!(120.015);
    let found = kinds(&narrow);
    assert!(found.contains(&DefectKind::OutsideParent), "{found:?}");
    assert!(!found.contains(&DefectKind::Gap), "{found:?}");
}

#[test]
fn what_cannot_be_read_says_why_and_where() {
    let cases: Vec<(&str, Vec<u8>, Option<usize>, &str)> = vec![
        (
            "truncated",
            b"{\"type\": \"FeatureCollection\", \"feat".to_vec(),
            None,
            "not JSON",
        ),
        ("bytes", vec![0xff, 0xfe, 0x00], None, "not JSON"),
        ("deep", vec![b'['; 100_000], None, "not JSON"),
        (
            "list",
            b"[]".to_vec(),
            None,
            "not a GeoJSON FeatureCollection",
        ),
        (
            "nothing",
            town(vec![])
                .to_string()
                .replace("features\":[", "features\":[],\"x\":[")
                .into_bytes(),
            None,
            "no cells",
        ),
        (
            "swapped",
            town(vec![leaf("a", square(31.0, 120.0, 0.01))])
                .to_string()
                .into_bytes(),
            Some(2),
            "swapped",
        ),
        (
            "projected",
            town(vec![leaf("a", square(500_000.0, 3_480_000.0, 10.0))])
                .to_string()
                .into_bytes(),
            Some(2),
            "outside the Earth",
        ),
        (
            "flat",
            town(vec![leaf("a", json!([1, 2, 3]))])
                .to_string()
                .into_bytes(),
            Some(2),
            "malformed",
        ),
        (
            "text",
            town(vec![leaf("a", json!([[["a", "b"]]]))])
                .to_string()
                .into_bytes(),
            Some(2),
            "malformed",
        ),
        (
            "id",
            town(vec![leaf("No Id", square(120.0, 31.0, 0.01))])
                .to_string()
                .into_bytes(),
            Some(2),
            "is no cell id",
        ),
    ];
    for (name, bytes, feature, expected) in cases {
        match Partition::from_geojson(&bytes, &Reading::default()) {
            Err(ParseError::Unreadable(faults)) => {
                assert_eq!(faults[0].feature, feature, "{name}");
                assert!(
                    faults[0].text.en.contains(expected),
                    "{name}: {}",
                    faults[0]
                );
                assert!(!faults[0].text.zh.is_empty());
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_tangle_of_many_crossings_is_refused_in_bounded_memory() {
    // A star whose every edge crosses nearly every other one.
    let count = 2001;
    let place = |i: usize| {
        let angle = std::f64::consts::TAU * ((i * 1000) % count) as f64 / count as f64;
        [120.0 + 0.1 * angle.cos(), 31.0 + 0.1 * angle.sin()]
    };
    let ring: Vec<[f64; 2]> = (0..=count).map(|i| place(i % count)).collect();
    assert_eq!(
        kinds(&town(vec![leaf("a", json!([ring]))])),
        [DefectKind::InvalidRing]
    );
}

/// A neighbour whose middle vertex on a straight common side of 1,109 m lies so many units within the other cell.
fn off_by(units: i32) -> Defect {
    let a = leaf("a", square(120.0, 31.0, 0.01));
    let b = leaf(
        "b",
        json!([[
            [120.01, 31.0],
            [120.02, 31.0],
            [120.02, 31.01],
            [120.01, 31.01],
            [120.01 - f64::from(units) * 1e-7, 31.005],
            [120.01, 31.0]
        ]]),
    );
    let bytes = town(vec![a, b]).to_string();
    let Err(ParseError::Defective(mut defects)) =
        Partition::from_geojson(bytes.as_bytes(), &Reading::default())
    else {
        panic!("{units} units of overlap were accepted");
    };
    assert_eq!(defects.len(), 1, "{defects:?}");
    let ids: Vec<&str> = defects[0].cells.iter().map(|id| id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    defects.remove(0)
}

#[test]
fn a_neighbour_off_by_units_is_refused_with_the_sliver() {
    let defect = off_by(4);
    assert_eq!(defect.kind, DefectKind::Overlap);
    assert!(defect.sliver);
    // Half of 1,109 m by about four centimetres.
    assert!((19.0..23.0).contains(&defect.area_m2), "{}", defect.area_m2);
    // What rounding alone may do is a vertex that the neighbour lacks.
    let defect = off_by(1);
    assert_eq!(defect.kind, DefectKind::UnmatchedVertex);
    assert!((4.0..7.0).contains(&defect.area_m2), "{}", defect.area_m2);
}
