//! The store on PostgreSQL: what holds on every engine, and what many nodes do to each other.

#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod nats;
mod nodes;
mod replica;
#[path = "../support/postgres.rs"]
#[allow(dead_code, reason = "each suite uses its part")]
mod server;
#[path = "../suite/mod.rs"]
mod suite;
#[path = "../town/mod.rs"]
mod town;

use gewang_store::Home;

/// A home of its own for a town.
pub fn home(dir: &std::path::Path) -> Home {
    Home::at(&server::Server::shared().database(), Some(dir)).unwrap()
}
