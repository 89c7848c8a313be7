//! A drawing of the cells at one zoom, from which its tiles are cut.

use std::collections::HashMap;
use std::ops::Range;

use gewang_grid::{CellIndex, Coord, Partition};

use crate::mvt::{
    Count, EXTENT, Key, Layer, MARGIN, Pen, Shape, Spot, Tag, Value, Words, twice_area,
};
use crate::projection::Datum;

/// The farthest zoom at which tiles are drawn; a map stretches those of the last one.
pub(crate) const DEEPEST: u8 = 16;
/// Units of a tile to a pixel of a map, which shows a tile on 512 of them.
const PIXEL: i32 = EXTENT / 512;
/// A cell narrower than this is only a spot of colour: it has no name to read, and its borders hide it.
const SPECK: i32 = 6 * PIXEL;
/// In a cell narrower than this no name can stand.
const NAMELESS: i32 = 16 * PIXEL;

/// The drawing. Places are whole units of the tiles of its zoom, counted from the north-west of the world, so what
/// neighbours share is the same place for both, whichever tile it is cut for.
pub struct Sheet {
    words: Words,
    open: Key,
    late: Key,
    areas: Vec<Area>,
    rings: Vec<Ring>,
    strokes: Vec<Stroke>,
    labels: Vec<Label>,
    spots: Vec<Spot>,
    tiles: HashMap<Spot, Listed>,
}

struct Area {
    cell: CellIndex,
    rings: Range<usize>,
    tags: Vec<Tag>,
}

struct Ring {
    spots: Range<usize>,
    outer: bool,
}

/// A stretch of border.
struct Stroke {
    spots: Range<usize>,
    tags: [Tag; 2],
}

struct Label {
    cell: CellIndex,
    at: Spot,
    tags: Vec<Tag>,
}

/// What of a sheet a tile may have, by its number.
#[derive(Default)]
struct Listed {
    areas: Vec<u32>,
    strokes: Vec<u32>,
    labels: Vec<u32>,
}

/// What is counted in a cell and all below it, now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Under way.
    pub open: u64,
    /// Of these, late.
    pub late: u64,
}

impl Sheet {
    /// Draws all cells for the tiles of a zoom.
    pub fn new(partition: &Partition, z: u8, datum: Datum) -> Sheet {
        let mut words = Words::default();
        let (open, late) = (words.key("open"), words.key("late"));
        let mut sheet = Sheet {
            words,
            open,
            late,
            areas: Vec::new(),
            rings: Vec::new(),
            strokes: Vec::new(),
            labels: Vec::new(),
            spots: Vec::new(),
            tiles: HashMap::new(),
        };
        let units = f64::from(1_u32 << z) * f64::from(EXTENT);
        let spot = |at: &Coord| -> Spot {
            let (x, y) = datum.square(at.lon(), at.lat());
            ((x * units).round() as i32, (y * units).round() as i32)
        };
        // At the last zoom nothing is left out, since a map stretches it.
        let tolerance_m = match z {
            DEEPEST.. => 0.0,
            _ => {
                let middle = partition.bounds().min.lat().to_radians();
                40_075_016.7 / units * middle.cos() * f64::from(PIXEL) * 0.75
            }
        };
        let outlines = partition.outlines(tolerance_m);
        let polygons = outlines.polygons(partition);
        let widths: Vec<i32> = partition
            .indices()
            .map(|index| sheet.area(partition, index, &polygons[index.get()], &spot))
            .collect();
        for arc in outlines.arcs() {
            sheet.stroke(partition, arc, &widths, &spot);
        }
        sheet
    }

