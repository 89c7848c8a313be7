//! The packs of the repository, those in its documents, and the answers of `gewang pack`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use serde_json::Value;
use support::{repository, run, stderr, stdout};

#[test]
fn every_pack_checks_clean() {
    let mut checked = 0;
    for item in std::fs::read_dir(repository().join("packs")).unwrap() {
        let dir = item.unwrap().path();
        if !dir.is_dir() {
            continue;
        }
        let output = run(&["pack", "check", dir.to_str().unwrap(), "--format", "json"]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}: {}{}",
            dir.display(),
            stdout(&output),
            stderr(&output)
        );
        let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(report["faults"].as_array().map(Vec::len), Some(0));
        checked += 1;
    }
    assert!(checked >= 3, "{checked} packs");
}

#[test]
fn every_whole_pack_in_the_documents_checks_clean() {
    let text = std::fs::read_to_string(repository().join("docs/packs.md")).unwrap();
    let mut checked = 0;
    for block in text.split("```yaml").skip(1) {
        let block = block
            .split("```")
            .next()
            .unwrap()
            .split_once('\n')
            .unwrap()
            .1;
        if !block.lines().any(|line| line.starts_with("pack:")) {
            continue;
        }
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("pack.yaml"), block).unwrap();
        let output = run(&["pack", "check", dir.path().to_str().unwrap()]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{block}\n{}{}",
            stdout(&output),
            stderr(&output)
        );
        checked += 1;
    }
    assert!(checked >= 1, "the documents hold no whole pack");
}

#[test]
fn scenarios_play_every_action_once_allowed_and_once_refused() {
    let mut played = Vec::new();
    for item in std::fs::read_dir(repository().join("packs")).unwrap() {
        let dir = item.unwrap().path();
        if dir.join("scenarios").is_dir() {
            let output = run(&["pack", "play", dir.to_str().unwrap()]);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{}{}",
                stdout(&output),
                stderr(&output)
            );
            played.push(item_name(&dir));
        }
    }
    for pack in ["governance", "town"] {
        assert!(played.iter().any(|name| name == pack), "{played:?}");
    }
}

fn item_name(dir: &std::path::Path) -> String {
    dir.file_name().unwrap().to_string_lossy().into_owned()
}

/// What prints lists ends quietly where nobody reads on, as `… | head` does.
#[test]
fn a_closed_pipe_is_no_panic() {
    for args in [
        vec!["pack", "schema"],
        vec!["pack", "check", "packs/governance"],
        vec!["pack", "play", "packs/town"],
    ] {
        let mut child = support::gewang()
            .args(&args)
            .current_dir(repository())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(stderr(&output), "", "{args:?}");
        assert_eq!(output.status.code(), Some(141), "{args:?}");
    }
}

#[test]
fn a_play_that_goes_otherwise_is_told_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let packs = dir.path();
    for folder in ["governance", "zhoutie"] {
        std::fs::create_dir_all(packs.join(folder)).unwrap();
        for item in std::fs::read_dir(repository().join("packs").join(folder)).unwrap() {
            let file = item.unwrap().path();
            if file.is_file() {
                std::fs::copy(&file, packs.join(folder).join(file.file_name().unwrap())).unwrap();
            }
        }
    }
    let play = "scenario: { zh: 试, en: Try }\ntown: zhoutie\npeople:\n  w: { post: worker, cell: penggan-03 }\nsteps:\n  - { at: 2026-03-02T09:00, by: w, do: report, on: a, place: penggan-03, data: { category: litter, summary: 垃圾堆 }, then: { state: closed } }\n  - { at: 2026-03-02T09:01, by: w, do: register, on: a }\n";
    std::fs::create_dir(packs.join("governance/scenarios")).unwrap();
    let file = packs.join("governance/scenarios/try.yaml");
    std::fs::write(&file, play).unwrap();
    let output = run(&["pack", "play", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let told = stdout(&output);
    assert!(
        told.contains("try.yaml:6: state: expected closed, came reported"),
        "{told}"
    );
    assert!(
        told.contains("try.yaml:7: register: came refused forbidden"),
        "{told}"
    );
    // As a whole pack it lacks nearly every action.
    let whole = run(&["pack", "play", packs.join("governance").to_str().unwrap()]);
    assert_eq!(whole.status.code(), Some(1));
    assert!(
        stdout(&whole).contains("governance.matter: no scenario does `finish`"),
        "{}",
        stdout(&whole)
    );
}

#[test]
fn faults_are_told_all_at_once_with_line_and_mend() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("pack.yaml"),
        "pack: try\ntitle: { zh: 试, en: Try }\nkinds:\n  thing:\n    title: { zh: 物 }\n    fields: { a: { title: { zh: 甲, en: A }, type: texxt } }\n    states: { there: { title: { zh: 在, en: There } } }\n    actions: { add: { title: { zh: 加, en: Add }, to: nowhere, by: [anyone], form: [b] } }\n",
    )
    .unwrap();
    let folder = dir.path().to_str().unwrap();
    let output = run(&["pack", "check", folder, "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let faults = report["faults"].as_array().unwrap();
    assert!(faults.len() >= 2, "{report}");
    for fault in faults {
        assert!(
            fault["line"].as_u64().is_some_and(|line| line >= 1) && fault["column"].is_u64(),
            "{fault}"
        );
        assert!(
            fault["mend"]["zh"].is_string() && fault["text"]["en"].is_string(),
            "{fault}"
        );
    }
    let human = run(&["pack", "check", folder, "--lang", "zh"]);
    assert!(stdout(&human).contains("处错误"), "{}", stdout(&human));
    assert_eq!(
        run(&["pack", "check", "/nowhere/at/all"]).status.code(),
        Some(2)
    );
}

#[test]
fn the_schema_in_the_repository_is_current() {
    for (file, of) in [
        ("packs/schema.json", "pack"),
        ("packs/town.schema.json", "town"),
    ] {
        let path = repository().join(file);
        let Ok(kept) = std::fs::read_to_string(&path) else {
            assert_eq!(of, "town", "{file} is missing");
            continue;
        };
        assert_eq!(
            stdout(&run(&["pack", "schema", of])),
            kept,
            "write it anew with `gewang pack schema {of}`"
        );
    }
}
