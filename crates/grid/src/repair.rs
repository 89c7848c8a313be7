//! Bringing a messy drawing to a partition, as far as that can be decided without asking.
//!
//! First vertices within the tolerance of each other are brought together. Then borders are cut where they meet, and
//! each stretch of ground that nobody or several have is given to one by these rules:
//!
//! - a gap narrower than the tolerance goes to the neighbour with the longest common border;
//! - ground that several have stays with the smallest of them, unless that would leave hardly anything of another;
//! - what sticks out of the boundary by less than the tolerance is cut off.
//!
//! Rounding the places where borders cross may make new slivers, so this is done some times over. What is left after
//! that is named: wide gaps, cells drawn twice, rings that cross themselves, codes, parents.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    cell::{CellId, Text},
    check::{self, check},
    contacts::{Contact, contacts},
    coord::Coord,
    defect::Defect,
    face::Face,
    head::{self, Head},
    layer::{Feature, Layer},
    net::{Net, edges},
    overlay::{self, Ground},
    planar,
    reading::{Reading, Unreadable},
    snap, topology,
    tree::{self, Tree},
};

/// Rounds in which a drawing settles, or never does.
const ROUNDS: usize = 8;
/// The share of a cell that an overlap may take from it.
const MOST_LOST: f64 = 0.9;

/// A layer after its repair.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// The layer with its new borders.
    pub layer: Layer,
    /// All ground that has other owners than before, the largest stretches first.
    pub moved: Vec<Change>,
    /// What could not be decided.
    pub left: Vec<Defect>,
}

/// Ground that changed hands.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Change {
    /// The cell that has it no longer; `None` when it was nobody's.
    pub from: Option<CellId>,
    /// The cell that has it now; `None` when nobody has.
    pub to: Option<CellId>,
    /// How much, in m² on the ellipsoid.
    pub area_m2: f64,
    /// A place on it.
    pub at: Coord,
    /// Why.
    pub why: Text,
}

/// Repairs a layer by the rules of this module, with the tolerance of the reading.
///
/// Errors are those of [`check()`].
pub fn repair(
    layer: &Layer,
    boundary: Option<&Layer>,
    reading: &Reading,
) -> Result<Repaired, Vec<Unreadable>> {
    let heads = head::heads(layer, reading)?;
    let (tree, _) = tree::grow(&heads, reading);
    let frame = boundary.map(check::frame_of).transpose()?;
    let work = Work {
        heads: &heads,
        tree: &tree,
        frame: frame.as_deref(),
        tolerance_m: reading.tolerance_m,
    };
    let mut mended = layer.clone();
    for ring in mended
        .features
        .iter_mut()
        .flat_map(|feature| feature.shape.iter_mut().flatten().flatten())
        .filter(|ring| ring.len() > 2 && ring.first() != ring.last())
    {
        ring.push(ring[0]);
    }
    work.bring_together(&mut mended);
    for _ in 0..ROUNDS {
        if !work.round(&mut mended) {
            break;
        }
    }
    let moved = work.moved(layer, &mended);
    let left = check(&mended, boundary, reading)?.defects;
    Ok(Repaired {
        layer: mended,
        moved,
        left,
    })
}

struct Work<'a> {
    heads: &'a [Head],
    tree: &'a Tree,
    frame: Option<&'a [(Coord, Coord)]>,
    tolerance_m: f64,
}

