//! Everything bad that a client can send gets a clear refusal, with code, pointer and text, and nothing is lost by it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use serde_json::{Value, json};
use support::{Caller, Demo, command, inside, png, report};
use uuid::Uuid;

fn check(caller: &Caller, bad: Value, code: &str, pointer: &str) -> Value {
    let outcome = caller.command(bad.clone());
    assert_eq!(outcome["outcome"], "refused", "{bad}: {outcome}");
    let problem = outcome["problem"].clone();
    assert_eq!(
        (problem["code"].as_str(), problem["pointer"].as_str()),
        (Some(code), Some(pointer)),
        "{bad}: {problem}"
    );
    for lang in ["zh", "en"] {
        assert!(
            problem["text"][lang]
                .as_str()
                .is_some_and(|text| text.chars().count() > 3),
            "{problem}"
        );
    }
    problem
}

#[test]
fn what_a_report_may_not_say() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path());
    let worker = demo.sign_in("worker");
    let place = inside(&worker, "penggan-03");
    let good = || report(Uuid::now_v7(), place, "村口垃圾");
    let with = |field: &str, value: Value| {
        let mut report = good();
        report["data"][field] = value;
        report
    };
    let without = |field: &str| {
        let mut report = good();
        report["data"].as_object_mut().unwrap().remove(field);
        report
    };
    check(&worker, without("summary"), "required", "/data/summary");
    check(
        &worker,
        with("summary", json!(7)),
        "wrong_type",
        "/data/summary",
    );
    check(
        &worker,
        with("photos", json!("x")),
        "wrong_type",
        "/data/photos",
    );
    check(
        &worker,
        with("summary", json!("长".repeat(121))),
        "too_long",
        "/data/summary",
    );
    check(
        &worker,
        with("summary", json!("短")),
        "too_short",
        "/data/summary",
    );
    check(
        &worker,
        with("nonsense", json!(1)),
        "unknown_field",
        "/data/nonsense",
    );
    check(
        &worker,
        with("result", json!("已清运")),
        "not_asked",
        "/data/result",
    );
    check(
        &worker,
        with("category", json!("nonsense")),
        "unknown_option",
        "/data/category",
    );
    check(
        &worker,
        with("photos", json!(["ab".repeat(32)])),
        "unknown_file",
        "/data/photos/0",
    );
    check(
        &worker,
        with("helped_name", json!("王某")),
        "not_asked",
        "/data/helped_name",
    );

    // Tricks with Unicode: directions turned round, nothing visible, control characters.
    for trick in [
        "垃\u{202e}圾成堆",
        "垃\u{200b}圾成堆",
        "垃\u{0007}圾成堆",
        "垃圾\u{feff}成堆",
        "垃圾\u{e000}成堆",
        "一行\n两行",
    ] {
        check(
            &worker,
            with("summary", json!(trick)),
            "bad_text",
            "/data/summary",
        );
    }
    let problem = check(
        &worker,
        with("reporter_name", json!("张\u{202e}三")),
        "bad_text",
        "/data/reporter_name",
    );
    assert!(
        !problem.to_string().contains('张'),
        "personal data are not repeated: {problem}"
    );
    // What only looks odd is fine.
    for fine in ["𠮷野家门口的垃圾", "Müll vor dem Haus", "👷 路面破损"] {
        assert_eq!(
            worker.command(with("summary", json!(fine)))["outcome"],
            "done",
            "{fine}"
        );
    }

    // Places.
    let at = |place: Value| {
        let mut report = good();
        report["place"] = place;
        report
    };
    let mut nowhere = good();
    nowhere.as_object_mut().unwrap().remove("place");
    check(&worker, nowhere, "place_missing", "/place");
    check(&worker, at(json!([31.44, 119.99])), "bad_place", "/place");
    let far = check(
        &worker,
        at(json!([119.99, 31.9])),
        "outside_domain",
        "/place",
    );
    assert!(
        far["text"]["en"].as_str().unwrap().contains(" m")
            || far["text"]["en"].as_str().unwrap().contains("km"),
        "{far}"
    );
    assert!(
        far["text"]["en"].as_str().unwrap().contains("north"),
        "it lies to the north: {far}"
    );
    assert!(far["text"]["zh"].as_str().unwrap().contains('北'), "{far}");

    // A record, an action, a kind that are not there; a state, a person, a version that do not fit.
    let id = Uuid::now_v7();
    check(
        &worker,
        command(id, "register", json!({})),
        "not_found",
        "/record",
    );
    assert_eq!(
        worker.command(report(id, place, "村口垃圾"))["outcome"],
        "done"
    );
    check(
        &worker,
        command(id, "dance", json!({})),
        "unknown_action",
        "/action",
    );
    let mut strange = command(id, "register", json!({}));
    strange["kind"] = json!("governance.dance");
    check(&worker, strange, "other_kind", "/kind");
    let mut strange = good();
    strange["kind"] = json!("governance.dance");
    check(&worker, strange, "unknown_kind", "/kind");
    check(
        &worker,
        command(id, "register", json!({})),
        "forbidden",
        "/action",
    );
    let dispatcher = demo.sign_in("dispatcher");
    check(
        &dispatcher,
        command(id, "close", json!({})),
        "wrong_state",
        "/action",
    );
    assert_eq!(dispatcher.does(id, "register", json!({})), "registered");
    let mut stale = command(id, "dispatch", json!({}));
    stale["version"] = json!(1);
    check(&dispatcher, stale, "stale_version", "/version");
    let mut reused = command(id, "dispatch", json!({}));
    assert_eq!(dispatcher.command(reused.clone())["outcome"], "done");
    reused["action"] = json!("transfer");
    assert_eq!(
        dispatcher.command(reused)["problem"]["code"],
        "command_reused"
    );
    let mut old = good();
    old["backdated"] = json!(true);
    check(&worker, old, "backdate_forbidden", "/backdated");
}

