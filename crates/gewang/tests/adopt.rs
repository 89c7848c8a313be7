//! A changed pack is taken into use: tried, adopted, and the records that began before it keep their rules.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::path::PathBuf;
use std::process::Output;

use jiff::Timestamp;
use serde_json::{Value, json};
use support::{Served, repository, run, run_with_input, stderr, stdout};
use uuid::Uuid;

const PASSWORD: &str = "brackish-Kettle-99";

/// A lost property desk, in a version of its own.
fn pack(version: u32, papers_for: &str, sorts: &str, papers_to: &str) -> String {
    format!(
        "pack: desk
version: {version}
title: {{ zh: 失物招领, en: Lost and found }}
uses: [town]
choices:
  sort:
{sorts}
kinds:
  thing:
    title: {{ zh: 失物, en: Found thing }}
    number: SW
    fields:
      what: {{ title: {{ zh: 名称, en: What it is }}, type: text, max: 60, required: true }}
      sort: {{ title: {{ zh: 类别, en: Sort }}, type: choice, of: sort, required: true }}
    states:
      kept: {{ title: {{ zh: 保管中, en: Kept }}, stage: handle }}
      fetched: {{ title: {{ zh: 已领回, en: Fetched }}, stage: close, final: true }}
    actions:
      hand_in: {{ title: {{ zh: 上交, en: Hand in }}, to: kept, by: [anyone], form: [what, sort], assign: route }}
      fetch: {{ title: {{ zh: 领回, en: Fetch }}, from: kept, to: fetched, by: [anyone] }}
    routes:
      - then: {{ post: duty }}
      - when: {{ sort: papers }}
        then: {{ post: {papers_to} }}
    limits:
      - then: 60d
      - when: {{ sort: papers }}
        then: {papers_for}
    due: limit()
"
    )
}

const SORTS: &str = "    papers: { zh: 证件票据, en: Papers }\n    keys: { zh: 钥匙, en: Keys }\n    other: { zh: 其他, en: Something else }";

struct Town {
    dir: tempfile::TempDir,
}

