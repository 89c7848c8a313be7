//! All edges of a drawing side by side, and which of them is the reverse of which.

use std::ops::Range;

use crate::{
    boxes::{Boxes, Rect, hilbert},
    coord::Coord,
    frontier::{Frontier, Waiting, edge_key},
    layer::Feature,
    measure::ring_area_m2,
    shape::{Ring, RingFault, Shape},
    simple::Simple,
};

/// The areas of a drawing, their rings cleaned and turned the way they must run.
///
/// The number of an edge is that of the place it starts from. Areas stand in an order in which neighbours are near
/// each other, so that walking through them stays within the processor's cache.
#[derive(Default)]
pub(crate) struct Net {
    pub points: Vec<Coord>,
    pub rings: Vec<Span>,
    pub areas: Vec<Area>,
    /// Of each edge, one more than the number of its reverse; 0 where it has none.
    twins: Vec<u32>,
}

/// The places of one ring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
    /// The place of its area among the net's.
    pub area: u32,
    /// Whether a polygon begins with it.
    pub outer: bool,
}

/// What is known of one area.
#[derive(Clone, Debug)]
pub(crate) struct Area {
    /// The caller's number for it.
    pub owner: u32,
    pub rings: Range<u32>,
    pub rect: Rect,
    pub area_m2: f64,
    pub faults: Vec<RingFault>,
    /// The same for areas with the same edges.
    sum: u64,
}

impl Area {
    /// Whether its rings bound no area; one that was merely left open does.
    pub(crate) fn is_broken(&self) -> bool {
        let open = |fault: &RingFault| matches!(fault, RingFault::Unclosed(_));
        !self.faults.iter().all(open)
    }
}

/// Places past which the work is shared between two threads.
const MANY: usize = 50_000;

impl Net {
    /// Gathers the shapes of some features, each with its owner's number.
    pub(crate) fn gather(features: &[(u32, &Feature)]) -> Net {
        let mut over = Rect::EMPTY;
        let first = |feature: &Feature| {
            let mut rings = feature.shape.iter().flatten().flatten();
            rings.find_map(|ring| ring.first().copied())
        };
        let starts: Vec<Option<Coord>> = features.iter().map(|(_, f)| first(f)).collect();
        starts.iter().flatten().for_each(|&place| over.add(place));
        let mut order: Vec<(u32, u32)> = starts
            .iter()
            .enumerate()
            .map(|(i, start)| {
                let along = start.map_or(0, |place| hilbert((place.x(), place.y()), &over));
                (along, i as u32)
            })
            .collect();
        order.sort_unstable();
        let ordered: Vec<(u32, &Feature)> =
            order.iter().map(|&(_, i)| features[i as usize]).collect();
        let size = |(_, feature): &(u32, &Feature)| -> usize {
            feature.shape.iter().flatten().flatten().map(Vec::len).sum()
        };
        let total: usize = ordered.iter().map(size).sum();
        let mut points = vec![Coord::ORIGIN; total];
        if total < MANY {
            let (rings, areas) = gather_part(&ordered, &mut points, 0, 0, 0);
            return Net {
                points,
                rings,
                areas,
                twins: Vec::new(),
            };
        }
        let mut before = 0;
        let middle = ordered.iter().position(|one| {
            before += size(one);
            before > total / 2
        });
        let middle = middle.unwrap_or(ordered.len());
        let cut: usize = ordered[..middle].iter().map(size).sum();
        let (head, tail) = points.split_at_mut(cut);
        let (mut first, second) = std::thread::scope(|scope| {
            let rest = &ordered[middle..];
            let second = scope.spawn(move || gather_part(rest, tail, cut as u32, 0, middle as u32));
            let first = gather_part(&ordered[..middle], head, 0, 0, 0);
            (first, second.join().expect("gathering doesn't panic"))
        });
        let before = first.0.len() as u32;
        first.0.extend(second.0);
        first.1.extend(second.1.into_iter().map(|mut area| {
            area.rings = area.rings.start + before..area.rings.end + before;
            area
        }));
        Net {
            points,
            rings: first.0,
            areas: first.1,
            twins: Vec::new(),
        }
    }

