//! Drafts begin with files of any format, and say what is wrong with bad ones.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use serde_json::json;
use support::drafting::Desk;
use support::{Demo, repository, run, stderr};

#[test]
fn files_in_other_formats_and_bad_ones() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(&dir.path().join("demo"));
    let chief = demo.sign_in("admin");
    let cells = repository().join("packs/zhoutie/cells.geojson");
    for format in ["gpkg", "topojson"] {
        let out = dir.path().join(format!("cells.{format}"));
        let out = out.to_str().unwrap();
        let made = run(&["grid", "convert", cells.to_str().unwrap(), "--out", out]);
        assert!(made.status.success(), "{}", stderr(&made));
        let bytes = std::fs::read(out).unwrap();
        let begun = chief.send(
            "POST",
            &format!("/api/v1/drafts?title={format}"),
            "application/octet-stream",
            bytes,
        );
        assert_eq!(begun.status, 201, "{format}: {}", begun.body);
        assert_eq!(begun.body["state"], "partition", "{format}");
        // Drawn again in another format it is still the drawing in force.
        let desk = Desk::of(&chief, &begun);
        let diff = desk.get("/diff");
        assert_eq!(diff["came"], json!([]), "{format}");
        assert_eq!(diff["changed"], json!([]), "{format}");
    }
    let send = |query: &str, body: &[u8]| {
        let path = format!("/api/v1/drafts?{query}");
        chief.send("POST", &path, "application/octet-stream", body.to_vec())
    };
    let nonsense = send("title=x", b"\x89PNG\r\n");
    assert_eq!(
        (nonsense.status, &nonsense.body["code"]),
        (422, &json!("unreadable_file"))
    );
    let nan = br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"a"},"geometry":{"type":"Polygon","coordinates":[[[120,31],[500,31],[120,32],[120,31]]]}}]}"#;
    // Numbers that are no degrees may be metres of some system: it is asked for.
    let unsure = send("title=x", nan);
    assert_eq!(
        (unsure.status, &unsure.body["code"]),
        (422, &json!("which_crs"))
    );
    let outside = send("title=x&crs=wgs84", nan);
    assert_eq!(
        (outside.status, &outside.body["code"]),
        (422, &json!("unreadable_file"))
    );
    assert!(
        outside.body["faults"][0]["text"]["zh"].is_string(),
        "{}",
        outside.body
    );
    let untitled = send("", nan);
    assert_eq!(
        (untitled.status, &untitled.body["code"]),
        (422, &json!("bad_value"))
    );
    let crs = send("title=x&crs=EPSG:2400", nan);
    assert_eq!(
        (crs.status, &crs.body["code"]),
        (400, &json!("bad_parameter"))
    );
    let none = chief.post(
        "/api/v1/drafts",
        &json!({"title": "x", "from": "0000000000000000"}),
    );
    assert_eq!(none.status, 404, "{}", none.body);
}
