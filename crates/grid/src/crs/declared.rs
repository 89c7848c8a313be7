//! What a file says of its coordinate reference system: well-known text (a .prj file, a GeoPackage) or a name.

use super::{BadCrs, Crs, Ellipsoid, TransverseMercator};

/// Deeper than any definition in use; a lying file stops here.
const MOST_DEPTH: usize = 16;

/// The system that a name means: `urn:ogc:def:crs:EPSG::4549`, `EPSG:4549`, `http://www.opengis.net/def/crs/EPSG/0/4549`.
pub(crate) fn from_name(name: &str) -> Result<Crs, BadCrs> {
    let upper = name.to_ascii_uppercase();
    if upper.contains("CRS84") {
        return Ok(Crs::Wgs84);
    }
    if upper.contains("EPSG") {
        let last = name.rsplit([':', '/']).next().unwrap_or_default();
        if let Ok(code) = last.parse() {
            return Crs::from_epsg(code);
        }
    }
    Crs::parse(name)
}

/// The system that well-known text describes, of version 1 (GDAL's or ESRI's) or 2.
pub(crate) fn from_wkt(text: &str) -> Result<Crs, BadCrs> {
    let mut reader = Reader {
        rest: text.trim_start_matches('\u{feff}').trim(),
    };
    let unknown = || BadCrs::Unknown(shown(text));
    let root = reader.node(0).ok_or_else(unknown)?;
    if let Some(code) = root.authority() {
        // A number that isn't known may still come with parameters that are.
        match Crs::from_epsg(code) {
            Err(BadCrs::Unknown(_)) => {}
            known => return known,
        }
    }
    let name = root.texts.first().cloned().unwrap_or_default();
    let datum = root.datum(&name)?;
    match root.keyword.as_str() {
        "GEOGCS" | "GEOGCRS" | "GEODCRS" | "GEODETICCRS" | "GEOGRAPHICCRS" => Ok(datum),
        "PROJCS" | "PROJCRS" | "PROJECTEDCRS" => root.projected(datum).ok_or(BadCrs::Unknown(name)),
        // A compound system is its horizontal part and a height.
        "COMPD_CS" | "COMPOUNDCRS" => root
            .children
            .iter()
            .find(|child| child.keyword.starts_with("PROJ") || child.keyword.starts_with("GEO"))
            .map_or(Err(BadCrs::Unknown(name)), |child| {
                if child.keyword.starts_with("PROJ") {
                    child.projected(datum).ok_or_else(unknown)
                } else {
                    Ok(datum)
                }
            }),
        _ => Err(BadCrs::Unknown(name)),
    }
}

/// Enough of a text to recognise it by.
fn shown(text: &str) -> String {
    let mut short: String = text.trim().chars().take(60).collect();
    if short.is_empty() {
        short.push_str("(empty)");
    }
    short
}

#[derive(Debug, Default)]
struct Node {
    keyword: String,
    texts: Vec<String>,
    numbers: Vec<f64>,
    children: Vec<Node>,
}

impl Node {
    fn child(&self, keywords: &[&str]) -> Option<&Node> {
        self.children
            .iter()
            .find(|child| keywords.contains(&child.keyword.as_str()))
    }

    fn anywhere(&self, keywords: &[&str]) -> Option<&Node> {
        self.child(keywords).or_else(|| {
            self.children
                .iter()
                .find_map(|child| child.anywhere(keywords))
        })
    }

    /// The EPSG number of this very node.
    fn authority(&self) -> Option<u32> {
        let node = self.child(&["AUTHORITY", "ID"])?;
        let [authority, rest @ ..] = node.texts.as_slice() else {
            return None;
        };
        if !authority.eq_ignore_ascii_case("EPSG") {
            return None;
        }
        match rest.first() {
            Some(code) => code.parse().ok(),
            None => node.numbers.first().map(|code| *code as u32),
        }
    }

