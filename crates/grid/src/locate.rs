//! In which cell a place lies.
//!
//! A table of boxes lies over the domain. A box that no border passes holds its answer. Any other holds the leaf at
//! its south-western corner and the edges that pass it: from the corner one walks up and then right to the place, and at
//! each edge crossed adds the number of the leaf entered and takes away that of the leaf left. The sum telescopes to
//! the leaf at the end of the walk, in whichever order the edges come; every crossing is decided exactly on integers.

use crate::{
    cell::CellIndex,
    coord::{Bounds, Coord},
    exact::{Pt, crossing, orient},
    partition::Partition,
};

/// Marks a table entry that is an index into the mixed boxes.
const MIXED: u32 = 1 << 31;
/// Boxes in a table at most.
const MOST_BOXES: usize = 1 << 22;

/// A lookup structure compiled from a [`Partition`], exact on every integer place.
///
/// A place on a border goes to one cell by one rule: it counts as shifted to the east by an infinitesimal, and to the
/// north by one that is smaller still. So a place on a meridian border belongs to the east, on a parallel to the north,
/// and a vertex to whichever cell lies immediately to its east (north of an edge that runs due east from it).
#[derive(Clone, Debug)]
pub struct Locator {
    bounds: Bounds,
    origin: Pt,
    width: i64,
    height: i64,
    columns: i64,
    /// Of each box, one more than its leaf (0 is outside), or the number of a mixed box.
    table: Vec<u32>,
    mixed: Vec<Mixed>,
    edges: Vec<Edge>,
}

#[derive(Clone, Copy, Debug)]
struct Mixed {
    corner: u32,
    start: u32,
    end: u32,
}

#[derive(Clone, Copy, Debug)]
struct Edge {
    a: Pt,
    b: Pt,
    left: u32,
    right: u32,
}

impl Locator {
    /// Compiles a partition.
    pub fn new(partition: &Partition) -> Locator {
        let edges = all_edges(partition);
        let bounds = partition.bounds();
        // One unit of margin puts the first corner of every row and column outside.
        let origin = Pt {
            x: bounds.min.x() - 1,
            y: bounds.min.y() - 1,
        };
        let span_x = bounds.max.x() - origin.x + 1;
        let span_y = bounds.max.y() - origin.y + 1;
        let wanted = (edges.len() * 4).clamp(64, MOST_BOXES / 2) as f64;
        let side = (span_x as f64 * span_y as f64 / wanted).sqrt().max(1.0);
        // A very long and thin domain still gets no more boxes than the table may have.
        let width = (side as i64).clamp(span_x / 65_536 + 1, span_x.max(1));
        let height = (side as i64).clamp(span_y / 65_536 + 1, span_y.max(1));
        let columns = span_x / width + 1;
        let rows = span_y / height + 1;
        let mut locator = Locator {
            bounds,
            origin,
            width,
            height,
            columns,
            table: vec![0; (columns * rows) as usize],
            mixed: Vec::new(),
            edges: Vec::new(),
        };
        locator.fill(&edges);
        locator
    }

    /// The leaf that has this place; `None` outside the domain.
    pub fn locate(&self, place: Coord) -> Option<CellIndex> {
        if !self.bounds.contains(place) {
            return None;
        }
        let p = Pt::from(place);
        let column = (p.x - self.origin.x) / self.width;
        let row = (p.y - self.origin.y) / self.height;
        let entry = self.table[(row * self.columns + column) as usize];
        let number = if entry & MIXED == 0 {
            entry
        } else {
            let mixed = self.mixed[(entry & !MIXED) as usize];
            let corner = self.corner(column, row);
            let edges = &self.edges[mixed.start as usize..mixed.end as usize];
            walk(mixed.corner, corner, p, edges)
        };
        number.checked_sub(1).map(CellIndex)
    }

    /// Bytes that the structure takes.
    pub fn size_bytes(&self) -> usize {
        size_of_val(&*self.table) + size_of_val(&*self.mixed) + size_of_val(&*self.edges)
    }

    fn corner(&self, column: i64, row: i64) -> Pt {
        Pt {
            x: self.origin.x + column * self.width,
            y: self.origin.y + row * self.height,
        }
    }

