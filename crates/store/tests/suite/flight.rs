//! What is decided before what it rests on is committed.

use crate::town::*;
use gewang_engine::OutcomeKind;
use gewang_store::{Home, Proof, verify};
use serde_json::json;
use uuid::Uuid;

#[track_caller]
fn verified(home: Home) -> u64 {
    match verify(home, &mut |_| {}).unwrap() {
        Proof::Verified { entries, .. } => entries,
        broken => panic!("{broken:?}"),
    }
}

#[tokio::test]
async fn the_same_command_twice_in_flight_counts_once() {
    let (dir, store) = fresh();
    for _ in 0..20 {
        let created = report(Uuid::now_v7(), 1, "路灯不亮");
        let mut foreign = created.clone();
        foreign.command.record = Uuid::now_v7();
        let head = store.head();
        let (first, again, other) = tokio::join!(
            store.post(vec![created.clone()]),
            store.post(vec![created]),
            store.post(vec![foreign]),
        );
        let (first, mut again) = (first.unwrap().remove(0), again.unwrap().remove(0));
        assert_eq!(first.outcome, OutcomeKind::Done);
        assert_eq!(again.outcome, OutcomeKind::Repeated);
        again.outcome = OutcomeKind::Done;
        assert_eq!(again, first);
        let other = other.unwrap().remove(0);
        assert_eq!(other.problem.unwrap().code, "command_reused");
        assert_eq!(store.head(), head + 1);
    }
    drop(store);
    assert_eq!(verified(dir.home()), 21);
}

#[tokio::test]
async fn a_key_made_in_flight_seals_what_follows() {
    let (dir, store) = fresh();
    for _ in 0..20 {
        let id = Uuid::now_v7();
        let (first, second) = tokio::join!(
            store.post(vec![report(id, 1, "井盖缺失")]),
            store.post(vec![command(
                id,
                "call",
                2,
                json!({ "phone": "13900005678" })
            )]),
        );
        done(&first.unwrap());
        done(&second.unwrap());
        let opened = store
            .read_now(|reader| {
                let record = reader.record(id)?.unwrap();
                assert_eq!(record.personal["contact"].len(), 2);
                reader.open_personal(&record, "contact")
            })
            .unwrap();
        assert_eq!(opened.get("phone"), Some(&json!("13900005678")));
    }
    drop(store);
    verified(dir.home());
}
