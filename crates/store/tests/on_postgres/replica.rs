//! A standby that lags: what it shows is true and old, and when it takes over, nothing that it lost is passed over in silence.

use gewang_engine::OutcomeKind;
use gewang_store::{Error, Home, Reader, Store, backup};
use uuid::Uuid;

use crate::{nodes::entries, server::Server, town::*};

fn posted(store: &Store, count: u32) {
    for n in 0..count {
        let outcome = post_one(store, report(Uuid::now_v7(), i64::from(n), "备库滞后"));
        assert_eq!(outcome.outcome, OutcomeKind::Done);
    }
}

#[test]
fn a_standby_that_lags_shows_a_true_past_and_may_take_over() {
    let primary = Server::alone();
    let ground = Ground::new();
    let address = primary.database();
    let standby = primary.standby();
    let beside = address.replace(&primary.socket(), &standby.socket());
    let either = address.replace(
        &primary.socket(),
        &format!("{},{}", primary.socket(), standby.socket()),
    ) + "?target_session_attrs=read-write";
    let at = |address: &str| Home::at(address, Some(ground.path())).unwrap();
    let store = Store::create(at(&either), founding(TOWN)).unwrap();
    posted(&store, 5);
    until(|| Reader::beside(at(&beside)).is_ok_and(|town| town.head().unwrap().seq == 6));

    Server::ask(&beside, "SELECT pg_wal_replay_pause()");
    posted(&store, 5);
    assert_eq!(store.head(), 11);
    assert_eq!(entries(at(&beside)), 6);
    let town = Reader::beside(at(&beside)).unwrap();
    assert_eq!(town.live_since(0, 100).unwrap().len(), 6);
    let copy = ground.path().join("town.gwb");
    backup(&at(&beside), &copy, false, &mut |_| {}).unwrap();
    let written = Store::open(at(&beside)).err().unwrap().to_string();
    assert!(written.contains("read-only"), "{written}");
    Server::ask(&beside, "SELECT pg_wal_replay_resume()");
    until(|| entries(at(&beside)) == 11);

    // It stops following; what is answered from now on is on the primary alone.
    Server::ask(&beside, "ALTER SYSTEM SET primary_conninfo = ''");
    Server::ask(&beside, "SELECT pg_reload_conf()");
    until(|| {
        posted(&store, 1);
        entries(at(&beside)) < store.head()
    });
    let (had, has) = (store.head(), entries(at(&beside)));
    primary.kill();
    Server::ask(&beside, "SELECT pg_promote()");
    // The node finds the other server, and does not go on as if nothing had been lost.
    let mut answer = Ok(Vec::new());
    until(|| {
        answer = store.post_now(vec![report(Uuid::now_v7(), 1, "接管之后")]);
        !matches!(answer, Err(Error::Again(_)))
    });
    let said = answer.unwrap_err().to_string();
    assert!(said.contains(&has.to_string()), "{said}");
    assert_eq!(entries(at(&beside)), has);
    assert!(had > has);
    drop(store);
    // Whoever starts it again goes on from what is there.
    let store = Store::open(at(&either)).unwrap();
    posted(&store, 2);
    assert_eq!(entries(at(&beside)), has + 2);
}
