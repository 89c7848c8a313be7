//! A matter from its report to its end, and what happens on the way.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{PLACES, Town, at, id, person, refused, setup, unit, who};
use gewang_engine::{Actor, OutcomeKind, Read, Sealed, TallyKey};
use serde_json::json;

#[test]
fn a_matter_goes_from_report_to_close() {
    let mut town = Town::new();
    let reported = town.report("w1", 1, "litter");
    assert_eq!(reported.number.as_deref(), Some("SJ20260105-0001"));
    assert_eq!(reported.cell.as_deref(), Some("c1"));
    assert_eq!(
        town.report("public", 2, "noise").number.as_deref(),
        Some("SJ20260105-0002")
    );
    assert_eq!(town.record(1).fields["severity"], json!("normal"));
    town.does("dispatcher", 1, "dispatch", json!({}));
    assert_eq!(town.record(1).assigned[0].unit, Some(unit("crew")));
    town.does("crew", 1, "finish", json!({ "result": "swept" }));
    town.does("w1", 1, "verify", json!({}));
    let record = town.record(1);
    assert_eq!(
        (record.state.as_str(), record.version, record.timing.case),
        ("closed", 4, None)
    );
    let day = setup().day_number(town.now);
    let key = |cell: &str, day, measure: &str| TallyKey {
        kind: "trial.matter".into(),
        cell: cell.into(),
        day,
        measure: measure.into(),
    };
    let tallies = town.world.tallies();
    assert_eq!(tallies.get(&key("c1", day, "opened")), Some(&2));
    assert_eq!(tallies.get(&key("c1", day, "closed_in_time")), Some(&1));
    assert_eq!(tallies.get(&key("c1", 0, "open")), Some(&1));
    assert_eq!(tallies.get(&key("c1", 0, "stage:close")), Some(&1));
    assert_eq!(tallies.get(&key("c1", 0, "count:category=noise")), Some(&1));
    assert_eq!(tallies.get(&key("c1", 0, "count:category=litter")), None);
}

#[test]
fn routes_follow_unit_time_and_the_towns_own_rows() {
    let mut town = Town::new();
    town.report("w1", 1, "dump");
    let engine = town.world.engine().clone();
    let record = town.record(1);
    let routing = engine.route(&record, at("2026-01-05 09:00"));
    assert_eq!((routing.row, routing.own), (Some(1), false));
    assert_eq!(routing.assignee.unwrap().unit, Some(unit("crew")));
    assert!(
        routing.why.en.contains("(Category: Waste)"),
        "{}",
        routing.why.en
    );
    assert!(
        routing.why.zh.contains("（类别为垃圾）"),
        "{}",
        routing.why.zh
    );
    let night = engine
        .route(&record, at("2026-01-05 22:00"))
        .assignee
        .unwrap();
    assert_eq!(
        (night.cell.as_deref(), night.post.as_str()),
        (Some("v1"), "leader")
    );
    let data = json!({ "category": "noise", "summary": "music" });
    town.send("public", "trial.matter", id(2), "report", data, |c| {
        c.place = Some(PLACES[3])
    });
    let routing = engine.route(&town.record(2), town.now);
    assert_eq!((routing.row, routing.own), (Some(0), true));
    assert_eq!(routing.assignee.unwrap().unit, Some(unit("office")));
}

