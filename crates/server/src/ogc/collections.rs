//! Which collections there are: the cells of each level, and each kind of record that has a place.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use gewang_engine::Engine;
use gewang_pack::{FieldType, PlaceRule, Text};
use serde_json::{Map, Value, json};

use super::crs::{CRS84, offered};
use super::visitor::Visitor;
use super::{GEOJSON, JSON, answer, base, link, not_found};
use crate::app::App;
use crate::body::Path;
use crate::caller::Caller;
use crate::problem::Outcome;

/// What stands before the name of a level.
const CELLS: &str = "cells.";

/// A collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    /// The cells of a level.
    Cells(String),
    /// The records of a kind.
    Records(String),
}

impl Collection {
    /// The collection of this name, if the caller is told of it.
    pub fn named(engine: &Engine, caller: &Caller, id: &str) -> Outcome<Collection> {
        let all = all(engine, caller);
        let found = all.into_iter().find(|(one, _)| one.id() == id);
        match found {
            Some((collection, _)) => Ok(collection),
            // Records are for those who say who they are.
            None if caller.account.is_none() && !id.starts_with(CELLS) => {
                Err(crate::caller::sign_in())
            }
            None => Err(not_found()),
        }
    }

    pub fn id(&self) -> String {
        match self {
            Collection::Cells(level) => format!("{CELLS}{level}"),
            Collection::Records(kind) => kind.clone(),
        }
    }

    /// What features are asked by, each with its type in JSON and what it is.
    pub fn queryables(&self, engine: &Engine) -> Vec<(String, &'static str, Text)> {
        let said = |zh: &str, en: &str| Text {
            zh: zh.into(),
            en: en.into(),
        };
        match self {
            Collection::Cells(_) => vec![
                ("id".into(), "string", said("编号", "Id")),
                (
                    "parent".into(),
                    "string",
                    said("上级网格", "The cell above"),
                ),
                (
                    "title_zh".into(),
                    "string",
                    said("中文名称", "Chinese name"),
                ),
                (
                    "title_en".into(),
                    "string",
                    said("英文名称", "English name"),
                ),
            ],
            Collection::Records(kind) => {
                let mut all = vec![
                    ("number".into(), "string", said("编号", "Number")),
                    ("state".into(), "string", said("状态", "State")),
                    ("stage".into(), "string", said("阶段", "Stage")),
                    (
                        "cell".into(),
                        "string",
                        said("网格，含下级", "Cell, with those below"),
                    ),
                    ("open".into(), "boolean", said("未办结", "Open")),
                    ("late".into(), "boolean", said("超期", "Late")),
                ];
                let fields = engine.setup().kind(kind).into_iter();
                let fields = fields.flat_map(|(kind, _)| &kind.fields);
                all.extend(
                    fields
                        .filter(|(_, field)| field.personal.is_none())
                        .filter_map(|(id, field)| {
                            let told = match field.kind {
                                FieldType::Text
                                | FieldType::Choice
                                | FieldType::Date
                                | FieldType::Time
                                | FieldType::Datetime => "string",
                                FieldType::Integer => "integer",
                                FieldType::Number => "number",
                                FieldType::YesNo => "boolean",
                                _ => return None,
                            };
                            Some((property(id), told, field.title.clone()))
                        }),
                );
                all
            }
        }
    }
}

/// The name of a field among the properties of a feature: those of our own keep theirs.
pub(super) fn property(field: &str) -> String {
    const OWN: [&str; 16] = [
        "number", "state", "state_zh", "state_en", "stage", "cell", "open", "late", "opened",
        "changed", "closed", "due", "version", "kind", "id", "cell_zh",
    ];
    match OWN.contains(&field) {
        true => format!("field_{field}"),
        false => field.to_owned(),
    }
}

/// Every collection that the caller is told of, with its title.
fn all(engine: &Engine, caller: &Caller) -> Vec<(Collection, Text)> {
    let setup = engine.setup();
    let levels = setup.town().levels.iter().map(|level| {
        let title = Text {
            zh: format!("网格：{}", level.title.zh),
            en: format!("Cells: {}", level.title.en),
        };
        (Collection::Cells(level.id.clone()), title)
    });
    let mut all: Vec<(Collection, Text)> = levels.collect();
    if caller.account.is_some() {
        let kinds = setup.kinds();
        let placed = kinds.filter(|(_, kind)| kind.place != PlaceRule::None);
        all.extend(
            placed.map(|(name, kind)| (Collection::Records(name.to_owned()), kind.title.clone())),
        );
    }
    all
}

fn described(engine: &Engine, base: &str, collection: &Collection, title: &Text) -> Value {
    let bounds = engine.setup().grid().partition().bounds();
    let systems: Vec<String> = offered(bounds).iter().map(|told| told.uri()).collect();
    let id = collection.id();
    let place = format!("{base}/collections/{id}");
    let mut extent = json!({
        "spatial": {
            "bbox": [[bounds.min.lon(), bounds.min.lat(), bounds.max.lon(), bounds.max.lat()]],
            "crs": CRS84,
        },
    });
    if matches!(collection, Collection::Records(_)) {
        extent["temporal"] = json!({
            "interval": [[null, null]],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        });
    }
    json!({
        "id": id,
        "title": format!("{} / {}", title.zh, title.en),
        "itemType": "feature",
        "extent": extent,
        "crs": systems,
        "storageCrs": CRS84,
        "links": [
            link("self", JSON, &title.en, place.clone()),
            link("items", GEOJSON, "The features", format!("{place}/items")),
            link("http://www.opengis.net/def/rel/ogc/1.0/queryables", "application/schema+json", "What they are asked by", format!("{place}/queryables")),
        ],
    })
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Visitor(caller): Visitor,
    headers: HeaderMap,
) -> Outcome<Response> {
    let base = base(&app, &headers);
    let engine = app.engine();
    let collections: Vec<Value> = all(&engine, &caller)
        .iter()
        .map(|(collection, title)| described(&engine, &base, collection, title))
        .collect();
    let body = json!({
        "links": [link("self", JSON, "The collections", format!("{base}/collections"))],
        "collections": collections,
    });
    answer(JSON, &body)
}

pub(super) async fn one(
    State(app): State<Arc<App>>,
    Visitor(caller): Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Outcome<Response> {
    let base = base(&app, &headers);
    let engine = app.engine();
    let wanted = Collection::named(&engine, &caller, &id)?;
    let all = all(&engine, &caller);
    let (collection, title) = all
        .iter()
        .find(|(one, _)| *one == wanted)
        .ok_or_else(not_found)?;
    answer(JSON, &described(&engine, &base, collection, title))
}

pub(super) async fn queryables(
    State(app): State<Arc<App>>,
    Visitor(caller): Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Outcome<Response> {
    let base = base(&app, &headers);
    let engine = app.engine();
    let collection = Collection::named(&engine, &caller, &id)?;
    let properties: Map<String, Value> = collection
        .queryables(&engine)
        .into_iter()
        .map(|(name, kind, title)| {
            let title = format!("{} / {}", title.zh, title.en);
            (name, json!({ "type": kind, "title": title }))
        })
        .collect();
    let body = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("{base}/collections/{id}/queryables"),
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    answer("application/schema+json", &body)
}
