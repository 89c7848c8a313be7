use std::ops::ControlFlow;

use gewang_engine::{Command, Entry, Outcome, OutcomeKind, chain, pack::HashKind};
use uuid::Uuid;

use crate::{
    Error,
    link::{Link, given},
    post::Decided,
    rows::Rows,
    schema,
    seal::Master,
};

/// The end of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The sequence number of the last entry; 0 while there is none.
    pub seq: u64,
    /// Its hash; zeros while there is none.
    pub hash: [u8; 32],
}

impl Head {
    /// The end of a journal in which nothing stands yet.
    pub(crate) const START: Head = Head {
        seq: 0,
        hash: [0; 32],
    };
}

/// One entry as it is hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalLine {
    /// Its place in the journal.
    pub seq: u64,
    /// Its hash, over the hash before it and the bytes of `entry`.
    pub hash: [u8; 32],
    /// Its canonical JSON.
    pub entry: String,
}

/// Writes entries with their canonical bytes and hashes, and with what they left their records like: the state and the
/// cell are kept for the answer to the same command sent again. Where it fails, the transaction must be taken back.
pub(crate) fn insert(link: &Link, domain: &str, decided: &Decided) -> Result<(), Error> {
    static JOURNAL: Rows<9> = Rows::fresh(
        "INSERT INTO journal (domain, seq, command, part, record, version, state, cell, hash, entry)",
    );
    JOURNAL.write(link, domain, &decided.lines, |line| {
        let (entry, record) = (&line.live.entry, &*line.live.record);
        given![
            entry.seq,
            entry.command,
            line.part,
            entry.record,
            entry.version,
            &record.state,
            &record.cell,
            &line.hash,
            decided.text(&line.canonical),
        ]
    })
}

/// The answer that a command got when it came first, gathered from its entries.
pub(crate) struct First {
    outcome: Outcome,
    same: bool,
}

impl First {
    pub fn of(command: &Command) -> First {
        First {
            outcome: Outcome {
                id: command.id,
                outcome: OutcomeKind::Repeated,
                record: command.record,
                state: None,
                cell: None,
                number: None,
                version: None,
                seq: None,
                problem: None,
            },
            same: false,
        }
    }

    /// Takes one of its entries in, and the record's state and cell after it.
    pub fn take(&mut self, command: &Command, entry: &Entry, state: &str, cell: &str) {
        if entry.record != command.record {
            return;
        }
        let kept = entry.change.instead_of.as_ref();
        self.same |= entry.action == command.action
            || kept.is_some_and(|request| request.action == command.action);
        self.outcome.seq = Some(entry.seq);
        self.outcome.version = Some(entry.version);
        self.outcome.state = Some(state.to_owned());
        self.outcome.cell = Some(cell.to_owned());
    }

    /// The answer, and whether it was the same record and action then.
    pub fn answer(self, number: Option<String>) -> (Outcome, bool) {
        let mut outcome = self.outcome;
        outcome.number = number.filter(|_| self.same);
        (outcome, self.same)
    }
}

/// The answer that a command got when it came first; `None` where it never came. The flag says whether it was the same
/// record and action then.
pub(crate) fn repeated(
    link: &Link,
    domain: &str,
    command: &Command,
) -> Result<Option<(Outcome, bool)>, Error> {
    let mut first = None;
    link.each(
        "SELECT state, cell, entry FROM journal WHERE domain = $1 AND command = $2 ORDER BY part",
        &given![domain, command.id],
        |row| {
            let entry: Entry = serde_json::from_str(row.text(2)?)?;
            first.get_or_insert_with(|| First::of(command)).take(
                command,
                &entry,
                row.text(0)?,
                row.text(1)?,
            );
            Ok(ControlFlow::Continue(()))
        },
    )?;
    let Some(first) = first else {
        return Ok(None);
    };
    let number = link.one(
        "SELECT number FROM record WHERE domain = $1 AND id = $2",
        &given![domain, command.record],
        |row| row.get(0),
    )?;
    Ok(Some(first.answer(number.flatten())))
}

/// The entries of a record with versions above `after`.
pub(crate) fn of_record(
    link: &Link,
    domain: &str,
    record: Uuid,
    after: u64,
    limit: usize,
) -> Result<Vec<Entry>, Error> {
    link.all(
        "SELECT entry FROM journal WHERE domain = $1 AND record = $2 AND version > $3 ORDER BY version LIMIT $4",
        &given![domain, record, after, limit],
        |row| Ok(serde_json::from_str(row.text(0)?)?),
    )
}

