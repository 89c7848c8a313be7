use std::collections::{BTreeSet, HashMap};

use gewang_engine::{Assignee, Record};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use uuid::Uuid;

use super::scenario::Then;

/// By which a scenario calls things.
pub(crate) struct Names<'n> {
    /// People by id.
    pub people: &'n HashMap<String, Uuid>,
    /// Units by role.
    pub units: &'n HashMap<String, Uuid>,
    /// Records by name.
    pub records: &'n HashMap<String, Uuid>,
    /// The town's time zone.
    pub zone: &'n TimeZone,
    /// Who was told of lateness by the step.
    pub told: &'n [Uuid],
}

/// What of the expectation does not hold.
pub(crate) fn differences(then: &Then, record: &Record, names: &Names<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut same = |what: &str, wanted: Option<&str>, came: &str| {
        if let Some(wanted) = wanted.filter(|wanted| *wanted != came) {
            wrong.push(format!("{what}: expected {wanted}, came {came}"));
        }
    };
    same("state", then.state.as_deref(), &record.state);
    let stage = record
        .stage
        .map(|stage| serde_json::to_value(stage).unwrap_or_default());
    same(
        "stage",
        then.stage.as_deref(),
        stage.as_ref().and_then(Value::as_str).unwrap_or("none"),
    );
    same("cell", then.cell.as_deref(), &record.cell);
    same(
        "number",
        then.number.as_deref(),
        record.number.as_deref().unwrap_or("none"),
    );
    let civil = |at: Option<Timestamp>| {
        at.map_or("none".to_owned(), |at| {
            at.to_zoned(names.zone.clone())
                .strftime("%Y-%m-%dT%H:%M")
                .to_string()
        })
    };
    same(
        "due",
        then.due.as_deref(),
        &civil(record.timing.case.map(|deadline| deadline.at)),
    );
    same(
        "state_due",
        then.state_due.as_deref(),
        &civil(record.timing.state.map(|deadline| deadline.at)),
    );
    let request = record
        .request
        .as_ref()
        .map_or("none", |request| &request.action);
    same("request", then.request.as_deref(), request);
    let merged = record
        .merged_into
        .map_or("none", |id| called(names.records, id));
    same("merged_into", then.merged_into.as_deref(), merged);
    let late = record.late_level.0.max(record.late_level.1);
    same(
        "late",
        then.late.map(|level| level.to_string()).as_deref(),
        &late.to_string(),
    );
    for (field, wanted) in &then.fields {
        let came = record.fields.get(field).unwrap_or(&Value::Null);
        if !alike(wanted, came) {
            wrong.push(format!("{field}: expected {wanted}, came {came}"));
        }
    }
    if let Some(wanted) = &then.assigned {
        let wanted: BTreeSet<&str> = wanted.all().into_iter().collect();
        let came: BTreeSet<String> = record
            .assigned
            .iter()
            .map(|assignee| {
                let short = assigned(assignee, names, false);
                // A person is compared only where the scenario names one.
                if wanted.contains(short.as_str()) {
                    short
                } else {
                    assigned(assignee, names, true)
                }
            })
            .collect();
        if wanted != came.iter().map(String::as_str).collect() {
            let listed = |words: Vec<&str>| {
                if words.is_empty() {
                    "none".to_owned()
                } else {
                    words.join(", ")
                }
            };
            wrong.push(format!(
                "assigned: expected {}, came {}",
                listed(wanted.into_iter().collect()),
                listed(came.iter().map(String::as_str).collect())
            ));
        }
    }
    if let Some(wanted) = &then.told {
        let wanted: BTreeSet<&str> = wanted.all().into_iter().collect();
        let came: BTreeSet<&str> = names
            .told
            .iter()
            .map(|id| called(names.people, *id))
            .collect();
        if wanted != came {
            wrong.push(format!("told: expected {wanted:?}, came {came:?}"));
        }
    }
    wrong
}

fn assigned(assignee: &Assignee, names: &Names<'_>, with_person: bool) -> String {
    let seat = match (&assignee.unit, &assignee.cell) {
        (Some(unit), _) => called(names.units, *unit),
        (None, Some(cell)) => cell,
        (None, None) => "nowhere",
    };
    let person = assignee
        .person
        .filter(|_| with_person)
        .map(|id| format!("@{}", called(names.people, id)));
    format!("{seat}/{}{}", assignee.post, person.unwrap_or_default())
}

fn called(names: &HashMap<String, Uuid>, id: Uuid) -> &str {
    names
        .iter()
        .find(|(_, known)| **known == id)
        .map_or("somebody else", |(name, _)| name)
}

/// 1 and 1.0 are the same number.
fn alike(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}
