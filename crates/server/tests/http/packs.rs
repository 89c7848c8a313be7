//! The texts of the packs in force, and the check of others.

use serde_json::json;

use crate::town::Town;

#[test]
fn a_pack_is_read_as_it_was_written() {
    let town = Town::new();
    let told = town.get("/api/v1/packs/reports/files", &[]).json();
    assert_eq!(
        (&told["pack"], &told["version"]),
        (&json!("reports"), &json!(1))
    );
    let files = told["files"].as_array().expect("files");
    assert_eq!(files.len(), 1);
    assert_eq!(files[0]["text"], include_str!("reports.yaml"));
    let built_in = town.get("/api/v1/packs/town/files", &[]).json();
    assert!(
        built_in["files"][0]["text"]
            .as_str()
            .expect("text")
            .contains("pack: town")
    );
    town.get("/api/v1/packs/nothing/files", &[])
        .problem(404, "not_found");
}

#[test]
fn faults_are_told_with_place_and_mend_and_nothing_changes() {
    let town = Town::new();
    let sound = include_str!("reports.yaml");
    let check = |headers: &[(&str, &str)], name: &str, text: &str| {
        town.post(
            "/api/v1/packs/check",
            headers,
            &json!({"files": {name: text}}),
        )
    };
    check(&[], "reports.yaml", sound).problem(401, "sign_in");
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    assert_eq!(
        check(&own, "reports.yaml", sound).json()["faults"],
        json!([])
    );
    let wrong = sound.replace("of: area,", "of: aera,");
    let told = check(&own, "reports.yaml", &wrong).json();
    let fault = &told["faults"][0];
    assert_eq!(
        (&fault["file"], &fault["line"]),
        (&json!("reports.yaml"), &json!(14)),
        "{told}"
    );
    assert!(
        fault["mend"]["en"]
            .as_str()
            .expect("words")
            .contains("area"),
        "{told}"
    );
    let settings = include_str!("town.yaml");
    assert_eq!(
        check(&own, "town.yaml", settings).json()["faults"],
        json!([])
    );
    let told = check(
        &own,
        "town.yaml",
        &settings.replace("Asia/Shanghai", "Asia/Nowhere"),
    )
    .json();
    assert_eq!(told["faults"][0]["code"], "unknown-time-zone");
    let garbage = check(&own, "x.yaml", "{ [").json();
    assert!(!garbage["faults"].as_array().expect("faults").is_empty());
    assert_eq!(
        check(&own, "x.yaml", "").json()["faults"]
            .as_array()
            .map(|f| f.is_empty()),
        Some(false)
    );
    let many: serde_json::Map<_, _> = (0..51).map(|n| (format!("{n}.yaml"), json!(""))).collect();
    town.post("/api/v1/packs/check", &own, &json!({"files": many}))
        .problem(422, "too_large");
}