    /// Finds the reverse of every edge that has one and returns those that have none; the areas to be skipped are in
    /// `without`, by their place.
    pub(crate) fn match_edges(&mut self, without: &[bool]) -> Vec<Waiting> {
        self.twins = vec![0; self.points.len()];
        let skipped = |span: &&Span| !without[span.area as usize];
        let cut = self
            .rings
            .partition_point(|span| (span.start as usize) < self.points.len() / 2);
        let (points, rings) = (&self.points, &self.rings);
        if points.len() < MANY || cut == 0 || cut == rings.len() {
            return meet(points, rings.iter().filter(skipped), &mut self.twins, 0);
        }
        let at = rings[cut].start;
        let (head, tail) = self.twins.split_at_mut(at as usize);
        let (first, second) = std::thread::scope(|scope| {
            let later = rings[cut..].iter().filter(skipped);
            let second = scope.spawn(move || meet(points, later, tail, at));
            let first = meet(points, rings[..cut].iter().filter(skipped), head, 0);
            (first, second.join().expect("matching doesn't panic"))
        });
        let mut rest = Frontier::new();
        for edge in first.into_iter().chain(second) {
            if let Some(twin) = rest.meet(edge.a, edge.b, edge.number) {
                self.twins[edge.number as usize] = twin + 1;
                self.twins[twin as usize] = edge.number + 1;
            }
        }
        rest.left().collect()
    }

    /// Pairs of areas with the very same edges: the later one's place, then the earlier one's.
    pub(crate) fn duplicates(&self) -> Vec<(usize, usize)> {
        let mut order: Vec<(u64, u32, usize)> = self
            .areas
            .iter()
            .enumerate()
            .filter(|(_, area)| !area.rings.is_empty())
            .map(|(place, area)| (area.sum, area.owner, place))
            .collect();
        order.sort_unstable();
        let edges = |place: usize| {
            let mut edges: Vec<(Coord, Coord)> = self.edges_of(place).collect();
            edges.sort_unstable();
            edges
        };
        let mut found = Vec::new();
        for alike in order
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|alike| alike.len() > 1)
        {
            let mut seen: Vec<(Vec<(Coord, Coord)>, usize)> = Vec::new();
            for &(_, _, place) in alike {
                let own = edges(place);
                match seen.iter().find(|(edges, _)| *edges == own) {
                    Some(&(_, first)) => found.push((place, first)),
                    None => seen.push((own, place)),
                }
            }
        }
        found.sort_unstable();
        found
    }

    /// The number of the edge that is this one's reverse.
    pub(crate) fn twin(&self, edge: u32) -> Option<u32> {
        self.twins[edge as usize].checked_sub(1)
    }

    /// The ring to which an edge belongs.
    pub(crate) fn ring_of(&self, edge: u32) -> usize {
        self.rings.partition_point(|span| span.start <= edge) - 1
    }

    /// The number of the edge after this one in its ring.
    pub(crate) fn next(&self, edge: u32, span: Span) -> u32 {
        if edge + 1 < span.end {
            edge + 1
        } else {
            span.start
        }
    }

    /// The places of a ring.
    pub(crate) fn ring(&self, span: Span) -> &[Coord] {
        &self.points[span.start as usize..span.end as usize]
    }

    /// The rings of an area.
    pub(crate) fn rings_of(&self, place: usize) -> &[Span] {
        let rings = &self.areas[place].rings;
        &self.rings[rings.start as usize..rings.end as usize]
    }

    /// The edges of an area, the inside to their left.
    pub(crate) fn edges_of(&self, place: usize) -> impl Iterator<Item = (Coord, Coord)> + '_ {
        self.rings_of(place)
            .iter()
            .flat_map(|&span| edges(self.ring(span)))
    }

    /// The shape of an area as a value of its own.
    pub(crate) fn shape(&self, place: usize) -> Shape {
        let mut polygons: Vec<Vec<Ring>> = Vec::new();
        for &span in self.rings_of(place) {
            let ring = self.ring(span).to_vec();
            match polygons.last_mut() {
                Some(polygon) if !span.outer => polygon.push(ring),
                _ => polygons.push(vec![ring]),
            }
        }
        Shape::turned(polygons)
    }

    /// The boxes of the areas as a tree, to ask which lie at a place.
    pub(crate) fn boxes(&self) -> Boxes {
        Boxes::new(self.areas.iter().map(|area| area.rect))
    }
}

/// The edges along a ring.
pub(crate) fn edges(ring: &[Coord]) -> impl Iterator<Item = (Coord, Coord)> + '_ {
    let closing = ring.last().map(|&last| (last, ring[0]));
    ring.windows(2)
        .map(|pair| (pair[0], pair[1]))
        .chain(closing)
}

fn meet<'a>(
    points: &[Coord],
    rings: impl Iterator<Item = &'a Span>,
    twins: &mut [u32],
    base: u32,
) -> Vec<Waiting> {
    let mut frontier = Frontier::new();
    for span in rings {
        let ring = &points[span.start as usize..span.end as usize];
        for (number, (a, b)) in (span.start..).zip(edges(ring)) {
            if let Some(twin) = frontier.meet(a, b, number) {
                twins[(number - base) as usize] = twin + 1;
                twins[(twin - base) as usize] = number + 1;
            }
        }
    }
    frontier.left().collect()
}

