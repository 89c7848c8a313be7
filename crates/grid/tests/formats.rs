//! One drawing in every format: each must say the same.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use gewang_grid::{
    Coord, Crs, Feature, Layer,
    formats::{Format, InFile, OpenError, Opened, Opening, files_beside, open},
};
use serde_json::{Value, json};

const GEOJSON: &[u8] = include_bytes!("data/rhode_island/rhode_island.geojson");
const SHAPEFILE_UTF8: &[u8] = include_bytes!("data/rhode_island/shapefile_utf8.zip");
const SHAPEFILE_GBK: &[u8] = include_bytes!("data/rhode_island/shapefile_gbk.zip");
const SHP: &[u8] = include_bytes!("data/rhode_island/utm19.shp");
const DBF: &[u8] = include_bytes!("data/rhode_island/utm19.dbf");
const PRJ: &[u8] = include_bytes!("data/rhode_island/utm19.prj");
const CPG: &[u8] = include_bytes!("data/rhode_island/utm19.cpg");
const GEOPACKAGE: &[u8] = include_bytes!("data/rhode_island/geopackage.zip");
const GEOPACKAGE_UTM: &[u8] = include_bytes!("data/rhode_island/geopackage_utm19.zip");

fn read(name: &str, bytes: &[u8]) -> Result<Opened, OpenError> {
    open(InFile { name, bytes }, &[], &Opening::default())
}

fn read_in(crs: Crs, name: &str, bytes: &[u8]) -> Result<Opened, OpenError> {
    let opening = Opening {
        crs: Some(crs),
        layer: None,
    };
    open(InFile { name, bytes }, &[], &opening)
}

fn reference() -> Layer {
    let opened = read("rhode_island.geojson", GEOJSON).unwrap();
    assert_eq!((opened.format, opened.crs), (Format::GeoJson, Crs::Wgs84));
    assert!(opened.note.unwrap().en.contains("gcj02"));
    opened.layer
}

/// Whether two layers have the same attributes under these names and the same rings within `units`, wherever a ring
/// begins and whichever way it runs.
fn same(a: &Layer, b: &Layer, units: i32, names: &[&str]) {
    assert_eq!(a.features.len(), b.features.len());
    for (a, b) in a.features.iter().zip(&b.features) {
        assert_eq!(a.number, b.number);
        for name in names {
            let (x, y) = (&a.attributes[*name], &b.attributes[*name]);
            match (x.as_f64(), y.as_f64()) {
                (Some(x), Some(y)) => assert!((x - y).abs() < 1e-9 * x.abs().max(1.0)),
                _ => assert_eq!(x, y),
            }
        }
        let (x, y) = (rings(a), rings(b));
        assert_eq!(x.len(), y.len());
        for (x, y) in x.iter().zip(&y) {
            assert_eq!(x.len(), y.len());
            for (x, y) in x.iter().zip(y) {
                let near = |a: i32, b: i32| (a - b).abs() <= units;
                assert!(near(x.lon_units(), y.lon_units()) && near(x.lat_units(), y.lat_units()));
            }
        }
    }
}

/// The rings, each from its south-westernmost point in one direction.
fn rings(feature: &Feature) -> Vec<Vec<Coord>> {
    let shape = feature.shape.iter().flatten().flatten();
    let mut rings: Vec<Vec<Coord>> = shape
        .map(|ring| {
            assert_eq!(ring.first(), ring.last(), "every ring is closed");
            let mut ring = ring[1..].to_vec();
            let least = ring.iter().enumerate().min_by_key(|(_, c)| **c).unwrap().0;
            ring.rotate_left(least);
            if ring[1] > ring[ring.len() - 1] {
                ring[1..].reverse();
            }
            ring
        })
        .collect();
    rings.sort();
    rings
}

const NAMES: [&str; 5] = ["code", "name", "zh", "rank", "share"];

