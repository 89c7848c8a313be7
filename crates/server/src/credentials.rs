//! Sessions, tokens and passwords lately proved, so that a request needs no look into the store.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::app::App;
use crate::caller::{SignedIn, digest};
use crate::clock;
use crate::problem::Problem;

/// How long an answer of the store is believed. Sign-outs and withdrawals here take effect at once.
const BELIEVED: Duration = Duration::from_secs(30);
/// The same where other nodes end sessions too.
const BELIEVED_OF_MANY: Duration = Duration::from_secs(2);
/// Accounts kept in each part of the memory.
const CAPACITY: usize = 4096;

/// Sessions and tokens lately seen, so that a request needs no look into the store.
pub(crate) struct Credentials {
    parts: [RwLock<HashMap<[u8; 32], Seen>>; 16],
    /// Counts what was forgotten: an answer asked for before that must not be kept after it.
    forgotten: AtomicU64,
    /// How long an answer of the store is believed.
    believed: Duration,
}

#[derive(Clone)]
struct Seen {
    account: Arc<SignedIn>,
    until: Instant,
    expires: Option<Timestamp>,
}

impl Seen {
    fn is_valid(&self) -> bool {
        self.expires.is_none_or(|expires| expires > clock::now())
    }
}

impl Credentials {
    /// `shared`: whether other nodes end sessions, too.
    pub fn new(shared: bool) -> Credentials {
        Credentials {
            parts: Default::default(),
            forgotten: AtomicU64::default(),
            believed: if shared { BELIEVED_OF_MANY } else { BELIEVED },
        }
    }

    /// The account of a session's cookie, by its hash.
    pub async fn by_session(
        &self,
        app: &App,
        hash: [u8; 32],
    ) -> Result<Option<Arc<SignedIn>>, Problem> {
        self.seen_or(hash, async {
            app.store
                .read(move |reader| match reader.session(&hash)? {
                    Some(session) => Ok(reader
                        .account(&session.account)?
                        .map(|a| (a, Some(session.expires)))),
                    None => Ok(None),
                })
                .await
        })
        .await
    }

    /// The account of a bearer token.
    pub async fn by_token(&self, app: &App, token: &str) -> Result<Option<Arc<SignedIn>>, Problem> {
        let hash = digest(token);
        self.seen_or(hash, async {
            let demo = app.demo.account(&hash).map(str::to_owned);
            app.store
                .read(move |reader| match (demo, reader.token(&hash)?) {
                    (Some(name), _) => Ok(reader.account(&name)?.map(|a| (a, None))),
                    (None, Some(token)) => {
                        Ok(reader.account(&token.account)?.map(|a| (a, token.expires)))
                    }
                    (None, None) => Ok(None),
                })
                .await
        })
        .await
    }

    async fn seen_or(
        &self,
        hash: [u8; 32],
        ask: impl Future<
            Output = Result<
                Option<(gewang_store::Account, Option<Timestamp>)>,
                gewang_store::Error,
            >,
        >,
    ) -> Result<Option<Arc<SignedIn>>, Problem> {
        if let Some(seen) = self.seen(&hash) {
            return Ok(seen.is_valid().then(|| seen.account.clone()));
        }
        let before = self.forgotten();
        let Some((account, expires)) = ask.await? else {
            return Ok(None);
        };
        if account.disabled || expires.is_some_and(|expires| expires <= clock::now()) {
            return Ok(None);
        }
        let account = Arc::new(SignedIn {
            name: account.name,
            person: account.person,
        });
        self.believe(hash, &account, expires, before);
        Ok(Some(account))
    }

    fn part(&self, hash: &[u8; 32]) -> &RwLock<HashMap<[u8; 32], Seen>> {
        &self.parts[usize::from(hash[0] & 15)]
    }

    fn seen(&self, hash: &[u8; 32]) -> Option<Seen> {
        let part = self
            .part(hash)
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let seen = part.get(hash)?;
        (seen.until > Instant::now()).then(|| seen.clone())
    }

    /// Whose this is, where it was proved a moment ago.
    pub fn believed(&self, hash: &[u8; 32]) -> Option<Arc<SignedIn>> {
        let seen = self.seen(hash)?;
        seen.is_valid().then(|| seen.account.clone())
    }

    /// Counts what was forgotten; to be asked before something is proved that is to be believed.
    pub fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Acquire)
    }

    /// Believes for a while what was proved, unless something was forgotten since.
    pub fn believe(
        &self,
        hash: [u8; 32],
        account: &Arc<SignedIn>,
        expires: Option<Timestamp>,
        before: u64,
    ) {
        let mut part = self
            .part(&hash)
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if part.len() >= CAPACITY {
            part.clear();
        }
        if self.forgotten() == before {
            part.insert(
                hash,
                Seen {
                    account: account.clone(),
                    until: Instant::now() + self.believed,
                    expires,
                },
            );
        }
    }

    /// Forgets what is known of an account: it changed.
    pub fn forget(&self, account: &str) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        for part in &self.parts {
            part.write()
                .unwrap_or_else(PoisonError::into_inner)
                .retain(|_, seen| seen.account.name != account);
        }
    }

    /// Forgets one session or token: it ended.
    pub fn forget_one(&self, hash: &[u8; 32]) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.parts[usize::from(hash[0] & 15)]
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(hash);
    }
}
