//! The pages that the server itself writes: `/`, and the description of the API to read. No script, no request to
//! anywhere else: they read the same in a town hall without the Internet.

use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::Response;
use axum::routing::get;
use gewang_engine::{Engine, Held, Seat};
use utoipa::openapi::OpenApi;
use uuid::Uuid;

use crate::DemoAccount;
use crate::app::App;
use crate::clock;
use crate::lang::Lang;
use crate::manual::manual;
use crate::page::{described_as, escape, html, page, say};
use crate::problem::Outcome;

/// `/`, `/api/v1/docs` and `/api/v1/openapi.json`.
pub(crate) fn pages(document: OpenApi) -> Router<Arc<App>> {
    let json = crate::openapi::json(&document);
    let described = serde_json::from_str(&json).unwrap_or_default();
    let [zh, en]: [Arc<str>; 2] = [Lang::Zh, Lang::En].map(|lang| manual(&described, lang).into());
    let json: Arc<str> = json.into();
    let json = move || {
        let json = json.clone();
        async move { described_as("application/json", json.to_string()) }
    };
    let docs = move |request: Request| {
        let lang = Lang::of(request.uri(), request.headers());
        let page = match lang {
            Lang::Zh => zh.clone(),
            Lang::En => en.clone(),
        };
        async move { html(lang, page.to_string()) }
    };
    Router::new()
        .route("/", get(front))
        .route("/api/v1/openapi.json", get(json))
        .route("/api/v1/docs", get(docs))
        .layer(tower_http::compression::CompressionLayer::new())
}

async fn front(State(app): State<Arc<App>>, request: Request) -> Outcome<Response> {
    let lang = Lang::of(request.uri(), request.headers());
    let engine = app.engine();
    let town = engine.setup().town();
    let tag = lang.as_str();
    let title = town.title.lang(tag);
    let mut body = format!("<h1>{}</h1>", escape(title));
    if town.demo {
        let _ = write!(
            body,
            "<p class=made-up>{}</p>",
            say(
                lang,
                "演示：这里的人物、网格和事件都是虚构的。",
                "A demo: the people, the cells and the matters here are made up."
            )
        );
    }
    if let Some((seq, _)) = app.broken() {
        let _ = write!(
            body,
            "<p class=made-up>{} {seq}</p>",
            say(
                lang,
                "流水账无法自证，只能查询，不能写入。第一条有问题的流水号：",
                "The journal does not prove itself: one can read, and nothing is written. The first bad entry:"
            )
        );
    }
    let _ = write!(
        body,
        "<p>{}</p><ul><li><a href=\"/api/v1/docs?lang={tag}\">{}</a></li>\
         <li><a href=\"/api/v1/openapi.json\">{}</a></li><li><a href=\"/api/v1/status\">{}</a></li></ul>",
        say(lang, "服务正在运行。", "The server is running."),
        say(lang, "接口说明", "The API, described"),
        say(
            lang,
            "供程序使用的接口描述（OpenAPI 3.1）",
            "The same for programs (OpenAPI 3.1)"
        ),
        say(lang, "运行状态", "How the server is"),
    );
    let accounts = &app.options.demo_accounts;
    if let Some(first) = accounts.first() {
        let names: Vec<String> = accounts
            .iter()
            .map(|account| account.name.clone())
            .collect();
        let people: Vec<Option<Uuid>> = app
            .store
            .read(move |reader| {
                let person = |name: &String| Ok(reader.account(name)?.map(|known| known.person));
                names.iter().map(person).collect()
            })
            .await?;
        let host = request.headers().get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        demo_accounts(&mut body, lang, &engine, accounts, &people);
        how_to_sign_in(&mut body, lang, &address(&app, host), first);
    }
    Ok(html(lang, page(lang, title, &body)))
}

fn demo_accounts(
    body: &mut String,
    lang: Lang,
    engine: &Engine,
    accounts: &[DemoAccount],
    people: &[Option<Uuid>],
) {
    let _ = write!(
        body,
        "<h2>{}</h2><table><tr><th>{}<th>{}<th>{}<th>{}</tr>",
        say(lang, "演示账号", "Demo accounts"),
        say(lang, "用户名", "Name"),
        say(lang, "密码", "Password"),
        say(lang, "岗位", "Posts"),
        say(lang, "姓名", "Person"),
    );
    for (account, person) in accounts.iter().zip(people) {
        let person = person.and_then(|person| engine.roster().person(person));
        let posts: Vec<String> = match person {
            Some(person) => engine
                .roster()
                .posts_of(person.id, clock::now())
                .map(|held| words(engine, held, lang))
                .collect(),
            None => account.posts.clone(),
        };
        let _ = write!(
            body,
            "<tr><td><code>{}</code><td><code>{}</code><td>{}<td>{}</tr>",
            escape(&account.name),
            escape(&account.password),
            escape(&posts.join(say(lang, "；", "; "))),
            escape(person.map_or("", |person| &person.name)),
        );
    }
    body.push_str("</table>");
}

/// A post and its place, as people say it.
fn words(engine: &Engine, held: &Held, lang: Lang) -> String {
    let tag = lang.as_str();
    let post = engine.setup().post(&held.post);
    let post = post.map_or(held.post.as_str(), |post| post.title.lang(tag));
    let place = match &held.seat {
        Seat::Cell(cell) => engine.setup().grid().cell(cell).map(|cell| &cell.title),
        Seat::Unit(unit) => engine.roster().unit(*unit).map(|unit| &unit.title),
    };
    let place = place.map_or("", |place| place.lang(tag));
    match lang {
        Lang::Zh => format!("{place} {post}"),
        Lang::En => format!("{post}, {place}"),
    }
}

fn how_to_sign_in(body: &mut String, lang: Lang, address: &str, account: &DemoAccount) {
    let sign_in = serde_json::json!({"name": account.name, "password": account.password});
    // As it must stand between the quotes of a shell.
    let sign_in = sign_in.to_string().replace('\'', "'\\''");
    let _ = write!(
        body,
        "<p>{}</p><pre>{}</pre>",
        say(
            lang,
            "用 curl 登录，之后的请求都带上 <code>-b jar</code>：",
            "Sign in with curl, then add <code>-b jar</code> to whatever you ask:"
        ),
        escape(&format!(
            "curl -s -c jar -H 'content-type: application/json' -d '{sign_in}' {address}/api/v1/session\n\
             curl -s -b jar {address}/api/v1/records"
        )),
    );
}

/// The address under which whoever asks reached us.
fn address(app: &App, host: Option<&str>) -> String {
    let plain = |host: &&str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte);
        !host.is_empty() && host.bytes().all(known)
    };
    match (&app.origin, host.filter(plain)) {
        (Some(origin), _) => origin.clone(),
        (None, Some(host)) => format!("http://{host}"),
        (None, None) => format!("http://{}", app.options.listen),
    }
}