impl Town {
    /// The cells of the demo town with the desk as its only service.
    fn found() -> Town {
        let dir = tempfile::tempdir().unwrap();
        let town = Town { dir };
        let demo = repository().join("packs/zhoutie");
        let settings = std::fs::read_to_string(demo.join("town.yaml")).unwrap();
        let (head, rest) = settings.split_once("packs: [governance]").unwrap();
        assert!(rest.contains("demo: true"));
        std::fs::write(town.path("town.yaml"), format!("{head}packs: [desk]\n")).unwrap();
        town.write(&pack(1, "10 days", SORTS, "duty"));
        let output = run_with_input(
            &[
                "init",
                "--data",
                &town.data(),
                "--town",
                town.path("town.yaml").to_str().unwrap(),
                "--packs",
                town.path("desk").to_str().unwrap(),
                "--cells",
                demo.join("cells.geojson").to_str().unwrap(),
                "--admin",
                "clerk",
                "--password-stdin",
            ],
            &format!("{PASSWORD}\n"),
        );
        assert!(output.status.success(), "{}", stderr(&output));
        town
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn data(&self) -> String {
        self.path("data").to_str().unwrap().to_owned()
    }

    fn write(&self, text: &str) {
        std::fs::create_dir_all(self.path("desk")).unwrap();
        std::fs::write(self.path("desk/desk.yaml"), text).unwrap();
    }

    fn serve(&self) -> Served {
        Served::start(&self.path("data"), "clerk", PASSWORD)
    }

    /// Adopts the desk as it lies in its folder, with the given options besides.
    fn adopt(&self, more: &[&str]) -> Output {
        let desk = self.path("desk");
        let mut args = vec![
            "adopt",
            "--pack",
            desk.to_str().unwrap(),
            "--reason",
            "会议纪要",
        ];
        args.extend(more);
        run(&args)
    }
}

fn hand_in(served: &Served) -> Uuid {
    let record = Uuid::now_v7();
    let outcome = served.caller.command(json!({
        "id": Uuid::now_v7(),
        "at": support::now(),
        "kind": "desk.thing",
        "record": record,
        "action": "hand_in",
        "data": {"what": "身份证", "sort": "papers"},
    }));
    assert_eq!(outcome["outcome"], "done", "{outcome}");
    record
}

/// How many hours after its opening a record is due.
fn hours(served: &Served, record: Uuid) -> i64 {
    let record: Value = served.caller.record(record).body;
    let time = |name: &str| record[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    let between = time("due") - time("opened");
    between.total(jiff::Unit::Hour).unwrap().round() as i64
}

fn proves(data: &str) {
    let proof = run(&["verify", "--data", data]);
    assert!(
        proof.status.success(),
        "{}{}",
        stdout(&proof),
        stderr(&proof)
    );
}

#[test]
fn an_old_record_keeps_its_rules_and_a_new_one_gets_the_new() {
    let town = Town::found();
    let data = town.data();
    let old = {
        let served = town.serve();
        let old = hand_in(&served);
        assert_eq!(hours(&served, old), 240);
        old
    };
    town.write(&pack(2, "3 days", SORTS, "administrator"));
    let dry = town.adopt(&["--data", &data, "--dry-run"]);
    assert_eq!(dry.status.code(), Some(0), "{}", stderr(&dry));
    assert!(
        stdout(&dry).contains("pack desk: version 1 → 2"),
        "{}",
        stdout(&dry)
    );
    let adopted = town.adopt(&["--data", &data]);
    assert_eq!(
        adopted.status.code(),
        Some(0),
        "{}{}",
        stdout(&adopted),
        stderr(&adopted)
    );
    let again = town.adopt(&["--data", &data]);
    assert!(
        stdout(&again).contains("in force already"),
        "{}",
        stdout(&again)
    );
    {
        let served = town.serve();
        assert_eq!(hours(&served, old), 240, "it began under version 1");
        assert_eq!(hours(&served, hand_in(&served)), 72);
    }
    proves(&data);
}

#[test]
fn what_breaks_the_rules_is_shown_and_nothing_is_written() {
    let town = Town::found();
    let data = town.data();
    let before = stdout(&run(&["verify", "--data", &data]));
    let without_keys = SORTS.replace("    keys: { zh: 钥匙, en: Keys }\n", "");
    let renamed = SORTS.replace("钥匙, en: Keys", "门卡, en: Door cards");
    for (text, code) in [
        // Changed, and no new version.
        (pack(1, "3 days", SORTS, "duty"), "version-not-raised"),
        // An option dropped, one that means something else: whatever the version.
        (pack(2, "3 days", &without_keys, "duty"), "option"),
        (pack(2, "3 days", &renamed, "duty"), "option"),
        // A fault of its own.
        (pack(2, "3 dayz", SORTS, "duty"), "dayz"),
    ] {
        town.write(&text);
        let output = town.adopt(&["--data", &data]);
        let told = stdout(&output);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{code}: {told}{}",
            stderr(&output)
        );
        assert!(told.contains(code), "{code}: {told}");
        assert!(told.contains("desk.yaml"), "{told}");
        assert!(told.contains("nothing was adopted"), "{told}");
    }
    assert_eq!(stdout(&run(&["verify", "--data", &data])), before);
    // Settings of another town are none of this one.
    let other = town.path("other.yaml");
    let settings = std::fs::read_to_string(town.path("town.yaml")).unwrap();
    std::fs::write(
        &other,
        settings.replace("domain: zhoutie", "domain: elsewhere"),
    )
    .unwrap();
    let output = run(&[
        "adopt",
        "--data",
        &data,
        "--town",
        other.to_str().unwrap(),
        "--reason",
        "x",
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("never changes"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_served_town_is_tried_and_told_over_http() {
    let town = Town::found();
    let data = town.data();
    let served = town.serve();
    let old = hand_in(&served);
    let answer = served
        .caller
        .post("/api/v1/tokens", &json!({"name": "adopting"}));
    let token = answer.body["token"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", answer.body))
        .to_owned();
    town.write(&pack(2, "3 days", SORTS, "administrator"));

    // Trying only reads, beside the server.
    let desk = town.path("desk");
    let tried = run(&["pack", "try", desk.to_str().unwrap(), "--data", &data]);
    assert_eq!(
        tried.status.code(),
        Some(1),
        "{}{}",
        stdout(&tried),
        stderr(&tried)
    );
    let told = stdout(&tried);
    assert!(told.contains("administrator@zhoutie"), "{told}");
    assert!(
        told.contains("1 records tried, 1 would go elsewhere"),
        "{told}"
    );
    // Writing into its directory is refused, with the way to do it.
    let refused = town.adopt(&["--data", &data]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("--server"),
        "{}",
        stderr(&refused)
    );

    let over = ["--server", served.url.as_str(), "--token", token.as_str()];
    let adopted = town.adopt(&over);
    assert_eq!(
        adopted.status.code(),
        Some(0),
        "{}{}",
        stdout(&adopted),
        stderr(&adopted)
    );
    assert_eq!(hours(&served, old), 240);
    assert_eq!(hours(&served, hand_in(&served)), 72);

    // Settings go the same way: read, changed, adopted.
    let read = run(&["settings", "--data", &data]);
    let changed = stdout(&read).replace("zh: 周铁镇", "zh: 周铁古镇");
    std::fs::write(town.path("town.yaml"), &changed).unwrap();
    let settings = town.path("town.yaml");
    let mut args = vec![
        "adopt",
        "--town",
        settings.to_str().unwrap(),
        "--reason",
        "更名批复",
    ];
    args.extend(over);
    let adopted = run(&args);
    assert_eq!(
        adopted.status.code(),
        Some(0),
        "{}{}",
        stdout(&adopted),
        stderr(&adopted)
    );
    let served_settings = run(&["settings", "--server", &served.url, "--token", &token]);
    assert_eq!(stdout(&served_settings), changed);
    drop(served);
    proves(&data);
}
