//! What may happen and what then holds: commands in, entries out.
//!
//! Everything here is a pure function of what it is handed. No clock, no I/O, no randomness: the time of a command is
//! part of it, records are asked for through [`Read`], and the same journal gives the same state, byte for byte.
//!
//! The face of the room (every type named here is exported from the crate's root):
//!
//! ```text
//! trait Read { type Error;
//!     fn record(&self, id: Uuid) -> Result<Option<Arc<Record>>, Self::Error>;
//!     fn file(&self, hash: &str) -> Result<Option<FileInfo>, Self::Error>;        // FileInfo { media: String, bytes: u64 }
//!     fn content(&self, hash: &str) -> Result<Option<Vec<u8>>, Self::Error>;      // setup files only
//!     fn opened(&self, kind: &str, day: jiff::civil::Date) -> Result<u64, Self::Error>; } // numbered records opened that local day
//!
//! Setup::load(town: Source, packs: Vec<Vec<Source>>, cells: &str) -> Result<Setup, Vec<Fault>>  // every version of every pack, pack `town` among them
//! Setup::read(world: &R, domain: &Record) -> Result<Result<Setup, Vec<Fault>>, R::Error>       // from the files that a town.domain record names
//! Setup: town() -> &Town, packs() -> impl Iterator<Item = &Arc<Pack>> (those in force), pack(id, version) -> Option<&Arc<Pack>>,
//!        kind(name) -> Option<(&Kind, u32)> (in force), kind_at(name, version) -> Option<&Kind>, kinds() -> impl Iterator<Item = (&str, &Kind)>,
//!        options(kind_name, version, field) -> Option<&ChoiceList>, post(id) -> Option<PostInfo { title: Text, at: PostAt }>,
//!        grid() -> &Grid, calendar() -> &WorkCalendar, day(Timestamp) -> Date, day_number(Timestamp) -> i32
//! Grid: root() -> &str, cell(id) -> Option<&CellInfo { id, title: Text, level: String, parent: Option<String>, leaf: bool }>, cells() -> &[CellInfo],
//!       chain(cell) -> Vec<&str> (from it up to the root), covers(above, cell) -> bool, below(cell) -> Vec<&str> (itself and all under it),
//!       locate(Coord) -> Result<&str, gewang_grid::Outside>, partition() -> &Partition
//!
//! Engine: Clone (cheap). Engine::found(Arc<Setup>) -> Engine; setup() -> &Arc<Setup>; roster() -> &Roster; adopt(&mut self, Arc<Setup>)
//!   decide(&self, &impl Read, &Submission) -> Result<Verdict, R::Error>       // Verdict::{Done(Vec<Entry>), Merged(Vec<Entry>), Refused(Refusal)}
//!   apply(&self, before: Option<Record>, &Entry) -> Applied { record: Record, tallies: Vec<(TallyKey, i64)> }   // entry.seq set, personal sealed
//!   absorb(&mut self, &Record) -> bool       // true when people, units or posts changed; a changed town.domain record: Setup::read, then adopt
//!   Engine::concerns_setup(&Record) -> bool          // the record is town.domain
//!   retime(&self, &mut Record)               // timing under the rules now in force (after adopt)
//!   wake(&self, &Record, now) -> Vec<Command>                // system commands due now; received = now, Actor::System
//!   may(&self, &Actor, &[Who], &Record, at) -> bool;  visible(&self, &Actor, &Record, at) -> bool;  may_open(&self, &Actor, &Record, purpose: &str, at) -> bool
//!   offers(&self, &Actor, &Record, now) -> Vec<Offer>;  creations(&self, &Actor, now) -> Vec<Offer>
//!   explain(&self, &Record) -> Explanation;  route(&self, &Record, at) -> Routing;  chain(&self, cell: &str, at) -> Vec<Answering>
//!   tallies(&self, before: Option<&Record>, after: &Record) -> Vec<(TallyKey, i64)>       // TallyKey { kind, cell, day: i32, measure }, Ord
//!   duplicate_window(&self, &Record) -> Option<DuplicateWindow { kind, place: Coord, radius_m: f64, since, until: Timestamp, same: Vec<(String, Value)> }>
//!   likely_same(&self, a: &Record, b: &Record) -> bool
//! Roster: person(Uuid) -> Option<&Person { id, name, active }>, people(), unit(Uuid) -> Option<&Unit { id, role, title: Text, cell, active }>, units(),
//!   posts_of(person: Uuid, at) -> impl Iterator<Item = &Held { id, person, post, seat: Seat::{Cell(String), Unit(Uuid)}, from, until }>, all_posts()
//! Outcome::of(OutcomeKind, command: Uuid, &Record) -> Outcome; Outcome::refused(command: Uuid, record: Uuid, Refusal) -> Outcome
//! chain::canonical(&Entry, domain: &str) -> Vec<u8>;  chain::link(prev: &[u8; 32], bytes: &[u8], HashKind) -> [u8; 32]
//! refusal::{command_reused(), forbidden(), not_found(), …} -> Refusal         // all codes; docs/refusals.md lists them
//! Memory::new(Arc<Setup>) -> Memory: Read; post(&mut self, Submission) -> Outcome; tick(&mut self, now); entries(); records(); tallies(); engine(); keep(hash, FileInfo, Option<Vec<u8>>)
//! ```

mod answering;
mod apply;
mod assign;
mod authority;
mod built_in;
mod calendar;
mod case;
pub mod chain;
mod command;
mod decide;
mod duplicate;
mod effect;
mod engine;
mod entry;
mod explain;
mod form;
mod halt;
mod memory;
mod offer;
mod outcome;
mod place;
mod pointer;
mod record;
pub mod refusal;
mod roster;
mod setup;
mod sight;
mod system;
mod table;
mod tally;
mod territory;
mod timing;
mod town;
mod value;
mod wording;
mod world;

pub use answering::Answering;
pub use assign::Routing;
pub use calendar::{DayNature, WorkCalendar};
pub use command::{Actor, Command, Submission};
pub use duplicate::DuplicateWindow;
pub use engine::{Applied, Engine, Verdict};
pub use entry::{Change, Entry, Joined, LateNotice, Request, Sealed};
pub use explain::{Explanation, Step, Working};
pub use memory::Memory;
pub use offer::{Asked, Candidate, Offer};
pub use outcome::{Outcome, OutcomeKind, Refusal};
pub use record::{Assignee, Deadline, Extension, Record, Timing};
pub use roster::{Held, Person, Roster, Seat, Unit};
pub use setup::{PostInfo, Setup};
pub use tally::TallyKey;
pub use territory::{CellInfo, Grid, new_home};
pub use world::{FileInfo, Read};

// The rooms below, for those who may know them only through this one.
pub use gewang_pack as pack;
