//! Compiles the table and the notes of a [`crate::Locator`].
//!
//! The edges are sorted into bands of rows first. What one band fills stays near the processor then, and bands are
//! compiled on several threads.

use std::{
    num::NonZero,
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use crate::{
    cell::CellIndex,
    coord::Coord,
    locate::{Axis, MIXED, WIDE},
    notes::{self, Edge, Walk},
    partition::Partition,
};

/// Boxes that are filled together.
const BAND: u32 = 1 << 15;

/// Of each box one more than its leaf, or the place of its note; and the notes.
pub(crate) fn compile(partition: &Partition, columns: Axis, rows: Axis) -> (Vec<u32>, Vec<u32>) {
    let plan = Plan::new(partition, columns, rows);
    let bands = plan.bands();
    // Growing by doubling would touch twice the memory.
    let mut table = Vec::with_capacity(columns.count as usize * rows.count as usize);
    let mut notes = Vec::with_capacity(bands.iter().map(|band| band.notes.len()).sum());
    drop(plan);
    for band in bands {
        let moved = |entry: u32| {
            entry
                + if entry & MIXED == 0 {
                    0
                } else {
                    notes.len() as u32
                }
        };
        table.extend(band.table.into_iter().map(moved));
        notes.extend_from_slice(&band.notes);
    }
    (table, notes)
}

struct Plan {
    columns: Axis,
    rows: Axis,
    /// How many rows a band has.
    height: u32,
    /// The edges, band by band, those of an arc in its order.
    edges: Vec<Edge>,
    /// Where the edges of each band begin, and where those of the last end.
    begins: Vec<usize>,
}

struct Band {
    table: Vec<u32>,
    notes: Vec<u32>,
}

impl Plan {
    fn new(partition: &Partition, columns: Axis, rows: Axis) -> Plan {
        let height = (BAND / columns.count).max(1);
        let mut plan = Plan {
            columns,
            rows,
            height,
            edges: Vec::new(),
            begins: vec![0; rows.count.div_ceil(height) as usize + 1],
        };
        each_edge(partition, |edge| {
            for band in plan.bands_of(&edge) {
                plan.begins[band as usize + 1] += 1;
            }
        });
        for band in 1..plan.begins.len() {
            plan.begins[band] += plan.begins[band - 1];
        }
        let mut free = plan.begins.clone();
        let nothing = Edge {
            a: partition.bounds().min,
            b: partition.bounds().min,
            step: 0,
            order: 0,
        };
        let mut edges = vec![nothing; plan.begins.last().copied().unwrap_or(0)];
        each_edge(partition, |edge| {
            for band in plan.bands_of(&edge) {
                edges[free[band as usize]] = edge;
                free[band as usize] += 1;
            }
        });
        plan.edges = edges;
        plan
    }

    /// All bands from the south to the north.
    fn bands(&self) -> Vec<Band> {
        let count = self.begins.len() - 1;
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let next = AtomicUsize::new(0);
        let work = || {
            let numbers = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
            let mine = numbers.take_while(|number| *number < count);
            mine.map(|number| (number, self.band(number as u32)))
                .collect::<Vec<_>>()
        };
        let mut done = thread::scope(|scope| {
            let others: Vec<_> = (1..threads.min(count)).map(|_| scope.spawn(work)).collect();
            let mut done = work();
            for other in others {
                done.extend(other.join().expect("compiling a band does not panic"));
            }
            done
        });
        done.sort_unstable_by_key(|(number, _)| *number);
        done.into_iter().map(|(_, band)| band).collect()
    }

    fn band(&self, number: u32) -> Band {
        let first = number * self.height;
        let rows = first..(first + self.height).min(self.rows.count);
        let mut table = vec![0; rows.len() * self.columns.count as usize];
        let mut draft = notes::Draft::new(table.len());
        self.visit(number, &rows, |at, edge, corner| {
            draft.measure(at, edge, corner)
        });
        let (places, size) = draft.places();
        let mut notes = vec![0u32; size];
        self.visit(number, &rows, |at, edge, corner| {
            draft.write(at, edge, corner, &places, &mut notes)
        });
        let columns = self.columns.count as usize;
        for row in table.chunks_mut(columns).enumerate() {
            let (row, entries) = row;
            let mut here = 0;
            for (column, entry) in entries.iter_mut().enumerate() {
                let at = row * columns + column;
                if draft.is_empty(at) {
                    *entry = here;
                    continue;
                }
                let wide = draft.is_wide(at);
                notes[places[at] as usize] = here;
                *entry = MIXED | if wide { WIDE } else { 0 } | places[at];
                let note = &notes[places[at] as usize..];
                let next = Walk {
                    x: self.columns.step as i32,
                    y: 0,
                };
                here = if wide {
                    notes::walk_wide(note, next)
                } else {
                    notes::walk_narrow(note, next)
                };
            }
        }
        Band { table, notes }
    }

    /// The rows that an edge passes or touches: a place on the line between two belongs to both.
    fn rows_of(&self, edge: &Edge) -> Range<u32> {
        let (low, high) = if edge.a.y() <= edge.b.y() {
            (edge.a, edge.b)
        } else {
            (edge.b, edge.a)
        };
        // The origin lies one unit below all.
        let off = |unit: i64| (unit - i64::from(self.rows.origin)) as u32;
        let first = self.rows.number(off(low.y() - 1));
        let last = self.rows.number(off(high.y()));
        first..last.min(self.rows.count - 1) + 1
    }

    fn bands_of(&self, edge: &Edge) -> Range<u32> {
        let rows = self.rows_of(edge);
        rows.start / self.height..rows.end.div_ceil(self.height)
    }

    /// Every edge of a band with each box of it that it passes or touches, and perhaps one beside it, which does no harm.
    fn visit(&self, number: u32, rows: &Range<u32>, mut tell: impl FnMut(usize, Edge, (i64, i64))) {
        let number = number as usize;
        for edge in &self.edges[self.begins[number]..self.begins[number + 1]] {
            let passed = self.rows_of(edge);
            let whole = passed.len() == 1;
            for row in passed.start.max(rows.start)..passed.end.min(rows.end) {
                let corner = self.rows.start(row);
                let (left, right) = self.stretch(edge.a, edge.b, corner, whole);
                let west = i64::from(self.columns.origin);
                let begin = self.columns.number((left - west - 1).max(0) as u32);
                let end = self.columns.number((right - west).max(0) as u32);
                let line = (row - rows.start) * self.columns.count;
                for column in begin..=end.min(self.columns.count - 1) {
                    let at = (line + column) as usize;
                    tell(at, *edge, (self.columns.start(column), corner));
                }
            }
        }
    }

    /// From where to where an edge goes within the row that begins at `bottom`; `whole` when it stays in it.
    fn stretch(&self, a: Coord, b: Coord, bottom: i64, whole: bool) -> (i64, i64) {
        let (low, high) = if a.y() <= b.y() { (a, b) } else { (b, a) };
        if whole || low.y() == high.y() {
            return (low.x().min(high.x()), low.x().max(high.x()));
        }
        let slope = (high.x() - low.x()) as f64 / (high.y() - low.y()) as f64;
        let from = bottom.clamp(low.y(), high.y());
        let to = (bottom + i64::from(self.rows.step)).clamp(low.y(), high.y());
        let at = |y: i64| low.x() as f64 + (y - low.y()) as f64 * slope;
        let (p, q) = (at(from), at(to));
        // Rounding in the line above stays far under one unit.
        (p.min(q).floor() as i64 - 1, p.max(q).ceil() as i64 + 1)
    }
}

/// Every edge of every arc; a gap in the numbers parts the arcs.
fn each_edge(partition: &Partition, mut tell: impl FnMut(Edge)) {
    let number = |side: Option<CellIndex>| side.map_or(0, |leaf| leaf.0 + 1);
    let mut order = 0;
    for arc in partition.arcs() {
        let step = number(arc.right).wrapping_sub(number(arc.left));
        order += 2;
        for pair in arc.points.windows(2) {
            tell(Edge {
                a: pair[0],
                b: pair[1],
                step,
                order,
            });
            order += 1;
        }
    }
}
