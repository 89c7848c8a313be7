//! Whether borders still part the plane after a change, judged where it changed and nowhere else.
//!
//! If no new edge meets another but in a common node, if around every node the sides agree, and if nothing that stayed
//! lies on ground that changed hands, then what was a partition before is one still: every face of the drawing has one
//! label on all its edges.

use rustc_hash::FxHashSet;

use super::{
    Refusal,
    borders::{Border, Borders},
};
use crate::{
    boxes::Rect,
    coord::Coord,
    exact::{Pt, cross_properly, crossing, orient, strictly_inside},
};

/// Judges the borders as they stand after a change, given those that were taken out and the numbers of those put in.
pub(super) fn judge(borders: &Borders, old: &[&Border], new: &[u32]) -> Result<(), Refusal> {
    let added: Vec<&Border> = new.iter().map(|&number| borders.get(number)).collect();
    outer_border(old, &added)?;
    let kept: FxHashSet<(Coord, Coord)> = old
        .iter()
        .flat_map(|border| border.edges())
        .map(undirected)
        .collect();
    let mut drawn: FxHashSet<(Coord, Coord)> = FxHashSet::default();
    for &number in new {
        let border = borders.get(number);
        if border.left == border.right {
            return Err(Refusal::new(
                border.ends().first().copied(),
                "这条边界两侧是同一个网格。",
                "The border would have the same cell on both sides.",
            ));
        }
        for (at, edge) in border.edges().enumerate() {
            // One that was there before meets nothing, unless it is drawn a second time.
            if !drawn.insert(undirected(edge)) || !kept.contains(&undirected(edge)) {
                meets_nothing(borders, number, at, edge)?;
            }
        }
    }
    let nodes: FxHashSet<Coord> = old
        .iter()
        .copied()
        .chain(added.iter().copied())
        .flat_map(Border::ends)
        .collect();
    for node in nodes {
        sides_agree(borders, node)?;
    }
    nothing_swallowed(borders, old, &added, new)
}

fn undirected((a, b): (Coord, Coord)) -> (Coord, Coord) {
    (a.min(b), a.max(b))
}

/// The outer border is the town's, and not moved with its cells.
fn outer_border(old: &[&Border], new: &[&Border]) -> Result<(), Refusal> {
    let outer = |borders: &[&Border]| -> FxHashSet<(Coord, Coord)> {
        let outer = borders.iter().filter(|border| border.is_outer());
        outer
            .flat_map(|border| border.edges())
            .map(undirected)
            .collect()
    };
    let (before, after) = (outer(old), outer(new));
    match before.symmetric_difference(&after).next() {
        None => Ok(()),
        Some(&(at, _)) => Err(Refusal::new(
            Some(at),
            "这是辖区的外边界，不随网格移动。",
            "This is the outer border of the domain, which doesn't move with its cells.",
        )),
    }
}

fn meets_nothing(
    borders: &Borders,
    number: u32,
    at: usize,
    (a, b): (Coord, Coord),
) -> Result<(), Refusal> {
    let refused = |place| {
        Err(Refusal::new(
            Some(place),
            "边界在这里会碰到另一条边界。",
            "The border would meet another one here.",
        ))
    };
    if a == b {
        return refused(a);
    }
    let rect = Rect::of(a, b);
    let own = borders.get(number);
    let [p, q]: [Pt; 2] = [a.into(), b.into()];
    for other in borders.near(&rect) {
        let border = borders.get(other);
        for (i, (c, d)) in border.edges().enumerate() {
            if (other == number && i == at) || !rect.meets(&Rect::of(c, d)) {
                continue;
            }
            let [r, s]: [Pt; 2] = [c.into(), d.into()];
            for (shared, mine, theirs, far, beyond) in [
                (a == c, a, c, q, s),
                (a == d, a, d, q, r),
                (b == c, b, c, p, s),
                (b == d, b, d, p, r),
            ] {
                if !shared {
                    continue;
                }
                let follow = other == number && follows(own, at, i);
                let nodes = own.ends().contains(&mine) && border.ends().contains(&theirs);
                // One that runs along the other from the place they share lies on it.
                let v: Pt = mine.into();
                let along = orient(v, far, beyond) == 0
                    && (far.x - v.x).signum() == (beyond.x - v.x).signum()
                    && (far.y - v.y).signum() == (beyond.y - v.y).signum();
                if !(follow || nodes) || along {
                    return refused(mine);
                }
            }
            for (place, end, from, to) in [(a, p, r, s), (b, q, r, s), (c, r, p, q), (d, s, p, q)] {
                if strictly_inside(from, to, end) {
                    return refused(place);
                }
            }
            if cross_properly(p, q, r, s) {
                return refused(crate::planar::meeting((a, b), (c, d)));
            }
        }
    }
    Ok(())
}

