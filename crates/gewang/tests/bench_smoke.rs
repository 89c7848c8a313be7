//! The benches on a small scale: what they count must be there. How fast it was is no question here.

use std::process::Command;

use serde_json::Value;

/// Runs a bench; the medians by the names of the figures.
fn figures(arguments: &[&str]) -> Vec<(String, f64)> {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_gewang"))
        .arg("bench")
        .args(arguments)
        .args(["--format", "json", "--dir"])
        .arg(folder.path())
        .output()
        .expect("the binary runs");
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .expect("the folder is there")
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
    let sheet: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    let figures = sheet["figures"].as_array().expect("a list");
    figures
        .iter()
        .map(|figure| {
            (
                figure["name"].as_str().expect("a text").to_owned(),
                figure["median"].as_f64().expect("a number"),
            )
        })
        .collect()
}

fn named(figures: &[(String, f64)], part: &str) -> f64 {
    let found = figures.iter().find(|(name, _)| name.contains(part));
    found
        .unwrap_or_else(|| panic!("no figure \"{part}\" in {figures:?}"))
        .1
}

#[test]
fn every_acknowledged_report_is_in_the_proved_journal() {
    let found = figures(&[
        "ingest",
        "--seconds",
        "0.2",
        "--runs",
        "1",
        "--connections",
        "4",
    ]);
    let acknowledged = named(&found, "reports acknowledged");
    assert!(acknowledged >= 4.0);
    assert_eq!(
        named(&found, "entries in the proved journals"),
        acknowledged
    );
    assert!(named(&found, "gewang / bare endpoint") > 0.0);
    assert!(named(&found, "gewang / SQLite a row") > 0.0);
}

#[test]
fn every_command_of_a_post_is_in_the_proved_journal() {
    let found = figures(&[
        "batch",
        "--seconds",
        "0.2",
        "--runs",
        "1",
        "--commands",
        "20",
    ]);
    let acknowledged = named(&found, "reports acknowledged");
    assert!(acknowledged >= 100.0);
    assert_eq!(
        named(&found, "entries in the proved journals"),
        acknowledged
    );
}

#[test]
fn every_listener_sees_every_report() {
    let found = figures(&[
        "live",
        "--seconds",
        "1",
        "--runs",
        "1",
        "--rate",
        "50",
        "--listeners",
        "3",
    ]);
    let sent = named(&found, "reports acknowledged");
    assert!(sent >= 40.0);
    assert_eq!(named(&found, "events seen"), 3.0 * sent);
}

#[test]
fn a_filled_town_is_weighed_and_starts_again() {
    let found = figures(&["size", "--records", "600", "--runs", "1"]);
    assert_eq!(named(&found, "records"), 1000.0);
    assert!(named(&found, "memory after a start") > 1.0);
    assert!(named(&found, "start to the first list") > 0.0);
}
