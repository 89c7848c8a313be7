//! A small town for tests: two villages of two square cells, a dozen people, one pack that uses every mechanism.
#![allow(dead_code, reason = "each test file uses its own part of it")]

use std::sync::{Arc, OnceLock};

use gewang_engine::{
    Actor, Command, FileInfo, Memory, Outcome, OutcomeKind, Record, Setup, Submission,
};
use gewang_pack::Source;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub const TOWN: &str = include_str!("town.yaml");
pub const TRIAL: &str = include_str!("trial.yaml");
pub const BUILT_IN: &str = include_str!("../../../../packs/town/town.yaml");

/// The middle of cells c1 to c4.
pub const PLACES: [[f64; 2]; 4] = [
    [120.005, 31.005],
    [120.015, 31.005],
    [120.025, 31.005],
    [120.035, 31.005],
];

pub fn cells() -> String {
    let mut features = vec![feature("t", None, "town", None)];
    for village in ["v1", "v2"] {
        features.push(feature(village, Some("t"), "village", None));
    }
    for index in 0..4 {
        let (west, east) = (
            120.0 + 0.01 * f64::from(index),
            120.01 + 0.01 * f64::from(index),
        );
        let ring = [
            [west, 31.0],
            [east, 31.0],
            [east, 31.01],
            [west, 31.01],
            [west, 31.0],
        ];
        let village = if index < 2 { "v1" } else { "v2" };
        features.push(feature(
            &format!("c{}", index + 1),
            Some(village),
            "cell",
            Some(json!(ring)),
        ));
    }
    json!({ "type": "FeatureCollection", "features": features }).to_string()
}

fn feature(id: &str, parent: Option<&str>, level: &str, ring: Option<Value>) -> Value {
    let geometry = ring.map(|ring| json!({ "type": "Polygon", "coordinates": [ring] }));
    json!({ "type": "Feature", "geometry": geometry,
        "properties": { "id": id, "parent": parent, "level": level, "zh": format!("{id}格"), "en": format!("Cell {id}") } })
}

pub fn load(town: &str, trial: &str) -> Setup {
    let source = |file: &str, text: &str| Source {
        file: file.into(),
        text: text.into(),
    };
    let packs = vec![
        vec![source("trial.yaml", trial)],
        vec![source("packs/town.yaml", BUILT_IN)],
    ];
    Setup::load(source("town.yaml", town), packs, &cells()).unwrap_or_else(|faults| {
        let lines: Vec<String> = faults
            .iter()
            .map(|f| {
                format!(
                    "{}:{}:{} {} ({})",
                    f.file, f.line, f.column, f.text.en, f.code
                )
            })
            .collect();
        panic!("the test town has faults:\n{}", lines.join("\n"))
    })
}

pub fn setup() -> Arc<Setup> {
    static SETUP: OnceLock<Arc<Setup>> = OnceLock::new();
    SETUP.get_or_init(|| Arc::new(load(TOWN, TRIAL))).clone()
}

pub fn id(number: u64) -> Uuid {
    Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + u128::from(number))
}

/// Local time in the test town.
pub fn at(text: &str) -> Timestamp {
    format!("{}:00+08:00", text.replace(' ', "T"))
        .parse()
        .unwrap()
}

pub const PEOPLE: [(&str, &str, &str); 12] = [
    ("w1", "worker", "c1"),
    ("w2", "worker", "c2"),
    ("w3", "worker", "c3"),
    ("l1", "leader", "v1"),
    ("l2", "leader", "v2"),
    ("dispatcher", "dispatcher", "t"),
    ("approver", "approver", "t"),
    ("committee", "committee", "t"),
    ("admin", "administrator", "t"),
    ("crew", "clerk", "unit:crew"),
    ("office", "clerk", "unit:office"),
    ("both", "approver", "t"),
];

pub fn person(name: &str) -> Uuid {
    id(100
        + PEOPLE
            .iter()
            .position(|(known, ..)| *known == name)
            .unwrap() as u64)
}

pub fn who(name: &str) -> Actor {
    match name {
        "public" => Actor::Public,
        "system" => Actor::System,
        name => Actor::Person(person(name)),
    }
}

pub fn unit(role: &str) -> Uuid {
    id(if role == "crew" { 50 } else { 51 })
}

