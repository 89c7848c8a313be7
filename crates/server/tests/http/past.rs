//! What the wall asks: the figures of a day, who is on duty, and a past day to play again.

use gewang_engine::{Actor, Command, Submission};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::town::{HERE, Town, command, report};

#[test]
fn the_figures_are_those_of_the_records() {
    let town = Town::new();
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let records: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    for record in &records {
        town.command(&own, report(*record, "a kerb"));
    }
    town.command(&own, command(records[0], "close", json!({})));
    town.command(&own, command(records[1], "handle", json!({})));
    let figures = town.get("/api/v1/figures", &own).json();
    assert_eq!(figures["today"], true);
    let numbers = json!({"opened": 3, "closed": 1, "closed_in_time": 1, "open": 2, "late": 0,
                         "by_stage": {"report": 1, "triage": 0, "handle": 1, "close": 1}});
    assert_eq!(figures["all"], numbers);
    assert_eq!(
        figures["kinds"].as_array().map(Vec::len),
        Some(1),
        "people are no cases"
    );
    let kind = &figures["kinds"][0];
    assert_eq!(
        (&kind["kind"], &kind["numbers"]),
        (&json!("reports.report"), &numbers)
    );
    let road = &kind["groups"][0];
    assert_eq!(
        (&road["option"], &road["opened"], &road["open"]),
        (&json!("road"), &json!(3), &json!(2))
    );
    assert_eq!(figures["head"], json!(town.store.head()));
    let hours = figures["hours"].as_array().expect("hours");
    let sum = |what: &str| -> i64 { hours.iter().filter_map(|hour| hour[what].as_i64()).sum() };
    assert_eq!((hours.len(), sum("opened"), sum("closed")), (24, 3, 1));
    assert_eq!(hours[23]["hour"], 23);
    let past = town.get("/api/v1/figures?date=2020-01-01", &own).json();
    assert_eq!(
        (&past["today"], &past["all"]["opened"]),
        (&json!(false), &json!(0))
    );
    let other = town.get("/api/v1/figures?cell=cell-11", &own).json();
    assert_eq!(other["all"]["open"], 0);
    town.get("/api/v1/figures?cell=nowhere", &own)
        .problem(400, "bad_parameter");
    town.get("/api/v1/figures", &[]).problem(401, "sign_in");
}

#[test]
fn who_is_on_duty_is_told_by_post_and_by_name_to_those_who_work_here() {
    let town = Town::new();
    let open = town.get("/api/v1/duty", &[]).json();
    let posts: Vec<&str> = open["posts"]
        .as_array()
        .expect("posts")
        .iter()
        .filter_map(|post| post["post"].as_str())
        .collect();
    assert_eq!(posts, ["administrator", "dispatcher"]);
    assert_eq!(
        (&open["posts"][1]["n"], &open["posts"][1]["people"]),
        (&json!(1), &json!([]))
    );
    let worker = town.token("worker");
    let told = town
        .get("/api/v1/duty?cell=cell-00", &[("authorization", &worker)])
        .json();
    assert_eq!(told["posts"][1]["people"], json!(["worker"]));
    town.get("/api/v1/duty?cell=nowhere", &[])
        .problem(400, "bad_parameter");
}

/// Posts a command that the server received when it was made.
fn at(town: &Town, at: Timestamp, who: &str, record: Uuid, action: &str, data: Value) {
    let command = Command {
        id: Uuid::now_v7(),
        at,
        kind: "reports.report".into(),
        record,
        action: action.into(),
        version: None,
        place: (action == "report").then(|| serde_json::from_value(json!(HERE)).expect("a place")),
        data: data.as_object().expect("an object").clone(),
        files: Vec::new(),
        backdated: false,
    };
    let submission = Submission {
        command,
        actor: Actor::Person(town.people[who]),
        received: at,
    };
    let outcomes = town.store.post_now(vec![submission]).expect("it posts");
    assert_eq!(format!("{:?}", outcomes[0].outcome), "Done", "{outcomes:?}");
}

