//! A draft as it is worked on: its drawing in memory, made of what the store keeps.

use gewang_grid::{
    CellId, Defect, Delta, Edit, Editor, Household, Layer, ParseError, Partition, Reading, Refusal,
    Shape,
};
use gewang_store::{Draft, Reader};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::problems;
use super::tiles::Shown;
use super::view::{Facts, PointsView, State};
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
    /// Of each leaf of a partition.
    pub ground: FxHashMap<CellId, Ground>,
    /// Its tiles.
    pub shown: Option<Shown>,
}

impl Stage {
    /// A drawing in our own words.
    pub fn of(layer: Layer, levels: &[String]) -> Outcome<Stage> {
        match Partition::from_layer(&layer, &reading(levels)) {
            Ok(partition) => Ok(Stage::Partition(Box::new(Editor::new(&partition)))),
            Err(ParseError::Defective(defects)) => Ok(Stage::Defective { layer, defects }),
            Err(ParseError::Unreadable(faults)) => Err(problems::unreadable(&faults)),
        }
    }

    /// A drawing that was kept.
    pub fn kept(bytes: &[u8], levels: &[String]) -> Outcome<Stage> {
        let layer = Layer::from_geojson(bytes).map_err(|faults| problems::unreadable(&faults))?;
        Stage::of(layer, levels)
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
        let points = reader.draft_points(id)?.map(|bytes| unpacked(&bytes));
        let mut work = Work {
            version: draft.version,
            applied: kept,
            stage: Stage::kept(&body, &levels)?,
            steps: Vec::new(),
            levels,
            points,
            ground: FxHashMap::default(),
            shown: None,
        };
        for edit in reader.draft_edits_between(id, kept + 1, applied)? {
            let edit: Edit = serde_json::from_str(&edit).map_err(|_| problems::stale_draft())?;
            work.make(&edit).map_err(|_| problems::stale_draft())?;
        }
        work.survey();
        Ok(work)
    }

    /// A drawing with which a draft begins.
    pub fn begun(stage: Stage, levels: Vec<String>) -> Work {
        let mut work = Work {
            version: 0,
            applied: 0,
            stage,
            steps: Vec::new(),
            levels,
            points: None,
            ground: FxHashMap::default(),
            shown: None,
        };
        work.survey();
        work
    }

    /// What a list shows of it.
    pub fn facts(&self, before: &Facts) -> Facts {
        let (state, leaves, defects, area_m2) = match &self.stage {
            Stage::Partition(editor) => {
                let area = self.ground.values().map(|ground| ground.area_m2).sum();
                (State::Partition, editor.leaves().count(), 0, area)
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
    pub fn replace(&mut self, stage: Stage) -> Difference {
        self.stage = stage;
        self.steps.clear();
        self.applied += 1;
        self.survey();
        Difference::All
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
        self.survey();
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

    /// Measures every leaf.
    fn survey(&mut self) {
        self.ground.clear();
        self.shown = None;
        let Stage::Partition(editor) = &self.stage else {
            return;
        };
        for cell in editor.leaves() {
            if let Some(shape) = editor.shape(&cell.id) {
                self.ground.insert(cell.id.clone(), Ground::of(&shape));
            }
        }
        let all = 0..self.points.as_ref().map_or(0, Vec::len) as u32;
        self.settle(all.collect());
    }

    /// Measures what changed.
    fn follow(&mut self, delta: &Delta) {
        let Stage::Partition(editor) = &self.stage else {
            return;
        };
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
