//! What is remembered: the journal and everything that is computed from it, accounts, files.
//!
//! This room owns SQL and knows no rule: what a command may do is decided by the engine. Two threads share the work of a
//! post, one that decides and one that writes (see `post`); posts that wait share a piece of the redo log and are answered
//! when it is on disk; the database follows at once. There are several readers, each on a connection of its own; whoever
//! asks sees everything that was answered before.
//!
//! ```text
//! Store::create(dir, Founding) / Store::open(dir)         one process at a time holds a data directory
//! store.post(submissions).await -> Vec<Outcome>           in order, durable when it returns
//! store.read(|reader| reader.records(...)).await          everything that is asked, see [`Reader`]
//! store.subscribe()                                       one `Arc<Batch>` a commit
//! verify(dir, progress)                                   proves the journal, also beside a running store
//! ```

/// Tests here and in the folder `tests` share a town.
#[cfg(test)]
extern crate self as gewang_store;
#[cfg(test)]
use carry::home;

mod accounts;
mod background;
mod beside;
mod block;
#[cfg(test)]
mod both;
mod carry;
mod checkpointer;
mod decider;
mod desk;
mod disk;
mod drafts;
mod error;
mod failure;
mod fair;
mod files;
mod filter;
mod follow;
mod follower;
mod founding;
mod home;
mod indexer;
mod journal;
mod lease;
mod link;
mod live;
mod lock;
mod post;
mod proof;
mod reader;
mod rebuild;
mod records;
mod redo;
mod rehoming;
mod replay;
mod room;
mod rows;
#[cfg(test)]
mod rules;
mod runtime;
mod schema;
mod scribe;
mod seal;
mod search;
#[cfg(test)]
#[path = "../tests/support/postgres.rs"]
#[allow(dead_code, reason = "each suite uses its part")]
mod server;
mod shared;
#[cfg(test)]
#[path = "../tests/support/s3.rs"]
mod storage;
mod store;
mod tallies;
#[cfg(test)]
#[path = "../tests/town/mod.rs"]
mod town;

pub use accounts::{Account, Look, Session, Token};
pub use carry::{Carried, Progress, Restored, abandon, backup, move_town, restore};
pub use drafts::{Draft, DraftStep, Place};
pub use error::Error;
pub use files::{StoredFile, Thumbnail};
pub use filter::{Bounds, Filter, Order, Page, Party, Scope};
pub use founding::Founding;
pub use home::{Database, Home};
pub use journal::{Head, JournalLine};
pub use live::{Batch, LiveEntry};
pub use proof::{Proof, verify};
pub use reader::{Meta, Reader};
pub use records::Nearby;
pub use rehoming::{Located, Swept};
pub use store::{Options, Store};
pub use tallies::{Tally, TallyQuery};
