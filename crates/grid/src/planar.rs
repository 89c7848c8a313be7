//! The faces that a set of directed edges cuts the plane into, and how many areas cover each.
//!
//! The edges form a *chain*: the sum of the boundaries of some areas, after an edge and its reverse have cancelled.
//! Walking across an edge changes the number of areas above a point by the edge's net count, and far outside that
//! number is zero; so the chain alone tells the cover of every face. The frames that the areas should fill are counted
//! in the same way. Whether edges touch is decided exactly on
//! integers. Only where they do cross are the crossings rounded, to 2^-16 of a unit, to describe what went wrong.

use rustc_hash::FxHashMap;

use crate::{
    contacts::Contact,
    coord::Coord,
    exact::{Pt, crossing, orient, twice_area},
    face::Face,
};

/// Units of the finer plane in which crossings are described, in one unit of a [`Coord`].
pub(crate) const FINE: i64 = 1 << 16;

/// An edge left over by cancellation.
#[derive(Clone, Debug)]
pub(crate) struct ChainEdge {
    pub a: Coord,
    pub b: Coord,
    /// How many more areas lie to the left of `a -> b` than to its right, and how many more frames.
    pub net: Cover,
    /// The cells of which it is an edge.
    pub cells: Vec<u32>,
}

/// How many areas cover a place, and how many of the areas that they should fill: the boundary, or an upper cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Cover {
    pub areas: i32,
    pub frames: i32,
}

impl Cover {
    /// The left side of an edge of one area.
    pub(crate) const AREA: Cover = Cover {
        areas: 1,
        frames: 0,
    };

    pub(crate) fn is_zero(self) -> bool {
        self == Cover::default()
    }
}

impl std::ops::Add for Cover {
    type Output = Cover;
    fn add(self, other: Cover) -> Cover {
        Cover {
            areas: self.areas + other.areas,
            frames: self.frames + other.frames,
        }
    }
}

impl std::ops::Mul<i32> for Cover {
    type Output = Cover;
    fn mul(self, times: i32) -> Cover {
        Cover {
            areas: self.areas * times,
            frames: self.frames * times,
        }
    }
}

/// The bounded faces of the chain. Exact when it has no contacts.
pub(crate) fn faces(chain: &[ChainEdge], contacts: &[Contact]) -> Vec<Face> {
    Planar::new(split(chain, contacts)).faces()
}

struct Half {
    from: u32,
    to: u32,
    /// What covers its left beyond what covers its right.
    net: Cover,
}

/// Half-edges in pairs (`h` and `h ^ 1`), each bounding the face to its left.
struct Planar {
    points: Vec<Pt>,
    halves: Vec<Half>,
    cells: Vec<Vec<u32>>,
    /// Of each half-edge, its cycle.
    cycle_of: Vec<u32>,
    cycles: Vec<Vec<u32>>,
    /// Of each point, its connected component.
    component_of: Vec<u32>,
}

struct Segment {
    a: Pt,
    b: Pt,
    net: Cover,
    cells: Vec<u32>,
}

impl Planar {
    fn new(segments: Vec<Segment>) -> Planar {
        let mut points: Vec<Pt> = segments.iter().flat_map(|s| [s.a, s.b]).collect();
        points.sort_unstable();
        points.dedup();
        let index = |p: Pt| points.binary_search(&p).expect("collected above") as u32;
        let mut halves = Vec::with_capacity(2 * segments.len());
        let mut cells = Vec::with_capacity(segments.len());
        for segment in segments {
            let (from, to) = (index(segment.a), index(segment.b));
            let net = segment.net;
            halves.push(Half { from, to, net });
            halves.push(Half {
                from: to,
                to: from,
                net: net * -1,
            });
            cells.push(segment.cells);
        }
        let mut planar = Planar {
            cycle_of: vec![u32::MAX; halves.len()],
            component_of: vec![u32::MAX; points.len()],
            points,
            halves,
            cells,
            cycles: Vec::new(),
        };
        planar.trace();
        planar
    }

    fn point(&self, i: u32) -> Pt {
        self.points[i as usize]
    }

