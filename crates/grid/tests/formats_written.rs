//! What is written reads back as itself, by our own reader and by SQLite.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use gewang_grid::{
    Coord, Feature, Layer, Partition, Reading,
    formats::{InFile, Opening, open, to_geojson, to_geopackage, to_topojson},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const COUNTIES: &[u8] = include_bytes!("data/us_newengland_counties_10m.geojson");
const WRITTEN: &str = "2026-11-23T12:00:00.000Z";

fn read(bytes: &[u8]) -> Layer {
    let file = InFile { name: "a", bytes };
    open(file, &[], &Opening::default()).unwrap().layer
}

fn without_fid(mut layer: Layer) -> Layer {
    for feature in &mut layer.features {
        assert_eq!(
            feature.attributes.shift_remove("fid"),
            Some(json!(feature.number))
        );
    }
    layer
}

#[test]
fn a_layer_survives_geojson() {
    let layer = read(COUNTIES);
    assert_eq!(read(to_geojson(&layer).as_bytes()), layer);
}

#[test]
fn a_layer_survives_topojson_with_each_border_once() {
    let layer = read(COUNTIES);
    let text = to_topojson(&layer, "counties");
    let back = read(text.as_bytes());
    assert_eq!(back.features.len(), layer.features.len());
    for (a, b) in layer.features.iter().zip(&back.features) {
        assert_eq!(a.attributes, b.attributes);
        let edges = |feature: &Feature| {
            let rings = feature.shape.iter().flatten().flatten();
            let mut edges: Vec<(Coord, Coord)> = rings
                .flat_map(|ring| ring.windows(2).map(|pair| (pair[0], pair[1])))
                .collect();
            edges.sort();
            edges
        };
        assert_eq!(edges(a), edges(b));
    }
    // An edge that two counties share stands once, in whichever direction.
    let topology: Value = serde_json::from_str(&text).unwrap();
    let mut seen = std::collections::HashSet::new();
    for arc in topology["arcs"].as_array().unwrap() {
        let points: Vec<String> = arc
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect();
        for pair in points.windows(2) {
            let (a, b) = (pair[0].clone(), pair[1].clone());
            assert!(
                seen.insert((a.clone().min(b.clone()), a.max(b))),
                "an edge stands twice"
            );
        }
    }
}

#[test]
fn a_geopackage_is_sound_for_sqlite_and_reads_back() {
    let layer = read(COUNTIES);
    let bytes = to_geopackage(&layer, "New England's \"counties\"", WRITTEN);
    let mut back = without_fid(read(&bytes));
    back.about = layer.about.clone();
    for (a, b) in layer.features.iter().zip(&back.features) {
        assert_eq!((&a.attributes, &a.shape), (&b.attributes, &b.shape));
    }
    let database = sqlite(&bytes);
    let one = |sql: &str| -> String {
        database
            .query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0))
            .map(|value| format!("{value:?}"))
            .unwrap()
    };
    assert_eq!(one("PRAGMA integrity_check"), "Text(\"ok\")");
    assert_eq!(one("PRAGMA application_id"), "Integer(1196444487)");
    assert_eq!(one("PRAGMA user_version"), "Integer(10300)");
    assert_eq!(
        one("SELECT count(*) FROM pragma_foreign_key_check"),
        "Integer(0)"
    );
    assert_eq!(
        one("SELECT count(*) FROM gpkg_contents WHERE table_name = 'New England''s \"counties\"'"),
        "Integer(1)"
    );
    assert_eq!(
        one("SELECT count(*) FROM \"New England's \"\"counties\"\"\""),
        "Integer(67)"
    );
    assert_eq!(
        one("SELECT code FROM \"New England's \"\"counties\"\"\" WHERE fid = 67").len(),
        13
    );
}

/// The bytes as a database of SQLite's own.
fn sqlite(bytes: &[u8]) -> rusqlite::Connection {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    std::fs::write(&path, bytes).unwrap();
    let database = rusqlite::Connection::open(&path).unwrap();
    // The open file outlives its name.
    database
        .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        .unwrap();
    std::mem::forget(folder);
    database
}

