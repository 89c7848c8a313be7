//! TopoJSON 1.0: polygons out of shared arcs, plain or quantized.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    drawing::{Allowance, Drawing, Drawn, Polygons, at, whole},
    geojson::{broken, no_area},
    open::{no_such_layer, several_layers},
};
use crate::{cell::Text, reading::Unreadable};

#[derive(Deserialize)]
struct Topology {
    transform: Option<Transform>,
    objects: Map<String, Value>,
    arcs: Vec<Vec<Position>>,
    #[serde(flatten)]
    about: Map<String, Value>,
}

#[derive(Deserialize)]
struct Transform {
    scale: [f64; 2],
    translate: [f64; 2],
}

/// A position; what stands after its two numbers is dropped.
#[derive(Deserialize)]
#[serde(from = "Vec<f64>")]
struct Position([f64; 2]);

impl From<Vec<f64>> for Position {
    fn from(numbers: Vec<f64>) -> Position {
        // A missing number is no number, which the conversion names.
        let number = |i: usize| numbers.get(i).copied().unwrap_or(f64::NAN);
        Position([number(0), number(1)])
    }
}

#[derive(Deserialize)]
struct Geometry {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<Value>,
    properties: Option<Map<String, Value>>,
    arcs: Option<Indices>,
    #[serde(default)]
    geometries: Vec<Geometry>,
}

/// Numbers of arcs, nested as rings and polygons are.
#[derive(Deserialize)]
#[serde(untagged)]
enum Indices {
    Polygon(Vec<Vec<i64>>),
    Polygons(Vec<Vec<Vec<i64>>>),
    #[expect(dead_code, reason = "the arcs of lines, which no cell has")]
    Lines(Vec<i64>),
}

pub(super) fn read(bytes: &[u8], layer: Option<&str>) -> Result<Drawing, Vec<Unreadable>> {
    let topology: Topology = serde_json::from_slice(bytes).map_err(|error| {
        let text = broken(&error, bytes);
        whole(text.zh, text.en)
    })?;
    let names = || topology.objects.keys().map(String::as_str);
    let object = match (layer, topology.objects.len()) {
        (_, 0) => {
            return Err(whole(
                "TopoJSON 里没有对象。",
                "the TopoJSON has no objects",
            ));
        }
        (None, 1) => topology.objects.values().next(),
        (None, _) => return Err(several_layers(names())),
        (Some(asked), _) => topology.objects.get(asked),
    };
    let asked = layer.unwrap_or_default();
    let object = object.ok_or_else(|| no_such_layer(asked, names()))?;
    let object = Geometry::deserialize(object).map_err(|error| {
        whole(
            format!("TopoJSON 的对象不对：{error}；请重新导出。"),
            format!("the object isn't TopoJSON: {error}; export it again"),
        )
    })?;
    let arcs = positions(topology.arcs, topology.transform.as_ref());
    let features = match object.kind.as_deref() {
        Some("GeometryCollection") => object.geometries,
        _ => vec![object],
    };
    let mut drawing = Drawing {
        about: topology.about,
        ..Drawing::default()
    };
    for member in ["type", "bbox", "crs"] {
        drawing.about.remove(member);
    }
    let mut faults = Vec::new();
    let mut allowance = Allowance::new();
    for (index, geometry) in features.into_iter().enumerate() {
        let number = index + 1;
        let shape = shape(&geometry, &arcs, &mut allowance);
        let mut attributes = geometry.properties.unwrap_or_default();
        if let Some(id) = geometry.id {
            attributes.entry("id").or_insert(id);
        }
        match shape {
            Ok(shape) => drawing.features.push(Drawn {
                number,
                attributes,
                shape,
            }),
            Err(text) => faults.push(at(number, text)),
        }
    }
    if faults.is_empty() {
        Ok(drawing)
    } else {
        Err(faults)
    }
}

/// The arcs' points; quantized ones are given as steps on a lattice.
fn positions(arcs: Vec<Vec<Position>>, transform: Option<&Transform>) -> Vec<Vec<[f64; 2]>> {
    arcs.into_iter()
        .map(|arc| {
            let mut at = [0.0; 2];
            arc.into_iter()
                .map(|Position(point)| match transform {
                    None => point,
                    Some(Transform { scale, translate }) => {
                        at = [at[0] + point[0], at[1] + point[1]];
                        [
                            at[0] * scale[0] + translate[0],
                            at[1] * scale[1] + translate[1],
                        ]
                    }
                })
                .collect()
        })
        .collect()
}

fn shape(
    geometry: &Geometry,
    arcs: &[Vec<[f64; 2]>],
    allowance: &mut Allowance,
) -> Result<Option<Polygons>, Text> {
    let mut rings = |polygon: &Vec<Vec<i64>>| -> Result<Vec<Vec<[f64; 2]>>, Text> {
        polygon
            .iter()
            .map(|ring| join(ring, arcs, allowance))
            .collect()
    };
    match (geometry.kind.as_deref(), &geometry.arcs) {
        (None, _) => Ok(None),
        (Some("Polygon"), Some(Indices::Polygon(polygon))) => Ok(Some(vec![rings(polygon)?])),
        (Some("MultiPolygon"), Some(Indices::Polygons(polygons))) => polygons
            .iter()
            .map(rings)
            .collect::<Result<_, _>>()
            .map(Some),
        // An empty list may be read as either.
        (Some("MultiPolygon"), Some(Indices::Polygon(none))) if none.is_empty() => {
            Ok(Some(Vec::new()))
        }
        (Some(kind @ ("Polygon" | "MultiPolygon")), _) => Err(Text {
            zh: format!("{kind} 的 arcs 不对；请重新导出。"),
            en: format!("the arcs of the {kind} are wrong: export it again"),
        }),
        (Some("GeometryCollection"), _) => {
            let mut all = Vec::new();
            for part in &geometry.geometries {
                all.extend(shape(part, arcs, allowance)?.unwrap_or_default());
            }
            Ok(Some(all))
        }
        (Some(other), _) => Err(no_area(other)),
    }
}

/// The ring that some arcs make; `!n` is arc `n` backwards, and each begins where the one before it ended.
fn join(
    ring: &[i64],
    arcs: &[Vec<[f64; 2]>],
    allowance: &mut Allowance,
) -> Result<Vec<[f64; 2]>, Text> {
    let mut points: Vec<[f64; 2]> = Vec::new();
    for &index in ring {
        let place = if index < 0 { !index } else { index };
        let arc = usize::try_from(place)
            .ok()
            .and_then(|place| arcs.get(place))
            .ok_or_else(|| Text {
                zh: format!("没有弧段 {index}，文件已损坏；请重新导出。"),
                en: format!("there is no arc {index}, so the file is damaged: export it again"),
            })?;
        allowance.ring(arc.len())?;
        points.pop();
        if index < 0 {
            points.extend(arc.iter().rev());
        } else {
            points.extend(arc);
        }
        allowance.fits_ring(points.len())?;
    }
    Ok(points)
}
