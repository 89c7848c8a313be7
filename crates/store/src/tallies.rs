use gewang_engine::TallyKey;
use jiff::civil::Date;
use rusqlite::{Connection, params, params_from_iter};

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

/// Adds to a count.
pub(crate) fn add(
    connection: &Connection,
    domain: &str,
    key: &TallyKey,
    n: i64,
) -> Result<(), Error> {
    let mut upsert = connection.prepare_cached(
        "INSERT INTO tally (domain, kind, day, measure, cell, n) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (domain, kind, day, measure, cell) DO UPDATE SET n = tally.n + excluded.n",
    )?;
    upsert.execute(params![domain, key.kind, key.day, key.measure, key.cell, n])?;
    Ok(())
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
