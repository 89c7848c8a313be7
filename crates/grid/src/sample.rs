//! Made-up towns of any size for tests and benches: the same number always gives the same town.
//!
//! A honeycomb, pushed about and drawn denser towards the middle, within an irregular border. Every side between two
//! cells is bent at eight places that both cells share exactly, so that a cell has 54 places. A spoilt copy
//! has defects of every common kind in known places, each in a neighbourhood of its own.

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use crate::{
    coord::{Bounds, Coord},
    defect::DefectKind,
    layer::{Feature, Layer},
    measure::{metres_per_degree, ring_area_m2},
};

const LON: f64 = 119.9;
const LAT: f64 = 31.4;
/// Side of a square as large as a cell.
const CELL_M: f64 = 150.0;
/// Places between two corners.
const BENDS: i64 = 8;

/// A town that is a partition.
pub struct Town {
    seed: u64,
    hexes: Vec<Hex>,
    number: FxHashMap<Hex, usize>,
    /// Distance from the middle to the farthest cell, in sides.
    reach: f64,
}

/// A defect that was put into a spoilt copy.
#[derive(Clone, Debug)]
pub struct Injected {
    /// What it must be found as.
    pub kind: DefectKind,
    /// The ids of the cells concerned; of a missing cell those around it.
    pub cells: Vec<String>,
    /// Its area in m².
    pub area_m2: f64,
}

type Hex = (i64, i64);
type Corner = (i64, i64);

const AROUND: [Hex; 6] = [(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)];
/// Corners from the south-east on, anticlockwise: side `i` lies towards `AROUND[i]`.
const CORNERS: [Corner; 6] = [(1, -1), (1, 1), (0, 2), (-1, 1), (-1, -1), (0, -2)];

impl Town {
    /// A town of so many cells.
    pub fn new(cells: usize, seed: u64) -> Town {
        let waves: Vec<(f64, f64)> = (0..6)
            .map(|i| {
                let size = share(seed, [1, i, 0, 0]) * 0.24 - 0.12;
                let phase = share(seed, [2, i, 0, 0]) * std::f64::consts::TAU;
                (size / (1.0 + 0.25 * i as f64), phase)
            })
            .collect();
        let score = |(q, r): Hex| {
            let (x, y) = lattice((2 * q + r, 3 * r));
            let angle = y.atan2(x);
            let wave = |(i, &(size, phase)): (usize, &(f64, f64))| {
                size * ((i + 2) as f64 * angle + phase).cos()
            };
            x.hypot(y) / (1.0 + waves.iter().enumerate().map(wave).sum::<f64>())
        };
        let span = (cells as f64).sqrt() as i64 + 4;
        let mut all: Vec<(f64, Hex)> = (-span..=span)
            .flat_map(|r| (-2 * span..=2 * span).map(move |q| (q, r)))
            .map(|hex| (score(hex), hex))
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        all.truncate(cells);
        // As in a file of a real town, neighbours don't stand side by side.
        let mut hexes: Vec<(u64, Hex)> = all
            .iter()
            .map(|&(_, hex)| (mix(seed, [3, hex.0, hex.1, 0]), hex))
            .collect();
        hexes.sort_unstable();
        let hexes: Vec<Hex> = hexes.into_iter().map(|(_, hex)| hex).collect();
        let number = hexes.iter().enumerate().map(|(i, &hex)| (hex, i)).collect();
        let far = |&(q, r): &Hex| {
            let (x, y) = lattice((2 * q + r, 3 * r));
            x.hypot(y)
        };
        let reach = hexes.iter().map(far).fold(1.0, f64::max);
        Town {
            seed,
            hexes,
            number,
            reach,
        }
    }

    /// The whole town.
    pub fn layer(&self) -> Layer {
        let rings = self.hexes.iter().map(|&hex| self.ring(hex));
        layer(rings.enumerate().map(|(i, ring)| (format!("c{i}"), ring)))
    }

