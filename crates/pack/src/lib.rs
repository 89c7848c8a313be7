//! The pack language: services described in YAML, checked as a whole before they are believed.
//!
//! This room does no I/O and knows no clock: it is handed texts and gives back a [`Pack`], a [`Town`] or every
//! [`Fault`] in them. What the descriptions *do* is the engine's business.

mod action;
mod base_map;
mod check;
mod choice;
mod compare;
mod document;
mod eval;
mod expr;
mod fault;
mod field;
mod kind;
mod load;
mod ordered;
mod pack;
mod render;
mod schema;
mod shape;
mod shaped;
mod span;
mod table;
mod text;
mod town;
mod yaml;

pub use action::{Action, Assign, FormItem, From, Guard, Who};
pub use base_map::{BaseMap, MapDatum};
pub use choice::{Choice, ChoiceList};
pub use compare::compare;
pub use document::{Document, Unreadable};
pub use expr::{Datum, EvalError, Expr, Scope};
pub use fault::{Fault, Source};
pub use field::{Field, FieldType};
pub use kind::{
    Clock, Duplicates, Keep, Kind, Late, MapView, PlaceRule, Purpose, Stage, State, Views,
};
pub use load::{PackContext, load_pack, load_town};
pub use ordered::Ordered;
pub use pack::{Pack, PostAt, PostKind};
pub use render::render;
pub use schema::{pack_schema, told_pack_schema, town_schema};
pub use span::{Metres, Span, SpanUnit};
pub use table::{Condition, Period, Route, Row, Subjects, lookup, lookup_among};
pub use text::Text;
pub use town::{Calendar, Code, HashKind, Holiday, Level, Town};
