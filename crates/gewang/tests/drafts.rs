//! A drawing is worked on and published: from a file with defects to an edition in force, with the records that follow.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use serde_json::{Value, json};
use support::drafting::{Desk, between, drawn, edition, inside, report};
use support::{Demo, repository, run, stderr, stdout};

#[test]
fn from_a_file_with_defects_to_an_edition_in_force() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(&dir.path().join("demo"));
    let chief = demo.sign_in("admin");
    let worker = demo.sign_in("worker");
    let before = edition(&chief);

    // A drawing in which a vertex has slipped by some centimetres and one cell stands twice.
    let mut broken = drawn();
    let features = broken["features"].as_array_mut().unwrap();
    features[3]["geometry"]["coordinates"][0][1][0] = json!(
        features[3]["geometry"]["coordinates"][0][1][0]
            .as_f64()
            .unwrap()
            + 0.000_003
    );
    let mut double = features[5].clone();
    double["properties"]["id"] = json!("double");
    features.push(double);
    let bytes = broken.to_string().into_bytes();
    let begun = chief.send(
        "POST",
        "/api/v1/drafts?title=%E6%B5%8B%E7%BB%98%E9%99%A2%E7%9A%84%E5%9B%BE",
        "application/octet-stream",
        bytes.clone(),
    );
    let mut desk = Desk::of(&chief, &begun);
    assert_eq!(begun.body["state"], "defective");
    assert_eq!(begun.body["title"], "测绘院的图");
    assert!(
        begun.body["read_as"]["zh"]
            .as_str()
            .unwrap()
            .contains("GeoJSON")
    );
    let defects = desk.get("/defects")["defects"].as_array().unwrap().clone();
    assert_eq!(
        defects.len() as u64,
        begun.body["defects"].as_u64().unwrap()
    );
    let kinds: Vec<&str> = defects
        .iter()
        .map(|one| one["type"].as_str().unwrap())
        .collect();
    assert!(kinds.contains(&"duplicate"), "{kinds:?}");
    assert!(defects.iter().all(|one| one["text"]["zh"].is_string()));

    // Nobody else sees or does any of it.
    for (method, path) in [
        ("GET", "/api/v1/drafts".to_owned()),
        ("GET", desk.path("/drawing")),
        ("POST", desk.path("/edits")),
        ("POST", desk.path("/publish")),
        ("DELETE", desk.path("")),
    ] {
        let body = match path.ends_with("publish") {
            true => json!({"version": 1, "reason": "x"}),
            false => json!({"version": 1, "edit": {"type": "remove_feature", "feature": 1}}),
        };
        let body = body.to_string().into_bytes();
        let refused = worker.send(method, &path, "application/json", body.clone());
        assert_eq!(refused.status, 403, "{method} {path}: {}", refused.body);
        let nobody = demo.anybody().send(method, &path, "application/json", body);
        assert_eq!(nobody.status, 401, "{method} {path}: {}", nobody.body);
    }

    // While there are defects it can't be published, and a border can't be moved.
    let refused = desk.post(
        "/publish",
        &json!({"version": desk.version, "reason": "会议纪要"}),
    );
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("defective"))
    );
    let moved = json!({"type": "move_vertex", "from": [119.9, 31.4], "to": [119.9, 31.5]});
    let refused = desk.post("/edits", &json!({"version": desk.version, "edit": moved}));
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("refused_edit"))
    );

    // The double goes by hand, the rest by repair, first shown and then done.
    let shapes = desk.get("/drawing")["shapes"].as_array().unwrap().clone();
    let double = shapes.iter().find(|one| one["cell"] == "double").unwrap();
    let removed = desk.edit(json!({"type": "remove_feature", "feature": double["feature"]}));
    assert!(removed["drawing"]["shapes"].is_array());
    let shown = desk.post(
        "/repair",
        &json!({"version": desk.version, "preview": true}),
    );
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert_eq!(shown.body["left"], json!([]));
    assert!(!shown.body["drawing"]["arcs"].as_array().unwrap().is_empty());
    assert_eq!(desk.get("")["state"], "defective");
    let repaired = desk.does("/repair", json!({}));
    assert_eq!(repaired["draft"]["state"], "partition");
    assert_eq!(repaired["left"], json!([]));
    // It can be taken back and made again, all the way.
    assert_eq!(desk.does("/undo", json!({}))["draft"]["state"], "defective");
    assert_eq!(desk.does("/undo", json!({}))["draft"]["can_undo"], false);
    desk.does("/redo", json!({}));
    assert_eq!(desk.does("/redo", json!({}))["draft"]["state"], "partition");
    let nothing = desk.post("/redo", &json!({"version": desk.version}));
    assert_eq!(
        (nothing.status, &nothing.body["code"]),
        (409, &json!("nothing_to_redo"))
    );

    // A matter in a cell that will be split; the part in which it lies becomes a cell of its own.
    let drawing = desk.get("/drawing");
    let at = inside(&drawing, "zhoutie-shequ-01");
    let matter = report(&chief, at);
    let far = inside(&drawing, "zhoutie-shequ-03");
    let other = report(&chief, far);
    assert_eq!(chief.record(matter).body["cell"], "zhoutie-shequ-01");
    let (west, east) = (
        [at[0] - 0.05, at[1] - 0.00002],
        [at[0] + 0.05, at[1] - 0.00002],
    );
    let split = json!({
        "type": "split", "cell": "zhoutie-shequ-01", "line": [west, east],
        "new": {"id": "zhoutie-shequ-01b", "title": {"zh": "周铁社区01乙格", "en": "Zhoutie Community 01 B"}},
    });
    // By whoever saw an older version it is refused.
    let stale = desk.post(
        "/edits",
        &json!({"version": desk.version - 1, "edit": split}),
    );
    assert_eq!(
        (stale.status, &stale.body["code"]),
        (409, &json!("changed"))
    );
    let change = desk.edit(split);
    let told: Vec<&str> = change["cells"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| cell["id"].as_str().unwrap())
        .collect();
    for id in [
        "zhoutie",
        "zhoutie-shequ",
        "zhoutie-shequ-01",
        "zhoutie-shequ-01b",
    ] {
        assert!(told.contains(&id), "{told:?}");
    }
    assert!(!change["gone"]["arcs"].as_array().unwrap().is_empty());
    follows(&drawing, &change, &desk.get("/drawing"));
    let back = desk.does("/undo", json!({}));
    assert_eq!(back["gone"]["cells"], json!(["zhoutie-shequ-01b"]));
    desk.does("/redo", json!({}));

    // What it would do is told before.
    let diff = desk.get("/diff");
    assert_eq!(diff["came"][0]["cell"], "zhoutie-shequ-01b");
    assert!(diff["moved"].as_array().unwrap().iter().any(|moved| {
        moved["from"] == "zhoutie-shequ-01" && moved["geometry"]["type"] == "Polygon"
    }));
    let impact = desk.get("/impact");
    assert_eq!(impact["faults"], json!([]));
    assert_eq!(impact["posts"], json!([]));
    let records = impact["records"].as_array().unwrap();
    assert_eq!(records.len(), 1, "{impact}");
    assert_eq!(records[0]["id"], json!(matter));
    assert_eq!(records[0]["to"], "zhoutie-shequ-01b");

    let published = desk.post(
        "/publish",
        &json!({"version": desk.version, "reason": "周政办〔2026〕12号"}),
    );
    assert_eq!(published.status, 200, "{}", published.body);
    assert_eq!(published.body["outcome"], "done");
    let after = published.body["edition"].as_str().unwrap().to_owned();
    assert_eq!(published.body["rehomed"][0]["id"], json!(matter));
    assert_eq!(published.body["rehomed"].as_array().unwrap().len(), 1);
    assert_eq!(published.body["more"], 0);
    assert_eq!(edition(&chief), after);
    assert_eq!(chief.record(matter).body["cell"], "zhoutie-shequ-01b");
    assert_eq!(chief.record(other).body["cell"], "zhoutie-shequ-03");
    let journal = chief.get(&format!("/api/v1/records/{matter}/journal")).body;
    assert!(journal.to_string().contains("\"rehome\""), "{journal}");
    let gone = chief.get(&desk.path(""));
    assert_eq!(gone.status, 404);

    // Both editions are there to be read, compared and kept.
    let editions = worker.get("/api/v1/editions").body["items"].clone();
    assert_eq!(editions.as_array().unwrap().len(), 2);
    assert_eq!(editions[0]["edition"], after.as_str());
    assert_eq!(editions[0]["number"], 2);
    assert_eq!(editions[0]["records_rehomed"], 1);
    assert_eq!(editions[0]["reason"], "周政办〔2026〕12号");
    assert_eq!(editions[0]["until"], Value::Null);
    assert_eq!(editions[1]["edition"], before.as_str());
    assert_eq!(editions[1]["until"], editions[0]["from"]);
    assert_eq!(
        editions[0]["leaves"].as_u64().unwrap(),
        editions[1]["leaves"].as_u64().unwrap() + 1
    );
    for format in ["geojson", "topojson", "gpkg"] {
        let path = format!("/api/v1/editions/{before}/cells?format={format}");
        let file = worker.get(&path);
        assert_eq!(file.status, 200, "{format}");
        let kept = dir.path().join(format!("old.{format}"));
        std::fs::write(&kept, &file.bytes).unwrap();
        let cells = repository().join("packs/zhoutie/cells.geojson");
        let (kept, cells) = (kept.to_str().unwrap(), cells.to_str().unwrap());
        let same = run(&["grid", "diff", kept, cells, "--format", "json"]);
        let same: Value = serde_json::from_str(&stdout(&same)).unwrap();
        assert_eq!(same["changed"], json!([]), "{format}");
        assert_eq!(same["came"], json!([]), "{format}");
    }
    let path = format!("/api/v1/editions/{before}/diff?with={after}");
    assert_eq!(
        worker.get(&path).body["came"][0]["cell"],
        "zhoutie-shequ-01b"
    );
    demo.stop();
    let data = dir.path().join("demo");
    let proof = run(&["verify", "--data", data.to_str().unwrap()]);
    assert!(
        proof.status.success(),
        "{}{}",
        stdout(&proof),
        stderr(&proof)
    );
}

