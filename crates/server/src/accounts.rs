//! Accounts, for administrators: who may sign in. What they may do then follows from their posts.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use gewang_store::Account;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::body::{Json, Path};
use crate::caller::{self, Caller};
use crate::clock;
use crate::problem::{Outcome, Problem, ProblemBody};
use crate::session::hashed;

/// What only administrators do here.
const MANAGES: [&str; 2] = ["管理账号", "manages accounts"];

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccount {
    /// The name to sign in with: 1 to 60 characters without white space.
    #[schema(example = "zhang.wei")]
    name: String,
    /// The person's record, of kind `town.person`.
    person: Uuid,
}

/// What may be changed of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountChange {
    /// True: nobody signs in with it any more, and its sessions end.
    #[serde(default)]
    disabled: Option<bool>,
    /// True: it gets a new password, shown in the answer, and its sessions end.
    #[serde(default)]
    new_password: bool,
}

/// An account.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountView {
    /// The name to sign in with.
    name: String,
    /// The person's record.
    person: Uuid,
    /// Whether signing in is refused.
    disabled: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    /// A password just made: shown here once and never again. Its owner changes it after signing in.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

impl AccountView {
    fn of(account: Account, password: Option<String>) -> Self {
        let Account {
            name,
            person,
            disabled,
            created,
            ..
        } = account;
        AccountView {
            name,
            person,
            disabled,
            created,
            password,
        }
    }
}

/// Make an account for a person.
///
/// For administrators of the whole domain. The answer holds a random password, shown once.
#[utoipa::path(
    post, path = "/api/v1/accounts", tag = "accounts", operation_id = "makeAccount",
    request_body = NewAccount,
    responses(
        (status = 201, body = AccountView, description = "Made"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`name_taken`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`bad_name`, `unknown_person`"),
    )
)]
pub(crate) async fn make(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(wanted): Json<NewAccount>,
) -> Outcome<(StatusCode, axum::Json<AccountView>)> {
    let engine = app.engine();
    let created = clock::now();
    caller.administrator(&engine, created, MANAGES)?;
    let name = wanted.name.trim().to_owned();
    let wrong = |c: char| c.is_whitespace() || c.is_control() || c == '/';
    if name.is_empty() || name.chars().count() > 60 || name.chars().any(wrong) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_name",
            "用户名应为 1 到 60 个字符，不含空白和斜杠。",
            "The name of an account has 1 to 60 characters, without white space and slashes.",
        )
        .at("/name"));
    }
    if !engine
        .roster()
        .person(wanted.person)
        .is_some_and(|person| person.active)
    {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unknown_person",
            "没有这个人，请先登记人员（town.person）。",
            "There is no such person: enter them first (town.person).",
        )
        .at("/person"));
    }
    let password = caller::secret()?[..16].to_owned();
    let phc = hashed(&app, password.clone()).await?;
    let account = Account {
        name,
        phc,
        person: wanted.person,
        disabled: false,
        created,
    };
    app.store.add_account(account.clone()).await?;
    tracing::info!(target: "audit", person = %account.person, "an account was made");
    Ok((
        StatusCode::CREATED,
        axum::Json(AccountView::of(account, Some(password))),
    ))
}

/// All accounts.
///
/// For administrators of the whole domain.
#[utoipa::path(
    get, path = "/api/v1/accounts", tag = "accounts", operation_id = "listAccounts",
    responses(
        (status = 200, body = [AccountView], description = "By name"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Outcome<axum::Json<Vec<AccountView>>> {
    caller.administrator(&app.engine(), clock::now(), MANAGES)?;
    let accounts = app.store.read(|reader| reader.accounts()).await?;
    Ok(axum::Json(
        accounts
            .into_iter()
            .map(|account| AccountView::of(account, None))
            .collect(),
    ))
}

/// Disable an account, enable it again, or give it a new password.
///
/// For administrators of the whole domain.
#[utoipa::path(
    patch, path = "/api/v1/accounts/{name}", tag = "accounts", operation_id = "changeAccount",
    params(("name" = String, Path, description = "The account's name")),
    request_body = AccountChange,
    responses(
        (status = 200, body = AccountView, description = "Changed"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
    )
)]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Json(change): Json<AccountChange>,
) -> Outcome<axum::Json<AccountView>> {
    caller.administrator(&app.engine(), clock::now(), MANAGES)?;
    let mut password = None;
    if change.new_password {
        let made = caller::secret()?[..16].to_owned();
        let phc = hashed(&app, made.clone()).await?;
        app.store.set_password(&name, phc).await?;
        password = Some(made);
    }
    if let Some(disabled) = change.disabled {
        app.store.disable_account(&name, disabled).await?;
    }
    app.credentials.forget(&name);
    let wanted = name.clone();
    let account = app
        .store
        .read(move |reader| reader.account(&wanted))
        .await?
        .ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "没有这个账号。",
                "There is no such account.",
            )
        })?;
    tracing::info!(target: "audit", person = %account.person, "an account was changed");
    Ok(axum::Json(AccountView::of(account, password)))
}
