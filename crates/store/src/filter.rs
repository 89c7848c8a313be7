use std::sync::Arc;

use gewang_engine::Record;
use jiff::Timestamp;
use uuid::Uuid;

use crate::link::{Given, Link};

mod page;
mod way;
mod words;

pub(crate) use page::page;
pub(crate) use way::{OPEN, count, through};

/// Which records are asked for. What is empty or `None` does not narrow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Any of these kinds, `pack.kind`.
    pub kinds: Vec<String>,
    /// Any of these cells (the caller has added those below them).
    pub cells: Option<Vec<String>>,
    /// Any of these states.
    pub states: Vec<String>,
    /// Any of these stages, `report`, `triage`, `handle`, `close`.
    pub stages: Vec<String>,
    /// Only open ones, or only closed ones.
    pub open: Option<bool>,
    /// Only those a deadline of which has passed while they are open, or only the others.
    pub late: Option<bool>,
    /// Assigned now to any of these (or, with [`Party::Reporter`], reported by).
    pub assignee: Vec<Party>,
    /// Only those in which an action waits for approval, or only the others.
    pub waits: Option<bool>,
    /// Words that all occur in it, Chinese or Latin; or its number.
    pub text: Option<String>,
    /// Inside this box.
    pub bounds: Option<Bounds>,
    /// The deadline that comes first lies at or after this instant.
    pub due_from: Option<Timestamp>,
    /// It lies before this one.
    pub due_to: Option<Timestamp>,
    /// Changed by an entry after this sequence number.
    pub changed_since: Option<u64>,
    /// What the asker may at most see.
    pub scope: Option<Scope>,
}

impl Filter {
    /// Whether open or closed ones are asked for; what is late is open.
    fn open(&self) -> Option<bool> {
        match self.late {
            Some(true) if self.open.is_none() => Some(true),
            _ => self.open,
        }
    }
}

/// The part of a domain that somebody may at most see: narrows the search before each record is judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Records in these cells.
    pub cells: Vec<String>,
    /// Records that are or were assigned to these, or reported by them.
    pub parties: Vec<Party>,
    /// Every record of these kinds, wherever it is.
    pub kinds: Vec<String>,
}

/// Somebody to whom a record is or was assigned, or who reported it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// A unit, whatever the post.
    Unit(Uuid),
    /// A kind of post at a cell.
    Post {
        /// The cell.
        cell: String,
        /// The kind of post.
        post: String,
    },
    /// A person to whom it was given by name.
    Person(Uuid),
    /// A person who reported it.
    Reporter(Uuid),
}

impl Party {
    /// How it stands in the table `party`.
    pub(crate) fn code(&self) -> String {
        match self {
            Party::Unit(id) => format!("u:{id}"),
            Party::Post { cell, post } => format!("c:{cell}:{post}"),
            Party::Person(id) => format!("p:{id}"),
            Party::Reporter(id) => format!("r:{id}"),
        }
    }
}

/// A box in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Its western edge.
    pub west: f64,
    /// Its southern edge.
    pub south: f64,
    /// Its eastern edge.
    pub east: f64,
    /// Its northern edge.
    pub north: f64,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// What is due first; what has no deadline last.
    Due,
    /// What was opened last first.
    #[default]
    Newest,
    /// What changed last first.
    Changed,
    /// What was opened first first.
    Oldest,
}

/// One page of a list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The records.
    pub records: Vec<Arc<Record>>,
    /// Asked with it, the list goes on; `None` at its end. A page may hold fewer records than asked and still go on.
    pub next: Option<String>,
}

/// A question put together from its conditions; parameters are numbered as they are added.
pub(crate) struct Ask {
    pub sql: String,
    parameters: Vec<Parameter>,
    /// Words are asked for differently.
    sqlite: bool,
    /// So many records have the words that is asked of each record whether it has them, instead of fetching all that do.
    common: bool,
}

/// A value that a question keeps.
pub(crate) enum Parameter {
    Int(i64),
    Text(String),
}

impl From<i64> for Parameter {
    fn from(number: i64) -> Self {
        Parameter::Int(number)
    }
}

impl From<String> for Parameter {
    fn from(text: String) -> Self {
        Parameter::Text(text)
    }
}

