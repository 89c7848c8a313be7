//! What a check found, for people, for programs and for a map.

use std::path::Path;

use gewang_grid::{Coord, Defect, Verdict};
use serde_json::{Map, Value, json};

use super::input::Options;
use crate::Lang;
use crate::out::say;

/// One line a defect, and one for all.
pub(super) fn human(file: &Path, verdict: &Verdict, options: &Options) {
    for defect in &verdict.defects {
        let kind = kind(defect);
        let sliver = match (defect.sliver, options.lang) {
            (false, _) => "",
            (true, Lang::Zh) => " 碎缝",
            (true, Lang::En) => " sliver",
        };
        let at = defect.at.map_or_else(String::new, |at| format!(" @ {at}"));
        say!("{kind}{sliver}{at}: {}", options.text(&defect.text));
    }
    let (file, cells, count) = (file.display(), verdict.cells, verdict.defects.len());
    let km2 = verdict.area_m2 / 1e6;
    match (options.lang, count) {
        (Lang::Zh, 0) => say!("{file}：{cells} 个网格，{km2:.4} 平方千米，不重不漏。"),
        (Lang::Zh, _) => say!("{file}：{cells} 个网格，{km2:.4} 平方千米，{count} 处缺陷。"),
        (Lang::En, 0) => say!("{file}: {cells} cells, {km2:.4} km², a partition"),
        (Lang::En, 1) => say!("{file}: {cells} cells, {km2:.4} km², 1 defect"),
        (Lang::En, _) => say!("{file}: {cells} cells, {km2:.4} km², {count} defects"),
    }
}

/// The whole answer in one object.
pub(super) fn json(verdict: &Verdict, elapsed_ms: f64) -> Value {
    let defects: Vec<Value> = verdict
        .defects
        .iter()
        .map(|defect| {
            let mut object = members(defect);
            object.insert("geometry".into(), geometry(defect));
            Value::Object(object)
        })
        .collect();
    json!({
        "cells": verdict.cells,
        "area_m2": verdict.area_m2,
        "defects": defects,
        "elapsed_ms": (elapsed_ms * 1e3).round() / 1e3,
    })
}

/// The defects as a drawing.
pub(super) fn geojson(verdict: &Verdict) -> Value {
    let features: Vec<Value> = verdict
        .defects
        .iter()
        .map(|defect| {
            json!({
                "type": "Feature",
                "properties": members(defect),
                "geometry": geometry(defect),
            })
        })
        .collect();
    json!({ "type": "FeatureCollection", "features": features })
}

/// As programs name the kind.
pub(super) fn kind(defect: &Defect) -> String {
    match json!(defect.kind) {
        Value::String(kind) => kind,
        other => other.to_string(),
    }
}

fn members(defect: &Defect) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("type".into(), json!(defect.kind));
    object.insert("sliver".into(), json!(defect.sliver));
    object.insert("cells".into(), json!(defect.cells));
    object.insert("area_m2".into(), json!(defect.area_m2));
    object.insert("at".into(), json!(defect.at));
    object.insert("text".into(), json!(defect.text));
    object
}

/// A polygon where the defect has an area, else the point where it shows.
fn geometry(defect: &Defect) -> Value {
    let rings: Vec<Vec<Coord>> = defect
        .rings
        .iter()
        .filter(|ring| ring.len() > 2)
        .map(|ring| {
            let mut ring = ring.clone();
            if ring.first() != ring.last() {
                ring.push(ring[0]);
            }
            ring
        })
        .collect();
    match (rings.is_empty(), defect.at) {
        (false, _) => json!({ "type": "Polygon", "coordinates": rings }),
        (true, Some(at)) => json!({ "type": "Point", "coordinates": at }),
        (true, None) => Value::Null,
    }
}
