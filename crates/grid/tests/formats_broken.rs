//! Files that are cut off, lie, or aim at memory: each is told by name with the mend, and quickly.

use gewang_grid::{
    Crs, Unreadable,
    formats::{InFile, OpenError, Opening, open},
};

fn refused(name: &str, bytes: &[u8]) -> Vec<Unreadable> {
    let file = InFile { name, bytes };
    match open(file, &[], &Opening::default()) {
        Err(OpenError::Unreadable(faults)) => {
            for fault in &faults {
                assert!(!fault.text.zh.is_empty() && !fault.text.en.is_empty());
            }
            faults
        }
        other => panic!("{name}: {other:?}"),
    }
}

/// The first fault must name this feature and say this.
fn check(name: &str, bytes: impl AsRef<[u8]>, feature: impl Into<Option<usize>>, says: &str) {
    let faults = refused(name, bytes.as_ref());
    assert_eq!(faults[0].feature, feature.into(), "{name}: {}", faults[0]);
    assert!(faults[0].text.en.contains(says), "{name}: {}", faults[0]);
}

fn collection(features: &[&str]) -> String {
    let list = features.join(",\n");
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{list}\n]}}")
}

fn polygon(coordinates: &str) -> String {
    format!(
        r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"Polygon","coordinates":{coordinates}}}}}"#
    )
}

const GOOD: &str = "[[[120,31],[120.1,31],[120.1,31.1],[120,31]]]";

#[test]
fn geojson_names_the_feature_and_the_mend() {
    let good = polygon(GOOD);
    let with = |coordinates: &str| collection(&[&good, &polygon(coordinates), &good]);
    let far = with("[[[120,31],[1200.1,31],[120.1,31.1],[120,31]]]");
    check("far", far, 2, "mixes coordinate reference systems");
    let high = with("[[[120,31],[120.1,91],[120.1,31.1],[120,31]]]");
    check("high", high, 2, "outside the Earth");
    let nan = with("[[[120,31],[NaN,31],[120.1,31.1],[120,31]]]");
    check("nan", nan, 2, "NaN");
    let huge = with("[[[120,31],[1e999,31],[120.1,31.1],[120,31]]]");
    check("huge", huge, 2, "out of range");
    let text = with("[[[120,31],[\"120.1\",31],[120.1,31.1],[120,31]]]");
    check("text", text, 2, "line 3");
    let flat = with("[[120,31],[120.1,31],[120.1,31.1],[120,31]]");
    check("flat", flat, 2, "nested");
    let deep = with(&format!("[{GOOD}]"));
    check("deep", deep, 2, "nested");
    let short = with("[[[120],[120.1,31]]]");
    check("short", short, 2, "two numbers");
    let point =
        r#"{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}}"#;
    check("point", collection(&[&good, point]), 2, "is a Point");
    let cut = with(GOOD);
    let line = cut.find("\n]}").unwrap();
    check("cut", &cut[..line - 20], 3, "cut off");
    let swapped = collection(&[&polygon("[[[31,120],[31,120.1],[31.1,120.1],[31,120]]]")]);
    check("swapped", swapped, 1, "Swap X and Y");
    let metres = polygon("[[[500000,3400000],[500100,3400000],[500100,3400100],[500000,3400000]]]");
    check(
        "mixed",
        collection(&[&good, &metres, &good]),
        2,
        "no degrees",
    );
    let zones = |zone: &str| {
        polygon(&format!(
            "[[[{zone}500000,3400000],[{zone}500100,3400000],[{zone}500100,3400100],[{zone}500000,3400000]]]"
        ))
    };
    check(
        "zones",
        collection(&[&zones("39"), &zones("40")]),
        2,
        "zones",
    );
    check("nothing", "{}", None, "FeatureCollection");
    check("no features", collection(&[]), None, "no features");
    check("list", "[1]", None, "FeatureCollection");
    check("empty", "", None, "empty");
    check(
        "brackets",
        "{\"type\":".to_owned() + &"[".repeat(100_000),
        None,
        "export it again",
    );
    check("noise", [0u8, 1, 2, 3, 200], None, "isn't recognised");
    check(
        "prose",
        "once upon a time\nthere was",
        None,
        "isn't recognised",
    );
}

