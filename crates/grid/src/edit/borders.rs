//! The borders under edit, by number, by node and by place.

use rustc_hash::FxHashMap;

use crate::{
    boxes::Rect,
    coord::Coord,
    exact::{Pt, crossing},
};

/// A stretch of border with the leaves on its sides; `None` is outside.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Border {
    pub points: Vec<Coord>,
    pub left: Option<u32>,
    pub right: Option<u32>,
}

impl Border {
    pub(super) fn ends(&self) -> [Coord; 2] {
        [self.points[0], self.points[self.points.len() - 1]]
    }

    pub(super) fn is_closed(&self) -> bool {
        let [first, last] = self.ends();
        first == last
    }

    pub(super) fn is_outer(&self) -> bool {
        self.left.is_none() || self.right.is_none()
    }

    pub(super) fn edges(&self) -> impl Iterator<Item = (Coord, Coord)> + '_ {
        self.points.windows(2).map(|pair| (pair[0], pair[1]))
    }

    pub(super) fn rect(&self) -> Rect {
        let mut all = Rect::EMPTY;
        self.points.iter().for_each(|&place| all.add(place));
        all
    }

    pub(super) fn has(&self, leaf: u32) -> bool {
        self.left == Some(leaf) || self.right == Some(leaf)
    }

    /// The same border run the other way.
    pub(super) fn reversed(&self) -> Border {
        Border {
            points: self.points.iter().rev().copied().collect(),
            left: self.right,
            right: self.left,
        }
    }

    /// The same border where one leaf's side belongs to another.
    pub(super) fn given(&self, from: u32, to: u32) -> Border {
        let side = |side: Option<u32>| if side == Some(from) { Some(to) } else { side };
        Border {
            points: self.points.clone(),
            left: side(self.left),
            right: side(self.right),
        }
    }
}

/// All borders, with indexes that are kept up to date.
pub(super) struct Borders {
    slots: Vec<Option<Border>>,
    /// The borders that end at a place; a closed one stands twice.
    nodes: FxHashMap<Coord, Vec<u32>>,
    /// The borders of each leaf.
    of_leaf: FxHashMap<u32, Vec<u32>>,
    /// The borders that pass a square of the plane.
    squares: FxHashMap<(i32, i32), Vec<u32>>,
    square: i32,
    /// The box in which all of them lie.
    bounds: Rect,
}

impl Borders {
    /// No borders yet, in squares of so many units, none of which will leave a box: what is asked beyond it costs nothing.
    pub(super) fn new(square: i32, bounds: Rect) -> Borders {
        Borders {
            slots: Vec::new(),
            nodes: FxHashMap::default(),
            of_leaf: FxHashMap::default(),
            squares: FxHashMap::default(),
            square: square.max(1),
            bounds,
        }
    }

    /// The first place of a border that lies outside of the box.
    pub(super) fn beyond(&self, border: &Border) -> Option<Coord> {
        let outside = |place: &&Coord| !self.bounds.meets(&Rect::of(**place, **place));
        border.points.iter().find(outside).copied()
    }

