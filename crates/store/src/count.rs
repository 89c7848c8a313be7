use std::ops::ControlFlow;

use crate::{Error, Filter, filter::Ask, link::Link};

/// How many records match, counting no further than `most`.
pub(crate) fn count(
    link: &Link,
    domain: &str,
    filter: &Filter,
    most: usize,
) -> Result<usize, Error> {
    let mut ask = Ask::new(
        link,
        "SELECT count(*) FROM (SELECT 1 FROM record WHERE record.domain = $1",
        domain,
    );
    if ask.narrow(filter).is_none() {
        return Ok(0);
    }
    let place = ask.bind(i64::try_from(most).unwrap_or(i64::MAX));
    ask.text(&format!(" LIMIT {place}) AS found"));
    let mut count: u64 = 0;
    link.each_once(&ask.sql, &ask.given(), |row| {
        count = row.get(0)?;
        Ok(ControlFlow::Break(()))
    })?;
    Ok(count as usize)
}
