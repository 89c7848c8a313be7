use serde_json::{Value, json};
use uuid::Uuid;

use crate::town::{Town, command, limits, report};

#[test]
fn a_report_goes_from_the_public_to_its_closing() {
    let town = Town::new();
    let record = Uuid::now_v7();
    let first = report(record, "路面有坑，一下雨就积水");
    let reported = town.command(&[], first.clone());
    assert_eq!(reported["outcome"], "done", "{reported}");
    assert_eq!(
        (&reported["state"], &reported["cell"], &reported["version"]),
        (&json!("waiting"), &json!("cell-00"), &json!(1))
    );
    let number = reported["number"].as_str().expect("a number");
    let token = reported["follow"]["token"].as_str().expect("a token");

    // Sent again it gives the same answer, the token included, and changes nothing.
    let again = town.command(&[], first);
    assert_eq!(again["outcome"], "repeated");
    for same in ["record", "seq", "version", "number", "follow"] {
        assert_eq!(again[same], reported[same], "{same}");
    }

    let worker = town.token("worker");
    let worker = [("authorization", worker.as_str())];
    let offers = town
        .get(&format!("/api/v1/records/{record}/actions"), &worker)
        .json();
    let names: Vec<&str> = offers["actions"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|offer| offer["action"].as_str())
        .collect();
    assert_eq!(names, ["handle", "give_up", "close", "note"]);
    let mut handle = command(record, "handle", json!({}));
    handle["version"] = json!(1);
    assert_eq!(town.command(&worker, handle)["state"], "handling");
    let closed = town.command(
        &worker,
        command(record, "close", json!({"details": "已修补"})),
    );
    assert_eq!(
        (&closed["outcome"], &closed["state"]),
        (&json!("done"), &json!("closed"))
    );
    assert!(
        closed.get("follow").is_none(),
        "only a reporter without an account gets a token"
    );

    let progress = town.get(&format!("/api/v1/follow/{number}?token={token}"), &[]);
    assert_eq!(progress.status, 200, "{progress:?}");
    let progress = progress.json();
    assert_eq!(progress["stage"], "close");
    assert_eq!(
        (&progress["record"], &progress["state_id"]),
        (&json!(record), &json!("closed"))
    );
    let actions: Vec<&Value> = progress["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| &step["action"])
        .collect();
    assert_eq!(actions, ["report", "handle", "close"]);
    let steps: Vec<&Value> = progress["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| &step["state"]["en"])
        .collect();
    assert_eq!(steps, ["Waiting", "Being handled", "Closed"]);
    town.get(&format!("/api/v1/follow/{number}?token=wrong"), &[])
        .problem(404, "not_found");
    town.get("/api/v1/follow/R20200101-0001?token=x", &[])
        .problem(404, "not_found");

    let follow = format!("{record}:{token}");
    let own = town.get(
        &format!("/api/v1/records/{record}"),
        &[("gewang-follow", &follow)],
    );
    assert_eq!(own.status, 200, "{own:?}");
    town.get(
        &format!("/api/v1/records/{record}"),
        &[("gewang-follow", &format!("{record}:no"))],
    )
    .problem(401, "bad_follow");
    town.get(&format!("/api/v1/records/{record}"), &[])
        .problem(401, "sign_in");
}

#[test]
fn one_bad_command_never_spoils_its_neighbours() {
    let town = Town::new();
    let worker = town.token("worker");
    let good = [Uuid::now_v7(), Uuid::now_v7()];
    let mut late = report(Uuid::now_v7(), "x");
    late["surprise"] = json!(1);
    let outside = {
        let mut command = report(Uuid::now_v7(), "x");
        command["place"] = json!([120.5, 31.0]);
        command
    };
    let body = json!({"commands": [
        report(good[0], "第一条"),
        {"id": "no", "record": good[0]},
        late,
        outside,
        report(Uuid::now_v7(), &"长".repeat(121)),
        report(good[1], "second"),
    ]});
    let answer = town.post(
        "/api/v1/commands?lang=en",
        &[("authorization", &worker)],
        &body,
    );
    assert_eq!(answer.status, 200);
    let outcomes = answer.json()["outcomes"]
        .as_array()
        .expect("a list")
        .clone();
    let said: Vec<(&str, &str, &str)> = outcomes
        .iter()
        .map(|outcome| {
            let text = |value: &'_ Value| value.as_str().map(str::to_owned).unwrap_or_default();
            let problem = &outcome["problem"];
            let leak = |text: String| -> &'static str { text.leak() };
            (
                leak(text(&outcome["outcome"])),
                leak(text(&problem["code"])),
                leak(text(&problem["pointer"])),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ("done", "", ""),
            ("refused", "wrong_type", "/commands/1/id"),
            ("refused", "unknown_field", "/commands/2/surprise"),
            ("refused", "outside_domain", "/place"),
            ("refused", "too_long", "/data/summary"),
            ("done", "", ""),
        ]
    );
    assert!(
        outcomes[3]["problem"]["detail"]
            .as_str()
            .expect("words")
            .contains("km"),
        "{}",
        outcomes[3]
    );
    assert_eq!(outcomes[1]["record"], json!(good[0]));
}

#[test]
fn who_may_not_is_refused_in_their_language() {
    let town = Town::new();
    let record = Uuid::now_v7();
    assert_eq!(town.command(&[], report(record, "x"))["outcome"], "done");
    let elsewhere = town.token("elsewhere");
    let refused = |headers: &[(&str, &str)]| {
        town.command(headers, command(record, "handle", json!({})))["problem"].clone()
    };
    let zh = refused(&[("authorization", &elsewhere), ("accept-language", "zh-CN")]);
    let en = refused(&[("authorization", &elsewhere), ("accept-language", "en")]);
    // Whoever may not see a record is not told that it exists.
    assert_eq!(
        (&zh["code"], &en["code"]),
        (&json!("not_found"), &json!("not_found"))
    );
    assert_ne!(zh["detail"], en["detail"]);
    assert_eq!(zh["text"]["en"], en["detail"]);
    assert_ne!(
        refused(&[])["code"],
        Value::Null,
        "nobody handles without an account"
    );
}

#[test]
fn reports_without_an_account_are_throttled_by_address() {
    let town = Town::with(|options| {
        limits(options, |limits| {
            (limits.public_burst, limits.public_per_hour) = (3, 60)
        });
    });
    for _ in 0..3 {
        assert_eq!(
            town.command(&[], report(Uuid::now_v7(), "x"))["outcome"],
            "done"
        );
    }
    let body = json!({"commands": [report(Uuid::now_v7(), "x")]});
    let answer = town.post("/api/v1/commands", &[], &body);
    answer.problem(429, "too_many_reports");
    let wait: u64 = answer
        .header("retry-after")
        .and_then(|value| value.parse().ok())
        .expect("seconds");
    assert!((1..=61).contains(&wait), "{wait}");
    let worker = town.token("worker");
    assert_eq!(
        town.command(&[("authorization", &worker)], report(Uuid::now_v7(), "x"))["outcome"],
        "done"
    );
}

#[test]
fn personal_data_open_only_to_whom_the_pack_says_and_every_look_is_logged() {
    let town = Town::new();
    let record = Uuid::now_v7();
    town.command(&[], report(record, "x"));
    let (worker, dispatcher, admin) = (
        town.token("worker"),
        town.token("dispatcher"),
        town.token("admin"),
    );
    let path = format!("/api/v1/records/{record}");
    let seen = town.get(&path, &[("authorization", &worker)]).json();
    assert_eq!(seen["sealed"], json!(["contact"]));
    assert!(!seen.to_string().contains("13800001234"));
    town.get(
        &format!("{path}?open=contact"),
        &[("authorization", &worker)],
    )
    .problem(403, "sealed");
    let opened = town
        .get(
            &format!("{path}?open=contact"),
            &[("authorization", &dispatcher)],
        )
        .json();
    assert_eq!(opened["personal"]["contact"]["phone"], "13800001234");
    let looks = town
        .get(&format!("{path}/looks"), &[("authorization", &admin)])
        .json();
    assert_eq!(looks[0]["person"], json!(town.people["dispatcher"]));
    assert_eq!(looks.as_array().map(Vec::len), Some(1));
    town.get(&format!("{path}/looks"), &[("authorization", &worker)])
        .problem(403, "forbidden");
}

#[test]
fn who_was_overtaken_is_told_how_the_record_is_now() {
    let town = Town::new();
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let record = Uuid::now_v7();
    let done = town.command(&own, report(record, "a kerb"));
    assert!(done.get("current").is_none(), "{done}");
    town.command(&own, command(record, "handle", json!({})));
    let mut late = command(record, "handle", json!({}));
    late["version"] = json!(1);
    let told = town.command(&own, late);
    assert_ne!(told["outcome"], "done", "{told}");
    assert_eq!(told["current"]["state"], "handling", "{told}");
    let elsewhere = town.token("elsewhere");
    let hidden = town.command(
        &[("authorization", &elsewhere)],
        command(record, "handle", json!({})),
    );
    assert!(hidden.get("current").is_none(), "{hidden}");
}
