//! Writing a layer as TopoJSON: every border once, as an arc that its two cells share.

use rustc_hash::{FxHashMap, FxHashSet};

use super::write_geojson::{list, members, push_json, push_place};
use crate::{coord::Coord, layer::Layer};

/// A topology with one object, called `name`, and no quantization: it reads back to the same integers.
///
/// Borders are shared where their points are equal, as in a partition they are.
pub fn to_topojson(layer: &Layer, name: &str) -> String {
    let mut arcs = Arcs::of(layer);
    let geometries: Vec<String> = layer
        .features
        .iter()
        .map(|feature| {
            let mut out = String::from("{");
            match feature.shape.as_deref() {
                None | Some([]) => out.push_str("\"type\":null"),
                Some([only]) => {
                    out.push_str("\"type\":\"Polygon\",\"arcs\":");
                    arcs.polygon(&mut out, only);
                }
                Some(several) => {
                    out.push_str("\"type\":\"MultiPolygon\",\"arcs\":");
                    list(&mut out, several, |out, polygon| arcs.polygon(out, polygon));
                }
            }
            out.push_str(",\"properties\":");
            push_json(&mut out, &feature.attributes);
            out.push('}');
            out
        })
        .collect();
    let mut out = String::from("{\"type\":\"Topology\"");
    let reserved = ["type", "objects", "arcs", "transform", "bbox", "crs"];
    members(&mut out, &layer.about, &reserved);
    out.push_str(",\"objects\":{");
    push_json(&mut out, name);
    out.push_str(":{\"type\":\"GeometryCollection\",\"geometries\":");
    list(&mut out, &geometries, |out, geometry| {
        out.push_str(geometry)
    });
    out.push_str("}},\"arcs\":");
    list(&mut out, &arcs.arcs, |out, arc| {
        out.push('\n');
        list(out, arc, |out, place| push_place(out, *place));
    });
    out.push_str("}\n");
    out
}

/// The arcs so far, and where rings are cut.
struct Arcs {
    arcs: Vec<Vec<Coord>>,
    known: FxHashMap<Vec<Coord>, usize>,
    /// Places where three borders or more meet.
    nodes: FxHashSet<Coord>,
}

impl Arcs {
    fn of(layer: &Layer) -> Arcs {
        let mut beside: FxHashMap<Coord, (Coord, Coord)> = FxHashMap::default();
        let mut nodes = FxHashSet::default();
        let shapes = layer.features.iter().flat_map(|feature| &feature.shape);
        for ring in shapes.flatten().flatten() {
            let ring = open(ring);
            for (i, &place) in ring.iter().enumerate() {
                let before = ring[(i + ring.len() - 1) % ring.len()];
                let after = ring[(i + 1) % ring.len()];
                let pair = (before.min(after), before.max(after));
                if *beside.entry(place).or_insert(pair) != pair {
                    nodes.insert(place);
                }
            }
        }
        Arcs {
            arcs: Vec::new(),
            known: FxHashMap::default(),
            nodes,
        }
    }

    fn polygon(&mut self, out: &mut String, rings: &[Vec<Coord>]) {
        let rings: Vec<Vec<i64>> = rings
            .iter()
            .map(|ring| self.ring(open(ring)))
            .filter(|ring| !ring.is_empty())
            .collect();
        push_json(out, &rings);
    }

    /// The numbers of the arcs that make a ring.
    fn ring(&mut self, ring: &[Coord]) -> Vec<i64> {
        let nodes = &self.nodes;
        let first_node = ring.iter().position(|place| nodes.contains(place));
        // Without a node a ring is one arc; it begins at its least place, so that the one around the other way agrees.
        let start = first_node.or_else(|| {
            let least = ring.iter().min()?;
            ring.iter().position(|place| place == least)
        });
        let Some(start) = start else {
            return Vec::new();
        };
        let mut pieces = Vec::new();
        let mut piece = vec![ring[start]];
        for step in 1..=ring.len() {
            let place = ring[(start + step) % ring.len()];
            piece.push(place);
            if step == ring.len() || nodes.contains(&place) {
                pieces.push(std::mem::replace(&mut piece, vec![place]));
            }
        }
        pieces.into_iter().map(|piece| self.number(piece)).collect()
    }

    /// The number of an arc, `!n` where it runs against the one that is kept.
    fn number(&mut self, piece: Vec<Coord>) -> i64 {
        if let Some(&number) = self.known.get(&piece) {
            return number as i64;
        }
        let backwards: Vec<Coord> = piece.iter().rev().copied().collect();
        if let Some(&number) = self.known.get(&backwards) {
            return !(number as i64);
        }
        let number = self.arcs.len();
        self.known.insert(piece.clone(), number);
        self.arcs.push(piece);
        number as i64
    }
}

/// A ring without the repeated last point.
fn open(ring: &[Coord]) -> &[Coord] {
    match ring {
        [first, middle @ .., last] if first == last && !middle.is_empty() => {
            &ring[..ring.len() - 1]
        }
        _ => ring,
    }
}
