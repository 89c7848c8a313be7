//! `gewang serve`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;
use gewang_server::{Options, Running};
use gewang_store::{Error, Store};
use tokio::signal::unix::{SignalKind, signal};

/// Serves a data directory until it is told to stop (Ctrl-C, SIGTERM).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The data directory.
    #[arg(long)]
    data: PathBuf,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The address under which people reach it, https://town.example.
    #[arg(long)]
    public_url: Option<String>,
    /// Believe the proxy in front of it about clients' addresses.
    #[arg(long)]
    trust_proxy: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let store = open(&args.data)?;
    let options = Options {
        listen: args.listen,
        public_url: args.public_url.clone(),
        trust_proxy: args.trust_proxy,
        ..Options::default()
    };
    runtime()?.block_on(async {
        let town = store.engine().setup().town().title.clone();
        let running = gewang_server::start(Arc::new(store), options).await?;
        println!("{} {}: http://{}/", town.zh, town.en, running.local_addr());
        until_told(running).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Opens a data directory, or says in a sentence why not.
pub(crate) fn open(dir: &Path) -> anyhow::Result<Store> {
    let shown = dir.display();
    Store::open(dir).map_err(|error| match error {
        Error::InUse { pid: 0 } => anyhow!("{shown} is in use by another process; one at a time may write to it"),
        Error::InUse { pid } => anyhow!("{shown} is in use by process {pid}; one at a time may write to it"),
        Error::Empty => anyhow!("there is no town in {shown}: found one with `gewang init --data {shown}`"),
        Error::Broken { seq, why } => anyhow!(
            "the journal in {shown} is broken at entry {seq}: {why}. Nothing is served from it; \
             `gewang verify --data {shown}` tells more, and a backup from before the damage is the way back"
        ),
        other => anyhow!("cannot open {shown}: {other}"),
    })
}

/// A runtime for the server.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?)
}

/// Waits for Ctrl-C or SIGTERM and stops gracefully.
pub(crate) async fn until_told(running: Running) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    running.stop().await?;
    Ok(())
}
