//! The pages: what the web's build made, or in its place how to build it.

use serde_json::json;

use crate::town::{PASSWORD, Town};

const HTML: &str = "text/html; charset=utf-8";

#[test]
fn every_surface_has_a_page_bound_to_this_server() {
    let town = Town::new();
    for path in ["/", "/public/", "/field/", "/desk/records/1", "/wall/"] {
        let page = town.get(path, &[]);
        assert_eq!(
            (page.status, page.header("content-type")),
            (200, Some(HTML)),
            "{path}"
        );
        assert_eq!(page.header("cache-control"), Some("no-cache"), "{path}");
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(
            !policy.contains("http"),
            "{path} asks another server: {policy}"
        );
    }
    let moved = town.get("/desk?lang=en", &[]);
    assert_eq!(
        (moved.status, moved.header("location")),
        (308, Some("/desk/?lang=en"))
    );
    town.get("/desk/assets/nothing.js", &[])
        .problem(404, "no_such_path");
    town.get("/nothing", &[]).problem(404, "no_such_path");
    town.get("/nothing.png", &[]).problem(404, "no_such_path");
    town.get("/api/nothing", &[]).problem(404, "no_such_path");
    // Who opens it in a browser gets words and a way back.
    let reader = [("accept", "text/html,*/*;q=0.8"), ("accept-language", "en")];
    for path in ["/nothing", "/desk/assets/nothing.js"] {
        let page = town.get(path, &reader);
        assert_eq!(
            (page.status, page.header("content-type")),
            (404, Some(HTML)),
            "{path}"
        );
        let said = String::from_utf8(page.body).expect("text");
        assert!(said.contains("There is no such page") && said.contains("href=\"/\""));
    }
    let posted = town.ask("POST", "/desk/", &[], b"");
    posted.problem(405, "method_not_allowed");
    assert_eq!(posted.header("allow"), Some("GET, HEAD"));
}

/// Where the web was built, its files come compressed and are kept by their names; where not, the page says how.
#[test]
fn files_are_compressed_and_known_again() {
    let town = Town::new();
    let page = town.get("/desk/?lang=en", &[]);
    let text = String::from_utf8(page.body.clone()).expect("text");
    let Some(script) = text
        .split("src=\"/desk/")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
    else {
        assert!(text.contains("make web"), "{text}");
        return;
    };
    let path = format!("/desk/{script}");
    let whole = town.get(&path, &[]);
    assert_eq!(
        whole.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    assert_eq!(
        whole.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    let zipped = town.get(&path, &[("accept-encoding", "deflate, gzip;q=0.8")]);
    assert_eq!(zipped.header("content-encoding"), Some("gzip"));
    assert!(zipped.body.len() < whole.body.len());
    let refused = town.get(&path, &[("accept-encoding", "gzip;q=0")]);
    assert_eq!(refused.header("content-encoding"), None);
    let tag = page.header("etag").expect("a tag").to_owned();
    let again = town.get("/desk/", &[("if-none-match", &tag)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    let head = town.ask("HEAD", "/desk/", &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    let policy = page.header("content-security-policy").expect("a policy");
    for part in [
        "worker-src 'self' blob:",
        "frame-ancestors 'self'",
        "object-src 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert_eq!(page.header("x-frame-options"), Some("SAMEORIGIN"));
}

#[test]
fn the_demo_alone_tells_its_accounts() {
    let town = Town::new();
    town.get("/api/v1/demo", &[]).problem(404, "no_such_path");
    let demo = Town::with(|options| {
        options.demo_accounts.push(gewang_server::DemoAccount {
            name: "worker".into(),
            password: PASSWORD.into(),
            about: gewang_engine::pack::Text {
                zh: "网格员".into(),
                en: "Grid worker".into(),
            },
            surface: gewang_server::Surface::Field,
        });
    });
    let told = demo.get("/api/v1/demo", &[]).json();
    let account = &told["accounts"][0];
    assert_eq!(account["surface"], "field");
    assert_eq!(account["person"], "worker");
    assert_eq!(account["posts"][0]["cell"], "cell-00");
    let signed_in = demo.post(
        "/api/v1/session",
        &[],
        &json!({"name": account["name"], "password": account["password"]}),
    );
    assert_eq!(signed_in.status, 200);
    let token = account["token"].as_str().expect("a token");
    let bearer = format!("Bearer {token}");
    let own = [("authorization", bearer.as_str())];
    let session = demo.get("/api/v1/session", &own).json();
    assert_eq!(session["account"], "worker");
    let held = demo.get("/api/v1/tokens", &own).json();
    assert_eq!(held, json!([]), "it is kept nowhere");
    // Without a header, as a browser asks for pictures.
    let photo = demo.ask(
        "POST",
        "/api/v1/files",
        &[own[0], ("content-type", "text/plain")],
        b"a note",
    );
    let hash = photo.json()["hash"].as_str().expect("a hash").to_owned();
    let path = format!("/api/v1/files/{hash}");
    demo.get(&path, &[]).problem(404, "not_found");
    assert_eq!(demo.get(&format!("{path}?key={token}"), &[]).status, 200);
    demo.get(&format!("{path}?key=demo_x"), &[])
        .problem(404, "not_found");
}

#[test]
fn a_real_town_has_no_tokens_of_a_demo_whatever_it_is_told() {
    let town = Town::real(|options| {
        options.demo_accounts.push(gewang_server::DemoAccount {
            name: "worker".into(),
            password: PASSWORD.into(),
            about: gewang_engine::pack::Text {
                zh: "网格员".into(),
                en: "Grid worker".into(),
            },
            surface: gewang_server::Surface::Field,
        });
    });
    town.get("/api/v1/demo", &[]).problem(404, "no_such_path");
}
