//! Nodes that tell each other by way of a NATS server.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use gewang_store::{Home, Store};
use uuid::Uuid;

use crate::{nodes::entries, town::*};

/// A NATS server as long as this lives.
struct Nats {
    process: Child,
    port: u16,
    looking: u16,
}

impl Nats {
    fn start() -> Nats {
        let free = || {
            TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port()
        };
        let (port, looking) = (free(), free());
        let program = ["/usr/sbin/nats-server", "/usr/bin/nats-server"]
            .into_iter()
            .find(|program| Path::new(program).exists())
            .unwrap_or("nats-server");
        let process = Command::new(program)
            .args(["--addr", "127.0.0.1", "--port", &port.to_string()])
            .args(["--http_port", &looking.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("NATS is missing: run scripts/need test");
        let nats = Nats {
            process,
            port,
            looking,
        };
        let until = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "NATS does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        nats
    }

    /// How many messages it took and gave on.
    fn messages(&self) -> (u64, u64) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.looking)).unwrap();
        write!(stream, "GET /varz HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let looked: serde_json::Value = serde_json::from_str(body).unwrap();
        let count = |name: &str| looked[name].as_u64().unwrap();
        (count("in_msgs"), count("out_msgs"))
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn what_one_node_writes_is_told_by_nats() {
    let nats = Nats::start();
    let ground = Ground::new();
    let home = Home {
        nats: Some(format!("nats://127.0.0.1:{}", nats.port)),
        ..ground.home()
    };
    let a = Store::create(home.clone(), founding(TOWN)).unwrap();
    let b = Store::open(home.clone()).unwrap();
    let mut listener = b.subscribe();
    // Whoever listens, listens before long; what is not told is looked for.
    until(|| {
        done(&[post_one(&a, report(Uuid::now_v7(), 1, "经消息服务器告知"))]);
        let (taken, given) = nats.messages();
        taken > 0 && given > 0
    });
    let head = a.head();
    until(|| b.head() == head);
    assert_eq!(listener.blocking_recv().unwrap().first_seq(), 2);
    assert_eq!(entries(home), head);
}
