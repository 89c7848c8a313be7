//! Writing a partition as GeoJSON that reads back as itself.

use serde_json::{Map, Value, json};

use crate::{cell::CellIndex, partition::Partition, shape::Ring};

impl Partition {
    /// A feature collection: leaves with their shapes, upper cells without geometry, and what the collection said of
    /// itself. [`crate::Reading::default`] reads it back.
    pub fn to_geojson(&self) -> Value {
        let features: Vec<Value> = self
            .indices()
            .map(|index| {
                let geometry = self
                    .shape(index)
                    .map_or(Value::Null, |shape| geometry(shape.polygons()));
                json!({
                    "type": "Feature",
                    "properties": self.properties(index),
                    "geometry": geometry,
                })
            })
            .collect();
        let mut collection = Map::new();
        collection.insert("type".into(), "FeatureCollection".into());
        collection.extend(self.about().clone());
        collection.insert("features".into(), features.into());
        Value::Object(collection)
    }

    /// The outline of any cell as a GeoJSON geometry, upper cells put together from their leaves.
    pub fn geometry(&self, index: CellIndex) -> Value {
        geometry(&self.polygons(index))
    }

    fn properties(&self, index: CellIndex) -> Value {
        let cell = self.cell(index);
        let mut properties = Map::new();
        properties.insert("id".into(), cell.id.as_str().into());
        properties.insert("level".into(), cell.level.as_str().into());
        if let Some(parent) = &cell.parent {
            properties.insert("parent".into(), parent.as_str().into());
        }
        properties.insert("zh".into(), cell.name.zh.as_str().into());
        properties.insert("en".into(), cell.name.en.as_str().into());
        if !cell.codes.is_empty() {
            properties.insert("codes".into(), json!(cell.codes));
        }
        for (key, value) in &cell.attributes {
            properties
                .entry(key.clone())
                .or_insert_with(|| value.clone());
        }
        Value::Object(properties)
    }
}

fn geometry(polygons: &[Vec<Ring>]) -> Value {
    let closed = |ring: &Ring| {
        let places = ring.iter().chain(ring.first());
        places.map(|place| json!(place)).collect::<Vec<Value>>()
    };
    let drawn: Vec<Vec<Vec<Value>>> = polygons
        .iter()
        .map(|polygon| polygon.iter().map(closed).collect())
        .collect();
    match drawn.as_slice() {
        [only] => json!({ "type": "Polygon", "coordinates": only }),
        _ => json!({ "type": "MultiPolygon", "coordinates": drawn }),
    }
}
