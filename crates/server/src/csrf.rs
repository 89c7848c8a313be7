//! Whether a request that carries a session cookie comes from our own pages.
//!
//! A cookie is sent by the browser whoever wrote the page, so a cookie alone proves nothing about who asked. Browsers
//! say where a request comes from (`Sec-Fetch-Site`, and `Origin`), and a page cannot lie in these headers. Programs
//! that use cookies and are no browsers say so with `Gewang-Client`, a header that a page of another site cannot set
//! without asking first, which we never allow.

use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};

use crate::problem::Problem;

/// The header of programs that use the cookie; its value does not matter.
pub(crate) const CLIENT: HeaderName = HeaderName::from_static("gewang-client");

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses a request that changes something and was not made by our own pages. `origin` is the public address, where it
/// is known; otherwise the origin must be that of `Host`.
pub(crate) fn check(
    method: &Method,
    headers: &HeaderMap,
    origin: Option<&str>,
) -> Result<(), Problem> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) || is_own(headers, origin) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "cross_site",
        "这个请求不是从本站页面发出的。程序请使用令牌，或加上 Gewang-Client 头。",
        "This request was not made by a page of this site. A program uses a token, or adds the header Gewang-Client.",
    ))
}

/// Whether a sign-in may come from here: as [`check`], except that a program that sends no such header at all may sign
/// in (it holds no cookie yet that a page could abuse).
pub(crate) fn check_sign_in(headers: &HeaderMap, origin: Option<&str>) -> Result<(), Problem> {
    if !headers.contains_key(FETCH_SITE) && !headers.contains_key(header::ORIGIN) {
        return Ok(());
    }
    check(&Method::POST, headers, origin)
}

fn is_own(headers: &HeaderMap, own: Option<&str>) -> bool {
    let said = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match said(&FETCH_SITE) {
        Some("same-origin" | "none") => return true,
        Some(_) => return false,
        None => {}
    }
    match (said(&header::ORIGIN), own, said(&header::HOST)) {
        (Some(origin), Some(own), _) => origin.eq_ignore_ascii_case(own),
        (Some(origin), None, Some(host)) => origin
            .split_once("://")
            .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host)),
        (Some(_), None, None) => false,
        (None, ..) => headers.contains_key(CLIENT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(headers: &[(&str, &str)], origin: Option<&str>) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(
                name.parse::<HeaderName>().expect("a name"),
                value.parse().expect("a value"),
            );
        }
        check(&Method::POST, &map, origin).is_ok()
    }

    #[test]
    fn only_our_own_pages_and_programs_that_say_so_change_anything() {
        let town = Some("https://town.example");
        for (headers, origin, want) in [
            (vec![("sec-fetch-site", "same-origin")], None, true),
            (vec![("sec-fetch-site", "none")], None, true),
            (vec![("sec-fetch-site", "cross-site")], None, false),
            (vec![("sec-fetch-site", "same-site")], None, false),
            (
                vec![("sec-fetch-site", "cross-site"), ("gewang-client", "1")],
                None,
                false,
            ),
            (
                vec![("origin", "https://town.example"), ("host", "inner:80")],
                town,
                true,
            ),
            (
                vec![("origin", "https://evil.example"), ("host", "town.example")],
                town,
                false,
            ),
            (
                vec![
                    ("origin", "http://127.0.0.1:8080"),
                    ("host", "127.0.0.1:8080"),
                ],
                None,
                true,
            ),
            (
                vec![
                    ("origin", "http://127.0.0.1:9090"),
                    ("host", "127.0.0.1:8080"),
                ],
                None,
                false,
            ),
            (
                vec![
                    ("origin", "null"),
                    ("host", "127.0.0.1:8080"),
                    ("gewang-client", "1"),
                ],
                None,
                false,
            ),
            (vec![("host", "127.0.0.1:8080")], None, false),
            (vec![("gewang-client", "1")], None, true),
        ] {
            assert_eq!(allowed(&headers, origin), want, "{headers:?}");
        }
    }

    #[test]
    fn reading_is_always_allowed() {
        let mut headers = HeaderMap::new();
        headers.insert(FETCH_SITE, "cross-site".parse().expect("a value"));
        assert!(check(&Method::GET, &headers, None).is_ok());
        assert!(check_sign_in(&headers, None).is_err());
        assert!(check_sign_in(&HeaderMap::new(), None).is_ok());
    }
}
