//! Lists, pages and words.

use std::collections::BTreeSet;

use crate::town::*;
use gewang_engine::Actor;
use gewang_store::{Bounds, Filter, Nearby, Order, Party, Scope, Store};
use serde_json::json;
use uuid::Uuid;

fn reports() -> Filter {
    Filter {
        kinds: vec!["reports.report".into()],
        ..Filter::default()
    }
}

fn ids(store: &Store, filter: &Filter, order: Order, size: usize) -> Vec<Uuid> {
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = store
            .read_now(|reader| reader.records(filter, order, cursor.as_deref(), size, &|_| true))
            .unwrap();
        found.extend(page.records.iter().map(|record| record.id));
        cursor = page.next;
        if cursor.is_none() {
            return found;
        }
    }
}

fn many(store: &Store, count: i64) -> Vec<Uuid> {
    let all: Vec<Uuid> = (0..count).map(|_| Uuid::now_v7()).collect();
    let posts = all.iter().zip(0..).map(|(id, n)| {
        let mut submission = report(*id, n / 3, &format!("第{n}件"));
        // One in each cell in turn.
        submission.command.place = Some([
            120.004 + (n % 2) as f64 * 0.01,
            31.006 + (n / 2 % 2) as f64 * 0.01,
        ]);
        submission
    });
    done(&store.post_now(posts.collect()).unwrap());
    all
}

#[test]
fn pages_tile_the_list_in_every_order() {
    let (_dir, store) = fresh();
    let all = many(&store, 57);
    for id in &all[..20] {
        done(&[post_one(&store, command(*id, "close", 100, json!({})))]);
    }
    let everything: BTreeSet<Uuid> = all.iter().copied().collect();
    for order in [Order::Due, Order::Newest, Order::Changed] {
        let whole = ids(&store, &reports(), order, 500);
        assert_eq!(whole.len(), 57);
        assert_eq!(whole.iter().copied().collect::<BTreeSet<_>>(), everything);
        for size in [1, 7, 57] {
            assert_eq!(
                ids(&store, &reports(), order, size),
                whole,
                "{order:?} by {size}"
            );
        }
    }
    let due = ids(&store, &reports(), Order::Due, 10);
    let closed: BTreeSet<Uuid> = all[..20].iter().copied().collect();
    assert!(
        due[37..].iter().all(|id| closed.contains(id)),
        "what has no deadline stands last"
    );
}

#[test]
fn a_page_goes_on_while_others_report() {
    let (_dir, store) = fresh();
    let all = many(&store, 30);
    let first = store
        .read_now(|reader| reader.records(&reports(), Order::Newest, None, 10, &|_| true))
        .unwrap();
    many(&store, 5);
    let second = store
        .read_now(|reader| {
            reader.records(
                &reports(),
                Order::Newest,
                first.next.as_deref(),
                500,
                &|_| true,
            )
        })
        .unwrap();
    let both: Vec<Uuid> = first
        .records
        .iter()
        .chain(&second.records)
        .map(|record| record.id)
        .collect();
    let distinct: BTreeSet<Uuid> = both.iter().copied().collect();
    assert_eq!(both.len(), distinct.len());
    // Whatever was there at the beginning and is older than the first page comes exactly once.
    let missed = all.iter().filter(|id| !distinct.contains(id)).count();
    assert_eq!(missed, 0);
}

#[test]
fn foreign_cursors_are_refused() {
    let (_dir, store) = fresh();
    many(&store, 5);
    let page = store
        .read_now(|reader| reader.records(&reports(), Order::Newest, None, 2, &|_| true))
        .unwrap();
    for (order, cursor) in [
        (Order::Due, page.next.as_deref().unwrap()),
        (Order::Newest, "x"),
        (Order::Newest, "n.1.' OR 1=1"),
    ] {
        let answer =
            store.read_now(|reader| reader.records(&reports(), order, Some(cursor), 2, &|_| true));
        assert!(
            matches!(answer, Err(gewang_store::Error::BadCursor)),
            "{cursor}"
        );
    }
}

