//! The server's own address, for answers that must name it.

use axum::http::{HeaderMap, header};

use crate::app::App;

/// Where this server is reached, without a slash at the end: as it was told to be (`--public-url`), else as the caller
/// called it.
pub(crate) fn base(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.options.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    format!("http://{}", host.unwrap_or("127.0.0.1"))
}