/// Fills a stretch of places that begins at `base` of the whole.
fn gather_part(
    features: &[(u32, &Feature)],
    points: &mut [Coord],
    base: u32,
    first_ring: u32,
    first_area: u32,
) -> (Vec<Span>, Vec<Area>) {
    let mut rings: Vec<Span> = Vec::with_capacity(features.len());
    let mut areas = Vec::with_capacity(features.len());
    let mut simple = Simple::default();
    let mut at = 0;
    for (number, (owner, feature)) in features.iter().enumerate() {
        let polygons = feature.shape.as_deref().unwrap_or_default();
        let before = rings.len();
        let mut area = Area {
            owner: *owner,
            rings: 0..0,
            rect: Rect::EMPTY,
            area_m2: 0.0,
            faults: Vec::new(),
            sum: 0,
        };
        if feature.shape.is_some() && polygons.is_empty() {
            area.faults.push(RingFault::TooFew(None));
        }
        for polygon in polygons {
            if polygon.is_empty() {
                area.faults.push(RingFault::TooFew(None));
            }
            for (i, drawn) in polygon.iter().enumerate() {
                let start = at;
                at += clean(drawn, &mut points[start..], &mut area.faults);
                let ring = &mut points[start..at];
                let rect = turn(ring, i == 0);
                area.rect.join(rect);
                for (a, b) in edges(ring) {
                    let key = edge_key(a, b).wrapping_mul(0xff51_afd7_ed55_8ccd);
                    area.sum = area
                        .sum
                        .wrapping_add((key ^ key >> 32).wrapping_mul(0xc4ce_b9fe_1a85_ec53));
                }
                let size = ring_area_m2(ring);
                area.area_m2 += if i == 0 { size } else { -size };
                rings.push(Span {
                    start: base + start as u32,
                    end: base + at as u32,
                    area: first_area + number as u32,
                    outer: i == 0,
                });
            }
        }
        area.rings = first_ring + before as u32..first_ring + rings.len() as u32;
        let own = &rings[before..];
        let ring = |span: &Span| &points[(span.start - base) as usize..(span.end - base) as usize];
        if !area.is_broken() {
            match own {
                [] => {}
                [only] => area.faults.extend(simple.fault(ring(only))),
                _ => {
                    let mut polygons: Vec<Vec<Ring>> = Vec::new();
                    for span in own {
                        match polygons.last_mut() {
                            Some(polygon) if !span.outer => polygon.push(ring(span).to_vec()),
                            _ => polygons.push(vec![ring(span).to_vec()]),
                        }
                    }
                    area.faults.extend(Shape::turned(polygons).faults());
                }
            }
        }
        areas.push(area);
    }
    (rings, areas)
}

/// Copies a ring without its repeated last point and without points that fall together; returns how many stay.
fn clean(drawn: &[Coord], into: &mut [Coord], faults: &mut Vec<RingFault>) -> usize {
    let mut count = 0;
    for &place in drawn {
        if count == 0 || into[count - 1] != place {
            into[count] = place;
            count += 1;
        }
    }
    if let (Some(first), Some(&last)) = (drawn.first(), drawn.last())
        && (*first != last || drawn.len() == 1)
    {
        faults.push(RingFault::Unclosed(last));
    }
    while count > 1 && into[0] == into[count - 1] {
        count -= 1;
    }
    if count < 3 {
        faults.push(RingFault::TooFew(drawn.first().copied()));
    }
    count
}

/// Turns a ring anticlockwise, or clockwise for a hole; returns its box.
fn turn(ring: &mut [Coord], outer: bool) -> Rect {
    let mut rect = Rect::EMPTY;
    ring.iter().for_each(|&place| rect.add(place));
    let Some(&first) = ring.first() else {
        return rect;
    };
    let small = (i64::from(rect.east) - i64::from(rect.west))
        .max(i64::from(rect.north) - i64::from(rect.south))
        < 1 << 30;
    let twice: i128 = if small {
        // The sum fits, so it may wrap on the way.
        let mut sum = 0i64;
        let (mut x, mut y) = (0, 0);
        for place in &ring[1..] {
            let (u, v) = (place.x() - first.x(), place.y() - first.y());
            sum = sum.wrapping_add(x * v - y * u);
            (x, y) = (u, v);
        }
        sum.into()
    } else {
        let points: Vec<crate::exact::Pt> = ring.iter().map(|&c| c.into()).collect();
        crate::exact::twice_area(&points)
    };
    if (twice < 0) == outer {
        ring.reverse();
    }
    rect
}