#[test]
fn a_past_day_is_played_as_it_was() {
    let town = Town::new();
    // In the days after the founding: what came before could not have been received.
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
    let day = |days: i64, hour: i8| {
        let date = Timestamp::now().to_zoned(zone.clone()).date();
        let date = date.checked_add(days.days()).expect("a date");
        date.at(hour, 0, 0, 0)
            .to_zoned(zone.clone())
            .expect("a time")
            .timestamp()
    };
    let [first, second] = std::array::from_fn(|_| Uuid::now_v7());
    let form = |summary: &str| json!({"area": "road", "summary": summary, "phone": "13800001234"});
    at(
        &town,
        day(1, 9),
        "worker",
        first,
        "report",
        form("Mrs Wang's kerb"),
    );
    at(&town, day(2, 9), "worker", first, "handle", json!({}));
    at(
        &town,
        day(2, 10),
        "worker",
        second,
        "report",
        form("another"),
    );
    at(&town, day(2, 11), "worker", first, "close", json!({}));
    at(&town, day(3, 9), "worker", second, "handle", json!({}));
    let reader = |days: i64| {
        let (from, to) = (day(days, 0), day(days + 1, 0));
        town.store
            .read_now(move |reader| {
                let begin = reader.seq_before(from)?;
                let last = reader.seq_before(to)?;
                let open = reader.open_at(from)?;
                let states: Vec<String> = open
                    .iter()
                    .filter_map(|id| reader.as_of(*id, begin).ok()?)
                    .filter(|record| record.stage.is_some())
                    .map(|record| record.state)
                    .collect();
                let entries = reader.entries_between(begin, last, 100)?;
                let after: Vec<String> = entries
                    .iter()
                    .map(|entry| entry.record.state.clone())
                    .collect();
                Ok((states, after))
            })
            .expect("it reads")
    };
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(reader(1), (words(&[]), words(&["waiting"])));
    assert_eq!(
        reader(2),
        (
            words(&["waiting"]),
            words(&["handling", "waiting", "closed"])
        )
    );
    assert_eq!(reader(3), (words(&["waiting"]), words(&["handling"])));
}

#[test]
fn today_is_played_to_those_who_may_see_it() {
    let town = Town::new();
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let record = Uuid::now_v7();
    town.command(&own, report(record, "a kerb"));
    let days = town.get("/api/v1/days", &own).json();
    let today = days["days"][0]["date"].as_str().expect("a day").to_owned();
    let total: u64 = days["days"]
        .as_array()
        .expect("days")
        .iter()
        .filter_map(|day| day["entries"].as_u64())
        .sum();
    assert_eq!(total, town.store.head(), "every entry has its day");
    let replay = town
        .get(&format!("/api/v1/replay?date={today}"), &own)
        .json();
    assert_eq!(
        replay["edition"],
        town.get("/api/v1/map", &[]).json()["edition"]
    );
    let entries = replay["entries"].as_array().expect("entries");
    let made = entries
        .iter()
        .find(|entry| entry["entry"]["record"] == json!(record))
        .expect("the report");
    assert_eq!(made["record"]["state"], "waiting");
    assert_eq!(
        made["entry"]["personal"],
        json!(["contact"]),
        "personal data by purpose alone"
    );
    let elsewhere = town.token("elsewhere");
    let theirs = town
        .get(
            &format!("/api/v1/replay?date={today}"),
            &[("authorization", &elsewhere)],
        )
        .json();
    let told = theirs["entries"].to_string();
    assert!(!told.contains(&record.to_string()), "{told}");
    town.get("/api/v1/replay?date=2999-01-01", &own)
        .problem(400, "bad_parameter");
    town.get("/api/v1/replay", &own).problem(400, "required");
    town.get(&format!("/api/v1/replay?date={today}"), &[])
        .problem(401, "sign_in");
    town.get("/api/v1/days", &[]).problem(401, "sign_in");
}
