use std::{
    collections::{BTreeMap, hash_map::Entry},
    ops::ControlFlow,
};

use gewang_engine::TallyKey;
use jiff::civil::Date;
use rustc_hash::FxHashMap;

use crate::{
    Error,
    filter::Ask,
    link::{Link, given},
    rows::Rows,
};

/// Which counts are asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TallyQuery {
    /// Of these kinds; empty: all.
    pub kinds: Vec<String>,
    /// These measures; empty: all. One that ends in `:` stands for all that begin with it.
    pub measures: Vec<String>,
    /// First and last local day, days since 1970; `None`: what stands now.
    pub days: Option<(i32, i32)>,
    /// In these cells (the caller has added those below them).
    pub cells: Option<Vec<String>>,
}

/// One count.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// `pack.kind`.
    pub kind: String,
    /// The local day, days since 1970; 0 for what stands now.
    pub day: i32,
    /// What is counted.
    pub measure: String,
    /// The cell: a leaf, or the root.
    pub cell: String,
    /// How many.
    pub n: i64,
}

pub(crate) fn read(link: &Link, domain: &str, query: &TallyQuery) -> Result<Vec<Tally>, Error> {
    let mut ask = Ask::new(
        link,
        "SELECT kind, day, cell, counts FROM counted WHERE domain = $1",
        domain,
    );
    ask.among("kind", &query.kinds);
    let (first, last) = query.days.unwrap_or((0, 0));
    ask.compare("day >=", i64::from(first));
    ask.compare("day <=", i64::from(last));
    if query.days.is_some() {
        ask.text(" AND day <> 0");
    }
    if let Some(cells) = &query.cells {
        ask.among_or_none("cell", cells);
    }
    let mut tallies = Vec::new();
    link.each_once(&ask.sql, &ask.given(), |row| {
        let (kind, day, cell): (String, i32, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        for (measure, n) in parse(row.text(3)?)? {
            if n != 0 && query.asks_for(&measure) {
                tallies.push(Tally {
                    kind: kind.clone(),
                    day,
                    measure,
                    cell: cell.clone(),
                    n,
                });
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    tallies.sort_unstable_by(|one, other| one.key().cmp(&other.key()));
    Ok(tallies)
}

impl Tally {
    fn key(&self) -> (&str, i32, &str, &str) {
        (&self.kind, self.day, &self.measure, &self.cell)
    }
}

impl TallyQuery {
    fn asks_for(&self, measure: &str) -> bool {
        self.measures.is_empty()
            || self.measures.iter().any(|asked| {
                measure == asked || asked.ends_with(':') && measure.starts_with(asked.as_str())
            })
    }
}

/// Counts by measure, as they stand in one row.
type Measures = BTreeMap<String, i64>;

fn parse(counts: &str) -> Result<Measures, Error> {
    Ok(serde_json::from_str(counts)?)
}

/// Where counts stand: one row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Spot {
    kind: String,
    day: i32,
    cell: String,
}

/// What is to be added to counts.
#[derive(Default)]
pub(crate) struct Additions(FxHashMap<Spot, Vec<(String, i64)>>);

impl Additions {
    pub fn add(&mut self, key: TallyKey, n: i64) {
        let TallyKey {
            kind,
            cell,
            day,
            measure,
        } = key;
        let additions = self.0.entry(Spot { kind, day, cell }).or_default();
        add(additions, measure, n);
    }

    pub fn extend(&mut self, more: Additions) {
        for (spot, more) in more.0 {
            match self.0.entry(spot) {
                Entry::Vacant(vacant) => {
                    vacant.insert(more);
                }
                Entry::Occupied(mut here) => {
                    for (measure, n) in more {
                        add(here.get_mut(), measure, n);
                    }
                }
            }
        }
    }
}

/// A spot has a few dozen measures, most additions fewer: looking them through is quicker than hashing.
fn add(additions: &mut Vec<(String, i64)>, measure: String, n: i64) {
    match additions.iter_mut().find(|(known, _)| *known == measure) {
        Some((_, sum)) => *sum += n,
        None => additions.push((measure, n)),
    }
}

/// Writes counts, and remembers those that it wrote lately, so that a row that changes with every commit is only ever
/// written. Nobody else writes them.
#[derive(Default)]
pub(crate) struct Ledger(FxHashMap<Spot, Measures>);

/// So many rows are remembered, of one or two KB each.
const REMEMBERED: usize = 4096;

impl Ledger {
    /// After a transaction was taken back: what was written in it is not so.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// Adds to the counts, each row once.
    pub fn write(&mut self, link: &Link, domain: &str, additions: &Additions) -> Result<(), Error> {
        static COUNTED: Rows<4> = Rows::merged(
            "INSERT INTO counted (domain, kind, day, cell, counts)",
            "ON CONFLICT (domain, kind, day, cell) DO UPDATE SET counts = excluded.counts",
        );
        if self.0.len() > REMEMBERED {
            self.forget();
        }
        let mut rows = Vec::with_capacity(additions.0.len());
        for (spot, additions) in &additions.0 {
            if additions.iter().all(|(_, n)| *n == 0) {
                continue;
            }
            let measures = match self.0.get_mut(spot) {
                Some(known) => known,
                None => {
                    let found = load(link, domain, spot)?;
                    self.0.entry(spot.clone()).or_insert(found)
                }
            };
            for (measure, n) in additions.iter().filter(|(_, n)| *n != 0) {
                match measures.get_mut(measure) {
                    Some(sum) if *sum + n == 0 => drop(measures.remove(measure)),
                    Some(sum) => *sum += n,
                    None => drop(measures.insert(measure.clone(), *n)),
                }
            }
            rows.push((spot, serde_json::to_string(measures)?));
        }
        // In the order of the table, so that neighbours are on one page.
        rows.sort_unstable_by_key(|(spot, _)| *spot);
        COUNTED.write(link, domain, &rows, |(spot, counts)| {
            given![&spot.kind, spot.day, &spot.cell, counts]
        })
    }
}

fn load(link: &Link, domain: &str, spot: &Spot) -> Result<Measures, Error> {
    let counts = link.one(
        "SELECT counts FROM counted WHERE domain = $1 AND kind = $2 AND day = $3 AND cell = $4",
        &given![domain, &spot.kind, spot.day, &spot.cell],
        |row| parse(row.text(0)?),
    )?;
    Ok(counts.unwrap_or_default())
}

/// How many records of a kind were opened on a local day.
pub(crate) fn opened(link: &Link, domain: &str, kind: &str, day: Date) -> Result<u64, Error> {
    let mut opened = 0;
    link.each(
        "SELECT counts FROM counted WHERE domain = $1 AND kind = $2 AND day = $3",
        &given![domain, kind, day_number(day)],
        |row| {
            let counts = parse(row.text(0)?)?;
            opened += counts.get("opened").map_or(0, |n| n.unsigned_abs());
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(opened)
}

/// Days since 1970-01-01.
fn day_number(day: Date) -> i64 {
    day.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    fn key(cell: &str, measure: &str) -> TallyKey {
        TallyKey {
            kind: "a.b".into(),
            cell: cell.into(),
            day: 0,
            measure: measure.into(),
        }
    }

    fn additions(changes: &[(&str, &str, i64)]) -> Additions {
        let mut additions = Additions::default();
        for (cell, measure, n) in changes {
            additions.add(key(cell, measure), *n);
        }
        additions
    }

    #[test]
    fn counts_add_up_whether_remembered_or_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let link = schema::open_writer(dir.path()).unwrap();
        let mut ledger = Ledger::default();
        let mut all = additions(&[("x", "open", 2), ("x", "late", 1), ("y", "open", 1)]);
        all.extend(additions(&[("x", "open", 1), ("z", "open", 0)]));
        ledger.write(&link, "d", &all).unwrap();
        let check = |asked: &[&str], counts: &[(&str, &str, i64)]| {
            let query = TallyQuery {
                measures: asked.iter().map(|&measure| measure.into()).collect(),
                ..TallyQuery::default()
            };
            let found = read(&link, "d", &query).unwrap();
            let found: Vec<(&str, &str, i64)> = found
                .iter()
                .map(|tally| (tally.measure.as_str(), tally.cell.as_str(), tally.n))
                .collect();
            assert_eq!(found, counts);
        };
        check(&[], &[("late", "x", 1), ("open", "x", 3), ("open", "y", 1)]);
        let more = additions(&[("x", "late", -1), ("x", "state:new", 4), ("y", "open", -1)]);
        ledger.write(&link, "d", &more).unwrap();
        check(&[], &[("open", "x", 3), ("state:new", "x", 4)]);
        ledger.forget();
        let more = additions(&[("x", "open", 1), ("x", "states", 1)]);
        ledger.write(&link, "d", &more).unwrap();
        check(
            &["state:", "open"],
            &[("open", "x", 4), ("state:new", "x", 4)],
        );
        // What comes to nothing leaves nothing, so that counts made anew are the same to the byte.
        let y: Option<String> = link
            .one("SELECT counts FROM counted WHERE cell = 'y'", &[], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(y.as_deref(), Some("{}"));
    }
}
