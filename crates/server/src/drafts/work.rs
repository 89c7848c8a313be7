//! A draft as it is worked on: its drawing in memory, made of what the store keeps.

use std::sync::Arc;

use gewang_grid::{
    CellId, Defect, Delta, Edit, Editor, Household, Layer, OutlineChange, ParseError, Partition,
    Reading, Refusal, Shape, check,
};
use gewang_store::{Draft, Reader};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::boundary;
use super::problems;
use super::view::{Facts, PointsView, State};
use crate::drawing;
use crate::problem::Outcome;

/// One change of a drawing, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Op {
    /// Of a partition.
    Edit(Edit),
    /// Of a drawing with defects.
    Mend(Mend),
}

/// A change of a drawing that has defects: what it left is kept whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Mend {
    /// A feature was removed, by its number.
    RemoveFeature { feature: usize },
    /// It was repaired.
    Repair { tolerance_m: f64 },
}

impl<'de> Deserialize<'de> for Op {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Op, D::Error> {
        let told = Value::deserialize(input)?;
        let read = match told["type"].as_str() {
            Some("remove_feature" | "repair") => serde_json::from_value(told).map(Op::Mend),
            _ => serde_json::from_value(told).map(Op::Edit),
        };
        read.map_err(serde::de::Error::custom)
    }
}

/// What can be done to a drawing follows from what it is.
pub(crate) enum Stage {
    Partition(Box<Editor>),
    Defective { layer: Layer, defects: Vec<Defect> },
}

/// What is known of a leaf beside what its cell says.
pub(crate) struct Ground {
    pub area_m2: f64,
    pub at: gewang_grid::Coord,
    /// The points in it.
    points: Vec<u32>,
    pub weight: f64,
}

/// What a change left otherwise than before.
pub(crate) enum Difference {
    /// Borders and cells.
    Some(Delta),
    /// The whole drawing.
    All,
}

/// A draft in memory.
pub(crate) struct Work {
    /// The version of the draft that this is.
    pub version: u64,
    /// How many of its edits are done.
    pub applied: u64,
    pub stage: Stage,
    /// Of each edit done since the last drawing that was kept whole, how many steps of the editor it took.
    steps: Vec<usize>,
    levels: Vec<String>,
    pub points: Option<Vec<Household>>,
    /// The ground that it should fill.
    boundary: Layer,
    /// How a partition differs from that. No edit of borders moves the outer one.
    pub outline: OutlineChange,
    /// Of each leaf of a partition.
    pub ground: FxHashMap<CellId, Ground>,
    /// The drawing as it is now, to be cut into tiles.
    shown: Option<Arc<drawing::Drawing>>,
}

impl Stage {
    /// A drawing in our own words, and the ground that it should fill. A partition that fills another can be edited all the
    /// same: what it lacks is told beside it.
    pub fn of(layer: Layer, boundary: &Layer, levels: &[String]) -> Outcome<Stage> {
        let rules = reading(levels);
        let alone = match Partition::from_layer(&layer, &rules) {
            Ok(partition) => return Ok(Stage::Partition(Box::new(Editor::new(&partition)))),
            Err(ParseError::Defective(defects)) => defects,
            Err(ParseError::Unreadable(faults)) => return Err(problems::unreadable(&faults)),
        };
        let within = check(&layer, Some(boundary), &rules);
        let within = within.map_err(|faults| problems::unreadable(&faults))?;
        // What a boundary leaves out is no gap in it, but a town has no such holes.
        let defects = match within.defects.is_empty() {
            true => alone,
            false => within.defects,
        };
        Ok(Stage::Defective { layer, defects })
    }

    /// Everything that is wrong with it. A partition may fill other ground than it should, and have codes that collide.
    pub fn defects(&self, boundary: &Layer, levels: &[String]) -> Outcome<Vec<Defect>> {
        let editor = match self {
            Stage::Partition(editor) => editor,
            Stage::Defective { defects, .. } => return Ok(defects.clone()),
        };
        let unreadable = |faults: Vec<gewang_grid::Unreadable>| problems::unreadable(&faults);
        let (layer, rules) = (editor.layer(), reading(levels));
        let mut defects = check(&layer, None, &rules).map_err(unreadable)?.defects;
        let outline = OutlineChange::of(&layer, boundary, &rules).map_err(unreadable)?;
        defects.extend(outline.defects);
        Ok(defects)
    }

    /// As a layer, to be kept or compared.
    pub fn layer(&self) -> Layer {
        match self {
            Stage::Partition(editor) => editor.layer(),
            Stage::Defective { layer, .. } => layer.clone(),
        }
    }
}

/// How what we keep is read.
pub(crate) fn reading(levels: &[String]) -> Reading {
    Reading {
        levels: levels.to_vec(),
        ..Reading::default()
    }
}