#[test]
fn each_condition_narrows() {
    let (_dir, store) = fresh();
    let all = many(&store, 24);
    let head = store.head();
    done(&[post_one(&store, command(all[0], "handle", 50, json!({})))]);
    done(&[post_one(&store, command(all[1], "close", 51, json!({})))]);
    let count = |filter: Filter| ids(&store, &filter, Order::Newest, 500).len();
    assert_eq!(count(reports()), 24);
    assert_eq!(
        count(Filter {
            kinds: vec!["reports.other".into()],
            ..Filter::default()
        }),
        0
    );
    assert_eq!(
        count(Filter {
            cells: Some(vec!["cell-00".into()]),
            ..reports()
        }),
        6
    );
    assert_eq!(
        count(Filter {
            cells: Some(vec![]),
            ..reports()
        }),
        0
    );
    assert_eq!(
        count(Filter {
            states: vec!["waiting".into()],
            ..reports()
        }),
        22
    );
    assert_eq!(
        count(Filter {
            stages: vec!["handle".into(), "close".into()],
            ..reports()
        }),
        2
    );
    assert_eq!(
        count(Filter {
            open: Some(true),
            ..reports()
        }),
        23
    );
    assert_eq!(
        count(Filter {
            open: Some(false),
            ..reports()
        }),
        1
    );
    assert_eq!(
        count(Filter {
            late: Some(true),
            ..reports()
        }),
        0
    );
    assert_eq!(
        count(Filter {
            changed_since: Some(head),
            ..reports()
        }),
        2
    );
    let west = Bounds {
        west: 120.0,
        south: 31.0,
        east: 120.01,
        north: 31.02,
    };
    assert_eq!(
        count(Filter {
            bounds: Some(west),
            ..reports()
        }),
        12
    );
    let scope = Scope {
        cells: vec!["cell-11".into()],
        ..Scope::default()
    };
    assert_eq!(
        count(Filter {
            scope: Some(scope),
            ..reports()
        }),
        6
    );
    assert_eq!(
        count(Filter {
            scope: Some(Scope::default()),
            ..reports()
        }),
        0
    );
    let nearby = Nearby {
        kind: "reports.report".into(),
        bounds: west,
        since: at(4),
    };
    let found = store
        .read_now(|reader| reader.nearby(&nearby, 100))
        .unwrap();
    assert!(
        !found.is_empty()
            && found
                .iter()
                .all(|record| record.opened >= at(4) && record.closed.is_none())
    );
    let unseen = store
        .read_now(|reader| reader.records(&reports(), Order::Newest, None, 500, &|_| false))
        .unwrap();
    assert!(unseen.records.is_empty() && unseen.next.is_none());
}

#[test]
fn parties_are_found_now_and_before() {
    let (_dir, store) = fresh();
    let person = Uuid::now_v7();
    let town = |record: Uuid, kind: &str, action: &str, data| {
        let mut submission = command(record, action, 0, data);
        submission.command.kind = kind.into();
        submission
    };
    done(&store
        .post_now(vec![
            town(person, "town.person", "add", json!({ "name": "李桥" })),
            town(Uuid::now_v7(), "town.post", "appoint", json!({ "person": person, "post": "worker", "cell": "cell-00", "from": "2026-01-01" })),
            town(Uuid::now_v7(), "town.post", "appoint", json!({ "person": person, "post": "leader", "cell": "square", "from": "2026-01-01" })),
        ])
        .unwrap());
    assert!(store.engine().roster().person(person).is_some());
    let mut submission = report(Uuid::now_v7(), 2, "护栏缺失");
    submission.actor = Actor::Person(person);
    let outcome = post_one(&store, submission);
    done(std::slice::from_ref(&outcome));
    let record = store
        .read_now(|reader| reader.record(outcome.record))
        .unwrap()
        .unwrap();
    let holder = record.assigned.first().unwrap();
    let post = Party::Post {
        cell: holder.cell.clone().unwrap(),
        post: holder.post.clone(),
    };
    for party in [post.clone(), Party::Reporter(person)] {
        let filter = Filter {
            assignee: vec![party.clone()],
            ..reports()
        };
        assert_eq!(
            ids(&store, &filter, Order::Due, 10),
            [outcome.record],
            "{party:?}"
        );
        let scope = Scope {
            parties: vec![party],
            ..Scope::default()
        };
        assert_eq!(
            ids(
                &store,
                &Filter {
                    scope: Some(scope),
                    ..reports()
                },
                Order::Due,
                10
            ),
            [outcome.record]
        );
    }
    let nobody = Filter {
        assignee: vec![Party::Unit(Uuid::now_v7())],
        ..reports()
    };
    assert!(ids(&store, &nobody, Order::Due, 10).is_empty());
}

