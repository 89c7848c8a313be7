//! The value that cannot overlap or leak.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Map, Value};

use crate::{
    cell::{Cell, CellId, CellIndex},
    check::{self, Checked},
    coord::{Bounds, Coord},
    head,
    layer::Layer,
    reading::{ParseError, Reading},
    shape::{Ring, Shape},
    topology::{self, Arc},
};

/// A tree of cells whose leaves tile the domain: no gap, no overlap.
///
/// Only parsing makes one, so whoever holds it need not ask. Cells stand depth first: a parent before its children, a
/// subtree in one run, the root at 0.
#[derive(Clone, Debug)]
pub struct Partition {
    cells: Vec<Cell>,
    parent: Vec<Option<CellIndex>>,
    end: Vec<u32>,
    shapes: Vec<Option<Shape>>,
    labels: Vec<Coord>,
    areas_m2: Vec<f64>,
    arcs: Vec<Arc>,
    by_id: FxHashMap<CellId, CellIndex>,
    bounds: Bounds,
    about: Map<String, Value>,
}

impl Partition {
    /// Reads a GeoJSON feature collection, one feature a cell: leaves with a Polygon or MultiPolygon, upper cells
    /// without geometry, or with exactly the union of their leaves.
    pub fn from_geojson(bytes: &[u8], reading: &Reading) -> Result<Partition, ParseError> {
        let layer = Layer::from_geojson(bytes).map_err(ParseError::Unreadable)?;
        Partition::from_layer(&layer, reading)
    }

    /// Makes a partition of a layer, whatever its file was, or tells everything that stands against it.
    pub fn from_layer(layer: &Layer, reading: &Reading) -> Result<Partition, ParseError> {
        Partition::within(layer, None, reading)
    }

    /// The same where the leaves must fill a boundary exactly (see [`crate::check()`]).
    pub fn within(
        layer: &Layer,
        boundary: Option<&Layer>,
        reading: &Reading,
    ) -> Result<Partition, ParseError> {
        let heads = head::heads(layer, reading).map_err(ParseError::Unreadable)?;
        let checked =
            check::examine(layer, &heads, boundary, reading).map_err(ParseError::Unreadable)?;
        if !checked.defects.is_empty() {
            return Err(ParseError::Defective(checked.defects));
        }
        let Checked { tree, net, .. } = checked;
        let mut index_of = vec![CellIndex(0); heads.len()];
        for (place, &head) in tree.order.iter().enumerate() {
            index_of[head as usize] = CellIndex(place as u32);
        }
        let level = |place: usize| {
            let depth = tree.depth[place] as usize;
            let level = reading.levels.get(depth).or(reading.levels.last());
            level.cloned().unwrap_or_else(|| format!("level-{depth}"))
        };
        let cells: Vec<Cell> = tree
            .order
            .iter()
            .enumerate()
            .map(|(place, &head)| head::cell(&heads[head as usize], layer, reading, level(place)))
            .collect();
        let mut shapes = vec![None; cells.len()];
        for (place, area) in net.areas.iter().enumerate() {
            shapes[index_of[area.owner as usize].get()] = Some(net.shape(place));
        }
        let arcs = topology::arcs(&net, &index_of);
        Ok(Partition::put_together(
            cells,
            tree.end,
            shapes,
            arcs,
            layer.about.clone(),
        ))
    }

    /// A partition of parts that are known to fit.
    pub(crate) fn put_together(
        cells: Vec<Cell>,
        end: Vec<u32>,
        shapes: Vec<Option<Shape>>,
        arcs: Vec<Arc>,
        about: Map<String, Value>,
    ) -> Partition {
        let bounds = Bounds::around(arcs.iter().flat_map(|arc| arc.points.iter().copied()))
            .expect("a root that is a leaf has a shape, and every other one has leaves");
        let by_id: FxHashMap<CellId, CellIndex> = cells
            .iter()
            .enumerate()
            .map(|(i, cell)| (cell.id.clone(), CellIndex(i as u32)))
            .collect();
        let parent = cells
            .iter()
            .map(|cell| cell.parent.as_ref().map(|id| by_id[id]))
            .collect();
        let mut partition = Partition {
            parent,
            end,
            labels: Vec::new(),
            areas_m2: Vec::new(),
            arcs,
            by_id,
            bounds,
            about,
            cells,
            shapes,
        };
        partition.measure();
        partition
    }

    /// Areas and label points, the upper ones from those below.
    fn measure(&mut self) {
        let count = self.cells.len();
        self.areas_m2 = vec![0.0; count];
        self.labels = vec![self.bounds.min; count];
        for i in (0..count).rev() {
            if let Some(shape) = &self.shapes[i] {
                self.areas_m2[i] = shape.area_m2();
                self.labels[i] = shape.label_point();
            } else {
                self.labels[i] = self.middle_leaf(i);
            }
            if let Some(parent) = self.parent[i] {
                self.areas_m2[parent.get()] += self.areas_m2[i];
            }
        }
    }

