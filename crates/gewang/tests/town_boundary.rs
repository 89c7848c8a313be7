//! The town's own boundary changes only where somebody says so, over whichever path a drawing comes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::drafting::{Desk, drawn, edition, named};
use support::{Answer, Caller, Demo, run, stderr, stdout};

/// The drawing with one vertex of the town's outer border moved by so much to the north. It belongs to one cell alone.
fn bulging(degrees: f64) -> Value {
    let mut cells = drawn();
    let mut times: HashMap<String, usize> = HashMap::new();
    let features = cells["features"].as_array_mut().unwrap();
    let rings = |feature: &Value| feature["geometry"]["coordinates"].as_array().cloned();
    for feature in &*features {
        for ring in rings(feature).into_iter().flatten() {
            for place in &ring.as_array().unwrap()[1..] {
                *times.entry(place.to_string()).or_default() += 1;
            }
        }
    }
    let northernmost = |ring: &Value| -> Option<usize> {
        let ring = ring.as_array()?;
        (1..ring.len() - 1)
            .filter(|at| times[&ring[*at].to_string()] == 1)
            .max_by(|a, b| {
                let lat = |at: usize| ring[at][1].as_f64().unwrap();
                lat(*a).total_cmp(&lat(*b))
            })
    };
    let (feature, at) = (0..features.len())
        .filter_map(|feature| {
            let ring = &features[feature]["geometry"]["coordinates"][0];
            let at = northernmost(ring)?;
            Some((feature, at, ring[at][1].as_f64()?))
        })
        .max_by(|a, b| a.2.total_cmp(&b.2))
        .map(|(feature, at, _)| (feature, at))
        .unwrap();
    let place = &mut features[feature]["geometry"]["coordinates"][0][at];
    place[1] = json!(place[1].as_f64().unwrap() + degrees);
    cells
}

fn load(caller: &Caller, cells: &Value) -> Answer {
    let bytes = cells.to_string().into_bytes();
    let path = "/api/v1/drafts?title=x";
    caller.send("POST", path, "application/octet-stream", bytes)
}

fn kinds(desk: &Desk<'_>) -> Vec<String> {
    let defects = desk.get("/defects")["defects"].as_array().unwrap().clone();
    let kind = |one: &Value| one["type"].as_str().unwrap().to_owned();
    defects.iter().map(kind).collect()
}

#[test]
fn a_cell_that_was_left_out_of_a_file_is_missed() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(&dir.path().join("demo"));
    let chief = demo.sign_in("admin");
    // The cell with the northernmost vertex of all lies on the outer border.
    let whole = drawn();
    let north = |feature: &Value| -> f64 {
        let ring = feature["geometry"]["coordinates"][0].as_array();
        let lats = ring.into_iter().flatten();
        lats.filter_map(|place| place[1].as_f64())
            .fold(-90.0, f64::max)
    };
    let mut cells = whole.clone();
    let features = cells["features"].as_array_mut().unwrap();
    let outer = (0..features.len())
        .max_by(|a, b| north(&features[*a]).total_cmp(&north(&features[*b])))
        .unwrap();
    let lost = features.remove(outer)["properties"]["id"].clone();
    let begun = load(&chief, &cells);
    let mut desk = Desk::of(&chief, &begun);
    // By its borders it can be edited, since its cells fit; but it doesn't fill the town.
    assert_eq!(begun.body["state"], "partition", "{}", begun.body);
    assert_eq!(begun.body["defects"], 1);
    assert_eq!(begun.body["boundary"], Value::Null);
    let defects = desk.get("/defects")["defects"].clone();
    assert_eq!(defects[0]["type"], "gap", "{defects}");
    assert_eq!(defects[0]["sliver"], false);
    assert!(defects[0]["at"].is_array() && defects[0]["geometry"].is_object());
    let area_m2 = defects[0]["area_m2"].as_f64().unwrap();
    let in_force = Desk::in_force(&chief);
    let drawing = in_force.get("/drawing");
    let cell = drawing["cells"].as_array().unwrap();
    let cell = cell.iter().find(|cell| cell["id"] == lost).unwrap();
    let wanted_m2 = cell["area_m2"].as_f64().unwrap();
    assert!((area_m2 - wanted_m2).abs() < 1.0, "{area_m2} {wanted_m2}");
    assert_eq!(in_force.get("")["defects"], 0);

    // An edit of borders neither mends nor hides that, and undoing works as ever.
    desk.edit(named("甲"));
    assert_eq!(kinds(&desk), ["gap"]);
    assert_eq!(desk.get("")["defects"], 1);
    let boundary = desk.get("/impact")["boundary"].clone();
    assert_eq!(boundary["came_m2"], 0.0, "{boundary}");
    assert!((boundary["went_m2"].as_f64().unwrap() - wanted_m2).abs() < 1.0);
    let refused = desk.post(
        "/publish",
        &json!({"version": desk.version, "reason": "会议纪要"}),
    );
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("boundary_changes"))
    );
    assert!(refused.body["place"].is_array(), "{}", refused.body);
}

