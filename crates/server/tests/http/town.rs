//! A town of four square cells with a server of its own, and a client that speaks plain HTTP/1.1.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use gewang_engine::{Actor, Command, OutcomeKind, Setup, Submission, pack::Source};
use gewang_server::{Limits, Options, Running};
use gewang_store::{Account, Founding, Store};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::shape;

const TOWN: &str = include_str!("town.yaml");
const REPORTS: &str = include_str!("reports.yaml");
const CELLS: &str = include_str!("cells.geojson");
const BUILT_IN: &str = include_str!("../../../../packs/town/town.yaml");

pub const PASSWORD: &str = "a long enough password";

/// A place in the cell `cell-00`.
pub const HERE: [f64; 2] = [120.004, 31.006];

pub struct Town {
    pub store: Arc<Store>,
    pub people: BTreeMap<&'static str, Uuid>,
    addr: SocketAddr,
    running: Option<Running>,
    runtime: tokio::runtime::Runtime,
    _dir: TempDir,
}

impl Town {
    pub fn new() -> Town {
        Town::with(|_| {})
    }

    /// A town whose server is set up otherwise.
    pub fn with(change: impl FnOnce(&mut Options)) -> Town {
        Town::changed(change, |_| {})
    }

    /// A town with some settings more, and something in its folder.
    pub fn settled(settings: &str, behind: impl FnOnce(&Path)) -> Town {
        Town::founded(&format!("{TOWN}{settings}\n"), |_| {}, behind)
    }

    /// A town that is no demo.
    pub fn real(change: impl FnOnce(&mut Options)) -> Town {
        Town::founded(&TOWN.replace("demo: true", "demo: false"), change, |_| {})
    }

    /// A town whose data are changed behind the store's back before its server starts.
    pub fn changed(change: impl FnOnce(&mut Options), behind: impl FnOnce(&Path)) -> Town {
        Town::founded(TOWN, change, behind)
    }

    fn founded(
        settings: &str,
        change: impl FnOnce(&mut Options),
        behind: impl FnOnce(&Path),
    ) -> Town {
        let dir = tempfile::tempdir().expect("a folder");
        let source = |file: &str, text: &str| Source {
            file: file.into(),
            text: text.into(),
        };
        let packs = vec![
            vec![source("town.yaml", BUILT_IN)],
            vec![source("reports.yaml", REPORTS)],
        ];
        let setup = Setup::load(source("town.yaml", settings), packs, CELLS)
            .expect("the set-up has no fault");
        let bundle = |name: &str, text: &str| {
            json!({"files": [{"name": name, "text": text}]})
                .to_string()
                .into_bytes()
        };
        let founding = Founding {
            setup: Arc::new(setup),
            settings: settings.into(),
            packs: vec![
                bundle("town.yaml", BUILT_IN),
                bundle("reports.yaml", REPORTS),
            ],
            grid: CELLS.into(),
            at: Timestamp::now(),
            command: Uuid::now_v7(),
            record: Uuid::now_v7(),
        };
        let store = Arc::new(Store::create(dir.path(), founding).expect("the town is founded"));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let mut options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            ..Options::default()
        };
        change(&mut options);
        let mut people = BTreeMap::new();
        for (name, post, cell) in [
            ("admin", "administrator", "square"),
            ("worker", "worker", "cell-00"),
            ("leader", "leader", "cell-00"),
            ("elsewhere", "worker", "cell-11"),
            ("dispatcher", "dispatcher", "square"),
        ] {
            let person = Uuid::now_v7();
            people.insert(name, person);
            system(&store, "town.person", person, "add", json!({"name": name}));
            let data = json!({"person": person, "post": post, "cell": cell, "from": "2020-01-01"});
            system(&store, "town.post", Uuid::now_v7(), "appoint", data);
            let account = Account {
                name: name.into(),
                phc: hash().to_owned(),
                person,
                disabled: false,
                created: Timestamp::now(),
            };
            runtime
                .block_on(store.add_account(account))
                .expect("an account");
        }
        behind(dir.path());
        let running = runtime
            .block_on(gewang_server::start(store.clone(), options))
            .expect("it starts");
        Town {
            store,
            people,
            addr: running.local_addr(),
            running: Some(running),
            runtime,
            _dir: dir,
        }
    }

    /// Stops the server, and waits for it.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop()).expect("it stops");
        }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.addr).expect("it accepts");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a time limit");
        stream
    }

    /// Asks from within the process: no socket lies between, so nothing is read but what is polled.
    pub fn within(&self) -> Within<'_> {
        Within {
            runtime: &self.runtime,
            router: self.running.as_ref().expect("it runs").router(),
        }
    }

    pub fn host(&self) -> String {
        self.addr.to_string()
    }

    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers, b"")
    }

    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/json"));
        self.ask("POST", path, &headers, body.to_string().as_bytes())
    }

    /// Asks, and holds the answer against the OpenAPI document.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = self.connect();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
            self.addr
        );
        if !headers.iter().any(|(name, _)| *name == "content-length")
            && (method != "GET" || !body.is_empty())
        {
            head += &format!("content-length: {}\r\n", body.len());
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream
            .write_all((head + "\r\n").as_bytes())
            .expect("it listens");
        // A server that refuses a body early may not read all of it.
        let _ = stream.write_all(body);
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let answer = Answer::read(&bytes);
        shape::check(method, path, &answer);
        answer
    }

    /// The headers of a person who is signed in by a token.
    pub fn token(&self, name: &str) -> String {
        let cookie = self.cookie(name);
        let made = self.post(
            "/api/v1/tokens",
            &[("cookie", &cookie), ("gewang-client", "test")],
            &json!({"name": "t"}),
        );
        assert_eq!(made.status, 201, "{made:?}");
        format!("Bearer {}", made.json()["token"].as_str().expect("a token"))
    }

    /// The cookie of a person who signed in.
    pub fn cookie(&self, name: &str) -> String {
        let answer = self.post(
            "/api/v1/session",
            &[],
            &json!({"name": name, "password": PASSWORD}),
        );
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookie = answer.header("set-cookie").expect("a cookie");
        cookie.split(';').next().expect("its value").to_owned()
    }

    /// Posts one command and gives its outcome.
    pub fn command(&self, headers: &[(&str, &str)], command: Value) -> Value {
        let answer = self.post("/api/v1/commands", headers, &json!({"commands": [command]}));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["outcomes"][0].clone()
    }
}

