//! Mapbox Vector Tiles, version 2.1: as much of the format as a map of cells takes. <https://github.com/mapbox/vector-tile-spec>

use std::collections::HashMap;

use crate::tile_cut::{cut_line, cut_ring, within};

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