    fn fill(&mut self, edges: &[Edge]) {
        // Count, then place: the edges of each box end up side by side.
        let mut starts = vec![0u32; self.table.len() + 1];
        for edge in edges {
            self.boxes_of(edge, |i| starts[i + 1] += 1);
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let total = *starts.last().expect("it has at least one entry") as usize;
        let mut filled = starts.clone();
        let mut placed = vec![0u32; total];
        for (number, edge) in edges.iter().enumerate() {
            self.boxes_of(edge, |i| {
                placed[filled[i] as usize] = number as u32;
                filled[i] += 1;
            });
        }
        self.edges = placed
            .iter()
            .map(|&number| edges[number as usize])
            .collect();
        let rows = self.table.len() as i64 / self.columns;
        for row in 0..rows {
            let mut here = 0;
            for column in 0..self.columns {
                let i = (row * self.columns + column) as usize;
                let (start, end) = (starts[i], starts[i + 1]);
                if start == end {
                    self.table[i] = here;
                    continue;
                }
                self.table[i] = MIXED | self.mixed.len() as u32;
                self.mixed.push(Mixed {
                    corner: here,
                    start,
                    end,
                });
                let corner = self.corner(column, row);
                let next = self.corner(column + 1, row);
                here = walk(
                    here,
                    corner,
                    next,
                    &self.edges[start as usize..end as usize],
                );
            }
        }
    }

    /// Every box that an edge passes or touches, and perhaps one beside it, which does no harm.
    fn boxes_of(&self, edge: &Edge, mut visit: impl FnMut(usize)) {
        let (low, high) = if edge.a.y <= edge.b.y {
            (edge.a, edge.b)
        } else {
            (edge.b, edge.a)
        };
        let row_of = |y: i64| (y - self.origin.y) / self.height;
        let rows = self.table.len() as i64 / self.columns;
        // A point on the line between two boxes belongs to both.
        let first = row_of(low.y - 1).max(0);
        let last = row_of(high.y).min(rows - 1);
        let slope = if high.y == low.y {
            0.0
        } else {
            (high.x - low.x) as f64 / (high.y - low.y) as f64
        };
        for row in first..=last {
            let bottom = self.origin.y + row * self.height;
            let from = bottom.clamp(low.y, high.y);
            let to = (bottom + self.height).clamp(low.y, high.y);
            let (mut west, mut east) = if high.y == low.y {
                (low.x.min(high.x), low.x.max(high.x))
            } else {
                let at = |y: i64| low.x as f64 + (y - low.y) as f64 * slope;
                let (p, q) = (at(from), at(to));
                (p.min(q).floor() as i64, p.max(q).ceil() as i64)
            };
            // Rounding in the line above stays far under one unit.
            west -= 1;
            east += 1;
            let first = ((west - self.origin.x - 1) / self.width).max(0);
            let last = ((east - self.origin.x) / self.width).min(self.columns - 1);
            for column in first..=last {
                visit((row * self.columns + column) as usize);
            }
        }
    }
}

/// The number at `p`, from the number at a corner to its south-west.
fn walk(number: u32, corner: Pt, p: Pt, edges: &[Edge]) -> u32 {
    let turn = Pt {
        x: corner.x,
        y: p.y,
    };
    let mut sum = i64::from(number);
    for edge in edges {
        let step = i64::from(edge.right) - i64::from(edge.left);
        // Eastwards along the parallel of `p`: an edge counts when it is east of the turn and not of `p`. One that
        // runs upwards is crossed from its left to its right.
        let eastwards = crossing(edge.a, edge.b, turn) - crossing(edge.a, edge.b, p);
        sum += step * i64::from(eastwards);
        // Northwards along the meridian of the corner: one that runs east is crossed from its right to its left.
        sum -= step * i64::from(below(edge, corner) - below(edge, turn));
    }
    sum as u32
}

/// Whether the edge passes above `p`, with its direction: 1 eastwards, -1 westwards.
///
/// `p` is shifted as everywhere (see [`crossing`]): to the right, and by less upwards.
fn below(edge: &Edge, p: Pt) -> i32 {
    let (a, b, sign) = match (edge.a.x <= p.x, edge.b.x <= p.x) {
        (true, false) => (edge.a, edge.b, 1),
        (false, true) => (edge.b, edge.a, -1),
        _ => return 0,
    };
    let side = orient(a, b, p);
    if side < 0 || (side == 0 && b.y > a.y) {
        sign
    } else {
        0
    }
}

fn all_edges(partition: &Partition) -> Vec<Edge> {
    let number = |side: Option<CellIndex>| side.map_or(0, |leaf| leaf.0 + 1);
    partition
        .arcs()
        .iter()
        .flat_map(|arc| {
            arc.points.windows(2).map(|pair| Edge {
                a: pair[0].into(),
                b: pair[1].into(),
                left: number(arc.left),
                right: number(arc.right),
            })
        })
        .collect()
}
