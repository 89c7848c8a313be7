//! What is written stays written, once, and proves itself.

use crate::town::*;
use gewang_store::{Error, Proof, Store, verify};
use rusqlite::Connection;
use serde_json::json;
use uuid::Uuid;

#[track_caller]
fn verified(dir: &std::path::Path) -> u64 {
    match verify(dir, &mut |_| {}).unwrap() {
        Proof::Verified { entries, .. } => entries,
        broken => panic!("{broken:?}"),
    }
}

#[test]
fn a_copy_taken_in_the_middle_opens_with_everything_answered() {
    let (dir, store) = fresh();
    let mut answered = 0;
    for round in 0..5 {
        for n in 0..8 {
            answered = post_one(&store, report(Uuid::now_v7(), round * 10 + n, "半夜停电"))
                .seq
                .unwrap();
        }
        // As after a kill: whatever was answered lies in the database or its log, whatever the writer does now.
        let copied = tempfile::tempdir().unwrap();
        copy(dir.path(), copied.path());
        let other = Store::open(copied.path()).unwrap();
        assert!(other.head() >= answered);
        let outcome = post_one(&other, report(Uuid::now_v7(), 99, "接着写"));
        assert_eq!(outcome.seq, Some(other.head()));
        drop(other);
        verified(copied.path());
    }
    assert_eq!(answered, 41);
}

#[test]
fn a_second_store_on_the_same_directory_is_refused() {
    let (dir, store) = fresh();
    let pid = std::process::id();
    assert!(matches!(Store::open(dir.path()), Err(Error::InUse { pid: holder }) if holder == pid));
    assert!(matches!(
        Store::create(dir.path(), founding(TOWN)),
        Err(Error::InUse { .. })
    ));
    assert_eq!(verified(dir.path()), 1);
    drop(store);
    assert!(matches!(
        Store::create(dir.path(), founding(TOWN)),
        Err(Error::Exists)
    ));
    drop(Store::open(dir.path()).unwrap());
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(Store::open(empty.path()), Err(Error::Empty)));
}

/// Tampers with a closed store in one statement; `verify` and `open` must name `seq`.
#[track_caller]
fn check_tampered(statement: &str, seq: u64) {
    let (dir, store) = fresh();
    let id = Uuid::now_v7();
    done(
        &store
            .post_now(vec![
                report(id, 1, "甲"),
                report(Uuid::now_v7(), 2, "乙"),
                report(Uuid::now_v7(), 3, "丙"),
            ])
            .unwrap(),
    );
    done(&[post_one(&store, command(id, "close", 4, json!({})))]);
    drop(store);
    assert_eq!(verified(dir.path()), 5);
    let connection = Connection::open(dir.path().join("gewang.sqlite")).unwrap();
    assert!(
        connection.execute(statement, []).unwrap() > 0,
        "{statement}"
    );
    drop(connection);
    match verify(dir.path(), &mut |_| {}).unwrap() {
        Proof::Broken { seq: named, why } => assert_eq!(named, seq, "{why}"),
        proof => panic!("{proof:?}"),
    }
}

#[test]
fn one_changed_byte_is_found_and_named() {
    check_tampered(
        "UPDATE journal SET entry = replace(entry, '乙', '已') WHERE seq = 3",
        3,
    );
    check_tampered("UPDATE journal SET hash = zeroblob(32) WHERE seq = 4", 4);
    check_tampered("UPDATE journal SET version = version + 9 WHERE seq = 2", 2);
    check_tampered(
        "UPDATE journal SET command = replace(command, '-', '0') WHERE seq = 5",
        5,
    );
    check_tampered("DELETE FROM journal WHERE seq = 3", 3);
    check_tampered("DELETE FROM journal WHERE seq = 5", 4);
    check_tampered(
        "UPDATE record SET body = replace(body, '乙', '已') WHERE body LIKE '%乙%'",
        3,
    );
    check_tampered("DELETE FROM record WHERE body LIKE '%丙%'", 4);
}

#[test]
fn opening_notices_a_changed_tail() {
    let (dir, store) = fresh();
    done(&[
        post_one(&store, report(Uuid::now_v7(), 1, "甲")),
        post_one(&store, report(Uuid::now_v7(), 2, "乙")),
    ]);
    drop(store);
    let connection = Connection::open(dir.path().join("gewang.sqlite")).unwrap();
    connection
        .execute(
            "UPDATE journal SET entry = replace(entry, '甲', '申') WHERE seq = 2",
            [],
        )
        .unwrap();
    drop(connection);
    assert!(matches!(
        Store::open(dir.path()),
        Err(Error::Broken { seq: 2, .. })
    ));
}

#[tokio::test]
async fn rebuilding_changes_nothing() {
    let (dir, store) = fresh();
    for n in 0..20 {
        let id = Uuid::now_v7();
        done(
            &store
                .post(vec![
                    report(id, n, "甲"),
                    command(id, "handle", n + 1, json!({})),
                ])
                .await
                .unwrap(),
        );
        if n % 2 == 0 {
            done(
                &store
                    .post(vec![command(
                        id,
                        "close",
                        n + 2,
                        json!({ "details": "已修好" }),
                    )])
                    .await
                    .unwrap(),
            );
        }
    }
    let dump = || {
        // Whoever reads beside the store waits as its own readers do.
        store.read_now(|_| Ok(())).unwrap();
        let connection = Connection::open(dir.path().join("gewang.sqlite")).unwrap();
        let mut rows = Vec::new();
        for sql in [
            "SELECT id || body || coalesce(due, 0) || coalesce(wake, 0) || late FROM record ORDER BY id",
            "SELECT kind || day || cell || counts FROM counted WHERE counts <> '{}' ORDER BY kind, day, cell",
            "SELECT party || record || current FROM party ORDER BY party, record",
            "SELECT file || record FROM attachment ORDER BY file, record",
        ] {
            let mut select = connection.prepare(sql).unwrap();
            rows.extend(
                select
                    .query_map([], |row| row.get::<_, String>(0))
                    .unwrap()
                    .map(Result::unwrap),
            );
        }
        rows
    };
    let live = dump();
    assert!(live.len() > 40, "{}", live.len());
    store.rebuild().await.unwrap();
    assert_eq!(dump(), live);
}