impl Ask {
    /// Begins with a text whose only parameter is the domain.
    pub fn new(link: &Link, sql: &str, domain: &str) -> Ask {
        Ask {
            sql: sql.to_owned(),
            parameters: vec![Parameter::Text(domain.to_owned())],
            sqlite: link.is_sqlite(),
            common: false,
        }
    }

    pub fn text(&mut self, text: &str) {
        self.sql.push_str(text);
    }

    /// Adds a parameter and says how it is called.
    pub fn bind(&mut self, value: impl Into<Parameter>) -> String {
        self.parameters.push(value.into());
        format!("${}", self.parameters.len())
    }

    /// `AND left $n`.
    pub fn compare(&mut self, left: &str, value: impl Into<Parameter>) {
        let place = self.bind(value);
        self.text(&format!(" AND {left} {place}"));
    }

    /// `AND column IN (…)`, unless there is nothing to choose from.
    pub fn among(&mut self, column: &str, values: &[String]) {
        if !values.is_empty() {
            self.among_or_none(column, values);
        }
    }

    /// `AND column IN (…)`; nothing matches where there is nothing to choose from.
    pub fn among_or_none(&mut self, column: &str, values: &[String]) {
        let list = self.list(values);
        self.text(&format!(" AND {column} IN ({list})"));
    }

    /// The values of its parameters.
    pub fn given(&self) -> Vec<Given<'_>> {
        let given = self.parameters.iter().map(|parameter| match parameter {
            Parameter::Int(number) => Given::from(*number),
            Parameter::Text(text) => Given::from(text),
        });
        given.collect()
    }

    /// What stands between the parentheses of `IN`; PostgreSQL wants something there, and nothing is the same as `NULL`.
    fn list(&mut self, values: &[String]) -> String {
        if values.is_empty() {
            return "NULL".into();
        }
        let places: Vec<String> = values
            .iter()
            .map(|value| self.bind(value.clone()))
            .collect();
        places.join(", ")
    }

    /// Adds the conditions of a filter; `None` where nothing can match.
    pub fn narrow(&mut self, filter: &Filter) -> Option<()> {
        self.among("record.kind", &filter.kinds);
        if let Some(cells) = &filter.cells {
            if cells.is_empty() {
                return None;
            }
            self.among("record.cell", cells);
        }
        self.among("record.state", &filter.states);
        self.among("record.stage", &filter.stages);
        match filter.open() {
            Some(true) => self.text(" AND record.closed IS NULL"),
            Some(false) => self.text(" AND record.closed IS NOT NULL"),
            None => {}
        }
        if let Some(late) = filter.late {
            self.compare("record.late =", i64::from(late));
        }
        match filter.waits {
            Some(true) => self.text(" AND record.waits IS NOT NULL"),
            Some(false) => self.text(" AND record.waits IS NULL"),
            None => {}
        }
        if let Some(bounds) = &filter.bounds {
            let [west, south, east, north] = bounds.units();
            for (left, value) in [
                ("record.lat >=", south),
                ("record.lat <=", north),
                ("record.lon >=", west),
                ("record.lon <=", east),
            ] {
                self.compare(left, value);
            }
        }
        for (left, at) in [
            ("record.due >=", filter.due_from),
            ("record.due <", filter.due_to),
        ] {
            if let Some(at) = at {
                self.compare(left, at.as_microsecond());
            }
        }
        if let Some(seq) = filter.changed_since {
            self.compare("record.changed >", i64::try_from(seq).unwrap_or(i64::MAX));
        }
        if !filter.assignee.is_empty() {
            let codes: Vec<String> = filter.assignee.iter().map(Party::code).collect();
            let list = self.list(&codes);
            self.text(&format!(
                " AND record.id IN (SELECT record FROM party WHERE domain = $1 AND party IN ({list}) AND current = 1)"
            ));
        }
        if let Some(text) = &filter.text {
            self.find(text)?;
        }
        if let Some(scope) = &filter.scope {
            if *scope == Scope::default() {
                return None;
            }
            let cells = self.list(&scope.cells);
            let kinds = self.list(&scope.kinds);
            let codes: Vec<String> = scope.parties.iter().map(Party::code).collect();
            let parties = self.list(&codes);
            self.text(&format!(
                " AND (record.cell IN ({cells}) OR record.kind IN ({kinds})
                  OR record.id IN (SELECT record FROM party WHERE domain = $1 AND party IN ({parties})))"
            ));
        }
        Some(())
    }
}
