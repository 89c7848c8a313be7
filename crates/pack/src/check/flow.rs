//! The flow of states: every state is reached from the beginning, and left unless it is final.

use std::collections::BTreeSet;

use super::Check;
use crate::fault::say;
use crate::{Action, From, Kind};

/// Checks the flow of the kind at the pointer.
pub(super) fn flow(check: &mut Check<'_, '_>, kind: &Kind, here: &str) {
    let states_at = format!("{here}/states");
    let states: Vec<&str> = kind.states.keys().map(String::as_str).collect();
    let mut sound = true;
    for (id, action) in &kind.actions {
        let here = format!("{here}/actions/{id}");
        match &action.from {
            From::One(word) if word == "open" => {}
            From::New => {}
            From::One(state) => {
                let pointer = format!("{here}/from");
                sound &= check.name(
                    state,
                    &states,
                    &states_at,
                    &pointer,
                    "unknown-state",
                    ("状态", "state"),
                );
            }
            From::Any(named) => {
                for (index, state) in named.iter().enumerate() {
                    let pointer = format!("{here}/from/{index}");
                    if state == "open" {
                        check.value(
                            "unknown-state",
                            &pointer,
                            say("`open` 只能单独写", "`open` stands alone, not in a list"),
                            say(
                                "写 `from: open`，或列出各个状态",
                                "write `from: open`, or list the states",
                            ),
                        );
                        continue;
                    }
                    sound &= check.name(
                        state,
                        &states,
                        &states_at,
                        &pointer,
                        "unknown-state",
                        ("状态", "state"),
                    );
                }
            }
        }
        if let Some(to) = &action.to {
            let pointer = format!("{here}/to");
            sound &= check.name(
                to,
                &states,
                &states_at,
                &pointer,
                "unknown-state",
                ("状态", "state"),
            );
        } else if action.from.is_new()
            && !check.shaped.is_lost(&format!("{here}/to"))
            && !check.shaped.is_hurt(&format!("{here}/from"))
        {
            check.key(
                "no-first-state",
                &here,
                say(
                    format!("`{id}` 建立记录，却没有说记录在什么状态"),
                    format!("`{id}` creates the record and does not say in which state"),
                ),
                say("补上 `to:`（或 `from:`）", "add `to:` (or `from:`)"),
            );
        }
    }
    if !sound || is_torn(check, here) {
        return;
    }
    if states.is_empty() {
        check.key(
            "no-states",
            &states_at,
            say("没有任何状态", "there is no state"),
            say("至少写一个状态", "write at least one state"),
        );
        return;
    }
    if !kind.actions.values().any(|action| action.from.is_new()) {
        check.key(
            "no-beginning",
            &format!("{here}/actions"),
            say(
                "没有操作能建立这类记录",
                "no action creates records of this kind",
            ),
            say("写一个没有 `from` 的操作", "write an action without `from`"),
        );
        return;
    }
    ends(check, kind, &states_at);
}

fn ends(check: &mut Check<'_, '_>, kind: &Kind, states_at: &str) {
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    loop {
        let next: Vec<&str> = kind
            .actions
            .values()
            .filter(|action| {
                action.from.is_new() || reached.iter().any(|state| leaves(kind, action, state))
            })
            .filter_map(|action| action.to.as_deref())
            .filter(|to| !reached.contains(to))
            .collect();
        if next.is_empty() {
            break;
        }
        reached.extend(next);
    }
    for (id, state) in &kind.states {
        let pointer = format!("{states_at}/{id}");
        if !reached.contains(id.as_str()) {
            check.key(
                "unreachable-state",
                &pointer,
                say(
                    format!("没有操作能到达状态 `{id}`"),
                    format!("no action leads to the state `{id}`"),
                ),
                say(
                    "写一个到它的操作，或删去它",
                    "write an action to it, or remove it",
                ),
            );
            continue;
        }
        let left = kind.actions.values().any(|action| {
            action.to.as_deref().is_some_and(|to| to != id) && leaves(kind, action, id)
        });
        // A register with one state is a list that one is on: nothing has to end there.
        if !state.is_final && !left && kind.states.len() > 1 {
            check.key(
                "dead-end",
                &pointer,
                say(
                    format!("状态 `{id}` 进得去、出不来"),
                    format!("records reach the state `{id}` and never leave it"),
                ),
                say(
                    "写一个离开它的操作，或标 `final: true`",
                    "write an action from it, or mark it `final: true`",
                ),
            );
        }
    }
}

/// Whether the action leads from the state.
fn leaves(kind: &Kind, action: &Action, state: &str) -> bool {
    match &action.from {
        From::New => false,
        From::One(word) if word == "open" => kind.states.get(state).is_some_and(|s| !s.is_final),
        From::One(named) => named == state,
        From::Any(named) => named.iter().any(|n| n == state),
    }
}

/// Whether a state, an action or where one leads is broken, so that the flow cannot be judged.
fn is_torn(check: &Check<'_, '_>, here: &str) -> bool {
    ["states", "actions"].iter().any(|part| {
        let table = format!("{here}/{part}");
        check.shaped.is_lost(&table)
            || check
                .shaped
                .lost
                .iter()
                .filter_map(|lost| lost.strip_prefix(&format!("{table}/")))
                .any(|rest| match rest.split_once('/') {
                    None => true,
                    Some((_, key)) => {
                        matches!(key.split('/').next(), Some("from" | "to" | "final"))
                    }
                })
    })
}
