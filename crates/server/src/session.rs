//! Signing in and out.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gewang_engine::{Actor, Offer};
use gewang_store::{Account, Session};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::body::{self, Json};
use crate::caller::{self, COOKIE, Caller, SECURE_COOKIE, SignedIn};
use crate::clock;
use crate::people::HeldView;
use crate::problem::{Outcome, Problem, ProblemBody};
use crate::throttle::Client;
use crate::{csrf, password};

/// Whom to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The account's name.
    #[schema(example = "admin")]
    name: String,
    /// Its password.
    #[schema(example = "a long sentence")]
    password: String,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    /// The password until now.
    old: String,
    /// The one from now on: at least 10 characters, at most 256 bytes.
    new: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    /// The account's name.
    account: String,
    /// The person's record.
    person: Uuid,
    /// The person's name.
    name: String,
    /// The posts they hold now.
    posts: Vec<HeldView>,
    /// What they may create now, with its form.
    #[schema(value_type = Vec<crate::schema::Offer>)]
    creations: Vec<Offer>,
}

/// Sign in.
///
/// Sets the session cookie. Unknown names, wrong passwords and disabled accounts all get the same answer; after some
/// failures an account and an address must wait ever longer.
#[utoipa::path(
    post, path = "/api/v1/session", tag = "sign-in", operation_id = "signIn", security(()),
    request_body = SignIn,
    responses(
        (status = 200, body = SessionView, description = "Signed in"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`wrong_password`"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json", description = "`too_many_failures`"),
    )
)]
pub(crate) async fn sign_in(State(app): State<Arc<App>>, request: Request) -> Outcome<Response> {
    let (parts, body) = request.into_parts();
    csrf::check_sign_in(&parts.headers, app.origin.as_deref())?;
    let client = caller::client(&parts, &app);
    let lang = crate::lang::Lang::of(&parts.uri, &parts.headers);
    let headers = parts.headers.clone();
    let bytes = body::json_bytes(Request::from_parts(parts, body), 4096).await?;
    let SignIn { name, password } = body::read(&bytes)?;
    let account = account_of(&app, &client, &name, password).await?;
    let signed_in = Arc::new(SignedIn {
        name: account.name,
        person: account.person,
    });
    // Whatever session the browser had is over: nobody can have planted the one that now counts.
    if let Some(old) = caller::cookie(&headers) {
        end(&app, caller::digest(old)).await?;
    }
    let cookie = begin(&app, &signed_in.name, &headers).await?;
    tracing::info!(target: "audit", person = %signed_in.person, "signed in");
    let caller = Caller {
        actor: Actor::Person(signed_in.person),
        account: Some(signed_in.clone()),
        session: None,
        token: None,
        client,
        lang,
    };
    Ok((
        [(header::SET_COOKIE, cookie)],
        axum::Json(view(&app, &caller, &signed_in)),
    )
        .into_response())
}

/// The account of this name, if this is its password; who fails too often must wait.
async fn account_of(app: &App, client: &Client, name: &str, password: String) -> Outcome<Account> {
    let name = name.trim().to_owned();
    if name.is_empty() || name.len() > 128 {
        return Err(wrong_password());
    }
    let now = Instant::now();
    let wait = app
        .failed_names
        .wait(&name, now)
        .max(app.failed_clients.wait(client, now));
    if let Some(wait) = wait {
        return Err(too_many_failures(wait.as_secs() + 1));
    }
    let account = {
        let name = name.clone();
        app.store
            .read(move |reader| reader.account(&name))
            .await?
            .filter(|account| !account.disabled)
    };
    let phc = account.as_ref().map(|account| account.phc.clone());
    if !verified(app, password, phc).await? {
        app.failed_names.failed(name, Instant::now());
        app.failed_clients.failed(*client, Instant::now());
        tracing::info!(target: "audit", "a sign-in failed");
        return Err(wrong_password());
    }
    let account = account.ok_or_else(wrong_password)?;
    app.failed_names.succeeded(&name);
    Ok(account)
}

/// Who a program is that sends a name and a password with each request. What was proved is believed for a while: a
/// password takes tens of milliseconds to prove.
pub(crate) async fn known_password(
    app: &App,
    client: &Client,
    name: String,
    password: String,
) -> Outcome<Arc<SignedIn>> {
    let mut hasher = blake3::Hasher::new_keyed(&app.file_secret);
    hasher.update(&(name.len() as u64).to_be_bytes());
    hasher.update(name.as_bytes());
    hasher.update(password.as_bytes());
    let hash = *hasher.finalize().as_bytes();
    if let Some(known) = app.credentials.believed(&hash) {
        return Ok(known);
    }
    let before = app.credentials.forgotten();
    let account = account_of(app, client, &name, password).await?;
    let signed_in = Arc::new(SignedIn {
        name: account.name,
        person: account.person,
    });
    app.credentials.believe(hash, &signed_in, None, before);
    Ok(signed_in)
}

