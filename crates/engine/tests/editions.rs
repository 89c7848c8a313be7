//! Another drawing of the cells: what is refused, and where records then belong.

#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use common::{PLACES, Town, id, refused};
use gewang_engine::{FileInfo, OutcomeKind, new_home};
use gewang_grid::{Coord, Locator, Partition, Reading};
use serde_json::{Value, json};

/// The cells after a change of their features.
fn drawn(change: impl FnOnce(&mut Vec<Value>)) -> String {
    let mut cells: Value = serde_json::from_str(&common::cells()).unwrap();
    change(cells["features"].as_array_mut().unwrap());
    cells.to_string()
}

fn named<'f>(features: &'f mut [Value], id: &str) -> &'f mut Value {
    features
        .iter_mut()
        .find(|one| one["properties"]["id"] == id)
        .unwrap()
}

/// The border between the first two cells, so far to the west.
fn shifted(features: &mut [Value], degrees: f64) {
    for (cell, corners) in [("c1", [1, 2]), ("c2", [0, 3])] {
        let ring = &mut named(features, cell)["geometry"]["coordinates"][0];
        for corner in corners {
            ring[corner][0] = json!(120.01 - degrees);
        }
        let first = ring[0].clone();
        *ring.as_array_mut().unwrap().last_mut().unwrap() = first;
    }
}

fn founded() -> Town {
    let mut town = Town::new();
    let bundle =
        |name: &str, text: &str| json!({ "files": [{ "name": name, "text": text }] }).to_string();
    for (hash, text) in [
        ("settings", common::TOWN.to_owned()),
        ("cells", common::cells()),
        ("trial", bundle("trial.yaml", common::TRIAL)),
        ("built_in", bundle("town.yaml", common::BUILT_IN)),
        (
            "doubled",
            drawn(|features| {
                let mut double = named(features, "c2").clone();
                double["properties"]["id"] = json!("c5");
                features.push(double);
            }),
        ),
        (
            "lapped",
            drawn(|features| {
                named(features, "c2")["geometry"]["coordinates"][0][0][0] = json!(120.005);
                let ring = &mut named(features, "c2")["geometry"]["coordinates"][0];
                let first = ring[0].clone();
                *ring.as_array_mut().unwrap().last_mut().unwrap() = first;
            }),
        ),
        ("shifted", drawn(|features| shifted(features, 0.006))),
        (
            "renamed",
            drawn(|features| {
                named(features, "c1")["properties"]["id"] = json!("c9");
            }),
        ),
    ] {
        let info = FileInfo {
            media: "application/octet-stream".into(),
            bytes: text.len() as u64,
        };
        town.world.keep(hash, info, Some(text.into_bytes()));
    }
    let data = json!({ "settings": "settings", "grid": "cells", "packs": ["trial", "built_in"] });
    let found = town.send("system", "town.domain", id(7), "found", data, |_| {});
    assert_eq!(found.outcome, OutcomeKind::Done, "{found:?}");
    town
}

#[test]
fn a_drawing_that_is_no_partition_or_lacks_a_held_cell_is_refused() {
    let mut town = founded();
    let mut adopt = |actor: &str, grid: &str| {
        let change = json!({ "grid": grid, "reason": "new cells" });
        town.send(actor, "town.domain", id(7), "adopt", change, |_| {})
    };
    for bad in ["doubled", "lapped"] {
        assert_eq!(refused(adopt("admin", bad)).0, "bad_setup", "{bad}");
        // Nobody gets past that, the clock included.
        assert_eq!(refused(adopt("system", bad)).0, "bad_setup", "{bad}");
    }
    let problem = adopt("admin", "renamed").problem.unwrap();
    assert_eq!(
        (problem.code.as_str(), problem.pointer.as_str()),
        ("cells_held", "/data/grid")
    );
    assert!(problem.text.en.contains("c1"), "{}", problem.text.en);
    assert_eq!(refused(adopt("w1", "shifted")).0, "forbidden");
    let done = adopt("admin", "shifted");
    assert_eq!(done.outcome, OutcomeKind::Done, "{done:?}");
}

#[test]
fn an_open_record_follows_once() {
    let mut town = founded();
    town.report("w1", 1, "litter");
    assert_eq!(town.record(1).cell, "c1");
    let change = json!({ "grid": "shifted", "reason": "new cells" });
    let done = town.send("admin", "town.domain", id(7), "adopt", change, |_| {});
    assert_eq!(done.outcome, OutcomeKind::Done, "{done:?}");
    let domain = town.record(7);
    let setup = gewang_engine::Setup::read(&town.world, &domain)
        .unwrap()
        .unwrap();
    town.world.adopt(std::sync::Arc::new(setup));
    let command = town
        .world
        .engine()
        .rehome(&town.record(1), town.now)
        .unwrap();
    assert_eq!(command.action, "rehome");
    assert_eq!(town.fails("w1", 1, "rehome", json!({})).0, "forbidden");
    let moved = town.does("system", 1, "rehome", json!({}));
    assert_eq!(moved.cell.as_deref(), Some("c2"));
    assert_eq!(town.record(1).cell, "c2");
    assert_eq!(town.fails("system", 1, "rehome", json!({})).0, "not_due");
    assert!(
        town.world
            .engine()
            .rehome(&town.record(1), town.now)
            .is_none()
    );
}

#[test]
fn what_has_no_place_stays_while_its_cell_does() {
    let partition =
        |text: &str| Partition::from_geojson(text.as_bytes(), &Reading::default()).unwrap();
    let shifted = partition(&drawn(|features| shifted(features, 0.006)));
    let renamed = partition(&drawn(|features| {
        named(features, "c1")["properties"]["id"] = json!("c9");
    }));
    let place = Coord::from_degrees(PLACES[0][0], PLACES[0][1]).ok();
    let far = Coord::from_degrees(10.0, 10.0).ok();
    for (drawing, cell, place, closed, home) in [
        // Where the place lies now.
        (&shifted, "c1", place, false, Some("c2")),
        (&shifted, "c2", place, false, None),
        // What was done in a cell stays done there.
        (&shifted, "c1", place, true, None),
        (&shifted, "c1", None, false, None),
        (&shifted, "c1", far, false, None),
        // The cell is gone.
        (&renamed, "c1", place, false, Some("c9")),
        (&renamed, "c1", place, true, Some("c9")),
        (&renamed, "c1", None, false, Some("t")),
        (&renamed, "c1", far, true, Some("t")),
        (&renamed, "t", None, false, None),
    ] {
        let locator = Locator::new(drawing);
        assert_eq!(
            new_home(drawing, &locator, cell, place, closed),
            home,
            "{cell} {place:?} {closed}"
        );
    }
}
