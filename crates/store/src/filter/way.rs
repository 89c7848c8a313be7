//! Through which index a list is come by. PostgreSQL plans by what it has counted; SQLite is told.

use std::ops::ControlFlow;

use super::{Ask, Filter, page::Phase, words::are_common};
use crate::{Error, link::Link};

/// How a list is come by.
pub(super) enum Way<'f> {
    /// In the order of an index, as far as is asked.
    Walk(&'static str),
    /// In the order of an index that begins with a column, for each of some values at once.
    Merge(&'static str, &'static str, &'f [String]),
    /// Along the index of words beside the database.
    Words,
    /// All that a condition leaves, through its index, to be sorted.
    Fetch(&'static str),
}

/// More values than these are not walked one beside the other.
const ARMS: usize = 16;
/// More records than these are not fetched to be sorted, if it can be helped.
const FEW: u64 = 1000;
/// More records than these with the same words are not fetched where nothing lists them in the order that is asked.
const MANY: u64 = 10_000;

/// The index of the ids, which words or people choose.
const CHOSEN: &str = "sqlite_autoindex_record_1";
const WAITS: &str = "record_waits";
/// What is open.
pub(crate) const OPEN: &str = "record_open";
const OPENED: &str = "record_opened";
const DUE: &str = "record_due";
const CHANGED: &str = "record_changed";

impl Filter {
    /// Columns with the values that are asked for and the index that begins with them.
    fn columns(&self) -> impl Iterator<Item = (&'static str, &'static str, &[String])> {
        let cells = self.cells.as_deref().unwrap_or_default();
        let columns = [
            ("record_cell", "cell", cells),
            ("record_state", "state", self.states.as_slice()),
            ("record_kind", "kind", self.kinds.as_slice()),
        ];
        columns
            .into_iter()
            .filter(|(.., values)| !values.is_empty())
    }

    /// The same but for the condition on a column.
    pub(super) fn without(&self, column: &str) -> Filter {
        let mut rest = self.clone();
        match column {
            "cell" => rest.cells = None,
            "state" => rest.states.clear(),
            _ => rest.kinds.clear(),
        }
        rest
    }

    /// Conditions that may leave few, each by itself, and the index through which it is met.
    fn conditions(&self) -> Vec<(&'static str, Filter)> {
        let mut conditions: Vec<(&str, Filter)> = Vec::new();
        let nothing = Filter::default;
        if let Some(true) = self.open() {
            let open = Some(true);
            conditions.push((OPEN, Filter { open, ..nothing() }));
        }
        for (index, column, values) in self.columns() {
            let values = values.to_vec();
            let alone = match column {
                "cell" => Filter {
                    cells: Some(values),
                    ..nothing()
                },
                "state" => Filter {
                    states: values,
                    ..nothing()
                },
                _ => Filter {
                    kinds: values,
                    ..nothing()
                },
            };
            conditions.push((index, alone));
        }
        if let Some(since) = self.changed_since {
            let changed_since = Some(since);
            conditions.push((
                CHANGED,
                Filter {
                    changed_since,
                    ..nothing()
                },
            ));
        }
        conditions
    }

    /// The index through which those are met who always leave few.
    fn chosen(&self, common: bool) -> Option<&'static str> {
        if (self.text.is_some() && !common) || !self.assignee.is_empty() {
            return Some(CHOSEN);
        }
        (self.waits == Some(true)).then_some(WAITS)
    }

    /// The walk in the order that is asked.
    fn walk(&self, phase: Phase) -> Way<'_> {
        match phase {
            Phase::Due => return Way::Walk(DUE),
            Phase::Changed => return Way::Walk(CHANGED),
            _ if self.open() == Some(true) => return Way::Walk(OPEN),
            // Where they are stands in this one alone.
            _ if self.bounds.is_some() => return Way::Walk(OPENED),
            _ => {}
        }
        let narrow = self.columns().find(|(.., values)| values.len() <= ARMS);
        narrow.map_or(Way::Walk(OPENED), |(index, column, values)| {
            Way::Merge(index, column, values)
        })
    }
}

/// How a list in an order is come by, and whether so many have its words that each record is asked whether it has them.
pub(super) fn way<'f>(
    link: &Link,
    domain: &str,
    filter: &'f Filter,
    phase: Phase,
) -> Result<(Way<'f>, bool), Error> {
    let walk = filter.walk(phase);
    let common = match walk {
        Way::Walk(OPEN | DUE) => are_common(link, domain, filter, FEW)?,
        Way::Walk(CHANGED) => are_common(link, domain, filter, MANY)?,
        // The index of words has the order by itself.
        _ => link.is_sqlite() && filter.text.is_some(),
    };
    if let Some(index) = filter.chosen(common) {
        // PostgreSQL knows which words are common.
        let way = if link.is_sqlite() {
            Way::Fetch(index)
        } else {
            Way::Walk(index)
        };
        return Ok((way, common));
    }
    let walked = match walk {
        // Little beside what was.
        Way::Walk(OPEN | DUE) | Way::Words | Way::Fetch(_) => return Ok((walk, common)),
        Way::Walk(index) | Way::Merge(index, ..) => index,
    };
    for (index, alone) in filter.conditions() {
        if index != walked && count(link, domain, &alone, FEW + 1)? <= FEW {
            return Ok((Way::Fetch(index), common));
        }
    }
    match walk {
        Way::Walk(CHANGED) => Ok((walk, common)),
        _ => Ok((if common { Way::Words } else { walk }, common)),
    }
}

/// How many records match, counting no further than `most`.
pub(crate) fn count(link: &Link, domain: &str, filter: &Filter, most: u64) -> Result<u64, Error> {
    let common = are_common(link, domain, filter, MANY)?;
    let nearest = filter
        .conditions()
        .first()
        .map_or(OPENED, |(index, _)| *index);
    let index = filter.chosen(common).unwrap_or(nearest);
    let mut ask = Ask::new(
        link,
        &format!(
            "SELECT count(*) FROM (SELECT 1 FROM record {} WHERE record.domain = $1",
            through(link, index)
        ),
        domain,
    );
    ask.common = common;
    if ask.narrow(filter).is_none() {
        return Ok(0);
    }
    let place = ask.bind(i64::try_from(most).unwrap_or(i64::MAX));
    ask.text(&format!(" LIMIT {place}) AS found"));
    let mut count = 0;
    link.each_once(&ask.sql, &ask.given(), |row| {
        count = row.get(0)?;
        Ok(ControlFlow::Break(()))
    })?;
    Ok(count)
}

/// Behind the name of a table: through which of its indexes SQLite goes.
pub(crate) fn through(link: &Link, index: &str) -> String {
    match link.is_sqlite() {
        true => format!("INDEXED BY {index}"),
        false => String::new(),
    }
}