#[test]
fn a_clock_that_is_days_wrong_keeps_both_times() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path());
    let worker = demo.sign_in("worker");
    let place = inside(&worker, "penggan-03");
    for wrong in ["2019-01-01T00:00:00Z", "2199-01-01T00:00:00Z"] {
        let id = Uuid::now_v7();
        let mut command = report(id, place, "钟走错了");
        command["at"] = json!(wrong);
        let before: jiff::Timestamp = support::now().parse().unwrap();
        assert_eq!(worker.command(command)["outcome"], "done");
        let entry =
            worker.get(&format!("/api/v1/records/{id}/journal")).body["entries"][0]["entry"]
                .clone();
        assert_eq!(entry["at"], wrong);
        let received: jiff::Timestamp = entry["received"].as_str().unwrap().parse().unwrap();
        assert!(received >= before);
        assert_eq!(entry["time"], entry["received"]);
    }
}

#[test]
fn bodies_that_cannot_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path());
    let worker = demo.sign_in("worker");
    let place = inside(&worker, "penggan-03");
    let send = |body: Vec<u8>| worker.send("POST", "/api/v1/commands", "application/json", body);
    let check = |body: Vec<u8>, status: u16, code: &str| {
        let answer = send(body);
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            answer.body
        );
        let kind = answer
            .headers
            .get("content-type")
            .and_then(|kind| kind.to_str().ok());
        assert_eq!(kind, Some("application/problem+json"));
    };
    check(b"{\"commands\": [nope]}".to_vec(), 400, "bad_json");
    check(b"\xff\xfe".to_vec(), 400, "bad_json");
    check("[".repeat(100_000).into_bytes(), 400, "too_deep");
    assert_eq!(
        worker.announce("/api/v1/commands", "application/json", 5 << 20),
        (413, json!("body_too_large"))
    );
    let many: Vec<Value> = (0..501)
        .map(|_| report(Uuid::now_v7(), place, "一件小事"))
        .collect();
    check(
        json!({ "commands": many }).to_string().into_bytes(),
        413,
        "too_many_commands",
    );
    let text = worker.send("POST", "/api/v1/commands", "text/plain", b"hello".to_vec());
    assert_eq!((text.status, &text.body["code"]), (415, &json!("not_json")));
    // One bad command does not spoil its neighbours, even where it cannot be read at all.
    let mut deep = report(Uuid::now_v7(), place, "太深的内容");
    deep["data"]["details"] = (0..60).fold(json!("x"), |inner, _| json!([inner]));
    let outcomes = worker.commands(&[
        report(Uuid::now_v7(), place, "第一件好的"),
        json!({"id": "not one"}),
        deep,
        report(Uuid::now_v7(), place, "第二件好的"),
    ]);
    let words: Vec<&str> = outcomes
        .iter()
        .filter_map(|outcome| outcome["outcome"].as_str())
        .collect();
    assert_eq!(words, ["done", "refused", "refused", "done"]);
    assert_eq!(outcomes[2]["problem"]["code"], "too_deep");
}

#[test]
fn photos_that_are_none() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path());
    let worker = demo.sign_in("worker");
    let check = |bytes: Vec<u8>, kind: &str, status: &[u16]| {
        let answer = worker.send("POST", "/api/v1/files", kind, bytes);
        assert!(
            status.contains(&answer.status),
            "{} {}",
            answer.status,
            answer.body
        );
        assert!(answer.body["code"].is_string(), "{}", answer.body);
    };
    check(
        b"\x00\x01\x02 no picture".to_vec(),
        "image/jpeg",
        &[415, 422],
    );
    let mut cut = png(64, 64);
    cut.truncate(60);
    check(cut, "image/png", &[422]);
    check(bomb(), "image/png", &[413, 422]);
    assert_eq!(
        worker.announce("/api/v1/files", "image/jpeg", 21 << 20),
        (413, json!("body_too_large"))
    );
    // A real one comes back as another file: encoded anew.
    let hash = worker.photo();
    let back = worker.get(&format!("/api/v1/files/{hash}"));
    assert_eq!(back.status, 200);
    assert!(back.bytes.starts_with(b"\xff\xd8\xff"), "a JPEG");
}

/// A PNG of a few bytes that says it is 60,000 by 60,000 pixels.
fn bomb() -> Vec<u8> {
    let mut bytes = png(4, 4);
    bytes[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    // The checksum of the header over the new numbers.
    let mut crc = u32::MAX;
    for byte in &bytes[12..29] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    bytes[29..33].copy_from_slice(&(!crc).to_be_bytes());
    bytes
}
