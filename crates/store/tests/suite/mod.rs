//! What holds on every engine: each of them has a `main.rs` that runs these.

mod drafts;
mod flight;
mod journal;
mod keeping;
mod reading;
