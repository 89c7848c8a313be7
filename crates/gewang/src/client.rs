//! Speaking to a server as any other client does.

use std::time::Duration;

use anyhow::{Context as _, bail};
use gewang_engine::Command;
use serde_json::{Value, json};
use ureq::Agent;
use uuid::Uuid;

/// A server, and as whom it is asked.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    base: String,
    /// A header and its value.
    identity: Option<(&'static str, String)>,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON of the body; null where it is none.
    pub body: Value,
}

impl Client {
    /// Without an account.
    pub fn anonymous(base: &str) -> Client {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Client {
            agent: config.into(),
            base: base.trim_end_matches('/').to_owned(),
            identity: None,
        }
    }

    /// As the owner of a bearer token.
    pub fn with_token(base: &str, token: &str) -> Client {
        Client {
            identity: Some(("authorization", format!("Bearer {token}"))),
            ..Client::anonymous(base)
        }
    }

    /// The same connection pool, as the reporter of a record.
    pub fn following(&self, record: Uuid, token: &str) -> Client {
        Client {
            identity: Some(("gewang-follow", format!("{record}:{token}"))),
            ..self.clone()
        }
    }

    /// The same server, signed in. With an agent of its own: an agent keeps the cookies of whoever signed in with it.
    pub fn signed_in(&self, name: &str, password: &str) -> anyhow::Result<Client> {
        let own = Client::anonymous(&self.base);
        let request = ureq::http::Request::builder()
            .method("POST")
            .uri(format!("{}/api/v1/session", self.base))
            .header("content-type", "application/json")
            .body(json!({"name": name, "password": password}).to_string())?;
        let response = own
            .agent
            .run(request)
            .with_context(|| format!("{} does not answer", self.base))?;
        let status = response.status();
        let cookie = response
            .headers()
            .get("set-cookie")
            .and_then(|value| value.to_str().ok());
        match cookie.and_then(|cookie| cookie.split(';').next()) {
            Some(cookie) if status.is_success() => Ok(Client {
                identity: Some(("cookie", cookie.to_owned())),
                ..own
            }),
            _ => bail!("{name} cannot sign in: {status}"),
        }
    }

    /// Stores a file; its hash.
    pub fn upload(&self, media: &str, bytes: Vec<u8>) -> anyhow::Result<String> {
        let request = self
            .request("POST", "/files")
            .header("content-type", media)
            .body(bytes)?;
        let answer = self.answer(self.agent.run(request))?;
        match answer.body["hash"].as_str() {
            Some(hash) if answer.status < 300 => Ok(hash.to_owned()),
            _ => bail!("the file was refused: {}", said(&answer)),
        }
    }

    /// Reads a stored file.
    pub fn file(&self, hash: &str) -> anyhow::Result<Vec<u8>> {
        let request = self.request("GET", &format!("/files/{hash}")).body(())?;
        let mut response = self
            .agent
            .run(request)
            .with_context(|| format!("{} does not answer", self.base))?;
        if !response.status().is_success() {
            bail!("the file {hash} cannot be read: {}", response.status());
        }
        Ok(response
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_vec()?)
    }

    /// Sends a request under `/api/v1`.
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        let request = self.request(method, path);
        let answered = match body {
            Some(body) => self.agent.run(
                request
                    .header("content-type", "application/json")
                    .body(body.to_string())?,
            ),
            None => self.agent.run(request.body(())?),
        };
        self.answer(answered)
    }

    fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/api/v1{path}", self.base))
            .header("accept-language", "en")
            // A program that uses a session says so (the server's defence against pages of other sites).
            .header("gewang-client", "gewang");
        if let Some((header, value)) = &self.identity {
            request = request.header(*header, value);
        }
        request
    }

    fn answer(
        &self,
        answered: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> anyhow::Result<Answer> {
        let mut response = answered.with_context(|| format!("{} does not answer", self.base))?;
        let status = response.status().as_u16();
        let text = response
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_string()?;
        Ok(Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        })
    }

    /// Asks for something that must be there.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.send("GET", path, None)?;
        if answer.status != 200 {
            bail!("{path}: {}", said(&answer));
        }
        Ok(answer.body)
    }

    /// Posts commands; the outcomes in order. Sent again when the connection broke: their ids make that harmless.
    pub fn commands(&self, commands: &[Command]) -> anyhow::Result<Vec<Value>> {
        let body = json!({ "commands": commands });
        let mut answer = self.send("POST", "/commands", Some(&body));
        for _ in 0..2 {
            if answer.as_ref().is_ok_and(|answer| answer.status < 500) {
                break;
            }
            std::thread::sleep(Duration::from_millis(300));
            answer = self.send("POST", "/commands", Some(&body));
        }
        let answer = answer?;
        match answer.body["outcomes"].as_array() {
            Some(outcomes) if answer.status == 200 && outcomes.len() == commands.len() => {
                Ok(outcomes.clone())
            }
            _ => bail!("the server refused: {}", said(&answer)),
        }
    }
}

fn said(answer: &Answer) -> String {
    let code = answer.body["code"].as_str().unwrap_or("no code");
    let detail = answer.body["detail"].as_str().unwrap_or("no text");
    format!("{detail} [{} {code}]", answer.status)
}
