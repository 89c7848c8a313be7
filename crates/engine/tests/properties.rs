//! What holds for every sequence of commands, whoever sends them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;
#[path = "common/oracle.rs"]
mod oracle;

use std::collections::BTreeMap;

use common::{PEOPLE, PLACES, Town, at, id, setup, unit, who};
use gewang_engine::{Actor, Memory, OutcomeKind, Submission, TallyKey};
use gewang_pack::{Action, Kind};
use jiff::SignedDuration;
use oracle::check_journal;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// One try: who, what, on which record, how.
#[derive(Clone, Debug)]
struct Try {
    actor: usize,
    record: u64,
    action: usize,
    how: usize,
    minutes: i64,
    behind: u64,
    stale_minutes: i64,
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let one = (
        0..PEOPLE.len() + 3,
        1..6_u64,
        0..100_usize,
        0..24_usize,
        0..400_i64,
        0..4_u64,
        0..600_i64,
    )
        .prop_map(
            |(actor, record, action, how, minutes, behind, stale_minutes)| Try {
                actor,
                record,
                action,
                how,
                minutes,
                behind,
                stale_minutes,
            },
        );
    prop::collection::vec(one, 30..110)
}

fn actor(tried: &Try) -> Actor {
    match PEOPLE.get(tried.actor) {
        Some((name, ..)) => who(name),
        None if tried.actor == PEOPLE.len() => Actor::Public,
        None if tried.actor == PEOPLE.len() + 1 => Actor::System,
        None => Actor::Reporter(id(tried.record)),
    }
}

/// What a form is filled with; some of it wrong.
fn data(kind: &Kind, action: Option<&Action>, tried: &Try) -> Value {
    let how = tried.how;
    let mut data = Map::new();
    for item in action
        .map(|action| action.form.as_slice())
        .unwrap_or_default()
    {
        let value = match item.field() {
            "category" => json!(["litter", "dump", "noise"][how % 3]),
            "severity" => json!(["normal", "urgent"][how % 2]),
            "summary" | "name" if how % 7 != 6 => json!(format!("matter {how}")),
            "result" | "reason" => json!("because"),
            "details" => json!("more\nof it"),
            "days" => json!(how % 4 + 1),
            "same_as" => json!(id(1 + (tried.record + how as u64) % 5)),
            "phone" if how.is_multiple_of(3) => json!("0510 8753 1234"),
            "caller" if how.is_multiple_of(4) => json!("王芳"),
            "decibels" if how % 3 == 2 => json!(80.5),
            "tags" if how.is_multiple_of(5) => json!(["water", "road"]),
            "costs" if how.is_multiple_of(6) => json!([{ "item": "broom", "amount": 12.5 }]),
            _ => continue,
        };
        data.insert(item.field().to_owned(), value);
    }
    let assigns = action.is_some_and(|action| action.assign.is_some());
    if assigns && !how.is_multiple_of(3) && kind.fields.contains_key("category") {
        let role = ["crew", "office"][how % 2];
        let assignee = match how % 5 {
            4 => json!({ "cell": "c2", "post": "worker" }),
            _ => json!({ "unit": unit(role), "post": "clerk" }),
        };
        data.insert("assignee".into(), assignee);
    }
    if action.is_none() {
        data.insert("note".into(), json!("a remark"));
    }
    Value::Object(data)
}

/// Three times in four something that is on offer to somebody, else anything by anybody.
fn chosen(town: &Town, tried: &Try, names: &[String]) -> (Actor, String) {
    let anything = (actor(tried), names[tried.action % names.len()].clone());
    let record = town
        .world
        .records()
        .find(|record| record.id == id(tried.record));
    let Some(record) = record.filter(|_| tried.how % 4 != 3) else {
        return anything;
    };
    let mut offered = Vec::new();
    for (name, ..) in PEOPLE {
        for offer in town.world.engine().offers(&who(name), record, town.now) {
            // Ends are tried less often, so that records live long enough to see everything.
            let ends = ["cancel", "merge"].contains(&offer.action.as_str());
            if offer.action != "note" && (!ends || tried.how.is_multiple_of(3)) {
                offered.push((who(name), offer.action));
            }
        }
    }
    match offered.is_empty() {
        true => anything,
        false => offered.swap_remove((tried.action * 7 + tried.how) % offered.len()),
    }
}

