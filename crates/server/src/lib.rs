//! HTTP, live stream, sign-in, jobs: everything that is spoken.
//!
//! This room owns HTTP and the clock. It holds no rule: what somebody may see or do it asks the engine, what is
//! remembered it asks the store. [`start`] binds the address and serves until [`Running::stop`].

mod accounts;
mod app;
mod body;
mod caller;
mod clock;
mod commands;
mod csrf;
mod duplicates;
mod error;
mod files;
mod follow;
mod guard;
mod home;
mod jobs;
mod journal;
mod lang;
mod live;
mod manual;
mod offers;
mod openapi;
mod options;
mod packs;
mod page;
mod password;
mod patience;
mod people;
mod photo;
mod problem;
mod records;
mod running;
mod schema;
mod session;
mod status;
mod tallies;
mod territory;
mod throttle;
mod tokens;

pub use error::Error;
pub use openapi::document;
pub use options::{DemoAccount, Limits, Options};
pub use password::{hash_password, verify_password};
pub use running::{Running, start};
