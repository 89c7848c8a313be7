//! The same questions to both engines.

use std::{ops::ControlFlow, panic::AssertUnwindSafe, thread};

use jiff::Timestamp;
use uuid::Uuid;

use super::{Link, Text, given};
use crate::{
    Error,
    both::{connect, sqlite},
    rows::Rows,
    server::Server,
};

/// Asks both, each with an empty table `note`.
fn on_both(ask: impl Fn(&Link)) {
    for link in [sqlite(), connect(&Server::shared().database())] {
        let bytes = if link.is_sqlite() { "blob" } else { "bytea" };
        link.batch(&format!(
            "CREATE TABLE note (domain text NOT NULL, id bigint NOT NULL, text text, body {bytes}, PRIMARY KEY (domain, id))"
        ))
        .unwrap();
        ask(&link);
    }
}

fn add(link: &Link, id: i64, text: Option<&str>) -> Result<usize, Error> {
    link.execute(
        "INSERT INTO note (domain, id, text) VALUES ($1, $2, $3)",
        &given!["d", id, text],
    )
}

fn ids(link: &Link) -> Vec<i64> {
    link.all("SELECT id FROM note ORDER BY id", &[], |row| row.get(0))
        .unwrap()
}

#[test]
fn what_is_put_in_comes_out() {
    on_both(|link| {
        let (id, at) = (Uuid::from_u128(77), Timestamp::UNIX_EPOCH);
        let (hash, nothing, empty) = ([7u8; 32], Vec::new(), Some(String::new()));
        let sql = "INSERT INTO note (domain, id, text, body) VALUES ($1, $2, $3, $4)";
        let rows = [
            given!["甲", i64::MIN, id, &hash],
            given!["甲", i64::MAX, Text("一\n'\"\\".as_bytes()), &nothing],
            given!["甲", at, None::<&str>, None::<&[u8]>],
            given!["甲", true, &empty, &b"\0\xff"[..]],
        ];
        for row in &rows {
            assert_eq!(link.execute(sql, row).unwrap(), 1);
        }
        let said = |at: i64| {
            let found = link.one(
                "SELECT domain, id, text, body FROM note WHERE domain = $1 AND id = $2",
                &given!["甲", at],
                |row| {
                    assert_eq!(row.text(0)?, "甲");
                    Ok((row.get(1)?, row.get(2)?, row.get(3)?))
                },
            );
            let found: Option<(i64, Option<String>, Option<Vec<u8>>)> = found.unwrap();
            let (found, text, body) = found.unwrap();
            assert_eq!(found, at);
            (text, body)
        };
        assert_eq!(said(i64::MIN), (Some(id.to_string()), Some(hash.into())));
        assert_eq!(said(i64::MAX), (Some("一\n'\"\\".into()), Some(Vec::new())));
        assert_eq!(said(0), (None, None));
        assert_eq!(said(1), (Some(String::new()), Some(vec![0, 255])));
        let kinds = link.one(
            "SELECT id, text, body FROM note WHERE id = $1",
            &given![i64::MIN],
            |row| {
                assert_eq!(row.get::<Uuid>(1)?, id);
                assert_eq!(row.get::<[u8; 32]>(2)?, hash);
                assert!(matches!(row.get::<i32>(0), Err(Error::Inconsistent(_))));
                assert!(matches!(row.get::<i64>(1), Err(Error::Inconsistent(_))));
                assert!(matches!(row.text(0), Err(Error::Inconsistent(_))));
                assert!(row.get::<i64>(9).is_err());
                Ok(())
            },
        );
        assert_eq!(kinds.unwrap(), Some(()));
        let instant = link.one("SELECT id FROM note WHERE text IS NULL", &[], |row| {
            Ok((
                row.get::<Timestamp>(0)?,
                row.get::<bool>(0)?,
                row.get::<u64>(0)?,
            ))
        });
        assert_eq!(instant.unwrap(), Some((at, false, 0)));
        let none = link.one("SELECT id FROM note WHERE id = 5", &[], |row| {
            row.get::<i64>(0)
        });
        assert_eq!(none.unwrap(), None);
    });
}

