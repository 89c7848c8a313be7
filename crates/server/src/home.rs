//! The pages that the server itself writes: `/`, and the description of the API to read. No script, no request to
//! anywhere else: they read the same in a town hall without the Internet.

use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::Value;
use utoipa::openapi::OpenApi;

use crate::app::App;
use crate::lang::Lang;

const CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; \
                   base-uri 'none'; form-action 'none'";

const STYLE: &str = "body{font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei',sans-serif;max-width:60rem;margin:2rem auto;\
padding:0 1rem;color:#1c2733;background:#fbfcfd}h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid #d5dde5}\
code,pre{font:14px/1.5 ui-monospace,monospace;background:#eef2f6;border-radius:4px}code{padding:.1em .3em}pre{padding:.8rem;\
overflow:auto}table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;\
border-bottom:1px solid #e3e9ef}details{margin:.6rem 0;padding:.4rem .8rem;border:1px solid #d5dde5;border-radius:6px;\
background:#fff}summary{cursor:pointer}.m{display:inline-block;min-width:4.2em;font-weight:600}.get{color:#0b6e4f}\
.post{color:#8a4b00}.delete{color:#a01c1c}.made-up{background:#fff3cd;padding:.5rem .8rem;border-radius:6px}";

/// `/`, `/api/v1/docs` and `/api/v1/openapi.json`.
pub(crate) fn pages(document: OpenApi) -> Router<Arc<App>> {
    let json = crate::openapi::json(&document);
    let page = described(&serde_json::from_str(&json).unwrap_or_default());
    let (json, page): (Arc<str>, Arc<str>) = (json.into(), page.into());
    let json = move || {
        let json = json.clone();
        async move { described_as("application/json", json.to_string()) }
    };
    let page = move || {
        let page = page.clone();
        async move { described_as("text/html; charset=utf-8", page.to_string()) }
    };
    Router::new()
        .route("/", get(front))
        .route("/api/v1/openapi.json", get(json))
        .route("/api/v1/docs", get(page))
        .layer(tower_http::compression::CompressionLayer::new())
}

fn described_as(media: &'static str, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CSP),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text).into_response()
}

async fn front(State(app): State<Arc<App>>, request: Request) -> Response {
    let lang = Lang::of(request.uri(), request.headers());
    let engine = app.engine();
    let town = engine.setup().town();
    let say = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let title = escape(town.title.lang(lang.as_str()));
    let mut page = String::new();
    let _ = write!(
        page,
        "<!doctype html><html lang=\"{}\"><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style><h1>{title}</h1>",
        lang.as_str(),
    );
    if town.demo {
        let _ = write!(
            page,
            "<p class=made-up>{}</p>",
            say(
                "演示：这里的人物、网格和事件都是虚构的。",
                "A demo: the people, the cells and the matters here are made up."
            )
        );
    }
    let _ = write!(
        page,
        "<p>{}</p><ul><li><a href=\"/api/v1/docs\">{}</a></li><li><a href=\"/api/v1/openapi.json\">OpenAPI 3.1</a></li>\
         <li><a href=\"/api/v1/status\">{}</a></li></ul>",
        say("服务正在运行。", "The server is running."),
        say("接口说明", "The API, described"),
        say("运行状态", "Status"),
    );
    if !app.options.demo_accounts.is_empty() {
        let _ = write!(
            page,
            "<h2>{}</h2><table><tr><th>{}<th>{}<th>{}</tr>",
            say("演示账号", "Demo accounts"),
            say("用户名", "Name"),
            say("密码", "Password"),
            say("岗位", "Posts"),
        );
        for account in &app.options.demo_accounts {
            let _ = write!(
                page,
                "<tr><td><code>{}</code><td><code>{}</code><td>{}</tr>",
                escape(&account.name),
                escape(&account.password),
                escape(&account.posts.join("、")),
            );
        }
        page.push_str("</table>");
    }
    described_as("text/html; charset=utf-8", page)
}

/// The OpenAPI document as a page.
fn described(document: &Value) -> String {
    let mut page = String::new();
    let title = escape(text(&document["info"]["title"]));
    let _ = write!(
        page,
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style><h1>{title} {}</h1>{}\
         <p><a href=\"/api/v1/openapi.json\">openapi.json</a></p>",
        escape(text(&document["info"]["version"])),
        paragraphs(text(&document["info"]["description"])),
    );
    let nothing = serde_json::Map::new();
    let mut last_tag = "";
    let paths = document["paths"].as_object().unwrap_or(&nothing);
    let mut operations: Vec<(&str, &str, &str, &Value)> = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap_or(&nothing) {
            operations.push((text(&operation["tags"][0]), path, method, operation));
        }
    }
    let order = |tag: &str| {
        let tags = document["tags"].as_array();
        tags.and_then(|tags| tags.iter().position(|known| known["name"] == tag))
            .unwrap_or(usize::MAX)
    };
    operations.sort_by_key(|(tag, ..)| order(tag));
    for (tag, path, method, operation) in operations {
        if tag != last_tag {
            let _ = write!(page, "<h2>{}</h2>", escape(tag));
            last_tag = tag;
        }
        operation_of(&mut page, path, method, operation);
    }
    page.push_str("<h2>Shapes</h2>");
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .unwrap_or(&nothing)
    {
        let _ = write!(
            page,
            "<details id=\"{0}\"><summary><code>{0}</code> {1}</summary>",
            escape(name),
            escape(
                text(&schema["description"])
                    .lines()
                    .next()
                    .unwrap_or_default()
            ),
        );
        shape(&mut page, schema);
        page.push_str("</details>");
    }
    page
}

