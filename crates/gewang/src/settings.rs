//! `gewang settings`: the settings in force, to be changed and adopted.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use gewang_store::{Error, Reader};

use crate::client::Client;
use crate::elsewhere::Elsewhere;
use crate::in_force::InForce;
use crate::out::say;

/// Prints the `town.yaml` that is in force; also while the town is served. `gewang adopt --town` takes a changed one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The data directory. It is only read.
    #[arg(long, conflicts_with = "server", required_unless_present = "server")]
    data: Option<PathBuf>,
    #[command(flatten)]
    elsewhere: Elsewhere,
    /// A server, http://127.0.0.1:8080.
    #[arg(long, requires = "token")]
    server: Option<String>,
    /// A bearer token of an administrator of that server.
    #[arg(long, env = "GEWANG_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let now = match (&args.data, &args.server, &args.token) {
        (Some(dir), _, _) => {
            let reader = Reader::beside(args.elsewhere.home(dir)).map_err(|error| match error {
                Error::Empty => anyhow::anyhow!("there is no town in {}", dir.display()),
                other => anyhow::anyhow!("cannot read {}: {other}", dir.display()),
            })?;
            InForce::of_reader(&reader)?
        }
        (None, Some(url), Some(token)) => InForce::of_server(&Client::with_token(url, token))?,
        _ => bail!("say where: --data DIR, or --server URL with --token"),
    };
    say!("{}", now.settings.text.trim_end_matches('\n'));
    Ok(ExitCode::SUCCESS)
}