/// Who am I?
///
/// The account, the posts held now, and what may be created. A session older than a day gets a new cookie, and lasts on.
#[utoipa::path(
    get, path = "/api/v1/session", tag = "sign-in", operation_id = "getSession",
    responses(
        (status = 200, body = SessionView, description = "Signed in"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`, `signed_out`"),
    )
)]
pub(crate) async fn who_am_i(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
) -> Outcome<Response> {
    let account = caller.signed_in()?;
    let mut response = axum::Json(view(&app, &caller, account)).into_response();
    if let Some(hash) = caller.session {
        let session = app.store.read(move |reader| reader.session(&hash)).await?;
        let old = session
            .is_some_and(|session| clock::now().duration_since(session.created).as_hours() >= 24);
        if old && app.writable().is_ok() {
            let cookie = begin(&app, &account.name, &headers).await?;
            end(&app, hash).await?;
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
    }
    Ok(response)
}

/// Sign out.
#[utoipa::path(
    delete, path = "/api/v1/session", tag = "sign-in", operation_id = "signOut",
    responses((status = 204, description = "Signed out, whether or not there was a session"))
)]
pub(crate) async fn sign_out(State(app): State<Arc<App>>, request: Request) -> Outcome<Response> {
    let (parts, _) = request.into_parts();
    csrf::check(&parts.method, &parts.headers, app.origin.as_deref())?;
    if let Some(secret) = caller::cookie(&parts.headers) {
        end(&app, caller::digest(secret)).await?;
    }
    let cookie = set_cookie("", 0, caller::is_secure(&app, &parts.headers));
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Change my password.
///
/// Ends every other session of the account; this one goes on with a new cookie.
#[utoipa::path(
    post, path = "/api/v1/session/password", tag = "sign-in", operation_id = "changePassword",
    request_body = NewPassword,
    responses(
        (status = 204, description = "Changed"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`wrong_password`, `sign_in`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`weak_password`"),
    )
)]
pub(crate) async fn change_password(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    Json(change): Json<NewPassword>,
) -> Outcome<Response> {
    let account = caller.signed_in()?.clone();
    let now = Instant::now();
    if let Some(wait) = app.failed_names.wait(&account.name, now) {
        return Err(too_many_failures(wait.as_secs() + 1));
    }
    let name = account.name.clone();
    let phc = app
        .store
        .read(move |reader| reader.account(&name))
        .await?
        .map(|account| account.phc);
    if !verified(&app, change.old, phc).await? {
        app.failed_names.failed(account.name.clone(), now);
        return Err(wrong_password().at("/old"));
    }
    let phc = hashed(&app, change.new).await?;
    app.store.set_password(&account.name, phc).await?;
    app.credentials.forget(&account.name);
    tracing::info!(target: "audit", person = %account.person, "changed their password");
    let mut response = StatusCode::NO_CONTENT.into_response();
    if caller.session.is_some() {
        let cookie = begin(&app, &account.name, &headers).await?;
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn view(app: &App, caller: &Caller, account: &SignedIn) -> SessionView {
    let engine = app.engine();
    let now = clock::now();
    SessionView {
        account: account.name.clone(),
        person: account.person,
        name: engine
            .roster()
            .person(account.person)
            .map(|person| person.name.clone())
            .unwrap_or_default(),
        posts: engine
            .roster()
            .posts_of(account.person, now)
            .map(|held| HeldView::of(&engine, held))
            .collect(),
        creations: engine.creations(&caller.actor, now),
    }
}

/// Begins a session and gives its cookie.
async fn begin(app: &App, account: &str, headers: &HeaderMap) -> Outcome<HeaderValue> {
    let secret = caller::secret()?;
    let created = clock::now();
    let seconds = i64::from(app.options.limits.session_days) * 86_400;
    app.store
        .add_session(Session {
            hash: caller::digest(&secret),
            account: account.to_owned(),
            // Where a request comes from is proved by headers (see `csrf`), not by a second secret.
            csrf: String::new(),
            created,
            expires: created
                .saturating_add(SignedDuration::from_secs(seconds))
                .unwrap_or(Timestamp::MAX),
        })
        .await?;
    Ok(set_cookie(
        &secret,
        seconds,
        caller::is_secure(app, headers),
    ))
}

async fn end(app: &App, hash: [u8; 32]) -> Outcome<()> {
    app.store.end_session(hash).await?;
    app.credentials.forget_one(&hash);
    Ok(())
}

fn set_cookie(value: &str, seconds: i64, secure: bool) -> HeaderValue {
    let (name, more) = if secure {
        (SECURE_COOKIE, "; Secure")
    } else {
        (COOKIE, "")
    };
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{more}");
    HeaderValue::from_str(&cookie).expect("a cookie of ours is ASCII")
}

/// Checks a password on a thread that may block, few at a time.
pub(crate) async fn verified(app: &App, password: String, phc: Option<String>) -> Outcome<bool> {
    let _permit = app.hashing.acquire().await.map_err(|_| busy())?;
    tokio::task::spawn_blocking(move || password::verify_password(&password, phc.as_deref()))
        .await
        .map_err(|_| busy())
}

/// Hashes a password on a thread that may block, few at a time; refuses a weak one.
pub(crate) async fn hashed(app: &App, password: String) -> Outcome<String> {
    if password.chars().count() < password::SHORTEST || password.len() > password::LONGEST {
        let (shortest, longest) = (password::SHORTEST, password::LONGEST);
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "weak_password",
            format!("密码至少 {shortest} 个字符，最多 {longest} 字节。"),
            format!("A password has at least {shortest} characters and at most {longest} bytes."),
        )
        .at("/new"));
    }
    let _permit = app.hashing.acquire().await.map_err(|_| busy())?;
    let hashed = tokio::task::spawn_blocking(move || password::hash_password(&password)).await;
    hashed.ok().and_then(Result::ok).ok_or_else(busy)
}

fn busy() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "stopping",
        "服务器正在停止，请稍后再试。",
        "The server is stopping; try again in a moment.",
    )
    .retry_after(5)
}

fn wrong_password() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "wrong_password",
        "用户名或密码不正确，或账号已停用。",
        "The name or the password is wrong, or the account is disabled.",
    )
}

fn too_many_failures(seconds: u64) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_failures",
        format!("失败次数太多，请 {seconds} 秒后再试。"),
        format!("Too many failures: try again in {seconds} seconds."),
    )
    .retry_after(seconds)
}