#[derive(Clone)]
pub struct Town {
    pub world: Memory,
    pub now: Timestamp,
    next: u64,
}

impl Town {
    pub fn new() -> Town {
        let mut town = Town {
            world: Memory::new(setup()),
            now: at("2026-01-05 09:00"),
            next: 1_000_000,
        };
        let image = FileInfo {
            media: "image/jpeg".into(),
            bytes: 10,
        };
        town.world.keep("photo", image, None);
        town.world.keep(
            "text",
            FileInfo {
                media: "text/plain".into(),
                bytes: 10,
            },
            None,
        );
        for role in ["crew", "office"] {
            town.make(
                "system",
                "town.unit",
                unit(role),
                "set_up",
                json!({ "role": role, "title_zh": role, "title_en": role }),
            );
        }
        for (index, (name, post, seat)) in PEOPLE.iter().enumerate() {
            town.make(
                "system",
                "town.person",
                person(name),
                "add",
                json!({ "name": name }),
            );
            let mut data = json!({ "person": person(name), "post": post, "from": "2026-01-01" });
            match seat.strip_prefix("unit:") {
                Some(role) => data["unit"] = json!(unit(role)),
                None => data["cell"] = json!(seat),
            }
            town.make(
                "system",
                "town.post",
                id(200 + index as u64),
                "appoint",
                data,
            );
        }
        // Who approves here also works for the crew: may ask and may not agree to it.
        town.make(
            "system",
            "town.post",
            id(300),
            "appoint",
            json!({ "person": person("both"), "post": "clerk", "unit": unit("crew"), "from": "2026-01-01" }),
        );
        town
    }

    fn make(&mut self, actor: &str, kind: &str, record: Uuid, action: &str, data: Value) {
        let outcome = self.send(actor, kind, record, action, data, |_| {});
        assert_eq!(outcome.outcome, OutcomeKind::Done, "{outcome:?}");
    }

    pub fn command(&mut self, kind: &str, record: Uuid, action: &str, data: Value) -> Command {
        self.next += 1;
        Command {
            id: id(self.next),
            at: self.now,
            kind: kind.into(),
            record,
            action: action.into(),
            version: None,
            place: None,
            data: data.as_object().cloned().unwrap_or_else(Map::new),
            files: Vec::new(),
            backdated: false,
        }
    }

    pub fn send(
        &mut self,
        actor: &str,
        kind: &str,
        record: Uuid,
        action: &str,
        data: Value,
        change: impl FnOnce(&mut Command),
    ) -> Outcome {
        let mut command = self.command(kind, record, action, data);
        change(&mut command);
        self.world.post(Submission {
            command,
            actor: who(actor),
            received: self.now,
        })
    }

    /// An action on a matter that must succeed.
    pub fn does(&mut self, actor: &str, record: u64, action: &str, data: Value) -> Outcome {
        let outcome = self.send(actor, "trial.matter", id(record), action, data, |_| {});
        assert_eq!(
            outcome.outcome,
            OutcomeKind::Done,
            "{action} by {actor}: {outcome:?}"
        );
        outcome
    }

    /// An action on a matter that must be refused; its code and pointer.
    pub fn fails(
        &mut self,
        actor: &str,
        record: u64,
        action: &str,
        data: Value,
    ) -> (String, String) {
        refused(self.send(actor, "trial.matter", id(record), action, data, |_| {}))
    }

    pub fn report(&mut self, actor: &str, record: u64, category: &str) -> Outcome {
        let data = json!({ "category": category, "summary": "something" });
        let outcome = self.send(actor, "trial.matter", id(record), "report", data, |c| {
            c.place = Some(PLACES[0])
        });
        assert_eq!(outcome.outcome, OutcomeKind::Done, "{outcome:?}");
        outcome
    }

    pub fn record(&self, record: u64) -> Arc<Record> {
        use gewang_engine::Read;
        self.world.record(id(record)).unwrap().unwrap()
    }
}

pub fn refused(outcome: Outcome) -> (String, String) {
    assert_eq!(outcome.outcome, OutcomeKind::Refused, "{outcome:?}");
    let problem = outcome.problem.unwrap();
    assert!(!problem.text.zh.is_empty() && !problem.text.en.is_empty());
    assert!(
        !problem.text.en.contains('{') && !problem.text.zh.contains("{0}"),
        "{problem:?}"
    );
    (problem.code, problem.pointer)
}
