//! Making a table the same as another, however they differ: both are walked in the order of its key, a page at a time.

use std::collections::BTreeSet;

use crate::{
    Error,
    link::{Given, Link, Owned},
};

use super::tables::Table;

/// One row, without the domain.
pub(super) type Line = Vec<Owned>;

/// What stands in a table.
pub(super) struct Contents {
    pub rows: u64,
    /// Over all rows in their order.
    pub digest: [u8; 32],
}

/// The two ends between which something is carried.
pub(super) struct Road<'r> {
    pub domain: &'r str,
    /// One state of the source.
    pub from: &'r Link,
    pub to: &'r Link,
}

impl Road<'_> {
    /// Makes a table the same. `arriving` sees the rows that are new to it before they are written, in the transaction that
    /// writes them. The digest of what it holds in the end is made under a key.
    pub fn merge(
        &self,
        table: &Table,
        key: &[u8; 32],
        arriving: &mut dyn FnMut(&[Line]) -> Result<(), Error>,
    ) -> Result<Contents, Error> {
        // What goes makes room first for what comes: a token keeps its name and changes its hash.
        self.remove_gone(table)?;
        let mut hasher = blake3::Hasher::new_keyed(key);
        let places = table.places();
        let mut rows = 0;
        let mut after = None;
        loop {
            let came = page(self.from, self.domain, table, after.as_deref(), None)?;
            let Some(last) = came.last().map(|line| keyed(line, &places)) else {
                break;
            };
            for line in &came {
                take_in(&mut hasher, line);
            }
            rows += came.len() as u64;
            let there = page(self.to, self.domain, table, after.as_deref(), Some(&last))?;
            let mut there = there.iter().peekable();
            let mut fresh = Vec::new();
            for line in came {
                let same_key = there
                    .peek()
                    .is_some_and(|known| keyed(known, &places) == keyed(&line, &places));
                let known = if same_key { there.next() } else { None };
                if known != Some(&line) {
                    fresh.push(line);
                }
            }
            if !fresh.is_empty() {
                self.to.begin()?;
                arriving(&fresh)?;
                write(self.to, self.domain, table, &fresh)?;
                self.to.commit()?;
            }
            after = Some(last);
        }
        Ok(Contents {
            rows,
            digest: *hasher.finalize().as_bytes(),
        })
    }

    /// Removes the rows that the source does not have.
    fn remove_gone(&self, table: &Table) -> Result<(), Error> {
        let key = Table {
            columns: table.key,
            ..*table
        };
        let places = key.places();
        let mut after = None;
        loop {
            let there = page(self.to, self.domain, &key, after.as_deref(), None)?;
            let Some(last) = there.last().map(|line| keyed(line, &places)) else {
                return Ok(());
            };
            let mut gone: BTreeSet<Line> = there.into_iter().collect();
            // Between the same two keys the source may have more than fits a page.
            let mut from = after;
            while let came = page(self.from, self.domain, &key, from.as_deref(), Some(&last))?
                && !came.is_empty()
            {
                for line in &came {
                    gone.remove(line);
                }
                from = came.into_iter().last();
            }
            if !gone.is_empty() {
                self.to.begin()?;
                for line in &gone {
                    remove(self.to, self.domain, table, line)?;
                }
                self.to.commit()?;
            }
            after = Some(last);
        }
    }
}

/// A page of rows: those after a key where one is said, up to another where one is said.
pub(super) fn page(
    link: &Link,
    domain: &str,
    table: &Table,
    after: Option<&[Owned]>,
    last: Option<&[Owned]>,
) -> Result<Vec<Line>, Error> {
    let mut sql = format!(
        "SELECT {} FROM {} WHERE domain = $1",
        table.columns.join(", "),
        table.name
    );
    let mut given = vec![Given::from(domain)];
    for (sign, bound) in [(">", after), ("<=", last)] {
        let Some(bound) = bound else {
            continue;
        };
        let first = given.len() + 1;
        let places: Vec<String> = (first..first + bound.len())
            .map(|n| format!("${n}"))
            .collect();
        let key = table.key.join(", ");
        sql += &format!(" AND ({key}) {sign} ({})", places.join(", "));
        given.extend(bound.iter().map(Owned::given));
    }
    let order = table.key.join(", ");
    sql += &format!(" ORDER BY {order} LIMIT {}", table.page);
    link.all(&sql, &given, |row| {
        (0..table.columns.len())
            .map(|place| row.get(place))
            .collect()
    })
}

