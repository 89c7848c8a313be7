use std::net::{Ipv4Addr, SocketAddr};

use gewang_pack::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen on; port 0 takes a free one (see [`crate::Running::local_addr`]).
    pub listen: SocketAddr,
    /// The address under which people reach it (`https://town.example`). With `https` session cookies are `Secure`, and
    /// requests that change something must come from this origin.
    pub public_url: Option<String>,
    /// Whether a proxy in front is believed: the client's address is then the last item of `X-Forwarded-For`, and
    /// `X-Forwarded-Proto: https` makes cookies `Secure`. Leave it off where clients reach the server directly.
    pub trust_proxy: bool,
    /// What a single request, a session and a client may use.
    pub limits: Limits,
    /// The accounts of a demo, told by `GET /demo` and nowhere else. Empty outside the demo.
    pub demo_accounts: Vec<DemoAccount>,
    /// Whether the whole journal is proved in the background after the start (`GET /status` shows how far).
    pub prove_journal: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            trust_proxy: false,
            limits: Limits::default(),
            demo_accounts: Vec::new(),
            prove_journal: true,
        }
    }
}

/// An account of a demo, as the first page shows it.
#[derive(Clone, Debug)]
pub struct DemoAccount {
    /// The name to sign in with.
    pub name: String,
    /// Its password, which is public: it is a demo.
    pub password: String,
    /// What it is, in a few words.
    pub about: Text,
    /// Where its work is done.
    pub surface: Surface,
}

/// One of the surfaces on which people work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// The phone of a grid worker.
    Field,
    /// The desk of a dispatcher or a clerk.
    Desk,
    /// The wall of the town's centre.
    Wall,
    /// The page for residents.
    Public,
}

/// What is the most that one may send, hold or try.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a JSON body.
    pub body_bytes: usize,
    /// Bytes of an uploaded photo or sound.
    pub photo_bytes: usize,
    /// Bytes of any other uploaded file.
    pub file_bytes: usize,
    /// Bytes of a drawing of the cells, or of a table of points.
    pub drawing_bytes: usize,
    /// Pixels of an uploaded photo, once decoded.
    pub photo_pixels: u64,
    /// Seconds that a request may take, its body included; the live stream is exempt.
    pub request_seconds: u64,
    /// Connections at a time.
    pub connections: usize,
    /// Live streams at a time.
    pub live_streams: usize,
    /// Batches of entries that a live stream may lag behind before it is cut off with a hint to resume.
    pub live_backlog: usize,
    /// Seconds between two heartbeats of a live stream.
    pub live_heartbeat_seconds: u64,
    /// Seconds that a client may leave unread what was sent to it before its connection or live stream is given up.
    pub stuck_seconds: u64,
    /// Reports that one address without an account may send at once.
    pub public_burst: u32,
    /// Reports that one address without an account may send an hour beyond that.
    pub public_per_hour: u32,
    /// Failed sign-ins of an account or an address before the next must wait.
    pub sign_in_free: u32,
    /// Days after which a session that is not used ends.
    pub session_days: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            body_bytes: 4 << 20,
            photo_bytes: 20 << 20,
            file_bytes: 20 << 20,
            drawing_bytes: 64 << 20,
            photo_pixels: 50_000_000,
            request_seconds: 60,
            connections: 4096,
            live_streams: 1024,
            live_backlog: 256,
            live_heartbeat_seconds: 15,
            stuck_seconds: 20,
            public_burst: 20,
            public_per_hour: 60,
            sign_in_free: 5,
            session_days: 14,
        }
    }
}
