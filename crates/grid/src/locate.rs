//! In which cell a place lies.
//!
//! A table of boxes lies over the domain. A box that no border passes holds its answer. Any other has a note with the
//! leaf at its south-western corner and the stretches of border that pass it: from the corner one walks up and then right
//! to the place, and at each edge crossed adds the number of the leaf entered and takes away that of the leaf left. The
//! sum telescopes to the leaf at the end of the walk, in whichever order the edges come; every crossing is decided
//! exactly on integers. So most places cost one access to memory, and the others two.

use crate::{
    cell::CellIndex,
    compile::compile,
    coord::{Bounds, Coord},
    notes::{self, Walk},
    partition::Partition,
};

/// Marks a table entry that is the place of a note.
pub(crate) const MIXED: u32 = 1 << 31;
/// Marks a note whose places take two words each.
pub(crate) const WIDE: u32 = 1 << 30;
/// Boxes for each edge of the borders: more make the table larger, fewer make more places walk.
const BOXES_PER_EDGE: f64 = 2.6;
/// Boxes in a table at most; a note's place must fit beside the marks.
const MOST_BOXES: f64 = (1 << 26) as f64;
/// Places whose table entries are asked for before the first answer is used.
const AHEAD: usize = 64;

/// A lookup structure compiled from a [`Partition`], exact on every integer place.
///
/// A place on a border goes to one cell by one rule: it counts as shifted to the east by an infinitesimal, and to the
/// north by one that is smaller still. So a place on a meridian border belongs to the east, on a parallel to the north,
/// and a vertex to whichever cell lies immediately to its east (north of an edge that runs due east from it).
#[derive(Clone, Debug)]
pub struct Locator {
    columns: Axis,
    rows: Axis,
    /// Of each box, one more than its leaf (0 is outside), or the place of its note.
    table: Vec<u32>,
    notes: Vec<u32>,
}

/// One direction of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    pub origin: i32,
    /// Units up to which a place counts as within.
    span: u32,
    /// Width of a box in units.
    pub step: u32,
    /// 2^64 over the step, rounded up: for numbers of 32 bits multiplying by it divides exactly (after Granlund and
    /// Montgomery, *Division by Invariant Integers using Multiplication*, 1994).
    inverse: u64,
    pub count: u32,
}

impl Axis {
    fn new(low: i32, high: i32, step: f64) -> Axis {
        // One unit of margin puts the first corner of every row and column outside.
        let origin = low - 1;
        let span = high.wrapping_sub(origin) as u32;
        // A very long and thin domain still gets no more boxes than the table may have.
        let step = (step as u32).max(span / 65_536 + 1).max(2);
        Axis {
            origin,
            span,
            step,
            inverse: u64::MAX / u64::from(step) + 1,
            count: span / step + 1,
        }
    }

    /// The box at a coordinate, and how far into it; `None` outside.
    #[inline]
    fn at(self, unit: i32) -> Option<(u32, i32)> {
        let off = unit.wrapping_sub(self.origin) as u32;
        if off > self.span {
            return None;
        }
        let number = self.number(off);
        Some((number, (off - number * self.step) as i32))
    }

    /// The box so many units from the origin.
    #[inline]
    pub(crate) fn number(self, off: u32) -> u32 {
        ((u128::from(self.inverse) * u128::from(off)) >> 64) as u32
    }

    /// Where a box begins.
    pub(crate) fn start(self, number: u32) -> i64 {
        i64::from(self.origin) + i64::from(number) * i64::from(self.step)
    }
}

impl Locator {
    /// Compiles a partition.
    pub fn new(partition: &Partition) -> Locator {
        let Bounds { min, max } = partition.bounds();
        let edges: usize = partition
            .arcs()
            .iter()
            .map(|arc| arc.points.len() - 1)
            .sum();
        let wanted = (edges as f64 * BOXES_PER_EDGE).clamp(64.0, MOST_BOXES);
        let area = (max.x() - min.x() + 2) as f64 * (max.y() - min.y() + 2) as f64;
        let step = (area / wanted).sqrt();
        let columns = Axis::new(min.lon_units(), max.lon_units(), step);
        let rows = Axis::new(min.lat_units(), max.lat_units(), step);
        let (table, notes) = compile(partition, columns, rows);
        Locator {
            columns,
            rows,
            table,
            notes,
        }
    }

    /// The leaf that has this place; `None` outside the domain.
    pub fn locate(&self, place: Coord) -> Option<CellIndex> {
        let (column, x) = self.columns.at(place.lon_units())?;
        let (row, y) = self.rows.at(place.lat_units())?;
        let entry = self.table[(row * self.columns.count + column) as usize];
        self.answer(entry, x, y)
    }

    /// The leaf of each place, as [`Locator::locate`] gives it. Faster than asking one by one, as the table is read for
    /// many places at a time.
    ///
    /// # Panics
    /// When there is not one answer for each place.
    pub fn locate_all(&self, places: &[Coord], answers: &mut [Option<CellIndex>]) {
        assert_eq!(places.len(), answers.len(), "one answer for each place");
        for (places, answers) in places.chunks(AHEAD).zip(answers.chunks_mut(AHEAD)) {
            let mut mixed = [(0u32, 0i32, 0i32, 0u8); AHEAD];
            let mut count = 0;
            for (i, (place, answer)) in places.iter().zip(answers.iter_mut()).enumerate() {
                let column = self.columns.at(place.lon_units());
                let row = self.rows.at(place.lat_units());
                let (Some((column, x)), Some((row, y))) = (column, row) else {
                    *answer = None;
                    continue;
                };
                let entry = self.table[(row * self.columns.count + column) as usize];
                *answer = entry.checked_sub(1).map(CellIndex);
                mixed[count] = (entry, x, y, i as u8);
                count += usize::from(entry & MIXED != 0);
            }
            // The beginnings of all notes are on their way before the first is walked through.
            let begun = mixed[..count].iter().fold(0, |sum: u32, one| {
                sum ^ self.notes[(one.0 & !(MIXED | WIDE)) as usize]
            });
            std::hint::black_box(begun);
            for &(entry, x, y, i) in &mixed[..count] {
                answers[usize::from(i)] = self.answer(entry, x, y);
            }
        }
    }

    /// Bytes that the structure takes.
    pub fn size_bytes(&self) -> usize {
        size_of_val(&*self.table) + size_of_val(&*self.notes)
    }

    #[inline]
    fn answer(&self, entry: u32, x: i32, y: i32) -> Option<CellIndex> {
        let number = if entry & MIXED == 0 {
            entry
        } else {
            let note = &self.notes[(entry & !(MIXED | WIDE)) as usize..];
            if entry & WIDE == 0 {
                notes::walk_narrow(note, Walk { x, y })
            } else {
                notes::walk_wide(note, Walk { x, y })
            }
        };
        number.checked_sub(1).map(CellIndex)
    }
}