/// Plays the tries; every command is sent twice, and the clock strikes now and then.
fn play(all: &[Try]) -> Town {
    let mut town = Town::new();
    let setup = setup();
    let kind = setup.kind("trial.matter").unwrap().0;
    let mut names: Vec<String> = kind.actions.keys().cloned().collect();
    // Those that bring records about are tried more often, so that there is something to act on.
    names.extend(
        [
            "report", "report", "report", "dispatch", "dispatch", "join", "finish", "finish",
        ]
        .map(str::to_owned),
    );
    names.extend(
        [
            "note",
            "extend.approve",
            "suspend.approve",
            "extend.refuse",
            "late",
            "erase",
        ]
        .map(str::to_owned),
    );
    for tried in all {
        town.now += SignedDuration::from_mins(tried.minutes);
        let (actor, name) = chosen(&town, tried, &names);
        let action = kind.actions.get(&name);
        let mut command = town.command(
            "trial.matter",
            id(tried.record),
            &name,
            data(kind, action, tried),
        );
        if action.is_some_and(|action| action.from.is_new()) {
            command.place = Some(PLACES[tried.how % 4]);
        }
        let present = town
            .world
            .records()
            .find(|record| record.id == id(tried.record))
            .map(|record| record.version);
        command.version = present
            .filter(|_| tried.how.is_multiple_of(2))
            .map(|now| now.saturating_sub(tried.behind).max(1));
        command.at = town.now
            - SignedDuration::from_mins(
                tried.stale_minutes * i64::from(tried.how.is_multiple_of(4)),
            );
        let submission = Submission {
            command,
            actor,
            received: town.now,
        };
        let first = town.world.post(submission.clone());
        let (length, tallies) = (town.world.entries().len(), town.world.tallies().clone());
        let second = town.world.post(submission);
        if first.outcome == OutcomeKind::Refused {
            assert_eq!(first, second);
        } else {
            assert_eq!(second.outcome, OutcomeKind::Repeated);
            assert_eq!(
                (second.seq, second.version, &second.state),
                (first.seq, first.version, &first.state)
            );
        }
        assert_eq!(town.world.entries().len(), length);
        assert_eq!(town.world.tallies(), &tallies);
        if tried.how == 23 {
            let now = town.now;
            town.world.tick(now);
        }
    }
    town
}

fn written(world: &Memory) -> String {
    let records: Vec<_> = world.records().collect();
    let tallies: Vec<_> = world.tallies().iter().collect();
    format!(
        "{}\n{}",
        serde_json::to_string(&records).unwrap(),
        serde_json::to_string(&tallies).unwrap()
    )
}

/// The journal as it is kept: through its text.
fn replayed(world: &Memory) -> Memory {
    let mut again = Memory::new(setup());
    for entry in world.entries() {
        let text = serde_json::to_string(entry).unwrap();
        again.write(serde_json::from_str(&text).unwrap());
    }
    again
}

