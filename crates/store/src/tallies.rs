use std::sync::OnceLock;

use gewang_engine::TallyKey;
use jiff::civil::Date;
use rusqlite::{Connection, params, params_from_iter};
use rustc_hash::FxHashMap;

use crate::{Error, filter::Ask};

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

pub(crate) fn read(
    connection: &Connection,
    domain: &str,
    query: &TallyQuery,
) -> Result<Vec<Tally>, Error> {
    let mut ask = Ask::new(
        "SELECT kind, day, measure, cell, n FROM tally WHERE domain = $1",
        domain,
    );
    ask.among("kind", &query.kinds);
    let (first, last) = query.days.unwrap_or((0, 0));
    ask.compare("day >=", i64::from(first));
    ask.compare("day <=", i64::from(last));
    if query.days.is_some() {
        ask.text(" AND day <> 0");
    }
    if !query.measures.is_empty() {
        ask.text(" AND (0");
        for measure in &query.measures {
            if measure.ends_with(':') {
                let place = ask.bind(measure.clone());
                ask.text(&format!(
                    " OR substr(measure, 1, length({place})) = {place}"
                ));
            } else {
                let place = ask.bind(measure.clone());
                ask.text(&format!(" OR measure = {place}"));
            }
        }
        ask.text(")");
    }
    if let Some(cells) = &query.cells {
        ask.among_or_none("cell", cells);
    }
    ask.text(" AND n <> 0 ORDER BY kind, day, measure, cell");
    let mut select = connection.prepare(&ask.sql)?;
    let rows = select.query_map(params_from_iter(&ask.parameters), |row| {
        Ok(Tally {
            kind: row.get(0)?,
            day: row.get(1)?,
            measure: row.get(2)?,
            cell: row.get(3)?,
            n: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Adds to counts, a few dozen in one statement.
pub(crate) fn add(
    connection: &Connection,
    domain: &str,
    changes: &FxHashMap<TallyKey, i64>,
) -> Result<(), Error> {
    let mut changes: Vec<(&TallyKey, i64)> = changes.iter().map(|(key, n)| (key, *n)).collect();
    changes.retain(|(_, n)| *n != 0);
    // In the order of the table, so that neighbours are on one page.
    changes.sort_unstable_by_key(|(key, _)| (&key.kind, key.day, &key.measure, &key.cell));
    let mut dozens = changes.chunks_exact(ROWS);
    for rows in &mut dozens {
        upsert(connection, domain, rows)?;
    }
    for row in dozens.remainder() {
        upsert(connection, domain, std::slice::from_ref(row))?;
    }
    Ok(())
}

/// Rows that one statement adds to where there are so many.
const ROWS: usize = 32;

fn upsert(connection: &Connection, domain: &str, rows: &[(&TallyKey, i64)]) -> Result<(), Error> {
    static ONE: OnceLock<String> = OnceLock::new();
    static MANY: OnceLock<String> = OnceLock::new();
    let statement = if rows.len() == 1 { &ONE } else { &MANY };
    let sql = statement.get_or_init(|| adding(rows.len()));
    let mut upsert = connection.prepare_cached(sql)?;
    upsert.raw_bind_parameter(1, domain)?;
    for (place, (key, n)) in (2..).step_by(5).zip(rows) {
        upsert.raw_bind_parameter(place, &key.kind)?;
        upsert.raw_bind_parameter(place + 1, key.day)?;
        upsert.raw_bind_parameter(place + 2, &key.measure)?;
        upsert.raw_bind_parameter(place + 3, &key.cell)?;
        upsert.raw_bind_parameter(place + 4, n)?;
    }
    upsert.raw_execute()?;
    Ok(())
}

/// The statement that adds to so many counts.
fn adding(rows: usize) -> String {
    let row = |first: usize| {
        let places: Vec<String> = (first..first + 5)
            .map(|place| format!("${place}"))
            .collect();
        format!("($1, {})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(|n| row(2 + 5 * n)).collect();
    format!(
        "INSERT INTO tally (domain, kind, day, measure, cell, n) VALUES {}
         ON CONFLICT (domain, kind, day, measure, cell) DO UPDATE SET n = tally.n + excluded.n",
        rows.join(", ")
    )
}

/// How many records of a kind were opened on a local day.
pub(crate) fn opened(
    connection: &Connection,
    domain: &str,
    kind: &str,
    day: Date,
) -> Result<u64, Error> {
    let mut select = connection.prepare_cached(
        "SELECT coalesce(sum(n), 0) FROM tally WHERE domain = $1 AND kind = $2 AND day = $3 AND measure = 'opened'",
    )?;
    let n: i64 = select.query_row(params![domain, kind, day_number(day)], |row| row.get(0))?;
    Ok(n.unsigned_abs())
}

/// Days since 1970-01-01.
fn day_number(day: Date) -> i64 {
    day.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24
}