/// The key of a row.
fn keyed(line: &Line, places: &[usize]) -> Line {
    places.iter().map(|place| line[*place].clone()).collect()
}

/// Writes rows, over those of the same key.
pub(super) fn write(link: &Link, domain: &str, table: &Table, lines: &[Line]) -> Result<(), Error> {
    let rest: Vec<String> = table
        .columns
        .iter()
        .filter(|column| !table.key.contains(column))
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    let instead = match rest.is_empty() {
        true => "DO NOTHING".to_owned(),
        false => format!("DO UPDATE SET {}", rest.join(", ")),
    };
    let tail = format!("ON CONFLICT (domain, {}) {instead}", table.key.join(", "));
    insert(link, domain, table, lines, &tail)
}

/// Writes rows that are not there yet.
pub(super) fn add(link: &Link, domain: &str, table: &Table, lines: &[Line]) -> Result<(), Error> {
    insert(link, domain, table, lines, "")
}

fn insert(
    link: &Link,
    domain: &str,
    table: &Table,
    lines: &[Line],
    tail: &str,
) -> Result<(), Error> {
    let columns = table.columns.join(", ");
    // Few texts of a statement, so that they stay prepared.
    let mut rest = lines;
    for size in [32, 1] {
        while let Some((now, later)) = rest.split_at_checked(size) {
            let row = |n: usize| {
                let places: Vec<String> = (0..table.columns.len())
                    .map(|column| format!("${}", 2 + n * table.columns.len() + column))
                    .collect();
                format!("($1, {})", places.join(", "))
            };
            let rows: Vec<String> = (0..size).map(row).collect();
            let sql = format!(
                "INSERT INTO {} (domain, {columns}) VALUES {} {tail}",
                table.name,
                rows.join(", ")
            );
            let mut given = vec![Given::from(domain)];
            given.extend(now.iter().flatten().map(Owned::given));
            link.send(&sql, &given, None)?;
            rest = later;
        }
    }
    Ok(())
}

fn remove(link: &Link, domain: &str, table: &Table, key: &Line) -> Result<(), Error> {
    let named: Vec<String> = (2..)
        .zip(table.key)
        .map(|(n, column)| format!("{column} = ${n}"))
        .collect();
    let sql = format!(
        "DELETE FROM {} WHERE domain = $1 AND {}",
        table.name,
        named.join(" AND ")
    );
    let mut given = vec![Given::from(domain)];
    given.extend(key.iter().map(Owned::given));
    link.send(&sql, &given, None)
}

/// Takes a row into a digest, so that no two tables have the same bytes.
pub(super) fn take_in(hasher: &mut blake3::Hasher, line: &[Owned]) {
    for value in line {
        let (kind, bytes): (u8, &[u8]) = match value {
            Owned::Null => (0, &[]),
            Owned::Int(number) => {
                hasher.update(&[1]).update(&number.to_le_bytes());
                continue;
            }
            Owned::Text(text) => (2, text),
            Owned::Bytes(bytes) => (3, bytes),
            Owned::Id(id) => (4, id.as_bytes()),
        };
        let length = (bytes.len() as u64).to_le_bytes();
        hasher.update(&[kind]).update(&length).update(bytes);
    }
}

/// The text that a column must hold.
pub(super) fn text(value: &Owned) -> Result<&str, Error> {
    let text = match value {
        Owned::Text(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    };
    text.ok_or_else(|| Error::Inconsistent("a column holds no text".into()))
}