#[test]
fn a_changed_boundary_is_published_by_who_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(&dir.path().join("demo"));
    let chief = demo.sign_in("admin");
    let mut desk = Desk::of(&chief, &load(&chief, &bulging(0.000_1)));
    assert_eq!(kinds(&desk), ["outside_boundary"]);
    // Eleven metres are no slip of the hand: the repair leaves them.
    let shown = desk.post(
        "/repair",
        &json!({"version": desk.version, "preview": true}),
    );
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert_eq!(shown.body["left"][0]["type"], "outside_boundary");
    let body = |stated: bool, version: u64| json!({"version": version, "reason": "民政局批复", "boundary_changes": stated});
    let refused = desk.post("/publish", &body(false, desk.version));
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("boundary_changes"))
    );
    // A time to come: what is said is kept until then.
    let mut later = body(true, desk.version);
    later["at"] = json!(Timestamp::now() + SignedDuration::from_hours(24));
    let waits = desk.post("/publish", &later);
    let note = waits.body["draft"]["scheduled"]["note"].as_str();
    assert!(note.unwrap().contains("辖区边界改变"), "{}", waits.body);
    let back = chief.send("DELETE", &desk.path("/publish"), "", Vec::new());
    desk.version = back.body["version"].as_u64().unwrap();

    let published = desk.post("/publish", &body(true, desk.version));
    assert_eq!(published.status, 200, "{}", published.body);
    let newest = chief.get("/api/v1/editions").body["items"][0].clone();
    assert_eq!(newest["reason"], "民政局批复");
    assert!(newest["note"].as_str().unwrap().contains("m² come"));
    // From here on this is the town's boundary.
    let mut next = Desk::in_force(&chief);
    assert_eq!(next.get("")["defects"], 0);
    next.edit(named("甲"));
    let published = next.post(
        "/publish",
        &json!({"version": next.version, "reason": "改名"}),
    );
    assert_eq!(published.status, 200, "{}", published.body);
    let newest = chief.get("/api/v1/editions").body["items"][0].clone();
    assert_eq!(newest["note"], Value::Null);
}

#[test]
fn what_slipped_is_brought_back_to_the_boundary() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(&dir.path().join("demo"));
    let chief = demo.sign_in("admin");
    for degrees in [0.000_003, -0.000_003] {
        let mut desk = Desk::of(&chief, &load(&chief, &bulging(degrees)));
        assert_eq!(desk.get("")["defects"], 1, "{degrees}");
        let mended = desk.does("/repair", json!({}));
        assert_eq!(mended["left"], json!([]), "{degrees}");
        assert_eq!(mended["draft"]["defects"], 0);
        // It is the drawing in force again, and can be taken back like any edit.
        assert_eq!(desk.get("/diff")["moved"], json!([]));
        assert_eq!(desk.does("/undo", json!({}))["draft"]["defects"], 1);
        assert_eq!(desk.does("/redo", json!({}))["draft"]["defects"], 0);
    }
}