    pub(super) fn get(&self, number: u32) -> &Border {
        self.slots[number as usize]
            .as_ref()
            .expect("only borders that stand are asked for")
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Border> {
        self.slots.iter().flatten()
    }

    pub(super) fn at_node(&self, place: Coord) -> &[u32] {
        self.nodes.get(&place).map_or(&[], Vec::as_slice)
    }

    pub(super) fn of_leaf(&self, leaf: u32) -> &[u32] {
        self.of_leaf.get(&leaf).map_or(&[], Vec::as_slice)
    }

    /// Adds a border under a new number.
    pub(super) fn add(&mut self, border: Border) -> u32 {
        let number = self.slots.len() as u32;
        self.slots.push(None);
        self.put(number, border);
        number
    }

    /// Puts a border back under its number.
    pub(super) fn put(&mut self, number: u32, border: Border) {
        for end in border.ends() {
            self.nodes.entry(end).or_default().push(number);
        }
        for leaf in [border.left, border.right].into_iter().flatten() {
            self.of_leaf.entry(leaf).or_default().push(number);
        }
        for (a, b) in border.edges() {
            for square in self.squares_of(&Rect::of(a, b)) {
                let passing = self.squares.entry(square).or_default();
                if passing.last() != Some(&number) && !passing.contains(&number) {
                    passing.push(number);
                }
            }
        }
        self.slots[number as usize] = Some(border);
    }

    /// Takes a border out.
    pub(super) fn take(&mut self, number: u32) -> Border {
        let border = self.slots[number as usize]
            .take()
            .expect("only borders that stand are taken");
        for end in border.ends() {
            drop_one(&mut self.nodes, &end, number);
        }
        for leaf in [border.left, border.right].into_iter().flatten() {
            drop_one(&mut self.of_leaf, &leaf, number);
        }
        for (a, b) in border.edges() {
            for square in self.squares_of(&Rect::of(a, b)) {
                drop_one(&mut self.squares, &square, number);
            }
        }
        border
    }

    /// The borders that pass near a box, each once.
    pub(super) fn near(&self, rect: &Rect) -> Vec<u32> {
        let within = Rect {
            west: rect.west.max(self.bounds.west),
            south: rect.south.max(self.bounds.south),
            east: rect.east.min(self.bounds.east),
            north: rect.north.min(self.bounds.north),
        };
        let mut near: Vec<u32> = self
            .squares_of(&within)
            .filter_map(|square| self.squares.get(&square))
            .flatten()
            .copied()
            .collect();
        near.sort_unstable();
        near.dedup();
        near
    }

    /// The leaf that has a place, which is on no border, as the nearest border to the west tells; the borders that
    /// `skip` names don't count.
    pub(super) fn leaf_at(&self, place: Coord, skip: impl Fn(u32) -> bool) -> Option<u32> {
        if !self.bounds.meets(&Rect::of(place, place)) {
            return None;
        }
        let p: Pt = place.into();
        let row = place.lat_units().div_euclid(self.square);
        let first = place.lon_units().div_euclid(self.square);
        let last = self.bounds.west.div_euclid(self.square);
        for column in (last..=first).rev() {
            let mut nearest: Option<(f64, Option<u32>)> = None;
            for &number in self.squares.get(&(column, row)).into_iter().flatten() {
                if skip(number) {
                    continue;
                }
                let border = self.get(number);
                for (a, b) in border.edges() {
                    let (q, r): (Pt, Pt) = (a.into(), b.into());
                    // Straddling, and not to the east: so to the west.
                    if (q.y <= p.y) == (r.y <= p.y) || crossing(q, r, p) != 0 {
                        continue;
                    }
                    let share = (p.y - q.y) as f64 / (r.y - q.y) as f64;
                    let x = q.x as f64 + share * (r.x - q.x) as f64;
                    if nearest.is_none_or(|(most, _)| x > most) {
                        let side = if r.y > q.y { border.right } else { border.left };
                        nearest = Some((x, side));
                    }
                }
            }
            // One that is met farther west than this square may have a nearer one there.
            if let Some((x, side)) = nearest
                && x >= f64::from(column) * f64::from(self.square)
            {
                return side;
            }
        }
        None
    }

    fn squares_of(&self, rect: &Rect) -> impl Iterator<Item = (i32, i32)> + use<> {
        let square = self.square;
        let of = move |v: i32| v.div_euclid(square);
        let rows = of(rect.south)..=of(rect.north);
        (of(rect.west)..=of(rect.east)).flat_map(move |x| rows.clone().map(move |y| (x, y)))
    }
}

fn drop_one<K: std::hash::Hash + Eq>(lists: &mut FxHashMap<K, Vec<u32>>, key: &K, number: u32) {
    if let Some(list) = lists.get_mut(key) {
        if let Some(at) = list.iter().position(|&one| one == number) {
            list.swap_remove(at);
        }
        if list.is_empty() {
            lists.remove(key);
        }
    }
}
