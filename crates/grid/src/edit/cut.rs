//! Changing whose ground it is: split a cell, merge two, hand a piece over.

use super::{Editor, Leaf, Plan, Refusal, borders::Border};
use crate::{
    cell::{Cell, CellId, Text},
    coord::Coord,
    exact::{Pt, crossing},
};

/// The border of a leaf in pieces, each with the leaf to its left, as they follow each other around.
type Round = Vec<Piece>;

#[derive(Clone)]
struct Piece {
    /// The border that it was, or is part of.
    number: u32,
    border: Border,
    /// Whether it is closed and has not been parted anywhere.
    whole: bool,
}

impl Editor {
    /// Splits a leaf by a line whose ends lie on its border, or are brought there: what lies to the left of the line
    /// becomes a new leaf beside it, with this id and name.
    pub fn split(
        &mut self,
        cell: &CellId,
        line: &[Coord],
        id: CellId,
        name: Text,
    ) -> Result<(), Refusal> {
        let old = self.leaf(cell)?;
        if self.leaf(&id).is_ok() || self.uppers.iter().any(|upper| upper.id == id) {
            return Err(Refusal::new(
                None,
                format!("编号 {id} 已经用了。"),
                format!("The id {id} is taken."),
            ));
        }
        let leaf = self.leaves.len() as u32;
        let plan = self.cut(old, leaf, line)?;
        let like = &self.leaves[old as usize].cell;
        let cell = Cell {
            id: id.clone(),
            level: like.level.clone(),
            parent: like.parent.clone(),
            name,
            codes: Vec::new(),
            attributes: serde_json::Map::new(),
        };
        self.leaves.push(Leaf { cell, alive: true });
        self.by_id.insert(id, leaf);
        self.make(Plan {
            born: vec![leaf],
            ..plan
        })
    }

    /// Gives all ground of one leaf to another that it has a border with.
    pub fn merge(&mut self, keep: &CellId, gone: &CellId) -> Result<(), Refusal> {
        let (keep, gone) = (self.leaf(keep)?, self.leaf(gone)?);
        let take = self.borders.of_leaf(gone).to_vec();
        let common = take
            .iter()
            .any(|&number| self.borders.get(number).has(keep));
        if keep == gone || !common {
            return Err(self.strangers(keep, gone));
        }
        let given = take
            .iter()
            .map(|&number| self.borders.get(number).given(gone, keep));
        let put: Vec<Border> = given.filter(|border| border.left != border.right).collect();
        self.make(self.with_neighbours(Plan {
            take,
            put,
            gone: vec![gone],
            ..Plan::default()
        }))
    }

    /// Hands the part of a leaf to the left of a line over to another leaf, with which that part has a border.
    pub fn hand_over(&mut self, from: &CellId, to: &CellId, line: &[Coord]) -> Result<(), Refusal> {
        let (old, new) = (self.leaf(from)?, self.leaf(to)?);
        // For the time of the cut the part is nobody else's.
        let part = self.leaves.len() as u32;
        let plan = self.cut(old, part, line)?;
        let touches = |border: &Border| border.has(part) && border.has(new);
        if old == new || !plan.put.iter().any(touches) {
            return Err(self.strangers(old, new));
        }
        let given = plan.put.iter().map(|border| border.given(part, new));
        let put: Vec<Border> = given.filter(|border| border.left != border.right).collect();
        let plan = Plan { put, ..plan };
        self.make(self.with_neighbours(plan))
    }

    fn strangers(&self, a: u32, b: u32) -> Refusal {
        let (a, b) = (
            &self.leaves[a as usize].cell.id,
            &self.leaves[b as usize].cell.id,
        );
        Refusal::new(
            None,
            format!("{a} 与 {b} 没有共同的边界。"),
            format!("{a} and {b} have no common border."),
        )
    }

    /// Takes in the borders that go on where only two are left, so that they can be joined.
    fn with_neighbours(&self, mut plan: Plan) -> Plan {
        let mut ends: Vec<Coord> = plan
            .take
            .iter()
            .flat_map(|&number| self.borders.get(number).ends())
            .collect();
        ends.sort_unstable();
        ends.dedup();
        for end in ends {
            let staying: Vec<u32> = self
                .borders
                .at_node(end)
                .iter()
                .copied()
                .filter(|number| !plan.take.contains(number))
                .collect();
            let put = plan
                .put
                .iter()
                .flat_map(Border::ends)
                .filter(|&one| one == end)
                .count();
            if staying.len() + put == 2 && staying.len() <= 2 {
                for number in staying {
                    if !plan.take.contains(&number) {
                        plan.take.push(number);
                        plan.put.push(self.borders.get(number).clone());
                    }
                }
            }
        }
        plan
    }

