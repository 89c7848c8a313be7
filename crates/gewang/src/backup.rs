//! `gewang backup` and `gewang restore`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use gewang_store::{Database, Error};
use jiff::Timestamp;

use crate::at::At;
use crate::carrying::{self, Watch};
use crate::out::say;

/// Backs a town up into one file, also while it is served: all of it the first time, then what is new.
///
/// The file holds journal, records' keys, files, accounts, drafts. Personal data in it can only be read with the
/// `master.key` of the data directory: keep a copy of that apart from the backups. Copy the file away when this has ended.
/// Exit 0 done, 1 done without some files that the town has lost, 2 not done.
#[derive(Debug, clap::Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    at: At,
    /// The file; one that is there is brought up to date.
    #[arg(long)]
    to: PathBuf,
    /// Puts the master key into the file too: whoever has the file then reads everything.
    #[arg(long)]
    with_key: bool,
}

/// Makes a town from a backup, in a data directory (and database) where none is, and proves it.
///
/// With `--until` its journal ends with the last entry received until then; accounts, drafts and stored files are those of
/// the backup. Keys that were destroyed later stay destroyed.
#[derive(Debug, clap::Args)]
pub(crate) struct Restore {
    /// The file that `gewang backup` wrote.
    #[arg(long)]
    from: PathBuf,
    #[command(flatten)]
    at: At,
    /// The master key of the town, where it is neither in the backup nor in the data directory already.
    #[arg(long)]
    master_key: Option<PathBuf>,
    /// The last moment that shall have been: 2026-11-23T08:00:00+08:00.
    #[arg(long)]
    until: Option<Timestamp>,
}

pub(crate) fn run(args: &Backup) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let home = args.at.home()?;
    let shown = home.shown();
    let mut watch = Watch::new();
    let carried = gewang_store::backup(&home, &args.to, args.with_key, &mut |progress| {
        watch.tell(progress);
    });
    watch.end();
    let carried = carried.map_err(|error| match error {
        Error::Empty => anyhow!("there is no town in {shown}"),
        error => anyhow!(error).context(format!("no backup of {shown}")),
    })?;
    let bytes = std::fs::metadata(&args.to)?.len();
    say!(
        "backed up {} into {} in {}: {} entries ({} of them new), {} files, {} accounts, {} drafts; {}",
        carried.domain,
        args.to.display(),
        carrying::time(begun.elapsed()),
        carried.entries,
        carried.fresh,
        carried.files,
        carried.accounts,
        carried.drafts,
        size(bytes)
    );
    say!("head {}", carried.head);
    let key = home.dir.join("master.key");
    match args.with_key {
        true => say!("the master key is in the file: whoever has the file reads everything"),
        false => say!(
            "the master key is not in the file: without a copy of {} personal data can't be read; keep it apart",
            key.display()
        ),
    }
    Ok(carrying::verdict(&carried))
}

pub(crate) fn restore(args: &Restore) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let home = args.at.home()?;
    let shown = home.shown();
    let mut watch = Watch::new();
    let restored = gewang_store::restore(
        &args.from,
        &home,
        args.master_key.as_deref(),
        args.until,
        &mut |progress| watch.tell(progress),
    );
    watch.end();
    let restored = restored.with_context(|| format!("not restored to {shown}"))?;
    let carried = restored.carried;
    say!(
        "restored {} to {shown} and proved it in {}: {} entries, {} records, {} files, {} accounts, {} drafts",
        carried.domain,
        carrying::time(begun.elapsed()),
        carried.entries,
        carried.records,
        carried.files,
        carried.accounts,
        carried.drafts
    );
    say!("head {}, received {}", carried.head, restored.received);
    if restored.left_out > 0 {
        say!(
            "{} later entries were left out; accounts, drafts and stored files are those of the backup",
            restored.left_out
        );
    }
    if restored.cut_off {
        say!("the last run into this backup was cut off: entries after this one may be missing");
    }
    let dir = args.at.data.display();
    match &home.database {
        Database::Sqlite => say!("now: gewang serve --data {dir}"),
        Database::Postgres(_) => say!("now: gewang serve --data {dir} --database {shown}"),
    }
    Ok(carrying::verdict(&carried))
}

/// A size, for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        bytes => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
