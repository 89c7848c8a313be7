use gewang_engine::{Entry, TallyKey};
use rustc_hash::FxHashMap;

use crate::{Error, proof, records, scribe::Scribe, tallies};

impl Scribe {
    /// Everything that is computed, computed anew from the journal.
    pub fn rebuild(&mut self) -> Result<(), Error> {
        let result = self.rebuild_all();
        if result.is_err() {
            self.rollback();
        }
        result
    }

    fn rebuild_all(&mut self) -> Result<(), Error> {
        let (connection, domain) = (&self.connection, &*self.shared.domain);
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for delete in [
            "DELETE FROM record WHERE domain = $1",
            "DELETE FROM party WHERE domain = $1",
            "DELETE FROM tally WHERE domain = $1",
            "DELETE FROM attachment WHERE domain = $1",
        ] {
            connection.execute(delete, [domain])?;
        }
        let ids: Vec<String> = connection
            .prepare("SELECT DISTINCT record FROM journal WHERE domain = $1")?
            .query_map([domain], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let engine = self.shared.engine.load_full();
        let mut counts: FxHashMap<TallyKey, i64> = FxHashMap::default();
        for id in ids {
            let mut tell = |entry: &Entry, step: proof::Step<'_>| -> Result<(), Error> {
                let parties = records::parties(&step.applied.record);
                for (party, current) in records::party_changes(&step.parties_before, &parties) {
                    records::set_party(connection, domain, entry.record, &party, current)?;
                }
                for (key, n) in &step.applied.tallies {
                    *counts.entry(key.clone()).or_default() += n;
                }
                records::attach(connection, domain, entry)
            };
            if let Some(record) = proof::replay(connection, domain, &engine, &id, &mut tell)? {
                records::upsert(
                    connection,
                    domain,
                    &record,
                    &serde_json::to_string(&record)?,
                )?;
            }
        }
        tallies::add(connection, domain, &counts)?;
        connection.execute_batch("COMMIT")?;
        Ok(())
    }
}
