use std::collections::HashMap;

use anyhow::Context as _;
use gewang_engine::{Command, Engine, Seat};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Somebody;
use crate::client::Client;

/// Everybody who speaks to the server: the people of the town, and those without an account.
pub(crate) struct Voices {
    anonymous: Client,
    people: Vec<Somebody>,
    signed_in: HashMap<usize, Client>,
    /// The cells from each cell up to the root.
    chains: HashMap<String, Vec<String>>,
}

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Somebody with an account.
    Somebody(usize),
    /// Anybody.
    Public,
    /// Who reported this record without an account, with the token for following it.
    Reporter(Uuid, String),
}

impl Voices {
    /// The people of a town, speaking to the server at `url`.
    pub fn new(url: &str, people: Vec<Somebody>, engine: &Engine) -> Voices {
        let grid = engine.setup().grid();
        let chains = grid
            .cells()
            .iter()
            .map(|cell| {
                (
                    cell.id.clone(),
                    grid.chain(&cell.id)
                        .into_iter()
                        .map(str::to_owned)
                        .collect(),
                )
            })
            .collect();
        Voices {
            anonymous: Client::anonymous(url),
            people,
            signed_in: HashMap::new(),
            chains,
        }
    }

    /// Those whose posts may matter for a record: at its cell, above it, or at a unit it is assigned to. Those to whom it
    /// is assigned come first, then the nearest.
    pub fn concerned(&self, record: &Value) -> Vec<Voice> {
        let cell = record["cell"].as_str().unwrap_or_default();
        let chain = self.chains.get(cell).map(Vec::as_slice).unwrap_or_default();
        let assigned: Vec<&Value> = record["assigned"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        let is_assigned = |post: &str, seat: &Seat| {
            assigned.iter().any(|assignee| {
                let at = match seat {
                    Seat::Cell(cell) => assignee["cell"] == cell.as_str(),
                    Seat::Unit(unit) => assignee["unit"] == unit.to_string(),
                };
                at && assignee["post"] == post
            })
        };
        let at_its_unit = |seat: &Seat| match seat {
            Seat::Unit(unit) => assigned
                .iter()
                .any(|assignee| assignee["unit"] == unit.to_string()),
            Seat::Cell(_) => false,
        };
        let mut ranked: Vec<(usize, usize)> = self
            .people
            .iter()
            .enumerate()
            .filter_map(|(index, somebody)| {
                let rank = |(post, seat): &(String, Seat)| match seat {
                    _ if is_assigned(post, seat) => Some(0),
                    _ if at_its_unit(seat) => Some(1),
                    Seat::Cell(cell) => chain
                        .iter()
                        .position(|above| above == cell)
                        .map(|steps| 2 + steps),
                    Seat::Unit(_) => None,
                };
                Some((somebody.posts.iter().filter_map(rank).min()?, index))
            })
            .collect();
        ranked.sort_unstable();
        ranked
            .into_iter()
            .map(|(_, index)| Voice::Somebody(index))
            .collect()
    }

    /// Those who hold a kind of post at a cell or above it.
    pub fn holders(&self, post: &str, cell: &str) -> Vec<Voice> {
        let chain = self.chains.get(cell).map(Vec::as_slice).unwrap_or_default();
        let holds = |somebody: &Somebody| {
            somebody.posts.iter().any(|(held, seat)| {
                held == post && matches!(seat, Seat::Cell(at) if chain.contains(at))
            })
        };
        let indices = (0..self.people.len()).filter(|index| holds(&self.people[*index]));
        indices.map(Voice::Somebody).collect()
    }

    /// The kinds of post that a voice holds.
    pub fn posts(&self, voice: &Voice) -> Vec<&str> {
        match voice {
            Voice::Somebody(index) => self.people[*index]
                .posts
                .iter()
                .map(|(post, _)| post.as_str())
                .collect(),
            Voice::Public | Voice::Reporter(..) => Vec::new(),
        }
    }

    /// A record as this voice sees it.
    pub fn record(&mut self, voice: &Voice, id: Uuid) -> anyhow::Result<Value> {
        self.client(voice)?.get(&format!("/records/{id}"))
    }

    /// What this voice may do to a record now: the actions offered, and the version they are offered for.
    pub fn offers(&mut self, voice: &Voice, id: Uuid) -> anyhow::Result<(Vec<Value>, Option<u64>)> {
        let answer = self
            .client(voice)?
            .send("GET", &format!("/records/{id}/actions"), None)?;
        // Who may not see it may do nothing to it.
        let actions = answer.body["actions"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        Ok((actions, answer.body["version"].as_u64()))
    }

    /// Sends one command; its outcome.
    pub fn send(&mut self, voice: &Voice, what: Sending<'_>) -> anyhow::Result<Value> {
        let command = Command {
            id: Uuid::now_v7(),
            at: Timestamp::now(),
            kind: what.kind.to_owned(),
            record: what.record,
            action: what.action.to_owned(),
            version: what.version,
            place: what.place,
            data: what.data,
            files: Vec::new(),
            backdated: false,
        };
        let mut outcomes = self.client(voice)?.commands(&[command])?;
        outcomes.pop().context("a command without an outcome")
    }

    /// Stores a photo; its hash.
    pub fn photo(&mut self, voice: &Voice, png: Vec<u8>) -> anyhow::Result<String> {
        self.client(voice)?.upload("image/png", png)
    }

    fn client(&mut self, voice: &Voice) -> anyhow::Result<Client> {
        Ok(match voice {
            Voice::Public => self.anonymous.clone(),
            Voice::Reporter(record, token) => self.anonymous.following(*record, token),
            Voice::Somebody(index) => match self.signed_in.get(index) {
                Some(client) => client.clone(),
                None => {
                    let client = self
                        .anonymous
                        .signed_in(&self.people[*index].account, crate::demo::PASSWORD)?;
                    self.signed_in.insert(*index, client.clone());
                    client
                }
            },
        })
    }
}

/// What is sent.
pub(crate) struct Sending<'s> {
    /// The kind.
    pub kind: &'s str,
    /// The record.
    pub record: Uuid,
    /// The action.
    pub action: &'s str,
    /// The version seen.
    pub version: Option<u64>,
    /// Where.
    pub place: Option<[f64; 2]>,
    /// The form.
    pub data: Map<String, Value>,
}
