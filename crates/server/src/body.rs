//! What arrives in a request, read strictly and refused with the place of the mistake.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::problem::Problem;

/// Levels of lists and objects that a JSON body may nest.
pub(crate) const MAX_DEPTH: usize = 32;

/// A JSON body.
pub(crate) struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let bytes = json_bytes(request, app.options.limits.body_bytes).await?;
        read(&bytes).map(Json)
    }
}

/// The bytes of a request that says it is JSON, at most `limit` of them.
pub(crate) async fn json_bytes(request: Request, limit: usize) -> Result<Bytes, Problem> {
    let (parts, body) = request.into_parts();
    if !is_json(&parts.headers) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_json",
            "请用 Content-Type: application/json 发送 JSON。",
            "Send JSON, with Content-Type: application/json.",
        ));
    }
    bytes(&parts.headers, body, limit).await
}

/// The bytes of a body, at most `limit` of them.
pub(crate) async fn bytes(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Problem> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Err(_) => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "body_cut_off",
            "请求内容没有收全，请重发。",
            "The body broke off before its end; send it again.",
        )),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let kind = kind.split(';').next().unwrap_or(kind).trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// The refusal of a body that is larger than `limit` bytes.
pub(crate) fn too_large(limit: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        format!("内容太大，最多 {limit} 字节。"),
        format!("The body is too large: at most {limit} bytes."),
    )
}

/// Reads a JSON text, refusing it with pointer, line and column.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if depth(bytes) > MAX_DEPTH {
        return Err(too_deep());
    }
    let mut input = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize(&mut input) {
        Ok(value) => input
            .end()
            .map(|()| value)
            .map_err(|error| malformed(&error, String::new())),
        Err(error) => {
            let pointer = pointer(error.path());
            Err(malformed(error.inner(), pointer))
        }
    }
}

/// The refusal of a JSON text that nests too deeply.
pub(crate) fn too_deep() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "too_deep",
        format!("JSON 嵌套太深，最多 {MAX_DEPTH} 层。"),
        format!("The JSON nests too deeply: at most {MAX_DEPTH} levels."),
    )
}

/// The deepest nesting of lists and objects in a JSON text.
pub(crate) fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// A key as a step of a JSON Pointer (RFC 6901).
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// What serde says of a text, as a problem. Its own words name the field in backquotes; what somebody typed is never
/// repeated, since it may be personal.
fn malformed(error: &serde_json::Error, mut pointer: String) -> Problem {
    let said = error.to_string();
    let named = said.split('`').nth(1).unwrap_or_default();
    let (line, column) = (error.line(), error.column());
    if !error.is_data() {
        return Problem::new(
            StatusCode::BAD_REQUEST,
            "bad_json",
            format!("第 {line} 行第 {column} 列不是合法的 JSON。"),
            format!("Not JSON, at line {line}, column {column}."),
        )
        .on_line(line, column);
    }
    let problem = if said.starts_with("missing field") {
        pointer.push_str(&format!("/{}", escape(named)));
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "required",
            format!("缺少 {named}。"),
            format!("{named} is missing."),
        )
    } else if said.starts_with("unknown field") {
        if !pointer.ends_with(&format!("/{}", escape(named))) {
            pointer.push_str(&format!("/{}", escape(named)));
        }
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unknown_field",
            "没有这个字段，请去掉。",
            "There is no such field here; leave it out.",
        )
    } else if said.starts_with("duplicate field") {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "duplicate_field",
            format!("{named} 出现了两次。"),
            format!("{named} stands there twice."),
        )
    } else {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "wrong_type",
            "这里的值类型或格式不对，请对照 /api/v1/docs。",
            "The value here has the wrong type or form; compare /api/v1/docs.",
        )
    };
    problem.at(pointer).on_line(line, column)
}

/// The parameters after `?`, each checked; an unknown one is refused rather than ignored.
pub(crate) struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        if query.len() > 4096 {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "query_too_long",
                "地址中的参数太长，最多 4096 个字符。",
                "The query is too long: at most 4096 characters.",
            ));
        }
        // Every address takes `lang`; a structure that refuses unknown parameters must not see it.
        let pairs: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.starts_with("lang="))
            .collect();
        let pairs = pairs.join("&");
        let input = serde_urlencoded::Deserializer::new(form_urlencoded::parse(pairs.as_bytes()));
        match serde_path_to_error::deserialize(input) {
            Ok(value) => Ok(Query(value)),
            Err(error) => {
                let said = error.inner().to_string();
                let path = pointer(error.path());
                let name = said
                    .split('`')
                    .nth(1)
                    .filter(|_| said.contains("field"))
                    .map(str::to_owned);
                let name = name.unwrap_or_else(|| path.trim_start_matches('/').to_owned());
                if said.starts_with("missing field") {
                    return Err(Problem::new(
                        StatusCode::BAD_REQUEST,
                        "required",
                        format!("缺少参数 {name}。"),
                        format!("The parameter {name} is missing."),
                    )
                    .at(format!("?{name}")));
                }
                if said.starts_with("unknown field") {
                    return Err(Problem::new(
                        StatusCode::BAD_REQUEST,
                        "unknown_parameter",
                        format!("没有 {name} 这个参数，请去掉。"),
                        format!("There is no parameter {name} here; leave it out."),
                    )
                    .at(format!("?{name}")));
                }
                Err(bad_parameter(
                    &name,
                    "值不对",
                    "has a value of the wrong type or form",
                ))
            }
        }
    }
}

/// A refusal of one parameter after `?`.
pub(crate) fn bad_parameter(name: &str, zh: &str, en: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad_parameter",
        format!("参数 {name}：{zh}"),
        format!("The parameter {name} {en}."),
    )
    .at(format!("?{name}"))
}

/// One variable part of the path.
pub(crate) struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Path(value)),
            // A record id that is no UUID names nothing.
            Err(_) => Err(Problem::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "没有找到：地址中的编号不正确。",
                "Not found: the id in the address is not one.",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Shape {
        name: String,
        items: Vec<u32>,
    }

    fn refusal(text: &str) -> serde_json::Value {
        let problem = read::<Shape>(text.as_bytes()).expect_err("it is wrong");
        serde_json::to_value(problem.body(Lang::En)).expect("it is JSON")
    }

    #[test]
    fn a_mistake_is_named_by_its_place() {
        for (text, code, pointer) in [
            (r#"{"items":[]}"#, "required", "/name"),
            (r#"{"name":"a","items":[1,"x"]}"#, "wrong_type", "/items/1"),
            (r#"{"name":"a","items":[],"x":1}"#, "unknown_field", "/x"),
            (r#"{"name":1,"items":[]}"#, "wrong_type", "/name"),
        ] {
            let said = refusal(text);
            assert_eq!(said["code"], code, "{text}");
            assert_eq!(said["pointer"], pointer, "{text}");
        }
    }

    #[test]
    fn a_text_that_is_not_json_is_refused_by_line_and_column() {
        let said = refusal("{\"name\":\n  nope}");
        assert_eq!(said["code"], "bad_json");
        assert_eq!(said["line"], 2);
    }

    #[test]
    fn depth_counts_outside_strings_only() {
        assert_eq!(depth(br#"{"a":"[[[[","b":[1]}"#), 2);
        assert_eq!(depth(br#"["\"[[["]"#), 1);
        assert_eq!(refusal(&"[".repeat(100_000))["code"], "too_deep");
    }
}
