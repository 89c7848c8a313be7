use std::sync::OnceLock;

use crate::{
    Error,
    link::{Given, Link},
};

/// A statement that writes rows of so many columns behind the domain, as many at once as there are: what a statement costs
/// by itself (finding it, opening each index, stepping down to where the last row went; on PostgreSQL the message) is paid
/// once for all of them.
pub(crate) struct Rows<const COLUMNS: usize> {
    /// `INSERT INTO table (domain, …)`.
    head: &'static str,
    /// `ON CONFLICT …`, or nothing.
    tail: &'static str,
    sqlite: [OnceLock<String>; SQLITE.len()],
    postgres: [OnceLock<String>; POSTGRES.len()],
}

/// How many rows one statement may write; what is left over takes the next smaller one.
const SQLITE: [usize; 3] = [32, 8, 1];
const POSTGRES: [usize; 4] = [128, 32, 8, 1];

impl<const COLUMNS: usize> Rows<COLUMNS> {
    /// Rows that are not there yet. Where one is, it fails, and the transaction must be taken back.
    pub const fn fresh(head: &'static str) -> Self {
        Rows::new(head, "")
    }

    /// Rows of which some may be there: `tail` says what becomes of those. Among what is written at once none may have the
    /// key of another.
    pub const fn merged(head: &'static str, tail: &'static str) -> Self {
        Rows::new(head, tail)
    }

    const fn new(head: &'static str, tail: &'static str) -> Self {
        Rows {
            head,
            tail,
            sqlite: [const { OnceLock::new() }; SQLITE.len()],
            postgres: [const { OnceLock::new() }; POSTGRES.len()],
        }
    }

    /// Writes rows in their order; `values` says the columns of one, without the domain.
    pub fn write<'r, T>(
        &self,
        link: &Link,
        domain: &'r str,
        rows: &'r [T],
        values: impl Fn(&'r T) -> [Given<'r>; COLUMNS],
    ) -> Result<(), Error> {
        match link {
            Link::Sqlite(connection) => {
                let mut rest = rows;
                for (text, size) in self.sqlite.iter().zip(SQLITE) {
                    if rest.len() < size {
                        continue;
                    }
                    let sql = text.get_or_init(|| self.text(true, size));
                    let mut statement = connection.prepare_cached(sql)?;
                    while let Some((now, later)) = rest.split_at_checked(size) {
                        Given::from(domain).bind(&mut statement, 1)?;
                        let columns = now.iter().flat_map(&values);
                        for (place, value) in (2..).zip(columns) {
                            value.bind(&mut statement, place)?;
                        }
                        statement.raw_execute()?;
                        rest = later;
                    }
                }
                Ok(())
            }
            Link::Postgres(session) => {
                let mut rest = rows;
                let mut given = Vec::new();
                for (text, size) in self.postgres.iter().zip(POSTGRES) {
                    while let Some((now, later)) = rest.split_at_checked(size) {
                        let sql = text.get_or_init(|| self.text(false, size));
                        given.clear();
                        given.push(Given::from(domain));
                        given.extend(now.iter().flat_map(&values));
                        session.send(sql, &given, None)?;
                        rest = later;
                    }
                }
                Ok(())
            }
        }
    }

    fn text(&self, sqlite: bool, rows: usize) -> String {
        let row = |first: usize| {
            let places: Vec<String> = (first..first + COLUMNS)
                .map(|place| format!("${place}"))
                .collect();
            format!("($1, {})", places.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(|n| row(2 + COLUMNS * n)).collect();
        // With `OR FAIL` SQLite keeps no copy of the pages that the statement changes (measured: a quarter of the work), and
        // what it had done when it failed stays: that is for rows whose failure takes the whole transaction back.
        let head = match sqlite && self.tail.is_empty() {
            true => self.head.replacen(" INTO", " OR FAIL INTO", 1),
            false => self.head.to_owned(),
        };
        format!("{head} VALUES {} {}", rows.join(", "), self.tail)
    }
}