/// The standing tallies, counted anew from the records, and those of the days from the journal.
fn recounted(world: &Memory) -> BTreeMap<TallyKey, i64> {
    let setup = setup();
    let mut counts = BTreeMap::new();
    let mut count = |kind: &str, cell: &str, day: i32, measure: String| {
        let key = TallyKey {
            kind: kind.into(),
            cell: cell.into(),
            day,
            measure,
        };
        *counts.entry(key).or_insert(0) += 1;
    };
    for record in world.records() {
        count(
            &record.kind,
            &record.cell,
            0,
            format!("state:{}", record.state),
        );
        let kind = setup.kind(&record.kind).unwrap().0;
        let state = &kind.states[&record.state];
        if let Some(stage) = state.stage {
            count(
                &record.kind,
                &record.cell,
                0,
                format!("stage:{}", format!("{stage:?}").to_lowercase()),
            );
        }
        let day = setup.day_number(record.opened);
        count(&record.kind, &record.cell, day, "opened".into());
        let hour = |at| format!("_hour:{:02}", setup.calendar().civil(at).hour());
        let opened = format!("opened{}", hour(record.opened));
        count(&record.kind, &record.cell, day, opened);
        let first = world
            .entries()
            .iter()
            .find(|entry| entry.record == record.id)
            .unwrap();
        for field in &kind.views.count {
            let option = |value: &Value| value.as_str().map(str::to_owned);
            if let Some(option) = first.change.set.get(field).and_then(option) {
                count(
                    &record.kind,
                    &record.cell,
                    day,
                    format!("opened:{field}={option}"),
                );
            }
            if let (false, Some(option)) =
                (state.is_final, record.fields.get(field).and_then(option))
            {
                count(
                    &record.kind,
                    &record.cell,
                    0,
                    format!("count:{field}={option}"),
                );
            }
        }
        if !state.is_final {
            count(&record.kind, &record.cell, 0, "open".into());
            if record.late_level != (0, 0) {
                count(&record.kind, &record.cell, 0, "late".into());
            }
        }
        let mut open = true;
        for entry in world
            .entries()
            .iter()
            .filter(|entry| entry.record == record.id)
        {
            let Some(state) = &entry.change.state else {
                continue;
            };
            let ends = kind.states[state].is_final;
            if ends && open {
                let day = setup.day_number(entry.time);
                let closed = format!("closed{}", hour(entry.time));
                count(&record.kind, &record.cell, day, closed);
                count(
                    &record.kind,
                    &record.cell,
                    setup.day_number(entry.time),
                    "closed".into(),
                );
            }
            open = !ends;
        }
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_journal_keeps_the_rules(all in tries()) {
        let town = play(&all);
        check_journal(town.world.entries());
        let again = replayed(&town.world);
        prop_assert_eq!(written(&town.world), written(&again));
        let mut kept = town.world.tallies().clone();
        let in_time: Vec<_> = kept.keys().filter(|key| key.measure == "closed_in_time").cloned().collect();
        for key in in_time {
            let amount = kept.remove(&key).unwrap();
            let closed = TallyKey { measure: "closed".into(), ..key };
            prop_assert!(kept[&closed] >= amount);
        }
        prop_assert_eq!(kept, recounted(&town.world));
    }

    #[test]
    fn what_is_offered_is_possible(all in tries()) {
        let town = play(&all);
        let engine = town.world.engine().clone();
        let setup = setup();
        let kind = setup.kind("trial.matter").unwrap().0;
        for record in town.world.records().filter(|record| record.kind == "trial.matter") .take(1) {
            for (name, ..) in PEOPLE {
                let offered: Vec<String> =
                    engine.offers(&who(name), record, town.now).into_iter().map(|offer| offer.action).collect();
                for action in kind.actions.keys().filter(|action| !kind.actions[*action].from.is_new()) {
                    let mut town = town.clone();
                    town.now = at("2027-01-01 00:00");
                    let tried = Try { actor: 0, record: 1, action: 0, how: 2, minutes: 0, behind: 0, stale_minutes: 0 };
                    let data = data(kind, Some(&kind.actions[action]), &tried);
                    let outcome = town.send(name, "trial.matter", record.id, action, data, |_| {});
                    let code = outcome.problem.map(|problem| problem.code).unwrap_or_default();
                    let barred = ["forbidden", "wrong_state", "same_person", "not_found", "request_waits", "already_done"];
                    prop_assert_eq!(offered.contains(action), !barred.contains(&code.as_str()), "{} {}: {}", name, action, code);
                }
            }
        }
    }
}

#[test]
fn the_tries_reach_far() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..30 {
        let all = tries().new_tree(&mut runner).unwrap().current();
        for entry in play(&all).world.entries() {
            seen.insert(entry.action.clone());
            if entry.change.instead_of.is_some() {
                seen.insert("instead_of".into());
            }
        }
    }
    for action in [
        "report",
        "dispatch",
        "join",
        "finish",
        "extend",
        "extend.approve",
        "merge",
        "joined",
        "late",
        "instead_of",
        "verify",
        "reopen",
        "suspend",
    ] {
        assert!(
            seen.contains(action),
            "never reached: {action}; reached {seen:?}"
        );
    }
}
