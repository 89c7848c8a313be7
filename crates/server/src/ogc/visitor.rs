//! Who reads: somebody with a session, a bearer token, or a name and a password as QGIS and ogr2ogr send them.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::app::App;
use crate::caller::{self, Caller};
use crate::problem::Problem;
use crate::session;

/// Who asks, with a name and a password too.
pub(super) struct Visitor(pub Caller);

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Some((name, password)) = basic(parts) else {
            return Caller::from_request_parts(parts, app).await.map(Visitor);
        };
        let client = caller::client(parts, app);
        let account = session::known_password(app, &client, name, password).await?;
        let lang = crate::lang::Lang::of(&parts.uri, &parts.headers);
        Caller::of_account(app, account, client, lang).map(Visitor)
    }
}

/// The name and the password of a request that brings them.
fn basic(parts: &Parts) -> Option<(String, String)> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, told) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let told = STANDARD.decode(told.trim()).unwrap_or_default();
    let told = String::from_utf8(told).unwrap_or_default();
    let (name, password) = told.split_once(':').unwrap_or_default();
    Some((name.to_owned(), password.to_owned()))
}
