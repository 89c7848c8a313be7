//! Drives the real binary: starts it, signs people in, posts commands, stops and kills it.
#![allow(dead_code, reason = "each test file uses its own part of this")]

pub mod drafting;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

/// The binary under test.
pub fn gewang() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gewang"));
    command.env("GEWANG_LOG", "warn");
    command
}

/// Runs the binary to its end.
pub fn run(args: &[&str]) -> Output {
    gewang()
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs")
}

/// Runs it and feeds its standard input.
pub fn run_with_input(args: &[&str], input: &str) -> Output {
    let mut child = gewang()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    child
        .stdin
        .take()
        .expect("it is piped")
        .write_all(input.as_bytes())
        .expect("it reads");
    child.wait_with_output().expect("it ends")
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The folder of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("it is there")
}

/// Waits until a condition holds; fails loudly where it does not within 30 s.
pub fn until<T>(what: &str, mut holds: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = holds() {
            return found;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "waited in vain: {what}"
        );
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// A served demo town.
pub struct Demo {
    child: Child,
    /// Its address.
    pub url: String,
    /// Its first line.
    pub hello: Value,
}

impl Demo {
    /// Founds or reopens the demo in a folder, without a simulator.
    pub fn start(data: &Path) -> Demo {
        Demo::start_with(data, "off", gewang())
    }

    /// The same with a simulator, or started by another command (which execs the binary).
    pub fn start_with(data: &Path, simulator: &str, command: Command) -> Demo {
        Demo::start_after(data, simulator, 0, command)
    }

    /// The same after so many past days.
    pub fn start_after(data: &Path, simulator: &str, days: u16, mut command: Command) -> Demo {
        let mut child = command
            .args([
                "demo",
                "--history",
                &days.to_string(),
                "--listen",
                "127.0.0.1:0",
                "--format",
                "json",
                "--simulator",
                simulator,
                "--data",
            ])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped"))
            .read_line(&mut line)
            .expect("it writes");
        let hello: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            let status = child.wait();
            panic!("the first line is no JSON: {line:?}, {status:?}")
        });
        Demo {
            child,
            url: hello["url"].as_str().expect("it says where").to_owned(),
            hello,
        }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as an operator does, and waits for it.
    pub fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .expect("kill runs")
                .success()
        );
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "a graceful stop ends well: {status}");
    }

    /// Kills it without any warning.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Somebody without an account.
    pub fn anybody(&self) -> Caller {
        Caller::new(&self.url)
    }

    /// Somebody signed in under a name of the demo.
    pub fn sign_in(&self, name: &str) -> Caller {
        Caller::new(&self.url).signed_in(name, "gewang-demo")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // A test that failed leaves no server behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A town that is served, and its administrator signed in.
pub struct Served {
    child: Child,
    /// Its address.
    pub url: String,
    /// The administrator.
    pub caller: Caller,
}

impl Served {
    /// Serves a data directory.
    pub fn start(dir: &Path, name: &str, password: &str) -> Served {
        Served::start_with(dir, name, password, gewang())
    }

    /// The same with a binary that was told more.
    pub fn start_with(dir: &Path, name: &str, password: &str, mut command: Command) -> Served {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(dir)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped"))
            .read_line(&mut line)
            .expect("it writes");
        let url = line
            .split_whitespace()
            .last()
            .expect("the line names an address")
            .trim_end_matches('/')
            .to_owned();
        let caller = Caller::new(&url).signed_in(name, password);
        Served { child, url, caller }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody who speaks to the server.
#[derive(Clone)]
pub struct Caller {
    agent: ureq::Agent,
    base: String,
    header: Option<(String, String)>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Value,
    pub bytes: Vec<u8>,
}

impl Caller {
    pub fn new(base: &str) -> Caller {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Caller {
            agent: config.into(),
            base: base.to_owned(),
            header: None,
        }
    }

    /// The same address, with a header that says who it is.
    pub fn with(&self, header: &str, value: &str) -> Caller {
        Caller {
            header: Some((header.to_owned(), value.to_owned())),
            ..Caller::new(&self.base)
        }
    }

    pub fn signed_in(self, name: &str, password: &str) -> Caller {
        let answer = self.post(
            "/api/v1/session",
            &json!({"name": name, "password": password}),
        );
        assert_eq!(answer.status, 200, "{name} signs in: {}", answer.body);
        self
    }

    /// Any request.
    pub fn send(&self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        self.try_send(method, path, kind, body)
            .expect("the server answers")
    }

    /// Any request, which may find nobody.
    pub fn try_send(&self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Option<Answer> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("gewang-client", "test")
            .header("accept-language", "en");
        if let Some((header, value)) = &self.header {
            request = request.header(header, value);
        }
        if method != "GET" {
            request = request.header("content-type", kind);
        }
        let answered = match method {
            "GET" | "DELETE" => self.agent.run(request.body(()).expect("a request")),
            _ => self.agent.run(request.body(body).expect("a request")),
        };
        let mut response = answered.ok()?;
        let bytes = response
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_vec()
            .ok()?;
        Some(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            bytes,
        })
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "", Vec::new())
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(
            "POST",
            path,
            "application/json",
            body.to_string().into_bytes(),
        )
    }

    /// Says that a body of so many bytes will follow, and hears what the server thinks of that: status and code. (Who
    /// sends on regardless finds the connection closed.)
    pub fn announce(&self, path: &str, kind: &str, bytes: usize) -> (u16, Value) {
        let host = self.base.trim_start_matches("http://");
        let mut stream = std::net::TcpStream::connect(host).expect("the server listens");
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: {kind}\r\ncontent-length: {bytes}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("it listens");
        let mut answer = Vec::new();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .expect("a timeout");
        // The end may come as a reset: what was said before it counts.
        let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer
            .split_whitespace()
            .nth(1)
            .and_then(|status| status.parse().ok())
            .expect("a status");
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let body: Value = serde_json::from_str(body).unwrap_or(Value::Null);
        (status, body["code"].clone())
    }

    /// Posts commands; the outcomes.
    pub fn commands(&self, commands: &[Value]) -> Vec<Value> {
        let answer = self.post("/api/v1/commands", &json!({ "commands": commands }));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["outcomes"]
            .as_array()
            .expect("outcomes")
            .clone()
    }

    /// Posts one command; its outcome.
    pub fn command(&self, command: Value) -> Value {
        self.commands(&[command]).remove(0)
    }

    /// Does something to a matter; the outcome.
    pub fn act(&self, record: Uuid, action: &str, data: Value) -> Value {
        self.command(command(record, action, data))
    }

    /// Does something that must succeed; the state after it.
    pub fn does(&self, record: Uuid, action: &str, data: Value) -> String {
        let outcome = self.act(record, action, data);
        assert_eq!(outcome["outcome"], "done", "{action}: {outcome}");
        outcome["state"].as_str().expect("a state").to_owned()
    }

    /// Does something that must be refused; the code.
    pub fn refused(&self, record: Uuid, action: &str, data: Value) -> String {
        let outcome = self.act(record, action, data);
        assert_eq!(outcome["outcome"], "refused", "{action}: {outcome}");
        let problem = &outcome["problem"];
        assert!(
            problem["text"]["zh"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{problem}"
        );
        assert!(
            problem["text"]["en"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{problem}"
        );
        problem["code"].as_str().expect("a code").to_owned()
    }

    /// Stores a photo; its hash.
    pub fn photo(&self) -> String {
        let answer = self.send("POST", "/api/v1/files", "image/png", png(40, 30));
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["hash"].as_str().expect("a hash").to_owned()
    }

    pub fn record(&self, id: Uuid) -> Answer {
        self.get(&format!("/api/v1/records/{id}"))
    }

    /// The actions offered on a record.
    pub fn offered(&self, id: Uuid) -> Vec<String> {
        let answer = self.get(&format!("/api/v1/records/{id}/actions"));
        let actions = answer.body["actions"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        actions
            .iter()
            .filter_map(|offer| offer["action"].as_str().map(str::to_owned))
            .collect()
    }
}

/// A command on a matter, made now.
pub fn command(record: Uuid, action: &str, data: Value) -> Value {
    json!({
        "id": Uuid::now_v7(),
        "at": now(),
        "kind": "governance.matter",
        "record": record,
        "action": action,
        "data": data,
    })
}

/// A report inside cell penggan-03, of about 1 KB where `details` are long.
pub fn report(record: Uuid, place: [f64; 2], summary: &str) -> Value {
    let mut command = command(
        record,
        "report",
        json!({"category": "litter", "summary": summary}),
    );
    command["place"] = json!(place);
    command
}

/// The system's clock as RFC 3339.
pub fn now() -> String {
    jiff::Timestamp::now().to_string()
}

/// A point inside a cell, as the server draws it.
pub fn inside(caller: &Caller, cell: &str) -> [f64; 2] {
    let answer = caller.get("/api/v1/cells");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let cells = answer.body["cells"].as_array().expect("cells");
    let found = cells
        .iter()
        .find(|known| known["id"] == cell)
        .unwrap_or_else(|| panic!("there is no cell {cell}"));
    [
        found["label"][0].as_f64().expect("a longitude"),
        found["label"][1].as_f64().expect("a latitude"),
    ]
}

/// A picture as PNG.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let picture =
        image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 90]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("it is written");
    bytes.into_inner()
}

/// Changes one letter of an entry in a journal that nobody has open; how many rows that were.
pub fn change_journal(database: &Path, seq: u64) -> usize {
    let connection = rusqlite::Connection::open(database).expect("the database opens");
    let changed = connection
        .execute(
            "UPDATE journal SET entry = replace(entry, 'ZEBRA-', 'ZEBRB-') WHERE seq = ?1",
            [i64::try_from(seq).expect("a small number")],
        )
        .expect("the row is written");
    let told: i64 = connection
        .query_row(
            "SELECT count(*) FROM journal WHERE entry LIKE '%ZEBRB-%'",
            [],
            |row| row.get(0),
        )
        .expect("the row is read");
    assert_eq!(told, 1, "the letter stood there");
    changed
}
