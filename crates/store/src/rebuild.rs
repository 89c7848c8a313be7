use gewang_engine::{Engine, Entry, Record};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Error,
    link::{Link, given},
    records::{self, Involved},
    scribe::Scribe,
    tallies::{Additions, Ledger},
};

/// So many entries are held at once; tests turn pages too.
const TOGETHER: usize = if cfg!(test) { 9 } else { 2000 };

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

    /// In one transaction: whoever reads meanwhile reads what was there before.
    fn rebuild_all(&mut self) -> Result<(), Error> {
        let (link, domain) = (&self.fair.link, &*self.shared.domain);
        self.fair.hold()?;
        for delete in [
            "DELETE FROM record WHERE domain = $1",
            "DELETE FROM party WHERE domain = $1",
            "DELETE FROM counted WHERE domain = $1",
            "DELETE FROM attachment WHERE domain = $1",
        ] {
            link.send(delete, &given![domain], None)?;
        }
        let engine = self.shared.engine.load_full();
        let mut rebuild = Rebuild::new(link, domain, &engine);
        let mut after = String::new();
        while let Some(last) = rebuild.some(&after)? {
            after = last;
        }
        link.commit()
    }
}

/// What is computed, computed anew for some records after others, in the order of their ids.
pub(crate) struct Rebuild<'r> {
    link: &'r Link,
    domain: &'r str,
    engine: &'r Engine,
    ledger: Ledger,
    /// How many records were made.
    pub records: u64,
}

/// A record on its way through its entries.
struct Growing {
    id: String,
    record: Option<Record>,
    seq: u64,
    involved: Vec<Involved>,
    additions: Additions,
}

impl<'r> Rebuild<'r> {
    pub fn new(link: &'r Link, domain: &'r str, engine: &'r Engine) -> Rebuild<'r> {
        Rebuild {
            link,
            domain,
            engine,
            ledger: Ledger::default(),
            records: 0,
        }
    }

    /// Makes the next records after one, within the open transaction; the last of them, or `None` where none is left.
    pub fn some(&mut self, after: &str) -> Result<Option<String>, Error> {
        let entries: Vec<(String, String)> = self.link.all(
            "SELECT record, entry FROM journal WHERE domain = $1 AND record > $2 ORDER BY record, version LIMIT $3",
            &given![self.domain, after, TOGETHER],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let whole = entries.len() < TOGETHER;
        let mut done: Vec<Growing> = Vec::new();
        let mut growing: Option<Growing> = None;
        for (id, entry) in entries {
            if growing.as_ref().is_some_and(|growing| growing.id != id) {
                done.extend(growing.take());
            }
            let growing = growing.get_or_insert_with(|| Growing::new(id));
            self.grow(growing, &entry)?;
        }
        match growing {
            // Its last entries may stand on the next page.
            Some(_) if !whole && !done.is_empty() => {}
            Some(mut last) => {
                if !whole {
                    self.finish(&mut last)?;
                }
                done.push(last);
            }
            None => {}
        }
        self.keep(done)
    }

    /// The entries of a record that has more of them than are held at once.
    fn finish(&self, growing: &mut Growing) -> Result<(), Error> {
        let id: Uuid = crate::accounts::id_of(&growing.id)?;
        loop {
            let version = growing.record.as_ref().map_or(0, |record| record.version);
            let entries: Vec<String> = self.link.all(
                "SELECT entry FROM journal WHERE domain = $1 AND record = $2 AND version > $3 ORDER BY version LIMIT $4",
                &given![self.domain, id, version, TOGETHER],
                |row| row.get(0),
            )?;
            for entry in &entries {
                self.grow(growing, entry)?;
            }
            if entries.len() < TOGETHER {
                return Ok(());
            }
        }
    }

    fn grow(&self, growing: &mut Growing, entry: &str) -> Result<(), Error> {
        let entry: Entry = serde_json::from_str(entry)?;
        let version = growing
            .record
            .as_ref()
            .map_or(1, |record| record.version + 1);
        if entry.version != version {
            return Err(Error::Broken {
                seq: entry.seq,
                why: format!(
                    "it is version {} of its record where {version} comes",
                    entry.version
                ),
            });
        }
        let before = growing.record.take();
        let parties_before = before.as_ref().map(records::parties).unwrap_or_default();
        let applied = self.engine.apply(before, &entry);
        let parties = records::parties(&applied.record);
        for (party, current) in records::party_changes(&parties_before, parties) {
            growing.involved.push(Involved {
                party,
                record: entry.record,
                current,
                fresh: true,
            });
        }
        for (key, n) in applied.tallies {
            growing.additions.add(key, n);
        }
        growing.seq = entry.seq;
        growing.record = Some(applied.record);
        records::attach(self.link, self.domain, &entry)
    }

    /// Writes records and what goes with them.
    fn keep(&mut self, done: Vec<Growing>) -> Result<Option<String>, Error> {
        let mut additions = Additions::default();
        let mut involved = Vec::new();
        let mut made = Vec::with_capacity(done.len());
        let mut last = None;
        for mut growing in done {
            additions.extend(growing.additions);
            involved.append(&mut growing.involved);
            if let Some(record) = growing.record {
                let body = serde_json::to_vec(&record)?;
                made.push((record, body));
            }
            last = Some(growing.id);
        }
        let rows: Vec<(&Record, &[u8])> = made
            .iter()
            .map(|(record, body)| (record, body.as_slice()))
            .collect();
        records::insert(self.link, self.domain, &rows)?;
        records::involve(self.link, self.domain, &involved)?;
        self.ledger.write(self.link, self.domain, &additions)?;
        self.records += made.len() as u64;
        Ok(last)
    }
}

impl Growing {
    fn new(id: String) -> Growing {
        Growing {
            id,
            record: None,
            seq: 0,
            involved: Vec::new(),
            additions: Additions::default(),
        }
    }
}

/// The fields of a record as its entries set them: what a set-up is read from before there are records.
pub(crate) fn fields(
    link: &Link,
    domain: &str,
    record: Uuid,
) -> Result<Option<serde_json::Map<String, Value>>, Error> {
    let mut fields = None;
    link.each(
        "SELECT entry FROM journal WHERE domain = $1 AND record = $2 ORDER BY version",
        &given![domain, record],
        |row| {
            let entry: Entry = serde_json::from_str(row.text(0)?)?;
            let fields = fields.get_or_insert_with(serde_json::Map::new);
            for (name, value) in entry.change.set {
                match value {
                    Value::Null => drop(fields.shift_remove(&name)),
                    value => drop(fields.insert(name, value)),
                }
            }
            Ok(std::ops::ControlFlow::Continue(()))
        },
    )?;
    Ok(fields)
}
