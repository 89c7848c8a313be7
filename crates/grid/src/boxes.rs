//! Boxes along the axes in a tree: which of them meet, found without comparing all with all.
//!
//! The boxes must come in an order in which neighbours lie near each other, as the edges along a ring do, or anything
//! put in order along a Hilbert curve.

use crate::coord::Coord;

/// A box with its edges, in units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rect {
    pub west: i32,
    pub south: i32,
    pub east: i32,
    pub north: i32,
}

impl Rect {
    /// What holds nothing and meets nothing.
    pub(crate) const EMPTY: Rect = Rect {
        west: i32::MAX,
        south: i32::MAX,
        east: i32::MIN,
        north: i32::MIN,
    };

    pub(crate) fn of(a: Coord, b: Coord) -> Rect {
        let (ax, ay, bx, by) = (a.lon_units(), a.lat_units(), b.lon_units(), b.lat_units());
        Rect {
            west: ax.min(bx),
            south: ay.min(by),
            east: ax.max(bx),
            north: ay.max(by),
        }
    }

    pub(crate) fn add(&mut self, place: Coord) {
        self.join(Rect::of(place, place));
    }

    pub(crate) fn join(&mut self, other: Rect) {
        self.west = self.west.min(other.west);
        self.south = self.south.min(other.south);
        self.east = self.east.max(other.east);
        self.north = self.north.max(other.north);
    }

    /// The box with so many units more on each side.
    pub(crate) fn wider(self, by: i32) -> Rect {
        Rect {
            west: self.west.saturating_sub(by),
            south: self.south.saturating_sub(by),
            east: self.east.saturating_add(by),
            north: self.north.saturating_add(by),
        }
    }

    /// Whether two boxes have a point in common.
    pub(crate) fn meets(&self, other: &Rect) -> bool {
        // Without short cuts: the four comparisons cost less than a wrong guess.
        (self.west <= other.east)
            & (other.west <= self.east)
            & (self.south <= other.north)
            & (other.south <= self.north)
    }

    pub(crate) fn middle(&self) -> (i64, i64) {
        (
            (i64::from(self.west) + i64::from(self.east)) / 2,
            (i64::from(self.south) + i64::from(self.north)) / 2,
        )
    }
}

/// Boxes at the foot of a tree.
const FOOT: usize = 8;

/// A tree over boxes; it can be filled again without new memory.
#[derive(Default)]
pub(crate) struct Boxes {
    rects: Vec<Rect>,
    /// From the foot upwards; each level holds half as many.
    levels: Vec<Vec<Rect>>,
    used: usize,
}

impl Boxes {
    pub(crate) fn new(rects: impl Iterator<Item = Rect>) -> Boxes {
        let mut boxes = Boxes::default();
        boxes.fill(rects);
        boxes
    }

    /// Takes other boxes in place of those it had.
    pub(crate) fn fill(&mut self, rects: impl Iterator<Item = Rect>) {
        self.rects.clear();
        self.rects.extend(rects);
        self.used = 0;
        let joined = |some: &[Rect]| {
            let mut all = Rect::EMPTY;
            some.iter().for_each(|rect| all.join(*rect));
            all
        };
        let mut level: Vec<Rect> = self
            .levels
            .first_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        level.clear();
        level.extend(self.rects.chunks(FOOT).map(joined));
        loop {
            if self.levels.len() == self.used {
                self.levels.push(Vec::new());
            }
            let above = (level.len() > 1).then(|| {
                let mut above = self
                    .levels
                    .get_mut(self.used + 1)
                    .map(std::mem::take)
                    .unwrap_or_default();
                above.clear();
                above.extend(level.chunks(2).map(joined));
                above
            });
            self.levels[self.used] = level;
            self.used += 1;
            match above {
                Some(above) => level = above,
                None => break,
            }
        }
    }

