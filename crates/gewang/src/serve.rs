//! `gewang serve`.

use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;
use gewang_server::{Options, Running};

use crate::at::At;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Serves a town until it is told to stop (Ctrl-C, SIGTERM).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    at: At,
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
    let runtime = runtime()?;
    let store = args.at.open()?;
    free(args.listen)?;
    let options = Options {
        listen: args.listen,
        public_url: args.public_url.clone(),
        trust_proxy: args.trust_proxy,
        ..Options::default()
    };
    runtime.block_on(async {
        let town = store.engine().setup().town().title.clone();
        let stop = Stop::listen()?;
        let running = gewang_server::start(Arc::new(store), options).await?;
        // Served is served, whether or not somebody reads this.
        let _ = writeln!(
            std::io::stdout(),
            "{} {}: http://{}/",
            town.zh,
            town.en,
            running.local_addr()
        );
        stop.told(running).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// That an address can be listened on, before anything slow is begun.
pub(crate) fn free(listen: SocketAddr) -> anyhow::Result<()> {
    let Err(error) = std::net::TcpListener::bind(listen) else {
        return Ok(());
    };
    Err(match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "something listens on {listen} already, perhaps another gewang: stop it, or choose another address with \
             --listen {}:{}",
            listen.ip(),
            listen.port().wrapping_add(1)
        ),
        ErrorKind::PermissionDenied => anyhow!(
            "listening on {listen} is not allowed to this user: choose a port above 1023 with --listen {}:8080",
            listen.ip()
        ),
        ErrorKind::AddrNotAvailable => anyhow!(
            "{} is no address of this machine: choose 127.0.0.1 (this machine alone) or 0.0.0.0 (all its addresses)",
            listen.ip()
        ),
        _ => anyhow!("cannot listen on {listen}: {error}"),
    })
}

/// A runtime for the server, whose process keeps to small pages of memory: with huge ones it takes a third more of it and is
/// no more than a twentieth quicker.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    // Where the system cannot do without them, it serves all the same.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?)
}

/// Ctrl-C and SIGTERM, heard from the moment this is made: whoever is told that the server answers may stop it at once.
pub(crate) struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Listens from now on; within a runtime.
    pub fn listen() -> anyhow::Result<Stop> {
        Ok(Stop {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for either and stops gracefully. A second Ctrl-C waits for nothing.
    pub async fn told(mut self, running: Running) -> anyhow::Result<()> {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        tokio::select! {
            stopped = running.stop() => Ok(stopped?),
            _ = self.interrupt.recv() => Err(anyhow!(
                "stopped at once; what was acknowledged is kept"
            )),
        }
    }
}
