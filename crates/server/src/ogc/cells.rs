//! Cells as features.

use std::sync::Arc;

use gewang_engine::Engine;
use gewang_grid::{CellIndex, Partition};
use serde_json::{Value, json};

use super::ask::{Asked, Page};
use super::crs::Told;
use crate::app::App;
use crate::drafts::compute;
use crate::problem::{Outcome, Problem};

/// The cells of a level that are asked for.
pub(super) async fn page(app: &Arc<App>, level: &str, asked: Asked) -> Outcome<Page> {
    let level = level.to_owned();
    compute(app, move |app| {
        let engine = app.engine();
        let partition = engine.setup().grid().partition();
        let from = match &asked.cursor {
            None => 0,
            Some(cursor) => cursor
                .parse::<usize>()
                .map_err(|_| Problem::from(gewang_store::Error::BadCursor))?,
        };
        let matches = |index: &CellIndex| {
            partition.cell(*index).level == level
                && asked.having.iter().all(|(name, value)| {
                    said(partition, *index)[name].as_str() == Some(value.as_str())
                })
                && lies_within(partition, *index, &asked)
        };
        let found: Vec<CellIndex> = partition.indices().filter(matches).collect();
        let shown = found.iter().skip(from).take(asked.limit);
        let features = shown.map(|index| feature(partition, *index, asked.told));
        let end = from.saturating_add(asked.limit);
        Ok(Page {
            features: features.collect(),
            matched: Some(found.len()),
            next: (end < found.len()).then(|| end.to_string()),
        })
    })
    .await
}

/// A cell of a level.
pub(super) fn one(engine: &Engine, level: &str, id: &str, told: Told) -> Option<Value> {
    let partition = engine.setup().grid().partition();
    let index = partition.index_of(id)?;
    (partition.cell(index).level == level).then(|| feature(partition, index, told))
}

/// Whether a cell has ground in the box that is asked for, as far as the boxes of its leaves tell.
fn lies_within(partition: &Partition, index: CellIndex, asked: &Asked) -> bool {
    if asked.within.is_none() {
        return true;
    }
    let boxes = partition
        .subtree(index)
        .filter_map(|leaf| partition.shape(leaf)?.bounds());
    boxes.into_iter().any(|bounds| {
        asked.meets([
            bounds.min.lon(),
            bounds.min.lat(),
            bounds.max.lon(),
            bounds.max.lat(),
        ])
    })
}

fn said(partition: &Partition, index: CellIndex) -> Value {
    let cell = partition.cell(index);
    let codes: serde_json::Map<String, Value> = cell
        .codes
        .iter()
        .map(|code| (format!("code_{}", code.scheme), json!(code.code)))
        .collect();
    let mut said = json!({
        "id": cell.id,
        "title_zh": cell.name.zh,
        "title_en": cell.name.en,
        "level": cell.level,
        "parent": cell.parent,
        "area_m2": partition.area_m2(index).round(),
    });
    if let Some(members) = said.as_object_mut() {
        members.extend(codes);
    }
    said
}

fn feature(partition: &Partition, index: CellIndex, told: Told) -> Value {
    json!({
        "type": "Feature",
        "id": partition.cell(index).id,
        "properties": said(partition, index),
        "geometry": told.polygons(&partition.polygons(index)),
    })
}
