//! Mapbox Vector Tiles, version 2.1: as much of the format as a map of cells takes. <https://github.com/mapbox/vector-tile-spec>

use std::collections::HashMap;

/// Units along a tile's edge.
pub(crate) const EXTENT: i32 = 4096;
/// Units around a tile that are drawn too, so that nothing is cut at its edge.
pub(crate) const MARGIN: i32 = 64;

/// A place in the units of a tile, x to the east and y to the south.
pub(crate) type Spot = (i32, i32);

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

/// A key and a value of a feature, by their numbers among the [`Words`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    key: u32,
    value: u32,
}

/// The keys and values of the features of many tiles, each kept once.
#[derive(Default)]
pub(crate) struct Words {
    keys: Vec<&'static str>,
    /// As a tile has them.
    values: Vec<Vec<u8>>,
    places: HashMap<Value, u32>,
}

impl Words {
    /// A key.
    pub fn key(&mut self, key: &'static str) -> Key {
        let known = self.keys.iter().position(|known| *known == key);
        Key(known.unwrap_or_else(|| {
            self.keys.push(key);
            self.keys.len() - 1
        }) as u32)
    }

    /// The tag of a key with a value.
    pub fn tag(&mut self, key: &'static str, value: impl Into<Value>) -> Tag {
        let value = value.into();
        let Key(key) = self.key(key);
        if let Some(&value) = self.places.get(&value) {
            return Tag { key, value };
        }
        let place = self.values.len() as u32;
        self.values.push(said(&value));
        self.places.insert(value, place);
        Tag { key, value: place }
    }
}

/// A value as a tile has it.
fn said(value: &Value) -> Vec<u8> {
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
    said
}

/// A layer under construction.
pub(crate) struct Layer<'w> {
    name: &'static str,
    words: &'w Words,
    features: Vec<u8>,
    keys: Numbering<u32>,
    values: Numbering<Taken>,
    /// Where the values stand that are no words.
    numbers: HashMap<u64, u64>,
    feature: Vec<u8>,
    tags: Vec<u8>,
}

/// A key with a number that is the moment's, and no word.
pub(crate) type Count = (Key, u64);

/// A key by its number among the [`Words`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u32);

/// What of the words a layer has, in the order in which it came.
struct Numbering<T> {
    /// Of each word one more than its number here; 0 where it is not here.
    here: Vec<u32>,
    taken: Vec<T>,
}

#[derive(Clone, Copy)]
enum Taken {
    Word(u32),
    Number(u64),
}

impl<T> Numbering<T> {
    fn new(words: usize) -> Numbering<T> {
        Numbering {
            here: vec![0; words],
            taken: Vec::new(),
        }
    }

    fn add(&mut self, taken: T) -> u64 {
        self.taken.push(taken);
        self.taken.len() as u64 - 1
    }

    fn number(&mut self, word: u32, taken: T) -> u64 {
        if self.here[word as usize] == 0 {
            self.here[word as usize] = self.add(taken) as u32 + 1;
        }
        u64::from(self.here[word as usize] - 1)
    }
}

/// What a feature is.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Point = 1,
    Line = 2,
    Polygon = 3,
}

impl<'w> Layer<'w> {
    /// A layer without features.
    pub fn new(name: &'static str, words: &'w Words) -> Layer<'w> {
        Layer {
            name,
            words,
            features: Vec::new(),
            keys: Numbering::new(words.keys.len()),
            values: Numbering::new(words.values.len()),
            numbers: HashMap::new(),
            feature: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// Adds what was drawn, if anything was; the pen is free again.
    pub fn feature(&mut self, shape: Shape, pen: &mut Pen, tags: &[Tag], counts: &[Count]) {
        if pen.commands.is_empty() {
            return;
        }
        self.tags.clear();
        for tag in tags {
            let value = self.values.number(tag.value, Taken::Word(tag.value));
            varint(&mut self.tags, self.keys.number(tag.key, tag.key));
            varint(&mut self.tags, value);
        }
        for &(key, number) in counts {
            varint(&mut self.tags, self.keys.number(key.0, key.0));
            let values = &mut self.values;
            let place = *self
                .numbers
                .entry(number)
                .or_insert_with(|| values.add(Taken::Number(number)));
            varint(&mut self.tags, place);
        }
        self.feature.clear();
        bytes(&mut self.feature, 2, &self.tags);
        varint(&mut self.feature, 3 << 3);
        varint(&mut self.feature, shape as u64);
        bytes(&mut self.feature, 4, &pen.commands);
        bytes(&mut self.features, 2, &self.feature);
        pen.commands.clear();
        pen.at = (0, 0);
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
        for key in &self.keys.taken {
            bytes(&mut layer, 3, self.words.keys[*key as usize].as_bytes());
        }
        for value in &self.values.taken {
            match *value {
                Taken::Word(word) => bytes(&mut layer, 4, &self.words.values[word as usize]),
                Taken::Number(number) => bytes(&mut layer, 4, &said(&Value::Number(number))),
            }
        }
        varint(&mut layer, 5 << 3);
        varint(&mut layer, EXTENT as u64);
        bytes(tile, 3, &layer);
    }
}

/// Writes a geometry as commands relative to where the pen is.
#[derive(Default)]
pub(crate) struct Pen {
    commands: Vec<u8>,
    at: Spot,
}

impl Pen {
    /// A point, where it lies in the tile itself.
    pub fn point(&mut self, at: Spot) {
        if (0..EXTENT).contains(&at.0) && (0..EXTENT).contains(&at.1) {
            self.draw(1, &[at]);
        }
    }