    /// The label of the leaf that lies nearest to the middle of all leaves below.
    fn middle_leaf(&self, i: usize) -> Coord {
        let leaves = || (i..self.end[i] as usize).filter(|&leaf| self.shapes[leaf].is_some());
        let (mut lon, mut lat, mut weight) = (0.0, 0.0, 0.0);
        for leaf in leaves() {
            let area = self.areas_m2[leaf].max(f64::MIN_POSITIVE);
            lon += self.labels[leaf].lon() * area;
            lat += self.labels[leaf].lat() * area;
            weight += area;
        }
        let far = |place: Coord| {
            (place.lon() - lon / weight).powi(2) + (place.lat() - lat / weight).powi(2)
        };
        leaves()
            .map(|leaf| self.labels[leaf])
            .min_by(|&a, &b| far(a).total_cmp(&far(b)))
            .unwrap_or(self.bounds.min)
    }

    /// Every cell, depth first.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Every index, depth first.
    pub fn indices(&self) -> impl Iterator<Item = CellIndex> + use<> {
        (0..self.cells.len() as u32).map(CellIndex)
    }

    /// The cell at an index of this partition.
    pub fn cell(&self, index: CellIndex) -> &Cell {
        &self.cells[index.get()]
    }

    /// The index of an id.
    pub fn index_of(&self, id: &str) -> Option<CellIndex> {
        self.by_id.get(id).copied()
    }

    /// The cell of an id.
    pub fn get(&self, id: &str) -> Option<&Cell> {
        self.index_of(id).map(|index| self.cell(index))
    }

    /// The root, which is the domain itself.
    pub fn root(&self) -> CellIndex {
        CellIndex(0)
    }

    /// The leaves, depth first.
    pub fn leaves(&self) -> impl Iterator<Item = CellIndex> + '_ {
        self.indices().filter(|&index| self.is_leaf(index))
    }

    /// Whether a cell has none below it.
    pub fn is_leaf(&self, index: CellIndex) -> bool {
        self.shapes[index.get()].is_some()
    }

    /// The cell directly above; `None` for the root.
    pub fn parent(&self, index: CellIndex) -> Option<CellIndex> {
        self.parent[index.get()]
    }

    /// The cells directly below.
    pub fn children(&self, index: CellIndex) -> impl Iterator<Item = CellIndex> + '_ {
        let subtree = self.subtree_range(index);
        let mut next = subtree.start + 1;
        std::iter::from_fn(move || {
            let child = (next < subtree.end).then_some(CellIndex(next))?;
            next = self.end[child.get()];
            Some(child)
        })
    }

    /// The cell itself and those above it, up to the root.
    pub fn ancestors(&self, index: CellIndex) -> impl Iterator<Item = CellIndex> + '_ {
        std::iter::successors(Some(index), |&at| self.parent(at))
    }

    /// Whether a cell is `ancestor` itself or lies anywhere below it.
    pub fn is_below(&self, index: CellIndex, ancestor: CellIndex) -> bool {
        self.subtree_range(ancestor).contains(&index.0)
    }

    /// The cell itself and everything below it.
    pub fn subtree(&self, index: CellIndex) -> impl Iterator<Item = CellIndex> + use<> {
        self.subtree_range(index).map(CellIndex)
    }

    fn subtree_range(&self, index: CellIndex) -> Range<u32> {
        index.0..self.end[index.get()]
    }

    /// The shape of a leaf; `None` for an upper cell, whose shape [`Partition::polygons`] puts together.
    pub fn shape(&self, index: CellIndex) -> Option<&Shape> {
        self.shapes[index.get()].as_ref()
    }

    /// The outline of any cell: polygons, each an outer ring (anticlockwise) and its holes (clockwise).
    pub fn polygons(&self, index: CellIndex) -> Vec<Vec<Ring>> {
        if let Some(shape) = self.shape(index) {
            return shape.polygons().to_vec();
        }
        let inside = |side: Option<CellIndex>| side.is_some_and(|leaf| self.is_below(leaf, index));
        let mut edges = Vec::new();
        for arc in &self.arcs {
            let pairs = arc.points.windows(2);
            match (inside(arc.left), inside(arc.right)) {
                (true, false) => edges.extend(pairs.map(|pair| (pair[0], pair[1]))),
                (false, true) => edges.extend(pairs.map(|pair| (pair[1], pair[0]))),
                _ => {}
            }
        }
        topology::polygons(&edges)
    }

    /// The shared borders.
    pub fn arcs(&self) -> &[Arc] {
        &self.arcs
    }

    /// The leaves that share a stretch of border with a cell, in order, none of them below it.
    pub fn neighbours(&self, index: CellIndex) -> Vec<CellIndex> {
        let inside = |leaf: CellIndex| self.is_below(leaf, index);
        let mut found = FxHashSet::default();
        for arc in &self.arcs {
            if let (Some(left), Some(right)) = (arc.left, arc.right) {
                match (inside(left), inside(right)) {
                    (true, false) => found.insert(right),
                    (false, true) => found.insert(left),
                    _ => false,
                };
            }
        }
        let mut found: Vec<CellIndex> = found.into_iter().collect();
        found.sort_unstable();
        found
    }

    /// A place well inside a leaf, or inside the middle leaf of an upper cell.
    pub fn label_point(&self, index: CellIndex) -> Coord {
        self.labels[index.get()]
    }

    /// Area in m² on the ellipsoid.
    pub fn area_m2(&self, index: CellIndex) -> f64 {
        self.areas_m2[index.get()]
    }

    /// The box around the domain.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// What the file said of the collection as a whole, as its licence or that it is made up.
    pub fn about(&self) -> &Map<String, Value> {
        &self.about
    }
}