impl Work {
    /// The draft as the store keeps it.
    pub fn load(reader: &Reader, draft: &Draft, levels: Vec<String>) -> Outcome<Work> {
        let (id, applied) = (draft.id, draft.applied);
        let (kept, body) = reader
            .draft_drawing(id, applied)?
            .ok_or_else(problems::no_such_draft)?;
        let layer = Layer::from_geojson(&body).map_err(|faults| problems::unreadable(&faults))?;
        let boundary = boundary::of_draft(reader, draft, &levels)?;
        let mut work = Work {
            version: draft.version,
            applied: kept,
            points: reader.draft_points(id)?.map(|bytes| unpacked(&bytes)),
            ..Work::new(Stage::of(layer, &boundary, &levels)?, boundary, levels)
        };
        for edit in reader.draft_edits_between(id, kept + 1, applied)? {
            let edit: Edit = serde_json::from_str(&edit).map_err(|_| problems::stale_draft())?;
            work.make(&edit).map_err(|_| problems::stale_draft())?;
        }
        work.survey()?;
        Ok(work)
    }

    /// A drawing with which a draft begins.
    pub fn begun(layer: Layer, boundary: Layer, levels: Vec<String>) -> Outcome<Work> {
        let stage = Stage::of(layer, &boundary, &levels)?;
        let mut work = Work::new(stage, boundary, levels);
        work.survey()?;
        Ok(work)
    }

    fn new(stage: Stage, boundary: Layer, levels: Vec<String>) -> Work {
        Work {
            version: 0,
            applied: 0,
            stage,
            steps: Vec::new(),
            levels,
            points: None,
            boundary,
            outline: OutlineChange::default(),
            ground: FxHashMap::default(),
            shown: None,
        }
    }

    /// What a list shows of it.
    pub fn facts(&self, before: &Facts) -> Facts {
        let (state, leaves, defects, area_m2) = match &self.stage {
            Stage::Partition(editor) => {
                let area = self.ground.values().map(|ground| ground.area_m2).sum();
                let defects = self.outline.defects.len();
                (State::Partition, editor.leaves().count(), defects, area)
            }
            Stage::Defective { layer, defects } => {
                let drawn = || layer.features.iter().filter_map(|one| one.shape.as_ref());
                let area = drawn().map(|shape| drawn_area_m2(shape)).sum();
                (State::Defective, drawn().count(), defects.len(), area)
            }
        };
        Facts {
            state,
            leaves,
            defects,
            area_m2,
            points: self.points.as_ref().map(|points| PointsView {
                count: points.len(),
                weight: points.iter().map(|point| point.weight).sum(),
            }),
            ..before.clone()
        }
    }

    pub fn levels(&self) -> &[String] {
        &self.levels
    }

    /// The ground that it should fill.
    pub fn boundary(&self) -> &Layer {
        &self.boundary
    }

    /// Everything that is wrong with it.
    pub fn defects(&self) -> Outcome<Vec<Defect>> {
        self.stage.defects(&self.boundary, &self.levels)
    }

    /// The partition as it is now, made ready to be drawn once.
    pub fn shown(&mut self, name: &str) -> Outcome<Arc<drawing::Drawing>> {
        if let Some(shown) = &self.shown {
            return Ok(shown.clone());
        }
        let partition = Arc::new(self.partition()?);
        let shown = Arc::new(drawing::Drawing::new(name.to_owned(), partition));
        Ok(self.shown.insert(shown).clone())
    }

    /// The partition as it is now, judged anew, or why it is none.
    pub fn partition(&self) -> Outcome<Partition> {
        match &self.stage {
            Stage::Defective { defects, .. } => Err(problems::defective(defects)),
            Stage::Partition(editor) => {
                match Partition::from_layer(&editor.layer(), &reading(&self.levels)) {
                    Ok(partition) => Ok(partition),
                    Err(ParseError::Defective(defects)) => Err(problems::defective(&defects)),
                    Err(ParseError::Unreadable(faults)) => Err(problems::unreadable(&faults)),
                }
            }
        }
    }

    /// Makes an edit that was not made before.
    pub fn edit(&mut self, edit: &Edit) -> Outcome<Difference> {
        let steps = self
            .make(edit)
            .map_err(|refusal| problems::refused_edit(&refusal))?;
        let Stage::Partition(editor) = &self.stage else {
            return Ok(Difference::All);
        };
        let delta = editor.last(steps);
        self.follow(&delta);
        Ok(Difference::Some(delta))
    }

    /// Notes edits that the editor has made already.
    pub fn made(&mut self, steps: usize) -> Difference {
        let Stage::Partition(editor) = &self.stage else {
            return Difference::All;
        };
        let delta = editor.last(steps);
        self.steps.push(steps);
        self.applied += 1;
        self.follow(&delta);
        Difference::Some(delta)
    }

    /// Puts another drawing in the place of this one.
    pub fn replace(&mut self, stage: Stage) -> Outcome<Difference> {
        self.stage = stage;
        self.steps.clear();
        self.applied += 1;
        self.survey()?;
        Ok(Difference::All)
    }

