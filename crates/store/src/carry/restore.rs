use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use gewang_engine::Entry;
use jiff::Timestamp;

use super::{
    Carried, Carrier, Progress,
    backup::{COLUMNS, KEY_MARK, MASTER, key_mark},
    bytes::Bytes,
    ends::{self, Target},
    file,
    lines::Lines,
    mark::{self, Mark},
    merge::{self, Line, Road},
    tables::KEYS,
};
use crate::{
    Error, Home,
    journal::{self, Walk},
    link::{Link, Owned, given},
    replay,
    seal::Master,
};

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What was carried.
    pub carried: Carried,
    /// When the last entry was received.
    pub received: Timestamp,
    /// How many later entries the backup holds.
    pub left_out: u64,
    /// Whether the last run into the backup was cut off, so that nothing tells whether its end is the whole.
    pub cut_off: bool,
}

/// Makes a town from a backup, in a home where nothing is: all of it, or its journal up to the last entry received until an
/// instant. The key of personal data is the one in a file, or in the backup, or the one that lies in the home.
pub fn restore(
    path: &Path,
    to: &Home,
    master_key: Option<&Path>,
    until: Option<Timestamp>,
    told: &mut dyn FnMut(Progress),
) -> Result<Restored, Error> {
    let from = file::read(path)?;
    let unfinished = || {
        let shown = path.display();
        Error::Carry(format!(
            "{shown} was never finished: back the town up into it once more"
        ))
    };
    let (domain, founding) = mark::facts_of(&from, None)?.ok_or_else(unfinished)?;
    let mark = file::said(&from, &domain, KEY_MARK)?.ok_or_else(unfinished)?;
    let shown = |error| match error {
        Error::Broken { seq, why } => file::damaged(path, &format!("entry {seq}: {why}")),
        error => error,
    };
    let master = key(&from, &domain, to, master_key)?;
    if mark != key_mark(&master, &domain) {
        return Err(Error::Seal("this master.key is not the one of the backup"));
    }
    let cut_off = Mark::of(&from, &domain)?.is_some();
    let head = journal::head(&from, &domain)?;
    if !cut_off {
        journal::check_head(&from, &domain, &master, head).map_err(shown)?;
    }
    let last = match until {
        None => head.seq,
        Some(until) => last_received(&from, &domain, until).map_err(shown)?,
    };
    let received = replay::received(&from, &domain, last.max(1))?.ok_or(Error::Empty)?;
    if last == 0 {
        return Err(Error::Carry(format!(
            "{domain} was founded later, {received}"
        )));
    }
    let name = match until {
        None => format!("backup:{}", ends::absolute(path)),
        Some(until) => format!("backup:{} until {until}", ends::absolute(path)),
    };
    empty_or_begun(to)?;
    // Before the database, so that what was begun is told from what lies there by chance.
    std::fs::create_dir_all(&to.dir)?;
    master.hand_on(&to.dir)?;
    let target = Target::open(to)?;
    let mut mark = target.mark(to, &domain, founding, &name)?;
    let mut carrier = Carrier {
        road: Road {
            domain: &domain,
            from: &from,
            to: &target.link,
        },
        founding,
        key: master.secret(&domain, "backup"),
        bytes: Some((Bytes::Backup(&from, &domain), Bytes::Room(to.room()?))),
        carried: Carried::default(),
    };
    carrier.begin(&mark)?;
    let contents = carrier.rows(told)?;
    for (table, found) in contents.iter().filter(|_| !cut_off) {
        if file::said(&from, &domain, table)? != Some(file::hexadecimal(&found.digest)) {
            return Err(file::damaged(
                path,
                &format!("the table {table} was changed"),
            ));
        }
    }
    carrier.lines(&mut mark, last, told).map_err(shown)?;
    // How far records had followed an edition of the cells is not known of an earlier moment: whoever serves it looks again.
    let cut = last < head.seq;
    carrier.facts(&|name| cut && name.starts_with("rehomed"))?;
    let engine = carrier.engine(&to.room()?)?;
    carrier.records(&mut mark, &engine, told)?;
    let (left_out, columns) = carrier.rest(&mark).map_err(shown)?;
    if !cut_off && file::said(&from, &domain, COLUMNS)? != Some(file::hexadecimal(&columns)) {
        return Err(file::damaged(
            path,
            "a column beside the journal's entries was changed",
        ));
    }
    carrier.check_keys(&master).map_err(|error| match error {
        Error::Carry(why) => file::damaged(path, &why),
        error => error,
    })?;
    carrier.prove(&master, &engine, told)?;
    let mut carried = carrier.carried;
    target.finish(&domain)?;
    carried.domain = domain;
    Ok(Restored {
        carried,
        received,
        left_out,
        cut_off,
    })
}

