use std::collections::HashMap;

use anyhow::Context as _;
use gewang_engine::{Actor, Command, Engine, Seat};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Somebody;
use super::chance::Chance;
use super::past::{PICTURES, Past};
use super::picture::{self, Scene};
use crate::client::Client;

/// Everybody who speaks to the town: its people, and those without an account.
pub(crate) struct Voices {
    line: Line,
    people: Vec<Somebody>,
    /// The cells from each cell up to the root.
    chains: HashMap<String, Vec<String>>,
}

/// With what they speak.
#[expect(
    clippy::large_enum_variant,
    reason = "there is only one of them at a time"
)]
enum Line {
    /// A server, now.
    Server {
        anonymous: Client,
        signed_in: HashMap<usize, Client>,
        pictures: HashMap<Scene, Vec<String>>,
    },
    /// The town as it was, before there was a server.
    Past(Box<Past>),
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
        let line = Line::Server {
            anonymous: Client::anonymous(url),
            signed_in: HashMap::new(),
            pictures: HashMap::new(),
        };
        Voices::on(line, people, engine)
    }

    /// The people of a town, in its past.
    pub fn of_the_past(past: Past, people: Vec<Somebody>, engine: &Engine) -> Voices {
        Voices::on(Line::Past(Box::new(past)), people, engine)
    }

    fn on(line: Line, people: Vec<Somebody>, engine: &Engine) -> Voices {
        let grid = engine.setup().grid();
        let chain = |id: &str| grid.chain(id).into_iter().map(str::to_owned).collect();
        let chains = grid
            .cells()
            .iter()
            .map(|cell| (cell.id.clone(), chain(&cell.id)))
            .collect();
        Voices {
            line,
            people,
            chains,
        }
    }

    /// The past, where they speak in it.
    pub fn past(&mut self) -> Option<&mut Past> {
        match &mut self.line {
            Line::Past(past) => Some(past),
            Line::Server { .. } => None,
        }
    }

    /// What came of the past.
    pub fn into_past(self) -> Option<Past> {
        match self.line {
            Line::Past(past) => Some(*past),
            Line::Server { .. } => None,
        }
    }

    /// Now, for those who speak.
    pub fn now(&self) -> Timestamp {
        match &self.line {
            Line::Past(past) => past.now(),
            Line::Server { .. } => Timestamp::now(),
        }
    }

    /// An id made now.
    pub fn id(&mut self) -> Uuid {
        match &mut self.line {
            Line::Past(past) => past.id(),
            Line::Server { .. } => Uuid::now_v7(),
        }
    }

    /// The voice of a person.
    pub fn of_person(&self, person: Uuid) -> Option<Voice> {
        let place = self.people.iter().position(|one| one.person == person)?;
        Some(Voice::Somebody(place))
    }

    fn actor(&self, voice: &Voice) -> Actor {
        match voice {
            Voice::Somebody(index) => Actor::Person(self.people[*index].person),
            Voice::Public => Actor::Public,
            Voice::Reporter(record, _) => Actor::Reporter(*record),
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
        let actor = self.actor(voice);
        match &mut self.line {
            Line::Past(past) => past.record(&actor, id),
            Line::Server { .. } => self.client(voice)?.get(&format!("/records/{id}")),
        }
    }

    /// What this voice may do to a record now: the actions offered, and the version they are offered for.
    pub fn offers(&mut self, voice: &Voice, id: Uuid) -> anyhow::Result<(Vec<Value>, Option<u64>)> {
        let actor = self.actor(voice);
        if let Line::Past(past) = &mut self.line {
            return past.offers(&actor, id);
        }
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
            id: self.id(),
            at: self.now(),
            kind: what.kind.to_owned(),
            record: what.record,
            action: what.action.to_owned(),
            version: what.version,
            place: what.place,
            data: what.data,
            files: Vec::new(),
            backdated: false,
        };
        let actor = self.actor(voice);
        if let Line::Past(past) = &mut self.line {
            return past.send(actor, command);
        }
        let mut outcomes = self.client(voice)?.commands(&[command])?;
        outcomes.pop().context("a command without an outcome")
    }

    /// Stores a photo of a scene; its hash. After the first few of a scene one of them is sent again.
    pub fn photo(
        &mut self,
        voice: &Voice,
        scene: Scene,
        chance: &mut Chance,
    ) -> anyhow::Result<String> {
        match &mut self.line {
            Line::Past(past) => return past.photo(scene, chance),
            Line::Server { pictures, .. } => {
                let known = pictures.get(&scene).filter(|known| known.len() >= PICTURES);
                if let Some(hash) = known.and_then(|known| chance.one(known)) {
                    return Ok(hash.clone());
                }
            }
        }
        let photo = picture::draw(scene, chance)?.image;
        let hash = self.client(voice)?.upload("image/jpeg", photo)?;
        if let Line::Server { pictures, .. } = &mut self.line {
            pictures.entry(scene).or_default().push(hash.clone());
        }
        Ok(hash)
    }

    fn client(&mut self, voice: &Voice) -> anyhow::Result<Client> {
        let Line::Server {
            anonymous,
            signed_in,
            ..
        } = &mut self.line
        else {
            anyhow::bail!("nobody answers in the past");
        };
        Ok(match voice {
            Voice::Public => anonymous.clone(),
            Voice::Reporter(record, token) => anonymous.following(*record, token),
            Voice::Somebody(index) => match signed_in.get(index) {
                Some(client) => client.clone(),
                None => {
                    let client =
                        anonymous.signed_in(&self.people[*index].account, crate::demo::PASSWORD)?;
                    signed_in.insert(*index, client.clone());
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
