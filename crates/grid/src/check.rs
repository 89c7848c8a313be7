//! The check that makes a partition of a drawing, or tells everything that stands against it.
//!
//! Let m(x) be the number of leaves that cover a point x. Each leaf is a proper area (its rings are checked one by one),
//! so the boundary of m is the sum of all leaf edges; an edge and its reverse cancel, and what is left over is the
//! chain. When no two edges of the chain meet except at common ends, its faces and their m are exact
//! (see [`crate::planar`]). The drawing is a partition if and only if every bounded face then has m = 1:
//! more is an overlap, none is a gap. In the good case only the outer boundary is left, so the work is linear.
//! Islands are allowed: each has a boundary of its own. Where a boundary is given, its edges stand in the chain as
//! those of a frame, and a face must be covered as often as it is framed.

use rustc_hash::FxHashMap;

use crate::{
    contacts::contacts,
    coord::Coord,
    defect::Defect,
    face::Face,
    frontier::Waiting,
    head,
    head::Head,
    layer::{Feature, Layer},
    net::Net,
    planar::{self, ChainEdge, Cover},
    reading::{Reading, Unreadable},
    report::{Frame, Reporter},
    shape::RingFault,
    tree::{self, Tree},
};

/// What the check found out about a layer.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// How many features were read.
    pub cells: usize,
    /// The area of all leaves in m² on the ellipsoid.
    pub area_m2: f64,
    /// Everything that keeps the layer from being a partition; empty when it is one.
    pub defects: Vec<Defect>,
}

/// Checks a layer, within a boundary where one is given: its features together are all that the leaves must fill, and
/// its holes belong to nobody. Without one every hole that cells enclose is a gap.
///
/// Errors name the features, or the boundary's, of which no question can be asked.
pub fn check(
    layer: &Layer,
    boundary: Option<&Layer>,
    reading: &Reading,
) -> Result<Verdict, Vec<Unreadable>> {
    let heads = head::heads(layer, reading)?;
    let checked = examine(layer, &heads, boundary, reading)?;
    Ok(Verdict {
        cells: layer.features.len(),
        area_m2: checked.net.areas.iter().map(|area| area.area_m2).sum(),
        defects: checked.defects,
    })
}

/// What the whole check hands on.
pub(crate) struct Checked {
    pub tree: Tree,
    /// The leaves, owned by their heads.
    pub net: Net,
    pub defects: Vec<Defect>,
}

pub(crate) fn examine(
    layer: &Layer,
    heads: &[Head],
    boundary: Option<&Layer>,
    reading: &Reading,
) -> Result<Checked, Vec<Unreadable>> {
    let frame = boundary.map(frame_of).transpose()?;
    let (tree, mut defects) = tree::grow(heads, reading);
    let mut net = Net::gather(&leaves(layer, heads, &tree));
    let mut reporter = Reporter::new(heads, reading.tolerance_m);
    reporter.empty(&tree, layer, &mut defects);
    for area in &net.areas {
        for fault in &area.faults {
            defects.push(reporter.ring(area.owner, *fault));
        }
        if area.is_broken() {
            reporter.broken.insert(area.owner);
        }
    }
    let mut without = vec![false; net.areas.len()];
    for (later, first) in net.duplicates() {
        without[later] = true;
        defects.push(reporter.duplicate(&net, first, later));
    }
    let chain = open_chain(&mut net, &without, frame.as_deref().unwrap_or_default());
    let frame = if frame.is_some() {
        Frame::Boundary
    } else {
        Frame::None
    };
    compare(&chain, &net, &without, &frame, &reporter, &mut defects);
    upper_shapes(layer, heads, &tree, &net, &without, &reporter, &mut defects);
    Ok(Checked { tree, net, defects })
}

/// The features that are leaves, by their heads.
pub(crate) fn leaves<'a>(layer: &'a Layer, heads: &[Head], tree: &Tree) -> Vec<(u32, &'a Feature)> {
    (0..heads.len() as u32)
        .filter(|&i| tree.leaf[i as usize])
        .filter_map(|i| Some((i, &layer.features[heads[i as usize].feature?])))
        .collect()
}

/// Matches the edges of a net and puts those that nothing cancels together with a frame's.
pub(crate) fn open_chain(
    net: &mut Net,
    without: &[bool],
    frame: &[(Coord, Coord)],
) -> Vec<ChainEdge> {
    let open = net.match_edges(without);
    let owned = |edge: &Waiting| {
        let area = net.rings[net.ring_of(edge.number)].area;
        (edge.a, edge.b, Some(net.areas[area as usize].owner))
    };
    chain(open.iter().map(owned), frame)
}