#[test]
fn a_walk_may_end_early_and_hold_others() {
    on_both(|link| {
        for id in 0..500 {
            add(link, id, Some("x")).unwrap();
        }
        let mut seen = Vec::new();
        let sql = "SELECT id FROM note WHERE domain = $1 ORDER BY id";
        link.each(sql, &given!["d"], |row| {
            let id: i64 = row.get(0)?;
            // The same link is asked, and asked for the same, while the rows come.
            let next = link.sum(
                "SELECT min(id) FROM note WHERE domain = $1 AND id > $2",
                &given!["d", id],
                |row| row.get::<Option<i64>>(0),
            )?;
            assert_eq!(next, Some(id + 1));
            let mut first = None;
            link.each_once(
                "SELECT id FROM note WHERE domain = $1 AND id >= $2 ORDER BY id",
                &given!["d", id],
                |row| {
                    first = Some(row.get::<i64>(0)?);
                    Ok(ControlFlow::Break(()))
                },
            )?;
            assert_eq!(first, Some(id));
            seen.push(id);
            Ok(match seen.len() {
                20 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            })
        })
        .unwrap();
        assert_eq!(seen, Vec::from_iter(0..20));
        let stopped = link.each(sql, &given!["d"], |_| Err(Error::Empty));
        assert!(matches!(stopped, Err(Error::Empty)));
        let panicked = std::panic::catch_unwind(AssertUnwindSafe(|| {
            link.each(sql, &given!["d"], |_| panic!("within a walk"))
        }));
        assert!(panicked.is_err());
        assert_eq!(ids(link).len(), 500);
    });
}

#[test]
fn a_transaction_lasts_or_leaves_nothing() {
    on_both(|link| {
        assert!(!link.is_in_transaction());
        link.begin().unwrap();
        assert!(link.is_in_transaction());
        add(link, 1, None).unwrap();
        link.rollback().unwrap();
        link.rollback().unwrap();
        assert!(!link.is_in_transaction());
        assert!(ids(link).is_empty());

        link.begin().unwrap();
        add(link, 1, None).unwrap();
        link.savepoint("work").unwrap();
        add(link, 2, None).unwrap();
        assert!(add(link, 2, None).is_err());
        link.rollback_to("work").unwrap();
        link.savepoint("work").unwrap();
        add(link, 3, None).unwrap();
        link.release("work").unwrap();
        link.commit().unwrap();
        assert!(!link.is_in_transaction());
        assert_eq!(ids(link), [1, 3]);

        // What began is one state, and nothing is written in it.
        let snapshot = link.snapshot().unwrap();
        assert_eq!(ids(&snapshot), [1, 3]);
        assert!(link.is_in_transaction());
        drop(snapshot);
        assert!(!link.is_in_transaction());
    });
}

#[test]
fn faults_are_told_apart_and_leave_the_link_whole() {
    on_both(|link| {
        add(link, 1, None).unwrap();
        assert!(matches!(
            add(link, 1, None),
            Err(Error::Sql(_) | Error::Postgres(_))
        ));
        assert!(link.execute("DELETE FROM nothing", &[]).is_err());
        let few = link.all("SELECT id FROM note WHERE id = $1", &[], |row| {
            row.get::<i64>(0)
        });
        assert!(few.is_err());
        let many = link.execute("DELETE FROM note WHERE id = $1", &given![7, 8]);
        assert!(many.is_err());
        assert_eq!(ids(link), [1]);
        let gone = link.execute("DELETE FROM note WHERE id >= $1", &given![0]);
        assert_eq!(gone.unwrap(), 1);
    });
}

