use std::collections::HashMap;

use gewang_engine::{Entry, TallyKey};

use crate::{Error, proof, records, tallies, writer::Writer};

impl Writer {
    /// Everything that is computed, computed anew from the journal.
    pub fn rebuild(&mut self) -> Result<(), Error> {
        let result = self.rebuild_all();
        match result {
            Ok(()) => self.desk.forget(),
            Err(_) => self.rollback(),
        }
        result
    }

    fn rebuild_all(&mut self) -> Result<(), Error> {
        let (connection, domain) = (&self.desk.connection, &*self.shared.domain);
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
        let mut counts: HashMap<TallyKey, i64> = HashMap::new();
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
            if let Some(record) = proof::replay(connection, domain, &self.engine, &id, &mut tell)? {
                records::upsert(connection, domain, &record)?;
            }
        }
        for (key, n) in counts.iter().filter(|(_, n)| **n != 0) {
            tallies::add(connection, domain, key, *n)?;
        }
        connection.execute_batch("COMMIT")?;
        Ok(())
    }
}