#[test]
fn a_shapefile_says_the_same_in_utf8_and_gbk() {
    for bytes in [SHAPEFILE_UTF8, SHAPEFILE_GBK] {
        let opened = read("rhode_island.zip", bytes).unwrap();
        assert_eq!((opened.format, opened.crs), (Format::Shapefile, Crs::Wgs84));
        // The .prj says so, and nothing was taken for granted.
        assert_eq!(opened.note, None);
        same(&reference(), &opened.layer, 0, &NAMES);
    }
}

#[test]
fn a_projected_shapefile_comes_back_to_degrees() {
    let beside = files_beside("utm19.shp");
    assert!(beside.contains(&"utm19.dbf".to_owned()) && beside.contains(&"utm19.prj".to_owned()));
    let of = |name, bytes| InFile { name, bytes };
    let shp = of("utm19.shp", SHP);
    let set = [
        of("utm19.dbf", DBF),
        of("utm19.prj", PRJ),
        of("utm19.cpg", CPG),
    ];
    let opened = open(shp, &set, &Opening::default()).unwrap();
    assert_eq!((opened.format, opened.note), (Format::Shapefile, None));
    // GDAL's way to UTM and ours back meet within a unit.
    same(&reference(), &opened.layer, 1, &NAMES);
    // Without its .prj nobody can tell the zone; the question names what would fit.
    let Err(OpenError::Unsure { candidates, text }) = open(shp, &set[..1], &Opening::default())
    else {
        panic!("the zone can't be known");
    };
    assert!(!candidates.is_empty() && text.en.contains("crs"));
    let opening = Opening {
        crs: Some(Crs::parse("EPSG:32619").unwrap()),
        layer: None,
    };
    let told = open(shp, &set[..1], &opening).unwrap();
    same(&reference(), &told.layer, 1, &NAMES);
    // Without a table the shapes remain.
    assert!(
        open(shp, &[], &opening).unwrap().layer.features[0]
            .attributes
            .is_empty()
    );
}

#[test]
fn a_geopackage_of_gdal_is_read() {
    let opened = read("rhode_island.zip", GEOPACKAGE).unwrap();
    assert_eq!((opened.format, opened.note), (Format::GeoPackage, None));
    same(&reference(), &opened.layer, 0, &NAMES);
    let projected = read("rhode_island.zip", GEOPACKAGE_UTM).unwrap();
    assert_eq!(projected.crs.epsg(), Some(32_619));
    same(&reference(), &projected.layer, 1, &NAMES);
    let other = Opening {
        layer: Some("towns".into()),
        ..Opening::default()
    };
    let error = open(
        InFile {
            name: "a.zip",
            bytes: GEOPACKAGE,
        },
        &[],
        &other,
    );
    assert!(error.unwrap_err().to_string().contains("counties"));
}

#[test]
fn kml_is_read_with_its_data_and_holes() {
    let kml = r##"<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><name>镇</name>
<Schema id="s"><SimpleField name="code" type="string"/></Schema>
<Folder><Placemark id="p1"><name>一 &amp; 二</name><description><![CDATA[<b>x</b>]]></description>
<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="code">0101</SimpleData></SchemaData>
<Data name="people"><displayName>人</displayName><value>320</value></Data></ExtendedData>
<MultiGeometry><Point><coordinates>120.05,31.05,0</coordinates></Point>
<Polygon><innerBoundaryIs><LinearRing><coordinates>120.01,31.01 120.01,31.02 120.02,31.02 120.01,31.01</coordinates></LinearRing></innerBoundaryIs>
<outerBoundaryIs><LinearRing><coordinates>
 120.0,31.0,5 120.1,31.0,5
 120.1,31.1,5 120.0,31.0,5 </coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry></Placemark>
<Placemark><name>空</name></Placemark></Folder></Document></kml>"##;
    let opened = read("a.kml", kml.as_bytes()).unwrap();
    assert_eq!(opened.format, Format::Kml);
    let [first, second] = opened.layer.features.as_slice() else {
        panic!("two placemarks");
    };
    assert_eq!(
        Value::Object(first.attributes.clone()),
        json!({ "id": "p1", "name": "一 & 二", "description": "<b>x</b>", "code": "0101", "people": "320" })
    );
    let shape = first.shape.as_ref().unwrap();
    assert_eq!((shape.len(), shape[0].len()), (1, 2));
    assert_eq!(shape[0][0][1], Coord::from_degrees(120.1, 31.0).unwrap());
    assert_eq!((second.number, &second.shape), (2, &None));
}

