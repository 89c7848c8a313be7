//! GeoJSON (RFC 7946, and the `crs` member of the format before it), read in one pass without a tree of values.

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, error::Category};

use super::{
    drawing::{Allowance, Drawing, Drawn, Polygons, at, whole},
    nest::{Nest, TOO_LONG},
};
use crate::{cell::Text, crs, reading::Unreadable};

/// What is known while the text streams past.
struct State {
    drawing: Drawing,
    faults: Vec<Unreadable>,
    allowance: Allowance,
    /// The feature being read.
    number: usize,
    /// Why the parser was made to stop, if not by the text itself.
    stop: Option<Text>,
    found: bool,
}

/// Reads a feature collection, a feature or a bare geometry.
pub(super) fn read(bytes: &[u8]) -> Result<Drawing, Vec<Unreadable>> {
    let mut state = State {
        drawing: Drawing::default(),
        faults: Vec::new(),
        allowance: Allowance::new(),
        number: 0,
        stop: None,
        found: false,
    };
    if bytes.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'{') {
        return Err(match serde_json::from_slice::<IgnoredAny>(bytes) {
            Ok(_) => no_collection(),
            Err(error) => {
                let text = broken(&error, bytes);
                whole(text.zh, text.en)
            }
        });
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let done = json
        .deserialize_map(Collection(&mut state))
        .and_then(|()| json.end());
    if let Err(error) = done {
        let feature = (state.number > 0).then_some(state.number);
        let text = match state.stop.take() {
            Some(text) => text,
            None => broken(&error, bytes),
        };
        state.faults.push(Unreadable { feature, text });
        return Err(state.faults);
    }
    if !state.found {
        return Err(no_collection());
    }
    if !state.faults.is_empty() {
        return Err(state.faults);
    }
    Ok(state.drawing)
}

fn no_collection() -> Vec<Unreadable> {
    whole(
        "不是 GeoJSON 的 FeatureCollection。",
        "not a GeoJSON FeatureCollection",
    )
}

/// Whether the object's `type` is that of TopoJSON; looks no further than to that member.
pub(super) fn says_topology(bytes: &[u8]) -> bool {
    struct Type<'a>(&'a mut bool);
    impl<'de> Visitor<'de> for Type<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                if key == "type" {
                    *self.0 = map.next_value::<Cow<'de, str>>()? == "Topology";
                    return Err(A::Error::custom("seen"));
                }
                map.next_value::<IgnoredAny>()?;
            }
            Ok(())
        }
    }
    let mut topology = false;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    // It always stops early; only what was seen counts.
    let _ = json.deserialize_map(Type(&mut topology));
    topology
}

/// What stopped the parser, in words, with the mend.
pub(super) fn broken(error: &serde_json::Error, bytes: &[u8]) -> Text {
    let (line, column) = (error.line(), error.column());
    if error.to_string().starts_with(TOO_LONG) {
        // The text of the allowance names limit and mend.
        if let Err(text) = Allowance::new().ring(usize::MAX) {
            return text;
        }
    }
    match error.classify() {
        Category::Eof => Text {
            zh: format!("文件在第 {line} 行突然结束，像是没有传完；请重新导出或下载。"),
            en: format!(
                "not JSON to its end: the file stops in line {line}, as if cut off; export or download it again"
            ),
        },
        Category::Syntax if not_a_number(bytes, line, column) => Text {
            zh: format!(
                "第 {line} 行第 {column} 列是 NaN 或无穷大，不是坐标；请修正或删去这个点后重新导出。"
            ),
            en: format!(
                "NaN or infinity stands in line {line}, column {column}, which is no coordinate and no JSON: mend or remove that point and export again"
            ),
        },
        Category::Syntax => Text {
            zh: format!("第 {line} 行第 {column} 列不是 JSON：{error}；请重新导出。"),
            en: format!("not JSON at line {line}, column {column}: {error}; export it again"),
        },
        _ => Text {
            zh: format!("第 {line} 行第 {column} 列不是正确的 GeoJSON：{error}；请重新导出。"),
            en: format!("malformed at line {line}, column {column}: {error}; export it again"),
        },
    }
}

fn not_a_number(bytes: &[u8], line: usize, column: usize) -> bool {
    let start = bytes
        .split(|b| *b == b'\n')
        .take(line.saturating_sub(1))
        .map(|line| line.len() + 1)
        .sum::<usize>();
    let place = start + column;
    let near = bytes
        .get(place.saturating_sub(10)..(place + 10).min(bytes.len()))
        .unwrap_or_default();
    [&b"NaN"[..], b"nan", b"Infinity", b"inf"]
        .iter()
        .any(|word| near.windows(word.len()).any(|w| w == *word))
}

/// The outermost object.
struct Collection<'a>(&'a mut State);

