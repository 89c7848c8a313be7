//! Mapbox Vector Tiles, version 2.1: as much of the format as a map of cells takes. <https://github.com/mapbox/vector-tile-spec>

use std::collections::HashMap;

/// Units along a tile's edge.
pub(crate) const EXTENT: f64 = 4096.0;
/// Units around a tile that are drawn too, so that nothing is cut at its edge.
pub(crate) const MARGIN: f64 = 128.0;

/// A place in the units of a tile, x to the east and y to the south.
pub(crate) type Spot = (f64, f64);

/// A value of a feature.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    Text(String),
    Number(u64),
    Flag(bool),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

/// A layer under construction.
pub(crate) struct Layer {
    name: &'static str,
    features: Vec<u8>,
    keys: Vec<&'static str>,
    values: Vec<Value>,
    value_places: HashMap<Value, u64>,
}

enum Shape {
    Point = 1,
    Line = 2,
    Polygon = 3,
}

impl Layer {
    /// A layer without features.
    pub fn new(name: &'static str) -> Layer {
        Layer {
            name,
            features: Vec::new(),
            keys: Vec::new(),
            values: Vec::new(),
            value_places: HashMap::new(),
        }
    }

    /// Adds a point, where it lies in the tile itself.
    pub fn point(&mut self, at: Spot, tags: &[(&'static str, Value)]) {
        if !(0.0..EXTENT).contains(&at.0) || !(0.0..EXTENT).contains(&at.1) {
            return;
        }
        let mut pen = Pen::default();
        pen.move_to(&[rounded(at)]);
        self.feature(Shape::Point, pen, tags);
    }

    /// Adds a line, cut to the tile and its margin.
    pub fn line(&mut self, spots: &[Spot], tags: &[(&'static str, Value)]) {
        let mut pen = Pen::default();
        for part in cut_line(spots) {
            let mut part: Vec<(i32, i32)> = part.into_iter().map(rounded).collect();
            part.dedup();
            if part.len() > 1 {
                pen.move_to(&part[..1]);
                pen.line_to(&part[1..]);
            }
        }
        self.feature(Shape::Line, pen, tags);
    }

    /// Adds an area, cut to the tile and its margin: polygons, each an outer ring and its holes, not closed.
    pub fn area(&mut self, polygons: &[Vec<Vec<Spot>>], tags: &[(&'static str, Value)]) {
        let mut pen = Pen::default();
        for polygon in polygons {
            for (place, ring) in polygon.iter().enumerate() {
                let mut ring: Vec<(i32, i32)> =
                    cut_ring(ring.clone()).into_iter().map(rounded).collect();
                ring.dedup();
                while ring.len() > 1 && ring.first() == ring.last() {
                    ring.pop();
                }
                let area = twice_area(&ring);
                if area == 0 {
                    if place == 0 {
                        break;
                    }
                    continue;
                }
                // Outer rings run so that their area is positive with y to the south, holes the other way.
                if (area > 0) != (place == 0) {
                    ring.reverse();
                }
                pen.move_to(&ring[..1]);
                pen.line_to(&ring[1..]);
                pen.close();
            }
        }
        self.feature(Shape::Polygon, pen, tags);
    }

    fn feature(&mut self, shape: Shape, pen: Pen, tags: &[(&'static str, Value)]) {
        if pen.commands.is_empty() {
            return;
        }
        let mut numbers = Vec::with_capacity(tags.len() * 2);
        for (key, value) in tags {
            let place = self.keys.iter().position(|known| known == key);
            let place = place.unwrap_or_else(|| {
                self.keys.push(key);
                self.keys.len() - 1
            });
            let values = &mut self.values;
            let value = *self.value_places.entry(value.clone()).or_insert_with(|| {
                values.push(value.clone());
                values.len() as u64 - 1
            });
            numbers.extend([place as u64, value]);
        }
        let mut feature = Vec::new();
        packed(&mut feature, 2, &numbers);
        varint(&mut feature, 3 << 3);
        varint(&mut feature, shape as u64);
        packed(&mut feature, 4, &pen.commands);
        bytes(&mut self.features, 2, &feature);
    }

    /// Ends the layer and adds it to a tile; an empty one is left out.
    pub fn end(self, tile: &mut Vec<u8>) {
        if self.features.is_empty() {
            return;
        }
        let mut layer = Vec::with_capacity(self.features.len() + 1024);
        varint(&mut layer, 15 << 3);
        varint(&mut layer, 2);
        bytes(&mut layer, 1, self.name.as_bytes());
        layer.extend_from_slice(&self.features);
        for key in &self.keys {
            bytes(&mut layer, 3, key.as_bytes());
        }
        for value in &self.values {
            let mut said = Vec::new();
            match value {
                Value::Text(text) => bytes(&mut said, 1, text.as_bytes()),
                Value::Number(number) => {
                    varint(&mut said, 5 << 3);
                    varint(&mut said, *number);
                }
                Value::Flag(flag) => {
                    varint(&mut said, 7 << 3);
                    varint(&mut said, u64::from(*flag));
                }
            }
            bytes(&mut layer, 4, &said);
        }
        varint(&mut layer, 5 << 3);
        varint(&mut layer, EXTENT as u64);
        bytes(tile, 3, &layer);
    }
}

/// Writes a geometry as commands relative to where the pen is.
#[derive(Default)]
struct Pen {
    commands: Vec<u64>,
    at: (i32, i32),
}

impl Pen {
    fn move_to(&mut self, spots: &[(i32, i32)]) {
        self.draw(1, spots);
    }

    fn line_to(&mut self, spots: &[(i32, i32)]) {
        self.draw(2, spots);
    }

    fn close(&mut self) {
        self.commands.push((1 << 3) | 7);
    }

    fn draw(&mut self, command: u64, spots: &[(i32, i32)]) {
        self.commands.push(((spots.len() as u64) << 3) | command);
        for &(x, y) in spots {
            self.commands
                .extend([zigzag(x - self.at.0), zigzag(y - self.at.1)]);
            self.at = (x, y);
        }
    }
}

fn zigzag(step: i32) -> u64 {
    u64::from(((step << 1) ^ (step >> 31)) as u32)
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(out, (field << 3) | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn packed(out: &mut Vec<u8>, field: u64, numbers: &[u64]) {
    let mut packed = Vec::with_capacity(numbers.len() * 2);
    numbers
        .iter()
        .for_each(|number| varint(&mut packed, *number));
    bytes(out, field, &packed);
}

fn rounded(at: Spot) -> (i32, i32) {
    (at.0.round() as i32, at.1.round() as i32)
}

fn twice_area(ring: &[(i32, i32)]) -> i64 {
    let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
    pairs
        .map(|(a, b)| i64::from(a.0) * i64::from(b.1) - i64::from(b.0) * i64::from(a.1))
        .sum()
}

const LOW: f64 = -MARGIN;
const HIGH: f64 = EXTENT + MARGIN;

/// The part of a ring inside the box (Sutherland and Hodgman, 1974).
fn cut_ring(mut ring: Vec<Spot>) -> Vec<Spot> {
    if ring
        .iter()
        .all(|spot| (LOW..=HIGH).contains(&spot.0) && (LOW..=HIGH).contains(&spot.1))
    {
        return ring;
    }
    /// A side of the box: how far inside it a spot lies, and where a line meets it.
    type Side = (fn(Spot) -> f64, fn(Spot, Spot) -> Spot);
    let sides: [Side; 4] = [
        (|s| s.0 - LOW, |a, b| (LOW, level(a.0, b.0, LOW, a.1, b.1))),
        (
            |s| HIGH - s.0,
            |a, b| (HIGH, level(a.0, b.0, HIGH, a.1, b.1)),
        ),
        (|s| s.1 - LOW, |a, b| (level(a.1, b.1, LOW, a.0, b.0), LOW)),
        (
            |s| HIGH - s.1,
            |a, b| (level(a.1, b.1, HIGH, a.0, b.0), HIGH),
        ),
    ];
    for (inside, meet) in sides {
        let mut cut = Vec::with_capacity(ring.len() + 4);
        for at in 0..ring.len() {
            let (a, b) = (ring[at], ring[(at + 1) % ring.len()]);
            match (inside(a) >= 0.0, inside(b) >= 0.0) {
                (true, true) => cut.push(b),
                (true, false) => cut.push(meet(a, b)),
                (false, true) => cut.extend([meet(a, b), b]),
                (false, false) => {}
            }
        }
        ring = cut;
    }
    ring
}

/// The value at `wanted` on the line through (a, from) and (b, to).
fn level(a: f64, b: f64, wanted: f64, from: f64, to: f64) -> f64 {
    from + (to - from) * (wanted - a) / (b - a)
}

/// The parts of a line inside the box (Liang and Barsky, 1984).
fn cut_line(spots: &[Spot]) -> Vec<Vec<Spot>> {
    let mut parts: Vec<Vec<Spot>> = Vec::new();
    let mut open = false;
    for pair in spots.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut from, mut to) = (0.0_f64, 1.0_f64);
        for (step, room) in [
            (-dx, a.0 - LOW),
            (dx, HIGH - a.0),
            (-dy, a.1 - LOW),
            (dy, HIGH - a.1),
        ] {
            if step == 0.0 {
                if room < 0.0 {
                    to = -1.0;
                }
            } else if step < 0.0 {
                from = from.max(room / step);
            } else {
                to = to.min(room / step);
            }
        }
        if from > to {
            open = false;
            continue;
        }
        let on = |share: f64| (a.0 + dx * share, a.1 + dy * share);
        match parts.last_mut() {
            Some(part) if open && from == 0.0 => part.push(on(to)),
            _ => parts.push(vec![on(from), on(to)]),
        }
        open = to == 1.0;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification, section 4.3.5.2 and 4.3.4.2.
    #[test]
    fn commands_are_those_of_the_specification() {
        let mut pen = Pen::default();
        pen.move_to(&[(3, 6)]);
        pen.line_to(&[(8, 12), (20, 34)]);
        pen.close();
        assert_eq!(pen.commands, [9, 6, 12, 18, 10, 12, 24, 44, 15]);
        assert_eq!([0, -1, 1, -2].map(zigzag), [0, 1, 2, 3]);
    }

    #[test]
    fn a_ring_is_cut_to_the_box() {
        let around = vec![(-1e5, -1e5), (1e5, -1e5), (1e5, 1e5), (-1e5, 1e5)];
        let cut = cut_ring(around);
        let mut ring: Vec<(i32, i32)> = cut.into_iter().map(rounded).collect();
        ring.dedup();
        let side = (HIGH - LOW) as i64;
        assert_eq!(twice_area(&ring).abs(), 2 * side * side);
        assert!(cut_ring(vec![(-900.0, 0.0), (-800.0, 0.0), (-800.0, 50.0)]).is_empty());
    }

    #[test]
    fn a_line_is_cut_to_the_box() {
        let parts = cut_line(&[(-1000.0, 10.0), (100.0, 10.0), (100.0, 90.0), (1e5, 90.0)]);
        assert_eq!(
            parts,
            [vec![
                (LOW, 10.0),
                (100.0, 10.0),
                (100.0, 90.0),
                (HIGH, 90.0)
            ]]
        );
        assert!(cut_line(&[(-500.0, -500.0), (-400.0, 5000.0)]).is_empty());
    }

    #[test]
    fn a_tile_is_the_bytes_that_readers_expect() {
        let mut layer = Layer::new("label");
        layer.point((25.0, 17.0), &[("id", Value::from("a"))]);
        layer.point((-1.0, 0.0), &[("id", Value::from("outside"))]);
        let mut tile = Vec::new();
        layer.end(&mut tile);
        let want = [
            &[0x1a, 34, 0x78, 2, 0x0a, 5][..],
            b"label",
            &[0x12, 11, 0x12, 2, 0, 0, 0x18, 1, 0x22, 3, 9, 50, 34],
            &[0x1a, 2],
            b"id",
            &[0x22, 3, 0x0a, 1],
            b"a",
            &[0x28, 0x80, 0x20],
        ]
        .concat();
        assert_eq!(tile, want);
        let mut empty = Vec::new();
        Layer::new("cell").end(&mut empty);
        assert!(empty.is_empty());
    }
}
