//! What the [`crate::Locator`] notes of a box that borders pass, packed into words of 32 bits.
//!
//! A note begins with the number at the box's south-western corner. Then come runs, each a stretch of one border: the
//! number to its right less that to its left, how many places it has (the highest bit says that it is the last run), and
//! the places, counted from the corner: in a narrow note 16 bits each way, in a wide one a word each way.

use crate::{
    coord::Coord,
    exact::{Pt, orient},
};

const LAST: u32 = 1 << 31;

/// A place as seen from the corner of its box.
#[derive(Clone, Copy)]
pub(crate) struct Walk {
    pub x: i32,
    pub y: i32,
}

/// An edge of an arc.
#[derive(Clone, Copy)]
pub(crate) struct Edge {
    pub a: Coord,
    pub b: Coord,
    /// The number to its right less that to its left.
    pub step: u32,
    /// One more than that of the edge before it in its arc.
    pub order: u32,
}

/// The number at the end of a walk through a narrow note.
#[inline]
pub(crate) fn walk_narrow(note: &[u32], to: Walk) -> u32 {
    let (x, y) = (i64::from(to.x), i64::from(to.y));
    let unpack = |word: u32| (i64::from(word as i16), i64::from((word >> 16) as i16));
    let mut sum = note[0];
    let mut rest = &note[1..];
    loop {
        let (step, head) = (rest[0], rest[1]);
        let count = (head & !LAST) as usize;
        let places = &rest[2..2 + count];
        let mut crossed = 0i32;
        let (mut ax, mut ay) = unpack(places[0]);
        for &word in &places[1..] {
            let (bx, by) = unpack(word);
            let up = i32::from(ay <= y) - i32::from(by <= y);
            if up != 0 {
                // The sign of the triangle with an edge turned upwards; at the turn below the corner's meridian.
                let cross =
                    |px: i64| ((bx - ax) * (y - ay) - (by - ay) * (px - ax)) * i64::from(up);
                crossed += up * (i32::from(cross(0) > 0) - i32::from(cross(x) > 0));
            }
            let east = i32::from(ax <= 0) - i32::from(bx <= 0);
            if east != 0 {
                let side = |py: i64| (bx - ax) * (py - ay) - (by - ay) * -ax;
                let rising = (by - ay) * i64::from(east) > 0;
                let passes = |py: i64| {
                    let side = side(py) * i64::from(east);
                    i32::from(side < 0 || (side == 0 && rising))
                };
                crossed -= east * (passes(0) - passes(y));
            }
            (ax, ay) = (bx, by);
        }
        sum = sum.wrapping_add(step.wrapping_mul(crossed as u32));
        if head & LAST != 0 {
            return sum;
        }
        rest = &rest[2 + count..];
    }
}

/// The number at the end of a walk through a wide note.
pub(crate) fn walk_wide(note: &[u32], to: Walk) -> u32 {
    let point = |words: &[u32]| Pt {
        x: i64::from(words[0] as i32),
        y: i64::from(words[1] as i32),
    };
    let corner = Pt { x: 0, y: 0 };
    let end = Pt {
        x: to.x.into(),
        y: to.y.into(),
    };
    let turn = Pt { x: 0, y: end.y };
    let mut sum = note[0];
    let mut rest = &note[1..];
    loop {
        let (step, head) = (rest[0], rest[1]);
        let count = 2 * (head & !LAST) as usize;
        let places = &rest[2..2 + count];
        let mut crossed = 0;
        for pair in places.windows(4).step_by(2) {
            let (a, b) = (point(&pair[..2]), point(&pair[2..]));
            // Eastwards along the parallel of the place: an edge counts when it is east of the turn and not of the
            // place. One that runs upwards is crossed from its left to its right.
            crossed += crate::exact::crossing(a, b, turn) - crate::exact::crossing(a, b, end);
            // Northwards along the meridian of the corner: one that runs east is crossed from its right to its left.
            crossed -= below(a, b, corner) - below(a, b, turn);
        }
        sum = sum.wrapping_add(step.wrapping_mul(crossed as u32));
        if head & LAST != 0 {
            return sum;
        }
        rest = &rest[2 + count..];
    }
}