impl<'de> Visitor<'de> for Collection<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a FeatureCollection")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let state = self.0;
        let mut kind = None;
        let mut features = false;
        let mut lone = Parts::default();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "type" => kind = map.next_value::<Option<Cow<'de, str>>>()?,
                "features" => {
                    map.next_value_seed(Features(state))?;
                    features = true;
                }
                "crs" => {
                    let declared = map.next_value::<Value>()?;
                    if let Err(text) = declare(&declared, state) {
                        state.number = 0;
                        state.stop = Some(text);
                        return Err(A::Error::custom("crs"));
                    }
                }
                // A box would not hold after a conversion, and follows from the features.
                "bbox" => {
                    map.next_value::<IgnoredAny>()?;
                }
                "geometry" | "properties" | "coordinates" | "geometries" | "id" => {
                    lone.take(&key, &mut map)?;
                }
                _ => {
                    let value = map.next_value()?;
                    state.drawing.about.insert(key.into_owned(), value);
                }
            }
        }
        state.number = 0;
        match kind.as_deref() {
            Some("FeatureCollection") => state.found = features,
            Some("Feature") => {
                state.found = true;
                lone.kind = Some("Feature".into());
                state.feature(lone);
            }
            Some(bare @ ("Polygon" | "MultiPolygon" | "GeometryCollection")) => {
                state.found = true;
                lone.kind = Some("Feature".into());
                lone.geometry = Some(Geometry {
                    kind: bare.to_owned(),
                    coordinates: lone.coordinates.take(),
                    geometries: std::mem::take(&mut lone.geometries),
                });
                state.feature(lone);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Takes note of the `crs` member of old GeoJSON.
fn declare(value: &Value, state: &mut State) -> Result<(), Text> {
    let named = value.pointer("/properties/name").and_then(Value::as_str);
    // `null` says that nothing is known, as does a link, which nobody follows.
    if let Some(name) = named {
        let declared = crs::from_name(name).map_err(|bad| bad.text())?;
        state.drawing.declared = Some(declared);
    }
    Ok(())
}

struct Features<'a>(&'a mut State);

impl<'de> DeserializeSeed<'de> for Features<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Features<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            self.0.number += 1;
            match seq.next_element::<Parts>()? {
                Some(parts) => self.0.feature(parts),
                None => return Ok(()),
            }
        }
    }
}

/// The members of a feature that are asked for.
#[derive(Default)]
struct Parts {
    kind: Option<String>,
    id: Option<Value>,
    properties: Option<Map<String, Value>>,
    geometry: Option<Geometry>,
    coordinates: Option<Nest>,
    geometries: Vec<Geometry>,
}

impl Parts {
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "type" => self.kind = map.next_value()?,
            "id" => self.id = map.next_value()?,
            "properties" => {
                if let Value::Object(properties) = map.next_value()? {
                    self.properties = Some(properties);
                }
            }
            "geometry" => self.geometry = map.next_value()?,
            "coordinates" => self.coordinates = map.next_value()?,
            "geometries" => self.geometries = map.next_value()?,
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de> serde::Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Parts, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Parts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a Feature")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts, A::Error> {
                let mut parts = Parts::default();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    parts.take(&key, &mut map)?;
                }
                Ok(parts)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[derive(serde::Deserialize)]
struct Geometry {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    coordinates: Option<Nest>,
    #[serde(default)]
    geometries: Vec<Geometry>,
}

impl State {
    fn feature(&mut self, parts: Parts) {
        let number = self.drawing.features.len() + self.faults.len() + 1;
        if parts.kind.as_deref() != Some("Feature") {
            let text = Text::new("不是要素（Feature）。", "not a Feature");
            self.faults.push(at(number, text));
            return;
        }
        let mut attributes = parts.properties.unwrap_or_default();
        if let Some(id) = parts.id {
            attributes.entry("id").or_insert(id);
        }
        let mut polygons = Vec::new();
        let drawn = match parts.geometry {
            None => Ok(None),
            Some(geometry) => gather(geometry, &mut polygons).map(|()| Some(polygons)),
        };
        let drawn = drawn.and_then(|shape| {
            for ring in shape.iter().flatten().flatten() {
                self.allowance.ring(ring.len())?;
            }
            Ok(shape)
        });
        match drawn {
            Ok(shape) => self.drawing.features.push(Drawn {
                number,
                attributes,
                shape,
            }),
            Err(text) => self.faults.push(at(number, text)),
        }
    }
}

/// Adds the polygons of a geometry.
fn gather(geometry: Geometry, polygons: &mut Polygons) -> Result<(), Text> {
    let kind = geometry.kind;
    match (kind.as_str(), geometry.coordinates) {
        ("GeometryCollection", _) => geometry
            .geometries
            .into_iter()
            .try_for_each(|part| gather(part, polygons)),
        ("Polygon", Some(Nest::Polygon(rings))) => {
            polygons.push(rings);
            Ok(())
        }
        ("MultiPolygon", Some(Nest::Polygons(more))) => {
            polygons.extend(more);
            Ok(())
        }
        ("Polygon" | "MultiPolygon", Some(Nest::Nothing)) => Ok(()),
        ("Polygon" | "MultiPolygon", _) => Err(Text {
            zh: format!("{kind} 的坐标层次不对；请重新导出。"),
            en: format!("the coordinates are malformed, not nested as a {kind}'s: export it again"),
        }),
        _ => Err(no_area(&kind)),
    }
}

/// The answer to a point or a line.
pub(super) fn no_area(kind: &str) -> Text {
    Text {
        zh: format!("图形是 {kind}，网格要用面（Polygon 或 MultiPolygon）；请删去它或画成面。"),
        en: format!(
            "the geometry is a {kind}, where a cell needs a Polygon or MultiPolygon: remove it or draw an area"
        ),
    }
}