/// The lines after a sequence number.
pub(crate) fn lines(
    link: &Link,
    domain: &str,
    after: u64,
    limit: usize,
) -> Result<Vec<JournalLine>, Error> {
    link.all(
        "SELECT seq, hash, entry FROM journal WHERE domain = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        &given![domain, after, limit],
        |row| {
            Ok(JournalLine {
                seq: row.get(0)?,
                hash: row.get(1)?,
                entry: row.get(2)?,
            })
        },
    )
}

/// The greatest id of a command that was ever written.
pub(crate) fn last_command(link: &Link, domain: &str) -> Result<Uuid, Error> {
    let last = link.sum(
        "SELECT max(command) FROM journal WHERE domain = $1",
        &given![domain],
        |row| row.get::<Option<Uuid>>(0),
    )?;
    Ok(last.unwrap_or_default())
}

/// The end of the journal.
pub(crate) fn head(link: &Link, domain: &str) -> Result<Head, Error> {
    let head = link.one(
        "SELECT seq, hash FROM journal WHERE domain = $1 ORDER BY seq DESC LIMIT 1",
        &given![domain],
        |row| {
            Ok(Head {
                seq: row.get(0)?,
                hash: row.get(1)?,
            })
        },
    )?;
    Ok(head.unwrap_or(Head::START))
}

/// Notes the end of the journal under a seal, so that a journal cut short or written anew is noticed.
pub(crate) fn seal_head(
    link: &Link,
    domain: &str,
    master: &Master,
    head: Head,
) -> Result<(), Error> {
    schema::set_meta(link, domain, "head", &head_text(domain, master, head))
}

/// Whether this is the end that was noted last.
pub(crate) fn check_head(
    link: &Link,
    domain: &str,
    master: &Master,
    head: Head,
) -> Result<(), Error> {
    let noted = schema::meta(link, domain, "head")?;
    if noted.unwrap_or_default() == head_text(domain, master, head) {
        return Ok(());
    }
    Err(Error::Broken {
        seq: head.seq,
        why: "the journal does not end where it did when the last entry was written, or master.key is another one".into(),
    })
}

/// The end of the journal as it is noted, under a seal.
pub(crate) fn head_text(domain: &str, master: &Master, head: Head) -> String {
    let hash = blake3::Hash::from_bytes(head.hash).to_hex();
    let said = format!("{}:{hash}", head.seq);
    let mark = blake3::keyed_hash(&master.secret(domain, "head"), said.as_bytes()).to_hex();
    format!("{said}:{mark}")
}

/// How many entries back opening proves; the whole is proven by `verify`.
const TAIL: u64 = 2000;

/// Proves the last entries and the end.
pub(crate) fn check_tail(link: &Link, domain: &str, master: &Master) -> Result<(), Error> {
    let head = head(link, domain)?;
    let start = head.seq.saturating_sub(TAIL);
    let first = lines(link, domain, start.saturating_sub(1), 1)?;
    let before = match (start, first.first()) {
        (0, _) => [0; 32],
        (_, Some(line)) if line.seq == start => line.hash,
        _ => {
            return Err(Error::Broken {
                seq: start,
                why: "the entry is missing".into(),
            });
        }
    };
    let kind = hash_kind(link, domain)?;
    let mut walk = Walk {
        head: Head {
            seq: start,
            hash: before,
        },
        kind,
    };
    for line in lines(link, domain, start, TAIL as usize)? {
        walk.step(&line)?;
    }
    check_head(link, domain, master, walk.head)
}

/// The walk along the chain.
pub(crate) struct Walk {
    pub head: Head,
    pub kind: HashKind,
}

impl Walk {
    /// Takes the next line, or says why it cannot be the next.
    pub fn step(&mut self, line: &JournalLine) -> Result<(), Error> {
        let next = self.head.seq + 1;
        if line.seq != next {
            return Err(Error::Broken {
                seq: next,
                why: "the entry is missing".into(),
            });
        }
        let hash = chain::link(&self.head.hash, line.entry.as_bytes(), self.kind);
        if hash != line.hash {
            return Err(Error::Broken {
                seq: next,
                why: "the entry or its hash was changed".into(),
            });
        }
        self.head = Head { seq: next, hash };
        Ok(())
    }
}

/// The hash that chains this journal: what the first entry proves itself by, since a town chooses once.
pub(crate) fn hash_kind(link: &Link, domain: &str) -> Result<HashKind, Error> {
    Ok(match schema::meta(link, domain, "hash")?.as_deref() {
        Some("sm3") => HashKind::Sm3,
        _ => HashKind::Blake3,
    })
}

/// Notes which hash chains this journal.
pub(crate) fn set_hash_kind(link: &Link, domain: &str, kind: HashKind) -> Result<(), Error> {
    let name = match kind {
        HashKind::Blake3 => "blake3",
        HashKind::Sm3 => "sm3",
    };
    schema::set_meta(link, domain, "hash", name)
}