impl Work<'_> {
    fn net(&self, layer: &Layer) -> (Net, Vec<bool>) {
        let net = Net::gather(&check::leaves(layer, self.heads, self.tree));
        // Neither twins nor areas that are none can be reasoned with.
        let mut without: Vec<bool> = net.areas.iter().map(|area| area.is_broken()).collect();
        for (later, _) in net.duplicates() {
            without[later] = true;
        }
        (net, without)
    }

    /// Snaps, unless a cell would be broken by it.
    fn bring_together(&self, layer: &mut Layer) {
        let (mut net, without) = self.net(layer);
        let chain = check::open_chain(&mut net, &without, self.frame.unwrap_or_default());
        let mut tried = layer.clone();
        if snap::snap(&mut tried, &chain, self.tolerance_m) == 0 {
            return;
        }
        let broken = |net: &Net| net.areas.iter().filter(|area| area.is_broken()).count();
        if broken(&self.net(&tried).0) <= broken(&net) {
            *layer = tried;
        }
    }

    /// Cuts borders where they meet and gives away what should be one cell's; whether anything changed.
    fn round(&self, layer: &mut Layer) -> bool {
        let (mut net, without) = self.net(layer);
        let frame = self.frame.unwrap_or_default();
        let chain = check::open_chain(&mut net, &without, frame);
        let met = contacts(&chain);
        if !met.is_empty() {
            let mut cuts: FxHashMap<(Coord, Coord), Vec<Coord>> = FxHashMap::default();
            for contact in &met {
                let at = contact.at(&chain);
                let cut = match *contact {
                    Contact::Crossing(i, j) => vec![i, j],
                    Contact::Touch(_, j, _) => vec![j],
                };
                for edge in cut.into_iter().map(|i| &chain[i]) {
                    if at != edge.a && at != edge.b {
                        cuts.entry((edge.a, edge.b)).or_default().push(at);
                    }
                }
            }
            for ((a, _), places) in &mut cuts {
                let far = |c: &Coord| (c.x() - a.x()).pow(2) + (c.y() - a.y()).pow(2);
                places.sort_by_key(far);
                places.dedup();
            }
            let added = snap::insert(layer, &cuts) > 0;
            self.part_pinched(layer);
            return added;
        }
        let faces = planar::faces(&chain, &met);
        let mut areas = Areas {
            net: &net,
            place: net
                .areas
                .iter()
                .enumerate()
                .map(|(i, area)| (area.owner, i))
                .collect(),
            edges: FxHashMap::default(),
        };
        for face in &faces {
            self.give(face, &mut areas, &without);
        }
        let changed = !areas.edges.is_empty();
        let shapes: Vec<(u32, Vec<Vec<Vec<Coord>>>)> = areas
            .edges
            .iter()
            .map(|(&owner, edges)| (owner, closed(edges)))
            .collect();
        for (owner, shape) in shapes {
            if let Some(feature) = self.heads[owner as usize].feature {
                layer.features[feature].shape = Some(shape);
            }
        }
        changed
    }

    /// Draws anew the cells whose rings pass a place twice: as so many rings, without what runs back on itself.
    fn part_pinched(&self, layer: &mut Layer) {
        let (net, _) = self.net(layer);
        for (place, area) in net
            .areas
            .iter()
            .enumerate()
            .filter(|(_, area)| area.is_broken())
        {
            let mut own: FxHashSet<(Coord, Coord)> = FxHashSet::default();
            for (a, b) in net.edges_of(place) {
                if !own.remove(&(b, a)) {
                    own.insert((a, b));
                }
            }
            let Some(feature) = self.heads[area.owner as usize].feature else {
                continue;
            };
            let mut drawn = layer.features[feature].clone();
            drawn.shape = Some(closed(&own));
            if !Net::gather(&[(0, &drawn)]).areas[0].is_broken() {
                layer.features[feature] = drawn;
            }
        }
    }

    fn give(&self, face: &Face, areas: &mut Areas<'_>, without: &[bool]) {
        let (cover, framed) = (face.cover.areas, face.cover.frames > 0);
        let perimeter_m = face.perimeter_m();
        let thin = perimeter_m > 0.0 && 2.0 * face.area_m2() / perimeter_m < self.tolerance_m;
        let inside = self.frame.is_none() || framed;
        if cover == 0 && inside && thin {
            let common = |owner: &u32| -> f64 {
                let own = areas.edges_of(*owner);
                let along = face.rings();
                let sides = along.iter().flat_map(|ring| edges(ring));
                sides
                    .filter(|&(a, b)| own.contains(&(b, a)))
                    .map(|(a, b)| a.distance_m(b))
                    .sum()
            };
            let to = face
                .cells
                .iter()
                .max_by(|p, q| common(p).total_cmp(&common(q)).then(q.cmp(p)));
            if let Some(&to) = to {
                areas.change(to, face, true);
            }
        } else if cover == 1 && !inside && thin {
            for owner in areas.over(face, without) {
                areas.change(owner, face, false);
            }
        } else if cover > 1 {
            let mut over = areas.over(face, without);
            let size = |owner: u32| areas.net.areas[areas.place[&owner]].area_m2;
            over.sort_by(|&p, &q| size(p).total_cmp(&size(q)).then(p.cmp(&q)));
            let lost_m2 = face.area_m2();
            if over.len() < 2
                || over[1..]
                    .iter()
                    .any(|&owner| lost_m2 > size(owner) * MOST_LOST)
            {
                return;
            }
            for &owner in &over[1..] {
                areas.change(owner, face, false);
            }
        }
    }

    /// What has other owners in the second layer than in the first.
    fn moved(&self, before: &Layer, after: &Layer) -> Vec<Change> {
        let leaves = check::leaves(before, self.heads, self.tree);
        let now = check::leaves(after, self.heads, self.tree);
        let pairs = leaves.iter().zip(&now);
        let changed = pairs.filter(|((_, old), (_, new))| old.shape != new.shape);
        let new: FxHashMap<u32, &Feature> = changed
            .map(|((owner, _), (_, new))| (*owner, *new))
            .collect();
        let net = Net::gather(&leaves);
        let boxes = net.boxes();
        // Those that stay as they are may have had a part in what others lost.
        let mut near: FxHashSet<usize> = FxHashSet::default();
        for area in net
            .areas
            .iter()
            .filter(|area| new.contains_key(&area.owner))
        {
            boxes.around(&area.rect.wider(1), |place| {
                near.insert(place);
            });
        }
        let mut near: Vec<usize> = near.into_iter().collect();
        near.sort_unstable();
        let mut owners = Vec::new();
        let mut areas = Vec::new();
        for place in near {
            let owner = net.areas[place].owner;
            let before: overlay::Edges = net.edges_of(place).collect();
            let after = match new.get(&owner) {
                Some(feature) => Net::gather(&[(0, *feature)]).edges_of(0).collect(),
                None => before.clone(),
            };
            owners.push(owner);
            areas.push((before, after));
        }
        let id = |number: u32| self.heads[owners[number as usize] as usize].id.clone();
        let mut moved: Vec<Change> = overlay::changed(&areas)
            .iter()
            .flat_map(|ground| changes(ground, &id))
            .collect();
        moved.sort_by(|p, q| q.area_m2.total_cmp(&p.area_m2).then(p.at.cmp(&q.at)));
        moved
    }
}

