//! The surfaces in a browser: what the web's build made, as the binary carries it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::guard::no_such_path;
use crate::lang::Lang;
use crate::page::{escape, html, page, say};

/// A file of a surface.
struct Asset {
    /// Its path: the surface, then as the web's build names it.
    path: &'static str,
    etag: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

static BY_PATH: LazyLock<HashMap<&'static str, &'static Asset>> =
    LazyLock::new(|| ASSETS.iter().map(|asset| (asset.path, asset)).collect());

/// The surfaces below an address of their own; the first page is the rest.
const BELOW: [&str; 4] = ["public", "field", "desk", "wall"];

const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const WORKER_ALLOWED: HeaderName = HeaderName::from_static("service-worker-allowed");

/// Answers whatever no handler answers: a file of a surface, its first page for an address within it, or that there is
/// nothing.
pub(crate) async fn serve(State(app): State<Arc<App>>, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") || path == "/api" {
        return no_such_path().into_response();
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let known = place(path).is_some();
        let refused = if known {
            StatusCode::METHOD_NOT_ALLOWED.into_response()
        } else {
            no_such_path().into_response()
        };
        return ([(header::ALLOW, "GET, HEAD")], refused).into_response();
    }
    match place(path) {
        None => nothing(&request),
        Some(Place::Moved(to)) => {
            let query = request.uri().query();
            let to = query.map_or(to.clone(), |query| format!("{to}?{query}"));
            ([(header::LOCATION, to)], StatusCode::PERMANENT_REDIRECT).into_response()
        }
        Some(Place::Page(surface)) => match BY_PATH.get(format!("{surface}/index.html").as_str()) {
            Some(asset) => sent(&app, asset, &request),
            None => unbuilt(&app, &request),
        },
        Some(Place::File(file)) => match BY_PATH.get(&*file) {
            Some(asset) => sent(&app, asset, &request),
            None => nothing(&request),
        },
    }
}

/// That there is nothing: to people a page with the way back, to programs the problem.
fn nothing(request: &Request) -> Response {
    let accepted = request.headers().get(header::ACCEPT);
    let reads = accepted.is_some_and(|accepted| accepted.as_bytes().starts_with(b"text/html"));
    if !reads {
        return no_such_path().into_response();
    }
    let lang = Lang::of(request.uri(), request.headers());
    let title = say(lang, "没有这个页面", "There is no such page");
    let body = format!(
        "<h1>{title}</h1><p>{}</p><p><a href=\"/\">{}</a></p>",
        say(
            lang,
            "地址可能抄错了，或者页面已经不在了。您在别的页面填写的内容不受影响。",
            "The address may have been copied wrongly, or the page is gone. What you typed on other pages is not touched.",
        ),
        say(lang, "回到首页", "To the front page"),
    );
    (StatusCode::NOT_FOUND, html(lang, page(lang, title, &body))).into_response()
}

/// What an address means.
#[derive(Debug, PartialEq)]
enum Place<'p> {
    /// The first page of a surface, which finds its way by the address.
    Page(&'static str),
    /// A file.
    File(Cow<'p, str>),
    /// The same with a slash at its end.
    Moved(String),
}

fn place(path: &str) -> Option<Place<'_>> {
    let path = path.strip_prefix('/')?;
    let (first, rest) = match path.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    // An address within a surface may have a dot too: `/desk/all/governance.matter`.
    let is_file = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.') && media(name) != UNKNOWN);
    if let Some(surface) = BELOW.into_iter().find(|surface| *surface == first) {
        return Some(match rest {
            None => Place::Moved(format!("/{surface}/")),
            Some(_) if is_file => Place::File(Cow::Borrowed(path)),
            Some(_) => Place::Page(surface),
        });
    }
    match path {
        "" => Some(Place::Page("home")),
        _ if is_file => Some(Place::File(Cow::Owned(format!("home/{path}")))),
        _ => None,
    }
}

