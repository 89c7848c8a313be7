//! Drafts come into force: not unseen, at their time, with the records that follow, and never without being a partition.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::drafting::{Desk, drawn, edition, inside, named, report};
use support::{Demo, repository, run, run_with_input, stderr, stdout, until};
use uuid::Uuid;

#[test]
fn a_cell_with_a_post_stays_and_nobody_is_overridden_unseen() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(&dir.path().join("demo"));
    let chief = demo.sign_in("admin");
    let mut first = Desk::in_force(&chief);
    first.edit(json!({"type": "merge", "keep": "zhoutie-shequ-01", "gone": ["zhoutie-shequ-02"]}));
    let impact = first.get("/impact");
    let held = impact["posts"].as_array().unwrap();
    assert!(
        held.iter().any(|post| post["cell"] == "zhoutie-shequ-02"),
        "{impact}"
    );
    assert!(
        impact["faults"][0]["en"]
            .as_str()
            .unwrap()
            .contains("zhoutie-shequ-02")
    );
    let refused = first.post(
        "/publish",
        &json!({"version": first.version, "reason": "合并"}),
    );
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("cells_held"))
    );

    let same = Desk::in_force(&chief);
    let refused = same.post(
        "/publish",
        &json!({"version": same.version, "reason": "无"}),
    );
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (409, &json!("nothing_changed"))
    );

    // Somebody else's edition comes into force; this draft would undo it unseen.
    let mut second = Desk::in_force(&chief);
    let mut third = Desk::in_force(&chief);
    let named = |name: &str| json!({"type": "describe", "cell": "zhoutie-shequ-01", "title": {"zh": name, "en": name}});
    second.edit(named("甲"));
    third.edit(named("乙"));
    let done = second.post(
        "/publish",
        &json!({"version": second.version, "reason": "改名"}),
    );
    assert_eq!(done.status, 200, "{}", done.body);
    let body = json!({"version": third.version, "reason": "改名"});
    let refused = third.post("/publish", &body);
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (409, &json!("other_edition"))
    );
    let over = json!({"version": third.version, "reason": "改名", "over": done.body["edition"]});
    assert_eq!(third.post("/publish", &over).status, 200);
}

#[test]
fn a_draft_is_adopted_at_its_time_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("demo");
    let demo = Demo::start(&data);
    let chief = demo.sign_in("admin");
    let mut desk = Desk::in_force(&chief);
    desk.edit(json!({
        "type": "describe", "cell": "zhoutie-shequ-01", "title": {"zh": "定时", "en": "In time"},
    }));
    // Long ahead, and taken back.
    let far = Timestamp::now() + SignedDuration::from_hours(24);
    let waits = desk.post(
        "/publish",
        &json!({"version": desk.version, "reason": "明天起", "at": far}),
    );
    assert_eq!(waits.body["outcome"], "scheduled", "{}", waits.body);
    assert_eq!(waits.body["draft"]["scheduled"]["reason"], "明天起");
    desk.version = waits.body["draft"]["version"].as_u64().unwrap();
    let edit = named("改不了");
    let locked = desk.post("/edits", &json!({"version": desk.version, "edit": edit}));
    assert_eq!(
        (locked.status, &locked.body["code"]),
        (409, &json!("scheduled"))
    );
    let back = chief.send("DELETE", &desk.path("/publish"), "", Vec::new());
    assert_eq!(back.status, 200, "{}", back.body);
    assert_eq!(back.body["scheduled"], Value::Null);
    desk.version = back.body["version"].as_u64().unwrap();

    // In a moment, while the server is down.
    let soon = Timestamp::now() + SignedDuration::from_secs(2);
    let waits = desk.post(
        "/publish",
        &json!({"version": desk.version, "reason": "即刻起", "at": soon}),
    );
    let wanted = waits.body["edition"].clone();
    assert_eq!(waits.body["outcome"], "scheduled", "{}", waits.body);
    demo.kill();
    let demo = Demo::start(&data);
    let chief = demo.sign_in("admin");
    until("the draft is adopted", || {
        (edition(&chief) == wanted.as_str().unwrap()).then_some(())
    });
    until("the draft is gone", || {
        let drafts = chief.get("/api/v1/drafts").body;
        (drafts["items"] == json!([])).then_some(())
    });
    let editions = chief.get("/api/v1/editions").body;
    assert_eq!(editions["items"][0]["reason"], "即刻起");
    assert_eq!(editions["items"].as_array().unwrap().len(), 2);

    // What can't be adopted then says why.
    let mut first = Desk::in_force(&chief);
    first.edit(named("甲"));
    let soon = Timestamp::now() + SignedDuration::from_secs(2);
    let waits = first.post(
        "/publish",
        &json!({"version": first.version, "reason": "定时", "at": soon}),
    );
    assert_eq!(waits.body["outcome"], "scheduled", "{}", waits.body);
    let mut second = Desk::in_force(&chief);
    second.edit(named("乙"));
    let done = second.post(
        "/publish",
        &json!({"version": second.version, "reason": "先"}),
    );
    assert_eq!(done.status, 200, "{}", done.body);
    let refused = until("it is refused", || {
        let draft = first.get("");
        draft["refused"].is_object().then_some(draft)
    });
    assert_eq!(refused["scheduled"], Value::Null);
    assert_eq!(edition(&chief), done.body["edition"].as_str().unwrap());
}

