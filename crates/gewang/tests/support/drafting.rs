//! Working on drafts of the grid as the desk does, for tests that need a draft.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Caller, command, repository};

/// The cells of the demo town.
pub fn drawn() -> Value {
    let path = repository().join("packs/zhoutie/cells.geojson");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Somebody who works on one draft.
pub struct Desk<'c> {
    pub caller: &'c Caller,
    pub draft: String,
    pub version: u64,
}

impl<'c> Desk<'c> {
    pub fn of(caller: &'c Caller, begun: &Answer) -> Desk<'c> {
        assert_eq!(begun.status, 201, "{}", begun.body);
        Desk {
            caller,
            draft: begun.body["id"].as_str().unwrap().to_owned(),
            version: begun.body["version"].as_u64().unwrap(),
        }
    }

    pub fn in_force(caller: &'c Caller) -> Desk<'c> {
        let begun = caller.post("/api/v1/drafts", &json!({"title": "冬季调整"}));
        Desk::of(caller, &begun)
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/drafts/{}{rest}", self.draft)
    }

    pub fn get(&self, rest: &str) -> Value {
        let answer = self.caller.get(&self.path(rest));
        assert_eq!(answer.status, 200, "{rest}: {}", answer.body);
        answer.body
    }

    pub fn post(&self, rest: &str, body: &Value) -> Answer {
        self.caller.post(&self.path(rest), body)
    }

    /// Does something that changes it.
    pub fn does(&mut self, rest: &str, mut body: Value) -> Value {
        body["version"] = json!(self.version);
        let answer = self.post(rest, &body);
        assert_eq!(answer.status, 200, "{rest} {body}: {}", answer.body);
        self.version = answer.body["draft"]["version"].as_u64().unwrap();
        answer.body
    }

    pub fn edit(&mut self, edit: Value) -> Value {
        self.does("/edits", json!({ "edit": edit }))
    }
}

/// A place inside a leaf, by the drawing of a draft.
pub fn inside(drawing: &Value, cell: &str) -> [f64; 2] {
    let cells = drawing["cells"].as_array().unwrap();
    let cell = cells.iter().find(|one| one["id"] == cell).unwrap();
    serde_json::from_value(cell["at"].clone()).unwrap()
}

/// An arc between two leaves.
pub fn between<'d>(drawing: &'d Value, a: &str, b: &str) -> &'d Value {
    let arcs = drawing["arcs"].as_array().unwrap();
    arcs.iter()
        .find(|arc| {
            let sides = [&arc["left"], &arc["right"]];
            sides.contains(&&json!(a)) && sides.contains(&&json!(b))
        })
        .unwrap_or_else(|| panic!("{a} and {b} have no common border"))
}

pub fn report(caller: &Caller, place: [f64; 2]) -> Uuid {
    let record = Uuid::now_v7();
    let mut command = command(
        record,
        "report",
        json!({"category": "litter", "summary": "路边垃圾堆积，请清理"}),
    );
    command["place"] = json!(place);
    let outcome = caller.command(command);
    assert_eq!(outcome["outcome"], "done", "{outcome}");
    record
}

pub fn edition(caller: &Caller) -> String {
    let map = caller.get("/api/v1/map").body;
    map["edition"].as_str().unwrap().to_owned()
}

/// An edit that only says another name.
pub fn named(name: &str) -> Value {
    json!({"type": "describe", "cell": "zhoutie-shequ-02", "title": {"zh": name, "en": name}})
}
