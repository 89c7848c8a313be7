//! Several nodes on one database: one journal, whoever writes it.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use gewang_engine::{OutcomeKind, Submission};
use gewang_store::{Error, Home, Proof, Store, verify};
use serde_json::json;
use uuid::Uuid;

use crate::{server::Server, town::*};

fn nodes(count: usize) -> (Ground, Vec<Store>) {
    let (ground, first) = fresh();
    let mut nodes = vec![first];
    while nodes.len() < count {
        nodes.push(Store::open(ground.home()).unwrap());
    }
    (ground, nodes)
}

fn entries(home: Home) -> u64 {
    match verify(home, &mut |_| {}).unwrap() {
        Proof::Verified { entries, .. } => entries,
        broken => panic!("{broken:?}"),
    }
}

#[test]
fn what_one_node_writes_the_others_see_and_go_on_from() {
    let (ground, nodes) = nodes(2);
    let (a, b) = (&nodes[0], &nodes[1]);
    let mut listener = b.subscribe();
    let id = Uuid::now_v7();
    let first = post_one(a, report(id, 1, "桥头路面坑洞"));
    assert_eq!((first.outcome, first.seq), (OutcomeKind::Done, Some(2)));
    until(|| b.head() == 2);
    let batch = listener.blocking_recv().unwrap();
    assert_eq!((batch.first_seq(), batch.last_seq()), (2, 2));
    assert_eq!(batch.entries[0].record.id, id);
    // In turn, so that each must have followed the other.
    let second = post_one(b, command(id, "handle", 5, json!({})));
    assert_eq!((second.outcome, second.seq), (OutcomeKind::Done, Some(3)));
    let third = post_one(a, command(id, "close", 9, json!({})));
    assert_eq!((third.outcome, third.seq), (OutcomeKind::Done, Some(4)));
    let late = post_one(b, command(id, "handle", 10, json!({})));
    assert_eq!(late.outcome, OutcomeKind::Refused, "{late:?}");
    let seen = b.read_now(|reader| reader.record(id)).unwrap().unwrap();
    assert_eq!(seen.state, "closed");
    assert_eq!(entries(ground.home()), 4);
}

#[test]
fn many_writers_on_many_nodes_make_one_journal() {
    let (ground, nodes) = nodes(3);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..6)
            .map(|writer| {
                let node = &nodes[writer % nodes.len()];
                scope.spawn(move || {
                    let post = |n| post_one(node, report(Uuid::now_v7(), n, "夜里停电"));
                    (0..25).map(post).collect::<Vec<_>>()
                })
            })
            .collect();
        writers
            .into_iter()
            .flat_map(|writer| writer.join().unwrap())
            .collect()
    });
    done(&outcomes);
    let seqs: BTreeSet<u64> = outcomes
        .iter()
        .map(|outcome| outcome.seq.unwrap())
        .collect();
    assert_eq!(seqs, (2..=151).collect());
    let numbers: BTreeSet<&str> = outcomes
        .iter()
        .map(|outcome| outcome.number.as_deref().unwrap())
        .collect();
    assert_eq!(numbers.len(), 150);
    assert_eq!(entries(ground.home()), 151);
    until(|| nodes.iter().all(|node| node.head() == 151));
}

#[test]
fn the_same_command_through_two_nodes_counts_once() {
    let (ground, nodes) = nodes(2);
    for n in 0..20 {
        let posted = report(Uuid::now_v7(), n, "路灯不亮");
        let outcomes: Vec<OutcomeKind> = std::thread::scope(|scope| {
            let posts: Vec<_> = nodes
                .iter()
                .map(|node| {
                    let command = posted.command.clone();
                    let (actor, received) = (posted.actor.clone(), posted.received);
                    scope.spawn(move || {
                        let submission = Submission {
                            command,
                            actor,
                            received,
                        };
                        post_one(node, submission).outcome
                    })
                })
                .collect();
            posts.into_iter().map(|post| post.join().unwrap()).collect()
        });
        let again = outcomes
            .iter()
            .filter(|&&kind| kind == OutcomeKind::Repeated);
        assert_eq!(again.count(), 1, "{outcomes:?}");
        assert!(outcomes.contains(&OutcomeKind::Done), "{outcomes:?}");
    }
    assert_eq!(entries(ground.home()), 21);
}

