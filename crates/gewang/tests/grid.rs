//! `gewang grid` with real layers and broken files. The layers are those of the grid's own tests, where their sources and
//! licences stand.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::process::Output;

use serde_json::Value;
use support::{repository, run, stderr, stdout};

fn data(name: &str) -> String {
    let path = repository().join("crates/grid/tests/data").join(name);
    path.to_str().unwrap().to_owned()
}

fn grid(args: &[&str]) -> Output {
    run(&[&["grid"], args].concat())
}

/// The command must end with this exit; its standard output as JSON.
fn report(args: &[&str], exit: i32) -> Value {
    let output = grid(args);
    assert_eq!(
        output.status.code(),
        Some(exit),
        "{args:?}: {}{}",
        stdout(&output),
        stderr(&output)
    );
    serde_json::from_str(&stdout(&output)).unwrap()
}

fn kinds(report: &Value) -> Vec<(String, f64)> {
    let mut kinds: Vec<(String, f64)> = report["defects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| {
            (
                d["type"].as_str().unwrap().to_owned(),
                d["area_m2"].as_f64().unwrap(),
            )
        })
        .filter(|(_, area_m2)| *area_m2 > 0.01)
        .collect();
    kinds.sort_by(|a, b| b.1.total_cmp(&a.1));
    kinds
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

#[test]
fn the_clean_precincts_are_a_partition() {
    let report = report(
        &[
            "check",
            &data("providence_precincts_2020.geojson"),
            "--format",
            "json",
        ],
        0,
    );
    let names: Vec<&String> = report.as_object().unwrap().keys().collect();
    assert_eq!(names, ["cells", "area_m2", "defects", "elapsed_ms"]);
    assert_eq!(report["cells"], 55);
    assert_eq!(report["defects"], serde_json::json!([]));
    assert!(report["elapsed_ms"].as_f64().unwrap() > 0.0);
    let output = grid(&[
        "check",
        &data("providence_precincts_2020.geojson"),
        "--lang",
        "zh",
    ]);
    assert!(stdout(&output).contains("不重不漏"));
    // Nobody said in which system they are drawn.
    assert!(stderr(&output).contains("gcj02"));
}

#[test]
fn the_real_errors_are_told_with_their_areas() {
    let file = data("providence_precincts_2018.geojson");
    let found = report(&["check", &file, "--format", "json"], 1);
    assert_eq!(found["cells"], 59);
    // As GEOS measured them, within the difference of a plane and the ellipsoid.
    let kinds = kinds(&found);
    let expected = [
        ("gap", 85_112.0),
        ("gap", 12_730.0),
        ("gap", 47.6),
        ("overlap", 3.3546),
        ("overlap", 0.5854),
    ];
    for ((kind, area_m2), (wanted, wanted_m2)) in kinds.iter().zip(expected) {
        assert_eq!(kind, wanted);
        // Places are rounded to a centimetre, which a sliver of 40 m feels.
        let near = 0.1 + 0.005 * wanted_m2;
        assert!((area_m2 - wanted_m2).abs() < near, "{area_m2} {wanted_m2}");
    }
    for defect in found["defects"].as_array().unwrap() {
        for member in ["type", "sliver", "cells", "area_m2", "at", "geometry"] {
            assert!(defect.get(member).is_some(), "{member}");
        }
        let at = defect["at"].as_array().unwrap();
        assert!((at[0].as_f64().unwrap() + 71.4).abs() < 0.2);
        if let Some(ring) = defect["geometry"]["coordinates"][0].as_array() {
            assert_eq!(ring.first(), ring.last(), "a ring of GeoJSON is closed");
        }
    }
    let drawn = report(&["check", &file, "--format", "geojson"], 1);
    assert_eq!(
        drawn["features"].as_array().unwrap().len(),
        found["defects"].as_array().unwrap().len()
    );
    let human = grid(&["check", &file]);
    assert_eq!(human.status.code(), Some(1));
    assert!(stdout(&human).contains("gap") && stdout(&human).contains("59 cells"));
}

#[test]
fn a_repair_leaves_only_what_it_cannot_decide() {
    let folder = Folder::new();
    let out = folder.path("mended.geojson");
    let output = grid(&[
        "check",
        &data("providence_precincts_2018.geojson"),
        "--repair",
        &out,
    ]);
    // The two wide gaps are nobody's to give away.
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("changed hands"));
    let left = report(&["check", &out, "--format", "json"], 1);
    assert_eq!(left["cells"], 59);
    let kinds = kinds(&left);
    assert!(kinds.iter().all(|(kind, _)| kind == "gap"), "{kinds:?}");
    assert!(kinds.len() >= 2 && kinds.len() <= 3, "{kinds:?}");
    let refused = grid(&["check", &out, "--repair", &folder.path("a.shp")]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains(".gpkg"));
}

