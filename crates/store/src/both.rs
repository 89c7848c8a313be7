//! What the rooms ask, asked of both engines.

use std::cell::RefCell;

use gewang_engine::{Record, TallyKey};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::{
    Account, Error, Filter, Look, Order, Party, Session, StoredFile, Tally, TallyQuery, Token,
    accounts, filter, journal,
    link::{self, Link, given},
    records::{self, Involved},
    rules, schema, seal,
    server::Server,
    tallies::{self, Additions, Ledger},
};

pub(crate) fn sqlite() -> Link {
    Link::Sqlite(rusqlite::Connection::open_in_memory().unwrap())
}

pub(crate) fn connect(address: &str) -> Link {
    Link::Postgres(Box::new(link::Session::open(address).unwrap()))
}

/// Asks both, each with the tables of a town.
fn on_both(ask: impl Fn(&Link)) {
    let file = sqlite();
    file.batch(include_str!("../schema.sqlite.sql")).unwrap();
    ask(&file);
    let server = connect(&Server::shared().database());
    schema::migrate_postgres(&server).unwrap();
    ask(&server);
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Every statement of these sources, as it stands there, is one that both engines take.
#[test]
fn both_engines_take_every_statement() {
    let statements = rules::shared_statements();
    assert!(statements.len() > 60, "only {}", statements.len());
    on_both(|link| {
        for sql in &statements {
            let explained = format!("EXPLAIN {sql}");
            let numbers = sql.split('$').skip(1);
            let numbers = numbers.filter_map(|text| {
                let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
                digits.parse::<usize>().ok()
            });
            let given = vec![link::Given::Null; numbers.max().unwrap_or(0)];
            let taken = link.all(&explained, &given, |_| Ok(()));
            assert!(taken.is_ok_and(|plan| !plan.is_empty()), "{sql}");
        }
    });
}

#[test]
fn accounts_sessions_and_tokens() {
    on_both(|link| {
        let account = |name: &str| Account {
            name: name.into(),
            phc: "$argon2id$".into(),
            person: Uuid::from_u128(5),
            disabled: false,
            created: at(7),
        };
        accounts::add(link, "d", &account("b")).unwrap();
        accounts::add(link, "d", &account("张")).unwrap();
        accounts::add(link, "d", &account("B")).unwrap();
        assert!(matches!(
            accounts::add(link, "d", &account("b")),
            Err(Error::NameTaken)
        ));
        let names: Vec<String> = accounts::all(link, "d")
            .unwrap()
            .into_iter()
            .map(|account| account.name)
            .collect();
        assert_eq!(names, ["B", "b", "张"]);
        let session = Session {
            hash: [3; 32],
            account: "b".into(),
            csrf: "c".into(),
            created: at(1),
            expires: at(9),
        };
        accounts::add_session(link, "d", &session).unwrap();
        assert_eq!(
            accounts::session(link, "d", &[3; 32]).unwrap(),
            Some(session)
        );
        assert!(accounts::disable(link, "d", "b", true).unwrap());
        assert!(!accounts::disable(link, "d", "nobody", true).unwrap());
        assert_eq!(accounts::session(link, "d", &[3; 32]).unwrap(), None);
        let disabled = accounts::load(link, "d", "b").unwrap().unwrap();
        assert!(disabled.disabled && disabled.created == at(7));
        let token = |hash, expires: Option<i64>| Token {
            hash: [hash; 32],
            account: "b".into(),
            name: "t".into(),
            created: at(1),
            expires: expires.map(at),
        };
        accounts::add_token(link, "d", &token(1, Some(4))).unwrap();
        accounts::add_token(link, "d", &token(2, None)).unwrap();
        assert_eq!(accounts::tokens(link, "d", "b").unwrap(), [token(2, None)]);
        accounts::forget_expired(link, "d", at(100)).unwrap();
        assert_eq!(
            accounts::token(link, "d", &[2; 32]).unwrap(),
            Some(token(2, None))
        );
        let look = |second| Look {
            person: Uuid::from_u128(1),
            record: Uuid::from_u128(2),
            purpose: "call".into(),
            at: at(second),
        };
        for second in [5, 6, 6] {
            accounts::look(link, "d", &look(second)).unwrap();
        }
        assert_eq!(
            accounts::looks(link, "d", Uuid::from_u128(2), 10).unwrap(),
            [look(6), look(5)]
        );
    });
}

#[test]
fn files_facts_and_keys() {
    on_both(|link| {
        let file = |thumbnail: Option<&str>| StoredFile {
            hash: "ab".into(),
            media: "image/png".into(),
            bytes: 12,
            thumbnail: thumbnail.map(Into::into),
            thumbnail_of: None,
            owner: Some("b".into()),
        };
        file(Some("cd"))
            .insert(link, "d", Some("b"), at(1))
            .unwrap();
        file(None).insert(link, "d", None, at(2)).unwrap();
        assert_eq!(
            StoredFile::load(link, "d", "ab").unwrap(),
            Some(file(Some("cd")))
        );
        assert_eq!(schema::meta(link, "d", "x").unwrap(), None);
        schema::set_meta(link, "d", "x", "1").unwrap();
        schema::set_meta(link, "d", "x", "2").unwrap();
        assert_eq!(schema::meta(link, "d", "x").unwrap().as_deref(), Some("2"));
        assert_eq!(journal::head(link, "d").unwrap().seq, 0);
        assert_eq!(journal::last_command(link, "d").unwrap(), Uuid::nil());
        assert_eq!(records::last_id(link, "d").unwrap(), Uuid::nil());
        let key = seal::NewKey {
            record: Uuid::from_u128(9),
            purpose: "call".into(),
            wrapped: vec![1, 2, 3],
        };
        seal::keep_keys(link, "d", &[&key]).unwrap();
        assert!(seal::keep_keys(link, "d", &[&key]).is_err());
        let wrapped = || {
            let sql = "SELECT wrapped FROM sealed_key WHERE domain = $1";
            link.one(sql, &given!["d"], |row| row.get::<Vec<u8>>(0))
                .unwrap()
        };
        assert_eq!(wrapped(), Some(vec![1, 2, 3]));
        seal::erase(link, "d", key.record, &["call".into()]).unwrap();
        assert_eq!(wrapped(), None);
    });
}

#[test]
fn counts() {
    on_both(|link| {
        let mut ledger = Ledger::default();
        for times in [1, 2] {
            let mut additions = Additions::default();
            for (day, measure, n) in [(0, "open", 2), (0, "late", 1), (20_000, "opened", 3)] {
                let key = TallyKey {
                    kind: "a.b".into(),
                    cell: "x".into(),
                    day,
                    measure: measure.into(),
                };
                additions.add(key, n * times);
            }
            ledger.write(link, "d", &additions).unwrap();
            ledger.forget();
        }
        let found = |days, cells: Option<&[&str]>| -> Vec<(String, i64)> {
            let query = TallyQuery {
                days,
                cells: cells.map(|cells| cells.iter().map(|&cell| cell.into()).collect()),
                ..TallyQuery::default()
            };
            let found = tallies::read(link, "d", &query).unwrap();
            found
                .into_iter()
                .map(|Tally { measure, n, .. }| (measure, n))
                .collect()
        };
        let now = vec![("late".to_owned(), 3), ("open".to_owned(), 6)];
        assert_eq!(found(None, None), now);
        assert_eq!(found(None, Some(&["x", "y"])), now);
        assert_eq!(found(None, Some(&[])), []);
        assert_eq!(found(Some((1, 30_000)), None), [("opened".to_owned(), 9)]);
        let day = jiff::civil::date(2024, 10, 4);
        assert_eq!(tallies::opened(link, "d", "a.b", day).unwrap(), 9);
    });
}

/// Every question that a filter can put, words aside.
fn filters() -> Vec<Filter> {
    let all = Filter::default;
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    vec![
        all(),
        Filter {
            kinds: texts(&["a.b"]),
            ..all()
        },
        Filter {
            cells: Some(texts(&["x"])),
            open: Some(true),
            ..all()
        },
        Filter {
            cells: Some(vec![]),
            ..all()
        },
        Filter {
            cells: Some(texts(&["x", "y", "x"])),
            kinds: texts(&["a.c"]),
            ..all()
        },
        Filter {
            states: texts(&["new", "done", "none"]),
            ..all()
        },
        Filter {
            states: texts(&["new", "done"]),
            late: Some(true),
            ..all()
        },
        Filter {
            open: Some(false),
            waits: Some(false),
            ..all()
        },
        Filter {
            waits: Some(true),
            changed_since: Some(3),
            ..all()
        },
        Filter {
            assignee: vec![Party::Unit(Uuid::from_u128(1))],
            ..all()
        },
        Filter {
            due_from: Some(at(1)),
            due_to: Some(at(50)),
            ..all()
        },
        Filter {
            bounds: Some(crate::Bounds {
                west: 0.0,
                south: 0.0,
                east: 5e-6,
                north: 5e-6,
            }),
            ..all()
        },
        Filter {
            scope: Some(crate::Scope {
                cells: texts(&["y"]),
                parties: vec![Party::Person(Uuid::from_u128(2))],
                kinds: vec![],
            }),
            ..all()
        },
    ]
}

/// A record of no kind in particular, of which each part that lists ask for differs.
fn record(n: u128) -> Record {
    let closed = n.is_multiple_of(3);
    let due = n.is_multiple_of(2) && !closed;
    let mut record = json!({
        "id": Uuid::from_u128(1000 - n), "kind": (["a.b", "a.c"][(n % 2) as usize]), "pack": 1,
        "number": format!("N{n}"), "state": if closed { "done" } else { "new" }, "version": 1, "moved": 1, "seq": n + 1,
        "cell": (["x", "y"][(n / 10 % 2) as usize]), "fields": {}, "reporters": [{ "person": Uuid::from_u128(2 + n % 3) }],
        "acted": {}, "opened": at(100 + n as i64 / 3), "changed": at(200), "since": at(200),
        "place": [n as f64 * 1e-7, 1e-7], "assigned": [{ "unit": Uuid::from_u128(n % 4), "post": "p" }],
        "late_level": [n % 5 / 4, 0], "timing": {},
    });
    if closed {
        record["closed"] = json!(at(300 + n as i64));
    }
    if due {
        record["timing"] =
            json!({ "case": { "at": at(n as i64 % 7 * 10), "span": "5h" }, "wake": at(n as i64) });
    }
    serde_json::from_value(record).unwrap()
}

/// What the filters find on one engine, page by page, of what not everybody may see.
fn pages(link: &Link) -> Vec<(Vec<Uuid>, u64)> {
    let orders = [Order::Due, Order::Newest, Order::Changed, Order::Oldest];
    let mut found = Vec::new();
    for filter in filters() {
        for order in orders {
            let mut seen = Vec::new();
            let mut cursor = None;
            loop {
                let visible = |record: &Record| !record.seq.is_multiple_of(7);
                let page = filter::page(link, "d", &filter, order, cursor.as_deref(), 3, &visible)
                    .unwrap();
                seen.extend(page.records.iter().map(|record| record.id));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            let counted = filter::count(link, "d", &filter, 25).unwrap();
            found.push((seen, counted));
        }
    }
    found
}

#[test]
fn lists_are_the_same() {
    let answers = RefCell::new(Vec::new());
    on_both(|link| {
        let all: Vec<Record> = (0..60).map(record).collect();
        let bodies: Vec<Vec<u8>> = all
            .iter()
            .map(|record| serde_json::to_vec(record).unwrap())
            .collect();
        let rows = all.iter().zip(&bodies);
        let rows: Vec<(&Record, &[u8])> = rows.map(|(one, body)| (one, body.as_slice())).collect();
        records::insert(link, "d", &rows).unwrap();
        for fresh in [true, false] {
            let involved = all.iter().flat_map(|record| {
                let parties = records::parties(record).into_iter();
                parties.map(move |party| Involved {
                    party,
                    record: record.id,
                    current: fresh || record.seq % 2 == 0,
                    fresh,
                })
            });
            records::involve(link, "d", &involved.collect::<Vec<_>>()).unwrap();
        }
        // One of them changes, another is not there.
        let mut changed = all[5].clone();
        changed.seq = 61;
        let body = serde_json::to_vec(&changed).unwrap();
        records::update(link, "d", &changed, &body).unwrap();
        changed.id = Uuid::from_u128(5000);
        assert!(matches!(
            records::update(link, "d", &changed, &body),
            Err(Error::Inconsistent(_))
        ));
        let five = records::load(link, "d", all[5].id).unwrap().unwrap();
        assert_eq!(five.seq, 61);
        let number = records::numbered(link, "d", "N7").unwrap();
        assert_eq!(number.map(|record| record.id), Some(all[7].id));
        let due = records::due_before(link, "d", at(20), 100).unwrap();
        assert_eq!(due.len(), 7);
        assert_eq!(records::last_id(link, "d").unwrap(), all[0].id);
        answers.borrow_mut().push(pages(link));
    });
    let answers = answers.into_inner();
    assert_eq!(answers[0].len(), filters().len() * 4);
    assert!(answers[0].iter().filter(|(seen, _)| seen.len() > 5).count() > 20);
    for (n, (one, other)) in answers[0].iter().zip(&answers[1]).enumerate() {
        assert_eq!(one, other, "question {n}");
    }
}