    /// Links the half-edges around each face.
    fn trace(&mut self) {
        let mut star: Vec<Vec<u32>> = vec![Vec::new(); self.points.len()];
        for (h, half) in self.halves.iter().enumerate() {
            star[half.from as usize].push(h as u32);
        }
        let mut next = vec![0; self.halves.len()];
        for (v, out) in star.iter_mut().enumerate() {
            let center = self.points[v];
            let upper = |p: Pt| (p.y, p.x) > (center.y, center.x);
            out.sort_unstable_by(|&g, &h| {
                let (p, q) = (
                    self.point(self.halves[g as usize].to),
                    self.point(self.halves[h as usize].to),
                );
                upper(q)
                    .cmp(&upper(p))
                    .then_with(|| 0.cmp(&orient(center, p, q)))
            });
            // Arriving by the twin of an outgoing edge, the face to the left goes on with its clockwise neighbour.
            for (i, &h) in out.iter().enumerate() {
                next[(h ^ 1) as usize] = out[(i + out.len() - 1) % out.len()];
            }
        }
        for start in 0..self.halves.len() as u32 {
            if self.cycle_of[start as usize] != u32::MAX {
                continue;
            }
            let mut cycle = Vec::new();
            let mut h = start;
            while self.cycle_of[h as usize] == u32::MAX {
                self.cycle_of[h as usize] = self.cycles.len() as u32;
                cycle.push(h);
                h = next[h as usize];
            }
            self.cycles.push(cycle);
        }
        let mut component = 0;
        for start in 0..self.points.len() {
            if self.component_of[start] != u32::MAX {
                continue;
            }
            let mut open = vec![start as u32];
            self.component_of[start] = component;
            while let Some(v) = open.pop() {
                for &h in &star[v as usize] {
                    let to = self.halves[h as usize].to;
                    if self.component_of[to as usize] == u32::MAX {
                        self.component_of[to as usize] = component;
                        open.push(to);
                    }
                }
            }
            component += 1;
        }
    }

    fn ring(&self, cycle: &[u32]) -> Vec<Pt> {
        cycle
            .iter()
            .map(|&h| self.point(self.halves[h as usize].from))
            .collect()
    }

    fn faces(&self) -> Vec<Face> {
        let rings: Vec<Vec<Pt>> = self.cycles.iter().map(|c| self.ring(c)).collect();
        let areas: Vec<i128> = rings.iter().map(|ring| twice_area(ring)).collect();
        let bands = Bands::new(self);
        // Points are sorted, so the first of a component is its westernmost: what surrounds it surrounds them all.
        let components = self
            .component_of
            .iter()
            .max()
            .map_or(0, |&c| c as usize + 1);
        let mut first = vec![u32::MAX; components];
        for (v, &component) in self.component_of.iter().enumerate().rev() {
            first[component as usize] = v as u32;
        }
        let around: Vec<(Cover, Option<u32>)> = (0..components)
            .map(|c| bands.look_east(self, first[c], c as u32))
            .collect();
        let mut cover: Vec<Option<Cover>> = vec![None; self.cycles.len()];
        let mut open = Vec::new();
        for (c, area) in areas.iter().enumerate() {
            if *area <= 0 {
                let v = self.halves[self.cycles[c][0] as usize].from;
                cover[c] = Some(around[self.component_of[v as usize] as usize].0);
                open.push(c);
            }
        }
        while let Some(c) = open.pop() {
            let here = cover[c].expect("set before it was pushed");
            for &h in &self.cycles[c] {
                let beyond = self.cycle_of[(h ^ 1) as usize] as usize;
                if cover[beyond].is_none() {
                    cover[beyond] = Some(here + self.halves[h as usize].net * -1);
                    open.push(beyond);
                }
            }
        }
        let mut holes: FxHashMap<u32, Vec<Vec<Pt>>> = FxHashMap::default();
        for (c, area) in areas.iter().enumerate() {
            if *area >= 0 {
                continue;
            }
            let mut parent = Some(c as u32);
            // An outer cycle stands in the face that surrounds its component, which may again be an outer one.
            for _ in 0..=components {
                match parent {
                    Some(p) if areas[p as usize] <= 0 => {
                        let v = self.halves[self.cycles[p as usize][0] as usize].from;
                        parent = around[self.component_of[v as usize] as usize].1;
                    }
                    _ => break,
                }
            }
            if let Some(parent) = parent {
                holes.entry(parent).or_default().push(rings[c].clone());
            }
        }
        let mut faces = Vec::new();
        for (c, ring) in rings.into_iter().enumerate() {
            if areas[c] <= 0 {
                continue;
            }
            let mut cells: Vec<u32> = self.cycles[c]
                .iter()
                .flat_map(|&h| self.cells[h as usize / 2].iter().copied())
                .collect();
            cells.sort_unstable();
            cells.dedup();
            faces.push(Face {
                cover: cover[c].unwrap_or_default(),
                cells,
                outer: ring,
                holes: holes.remove(&(c as u32)).unwrap_or_default(),
            });
        }
        faces
    }
}

/// The edges by bands of latitude, so that a ray meets few of them.
struct Bands {
    low: i64,
    height: i64,
    edges: Vec<Vec<u32>>,
}

impl Bands {
    fn new(planar: &Planar) -> Bands {
        let low = planar.points.iter().map(|p| p.y).min().unwrap_or(0);
        let high = planar.points.iter().map(|p| p.y).max().unwrap_or(0);
        let wanted = (planar.halves.len() / 8).clamp(1, 1 << 16) as i64;
        // An edge stands in every band that it passes: where edges are long, bands are so high that it passes few.
        let spans = planar.halves.iter().step_by(2).map(|half| {
            let (a, b) = (planar.point(half.from).y, planar.point(half.to).y);
            i128::from(a.abs_diff(b))
        });
        let mean = spans.sum::<i128>() / (planar.halves.len() as i128 / 2).max(1);
        let height = ((high - low) / wanted + 1).max(mean as i64 + 1);
        let count = (high - low) / height + 1;
        let mut bands = Bands {
            low,
            height,
            edges: vec![Vec::new(); count as usize],
        };
        for h in (0..planar.halves.len()).step_by(2) {
            let half = &planar.halves[h];
            let (a, b) = (planar.point(half.from).y, planar.point(half.to).y);
            for band in bands.of(a.min(b))..=bands.of(a.max(b)) {
                bands.edges[band].push(h as u32);
            }
        }
        bands
    }

