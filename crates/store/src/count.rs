use rusqlite::{Connection, params_from_iter};

use crate::{Error, Filter, filter::Ask, schema};

/// How many records match, counting no further than `most`.
pub(crate) fn count(
    connection: &Connection,
    domain: &str,
    filter: &Filter,
    most: usize,
) -> Result<usize, Error> {
    let mut ask = Ask::new(
        "SELECT count(*) FROM (SELECT 1 FROM record WHERE record.domain = $1",
        domain,
    );
    if ask.narrow(filter).is_none() {
        return Ok(0);
    }
    let place = ask.bind(i64::try_from(most).unwrap_or(i64::MAX));
    ask.text(&format!(" LIMIT {place})"));
    let mut select = connection.prepare(&ask.sql)?;
    let count: i64 = select.query_row(params_from_iter(&ask.parameters), |row| row.get(0))?;
    Ok(schema::count(count) as usize)
}
