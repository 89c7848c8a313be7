//! The project's own chores: `cargo xtask tidy`.

use std::{path::Path, process::ExitCode};

mod documents;
mod rooms;
mod web;

/// One thing that is not as the house wants it: where, and what.
struct Finding {
    place: String,
    what: String,
}

impl Finding {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Finding {
            place: place.into(),
            what: what.into(),
        }
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let task = std::env::args().nth(1).unwrap_or_default();
    if task != "tidy" {
        eprintln!("usage: cargo xtask tidy");
        return Ok(ExitCode::from(2));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask stands in the workspace");
    let mut findings = rooms::check(root)?;
    findings.extend(web::check(root)?);
    findings.extend(documents::check(root)?);
    for finding in &findings {
        println!("{}: {}", finding.place, finding.what);
    }
    if findings.is_empty() {
        println!("tidy: rooms and documents are as they say");
        Ok(ExitCode::SUCCESS)
    } else {
        println!("tidy: {} findings", findings.len());
        Ok(ExitCode::FAILURE)
    }
}
