use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::{Restored, backup, restore};

fn homes(dirs: &Path) -> [Home; 2] {
    [
        Home::from(&dirs.join("file")),
        on_server(&dirs.join("server")),
    ]
}

fn kept(home: &Home, file: &Path) -> super::super::Carried {
    backup(home, file, false, &mut quiet()).unwrap()
}

fn made(
    file: &Path,
    to: &Home,
    key: Option<&Path>,
    until: Option<Timestamp>,
) -> Result<Restored, Error> {
    restore(file, to, key, until, &mut quiet())
}

fn refused(result: Result<Restored, Error>) -> String {
    result.expect_err("it is refused").to_string()
}

#[test]
fn what_is_restored_is_the_same() {
    let dirs = tempfile::tempdir().unwrap();
    let file = dirs.path().join("town.gwb");
    for (n, home) in homes(dirs.path()).iter().enumerate() {
        let file = file.with_extension(n.to_string());
        let store = Store::create(home.clone(), founding(TOWN)).unwrap();
        fill(&store, 30);
        let first = kept(home, &file);
        assert_eq!((first.entries, first.fresh), (store.head(), store.head()));
        // Again: what is new, and what is gone is gone there too.
        let id = Uuid::now_v7();
        done(&[post_one(&store, report(id, 40, "后来的"))]);
        token(&store, 2);
        super::file(&store, b"another", None, None);
        assert!(store.end_draft_now(Uuid::from_u128(8)).unwrap());
        store
            .add_draft_now(
                Draft {
                    id: Uuid::from_u128(9),
                    title: "另一稿".into(),
                    author: Uuid::from_u128(5),
                    based_on: "1".into(),
                    created: at(2),
                    changed: at(3),
                    version: 1,
                    applied: 0,
                    facts: "{}".into(),
                    scheduled: Some(at(9)),
                },
                vec![1; 10],
            )
            .unwrap();
        let second = kept(home, &file);
        assert_eq!((second.fresh, second.files), (1, first.files + 1));
        assert_eq!(kept(home, &file).fresh, 0);
        let key = home.dir.join("master.key");
        for other in homes(&dirs.path().join(format!("restored{n}"))) {
            let restored = made(&file, &other, Some(&key), None).unwrap();
            assert_eq!(restored.left_out, 0);
            assert_eq!(restored.carried.records, 32);
            let (mut was, mut is) = (rows(home), rows(&other));
            for rows in [&mut was, &mut is] {
                assert!(rows.remove("draft_edit").unwrap().is_empty());
            }
            assert!(was == is);
            // It is used from then on.
            let again = Store::open(other.clone()).unwrap();
            done(&[post_one(&again, command(id, "handle", 50, json!({})))]);
        }
    }
}

#[test]
fn any_moment_comes_back() {
    let dirs = tempfile::tempdir().unwrap();
    for (n, home) in homes(dirs.path()).iter().enumerate() {
        let file = dirs.path().join(format!("{n}.gwb"));
        let store = Store::create(home.clone(), founding(TOWN)).unwrap();
        let ids: Vec<Uuid> = (0..12).map(|_| Uuid::now_v7()).collect();
        for (minute, id) in (1..).zip(&ids) {
            done(&[
                post_one(&store, report(*id, minute, &format!("第{minute}件"))),
                post_one(
                    &store,
                    command(ids[0], "call", minute, json!({ "phone": "13900001234" })),
                ),
            ]);
        }
        done(&[post_one(&store, command(ids[3], "close", 20, json!({})))]);
        erase(&store, ids[3]);
        backup(home, &file, true, &mut quiet()).unwrap();
        for (round, minutes) in [0, 1, 5, 12, 15, 20, 499].into_iter().enumerate() {
            let dir = dirs.path().join(format!("{n}-{round}"));
            let other = homes(&dir)[round % 2].clone();
            let restored = made(&file, &other, None, Some(at(minutes))).unwrap();
            assert!(restored.received <= at(minutes));
            let seq = restored.carried.entries;
            assert_eq!(seq + restored.left_out, store.head());
            let then = Store::open(other.clone()).unwrap();
            assert_eq!(then.head(), seq);
            for id in &ids {
                let was = store.read_now(|reader| reader.as_of(*id, seq)).unwrap();
                let is = then.read_now(|reader| reader.record(*id)).unwrap();
                assert_eq!(is.as_deref(), was.as_ref());
            }
            // What was erased later stays erased.
            if let Some(record) = then.read_now(|reader| reader.record(ids[3])).unwrap() {
                assert!(record.personal.contains_key("contact"));
                let open = then.read_now(|reader| reader.open_personal(&record, "contact"));
                assert!(open.unwrap().is_empty());
            }
            // It goes on from there, personal data included.
            done(&[post_one(
                &then,
                report(Uuid::now_v7(), minutes + 1, "另一条路"),
            )]);
            if let Some(record) = then.read_now(|reader| reader.record(ids[0])).unwrap() {
                let call = command(
                    ids[0],
                    "call",
                    minutes + 1,
                    json!({ "phone": "13700001234" }),
                );
                done(&[post_one(&then, call)]);
                let record = then
                    .read_now(|reader| reader.record(record.id))
                    .unwrap()
                    .unwrap();
                let open = then.read_now(|reader| reader.open_personal(&record, "contact"));
                assert_eq!(open.unwrap()["phone"], "13700001234");
            }
        }
        let early = made(
            &file,
            &Home::from(&dirs.path().join("early")),
            None,
            Some(at(-1)),
        );
        assert!(refused(early).contains("was founded later"));
    }
}

