//! Reading a drawing: which property says what, and what a file must be to be read at all.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use serde_json::{Map, Value};

use crate::{
    cell::{Cell, CellId, Code, Text},
    coord::Coord,
    defect::Defect,
    shape::{Ring, RingFault, Shape},
};

/// Which property of a feature says what about its cell.
///
/// [`Reading::default`] reads what [`crate::Partition::to_geojson`] writes.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The property with the id of ours. A number will do.
    pub id: String,
    /// The property with the parent's id; absent, null or empty at the root.
    pub parent: String,
    /// The property with the level's short name.
    pub level: String,
    /// The property with the Chinese name.
    pub zh: String,
    /// The property with the English name.
    pub en: String,
    /// The property with a name in whichever language, taken where one of the two is missing.
    pub name: String,
    /// The property that holds an official code, beside those listed under `codes`.
    pub code: Option<CodeProperty>,
    /// A root to add above every cell that has no parent.
    pub root: Option<Root>,
    /// Whether a parent that is not in the file is added, under the root; otherwise it is a defect.
    pub add_missing: bool,
    /// The names of such added parents, where they are known.
    pub known: BTreeMap<CellId, Text>,
    /// Levels from the root downwards, for cells whose feature names none.
    pub levels: Vec<String>,
    /// A gap or overlap narrower than this counts as a sliver.
    pub tolerance_m: f64,
}

/// A root that the file itself doesn't have.
#[derive(Clone, Debug)]
pub struct Root {
    /// Its id.
    pub id: CellId,
    /// Its name.
    pub name: Text,
}

/// A property that holds an official code of one scheme.
#[derive(Clone, Debug)]
pub struct CodeProperty {
    /// The property.
    pub property: String,
    /// Whose codes they are.
    pub scheme: String,
    /// The day of the list, `YYYY-MM-DD`.
    pub date: String,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading {
            id: "id".into(),
            parent: "parent".into(),
            level: "level".into(),
            zh: "zh".into(),
            en: "en".into(),
            name: "name".into(),
            code: None,
            root: None,
            add_missing: false,
            known: BTreeMap::new(),
            levels: ["town", "village", "cell"].map(String::from).into(),
            tolerance_m: 1.0,
        }
    }
}

/// Why no partition came of a file.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ParseError {
    /// It can't be read; every feature that can't is named.
    #[error("the file can't be read: {}", first_of(.0))]
    Unreadable(Vec<Unreadable>),
    /// It was read, and is no partition.
    #[error("the cells are no partition: {}", first_of(.0))]
    Defective(Vec<Defect>),
}

