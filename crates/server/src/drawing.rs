//! The cells of an edition as vector tiles, computed when they are asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use gewang_grid::{Coord, Outlines, Partition};

use crate::mvt::{EXTENT, Layer, Spot, Value};
use crate::projection::Datum;

/// The farthest zoom at which tiles are drawn; a map stretches those of the last one.
pub(crate) const DEEPEST: u8 = 16;
/// Tiles kept of an edition; a town has some hundred that are looked at.
const KEPT: usize = 1024;

/// Which tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// Zoom.
    pub z: u8,
    /// Column from the west.
    pub x: u32,
    /// Row from the north.
    pub y: u32,
    /// The datum of the map for which it is drawn.
    pub datum: Datum,
}

/// An edition of the cells, to be drawn.
pub(crate) struct Drawing {
    /// The edition's name.
    pub edition: String,
    partition: Arc<Partition>,
    outlines: Mutex<HashMap<u8, Arc<Outlines>>>,
    tiles: Mutex<HashMap<Place, Bytes>>,
}

impl Drawing {
    /// Nothing drawn yet.
    pub fn new(edition: String, partition: Arc<Partition>) -> Drawing {
        Drawing {
            edition,
            partition,
            outlines: Mutex::default(),
            tiles: Mutex::default(),
        }
    }

    /// West, south, east, north in degrees.
    pub fn bounds(&self) -> [f64; 4] {
        let bounds = self.partition.bounds();
        [
            bounds.min.lon(),
            bounds.min.lat(),
            bounds.max.lon(),
            bounds.max.lat(),
        ]
    }

    /// A tile; empty where there is nothing.
    pub fn tile(&self, place: Place) -> Bytes {
        let lock = || self.tiles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tile) = lock().get(&place) {
            return tile.clone();
        }
        let tile = Bytes::from(self.draw(place));
        let mut tiles = lock();
        if tiles.len() >= KEPT {
            tiles.clear();
        }
        tiles.insert(place, tile.clone());
        tile
    }

    fn outlines(&self, z: u8) -> Arc<Outlines> {
        let mut all = self.outlines.lock().unwrap_or_else(PoisonError::into_inner);
        let outlines = all.entry(z).or_insert_with(|| {
            // Half a pixel of a tile of 512: nobody sees the difference. At the last zoom nothing is left out, since a map
            // stretches it.
            let pixel_m = 40_075_016.7 / 512.0 / f64::from(1_u32 << z);
            let middle = self.partition.bounds().min.lat().to_radians();
            let tolerance_m = if z >= DEEPEST {
                0.0
            } else {
                pixel_m * middle.cos() / 2.0
            };
            Arc::new(self.partition.outlines(tolerance_m))
        });
        outlines.clone()
    }

    fn draw(&self, place: Place) -> Vec<u8> {
        let partition = &*self.partition;
        let outlines = self.outlines(place.z);
        let tiles = f64::from(1_u32 << place.z);
        let spot = |at: &Coord| -> Spot {
            let (x, y) = place.datum.square(at.lon(), at.lat());
            (
                (x * tiles - f64::from(place.x)) * EXTENT,
                (y * tiles - f64::from(place.y)) * EXTENT,
            )
        };
        let mut cells = Layer::new("cell");
        let mut labels = Layer::new("label");
        for index in partition.indices() {
            let cell = partition.cell(index);
            let depth = partition.ancestors(index).count() as u64 - 1;
            let mut tags = vec![
                ("id", Value::from(cell.id.as_str())),
                ("title_zh", Value::from(cell.name.zh.as_str())),
                ("title_en", Value::from(cell.name.en.as_str())),
                ("level", Value::from(cell.level.as_str())),
                ("depth", Value::Number(depth)),
                ("leaf", Value::Flag(partition.is_leaf(index))),
            ];
            if let Some(parent) = &cell.parent {
                tags.push(("parent", Value::from(parent.as_str())));
            }
            labels.point(spot(&partition.label_point(index)), &tags);
            let polygons: Vec<Vec<Vec<Spot>>> = outlines
                .polygons(partition, index)
                .iter()
                .map(|polygon| {
                    let ring = |ring: &Vec<Coord>| ring.iter().map(spot).collect();
                    polygon.iter().map(ring).collect()
                })
                .collect();
            cells.area(&polygons, &tags);
        }
        let mut borders = Layer::new("border");
        for arc in outlines.arcs() {
            // The highest cells that it parts: the first in which the chains from the root differ.
            let chain = |side: Option<gewang_grid::CellIndex>| {
                let mut chain: Vec<_> = side
                    .into_iter()
                    .flat_map(|leaf| partition.ancestors(leaf))
                    .collect();
                chain.reverse();
                chain
            };
            let (left, right) = (chain(arc.left), chain(arc.right));
            let common = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
            let Some(parted) = left.get(common).or(right.get(common)) else {
                continue;
            };
            let spots: Vec<Spot> = arc.points.iter().map(spot).collect();
            let level = partition.cell(*parted).level.as_str();
            borders.line(
                &spots,
                &[
                    ("level", Value::from(level)),
                    ("depth", Value::Number(common as u64)),
                ],
            );
        }
        let mut tile = Vec::new();
        cells.end(&mut tile);
        borders.end(&mut tile);
        labels.end(&mut tile);
        tile
    }
}
