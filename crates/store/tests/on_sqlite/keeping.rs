//! Personal data, files, accounts; a full disk; new rules.

use crate::town::*;
use gewang_store::{Error, Proof, Store, verify};
use rusqlite::Connection;
use serde_json::json;
use uuid::Uuid;

#[test]
fn the_index_of_words_is_tidied() {
    let (dir, store) = fresh();
    for n in 0..20 {
        done(&[post_one(&store, report(Uuid::now_v7(), n, "路灯不亮"))]);
        until(|| store.searched() == store.head());
    }
    let index = Connection::open(dir.path().join("search.db")).unwrap();
    let pieces = || -> u32 {
        let count = "SELECT count(DISTINCT segid) FROM word_idx";
        index.query_row(count, [], |row| row.get(0)).unwrap()
    };
    until(|| pieces() <= 3);
}

#[test]
fn a_full_disk_refuses_and_recovers() {
    let (dir, store) = fresh();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let id = Uuid::now_v7();
    done(&[post_one(&store, report(id, 1, "先有一件"))]);
    until(|| store.searched() == store.head());
    runtime.block_on(store.set_allowance(4096)).unwrap();
    let person = Uuid::now_v7();
    let long = "水".repeat(3000);
    let batch = |first: Uuid| {
        let mut posts = Vec::new();
        let mut person = command(first, "add", 2, json!({ "name": "王河" }));
        person.command.kind = "town.person".into();
        posts.push(person);
        for _ in 0..40 {
            posts.push(command(
                Uuid::now_v7(),
                "report",
                2,
                json!({ "area": "road", "summary": "大", "details": long }),
            ));
        }
        posts
    };
    let refused = batch(person);
    let head = store.head();
    assert!(matches!(store.post_now(refused.clone()), Err(Error::Full)));
    assert_eq!(store.head(), head);
    assert!(
        store.engine().roster().person(person).is_none(),
        "memory follows the disk"
    );
    assert_eq!(
        store
            .read_now(|reader| reader.record(id))
            .unwrap()
            .unwrap()
            .version,
        1
    );
    // Again, to see that the failure left nothing behind; then there is room.
    assert!(matches!(store.post_now(refused.clone()), Err(Error::Full)));
    runtime.block_on(store.set_allowance(0)).unwrap();
    let outcomes = store.post_now(refused).unwrap();
    done(&outcomes);
    assert_eq!(outcomes[0].seq, Some(head + 1));
    assert_eq!(outcomes[1].number.as_deref(), Some("R20260302-0002"));
    assert!(store.engine().roster().person(person).is_some());
    drop(store);
    assert!(matches!(
        verify(dir.path(), &mut |_| {}).unwrap(),
        Proof::Verified { .. }
    ));
    Store::open(dir.path()).unwrap();
}
