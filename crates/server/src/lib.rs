//! HTTP, live stream, sign-in, jobs: everything that is spoken.
//!
//! This room owns HTTP and the clock. It holds no rule: what somebody may see or do it asks the engine, what is
//! remembered it asks the store. [`start`] binds the address and serves until [`Running::stop`].

mod accounts;
mod advice;
mod app;
mod basemap;
mod body;
mod brief;
mod caller;
mod clock;
mod commands;
mod counts;
mod csrf;
mod demo;
mod drafts;
mod drawing;
mod duplicates;
mod duty;
mod editions;
mod error;
mod figures;
mod files;
mod follow;
mod guard;
mod home;
mod jobs;
mod journal;
mod lang;
mod live;
mod manual;
mod map;
mod mvt;
mod offers;
mod openapi;
mod options;
mod pack_files;
mod packs;
mod page;
mod password;
mod patience;
mod people;
mod photo;
mod problem;
mod projection;
mod records;
mod rehoming;
mod replay;
mod running;
mod schema;
mod session;
mod status;
mod surfaces;
mod tallies;
mod territory;
mod throttle;
mod tokens;
mod which;

pub use error::Error;
pub use openapi::document;
pub use options::{DemoAccount, Limits, Options, Surface};
pub use password::{hash_password, verify_password};
pub use running::{Running, start};
