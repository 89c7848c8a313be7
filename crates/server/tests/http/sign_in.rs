use serde_json::json;
use uuid::Uuid;

use crate::town::{PASSWORD, Town, limits, report};

const PROGRAM: (&str, &str) = ("gewang-client", "test");

#[test]
fn a_session_begins_tells_who_and_ends() {
    let town = Town::new();
    let answer = town.post(
        "/api/v1/session",
        &[],
        &json!({"name": "worker", "password": PASSWORD}),
    );
    let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
    for part in ["gewang=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "there is no TLS here");
    let cookie = cookie.split(';').next().expect("its value");
    let who = town.get("/api/v1/session", &[("cookie", cookie)]).json();
    assert_eq!(
        (&who["account"], &who["posts"][0]["post"]),
        (&json!("worker"), &json!("worker"))
    );
    assert!(who["creations"].to_string().contains("reports.report"));
    town.get("/api/v1/session", &[]).problem(401, "sign_in");
    assert_eq!(
        town.ask(
            "DELETE",
            "/api/v1/session",
            &[("cookie", cookie), PROGRAM],
            b""
        )
        .status,
        204
    );
    town.get("/api/v1/session", &[("cookie", cookie)])
        .problem(401, "signed_out");
}

#[test]
fn a_client_that_says_for_whom_it_acts_never_acts_for_another() {
    let town = Town::new();
    let cookie = town.cookie("worker");
    let session = ("cookie", cookie.as_str());
    let who = town.get("/api/v1/session", &[session]).json();
    let person = who["person"].as_str().expect("a person").to_owned();
    let meant = ("gewang-as", person.as_str());
    let body = || json!({"commands": [report(Uuid::now_v7(), "x")]});
    let outcome = |headers: &[(&str, &str)]| town.post("/api/v1/commands", headers, &body());
    let done = outcome(&[session, PROGRAM, meant]).json();
    assert_eq!(done["outcomes"][0]["outcome"], "done");
    let other = Uuid::now_v7().to_string();
    for meant in [other.as_str(), "", "worker"] {
        outcome(&[session, PROGRAM, ("gewang-as", meant)]).problem(401, "signed_out");
    }
    // Without the cookie it would have been a resident's report.
    outcome(&[PROGRAM, meant]).problem(401, "signed_out");
    assert_eq!(outcome(&[PROGRAM]).json()["outcomes"][0]["outcome"], "done");
}

#[test]
fn behind_tls_the_cookie_is_secure() {
    let town = Town::with(|options| options.public_url = Some("https://town.example".into()));
    let sign_in = json!({"name": "worker", "password": PASSWORD});
    let answer = town.post(
        "/api/v1/session",
        &[("origin", "https://town.example")],
        &sign_in,
    );
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(
        cookie.starts_with("__Host-gewang=") && cookie.contains("; Secure"),
        "{cookie}"
    );
    assert!(answer.header("strict-transport-security").is_some());
    town.post(
        "/api/v1/session",
        &[("origin", "https://evil.example")],
        &sign_in,
    )
    .problem(403, "cross_site");
    let proxied = Town::with(|options| options.trust_proxy = true);
    let answer = proxied.post(
        "/api/v1/session",
        &[("x-forwarded-proto", "https")],
        &sign_in,
    );
    assert!(
        answer
            .header("set-cookie")
            .expect("a cookie")
            .contains("; Secure")
    );
}

#[test]
fn a_cookie_alone_changes_nothing() {
    let town = Town::new();
    let cookie = town.cookie("worker");
    let host = town.host();
    let own = format!("http://{host}");
    let body = || json!({"commands": [report(Uuid::now_v7(), "x")]});
    for (header, allowed) in [
        (("sec-fetch-site", "cross-site"), false),
        (("sec-fetch-site", "same-site"), false),
        (("origin", "http://evil.example"), false),
        (("origin", "null"), false),
        (("accept", "*/*"), false),
        (("sec-fetch-site", "same-origin"), true),
        (("origin", own.as_str()), true),
        (PROGRAM, true),
    ] {
        let answer = town.post("/api/v1/commands", &[("cookie", &cookie), header], &body());
        if allowed {
            assert_eq!(answer.status, 200, "{header:?} {answer:?}");
        } else {
            answer.problem(403, "cross_site");
        }
    }
    town.ask("DELETE", "/api/v1/session", &[("cookie", &cookie)], b"")
        .problem(403, "cross_site");
}

#[test]
fn failures_cost_time_and_names_are_not_told() {
    let town = Town::with(|options| limits(options, |limits| limits.sign_in_free = 2));
    let attempt = |name: &str, password: &str| {
        town.post(
            "/api/v1/session",
            &[],
            &json!({"name": name, "password": password}),
        )
    };
    let wrong = attempt("worker", "not the password");
    let unknown = attempt("nobody", "not the password");
    assert_eq!(
        wrong.problem(401, "wrong_password"),
        unknown.problem(401, "wrong_password")
    );
    attempt("worker", "not the password").problem(401, "wrong_password");
    let delayed = attempt("worker", PASSWORD);
    delayed.problem(429, "too_many_failures");
    assert!(delayed.header("retry-after").is_some());
    assert_eq!(attempt("leader", PASSWORD).status, 200, "others sign in");
}

#[test]
fn a_token_works_until_it_is_withdrawn() {
    let town = Town::new();
    let cookie = town.cookie("worker");
    let as_worker = [("cookie", cookie.as_str()), PROGRAM];
    let made = town.post(
        "/api/v1/tokens",
        &as_worker,
        &json!({"name": "bridge", "days": 30}),
    );
    assert_eq!(made.status, 201, "{made:?}");
    let token = format!("Bearer {}", made.json()["token"].as_str().expect("a token"));
    assert_eq!(
        town.get("/api/v1/session", &[("authorization", &token)])
            .status,
        200
    );
    let listed = town.get("/api/v1/tokens", &as_worker);
    assert_eq!(listed.json()[0]["name"], "bridge");
    assert!(
        !String::from_utf8_lossy(&listed.body).contains("gw_"),
        "it is shown once"
    );
    assert_eq!(
        town.ask("DELETE", "/api/v1/tokens/bridge", &as_worker, b"")
            .status,
        204
    );
    town.get("/api/v1/session", &[("authorization", &token)])
        .problem(401, "bad_token");
    town.ask("DELETE", "/api/v1/tokens/bridge", &as_worker, b"")
        .problem(404, "not_found");
    town.post("/api/v1/tokens", &as_worker, &json!({"name": " "}))
        .problem(422, "bad_name");
    town.post(
        "/api/v1/tokens",
        &as_worker,
        &json!({"name": "x", "days": 0}),
    )
    .problem(422, "too_large");
    town.post("/api/v1/tokens", &[], &json!({"name": "x"}))
        .problem(401, "sign_in");
    town.get("/api/v1/session", &[("authorization", "Basic eDp5")])
        .problem(401, "bad_token");
}

#[test]
fn a_new_password_ends_the_other_sessions() {
    let town = Town::new();
    let (here, there) = (town.cookie("worker"), town.cookie("worker"));
    let change = |old: &str, new: &str| {
        town.post(
            "/api/v1/session/password",
            &[("cookie", &here), PROGRAM],
            &json!({"old": old, "new": new}),
        )
    };
    change("wrong", "another long password").problem(401, "wrong_password");
    change(PASSWORD, "short").problem(422, "weak_password");
    let changed = change(PASSWORD, "another long password");
    assert_eq!(changed.status, 204);
    let cookie = changed
        .header("set-cookie")
        .and_then(|cookie| cookie.split(';').next())
        .expect("a new cookie")
        .to_owned();
    assert_eq!(
        town.get("/api/v1/session", &[("cookie", &cookie)]).status,
        200
    );
    town.get("/api/v1/session", &[("cookie", &there)])
        .problem(401, "signed_out");
}

#[test]
fn administrators_make_and_disable_accounts() {
    let town = Town::new();
    let (admin, worker) = (town.token("admin"), town.token("worker"));
    let admin = [("authorization", admin.as_str())];
    let person = town.people["leader"];
    let made = town.post(
        "/api/v1/accounts",
        &admin,
        &json!({"name": "second", "person": person}),
    );
    assert_eq!(made.status, 201, "{made:?}");
    let password = made.json()["password"]
        .as_str()
        .expect("a password")
        .to_owned();
    let sign_in = json!({"name": "second", "password": password});
    assert_eq!(town.post("/api/v1/session", &[], &sign_in).status, 200);
    town.post(
        "/api/v1/accounts",
        &admin,
        &json!({"name": "second", "person": person}),
    )
    .problem(409, "name_taken");
    town.post(
        "/api/v1/accounts",
        &admin,
        &json!({"name": "third", "person": Uuid::now_v7()}),
    )
    .problem(422, "unknown_person");
    town.post(
        "/api/v1/accounts",
        &admin,
        &json!({"name": "a b", "person": person}),
    )
    .problem(422, "bad_name");
    town.post(
        "/api/v1/accounts",
        &[("authorization", &worker)],
        &json!({"name": "x", "person": person}),
    )
    .problem(403, "forbidden");
    town.get("/api/v1/accounts", &[("authorization", &worker)])
        .problem(403, "forbidden");
    assert_eq!(
        town.get("/api/v1/accounts", &admin)
            .json()
            .as_array()
            .map(Vec::len),
        Some(6)
    );

    let patch = |body: &[u8]| {
        town.ask(
            "PATCH",
            "/api/v1/accounts/second",
            &[admin[0], ("content-type", "application/json")],
            body,
        )
    };
    assert_eq!(patch(br#"{"disabled":true}"#).json()["disabled"], true);
    town.post("/api/v1/session", &[], &sign_in)
        .problem(401, "wrong_password");
    let again = patch(br#"{"disabled":false,"new_password":true}"#).json();
    assert_eq!(
        town.post(
            "/api/v1/session",
            &[],
            &json!({"name": "second", "password": again["password"]})
        )
        .status,
        200
    );
    let headers = [admin[0], ("content-type", "application/json")];
    town.ask("PATCH", "/api/v1/accounts/none", &headers, b"{}")
        .problem(404, "not_found");
}
