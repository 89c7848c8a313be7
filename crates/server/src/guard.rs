//! The outermost layer: what holds for every request and every answer.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::lang::Lang;
use crate::problem::Problem;

const NOSNIFF: HeaderName = header::X_CONTENT_TYPE_OPTIONS;
const CHAIN: HeaderName = HeaderName::from_static("gewang-journal");

/// Bounds the time of a request, writes problems in the caller's language and adds the headers that every answer has.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let language = request.headers().get(header::ACCEPT_LANGUAGE).cloned();
    // The live stream lasts; it bounds itself by heartbeats and by the server's stop.
    let limit = app.options.limits.request_seconds;
    let mut response = if app.stopping() {
        marked(stopping())
    } else if uri.path().ends_with("/live") {
        next.run(request).await
    } else {
        match tokio::time::timeout(Duration::from_secs(limit), next.run(request)).await {
            Ok(response) => response,
            Err(_) => marked(too_slow(limit)),
        }
    };
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        let lang = spoken(&uri, language);
        let headers = std::mem::take(response.headers_mut());
        let problem = match response.extensions().get::<Arc<Problem>>() {
            Some(problem) => problem.clone(),
            None if is_worded(&headers) => {
                *response.headers_mut() = headers;
                finish(&app, &mut response);
                return response;
            }
            None => Arc::new(unnamed(status)),
        };
        if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
            tracing::warn!(
                status = status.as_u16(),
                code = problem.code(),
                path = uri.path(),
                "a request failed"
            );
        }
        response = problem.response(lang);
        if status == StatusCode::UNAUTHORIZED && uri.path().starts_with("/ogc") {
            // Programs for maps ask for a name and a password when they hear this.
            let basic = HeaderValue::from_static("Basic realm=\"gewang\", charset=\"UTF-8\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, basic);
        }
        for name in [header::ALLOW, header::SET_COOKIE] {
            for value in headers.get_all(&name) {
                response.headers_mut().append(name.clone(), value.clone());
            }
        }
    }
    finish(&app, &mut response);
    response
}

fn marked(problem: Problem) -> Response {
    axum::response::IntoResponse::into_response(problem)
}

fn spoken(uri: &axum::http::Uri, language: Option<HeaderValue>) -> Lang {
    let mut headers = HeaderMap::new();
    if let Some(language) = language {
        headers.insert(header::ACCEPT_LANGUAGE, language);
    }
    Lang::of(uri, &headers)
}

/// Whether an answer says in words of ours what is wrong: a problem, or a page for people.
fn is_worded(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| {
        kind == "application/problem+json" || kind == "text/html; charset=utf-8"
    })
}

fn finish(app: &App, response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(NOSNIFF, HeaderValue::from_static("nosniff"));
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("same-origin"));
    headers
        .entry(header::X_FRAME_OPTIONS)
        .or_insert(HeaderValue::from_static("DENY"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        ));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if app.secure {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    if app.broken().is_some() {
        headers.insert(CHAIN, HeaderValue::from_static("broken"));
    }
}

fn stopping() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "stopping",
        "服务器正在停止，请稍后再试；没有提交的内容请保留并重新发送。",
        "The server is stopping. Keep what you wanted to send and send it again in a moment.",
    )
    .retry_after(5)
}

fn too_slow(limit: u64) -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "request_timeout",
        format!("请求超过了 {limit} 秒。命令可以用同一个编号安全地重发。"),
        format!(
            "The request took more than {limit} seconds. A command may safely be sent again with the same id."
        ),
    )
}

/// An error of the framework that no handler named.
fn unnamed(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => no_such_path(),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            status,
            "method_not_allowed",
            "这个地址不支持这种请求方法，Allow 头列出了支持的方法。",
            "This address does not take that method; the Allow header lists those it takes.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            status,
            "too_large",
            "请求内容太大。",
            "The request is too large.",
        ),
        status if status.is_client_error() => Problem::new(
            status,
            "bad_request",
            "请求无法读取。",
            "The request cannot be read.",
        ),
        status => Problem::new(
            status,
            "internal",
            "服务器出错，没有保存任何内容，请稍后用同一编号重发。",
            "The server failed. Nothing was saved; send it again later with the same id.",
        ),
    }
}

/// The answer where the server itself failed.
pub(crate) fn failed() -> Problem {
    unnamed(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The answer for an address that does not exist.
pub(crate) fn no_such_path() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no_such_path",
        "没有这个地址；/api/v1/docs 列出了所有地址。",
        "There is nothing at this address; /api/v1/docs lists what there is.",
    )
}