/// A change put onto a drawing makes the next one.
fn follows(before: &Value, change: &Value, after: &Value) {
    for (name, gone) in [("arcs", "arcs"), ("cells", "cells")] {
        let mut left: Vec<Value> = before[name].as_array().unwrap().clone();
        let gone = change["gone"][gone].as_array().unwrap();
        left.retain(|one| !gone.contains(&one["id"]));
        for new in change[name].as_array().unwrap() {
            left.retain(|one| one["id"] != new["id"]);
            left.push(new.clone());
        }
        let sorted = |list: &[Value]| {
            let mut list: Vec<String> = list.iter().map(Value::to_string).collect();
            list.sort();
            list
        };
        assert_eq!(
            sorted(&left),
            sorted(after[name].as_array().unwrap()),
            "{name}"
        );
    }
}

#[test]
fn edits_outlive_the_server_and_households_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("demo");
    let demo = Demo::start(&data);
    let chief = demo.sign_in("admin");
    let mut desk = Desk::in_force(&chief);
    let drawing = desk.get("/drawing");
    assert_eq!(drawing["cells"][0]["id"], "zhoutie");
    assert_eq!(drawing["cells"][0]["households"], Value::Null);

    let (a, b) = (
        inside(&drawing, "zhoutie-shequ-01"),
        inside(&drawing, "zhoutie-shequ-02"),
    );
    let table = format!(
        "经度,纬度,户数\n{},{},300\n{},{},200\n0,0,7\n",
        a[0], a[1], b[0], b[1]
    );
    let put = chief.send("PUT", &desk.path("/points"), "text/csv", table.into_bytes());
    assert_eq!(put.status, 200, "{}", put.body);
    assert_eq!(put.body["points"], json!({"count": 3, "weight": 507.0}));
    desk.version = put.body["version"].as_u64().unwrap();
    let households = |drawing: &Value, cell: &str| {
        let cells = drawing["cells"].as_array().unwrap();
        cells.iter().find(|one| one["id"] == cell).unwrap()["households"].clone()
    };
    let drawing = desk.get("/drawing");
    assert_eq!(households(&drawing, "zhoutie-shequ-01"), 300.0);
    assert_eq!(households(&drawing, "zhoutie"), 500.0);
    let merged = desk
        .edit(json!({"type": "merge", "keep": "zhoutie-shequ-01", "gone": ["zhoutie-shequ-02"]}));
    assert_eq!(merged["gone"]["cells"], json!(["zhoutie-shequ-02"]));
    assert_eq!(households(&merged, "zhoutie-shequ-01"), 500.0);
    desk.edit(json!({
        "type": "describe", "cell": "zhoutie-shequ-01",
        "title": {"zh": "周铁社区合并格", "en": "Zhoutie Community, merged"},
    }));
    // A border in the middle of the town, moved a little.
    let now = desk.get("/drawing");
    let arc = between(&now, "zhoutie-shequ-03", "zhoutie-shequ-04");
    let line: Vec<[f64; 2]> = serde_json::from_value(arc["line"].clone()).unwrap();
    let from = line[line.len() / 2];
    let to = [from[0] + 0.000_01, from[1] + 0.000_01];
    let moved = desk.edit(json!({"type": "move_vertex", "from": from, "to": to}));
    assert_eq!(moved["draft"]["edits"], 3);
    // An edit that would break the partition says where, and changes nothing.
    let breaking = json!({"type": "move_vertex", "from": to, "to": a});
    let refused = desk.post(
        "/edits",
        &json!({"version": desk.version, "edit": breaking}),
    );
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("refused_edit"))
    );
    assert!(refused.body["place"].is_array(), "{}", refused.body);
    for (bad, code) in [
        (
            json!({"type": "move_vertex", "from": [200, 95], "to": a}),
            "wrong_type",
        ),
        (json!({"type": "nonsense"}), "wrong_type"),
        (
            json!({"type": "merge", "keep": "zhoutie-shequ-01", "gone": []}),
            "refused_edit",
        ),
    ] {
        let refused = desk.post("/edits", &json!({"version": desk.version, "edit": bad}));
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (422, &json!(code)),
            "{bad}"
        );
    }
    let before = desk.get("/drawing");
    let (draft, version) = (desk.draft.clone(), desk.version);
    demo.kill();

    let demo = Demo::start(&data);
    let chief = demo.sign_in("admin");
    let mut desk = Desk {
        caller: &chief,
        draft,
        version,
    };
    let same = desk.get("/drawing");
    let sorted = |drawing: &Value| {
        let mut arcs: Vec<String> = drawing["arcs"]
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect();
        arcs.sort();
        arcs
    };
    assert_eq!(sorted(&same), sorted(&before));
    assert_eq!(same["cells"], before["cells"]);
    for _ in 0..3 {
        desk.does("/undo", json!({}));
    }
    assert_eq!(desk.get("")["can_undo"], false);
    assert_eq!(sorted(&desk.get("/drawing")), sorted(&drawing));
    // Cells divided anew by where people live: one edit.
    let suggested = desk.does(
        "/suggest",
        json!({
            "cells": ["zhoutie-shequ-01", "zhoutie-shequ-02"],
            "load": 250, "most": 320, "prefix": "zhoutie-shequ-n",
        }),
    );
    let came = suggested["cells"].as_array().unwrap();
    assert!(
        came.iter()
            .any(|cell| cell["id"].as_str().unwrap().starts_with("zhoutie-shequ-n-"))
    );
    desk.does("/undo", json!({}));
    assert_eq!(sorted(&desk.get("/drawing")), sorted(&drawing));
    let renamed = chief.send(
        "PATCH",
        &desk.path(""),
        "application/json",
        json!({"title": "另一个名字"}).to_string().into_bytes(),
    );
    assert_eq!(renamed.body["title"], "另一个名字");
    assert_eq!(
        chief.send("DELETE", &desk.path(""), "", Vec::new()).status,
        204
    );
    assert_eq!(chief.get("/api/v1/drafts").body["items"], json!([]));
}
