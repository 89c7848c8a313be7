//! What is written stays written, once, and proves itself.

#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod town;

use gewang_engine::OutcomeKind;
use gewang_store::{Error, Filter, Order, Proof, Store, TallyQuery, verify};
use rusqlite::Connection;
use serde_json::json;
use town::*;
use uuid::Uuid;

#[track_caller]
fn verified(dir: &std::path::Path) -> u64 {
    match verify(dir, &mut |_| {}).unwrap() {
        Proof::Verified { entries, .. } => entries,
        broken => panic!("{broken:?}"),
    }
}

#[test]
fn a_life_from_report_to_close() {
    let (dir, store) = fresh();
    let id = Uuid::now_v7();
    let mut listener = store.subscribe();
    let first = post_one(&store, report(id, 1, "桥头路面坑洞"));
    assert_eq!(first.outcome, OutcomeKind::Done, "{first:?}");
    assert_eq!(first.state.as_deref(), Some("waiting"));
    assert_eq!(first.cell.as_deref(), Some("cell-00"));
    assert_eq!(first.number.as_deref(), Some("R20260302-0001"));
    assert_eq!((first.version, first.seq), (Some(1), Some(2)));
    done(&[
        post_one(&store, command(id, "handle", 5, json!({}))),
        post_one(&store, command(id, "close", 9, json!({}))),
    ]);

    let batch = listener.try_recv().unwrap();
    assert_eq!((batch.first_seq(), batch.last_seq()), (2, 2));
    let shown = batch.entries[0].json();
    assert!(
        shown.contains("桥头路面坑洞") && !shown.contains("13800001234"),
        "{shown}"
    );
    let caught_up = store.read_now(|reader| reader.live_since(1, 10)).unwrap();
    assert_eq!(
        caught_up.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
        [2, 3, 4]
    );

    let (record, journal) = store
        .read_now(|reader| Ok((reader.record(id)?.unwrap(), reader.journal(id, 0, 10)?)))
        .unwrap();
    assert_eq!((record.state.as_str(), record.version), ("closed", 3));
    assert_eq!(
        journal
            .iter()
            .map(|entry| entry.action.as_str())
            .collect::<Vec<_>>(),
        ["report", "handle", "close"]
    );
    assert_eq!(
        store
            .read_now(|reader| reader.numbered("R20260302-0001"))
            .unwrap()
            .unwrap()
            .id,
        id
    );

    let count = |measure: &str, days| {
        let query = TallyQuery {
            measures: vec![measure.into()],
            days,
            ..TallyQuery::default()
        };
        let tallies = store.read_now(|reader| reader.tallies(&query)).unwrap();
        tallies
            .iter()
            .filter(|tally| tally.kind == "reports.report")
            .map(|tally| tally.n)
            .sum::<i64>()
    };
    assert_eq!((count("open", None), count("state:closed", None)), (0, 1));
    assert_eq!(
        (
            count("opened", Some((0, 40_000))),
            count("closed_in_time", Some((0, 40_000)))
        ),
        (1, 1)
    );
    drop(store);
    assert_eq!(verified(dir.path()), 4);
}

#[test]
fn the_same_command_again_gives_the_first_answer() {
    let (_dir, store) = fresh();
    let id = Uuid::now_v7();
    let created = report(id, 1, "路灯不亮");
    let first = post_one(&store, created.clone());
    done(&[post_one(&store, command(id, "handle", 2, json!({})))]);
    let mut again = post_one(&store, created.clone());
    assert_eq!(again.outcome, OutcomeKind::Repeated);
    again.outcome = OutcomeKind::Done;
    assert_eq!(again, first);
    let head = store.head();
    let twins = store
        .post_now(vec![created.clone(), created.clone()])
        .unwrap();
    assert!(
        twins
            .iter()
            .all(|outcome| outcome.outcome == OutcomeKind::Repeated)
    );
    let mut other = created;
    other.command.record = Uuid::now_v7();
    let refused = post_one(&store, other);
    assert_eq!(refused.problem.unwrap().code, "command_reused");
    assert_eq!(store.head(), head);
}

#[test]
fn the_same_command_twice_in_one_post_counts_once() {
    let (_dir, store) = fresh();
    let submission = report(Uuid::now_v7(), 1, "污水外溢");
    let outcomes = store
        .post_now(vec![submission.clone(), submission])
        .unwrap();
    assert_eq!(outcomes[0].outcome, OutcomeKind::Done);
    assert_eq!(outcomes[1].outcome, OutcomeKind::Repeated);
    assert_eq!(store.head(), 2);
}

#[test]
fn one_bad_command_never_spoils_its_neighbours() {
    let (_dir, store) = fresh();
    let mut bad = report(Uuid::now_v7(), 1, "x");
    bad.command.data.remove("summary");
    let outcomes = store
        .post_now(vec![
            report(Uuid::now_v7(), 1, "一"),
            bad,
            report(Uuid::now_v7(), 1, "二"),
        ])
        .unwrap();
    let kinds: Vec<OutcomeKind> = outcomes.iter().map(|outcome| outcome.outcome).collect();
    assert_eq!(
        kinds,
        [OutcomeKind::Done, OutcomeKind::Refused, OutcomeKind::Done]
    );
    assert_eq!(outcomes[2].number.as_deref(), Some("R20260302-0002"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_at_once() {
    let (dir, store) = fresh();
    let mut callers = Vec::new();
    for caller in 0..16 {
        let store = store.clone();
        callers.push(tokio::spawn(async move {
            for n in 0..10 {
                let outcomes = store
                    .post(vec![report(Uuid::now_v7(), 1, &format!("{caller} {n}"))])
                    .await
                    .unwrap();
                done(&outcomes);
                let seq = outcomes[0].seq.unwrap();
                assert!(store.head() >= seq);
            }
        }));
    }
    for caller in callers {
        caller.await.unwrap();
    }
    let numbers = store
        .read(|reader| {
            let page = reader.records(
                &Filter {
                    kinds: vec!["reports.report".into()],
                    ..Filter::default()
                },
                Order::Newest,
                None,
                500,
                &|_| true,
            )?;
            Ok(page
                .records
                .iter()
                .map(|record| record.number.clone().unwrap())
                .collect::<std::collections::BTreeSet<_>>())
        })
        .await
        .unwrap();
    assert_eq!(numbers.len(), 160);
    assert_eq!(numbers.last().unwrap(), "R20260302-0160");
    drop(store);
    assert_eq!(verified(dir.path()), 161);
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
async fn a_distrusted_store_takes_no_posts() {
    let (_dir, store) = fresh();
    store.distrust(1, "seen by verify".into());
    let answer = store.post(vec![report(Uuid::now_v7(), 1, "甲")]).await;
    assert!(matches!(answer, Err(Error::Broken { seq: 1, .. })));
    assert_eq!(store.read(|reader| reader.meta()).await.unwrap().entries, 1);
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