#[test]
fn csv_is_read_in_its_dialects() {
    let polygon = "POLYGON Z((120 31 4,120.1 31 4,120.1 31.1 4,120 31 4))";
    let utf8 = format!("code,name,geom\n0101,\"一, 二\",\"{polygon}\"\n0102,三,\n");
    let opened = read("a.csv", utf8.as_bytes()).unwrap();
    assert_eq!(opened.format, Format::Csv);
    assert_eq!(opened.layer.features[0].attributes["code"], "0101");
    assert_eq!(opened.layer.features[1].shape, None);
    let tabs = format!("code\tname\tWKT\n0101\t一\tSRID=4490;{polygon}\n");
    let (gbk, _, _) = encoding_rs::GBK.encode(&tabs);
    let opened = read("a.txt", &gbk).unwrap();
    assert_eq!(opened.layer.features[0].attributes["name"], "一");
    assert_eq!((opened.crs, opened.note), (Crs::Cgcs2000, None));
    let multi = "wkt;id\nMULTIPOLYGON(((0 0,1 0,1 1,0 0)),((2 2,3 2,3 3,2 2),(2.5 2.2,2.6 2.2,2.6 2.3,2.5 2.2)));a\nPOLYGON EMPTY;b\n";
    let opened = read("a.csv", multi.as_bytes()).unwrap();
    let shape = opened.layer.features[0].shape.as_ref().unwrap();
    assert_eq!((shape.len(), shape[1].len()), (2, 2));
    assert_eq!(opened.layer.features[1].shape, Some(Vec::new()));
}

#[test]
fn topojson_is_read_plain_and_quantized() {
    // The example of the specification's introduction, cut to its polygon, quantized by hand.
    let quantized = json!({
        "type": "Topology", "licence": "ours",
        "transform": { "scale": [0.001, 0.001], "translate": [100.0, 0.0] },
        "objects": { "cells": { "type": "GeometryCollection", "geometries": [
            { "type": "Polygon", "id": "a", "properties": { "name": "west" }, "arcs": [[0, 1]] },
            { "type": "MultiPolygon", "id": "b", "arcs": [[[2, -1]]] },
            { "type": null, "id": "c" }
        ] } },
        "arcs": [
            [[1000, 0], [0, 1000]],
            [[1000, 1000], [-1000, 0], [0, -1000], [1000, 0]],
            [[1000, 0], [1000, 0], [0, 1000], [-1000, 0]]
        ]
    });
    let opened = read("a.json", quantized.to_string().as_bytes()).unwrap();
    assert_eq!(opened.format, Format::TopoJson);
    assert_eq!(opened.layer.about["licence"], "ours");
    let place = |lon: f64, lat: f64| Coord::from_degrees(lon, lat).unwrap();
    let [west, east, none] = opened.layer.features.as_slice() else {
        panic!("three features");
    };
    assert_eq!(
        (&west.attributes["id"], &west.attributes["name"]),
        (&json!("a"), &json!("west"))
    );
    assert_eq!(
        west.shape.as_ref().unwrap()[0][0],
        [
            place(101.0, 0.0),
            place(101.0, 1.0),
            place(100.0, 1.0),
            place(100.0, 0.0),
            place(101.0, 0.0)
        ]
    );
    let ring = &east.shape.as_ref().unwrap()[0][0];
    assert_eq!((ring.len(), ring.first()), (5, ring.last()));
    assert_eq!(none.shape, None);
    // Plain positions, two objects: one must be chosen.
    let plain = json!({
        "type": "Topology",
        "objects": {
            "a": { "type": "Polygon", "arcs": [[0]] },
            "b": { "type": "Point", "coordinates": [1, 1] }
        },
        "arcs": [[[0, 0], [1, 0], [1, 1], [0, 0]]]
    });
    let bytes = plain.to_string();
    let error = read("a.json", bytes.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("a, b"), "{error}");
    let opening = Opening {
        layer: Some("a".into()),
        ..Opening::default()
    };
    let file = InFile {
        name: "a.json",
        bytes: bytes.as_bytes(),
    };
    assert_eq!(open(file, &[], &opening).unwrap().layer.features.len(), 1);
}

