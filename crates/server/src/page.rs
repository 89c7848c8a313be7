//! What the pages that the server itself writes have in common.

use std::fmt::Write;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::lang::Lang;

const CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; \
                   base-uri 'none'; form-action 'none'";

const STYLE: &str = "body{font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;max-width:64rem;\
margin:1.5rem auto 4rem;padding:0 1rem;color:#1c2733;background:#fbfcfd}a{color:#0b5cad}nav{text-align:right;color:#5b6875}\
nav a,nav b{margin-left:.8rem}h1{font-size:1.7rem;margin:.2rem 0 .8rem}h1 small{font-size:1rem;font-weight:400;color:#5b6875}\
h2{margin-top:2.5rem;border-bottom:1px solid #d5dde5;font-size:1.25rem}code,pre{font:14px/1.5 ui-monospace,Consolas,monospace;\
background:#eef2f6;border-radius:4px}code{padding:.1em .3em;overflow-wrap:anywhere}pre{padding:.8rem;white-space:pre-wrap;\
overflow-wrap:anywhere}table{border-collapse:collapse;width:100%;margin:.6rem 0}td,th{text-align:left;vertical-align:top;\
padding:.3rem .6rem .3rem 0;border-bottom:1px solid #e3e9ef}details{margin:.5rem 0;padding:.4rem .8rem;border:1px solid #d5dde5;\
border-radius:6px;background:#fff}summary{cursor:pointer}.m{display:inline-block;min-width:4.2em;font-weight:600}\
.get{color:#0b6e4f}.post{color:#8a4b00}.patch{color:#6b3fa0}.delete{color:#a01c1c}.about{color:#5b6875}\
.made-up{background:#fff3cd;padding:.5rem .8rem;border-radius:6px}";

/// One of two words, by language.
pub(crate) fn say<'w>(lang: Lang, zh: &'w str, en: &'w str) -> &'w str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// A whole page: its head, the switch between the languages, and what is given (HTML). `title` is text.
pub(crate) fn page(lang: Lang, title: &str, body: &str) -> String {
    let mut switch = String::new();
    for (other, name) in [(Lang::Zh, "中文"), (Lang::En, "English")] {
        let tag = other.as_str();
        let _ = if other == lang {
            write!(switch, "<b lang=\"{tag}\">{name}</b>")
        } else {
            write!(switch, "<a href=\"?lang={tag}\" lang=\"{tag}\">{name}</a>")
        };
    }
    format!(
        "<!doctype html><html lang=\"{}\"><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{}</title><style>{STYLE}</style><nav>{switch}</nav>{body}",
        lang.as_str(),
        escape(title),
    )
}

/// A page as an answer.
pub(crate) fn html(lang: Lang, page: String) -> Response {
    let language = [
        (
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(lang.as_str()),
        ),
        (header::VARY, HeaderValue::from_static("accept-language")),
    ];
    (language, described_as("text/html; charset=utf-8", page)).into_response()
}

/// A text of a media type, which a page may be made of.
pub(crate) fn described_as(media: &'static str, text: String) -> Response {
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

/// A text as HTML, with what stands in backquotes as code.
pub(crate) fn prose(words: &str) -> String {
    let mut html = String::new();
    let mut rest = words;
    while let Some((before, (code, after))) = rest
        .split_once('`')
        .and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
    {
        let _ = write!(html, "{}<code>{}</code>", escape(before), escape(code));
        rest = after;
    }
    html + &escape(rest)
}

/// A text of several paragraphs as HTML.
pub(crate) fn paragraphs(words: &str) -> String {
    let parts = words.split("\n\n").filter(|part| !part.trim().is_empty());
    parts
        .map(|part| format!("<p>{}</p>", prose(part)))
        .collect()
}

/// A text that stands for itself in HTML.
pub(crate) fn escape(words: &str) -> String {
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
    fn what_is_written_by_people_is_escaped() {
        assert_eq!(escape("<b a=\"x\">&"), "&lt;b a=&quot;x&quot;&gt;&amp;");
        assert_eq!(
            prose("`a<b` and <c>, `done`."),
            "<code>a&lt;b</code> and &lt;c&gt;, <code>done</code>."
        );
        assert_eq!(prose("one ` alone"), "one ` alone");
        assert!(page(Lang::En, "<x>", "").contains("<title>&lt;x&gt;</title>"));
    }

    #[test]
    fn the_other_language_is_one_step_away() {
        assert!(page(Lang::En, "x", "").contains("<a href=\"?lang=zh\" lang=\"zh\">中文</a>"));
        assert!(page(Lang::Zh, "x", "").contains("<a href=\"?lang=en\" lang=\"en\">English</a>"));
    }
}