    /// Takes in a cell; how wide it is, in units.
    fn area(
        &mut self,
        partition: &Partition,
        index: CellIndex,
        polygons: &[Vec<Vec<Coord>>],
        spot: &impl Fn(&Coord) -> Spot,
    ) -> i32 {
        let begin = self.rings.len();
        for polygon in polygons {
            for (place, ring) in polygon.iter().enumerate() {
                let mut ring: Vec<Spot> = ring.iter().map(spot).collect();
                ring.dedup();
                while ring.len() > 1 && ring.first() == ring.last() {
                    ring.pop();
                }
                let (area, outer) = (twice_area(&ring), place == 0);
                if area == 0 {
                    if outer {
                        break;
                    }
                    continue;
                }
                // As the format wants them, and so that their bytes do not depend on where a border begins.
                if (area > 0) != outer {
                    ring.reverse();
                }
                let first = (0..ring.len()).min_by_key(|at| ring[*at]).unwrap_or(0);
                ring.rotate_left(first);
                let from = self.spots.len();
                self.spots.extend(ring);
                self.rings.push(Ring {
                    spots: from..self.spots.len(),
                    outer,
                });
            }
        }
        let rings = begin..self.rings.len();
        let Some(first) = self.rings.get(begin) else {
            return 0;
        };
        let (low, high) = around(&self.spots[first.spots.start..]);
        let width = (high.0 - low.0).max(high.1 - low.1);
        let cell = partition.cell(index);
        let depth = partition.ancestors(index).count() as u64 - 1;
        let words = &mut self.words;
        let mut tags = vec![
            words.tag("id", cell.id.as_str()),
            words.tag("depth", Value::Number(depth)),
            words.tag("leaf", Value::Flag(partition.is_leaf(index))),
        ];
        if width >= SPECK {
            tags.push(words.tag("title_zh", cell.name.zh.as_str()));
            tags.push(words.tag("title_en", cell.name.en.as_str()));
            tags.push(words.tag("level", cell.level.as_str()));
            if let Some(parent) = &cell.parent {
                tags.push(words.tag("parent", parent.as_str()));
            }
        }
        if width >= NAMELESS {
            let at = spot(&partition.label_point(index));
            let number = self.labels.len() as u32;
            let tile = (at.0.div_euclid(EXTENT), at.1.div_euclid(EXTENT));
            self.tiles.entry(tile).or_default().labels.push(number);
            self.labels.push(Label {
                cell: index,
                at,
                tags: tags.clone(),
            });
        }
        let number = self.areas.len() as u32;
        self.list(low, high, |listed| listed.areas.push(number));
        self.areas.push(Area {
            cell: index,
            rings,
            tags,
        });
        width
    }

    /// Takes in a border, unless it parts nothing but specks.
    fn stroke(
        &mut self,
        partition: &Partition,
        arc: &gewang_grid::Arc,
        widths: &[i32],
        spot: &impl Fn(&Coord) -> Spot,
    ) {
        // The highest cells that it parts: the first in which the chains from the root differ.
        let chain = |side: Option<CellIndex>| {
            let leaf = side.into_iter();
            let mut chain: Vec<_> = leaf.flat_map(|leaf| partition.ancestors(leaf)).collect();
            chain.reverse();
            chain
        };
        let (left, right) = (chain(arc.left), chain(arc.right));
        let common = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
        let parted = [left.get(common), right.get(common)];
        let Some(highest) = parted.into_iter().flatten().next() else {
            return;
        };
        if parted
            .iter()
            .all(|cell| cell.is_some_and(|cell| widths[cell.get()] < SPECK))
        {
            return;
        }
        let mut line: Vec<Spot> = arc.points.iter().map(spot).collect();
        line.dedup();
        if line.len() < 2 {
            return;
        }
        let level = partition.cell(*highest).level.as_str();
        let tags = [
            self.words.tag("level", level),
            self.words.tag("depth", Value::Number(common as u64)),
        ];
        let (low, high) = around(&line);
        let from = self.spots.len();
        self.spots.extend(line);
        let number = self.strokes.len() as u32;
        self.list(low, high, |listed| listed.strokes.push(number));
        self.strokes.push(Stroke {
            spots: from..self.spots.len(),
            tags,
        });
    }