#[test]
fn beside_a_server_nothing_answered_before_is_missing() {
    let dirs = tempfile::tempdir().unwrap();
    for (n, home) in homes(dirs.path()).iter().enumerate() {
        let file = dirs.path().join(format!("{n}.gwb"));
        let store = Store::create(home.clone(), founding(TOWN)).unwrap();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let lanes = (0..3).map(|_| {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let posts = (0..3).map(|n| report(Uuid::now_v7(), n, "忙"));
                        done(&store.post_now(posts.collect()).unwrap());
                    }
                })
            });
            let lanes: Vec<_> = lanes.collect();
            for round in 0..3 {
                until(|| store.head() > 200 * (round + 1));
                let answered = store.head();
                let carried = kept(home, &file);
                assert!(carried.entries >= answered);
            }
            stop.store(true, Ordering::Relaxed);
            for lane in lanes {
                lane.join().unwrap();
            }
        });
        let end = kept(home, &file);
        assert_eq!(end.entries, store.head());
        drop(store);
        let other = Home::from(&dirs.path().join(format!("other{n}")));
        made(&file, &other, Some(&home.dir.join("master.key")), None).unwrap();
        let (was, is) = (rows(home), rows(&other));
        assert!(was["journal"] == is["journal"]);
        assert!(was["record"] == is["record"]);
    }
}

#[test]
fn killed_at_any_step_a_backup_is_brought_up_to_date_by_the_next() {
    let dirs = tempfile::tempdir().unwrap();
    let home = Home::from(&dirs.path().join("town"));
    let store = Store::create(home.clone(), founding(TOWN)).unwrap();
    let ids = fill(&store, 40);
    let file = dirs.path().join("town.gwb");
    let key = home.dir.join("master.key");
    for died in [0, 1, 2] {
        assert!(dying(died, |told| backup(&home, &file, false, told)).is_none());
        let other = Home::from(&dirs.path().join(format!("{died}")));
        assert!(refused(made(&file, &other, Some(&key), None)).contains("was never finished"));
    }
    kept(&home, &file);
    for n in 0..30 {
        done(&[post_one(&store, report(Uuid::now_v7(), n, "更多"))]);
    }
    assert!(dying(3, |told| backup(&home, &file, false, told)).is_none());
    // What is there so far can be had, and says what it is.
    let other = Home::from(&dirs.path().join("cut"));
    let restored = made(&file, &other, Some(&key), None).unwrap();
    assert!(restored.cut_off);
    let entries = restored.carried.entries;
    assert!(entries < store.head() && entries > store.head() - 30);
    erase(&store, ids[9]);
    kept(&home, &file);
    let other = Home::from(&dirs.path().join("whole"));
    assert!(!made(&file, &other, Some(&key), None).unwrap().cut_off);
    same(&home, &other);
    // The destroyed key is nowhere in the file.
    let link = super::super::file::read(&file).unwrap();
    let gone = link.sum(
        "SELECT count(*) FROM sealed_key WHERE domain = 'square' AND record = $1",
        &crate::link::given![ids[9]],
        |row| row.get::<i64>(0),
    );
    assert_eq!(gone.unwrap(), 0);
}