fn sent(app: &App, asset: &'static Asset, request: &Request) -> Response {
    let name = asset.path.rsplit('/').next().unwrap_or(asset.path);
    let mut headers = HeaderMap::new();
    // What the web's build puts into these folders has a hash in its name.
    let hashed = asset
        .path
        .split('/')
        .any(|part| part == "assets" || part == "home-assets");
    let caching = if hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::ETAG, HeaderValue::from_static(asset.etag));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media(name)));
    if name.ends_with(".html") || name.ends_with(".js") {
        // A worker is bound by the policy of its own script.
        policies(app, &mut headers);
    }
    if asset.path == "field/sw.js" {
        headers.insert(WORKER_ALLOWED, HeaderValue::from_static("/field/"));
    }
    let known = request.headers().get_all(header::IF_NONE_MATCH);
    let is_known = known
        .iter()
        .filter_map(|tags| tags.to_str().ok())
        .any(|tags| {
            tags.split(',')
                .any(|tag| tag.trim().trim_start_matches("W/") == asset.etag)
        });
    if is_known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let accepted = |coding: &str| {
        let lines = request.headers().get_all(header::ACCEPT_ENCODING);
        lines
            .iter()
            .filter_map(|line| line.to_str().ok())
            .any(|line| {
                line.split(',').any(|item| {
                    let (name, weight) = item.split_once(';').unwrap_or((item, ""));
                    name.trim() == coding && weight.replace(' ', "") != "q=0"
                })
            })
    };
    let (coding, bytes) = match (asset.brotli, asset.gzip) {
        (Some(bytes), _) if accepted("br") => (Some("br"), bytes),
        (_, Some(bytes)) if accepted("gzip") => (Some("gzip"), bytes),
        _ => (None, asset.plain),
    };
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    if request.method() == Method::HEAD {
        return (headers, ()).into_response();
    }
    (headers, bytes).into_response()
}

/// What a page may do: load from this server alone, and from the base map's that the town chose; draw its map in a worker
/// made of its own text; use the camera, the microphone and the place; be shown within another page of this server.
fn policies(app: &App, headers: &mut HeaderMap) {
    let engine = app.engine();
    let base = engine.setup().town().base_map.as_ref();
    let base = base
        .and_then(|map| map.origin())
        .map_or_else(String::new, |origin| format!(" {origin}"));
    let policy = format!(
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:{base}; \
         media-src 'self' blob:; font-src 'self' data:; connect-src 'self'{base}; worker-src 'self' blob:; \
         child-src 'self' blob:; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'self'"
    );
    // The check of the town's settings lets nothing else into the address.
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(
        header::X_FRAME_OPTIONS,
        HeaderValue::from_static("SAMEORIGIN"),
    );
    headers.insert(
        PERMISSIONS,
        HeaderValue::from_static("camera=(self), microphone=(self), geolocation=(self)"),
    );
}

const UNKNOWN: &str = "application/octet-stream";

fn media(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "pbf" => "application/x-protobuf",
        "txt" => "text/plain; charset=utf-8",
        _ => UNKNOWN,
    }
}

/// In place of a surface, where the binary was built without it.
fn unbuilt(app: &App, request: &Request) -> Response {
    let lang = Lang::of(request.uri(), request.headers());
    let engine = app.engine();
    let title = engine.setup().town().title.lang(lang.as_str());
    let tag = lang.as_str();
    let body = format!(
        "<h1>{}</h1><p>{}</p><p>{}</p><pre>make web build</pre><p><a href=\"/api/v1/docs?lang={tag}\">{}</a></p>",
        escape(title),
        say(
            lang,
            "服务正在运行，但编译时没有包含网页界面。",
            "The server is running, but was built without its pages."
        ),
        say(
            lang,
            "在源代码目录中构建网页（需要 Node 20 以上），再重新编译：",
            "Build them in the source folder (Node 20 or later), then the program again:"
        ),
        say(lang, "接口说明", "The API, described"),
    );
    html(lang, page(lang, title, &body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_means_a_page_or_a_file() {
        for (path, want) in [
            ("/", Some(Place::Page("home"))),
            ("/desk", Some(Place::Moved("/desk/".into()))),
            ("/desk/", Some(Place::Page("desk"))),
            ("/desk/records/0197", Some(Place::Page("desk"))),
            ("/desk/all/governance.matter", Some(Place::Page("desk"))),
            (
                "/desk/assets/a-1.js",
                Some(Place::File("desk/assets/a-1.js".into())),
            ),
            ("/field/sw.js", Some(Place::File("field/sw.js".into()))),
            (
                "/home-assets/a.css",
                Some(Place::File("home/home-assets/a.css".into())),
            ),
            ("/favicon.ico", Some(Place::File("home/favicon.ico".into()))),
            ("/nowhere", None),
            ("/deskx/", None),
        ] {
            assert_eq!(place(path), want, "{path}");
        }
    }

    #[test]
    fn what_is_carried_is_whole() {
        for asset in ASSETS {
            assert!(
                asset.etag.len() > 10 && !asset.plain.is_empty(),
                "{}",
                asset.path
            );
            assert!(!asset.path.contains(".."), "{}", asset.path);
            if let Some(gzip) = asset.gzip {
                assert!(gzip.len() < asset.plain.len(), "{}", asset.path);
            }
        }
        assert_eq!(BY_PATH.len(), ASSETS.len());
    }
}