/// The border of the boundary, the inside to its left.
pub(crate) fn frame_of(boundary: &Layer) -> Result<Vec<(Coord, Coord)>, Vec<Unreadable>> {
    let features: Vec<(u32, &Feature)> = (0..).zip(&boundary.features).collect();
    let mut net = Net::gather(&features);
    let mut faults: Vec<Unreadable> = Vec::new();
    for area in &net.areas {
        let number = boundary.features[area.owner as usize].number;
        faults.extend(area.faults.iter().map(|fault| Unreadable {
            feature: Some(number),
            text: fault.boundary_text(),
        }));
    }
    if net.points.is_empty() && faults.is_empty() {
        faults.push(Unreadable {
            feature: None,
            text: RingFault::TooFew(None).boundary_text(),
        });
    }
    let open = net.match_edges(&vec![false; net.areas.len()]);
    let framed = |edge: &Waiting| (edge.a, edge.b);
    let border: Vec<(Coord, Coord)> = open.iter().map(framed).collect();
    // The parts of a boundary may stand beside each other, but not over each other.
    let alone = chain(std::iter::empty(), &border);
    let tangled = contacts(&alone);
    let over = planar::faces(&alone, &tangled)
        .iter()
        .find(|face| face.cover.frames > 1)
        .map(Face::at);
    let crossed = tangled.first().map(|contact| contact.at(&alone));
    if let (Some(at), true) = (over.or(crossed), faults.is_empty()) {
        faults.push(Unreadable {
            feature: None,
            text: RingFault::Crosses(at).boundary_text(),
        });
    }
    if faults.is_empty() {
        Ok(border)
    } else {
        Err(faults)
    }
}

/// Puts the edges that nothing cancels, and those of a frame, together by place.
fn chain(
    open: impl Iterator<Item = (Coord, Coord, Option<u32>)>,
    frame: &[(Coord, Coord)],
) -> Vec<ChainEdge> {
    let framed = frame.iter().map(|&(a, b)| (a, b, None));
    let mut all: Vec<(Coord, Coord, i32, Option<u32>)> = open
        .chain(framed)
        .map(|(a, b, owner)| (a.min(b), a.max(b), if a < b { 1 } else { -1 }, owner))
        .collect();
    all.sort_unstable();
    let mut chain = Vec::new();
    for same in all.chunk_by(|p, q| (p.0, p.1) == (q.0, q.1)) {
        let mut edge = ChainEdge {
            a: same[0].0,
            b: same[0].1,
            net: Cover::default(),
            cells: Vec::new(),
        };
        for &(_, _, way, owner) in same {
            match owner {
                Some(owner) => {
                    edge.net.areas += way;
                    edge.cells.push(owner);
                }
                None => edge.net.frames += way,
            }
        }
        if !edge.net.is_zero() {
            chain.push(edge);
        }
    }
    chain
}

/// Reports the faces that are not covered as they should be.
fn compare(
    chain: &[ChainEdge],
    net: &Net,
    without: &[bool],
    frame: &Frame,
    reporter: &Reporter<'_>,
    defects: &mut Vec<Defect>,
) {
    let framed = !matches!(frame, Frame::None);
    if framed && chain.iter().all(|edge| edge.net.areas == edge.net.frames) {
        return;
    }
    let contacts = contacts(chain);
    let faces = planar::faces(chain, &contacts);
    reporter.faces(&faces, chain, &contacts, net, without, frame, defects);
}

/// An upper cell may be drawn as well, but then as exactly the union of its leaves.
fn upper_shapes(
    layer: &Layer,
    heads: &[Head],
    tree: &Tree,
    net: &Net,
    without: &[bool],
    reporter: &Reporter<'_>,
    defects: &mut Vec<Defect>,
) {
    let drawn = |head: u32| {
        let feature = heads[head as usize].feature.map(|i| &layer.features[i]);
        feature.filter(|feature| !tree.leaf[head as usize] && feature.shape.is_some())
    };
    let uppers: Vec<(usize, u32, &Feature)> = tree
        .order
        .iter()
        .enumerate()
        .filter_map(|(place, &head)| Some((place, head, drawn(head)?)))
        .collect();
    if uppers.is_empty() {
        return;
    }
    let mut place_of = vec![u32::MAX; heads.len()];
    for (place, &head) in tree.order.iter().enumerate() {
        place_of[head as usize] = place as u32;
    }
    let areas: FxHashMap<u32, usize> = net
        .areas
        .iter()
        .enumerate()
        .map(|(i, area)| (area.owner, i))
        .collect();
    for (place, head, feature) in uppers {
        let mut own = Net::gather(&[(head, feature)]);
        let faults = &own.areas[0].faults;
        defects.extend(faults.iter().map(|fault| reporter.ring(head, *fault)));
        if own.areas[0].is_broken() {
            continue;
        }
        let frame: Vec<(Coord, Coord)> = own
            .match_edges(&[false])
            .iter()
            .map(|edge| (edge.a, edge.b))
            .collect();
        let below = place as u32..tree.end[place];
        let owner_of = |edge: u32| net.areas[net.rings[net.ring_of(edge)].area as usize].owner;
        let inside = |owner: u32| below.contains(&place_of[owner as usize]);
        let leaves = tree
            .leaves_below(place)
            .filter_map(|leaf| areas.get(&leaf).copied());
        let rim = leaves.filter(|&area| !without[area]).flat_map(|area| {
            let owner = net.areas[area].owner;
            net.rings_of(area)
                .iter()
                .flat_map(move |&span| (span.start..span.end).map(move |edge| (edge, span, owner)))
        });
        let rim = rim
            .filter(|&(edge, _, _)| net.twin(edge).is_none_or(|twin| !inside(owner_of(twin))))
            .map(|(edge, span, owner)| {
                let next = net.next(edge, span);
                (
                    net.points[edge as usize],
                    net.points[next as usize],
                    Some(owner),
                )
            });
        let chain = chain(rim, &frame);
        compare(&chain, net, without, &Frame::Upper(head), reporter, defects);
    }
}
