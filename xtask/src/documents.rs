//! What the documents say and a program can check: paths, commands and counts.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::Finding;

/// Every path, command or count in the project's Markdown that is not true.
pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let counts = counts(root)?;
    let targets = make_targets(root)?;
    let mut commands = BTreeMap::new();
    let mut findings = Vec::new();
    for file in tracked(root)?.iter().filter(|file| file.ends_with(".md")) {
        let text = fs::read_to_string(root.join(file)).with_context(|| file.clone())?;
        let folder = Path::new(file).parent().expect("a file stands in a folder");
        for (number, line) in prose(&text) {
            let place = format!("{file}:{number}");
            for span in spans(line) {
                if looks_like_path(span) {
                    let bare = span.split_once(':').map_or(span, |(path, _)| path);
                    let there = [root.join(bare), root.join(folder).join(bare)];
                    if !there.iter().any(|path| path.exists()) {
                        findings.push(Finding::new(&place, format!("no such path: {span}")));
                    }
                }
                if let Some(rest) = span.strip_prefix("make ") {
                    let target = rest.split_whitespace().find(|word| !word.contains('='));
                    if target.is_some_and(|target| !targets.iter().any(|known| known == target)) {
                        findings.push(Finding::new(&place, format!("no such target: {span}")));
                    }
                }
                if let Some(words) = subcommand(span)
                    && !*commands
                        .entry(words.clone())
                        .or_insert_with(|| answers(root, &words))
                {
                    findings.push(Finding::new(&place, format!("no such command: {span}")));
                }
            }
            for target in links(line) {
                if !root.join(folder).join(target).exists() {
                    findings.push(Finding::new(&place, format!("broken link: {target}")));
                }
            }
            findings.extend(count_findings(&place, line, &counts));
        }
    }
    Ok(findings)
}

/// The files that git tracks or would track.
fn tracked(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("git ls-files")?;
    if !output.status.success() {
        bail!(
            "git ls-files failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout)?
        .lines()
        .filter(|file| root.join(file).exists())
        .map(str::to_owned)
        .collect())
}

/// The lines outside fenced blocks, with their numbers from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        (!fenced).then_some((index + 1, line))
    })
}

/// What stands between backticks in a line.
fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The targets of relative links in a line.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split([')', '#']).next()?;
        (!target.is_empty() && !target.contains(':')).then_some(target)
    })
}

/// A path of this project: it begins with one of its folders or is a file at its root.
fn looks_like_path(span: &str) -> bool {
    const FOLDERS: [&str; 6] = ["crates/", "packs/", "docs/", "bench/", "xtask/", "web/"];
    let plain = !span.contains([' ', '*', '<', '{', '…', '$']);
    plain && (FOLDERS.iter().any(|folder| span.starts_with(folder)) || span.ends_with(".md"))
}

/// The words of a `gewang …` command up to the first argument.
fn subcommand(span: &str) -> Option<Vec<String>> {
    let rest = span.strip_prefix("gewang ")?;
    let words: Vec<String> = rest
        .split_whitespace()
        .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .take_while(|word| !word.starts_with('-'))
        .map(str::to_owned)
        .collect();
    (!words.is_empty()).then_some(words)
}

/// Whether the binary knows these subcommands.
fn answers(root: &Path, words: &[String]) -> bool {
    Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "gewang", "--"])
        .args(words)
        .arg("--help")
        .current_dir(root)
        .output()
        .is_ok_and(|output| output.status.success())
}

fn make_targets(root: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(root.join("Makefile"))?;
    Ok(text
        .lines()
        .filter(|line| !line.starts_with(['\t', '#', '.']))
        .filter_map(|line| {
            line.split_once(':')
                .map(|(target, _)| target.trim().to_owned())
        })
        .collect())
}

/// What documents may count: `72<!-- cells -->` says that there are 72 of `cells`.
fn counts(root: &Path) -> Result<BTreeMap<&'static str, usize>> {
    let map: Value = serde_json::from_str(&fs::read_to_string(
        root.join("packs/zhoutie/cells.geojson"),
    )?)?;
    let at_level = |level: &str| {
        map["features"].as_array().map_or(0, |features| {
            features
                .iter()
                .filter(|feature| feature["properties"]["level"] == level)
                .count()
        })
    };
    let refusals = fs::read_to_string(root.join("docs/refusals.md"))?;
    Ok(BTreeMap::from([
        ("cells", at_level("cell")),
        ("villages", at_level("village")),
        ("crates", fs::read_dir(root.join("crates"))?.count()),
        (
            "refusals",
            refusals
                .lines()
                .filter(|line| line.starts_with("| `"))
                .count(),
        ),
    ]))
}

fn count_findings(place: &str, line: &str, counts: &BTreeMap<&str, usize>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("<!-- ") {
        let Some((name, tail)) = after.split_once(" -->") else {
            break;
        };
        rest = tail;
        let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let Ok(said) = before[before.len() - digits..].parse::<usize>() else {
            continue;
        };
        match counts.get(name) {
            Some(count) if *count == said => {}
            Some(count) => findings.push(Finding::new(
                place,
                format!("says {said} {name}, there are {count}"),
            )),
            None => findings.push(Finding::new(place, format!("nothing counts `{name}`"))),
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_count_is_found_and_a_right_one_is_not() {
        let counts = BTreeMap::from([("cells", 72)]);
        assert!(count_findings("a", "has 72<!-- cells --> cells", &counts).is_empty());
        assert_eq!(
            count_findings("a", "has 71<!-- cells --> cells", &counts).len(),
            1
        );
        assert_eq!(
            count_findings("a", "has 1<!-- sheep --> sheep", &counts).len(),
            1
        );
    }

    #[test]
    fn commands_and_paths_are_recognised() {
        assert_eq!(
            subcommand("gewang pack check DIR"),
            Some(vec!["pack".to_owned(), "check".to_owned()])
        );
        assert_eq!(subcommand("gewang"), None);
        assert!(looks_like_path("crates/grid/src/lib.rs"));
        assert!(!looks_like_path("POST /commands"));
    }

    #[test]
    fn fenced_lines_are_not_prose() {
        let text = "a\n```\n`crates/none`\n```\nb";
        assert_eq!(prose(text).map(|(n, _)| n).collect::<Vec<_>>(), [1, 5]);
    }
}
