//! What the redo log keeps when the database did not follow.

use std::{fs, path::Path};

use crate::town::*;
use gewang_engine::{OutcomeKind, Submission};
use gewang_store::{Error, Proof, Store, verify};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

/// Posts one after the other, each in a piece of its own, in a town of which the database is as it was before the first:
/// the directory after a power cut.
fn cut_short(posts: &[Vec<Submission>]) -> TempDir {
    let (dir, store) = fresh();
    store.read_now(|_| Ok(())).unwrap();
    let left = tempfile::tempdir().unwrap();
    copy(dir.path(), left.path());
    for post in posts {
        done(&store.post_now(post.clone()).unwrap());
    }
    for name in ["redo.0", "redo.1"] {
        fs::copy(dir.path().join(name), left.path().join(name)).unwrap();
    }
    left
}

fn change(dir: &Path, mend: impl FnOnce(&mut Vec<u8>)) {
    let file = dir.join("redo.0");
    let mut bytes = fs::read(&file).unwrap();
    mend(&mut bytes);
    fs::write(file, bytes).unwrap();
}

fn three() -> Vec<Vec<Submission>> {
    (0..3)
        .map(|n| vec![report(Uuid::now_v7(), n, ["甲", "乙", "丙"][n as usize])])
        .collect()
}

/// Where the text of a report stands in the log.
fn place_of(bytes: &[u8], text: &str) -> usize {
    let wanted = text.as_bytes();
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
        .unwrap()
}

#[test]
fn what_was_answered_comes_back_though_the_database_never_heard_of_it() {
    let (id, person) = (Uuid::now_v7(), Uuid::now_v7());
    let mut hired = command(person, "add", 1, json!({ "name": "王河" }));
    hired.command.kind = "town.person".into();
    let posts = [
        vec![hired, report(id, 1, "井盖")],
        vec![
            command(id, "handle", 2, json!({})),
            report(Uuid::now_v7(), 2, "路灯"),
        ],
        vec![command(id, "call", 3, json!({ "phone": "13900005678" }))],
    ];
    let dir = cut_short(&posts);
    // Whoever proves the directory brings the database up to what was answered.
    match verify(dir.path(), &mut |_| {}).unwrap() {
        Proof::Verified {
            entries, records, ..
        } => assert_eq!((entries, records), (6, 4)),
        broken => panic!("{broken:?}"),
    }
    let dir = cut_short(&posts);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.head(), 6);
    assert!(store.engine().roster().person(person).is_some());
    let opened = store
        .read_now(|reader| {
            let record = reader.record(id)?.unwrap();
            assert_eq!(record.version, 3);
            reader.open_personal(&record, "contact")
        })
        .unwrap();
    assert_eq!(opened.get("phone"), Some(&json!("13900005678")));
    // The phone that heard nothing sends it again.
    let again = store.post_now(posts[1].clone()).unwrap();
    assert!(
        again
            .iter()
            .all(|outcome| outcome.outcome == OutcomeKind::Repeated)
    );
    let next = post_one(&store, report(Uuid::now_v7(), 4, "水管"));
    assert_eq!(next.number.as_deref(), Some("R20260302-0003"));
    assert_eq!(next.seq, Some(7));
}

#[test]
fn a_torn_last_piece_was_never_answered() {
    let dir = cut_short(&three());
    change(dir.path(), |bytes| {
        let place = place_of(bytes, "丙");
        bytes[place..place + 3].copy_from_slice("病".as_bytes());
    });
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.head(), 3);
    assert_eq!(
        post_one(&store, report(Uuid::now_v7(), 4, "丁")).seq,
        Some(4)
    );
}

#[test]
fn a_changed_piece_before_the_last_is_named() {
    let dir = cut_short(&three());
    change(dir.path(), |bytes| {
        let place = place_of(bytes, "乙");
        bytes[place..place + 3].copy_from_slice("已".as_bytes());
    });
    assert!(matches!(
        Store::open(dir.path()),
        Err(Error::Broken { seq: 3, .. })
    ));
    match verify(dir.path(), &mut |_| {}).unwrap() {
        Proof::Broken { seq, .. } => assert_eq!(seq, 3),
        proof => panic!("{proof:?}"),
    }
}

#[test]
fn what_an_earlier_life_left_in_the_log_stays_there() {
    let (dir, store) = fresh();
    for post in three() {
        done(&store.post_now(post).unwrap());
    }
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    done(&[post_one(&store, report(Uuid::now_v7(), 5, "丁"))]);
    let left = tempfile::tempdir().unwrap();
    copy(dir.path(), left.path());
    let log = fs::read(left.path().join("redo.0")).unwrap();
    assert!(place_of(&log, "丙") > 0, "it still stands there");
    let other = Store::open(left.path()).unwrap();
    assert_eq!(other.head(), 5);
}

#[test]
fn a_long_log_turns_and_nothing_is_lost() {
    let (dir, store) = fresh();
    let long = "水".repeat(3000);
    let mut head = store.head();
    for n in 0..9 {
        let post: Vec<Submission> = (0..500)
            .map(|_| {
                let details = json!({ "area": "road", "summary": "大", "details": long });
                command(Uuid::now_v7(), "report", n, details)
            })
            .collect();
        let outcomes = store.post_now(post).unwrap();
        done(&outcomes);
        head += 500;
    }
    let length = |name: &str| fs::metadata(dir.path().join(name)).unwrap().len();
    assert!(length("redo.0") >= 16 << 20 && length("redo.1") > 0);
    assert!(length("redo.0") + length("redo.1") < 60 << 20);
    let left = tempfile::tempdir().unwrap();
    copy(dir.path(), left.path());
    match verify(left.path(), &mut |_| {}).unwrap() {
        Proof::Verified { entries, .. } => assert_eq!(entries, head),
        broken => panic!("{broken:?}"),
    }
}

/// Lets no file grow beyond so many bytes, which is how a test makes room scarce.
fn limit_files(most: Option<u64>) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Fsize).maximum;
    let limit = Rlimit {
        current: most,
        maximum,
    };
    setrlimit(Resource::Fsize, limit).unwrap();
}

/// A town in which the second of three posts went past the log, as room was scarce, after a power cut which lost what the
/// database had not flushed.
fn scarce_for_a_while() -> TempDir {
    let (dir, store) = fresh();
    let [first, second, third] = <[_; 3]>::try_from(three()).unwrap();
    done(&store.post_now(first).unwrap());
    limit_files(Some(60 << 20));
    done(&store.post_now(second).unwrap());
    limit_files(None);
    let left = tempfile::tempdir().unwrap();
    copy(dir.path(), left.path());
    done(&store.post_now(third).unwrap());
    let log = fs::read(dir.path().join("redo.0")).unwrap();
    let text = "乙".as_bytes();
    assert!(!log.windows(text.len()).any(|window| window == text));
    fs::write(left.path().join("redo.0"), log).unwrap();
    left
}

#[test]
fn where_room_is_scarce_the_database_has_it_before_the_answer() {
    let dir = scarce_for_a_while();
    match verify(dir.path(), &mut |_| {}).unwrap() {
        Proof::Verified { entries, .. } => assert_eq!(entries, 4),
        broken => panic!("{broken:?}"),
    }
    let dir = scarce_for_a_while();
    change(dir.path(), |bytes| {
        let place = place_of(bytes, "丙");
        bytes[place..place + 3].copy_from_slice("病".as_bytes());
    });
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.head(), 3, "the torn third was never answered");
}
