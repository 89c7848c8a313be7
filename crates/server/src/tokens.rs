//! Bearer tokens for programs.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use gewang_store::Token;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::body::{Json, Path};
use crate::caller::{self, Caller};
use crate::clock;
use crate::problem::{Outcome, Problem, ProblemBody};

/// Tokens that an account may hold.
const MOST: usize = 50;

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What its owner calls it; a token of the same name is replaced.
    #[schema(example = "sensor bridge", max_length = 60)]
    name: String,
    /// Days after which it ends, 1 to 3650; without it, it lasts until it is withdrawn.
    #[serde(default)]
    days: Option<u32>,
}

/// A token just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeToken {
    /// Its name.
    name: String,
    /// The token. It is shown here once and never again.
    token: String,
    /// When it ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
}

/// A token, without the token.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenView {
    /// Its name.
    name: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    /// When it ends, if ever.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
}

/// Make a token for a program.
///
/// It may do what I may do. Send it as `Authorization: Bearer TOKEN`.
#[utoipa::path(
    post, path = "/api/v1/tokens", tag = "sign-in", operation_id = "makeToken",
    request_body = NewToken,
    responses(
        (status = 201, body = MadeToken, description = "Made; the token is shown this once"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
    )
)]
pub(crate) async fn make(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(wanted): Json<NewToken>,
) -> Outcome<(StatusCode, axum::Json<MadeToken>)> {
    let account = caller.signed_in()?;
    let name = wanted.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_name",
            "令牌名称应为 1 到 60 个字符。",
            "The name of a token has 1 to 60 characters.",
        )
        .at("/name"));
    }
    if wanted.days.is_some_and(|days| days == 0 || days > 3650) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "too_large",
            "有效天数应在 1 到 3650 之间。",
            "A token lasts 1 to 3650 days.",
        )
        .at("/days"));
    }
    let owner = account.name.clone();
    let held = app.store.read(move |reader| reader.tokens(&owner)).await?;
    if held.len() >= MOST && held.iter().all(|token| token.name != name) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "too_many",
            format!("最多 {MOST} 个令牌，请先撤销不用的。"),
            format!("There may be {MOST} tokens: withdraw one first."),
        ));
    }
    let secret = format!("gw_{}", caller::secret()?);
    let created = clock::now();
    let lasts = |days| {
        created
            .saturating_add(SignedDuration::from_hours(24 * i64::from(days)))
            .unwrap_or(Timestamp::MAX)
    };
    let expires = wanted.days.map(lasts);
    let token = Token {
        hash: caller::digest(&secret),
        account: account.name.clone(),
        name: name.clone(),
        created,
        expires,
    };
    app.store.add_token(token).await?;
    app.credentials.forget(&account.name);
    tracing::info!(target: "audit", person = %account.person, "made a token");
    Ok((
        StatusCode::CREATED,
        axum::Json(MadeToken {
            name,
            token: secret,
            expires,
        }),
    ))
}

/// My tokens.
#[utoipa::path(
    get, path = "/api/v1/tokens", tag = "sign-in", operation_id = "listTokens",
    responses((status = 200, body = [TokenView], description = "By name"))
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Outcome<axum::Json<Vec<TokenView>>> {
    let owner = caller.signed_in()?.name.clone();
    let held = app.store.read(move |reader| reader.tokens(&owner)).await?;
    let view = |token: Token| TokenView {
        name: token.name,
        created: token.created,
        expires: token.expires,
    };
    Ok(axum::Json(held.into_iter().map(view).collect()))
}

/// Withdraw a token.
#[utoipa::path(
    delete, path = "/api/v1/tokens/{name}", tag = "sign-in", operation_id = "endToken",
    params(("name" = String, Path, description = "Its name")),
    responses(
        (status = 204, description = "Withdrawn, at once"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
    )
)]
pub(crate) async fn end(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
) -> Outcome<StatusCode> {
    let account = caller.signed_in()?;
    let ended = app.store.end_token(&account.name, &name).await?;
    app.credentials.forget(&account.name);
    if ended {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "没有这个令牌。",
        "There is no such token.",
    ))
}