/// Whoever adopted it, over whichever path: the records follow when the town is served, once.
#[test]
fn records_follow_a_drawing_that_the_command_line_adopted() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("demo");
    let demo = Demo::start(&data);
    let chief = demo.sign_in("admin");
    let mut desk = Desk::in_force(&chief);
    let drawing = desk.get("/drawing");
    let at = inside(&drawing, "zhoutie-shequ-01");
    let matter = report(&chief, at);
    let line = [
        [at[0] - 0.05, at[1] - 0.00002],
        [at[0] + 0.05, at[1] - 0.00002],
    ];
    desk.edit(json!({
        "type": "split", "cell": "zhoutie-shequ-01", "line": line,
        "new": {"id": "zhoutie-shequ-01b", "title": {"zh": "乙格", "en": "B"}},
    }));
    // The same drawing as a file, made of what the draft shows.
    let after = desk.get("/diff");
    assert_eq!(after["came"][0]["cell"], "zhoutie-shequ-01b");
    let soon = Timestamp::now() + SignedDuration::from_hours(1);
    let body = json!({"version": desk.version, "reason": "定时", "at": soon});
    let waits = desk.post("/publish", &body).body;
    let hash = waits["draft"]["scheduled"]["file"].as_str().unwrap();
    let file = chief.get(&format!("/api/v1/files/{hash}"));
    assert_eq!(file.status, 200, "{}", file.body);
    let cells = dir.path().join("cells.geojson");
    std::fs::write(&cells, &file.bytes).unwrap();
    demo.kill();

    let adopted = run(&[
        "adopt",
        "--data",
        data.to_str().unwrap(),
        "--as",
        "admin",
        "--cells",
        cells.to_str().unwrap(),
        "--reason",
        "直接采用",
    ]);
    assert_eq!(
        adopted.status.code(),
        Some(0),
        "{}{}",
        stdout(&adopted),
        stderr(&adopted)
    );
    for _ in 0..2 {
        let demo = Demo::start(&data);
        let chief = demo.sign_in("admin");
        until("the record follows", || {
            (chief.record(matter).body["cell"] == "zhoutie-shequ-01b").then_some(())
        });
        until("all records followed", || {
            let editions = chief.get("/api/v1/editions").body;
            (editions["items"][0]["records_rehomed"] == 1).then_some(())
        });
        let journal = chief.get(&format!("/api/v1/records/{matter}/journal")).body;
        assert_eq!(
            journal.to_string().matches("\"rehome\"").count(),
            1,
            "{journal}"
        );
        demo.kill();
    }
}

/// The engine's own check: a drawing that is none is refused over HTTP, by the command line and as a file of the store.
#[test]
fn a_drawing_that_is_no_partition_is_adopted_by_no_path() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (data, cells) = (data.to_str().unwrap(), repository().join("packs/zhoutie"));
    let founded = run_with_input(
        &[
            "init",
            "--data",
            data,
            "--town",
            cells.join("town.yaml").to_str().unwrap(),
            "--cells",
            cells.join("cells.geojson").to_str().unwrap(),
            "--admin",
            "clerk",
            "--password-stdin",
        ],
        "brackish-Kettle-99\n",
    );
    assert!(founded.status.success(), "{}", stderr(&founded));
    let mut doubled = drawn();
    let features = doubled["features"].as_array_mut().unwrap();
    let mut double = features[5].clone();
    double["properties"]["id"] = json!("double");
    features.push(double);
    let file = dir.path().join("doubled.geojson");
    std::fs::write(&file, doubled.to_string()).unwrap();
    let refused = run(&[
        "adopt",
        "--data",
        data,
        "--cells",
        file.to_str().unwrap(),
        "--reason",
        "x",
    ]);
    assert_ne!(refused.status.code(), Some(0));
    let served = support::Served::start(std::path::Path::new(data), "clerk", "brackish-Kettle-99");
    let caller = &served.caller;
    let answer = caller.send(
        "POST",
        "/api/v1/files",
        "application/octet-stream",
        doubled.to_string().into_bytes(),
    );
    assert_eq!(answer.status, 201, "{}", answer.body);
    let domain = caller.get("/api/v1/records?kind=town.domain").body["records"][0]["id"].clone();
    let outcome = caller.command(json!({
        "id": Uuid::now_v7(), "at": support::now(), "kind": "town.domain", "record": domain,
        "action": "adopt", "data": {"grid": answer.body["hash"], "reason": "x"},
    }));
    assert_eq!(outcome["outcome"], "refused", "{outcome}");
    assert_eq!(outcome["problem"]["code"], "bad_setup");
    assert_eq!(
        caller.get("/api/v1/editions").body["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
