use gewang_engine::Entry;

use crate::{
    Error,
    link::given,
    proof,
    records::{self, Involved},
    scribe::Scribe,
    tallies::{Additions, Ledger},
};

impl Scribe {
    /// Everything that is computed, computed anew from the journal.
    pub fn rebuild(&mut self) -> Result<(), Error> {
        let result = self.rebuild_all();
        self.fair.ledger.forget();
        if result.is_err() {
            self.fair.rollback();
        }
        result
    }

    fn rebuild_all(&mut self) -> Result<(), Error> {
        let (link, domain) = (&self.fair.link, &*self.shared.domain);
        self.fair.hold()?;
        for delete in [
            "DELETE FROM record WHERE domain = $1",
            "DELETE FROM party WHERE domain = $1",
            "DELETE FROM counted WHERE domain = $1",
            "DELETE FROM attachment WHERE domain = $1",
        ] {
            link.execute(delete, &given![domain])?;
        }
        let ids: Vec<String> = link.all(
            "SELECT DISTINCT record FROM journal WHERE domain = $1",
            &given![domain],
            |row| row.get(0),
        )?;
        let engine = self.shared.engine.load_full();
        let mut additions = Additions::default();
        for id in ids {
            let mut involved = Vec::new();
            let mut tell = |entry: &Entry, step: proof::Step<'_>| -> Result<(), Error> {
                let parties = records::parties(&step.applied.record);
                for (party, current) in records::party_changes(&step.parties_before, parties) {
                    let record = entry.record;
                    involved.push(Involved {
                        party,
                        record,
                        current,
                        fresh: true,
                    });
                }
                for (key, n) in &step.applied.tallies {
                    additions.add(key.clone(), *n);
                }
                records::attach(link, domain, entry)
            };
            if let Some(record) = proof::replay(link, domain, &engine, &id, &mut tell)? {
                let body = serde_json::to_vec(&record)?;
                records::insert(link, domain, &[(&record, &body)])?;
            }
            records::involve(link, domain, &involved)?;
        }
        Ledger::default().write(link, domain, &additions)?;
        link.commit()
    }
}
