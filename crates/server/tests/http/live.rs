use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::town::{Town, command, limits, report};

struct Stream(BufReader<TcpStream>);

#[derive(Debug)]
struct Event {
    id: Option<u64>,
    name: String,
    data: Value,
}

impl Stream {
    fn open(town: &Town, path: &str, headers: &[(&str, &str)]) -> Stream {
        let mut stream = town.connect();
        let mut head = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\naccept-encoding: gzip\r\n"
        );
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream
            .write_all((head + "\r\n").as_bytes())
            .expect("it listens");
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).expect("a status");
        assert!(line.contains(" 200 "), "{line}");
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).expect("a head");
            assert!(
                !line.starts_with("content-encoding"),
                "a stream is not held back by compression"
            );
        }
        Stream(reader)
    }

    /// The next event; `None` once the connection was closed. Comments and the frame of chunks are passed over.
    fn next(&mut self) -> Option<Event> {
        let mut event = Event {
            id: None,
            name: String::new(),
            data: Value::Null,
        };
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).expect("it sends, or it ends") == 0 {
                return None;
            }
            let line = line.trim_end();
            if let Some(id) = line.strip_prefix("id: ") {
                event.id = id.parse().ok();
            } else if let Some(name) = line.strip_prefix("event: ") {
                event.name = name.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                event.data = serde_json::from_str(data).expect("JSON");
                return Some(event);
            }
        }
    }

    #[track_caller]
    fn expect(&mut self, name: &str) -> Event {
        let event = self.next().expect("the stream goes on");
        assert_eq!(event.name, name, "{event:?}");
        event
    }
}

#[test]
fn entries_arrive_as_they_happen_to_whom_may_see_them() {
    let town = Town::new();
    let (worker, elsewhere) = (town.token("worker"), town.token("elsewhere"));
    let mut here = Stream::open(&town, "/api/v1/live", &[("authorization", &worker)]);
    let mut there = Stream::open(&town, "/api/v1/live", &[("authorization", &elsewhere)]);
    let head = here.expect("hello").data["head"]
        .as_u64()
        .expect("a number");
    there.expect("hello");
    let record = Uuid::now_v7();
    town.command(&[], report(record, "x"));
    let event = here.expect("entry");
    assert_eq!(event.id, Some(head + 1));
    assert_eq!(event.data["entry"]["record"], json!(record));
    assert_eq!(event.data["record"]["state"], "waiting");
    assert!(!event.data.to_string().contains("13800001234"));

    let mut other = report(Uuid::now_v7(), "y");
    other["place"] = json!([120.015, 31.015]);
    town.command(&[], other.clone());
    let seen = there.expect("entry");
    assert_eq!(
        seen.data["entry"]["record"], other["record"],
        "the first was not theirs to see"
    );
}

#[test]
fn a_stream_resumes_where_it_was() {
    let town = Town::new();
    let worker = town.token("worker");
    let records: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    let mut seqs = Vec::new();
    for record in &records {
        seqs.push(
            town.command(&[], report(*record, "x"))["seq"]
                .as_u64()
                .expect("a number"),
        );
    }
    let first = seqs[0].to_string();
    let mut stream = Stream::open(
        &town,
        "/api/v1/live?since=0",
        &[("authorization", &worker), ("last-event-id", &first)],
    );
    stream.expect("hello");
    assert_eq!(
        [stream.expect("entry").id, stream.expect("entry").id],
        [Some(seqs[1]), Some(seqs[2])]
    );
    town.command(
        &[("authorization", &worker)],
        command(records[0], "handle", json!({})),
    );
    let event = stream.expect("entry");
    assert_eq!(
        (event.id, &event.data["entry"]["action"]),
        (Some(seqs[2] + 1), &json!("handle"))
    );

    let own = [("authorization", worker.as_str())];
    town.get("/api/v1/live?since=999999999", &own)
        .problem(409, "too_far_behind");
    town.get("/api/v1/live?since=x", &own)
        .problem(400, "bad_parameter");
    town.get(
        "/api/v1/live",
        &[("authorization", &worker), ("last-event-id", "x")],
    )
    .problem(400, "bad_parameter");
    town.get("/api/v1/live", &[]).problem(401, "sign_in");
}

#[test]
fn a_reporter_follows_their_own_report_alone() {
    let town = Town::new();
    let record = Uuid::now_v7();
    let reported = town.command(&[], report(record, "x"));
    let follow = format!(
        "{record}:{}",
        reported["follow"]["token"].as_str().expect("a token")
    );
    let mut stream = Stream::open(&town, "/api/v1/live", &[("gewang-follow", &follow)]);
    stream.expect("hello");
    town.command(&[], report(Uuid::now_v7(), "another"));
    let worker = town.token("worker");
    town.command(
        &[("authorization", &worker)],
        command(record, "handle", json!({})),
    );
    assert_eq!(
        stream.expect("entry").data["entry"]["record"],
        json!(record)
    );
}

#[test]
fn a_quiet_stream_stays_alive_and_ends_with_the_server_and_the_session() {
    let mut town = Town::with(|options| {
        limits(options, |limits| {
            limits.live_heartbeat_seconds = 1;
            limits.live_streams = 2;
        });
    });
    let (cookie, worker) = (town.cookie("worker"), town.token("worker"));
    let mut session = Stream::open(&town, "/api/v1/live", &[("cookie", &cookie)]);
    session.expect("hello");
    let mut program = Stream::open(&town, "/api/v1/live", &[("authorization", &worker)]);
    program.expect("hello");
    town.get("/api/v1/live", &[("authorization", &worker)])
        .problem(429, "too_many_streams");
    let mut line = String::new();
    while !line.starts_with(": alive") {
        line.clear();
        assert!(program.0.read_line(&mut line).expect("a line") > 0);
    }
    town.ask(
        "DELETE",
        "/api/v1/session",
        &[("cookie", &cookie), ("gewang-client", "test")],
        b"",
    );
    assert!(session.next().is_none(), "the session is over");
    town.stop();
    assert!(program.next().is_none(), "the server is gone");
}

#[test]
fn a_stream_ends_with_the_token_and_the_account_that_opened_it() {
    let town = Town::with(|options| limits(options, |limits| limits.live_heartbeat_seconds = 1));
    let (worker, leader) = (town.token("worker"), town.token("leader"));
    let mut withdrawn = Stream::open(&town, "/api/v1/live", &[("authorization", &worker)]);
    let mut disabled = Stream::open(&town, "/api/v1/live", &[("authorization", &leader)]);
    let admin = town.token("admin");
    let mut stays = Stream::open(&town, "/api/v1/live", &[("authorization", &admin)]);
    for stream in [&mut withdrawn, &mut disabled, &mut stays] {
        stream.expect("hello");
    }
    let ended = town.ask(
        "DELETE",
        "/api/v1/tokens/t",
        &[("authorization", &worker)],
        b"",
    );
    assert_eq!(ended.status, 204);
    let changed = town.ask(
        "PATCH",
        "/api/v1/accounts/leader",
        &[
            ("authorization", &admin),
            ("content-type", "application/json"),
        ],
        br#"{"disabled":true}"#,
    );
    assert_eq!(changed.status, 200);
    assert!(withdrawn.next().is_none(), "the token is withdrawn");
    assert!(disabled.next().is_none(), "the account is disabled");
    town.command(&[], report(Uuid::now_v7(), "x"));
    stays.expect("entry");
}
