//! How a drawing is read: which property says what, and why no partition came of it.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::{
    cell::{CellId, Text},
    defect::Defect,
    head,
    layer::Layer,
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
    /// The schemes in which the code of a cell begins with that of the cell above it, less the zeros it ends in.
    pub nested: Vec<String>,
    /// Whether a feature whose id is missing or no [`CellId`] gets one, instead of being unreadable.
    pub lenient: bool,
}

/// Properties in which drawings commonly hold the number of a cell.
const IDS: [&str; 12] = [
    "id",
    "code",
    "cell_id",
    "grid_id",
    "ID",
    "CODE",
    "GEOID",
    "编号",
    "网格编号",
    "编码",
    "网格编码",
    "fid",
];

impl Reading {
    /// A reading for a drawing that nobody described: the first property among those commonly used for it that every
    /// drawn feature has is the id, a parent that isn't in the file is added, and so is a root where there is none.
    pub fn guessed(layer: &Layer) -> Reading {
        let drawn = || {
            layer
                .features
                .iter()
                .filter(|feature| feature.shape.is_some())
        };
        let everywhere =
            |key: &&&str| drawn().all(|feature| head::text(&feature.attributes, key).is_some());
        let id = IDS.iter().find(everywhere).unwrap_or(&"id");
        let ids: FxHashSet<String> = layer
            .features
            .iter()
            .filter_map(|feature| head::text(&feature.attributes, id))
            .collect();
        let plain = Reading::default();
        let tops = layer
            .features
            .iter()
            .filter(|feature| {
                head::text(&feature.attributes, &plain.parent)
                    .is_none_or(|parent| !ids.contains(&parent))
            })
            .count();
        let name = (0..)
            .map(|i| {
                if i == 0 {
                    "all".to_owned()
                } else {
                    format!("all-{i}")
                }
            })
            .find(|name| !ids.contains(name))
            .and_then(|name| CellId::new(&name).ok());
        Reading {
            id: (*id).to_owned(),
            root: name.filter(|_| tops != 1).map(|id| Root {
                id,
                name: Text::new("全部", "All"),
            }),
            add_missing: true,
            lenient: true,
            ..plain
        }
    }
}

/// What a town says of every drawing of its cells.
#[derive(Clone, Debug)]
pub struct OfTown {
    /// The domain, which is the root.
    pub root: Root,
    /// Its levels from the root downwards.
    pub levels: Vec<String>,
    /// The names of cells that a drawing may name without drawing them.
    pub known: BTreeMap<CellId, Text>,
}

/// Which properties of a drawing say what, where whoever hands it in says so.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "the names say all there is")]
pub struct Properties {
    pub id: Option<String>,
    pub parent: Option<String>,
    pub name: Option<String>,
}

impl Reading {
    /// A reading for a drawing of a town's cells: below the town, with the levels and names that the town knows. What no
    /// property is told for is guessed.
    pub fn of_town(layer: &Layer, town: &OfTown, told: &Properties) -> Reading {
        let mut reading = Reading {
            levels: town.levels.clone(),
            known: town.known.clone(),
            lenient: false,
            ..Reading::guessed(layer)
        };
        if let Some(id) = &told.id {
            reading.id.clone_from(id);
        }
        if let Some(parent) = &told.parent {
            reading.parent.clone_from(parent);
        }
        if let Some(name) = &told.name {
            reading.name.clone_from(name);
        }
        let is_root = |id: String| id == town.root.id.as_str();
        let drawn = layer
            .features
            .iter()
            .any(|feature| head::text(&feature.attributes, &reading.id).is_some_and(is_root));
        // A file in which a feature is the town itself needs no root above it.
        reading.root = (!drawn).then(|| town.root.clone());
        reading
    }
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
            nested: ["nbs", "mca"].map(String::from).into(),
            lenient: false,
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