#[test]
fn a_restore_that_died_goes_on() {
    let dirs = tempfile::tempdir().unwrap();
    let home = Home::from(&dirs.path().join("town"));
    let store = Store::create(home.clone(), founding(TOWN)).unwrap();
    fill(&store, 40);
    let file = dirs.path().join("town.gwb");
    backup(&home, &file, true, &mut quiet()).unwrap();
    for other in homes(&dirs.path().join("restored")) {
        let mut died = 0;
        while dying(1, |told| restore(&file, &other, None, None, told)).is_none() {
            assert!(matches!(
                Store::open(other.clone()),
                Err(Error::Unfinished { .. })
            ));
            // Nothing else is made of it meanwhile.
            assert!(refused(made(&file, &other, None, Some(at(3)))).contains("is being carried"));
            died += 1;
        }
        assert!(died > 8, "{died}");
        same(&home, &other);
    }
}

#[test]
fn what_can_not_be_restored_says_why() {
    let dirs = tempfile::tempdir().unwrap();
    let path = |name: &str| dirs.path().join(name);
    let home = Home::from(&path("town"));
    let store = Store::create(home.clone(), founding(TOWN)).unwrap();
    fill(&store, 5);
    let (file, key) = (path("town.gwb"), home.dir.join("master.key"));
    kept(&home, &file);
    let to = || Home::from(&path("restored"));
    let other = Home::from(&path("other"));
    drop(Store::create(other.clone(), founding(TOWN)).unwrap());

    std::fs::write(
        path("text"),
        "that is no backup, by far; and longer than a header of a file",
    )
    .unwrap();
    for foreign in [
        path("text"),
        home.dir.join("gewang.sqlite"),
        path("nothing"),
    ] {
        let why = refused(made(&foreign, &to(), Some(&key), None));
        assert!(
            why.contains("is no backup") || why.contains("there is no file"),
            "{why}"
        );
    }
    assert!(refused(made(&file, &to(), None, None)).contains("holds no master.key"));
    let why = refused(made(
        &file,
        &to(),
        Some(&other.dir.join("master.key")),
        None,
    ));
    assert!(why.contains("not the one of the backup"), "{why}");
    assert!(refused(made(&file, &home, Some(&key), None)).contains("is in use"));
    assert!(refused(made(&file, &other, Some(&key), None)).contains("another master.key"));
    std::fs::create_dir(path("full")).unwrap();
    std::fs::write(path("full").join("x"), "").unwrap();
    let why = refused(made(&file, &Home::from(&path("full")), Some(&key), None));
    assert!(why.contains("is not empty: x lies there"), "{why}");
    let why = backup(&other, &file, false, &mut quiet())
        .unwrap_err()
        .to_string();
    assert!(why.contains("a backup of another town"), "{why}");
    let why = backup(&other, &path("text"), false, &mut quiet())
        .unwrap_err()
        .to_string();
    assert!(why.contains("is no backup"), "{why}");

    let later = rusqlite::Connection::open(&file).unwrap();
    later.pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(
        made(&file, &to(), Some(&key), None),
        Err(Error::Later { found: 99, .. })
    ));
}

/// One byte after the other, all over the file: it is noticed, or what comes of it is the same.
#[test]
fn a_changed_byte_is_noticed_or_harmless() {
    let dirs = tempfile::tempdir().unwrap();
    let home = Home::from(&dirs.path().join("town"));
    let store = Store::create(home.clone(), founding(TOWN)).unwrap();
    fill(&store, 4);
    let file = dirs.path().join("town.gwb");
    backup(&home, &file, true, &mut quiet()).unwrap();
    drop(store);
    let sound = std::fs::read(&file).unwrap();
    let was = rows(&home);
    let (mut noticed, mut rounds) = (0, 0);
    // Where something stands.
    let places: Vec<usize> = (0..sound.len())
        .filter(|place| sound[*place] != 0)
        .collect();
    for place in places.iter().copied().step_by(places.len() / 40) {
        rounds += 1;
        let mut changed = sound.clone();
        changed[place] ^= 0x04;
        let damaged = dirs.path().join("damaged.gwb");
        std::fs::write(&damaged, changed).unwrap();
        let other = Home::from(&dirs.path().join(format!("{place}")));
        match made(&damaged, &other, None, None) {
            Ok(restored) if restored.carried.lost > 0 => noticed += 1,
            Ok(_) => assert!(was == rows(&other), "byte {place} went through"),
            Err(_) => noticed += 1,
        }
        let _ = std::fs::remove_dir_all(&other.dir);
    }
    assert!(rounds > 30 && noticed > rounds / 3, "{noticed} of {rounds}");
}
