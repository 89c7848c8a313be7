//! A page of a list.

use std::{collections::BTreeSet, ops::ControlFlow, sync::Arc};

use gewang_engine::Record;
use uuid::Uuid;

use super::{
    Ask, Filter, Order, Page,
    way::{Way, through, way},
    words::along_words_in_sqlite,
};
use crate::{Error, link::Link, records};

/// A part of a list, in one order: a list is one or two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
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

    /// What is of it.
    pub(super) fn condition(self) -> &'static str {
        match self {
            Phase::Due => " AND record.due IS NOT NULL",
            Phase::Undue => " AND record.due IS NULL",
            Phase::Newest | Phase::Changed | Phase::Oldest => "",
        }
    }

    /// The column that orders it, and whether it falls.
    pub(super) fn column(self) -> (&'static str, bool) {
        match self {
            Phase::Due => ("due", false),
            Phase::Undue | Phase::Newest => ("opened", true),
            Phase::Changed => ("changed", true),
            Phase::Oldest => ("opened", false),
        }
    }
}

/// How many records that somebody may not see are looked at before a page ends all the same.
const PATIENCE: usize = 4000;

/// A place in a list: what orders it, and the id.
pub(super) type Spot = (i64, Uuid);

pub(crate) fn page(
    link: &Link,
    domain: &str,
    filter: &Filter,
    order: Order,
    cursor: Option<&str>,
    limit: usize,
    visible: &dyn Fn(&Record) -> bool,
) -> Result<Page, Error> {
    let phases: &[Phase] = match order {
        Order::Due => &[Phase::Due, Phase::Undue],
        Order::Newest => &[Phase::Newest],
        Order::Changed => &[Phase::Changed],
        Order::Oldest => &[Phase::Oldest],
    };
    let (start, mut from) = match cursor {
        Some(cursor) => {
            let (letter, spot) = parse_cursor(cursor).ok_or(Error::BadCursor)?;
            let start = phases.iter().position(|phase| phase.letter() == letter);
            (start.ok_or(Error::BadCursor)?, Some(spot))
        }
        None => (0, None),
    };
    let mut listing = Listing {
        link,
        domain,
        filter,
        limit: limit.clamp(1, 500),
        visible,
        page: Page::default(),
        judged: 0,
    };
    for phase in &phases[start..] {
        let (way, common) = way(link, domain, filter, *phase)?;
        match way {
            Way::Words => listing.along_words(*phase, from.take())?,
            way => listing.along_records(*phase, &way, common, from.take())?,
        }
        if listing.page.next.is_some() {
            break;
        }
    }
    Ok(listing.page)
}

/// A page that is being filled.
struct Listing<'a> {
    link: &'a Link,
    domain: &'a str,
    filter: &'a Filter,
    limit: usize,
    visible: &'a dyn Fn(&Record) -> bool,
    page: Page,
    judged: usize,
}

