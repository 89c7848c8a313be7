//! What helps a dispatcher: numbers of queues, and advice on a report.

use jiff::{Timestamp, ToSpan};
use serde_json::json;
use uuid::Uuid;

use crate::town::{Town, command, report};

#[test]
fn queues_are_counted_together_and_only_what_one_may_see() {
    let town = Town::new();
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let records: Vec<Uuid> = (0..4).map(|_| Uuid::now_v7()).collect();
    for (index, record) in records.iter().enumerate() {
        let mut made = report(*record, &format!("kerb {index}"));
        if index == 3 {
            made["place"] = json!([120.015, 31.015]);
        }
        assert_eq!(town.command(&own, made)["outcome"], "done");
    }
    town.command(&own, command(records[0], "handle", json!({})));
    let ask = |who: &str| {
        let token = town.token(who);
        let filters = json!({"filters": [
            {"kind": "reports.report"}, {"kind": "reports.report", "open": true, "stage": "report"},
            {"assignee": "me", "open": true}, {"kind": "reports.report", "text": "kerb 2"}, {"reporter": "me"},
        ]});
        let told = town.post("/api/v1/counts", &[("authorization", &token)], &filters);
        assert_eq!(told.status, 200, "{told:?}");
        let told = told.json();
        let counts = told["counts"].as_array().expect("counts").clone();
        assert!(counts.iter().all(|count| count["more"] == false));
        let numbers: Vec<u64> = counts
            .iter()
            .filter_map(|count| count["n"].as_u64())
            .collect();
        numbers
    };
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while town.get("/api/v1/status", &[]).json()["searched"] != json!(town.store.head()) {
        assert!(
            std::time::Instant::now() < end,
            "searching never catches up"
        );
    }
    assert_eq!(ask("dispatcher"), [4, 3, 0, 1, 0], "the whole town");
    assert_eq!(
        ask("worker"),
        [4, 3, 1, 1, 4],
        "their cell, and what they reported elsewhere"
    );
    assert_eq!(ask("elsewhere"), [1, 1, 0, 0, 0]);
    town.post("/api/v1/counts", &[], &json!({"filters": []}))
        .problem(401, "sign_in");
    // A token of the same name replaces the one before.
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let wrong = town
        .post(
            "/api/v1/counts",
            &own,
            &json!({"filters": [{"colour": "red"}]}),
        )
        .problem(422, "unknown_field");
    assert_eq!(wrong["pointer"], "/filters/0/colour");
    let many = vec![json!({}); 21];
    town.post("/api/v1/counts", &own, &json!({"filters": many}))
        .problem(422, "too_large");
}

#[test]
fn what_waits_for_my_approval_is_found_by_me_alone() {
    let town = Town::new();
    let [worker, leader, dispatcher] =
        ["worker", "leader", "dispatcher"].map(|name| town.token(name));
    let records: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    for record in &records {
        let own = [("authorization", worker.as_str())];
        assert_eq!(
            town.command(&own, report(*record, "a kerb"))["outcome"],
            "done"
        );
    }
    let asked = command(records[1], "give_up", json!({}));
    let outcome = town.command(&[("authorization", &worker)], asked);
    assert_eq!(
        (&outcome["outcome"], &outcome["state"]),
        (&json!("done"), &json!("waiting"))
    );
    let listed = |token: &str, request: &str| -> Vec<String> {
        let own = [("authorization", token)];
        let path = format!("/api/v1/records?kind=reports.report&order=oldest&request={request}");
        let list = town.get(&path, &own).json();
        let ids = list["records"].as_array().expect("records").iter();
        let ids: Vec<String> = ids
            .filter_map(|one| one["id"].as_str().map(str::to_owned))
            .collect();
        let filters = json!({"filters": [{"kind": "reports.report", "request": request}]});
        let counted = town.post("/api/v1/counts", &own, &filters).json();
        assert_eq!(counted["counts"][0]["n"], json!(ids.len()), "{request}");
        ids
    };
    let [first, second, third] = [0, 1, 2].map(|index| records[index].to_string());
    assert_eq!(listed(&leader, "me"), std::slice::from_ref(&second));
    assert_eq!(listed(&leader, "others"), [first.clone(), third.clone()]);
    for token in [&worker, &dispatcher] {
        assert_eq!(listed(token, "me"), [""; 0], "not theirs to settle");
        assert_eq!(listed(token, "others").len(), 3);
        assert_eq!(listed(token, "any"), std::slice::from_ref(&second));
        assert_eq!(listed(token, "none"), [first.clone(), third.clone()]);
    }
    let settle = command(records[1], "give_up.approve", json!({}));
    let outcome = town.command(&[("authorization", &leader)], settle);
    assert_eq!(outcome["state"], "closed");
    assert_eq!(listed(&leader, "any"), [""; 0]);
    town.get("/api/v1/records?request=you", &[("authorization", &leader)])
        .problem(400, "bad_parameter");
}

