//! What is written stays written, once, and proves itself.

use crate::town::*;
use gewang_engine::OutcomeKind;
use gewang_store::{Error, Filter, Home, Order, Proof, TallyQuery, verify};
use serde_json::json;
use uuid::Uuid;

#[track_caller]
fn verified(home: Home) -> u64 {
    match verify(home, &mut |_| {}).unwrap() {
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
    assert_eq!(verified(dir.home()), 4);
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
    assert_eq!(verified(dir.home()), 161);
}

#[tokio::test]
async fn a_distrusted_store_takes_no_posts() {
    let (_dir, store) = fresh();
    store.distrust(1, "seen by verify".into());
    let answer = store.post(vec![report(Uuid::now_v7(), 1, "甲")]).await;
    assert!(matches!(answer, Err(Error::Broken { seq: 1, .. })));
    assert_eq!(store.read(|reader| reader.meta()).await.unwrap().entries, 1);
}