    /// Every box that meets this one.
    pub(crate) fn around(&self, rect: &Rect, mut visit: impl FnMut(usize)) {
        if self.rects.is_empty() {
            return;
        }
        let mut open = vec![(self.used - 1, 0)];
        while let Some((level, i)) = open.pop() {
            if !self.levels[level][i].meets(rect) {
                continue;
            }
            if level == 0 {
                let foot = i * FOOT..((i + 1) * FOOT).min(self.rects.len());
                foot.filter(|&k| self.rects[k].meets(rect))
                    .for_each(&mut visit);
            } else {
                open.extend(self.below(level, i).map(|child| (level - 1, child)));
            }
        }
    }

    /// Every pair of boxes that meet, the lower number first, until the visitor answers `false`.
    pub(crate) fn pairs(&self, mut visit: impl FnMut(usize, usize) -> bool) {
        if self.rects.is_empty() {
            return;
        }
        let mut open = vec![(self.used - 1, 0, 0)];
        while let Some((level, i, j)) = open.pop() {
            if i != j && !self.levels[level][i].meets(&self.levels[level][j]) {
                continue;
            }
            if level > 0 {
                for a in self.below(level, i) {
                    let from = if i == j { a } else { 0 };
                    open.extend(
                        self.below(level, j)
                            .filter(|&b| b >= from)
                            .map(|b| (level - 1, a, b)),
                    );
                }
                continue;
            }
            let of = |foot: usize| foot * FOOT..((foot + 1) * FOOT).min(self.rects.len());
            let other = &self.levels[0][j];
            for a in of(i) {
                if i != j && !self.rects[a].meets(other) {
                    continue;
                }
                let from = if i == j { a + 1 } else { j * FOOT };
                for b in from..of(j).end {
                    if self.rects[a].meets(&self.rects[b]) && !visit(a, b) {
                        return;
                    }
                }
            }
        }
    }

    fn below(&self, level: usize, i: usize) -> std::ops::Range<usize> {
        2 * i..(2 * i + 2).min(self.levels[level - 1].len())
    }
}

/// Where a place comes along a Hilbert curve over a box (after Warren, *Hacker's Delight*, 16-1).
pub(crate) fn hilbert(place: (i64, i64), over: &Rect) -> u32 {
    const SIDE: i64 = 1 << 16;
    let share = |v: i64, low: i32, high: i32| {
        ((v - i64::from(low)) * (SIDE - 1) / (i64::from(high) - i64::from(low)).max(1)) as u32
    };
    let mut x = share(place.0, over.west, over.east);
    let mut y = share(place.1, over.south, over.north);
    let mut along = 0u32;
    let mut side = (SIDE / 2) as u32;
    while side > 0 {
        let (right, upper) = (u32::from(x & side > 0), u32::from(y & side > 0));
        along = along.wrapping_add(side.wrapping_mul(side).wrapping_mul((3 * right) ^ upper));
        if upper == 0 {
            if right == 1 {
                x = !x;
                y = !y;
            }
            std::mem::swap(&mut x, &mut y);
        }
        side /= 2;
    }
    along
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_finds_what_comparing_all_finds() {
        let mut seed = 7u32;
        let mut next = |most: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((seed >> 8) % most) as i32
        };
        for count in [1usize, 2, 8, 9, 17, 200] {
            let rects: Vec<Rect> = (0..count)
                .map(|_| {
                    let (west, south) = (next(1000), next(1000));
                    let (east, north) = (west + next(60), south + next(60));
                    Rect {
                        west,
                        south,
                        east,
                        north,
                    }
                })
                .collect();
            let boxes = Boxes::new(rects.iter().copied());
            let mut found = Vec::new();
            boxes.pairs(|a, b| {
                found.push((a, b));
                true
            });
            found.sort_unstable();
            let all: Vec<(usize, usize)> = (0..count)
                .flat_map(|a| (a + 1..count).map(move |b| (a, b)))
                .filter(|&(a, b)| rects[a].meets(&rects[b]))
                .collect();
            assert_eq!(found, all, "{count}");
            let mut around = Vec::new();
            boxes.around(&rects[0], |k| around.push(k));
            around.sort_unstable();
            let by_hand: Vec<usize> = (0..count).filter(|&k| rects[k].meets(&rects[0])).collect();
            assert_eq!(around, by_hand);
        }
    }
}