#[test]
fn any_number_of_rows_is_written_at_once() {
    static FRESH: Rows<2> = Rows::fresh("INSERT INTO note (domain, id, text)");
    static MERGED: Rows<2> = Rows::merged(
        "INSERT INTO note (domain, id, text)",
        "ON CONFLICT (domain, id) DO UPDATE SET text = excluded.text",
    );
    on_both(|link| {
        for count in [0, 1, 7, 8, 9, 31, 32, 33, 100, 127, 128, 129, 300] {
            link.execute("DELETE FROM note WHERE domain = $1", &given!["d"])
                .unwrap();
            let rows: Vec<(i64, String)> = (0..count).map(|n| (n, format!("{n}"))).collect();
            FRESH
                .write(link, "d", &rows, |(id, text)| given![*id, text])
                .unwrap();
            let later: Vec<(i64, String)> = (count / 2..count + 3)
                .map(|n| (n, format!("later {n}")))
                .collect();
            MERGED
                .write(link, "d", &later, |(id, text)| given![*id, text])
                .unwrap();
            let found: Vec<(i64, String)> = link
                .all(
                    "SELECT id, text FROM note WHERE domain = $1 ORDER BY id",
                    &given!["d"],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .unwrap();
            let before = rows.into_iter().filter(|(id, _)| *id < count / 2);
            assert_eq!(found, Vec::from_iter(before.chain(later)));
        }
        // A row that is there fails all, and the transaction is taken back.
        link.begin().unwrap();
        let rows: Vec<i64> = (1000..1300).chain([1]).collect();
        let written = FRESH.write(link, "d", &rows, |id| given![*id, "again"]);
        assert!(written.and_then(|()| link.commit()).is_err());
        link.rollback().unwrap();
        assert_eq!(ids(link).len(), 303);
    });
}

#[test]
fn what_is_sent_is_heard_by_the_commit_at_the_latest() {
    on_both(|link| {
        let change = "UPDATE note SET text = $1 WHERE domain = $2 AND id = $3";
        add(link, 1, Some("a")).unwrap();
        link.begin().unwrap();
        link.send(change, &given!["b", "d", 1], Some(1)).unwrap();
        // A question hears what was sent before it.
        let text = || {
            let sql = "SELECT text FROM note WHERE id = 1";
            link.sum(sql, &[], |row| row.get::<String>(0)).unwrap()
        };
        assert_eq!(text(), "b");
        link.send(change, &given!["c", "d", 1], Some(1)).unwrap();
        link.commit().unwrap();
        assert_eq!(text(), "c");
        // Too few rows, and a fault: neither is committed, though nobody asked in between.
        let twice = "INSERT INTO note (domain, id) VALUES ($1, $2)";
        for (sql, given, rows) in [
            (change, &given!["x", "d", 7][..], Some(1)),
            (twice, &given!["d", 1], None),
        ] {
            link.begin().unwrap();
            link.send(change, &given!["lost", "d", 1], Some(1)).unwrap();
            let sent = link.send(sql, given, rows);
            assert!(sent.and_then(|()| link.commit()).is_err());
            link.rollback().unwrap();
            assert_eq!(text(), "c");
        }
        // Outside a transaction it is heard at once.
        assert!(link.send(change, &given!["x", "d", 7], Some(1)).is_err());
        link.send(change, &given!["d", "d", 1], None).unwrap();
        assert_eq!(text(), "d");
    });
}

#[test]
fn a_failed_transaction_of_postgresql_is_not_taken_for_committed() {
    let link = connect(&Server::shared().database());
    link.batch("CREATE TABLE note (domain text, id bigint PRIMARY KEY, text text)")
        .unwrap();
    link.begin().unwrap();
    add(&link, 1, None).unwrap();
    assert!(add(&link, 1, None).is_err());
    assert!(link.commit().is_err());
    link.rollback().unwrap();
    assert!(ids(&link).is_empty());
}

#[test]
fn a_lost_connection_asks_for_another_try_and_comes_back() {
    let address = Server::shared().database();
    let (link, other) = (connect(&address), connect(&address));
    link.batch("CREATE TABLE note (domain text, id bigint PRIMARY KEY, text text)")
        .unwrap();
    link.begin().unwrap();
    add(&link, 1, None).unwrap();
    let cut = || {
        other.all(
            "SELECT CAST(count(pg_terminate_backend(pid)) AS bigint) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
            &[],
            |row| row.get::<i64>(0),
        )
    };
    assert_eq!(cut().unwrap(), [1]);
    assert!(matches!(add(&link, 2, None), Err(Error::Again(_))));
    assert!(matches!(add(&link, 3, None), Err(Error::Again(_))));
    link.rollback().unwrap();
    assert!(ids(&link).is_empty());
    add(&link, 4, None).unwrap();
    assert_eq!(ids(&link), [4]);
}

#[test]
fn of_two_that_change_the_same_one_is_asked_to_try_again() {
    let address = Server::shared().database();
    let (one, other) = (connect(&address), connect(&address));
    one.batch("CREATE TABLE note (domain text, id bigint PRIMARY KEY, text text)")
        .unwrap();
    add(&one, 1, Some("a")).unwrap();
    add(&one, 2, Some("a")).unwrap();
    let change = "UPDATE note SET text = $1 WHERE id = $2";
    // Each holds what the other wants.
    one.begin().unwrap();
    other.begin().unwrap();
    one.execute(change, &given!["one", 1]).unwrap();
    other.execute(change, &given!["other", 2]).unwrap();
    let waiting = thread::spawn(move || {
        let changed = other.execute(change, &given!["other", 1]);
        (other, changed)
    });
    let changed = one.execute(change, &given!["one", 2]);
    let (other, other_changed) = {
        // The one that was refused lets go, so that the other gets on.
        if changed.is_err() {
            one.rollback().unwrap();
        }
        waiting.join().unwrap()
    };
    let faults = [changed.err(), other_changed.err()];
    let again = faults
        .iter()
        .filter(|fault| matches!(fault, Some(Error::Again(_))))
        .count();
    assert_eq!(again, 1, "{faults:?}");
    for link in [one, other] {
        link.rollback().unwrap();
    }
}

#[test]
fn a_change_of_the_tables_by_another_asks_for_another_try() {
    let address = Server::shared().database();
    let (link, other) = (connect(&address), connect(&address));
    link.batch("CREATE TABLE note (domain text, id bigint PRIMARY KEY, text text)")
        .unwrap();
    add(&link, 1, None).unwrap();
    assert_eq!(ids(&link), [1]);
    other
        .batch("ALTER TABLE note ALTER id TYPE integer")
        .unwrap();
    let read = |link: &Link| {
        link.all("SELECT id FROM note ORDER BY id", &[], |row| {
            row.get::<i64>(0)
        })
    };
    assert!(matches!(read(&link), Err(Error::Again(_))));
    assert_eq!(read(&link).unwrap(), [1]);
    // What the engine can't do at all stays a fault.
    let never = link.execute("UPDATE note SET id = id WHERE CURRENT OF nowhere", &[]);
    assert!(matches!(never, Err(Error::Postgres(_))));
}

#[test]
fn statements_stay_prepared_up_to_a_number() {
    let link = connect(&Server::shared().database());
    for n in 0..600 {
        let sql = format!("SELECT CAST({n} AS bigint)");
        let found = link.sum(&sql, &[], |row| row.get::<i64>(0));
        assert_eq!(found.unwrap(), n);
    }
    let kept = || {
        let sql = "SELECT count(*) FROM pg_prepared_statements";
        link.sum(sql, &[], |row| row.get::<u64>(0)).unwrap()
    };
    let now = kept();
    assert!((200..=257).contains(&now), "{now}");
}
