use std::sync::OnceLock;

use rusqlite::{
    CachedStatement, Connection, ToSql,
    types::{ToSqlOutput, ValueRef},
};

use crate::Error;

/// A statement that writes rows, as many at once as there are: what a statement costs by itself (finding it, opening each
/// index, stepping down to where the last row went) is paid once for all of them.
pub(crate) struct Rows {
    /// `INSERT INTO table (domain, …)`. With `OR FAIL` SQLite keeps no copy of the pages that the statement changes
    /// (measured: a quarter of the work), and what it had done when it failed stays: for rows whose failure takes the whole
    /// transaction back.
    head: &'static str,
    /// How many columns follow the domain.
    columns: usize,
    /// `ON CONFLICT …`, or nothing.
    tail: &'static str,
    texts: [OnceLock<String>; SIZES.len()],
}

/// How many rows one statement may write; what is left over takes the next smaller one.
const SIZES: [usize; 3] = [32, 8, 1];

/// Binds the values of a row, column by column.
pub(crate) struct Row<'s, 'c> {
    statement: &'s mut CachedStatement<'c>,
    place: usize,
}

impl<'s, 'c> Row<'s, 'c> {
    /// Begins with the first parameter of a statement.
    pub fn first(statement: &'s mut CachedStatement<'c>) -> Row<'s, 'c> {
        Row {
            statement,
            place: 0,
        }
    }

    /// The value of the next column.
    pub fn put(&mut self, value: impl ToSql) -> rusqlite::Result<()> {
        self.place += 1;
        self.statement.raw_bind_parameter(self.place, value)
    }
}

/// Bytes of a text, put together of texts, that need no proof of it.
pub(crate) struct Text<'t>(pub &'t [u8]);

impl ToSql for Text<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.0)))
    }
}

impl Rows {
    pub const fn new(head: &'static str, columns: usize, tail: &'static str) -> Rows {
        Rows {
            head,
            columns,
            tail,
            texts: [const { OnceLock::new() }; SIZES.len()],
        }
    }

    /// Writes rows in their order; `bind` puts each column of one, without the domain.
    pub fn write<T>(
        &self,
        connection: &Connection,
        domain: &str,
        rows: &[T],
        bind: impl Fn(&mut Row<'_, '_>, &T) -> rusqlite::Result<()>,
    ) -> Result<(), Error> {
        let mut rest = rows;
        for (text, size) in self.texts.iter().zip(SIZES) {
            if rest.len() < size {
                continue;
            }
            let sql = text.get_or_init(|| self.text(size));
            let mut statement = connection.prepare_cached(sql)?;
            while let Some((now, later)) = rest.split_at_checked(size) {
                statement.raw_bind_parameter(1, domain)?;
                let mut row = Row {
                    statement: &mut statement,
                    place: 1,
                };
                for values in now {
                    bind(&mut row, values)?;
                }
                statement.raw_execute()?;
                rest = later;
            }
        }
        Ok(())
    }

    fn text(&self, rows: usize) -> String {
        let row = |first: usize| {
            let places: Vec<String> = (first..first + self.columns)
                .map(|place| format!("${place}"))
                .collect();
            format!("($1, {})", places.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(|n| row(2 + self.columns * n)).collect();
        format!("{} VALUES {} {}", self.head, rows.join(", "), self.tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static NOTES: Rows = Rows::new(
        "INSERT INTO note (domain, id, text)",
        2,
        "ON CONFLICT (domain, id) DO UPDATE SET text = excluded.text",
    );

    #[test]
    fn any_number_of_rows_is_written_in_order() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE note (domain TEXT, id INTEGER, text TEXT, PRIMARY KEY (domain, id))",
            )
            .unwrap();
        for count in [0, 1, 7, 8, 9, 31, 32, 33, 100] {
            connection.execute_batch("DELETE FROM note").unwrap();
            let mut rows: Vec<(i64, String)> = (0..count).map(|n| (n, format!("{n}"))).collect();
            rows.extend(rows.last().cloned().map(|(n, _)| (n, "last".into())));
            let write = NOTES.write(&connection, "d", &rows, |row, (id, text)| {
                row.put(id)?;
                row.put(text)
            });
            write.unwrap();
            let found: Vec<(i64, String)> = connection
                .prepare("SELECT id, text FROM note WHERE domain = 'd' ORDER BY id")
                .unwrap()
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            assert_eq!(found.len() as i64, count);
            for (n, (id, text)) in (0..).zip(found) {
                let said = if n == count - 1 {
                    "last".into()
                } else {
                    format!("{n}")
                };
                assert_eq!((id, text), (n, said));
            }
        }
    }
}