#[test]
fn a_boundary_may_be_given() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("demo");
    let demo = Demo::start(&data);
    let chief = demo.sign_in("admin");
    let mut desk = Desk::in_force(&chief);
    let put = |desk: &Desk<'_>, body: Vec<u8>| {
        let path = desk.path("/boundary?file=x.geojson");
        chief.send("PUT", &path, "application/octet-stream", body)
    };
    let wider = bulging(0.000_1).to_string().into_bytes();
    let given = put(&desk, wider);
    assert_eq!(given.status, 200, "{}", given.body);
    assert_eq!(given.body["defects"], 1);
    assert!(given.body["boundary"].is_string());
    desk.version = given.body["version"].as_u64().unwrap();
    assert_eq!(kinds(&desk), ["gap"]);
    desk.edit(named("甲"));
    let (draft, version) = (desk.draft.clone(), desk.version);
    demo.kill();

    // It outlives the server, and stands in the way of publishing.
    let demo = Demo::start(&data);
    let chief = demo.sign_in("admin");
    let mut desk = Desk {
        caller: &chief,
        draft,
        version,
    };
    assert_eq!(kinds(&desk), ["gap"]);
    let body = |version: u64| json!({"version": version, "reason": "改名"});
    let refused = desk.post("/publish", &body(desk.version));
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("boundary_changes"))
    );
    // A boundary that is none is not taken.
    for bad in [
        br#"{"type":"FeatureCollection","features":[]}"#.to_vec(),
        br#"{"type":"Polygon","coordinates":[[[119.9,31.4],[119.91,31.41],[119.91,31.4],[119.9,31.41],[119.9,31.4]]]}"#.to_vec(),
        b"\x89PNG".to_vec(),
    ] {
        let path = desk.path("/boundary");
        let refused = chief.send("PUT", &path, "application/octet-stream", bad);
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (422, &json!("unreadable_file"))
        );
    }
    assert_eq!(kinds(&desk), ["gap"]);
    let own = chief.send("DELETE", &desk.path("/boundary"), "", Vec::new());
    assert_eq!(own.body["defects"], 0, "{}", own.body);
    desk.version = own.body["version"].as_u64().unwrap();
    let published = desk.post("/publish", &body(desk.version));
    assert_eq!(published.status, 200, "{}", published.body);
}

#[test]
fn the_command_line_asks_too() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("demo");
    let demo = Demo::start(&data);
    let before = edition(&demo.sign_in("admin"));
    demo.stop();
    let file = dir.path().join("bulging.geojson");
    std::fs::write(&file, bulging(0.000_1).to_string()).unwrap();
    let adopt = |more: &[&str]| {
        let mut args = vec!["adopt", "--data", data.to_str().unwrap(), "--as", "admin"];
        args.extend(["--cells", file.to_str().unwrap(), "--reason", "民政局批复"]);
        args.extend(more);
        run(&args)
    };
    let refused = adopt(&[]);
    let told = stdout(&refused);
    assert_eq!(refused.status.code(), Some(1), "{told}{}", stderr(&refused));
    assert!(told.contains("outside the boundary"), "{told}");
    assert!(told.contains("--boundary-changes"), "{told}");
    let refused = stdout(&adopt(&["--dry-run", "--lang", "zh"]));
    assert!(refused.contains("辖区边界会改变"), "{refused}");
    let adopted = adopt(&["--boundary-changes"]);
    let told = stdout(&adopted);
    assert_eq!(adopted.status.code(), Some(0), "{told}{}", stderr(&adopted));
    assert!(told.contains("the town's own boundary: "), "{told}");
    let demo = Demo::start(&data);
    let chief = demo.sign_in("admin");
    assert_ne!(edition(&chief), before);
    let newest = chief.get("/api/v1/editions").body["items"][0].clone();
    assert!(newest["note"].as_str().unwrap().contains("辖区边界改变"));
}