#[test]
fn several_units_finish_together() {
    let mut town = Town::new();
    town.report("w1", 1, "litter");
    town.does(
        "dispatcher",
        1,
        "dispatch",
        json!({ "assignee": { "unit": "crew", "post": "clerk" } }),
    );
    let other = json!({ "assignee": { "unit": unit("office"), "post": "clerk" } });
    town.does("dispatcher", 1, "join", other.clone());
    assert_eq!(
        town.fails("dispatcher", 1, "join", other).0,
        "assignee_repeated"
    );
    town.does("crew", 1, "finish", json!({ "result": "our part" }));
    let record = town.record(1);
    assert_eq!(record.state, "handling");
    assert_eq!(
        record
            .assigned
            .iter()
            .map(|part| part.done)
            .collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(
        town.fails("crew", 1, "finish", json!({ "result": "again" }))
            .0,
        "already_done"
    );
    town.does("office", 1, "finish", json!({ "result": "ours too" }));
    let record = town.record(1);
    assert_eq!(record.state, "checking");
    assert!(record.assigned.iter().all(|part| !part.done));
    assert!(record.previous.is_empty());
}

#[test]
fn approval_takes_effect_when_somebody_else_agrees() {
    let mut town = Town::new();
    town.report("w1", 1, "dump");
    town.does("dispatcher", 1, "dispatch", json!({}));
    let due = town.record(1).timing.case.unwrap();
    town.does("both", 1, "extend", json!({ "days": 2, "reason": "rain" }));
    let waiting = town.record(1);
    assert_eq!(
        (waiting.state.as_str(), waiting.fields.get("days")),
        ("handling", None)
    );
    assert_eq!(
        town.fails("crew", 1, "suspend", json!({ "reason": "rain" })),
        ("request_waits".into(), "/action".into())
    );
    assert_eq!(
        town.fails("both", 1, "extend.approve", json!({})).0,
        "same_person"
    );
    assert_eq!(
        town.fails("approver", 1, "suspend.approve", json!({})).0,
        "no_request"
    );
    assert_eq!(
        town.fails("approver", 1, "extend.refuse", json!({})),
        ("required".into(), "/data/note".into())
    );
    town.does(
        "approver",
        1,
        "extend.approve",
        json!({ "note": "granted" }),
    );
    let record = town.record(1);
    assert_eq!(
        (record.fields.get("days"), record.request.is_none()),
        (Some(&json!(2)), true)
    );
    // Two working days of eight hours on.
    assert_eq!(due.at, at("2026-01-12 09:00"));
    assert_eq!(record.timing.case.unwrap().at, at("2026-01-14 09:00"));
    town.does("crew", 1, "suspend", json!({ "reason": "frost" }));
    town.does(
        "approver",
        1,
        "suspend.refuse",
        json!({ "note": "no frost" }),
    );
    assert_eq!(town.record(1).state, "handling");
    town.does("crew", 1, "suspend", json!({ "reason": "frost" }));
    town.does("dispatcher", 1, "reroute", json!({}));
    assert!(
        town.record(1).request.is_none(),
        "a request dies when the record moves on"
    );
}

#[test]
fn a_merged_record_takes_its_reporters_along() {
    let mut town = Town::new();
    town.report("w1", 1, "dump");
    town.report("public", 2, "dump");
    town.report("w2", 9, "noise");
    assert!(
        town.world
            .engine()
            .likely_same(&town.record(1), &town.record(2))
    );
    assert!(
        !town
            .world
            .engine()
            .likely_same(&town.record(1), &town.record(9))
    );
    let merged = json!({ "same_as": id(1) });
    town.does("dispatcher", 2, "merge", merged.clone());
    let target = town.record(1);
    assert_eq!(target.reporters, [who("w1"), Actor::Reporter(id(2))]);
    assert_eq!(
        (target.merged.as_slice(), target.version),
        ([id(2)].as_slice(), 2)
    );
    assert_eq!(town.record(2).merged_into, Some(id(1)));
    assert!(
        town.world
            .engine()
            .visible(&Actor::Reporter(id(2)), &target, town.now)
    );
    assert_eq!(
        town.fails("dispatcher", 1, "merge", merged),
        ("cannot_merge".into(), "/data/same_as".into())
    );
    assert_eq!(
        town.fails("dispatcher", 1, "merge", json!({ "same_as": id(2) }))
            .0,
        "cannot_merge"
    );
}

#[test]
fn what_came_too_late_is_kept_as_a_note() {
    let mut town = Town::new();
    town.report("w1", 1, "dump");
    town.does("dispatcher", 1, "dispatch", json!({}));
    let early = town.now;
    town.now = at("2026-01-05 10:00");
    town.does("dispatcher", 1, "cancel", json!({ "reason": "a mistake" }));
    town.now = at("2026-01-05 11:00");
    // The crew was without a network: it saw version 2 and finished at nine.
    let late = town.send(
        "crew",
        "trial.matter",
        id(1),
        "finish",
        json!({ "result": "swept" }),
        |c| {
            c.version = Some(2);
            c.at = early;
        },
    );
    assert_eq!(
        (late.outcome, late.version, late.state.as_deref()),
        (OutcomeKind::Merged, Some(4), Some("void"))
    );
    let kept = town.world.entries().last().unwrap();
    assert_eq!(
        kept.change.instead_of.as_ref().unwrap().data["result"],
        json!("swept")
    );
    assert_eq!(
        kept.time,
        at("2026-01-05 10:00"),
        "never before the record's last entry"
    );
    // Who could have known is refused.
    let knew = town.send(
        "crew",
        "trial.matter",
        id(1),
        "finish",
        json!({ "result": "swept" }),
        |c| c.version = Some(2),
    );
    assert_eq!(refused(knew).0, "wrong_state");
}

#[test]
fn a_stale_version_contradicts_only_what_moved() {
    let mut town = Town::new();
    town.report("w1", 1, "dump");
    town.does("dispatcher", 1, "dispatch", json!({}));
    town.does("w1", 1, "note", json!({ "note": "smells" }));
    let done = |outcome: gewang_engine::Outcome| {
        assert_eq!(outcome.outcome, OutcomeKind::Done, "{outcome:?}")
    };
    let finish = json!({ "result": "swept" });
    done(town.send(
        "crew",
        "trial.matter",
        id(1),
        "finish",
        finish.clone(),
        |c| c.version = Some(2),
    ));
    town.does("w1", 1, "rework", json!({ "reason": "not clean" }));
    let stale = town.send(
        "crew",
        "trial.matter",
        id(1),
        "finish",
        finish.clone(),
        |c| c.version = Some(2),
    );
    assert_eq!(refused(stale), ("stale_version".into(), "/version".into()));
    done(town.send(
        "w1",
        "trial.matter",
        id(1),
        "note",
        json!({ "note": "still smells" }),
        |c| c.version = Some(1),
    ));
    let ahead = town.send("crew", "trial.matter", id(1), "finish", finish, |c| {
        c.version = Some(99)
    });
    assert_eq!(refused(ahead).0, "version_ahead");
}

#[test]
fn a_command_sent_twice_changes_nothing() {
    let mut town = Town::new();
    let mut command = town.command(
        "trial.matter",
        id(1),
        "report",
        json!({ "category": "noise", "summary": "loud" }),
    );
    command.place = Some(PLACES[1]);
    let submission = gewang_engine::Submission {
        command,
        actor: who("w2"),
        received: town.now,
    };
    let first = town.world.post(submission.clone());
    let before = town.world.entries().len();
    let second = town.world.post(submission.clone());
    assert_eq!(
        (second.outcome, second.number, second.seq),
        (OutcomeKind::Repeated, first.number, first.seq)
    );
    assert_eq!(town.world.entries().len(), before);
    let mut other = submission;
    other.command.action = "note".into();
    assert_eq!(
        refused(town.world.post(other)),
        ("command_reused".into(), "/id".into())
    );
}

#[test]
fn the_time_that_counts_is_the_authors_where_it_can_be_believed() {
    let mut town = Town::new();
    town.now = at("2026-03-20 09:00");
    let mut time = |record: u64, when: &str, actor: &str, backdated: bool| {
        let data = json!({ "category": "noise", "summary": "loud" });
        let outcome = town.send(actor, "trial.matter", id(record), "report", data, |c| {
            c.place = Some(PLACES[0]);
            c.at = at(when);
            c.backdated = backdated;
        });
        assert_eq!(outcome.outcome, OutcomeKind::Done, "{outcome:?}");
        let entry = town.world.entries().last().unwrap();
        assert_eq!((entry.at, entry.received), (at(when), town.now));
        entry.time
    };
    assert_eq!(
        time(1, "2026-03-19 22:00", "w1", false),
        at("2026-03-19 22:00")
    );
    assert_eq!(
        time(2, "2026-03-20 09:04", "w1", false),
        at("2026-03-20 09:04")
    );
    assert_eq!(
        time(3, "2026-03-20 19:00", "w1", false),
        at("2026-03-20 09:00")
    );
    assert_eq!(
        time(4, "2026-03-01 09:00", "w1", false),
        at("2026-03-20 09:00")
    );
    assert_eq!(
        time(5, "2019-03-01 09:00", "admin", true),
        at("2019-03-01 09:00")
    );
}

#[test]
fn lateness_is_told_and_climbs() {
    let mut town = Town::new();
    town.report("w1", 1, "dump");
    town.does("dispatcher", 1, "dispatch", json!({}));
    // Two working days in the state, five for the case.
    assert_eq!(town.record(1).timing.wake, Some(at("2026-01-07 09:00")));
    assert!(town.world.tick(at("2026-01-07 08:59")).is_empty());
    let told = |town: &mut Town, now: &str| {
        let before = town.world.entries().len();
        town.world.tick(at(now));
        town.world.entries()[before..]
            .iter()
            .filter_map(|e| e.change.late.clone())
            .collect::<Vec<_>>()
    };
    let first = told(&mut town, "2026-01-07 09:00");
    assert_eq!((first.len(), first[0].level, first[0].case), (1, 1, false));
    assert_eq!(first[0].told, [person("crew"), person("both")]);
    let second = told(&mut town, "2026-01-07 14:30");
    assert_eq!(
        (second[0].level, second[0].told.clone()),
        (2, vec![person("l1")])
    );
    let third = told(&mut town, "2026-01-08 10:00");
    assert_eq!(
        (third[0].level, third[0].told.clone()),
        (3, vec![person("committee")])
    );
    assert_eq!(town.record(1).late_level, (0, 3));
    assert!(told(&mut town, "2026-01-09 10:00").is_empty());
    assert_eq!(town.fails("system", 1, "late", json!({})).0, "not_due");
}

#[test]
fn personal_data_are_seen_by_few_and_erase_themselves() {
    let mut town = Town::new();
    let data = json!({ "category": "noise", "summary": "loud", "phone": "0510-8753 1234", "caller": "王芳" });
    town.send("public", "trial.matter", id(1), "report", data, |c| {
        c.place = Some(PLACES[0])
    });
    let record = town.record(1);
    assert!(!record.fields.contains_key("phone"));
    let Sealed::Open(kept) = &record.personal["contact"][0] else {
        panic!("the store seals, not the engine")
    };
    assert_eq!(kept["caller"], json!("王芳"));
    let engine = town.world.engine().clone();
    assert!(engine.may_open(&who("dispatcher"), &record, "contact", town.now));
    assert!(!engine.may_open(&who("w1"), &record, "contact", town.now));
    assert!(!engine.may_open(&who("dispatcher"), &record, "other", town.now));
    town.does(
        "dispatcher",
        1,
        "cancel",
        json!({ "reason": "nothing there" }),
    );
    assert_eq!(town.record(1).timing.wake, Some(at("2026-02-04 09:00")));
    town.world.tick(at("2026-02-04 09:00"));
    assert!(town.record(1).personal.is_empty());
    assert_eq!(
        town.world.entries().last().unwrap().change.erased,
        ["contact"]
    );
}

#[test]
fn the_public_sees_and_does_what_it_reported() {
    let mut town = Town::new();
    town.report("public", 1, "noise");
    let record = town.record(1);
    let engine = town.world.engine().clone();
    let reporter = Actor::Reporter(id(1));
    assert_eq!(record.reporters, std::slice::from_ref(&reporter));
    assert!(engine.visible(&reporter, &record, town.now));
    assert!(!engine.visible(&Actor::Public, &record, town.now));
    assert!(!engine.visible(&Actor::Reporter(id(2)), &record, town.now));
    let names = |actor: &Actor| {
        engine
            .offers(actor, &town.record(1), town.now)
            .into_iter()
            .map(|offer| offer.action)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&reporter), ["note"]);
    assert!(names(&Actor::Public).is_empty());
    assert_eq!(
        names(&who("dispatcher")),
        ["correct", "dispatch", "again", "merge", "cancel", "note"]
    );
    assert_eq!(
        town.fails("public", 1, "note", json!({ "note": "x" })).0,
        "not_found"
    );
    town.does("dispatcher", 1, "dispatch", json!({}));
    town.does("l1", 1, "finish", json!({ "result": "quiet" }));
    town.does("w1", 1, "verify", json!({}));
    let command = town.command(
        "trial.matter",
        id(1),
        "praise",
        json!({ "details": "thanks" }),
    );
    let praised = town.world.post(gewang_engine::Submission {
        command,
        actor: reporter,
        received: town.now,
    });
    assert_eq!(praised.outcome, OutcomeKind::Done, "{praised:?}");
}