#[test]
fn a_declared_system_is_believed_only_as_far_as_it_goes() {
    let with = |name: &str, coordinates: &str| {
        let list = polygon(coordinates);
        format!(
            r#"{{"type":"FeatureCollection","crs":{{"type":"name","properties":{{"name":"{name}"}}}},"features":[{list}]}}"#
        )
    };
    check("old", with("EPSG:2437", GOOD), None, "survey office");
    check("unknown", with("EPSG:27700", GOOD), None, "EPSG:27700");
    let metres = "[[[500000,3400000],[500100,3400000],[500100,3400100],[500000,3400000]]]";
    check(
        "metres",
        with("EPSG:4326", metres),
        1,
        "say the true system",
    );
    check("degrees", with("EPSG:4549", GOOD), 1, "wgs84");
    let file = InFile {
        name: "metres",
        bytes: &collection(&[&polygon(metres)]).into_bytes(),
    };
    let Err(OpenError::Unsure { candidates, .. }) = open(file, &[], &Opening::default()) else {
        panic!("the meridian can't be known");
    };
    assert!(candidates.contains(&Crs::parse("EPSG:4549").unwrap()));
}

#[test]
fn a_ring_of_ten_million_vertices_is_refused() {
    let mut ring = String::from("[[");
    for i in 0..1_100_000 {
        if i > 0 {
            ring.push(',');
        }
        ring.push_str("[1,2]");
    }
    ring.push_str("]]");
    check(
        "ring",
        collection(&[&polygon(&ring)]),
        1,
        "more than 1000000 points",
    );
    // In a Shapefile the same is a number in a header, and no vertex need follow.
    let mut shp = shapefile(10_000_000, &[]);
    check("lying", &shp, 1, "cut off");
    shp.resize(shp.len() + 160_000_000, 0);
    let words = ((shp.len() - 108) / 2) as u32;
    shp[104..108].copy_from_slice(&words.to_be_bytes());
    check("full", &shp, 1, "more than 1000000 points");
}

/// A Shapefile of one polygon whose header claims so many points.
fn shapefile(points: u32, body: &[u8]) -> Vec<u8> {
    let mut shp = vec![0u8; 100];
    shp[..4].copy_from_slice(&[0, 0, 0x27, 0x0a]);
    let mut record = Vec::new();
    record.extend(5u32.to_le_bytes());
    record.extend([0; 32]);
    record.extend(1u32.to_le_bytes());
    record.extend(points.to_le_bytes());
    record.extend(0u32.to_le_bytes());
    record.extend_from_slice(body);
    shp.extend(1u32.to_be_bytes());
    shp.extend(((record.len() / 2) as u32).to_be_bytes());
    shp.extend(record);
    shp
}

#[test]
fn a_shapefile_that_lies_is_told() {
    let square: Vec<u8> = [120.0, 31.0, 120.0, 31.1, 120.1, 31.1, 120.0, 31.0f64]
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    let whole = shapefile(4, &square);
    let file = InFile {
        name: "a.shp",
        bytes: &whole,
    };
    assert!(open(file, &[], &Opening::default()).is_ok());
    check("a.shp", &whole[..whole.len() - 1], 1, "cut off");
    check("a.shp", &whole[..60], None, "cut off");
    let mut nan = whole.clone();
    nan[156..164].copy_from_slice(&f64::NAN.to_le_bytes());
    check("a.shp", &nan, 1, "not a finite number");
    let mut parts = whole.clone();
    parts[144..148].copy_from_slice(&u32::MAX.to_le_bytes());
    check("a.shp", &parts, 1, "cut off");
    let mut kind = whole.clone();
    kind[108] = 3;
    check("a.shp", &kind, 1, "PolyLine");
    let dbf = include_bytes!("data/rhode_island/utm19.dbf");
    let beside = |bytes| {
        let dbf = InFile {
            name: "a.DBF",
            bytes,
        };
        open(file, &[dbf], &Opening::default())
            .unwrap_err()
            .to_string()
    };
    assert!(beside(dbf).contains("5"));
    assert!(beside(&dbf[..200]).contains("cut off"));
    assert!(beside(&dbf[..10]).contains("cut off"));
    check("a.dbf", &dbf[..], None, "name the .shp");
}

