use std::sync::Arc;

use gewang_grid::{Coord, Locator, Outside, ParseError, Partition, Reading};
use gewang_pack::{Text, Town};
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::wording::say;

/// The territory as rules ask it: which cell lies in which, and in which a place lies.
#[derive(Clone)]
pub struct Grid {
    partition: Arc<Partition>,
    locator: Arc<Locator>,
    cells: Vec<CellInfo>,
    index: FxHashMap<String, u32>,
    /// One past the last cell below each: a subtree is one unbroken run.
    end: Vec<u32>,
}

/// A node of the territory's tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CellInfo {
    /// Its id, which never changes.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// Its level's id.
    pub level: String,
    /// The cell above; none above the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Whether it is one of those that tile the domain.
    pub leaf: bool,
}

impl std::fmt::Debug for Grid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grid")
            .field("cells", &self.cells.len())
            .finish_non_exhaustive()
    }
}

impl Grid {
    /// Reads the cells of a town from GeoJSON, or tells every defect.
    pub(crate) fn read(cells: &str, town: &Town) -> Result<Grid, Vec<Text>> {
        let reading = Reading {
            levels: town.levels.iter().map(|level| level.id.clone()).collect(),
            ..Reading::default()
        };
        match Partition::from_geojson(cells.as_bytes(), &reading) {
            Ok(partition) => Ok(Grid::new(partition)),
            Err(ParseError::Unreadable(all)) => Err(all
                .into_iter()
                .map(|one| say(one.text.zh, one.text.en))
                .collect()),
            Err(ParseError::Defective(all)) => Err(all
                .into_iter()
                .map(|one| say(one.text.zh, one.text.en))
                .collect()),
        }
    }

    fn new(partition: Partition) -> Grid {
        let cells: Vec<CellInfo> = partition
            .indices()
            .map(|index| {
                let cell = partition.cell(index);
                CellInfo {
                    id: cell.id.as_str().to_owned(),
                    title: say(&cell.name.zh, &cell.name.en),
                    level: cell.level.clone(),
                    parent: cell
                        .parent
                        .as_ref()
                        .map(|parent| parent.as_str().to_owned()),
                    leaf: partition.is_leaf(index),
                }
            })
            .collect();
        let index = cells
            .iter()
            .enumerate()
            .map(|(index, cell)| (cell.id.clone(), index as u32))
            .collect();
        let end = partition
            .indices()
            .map(|index| {
                partition
                    .subtree(index)
                    .last()
                    .map_or(index.get(), |last| last.get()) as u32
                    + 1
            })
            .collect();
        let locator = Arc::new(Locator::new(&partition));
        Grid {
            partition: Arc::new(partition),
            locator,
            cells,
            index,
            end,
        }
    }

    /// The id of the root, which is the domain itself.
    pub fn root(&self) -> &str {
        &self.cells[self.partition.root().get()].id
    }

    /// The cell with this id.
    pub fn cell(&self, id: &str) -> Option<&CellInfo> {
        self.index.get(id).map(|index| &self.cells[*index as usize])
    }

    /// Every cell, those above before those below.
    pub fn cells(&self) -> &[CellInfo] {
        &self.cells
    }

    /// A cell and those above it, up to the root; nothing for an unknown one.
    pub fn chain(&self, cell: &str) -> Vec<&str> {
        let mut chain = Vec::with_capacity(4);
        let mut next = self.cell(cell);
        while let Some(cell) = next {
            chain.push(cell.id.as_str());
            next = cell.parent.as_deref().and_then(|parent| self.cell(parent));
        }
        chain
    }

    /// Whether `cell` is `above` itself or lies below it.
    pub fn covers(&self, above: &str, cell: &str) -> bool {
        match (self.index.get(above), self.index.get(cell)) {
            (Some(above), Some(cell)) => (*above..self.end[*above as usize]).contains(cell),
            _ => false,
        }
    }

    /// A cell and all below it; nothing for an unknown one.
    pub fn below(&self, cell: &str) -> Vec<&str> {
        let Some(index) = self.index.get(cell) else {
            return Vec::new();
        };
        let run = *index as usize..self.end[*index as usize] as usize;
        self.cells[run]
            .iter()
            .map(|cell| cell.id.as_str())
            .collect()
    }

    /// The leaf in which a place lies, or how far outside the domain it is.
    pub fn locate(&self, place: Coord) -> Result<&str, Outside> {
        match self.locator.locate(place) {
            Some(index) => Ok(&self.cells[index.get()].id),
            None => Err(self.partition.outside(place)),
        }
    }

    /// The leaf nearest to a place outside the domain, and a place in it not far from there.
    pub fn nearest(&self, outside: &Outside) -> Option<(&CellInfo, Coord)> {
        let index = outside.cell?;
        let inner = self.partition.label_point(index);
        let border = outside.nearest;
        let far = border.distance_m(inner).max(1.0);
        // From the border inwards, a few metres first: outlines are crooked, so whether it lies inside is asked.
        let inside = std::iter::successors(Some(3.0), |metres| Some(metres * 2.0))
            .take_while(|metres| *metres < far)
            .filter_map(|metres| {
                let share = metres / far;
                let along = |from: f64, to: f64| from + (to - from) * share;
                let (lon, lat) = (
                    along(border.lon(), inner.lon()),
                    along(border.lat(), inner.lat()),
                );
                Coord::from_degrees(lon, lat).ok()
            })
            .find(|place| self.locator.locate(*place) == Some(index));
        Some((&self.cells[index.get()], inside.unwrap_or(inner)))
    }

    /// The cell in which a record belongs that stands in another one, see [`new_home`].
    pub fn home(&self, cell: &str, place: Option<Coord>, closed: bool) -> Option<&str> {
        new_home(&self.partition, &self.locator, cell, place, closed)
    }

    /// The partition itself, for maps.
    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    /// The same, for a map that outlives this.
    pub fn shared_partition(&self) -> Arc<Partition> {
        self.partition.clone()
    }
}

/// The cell of a partition in which a record belongs, where that is another one than its own. An open record goes where
/// its place lies. What has no place there, or is closed, stays in its cell while that exists: what was done there stays
/// done there. When the cell is gone it goes where its place lies, or else to the root, so that it is not lost.
pub fn new_home<'p>(
    partition: &'p Partition,
    locator: &Locator,
    cell: &str,
    place: Option<Coord>,
    closed: bool,
) -> Option<&'p str> {
    let gone = partition.index_of(cell).is_none();
    if closed && !gone {
        return None;
    }
    let there = place.and_then(|place| locator.locate(place));
    let home = there.or_else(|| gone.then(|| partition.root()))?;
    let id = partition.cell(home).id.as_str();
    (id != cell).then_some(id)
}
