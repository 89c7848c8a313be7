//! A town of four square cells, and what tests ask of it.
#![allow(dead_code, reason = "each test file uses its part")]

use std::{path::Path, sync::Arc, time::Duration};

use gewang_engine::{Actor, Command, Outcome, OutcomeKind, Setup, Submission, pack::Source};
use gewang_store::{Founding, Home, Store};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

pub const TOWN: &str = include_str!("town.yaml");
pub const REPORTS: &str = include_str!("reports.yaml");
pub const CELLS: &str = include_str!("cells.geojson");
pub const BUILT_IN: &str = include_str!("../../../../packs/town/town.yaml");

pub fn setup(town: &str) -> Arc<Setup> {
    let source = |file: &str, text: &str| Source {
        file: file.into(),
        text: text.into(),
    };
    let packs = vec![
        vec![source("town.yaml", BUILT_IN)],
        vec![source("reports.yaml", REPORTS)],
    ];
    Arc::new(Setup::load(source("town.yaml", town), packs, CELLS).unwrap())
}

pub fn bundle(name: &str, text: &str) -> Vec<u8> {
    json!({ "files": [{ "name": name, "text": text }] })
        .to_string()
        .into_bytes()
}

pub fn founding(town: &str) -> Founding {
    Founding {
        setup: setup(town),
        settings: town.as_bytes().to_vec(),
        packs: vec![
            bundle("town.yaml", BUILT_IN),
            bundle("reports.yaml", REPORTS),
        ],
        grid: CELLS.as_bytes().to_vec(),
        at: at(0),
        command: Uuid::now_v7(),
        record: Uuid::now_v7(),
    }
}

/// A directory, and the home in it.
pub struct Ground {
    dir: TempDir,
    home: Home,
}

impl Ground {
    pub fn new() -> Ground {
        let dir = tempfile::tempdir().unwrap();
        let home = crate::home(dir.path());
        Ground { dir, home }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn home(&self) -> Home {
        self.home.clone()
    }
}

pub fn fresh() -> (Ground, Store) {
    let ground = Ground::new();
    let store = Store::create(ground.home(), founding(TOWN)).unwrap();
    (ground, store)
}

/// So many minutes after Monday 2 March 2026, 09:00 in the town.
pub fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_772_413_200 + minutes * 60).unwrap()
}

pub fn command(record: Uuid, action: &str, minutes: i64, data: Value) -> Submission {
    Submission {
        command: Command {
            id: Uuid::now_v7(),
            at: at(minutes),
            kind: "reports.report".into(),
            record,
            action: action.into(),
            version: None,
            place: (action == "report").then_some([120.004, 31.006]),
            data: data.as_object().unwrap().clone(),
            files: Vec::new(),
            backdated: false,
        },
        actor: Actor::System,
        received: at(minutes),
    }
}

pub fn report(record: Uuid, minutes: i64, summary: &str) -> Submission {
    command(
        record,
        "report",
        minutes,
        json!({ "area": "road", "summary": summary, "phone": "13800001234" }),
    )
}

#[track_caller]
pub fn done(outcomes: &[Outcome]) {
    for outcome in outcomes {
        assert_eq!(outcome.outcome, OutcomeKind::Done, "{outcome:?}");
    }
}

pub fn post_one(store: &Store, submission: Submission) -> Outcome {
    store.post_now(vec![submission]).unwrap().remove(0)
}

/// Waits until something holds, at most ten seconds.
#[track_caller]
pub fn until(mut holds: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(std::time::Instant::now() < end, "it does not come to hold");
        std::thread::yield_now();
    }
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let target = to.join(item.file_name());
        if item.file_type().unwrap().is_dir() {
            copy(&item.path(), &target);
        } else {
            std::fs::copy(item.path(), target).unwrap();
        }
    }
}
