use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use gewang_grid::{Coord, Locator, Partition, Reading};
use gewang_store::Proof;
use serde::Deserialize;
use serde_json::{Value, json};

use super::machine::Scratch;
use super::matters::{Dice, Reports};
use crate::client::Client;

/// How long a server may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where the reports of a bench stand.
const PLACES: usize = 512;

/// A server in a process of its own, killed when it goes out of scope.
pub(super) struct Serving {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

/// What the first line of a server's standard output says.
#[derive(Deserialize)]
struct Greeting {
    url: String,
    #[serde(default)]
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
struct Account {
    name: String,
    password: String,
    posts: Value,
}

/// The demo town, served by this binary from a fresh data directory, and a token to ask it with.
pub(super) struct Town {
    /// The process.
    pub serving: Serving,
    /// The bearer token of somebody who sees the whole town.
    pub token: String,
    /// The data directory's parent, which keeps what the process says beside it.
    home: Scratch,
}

impl Serving {
    /// Starts this binary with arguments that make it print a greeting once it answers.
    fn greeted(arguments: &[&str], said: &Path) -> Result<(Serving, Greeting)> {
        let mut child = start(arguments, Stdio::piped(), said)?;
        let out = child
            .stdout
            .take()
            .context("its standard output is a pipe")?;
        let mut serving = Serving {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let mut lines = BufReader::new(out);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let greeting: Greeting = match serde_json::from_str(&line) {
            Ok(greeting) => greeting,
            Err(_) => bail!(
                "gewang {} did not start: {line}{}",
                arguments.join(" "),
                tail(said)
            ),
        };
        let address = greeting
            .url
            .trim_start_matches("http://")
            .trim_end_matches('/');
        serving.address = address
            .parse()
            .with_context(|| format!("{} is no address", greeting.url))?;
        // Whatever else it says is read, so that it never waits for us.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Ok((serving, greeting))
    }

    /// The bare endpoint.
    pub fn bare(home: &Scratch) -> Result<Serving> {
        let (serving, _) = Serving::greeted(&["bench", "bare"], &home.path().join("bare.log"))?;
        Ok(serving)
    }

    /// Serves a data directory that is there already, and waits until `request` is answered with 200; also the seconds
    /// that took from the start of the process.
    pub fn resumed(data: &Path, said: &Path, request: &str, token: &str) -> Result<(Serving, f64)> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let listen = address.to_string();
        let folder = data.to_str().context("the data directory's path is text")?;
        let begun = Instant::now();
        let child = start(
            &["serve", "--data", folder, "--listen", &listen],
            Stdio::null(),
            said,
        )?;
        let mut serving = Serving { child, address };
        loop {
            if TcpStream::connect(address).is_ok() {
                let answer = Client::with_token(&format!("http://{address}"), token)
                    .send("GET", request, None)?;
                ensure!(
                    answer.status == 200,
                    "{request} was answered with {}: {}",
                    answer.status,
                    answer.body
                );
                return Ok((serving, begun.elapsed().as_secs_f64()));
            }
            let ended = serving.child.try_wait()?;
            ensure!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "the server did not start: {}",
                tail(said)
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Killed and not asked to stop: what was acknowledged must be there all the same, see [`Town::prove`].
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(arguments: &[&str], out: Stdio, said: &Path) -> Result<Child> {
    let binary = std::env::current_exe().context("this program does not know where it is")?;
    Command::new(binary)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(File::create(said)?)
        .spawn()
        .with_context(|| format!("cannot start gewang {}", arguments.join(" ")))
}

fn tail(said: &Path) -> String {
    let mut text = String::new();
    let read = File::open(said).and_then(|mut file| file.read_to_string(&mut text));
    if read.is_err() { String::new() } else { text }
}

impl Town {
    /// Founds the demo town in a new folder and serves it without its simulator.
    pub fn found(scratch: &Scratch) -> Result<Town> {
        let home = scratch.fresh()?;
        let data = home.path().join("data");
        let folder = data.to_str().context("the data directory's path is text")?;
        let (serving, greeting) = Serving::greeted(
            &[
                "demo",
                "--history",
                "0",
                "--data",
                folder,
                "--listen",
                "127.0.0.1:0",
                "--simulator",
                "off",
                "--format",
                "json",
            ],
            &home.path().join("serve.log"),
        )?;
        let dispatcher = |account: &&Account| {
            let posts = account.posts.to_string();
            posts.contains("dispatcher") || posts.contains("调度员")
        };
        let accounts = &greeting.accounts;
        let account = accounts
            .iter()
            .find(dispatcher)
            .or(accounts.first())
            .context("the demo has no account")?;
        let token = token(&greeting.url, account)?;
        Ok(Town {
            serving,
            token,
            home,
        })
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Posts of `count` reports each; the seed makes the mixture of one connection differ from that of the next.
    pub fn reports(&self, count: usize, places: &Arc<[[f64; 2]]>, seed: u64) -> Reports {
        let host = self.serving.address.to_string();
        Reports::new(
            &host,
            "/api/v1/commands",
            Some(&self.token),
            count,
            places.clone(),
            seed,
        )
    }

    /// Ends the process without warning; the folder that holds its data directory stays for as long as the answer does.
    pub fn end(self) -> Scratch {
        let Town {
            serving,
            token: _,
            home,
        } = self;
        drop(serving);
        home
    }

    /// Ends the process without warning and proves the journal it leaves; gives how many entries that has.
    ///
    /// # Errors
    /// Where the journal does not prove.
    pub fn prove(self) -> Result<u64> {
        let data = self.data();
        let _home = self.end();
        match gewang_store::verify(&data, &mut |_| {})? {
            Proof::Verified { entries, .. } => Ok(entries),
            Proof::Broken { seq, why } => bail!("the journal does not prove: entry {seq}, {why}"),
        }
    }
}

/// Signs in and has a token made.
fn token(url: &str, account: &Account) -> Result<String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    let sign_in = json!({ "name": account.name, "password": account.password });
    agent
        .post(format!("{url}/api/v1/session"))
        .send_json(sign_in)
        .context("signing in")?;
    let mut made = agent
        .post(format!("{url}/api/v1/tokens"))
        .header("gewang-client", "bench")
        .send_json(json!({ "name": "bench" }))
        .context("making a token")?;
    let made: Value = made.body_mut().read_json()?;
    Ok(made["token"]
        .as_str()
        .context("no token was made")?
        .to_owned())
}

/// Places inside the demo town, spread over its cells.
pub(super) fn places() -> Result<Arc<[[f64; 2]]>> {
    let cells = crate::carried::file("zhoutie", "cells.geojson")
        .context("this program carries no demo town")?;
    let town = Partition::from_geojson(cells.as_bytes(), &Reading::default())
        .context("the demo town's cells")?;
    let locator = Locator::new(&town);
    let (west, south) = (town.bounds().min.lon(), town.bounds().min.lat());
    let (east, north) = (town.bounds().max.lon(), town.bounds().max.lat());
    let mut dice = Dice::new(7);
    let mut places = Vec::with_capacity(PLACES);
    while places.len() < PLACES {
        let (lon, lat) = (
            west + (east - west) * dice.share(),
            south + (north - south) * dice.share(),
        );
        let inside =
            Coord::from_degrees(lon, lat).is_ok_and(|place| locator.locate(place).is_some());
        if inside {
            places.push([lon, lat]);
        }
    }
    Ok(places.into())
}
