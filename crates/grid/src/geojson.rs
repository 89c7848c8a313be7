//! Reading GeoJSON: what a file must be to be read at all.

use serde_json::{Map, Value};

use crate::{
    cell::Text,
    coord::{BadCoord, Coord},
    layer::{Feature, Layer},
    reading::Unreadable,
};

/// Vertices past which a file is refused: a country's villages have fewer, and memory stays bounded.
const MOST_VERTICES: usize = 20_000_000;

impl Layer {
    /// Reads a GeoJSON feature collection in degrees of WGS 84, or names every feature that can't be read.
    pub fn from_geojson(bytes: &[u8]) -> Result<Layer, Vec<Unreadable>> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|e| whole(format!("不是 JSON：{e}"), format!("not JSON: {e}")))?;
        let Value::Object(mut about) = value else {
            return Err(no_collection());
        };
        if about.remove("type") != Some("FeatureCollection".into()) {
            return Err(no_collection());
        }
        let Some(Value::Array(drawn)) = about.shift_remove("features") else {
            return Err(no_collection());
        };
        let mut faults = Vec::new();
        let mut features = Vec::with_capacity(drawn.len());
        let mut budget = MOST_VERTICES;
        for (i, value) in drawn.into_iter().enumerate() {
            match feature(value, i + 1, &mut budget) {
                Ok(feature) => features.push(feature),
                Err(text) => faults.push(Unreadable {
                    feature: Some(i + 1),
                    text,
                }),
            }
        }
        if features.is_empty() && faults.is_empty() {
            return Err(whole(
                "文件里没有网格。".into(),
                "the file has no cells".into(),
            ));
        }
        if faults.is_empty() {
            Ok(Layer { features, about })
        } else {
            Err(faults)
        }
    }
}

fn whole(zh: String, en: String) -> Vec<Unreadable> {
    vec![Unreadable {
        feature: None,
        text: Text { zh, en },
    }]
}

fn no_collection() -> Vec<Unreadable> {
    whole(
        "不是 GeoJSON 的 FeatureCollection。".into(),
        "not a GeoJSON FeatureCollection".into(),
    )
}

fn feature(value: Value, number: usize, budget: &mut usize) -> Result<Feature, Text> {
    let no_feature = || Text::new("不是要素（Feature）。", "not a Feature");
    let Value::Object(mut value) = value else {
        return Err(no_feature());
    };
    if value.get("type") != Some(&Value::from("Feature")) {
        return Err(no_feature());
    }
    let attributes = match value.shift_remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    let shape = match value.shift_remove("geometry") {
        None | Some(Value::Null) => None,
        Some(geometry) => Some(shape(&geometry, budget)?),
    };
    Ok(Feature {
        number,
        attributes,
        shape,
    })
}

fn shape(geometry: &Value, budget: &mut usize) -> Result<Vec<Vec<Vec<Coord>>>, Text> {
    let coordinates = geometry.get("coordinates").unwrap_or(&Value::Null);
    match geometry.get("type").and_then(Value::as_str) {
        Some("MultiPolygon") => {
            let polygons = coordinates.as_array().ok_or_else(malformed)?;
            polygons
                .iter()
                .map(|drawn| polygon(drawn, budget))
                .collect()
        }
        Some("Polygon") => Ok(vec![polygon(coordinates, budget)?]),
        other => {
            let other = other.unwrap_or("nothing");
            Err(Text {
                zh: format!("几何类型是 {other}；网格要用 Polygon 或 MultiPolygon。"),
                en: format!("the geometry is {other}; a cell is a Polygon or a MultiPolygon"),
            })
        }
    }
}

fn polygon(drawn: &Value, budget: &mut usize) -> Result<Vec<Vec<Coord>>, Text> {
    let rings = drawn.as_array().ok_or_else(malformed)?;
    rings
        .iter()
        .map(|ring| {
            let places = ring.as_array().ok_or_else(malformed)?;
            *budget = budget.checked_sub(places.len()).ok_or_else(|| Text {
                zh: format!("文件的顶点超过 {MOST_VERTICES} 个。"),
                en: format!("the file has more than {MOST_VERTICES} vertices"),
            })?;
            places.iter().map(coord).collect()
        })
        .collect()
}

fn malformed() -> Text {
    Text::new(
        "坐标的层次不对：面是环的列表，环是 [经度, 纬度] 的列表。",
        "the coordinates are malformed: a polygon is a list of rings, a ring a list of [lon, lat]",
    )
}

fn coord(place: &Value) -> Result<Coord, Text> {
    let numbers = place.as_array().ok_or_else(malformed)?;
    let number = |i: usize| numbers.get(i).and_then(Value::as_f64).ok_or_else(malformed);
    let (lon, lat) = (number(0)?, number(1)?);
    Coord::from_degrees(lon, lat).map_err(|e| {
        let zh = match e {
            BadCoord::NotFinite => "坐标不是有限的数。".into(),
            BadCoord::Swapped { .. } => {
                format!("({lon}, {lat}) 的经纬度像是写反了：先经度，后纬度。")
            }
            BadCoord::OutsideEarth { .. } => {
                format!("({lon}, {lat}) 不在地球上；若是投影坐标，请先换成经纬度。")
            }
        };
        Text {
            zh,
            en: e.to_string(),
        }
    })
}
