//! What a feature says of its cell: which id, under which parent, with which codes and names.

use rustc_hash::FxHashSet;
use serde_json::{Map, Value, json};

use crate::{
    cell::{Cell, CellId, Code, Text},
    layer::{Feature, Layer},
    reading::{Reading, Unreadable},
};

/// What the check needs to know of a cell beside its shape.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub id: CellId,
    pub parent: Option<CellId>,
    pub codes: Vec<Code>,
    /// Its place among the features; `None` for an upper cell that was added.
    pub feature: Option<usize>,
}

/// The heads of all features, and of the upper cells that the reading adds.
pub(crate) fn heads(layer: &Layer, reading: &Reading) -> Result<Vec<Head>, Vec<Unreadable>> {
    let mut faults = Vec::new();
    let mut heads = Vec::with_capacity(layer.features.len());
    for (place, feature) in layer.features.iter().enumerate() {
        match head(feature, place, reading) {
            Ok(head) => heads.push(head),
            Err(text) => faults.push(Unreadable {
                feature: Some(feature.number),
                text,
            }),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    add_ancestors(&mut heads, reading);
    Ok(heads)
}

/// The cell that a head and its feature make.
pub(crate) fn cell(head: &Head, layer: &Layer, reading: &Reading, level: String) -> Cell {
    let mut cell = Cell {
        id: head.id.clone(),
        level,
        parent: head.parent.clone(),
        name: Text::new(head.id.as_str(), head.id.as_str()),
        codes: head.codes.clone(),
        attributes: Map::new(),
    };
    let Some(feature) = head.feature else {
        let root = reading.root.as_ref().filter(|root| root.id == head.id);
        if let Some(name) = root.map(|root| &root.name).or(reading.known.get(&head.id)) {
            cell.name = name.clone();
        }
        return cell;
    };
    let attributes = &layer.features[feature].attributes;
    let said = |key: &str| text(attributes, key);
    if let Some(level) = said(&reading.level) {
        cell.level = level;
    }
    let (zh, en) = (said(&reading.zh), said(&reading.en));
    let fallback = said(&reading.name)
        .or_else(|| zh.clone())
        .or_else(|| en.clone())
        .unwrap_or_else(|| head.id.to_string());
    cell.name = Text {
        zh: zh.unwrap_or_else(|| fallback.clone()),
        en: en.unwrap_or(fallback),
    };
    let spoken = [
        &reading.id,
        &reading.parent,
        &reading.level,
        &reading.zh,
        &reading.en,
        &reading.name,
    ];
    cell.attributes = attributes
        .iter()
        .filter(|(key, value)| {
            // What was said in another form than a text is kept as it is.
            let taken = spoken.contains(key)
                && matches!(value, Value::String(_) | Value::Number(_) | Value::Null);
            !taken && *key != "codes"
        })
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    cell
}

/// What a file says of a cell, as [`Reading::default`] reads it.
pub(crate) fn attributes(cell: &Cell) -> Map<String, Value> {
    let mut attributes = Map::new();
    attributes.insert("id".into(), cell.id.as_str().into());
    attributes.insert("level".into(), cell.level.as_str().into());
    if let Some(parent) = &cell.parent {
        attributes.insert("parent".into(), parent.as_str().into());
    }
    attributes.insert("zh".into(), cell.name.zh.as_str().into());
    attributes.insert("en".into(), cell.name.en.as_str().into());
    if !cell.codes.is_empty() {
        attributes.insert("codes".into(), json!(cell.codes));
    }
    for (key, value) in &cell.attributes {
        attributes
            .entry(key.clone())
            .or_insert_with(|| value.clone());
    }
    attributes
}

/// Codes as they stand in a file: a table without lists holds them as JSON in a text.
fn listed(codes: &Value) -> serde_json::Result<Vec<Code>> {
    match codes {
        Value::String(text) if text.trim().is_empty() => Ok(Vec::new()),
        Value::String(text) if text.trim_start().starts_with('[') => serde_json::from_str(text),
        codes => serde_json::from_value(codes.clone()),
    }
}

fn head(feature: &Feature, place: usize, reading: &Reading) -> Result<Head, Text> {
    let attributes = &feature.attributes;
    let id = match text(attributes, &reading.id) {
        Some(id) if reading.lenient => CellId::new(&id).unwrap_or_else(|_| plain(&id, feature)),
        Some(id) => cell_id(&id)?,
        None if reading.lenient => plain("", feature),
        None => {
            let key = &reading.id;
            return Err(Text {
                zh: format!("缺少属性 {key}，它是网格的编号。"),
                en: format!("the property {key:?}, the cell's id, is missing"),
            });
        }
    };
    let parent = match text(attributes, &reading.parent) {
        Some(parent) if reading.lenient => CellId::new(&parent).ok(),
        Some(parent) => Some(cell_id(&parent)?),
        None => None,
    };
    let mut codes = match attributes.get("codes") {
        None | Some(Value::Null) => Vec::new(),
        Some(codes) => listed(codes).map_err(|e| Text {
            zh: format!("codes 应是一列 {{scheme, date, code}}：{e}"),
            en: format!("codes must be a list of {{scheme, date, code}}: {e}"),
        })?,
    };
    if let Some(wanted) = &reading.code {
        codes.extend(text(attributes, &wanted.property).map(|code| Code {
            scheme: wanted.scheme.clone(),
            date: wanted.date.clone(),
            code,
        }));
    }
    Ok(Head {
        id,
        parent,
        codes,
        feature: Some(place),
    })
}

fn cell_id(text: &str) -> Result<CellId, Text> {
    CellId::new(text).map_err(|e| Text {
        zh: format!(
            "{:?} 不能作编号：只用 a-z、0-9、- 和 _，以字母或数字开头，最长 64 个。",
            e.0
        ),
        en: e.to_string(),
    })
}

/// An id made of a text that is none: its letters in lower case, or else the feature's number.
fn plain(text: &str, feature: &Feature) -> CellId {
    let kept: String = text
        .chars()
        .map(|c| c.to_ascii_lowercase())
        .map(|c| if c == ' ' || c == '.' { '-' } else { c })
        .collect();
    CellId::new(&kept)
        .or_else(|_| CellId::new(&format!("f{}", feature.number)))
        .expect("a letter and a number make an id")
}

/// An attribute as text; a number counts, and an empty text is none.
pub(crate) fn text(attributes: &Map<String, Value>, key: &str) -> Option<String> {
    match attributes.get(key)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn add_ancestors(heads: &mut Vec<Head>, reading: &Reading) {
    if !reading.add_missing && reading.root.is_none() {
        return;
    }
    let present: FxHashSet<CellId> = heads.iter().map(|head| head.id.clone()).collect();
    let root_id = reading.root.as_ref().map(|root| root.id.clone());
    let mut added: Vec<CellId> = Vec::new();
    if reading.add_missing {
        let missing = heads.iter().filter_map(|head| head.parent.clone());
        added = missing
            .filter(|parent| !present.contains(parent) && Some(parent) != root_id.as_ref())
            .collect();
        added.sort();
        added.dedup();
    }
    if let Some(root) = root_id.clone().filter(|root| !present.contains(root)) {
        added.push(root);
    }
    heads.extend(added.into_iter().map(|id| Head {
        id,
        parent: None,
        codes: Vec::new(),
        feature: None,
    }));
    if let Some(root) = root_id {
        for head in heads.iter_mut() {
            if head.parent.is_none() && head.id != root {
                head.parent = Some(root.clone());
            }
        }
    }
}