impl Listing<'_> {
    /// Takes a record if it may be seen; a break where the page is full.
    fn judge(&mut self, phase: Phase, record: Arc<Record>, (key, id): Spot) -> ControlFlow<()> {
        self.judged += 1;
        if (self.visible)(&record) {
            self.page.records.push(record);
        }
        if self.page.records.len() < self.limit && self.judged < PATIENCE + self.limit {
            return ControlFlow::Continue(());
        }
        self.page.next = Some(format!("{}.{key}.{id}", phase.letter()));
        ControlFlow::Break(())
    }

    /// The same of a record of which only the place is known.
    fn judge_at(&mut self, phase: Phase, spot: Spot) -> Result<ControlFlow<()>, Error> {
        let record = records::load(self.link, self.domain, spot.1)?;
        let judged = record.map(|record| self.judge(phase, record, spot));
        Ok(judged.unwrap_or(ControlFlow::Continue(())))
    }

    fn along_words(&mut self, phase: Phase, from: Option<Spot>) -> Result<(), Error> {
        let (link, domain, filter) = (self.link, self.domain, self.filter);
        along_words_in_sqlite(link, domain, filter, phase, from, |spot| {
            self.judge_at(phase, spot)
        })
    }

    fn along_records(
        &mut self,
        phase: Phase,
        way: &Way<'_>,
        common: bool,
        mut from: Option<Spot>,
    ) -> Result<(), Error> {
        let sqlite = self.link.is_sqlite();
        // What is sorted first is read when its turn comes, where reading costs no way to a server.
        let later = sqlite && matches!(way, Way::Fetch(_));
        // SQLite fetches no row that is not walked; PostgreSQL sends all, so that it is asked for a few at a time, and for
        // more where much of it may not be seen.
        let mut portion = (!sqlite).then_some(self.limit);
        loop {
            let Some(ask) = self.ask(phase, way, common, from, portion) else {
                return Ok(());
            };
            let mut walked = 0;
            self.link.each_once(&ask.sql, &ask.given(), |row| {
                let spot = (row.get(1)?, row.get(2)?);
                walked += 1;
                from = Some(spot);
                match later {
                    true => self.judge_at(phase, spot),
                    false => Ok(self.judge(phase, records::parse(row.text(0)?)?, spot)),
                }
            })?;
            if self.page.next.is_some() || portion != Some(walked) {
                return Ok(());
            }
            portion = portion.map(|portion| (2 * portion).min(PATIENCE));
        }
    }

    /// The question for what comes behind a place; `None` where nothing can match.
    fn ask(
        &self,
        phase: Phase,
        way: &Way<'_>,
        common: bool,
        from: Option<Spot>,
        portion: Option<usize>,
    ) -> Option<Ask> {
        let (column, falls) = phase.column();
        let mut ask = Ask::new(self.link, "", self.domain);
        ask.common = common;
        match way {
            Way::Merge(_, column, _) => ask.narrow(&self.filter.without(column))?,
            _ => ask.narrow(self.filter)?,
        }
        ask.text(phase.condition());
        // What is to be sorted is not an index's order.
        let (index, sorted) = match way {
            Way::Walk(index) | Way::Merge(index, ..) => (index, ""),
            Way::Fetch(index) => (index, " + 0"),
            Way::Words => return None,
        };
        let (sign, direction) = if falls { ("<", "DESC") } else { (">", "ASC") };
        if let Some((key, id)) = from {
            let (key, id) = (ask.bind(key), ask.bind(id.to_string()));
            ask.text(&format!(
                " AND (record.{column}{sorted}, record.id) {sign} ({key}, {id})"
            ));
        }
        let body = match way {
            Way::Fetch(_) if self.link.is_sqlite() => "NULL",
            _ => "record.body",
        };
        let select = format!(
            "SELECT {body}, record.{column}, record.id FROM record {} WHERE record.domain = $1{}",
            through(self.link, index),
            ask.sql
        );
        let (key, id) = match way {
            Way::Merge(_, column, values) => {
                let arms = values
                    .iter()
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .map(|value| {
                        let value = ask.bind(value.clone());
                        format!("{select} AND record.{column} = {value}")
                    });
                ask.sql = arms.collect::<Vec<_>>().join(" UNION ALL ");
                ("2".to_owned(), "3")
            }
            _ => {
                ask.sql = select;
                (format!("record.{column}{sorted}"), "record.id")
            }
        };
        ask.text(&format!(" ORDER BY {key} {direction}, {id} {direction}"));
        if let Some(portion) = portion {
            let place = ask.bind(portion as i64);
            ask.text(&format!(" LIMIT {place}"));
        }
        Some(ask)
    }
}

/// A place as its page told it: the letter of the phase, the key, the id.
fn parse_cursor(cursor: &str) -> Option<(&str, Spot)> {
    let mut parts = cursor.splitn(3, '.');
    let (letter, key, id) = (parts.next()?, parts.next()?, parts.next()?);
    Some((letter, (key.parse().ok()?, id.parse().ok()?)))
}

#[cfg(test)]
mod tests;
