use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rusqlite::{Connection, params};

use super::matters::Reports;

/// Rows a second into SQLite as most programs use it: a report of 1 KB and a line in a journal, so many reports a
/// transaction, WAL and `synchronous=FULL`, in this process. It decides nothing and checks nothing.
///
/// # Errors
/// What SQLite says.
pub(super) fn rows_a_second(
    folder: &Path,
    reports: &mut Reports,
    batch: usize,
    period: Duration,
) -> Result<f64> {
    let mut connection =
        Connection::open(folder.join("peer.db")).context("cannot open a database")?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE report (id TEXT PRIMARY KEY, body TEXT NOT NULL);
         CREATE TABLE journal (seq INTEGER PRIMARY KEY, report TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL);",
    )?;
    let (begun, mut rows) = (Instant::now(), 0_i64);
    while begun.elapsed() < period {
        let transaction = connection.transaction()?;
        {
            let mut report = transaction.prepare_cached("INSERT INTO report VALUES (?1, ?2)")?;
            let mut line = transaction
                .prepare_cached("INSERT INTO journal (report, at, kind) VALUES (?1, ?2, ?3)")?;
            for _ in 0..batch {
                let (id, body) = reports.next_one();
                report.execute(params![id, body])?;
                line.execute(params![id, rows, "governance.matter"])?;
                rows += 1;
            }
        }
        transaction.commit()?;
    }
    Ok(rows as f64 / begun.elapsed().as_secs_f64())
}