    /// Takes other ground to be filled.
    pub fn set_boundary(&mut self, boundary: Layer) -> Outcome<()> {
        let stage = Stage::of(self.stage.layer(), &boundary, &self.levels)?;
        // Of a boundary that crosses itself nothing can be asked: then all stays as it was.
        OutlineChange::of(&stage.layer(), &boundary, &reading(&self.levels))
            .map_err(|faults| problems::unreadable(&faults))?;
        self.stage = stage;
        self.steps.clear();
        self.boundary = boundary;
        self.survey()
    }

    /// Takes the last edit back, if it can be without asking the store.
    pub fn undo(&mut self) -> Option<Difference> {
        let Stage::Partition(editor) = &mut self.stage else {
            return None;
        };
        let steps = self.steps.pop()?;
        let delta = editor.last(steps).reversed();
        for _ in 0..steps {
            editor.undo();
        }
        self.applied -= 1;
        self.follow(&delta);
        Some(Difference::Some(delta))
    }

    /// Takes other points.
    pub fn set_points(&mut self, points: Option<Vec<Household>>) {
        self.points = points;
        for ground in self.ground.values_mut() {
            ground.points.clear();
            ground.weight = 0.0;
        }
        self.settle_all();
    }

    fn make(&mut self, edit: &Edit) -> Result<usize, Refusal> {
        let Stage::Partition(editor) = &mut self.stage else {
            return Err(problems::not_editable());
        };
        let steps = editor.apply(edit)?;
        self.steps.push(steps);
        self.applied += 1;
        Ok(steps)
    }

    /// Measures every leaf, and all of them together.
    fn survey(&mut self) -> Outcome<()> {
        self.ground.clear();
        self.shown = None;
        self.outline = OutlineChange::default();
        let Stage::Partition(editor) = &self.stage else {
            return Ok(());
        };
        let outline = OutlineChange::of(&editor.layer(), &self.boundary, &reading(&self.levels));
        self.outline = outline.map_err(|faults| problems::unreadable(&faults))?;
        for cell in editor.leaves() {
            if let Some(shape) = editor.shape(&cell.id) {
                self.ground.insert(cell.id.clone(), Ground::of(&shape));
            }
        }
        self.settle_all();
        Ok(())
    }

    fn settle_all(&mut self) {
        let all = 0..self.points.as_ref().map_or(0, Vec::len) as u32;
        self.settle(all.collect());
    }

    /// Measures what changed.
    fn follow(&mut self, delta: &Delta) {
        let Stage::Partition(editor) = &self.stage else {
            return;
        };
        self.shown = None;
        let mut astray = Vec::new();
        for id in &delta.cells {
            let before = self.ground.remove(id);
            astray.extend(before.into_iter().flat_map(|ground| ground.points));
            if let Some(shape) = editor.shape(id) {
                self.ground.insert(id.clone(), Ground::of(&shape));
            }
        }
        self.settle(astray);
    }

    /// Puts points into the leaves where they lie.
    fn settle(&mut self, points: Vec<u32>) {
        let (Stage::Partition(editor), Some(all)) = (&self.stage, &self.points) else {
            return;
        };
        for number in points {
            let point = all[number as usize];
            if let Some(ground) = editor
                .leaf_at(point.at)
                .and_then(|leaf| self.ground.get_mut(leaf))
            {
                ground.points.push(number);
                ground.weight += point.weight;
            }
        }
    }
}

impl Ground {
    pub fn of(shape: &Shape) -> Ground {
        Ground {
            area_m2: shape.area_m2(),
            at: shape.label_point(),
            points: Vec::new(),
            weight: 0.0,
        }
    }
}

/// The area of polygons as they were drawn, right or wrong, in m².
pub(crate) fn drawn_area_m2(polygons: &[Vec<gewang_grid::Ring>]) -> f64 {
    let area = |ring: &gewang_grid::Ring| gewang_grid::ring_area_m2(ring).abs();
    polygons
        .iter()
        .filter_map(|polygon| polygon.split_first())
        .map(|(outer, holes)| area(outer) - holes.iter().map(area).sum::<f64>())
        .sum()
}

/// Points as they are kept: longitude, latitude, weight, sixteen bytes each.
pub(crate) fn packed(points: &[Household]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(points.len() * 16);
    for point in points {
        bytes.extend_from_slice(&point.at.lon_units().to_be_bytes());
        bytes.extend_from_slice(&point.at.lat_units().to_be_bytes());
        bytes.extend_from_slice(&point.weight.to_be_bytes());
    }
    bytes
}

fn unpacked(bytes: &[u8]) -> Vec<Household> {
    let units = |bytes: &[u8]| bytes.try_into().map_or(0, i32::from_be_bytes);
    bytes
        .chunks_exact(16)
        .filter_map(|one| {
            let at = gewang_grid::Coord::from_units(units(&one[..4]), units(&one[4..8])).ok()?;
            let weight = one[8..].try_into().map_or(0.0, f64::from_be_bytes);
            Some(Household { at, weight })
        })
        .collect()
}