/// The server without a connection.
pub struct Within<'t> {
    pub runtime: &'t tokio::runtime::Runtime,
    router: axum::Router,
}

impl Within<'_> {
    /// The answer, its body not yet read.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> axum::response::Response {
        let mut request = hyper::Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(axum::body::Body::empty())
            .expect("it is a request");
        let service = TowerToHyperService::new(self.router.clone());
        let Ok(answer) = self.runtime.block_on(service.call(request));
        answer
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A command on a report.
pub fn command(record: Uuid, action: &str, data: Value) -> Value {
    let mut command = json!({
        "id": Uuid::now_v7(), "at": Timestamp::now(), "kind": "reports.report", "record": record, "action": action, "data": data,
    });
    if action == "report" {
        command["place"] = json!(HERE);
    }
    command
}

/// A command that reports something.
pub fn report(record: Uuid, summary: &str) -> Value {
    command(
        record,
        "report",
        json!({"area": "road", "summary": summary, "phone": "13800001234"}),
    )
}

/// Has the system do something, which must succeed.
pub fn system(store: &Store, kind: &str, record: Uuid, action: &str, data: Value) {
    let now = Timestamp::now();
    let command = Command {
        id: Uuid::now_v7(),
        at: now,
        kind: kind.into(),
        record,
        action: action.into(),
        version: None,
        place: None,
        data: data.as_object().expect("an object").clone(),
        files: Vec::new(),
        backdated: false,
    };
    let outcomes = store
        .post_now(vec![Submission {
            command,
            actor: Actor::System,
            received: now,
        }])
        .expect("it posts");
    assert_eq!(outcomes[0].outcome, OutcomeKind::Done, "{outcomes:?}");
}

fn hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| gewang_server::hash_password(PASSWORD).expect("it hashes"))
}

/// Limits with one of them changed.
pub fn limits(options: &mut Options, change: impl FnOnce(&mut Limits)) {
    change(&mut options.limits);
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn read(bytes: &[u8]) -> Answer {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap_or_else(|| {
                panic!("no head in {:?}", String::from_utf8_lossy(bytes));
            });
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1)?.parse().ok())
            .expect("a status");
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Answer {
            status,
            headers,
            body: bytes[end + 4..].to_vec(),
        };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = unchunked(&answer.body);
        }
        answer
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{:?}", String::from_utf8_lossy(&self.body)))
    }

    /// Asserts a problem, and gives its body.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let body = self.json();
        assert_eq!(
            (self.status, body["code"].as_str()),
            (status, Some(code)),
            "{body}"
        );
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(body["status"], status);
        for text in ["title", "detail"] {
            assert!(!body[text].as_str().expect("words").is_empty(), "{body}");
        }
        body
    }
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(line) = bytes.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&bytes[..line]), 16).unwrap_or(0);
        if size == 0 || bytes.len() < line + 2 + size {
            break;
        }
        whole.extend_from_slice(&bytes[line + 2..line + 2 + size]);
        bytes = bytes.get(line + 4 + size..).unwrap_or_default();
    }
    whole
}