#[test]
fn every_node_knows_the_accounts_and_the_set_up() {
    let (_ground, nodes) = nodes(2);
    let (a, b) = (&nodes[0], &nodes[1]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let account = gewang_store::Account {
        name: "worker".into(),
        phc: "$argon2id$".into(),
        person: Uuid::now_v7(),
        disabled: false,
        created: at(0),
    };
    runtime.block_on(a.add_account(account)).unwrap();
    assert!(
        b.read_now(|reader| reader.account("worker"))
            .unwrap()
            .is_some()
    );
    // The settings change through one node; the other decides by them at once.
    let changed = TOWN.replace("zh: ", "zh: 新");
    assert_ne!(changed, TOWN);
    let file = a
        .put_file_now("application/yaml", changed.as_bytes(), None, None, at(1))
        .unwrap();
    let before = b.engine().setup().town().title.zh.clone();
    let domain = b
        .read_now(|reader| Ok(reader.live_since(0, 1)?.remove(0)))
        .unwrap();
    let mut adopt = command(
        domain.record.id,
        "adopt",
        2,
        json!({ "settings": file.hash, "reason": "改名" }),
    );
    adopt.command.kind = "town.domain".into();
    done(&[post_one(a, adopt)]);
    until(|| b.engine().setup().town().title.zh != before);
    done(&[post_one(b, report(Uuid::now_v7(), 3, "接着报"))]);
}

#[test]
fn a_database_holds_many_towns() {
    let address = Server::shared().database();
    let names = ["north", "south", "east"];
    let grounds: Vec<Ground> = names.iter().map(|_| Ground::new()).collect();
    let homes: Vec<Home> = grounds
        .iter()
        .map(|ground| Home::at(&address, Some(ground.path())).unwrap())
        .collect();
    let stores: Vec<Store> = std::thread::scope(|scope| {
        let founded: Vec<_> = names
            .iter()
            .zip(&homes)
            .map(|(name, home)| {
                scope.spawn(move || {
                    let town = TOWN.replace("domain: ", &format!("domain: {name}_"));
                    assert_ne!(town, TOWN);
                    Store::create(home.clone(), founding(&town)).unwrap()
                })
            })
            .collect();
        founded
            .into_iter()
            .map(|town| town.join().unwrap())
            .collect()
    });
    std::thread::scope(|scope| {
        for store in &stores {
            scope.spawn(move || {
                for n in 0..20 {
                    done(&[post_one(store, report(Uuid::now_v7(), n, "各写各的"))]);
                }
            });
        }
    });
    for (store, home) in stores.iter().zip(&homes) {
        assert_eq!(store.head(), 21);
        let named = Home {
            domain: Some(store.domain().to_owned()),
            ..home.clone()
        };
        assert_eq!(entries(named), 21);
        assert!(matches!(Store::open(home.clone()), Err(Error::Several(all)) if all.len() == 3));
    }
}

/// Every connection to the database but the asking one is cut.
fn cut(home: &Home) {
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    Server::ask(&home.shown(), cut);
}

/// Four clients post through two nodes while the database is troubled, again and again, each time after some answers; each
/// sends a command until it is answered.
fn post_through_trouble(home: &Home, nodes: &[Store], times: usize, trouble: impl Fn()) {
    let (stop, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    let posted: Vec<Uuid> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (node, stop, count) = (&nodes[writer % nodes.len()], &stop, &count);
                scope.spawn(move || {
                    let mut answered = Vec::new();
                    while !stop.load(Ordering::Acquire) {
                        answered.push(insist(node));
                        count.fetch_add(1, Ordering::AcqRel);
                    }
                    answered
                })
            })
            .collect();
        let some_more = || {
            let so_far = count.load(Ordering::Acquire);
            while count.load(Ordering::Acquire) < so_far + 8 {
                std::thread::sleep(Duration::from_millis(3));
            }
        };
        for _ in 0..times {
            some_more();
            trouble();
        }
        some_more();
        stop.store(true, Ordering::Release);
        writers
            .into_iter()
            .flat_map(|writer| writer.join().unwrap())
            .collect()
    });
    assert!(posted.len() > 8 * times, "{}", posted.len());
    for id in &posted {
        let record = nodes[0].read_now(|reader| reader.record(*id));
        assert_eq!(record.unwrap().unwrap().version, 1);
    }
    assert_eq!(entries(home.clone()), posted.len() as u64 + 1);
}

/// Posts one report, as a client does: the same command until it is answered.
fn insist(node: &Store) -> Uuid {
    let id = Uuid::now_v7();
    let posted = report(id, 1, "断线再来");
    loop {
        let again = Submission {
            command: posted.command.clone(),
            actor: posted.actor.clone(),
            received: posted.received,
        };
        match node.post_now(vec![again]) {
            Ok(outcomes) => {
                let kind = outcomes[0].outcome;
                assert!(matches!(kind, OutcomeKind::Done | OutcomeKind::Repeated));
                return id;
            }
            Err(Error::Again(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn lost_connections_lose_nothing_that_was_answered_and_count_nothing_twice() {
    let (ground, nodes) = nodes(2);
    post_through_trouble(&ground.home(), &nodes, 5, || cut(&ground.home()));
}

#[test]
fn a_database_that_falls_in_the_middle_of_commits_loses_nothing_that_was_answered() {
    let server = Server::alone();
    let ground = Ground::new();
    let home = Home::at(&server.database(), Some(ground.path())).unwrap();
    let first = Store::create(home.clone(), founding(TOWN)).unwrap();
    let nodes = [first, Store::open(home.clone()).unwrap()];
    post_through_trouble(&home, &nodes, 3, || server.crash());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_one_nodes_until_it_ends() {
    let (_ground, nodes) = tokio::task::spawn_blocking(|| nodes(2)).await.unwrap();
    let (a, b) = (Uuid::now_v7(), Uuid::now_v7());
    let span = jiff::SignedDuration::from_secs(15);
    let ask = async |node: usize, id, minute| {
        nodes[node]
            .lease("clock", id, at(minute), span)
            .await
            .unwrap()
    };
    assert!(ask(0, a, 0).await);
    assert!(!ask(1, b, 0).await);
    // Whoever holds it may go on; another work is another lease.
    assert!(ask(0, a, 0).await);
    assert!(nodes[1].lease("post", b, at(0), span).await.unwrap());
    // Whoever died loses it.
    assert!(ask(1, b, 1).await);
    assert!(!ask(0, a, 1).await);
}
