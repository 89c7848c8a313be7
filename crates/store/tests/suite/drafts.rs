//! Drafts of the grid beside the journal, and how far records have followed an edition.

use crate::town::*;
use gewang_store::{Draft, DraftStep, Proof, Store, Swept, verify};
use serde_json::json;
use uuid::Uuid;

fn draft(version: u64, applied: u64) -> Draft {
    Draft {
        id: Uuid::from_u128(7),
        title: "冬季调整".into(),
        author: Uuid::from_u128(1),
        based_on: "0123456789abcdef".into(),
        created: at(1),
        changed: at(version as i64),
        version,
        applied,
        facts: json!({ "leaves": 4 }).to_string(),
        scheduled: None,
    }
}

fn adds(after: u64, edit: &str, body: Option<&[u8]>) -> DraftStep {
    DraftStep::Adds {
        after,
        edit: edit.into(),
        body: body.map(<[u8]>::to_vec),
    }
}

#[test]
fn a_draft_is_kept_with_its_edits_and_undone_ones_go() {
    let (dir, store) = fresh();
    let id = draft(1, 0).id;
    store.add_draft_now(draft(1, 0), b"began".to_vec()).unwrap();
    for (version, edit) in [(2, "a"), (3, "b"), (4, "c")] {
        let step = adds(version - 2, edit, None);
        assert!(
            store
                .change_draft_now(draft(version, version - 1), step)
                .unwrap()
        );
    }
    // Two are taken back, and another is made: what was undone is gone.
    assert!(
        store
            .change_draft_now(draft(5, 1), DraftStep::Stays(1))
            .unwrap()
    );
    let edits = |store: &Store| {
        store
            .read_now(|reader| reader.draft_edits_between(id, 1, 9))
            .unwrap()
    };
    assert_eq!(edits(&store), ["a", "b", "c"]);
    let step = adds(1, "repair", Some(b"repaired"));
    assert!(store.change_draft_now(draft(6, 2), step).unwrap());
    assert_eq!(edits(&store), ["a", "repair"]);
    // Whoever saw an older version writes nothing.
    assert!(
        !store
            .change_draft_now(draft(6, 3), adds(2, "late", None))
            .unwrap()
    );
    assert_eq!(edits(&store), ["a", "repair"]);
    assert!(
        store
            .set_draft_points_now(draft(7, 2), Some(b"points".to_vec()))
            .unwrap()
    );
    drop(store);

    let store = Store::open(dir.home()).unwrap();
    store
        .read_now(|reader| {
            assert_eq!(reader.draft(id)?, Some(draft(7, 2)));
            assert_eq!(reader.drafts()?, [draft(7, 2)]);
            assert_eq!(reader.draft_edits(id)?, 2);
            // The last drawing that was kept whole, as of so many edits.
            assert_eq!(
                reader.draft_drawing(id, 2)?,
                Some((2, b"repaired".to_vec()))
            );
            assert_eq!(reader.draft_drawing(id, 1)?, Some((0, b"began".to_vec())));
            assert_eq!(reader.draft_points(id)?, Some(b"points".to_vec()));
            Ok(())
        })
        .unwrap();
    assert!(store.set_draft_points_now(draft(8, 2), None).unwrap());
    assert_eq!(
        store.read_now(|reader| reader.draft_points(id)).unwrap(),
        None
    );
    // The journal knows nothing of it.
    assert!(matches!(
        verify(dir.home(), &mut |_| {}).unwrap(),
        Proof::Verified { entries: 1, .. }
    ));
    assert!(store.end_draft_now(id).unwrap());
    assert!(!store.end_draft_now(id).unwrap());
    store
        .read_now(|reader| {
            assert_eq!(reader.draft(id)?, None);
            assert_eq!(reader.draft_edits(id)?, 0);
            assert_eq!(reader.draft_drawing(id, 9)?, None);
            Ok(())
        })
        .unwrap();
}

#[test]
fn records_are_looked_at_once_and_from_where_it_was() {
    let (dir, store) = fresh();
    let ids: Vec<Uuid> = (0..5).map(|_| Uuid::now_v7()).collect();
    for (n, id) in ids.iter().enumerate() {
        done(&[post_one(&store, report(*id, n as i64 + 1, "井盖缺失"))]);
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert_eq!(store.read_now(|reader| reader.swept()).unwrap(), None);
    let mut swept = Swept::begin(1);
    let mut seen = Vec::new();
    loop {
        let page = store.read_now(|reader| reader.located(&swept, 2)).unwrap();
        seen.extend(
            page.iter()
                .filter(|one| one.place.is_some())
                .map(|one| one.id),
        );
        swept = swept.past(&page);
        runtime.block_on(store.set_swept(&swept)).unwrap();
        if swept.done {
            break;
        }
        // After a crash it goes on from here.
        let kept = store.read_now(|reader| reader.swept()).unwrap();
        assert_eq!(kept.as_ref(), Some(&swept));
    }
    assert_eq!(seen, ids);
    assert_eq!(store.read_now(|reader| reader.rehomed(1)).unwrap(), None);
    runtime.block_on(store.end_sweep(1, 3)).unwrap();
    drop(store);
    let store = Store::open(dir.home()).unwrap();
    let (kept, moved) = store
        .read_now(|reader| Ok((reader.swept()?, reader.rehomed(1)?)))
        .unwrap();
    assert!(kept.is_some_and(|kept| kept.done && kept.edition == 1));
    assert_eq!(moved, Some(3));
    let reports = store
        .read_now(|reader| reader.entries_of("report", 1))
        .unwrap();
    assert_eq!(reports, 5);
    assert_eq!(
        store
            .read_now(|reader| reader.entries_of("rehome", 0))
            .unwrap(),
        0
    );
}