#[test]
fn geojson_of_any_member_order_and_nesting_is_read() {
    let text = r#"{"features":[{"geometry":{"coordinates":[[[[120,31,7],[120.1,31],[120.1,31.1],[120,31]]]],"type":"MultiPolygon"},
        "id":7,"type":"Feature","properties":null,"bbox":[1,2]}],"bbox":[1,2],"source":{"a":[1]},"type":"FeatureCollection"}"#;
    let opened = read("a", text.as_bytes()).unwrap();
    assert_eq!(opened.layer.features[0].attributes["id"], 7);
    assert_eq!(opened.layer.about.keys().collect::<Vec<_>>(), ["source"]);
    let lone = r#"{"type":"Polygon","coordinates":[[[120,31],[120.1,31],[120.1,31.1],[120,31]]]}"#;
    for text in [
        lone.to_owned(),
        format!(r#"{{"geometry":{lone},"type":"Feature","properties":{{}}}}"#),
        format!(r#"{{"type":"GeometryCollection","geometries":[{lone}]}}"#),
    ] {
        let opened = read("boundary.geojson", text.as_bytes()).unwrap();
        assert_eq!(
            opened.layer.features[0].shape,
            reread(lone).features[0].shape
        );
    }
}

fn reread(text: &str) -> Layer {
    read("a", text.as_bytes()).unwrap().layer
}

#[test]
fn a_drawing_on_a_shifted_map_is_put_right() {
    let layer = reference_square();
    for crs in [Crs::Gcj02, Crs::Bd09, Crs::parse("EPSG:4528").unwrap()] {
        let ring: Vec<[f64; 2]> = layer
            .iter()
            .map(|[lon, lat]| {
                let (x, y) = crs.from_wgs84(*lon, *lat);
                [x, y]
            })
            .collect();
        let text = json!({ "type": "Polygon", "coordinates": [ring] }).to_string();
        let opened = read_in(crs, "a", text.as_bytes()).unwrap();
        let expected: Vec<Coord> = layer
            .iter()
            .map(|[lon, lat]| Coord::from_degrees(*lon, *lat).unwrap())
            .collect();
        assert_eq!(
            opened.layer.features[0].shape.as_ref().unwrap()[0][0],
            expected
        );
        if !crs.in_degrees() {
            // Eastings with a zone's number need no telling; a collection may also say it.
            let guessed = read("a", text.as_bytes()).unwrap();
            assert_eq!(guessed.crs.epsg(), Some(4528));
            assert!(guessed.note.unwrap().zh.contains("西安"));
        }
    }
    let declared = json!({
        "type": "FeatureCollection",
        "crs": { "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::4549" } },
        "features": [{ "type": "Feature", "properties": {}, "geometry": { "type": "Polygon",
            "coordinates": [[[499564.60661, 3479635.49149], [500000.0, 3480000.0], [500000.0, 3479000.0],
                [499564.60661, 3479635.49149]]] } }]
    });
    let opened = read("a", declared.to_string().as_bytes()).unwrap();
    let first = opened.layer.features[0].shape.as_ref().unwrap()[0][0][0];
    assert_eq!(first, Coord::from_degrees(119.99542, 31.43889).unwrap());
    assert!(!opened.layer.about.contains_key("crs"));
}

fn reference_square() -> Vec<[f64; 2]> {
    let (lon, lat) = (119.99542, 31.43889);
    vec![
        [lon, lat],
        [lon + 0.01, lat],
        [lon + 0.01, lat + 0.01],
        [lon, lat + 0.01],
        [lon, lat],
    ]
}