    /// The datum below this node, as the geographic system that stands on it.
    fn datum(&self, name: &str) -> Result<Crs, BadCrs> {
        let datum = self
            .anywhere(&[
                "DATUM",
                "GEODETICDATUM",
                "ENSEMBLE",
                "TRF",
                "GEODETICREFERENCEFRAME",
            ])
            .and_then(|node| node.texts.first())
            .cloned()
            .unwrap_or_default();
        let plain: String = format!("{datum} {name}")
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let has = |needle: &str| plain.contains(needle);
        if has("beijing1954") || has("xian1980") {
            Err(BadCrs::OldDatum(name.into()))
        } else if has("china2000") || has("cgcs2000") || has("chinageodeticcoordinatesystem2000") {
            Ok(Crs::Cgcs2000)
        } else if has("wgs1984") || has("wgs84") || has("worldgeodeticsystem1984") {
            Ok(Crs::Wgs84)
        } else if has("northamericandatum1983") || has("northamerican1983") || has("nad83") {
            Ok(Crs::Nad83)
        } else {
            Err(BadCrs::Unknown(name.into()))
        }
    }

    fn projected(&self, datum: Crs) -> Option<Crs> {
        let conversion = self.child(&["CONVERSION"]).unwrap_or(self);
        let method = conversion.child(&["PROJECTION", "METHOD"])?.texts.first()?;
        let method = method.to_ascii_lowercase().replace([' ', '_'], "");
        if method.contains("mercatorauxiliarysphere") || method.contains("pseudomercator") {
            return Some(Crs::WebMercator);
        }
        if method != "transversemercator" && method != "gausskruger" {
            return None;
        }
        let parameter = |names: &[&str]| {
            conversion
                .children
                .iter()
                .filter(|child| child.keyword == "PARAMETER")
                .find(|child| {
                    let name = child
                        .texts
                        .first()
                        .map(|name| name.to_ascii_lowercase().replace([' ', '_'], ""));
                    name.is_some_and(|name| names.contains(&name.as_str()))
                })
                .and_then(|child| child.numbers.first().copied())
        };
        // A unit other than the metre (feet) would need its factor; nobody draws a grid in feet here.
        let metres = self
            .children
            .iter()
            .filter(|child| matches!(child.keyword.as_str(), "UNIT" | "LENGTHUNIT"))
            .all(|unit| unit.numbers.first().is_none_or(|factor| *factor == 1.0));
        let origin = parameter(&["latitudeoforigin", "latitudeofnaturalorigin"]).unwrap_or(0.0);
        if !metres || origin != 0.0 {
            return None;
        }
        Some(Crs::Transverse(TransverseMercator {
            ellipsoid: match datum {
                Crs::Wgs84 => Ellipsoid::WGS84,
                _ => Ellipsoid::CGCS2000,
            },
            central_meridian_deg: parameter(&["centralmeridian", "longitudeofnaturalorigin"])?,
            scale: parameter(&["scalefactor", "scalefactoratnaturalorigin"]).unwrap_or(1.0),
            false_easting_m: parameter(&["falseeasting"]).unwrap_or(0.0),
            false_northing_m: parameter(&["falsenorthing"]).unwrap_or(0.0),
            epsg: None,
        }))
        .filter(|crs| match crs {
            Crs::Transverse(p) => {
                (0.9..=1.1).contains(&p.scale) && p.central_meridian_deg.abs() <= 180.0
            }
            _ => true,
        })
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// `KEYWORD[ item, item, … ]`; a keyword alone is a node without items.
    fn node(&mut self, depth: usize) -> Option<Node> {
        if depth > MOST_DEPTH {
            return None;
        }
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(self.rest.len());
        if end == 0 {
            return None;
        }
        let mut node = Node {
            keyword: self.rest[..end].to_ascii_uppercase(),
            ..Node::default()
        };
        self.advance(end);
        if !self.rest.starts_with(['[', '(']) {
            return Some(node);
        }
        self.advance(1);
        loop {
            match self.rest.chars().next()? {
                ']' | ')' => {
                    self.advance(1);
                    return Some(node);
                }
                ',' => self.advance(1),
                '"' => {
                    let text = &self.rest[1..];
                    let end = text.find('"')?;
                    node.texts.push(text[..end].to_owned());
                    self.advance(end + 2);
                }
                c if c.is_ascii_digit() || matches!(c, '-' | '+' | '.') => {
                    let end = self.rest.find([',', ']', ')']).unwrap_or(self.rest.len());
                    node.numbers.push(self.rest[..end].trim().parse().ok()?);
                    self.advance(end);
                }
                _ => node.children.push(self.node(depth + 1)?),
            }
        }
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest[bytes..].trim_start();
    }
}