    /// A copy with defects, and which they are: slivers and overlaps two in a thousand cells, as many unmatched
    /// vertices, and a fourth as many duplicates and missing cells, at least one of each.
    pub fn spoilt(&self) -> (Layer, Vec<Injected>) {
        let count = self.hexes.len();
        let (many, few) = ((count / 500).max(2), (count / 2000).max(1));
        let mut wanted = Vec::new();
        for (kind, times) in [
            (Spoil::Sliver, many),
            (Spoil::Overlap, many),
            (Spoil::Unmatched, many),
            (Spoil::Duplicate, few),
            (Spoil::Missing, few),
        ] {
            wanted.extend(std::iter::repeat_n(kind, times));
        }
        let mut rings: Vec<(String, Vec<Coord>)> = self
            .hexes
            .iter()
            .enumerate()
            .map(|(i, &hex)| (format!("c{i}"), self.ring(hex)))
            .collect();
        let mut used = vec![false; count];
        let mut injected = Vec::new();
        let mut gone = Vec::new();
        for i in 0..count {
            let Some(&spoil) = wanted.last() else {
                break;
            };
            let Some(hood) = self
                .hood(self.hexes[i])
                .filter(|hood| hood.iter().all(|&n| !used[n]))
            else {
                continue;
            };
            hood.iter().for_each(|&n| used[n] = true);
            wanted.pop();
            let id = |n: usize| format!("c{n}");
            let whole_m2 = ring_area_m2(&rings[i].1);
            let kind = match spoil {
                Spoil::Missing => {
                    gone.push(i);
                    let around = AROUND.map(|(q, r)| (self.hexes[i].0 + q, self.hexes[i].1 + r));
                    injected.push(Injected {
                        kind: DefectKind::Gap,
                        cells: around.iter().map(|hex| id(self.number[hex])).collect(),
                        area_m2: whole_m2,
                    });
                    continue;
                }
                Spoil::Duplicate => {
                    let twin = (id(rings.len()), rings[i].1.clone());
                    injected.push(Injected {
                        kind: DefectKind::Duplicate,
                        cells: vec![id(i), twin.0.clone()],
                        area_m2: whole_m2,
                    });
                    rings.push(twin);
                    continue;
                }
                Spoil::Sliver => DefectKind::Gap,
                Spoil::Overlap => DefectKind::Overlap,
                Spoil::Unmatched => DefectKind::UnmatchedVertex,
            };
            let side = (mix(self.seed, [5, i as i64, 0, 0]) % 6) as usize;
            let bend = 3 + (mix(self.seed, [6, i as i64, 0, 0]) % 4) as usize;
            let at = side * (BENDS as usize + 1) + bend;
            let (q, r) = AROUND[side];
            let beyond = self.number[&(self.hexes[i].0 + q, self.hexes[i].1 + r)];
            let ring = &mut rings[i].1;
            let (before, here, after) = (ring[at - 1], ring[at], ring[at + 1]);
            let changed = if spoil == Spoil::Unmatched {
                let new = Coord::between((before.x() + here.x()) / 2, (before.y() + here.y()) / 2);
                ring.insert(at, new);
                vec![before, new, here]
            } else {
                let size_m = 0.3 + 1.2 * share(self.seed, [7, i as i64, 0, 0]);
                let way = if spoil == Spoil::Sliver { 1.0 } else { -1.0 };
                let new = pushed(before, here, after, way * size_m);
                ring[at] = new;
                vec![before, here, after, new]
            };
            injected.push(Injected {
                kind,
                cells: vec![id(i), id(beyond)],
                area_m2: ring_area_m2(&changed),
            });
        }
        gone.sort_unstable();
        let kept = rings.into_iter().enumerate();
        let kept = kept.filter(|(i, _)| gone.binary_search(i).is_err());
        (layer(kept.map(|(_, cell)| cell)), injected)
    }

    /// The cells within two steps, if all are there.
    fn hood(&self, (q, r): Hex) -> Option<Vec<usize>> {
        let near = (-2i64..=2).flat_map(|dq| (-2i64..=2).map(move |dr| (dq, dr)));
        near.filter(|(dq, dr)| (dq + dr).abs() <= 2)
            .map(|(dq, dr)| self.number.get(&(q + dq, r + dr)).copied())
            .collect()
    }

    /// Anticlockwise, not closed; side `i` begins at `9 * i`.
    fn ring(&self, (q, r): Hex) -> Vec<Coord> {
        let (x, y) = (2 * q + r, 3 * r);
        let corner = |i: usize| (x + CORNERS[i % 6].0, y + CORNERS[i % 6].1);
        (0..6)
            .flat_map(|i| self.side(corner(i), corner(i + 1)))
            .collect()
    }

