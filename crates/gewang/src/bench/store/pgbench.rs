use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::bench::psql::psql;

/// PostgreSQL's own bench, writing rows like ours into tables like ours, one statement after another: a counter of the
/// domain, a line of the journal, a record, its counts, who reported it, its words.
pub(super) struct Peer {
    program: PathBuf,
    address: String,
    script: PathBuf,
}

/// A schema beside ours, with tables, keys and indexes of the same shape.
const TABLES: &str = "CREATE SCHEMA peer;
    CREATE TABLE peer.journal (LIKE public.journal INCLUDING ALL);
    CREATE TABLE peer.record (LIKE public.record INCLUDING ALL);
    CREATE TABLE peer.counted (LIKE public.counted INCLUDING ALL);
    CREATE TABLE peer.party (LIKE public.party INCLUDING ALL);
    CREATE TABLE peer.doc (LIKE public.doc INCLUDING ALL);
    CREATE TABLE peer.head (domain text PRIMARY KEY, seq bigint NOT NULL);";

/// What one client does again and again: the rows that a report is here, its words among them.
fn script() -> String {
    let words: Vec<String> = (1..=140)
        .map(|n| format!("'w{n:05}':{n},{}", n + 140))
        .collect();
    let words = words.join(" ").replace('\'', "''");
    format!(
        r#"\set d random(1, :towns)
\set cell random(1, 73)
BEGIN;
UPDATE peer.head SET seq = seq + 1 WHERE domain = CAST(:d AS text) RETURNING seq \gset
INSERT INTO peer.journal (domain, seq, command, part, record, version, state, cell, hash, entry) VALUES (CAST(:d AS text), CAST(:seq AS bigint), CAST(gen_random_uuid() AS text), 0, CAST(gen_random_uuid() AS text), 1, 'reported', CAST(:cell AS text), decode(repeat('ab', 32), 'hex'), repeat('x', 1200));
INSERT INTO peer.record (domain, id, kind, number, state, stage, cell, lon, lat, opened, changed, due, wake, late, body) VALUES (CAST(:d AS text), CAST(gen_random_uuid() AS text), 'governance.matter', CAST(:seq AS text), 'reported', 'report', CAST(:cell AS text), 1198000000, 314000000, CAST(:seq AS bigint), CAST(:seq AS bigint), CAST(:seq AS bigint), CAST(:seq AS bigint), 0, repeat('x', 1200));
INSERT INTO peer.counted (domain, kind, day, cell, counts) VALUES (CAST(:d AS text), 'governance.matter', 0, CAST(:cell AS text), repeat('x', 200)) ON CONFLICT (domain, kind, day, cell) DO UPDATE SET counts = excluded.counts;
INSERT INTO peer.counted (domain, kind, day, cell, counts) VALUES (CAST(:d AS text), 'governance.matter', 20000, CAST(:cell AS text), repeat('x', 200)) ON CONFLICT (domain, kind, day, cell) DO UPDATE SET counts = excluded.counts;
INSERT INTO peer.party (domain, party, record, current) VALUES (CAST(:d AS text), 'r', CAST(gen_random_uuid() AS text), 0);
INSERT INTO peer.doc (domain, record, words) VALUES (CAST(:d AS text), CAST(gen_random_uuid() AS text), CAST('{words}' AS tsvector));
COMMIT;
"#
    )
}

impl Peer {
    pub fn prepare(program: &Path, address: &str, towns: u32, folder: &Path) -> Result<Peer> {
        let heads = format!(
            "INSERT INTO peer.head SELECT CAST(n AS text), 0 FROM generate_series(1, {towns}) AS n"
        );
        psql(address, &format!("{TABLES}\n{heads};"))?;
        let script = folder.join("report.pgbench");
        std::fs::write(&script, self::script())?;
        Ok(Peer {
            program: program.to_owned(),
            address: address.to_owned(),
            script,
        })
    }

    /// Transactions a second of so many clients over so many domains.
    pub fn rate(&self, clients: usize, towns: u32, period: Duration) -> Result<f64> {
        let seconds = period.as_secs().max(1);
        let ran = Command::new(&self.program)
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
            .arg(format!("--client={clients}"))
            .arg(format!("--time={seconds}"))
            .arg(format!("--define=towns={towns}"))
            .arg("--file")
            .arg(&self.script)
            .arg(&self.address)
            .output()
            .with_context(|| format!("{} does not run", self.program.display()))?;
        let said = String::from_utf8_lossy(&ran.stdout);
        ensure!(
            ran.status.success() && said.contains("number of failed transactions: 0"),
            "pgbench: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rate| rate.split_whitespace().next());
        rate.context("pgbench says no rate")?
            .parse()
            .context("pgbench's rate")
    }
}
