//! The rules told a second time, naively and from the pack as written: what the engine's journal is held against.

use std::collections::BTreeMap;

use gewang_engine::{Actor, Assignee, Entry};
use gewang_pack::{Action, From as Start, Kind, Who};
use uuid::Uuid;

use crate::common::{PEOPLE, setup, unit, who};

/// A record as far as the naive rules below need it, told from the entries alone.
#[derive(Default)]
struct Known {
    state: Option<String>,
    cell: String,
    assigned: Vec<Assignee>,
    previous: Vec<Assignee>,
    reporters: Vec<Actor>,
    done: Vec<(String, Actor)>,
    asked: Option<(String, Actor)>,
}

fn covers(above: &str, cell: &str) -> bool {
    let chain: &[&str] = match cell {
        "c1" => &["c1", "v1", "t"],
        "c2" => &["c2", "v1", "t"],
        "c3" => &["c3", "v2", "t"],
        "c4" => &["c4", "v2", "t"],
        _ => &["t"],
    };
    chain.contains(&above)
}

/// The posts of a person as (post, seat), from the list by which they were appointed.
fn posts(person: Uuid) -> Vec<(&'static str, &'static str)> {
    let mut posts: Vec<_> = PEOPLE
        .iter()
        .filter(|(name, ..)| who(name) == Actor::Person(person))
        .map(|(_, post, seat)| (*post, *seat))
        .collect();
    if who("both") == Actor::Person(person) {
        posts.push(("clerk", "unit:crew"));
    }
    posts
}

fn sits(seat: &str, assignee: &Assignee) -> bool {
    match seat.strip_prefix("unit:") {
        Some(role) => assignee.unit == Some(unit(role)),
        None => assignee.unit.is_none() && assignee.cell.as_deref() == Some(seat),
    }
}

/// Authority as the language's documents put it, without any of the engine's indexes.
fn may(actor: &Actor, by: &[Who], known: &Known) -> bool {
    by.iter().any(|by| match (by, actor) {
        (Who::System, actor) => *actor == Actor::System,
        (Who::Public, actor) => *actor != Actor::System && known.state.is_none(),
        (Who::Reporter, actor) => known.reporters.contains(actor),
        (Who::Anyone, actor) => matches!(actor, Actor::Person(_)),
        (Who::Assignee, Actor::Person(person)) => known.assigned.iter().any(|assignee| {
            assignee.person.is_none_or(|only| only == *person)
                && posts(*person)
                    .iter()
                    .any(|(post, seat)| *post == assignee.post && sits(seat, assignee))
        }),
        (Who::Post(kind), Actor::Person(person)) => posts(*person).iter().any(|(post, seat)| {
            post == kind
                && match seat.strip_prefix("unit:") {
                    Some(_) => {
                        known.state.is_none()
                            || known.assigned.iter().any(|assignee| sits(seat, assignee))
                    }
                    None => covers(seat, &known.cell),
                }
        }),
        _ => false,
    })
}

fn sees(actor: &Actor, known: &Known) -> bool {
    let Actor::Person(person) = actor else {
        return *actor == Actor::System || known.reporters.contains(actor);
    };
    known.reporters.contains(actor)
        || posts(*person).iter().any(|(_, seat)| {
            covers(seat, &known.cell)
                || known
                    .assigned
                    .iter()
                    .chain(&known.previous)
                    .any(|a| seat.starts_with("unit:") && sits(seat, a))
        })
        || known
            .assigned
            .iter()
            .chain(&known.previous)
            .any(|assignee| assignee.person == Some(*person))
}

fn leads_from(action: &Action, state: Option<&str>, kind: &Kind) -> bool {
    let Some(state) = state else {
        return action.from == Start::New;
    };
    let named = |name: &String| name == state || name == "open" && !kind.states[state].is_final;
    match &action.from {
        Start::New => false,
        Start::One(name) => named(name),
        Start::Any(names) => names.iter().any(named),
    }
}

