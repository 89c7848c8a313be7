//! Writing a layer as GeoJSON.

use serde_json::{Map, Value};

use crate::{coord::Coord, layer::Layer};

/// A feature collection with every point as it stands in the layer.
pub fn to_geojson(layer: &Layer) -> String {
    let mut out = String::from("{\"type\":\"FeatureCollection\"");
    members(&mut out, &layer.about, &["type", "features", "crs"]);
    out.push_str(",\"features\":[");
    for (i, feature) in layer.features.iter().enumerate() {
        out.push_str(if i == 0 { "\n" } else { ",\n" });
        out.push_str("{\"type\":\"Feature\",\"properties\":");
        push_json(&mut out, &feature.attributes);
        out.push_str(",\"geometry\":");
        match &feature.shape {
            None => out.push_str("null"),
            Some(polygons) => geometry(&mut out, polygons),
        }
        out.push('}');
    }
    out.push_str("\n]}\n");
    out
}

/// Members of an outermost object, each after a comma, but for those of the format itself.
pub(super) fn members(out: &mut String, about: &Map<String, Value>, reserved: &[&str]) {
    for (name, value) in about {
        if !reserved.contains(&name.as_str()) {
            out.push(',');
            push_json(out, name);
            out.push(':');
            push_json(out, value);
        }
    }
}

pub(super) fn push_json<T: serde::Serialize + ?Sized>(out: &mut String, value: &T) {
    let text = serde_json::to_string(value).expect("texts, maps and values are always JSON");
    out.push_str(&text);
}

fn geometry(out: &mut String, polygons: &[Vec<Vec<Coord>>]) {
    if let [only] = polygons {
        out.push_str("{\"type\":\"Polygon\",\"coordinates\":");
        rings(out, only);
    } else {
        out.push_str("{\"type\":\"MultiPolygon\",\"coordinates\":");
        list(out, polygons, |out, polygon| rings(out, polygon));
    }
    out.push('}');
}

fn rings(out: &mut String, rings: &[Vec<Coord>]) {
    list(out, rings, |out, ring| {
        list(out, ring, |out, place| push_place(out, *place))
    });
}

/// A JSON list.
pub(super) fn list<T>(out: &mut String, items: &[T], mut item: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (i, one) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        item(out, one);
    }
    out.push(']');
}

/// A position in degrees, to the last digit and no further.
pub(super) fn push_place(out: &mut String, place: Coord) {
    out.push('[');
    degrees(out, place.lon_units());
    out.push(',');
    degrees(out, place.lat_units());
    out.push(']');
}

fn degrees(out: &mut String, units: i32) {
    const UNITS: u32 = 10_000_000;
    if units < 0 {
        out.push('-');
    }
    let size = units.unsigned_abs();
    out.push_str(&(size / UNITS).to_string());
    let fraction = size % UNITS;
    if fraction > 0 {
        let digits = format!(".{fraction:07}");
        out.push_str(digits.trim_end_matches('0'));
    }
}