#[test]
fn every_format_gives_the_same_cells_and_area() {
    let whole = report(
        &[
            "check",
            &data("rhode_island/rhode_island.geojson"),
            "--format",
            "json",
        ],
        0,
    );
    for file in ["shapefile_utf8.zip", "shapefile_gbk.zip", "geopackage.zip"] {
        let same = report(
            &[
                "check",
                &data(&format!("rhode_island/{file}")),
                "--format",
                "json",
            ],
            0,
        );
        assert_eq!(
            (&same["cells"], &same["area_m2"]),
            (&whole["cells"], &whole["area_m2"]),
            "{file}"
        );
    }
    // The .dbf and .prj beside it are found; rounding metres may part neighbours by a unit, and a snap mends that.
    let folder = Folder::new();
    let mended = folder.path("mended.gpkg");
    let output = grid(&[
        "check",
        &data("rhode_island/utm19.shp"),
        "--tolerance",
        "0.05",
        "--repair",
        &mended,
    ]);
    assert!(!stderr(&output).contains("say crs"), "{}", stderr(&output));
    let snapped = report(&["check", &mended, "--format", "json"], 0);
    let ratio = snapped["area_m2"].as_f64().unwrap() / whole["area_m2"].as_f64().unwrap();
    assert!((ratio - 1.0).abs() < 1e-6, "{ratio}");
}

#[test]
fn what_is_converted_stays_what_it_was() {
    let folder = Folder::new();
    let source = data("us_newengland_counties_10m.geojson");
    let before = report(&["check", &source, "--format", "json"], 0);
    for name in ["counties.gpkg", "counties.topojson", "counties.geojson"] {
        let out = folder.path(name);
        assert_eq!(
            grid(&["convert", &source, "--out", &out]).status.code(),
            Some(0)
        );
        let after = report(&["check", &out, "--format", "json"], 0);
        assert_eq!(before["area_m2"], after["area_m2"], "{name}");
        let diff = report(&["diff", &source, &out, "--format", "json"], 0);
        for (what, none) in diff.as_object().unwrap() {
            assert_eq!(none, &serde_json::json!([]), "{name}: {what}");
        }
    }
}