#[test]
fn sight_follows_the_posts() {
    let mut town = Town::new();
    town.report("w1", 1, "litter");
    let engine = town.world.engine().clone();
    let sees = |town: &Town, name: &str| engine.visible(&who(name), &town.record(1), town.now);
    assert!(
        sees(&town, "w1")
            && sees(&town, "l1")
            && sees(&town, "dispatcher")
            && sees(&town, "system")
    );
    assert!(!sees(&town, "w2") && !sees(&town, "l2") && !sees(&town, "crew"));
    town.does("dispatcher", 1, "dispatch", json!({}));
    assert!(sees(&town, "crew") && !sees(&town, "office"));
    town.does("crew", 1, "give_back", json!({ "reason": "not ours" }));
    assert!(sees(&town, "crew"), "who it was assigned to still sees it");
    town.does("dispatcher", 1, "again", json!({}));
    assert_eq!(town.record(1).assigned[0].unit, Some(unit("crew")));
    // A kind that says who sees it.
    town.send(
        "w1",
        "trial.shop",
        id(2),
        "enter",
        json!({ "name": "Corner" }),
        |c| c.place = Some(PLACES[0]),
    );
    let shop = town.record(2);
    assert!(
        engine.visible(&who("l1"), &shop, town.now) && !engine.visible(&who("w1"), &shop, town.now)
    );
}