    /// A side without its last place: the same places from both ends.
    fn side(&self, a: Corner, b: Corner) -> Vec<Coord> {
        let (first, second) = (a.min(b), a.max(b));
        let ((ax, ay), (bx, by)) = (self.corner(first), self.corner(second));
        let (dx, dy) = (bx - ax, by - ay);
        let place = |k: i64| {
            let t = k as f64 / (BENDS + 1) as f64;
            let key = [
                4,
                first.0 * 4096 + second.0 - first.0,
                first.1 * 4096 + second.1 - first.1,
                k,
            ];
            let push = (2.0 * share(self.seed, key) - 1.0) * 4.0 * t * (1.0 - t) * 0.06;
            degrees(ax + dx * t - dy * push, ay + dy * t + dx * push)
        };
        let steps = 0..=BENDS;
        if a == first {
            steps.map(place).collect()
        } else {
            steps.map(|k| place(BENDS + 1 - k)).collect()
        }
    }

    /// Metres from the middle.
    fn corner(&self, (x, y): Corner) -> (f64, f64) {
        let push = |axis| (share(self.seed, [8, x, y, axis]) - 0.5) * 0.45;
        let (u, v) = lattice((x, y));
        let (u, v) = (u + push(0), v + push(1));
        let denser = 0.55 + 0.45 * (u.hypot(v) / self.reach).powf(0.8);
        let side_m = CELL_M / 2.598_f64.sqrt() * 1.15;
        (u * denser * side_m, v * denser * side_m)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Spoil {
    Sliver,
    Overlap,
    Unmatched,
    Duplicate,
    Missing,
}

/// Places spread evenly over a box.
pub fn places(within: Bounds, count: usize, seed: u64) -> Vec<Coord> {
    let between = |low: i64, high: i64, share: f64| low + (share * (high - low + 1) as f64) as i64;
    (0..count as i64)
        .map(|i| {
            let lon = between(within.min.x(), within.max.x(), share(seed, [9, i, 0, 0]));
            Coord::between(
                lon,
                between(within.min.y(), within.max.y(), share(seed, [9, i, 1, 0])),
            )
        })
        .collect()
}

fn layer(rings: impl Iterator<Item = (String, Vec<Coord>)>) -> Layer {
    let features = rings
        .enumerate()
        .map(|(i, (id, mut ring))| {
            ring.push(ring[0]);
            Feature {
                number: i + 1,
                attributes: Map::from_iter([("id".to_owned(), Value::from(id))]),
                shape: Some(vec![vec![ring]]),
            }
        })
        .collect();
    Layer {
        features,
        about: Map::from_iter([("made_up".to_owned(), Value::from(true))]),
    }
}

/// A corner's place where a side is 1 long.
fn lattice((x, y): Corner) -> (f64, f64) {
    (x as f64 * 0.75_f64.sqrt(), y as f64 * 0.5)
}

fn degrees(east_m: f64, north_m: f64) -> Coord {
    let (lon_m, lat_m) = metres_per_degree(LAT.to_radians());
    Coord::between(
        ((LON + east_m / lon_m) * 1e7).round() as i64,
        ((LAT + north_m / lat_m) * 1e7).round() as i64,
    )
}

/// A place moved to the left of the line between its neighbours, by metres.
fn pushed(before: Coord, here: Coord, after: Coord, by_m: f64) -> Coord {
    let (east, north) = metres_per_degree(LAT.to_radians());
    let dx = (after.x() - before.x()) as f64 * east;
    let dy = (after.y() - before.y()) as f64 * north;
    let by = by_m / dx.hypot(dy) * 1e7;
    Coord::between(
        here.x() + (-dy * by / east).round() as i64,
        here.y() + (dx * by / north).round() as i64,
    )
}

/// A number that looks drawn by lot, from the seed and a key (after Steele, Lea and Flood, SplitMix, 2014).
fn mix(seed: u64, key: [i64; 4]) -> u64 {
    let mut state = seed;
    for part in key {
        state = state
            .wrapping_add(part as u64)
            .wrapping_add(0x9e37_79b9_7f4a_7c15);
        state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 31;
    }
    state
}

/// A number from 0 to 1, 1 never.
fn share(seed: u64, key: [i64; 4]) -> f64 {
    (mix(seed, key) >> 11) as f64 / (1u64 << 53) as f64
}
