//! Personal data, files, accounts; a full disk; new rules.

use crate::town::*;
use gewang_engine::{Actor, OutcomeKind, Sealed};
use gewang_store::{Account, Error, Look, Proof, Session, Store, Thumbnail, Token, verify};
use serde_json::json;
use uuid::Uuid;

#[test]
fn personal_data_are_sealed_and_erased() {
    let (dir, store) = fresh();
    let id = Uuid::now_v7();
    done(&[post_one(&store, report(id, 1, "井盖缺失"))]);
    let opened = || {
        store
            .read_now(|reader| {
                let record = reader.record(id)?.unwrap();
                reader.open_personal(&record, "contact")
            })
            .unwrap()
    };
    assert_eq!(opened().get("phone"), Some(&json!("13800001234")));
    let record = store.read_now(|reader| reader.record(id)).unwrap().unwrap();
    assert!(matches!(
        record.personal["contact"][..],
        [Sealed::Cipher(_)]
    ));
    done(&[post_one(&store, command(id, "close", 5, json!({})))]);

    // A backup of the database holds the ciphertext, and after the erasure nothing that opens it.
    let wake = store
        .read_now(|reader| reader.record(id))
        .unwrap()
        .unwrap()
        .timing
        .wake
        .expect("it is kept 30 days");
    let record = store
        .read_now(|reader| reader.due_before(wake, 10))
        .unwrap()
        .remove(0);
    let commands = store.engine().wake(&record, wake);
    let erase = commands
        .into_iter()
        .find(|command| command.action == "erase")
        .expect("its time has come");
    let submission = gewang_engine::Submission {
        command: erase,
        actor: Actor::System,
        received: wake,
    };
    done(&[post_one(&store, submission)]);
    assert!(opened().is_empty());
    assert!(
        store
            .read_now(|reader| reader.open_personal(&record, "contact"))
            .unwrap()
            .is_empty()
    );
    let first = store
        .read_now(|reader| reader.journal(id, 0, 1))
        .unwrap()
        .remove(0);
    assert!(
        matches!(first.change.personal["contact"], Sealed::Cipher(_)),
        "the journal keeps the ciphertext"
    );
    drop(store);
    assert!(matches!(
        verify(dir.home(), &mut |_| {}).unwrap(),
        Proof::Verified { records: 2, .. }
    ));
    for file in std::fs::read_dir(dir.path())
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file())
    {
        let bytes = std::fs::read(&file).unwrap();
        assert!(
            !bytes.windows(11).any(|window| window == b"13800001234"),
            "{}",
            file.display()
        );
    }
}

#[test]
fn sealed_data_open_under_their_own_key_alone() {
    let (dir, store) = fresh();
    let id = Uuid::now_v7();
    done(&[post_one(&store, report(id, 1, "井盖缺失"))]);
    let secret = store.secret("follow");
    drop(store);
    let store = Store::open(dir.home()).unwrap();
    assert_eq!(store.secret("follow"), secret);
    assert_ne!(store.secret("other"), secret);
    drop(store);
    std::fs::write(dir.path().join("master.key"), [7; 32]).unwrap();
    // The head is sealed under the same key: a foreign one is noticed at once.
    assert!(matches!(Store::open(dir.home()), Err(Error::Broken { .. })));
}

