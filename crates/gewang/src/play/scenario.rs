use std::collections::BTreeMap;

use gewang_pack::{Document, Text, Unreadable};
use indexmap::IndexMap;
use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::{Map, Value};

/// One play: people, and what they do one after the other.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// What it shows.
    pub title: Text,
    /// The folder of the town beside the pack's.
    pub town: String,
    /// The people by id.
    pub people: IndexMap<String, Posts>,
    /// The steps, each with its line.
    pub steps: Vec<(usize, Step)>,
}

/// The posts of a person: one, or a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Posts {
    /// One.
    One(Post),
    /// Several, or none.
    Many(Vec<Post>),
}

/// A post held at a cell or at the unit with a role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Post {
    pub post: String,
    #[serde(default)]
    pub cell: Option<String>,
    #[serde(default)]
    pub unit: Option<String>,
}

/// One step. Without `do` and `wait` it only looks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub at: DateTime,
    #[serde(default)]
    pub by: Option<String>,
    #[serde(default, rename = "do")]
    pub action: Option<String>,
    #[serde(default)]
    pub kind: Option<String>,
    #[serde(default)]
    pub on: Option<String>,
    #[serde(default)]
    pub place: Option<Place>,
    #[serde(default)]
    pub data: Map<String, Value>,
    #[serde(default)]
    pub version: Option<u64>,
    #[serde(default)]
    pub sent: Option<DateTime>,
    #[serde(default)]
    pub again: bool,
    #[serde(default)]
    pub then: Option<Then>,
    #[serde(default)]
    pub refused: Option<String>,
    #[serde(default)]
    pub pointer: Option<String>,
    #[serde(default)]
    pub wait: bool,
    #[serde(default)]
    pub may: Vec<String>,
    #[serde(default)]
    pub may_not: Vec<String>,
    #[serde(default)]
    pub sees: Option<bool>,
    #[serde(default)]
    pub opens: Option<String>,
    #[serde(default = "yes")]
    pub is: bool,
}

fn yes() -> bool {
    true
}

/// A cell (its label point), or degrees.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Place {
    /// A point inside this cell.
    Cell(String),
    /// Longitude and latitude.
    Degrees([f64; 2]),
}

/// A word or a list of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Words {
    One(String),
    Many(Vec<String>),
}

impl Words {
    /// All, in order; `none` is no word.
    pub fn all(&self) -> Vec<&str> {
        match self {
            Words::One(one) if one == "none" => Vec::new(),
            Words::One(one) => vec![one],
            Words::Many(many) => many.iter().map(String::as_str).collect(),
        }
    }
}

/// What must hold of a record; only what is named is compared.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Then {
    #[serde(default)]
    pub outcome: Option<String>,
    #[serde(default)]
    pub state: Option<String>,
    #[serde(default)]
    pub stage: Option<String>,
    #[serde(default)]
    pub cell: Option<String>,
    #[serde(default)]
    pub number: Option<String>,
    #[serde(default)]
    pub due: Option<String>,
    #[serde(default)]
    pub state_due: Option<String>,
    #[serde(default)]
    pub assigned: Option<Words>,
    #[serde(default)]
    pub request: Option<String>,
    #[serde(default)]
    pub fields: BTreeMap<String, Value>,
    #[serde(default)]
    pub late: Option<u32>,
    #[serde(default)]
    pub merged_into: Option<String>,
    #[serde(default)]
    pub told: Option<Words>,
}

impl Scenario {
    /// Reads a play; a mistake names its line.
    pub fn read(text: &str) -> Result<Scenario, Unreadable> {
        let document = Document::read(text)?;
        let known = ["scenario", "town", "people", "steps"];
        if let Some(stray) = document
            .value
            .as_object()
            .into_iter()
            .flat_map(|map| map.keys())
            .find(|key| !known.contains(&key.as_str()))
        {
            return Err(Unreadable {
                line: document.line(&format!("/{stray}")),
                what: format!("`{stray}` is none of {}", known.join(", ")),
            });
        }
        let count = document
            .value
            .pointer("/steps")
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        let mut steps: Vec<(usize, Step)> = Vec::new();
        for at in 0..count {
            let pointer = format!("/steps/{at}");
            let step: Step = document.get(&pointer)?;
            let line = document.line(&pointer);
            let wrong = |what: &str| {
                Err(Unreadable {
                    line,
                    what: what.into(),
                })
            };
            if steps.last().is_some_and(|(_, before)| before.at > step.at) {
                return wrong("`at` goes back: steps stand in the order of time");
            }
            if step.action.is_some() && (step.by.is_none() || step.on.is_none()) {
                return wrong("a step with `do` needs `by` and `on`");
            }
            if step.refused.is_some() && step.then.is_some() {
                return wrong("a step is either refused or has a `then`");
            }
            let asks = !step.may.is_empty()
                || !step.may_not.is_empty()
                || step.sees.is_some()
                || step.opens.is_some();
            if asks && step.by.is_none() {
                return wrong("who? Add `by`");
            }
            if step.action.is_none() && !step.wait && step.then.is_none() && !asks {
                return wrong(
                    "the step does nothing: add `do`, `wait`, `then`, `may`, `sees` or `opens`",
                );
            }
            steps.push((line, step));
        }
        if steps.is_empty() {
            return Err(Unreadable {
                line: 1,
                what: "there is no step".into(),
            });
        }
        Ok(Scenario {
            title: document.get("/scenario")?,
            town: document.get("/town")?,
            people: if document.value.get("people").is_some() {
                document.get("/people")?
            } else {
                IndexMap::new()
            },
            steps,
        })
    }
}

impl Posts {
    /// All of them.
    pub fn all(&self) -> &[Post] {
        match self {
            Posts::One(one) => std::slice::from_ref(one),
            Posts::Many(many) => many,
        }
    }
}
