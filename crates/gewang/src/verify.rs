//! `gewang verify`.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use gewang_store::{Error, Proof};

use crate::at::At;
use crate::out::say;

/// Proves the journal from its first entry, also beside a running server. Exit 0 proved, 1 broken, 2 cannot read.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    at: At,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let home = args.at.home()?;
    let shown = home.shown();
    let watched = std::io::stderr().is_terminal();
    let mut progress = |entries: u64| {
        if watched {
            eprint!("\r{entries} entries");
        }
    };
    let proof = gewang_store::verify(home, &mut progress);
    if watched {
        eprint!("\r");
    }
    match proof {
        Ok(Proof::Verified {
            entries,
            records,
            head,
        }) => {
            say!("proved: {entries} entries, {records} records, head {head}");
            Ok(ExitCode::SUCCESS)
        }
        Ok(Proof::Broken { seq, why }) | Err(Error::Broken { seq, why }) => {
            say!("{shown}: the journal is broken at entry {seq}: {why}");
            Ok(ExitCode::from(1))
        }
        Err(Error::Empty) => anyhow::bail!("there is no town in {shown}"),
        Err(other) => anyhow::bail!("cannot read {shown}: {other}"),
    }
}
