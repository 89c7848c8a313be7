use std::{ops::ControlFlow, sync::Arc};

use gewang_engine::Record;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    Error,
    link::{Given, Link, given},
    records, search,
};

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

    /// Whose words are found in the index beside the database.
    fn find_in_sqlite(&mut self, text: &str) -> Option<()> {
        let place = self.bind(search::query(text)?);
        self.text(&match self.common {
            false => format!(
                " AND record.id IN (SELECT doc.record FROM word JOIN doc
                    ON doc.domain = $1 AND doc.doc = word.rowid
                  WHERE word MATCH {place} AND word.domain = $1)"
            ),
            true => format!(
                " AND EXISTS (SELECT 1 FROM doc CROSS JOIN word ON word.domain = doc.domain AND word.rowid = doc.doc
                  WHERE doc.domain = $1 AND doc.record = record.id AND word MATCH {place})"
            ),
        });
        Some(())
    }

    /// Whose words are found in the table of them.
    fn find_in_postgres(&mut self, text: &str) -> Option<()> {
        let place = self.bind(search::tsquery(text)?);
        self.text(&format!(
            " AND record.id IN (SELECT doc.record FROM doc
              WHERE doc.domain = $1 AND doc.words @@ CAST(CAST({place} AS text) AS tsquery))"
        ));
        Some(())
    }

    /// Adds the conditions of a filter; `None` where nothing can match.
    pub fn narrow(&mut self, filter: &Filter) -> Option<()> {
        self.among("record.kind", &filter.kinds);
        if let Some(cells) = &filter.cells {
            self.among_or_none("record.cell", cells);
        }
        self.among("record.state", &filter.states);
        self.among("record.stage", &filter.stages);
        match filter.open {
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
            match self.sqlite {
                true => self.find_in_sqlite(text)?,
                false => self.find_in_postgres(text)?,
            }
        }
        if let Some(scope) = &filter.scope {
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

/// One walk through an index: a list is one or two of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// By deadline.
    Due,
    /// What has none, by opening.
    Undue,
    /// By opening.
    Newest,
    /// By the last entry.
    Changed,
    /// By opening, the oldest first.
    Oldest,
}

impl Phase {
    fn letter(self) -> &'static str {
        match self {
            Phase::Due => "d",
            Phase::Undue => "u",
            Phase::Newest => "n",
            Phase::Changed => "c",
            Phase::Oldest => "o",
        }
    }

    /// The column that orders it, and whether it falls.
    fn column(self) -> (&'static str, bool) {
        match self {
            Phase::Due => ("due", false),
            Phase::Undue | Phase::Newest => ("opened", true),
            Phase::Changed => ("changed", true),
            Phase::Oldest => ("opened", false),
        }
    }
}

/// More records than these with the same words are not fetched to be sorted.
const MANY: u64 = 1000;
/// How many records that somebody may not see are looked at before a page ends all the same.
const PATIENCE: usize = 4000;

/// Whether more records have these words than are worth fetching, where the words are in the index beside the database.
fn find_in_sqlite_many(link: &Link, domain: &str, text: &str) -> Result<bool, Error> {
    let Some(query) = search::query(text) else {
        return Ok(false);
    };
    let found: u64 = link.sum(
        "SELECT count(*) FROM (SELECT 1 FROM word WHERE word MATCH $1 AND domain = $2 LIMIT $3)",
        &given![&query, domain, MANY + 1],
        |row| row.get(0),
    )?;
    Ok(found > MANY)
}

