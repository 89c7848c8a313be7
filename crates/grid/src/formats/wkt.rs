//! Polygons as well-known text: `POLYGON ((…))`, `MULTIPOLYGON (((…)))`, with any number of dimensions, and PostGIS's
//! `SRID=…;` in front.

use super::{
    drawing::{Allowance, Polygons},
    geojson::no_area,
};
use crate::cell::Text;

/// A geometry and the number of the system that stood before it.
pub(super) struct Parsed {
    pub shape: Polygons,
    pub srid: Option<u32>,
}

pub(super) fn read(text: &str, allowance: &mut Allowance) -> Result<Parsed, Text> {
    let mut text = text.trim();
    let mut srid = None;
    if let Some((number, rest)) = text
        .get(..5)
        .filter(|start| start.eq_ignore_ascii_case("srid="))
        .and_then(|_| text[5..].split_once(';'))
    {
        srid = number.trim().parse().ok();
        text = rest.trim_start();
    }
    let mut reader = Reader { rest: text };
    let kind = reader.word().to_ascii_uppercase();
    // Z, M or ZM may stand apart or be glued on; the further numbers are skipped anyway.
    let plain = kind.trim_end_matches(['Z', 'M']);
    let ahead = reader.rest;
    let word = reader.word().to_ascii_uppercase();
    if word == "EMPTY" || (matches!(word.as_str(), "Z" | "M" | "ZM") && reader.empty()) {
        return Ok(Parsed {
            shape: Vec::new(),
            srid,
        });
    }
    if !matches!(word.as_str(), "Z" | "M" | "ZM") {
        reader.rest = ahead;
    }
    let shape = match plain {
        "POLYGON" => vec![reader.polygon(allowance)?],
        "MULTIPOLYGON" => reader.list(|reader| reader.polygon(allowance))?,
        "" => return Err(malformed(text)),
        other => return Err(no_area(other)),
    };
    if !reader.rest.trim().is_empty() {
        return Err(malformed(reader.rest));
    }
    Ok(Parsed { shape, srid })
}

/// Whether a text begins as well-known text does.
pub(super) fn looks_like(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(60).collect();
    let start = start.to_ascii_uppercase();
    let kind = match start.split_once(';') {
        Some((srid, rest)) if srid.starts_with("SRID=") => rest.trim_start(),
        _ => start.as_str(),
    };
    [
        "POLYGON",
        "MULTIPOLYGON",
        "POINT",
        "LINESTRING",
        "MULTIPOINT",
        "MULTILINESTRING",
        "GEOMETRYCOLLECTION",
    ]
    .iter()
    .any(|word| {
        kind.strip_prefix(word)
            .is_some_and(|rest| rest.trim_start().starts_with(['(', 'Z', 'M', 'E']))
    })
}

fn malformed(rest: &str) -> Text {
    let mut near: String = rest.trim().chars().take(24).collect();
    if near.is_empty() {
        near.push('∅');
    }
    Text {
        zh: format!("WKT 在 “{near}” 处不对或没有写完；请重新导出。"),
        en: format!("the WKT is wrong or ends at {near:?}: export it again"),
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn word(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn empty(&mut self) -> bool {
        let ahead = self.rest;
        if self.word().eq_ignore_ascii_case("EMPTY") {
            return true;
        }
        self.rest = ahead;
        false
    }

    fn takes(&mut self, c: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// `( item, item, … )`
    fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, Text>,
    ) -> Result<Vec<T>, Text> {
        if !self.takes('(') {
            return Err(malformed(self.rest));
        }
        let mut items = Vec::new();
        loop {
            items.push(item(self)?);
            if self.takes(')') {
                return Ok(items);
            }
            if !self.takes(',') {
                return Err(malformed(self.rest));
            }
        }
    }

    fn polygon(&mut self, allowance: &mut Allowance) -> Result<Vec<Vec<[f64; 2]>>, Text> {
        self.list(|reader| {
            let ring = reader.list(Reader::position)?;
            allowance.ring(ring.len())?;
            Ok(ring)
        })
    }

    fn position(&mut self) -> Result<[f64; 2], Text> {
        let end = self.rest.find([',', ')', '(']);
        let (numbers, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let mut numbers = numbers.split_ascii_whitespace().map(str::parse::<f64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(x)), Some(Ok(y))) if numbers.all(|more| more.is_ok()) => {
                self.rest = rest;
                Ok([x, y])
            }
            _ => Err(malformed(self.rest)),
        }
    }
}
