//! The store on SQLite: what holds on every engine, and what only a database in a file knows.

#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod flight;
mod journal;
mod keeping;
mod redo;
#[path = "../suite/mod.rs"]
mod suite;
#[path = "../town/mod.rs"]
mod town;

/// A home of its own for a town.
pub fn home(dir: &std::path::Path) -> gewang_store::Home {
    dir.into()
}