    /// A line, cut to the tile and its margin.
    pub fn line(&mut self, spots: &[Spot]) {
        if spots.iter().all(within) {
            self.stroke(spots);
            return;
        }
        for mut part in cut_line(spots) {
            part.dedup();
            self.stroke(&part);
        }
    }

    fn stroke(&mut self, spots: &[Spot]) {
        if spots.len() > 1 {
            self.draw(1, &spots[..1]);
            self.draw(2, &spots[1..]);
        }
    }

    /// A ring that is not closed, cut to the tile and its margin, if anything is left of it. An outer ring runs so that its
    /// area is positive with y to the south, a hole the other way.
    pub fn ring(&mut self, spots: &[Spot]) -> bool {
        if spots.iter().all(within) {
            self.outline(spots);
            return true;
        }
        let mut ring = cut_ring(spots);
        ring.dedup();
        while ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        let left = twice_area(&ring) != 0;
        if left {
            self.outline(&ring);
        }
        left
    }

    fn outline(&mut self, ring: &[Spot]) {
        self.draw(1, &ring[..1]);
        self.draw(2, &ring[1..]);
        self.commands.push((1 << 3) | 7);
    }

    fn draw(&mut self, command: u64, spots: &[Spot]) {
        varint(&mut self.commands, ((spots.len() as u64) << 3) | command);
        for &(x, y) in spots {
            varint(&mut self.commands, zigzag(x - self.at.0));
            varint(&mut self.commands, zigzag(y - self.at.1));
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

/// Twice the area of a ring, positive where it runs clockwise on a map whose y goes to the south.
pub(crate) fn twice_area(ring: &[Spot]) -> i64 {
    let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
    pairs
        .map(|(a, b)| i64::from(a.0) * i64::from(b.1) - i64::from(b.0) * i64::from(a.1))
        .sum()
}

const LOW: i32 = -MARGIN;
const HIGH: i32 = EXTENT + MARGIN;

fn within(spot: &Spot) -> bool {
    (LOW..=HIGH).contains(&spot.0) && (LOW..=HIGH).contains(&spot.1)
}

/// The part of a ring inside the box (Sutherland and Hodgman, 1974).
fn cut_ring(ring: &[Spot]) -> Vec<Spot> {
    /// A side of the box: how far inside it a spot lies, and where a line meets it.
    type Side = (fn(Spot) -> i32, fn(Spot, Spot) -> Spot);
    const SIDES: [Side; 4] = [
        (|s| s.0 - LOW, |a, b| (LOW, level(a, b, LOW))),
        (|s| HIGH - s.0, |a, b| (HIGH, level(a, b, HIGH))),
        (
            |s| s.1 - LOW,
            |a, b| (level(turned(a), turned(b), LOW), LOW),
        ),
        (
            |s| HIGH - s.1,
            |a, b| (level(turned(a), turned(b), HIGH), HIGH),
        ),
    ];
    let mut ring = without_detours(ring);
    let mut cut = Vec::with_capacity(ring.len() + 4);
    for (inside, meet) in SIDES {
        for at in 0..ring.len() {
            let (a, b) = (ring[at], ring[(at + 1) % ring.len()]);
            match (inside(a) >= 0, inside(b) >= 0) {
                (true, true) => cut.push(b),
                (true, false) => cut.push(meet(a, b)),
                (false, true) => cut.extend([meet(a, b), b]),
                (false, false) => {}
            }
        }
        std::mem::swap(&mut ring, &mut cut);
        cut.clear();
    }
    ring
}

/// The ring without the spots that lie, like both of their neighbours, beyond one and the same side of the box: the cut
/// would come out the same. Of a town's outline most lie far from a tile.
fn without_detours(ring: &[Spot]) -> Vec<Spot> {
    let beyond = |spot: &Spot| {
        u8::from(spot.0 < LOW)
            | u8::from(spot.0 > HIGH) << 1
            | u8::from(spot.1 < LOW) << 2
            | u8::from(spot.1 > HIGH) << 3
    };
    let Some((last, first)) = ring.last().zip(ring.first()) else {
        return Vec::new();
    };
    let mut kept = Vec::new();
    let (mut before, mut here) = (beyond(last), beyond(first));
    for (at, spot) in ring.iter().enumerate() {
        let after = beyond(ring.get(at + 1).unwrap_or(first));
        if before & here & after == 0 {
            kept.push(*spot);
        }
        (before, here) = (here, after);
    }
    kept
}

fn turned((x, y): Spot) -> Spot {
    (y, x)
}

/// The y at an x on the line between two spots: the same from whichever end, so that what two sides share stays shared.
fn level(a: Spot, b: Spot, x: i32) -> i32 {
    let (a, b) = (a.min(b), a.max(b));
    let share = f64::from(x - a.0) / f64::from(b.0 - a.0);
    a.1 + (f64::from(b.1 - a.1) * share).round() as i32
}

/// The parts of a line inside the box, each edge as a ring would have it.
fn cut_line(spots: &[Spot]) -> Vec<Vec<Spot>> {
    let mut parts: Vec<Vec<Spot>> = Vec::new();
    for pair in spots.windows(2) {
        let Some((a, b)) = cut_edge(pair[0], pair[1]) else {
            continue;
        };
        match parts.last_mut() {
            Some(part) if part.last() == Some(&a) => part.push(b),
            _ => parts.push(vec![a, b]),
        }
    }
    parts
}

fn cut_edge(mut a: Spot, mut b: Spot) -> Option<(Spot, Spot)> {
    let beyond = |from: i32, to: i32| from.max(to) < LOW || from.min(to) > HIGH;
    if beyond(a.0, b.0) || beyond(a.1, b.1) {
        return None;
    }
    let (whole_a, whole_b) = (a, b);
    for end in [&mut a, &mut b] {
        if !(LOW..=HIGH).contains(&end.0) {
            let x = end.0.clamp(LOW, HIGH);
            *end = (x, level(whole_a, whole_b, x));
        }
        if !(LOW..=HIGH).contains(&end.1) {
            let y = end.1.clamp(LOW, HIGH);
            *end = (level(turned(whole_a), turned(whole_b), y), y);
        }
    }
    // Past a corner of the box.
    (within(&a) && within(&b)).then_some((a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification, section 4.3.5.2 and 4.3.4.2.
    #[test]
    fn commands_are_those_of_the_specification() {
        let mut pen = Pen::default();
        assert!(pen.ring(&[(3, 6), (8, 12), (20, 34)]));
        assert_eq!(pen.commands, [9, 6, 12, 18, 10, 12, 24, 44, 15]);
        assert_eq!([0, -1, 1, -2].map(zigzag), [0, 1, 2, 3]);
    }

    #[test]
    fn a_ring_is_cut_to_the_box() {
        let far = 100_000;
        let mut ring = cut_ring(&[(-far, -far), (far, -far), (far, far), (-far, far)]);
        ring.dedup();
        let side = i64::from(HIGH - LOW);
        assert_eq!(twice_area(&ring).abs(), 2 * side * side);
        assert!(cut_ring(&[(-900, 0), (-800, 0), (-800, 50)]).is_empty());
    }

    #[test]
    fn detours_far_away_do_not_matter() {
        let ring = [
            (10, 10),
            (9000, 10),
            (9500, 40),
            (9500, 60),
            (9000, 90),
            (10, 90),
        ];
        let kept = [(10, 10), (9000, 10), (9000, 90), (10, 90)];
        assert_eq!(without_detours(&ring), kept);
        assert_eq!(cut_ring(&ring), cut_ring(&kept));
        assert_eq!(
            cut_ring(&ring),
            [(10, 10), (HIGH, 10), (HIGH, 90), (10, 90)]
        );
    }

    #[test]
    fn a_line_is_cut_to_the_box() {
        let parts = cut_line(&[(-1000, 10), (100, 10), (100, 90), (100_000, 90)]);
        assert_eq!(parts, [vec![(LOW, 10), (100, 10), (100, 90), (HIGH, 90)]]);
        assert!(cut_line(&[(-500, -500), (-400, 5000)]).is_empty());
        assert!(
            cut_line(&[(-200, 0), (0, -200)]).is_empty(),
            "past a corner"
        );
        let back_again = cut_line(&[(10, 10), (9000, 10), (9000, 20), (10, 20)]);
        assert_eq!(back_again.len(), 2);
    }

    /// What neighbours share stays shared where it is cut, from whichever side it is told.
    #[test]
    fn a_cut_is_the_same_from_both_sides() {
        let mut number = 7_u32;
        let mut next = || {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (number >> 16) as i32 % 9000 - 2000
        };
        for _ in 0..10_000 {
            let (a, b) = ((next(), next()), (next(), next()));
            let there = cut_edge(a, b);
            assert_eq!(there, cut_edge(b, a).map(|(b, a)| (a, b)), "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_tile_is_the_bytes_that_readers_expect() {
        let mut words = Words::default();
        let (a, outside) = (words.tag("id", "a"), words.tag("id", "outside"));
        let mut layer = Layer::new("label", &words);
        let mut pen = Pen::default();
        pen.point((-1, 0));
        layer.feature(Shape::Point, &mut pen, &[outside], &[]);
        pen.point((25, 17));
        layer.feature(Shape::Point, &mut pen, &[a], &[]);
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
        Layer::new("cell", &words).end(&mut empty);
        assert!(empty.is_empty());
    }
}
