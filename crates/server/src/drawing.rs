//! The cells of an edition as vector tiles, computed when they are asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use gewang_grid::Partition;

use crate::projection::Datum;
use crate::sheet::{Counted, Sheet};

/// Tiles kept of an edition; a town has some hundred that are looked at.
const KEPT: usize = 1024;
/// Sheets kept of an edition: every zoom in either datum would be twice as many.
const SHEETS: usize = 17;

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
    sheets: Mutex<HashMap<(u8, Datum), Arc<Sheet>>>,
    tiles: Mutex<HashMap<Place, Bytes>>,
}

impl Drawing {
    /// Nothing drawn yet.
    pub fn new(edition: String, partition: Arc<Partition>) -> Drawing {
        Drawing {
            edition,
            partition,
            sheets: Mutex::default(),
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
        let tile = Bytes::from(self.cut(place, None));
        let mut tiles = lock();
        if tiles.len() >= KEPT {
            tiles.clear();
        }
        tiles.insert(place, tile.clone());
        tile
    }

    /// A tile with what is counted in each cell, in the order of the partition's.
    pub fn counted(&self, place: Place, counted: &[Counted]) -> Vec<u8> {
        self.cut(place, Some(counted))
    }

    /// The partition that is drawn.
    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    fn cut(&self, place: Place, counted: Option<&[Counted]>) -> Vec<u8> {
        let sheet = self.sheet(place.z, place.datum);
        sheet.tile(place.x as i32, place.y as i32, counted)
    }

    fn sheet(&self, z: u8, datum: Datum) -> Arc<Sheet> {
        let mut sheets = self.sheets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sheet) = sheets.get(&(z, datum)) {
            return sheet.clone();
        }
        if sheets.len() >= SHEETS {
            sheets.clear();
        }
        // Whoever else wants a tile of this edition waits: it would need this sheet or the processor.
        let sheet = Arc::new(Sheet::new(&self.partition, z, datum));
        sheets.insert((z, datum), sheet.clone());
        sheet
    }
}