/// The polygons that edges bound, as a file has them.
fn closed(edges: &FxHashSet<(Coord, Coord)>) -> Vec<Vec<Vec<Coord>>> {
    let mut edges: Vec<(Coord, Coord)> = edges.iter().copied().collect();
    edges.sort_unstable();
    let mut shape = topology::polygons(&edges);
    shape
        .iter_mut()
        .flatten()
        .for_each(|ring| ring.push(ring[0]));
    shape
}

/// The edges of areas as they are being changed.
struct Areas<'a> {
    net: &'a Net,
    place: FxHashMap<u32, usize>,
    edges: FxHashMap<u32, FxHashSet<(Coord, Coord)>>,
}

impl Areas<'_> {
    fn edges_of(&self, owner: u32) -> FxHashSet<(Coord, Coord)> {
        match self.edges.get(&owner) {
            Some(edges) => edges.clone(),
            None => self.net.edges_of(self.place[&owner]).collect(),
        }
    }

    /// Those whose present ground the face is part of.
    fn over(&self, face: &Face, without: &[bool]) -> Vec<u32> {
        let at = face.at();
        (0..self.net.areas.len())
            .filter(|&place| {
                let rect = self.net.areas[place].rect.wider(1);
                !without[place] && rect.meets(&crate::boxes::Rect::of(at, at))
            })
            .filter(|&place| face.lies_in(self.net.edges_of(place)))
            .map(|place| self.net.areas[place].owner)
            .collect()
    }

    /// Gives a face to an area, or takes it away.
    fn change(&mut self, owner: u32, face: &Face, gain: bool) {
        let mut own = self.edges_of(owner);
        for ring in face.rings() {
            // The outer ring has the face to its left, and so have the holes as they are turned.
            for (a, b) in edges(&ring) {
                let (a, b) = if gain { (a, b) } else { (b, a) };
                if !own.remove(&(b, a)) {
                    own.insert((a, b));
                }
            }
        }
        self.edges.insert(owner, own);
    }
}

fn changes(ground: &Ground, id: &dyn Fn(u32) -> CellId) -> Vec<Change> {
    let lost = ground
        .before
        .iter()
        .filter(|owner| !ground.after.contains(owner));
    let won: Vec<u32> = ground
        .after
        .iter()
        .filter(|owner| !ground.before.contains(owner))
        .copied()
        .collect();
    let why = match ground.before.len() {
        0 => Text::new("填补空隙", "a gap was closed"),
        1 => Text::new(
            "并合相近的边界",
            "borders close to each other were brought together",
        ),
        _ => Text::new("裁去重叠", "an overlap was cut"),
    };
    let change = |from: Option<u32>, to: Option<u32>| Change {
        from: from.map(id),
        to: to.map(id),
        area_m2: ground.area_m2,
        at: ground.at,
        why: why.clone(),
    };
    let to = won.first().or(ground.after.first()).copied();
    let mut all: Vec<Change> = lost.map(|&owner| change(Some(owner), to)).collect();
    if all.is_empty() {
        all.extend(won.into_iter().map(|owner| change(None, Some(owner))));
    }
    all
}