impl Carrier<'_> {
    /// Walks what was left out; how much it is, and the digest of all lines' columns.
    fn rest(&self, mark: &Mark) -> Result<(u64, [u8; 32]), Error> {
        let Road { domain, from, to } = self.road;
        let walk = Walk {
            head: journal::head(to, domain)?,
            kind: journal::hash_kind(from, domain)?,
        };
        let mut lines = Lines::after(&self.road, walk, mark.columns, self.key);
        let passed = lines.pass_over()?;
        Ok((passed, lines.columns()))
    }

    /// Every key of personal data must open.
    fn check_keys(&self, master: &Master) -> Result<(), Error> {
        let (domain, to) = (self.road.domain, self.road.to);
        let mut after: Option<Line> = None;
        loop {
            let page = merge::page(to, domain, &KEYS, after.as_deref(), None)?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last[..2].to_vec());
            for line in &page {
                let (record, purpose) = (merge::text(&line[0])?, merge::text(&line[1])?);
                let wrapped = match &line[2] {
                    Owned::Bytes(wrapped) => &**wrapped,
                    _ => &[],
                };
                if !master.opens(domain, record.parse().unwrap_or_default(), purpose, wrapped) {
                    return Err(Error::Carry(format!(
                        "the key of record {record} for {purpose} was changed"
                    )));
                }
            }
        }
    }
}

/// The key of a backup's personal data.
fn key(from: &Link, domain: &str, to: &Home, given: Option<&Path>) -> Result<Master, Error> {
    if let Some(path) = given {
        return Master::read(path);
    }
    if let Some(text) = file::said(from, domain, MASTER)? {
        let key = blake3::Hash::from_hex(text);
        return Ok(Master::from(
            *key.map_err(|_| Error::Seal("the key in the backup is none"))?
                .as_bytes(),
        ));
    }
    let path: PathBuf = to.dir.join("master.key");
    match path.is_file() {
        true => Master::read(&path),
        false => Err(Error::Seal(
            "the backup holds no master.key: say where it is kept, or put it into the data directory",
        )),
    }
}

/// Where a town is restored nothing but its key may lie, or what an earlier attempt left.
fn empty_or_begun(to: &Home) -> Result<(), Error> {
    if to.is_there() && to.is_sqlite() {
        // Its mark says more.
        return Ok(());
    }
    let Ok(items) = std::fs::read_dir(&to.dir) else {
        return Ok(());
    };
    for item in items {
        let name = item?.file_name();
        if to.is_sqlite()
            && !["master.key", "lock", "lost+found"]
                .iter()
                .any(|own| name == *own)
        {
            return Err(Error::Carry(format!(
                "{} is not empty: {} lies there",
                to.dir.display(),
                name.display()
            )));
        }
    }
    Ok(())
}

/// The last entry received until an instant, looked for from the end; 0 where there is none.
fn last_received(link: &Link, domain: &str, until: Timestamp) -> Result<u64, Error> {
    let mut before = journal::head(link, domain)?.seq + 1;
    loop {
        let mut found = None;
        let mut seen = 0;
        link.each(
            "SELECT seq, entry FROM journal WHERE domain = $1 AND seq < $2 ORDER BY seq DESC LIMIT 1000",
            &given![domain, before],
            |row| {
                before = row.get(0)?;
                seen += 1;
                let entry: Entry = serde_json::from_str(row.text(1)?).map_err(|error| Error::Broken {
                    seq: before,
                    why: format!("the entry does not parse: {error}"),
                })?;
                if entry.received <= until {
                    found = Some(before);
                    return Ok(ControlFlow::Break(()));
                }
                Ok(ControlFlow::Continue(()))
            },
        )?;
        match found {
            Some(seq) => return Ok(seq),
            None if seen == 0 => return Ok(0),
            None => {}
        }
    }
}
