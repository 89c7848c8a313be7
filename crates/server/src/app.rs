//! What the handlers share, and which handler answers where.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use gewang_engine::Engine;
use gewang_store::Store;
use tokio::sync::{Semaphore, watch};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

use crate::credentials::Credentials;
use crate::demo::Demo;
use crate::drafts::Drafts;
use crate::map::Maps;
use crate::problem::Problem;
use crate::rehoming::Turn;
use crate::throttle::{Buckets, Client, Delays};
use crate::{Error, Options, files, guard, home, ogc, openapi, surfaces};

/// The address at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub IpAddr);

/// What the handlers share.
pub(crate) struct App {
    pub store: Arc<Store>,
    pub options: Options,
    /// `scheme://host` of the public address.
    pub origin: Option<String>,
    /// Whether the public address is `https`.
    pub secure: bool,
    pub credentials: Credentials,
    /// Reports of people without an account, by address.
    pub public: Buckets<Client>,
    /// Uploads of people without an account, by address.
    pub public_uploads: Buckets<Client>,
    /// Failed sign-ins by account.
    pub failed_names: Delays<String>,
    /// Failed sign-ins by address.
    pub failed_clients: Delays<Client>,
    /// Passwords hashed at a time: each takes 19 MiB.
    pub hashing: Semaphore,
    /// Photos decoded at a time: each may take hundreds of MiB.
    pub decoding: Semaphore,
    /// Live streams that may still be opened.
    pub streams: Arc<Semaphore>,
    /// Who one may be, in the demo alone.
    pub demo: Demo,
    /// What makes the tokens of reporters.
    pub follow_secret: [u8; 32],
    /// What makes the keys of small pictures.
    pub file_secret: [u8; 32],
    /// Whether the whole journal proved itself since the start.
    pub proved: AtomicBool,
    /// The editions of the cells that are drawn.
    pub maps: Maps,
    /// The drafts of the grid that are open.
    pub drafts: Drafts,
    /// Whoever has records follow an edition of the cells holds it.
    pub rehoming: tokio::sync::Mutex<Turn>,
    pub started: Instant,
    stopping: watch::Sender<bool>,
}

impl App {
    /// Reads what is needed once.
    pub async fn new(store: Arc<Store>, options: Options) -> Result<Arc<App>, Error> {
        let origin = options.public_url.as_deref().map(origin).transpose()?;
        let secure = origin
            .as_deref()
            .is_some_and(|origin| origin.starts_with("https://"));
        let is_demo = store.engine().setup().town().demo;
        let demo = Demo::new(&options.demo_accounts, is_demo)?;
        let limits = &options.limits;
        let hour = Duration::from_secs(3600);
        Ok(Arc::new(App {
            origin,
            secure,
            credentials: Credentials::new(store.is_shared()),
            public: Buckets::new(limits.public_burst, limits.public_per_hour),
            public_uploads: Buckets::new(
                limits.public_burst.saturating_mul(3),
                limits.public_per_hour.saturating_mul(3),
            ),
            // A name waits at most a minute, so that nobody can lock somebody else out; an address at most an hour.
            failed_names: Delays::new(limits.sign_in_free, Duration::from_secs(60)),
            failed_clients: Delays::new(limits.sign_in_free.saturating_mul(4), hour),
            hashing: Semaphore::new(2),
            decoding: Semaphore::new(1),
            streams: Arc::new(Semaphore::new(limits.live_streams)),
            demo,
            follow_secret: store.secret("follow"),
            file_secret: store.secret("file"),
            proved: AtomicBool::new(false),
            maps: Maps::default(),
            drafts: Drafts::default(),
            rehoming: tokio::sync::Mutex::default(),
            started: Instant::now(),
            stopping: watch::Sender::new(false),
            store,
            options,
        }))
    }

    /// The engine as it is now: setup, people and posts.
    pub fn engine(&self) -> Arc<Engine> {
        self.store.engine()
    }

    /// Tells everything that lasts to end.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Whether [`App::stop`] was called.
    pub fn stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Becomes true once [`App::stop`] is called.
    pub fn stopped(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// The first entry that does not prove itself and what is wrong with it, where there is one. The store knows, whoever
    /// found it.
    pub fn broken(&self) -> Option<(u64, String)> {
        self.store.distrusted()
    }

    /// How far the journal is believed: `proving`, `proved` or `broken`.
    pub fn chain(&self) -> &'static str {
        if self.broken().is_some() {
            "broken"
        } else if self.proved.load(Ordering::Acquire) {
            "proved"
        } else {
            "proving"
        }
    }

    /// Refuses whatever would write while the journal does not prove itself: to go on would hide it.
    pub fn writable(&self) -> Result<(), Problem> {
        match self.broken() {
            None => Ok(()),
            Some((seq, why)) => Err(gewang_store::Error::Broken { seq, why }.into()),
        }
    }
}

fn origin(url: &str) -> Result<String, Error> {
    let trimmed = url.trim_end_matches('/');
    let host = trimmed
        .strip_prefix("https://")
        .or_else(|| trimmed.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => {
            Ok(trimmed.to_ascii_lowercase())
        }
        _ => Err(Error::PublicUrl(url.to_owned())),
    }
}

/// Sends long answers compressed to whoever takes them so: a list shrinks to a tenth, and phones are far from the mast.
fn smaller() -> CompressionLayer<impl Predicate> {
    /// Below this it costs more than it saves.
    const LONG_BYTES: u64 = 2048;
    let text = |_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| {
        let media = headers.get(header::CONTENT_TYPE);
        let media = media.map_or(&b""[..], |media| media.as_bytes());
        media.ends_with(b"json") || media.ends_with(b"mapbox-vector-tile")
    };
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(LONG_BYTES).and(text))
}

/// Every address of the server.
pub(crate) fn router(app: Arc<App>) -> Router {
    let limits = &app.options.limits;
    let form = axum::extract::DefaultBodyLimit::max(
        limits
            .photo_bytes
            .max(limits.file_bytes)
            .max(limits.drawing_bytes)
            + files::FRAME_BYTES,
    );
    let (api, document) = openapi::api().split_for_parts();
    Router::new()
        .merge(api.layer(form).layer(smaller()))
        .merge(ogc::routes().layer(smaller()))
        .merge(home::pages(document))
        .fallback(surfaces::serve)
        .layer(axum::middleware::from_fn_with_state(
            app.clone(),
            guard::guard,
        ))
        .with_state(app)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_is_an_origin() {
        for (url, want) in [
            ("https://Town.example/", Some("https://town.example")),
            ("http://10.0.0.1:8080", Some("http://10.0.0.1:8080")),
            ("town.example", None),
            ("https://", None),
            ("https://town.example/app", None),
            ("ftp://town.example", None),
        ] {
            assert_eq!(origin(url).ok().as_deref(), want, "{url}");
        }
    }
}