#[test]
fn words_are_found_in_both_languages() {
    let (_dir, store) = fresh();
    let (lamp, road) = (Uuid::now_v7(), Uuid::now_v7());
    let mut second = report(road, 2, "Deep pothole near the school bridge");
    second.command.data.insert("area".into(), "litter".into());
    done(
        &store
            .post_now(vec![report(lamp, 1, "横塘河边路灯不亮已经三天"), second])
            .unwrap(),
    );
    until(|| store.searched() == store.head());
    let found = |text: &str| {
        ids(
            &store,
            &Filter {
                text: Some(text.into()),
                ..reports()
            },
            Order::Newest,
            10,
        )
    };
    for text in [
        "路灯",
        "塘河",
        "不亮",
        "灯",
        "横塘河边路灯不亮已经三天",
        "路灯 三天",
        "R20260302-0001",
        "r20260302-0001",
        "道路破损",
        "broken",
    ] {
        assert_eq!(found(text), [lamp], "{text}");
    }
    for text in [
        "pothole",
        "POTH",
        "school bridge",
        "bridge deep",
        "垃圾",
        "0002",
    ] {
        assert_eq!(found(text), [road], "{text}");
    }
    for text in [
        "灯路",
        "塘边",
        "亮三天",
        "不存在",
        "13800001234",
        "138",
        "pothole 路灯",
        "\"",
        "*",
        "NOT",
    ] {
        assert!(found(text).is_empty(), "{text}");
    }
    // What changes is found by its new words, and by its old ones no more.
    done(&[post_one(
        &store,
        command(
            lamp,
            "close",
            9,
            json!({ "details": "已更换灯泡", "note": "谢谢反映" }),
        ),
    )]);
    until(|| store.searched() == store.head());
    assert_eq!(found("灯泡"), [lamp]);
    assert_eq!(found("谢谢"), [lamp]);
    assert_eq!(found("路灯"), [lamp]);
}

#[test]
fn what_is_due_is_found() {
    let (_dir, store) = fresh();
    let all = many(&store, 3);
    let soon = store
        .read_now(|reader| reader.due_before(at(1), 10))
        .unwrap();
    assert!(soon.is_empty());
    let later = store
        .read_now(|reader| reader.due_before(at(60 * 24 * 30), 10))
        .unwrap();
    assert_eq!(
        later
            .iter()
            .map(|record| record.id)
            .collect::<BTreeSet<_>>(),
        all.iter().copied().collect()
    );
    let commands = store.engine().wake(&later[0], at(60 * 24 * 30));
    assert!(!commands.is_empty());
    let posts = commands
        .into_iter()
        .map(|command| gewang_engine::Submission {
            command,
            actor: Actor::System,
            received: at(60 * 24 * 30),
        });
    done(&store.post_now(posts.collect()).unwrap());
    let late = ids(
        &store,
        &Filter {
            late: Some(true),
            ..reports()
        },
        Order::Due,
        10,
    );
    assert_eq!(late, [later[0].id]);
}

/// Words that very many records have are not fetched and sorted, but looked for along the list; it comes to the same.
#[test]
fn words_that_most_have_are_found_page_by_page() {
    let (_dir, store) = fresh();
    // They come in another order than they were seen, over a day and a night, several at the same time.
    let mut all: Vec<(i64, Uuid)> = (0..1300).map(|n| (n * 37 % 1300, Uuid::now_v7())).collect();
    for part in all.chunks(260) {
        let reports = part.iter().enumerate().map(|(n, (minute, id))| {
            let rare = if n == 7 { "，有异味" } else { "" };
            report(*id, minute / 3 * 3, &format!("路灯不亮{rare}"))
        });
        done(&store.post_now(reports.collect()).unwrap());
    }
    all.sort_by_key(|(minute, id)| (minute / 3, *id));
    let all: Vec<Uuid> = all.into_iter().map(|(_, id)| id).collect();
    done(&[post_one(&store, command(all[3], "close", 2000, json!({})))]);
    until(|| store.searched() == store.head());
    let pages = |text: &str, open, order, size| {
        let filter = Filter {
            text: Some(text.into()),
            open,
            ..reports()
        };
        ids(&store, &filter, order, size)
    };
    let newest: Vec<Uuid> = all.iter().rev().copied().collect();
    for text in ["路灯", "灯", "路灯不亮"] {
        assert_eq!(pages(text, None, Order::Oldest, 7), all, "{text}");
        assert_eq!(pages(text, None, Order::Newest, 500), newest, "{text}");
    }
    for order in [Order::Due, Order::Changed] {
        let found: BTreeSet<Uuid> = pages("路灯", None, order, 500).into_iter().collect();
        assert_eq!(found, all.iter().copied().collect(), "{order:?}");
    }
    assert_eq!(pages("路灯", Some(false), Order::Newest, 500), [all[3]]);
    assert_eq!(
        pages("路灯", Some(true), Order::Oldest, 500).len(),
        all.len() - 1
    );
    assert_eq!(pages("路灯 异味", None, Order::Oldest, 500).len(), 5);
    let counted = |text: &str| {
        let filter = Filter {
            text: Some(text.into()),
            ..reports()
        };
        store
            .read_now(|reader| reader.count(&filter, 1200))
            .unwrap()
    };
    assert_eq!([counted("路灯"), counted("异味")], [1200, 5]);
    assert!(pages("路灯 井盖", None, Order::Oldest, 500).is_empty());
}
