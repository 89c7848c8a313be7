//! A town carried there and back again, stopped anywhere, backed up and restored: on both engines.

mod backups;
mod moves;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use gewang_engine::{Actor, Submission};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{
    Progress,
    merge::{self, Line},
    tables::{DERIVED, JOURNAL, KEYS, MERGED, Table},
};
use crate::{
    Account, Database, Draft, DraftStep, Error, Home, Look, Session, Store, Thumbnail, Token,
    server::Server, town::*,
};

/// A home of its own for a town, as the towns of tests want one.
pub(crate) fn home(dir: &Path) -> Home {
    dir.into()
}

/// A home on a server, its directory within one.
fn on_server(dir: &Path) -> Home {
    Home {
        database: Database::Postgres(Server::shared().database()),
        ..Home::from(dir)
    }
}

fn quiet() -> impl FnMut(Progress) {
    |_| {}
}

/// Some reports in every state, with everything that a town has beside them; the last has lost its personal data.
fn fill(store: &Store, reports: i64) -> Vec<Uuid> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let ids: Vec<Uuid> = (0..reports).map(|_| Uuid::now_v7()).collect();
    let posts: Vec<Submission> = (0..)
        .zip(&ids)
        .flat_map(|(n, id)| {
            let mut posts = vec![report(*id, n, &format!("第{n}件"))];
            if n % 2 == 0 {
                posts.push(command(*id, "handle", n + 1, json!({})));
            }
            if n % 3 == 0 {
                posts.push(command(*id, "close", n + 2, json!({ "details": "好了" })));
            }
            posts
        })
        .collect();
    for some in posts.chunks(400) {
        done(&store.post_now(some.to_vec()).unwrap());
    }
    if let Some(first) = ids.first() {
        erase(store, *first);
    }
    let account = |name: &str| Account {
        name: name.into(),
        phc: "$argon2id$".into(),
        person: Uuid::from_u128(5),
        disabled: name == "b",
        created: at(7),
    };
    for name in ["王", "a", "b"] {
        runtime.block_on(store.add_account(account(name))).unwrap();
    }
    let session = Session {
        hash: [3; 32],
        account: "a".into(),
        csrf: "c".into(),
        created: at(1),
        expires: at(9),
    };
    runtime.block_on(store.add_session(session)).unwrap();
    token(store, 1);
    let look = Look {
        person: Uuid::from_u128(1),
        record: ids.first().copied().unwrap_or_default(),
        purpose: "contact".into(),
        at: at(3),
    };
    runtime.block_on(store.look(look)).unwrap();
    let small = Thumbnail {
        media: "image/webp".into(),
        bytes: b"small".to_vec(),
    };
    let owner = Some("a".to_owned());
    file(store, b"a picture", Some(small), owner);
    let draft = Draft {
        id: Uuid::from_u128(8),
        title: "新网格".into(),
        author: Uuid::from_u128(5),
        based_on: "1".into(),
        created: at(2),
        changed: at(3),
        version: 1,
        applied: 0,
        facts: "{}".into(),
        scheduled: None,
    };
    store.add_draft_now(draft.clone(), vec![7; 5000]).unwrap();
    let step = DraftStep::Adds {
        after: 0,
        edit: "{\"cut\":1}".into(),
        body: Some(vec![9; 300]),
    };
    let draft = Draft {
        version: 2,
        applied: 1,
        ..draft
    };
    assert!(store.change_draft_now(draft, step).unwrap());
    ids
}

fn file(store: &Store, bytes: &[u8], small: Option<Thumbnail>, owner: Option<String>) {
    store
        .put_file_now("image/png", bytes, small.as_ref(), owner, at(4))
        .unwrap();
}

/// The same token by another hash.
fn token(store: &Store, hash: u8) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let token = Token {
        hash: [hash; 32],
        account: "a".into(),
        name: "t".into(),
        created: at(1),
        expires: None,
    };
    runtime.block_on(store.add_token(token)).unwrap();
}

/// Destroys the personal data of a closed report, as the clock does in time.
fn erase(store: &Store, id: Uuid) {
    let record = store.read_now(|reader| reader.record(id)).unwrap().unwrap();
    let wake = record.timing.wake.expect("they are kept 30 days");
    let due = store.engine().wake(&record, wake);
    let command = due.into_iter().find(|command| command.action == "erase");
    let submission = Submission {
        command: command.expect("its time has come"),
        actor: Actor::System,
        received: wake,
    };
    done(&[post_one(store, submission)]);
}

/// The columns of what is computed.
const COMPUTED: [&[&str]; 4] = [
    &[
        "id", "kind", "number", "state", "stage", "cell", "lon", "lat", "opened", "changed",
        "closed", "due", "wake", "late", "body", "waits",
    ],
    &["party", "record", "current"],
    &["kind", "day", "cell", "counts"],
    &["file", "record"],
];

/// Every row of a town, by table; counts that came to nothing are left out, as they leave no trace in a journal.
fn rows(home: &Home) -> BTreeMap<&'static str, Vec<Line>> {
    let link = home.reader().unwrap();
    let mut tables: BTreeMap<&'static str, Vec<Line>> = BTreeMap::new();
    let read = |name: &'static str, key: Vec<&'static str>, columns: &'static [&'static str]| {
        let order = key.join(", ");
        let sql = format!(
            "SELECT {} FROM {name} WHERE domain = 'square' ORDER BY {order}",
            columns.join(", ")
        );
        let lines: Vec<Line> = link
            .all(&sql, &[], |row| {
                (0..columns.len()).map(|place| row.get(place)).collect()
            })
            .unwrap();
        lines
    };
    for Table {
        name, key, columns, ..
    } in [JOURNAL, KEYS].into_iter().chain(MERGED)
    {
        tables.insert(name, read(name, key.to_vec(), columns));
    }
    for ((name, key), columns) in DERIVED.into_iter().zip(COMPUTED) {
        let mut lines = read(name, key.split(", ").collect(), columns);
        lines.retain(|line| name != "counted" || merge::text(&line[3]).unwrap() != "{}");
        tables.insert(name, lines);
    }
    tables
}

#[track_caller]
fn same(one: &Home, other: &Home) {
    let (one, other) = (rows(one), rows(other));
    for (table, lines) in &one {
        assert!(
            !lines.is_empty() || *table == "attachment",
            "{table} is empty"
        );
        assert!(lines == &other[table], "{table} differs");
    }
}

/// What goes on until it is told of its progress so many times, and dies then; `None` where it came to its end.
fn dying<T>(
    after: usize,
    act: impl FnOnce(&mut dyn FnMut(Progress)) -> Result<T, Error>,
) -> Option<T> {
    let mut told = 0;
    let ended = catch_unwind(AssertUnwindSafe(|| {
        act(&mut |_| {
            told += 1;
            assert!(told <= after, "it dies");
        })
    }));
    ended.ok().map(|result| result.unwrap())
}