/// Whether two edges of a border stand one after the other.
fn follows(border: &Border, i: usize, j: usize) -> bool {
    let count = border.points.len() - 1;
    i.abs_diff(j) == 1 || (border.is_closed() && i.abs_diff(j) == count - 1)
}

/// Around a node, what lies to the left of one border lies to the right of the next one anticlockwise.
fn sides_agree(borders: &Borders, node: Coord) -> Result<(), Refusal> {
    struct Spoke {
        to: Pt,
        left: Option<u32>,
        right: Option<u32>,
    }
    let center: Pt = node.into();
    let mut spokes: Vec<Spoke> = Vec::new();
    let mut numbers = borders.at_node(node).to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    for border in numbers.iter().map(|&number| borders.get(number)) {
        let (points, last) = (&border.points, border.points.len() - 1);
        if points[0] == node {
            spokes.push(Spoke {
                to: points[1].into(),
                left: border.left,
                right: border.right,
            });
        }
        if points[last] == node {
            spokes.push(Spoke {
                to: points[last - 1].into(),
                left: border.right,
                right: border.left,
            });
        }
    }
    let upper = |p: Pt| (p.y, p.x) > (center.y, center.x);
    spokes.sort_unstable_by(|p, q| {
        upper(q.to)
            .cmp(&upper(p.to))
            .then_with(|| 0.cmp(&orient(center, p.to, q.to)))
    });
    let count = spokes.len();
    if count == 1 || (0..count).any(|i| spokes[i].left != spokes[(i + 1) % count].right) {
        return Err(Refusal::new(
            Some(node),
            "在这一点周围，网格会互相穿过。",
            "Around this place cells would pass through each other.",
        ));
    }
    Ok(())
}

/// Nothing that stayed may lie on ground that changed hands.
fn nothing_swallowed(
    borders: &Borders,
    old: &[&Border],
    added: &[&Border],
    new: &[u32],
) -> Result<(), Refusal> {
    let refused = |place| {
        Err(Refusal::new(
            Some(place),
            "移动的边界会越过这里的另一个网格。",
            "The border would pass over another cell here.",
        ))
    };
    let mut rect = Rect::EMPTY;
    old.iter()
        .chain(added)
        .for_each(|border| rect.join(border.rect()));
    let on_change: FxHashSet<Coord> = old
        .iter()
        .chain(added)
        .flat_map(|border| border.points.iter().copied())
        .collect();
    // How much more often each leaf covers a place than before.
    let gains = |p: Pt| -> Vec<(u32, i32)> {
        let mut gains: Vec<(u32, i32)> = Vec::new();
        let mut gain = |leaf: Option<u32>, by: i32| {
            let Some(leaf) = leaf else {
                return;
            };
            match gains.iter_mut().find(|(one, _)| *one == leaf) {
                Some((_, sum)) => *sum += by,
                None => gains.push((leaf, by)),
            }
        };
        for (borders, way) in [(old, -1), (added, 1)] {
            for border in borders {
                let passes: i32 = border
                    .edges()
                    .map(|(a, b)| crossing(a.into(), b.into(), p))
                    .sum();
                if passes != 0 {
                    gain(border.left, way * passes);
                    gain(border.right, -way * passes);
                }
            }
        }
        gains
    };
    for number in borders.near(&rect) {
        if new.contains(&number) {
            continue;
        }
        // No border crosses what is new, so one place speaks for all of it.
        let stayed = borders.get(number);
        let Some(&place) = stayed
            .points
            .iter()
            .find(|place| !on_change.contains(place))
        else {
            continue;
        };
        if gains(place.into()).iter().any(|&(_, sum)| sum != 0) {
            return refused(place);
        }
    }
    // A closed border without a node lies in whatever leaf surrounds it, and must say so.
    for &number in new {
        let border = borders.get(number);
        if border.is_closed() && borders.at_node(border.points[0]).len() == 2 {
            let points: Vec<Pt> = border.points.iter().map(|&c| c.into()).collect();
            let outside = if crate::exact::twice_area(&points) > 0 {
                border.right
            } else {
                border.left
            };
            if borders.leaf_at(border.points[0], |other| other == number) != outside {
                return refused(border.points[0]);
            }
        }
    }
    Ok(())
}
