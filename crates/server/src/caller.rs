//! Who is asking: found out from a cookie, a bearer token or a reporter's token, never from what the client says.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gewang_engine::{Actor, Engine, Seat};
use jiff::Timestamp;
use uuid::Uuid;

use crate::app::{App, Peer};
use crate::csrf;
use crate::lang::Lang;
use crate::problem::Problem;
use crate::throttle::Client;

/// The session cookie behind TLS: the prefix makes browsers refuse it from anywhere but this host.
pub(crate) const SECURE_COOKIE: &str = "__Host-gewang";
/// The session cookie on plain HTTP.
pub(crate) const COOKIE: &str = "gewang";
/// What a person without an account shows to be the reporter of a record: `RECORD:TOKEN`.
pub(crate) const FOLLOW: HeaderName = HeaderName::from_static("gewang-follow");

/// Who a surface takes its user to be: the id of a person. Where the session has ended meanwhile, or is another person's,
/// the request is refused rather than taken for somebody else's.
const AS: HeaderName = HeaderName::from_static("gewang-as");

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// As the engine knows them.
    pub actor: Actor,
    /// The account, where they signed in.
    pub account: Option<Arc<SignedIn>>,
    /// The hash of their session, where a cookie brought them.
    pub session: Option<[u8; 32]>,
    /// The hash of their bearer token, where one brought them.
    pub token: Option<[u8; 32]>,
    /// The other end, as far as throttling goes.
    pub client: Client,
    /// The language of their answers.
    pub lang: Lang,
}

/// An account that is signed in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SignedIn {
    /// The account's name.
    pub name: String,
    /// The person's record.
    pub person: Uuid,
}

impl Caller {
    /// Somebody whose name and password were proved, where neither cookie nor token came along.
    pub fn of_account(
        app: &App,
        account: Arc<SignedIn>,
        client: Client,
        lang: Lang,
    ) -> Result<Caller, Problem> {
        active(app, &account)?;
        Ok(Caller {
            actor: Actor::Person(account.person),
            account: Some(account),
            session: None,
            token: None,
            client,
            lang,
        })
    }

    /// The account and the person, or the refusal that asks to sign in.
    pub fn signed_in(&self) -> Result<&Arc<SignedIn>, Problem> {
        self.account.as_ref().ok_or_else(sign_in)
    }

    /// Whether the person who asks has this id.
    fn is(&self, id: &[u8]) -> bool {
        let account = self.account.as_ref();
        account
            .is_some_and(|account| Uuid::try_parse_ascii(id).is_ok_and(|id| id == account.person))
    }

    /// Refuses who is no administrator of the whole domain: accounts, and who looked at what, concern nobody else. `what` says in
    /// both languages what only an administrator does.
    pub fn administrator(
        &self,
        engine: &Engine,
        at: Timestamp,
        what: [&str; 2],
    ) -> Result<&Arc<SignedIn>, Problem> {
        let account = self.signed_in()?;
        let root = engine.setup().grid().root();
        let holds = engine.roster().posts_of(account.person, at).any(|held| {
            held.post == "administrator" && matches!(&held.seat, Seat::Cell(cell) if cell == root)
        });
        if holds {
            return Ok(account);
        }
        let [zh, en] = what;
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            format!("只有全辖区的管理员可以{zh}。"),
            format!("Only an administrator of the whole domain {en}."),
        ))
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let client = client(parts, app);
        let lang = Lang::of(&parts.uri, &parts.headers);
        let mut caller = Caller {
            actor: Actor::Public,
            account: None,
            session: None,
            token: None,
            client,
            lang,
        };
        if let Some(token) = bearer(&parts.headers)? {
            let account = app
                .credentials
                .by_token(app, token)
                .await?
                .ok_or_else(bad_token)?;
            active(app, &account)?;
            caller.actor = Actor::Person(account.person);
            caller.account = Some(account);
            caller.token = Some(digest(token));
        } else if let Some(secret) = cookie(&parts.headers) {
            csrf::check(&parts.method, &parts.headers, app.origin.as_deref())?;
            let hash = digest(secret);
            let account = app
                .credentials
                .by_session(app, hash)
                .await?
                .ok_or_else(signed_out)?;
            active(app, &account)?;
            caller.actor = Actor::Person(account.person);
            caller.account = Some(account);
            caller.session = Some(hash);
        } else if let Some(shown) = parts.headers.get(FOLLOW) {
            caller.actor = Actor::Reporter(reporter(app, shown.to_str().unwrap_or_default())?);
        }
        match parts.headers.get(AS) {
            Some(meant) if !caller.is(meant.as_bytes()) => Err(signed_out()),
            _ => Ok(caller),
        }
    }
}

