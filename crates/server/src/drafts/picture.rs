//! A draft as it is drawn in the browser.

use gewang_grid::{Cell, CellId, Coord, Defect, DrawnArc, Editor, Layer};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::view::{
    Changed, DefectView, DraftView, Drawing, DrawnBorder, DrawnCell, DrawnShape, Gone,
};
use super::work::{Difference, Ground, Stage, Work, drawn_area_m2};

/// Longitude and latitude in degrees.
pub(crate) type LonLat = [f64; 2];

/// A place as it is sent.
pub(crate) fn lon_lat(place: Coord) -> LonLat {
    [place.lon(), place.lat()]
}

impl Work {
    /// The whole drawing.
    pub fn drawing(&self) -> Drawing {
        drawing(
            &self.stage,
            self.version,
            &self.ground,
            self.points.is_some(),
        )
    }

    /// What a change left otherwise.
    pub fn changed(&self, draft: DraftView, difference: Difference) -> Changed {
        let mut changed = Changed {
            draft,
            gone: Gone::default(),
            arcs: Vec::new(),
            cells: Vec::new(),
            drawing: None,
        };
        let (Difference::Some(delta), Stage::Partition(editor)) = (difference, &self.stage) else {
            changed.drawing = Some(self.drawing());
            return changed;
        };
        changed.gone.arcs = delta.taken.iter().map(|arc| name(arc.id)).collect();
        changed.arcs = delta.put.iter().map(border).collect();
        let gone = delta.cells.iter().filter(|id| editor.cell(id).is_none());
        changed.gone.cells = gone.map(ToString::to_string).collect();
        let pens = Pens::new(editor, &self.ground, self.points.is_some());
        let mut told: Vec<CellId> = Vec::new();
        for id in delta.cells {
            let mut next = Some(id);
            while let Some(id) = next {
                next = editor.cell(&id).and_then(|cell| cell.parent.clone());
                told.push(id);
            }
        }
        told.sort();
        told.dedup();
        let cells = told.iter().filter_map(|id| editor.cell(id));
        changed.cells = cells.map(|cell| pens.cell(cell)).collect();
        changed
    }
}

/// A drawing that is no draft's own, as a repair would leave it.
pub(crate) fn drawing_of(stage: &Stage, version: u64) -> Drawing {
    let mut ground = FxHashMap::default();
    if let Stage::Partition(editor) = stage {
        for cell in editor.leaves() {
            if let Some(shape) = editor.shape(&cell.id) {
                ground.insert(cell.id.clone(), Ground::of(&shape));
            }
        }
    }
    drawing(stage, version, &ground, false)
}

fn drawing(
    stage: &Stage,
    version: u64,
    ground: &FxHashMap<CellId, Ground>,
    counted: bool,
) -> Drawing {
    match stage {
        Stage::Partition(editor) => {
            let pens = Pens::new(editor, ground, counted);
            let cells = editor.uppers().iter().chain(editor.leaves());
            let mut bounds = Around::default();
            let arcs = editor.arcs().map(|arc| {
                if arc.left.is_none() || arc.right.is_none() {
                    arc.points.iter().for_each(|place| bounds.add(*place));
                }
                border(&arc)
            });
            let arcs = arcs.collect();
            Drawing {
                version,
                bounds: bounds.0.unwrap_or([0.0; 4]),
                cells: cells.map(|cell| pens.cell(cell)).collect(),
                arcs,
                shapes: Vec::new(),
            }
        }
        Stage::Defective { layer, .. } => drawn(layer, version),
    }
}

fn drawn(layer: &Layer, version: u64) -> Drawing {
    let said = |at: usize, key: &str| -> Option<String> {
        Some(layer.features[at].attributes.get(key)?.as_str()?.to_owned())
    };
    let mut bounds = Around::default();
    let (mut cells, mut shapes) = (Vec::new(), Vec::new());
    for (at, feature) in layer.features.iter().enumerate() {
        let id = said(at, "id").unwrap_or_default();
        let mut own = Around::default();
        let polygons = feature.shape.as_deref().unwrap_or_default();
        for place in polygons.iter().flatten().flatten() {
            bounds.add(*place);
            own.add(*place);
        }
        let [west, south, east, north] = own.0.unwrap_or([0.0; 4]);
        cells.push(DrawnCell {
            title: gewang_grid::Text::new(
                said(at, "zh").unwrap_or_default(),
                said(at, "en").unwrap_or_default(),
            ),
            level: said(at, "level").unwrap_or_default(),
            parent: said(at, "parent"),
            leaf: feature.shape.is_some(),
            area_m2: drawn_area_m2(polygons),
            households: None,
            at: [(west + east) / 2.0, (south + north) / 2.0],
            codes: Vec::new(),
            id: id.clone(),
        });
        shapes.push(DrawnShape {
            feature: at + 1,
            cell: id,
            geometry: feature.shape.as_ref().map_or(
                Value::Null,
                |polygons| json!({ "type": "MultiPolygon", "coordinates": polygons }),
            ),
        });
    }
    Drawing {
        version,
        bounds: bounds.0.unwrap_or([0.0; 4]),
        cells,
        arcs: Vec::new(),
        shapes,
    }
}