#[cfg(unix)]
#[test]
fn the_master_key_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, _store) = fresh();
    let mode = std::fs::metadata(dir.path().join("master.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn files_are_kept_by_their_hash() {
    let (dir, store) = fresh();
    let small = Thumbnail {
        media: "image/jpeg".into(),
        bytes: b"small".to_vec(),
    };
    let file = store
        .put_file(
            "image/jpeg",
            b"large".to_vec(),
            Some(small),
            Some("li".into()),
            at(0),
        )
        .await
        .unwrap();
    assert_eq!(file.hash, blake3::hash(b"large").to_hex().to_string());
    let again = store
        .put_file("image/jpeg", b"large".to_vec(), None, None, at(1))
        .await
        .unwrap();
    assert_eq!(again.hash, file.hash);
    let id = Uuid::now_v7();
    let mut submission = report(id, 1, "有照片");
    submission.command.files = vec![file.hash.clone()];
    done(&store.post(vec![submission]).await.unwrap());
    let (hash, dir) = (file.hash.clone(), dir.path().to_owned());
    store
        .read(move |reader| {
            let known = reader.stored_file(&hash)?.unwrap();
            assert_eq!((known.bytes, known.owner.as_deref()), (5, Some("li")));
            let thumbnail = known.thumbnail.unwrap();
            assert_eq!(reader.file_bytes(&thumbnail)?.unwrap(), b"small");
            assert_eq!(reader.records_with_file(&hash)?, [id]);
            assert_eq!(reader.records_with_file(&thumbnail)?, [id]);
            assert!(reader.file_bytes("../../etc/passwd")?.is_none());
            assert!(reader.file_bytes(&"0".repeat(64))?.is_none());
            std::fs::write(
                dir.join("files").join(&hash[..2]).join(&hash[2..]),
                "larger",
            )
            .unwrap();
            assert!(matches!(reader.file_bytes(&hash), Err(Error::BadFile(_))));
            Ok(())
        })
        .await
        .unwrap();
    // The same bytes again mend it.
    store
        .put_file("image/jpeg", b"large".to_vec(), None, None, at(2))
        .await
        .unwrap();
    let hash = file.hash;
    assert_eq!(
        store
            .read(move |reader| reader.file_bytes(&hash))
            .await
            .unwrap()
            .unwrap(),
        b"large"
    );
}

#[tokio::test]
async fn accounts_sessions_tokens_and_looks() {
    let (_dir, store) = fresh();
    let person = Uuid::now_v7();
    let account = Account {
        name: "li".into(),
        phc: "$argon2id$1".into(),
        person,
        disabled: false,
        created: at(0),
    };
    store.add_account(account.clone()).await.unwrap();
    assert!(matches!(
        store.add_account(account.clone()).await,
        Err(Error::NameTaken)
    ));
    let session = Session {
        hash: [1; 32],
        account: "li".into(),
        csrf: "c".into(),
        created: at(0),
        expires: at(60),
    };
    store.add_session(session.clone()).await.unwrap();
    let token = Token {
        hash: [2; 32],
        account: "li".into(),
        name: "pump".into(),
        created: at(0),
        expires: None,
    };
    store.add_token(token.clone()).await.unwrap();
    let kept = store
        .read(|reader| {
            Ok((
                reader.account("li")?,
                reader.session(&[1; 32])?,
                reader.token(&[2; 32])?,
                reader.tokens("li")?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(
        kept,
        (
            Some(account),
            Some(session),
            Some(token.clone()),
            vec![token]
        )
    );
    assert!(
        store
            .set_password("li", "$argon2id$2".into())
            .await
            .unwrap()
    );
    assert!(!store.set_password("nobody", String::new()).await.unwrap());
    assert!(
        store
            .read(|reader| reader.session(&[1; 32]))
            .await
            .unwrap()
            .is_none(),
        "a new password ends sessions"
    );
    assert!(store.disable_account("li", true).await.unwrap());
    assert!(
        store
            .read(|reader| reader.account("li"))
            .await
            .unwrap()
            .unwrap()
            .disabled
    );
    assert!(store.end_token("li", "pump").await.unwrap());
    store
        .add_session(Session {
            hash: [3; 32],
            account: "li".into(),
            csrf: "c".into(),
            created: at(0),
            expires: at(1),
        })
        .await
        .unwrap();
    store.forget_expired(at(2)).await.unwrap();
    assert!(
        store
            .read(|reader| reader.session(&[3; 32]))
            .await
            .unwrap()
            .is_none()
    );
    let look = Look {
        person,
        record: Uuid::now_v7(),
        purpose: "contact".into(),
        at: at(3),
    };
    store.look(look.clone()).await.unwrap();
    let record = look.record;
    assert_eq!(
        store
            .read(move |reader| reader.looks(record, 10))
            .await
            .unwrap(),
        [look]
    );
}

#[test]
fn deadlines_follow_a_new_calendar() {
    let (dir, store) = fresh();
    let id = Uuid::now_v7();
    done(&[post_one(&store, report(id, 1, "路面塌陷"))]);
    let due = |store: &Store| {
        store
            .read_now(|reader| reader.record(id))
            .unwrap()
            .unwrap()
            .timing
            .due()
            .unwrap()
    };
    let before = due(&store);
    let holidays = "  holidays: [{ from: 2026-03-03, to: 2026-03-05, title: { zh: 镇庆, en: Fair } }]\n  known_until";
    let settings = TOWN.replace("  known_until", holidays);
    let file = store
        .put_file_now("application/yaml", settings.as_bytes(), None, None, at(2))
        .unwrap();
    let domain = store
        .read_now(|reader| {
            let first = reader.lines(0, 1)?.remove(0);
            Ok(serde_json::from_str::<gewang_engine::Entry>(&first.entry)?.record)
        })
        .unwrap();
    let mut adopt = command(
        domain,
        "adopt",
        3,
        json!({ "settings": file.hash, "reason": "镇庆放假" }),
    );
    adopt.command.kind = "town.domain".into();
    let outcome = post_one(&store, adopt);
    assert_eq!(outcome.outcome, OutcomeKind::Done, "{outcome:?}");
    until(|| due(&store) != before);
    assert_eq!(
        due(&store).as_second() - before.as_second(),
        3 * 86_400,
        "three days off are three days more"
    );
    let after = due(&store);
    drop(store);
    let store = Store::open(dir.home()).unwrap();
    assert_eq!(due(&store), after);
    assert_eq!(store.engine().setup().town().calendar.holidays.len(), 1);
    drop(store);
    assert!(matches!(
        verify(dir.home(), &mut |_| {}).unwrap(),
        Proof::Verified { .. }
    ));
}

#[test]
fn sm3_chains_a_journal_too() {
    let dir = Ground::new();
    let town = TOWN.replace("calendar:", "hash: sm3\ncalendar:");
    let store = Store::create(dir.home(), founding(&town)).unwrap();
    done(&[post_one(&store, report(Uuid::now_v7(), 1, "甲"))]);
    drop(store);
    drop(Store::open(dir.home()).unwrap());
    assert!(matches!(
        verify(dir.home(), &mut |_| {}).unwrap(),
        Proof::Verified { entries: 2, .. }
    ));
}
