use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use gewang_store::Store;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::app::{App, Peer};
use crate::patience::Patience;
use crate::{Error, Options, app, jobs};

/// How long a connection may take to send the head of its next request.
const HEAD_SECONDS: u64 = 30;
/// How long requests under way may take after a stop.
const LAST_SECONDS: u64 = 20;

/// A server that answers. Dropping it stops it without waiting; [`Running::stop`] is the way to end it.
pub struct Running {
    app: Arc<App>,
    local_addr: SocketAddr,
    router: Router,
    accepting: JoinHandle<()>,
    jobs: JoinHandle<()>,
    proving: Option<JoinHandle<()>>,
}

/// Binds the address, starts the jobs and serves. Returns once connections are accepted.
pub async fn start(store: Arc<Store>, options: Options) -> Result<Running, Error> {
    let listen = |source| Error::Listen {
        address: options.listen,
        source,
    };
    let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
    let local_addr = listener.local_addr().map_err(listen)?;
    let prove = options.prove_journal;
    let app = App::new(store, options).await?;
    let router = app::router(app.clone());
    let accepting = tokio::spawn(accept(listener, router.clone(), app.clone()));
    let jobs = tokio::spawn(jobs::run(app.clone()));
    let proving = prove.then(|| tokio::spawn(jobs::prove(app.clone())));
    tracing::info!(%local_addr, "serving");
    Ok(Running {
        app,
        local_addr,
        router,
        accepting,
        jobs,
        proving,
    })
}

impl Running {
    /// The address that is listened on.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The same addresses without a connection between: for who asks from within the process.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Stops gracefully: no connection more, live streams end, what was begun is finished (at most 20 s), the jobs rest,
    /// and the store is closed.
    pub async fn stop(self) -> Result<(), Error> {
        self.app.stop();
        let _ = self.accepting.await;
        let _ = self.jobs.await;
        if let Some(proving) = self.proving {
            proving.abort();
            let _ = proving.await;
        }
        // Where the caller kept no clone of the store, it closes here: its writer finishes on a thread that may block.
        let (app, router) = (self.app, self.router);
        drop(router);
        let _ = tokio::task::spawn_blocking(move || drop(app)).await;
        Ok(())
    }
}

async fn accept(listener: TcpListener, router: Router, app: Arc<App>) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(app.options.limits.connections));
    let patience = Duration::from_secs(app.options.limits.stuck_seconds.max(1));
    let mut stop = app.stopped();
    loop {
        // Where there is no room the next connection waits in the system's queue.
        let permit = tokio::select! {
            permit = room.clone().acquire_owned() => permit.expect("the semaphore is never closed"),
            () = wait_for(&mut stop) => break,
        };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    // Out of descriptors: others must end before the next can begin.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
            () = wait_for(&mut stop) => break,
        };
        // Events go out as they happen.
        let _ = stream.set_nodelay(true);
        let handle = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer.ip()));
            handle.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(HEAD_SECONDS))
            .max_buf_size(64 << 10)
            .pipeline_flush(true)
            .serve_connection(TokioIo::new(Patience::new(stream, patience)), service);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away in the middle is nothing to note.
            let _ = watched.await;
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(Duration::from_secs(LAST_SECONDS), graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests were still under way after {LAST_SECONDS} s");
    }
}

/// Returns once the flag is set (or nobody is left to set it).
pub(crate) async fn wait_for(flag: &mut watch::Receiver<bool>) {
    let _ = flag.wait_for(|set| *set).await;
}
