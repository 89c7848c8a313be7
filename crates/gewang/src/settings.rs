//! `gewang settings`: the settings in force, to be changed and adopted.

use std::process::ExitCode;

use anyhow::bail;

use crate::at::At;
use crate::client::Client;
use crate::in_force::InForce;
use crate::out::say;

/// Prints the `town.yaml` that is in force; also while the town is served. `gewang adopt --town` takes a changed one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    at: Option<At>,
    /// A server, http://127.0.0.1:8080.
    #[arg(long, requires = "token", conflicts_with = "data")]
    server: Option<String>,
    /// A bearer token of an administrator of that server.
    #[arg(long, env = "GEWANG_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let now = match (&args.at, &args.server, &args.token) {
        (Some(at), _, _) => InForce::of_reader(&at.read()?)?,
        (None, Some(url), Some(token)) => InForce::of_server(&Client::with_token(url, token))?,
        _ => bail!("say where: --data DIR, or --server URL with --token"),
    };
    say!("{}", now.settings.text.trim_end_matches('\n'));
    Ok(ExitCode::SUCCESS)
}
