use std::ops::ControlFlow;

use gewang_engine::{Engine, Entry, Record, Timing};

use crate::{
    Error, Head, Home, Store,
    accounts::id_of,
    journal::{self, JournalLine, Walk},
    link::{Link, given},
    records, redo, schema,
    seal::Master,
};

/// What came of proving a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Every entry follows from the one before it, and the records are what the entries make of them.
    Verified {
        /// How many entries there are.
        entries: u64,
        /// How many records there are.
        records: u64,
        /// The hash of the last entry, hexadecimal.
        head: String,
    },
    /// It does not prove itself.
    Broken {
        /// The first bad entry (of a record that was changed beside the journal: its last entry).
        seq: u64,
        /// What is wrong.
        why: String,
    },
}

/// Proves a town's journal from the first entry and compares every record with what its entries make of
/// it; a running store is not disturbed. `progress` hears how many entries are done.
pub fn verify(home: impl Into<Home>, progress: &mut dyn FnMut(u64)) -> Result<Proof, Error> {
    let home = home.into();
    if !home.is_there() {
        return Err(Error::Empty);
    }
    let left = bring_up(&home);
    let link = home.reader()?;
    let master = Master::of(&home.dir)?;
    let snapshot = link.snapshot()?;
    let (domain, founding) =
        schema::founded(&snapshot, home.domain.as_deref())?.ok_or(Error::Empty)?;
    // Where the set-up itself cannot be read, the chain is still walked: it will say which entry was changed.
    let files = home.room();
    let engine = files.and_then(|files| records::engine(&snapshot, &domain, &files, founding));
    let proof = prove(&snapshot, &domain, &master, engine.as_ref().ok(), progress)?;
    match (proof, left, engine) {
        (Proof::Verified { .. }, Err(Error::Broken { seq, why }), _) => {
            Ok(Proof::Broken { seq, why })
        }
        (Proof::Verified { .. }, _, Err(error)) => Err(error),
        (proof, ..) => Ok(proof),
    }
}

/// After a crash the redo log holds what the database does not: opening brings it over. Where somebody serves the directory,
/// the database follows by itself.
fn bring_up(home: &Home) -> Result<(), Error> {
    match home.is_sqlite() && redo::is_there(&home.dir) {
        true => Store::open(home.clone()).map(drop),
        false => Ok(()),
    }
}

pub(crate) fn prove(
    link: &Link,
    domain: &str,
    master: &Master,
    engine: Option<&Engine>,
    progress: &mut dyn FnMut(u64),
) -> Result<Proof, Error> {
    let proved = walk(link, domain, master, progress).and_then(|head| {
        let records = match engine {
            Some(engine) => compare(link, domain, engine)?,
            None => 0,
        };
        Ok(Proof::Verified {
            entries: head.seq,
            records,
            head: blake3::Hash::from_bytes(head.hash).to_hex().to_string(),
        })
    });
    match proved {
        Err(Error::Broken { seq, why }) => Ok(Proof::Broken { seq, why }),
        other => other,
    }
}

fn broken<T>(seq: u64, why: impl Into<String>) -> Result<T, Error> {
    Err(Error::Broken {
        seq,
        why: why.into(),
    })
}

/// Along the whole chain; every column must repeat what its entry says.
fn walk(
    link: &Link,
    domain: &str,
    master: &Master,
    progress: &mut dyn FnMut(u64),
) -> Result<Head, Error> {
    let kind = journal::hash_kind(link, domain)?;
    let mut walk = Walk {
        head: Head {
            seq: 0,
            hash: [0; 32],
        },
        kind,
    };
    let walked = link.each_once(
        "SELECT seq, hash, entry, command, record, version FROM journal WHERE domain = $1 ORDER BY seq",
        &given![domain],
        |row| {
            let next = walk.head.seq + 1;
            let line = || -> Result<JournalLine, Error> {
                Ok(JournalLine {
                    seq: row.get(0)?,
                    hash: row.get(1)?,
                    entry: row.get(2)?,
                })
            };
            let line =
                line().or_else(|error| broken(next, format!("the row cannot be read: {error}")))?;
            walk.step(&line)?;
            let entry: Entry = serde_json::from_str(&line.entry)
                .or_else(|error| broken(next, format!("the entry does not parse: {error}")))?;
            let ids = [(3, entry.command), (4, entry.record)];
            let numbers = [(0, entry.seq as i64), (5, entry.version as i64)];
            let same = ids.iter().all(|(column, id)| {
                row.text(*column)
                    .is_ok_and(|found| found == id.hyphenated().encode_lower(&mut [0; 36]))
            }) && numbers.iter().all(|(column, number)| {
                row.get::<i64>(*column).is_ok_and(|found| found == *number)
            });
            if !same {
                return broken(
                    next,
                    "a column beside the entry says something else than the entry",
                );
            }
            if next.is_multiple_of(1000) {
                progress(next);
            }
            Ok(ControlFlow::Continue(()))
        },
    );
    match walked {
        // What the database itself cannot read is as broken as what does not follow.
        Err(error @ (Error::Sql(_) | Error::Postgres(_))) => {
            return broken(
                walk.head.seq + 1,
                format!("the database cannot be read: {error}"),
            );
        }
        walked => walked?,
    }
    journal::check_head(link, domain, master, walk.head)?;
    progress(walk.head.seq);
    Ok(walk.head)
}