#[test]
fn a_geopackage_that_lies_is_told() {
    let layer = gewang_grid::Layer {
        features: vec![gewang_grid::Feature {
            number: 1,
            attributes: serde_json::Map::new(),
            shape: None,
        }],
        about: serde_json::Map::new(),
    };
    let whole = gewang_grid::formats::to_geopackage(&layer, "cells", "2026-11-23T12:00:00.000Z");
    check("a.gpkg", &whole[..whole.len() - 1], None, "cut off");
    check("a.gpkg", &whole[..100], None, "cut off");
    // A page that names itself as its own child.
    let mut round = whole.clone();
    let page = 4096;
    round[page] = 5;
    round[page + 3..page + 5].copy_from_slice(&0u16.to_be_bytes());
    round[page + 8..page + 12].copy_from_slice(&2u32.to_be_bytes());
    assert!(
        open(
            InFile {
                name: "a",
                bytes: &round
            },
            &[],
            &Opening::default()
        )
        .is_err()
    );
    let wal = InFile {
        name: "a.gpkg-wal",
        bytes: b"held back",
    };
    let mut held = whole.clone();
    held[18] = 2;
    let file = InFile {
        name: "a.gpkg",
        bytes: &held,
    };
    let error = open(file, &[wal], &Opening::default()).unwrap_err();
    assert!(error.to_string().contains("close it"));
}

#[test]
fn xml_bombs_and_other_xml_are_refused() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>
<kml><Placemark><name>&lol2;</name></Placemark></kml>"#;
    check("a.kml", bomb, None, "DOCTYPE");
    let own = "<kml><Placemark><name>&lol;</name></Placemark></kml>";
    check("a.kml", own, 1, "DOCTYPE");
    check("a.kml", "<svg/>", None, "svg");
    let deep = "<kml>".to_owned() + &"<Folder>".repeat(100_000);
    check("a.kml", deep, None, "nested too deep");
    let ring = |coordinates: &str| {
        format!(
            "<kml><Placemark/><Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>{coordinates}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>"
        )
    };
    check("a.kml", ring("120,31 120.1"), 2, "no pair");
    check(
        "a.kml",
        ring("31,120 31,120.1 31.1,120 31,120"),
        2,
        "swapped",
    );
    let whole = ring("120,31 120.1,31 120,31.1 120,31");
    check("a.kml", &whole[..whole.len() - 40], 2, "");
    let point = "<kml><Placemark><Point><coordinates>1,2</coordinates></Point></Placemark></kml>";
    check("a.kml", point, 1, "is a Point");
}

#[test]
fn a_zip_bomb_is_not_unpacked() {
    use flate2::{Compression, Crc, write::DeflateEncoder};
    use std::io::Write;
    let content = vec![b' '; 64 << 20];
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&content).unwrap();
    let packed = encoder.finish().unwrap();
    let mut crc = Crc::new();
    crc.update(&content);
    let bomb = zip("a.geojson", 8, &packed, content.len() as u32, crc.sum());
    check("a.zip", bomb, None, "zip bomb");
    let inner = zip("a.geojson", 0, b"{}", 2, 0);
    check("a.zip", &inner, None, "damaged");
    check("a.zip", &inner[..inner.len() - 5], None, "damaged");
    check("a.zip", zip("readme.txt", 0, b"", 0, 0), None, "no drawing");
    check("a.zip", zip("a.csv", 12, b"", 0, 0), None, "rare way");
    let mut crc = Crc::new();
    crc.update(&inner);
    let nested = zip("b.kml", 0, &inner, inner.len() as u32, crc.sum());
    check("a.zip", nested, None, "an archive in an archive");
}