#[test]
fn posts_begin_and_end() {
    let mut town = Town::new();
    let may_create = |town: &Town, name: &str| {
        town.world
            .engine()
            .creations(&who(name), town.now)
            .iter()
            .any(|offer| offer.action == "collect")
    };
    assert!(may_create(&town, "w1") && !may_create(&town, "crew"));
    town.now = at("2026-01-06 09:00");
    let ended = town.send(
        "admin",
        "town.post",
        id(200),
        "end",
        json!({ "reason": "moved" }),
        |_| {},
    );
    assert_eq!(ended.outcome, OutcomeKind::Done, "{ended:?}");
    assert!(!may_create(&town, "w1"));
    let person = town.send(
        "admin",
        "town.person",
        person("w2"),
        "leave",
        json!({ "reason": "retired" }),
        |_| {},
    );
    assert_eq!(person.outcome, OutcomeKind::Done, "{person:?}");
    assert!(!may_create(&town, "w2"));
    let chain = town.world.engine().chain("c1", town.now);
    let posts: Vec<_> = chain
        .iter()
        .map(|answering| (answering.cell.as_str(), answering.post.as_str()))
        .collect();
    assert_eq!(posts[0], ("v1", "leader"));
    assert!(posts.contains(&("t", "dispatcher")));
    let approvers = chain
        .iter()
        .find(|answering| answering.post == "approver")
        .unwrap();
    assert_eq!(
        approvers
            .people
            .iter()
            .map(|p| p.name.as_str())
            .collect::<Vec<_>>(),
        ["approver", "both"]
    );
}