    fn of(&self, y: i64) -> usize {
        ((y - self.low) / self.height) as usize
    }

    /// The cover at a point by all components but its own, and the cycle that it looks at to the east.
    fn look_east(&self, planar: &Planar, v: u32, component: u32) -> (Cover, Option<u32>) {
        let p = planar.point(v);
        let mut cover = Cover::default();
        let mut nearest: Option<(f64, u32)> = None;
        for &h in &self.edges[self.of(p.y)] {
            let half = &planar.halves[h as usize];
            if planar.component_of[half.from as usize] == component {
                continue;
            }
            let (a, b) = (planar.point(half.from), planar.point(half.to));
            let side = crossing(a, b, p);
            if side == 0 {
                continue;
            }
            cover = cover + half.net * side;
            let share = (p.y - a.y) as f64 / (b.y - a.y) as f64;
            let distance = (a.x - p.x) as f64 + share * (b.x - a.x) as f64;
            if nearest.is_none_or(|(least, _)| distance < least) {
                let facing = if side > 0 { h } else { h ^ 1 };
                nearest = Some((distance, planar.cycle_of[facing as usize]));
            }
        }
        (cover, nearest.map(|(_, cycle)| cycle))
    }
}

/// Cuts the edges where they meet, and lets what then coincides cancel.
fn split(chain: &[ChainEdge], contacts: &[Contact]) -> Vec<Segment> {
    let mut cuts: FxHashMap<usize, Vec<Pt>> = FxHashMap::default();
    for contact in contacts {
        match *contact {
            Contact::Crossing(i, j) => {
                let p = cut((chain[i].a, chain[i].b), (chain[j].a, chain[j].b));
                cuts.entry(i).or_default().push(p);
                cuts.entry(j).or_default().push(p);
            }
            Contact::Touch(_, j, at) => cuts.entry(j).or_default().push(scaled(at)),
        }
    }
    let mut merged: FxHashMap<(Pt, Pt), (Cover, Vec<u32>)> = FxHashMap::default();
    for (i, edge) in chain.iter().enumerate() {
        let (a, b) = (scaled(edge.a), scaled(edge.b));
        let mut stops = cuts.remove(&i).unwrap_or_default();
        let along = |p: &Pt| i128::from(p.x - a.x).pow(2) + i128::from(p.y - a.y).pow(2);
        stops.sort_unstable_by_key(along);
        stops.push(b);
        let mut from = a;
        for to in stops {
            if to == from {
                continue;
            }
            let (key, net) = if from < to {
                ((from, to), edge.net)
            } else {
                ((to, from), edge.net * -1)
            };
            let entry = merged.entry(key).or_default();
            entry.0 = entry.0 + net;
            entry.1.extend_from_slice(&edge.cells);
            from = to;
        }
    }
    let mut segments: Vec<Segment> = merged
        .into_iter()
        .filter(|(_, (net, _))| !net.is_zero())
        .map(|((a, b), (net, cells))| Segment { a, b, net, cells })
        .collect();
    segments.sort_unstable_by_key(|s| (s.a, s.b));
    segments
}

pub(crate) fn scaled(place: Coord) -> Pt {
    Pt {
        x: place.x() * FINE,
        y: place.y() * FINE,
    }
}

/// Where two crossing edges meet, rounded to a fine unit.
fn cut(first: (Coord, Coord), second: (Coord, Coord)) -> Pt {
    let (a, b) = (scaled(first.0), scaled(first.1));
    let (c, d) = (scaled(second.0), scaled(second.1));
    let part = orient(c, d, a);
    let share = part as f64 / (part - orient(c, d, b)) as f64;
    Pt {
        x: a.x + ((b.x - a.x) as f64 * share).round() as i64,
        y: a.y + ((b.y - a.y) as f64 * share).round() as i64,
    }
}

/// Where two crossing edges meet, rounded to a unit.
pub(crate) fn meeting(first: (Coord, Coord), second: (Coord, Coord)) -> Coord {
    coarse(cut(first, second))
}

pub(crate) fn coarse(p: Pt) -> Coord {
    let unit = |v: i64| (v + FINE / 2).div_euclid(FINE);
    Coord::between(unit(p.x), unit(p.y))
}

pub(crate) fn degrees(p: Pt) -> (f64, f64) {
    let unit = FINE as f64 * 1e7;
    (p.x as f64 / unit, p.y as f64 / unit)
}
