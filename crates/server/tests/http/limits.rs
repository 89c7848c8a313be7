use std::io::{Read, Write};

use serde_json::json;
use uuid::Uuid;

use crate::town::{Answer, Town, limits, report};

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn every_error_is_a_problem_that_says_what_to_do() {
    let town = Town::with(|options| limits(options, |limits| limits.body_bytes = 10_000));
    let post =
        |headers: &[(&str, &str)], body: &[u8]| town.ask("POST", "/api/v1/commands", headers, body);
    let broken = post(&[JSON], b"{\"commands\": [\n  nope]}").problem(400, "bad_json");
    assert_eq!(
        (&broken["line"], broken["column"].is_u64()),
        (&json!(2), true)
    );
    post(&[], b"{}").problem(415, "not_json");
    post(&[("content-type", "text/plain")], b"{}").problem(415, "not_json");
    assert_eq!(
        post(&[JSON], b"{}").problem(422, "required")["pointer"],
        "/commands"
    );
    post(&[JSON], &[b'['; 9000]).problem(400, "too_deep");
    let large = post(&[JSON], &vec![b' '; 10_001]).problem(413, "body_too_large");
    assert!(
        large["detail"].as_str().expect("words").contains("10000"),
        "a refusal says the limit"
    );
    post(&[JSON, ("content-length", "99999999999")], b"").problem(413, "body_too_large");
    let many = json!({"commands": vec![1; 501]}).to_string();
    let many = post(&[JSON], many.as_bytes()).problem(413, "too_many_commands");
    assert!(many["detail"].as_str().expect("words").contains("500"));

    town.get("/api/v1/nowhere", &[])
        .problem(404, "no_such_path");
    town.get("/nowhere", &[]).problem(404, "no_such_path");
    let method = town.ask("PUT", "/api/v1/commands", &[], b"");
    method.problem(405, "method_not_allowed");
    assert_eq!(method.header("allow"), Some("POST"));
    let long = format!("/api/v1/records?text={}", "x".repeat(5000));
    town.get(&long, &[]).problem(400, "query_too_long");
}

#[test]
fn every_answer_carries_the_headers_that_protect() {
    let town = Town::new();
    for path in ["/", "/api/v1/status", "/api/v1/nowhere", "/api/v1/docs"] {
        let answer = town.get(path, &[]);
        for header in [
            "x-content-type-options",
            "content-security-policy",
            "referrer-policy",
            "x-frame-options",
            "cache-control",
        ] {
            assert!(answer.header(header).is_some(), "{path} lacks {header}");
        }
    }
}

#[test]
fn a_broken_journal_is_said_and_nothing_is_written() {
    let town = Town::with(|options| options.prove_journal = false);
    let worker = town.token("worker");
    town.store.distrust(3, "a byte was changed".into());
    let body = json!({"commands": [report(Uuid::now_v7(), "x")]});
    town.post("/api/v1/commands", &[("authorization", &worker)], &body)
        .problem(503, "journal_broken");
    assert_eq!(
        town.get("/api/v1/cells", &[]).status,
        200,
        "reading goes on"
    );
}

#[test]
fn a_full_disk_refuses_writes_and_reading_goes_on() {
    let town = Town::new();
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime
        .block_on(town.store.set_allowance(1))
        .expect("it takes it");
    let summary = "长".repeat(120);
    let filled = (0..200).find_map(|_| {
        let commands: Vec<_> = (0..50).map(|_| report(Uuid::now_v7(), &summary)).collect();
        let answer = town.post("/api/v1/commands", &own, &json!({ "commands": commands }));
        (answer.status != 200).then_some(answer)
    });
    filled.expect("it fills").problem(507, "disk_full");
    assert_eq!(town.get("/api/v1/records", &own).status, 200);
    runtime
        .block_on(town.store.set_allowance(0))
        .expect("it takes it");
    assert_eq!(
        town.command(&own, report(Uuid::now_v7(), "x"))["outcome"],
        "done",
        "without a restart"
    );
}

#[test]
fn a_stop_finishes_what_was_begun() {
    let mut town = Town::new();
    let worker = town.token("worker");
    let body = json!({"commands": [report(Uuid::now_v7(), "x")]}).to_string();
    let head = format!(
        "POST /api/v1/commands HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: {worker}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = town.connect();
    stream.write_all(head.as_bytes()).expect("it listens");
    stream
        .write_all(&body.as_bytes()[..20])
        .expect("it listens");
    // The server has the request in hand once it answered another that came later.
    assert_eq!(town.get("/api/v1/status", &[]).status, 200);
    let rest = body[20..].to_owned();
    let sender = std::thread::spawn(move || {
        stream.write_all(rest.as_bytes()).expect("it still listens");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("it answers and ends");
        Answer::read(&bytes)
    });
    town.stop();
    let answer = sender.join().expect("no panic");
    // Whether the stop was seen before the request was looked at, the client knows how it stands.
    if answer.status == 200 {
        assert_eq!(answer.json()["outcomes"][0]["outcome"], "done");
    } else {
        answer.problem(503, "stopping");
    }
}