pub(crate) fn page(
    link: &Link,
    domain: &str,
    filter: &Filter,
    order: Order,
    cursor: Option<&str>,
    limit: usize,
    visible: &dyn Fn(&Record) -> bool,
) -> Result<Page, Error> {
    let limit = limit.clamp(1, 500);
    let phases: &[Phase] = match order {
        Order::Due => &[Phase::Due, Phase::Undue],
        Order::Newest => &[Phase::Newest],
        Order::Changed => &[Phase::Changed],
        Order::Oldest => &[Phase::Oldest],
    };
    let (mut start, begun) = match cursor {
        Some(cursor) => {
            let (letter, key, id) = parse_cursor(cursor).ok_or(Error::BadCursor)?;
            let start = phases
                .iter()
                .position(|phase| phase.letter() == letter)
                .ok_or(Error::BadCursor)?;
            (start, Some((key, id)))
        }
        None => (0, None),
    };
    let common = match &filter.text {
        Some(text) if link.is_sqlite() => find_in_sqlite_many(link, domain, text)?,
        _ => false,
    };
    let mut position = begun;
    let mut page = Page::default();
    let mut judged = 0;
    while let Some(phase) = phases.get(start) {
        let (column, falls) = phase.column();
        let mut ask = Ask::new(
            link,
            &format!(
                "SELECT record.body, record.{column}, record.id FROM record WHERE record.domain = $1"
            ),
            domain,
        );
        ask.common = common;
        if ask.narrow(filter).is_none() {
            return Ok(Page::default());
        }
        match phase {
            Phase::Due => ask.text(" AND record.due IS NOT NULL"),
            Phase::Undue => ask.text(" AND record.due IS NULL"),
            Phase::Newest | Phase::Changed | Phase::Oldest => {}
        }
        let (sign, direction) = if falls { ("<", "DESC") } else { (">", "ASC") };
        // Words, assignees and requests choose few: their lists are fetched and sorted, instead of walking the whole order.
        // The plus sign keeps SQLite's planner from the index of the order; PostgreSQL counts what it has, and knows no such
        // sign before a text.
        let found = filter.text.is_some() && !common;
        let chosen = found || !filter.assignee.is_empty() || filter.waits == Some(true);
        let plus = if chosen && link.is_sqlite() { "+" } else { "" };
        if let Some((key, id)) = position.take() {
            let key = ask.bind(key);
            let id = ask.bind(id);
            ask.text(&format!(
                " AND ({plus}record.{column}, {plus}record.id) {sign} ({key}, {id})"
            ));
        }
        ask.text(&format!(
            " ORDER BY {plus}record.{column} {direction}, {plus}record.id {direction}"
        ));
        // SQLite fetches no row that is not walked; PostgreSQL sends all, so that it is asked for a few at a time.
        let portion = (!link.is_sqlite()).then_some(2 * limit);
        if let Some(portion) = portion {
            let place = ask.bind(portion as i64);
            ask.text(&format!(" LIMIT {place}"));
        }
        let mut walked = 0;
        let mut last = None;
        link.each_once(&ask.sql, &ask.given(), |row| {
            let record = records::parse(row.text(0)?)?;
            walked += 1;
            judged += 1;
            let is_visible = visible(&record);
            if is_visible {
                page.records.push(record);
            }
            let full = page.records.len() == limit || judged == PATIENCE + limit;
            if full || Some(walked) == portion {
                last = Some((row.get(1)?, row.get(2)?));
            }
            if full {
                page.next = last
                    .as_ref()
                    .map(|(key, id): &(i64, String)| format!("{}.{key}.{id}", phase.letter()));
                return Ok(ControlFlow::Break(()));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if page.next.is_some() {
            return Ok(page);
        }
        match last {
            Some(_) => position = last,
            None => start += 1,
        }
    }
    Ok(page)
}

fn parse_cursor(cursor: &str) -> Option<(&str, i64, String)> {
    let mut parts = cursor.splitn(3, '.');
    let (letter, key, id) = (parts.next()?, parts.next()?, parts.next()?);
    Some((
        letter,
        key.parse().ok()?,
        id.parse::<Uuid>().ok()?.to_string(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How SQLite goes about a list.
    fn plan(filter: &Filter, rest: &str) -> String {
        let link = Link::Sqlite(rusqlite::Connection::open_in_memory().unwrap());
        link.batch(include_str!("../schema.sqlite.sql")).unwrap();
        let begin = "EXPLAIN QUERY PLAN SELECT record.body FROM record WHERE record.domain = $1";
        let mut ask = Ask::new(&link, begin, "d");
        ask.narrow(filter).unwrap();
        ask.text(rest);
        let plan: Vec<String> = link.all(&ask.sql, &ask.given(), |row| row.get(3)).unwrap();
        plan[0].clone()
    }

    #[test]
    fn what_waits_for_approval_is_found_by_its_own_index() {
        let filter = Filter {
            kinds: vec!["a.b".into()],
            open: Some(true),
            waits: Some(true),
            ..Filter::default()
        };
        let plan = plan(&filter, " ORDER BY +record.opened DESC, +record.id DESC");
        assert!(plan.contains("record_waits"), "{plan}");
    }

    #[test]
    fn what_is_open_is_listed_without_what_was() {
        let filter = Filter {
            kinds: vec!["a.b".into()],
            cells: Some(vec!["c".into(), "d".into()]),
            open: Some(true),
            ..Filter::default()
        };
        for rest in [
            " AND record.due IS NULL ORDER BY record.opened DESC, record.id DESC",
            " ORDER BY record.opened DESC, record.id DESC",
            " ORDER BY record.opened ASC, record.id ASC",
        ] {
            let plan = plan(&filter, rest);
            assert!(plan.contains("record_open "), "{plan}");
        }
    }
}