fn first_of<T: std::fmt::Display>(all: &[T]) -> String {
    match all {
        [] => String::new(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}

/// Something that can't be read.
#[derive(Clone, PartialEq, Debug)]
pub struct Unreadable {
    /// The feature's number, counted from 1; `None` when it is the file as a whole.
    pub feature: Option<usize>,
    /// What is wrong.
    pub text: Text,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.feature {
            Some(number) => write!(f, "feature {number}: {}", self.text.en),
            None => f.write_str(&self.text.en),
        }
    }
}

/// A feature as it was read.
pub(crate) struct DraftCell {
    pub cell: Cell,
    pub shape: Option<Shape>,
    pub faults: Vec<RingFault>,
    pub level_given: bool,
}

/// What a whole file said.
pub(crate) struct Draft {
    pub cells: Vec<DraftCell>,
    /// Members of the collection beside its features.
    pub about: Map<String, Value>,
}

/// Vertices past which a file is refused: a country's villages have fewer, and memory stays bounded.
const MOST_VERTICES: usize = 20_000_000;

pub(crate) fn read(bytes: &[u8], reading: &Reading) -> Result<Draft, Vec<Unreadable>> {
    let whole = |zh: String, en: String| {
        vec![Unreadable {
            feature: None,
            text: Text { zh, en },
        }]
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|e| whole(format!("不是 JSON：{e}"), format!("not JSON: {e}")))?;
    let Value::Object(mut about) = value else {
        return Err(no_collection());
    };
    if about.remove("type") != Some("FeatureCollection".into()) {
        return Err(no_collection());
    }
    let Some(Value::Array(features)) = about.shift_remove("features") else {
        return Err(no_collection());
    };
    let mut faults = Vec::new();
    let mut cells = Vec::with_capacity(features.len());
    let mut budget = MOST_VERTICES;
    for (i, feature) in features.into_iter().enumerate() {
        match draft_cell(feature, reading, &mut budget) {
            Ok(cell) => cells.push(cell),
            Err(text) => faults.push(Unreadable {
                feature: Some(i + 1),
                text,
            }),
        }
    }
    if cells.is_empty() && faults.is_empty() {
        return Err(whole(
            "文件里没有网格。".into(),
            "the file has no cells".into(),
        ));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    add_ancestors(&mut cells, reading);
    Ok(Draft { cells, about })
}

fn no_collection() -> Vec<Unreadable> {
    vec![Unreadable {
        feature: None,
        text: Text::new(
            "不是 GeoJSON 的 FeatureCollection。",
            "not a GeoJSON FeatureCollection",
        ),
    }]
}

fn add_ancestors(cells: &mut Vec<DraftCell>, reading: &Reading) {
    let present: FxHashSet<CellId> = cells.iter().map(|c| c.cell.id.clone()).collect();
    let root_id = reading.root.as_ref().map(|root| root.id.clone());
    let mut added: Vec<CellId> = Vec::new();
    if reading.add_missing {
        let missing = cells.iter().filter_map(|c| c.cell.parent.clone());
        added = missing
            .filter(|parent| !present.contains(parent) && Some(parent) != root_id.as_ref())
            .collect();
        added.sort();
        added.dedup();
    }
    let bare = |id: CellId, name: Text| DraftCell {
        cell: Cell {
            id,
            level: String::new(),
            parent: None,
            name,
            codes: Vec::new(),
            attributes: Map::new(),
        },
        shape: None,
        faults: Vec::new(),
        level_given: false,
    };
    for id in added {
        let name = reading
            .known
            .get(&id)
            .cloned()
            .unwrap_or_else(|| Text::new(id.as_str(), id.as_str()));
        cells.push(bare(id, name));
    }
    if let Some(root) = &reading.root {
        if !present.contains(&root.id) {
            cells.push(bare(root.id.clone(), root.name.clone()));
        }
        for draft in cells.iter_mut() {
            if draft.cell.parent.is_none() && draft.cell.id != root.id {
                draft.cell.parent = Some(root.id.clone());
            }
        }
    }
}

fn draft_cell(feature: Value, reading: &Reading, budget: &mut usize) -> Result<DraftCell, Text> {
    let Value::Object(mut feature) = feature else {
        return Err(Text::new("不是要素（Feature）。", "not a Feature"));
    };
    if feature.get("type") != Some(&Value::from("Feature")) {
        return Err(Text::new("不是要素（Feature）。", "not a Feature"));
    }
    let mut properties = match feature.shift_remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    let id = take_text(&mut properties, &reading.id).ok_or_else(|| {
        let key = &reading.id;
        Text {
            zh: format!("缺少属性 {key}，它是网格的编号。"),
            en: format!("the property {key:?}, the cell's id, is missing"),
        }
    })?;
    let id = cell_id(&id)?;
    let parent = take_text(&mut properties, &reading.parent)
        .map(|parent| cell_id(&parent))
        .transpose()?;
    let level = take_text(&mut properties, &reading.level);
    let zh = take_text(&mut properties, &reading.zh);
    let en = take_text(&mut properties, &reading.en);
    let name = take_text(&mut properties, &reading.name);
    let fallback = name
        .or_else(|| zh.clone())
        .or_else(|| en.clone())
        .unwrap_or_else(|| id.to_string());
    let mut codes = match properties.shift_remove("codes") {
        None | Some(Value::Null) => Vec::new(),
        Some(codes) => serde_json::from_value::<Vec<Code>>(codes).map_err(|e| Text {
            zh: format!("codes 应是一列 {{scheme, date, code}}：{e}"),
            en: format!("codes must be a list of {{scheme, date, code}}: {e}"),
        })?,
    };
    if let Some(wanted) = &reading.code {
        let mut peek = properties.clone();
        let code = if wanted.property == reading.id {
            Some(id.to_string())
        } else {
            take_text(&mut peek, &wanted.property)
        };
        codes.extend(code.map(|code| Code {
            scheme: wanted.scheme.clone(),
            date: wanted.date.clone(),
            code,
        }));
    }
    let (shape, faults) = match feature.shift_remove("geometry") {
        None | Some(Value::Null) => (None, Vec::new()),
        Some(geometry) => {
            let (shape, faults) = shape(&geometry, budget)?;
            (Some(shape), faults)
        }
    };
    Ok(DraftCell {
        level_given: level.is_some(),
        cell: Cell {
            name: Text {
                zh: zh.unwrap_or_else(|| fallback.clone()),
                en: en.unwrap_or(fallback),
            },
            level: level.unwrap_or_default(),
            id,
            parent,
            codes,
            attributes: properties,
        },
        shape,
        faults,
    })
}

fn cell_id(text: &str) -> Result<CellId, Text> {
    CellId::new(text).map_err(|e| Text {
        zh: format!(
            "{:?} 不能作编号：只用 a-z、0-9、- 和 _，以字母或数字开头，最长 64 个。",
            e.0
        ),
        en: e.to_string(),
    })
}

/// A property as text, taken out; a number counts, and an empty text is none.
fn take_text(properties: &mut Map<String, Value>, key: &str) -> Option<String> {
    match properties.get(key)? {
        Value::String(text) if text.trim().is_empty() => {
            properties.shift_remove(key);
            None
        }
        Value::String(_) | Value::Number(_) => match properties.shift_remove(key)? {
            Value::String(text) => Some(text.trim().to_owned()),
            other => Some(other.to_string()),
        },
        Value::Null => {
            properties.shift_remove(key);
            None
        }
        _ => None,
    }
}

fn shape(geometry: &Value, budget: &mut usize) -> Result<(Shape, Vec<RingFault>), Text> {
    let malformed = || {
        Text::new(
            "坐标的层次不对：面是环的列表，环是 [经度, 纬度] 的列表。",
            "the coordinates are malformed: a polygon is a list of rings, a ring a list of [lon, lat]",
        )
    };
    let coordinates = geometry.get("coordinates").unwrap_or(&Value::Null);
    let alone;
    let polygons = match geometry.get("type").and_then(Value::as_str) {
        Some("MultiPolygon") => coordinates.as_array().ok_or_else(malformed)?,
        Some("Polygon") => {
            alone = vec![coordinates.clone()];
            &alone
        }
        other => {
            let other = other.unwrap_or("nothing");
            return Err(Text {
                zh: format!("几何类型是 {other}；网格要用 Polygon 或 MultiPolygon。"),
                en: format!("the geometry is {other}; a cell is a Polygon or a MultiPolygon"),
            });
        }
    };
    let mut faults = Vec::new();
    let mut drawn = Vec::with_capacity(polygons.len());
    for polygon in polygons {
        let mut rings = Vec::new();
        for ring in polygon.as_array().ok_or_else(malformed)? {
            let places = ring.as_array().ok_or_else(malformed)?;
            *budget = budget.checked_sub(places.len()).ok_or_else(|| Text {
                zh: format!("文件的顶点超过 {MOST_VERTICES} 个。"),
                en: format!("the file has more than {MOST_VERTICES} vertices"),
            })?;
            let places = places
                .iter()
                .map(|place| coord(place, &malformed))
                .collect::<Result<Vec<Coord>, Text>>()?;
            rings.push(close(places, &mut faults));
        }
        if rings.is_empty() {
            faults.push(RingFault::TooFew(None));
        } else {
            drawn.push(rings);
        }
    }
    if drawn.is_empty() && faults.is_empty() {
        faults.push(RingFault::TooFew(None));
    }
    let shape = Shape::new(drawn);
    if faults.is_empty() {
        faults = shape.faults();
    }
    Ok((shape, faults))
}

/// Drops the repeated last point, and points that fall together when rounded to a unit.
fn close(mut places: Vec<Coord>, faults: &mut Vec<RingFault>) -> Ring {
    if places.len() > 1 && places.first() == places.last() {
        places.pop();
    } else if let Some(&end) = places.last() {
        faults.push(RingFault::Unclosed(end));
    }
    places.dedup();
    while places.len() > 1 && places.first() == places.last() {
        places.pop();
    }
    places
}

fn coord(place: &Value, malformed: &impl Fn() -> Text) -> Result<Coord, Text> {
    let numbers = place.as_array().ok_or_else(malformed)?;
    let number = |i: usize| numbers.get(i).and_then(Value::as_f64).ok_or_else(malformed);
    let (lon, lat) = (number(0)?, number(1)?);
    Coord::from_degrees(lon, lat).map_err(|e| {
        let zh = match e {
            crate::BadCoord::NotFinite => "坐标不是有限的数。".into(),
            crate::BadCoord::Swapped { .. } => {
                format!("({lon}, {lat}) 的经纬度像是写反了：先经度，后纬度。")
            }
            crate::BadCoord::OutsideEarth { .. } => {
                format!("({lon}, {lat}) 不在地球上；若是投影坐标，请先换成经纬度。")
            }
        };
        Text {
            zh,
            en: e.to_string(),
        }
    })
}
