use super::*;
use crate::{Proof, abandon, move_town, verify};

fn moved(from: &Home, to: &Home) -> super::super::Carried {
    move_town(from, to, false, &mut quiet()).unwrap()
}

fn proved(home: &Home) -> u64 {
    match verify(home.clone(), &mut |_| {}).unwrap() {
        Proof::Verified { entries, .. } => entries,
        broken => panic!("{broken:?}"),
    }
}

#[test]
fn there_and_back_everything_is_the_same() {
    let dirs = tempfile::tempdir().unwrap();
    let here = Home::from(&dirs.path().join("here"));
    let there = on_server(&dirs.path().join("there"));
    let back = Home::from(&dirs.path().join("back"));
    let store = Store::create(here.clone(), founding(TOWN)).unwrap();
    let ids = fill(&store, 30);
    // Who serves it keeps it.
    assert!(matches!(
        move_town(&here, &there, false, &mut quiet()),
        Err(Error::InUse { .. })
    ));
    let head = store.head();
    drop(store);
    let carried = moved(&here, &there);
    assert_eq!((carried.entries, carried.fresh), (head, head));
    assert_eq!((carried.records, carried.files), (31, 6));
    assert_eq!((carried.accounts, carried.drafts, carried.lost), (3, 1, 0));
    same(&here, &there);
    assert_eq!(proved(&there), head);
    // It is there now, and nowhere else.
    let Err(Error::Moved { to }) = Store::open(here.clone()) else {
        panic!("two of them are served");
    };
    assert_eq!(to, there.shown());
    assert!(matches!(
        move_town(&here, &back, false, &mut quiet()),
        Err(Error::Moved { .. })
    ));
    assert!(matches!(
        move_town(&here, &there, false, &mut quiet()),
        Err(Error::Carry(_))
    ));
    moved(&there, &back);
    same(&there, &back);
    let store = Store::open(back.clone()).unwrap();
    let phone = store.read_now(|reader| {
        let record = reader.record(ids[1])?.unwrap();
        reader.open_personal(&record, "contact")
    });
    assert_eq!(phone.unwrap()["phone"], "13800001234");
    let id = Uuid::now_v7();
    done(&[post_one(&store, report(id, 900, "新家的第一件"))]);
    drop(store);
    assert_eq!(proved(&back), head + 1);
    // Where it came from it may come back to: only what is new is carried.
    let carried = moved(&back, &here);
    assert_eq!((carried.entries, carried.fresh), (head + 1, 1));
    same(&back, &here);
    let store = Store::open(here.clone()).unwrap();
    assert!(
        store
            .read_now(|reader| reader.record(id))
            .unwrap()
            .is_some()
    );
}

#[test]
fn stopped_anywhere_it_goes_on() {
    let dirs = tempfile::tempdir().unwrap();
    let here = Home::from(&dirs.path().join("here"));
    let store = Store::create(here.clone(), founding(TOWN)).unwrap();
    fill(&store, 40);
    drop(store);
    for there in [
        on_server(&dirs.path().join("server")),
        Home::from(&dirs.path().join("file")),
    ] {
        let mut died = 0;
        let carried = loop {
            let ended = dying(1, |told| move_town(&here, &there, true, told));
            if let Some(carried) = ended {
                break carried;
            }
            died += 1;
            assert!(matches!(
                Store::open(there.clone()),
                Err(Error::Unfinished { .. })
            ));
        };
        assert!(died > 8, "{died}");
        assert_eq!(carried.records, 41);
        same(&here, &there);
        proved(&there);
    }
}

#[test]
fn a_copy_that_goes_on_later_takes_what_was_erased_meanwhile() {
    let dirs = tempfile::tempdir().unwrap();
    let here = Home::from(&dirs.path().join("here"));
    let there = on_server(&dirs.path().join("there"));
    let store = Store::create(here.clone(), founding(TOWN)).unwrap();
    let ids = fill(&store, 40);
    // While it is served: the first pieces are there, then it dies.
    assert!(dying(8, |told| move_town(&here, &there, true, told)).is_none());
    let keys = |home: &Home| {
        let all = &rows(home)["sealed_key"];
        let texts = all
            .iter()
            .map(|line| merge::text(&line[0]).unwrap().to_owned());
        texts.collect::<Vec<_>>()
    };
    let gone = ids[6].to_string();
    assert!(keys(&there).contains(&gone));
    erase(&store, ids[6]);
    token(&store, 2);
    let carried = move_town(&here, &there, true, &mut quiet()).unwrap();
    assert!(!keys(&there).contains(&gone));
    assert!(carried.fresh < carried.entries);
    same(&here, &there);
    // The source was left as it is, and both may be opened.
    done(&[post_one(&store, report(Uuid::now_v7(), 1, "还在"))]);
    drop(Store::open(there.clone()).unwrap());
}

#[test]
fn what_was_begun_can_be_abandoned_and_nothing_else() {
    let dirs = tempfile::tempdir().unwrap();
    let here = Home::from(&dirs.path().join("here"));
    let there = on_server(&dirs.path().join("there"));
    let other = Home::from(&dirs.path().join("other"));
    let store = Store::create(here.clone(), founding(TOWN)).unwrap();
    fill(&store, 5);
    drop(Store::create(other.clone(), founding(TOWN)).unwrap());
    assert!(dying(3, |told| move_town(&here, &there, true, told)).is_none());
    // Another town of that name, founded apart, is another town.
    assert!(matches!(
        move_town(&other, &there, true, &mut quiet()),
        Err(Error::Carry(_))
    ));
    assert_eq!(abandon(&there).unwrap(), "square");
    assert!(matches!(abandon(&there), Err(Error::Empty)));
    assert!(rows(&there).values().all(Vec::is_empty));
    assert!(matches!(Store::open(there.clone()), Err(Error::Empty)));
    drop(store);
    assert!(matches!(abandon(&here), Err(Error::Carry(_))));
    moved(&here, &there);
    assert!(matches!(abandon(&there), Err(Error::Carry(_))));
    assert!(matches!(
        move_town(&other, &there, true, &mut quiet()),
        Err(Error::Carry(_))
    ));
    same(&here, &there);
}

#[test]
fn lost_files_are_told_and_stop_nothing() {
    let dirs = tempfile::tempdir().unwrap();
    let here = Home::from(&dirs.path().join("here"));
    let there = Home::from(&dirs.path().join("there"));
    let store = Store::create(here.clone(), founding(TOWN)).unwrap();
    fill(&store, 3);
    drop(store);
    let hash = blake3::hash(b"a picture").to_hex().to_string();
    std::fs::remove_file(here.dir.join("files").join(&hash[..2]).join(&hash[2..])).unwrap();
    let carried = moved(&here, &there);
    assert_eq!((carried.lost, carried.first_lost), (1, vec![hash]));
    assert_eq!(carried.files, 6);
}

#[test]
fn a_changed_entry_is_not_carried() {
    let dirs = tempfile::tempdir().unwrap();
    let here = Home::from(&dirs.path().join("here"));
    let there = Home::from(&dirs.path().join("there"));
    let store = Store::create(here.clone(), founding(TOWN)).unwrap();
    fill(&store, 3);
    drop(store);
    let link = here.writer().unwrap();
    link.batch("UPDATE journal SET entry = replace(entry, '第1件', '第9件')")
        .unwrap();
    drop(link);
    assert!(matches!(
        move_town(&here, &there, true, &mut quiet()),
        Err(Error::Broken { .. })
    ));
    assert!(matches!(
        Store::open(there.clone()),
        Err(Error::Unfinished { .. })
    ));
}