#[test]
fn lists_narrow_by_what_is_due_and_begin_with_the_oldest() {
    let town = Town::new();
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let records: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    for record in &records {
        town.command(&own, report(*record, "a kerb"));
    }
    let ids = |query: &str| -> Vec<String> {
        let list = town
            .get(
                &format!("/api/v1/records?kind=reports.report&{query}"),
                &own,
            )
            .json();
        let records = list["records"].as_array().expect("records");
        records
            .iter()
            .map(|record| record["id"].as_str().expect("an id").to_owned())
            .collect()
    };
    let in_order: Vec<String> = records.iter().map(Uuid::to_string).collect();
    assert_eq!(ids("order=oldest"), in_order);
    let first = town
        .get(
            "/api/v1/records?kind=reports.report&order=oldest&limit=2",
            &own,
        )
        .json();
    let next = first["next"].as_str().expect("it goes on");
    assert_eq!(ids(&format!("order=oldest&cursor={next}")), in_order[2..]);
    let due = town
        .get(&format!("/api/v1/records/{}", records[1]), &own)
        .json()["due"]
        .clone();
    let due: Timestamp = due
        .as_str()
        .expect("a deadline")
        .parse()
        .expect("an instant");
    let [sooner, later] = [-60, 60].map(|s| due.checked_add(s.seconds()).expect("an instant"));
    assert_eq!(
        ids(&format!("due_from={sooner}&due_to={later}&order=due")).len(),
        3
    );
    assert_eq!(ids(&format!("due_to={sooner}")).len(), 0);
    assert_eq!(ids(&format!("due_from={later}")).len(), 0);
    town.get("/api/v1/records?due_from=yesterday", &own)
        .problem(400, "bad_parameter");
}

#[test]
fn advice_says_what_lies_near_who_gets_it_and_by_when() {
    let town = Town::new();
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let [earlier, near, far, asked] = std::array::from_fn(|_| Uuid::now_v7());
    for (record, place) in [
        (earlier, [120.001, 31.001]),
        (near, [120.0041, 31.006]),
        (far, [120.0001, 31.0001]),
        (asked, [120.004, 31.006]),
    ] {
        let mut made = report(record, "a kerb");
        made["place"] = json!(place);
        let headers: &[(&str, &str)] = if record == near { &[] } else { &own };
        assert_eq!(town.command(headers, made)["outcome"], "done");
    }
    let advice = town
        .get(&format!("/api/v1/records/{asked}/advice"), &own)
        .json();
    let nearest = &advice["near"][0];
    assert_eq!(nearest["record"]["id"], json!(near));
    assert_eq!(
        (&nearest["direction"], &nearest["likely_same"]),
        (&json!("east"), &json!(true))
    );
    assert_eq!(nearest["distance_m"], 10.0);
    assert_eq!(nearest["record"]["title"], "a kerb");
    assert!(
        advice["near"].as_array().expect("near").len() < 4,
        "the far one is not near: {advice}"
    );
    assert_eq!(advice["route"]["post"], "leader");
    assert_eq!(advice["route"]["people"], json!(["leader"]));
    let why = &advice["route"]["why"][0];
    let says = |lang: &str, words: &str| {
        let told = why[lang].as_str().expect("words");
        assert!(told.contains(words), "{told}");
    };
    says("zh", "类别为道路破损或暴露垃圾");
    says("en", "Area: Broken road or Litter");
    let before: Vec<&str> = advice["earlier"]
        .as_array()
        .expect("earlier")
        .iter()
        .filter_map(|record| record["id"].as_str())
        .collect();
    assert_eq!(before, [far.to_string(), earlier.to_string()]);
    assert_eq!(advice["limit"]["span"], "5 workdays");
    let elsewhere = town.token("elsewhere");
    town.get(
        &format!("/api/v1/records/{asked}/advice"),
        &[("authorization", &elsewhere)],
    )
    .problem(404, "not_found");
    town.get(&format!("/api/v1/records/{asked}/advice"), &[])
        .problem(401, "sign_in");
}

#[test]
fn what_may_be_done_is_told_of_many_records_at_once() {
    let town = Town::new();
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let mut records: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    for (index, record) in records.iter().enumerate() {
        let made = report(*record, &format!("kerb {index}"));
        assert_eq!(town.command(&own, made)["outcome"], "done");
    }
    town.command(&own, command(records[1], "handle", json!({})));
    records.swap(0, 2);
    let unknown = Uuid::now_v7();
    let asked = json!({"records": [records[0], unknown, records[1], records[2]]});
    let told = town.post("/api/v1/offers", &own, &asked).json();
    let told = told["records"].as_array().expect("records");
    let named: Vec<&str> = told
        .iter()
        .filter_map(|one| one["record"].as_str())
        .collect();
    let wanted: Vec<String> = records.iter().map(Uuid::to_string).collect();
    assert_eq!(named, wanted, "in the order asked, without the unknown");
    for one in told {
        let path = format!(
            "/api/v1/records/{}/actions",
            one["record"].as_str().expect("an id")
        );
        let alone = town.get(&path, &own).json();
        assert_eq!(one["version"], alone["version"]);
        assert_eq!(one["actions"], alone["actions"]);
    }
    assert_ne!(
        told[0]["actions"], told[1]["actions"],
        "each by its own state"
    );

    let elsewhere = town.token("elsewhere");
    let other = [("authorization", elsewhere.as_str())];
    let seen = town.post("/api/v1/offers", &other, &asked).json();
    assert_eq!(
        seen["records"],
        json!([]),
        "what one may not see is left out"
    );
    town.post("/api/v1/offers", &[], &asked)
        .problem(401, "sign_in");
    let many = json!({"records": (0..101).map(|_| Uuid::now_v7()).collect::<Vec<_>>()});
    town.post("/api/v1/offers", &own, &many)
        .problem(422, "too_large");
}
