use std::collections::BTreeMap;

use gewang_pack::{Action, Field, FormItem};
use serde_json::{Map, Value};

use crate::{
    Read, Record, Sealed,
    case::Case,
    halt::Halt,
    pointer::DATA,
    refusal::{plain, refuse},
    value::{Checker, is_empty, missing, note, short},
};

/// A command's data as the action's form takes them.
#[derive(Default)]
pub(crate) struct Filled {
    pub set: Map<String, Value>,
    pub personal: BTreeMap<String, Sealed>,
    pub note: Option<String>,
    pub assignee: Option<Value>,
}

/// Checks a command's data against an action's form: exactly the fields that it asks, each of its type.
pub(crate) fn fill<R: Read>(
    checker: &Checker<'_, R>,
    action: &Action,
    record: Option<&Record>,
    case: &Case<'_>,
    data: &Map<String, Value>,
) -> Result<Filled, Halt<R::Error>> {
    let fields = &checker.plan.kind().fields;
    // A form names fields of its kind: the check of the pack saw to it.
    let form: Vec<(&FormItem, &str, &Field)> = action
        .form
        .iter()
        .filter_map(|item| Some((item, item.field(), fields.get(item.field())?)))
        .collect();
    let asks = |id: &str| form.iter().any(|(_, known, _)| *known == id);
    let mut filled = Filled::default();
    for (id, value) in data {
        match id.as_str() {
            id if asks(id) => {}
            "note" => filled.note = note(Some(value), 4000)?,
            "assignee" if action.assign.is_some() => {
                filled.assignee = Some(value.clone()).filter(|v| !v.is_null())
            }
            "assignee" => return Err(plain("assignee_not_wanted", &[]).into()),
            id => {
                return Err(match fields.get(id) {
                    Some(field) => not_asked(field, id),
                    None => refuse("unknown_field", DATA.name(id), &[&short(id)], &[&short(id)]),
                }
                .into());
            }
        }
    }
    // All values at hand, the personal ones among them, until it is known which are asked.
    let mut given = Map::new();
    for (_, id, field) in &form {
        let value = match data.get(*id) {
            Some(Value::Null) => Value::Null,
            Some(value) => {
                let present = record.and_then(|record| record.fields.get(*id));
                let value = checker.check(field, value, present, &DATA.name(id))?;
                if is_empty(Some(&value)) {
                    Value::Null
                } else {
                    value
                }
            }
            None => match (record, &field.default) {
                (None, Some(default)) => default.clone(),
                _ => continue,
            },
        };
        given.insert((*id).to_owned(), value);
    }
    for (item, id, field) in &form {
        let asked = match &field.when {
            None => true,
            Some(when) => {
                let over = Some(&given);
                Case {
                    fields: case.fields,
                    over,
                    personal: None,
                    setup: case.setup,
                    plan: case.plan,
                    ..*case
                }
                .test(when)
            }
        };
        if !asked {
            if data.get(*id).is_some_and(|value| !value.is_null()) {
                return Err(not_asked(field, id).into());
            }
            given.shift_remove(*id);
        } else if is_required(item, field) && !is_answered(action, id, field, record, &given) {
            return Err(missing(field, &DATA.name(id)).into());
        }
    }
    // In the order of the form, as they were put in; those not asked are gone.
    let mut order = form.iter();
    for (id, value) in given {
        let Some((_, _, field)) = order.by_ref().find(|(_, known, _)| *known == id) else {
            continue;
        };
        // Where nothing was and nothing is given, nothing changes.
        if value.is_null()
            && field.personal.is_none()
            && record.is_none_or(|record| !record.fields.contains_key(&id))
        {
            continue;
        }
        match &field.personal {
            None => {
                filled.set.insert(id, value);
            }
            Some(_) if value.is_null() && record.is_none() => {}
            Some(purpose) => {
                let part = filled
                    .personal
                    .entry(purpose.clone())
                    .or_insert_with(|| Sealed::Open(Map::new()));
                if let Sealed::Open(map) = part {
                    map.insert(id, value);
                }
            }
        }
    }
    Ok(filled)
}

pub(crate) fn is_required(item: &FormItem, field: &Field) -> bool {
    match item {
        FormItem::Field(_) => field.required,
        FormItem::Strict { required, .. } => *required,
    }
}

/// A form that moves a record on must be answered itself; one that only corrects may leave what is there.
fn is_answered(
    action: &Action,
    id: &str,
    field: &Field,
    record: Option<&Record>,
    given: &Map<String, Value>,
) -> bool {
    match (given.get(id), record) {
        (Some(value), _) => !is_empty(Some(value)),
        (None, Some(record)) if action.to.is_none() => match &field.personal {
            None => !is_empty(record.fields.get(id)),
            Some(purpose) => record.personal.contains_key(purpose),
        },
        (None, _) => false,
    }
}

fn not_asked(field: &Field, id: &str) -> crate::Refusal {
    refuse(
        "not_asked",
        DATA.name(id),
        &[&field.title.zh],
        &[&field.title.en],
    )
}