/// Whether the edge passes above `p`, with its direction: 1 eastwards, -1 westwards.
///
/// `p` is shifted as everywhere (see [`crate::exact::crossing`]): to the right, and by less upwards.
fn below(a: Pt, b: Pt, p: Pt) -> i32 {
    let (a, b, sign) = match (a.x <= p.x, b.x <= p.x) {
        (true, false) => (a, b, 1),
        (false, true) => (b, a, -1),
        _ => return 0,
    };
    let side = orient(a, b, p);
    if side < 0 || (side == 0 && b.y > a.y) {
        sign
    } else {
        0
    }
}

/// Notes in the making: first they are measured, then written.
pub(crate) struct Draft {
    boxes: Vec<Measure>,
}

#[derive(Clone, Copy, Default)]
struct Measure {
    runs: u32,
    places: u32,
    /// One more than the order of the last edge; 0 before the first.
    last: u32,
    wide: bool,
}

impl Measure {
    fn words(self) -> u32 {
        if self.runs == 0 {
            return 0;
        }
        1 + 2 * self.runs + if self.wide { 2 } else { 1 } * self.places
    }
}

impl Draft {
    pub(crate) fn new(boxes: usize) -> Draft {
        Draft {
            boxes: vec![Measure::default(); boxes],
        }
    }

    pub(crate) fn is_empty(&self, at: usize) -> bool {
        self.boxes[at].runs == 0
    }

    pub(crate) fn is_wide(&self, at: usize) -> bool {
        self.boxes[at].wide
    }

    /// Makes room for an edge in the note of a box.
    pub(crate) fn measure(&mut self, at: usize, edge: Edge, corner: (i64, i64)) {
        let measure = &mut self.boxes[at];
        if measure.last == edge.order {
            measure.places += 1;
        } else {
            measure.runs += 1;
            measure.places += 2;
        }
        measure.last = edge.order + 1;
        // A walk ends within the box, so only the places decide.
        let narrow = |v: i64| i16::try_from(v).is_ok();
        measure.wide |= ![edge.a, edge.b]
            .iter()
            .all(|place| narrow(place.x() - corner.0) && narrow(place.y() - corner.1));
    }

    /// Where each note begins, and how many words there are; what was measured is then ready to be written.
    pub(crate) fn places(&mut self) -> (Vec<u32>, usize) {
        let mut size = 0usize;
        let places = self
            .boxes
            .iter_mut()
            .map(|measure| {
                let at = size as u32;
                size += measure.words() as usize;
                measure.last = 0;
                // From now on counts what was written.
                measure.places = 1;
                at
            })
            .collect();
        (places, size)
    }

    /// Writes an edge that was measured.
    pub(crate) fn write(
        &mut self,
        at: usize,
        edge: Edge,
        corner: (i64, i64),
        places: &[u32],
        notes: &mut [u32],
    ) {
        let measure = &mut self.boxes[at];
        let note = &mut notes[places[at] as usize..];
        let first = measure.last != edge.order;
        if first {
            // The first word of the note keeps where the last run began, until the corner's number is known.
            let before = note[0] as usize;
            if before != 0 {
                note[before + 1] &= !LAST;
            }
            let begin = measure.places as usize;
            note[0] = begin as u32;
            note[begin] = edge.step;
            note[begin + 1] = LAST;
            measure.places += 2;
        }
        for place in [edge.a, edge.b].into_iter().skip(usize::from(!first)) {
            let (x, y) = ((place.x() - corner.0) as i32, (place.y() - corner.1) as i32);
            let free = measure.places as usize;
            if measure.wide {
                note[free] = x as u32;
                note[free + 1] = y as u32;
                measure.places += 2;
            } else {
                note[free] = u32::from(x as i16 as u16) | u32::from(y as i16 as u16) << 16;
                measure.places += 1;
            }
            let begin = note[0] as usize;
            note[begin + 1] += 1;
        }
        measure.last = edge.order + 1;
    }
}