#[test]
fn a_changed_pack_leaves_old_records_with_their_version() {
    let mut town = Town::new();
    town.report("w1", 1, "litter");
    assert_eq!(
        town.record(1).timing.case.unwrap().at,
        at("2026-01-06 09:00")
    );
    let source = |file: &str, text: &str| gewang_pack::Source {
        file: file.into(),
        text: text.into(),
    };
    let newer = common::TRIAL
        .replace("version: 1", "version: 2")
        .replace("then: 8 workhours", "then: 3 workdays");
    let packs = [common::TRIAL, newer.as_str(), common::BUILT_IN]
        .map(|text| vec![source("p.yaml", text)])
        .to_vec();
    let calendar =
        common::TOWN.replace("workdays: [2026-02-14", "workdays: [2026-01-04, 2026-02-14");
    let setup = gewang_engine::Setup::load(source("town.yaml", &calendar), packs, &common::cells())
        .unwrap();
    town.world.adopt(std::sync::Arc::new(setup));
    town.report("w1", 2, "litter");
    assert_eq!((town.record(1).pack, town.record(2).pack), (1, 2));
    assert_eq!(
        town.record(1).timing.case.unwrap().at,
        at("2026-01-06 09:00")
    );
    assert_eq!(
        town.record(2).timing.case.unwrap().at,
        at("2026-01-08 09:00")
    );
    assert!(town.world.record(id(2)).unwrap().is_some());
}

