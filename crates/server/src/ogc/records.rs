//! Records as features: those that the caller may see, with what the ordinary interface shows of them.

use std::sync::Arc;

use gewang_engine::{Engine, Record};
use gewang_store::{Bounds, Order};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::ask::{Asked, Page};
use super::collections::property;
use super::crs::Told;
use crate::app::App;
use crate::body::bad_parameter;
use crate::caller::Caller;
use crate::clock;
use crate::problem::Outcome;
use crate::which::{self, Which};

/// The records of a kind that are asked for.
pub(super) async fn page(
    app: &Arc<App>,
    caller: &Caller,
    kind: &str,
    asked: Asked,
) -> Outcome<Page> {
    let account = caller.signed_in()?.clone();
    let (engine, now) = (app.engine(), clock::now());
    let mut filter = which::filter(&engine, account.person, now, &Which::default())?;
    filter.kinds = vec![kind.to_owned()];
    let truth = |name: &str, value: &str| {
        value
            .parse::<bool>()
            .map_err(|_| bad_parameter(name, "应为 true 或 false", "is true or false"))
    };
    for (name, value) in &asked.having {
        match name.as_str() {
            "state" => filter.states = vec![value.clone()],
            "stage" => filter.stages = vec![value.clone()],
            "open" => filter.open = Some(truth(name, value)?),
            "late" => filter.late = Some(truth(name, value)?),
            "cell" => {
                let below = engine.setup().grid().below(value);
                filter.cells = Some(below.into_iter().map(str::to_owned).collect());
            }
            _ => {}
        }
    }
    if let Some([west, south, east, north]) = asked.within
        && west <= east
    {
        filter.bounds = Some(Bounds {
            west,
            south,
            east,
            north,
        });
    }
    let actor = caller.actor.clone();
    let page = app
        .store
        .read(move |reader| {
            let visible =
                |record: &Record| engine.visible(&actor, record, now) && matches(record, &asked);
            let (cursor, limit) = (asked.cursor.as_deref(), asked.limit.min(500));
            let page = reader.records(&filter, Order::Oldest, cursor, limit, &visible)?;
            let features = page.records.iter();
            let features = features.map(|record| feature(&engine, record, now, asked.told));
            Ok(Page {
                features: features.collect(),
                matched: None,
                next: page.next,
            })
        })
        .await?;
    Ok(page)
}

/// A record of a kind, if the caller may see it.
pub(super) async fn one(
    app: &Arc<App>,
    caller: &Caller,
    kind: &str,
    id: &str,
    told: Told,
) -> Outcome<Option<Value>> {
    caller.signed_in()?;
    let Ok(id) = id.parse::<Uuid>() else {
        return Ok(None);
    };
    let record = app.store.read(move |reader| reader.record(id)).await?;
    let (engine, now) = (app.engine(), clock::now());
    let seen =
        record.filter(|record| record.kind == kind && engine.visible(&caller.actor, record, now));
    Ok(seen.map(|record| feature(&engine, &record, now, told)))
}

/// What the store does not sort out.
fn matches(record: &Record, asked: &Asked) -> bool {
    let having = asked.having.iter().all(|(name, value)| {
        let held = match name.as_str() {
            "state" | "stage" | "open" | "late" | "cell" => return true,
            "number" => return record.number.as_deref() == Some(value.as_str()),
            name => record.fields.iter().find(|(id, _)| property(id) == name),
        };
        held.is_some_and(|(_, held)| match held {
            Value::String(text) => text == value,
            Value::Bool(held) => Ok(*held) == value.parse(),
            Value::Number(held) => held.as_f64().is_some_and(|held| Ok(held) == value.parse()),
            _ => false,
        })
    });
    // The antimeridian, which the store's boxes never cross.
    let placed = asked.within.is_none()
        || record
            .place
            .is_some_and(|place| asked.holds(place.lon(), place.lat()));
    let during = asked.during.is_none_or(|(from, to)| {
        record.opened <= to && record.closed.is_none_or(|closed| closed >= from)
    });
    having && placed && during
}

fn feature(engine: &Engine, record: &Record, now: Timestamp, told: Told) -> Value {
    let kind = engine.setup().kind_at(&record.kind, record.pack);
    let state = kind.and_then(|kind| kind.states.get(&record.state));
    let due = record.timing.due();
    let late = record.closed.is_none()
        && (record.late_level != (0, 0) || due.is_some_and(|due| due < now));
    let mut properties: Map<String, Value> = [
        ("kind", json!(record.kind)),
        ("number", json!(record.number)),
        ("state", json!(record.state)),
        ("state_zh", json!(state.map(|state| &state.title.zh))),
        ("state_en", json!(state.map(|state| &state.title.en))),
        ("stage", json!(record.stage)),
        ("cell", json!(record.cell)),
        ("open", json!(record.closed.is_none())),
        ("late", json!(late)),
        ("opened", json!(record.opened)),
        ("changed", json!(record.changed)),
        ("closed", json!(record.closed)),
        ("due", json!(due)),
        ("version", json!(record.version)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    for (id, value) in &record.fields {
        properties.insert(property(id), value.clone());
    }
    json!({
        "type": "Feature",
        "id": record.id,
        "properties": properties,
        "geometry": record
            .place
            .map(|place| json!({ "type": "Point", "coordinates": told.place(place) })),
    })
}
