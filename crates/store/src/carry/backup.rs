use std::path::Path;

use super::{
    Carried, Carrier, Progress,
    bytes::Bytes,
    ends, file,
    mark::{self, Mark},
    merge::{Contents, Road},
};
use crate::{
    Error, Home, journal,
    link::{Link, given},
    seal::Master,
};

/// What is said of the whole in a backup: how to tell the key of the data, the key itself where that was wanted, the digest
/// of the lines' columns, and the digests of tables under their names.
pub(super) const KEY_MARK: &str = "key";
pub(super) const MASTER: &str = "master_key";
pub(super) const COLUMNS: &str = "columns";

/// Backs a town up into a file, also while it is served, in one state of its data: all of it the first time, from then on
/// what is new. The key of personal data goes along only `with_key`.
pub fn backup(
    home: &Home,
    path: &Path,
    with_key: bool,
    told: &mut dyn FnMut(Progress),
) -> Result<Carried, Error> {
    ends::catch_up(home)?;
    let link = home.reader()?;
    let snapshot = link.snapshot()?;
    let (domain, founding) = mark::standing(&snapshot, home.domain.as_deref())?;
    let master = Master::of(&home.dir)?;
    let head = journal::head(&snapshot, &domain)?;
    journal::check_head(&snapshot, &domain, &master, head)?;
    let to = file::write(path)?;
    match mark::facts_of(&to, None)? {
        Some(known) if known != (domain.clone(), founding) => {
            let (name, shown) = (known.0, path.display());
            return Err(Error::Carry(format!(
                "{shown} is a backup of another town, {name}: choose another file"
            )));
        }
        _ => {}
    }
    let mut mark = match Mark::of(&to, &domain)? {
        Some(mark) => mark,
        None => {
            let mut mark = Mark::new(ends::named(home));
            let columns = file::said(&to, &domain, COLUMNS)?;
            mark.columns = columns
                .and_then(|columns| blake3::Hash::from_hex(columns).ok())
                .map_or([0; 32], Into::into);
            mark
        }
    };
    let mut carrier = Carrier {
        road: Road {
            domain: &domain,
            from: &snapshot,
            to: &to,
        },
        founding,
        key: master.secret(&domain, "backup"),
        bytes: Some((Bytes::Room(home.room()?), Bytes::Backup(&to, &domain))),
        carried: Carried::default(),
    };
    // The files first: whatever lines are there, what they name is there too.
    carrier.begin(&mark)?;
    let contents = carrier.rows(told)?;
    carrier.lines(&mut mark, head.seq, told)?;
    carrier.facts(&|_| false)?;
    let mut carried = carrier.carried;
    fetch_lost(home, &to, &domain, &mut carried)?;
    to.begin()?;
    say_all(&to, &domain, &master, with_key, &mark, &contents)?;
    journal::seal_head(&to, &domain, &master, head)?;
    Mark::end(&to, &domain)?;
    to.commit()?;
    carried.domain = domain;
    Ok(carried)
}

fn say_all(
    to: &Link,
    domain: &str,
    master: &Master,
    with_key: bool,
    mark: &Mark,
    contents: &[(&str, Contents)],
) -> Result<(), Error> {
    let columns = file::hexadecimal(&mark.columns);
    file::say(to, domain, COLUMNS, Some(&columns))?;
    file::say(to, domain, KEY_MARK, Some(&key_mark(master, domain)))?;
    let key = with_key.then(|| file::hexadecimal(master.bytes()));
    file::say(to, domain, MASTER, key.as_deref())?;
    for (table, found) in contents {
        file::say(to, domain, table, Some(&file::hexadecimal(&found.digest)))?;
    }
    Ok(())
}

/// By what the master key of a town is told from others, without telling anything of it.
pub(super) fn key_mark(master: &Master, domain: &str) -> String {
    file::hexadecimal(&master.secret(domain, "backup mark"))
}

/// Fetches files that an earlier backup had not found.
fn fetch_lost(home: &Home, to: &Link, domain: &str, carried: &mut Carried) -> Result<(), Error> {
    let (room, place) = (Bytes::Room(home.room()?), Bytes::Backup(to, domain));
    let mut after = String::new();
    (carried.lost, carried.first_lost) = (0, Vec::new());
    loop {
        let lacking: Vec<String> = to.all(
            "SELECT hash FROM stored_file WHERE domain = $1 AND hash > $2 AND NOT EXISTS (
               SELECT 1 FROM file_bytes WHERE file_bytes.domain = stored_file.domain AND file_bytes.hash = stored_file.hash
             ) ORDER BY hash LIMIT 100",
            &given![domain, &after],
            |row| row.get(0),
        )?;
        let Some(last) = lacking.last() else {
            return Ok(());
        };
        after.clone_from(last);
        for hash in lacking {
            if !place.fetch(&hash, &room)? {
                carried.lose(&hash);
            }
        }
    }
}
