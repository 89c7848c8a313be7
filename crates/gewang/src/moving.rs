//! `gewang move`: a town from one database to another.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail};
use gewang_store::{Error, Home};

use crate::carrying::{self, Watch};
use crate::out::say;

/// Carries a town to another database, and proves it there. Stopped half-way, the same command goes on where it was.
///
/// Afterwards the source refuses to be served; `--keep` leaves it as it is. An address with a password is better said by the
/// environment. Exit 0 done, 1 done without some files that the
/// source has lost, 2 not done.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where it is: sqlite:DIR, or postgres://USER@HOST/DATABASE with --data.
    #[arg(
        long,
        required_unless_present = "abandon",
        env = "GEWANG_FROM",
        hide_env_values = true
    )]
    from: Option<String>,
    /// Where it goes: sqlite:DIR (empty, or not there yet), or postgres://USER@HOST/DATABASE.
    #[arg(long, env = "GEWANG_TO", hide_env_values = true)]
    to: String,
    /// The data directory beside a PostgreSQL that it comes from, with master.key and files.
    #[arg(long)]
    data: Option<PathBuf>,
    /// The data directory beside a PostgreSQL that it goes to; without it, the one it comes from.
    #[arg(long)]
    to_data: Option<PathBuf>,
    /// Where the files' bytes are, where not in the data directory: file:///…, s3://BUCKET/PREFIX.
    #[arg(long)]
    files: Option<String>,
    /// Where the files' bytes go, where not into the data directory.
    #[arg(long)]
    to_files: Option<String>,
    /// Which town, where the database holds several.
    #[arg(long)]
    domain: Option<String>,
    /// Leaves the source as it is, even served; the destination is a copy.
    #[arg(long)]
    keep: bool,
    /// Removes what was carried to --to and not finished.
    #[arg(long, conflicts_with_all = ["from", "keep", "files", "data"])]
    abandon: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let from = args
        .from
        .as_ref()
        .map(|from| Home::at(from, args.data.as_deref()))
        .transpose()?;
    let beside = args.to_data.as_deref();
    let beside = match (beside, &from) {
        (None, Some(from)) if !args.to.starts_with("sqlite:") => Some(from.dir.as_path()),
        (beside, _) => beside,
    };
    let to = Home {
        files: args.to_files.clone(),
        domain: args.domain.clone(),
        ..Home::at(&args.to, beside)?
    };
    let shown = to.shown();
    let Some(from) = from else {
        let domain = gewang_store::abandon(&to).map_err(|error| match error {
            Error::Empty => anyhow::anyhow!("there is nothing in {shown}"),
            error => error.into(),
        })?;
        say!("removed what was carried of {domain} to {shown}");
        return Ok(ExitCode::SUCCESS);
    };
    let from = Home {
        files: args.files.clone(),
        domain: args.domain.clone(),
        ..from
    };
    if from.dir == to.dir && args.files.is_some() && args.to_files.is_none() {
        bail!("say with --to-files where the files go: if they stay, the same as --files");
    }
    let mut watch = Watch::new();
    let carried = gewang_store::move_town(&from, &to, args.keep, &mut |progress| {
        watch.tell(progress);
    });
    watch.end();
    let carried = carried.map_err(|error| match error {
        Error::Empty => anyhow::anyhow!("there is no town in {}", from.shown()),
        Error::InUse { pid } => anyhow::anyhow!(
            "{} is served by process {pid}: stop it first, or make a copy with --keep",
            from.shown()
        ),
        error => error.into(),
    });
    let carried = carried.with_context(|| format!("not moved to {shown}"))?;
    let done = if args.keep { "copied" } else { "moved" };
    say!(
        "{done} {} to {shown} and proved it there in {}: {} entries, {} records, {} files, {} accounts, {} drafts",
        carried.domain,
        carrying::time(begun.elapsed()),
        carried.entries,
        carried.records,
        carried.files,
        carried.accounts,
        carried.drafts
    );
    say!("head {}", carried.head);
    if !args.keep {
        say!(
            "{} is not served any more; remove it when you no longer need it",
            from.shown()
        );
    }
    Ok(carrying::verdict(&carried))
}