    /// The borders after what lies to the left of a line has gone from one leaf to another.
    fn cut(&self, old: u32, new: u32, line: &[Coord]) -> Result<Plan, Refusal> {
        let (Some(&first), Some(&last)) = (line.first(), line.last()) else {
            return Err(Refusal::new(None, "线没有点。", "The line has no places."));
        };
        let mut rounds = self.rounds(old);
        let start = self.anchor(&mut rounds, first);
        let end = self.anchor(&mut rounds, last);
        let round = rounds
            .iter()
            .position(|round| begins(round, start).is_some());
        let through = round.filter(|&i| begins(&rounds[i], end).is_some() && start != end);
        let Some(round) = through.map(|i| rounds.swap_remove(i)) else {
            return Err(Refusal::new(
                Some(last),
                "线的两端要落在网格同一圈边界的两个不同的点上。",
                "The line must run between two different places of one ring of the cell's border.",
            ));
        };
        let mut points = vec![start];
        points.extend(&line[1..line.len() - 1]);
        points.push(end);
        points.dedup();
        let cut = Border {
            points,
            left: Some(new),
            right: Some(old),
        };
        // To the left of the line lies what follows its end around the cell, up to its start.
        let (i, j) = (
            begins(&round, end).unwrap_or(0),
            begins(&round, start).unwrap_or(0),
        );
        let count = round.len();
        let left: Vec<usize> = (0..(j + count - i) % count)
            .map(|k| (i + k) % count)
            .collect();
        let mut ring: Vec<(Coord, Coord)> = cut.edges().collect();
        ring.extend(left.iter().flat_map(|&k| round[k].border.edges()));
        let inside = |place: Coord| {
            let p: Pt = place.into();
            ring.iter()
                .map(|&(a, b)| crossing(a.into(), b.into(), p))
                .sum::<i32>()
                != 0
        };
        let mut plan = Plan::default();
        for (k, piece) in round.iter().enumerate() {
            plan.take.push(piece.number);
            plan.put.push(if left.contains(&k) {
                piece.border.given(old, new)
            } else {
                piece.border.clone()
            });
        }
        for piece in rounds
            .iter()
            .flatten()
            .filter(|piece| inside(piece.border.points[0]))
        {
            plan.take.push(piece.number);
            plan.put.push(piece.border.given(old, new));
        }
        plan.take.sort_unstable();
        plan.take.dedup();
        plan.put.push(cut);
        Ok(plan)
    }

    /// The rings of a leaf as the borders that make them, each with the leaf to its left.
    fn rounds(&self, leaf: u32) -> Vec<Round> {
        let mut free: Vec<Piece> = self
            .borders
            .of_leaf(leaf)
            .iter()
            .map(|&number| {
                let border = self.borders.get(number);
                let border = if border.left == Some(leaf) {
                    border.clone()
                } else {
                    border.reversed()
                };
                let whole = border.is_closed();
                Piece {
                    number,
                    border,
                    whole,
                }
            })
            .collect();
        let mut rounds = Vec::new();
        while let Some(piece) = free.pop() {
            let begin = piece.border.ends()[0];
            let mut round = vec![piece];
            loop {
                let last = &round[round.len() - 1].border;
                let at = last.ends()[1];
                if at == begin {
                    break;
                }
                let from = last.points[last.points.len() - 2];
                let next = (0..free.len())
                    .filter(|&i| free[i].border.points[0] == at)
                    .max_by(|&i, &j| {
                        let to = |i: usize| free[i].border.points[1];
                        crate::topology::sharper_left(from, at, to(i), to(j))
                    });
                let Some(next) = next else {
                    break;
                };
                round.push(free.swap_remove(next));
            }
            rounds.push(round);
        }
        rounds
    }

    /// Brings a place to the nearest of a leaf's borders and parts the border there. On the outer border, which keeps its
    /// shape, and near a vertex, it is brought to the vertex.
    fn anchor(&self, rounds: &mut [Round], place: Coord) -> Coord {
        let mut best: Option<(f64, usize, usize, usize, Coord)> = None;
        for (r, round) in rounds.iter().enumerate() {
            for (k, piece) in round.iter().enumerate() {
                for (e, (a, b)) in piece.border.edges().enumerate() {
                    let on = nearest(a, b, place, piece.border.is_outer());
                    let far = place.distance_m(on);
                    if best.is_none_or(|(least, ..)| far < least) {
                        best = Some((far, r, k, e, on));
                    }
                }
            }
        }
        let Some((_, r, k, e, on)) = best else {
            return place;
        };
        let Piece {
            number,
            border,
            whole,
        } = rounds[r][k].clone();
        if border.ends().contains(&on) && !whole {
            return on;
        }
        let at = match border.points.iter().position(|&one| one == on) {
            Some(at) => at,
            None => e + 1,
        };
        let mut points = border.points.clone();
        if points.get(at) != Some(&on) {
            points.insert(at, on);
        }
        let part = |points: Vec<Coord>| Piece {
            number,
            whole: false,
            border: Border {
                points,
                left: border.left,
                right: border.right,
            },
        };
        if whole {
            let mut around = points;
            around.pop();
            let count = around.len();
            around.rotate_left(at % count);
            around.push(on);
            rounds[r][k] = part(around);
        } else {
            let tail = points[at..].to_vec();
            points.truncate(at + 1);
            rounds[r][k] = part(points);
            rounds[r].insert(k + 1, part(tail));
        }
        on
    }
}

/// The piece of a round that begins at a place.
fn begins(round: &Round, place: Coord) -> Option<usize> {
    round
        .iter()
        .position(|piece| piece.border.points[0] == place)
}

/// The place of an edge nearest to another place, or the nearer of its ends where only they may be taken.
fn nearest(a: Coord, b: Coord, place: Coord, ends_only: bool) -> Coord {
    // Nearer than this share of the edge to an end, the end is meant.
    const NEAR: f64 = 0.1;
    let stretch = place.lat().to_radians().cos();
    let (dx, dy) = ((b.x() - a.x()) as f64 * stretch, (b.y() - a.y()) as f64);
    let (x, y) = (
        (place.x() - a.x()) as f64 * stretch,
        (place.y() - a.y()) as f64,
    );
    let share = ((x * dx + y * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    if ends_only || !(NEAR..=1.0 - NEAR).contains(&share) {
        return if share < 0.5 { a } else { b };
    }
    let along = |from: i64, to: i64| from + ((to - from) as f64 * share).round() as i64;
    Coord::between(along(a.x(), b.x()), along(a.y(), b.y()))
}