#[test]
fn a_town_is_founded_from_its_files() {
    let mut town = Town::new();
    let bundle =
        |name: &str, text: &str| json!({ "files": [{ "name": name, "text": text }] }).to_string();
    let texts = [
        ("settings", common::TOWN.to_owned()),
        (
            "elsewhere",
            common::TOWN.replace("domain: test_town", "domain: other_town"),
        ),
        ("cells", common::cells()),
        ("trial", bundle("trial.yaml", common::TRIAL)),
        ("built_in", bundle("town.yaml", common::BUILT_IN)),
        (
            "broken",
            bundle(
                "trial.yaml",
                &common::TRIAL
                    .replace("version: 1", "version: 2")
                    .replace("to: handling", "to: heaven"),
            ),
        ),
        (
            "retold",
            bundle(
                "trial.yaml",
                &common::TRIAL.replace("8 workhours", "9 workhours"),
            ),
        ),
        (
            "newer",
            bundle(
                "trial.yaml",
                &common::TRIAL
                    .replace("version: 1", "version: 2")
                    .replace("8 workhours", "9 workhours"),
            ),
        ),
    ];
    for (hash, text) in texts {
        let info = gewang_engine::FileInfo {
            media: "application/octet-stream".into(),
            bytes: text.len() as u64,
        };
        town.world.keep(hash, info, Some(text.into_bytes()));
    }
    let data = |trial: &str| json!({ "settings": "settings", "grid": "cells", "packs": [trial, "built_in"] });
    let found = town.send(
        "system",
        "town.domain",
        id(7),
        "found",
        data("trial"),
        |_| {},
    );
    assert_eq!(found.outcome, OutcomeKind::Done, "{found:?}");
    let domain = town.record(7);
    assert!(gewang_engine::Engine::concerns_setup(&domain));
    let read = gewang_engine::Setup::read(&town.world, &domain)
        .unwrap()
        .unwrap();
    assert_eq!(read.town().domain, "test_town");
    assert_eq!(
        read.packs()
            .map(|pack| pack.pack.as_str())
            .collect::<Vec<_>>(),
        ["town", "trial"]
    );
    let mut adopt = |packs: &[&str]| {
        let change = json!({ "packs": packs, "reason": "new rules" });
        town.send("admin", "town.domain", id(7), "adopt", change, |_| {})
    };
    let problem = adopt(&["trial", "built_in", "broken"]).problem.unwrap();
    assert_eq!(
        (problem.code.as_str(), problem.pointer.as_str()),
        ("bad_setup", "/data")
    );
    assert!(
        problem.text.en.contains("heaven") && problem.text.en.contains("trial.yaml:"),
        "{}",
        problem.text.en
    );
    // A version says for ever what it said when it was adopted.
    let problem = adopt(&["trial", "built_in", "retold"]).problem.unwrap();
    assert_eq!(problem.code, "bad_setup");
    assert!(problem.text.en.contains("version"), "{}", problem.text.en);
    let problem = adopt(&["newer", "built_in"]).problem.unwrap();
    assert_eq!(problem.code, "version_dropped");
    let done = adopt(&["trial", "built_in", "newer"]);
    assert_eq!(done.outcome, OutcomeKind::Done, "{done:?}");
    let change = json!({ "settings": "elsewhere", "reason": "moved" });
    let moved = town.send("admin", "town.domain", id(7), "adopt", change, |_| {});
    assert_eq!(moved.problem.unwrap().code, "other_domain");
}

#[test]
fn a_record_moves_with_its_cell_counts() {
    let mut town = Town::new();
    town.report("w1", 1, "litter");
    assert_eq!(town.fails("system", 1, "rehome", json!({})).0, "not_due");
    let mut moved = (*town.record(1)).clone();
    moved.cell = "c2".into();
    let steps = town.world.engine().tallies(Some(&town.record(1)), &moved);
    let sum = |cell: &str| {
        steps
            .iter()
            .filter(|(key, _)| key.cell == cell && key.measure == "open")
            .map(|(_, n)| n)
            .sum::<i64>()
    };
    assert_eq!((sum("c1"), sum("c2")), (-1, 1));
}

#[test]
fn who_is_gone_is_nobody() {
    let mut town = Town::new();
    town.report("w1", 1, "litter");
    let left = town.send(
        "admin",
        "town.person",
        person("w1"),
        "leave",
        json!({ "reason": "moved" }),
        |_| {},
    );
    assert_eq!(left.outcome, OutcomeKind::Done, "{left:?}");
    assert!(
        !town
            .world
            .engine()
            .visible(&who("w1"), &town.record(1), town.now)
    );
    let data = json!({ "category": "noise", "summary": "loud" });
    let tried = town.send("w1", "trial.matter", id(2), "report", data, |c| {
        c.place = Some(PLACES[0])
    });
    assert_eq!(refused(tried).0, "forbidden");
}