#[test]
fn many_rows_and_long_ones_are_kept() {
    // Three levels of pages, and rows that overflow.
    let side = |i: i32, j: i32| Coord::from_units(i * 1000, j * 1000).unwrap();
    let features = (0..40_000)
        .map(|i| {
            let mut attributes = Map::new();
            attributes.insert("n".into(), json!(i64::from(i) * 1_000_000_007 - 5));
            if i % 5000 == 0 {
                attributes.insert("long".into(), json!("格".repeat(i as usize / 4 + 1300)));
                attributes.insert("list".into(), json!([1, { "a": null }]));
            }
            Feature {
                number: i as usize + 1,
                attributes,
                shape: (i % 3 != 0).then(|| {
                    vec![vec![vec![
                        side(i, 0),
                        side(i, 1),
                        side(i + 1, 1),
                        side(i, 0),
                    ]]]
                }),
            }
        })
        .collect();
    let layer = Layer {
        features,
        about: Map::new(),
    };
    let bytes = to_geopackage(&layer, "gpkg_x", WRITTEN);
    let database = sqlite(&bytes);
    let check: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    let sum: i64 = database
        .query_row(
            "SELECT sum(n + 5) / 1000000007 FROM cells_gpkg_x",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(sum, 39_999 * 40_000 / 2);
    let back = read(&bytes);
    assert_eq!(back.features.len(), 40_000);
    for (a, b) in layer.features.iter().zip(&back.features) {
        assert_eq!(a.shape, b.shape);
        assert_eq!(a.attributes.get("n"), b.attributes.get("n"));
        let long = a.attributes.get("long").unwrap_or(&Value::Null);
        assert_eq!(Some(long), b.attributes.get("long"));
    }
    assert_eq!(back.features[5000].attributes["list"], "[1,{\"a\":null}]");
}

#[test]
fn a_table_may_be_wide_and_its_names_differ_by_case() {
    let mut attributes = Map::new();
    for c in 0..300 {
        attributes.insert(format!("一个很长的列名 {c}"), json!(c));
        attributes.insert(format!("COLUMN{c}"), json!(true));
        attributes.insert(format!("column{c}"), json!(0.5));
    }
    let feature = |number| Feature {
        number,
        attributes: attributes.clone(),
        shape: None,
    };
    let layer = Layer {
        features: vec![feature(1), feature(2)],
        about: Map::new(),
    };
    // The schema is too long for page 1.
    let bytes = to_geopackage(&layer, "a", WRITTEN);
    let check: String = sqlite(&bytes)
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    let back = read(&bytes);
    assert_eq!(back.features[1].attributes["一个很长的列名 299"], 299);
    assert_eq!(back.features[1].attributes["COLUMN7"], true);
    assert_eq!(back.features[1].attributes["column7_"], 0.5);
}

fn coord() -> impl Strategy<Value = Coord> {
    (
        -1_800_000_000i32..=1_800_000_000,
        -900_000_000i32..=900_000_000,
    )
        .prop_map(|(lon, lat)| Coord::from_units(lon, lat).unwrap())
}

proptest! {
    #[test]
    fn every_place_survives_every_format(ring in prop::collection::vec(coord(), 3..40)) {
        let mut ring = ring;
        // A layer wholly in Antarctica is taken for a swapped one.
        ring.push(Coord::from_units(1, 2).unwrap());
        ring.push(ring[0]);
        let layer = Layer {
            features: vec![Feature { number: 1, attributes: Map::new(), shape: Some(vec![vec![ring]]) }],
            about: Map::new(),
        };
        let places = |layer: &Layer| {
            let shape = layer.features[0].shape.clone().unwrap();
            let mut places = shape.into_iter().flatten().next().unwrap();
            places.pop();
            places.sort();
            places
        };
        prop_assert_eq!(&read(to_geojson(&layer).as_bytes()), &layer);
        prop_assert_eq!(&read(&to_geopackage(&layer, "a", WRITTEN)).features[0].shape, &layer.features[0].shape);
        prop_assert_eq!(places(&read(to_topojson(&layer, "a").as_bytes())), places(&layer));
    }
}

/// A table has no lists: codes stand in it as a text.
#[test]
fn official_codes_survive_a_geopackage() {
    let drawn = json!({ "type": "FeatureCollection", "features": [{
        "type": "Feature",
        "properties": {
            "id": "a", "zh": "甲", "en": "A",
            "codes": [{ "scheme": "nbs", "date": "2023-06-30", "code": "320282110" }],
        },
        "geometry": { "type": "Polygon", "coordinates": [[[120, 31], [121, 31], [121, 32], [120, 31]]] },
    }] });
    let layer = read(drawn.to_string().as_bytes());
    let back = read(&to_geopackage(&layer, "cells", WRITTEN));
    let codes = |layer: &Layer| {
        let partition = Partition::from_layer(layer, &Reading::default()).unwrap();
        partition.cells()[0].codes.clone()
    };
    assert_eq!(codes(&back), codes(&layer));
    assert_eq!(codes(&back).len(), 1);
}
