//! The demo: its first line, its people, and a day that moves.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use support::{Demo, gewang, until};

#[test]
fn the_first_line_says_where_and_who_and_everybody_can_sign_in() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("deep/demo");
    let demo = Demo::start(&data);
    assert_eq!(demo.hello["domain"], "zhoutie");
    let accounts = demo.hello["accounts"].as_array().unwrap().clone();
    assert!(accounts.len() >= 8);
    for account in &accounts {
        let (name, password) = (
            account["name"].as_str().unwrap(),
            account["password"].as_str().unwrap(),
        );
        let posts = account["posts"].as_array().unwrap();
        assert!(!posts.is_empty(), "{account}");
        for post in posts {
            // A kind of post at a cell or a unit: `worker@penggan-03`.
            let (kind, seat) = post.as_str().unwrap().split_once('@').unwrap();
            assert!(!kind.is_empty() && !seat.is_empty(), "{post}");
        }
        assert!(
            ["field", "desk", "wall"]
                .map(Value::from)
                .contains(&account["surface"]),
            "{account}"
        );
        let session = demo
            .anybody()
            .signed_in(name, password)
            .get("/api/v1/session");
        assert_eq!(session.body["account"], name);
    }
    let entries = demo.anybody().get("/api/v1/status").body["head"].clone();
    demo.stop();
    // Reopened, it is the same town.
    let again = Demo::start(&data);
    assert_eq!(again.anybody().get("/api/v1/status").body["head"], entries);
    assert_eq!(again.hello["accounts"], Value::Array(accounts));
    // Nothing lies beside its folder.
    let beside: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|item| item.unwrap().file_name())
        .collect();
    assert_eq!(beside, ["deep"]);
}

#[test]
fn every_cell_has_a_worker_and_every_village_five_levels() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path());
    let admin = demo.sign_in("admin");
    let cells = admin.get("/api/v1/cells").body["cells"]
        .as_array()
        .unwrap()
        .clone();
    let leaves: Vec<&Value> = cells.iter().filter(|cell| cell["leaf"] == true).collect();
    assert!(leaves.len() >= 60, "{} cells", leaves.len());
    let mut levels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for leaf in leaves {
        let (lon, lat) = (&leaf["label"][0], &leaf["label"][1]);
        let located = admin
            .get(&format!("/api/v1/locate?lon={lon}&lat={lat}"))
            .body;
        let chain = located["chain"]
            .as_array()
            .unwrap_or_else(|| panic!("{located}"));
        let posts: Vec<(&str, &str)> = chain
            .iter()
            .map(|item| {
                (
                    item["cell"].as_str().unwrap(),
                    item["post"].as_str().unwrap(),
                )
            })
            .collect();
        let id = leaf["id"].as_str().unwrap();
        assert!(posts.contains(&(id, "worker")), "{id} has no worker");
        let village = leaf["parent"].as_str().unwrap().to_owned();
        levels
            .entry(village)
            .or_default()
            .extend(posts.iter().map(|(_, post)| (*post).to_owned()));
    }
    assert_eq!(levels.len(), 18);
    for (village, posts) in levels {
        for level in ["worker", "group", "branch", "general_branch", "committee"] {
            assert!(posts.contains(level), "{village} has no {level}");
        }
    }
    let units = admin.get("/api/v1/units").body["units"]
        .as_array()
        .map_or(0, Vec::len);
    assert_eq!(units, 11, "three centres and eight departments");
}

#[test]
fn a_simulated_day_moves_cases_through_the_stages() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start_with(dir.path(), "1000", gewang());
    let dispatcher = demo.sign_in("dispatcher");
    let states: BTreeSet<String> = until("cases reach their end", || {
        let answer = dispatcher.get("/api/v1/records?kind=governance.matter&limit=200");
        let records = answer.body["records"]
            .as_array()
            .unwrap_or_else(|| panic!("{}", answer.body))
            .clone();
        let states: BTreeSet<String> = records
            .iter()
            .filter_map(|record| record["state"].as_str().map(str::to_owned))
            .collect();
        (states.contains("closed") && states.len() >= 3).then_some(states)
    });
    assert!(states.len() >= 3, "{states:?}");
    demo.stop();
    let proof = support::run(&["verify", "--data", dir.path().to_str().unwrap()]);
    assert!(proof.status.success(), "{}", support::stdout(&proof));
}

/// A demo begins in the middle of its life: past days that can be played, figures, and a journal that proves itself.
#[test]
fn a_demo_has_a_past_of_ordinary_entries() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start_after(dir.path(), "off", 4, gewang());
    let duty = demo.sign_in("duty");
    let days = duty.get("/api/v1/days").body["days"]
        .as_array()
        .unwrap()
        .clone();
    assert!((4..=5).contains(&days.len()), "{days:?}");
    let day = days[1]["date"].as_str().unwrap();
    let replay = duty.get(&format!("/api/v1/replay?date={day}")).body;
    let entries = replay["entries"].as_array().unwrap();
    assert!(entries.len() > 10, "{}", entries.len());
    let (from, to) = (
        replay["from"].as_str().unwrap(),
        replay["to"].as_str().unwrap(),
    );
    for entry in entries {
        let received = entry["entry"]["received"].as_str().unwrap();
        assert!(
            received >= from && received < to,
            "{received} from {from} to {to}"
        );
    }
    let figures = duty.get(&format!("/api/v1/figures?date={day}")).body;
    assert!(figures["all"]["opened"].as_i64().unwrap() > 0, "{figures}");
    assert!(figures["all"]["open"].as_i64().unwrap() > 5, "{figures}");
    let list = duty
        .get("/api/v1/records?kind=governance.matter&open=false&limit=200")
        .body;
    let closed = list["records"].as_array().unwrap();
    assert!(
        closed.iter().any(|record| record["state"] == "closed"),
        "nothing was ever closed"
    );
    let pictured = closed
        .iter()
        .find_map(|record| record["fields"]["after_photos"][0].as_str());
    let picture = duty.get(&format!("/api/v1/files/{}?size=thumb", pictured.unwrap()));
    assert_eq!(picture.status, 200);
    demo.stop();
    let proof = support::run(&["verify", "--data", dir.path().to_str().unwrap()]);
    assert!(proof.status.success(), "{}", support::stdout(&proof));
}