    /// Notes something for every tile that may show it.
    fn list(&mut self, low: Spot, high: Spot, note: impl Fn(&mut Listed)) {
        let tile = |unit: i32| unit.div_euclid(EXTENT);
        for x in tile(low.0 - MARGIN)..=tile(high.0 + MARGIN) {
            for y in tile(low.1 - MARGIN)..=tile(high.1 + MARGIN) {
                note(self.tiles.entry((x, y)).or_default());
            }
        }
    }

    /// The columns and rows of the tiles that have something.
    pub fn places(&self) -> impl Iterator<Item = (i32, i32)> {
        self.tiles.keys().copied()
    }

    /// A tile by its column and row; empty where there is nothing. With `counted`, cells and names tell how much is open and
    /// late in them.
    pub fn tile(&self, x: i32, y: i32, counted: Option<&[Counted]>) -> Vec<u8> {
        let Some(listed) = self.tiles.get(&(x, y)) else {
            return Vec::new();
        };
        let moved = |spot: &Spot| (spot.0 - x * EXTENT, spot.1 - y * EXTENT);
        let counts = |cell: CellIndex| -> Option<[Count; 2]> {
            let Counted { open, late } = *counted?.get(cell.get())?;
            Some([(self.open, open), (self.late, late)])
        };
        let mut pen = Pen::default();
        let mut near: Vec<Spot> = Vec::new();
        let take = |spots: &Range<usize>, near: &mut Vec<Spot>| {
            near.clear();
            near.extend(self.spots[spots.clone()].iter().map(moved));
        };
        let mut cells = Layer::new("cell", &self.words);
        for area in &listed.areas {
            let area = &self.areas[*area as usize];
            let mut outer = false;
            for ring in &self.rings[area.rings.clone()] {
                // Where nothing is left of an outer ring, nothing is of its holes.
                if ring.outer || outer {
                    take(&ring.spots, &mut near);
                    let left = pen.ring(&near);
                    outer = if ring.outer { left } else { outer };
                }
            }
            let counts = counts(area.cell);
            let counts = counts.as_ref().map_or(&[][..], |counts| counts);
            cells.feature(Shape::Polygon, &mut pen, &area.tags, counts);
        }
        let mut borders = Layer::new("border", &self.words);
        // Those of one kind are one feature.
        let mut kinds: Vec<([Tag; 2], Vec<&Stroke>)> = Vec::new();
        for stroke in &listed.strokes {
            let stroke = &self.strokes[*stroke as usize];
            match kinds.iter_mut().find(|(tags, _)| *tags == stroke.tags) {
                Some((_, strokes)) => strokes.push(stroke),
                None => kinds.push((stroke.tags, vec![stroke])),
            }
        }
        for (tags, strokes) in kinds {
            for stroke in strokes {
                take(&stroke.spots, &mut near);
                pen.line(&near);
            }
            borders.feature(Shape::Line, &mut pen, &tags, &[]);
        }
        let mut names = Layer::new("label", &self.words);
        for label in &listed.labels {
            let label = &self.labels[*label as usize];
            pen.point(moved(&label.at));
            let counts = counts(label.cell);
            let counts = counts.as_ref().map_or(&[][..], |counts| counts);
            names.feature(Shape::Point, &mut pen, &label.tags, counts);
        }
        let mut tile = Vec::new();
        cells.end(&mut tile);
        borders.end(&mut tile);
        names.end(&mut tile);
        tile
    }
}

/// The box around places.
fn around(spots: &[Spot]) -> (Spot, Spot) {
    let first = spots.first().copied().unwrap_or_default();
    spots.iter().fold((first, first), |(low, high), spot| {
        (
            (low.0.min(spot.0), low.1.min(spot.1)),
            (high.0.max(spot.0), high.1.max(spot.1)),
        )
    })
}

#[cfg(test)]
mod tests;
