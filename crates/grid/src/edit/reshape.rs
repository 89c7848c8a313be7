//! Moving what is there: vertices, whole borders, a stretch of a border.

use rustc_hash::FxHashMap;

use super::{Editor, Plan, Refusal, borders::Border};
use crate::{boxes::Rect, coord::Coord};

impl Editor {
    /// Moves a vertex; every border that has it follows, and so every cell.
    pub fn move_vertex(&mut self, from: Coord, to: Coord) -> Result<(), Refusal> {
        self.move_places(&FxHashMap::from_iter([(from, to)]))
    }

    /// Moves the border that passes an inner vertex, or that lies between two nodes, by so many units: its inner
    /// vertices where it has any, otherwise its ends.
    pub fn move_arc(&mut self, on: Coord, lon_units: i32, lat_units: i32) -> Result<(), Refusal> {
        let border = self.passing(on)?;
        let points = &self.borders.get(border).points;
        let inner = &points[1..points.len() - 1];
        let moving: &[Coord] = if inner.is_empty() { points } else { inner };
        let moved = |place: &Coord| {
            let to = Coord::from_units(
                place.lon_units().saturating_add(lon_units),
                place.lat_units().saturating_add(lat_units),
            );
            let to = to.map_err(|e| Refusal::new(Some(*place), "会移出地球。", e.to_string()))?;
            Ok((*place, to))
        };
        let mut moves: FxHashMap<Coord, Coord> =
            moving.iter().map(moved).collect::<Result<_, Refusal>>()?;
        let closed = self.borders.get(border).is_closed();
        if closed {
            moves.extend([moved(&points[0])?]);
        }
        self.move_places(&moves)
    }

    /// Draws the stretch of a border between two of its vertices anew, through the places given, which don't count
    /// the two.
    pub fn redraw(&mut self, from: Coord, to: Coord, through: &[Coord]) -> Result<(), Refusal> {
        let on_both = |number: &u32| {
            let points = &self.borders.get(*number).points;
            points.contains(&from) && points.contains(&to)
        };
        let near = self.borders.near(&Rect::of(from, from));
        let shortest = near.into_iter().filter(on_both).min_by_key(|&number| {
            let points = &self.borders.get(number).points;
            let at = |place: Coord| points.iter().position(|&one| one == place);
            at(from).zip(at(to)).map(|(i, j)| i.abs_diff(j))
        });
        let Some(number) = shortest.filter(|_| from != to) else {
            return Err(Refusal::new(
                Some(from),
                "两点不是同一条边界上的两个顶点。",
                "The two places are not vertices of one border.",
            ));
        };
        let border = self.borders.get(number).clone();
        let at = |place: Coord| {
            border
                .points
                .iter()
                .position(|&one| one == place)
                .unwrap_or(0)
        };
        let (mut border, mut through) = (border.clone(), through.to_vec());
        let (mut i, mut j) = (at(from), at(to));
        if border.is_closed() {
            // Begin at the first place; then the shorter way to the second is on one side or the other.
            border.points.pop();
            border.points.rotate_left(i);
            border.points.push(border.points[0]);
            j = border.points.iter().position(|&one| one == to).unwrap_or(0);
            i = 0;
            if j > border.points.len() / 2 {
                i = j;
                j = border.points.len() - 1;
                through.reverse();
            }
        } else if i > j {
            (i, j) = (j, i);
            through.reverse();
        }
        let mut points = border.points[..=i].to_vec();
        points.extend(through);
        points.extend(&border.points[j..]);
        points.dedup();
        let put = vec![Border { points, ..border }];
        self.make(Plan {
            take: vec![number],
            put,
            ..Plan::default()
        })
    }

    fn move_places(&mut self, moves: &FxHashMap<Coord, Coord>) -> Result<(), Refusal> {
        let mut take: Vec<u32> = Vec::new();
        for &from in moves.keys() {
            let before = take.len();
            let has = |number: &u32| self.borders.get(*number).points.contains(&from);
            take.extend(
                self.borders
                    .near(&Rect::of(from, from))
                    .into_iter()
                    .filter(has),
            );
            if take.len() == before {
                return Err(Refusal::new(
                    Some(from),
                    "这里没有边界的顶点。",
                    "No border has a vertex here.",
                ));
            }
        }
        take.sort_unstable();
        take.dedup();
        let moved = |place: &Coord| moves.get(place).copied().unwrap_or(*place);
        let put = take.iter().map(|&number| {
            let border = self.borders.get(number);
            Border {
                points: border.points.iter().map(moved).collect(),
                left: border.left,
                right: border.right,
            }
        });
        self.make(Plan {
            put: put.collect(),
            take,
            ..Plan::default()
        })
    }

    /// The border that has a vertex; of several at a node none is meant.
    fn passing(&self, on: Coord) -> Result<u32, Refusal> {
        let has = |number: &u32| self.borders.get(*number).points.contains(&on);
        let near = self.borders.near(&Rect::of(on, on));
        let mut having = near.into_iter().filter(has);
        match (having.next(), having.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(Refusal::new(
                Some(on),
                "这里不是一条边界的中间顶点。",
                "This is no vertex within one border.",
            )),
        }
    }
}