/// What draws the cells of a partition, with the sums of those above.
struct Pens<'a> {
    ground: &'a FxHashMap<CellId, Ground>,
    uppers: FxHashMap<CellId, (f64, f64, LonLat)>,
    counted: bool,
}

impl<'a> Pens<'a> {
    fn new(editor: &Editor, ground: &'a FxHashMap<CellId, Ground>, counted: bool) -> Pens<'a> {
        let mut sums: FxHashMap<CellId, (f64, f64, [f64; 2])> = FxHashMap::default();
        let parents: FxHashMap<&CellId, &CellId> = editor
            .uppers()
            .iter()
            .filter_map(|cell| Some((&cell.id, cell.parent.as_ref()?)))
            .collect();
        let chain = |cell: &Cell| {
            std::iter::successors(cell.parent.clone(), |id| {
                parents.get(id).map(|parent| (*parent).clone())
            })
        };
        for leaf in editor.leaves() {
            let Some(own) = ground.get(&leaf.id) else {
                continue;
            };
            for above in chain(leaf) {
                let sum = sums.entry(above).or_default();
                sum.0 += own.area_m2;
                sum.1 += own.weight;
                sum.2[0] += own.at.lon() * own.area_m2;
                sum.2[1] += own.at.lat() * own.area_m2;
            }
        }
        // The name of an upper cell stands in the leaf that is nearest to the middle of all.
        let mut best: FxHashMap<CellId, (f64, LonLat)> = FxHashMap::default();
        for leaf in editor.leaves() {
            let Some(own) = ground.get(&leaf.id) else {
                continue;
            };
            for above in chain(leaf) {
                let (area, _, middle) = sums[&above];
                let at = lon_lat(own.at);
                let far = (at[0] - middle[0] / area).powi(2) + (at[1] - middle[1] / area).powi(2);
                let nearest = best.entry(above).or_insert((far, at));
                if far < nearest.0 {
                    *nearest = (far, at);
                }
            }
        }
        let uppers = sums.into_iter().map(|(id, (area, weight, _))| {
            let at = best.get(&id).map_or([0.0; 2], |(_, at)| *at);
            (id, (area, weight, at))
        });
        Pens {
            ground,
            uppers: uppers.collect(),
            counted,
        }
    }

    fn cell(&self, cell: &Cell) -> DrawnCell {
        let own = self.ground.get(&cell.id);
        let (area_m2, weight, at) = match (own, self.uppers.get(&cell.id)) {
            (Some(own), _) => (own.area_m2, own.weight, lon_lat(own.at)),
            (None, Some(sum)) => *sum,
            (None, None) => (0.0, 0.0, [0.0; 2]),
        };
        DrawnCell {
            id: cell.id.to_string(),
            title: cell.name.clone(),
            level: cell.level.clone(),
            parent: cell.parent.as_ref().map(ToString::to_string),
            leaf: own.is_some(),
            area_m2,
            households: self.counted.then_some(weight),
            at,
            codes: cell.codes.clone(),
        }
    }
}

fn border(arc: &DrawnArc) -> DrawnBorder {
    DrawnBorder {
        id: name(arc.id),
        left: arc.left.as_ref().map(ToString::to_string),
        right: arc.right.as_ref().map(ToString::to_string),
        line: arc.points.iter().map(|place| lon_lat(*place)).collect(),
    }
}

fn name(id: u64) -> String {
    format!("{id:016x}")
}

/// A defect as it is sent.
pub(crate) fn defect(defect: &Defect) -> DefectView {
    DefectView {
        kind: defect.kind,
        sliver: defect.sliver,
        cells: defect.cells.iter().map(ToString::to_string).collect(),
        area_m2: defect.area_m2,
        at: defect.at.map(lon_lat),
        geometry: outline(&defect.rings, defect.at),
        text: defect.text.clone(),
    }
}

/// A polygon of rings that have an area, else the place.
pub(crate) fn outline(rings: &[Vec<Coord>], at: Option<Coord>) -> Value {
    let rings: Vec<Vec<Coord>> = rings
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
    match (rings.is_empty(), at) {
        (false, _) => json!({ "type": "Polygon", "coordinates": rings }),
        (true, Some(at)) => json!({ "type": "Point", "coordinates": at }),
        (true, None) => Value::Null,
    }
}

/// The box around places.
#[derive(Default)]
struct Around(Option<[f64; 4]>);

impl Around {
    fn add(&mut self, place: Coord) {
        let (lon, lat) = (place.lon(), place.lat());
        let [west, south, east, north] = self.0.get_or_insert([lon, lat, lon, lat]);
        *west = west.min(lon);
        *south = south.min(lat);
        *east = east.max(lon);
        *north = north.max(lat);
    }
}