#[test]
fn points_get_their_cells() {
    let folder = Folder::new();
    let points = folder.write(
        "points.csv",
        "name,lat,lon\n\"Providence, City Hall\",41.8240,-71.4128\nNewport,41.4901,-71.3128\nat sea,40.9,-71.0\n",
    );
    let out = folder.path("out.csv");
    let cells = data("rhode_island/rhode_island.geojson");
    let output = grid(&[
        "locate", "--cells", &cells, "--points", &points, "--out", &out,
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        std::fs::read_to_string(&out).unwrap(),
        "name,lat,lon,cell,cell_name\n\"Providence, City Hall\",41.8240,-71.4128,44007,Providence\n\
         Newport,41.4901,-71.3128,44005,Newport\nat sea,40.9,-71.0,,\n"
    );
    let swapped = folder.write("swapped.csv", "lon,lat\n31.4,119.9\n");
    let output = grid(&[
        "locate", "--cells", &cells, "--points", &swapped, "--out", &out,
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("row 2") && stderr(&output).contains("swapped"));
    let unnamed = folder.write("unnamed.csv", "a,b\n1,2\n");
    let output = grid(&[
        "locate", "--cells", &cells, "--points", &unnamed, "--out", &out,
    ]);
    assert!(stderr(&output).contains("--lon"));
    let dirty = data("providence_precincts_2018.geojson");
    let output = grid(&[
        "locate", "--cells", &dirty, "--points", &points, "--out", &out,
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("gewang grid check"));
}

#[test]
fn a_diff_tells_what_came_went_and_changed() {
    let folder = Folder::new();
    let square = |id: &str, west: f64, east: f64| {
        format!(
            r#"{{"type":"Feature","properties":{{"id":"{id}"}},"geometry":{{"type":"Polygon","coordinates":[[[{west},31],[{east},31],[{east},31.01],[{west},31.01],[{west},31]]]}}}}"#
        )
    };
    let layer = |name: &str, cells: &[String]| {
        let text = format!(
            r#"{{"type":"FeatureCollection","features":[{}]}}"#,
            cells.join(",")
        );
        folder.write(name, text)
    };
    let a = layer(
        "a.geojson",
        &[
            square("a", 120.0, 120.01),
            square("b", 120.01, 120.02),
            square("c", 120.02, 120.03),
        ],
    );
    let b = layer(
        "b.geojson",
        &[
            square("a", 120.0, 120.01),
            square("b", 120.012, 120.022),
            square("d", 120.03, 120.04),
        ],
    );
    let diff = report(&["diff", &a, &b, "--format", "json"], 0);
    assert_eq!(
        (&diff["came"][0]["cell"], &diff["went"][0]["cell"]),
        (&"d".into(), &"c".into())
    );
    assert_eq!(diff["changed"].as_array().unwrap().len(), 1);
    let changed = &diff["changed"][0];
    let number = |name: &str| changed[name].as_f64().unwrap();
    // It moved by a fifth of its width.
    assert_eq!(changed["cell"], "b");
    assert!((number("won_m2") / number("before_m2") - 0.2).abs() < 1e-4);
    assert!((number("lost_m2") / number("before_m2") - 0.2).abs() < 1e-4);
    let human = stdout(&grid(&["diff", &a, &b]));
    assert!(human.contains("+ d") && human.contains("- c") && human.contains("~ b"));
}

#[test]
fn the_picture_marks_every_defect() {
    let folder = Folder::new();
    let out = folder.path("cells.svg");
    let output = grid(&[
        "draw",
        &data("providence_precincts_2018.geojson"),
        "--out",
        &out,
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let svg = std::fs::read_to_string(&out).unwrap();
    assert_eq!(svg.matches("class=\"cell\"").count(), 59);
    let defects = report(
        &[
            "check",
            &data("providence_precincts_2018.geojson"),
            "--format",
            "json",
        ],
        1,
    );
    assert_eq!(
        svg.matches("class=\"mark\"").count(),
        defects["defects"].as_array().unwrap().len()
    );
    assert!(svg.ends_with("</svg>\n"));
}

#[test]
fn broken_files_end_with_two_and_the_mend() {
    let folder = Folder::new();
    let check = |name: &str, bytes: &[u8], says: &str| {
        let file = folder.write(name, bytes);
        let output = grid(&["check", &file]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", stderr(&output));
        assert!(
            stderr(&output).contains(says),
            "{name}: {}",
            stderr(&output)
        );
        assert!(!stderr(&output).contains("panicked"));
    };
    let feature = |ring: &str| {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"id":"a"}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}]}}"#
        )
    };
    check(
        "nan.geojson",
        feature("[[120,31],[NaN,31],[120,32],[120,31]]").as_bytes(),
        "feature 1: NaN",
    );
    check(
        "swapped.geojson",
        feature("[[31,120],[32,120],[32,121],[31,120]]").as_bytes(),
        "swapped",
    );
    let metres = feature("[[500000,3400000],[500100,3400000],[500100,3400100],[500000,3400000]]");
    check("metres.geojson", metres.as_bytes(), "EPSG:4549");
    let whole = std::fs::read(data("rhode_island/rhode_island.geojson")).unwrap();
    check("cut.geojson", &whole[..whole.len() / 2], "cut off");
    let zip = std::fs::read(data("rhode_island/shapefile_utf8.zip")).unwrap();
    check("cut.zip", &zip[..zip.len() / 2], "damaged");
    check(
        "bomb.kml",
        b"<!DOCTYPE a [<!ENTITY b \"c\">]><kml/>",
        "DOCTYPE",
    );
    check("empty", b"", "empty");
    let told = folder.path("metres.geojson");
    let output = grid(&["check", &told, "--crs", "EPSG:4549"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = grid(&["check", &told, "--crs", "EPSG:2437"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("Beijing 1954"));
    let output = grid(&["check", &folder.path("not there.shp")]);
    assert_eq!(output.status.code(), Some(2));
    let unreadable = report(
        &["check", &folder.path("nan.geojson"), "--format", "json"],
        2,
    );
    assert_eq!(unreadable["unreadable"][0]["feature"], 1);
    assert!(
        unreadable["unreadable"][0]["text"]["zh"]
            .as_str()
            .unwrap()
            .contains("NaN")
    );
}

#[test]
fn a_boundary_tells_enclaves_and_what_sticks_out() {
    let folder = Folder::new();
    let cells = data("providence_precincts_2018.geojson");
    let wide = folder.write(
        "boundary.geojson",
        r#"{"type":"Polygon","coordinates":[[[-71.5,41.7],[-71.3,41.7],[-71.3,41.9],[-71.5,41.9],[-71.5,41.7]]]}"#,
    );
    let within = report(
        &["check", &cells, "--boundary", &wide, "--format", "json"],
        1,
    );
    let largest = kinds(&within).first().cloned().unwrap();
    assert_eq!(largest.0, "gap");
    assert!(largest.1 > 1e8, "all around the city");
    let narrow = folder.write(
        "narrow.geojson",
        r#"{"type":"Polygon","coordinates":[[[-71.42,41.81],[-71.4,41.81],[-71.4,41.83],[-71.42,41.83],[-71.42,41.81]]]}"#,
    );
    let outside = report(
        &["check", &cells, "--boundary", &narrow, "--format", "json"],
        1,
    );
    assert!(
        kinds(&outside)
            .iter()
            .any(|(kind, _)| kind == "outside_boundary")
    );
}

#[test]
fn the_document_names_every_option() {
    let text = std::fs::read_to_string(repository().join("docs/grid.md")).unwrap();
    for option in [
        "--boundary",
        "--tolerance",
        "--crs",
        "--format",
        "--repair",
        "--layer",
        "--id",
        "--parent",
        "--points-crs",
        "--lon",
        "--lat",
    ] {
        assert!(text.contains(option), "{option}");
    }
}
