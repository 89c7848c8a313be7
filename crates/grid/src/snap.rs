//! Bringing together vertices that should be one.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    boxes::{Boxes, Rect, hilbert},
    coord::Coord,
    layer::Layer,
    measure::metres_per_degree,
    planar::ChainEdge,
};

/// Moves vertices of borders that don't meet to a vertex of another cell, or of the frame, within the tolerance, and gives
/// edges the vertices of others that lie beside them. Returns how many vertices were moved or added.
pub(crate) fn snap(layer: &mut Layer, chain: &[ChainEdge], tolerance_m: f64) -> usize {
    let moves = moves(chain, tolerance_m);
    let mut changed = 0;
    if !moves.is_empty() {
        for ring in rings(layer) {
            for place in ring.iter_mut() {
                if let Some(&to) = moves.get(place) {
                    *place = to;
                    changed += 1;
                }
            }
            ring.dedup();
        }
    }
    changed
}

/// Puts vertices into edges: of each edge, in whichever direction, the places along it from its lesser end.
pub(crate) fn insert(layer: &mut Layer, cuts: &FxHashMap<(Coord, Coord), Vec<Coord>>) -> usize {
    let mut added = 0;
    for ring in rings(layer) {
        let cut = |pair: &[Coord]| {
            let key = (pair[0].min(pair[1]), pair[0].max(pair[1]));
            cuts.get(&key)
        };
        // Only few rings are concerned, and only those are written anew.
        if !ring.windows(2).any(|pair| cut(pair).is_some()) {
            continue;
        }
        let mut whole = Vec::with_capacity(ring.len() + 8);
        for pair in ring.windows(2) {
            whole.push(pair[0]);
            if let Some(between) = cut(pair) {
                added += between.len();
                if pair[0] < pair[1] {
                    whole.extend(between);
                } else {
                    whole.extend(between.iter().rev());
                }
            }
        }
        whole.extend(ring.last());
        whole.dedup();
        *ring = whole;
    }
    added
}

fn rings(layer: &mut Layer) -> impl Iterator<Item = &mut Vec<Coord>> {
    layer
        .features
        .iter_mut()
        .flat_map(|feature| feature.shape.iter_mut().flatten().flatten())
}

/// Where vertices go. Whatever others go to stays itself.
fn moves(chain: &[ChainEdge], tolerance_m: f64) -> FxHashMap<Coord, Coord> {
    let mut owners: FxHashMap<Coord, Vec<u32>> = FxHashMap::default();
    let mut degree: FxHashMap<Coord, u32> = FxHashMap::default();
    let mut framed: FxHashSet<Coord> = FxHashSet::default();
    for edge in chain {
        for end in [edge.a, edge.b] {
            owners.entry(end).or_default().extend(&edge.cells);
            *degree.entry(end).or_default() += 1;
            if edge.net.frames != 0 {
                framed.insert(end);
            }
        }
    }
    let mut over = Rect::EMPTY;
    owners.keys().for_each(|&place| over.add(place));
    let mut places: Vec<(u32, Coord)> = owners
        .keys()
        .map(|&place| (hilbert((place.x(), place.y()), &over), place))
        .collect();
    places.sort_unstable();
    if places.is_empty() {
        return FxHashMap::default();
    }
    let reach = |place: Coord| {
        let (east, north) = metres_per_degree(place.lat().to_radians());
        (tolerance_m / east.min(north) * 1e7) as i32 + 1
    };
    let boxes = Boxes::new(places.iter().map(|&(_, place)| Rect::of(place, place)));
    let mut pairs: Vec<(f64, Coord, Coord)> = Vec::new();
    for &(_, place) in &places {
        boxes.around(&Rect::of(place, place).wider(reach(place)), |i| {
            let other = places[i].1;
            let apart_m = place.distance_m(other);
            let shared = owners[&place]
                .iter()
                .any(|owner| owners[&other].contains(owner));
            if place < other && apart_m <= tolerance_m && !shared {
                pairs.push((apart_m, place, other));
            }
        });
    }
    pairs.sort_by(|p, q| p.0.total_cmp(&q.0).then((p.1, p.2).cmp(&(q.1, q.2))));
    let mut moves = FxHashMap::default();
    let mut fixed: FxHashSet<Coord> = FxHashSet::default();
    for (_, p, q) in pairs {
        // The place where more borders meet stays; the frame stays always.
        let rank = |place: &Coord| {
            (
                framed.contains(place),
                degree[place],
                std::cmp::Reverse(*place),
            )
        };
        let (from, to) = if rank(&p) > rank(&q) { (q, p) } else { (p, q) };
        let free = |place: &Coord| !moves.contains_key(place);
        if free(&from) && free(&to) && !fixed.contains(&from) && !framed.contains(&from) {
            moves.insert(from, to);
            fixed.insert(to);
        }
    }
    moves
}