/// Whether the request came over TLS, as far as is known.
pub(crate) fn is_secure(app: &App, headers: &HeaderMap) -> bool {
    app.secure
        || app.options.trust_proxy
            && headers
                .get(FORWARDED_PROTO)
                .is_some_and(|scheme| scheme.as_bytes() == b"https")
}

/// The other end of the connection; behind a trusted proxy, whom that proxy saw.
pub(crate) fn client(parts: &Parts, app: &App) -> Client {
    let peer = parts
        .extensions
        .get::<Peer>()
        .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0);
    let forwarded = || {
        let last = parts
            .headers
            .get_all(FORWARDED_FOR)
            .iter()
            .next_back()?
            .to_str()
            .ok()?;
        last.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
    };
    let address = if app.options.trust_proxy {
        forwarded().unwrap_or(peer)
    } else {
        peer
    };
    Client::from(address)
}

/// The BLAKE3 hash under which a secret is kept: what is stored opens nothing.
pub(crate) fn digest(secret: &str) -> [u8; 32] {
    *blake3::hash(secret.as_bytes()).as_bytes()
}

/// A new secret of 256 random bits.
pub(crate) fn secret() -> Result<String, Problem> {
    random().map_err(|error| {
        tracing::error!(%error, "the system gives no random bytes");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "服务器出错，请稍后再试。",
            "The server failed; try again later.",
        )
    })
}

/// The same, where nobody asks over HTTP.
pub(crate) fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What proves to be the reporter of a record: it follows from the record and a secret of the domain, so that nothing
/// has to be kept for it.
pub(crate) fn follow_token(app: &App, record: Uuid) -> String {
    let hash = blake3::keyed_hash(&app.follow_secret, record.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_bytes()[..16])
}

/// Whether a token is the one of a record, in a time that tells nothing about it.
pub(crate) fn follows(app: &App, record: Uuid, token: &str) -> bool {
    let own = follow_token(app, record);
    own.len() == token.len()
        && own
            .bytes()
            .zip(token.bytes())
            .fold(0, |differ, (a, b)| differ | (a ^ b))
            == 0
}

fn reporter(app: &App, shown: &str) -> Result<Uuid, Problem> {
    let (record, token) = shown.split_once(':').unwrap_or_default();
    match record.parse::<Uuid>() {
        Ok(record) if follows(app, record, token) => Ok(record),
        _ => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "bad_follow",
            "查询凭证不正确，请使用上报后收到的凭证。",
            "This is not the token that was given with the report; use the one you got.",
        )),
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    token
        .filter(|token| !token.is_empty() && token.len() <= 256)
        .map(Some)
        .ok_or_else(bad_token)
}

/// The value of the session cookie.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = || {
        let lines = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok());
        lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
    };
    let named = |wanted: &str| {
        pairs()
            .find(|(name, value)| *name == wanted && !value.is_empty())
            .map(|(_, value)| value)
    };
    named(SECURE_COOKIE)
        .or_else(|| named(COOKIE))
        .filter(|value| value.len() <= 256)
}

/// Someone who left has no account any more, whatever cookie they hold.
fn active(app: &App, account: &SignedIn) -> Result<(), Problem> {
    let engine = app.engine();
    let is_active = engine
        .roster()
        .person(account.person)
        .is_some_and(|person| person.active);
    if is_active { Ok(()) } else { Err(signed_out()) }
}

/// Asks to sign in.
pub(crate) fn sign_in() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "sign_in",
        "请先登录（POST /api/v1/session），程序请使用令牌。",
        "Sign in first (POST /api/v1/session); a program uses a token.",
    )
}

fn signed_out() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "signed_out",
        "登录已失效，请重新登录；没有提交的内容请保留。",
        "Your session has ended. Sign in again, and keep what you wanted to send.",
    )
}

fn bad_token() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "bad_token",
        "令牌无效、已撤销或已过期。",
        "The token is not valid, was withdrawn or has expired.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            "a=b; gewang=plain".parse().expect("a header"),
        );
        assert_eq!(cookie(&headers), Some("plain"));
        headers.append(
            header::COOKIE,
            "__Host-gewang=safe".parse().expect("a header"),
        );
        assert_eq!(cookie(&headers), Some("safe"));
        headers.clear();
        headers.append(header::COOKIE, "gewang=".parse().expect("a header"));
        assert_eq!(cookie(&headers), None);
    }

    #[test]
    fn only_a_bearer_token_is_taken() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers).expect("there is none"), None);
        headers.insert(
            header::AUTHORIZATION,
            "bearer  abc".parse().expect("a header"),
        );
        assert_eq!(bearer(&headers).expect("it is one"), Some("abc"));
        for wrong in ["Basic abc", "Bearer", "Bearer "] {
            headers.insert(header::AUTHORIZATION, wrong.parse().expect("a header"));
            assert_eq!(
                bearer(&headers).expect_err("it is none").code(),
                "bad_token"
            );
        }
    }
}
