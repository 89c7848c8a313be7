//! Which ground changed hands between two drawings of the same cells.

use rustc_hash::FxHashMap;

use crate::{
    boxes::{Boxes, Rect},
    contacts::contacts,
    coord::Coord,
    face::Face,
    planar::{self, ChainEdge, Cover},
};

/// The edges of an area, the inside to their left.
pub(crate) type Edges = Vec<(Coord, Coord)>;

/// A stretch of ground and who has it.
pub(crate) struct Ground {
    pub before: Vec<u32>,
    pub after: Vec<u32>,
    pub area_m2: f64,
    pub at: Coord,
    /// Its outline, the outer ring first.
    pub rings: Vec<Vec<Coord>>,
}

/// Every stretch of ground whose owners differ, from the edges of each area before and after.
pub(crate) fn changed(areas: &[(Edges, Edges)]) -> Vec<Ground> {
    let mut net: FxHashMap<(Coord, Coord), i32> = FxHashMap::default();
    for (number, (before, after)) in areas.iter().enumerate() {
        // A weight of its own keeps what one area loses and another gains from cancelling; an odd one, what two
        // lose and a third gains.
        let weight = 2 * number as i32 + 1;
        for (edges, weight) in [(before, -weight), (after, weight)] {
            for &(a, b) in edges {
                let way = if a < b { weight } else { -weight };
                *net.entry((a.min(b), a.max(b))).or_default() += way;
            }
        }
    }
    let mut chain: Vec<ChainEdge> = net
        .into_iter()
        .filter(|(_, areas)| *areas != 0)
        .map(|((a, b), areas)| ChainEdge {
            a,
            b,
            net: Cover { areas, frames: 0 },
            cells: Vec::new(),
        })
        .collect();
    chain.sort_unstable_by_key(|edge| (edge.a, edge.b));
    let faces = planar::faces(&chain, &contacts(&chain));
    let rect = |(before, after): &(Edges, Edges)| {
        let mut all = Rect::EMPTY;
        before.iter().chain(after).for_each(|&(a, _)| all.add(a));
        all
    };
    let boxes = (!areas.is_empty()).then(|| Boxes::new(areas.iter().map(rect)));
    faces
        .iter()
        .filter(|face| face.cover.areas != 0)
        .map(|face| ground(face, areas, boxes.as_ref()))
        .filter(|ground| ground.before != ground.after)
        .collect()
}

fn ground(face: &Face, areas: &[(Edges, Edges)], boxes: Option<&Boxes>) -> Ground {
    let at = face.at();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let around = Rect::of(at, at).wider(1);
    if let Some(boxes) = boxes {
        boxes.around(&around, |i| {
            if face.lies_in(areas[i].0.iter().copied()) {
                before.push(i as u32);
            }
            if face.lies_in(areas[i].1.iter().copied()) {
                after.push(i as u32);
            }
        });
    }
    before.sort_unstable();
    after.sort_unstable();
    Ground {
        before,
        after,
        area_m2: face.area_m2(),
        at,
        rings: face.rings(),
    }
}
