//! What is decided before what it rests on is committed.

use crate::town::*;
use gewang_store::{Error, Proof, verify};
use rusqlite::Connection;
use serde_json::json;
use uuid::Uuid;

/// From now on the database refuses entries that contain `word`.
fn poison(dir: &std::path::Path, word: &str) {
    let connection = Connection::open(dir.join("gewang.sqlite")).unwrap();
    connection
        .execute_batch(&format!(
            "CREATE TRIGGER poison BEFORE INSERT ON journal WHEN instr(NEW.entry, '{word}') > 0
             BEGIN SELECT RAISE(ABORT, 'poison'); END"
        ))
        .unwrap();
}

#[track_caller]
fn verified(dir: &std::path::Path) -> u64 {
    match verify(dir, &mut |_| {}).unwrap() {
        Proof::Verified { entries, .. } => entries,
        broken => panic!("{broken:?}"),
    }
}

#[tokio::test]
async fn a_failure_spoils_what_rests_on_it_and_nothing_else() {
    let (dir, store) = fresh();
    poison(dir.path(), "毒");
    for round in 0..20 {
        let (bad, good, person) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let mut hired = command(person, "add", 1, json!({ "name": "王河" }));
        hired.command.kind = "town.person".into();
        let head = store.head();
        // In order, and none waits for the answer of the one before.
        let (before, failing, resting, after, twin, on_good) = tokio::join!(
            store.post(vec![hired, report(good, 1, "井盖")]),
            store.post(vec![
                report(Uuid::now_v7(), 1, "同帖"),
                report(bad, 1, "有毒")
            ]),
            store.post(vec![command(bad, "handle", 2, json!({}))]),
            store.post(vec![report(Uuid::now_v7(), 2, "路灯")]),
            store.set_password("nobody", "phc".into()),
            store.post(vec![command(good, "handle", 3, json!({}))]),
        );
        let before = before.unwrap();
        done(&before);
        assert!(
            matches!(failing, Err(Error::Inconsistent(_))),
            "{failing:?}"
        );
        assert_eq!(
            resting.unwrap()[0].problem.as_ref().unwrap().code,
            "not_found"
        );
        let after = after.unwrap();
        done(&after);
        done(&on_good.unwrap());
        // What was to be written beside the journal may have shared the failure; it was answered.
        assert!(twin.is_err() || matches!(twin, Ok(false)));
        assert_eq!(store.head(), head + 4);
        let number = format!("R20260302-{:04}", round * 2 + 2);
        assert_eq!(after[0].number.as_deref(), Some(number.as_str()));
        assert!(store.engine().roster().person(person).is_some());
        assert!(
            store
                .read_now(|reader| reader.record(bad))
                .unwrap()
                .is_none()
        );
    }
    drop(store);
    assert_eq!(verified(dir.path()), 81);
}

#[tokio::test]
async fn a_full_disk_with_posts_behind() {
    let (dir, store) = fresh();
    store.set_allowance(4096).await.unwrap();
    let long = "水".repeat(3000);
    let big = |n: i64| {
        let details = json!({ "area": "road", "summary": "大", "details": long });
        let posts = (0..60).map(|_| command(Uuid::now_v7(), "report", n, details.clone()));
        posts.collect::<Vec<_>>()
    };
    let (first, second) = tokio::join!(store.post(big(1)), store.post(big(2)));
    assert!(matches!(first, Err(Error::Full)));
    assert!(matches!(second, Err(Error::Full)));
    assert_eq!(store.head(), 1);
    store.set_allowance(0).await.unwrap();
    let (first, second) = tokio::join!(store.post(big(1)), store.post(big(2)));
    done(&first.unwrap());
    done(&second.unwrap());
    assert_eq!(store.head(), 121);
    drop(store);
    assert_eq!(verified(dir.path()), 121);
}