fn operation_of(page: &mut String, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        page,
        "<details><summary><span class=\"m {method}\">{}</span> <code>{}</code> {}</summary>{}",
        method.to_uppercase(),
        escape(path),
        escape(text(&operation["summary"])),
        paragraphs(text(&operation["description"])),
    );
    if let Some(parameters) = operation["parameters"].as_array() {
        page.push_str("<table>");
        for parameter in parameters {
            let _ = write!(
                page,
                "<tr><td><code>{}</code><td>{}{}<td>{}<td>{}</tr>",
                escape(text(&parameter["name"])),
                escape(text(&parameter["in"])),
                if parameter["required"] == true {
                    ", required"
                } else {
                    ""
                },
                type_of(&parameter["schema"]),
                escape(text(&parameter["description"])),
            );
        }
        page.push_str("</table>");
    }
    for (media, content) in operation["requestBody"]["content"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let _ = write!(
            page,
            "<p>Body <code>{}</code>: {}</p>",
            escape(media),
            type_of(&content["schema"])
        );
        if let Some(example) = content.get("example") {
            let _ = write!(
                page,
                "<pre>{}</pre>",
                escape(&serde_json::to_string_pretty(example).unwrap_or_default())
            );
        }
    }
    page.push_str("<table>");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let bodies: Vec<String> = response["content"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(media, content)| {
                format!(
                    "<code>{}</code> {}",
                    escape(media),
                    type_of(&content["schema"])
                )
            })
            .collect();
        let _ = write!(
            page,
            "<tr><td>{}<td>{}<td>{}</tr>",
            escape(status),
            escape(text(&response["description"])),
            bodies.join("<br>"),
        );
    }
    page.push_str("</table></details>");
}

fn shape(page: &mut String, schema: &Value) {
    page.push_str(&paragraphs(text(&schema["description"])));
    if let Some(properties) = schema["properties"].as_object() {
        let required = |name: &str| {
            schema["required"]
                .as_array()
                .is_some_and(|names| names.iter().any(|required| required == name))
        };
        page.push_str("<table>");
        for (name, property) in properties {
            let _ = write!(
                page,
                "<tr><td><code>{}</code>{}<td>{}<td>{}</tr>",
                escape(name),
                if required(name) { "" } else { "?" },
                type_of(property),
                escape(text(&property["description"])),
            );
        }
        page.push_str("</table>");
    } else {
        let _ = write!(page, "<p>{}</p>", type_of(schema));
    }
}

/// A schema in a few words, names linked to their shapes.
fn type_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.rsplit('/').next())
    {
        return format!("<a href=\"#{0}\">{0}</a>", escape(name));
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(choices) = schema[key].as_array() {
            let words: Vec<String> = choices.iter().map(type_of).collect();
            return words.join(" | ");
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        let words: Vec<String> = values
            .iter()
            .map(|value| format!("<code>{}</code>", escape(&value.to_string())))
            .collect();
        return words.join(" | ");
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        Value::String(kind) => vec![kind.as_str()],
        _ => return "any".to_owned(),
    };
    let words: Vec<String> = kinds
        .iter()
        .map(|kind| match (*kind, schema["format"].as_str()) {
            ("array", _) => format!("list of {}", type_of(&schema["items"])),
            (kind, Some(format)) => format!("{} ({})", escape(kind), escape(format)),
            (kind, None) => escape(kind),
        })
        .collect();
    words.join(" | ")
}

fn paragraphs(words: &str) -> String {
    let parts = words.split("\n\n").filter(|part| !part.trim().is_empty());
    parts
        .map(|part| format!("<p>{}</p>", escape(part)))
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escape(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_address_and_every_shape() {
        let document: Value =
            serde_json::from_str(&crate::document()).expect("the document is JSON");
        let page = described(&document);
        for path in document["paths"]
            .as_object()
            .expect("there are addresses")
            .keys()
        {
            assert!(
                page.contains(&format!("<code>{}</code>", escape(path))),
                "{path} is missing"
            );
        }
        for name in document["components"]["schemas"]
            .as_object()
            .expect("there are shapes")
            .keys()
        {
            assert!(
                page.contains(&format!("id=\"{name}\"")),
                "{name} is missing"
            );
        }
        assert!(
            !page.contains("<script") && !page.contains("http://") && !page.contains("https://")
        );
    }

    #[test]
    fn what_is_written_by_people_is_escaped() {
        assert_eq!(escape("<b a=\"x\">&"), "&lt;b a=&quot;x&quot;&gt;&amp;");
    }
}