/// Follows the journal and checks each entry against the pack as written.
pub fn check_journal(entries: &[Entry]) {
    let setup = setup();
    let mut all: BTreeMap<Uuid, Known> = BTreeMap::new();
    let mut times = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        assert_eq!(entry.seq, index as u64 + 1);
        let last = times.insert(entry.record, entry.time);
        assert!(
            last.is_none_or(|last| last <= entry.time),
            "time runs backwards in {entry:?}"
        );
        if entry.kind != "trial.matter" {
            continue;
        }
        let kind = setup.kind("trial.matter").unwrap().0;
        let known = all.entry(entry.record).or_default();
        if let Some(cell) = &entry.change.cell {
            known.cell.clone_from(cell);
        }
        check_entry(kind, known, entry);
        follow(known, entry);
    }
}

fn check_entry(kind: &Kind, known: &Known, entry: &Entry) {
    let change = &entry.change;
    let (name, settles) = match entry
        .action
        .strip_suffix(".approve")
        .or(entry.action.strip_suffix(".refuse"))
    {
        Some(name) => (name, true),
        None => (entry.action.as_str(), false),
    };
    match (name, kind.actions.get(name)) {
        ("note", None) => {
            assert!(sees(&entry.actor, known), "{entry:?}");
            assert_eq!((&change.state, &change.assigned), (&None, &None));
        }
        ("late" | "erase", None) => {
            assert_eq!(entry.actor, Actor::System);
            assert_eq!(change.state, None);
        }
        ("joined", None) => assert!(change.joined.is_some() && change.state.is_none()),
        (_, Some(action)) if settles => {
            assert!(may(&entry.actor, &action.approval, known), "{entry:?}");
            let (asked, by) = known
                .asked
                .as_ref()
                .expect("only what was asked is settled");
            assert!(asked == name && *by != entry.actor, "{entry:?}");
            if entry.action.ends_with(".approve") {
                assert!(
                    leads_from(action, known.state.as_deref(), kind),
                    "{entry:?}"
                );
                assert_eq!(change.state, action.to);
            } else {
                assert_eq!(change.state, None);
            }
        }
        (_, Some(action)) => {
            assert!(may(&entry.actor, &action.by, known), "{entry:?}");
            assert!(
                leads_from(action, known.state.as_deref(), kind),
                "{entry:?}"
            );
            for before in &action.other_than {
                assert!(
                    !known.done.contains(&(before.clone(), entry.actor.clone())),
                    "{entry:?}"
                );
            }
            if !action.approval.is_empty() {
                assert!(
                    change.state.is_none() && change.requested.is_some() && known.asked.is_none()
                );
            } else if change.state.is_none() && action.to.is_some() {
                assert!(
                    action.each
                        && change
                            .assigned
                            .as_ref()
                            .unwrap()
                            .iter()
                            .any(|part| !part.done),
                    "{entry:?}"
                );
            } else {
                assert_eq!(change.state, action.to);
            }
        }
        (other, None) => panic!("nobody declared {other}"),
    }
}

fn follow(known: &mut Known, entry: &Entry) {
    let change = &entry.change;
    if known.state.is_none() {
        known.reporters = match &entry.actor {
            Actor::Person(_) => vec![entry.actor.clone()],
            Actor::System => Vec::new(),
            _ => vec![Actor::Reporter(entry.record)],
        };
    }
    if let Some(state) = &change.state {
        known.state = Some(state.clone());
    }
    if let Some(assigned) = &change.assigned {
        let key = |a: &Assignee| (a.unit, a.cell.clone(), a.post.clone(), a.person);
        if !known
            .assigned
            .iter()
            .all(|old| assigned.iter().any(|new| key(old) == key(new)))
        {
            known.previous = known.assigned.clone();
        }
        known.assigned = assigned.clone();
    }
    if let Some(joined) = &change.joined {
        known.reporters.extend(joined.reporters.clone());
    }
    if change.settled.is_some() {
        known.asked = None;
    }
    if let Some(request) = &change.requested {
        known.asked = Some((request.action.clone(), request.by.clone()));
    }
    known.done.push((entry.action.clone(), entry.actor.clone()));
}