/// Every record against its entries, one at a time, so that memory stays flat. Deadlines are left out: they follow the
/// rules now in force, which the store may still be putting through.
fn compare(link: &Link, domain: &str, engine: &Engine) -> Result<u64, Error> {
    let mut records = 0;
    let mut after = String::new();
    loop {
        let page: Vec<(String, String, u64)> = link.all(
            "SELECT id, body, changed FROM record WHERE domain = $1 AND id > $2 ORDER BY id LIMIT $3",
            &given![domain, &after, TOGETHER],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        for (id, body, seq) in &page {
            compare_one(link, domain, engine, id, body, *seq)?;
            records += 1;
        }
        match page.into_iter().last() {
            Some((id, ..)) => after = id,
            None => break,
        }
    }
    let opened: u64 = link.sum(
        "SELECT count(DISTINCT record) FROM journal WHERE domain = $1",
        &given![domain],
        |row| row.get(0),
    )?;
    if opened != records {
        let missing: u64 = link.sum(
            "SELECT coalesce(min(seq), 0) FROM journal WHERE domain = $1
               AND record NOT IN (SELECT id FROM record WHERE domain = $1)",
            &given![domain],
            |row| row.get(0),
        )?;
        return broken(missing, "the record of this entry is missing");
    }
    Ok(records)
}

/// How many records are held while they are compared.
const TOGETHER: usize = 200;

fn compare_one(
    link: &Link,
    domain: &str,
    engine: &Engine,
    id: &str,
    body: &str,
    seq: u64,
) -> Result<(), Error> {
    let Some(mut replayed) = replay(link, domain, engine, id, &mut |_, _| Ok(()))? else {
        return broken(seq, format!("record {id} has no entry"));
    };
    match serde_json::from_str::<Record>(body) {
        Ok(mut stored) => {
            stored.timing = Timing::default();
            replayed.timing = Timing::default();
            if stored != replayed {
                return broken(
                    replayed.seq,
                    format!("record {id} is not what its entries make of it"),
                );
            }
            Ok(())
        }
        Err(error) => broken(replayed.seq, format!("record {id} does not parse: {error}")),
    }
}

/// What a replay tells of each entry: the record before and what the entry made of it.
pub(crate) type Told<'a> = &'a mut dyn FnMut(&Entry, Step<'_>) -> Result<(), Error>;

/// One step of a replay.
pub(crate) struct Step<'a> {
    pub parties_before: Vec<String>,
    pub applied: &'a gewang_engine::Applied,
}

/// The record as its entries make it.
pub(crate) fn replay(
    link: &Link,
    domain: &str,
    engine: &Engine,
    id: &str,
    told: Told<'_>,
) -> Result<Option<Record>, Error> {
    let mut record: Option<Record> = None;
    link.each(
        "SELECT entry FROM journal WHERE domain = $1 AND record = $2 ORDER BY version",
        &given![domain, id_of(id)?],
        |row| {
            let entry: Entry = serde_json::from_str(row.text(0)?)?;
            let expected = record.as_ref().map_or(1, |record| record.version + 1);
            if entry.version != expected {
                return broken(
                    entry.seq,
                    format!(
                        "it is version {} of its record where {expected} comes",
                        entry.version
                    ),
                );
            }
            let parties_before = record.as_ref().map(records::parties).unwrap_or_default();
            let applied = engine.apply(record.take(), &entry);
            told(
                &entry,
                Step {
                    parties_before,
                    applied: &applied,
                },
            )?;
            record = Some(applied.record);
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(record)
}
