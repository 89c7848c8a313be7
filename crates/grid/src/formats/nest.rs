//! The coordinates of a GeoJSON geometry, straight from the text into lists of points.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};

use super::drawing::{MOST_IN_RING, Polygons};

/// Lists in lists of numbers, by their depth.
#[derive(Debug)]
pub(super) enum Nest {
    Nothing,
    Number(f64),
    Point([f64; 2]),
    Line(Vec<[f64; 2]>),
    Polygon(Vec<Vec<[f64; 2]>>),
    Polygons(Polygons),
}

/// A position of two numbers and any more that nobody asks for.
struct Position([f64; 2]);

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Position, D::Error> {
        struct Numbers;
        impl<'de> Visitor<'de> for Numbers {
            type Value = Position;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a position of two numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Position, A::Error> {
                let short = || A::Error::invalid_length(1, &self);
                let x = seq.next_element()?.ok_or_else(short)?;
                let y = seq.next_element()?.ok_or_else(short)?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Position([x, y]))
            }
        }
        deserializer.deserialize_seq(Numbers)
    }
}

/// A line, refused as soon as it is too long.
struct Line(Vec<[f64; 2]>);

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Line, D::Error> {
        struct Positions;
        impl<'de> Visitor<'de> for Positions {
            type Value = Line;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of positions")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Line, A::Error> {
                line(Vec::new(), seq).map(Line)
            }
        }
        deserializer.deserialize_seq(Positions)
    }
}

fn line<'de, A: SeqAccess<'de>>(
    mut points: Vec<[f64; 2]>,
    mut seq: A,
) -> Result<Vec<[f64; 2]>, A::Error> {
    while let Some(Position(point)) = seq.next_element()? {
        points.push(point);
        if points.len() > MOST_IN_RING {
            return Err(A::Error::custom(TOO_LONG));
        }
    }
    Ok(points)
}

/// By this the reader of the file knows why the parser stopped.
pub(super) const TOO_LONG: &str = "a ring has too many points";

impl<'de> Deserialize<'de> for Nest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Nest, D::Error> {
        deserializer.deserialize_any(Levels)
    }
}

struct Levels;

impl<'de> Visitor<'de> for Levels {
    type Value = Nest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("coordinates")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Nest, E> {
        Ok(Nest::Number(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Nest, E> {
        Ok(Nest::Number(number as f64))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Nest, E> {
        Ok(Nest::Number(number as f64))
    }

    fn visit_unit<E: Error>(self) -> Result<Nest, E> {
        Ok(Nest::Nothing)
    }

    // The first element tells the depth of the rest, which then needs no looking.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Nest, A::Error> {
        match seq.next_element::<Nest>()? {
            None => Ok(Nest::Nothing),
            Some(Nest::Nothing) => Err(A::Error::custom("an empty list among the coordinates")),
            Some(Nest::Number(x)) => {
                let y = seq
                    .next_element()?
                    .ok_or_else(|| A::Error::invalid_length(1, &"a position of two numbers"))?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Nest::Point([x, y]))
            }
            Some(Nest::Point(point)) => line(vec![point], seq).map(Nest::Line),
            Some(Nest::Line(first)) => {
                let mut rings = vec![first];
                while let Some(Line(ring)) = seq.next_element()? {
                    rings.push(ring);
                }
                Ok(Nest::Polygon(rings))
            }
            Some(Nest::Polygon(first)) => {
                let mut polygons = vec![first];
                while let Some(rings) = seq.next_element::<Vec<Line>>()? {
                    polygons.push(rings.into_iter().map(|Line(ring)| ring).collect());
                }
                Ok(Nest::Polygons(polygons))
            }
            Some(Nest::Polygons(_)) => Err(A::Error::custom("the coordinates are nested too deep")),
        }
    }
}
