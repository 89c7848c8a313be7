//! The rooms of the house: which crate may know which, and what must never be said in each.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::Finding;

/// A room, the rooms of ours it may know, the libraries it may never know, and the words that may not stand in its code.
struct Room {
    name: &'static str,
    knows: &'static [&'static str],
    forbidden_crates: &'static [&'static str],
    forbidden_words: &'static [&'static str],
}

const IO: &[&str] = &[
    "tokio",
    "axum",
    "hyper",
    "rusqlite",
    "tokio-postgres",
    "ureq",
    "getrandom",
    "tower-http",
];
const CLOCK_AND_IO: &[&str] = &[
    "Timestamp::now(",
    "Zoned::now(",
    "SystemTime::now(",
    "Instant::now(",
    "std::fs",
    "std::net",
    "now_v7(",
    "new_v4(",
];

const ROOMS: &[Room] = &[
    Room {
        name: "gewang-grid",
        knows: &[],
        forbidden_crates: IO,
        forbidden_words: CLOCK_AND_IO,
    },
    Room {
        name: "gewang-pack",
        knows: &[],
        forbidden_crates: IO,
        forbidden_words: CLOCK_AND_IO,
    },
    Room {
        name: "gewang-engine",
        knows: &["gewang-grid", "gewang-pack"],
        forbidden_crates: IO,
        forbidden_words: CLOCK_AND_IO,
    },
    Room {
        name: "gewang-store",
        knows: &["gewang-engine", "gewang-pack", "gewang-grid"],
        forbidden_crates: &["axum", "hyper", "ureq", "tower-http", "utoipa"],
        forbidden_words: &[],
    },
    Room {
        name: "gewang-server",
        knows: &[
            "gewang-store",
            "gewang-engine",
            "gewang-pack",
            "gewang-grid",
        ],
        forbidden_crates: &["rusqlite", "tokio-postgres", "clap"],
        forbidden_words: &[],
    },
    Room {
        name: "gewang",
        knows: &[
            "gewang-server",
            "gewang-store",
            "gewang-engine",
            "gewang-pack",
            "gewang-grid",
        ],
        forbidden_crates: &[],
        forbidden_words: &[],
    },
    Room {
        name: "xtask",
        knows: &[],
        forbidden_crates: &[],
        forbidden_words: &[],
    },
];

/// Every edge and word that the rooms forbid.
pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let mut findings = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
            findings.push(Finding::new(
                name,
                "this crate is no room of the house: give it one in xtask/src/rooms.rs, with what it may not know",
            ));
            continue;
        };
        let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap_or_default());
        let dir = manifest.parent().context("a manifest stands in a folder")?;
        findings.extend(edges(room, package));
        for (path, text) in sources(&dir.join("src"))? {
            for word in room.forbidden_words {
                for (line, _) in text.lines().enumerate().filter(|(_, l)| l.contains(word)) {
                    findings.push(Finding::new(
                        format!("{}:{}", relative(root, &path), line + 1),
                        format!("{name} may not say `{word}`"),
                    ));
                }
            }
        }
    }
    Ok(findings)
}

fn edges(room: &Room, package: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        if dependency["kind"] == "dev" {
            continue;
        }
        let other = dependency["name"].as_str().unwrap_or_default();
        let ours = ROOMS.iter().any(|room| room.name == other);
        if ours && !room.knows.contains(&other) || room.forbidden_crates.contains(&other) {
            findings.push(Finding::new(
                format!("{} -> {other}", room.name),
                "forbidden edge between rooms (see ARCHITECTURE.md)",
            ));
        }
    }
    findings
}

/// The Rust sources below a folder, by path, without their test modules.
fn sources(dir: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = item?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && path.file_stem().is_some_and(|stem| stem != "tests")
            {
                let text = fs::read_to_string(&path)?;
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                found.insert(path, code.to_owned());
            }
        }
    }
    Ok(found)
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .display()
        .to_string()
}
