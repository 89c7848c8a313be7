//! What the server does of itself, on records that somebody with the right to do so entered after the fact.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::town::{Town, command, report, system};

/// A command that happened so many days ago.
fn days_ago(mut command: Value, days: i64) -> Value {
    command["at"] = json!(Timestamp::now() - SignedDuration::from_hours(24 * days));
    command["backdated"] = json!(true);
    command
}

/// Waits for an action to stand in a record's journal, and gives its entry.
fn entry(town: &Town, token: &str, record: Uuid, action: &str) -> Value {
    let began = Instant::now();
    loop {
        let path = format!("/api/v1/records/{record}/journal");
        let journal = town.get(&path, &[("authorization", token)]).json();
        let entries = journal["entries"].as_array().expect("entries");
        let found = entries.iter().find(|line| {
            line.to_string()
                .contains(&format!("\"action\":\"{action}\""))
        });
        if let Some(found) = found {
            return found.clone();
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "no {action} in {journal}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_passed_deadline_becomes_an_entry() {
    let town = Town::new();
    let admin = town.token("admin");
    let record = Uuid::now_v7();
    let reported = town.command(
        &[("authorization", &admin)],
        days_ago(report(record, "x"), 60),
    );
    assert_eq!(reported["outcome"], "done", "{reported}");
    let late = entry(&town, &admin, record, "late");
    assert!(late.to_string().contains("\"system\""), "{late}");
    let shown = town.get(
        &format!("/api/v1/records/{record}"),
        &[("authorization", &admin)],
    );
    assert_eq!(shown.json()["late"], true, "{shown:?}");
}

#[test]
fn personal_data_whose_time_has_come_are_erased() {
    let town = Town::new();
    let admin = town.token("admin");
    let own = [("authorization", admin.as_str())];
    let data = json!({"person": town.people["admin"], "post": "worker", "cell": "cell-00", "from": "2020-01-01"});
    system(&town.store, "town.post", Uuid::now_v7(), "appoint", data);
    let (old, young) = (Uuid::now_v7(), Uuid::now_v7());
    for (record, closed) in [(old, 40), (young, 20)] {
        for (step, days) in [
            (report(record, "x"), 43),
            (command(record, "handle", json!({})), 42),
            (command(record, "close", json!({})), closed),
        ] {
            let outcome = town.command(&own, days_ago(step, days));
            assert_eq!(outcome["outcome"], "done", "{outcome}");
        }
    }
    entry(&town, &admin, old, "erase");
    let dispatcher = town.token("dispatcher");
    let sealed = |record: Uuid| {
        let shown = town.get(
            &format!("/api/v1/records/{record}?open=contact"),
            &[("authorization", &dispatcher)],
        );
        assert_eq!(shown.status, 200, "{shown:?}");
        String::from_utf8_lossy(&shown.body).contains("13800001234")
    };
    assert!(sealed(young), "kept for 30 days after it was closed");
    assert!(!sealed(old), "and no longer");
}