#[test]
fn an_archive_with_one_kml_is_a_kmz() {
    let kml = b"<kml><Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>120,31 120.1,31 120,31.1 120,31</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>";
    let mut crc = flate2::Crc::new();
    crc.update(kml);
    let kmz = zip("doc.kml", 0, kml, kml.len() as u32, crc.sum());
    let file = InFile {
        name: "a.kmz",
        bytes: &kmz,
    };
    let opened = open(file, &[], &Opening::default()).unwrap();
    assert_eq!(opened.format, gewang_grid::formats::Format::Kml);
    assert_eq!(opened.layer.features.len(), 1);
}

/// An archive of one entry.
fn zip(name: &str, method: u16, packed: &[u8], size: u32, crc: u32) -> Vec<u8> {
    let mut shared = Vec::new();
    shared.extend([20, 0, 0, 0]);
    shared.extend(method.to_le_bytes());
    shared.extend([0; 4]);
    shared.extend(crc.to_le_bytes());
    shared.extend((packed.len() as u32).to_le_bytes());
    shared.extend(size.to_le_bytes());
    shared.extend((name.len() as u16).to_le_bytes());
    shared.extend([0, 0]);
    let mut file = b"PK\x03\x04".to_vec();
    file.extend(&shared);
    file.extend(name.as_bytes());
    file.extend(packed);
    let directory = file.len() as u32;
    file.extend(b"PK\x01\x02\x14\x00");
    file.extend(&shared);
    file.extend([0; 14]);
    file.extend(name.as_bytes());
    let length = file.len() as u32 - directory;
    file.extend(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    file.extend(length.to_le_bytes());
    file.extend(directory.to_le_bytes());
    file.extend([0, 0]);
    file
}

#[test]
fn csv_and_topojson_name_their_rows() {
    let rows = |last: &str| format!("id,wkt\na,\"POLYGON((0 0,1 0,1 1,0 0))\"\nb,\"{last}\"\n");
    check("a.csv", rows("POLYGON((0 0,1 0,1 1"), 2, "ends at");
    check("a.csv", rows("POLYGON((0 0,1,1 1,0 0))"), 2, "ends at");
    check("a.csv", rows("POINT(1 1)"), 2, "is a POINT");
    check(
        "a.csv",
        rows("POLYGON((0 0,NaN 0,1 1,0 0))"),
        2,
        "not a finite number",
    );
    let mixed =
        "wkt\n\"SRID=4326;POLYGON((0 0,1 0,1 1,0 0))\"\n\"SRID=4549;POLYGON((0 0,1 0,1 1,0 0))\"\n";
    check("a.csv", mixed, 2, "EPSG:4549");
    let topology = |arcs: &str, index: &str| {
        format!(
            r#"{{"type":"Topology","objects":{{"a":{{"type":"GeometryCollection","geometries":[{{"type":"Polygon","arcs":[[0]]}},{{"type":"Polygon","arcs":[[{index}]]}}]}}}},"arcs":{arcs}}}"#
        )
    };
    let arcs = "[[[0,0],[1,0],[1,1],[0,0]]]";
    check("a.json", topology(arcs, "7"), 2, "no arc 7");
    check(
        "a.json",
        topology(arcs, "-9223372036854775808"),
        2,
        "no arc",
    );
    check(
        "a.json",
        topology("[[[0],[1,0]]]", "0"),
        1,
        "not a finite number",
    );
    let cut = topology(arcs, "0");
    check("a.json", &cut[..cut.len() - 9], None, "cut off");
    // One arc of a thousand points, used a hundred thousand times.
    let points = vec!["[1,1]"; 1000].join(",");
    let swollen = topology(&format!("[[{points}]]"), &vec!["0"; 100_000].join(","));
    check("a.json", swollen, 2, "more than");
}
