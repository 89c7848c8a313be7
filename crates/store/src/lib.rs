//! What is remembered: the journal and everything that is computed from it, accounts, files.
//!
//! This room owns SQL and knows no rule: what a command may do is decided by the engine, which the writer asks. There is
//! one writer, a thread of its own, which takes the posts that wait, decides and applies them in one transaction, and
//! answers after the commit; there are several readers, each on a connection of its own, which never wait for it.
//!
//! ```text
//! Store::create(dir, Founding) / Store::open(dir)         one process at a time holds a data directory
//! store.post(submissions).await -> Vec<Outcome>           in order, durable when it returns
//! store.read(|reader| reader.records(...)).await          everything that is asked, see [`Reader`]
//! store.subscribe()                                       one `Arc<Batch>` a commit
//! verify(dir, progress)                                   proves the journal, also beside a running store
//! ```

mod accounts;
mod background;
mod desk;
mod error;
mod files;
mod filter;
mod founding;
mod journal;
mod live;
mod lock;
mod proof;
mod reader;
mod rebuild;
mod records;
mod schema;
mod seal;
mod search;
mod store;
mod tallies;
mod writer;

pub use accounts::{Account, Look, Session, Token};
pub use error::Error;
pub use files::{StoredFile, Thumbnail};
pub use filter::{Bounds, Filter, Order, Page, Party, Scope};
pub use founding::Founding;
pub use journal::{Head, JournalLine};
pub use live::{Batch, LiveEntry};
pub use proof::{Proof, verify};
pub use reader::{Meta, Reader};
pub use records::Nearby;
pub use store::{Options, Store};
pub use tallies::{Tally, TallyQuery};
