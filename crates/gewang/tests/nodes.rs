//! Several servers on one PostgreSQL: what is written through one is heard through the others, and one that dies loses
//! nothing that it acknowledged.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../../store/tests/support/postgres.rs"]
#[allow(dead_code, reason = "each suite uses its part")]
mod server;
mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use server::Server;
use support::{Demo, gewang, inside, report, stdout};
use uuid::Uuid;

fn node(data: &Path, database: &str) -> Demo {
    let mut command = gewang();
    command.env("GEWANG_DATABASE", database);
    Demo::start_with(data, "off", command)
}

/// Somebody signed in, by a cookie that any server of the town takes.
fn sign_in(demo: &Demo, name: &str) -> String {
    let answer = demo.anybody().post(
        "/api/v1/session",
        &json!({"name": name, "password": "gewang-demo"}),
    );
    assert_eq!(answer.status, 200, "{}", answer.body);
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// The events of a live stream since a sequence number, as they come.
fn listen(url: &str, cookie: &str, since: u64) -> mpsc::Receiver<Value> {
    let address = url.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    write!(
        stream,
        "GET /api/v1/live?since={since} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nAccept: text/event-stream\r\n\r\n"
    )
    .unwrap();
    let (events, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let Some(data) = line.strip_prefix("data: ")
                && let Ok(event) = serde_json::from_str::<Value>(data)
                && event["seq"].is_u64()
                && events.send(event).is_err()
            {
                return;
            }
        }
    });
    heard
}

fn next(heard: &mpsc::Receiver<Value>) -> Value {
    heard
        .recv_timeout(Duration::from_secs(20))
        .expect("an event")
}

#[test]
fn what_one_server_writes_another_tells_and_one_that_dies_loses_nothing() {
    let database = Server::shared().database();
    let data = tempfile::tempdir().unwrap();
    let a = node(data.path(), &database);
    let b = node(data.path(), &database);
    // A session that began on one server is good on the other.
    let cookie = sign_in(&a, "worker");
    let (on_a, on_b) = (
        a.anybody().with("cookie", &cookie),
        b.anybody().with("cookie", &cookie),
    );
    assert_eq!(on_b.get("/api/v1/session").status, 200);
    let place = inside(&on_a, "penggan-03");
    let head = on_b.get("/api/v1/status").body["head"].as_u64().unwrap();
    let heard = listen(&b.url, &cookie, head);

    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    let outcome = &on_a.commands(&[report(first, place, "经甲上报")])[0];
    assert_eq!(outcome["outcome"], "done", "{outcome}");
    let event = next(&heard);
    assert_eq!(event["record"]["id"], json!(first));
    assert_eq!(event["seq"], outcome["seq"]);
    let outcome = &on_b.commands(&[report(second, place, "经乙上报")])[0];
    assert_eq!(
        outcome["seq"].as_u64(),
        Some(event["seq"].as_u64().unwrap() + 1)
    );
    assert_eq!(next(&heard)["record"]["id"], json!(second));

    // One dies in a load of reports; whoever followed it goes on at the other where it was.
    let followed = listen(&a.url, &cookie, head);
    let mut last = head;
    let mut acknowledged = Vec::new();
    for _ in 0..30 {
        let id = Uuid::now_v7();
        let outcome = &on_a.commands(&[report(id, place, "死前上报")])[0];
        assert_eq!(outcome["outcome"], "done", "{outcome}");
        acknowledged.push((id, outcome["seq"].as_u64().unwrap()));
    }
    last = last.max(next(&followed)["seq"].as_u64().unwrap());
    a.kill();
    let resumed = listen(&b.url, &cookie, last);
    for (id, seq) in &acknowledged {
        let event = std::iter::repeat_with(|| next(&resumed))
            .find(|event| event["seq"].as_u64() == Some(*seq))
            .unwrap();
        assert_eq!(event["record"]["id"], json!(id));
    }
    // The same commands again count once.
    let again = &on_b.commands(&[report(Uuid::now_v7(), place, "死后上报")])[0];
    assert_eq!(
        again["seq"].as_u64(),
        Some(acknowledged.last().unwrap().1 + 1)
    );
    b.stop();
    let mut verify = gewang();
    verify
        .env("GEWANG_DATABASE", &database)
        .arg("verify")
        .arg("--data")
        .arg(data.path());
    let proved = verify.output().unwrap();
    assert!(
        stdout(&proved).starts_with("proved: "),
        "{}",
        stdout(&proved)
    );
}

#[test]
fn a_connection_is_secured_and_the_server_known_where_the_address_says_so() {
    let server = Server::alone();
    let database = server.database();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .unwrap()
        .port();
    let certificate = server.secure(port);
    let plain = database.replace(&server.socket(), &format!("127.0.0.1:{port}"));
    let secured = format!("{plain}?sslmode=require");
    let data = tempfile::tempdir().unwrap();
    let refused = |database: &str| {
        let mut command = gewang();
        let asked = command
            .args(["verify", "--data"])
            .arg(data.path())
            .args(["--database", database]);
        let said = asked.output().unwrap();
        assert!(!said.status.success());
        String::from_utf8(said.stderr).unwrap()
    };
    // With TLS, and a certificate that this machine trusts.
    let mut command = gewang();
    command
        .env("GEWANG_DATABASE", &secured)
        .env("SSL_CERT_FILE", &certificate);
    let demo = Demo::start_with(data.path(), "off", command);
    let cookie = sign_in(&demo, "worker");
    let worker = demo.anybody().with("cookie", &cookie);
    let place = inside(&worker, "penggan-03");
    let outcome = &worker.commands(&[report(Uuid::now_v7(), place, "加密连接")])[0];
    assert_eq!(outcome["outcome"], "done", "{outcome}");
    drop(demo);
    let said = refused(&secured);
    assert!(said.contains("certificate"), "{said}");
    let said = refused(&plain);
    assert!(said.contains("no encryption"), "{said}");
}
