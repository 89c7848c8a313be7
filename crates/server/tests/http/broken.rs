//! A journal in which a byte was changed: said, and not written on.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::town::{PASSWORD, Town, report};

/// Changes one byte of an early entry, beside the store.
fn change_a_byte(dir: &Path) {
    let database = rusqlite::Connection::open(dir.join("gewang.sqlite")).expect("it opens");
    let changed = database
        .execute(
            "UPDATE journal SET entry = replace(entry, 'worker', 'wOrker') WHERE seq IN
             (SELECT min(seq) FROM journal WHERE entry LIKE '%\"name\":\"worker\"%')",
            [],
        )
        .expect("it writes");
    assert_eq!(changed, 1);
}

fn status(town: &Town) -> Value {
    town.get("/api/v1/status", &[]).json()
}

#[test]
fn a_whole_journal_is_proved_after_the_start() {
    let town = Town::new();
    let began = Instant::now();
    while status(&town)["chain"] != "proved" {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{}",
            status(&town)
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let answer = town.get("/api/v1/status", &[]);
    assert_eq!(answer.header("gewang-journal"), None);
}

#[test]
fn a_changed_byte_is_found_while_the_server_runs() {
    let town = Town::changed(|_| {}, change_a_byte);
    let began = Instant::now();
    while status(&town)["chain"] != "broken" {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{}",
            status(&town)
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let said = status(&town);
    let (seq, _) = town.store.distrusted().expect("the store knows");
    assert!(seq > 1, "the entry that was changed: {said}");
    assert_eq!(said["broken_at"], seq);
    assert!(!said["broken_why"].as_str().expect("words").is_empty());
    refuses_to_write(&town);
}

#[test]
fn what_the_store_distrusts_is_said_whoever_found_it() {
    let town = Town::with(|options| options.prove_journal = false);
    assert_eq!(status(&town)["chain"], "proving");
    town.store.distrust(3, "a byte was changed".into());
    let said = status(&town);
    assert_eq!(
        (&said["chain"], &said["broken_at"], &said["broken_why"]),
        (&json!("broken"), &json!(3), &json!("a byte was changed"))
    );
    refuses_to_write(&town);
}

/// Every answer says it, whatever changes the journal is refused, and reading goes on.
fn refuses_to_write(town: &Town) {
    for path in ["/", "/api/v1/status", "/api/v1/cells", "/api/v1/nowhere"] {
        let answer = town.get(path, &[]);
        assert_eq!(answer.header("gewang-journal"), Some("broken"), "{path}");
    }
    let head = town.store.head();
    let signed_in = town.post(
        "/api/v1/session",
        &[],
        &json!({"name": "leader", "password": PASSWORD}),
    );
    assert_eq!(signed_in.status, 200, "one may still sign in and look");
    let cookie = signed_in.header("set-cookie").expect("a cookie");
    let cookie = cookie.split(';').next().expect("its value");
    let own = [("cookie", cookie), ("gewang-client", "test")];
    assert_eq!(town.get("/api/v1/records", &own).status, 200);
    let body = json!({"commands": [report(Uuid::now_v7(), "x")]});
    for headers in [&own[..], &[]] {
        town.post("/api/v1/commands", headers, &body)
            .problem(503, "journal_broken");
        town.ask("POST", "/api/v1/files", headers, b"hello")
            .problem(503, "journal_broken");
    }
    assert_eq!(town.store.head(), head);
}
