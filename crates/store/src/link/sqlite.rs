use rusqlite::{Connection, Statement};

use super::{Given, Kept, Row, Told};
use crate::Error;

pub(super) fn walk(
    connection: &Connection,
    kept: Kept,
    sql: &str,
    given: &[Given<'_>],
    told: Told<'_>,
) -> Result<(), Error> {
    match kept {
        Kept::Yes => read(&mut *connection.prepare_cached(sql)?, given, told),
        Kept::No => read(&mut connection.prepare(sql)?, given, told),
    }
}

fn read(statement: &mut Statement<'_>, given: &[Given<'_>], told: Told<'_>) -> Result<(), Error> {
    bind(statement, given)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        if told(&Row::Sqlite(row))?.is_break() {
            break;
        }
    }
    Ok(())
}

pub(super) fn execute(
    connection: &Connection,
    sql: &str,
    given: &[Given<'_>],
) -> Result<usize, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    bind(&mut statement, given)?;
    Ok(statement.raw_execute()?)
}

fn bind(statement: &mut Statement<'_>, given: &[Given<'_>]) -> Result<(), Error> {
    let wanted = statement.parameter_count();
    if wanted != given.len() {
        return Err(Error::Inconsistent(format!(
            "{} values for {wanted} parameters",
            given.len()
        )));
    }
    for (place, value) in (1..).zip(given) {
        value.bind(statement, place)?;
    }
    Ok(())
}
