//! Readers of the live stream who do not read. They are asked from within the process: no socket's buffer reads for them.

use std::time::{Duration, Instant};

use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::Value;

use crate::town::{Town, Within, limits, report};
use uuid::Uuid;

/// An event with its id.
#[derive(Debug)]
struct Event {
    id: Option<u64>,
    name: String,
    data: Value,
}

/// A reader who reads when told to.
struct Reader {
    body: Body,
    text: String,
}

impl Reader {
    fn open(within: &Within<'_>, path: &str, token: &str) -> Reader {
        let answer = within.get(path, &[("authorization", token)]);
        assert_eq!(answer.status(), 200);
        Reader {
            body: answer.into_body(),
            text: String::new(),
        }
    }

    /// The next event; `None` at the end.
    fn next(&mut self, within: &Within<'_>) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
                let found = line("event: ").map(|name| Event {
                    id: line("id: ").and_then(|id| id.parse().ok()),
                    name: name.to_owned(),
                    data: serde_json::from_str(line("data: ").expect("data")).expect("JSON"),
                });
                self.text = rest.to_owned();
                match found {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            let frame = within.runtime.block_on(async {
                tokio::time::timeout(Duration::from_secs(20), self.body.frame())
                    .await
                    .expect("it sends, or it ends")
            });
            let bytes = frame?.expect("no error").into_data().expect("data");
            self.text += std::str::from_utf8(&bytes).expect("UTF-8");
        }
    }
}

/// Posts one report after the other, each a commit of its own, and gives the sequence number of the last and the longest
/// that one took.
fn post(town: &Town, token: &str, count: usize) -> (u64, Duration) {
    let mut longest = Duration::ZERO;
    for _ in 0..count {
        let began = Instant::now();
        let outcome = town.command(&[("authorization", token)], report(Uuid::now_v7(), "x"));
        assert_eq!(outcome["outcome"], "done");
        longest = longest.max(began.elapsed());
        // The stream has taken it in hand before the next is posted: what lies in one write is then known.
        std::thread::sleep(Duration::from_millis(12));
    }
    (town.store.head(), longest)
}

#[test]
fn a_slow_reader_is_cut_off_with_a_hint_and_misses_nothing_by_it() {
    // Some writes wait in the stream, one in its hand, eight commits may lie in the store: thirty are too many.
    is_cut_off(8, 30);
}

#[test]
fn so_is_one_from_whom_the_store_has_let_go() {
    // The store keeps 256 commits for those who listen.
    is_cut_off(usize::MAX, 320);
}

fn is_cut_off(backlog: usize, count: usize) {
    let town = Town::with(|options| limits(options, |limits| limits.live_backlog = backlog));
    let worker = town.token("worker");
    let within = town.within();
    let mut slow = Reader::open(&within, "/api/v1/live", &worker);
    let mut quick = Reader::open(&within, "/api/v1/live", &worker);
    let hello = slow.next(&within).expect("a greeting");
    assert_eq!(hello.name, "hello");
    quick.next(&within).expect("a greeting");
    let head = hello.data["head"].as_u64().expect("a number");
    let (last, longest) = post(&town, &worker, count);
    assert!(
        longest < Duration::from_secs(5),
        "nobody waits for a reader: {longest:?}"
    );
    assert_eq!(last, head + count as u64);

    let mut seen = Vec::new();
    let since = loop {
        let event = slow.next(&within).expect("it ends with a hint");
        if event.name == "resume" {
            break event.data["since"].as_u64().expect("a number");
        }
        assert_eq!(event.name, "entry");
        seen.push(event.id.expect("an id"));
    };
    assert!(slow.next(&within).is_none(), "then it ends");
    assert!(!seen.is_empty() && since < last, "{seen:?} {since} {last}");
    let told: Vec<u64> = (head + 1..=since).collect();
    assert_eq!(seen, told, "in order, up to where it may resume");

    let mut again = Reader::open(&within, &format!("/api/v1/live?since={since}"), &worker);
    again.next(&within).expect("a greeting");
    for seq in since + 1..=last {
        assert_eq!(again.next(&within).expect("an entry").id, Some(seq));
    }
}

#[test]
fn what_happens_together_is_told_together_and_in_order() {
    let town = Town::new();
    let worker = town.token("worker");
    let within = town.within();
    let mut reader = Reader::open(&within, "/api/v1/live", &worker);
    let head = reader.next(&within).expect("a greeting").data["head"]
        .as_u64()
        .expect("a number");
    // Far more than one write holds.
    let commands: Vec<Value> = (0..200).map(|_| report(Uuid::now_v7(), "x")).collect();
    let answer = town.post(
        "/api/v1/commands",
        &[("authorization", &worker)],
        &serde_json::json!({ "commands": commands }),
    );
    assert_eq!(answer.status, 200);
    for seq in head + 1..=head + 200 {
        assert_eq!(reader.next(&within).expect("an entry").id, Some(seq));
    }
}

#[test]
fn who_never_reads_gives_the_place_back() {
    let town = Town::with(|options| {
        limits(options, |limits| {
            (limits.live_streams, limits.stuck_seconds) = (1, 1);
        });
    });
    let worker = town.token("worker");
    let within = town.within();
    let stuck = Reader::open(&within, "/api/v1/live", &worker);
    let own = [("authorization", worker.as_str())];
    assert_eq!(within.get("/api/v1/live", &own).status(), 429);
    post(&town, &worker, 6);
    let began = Instant::now();
    let answer = loop {
        let answer = within.get("/api/v1/live", &own);
        if answer.status() == 200 {
            break answer;
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "the place is still taken"
        );
        std::thread::sleep(Duration::from_millis(50));
    };
    drop((stuck, answer));
}
