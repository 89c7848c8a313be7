//! Attributes as the columns of a table.

use serde_json::Value;

use crate::layer::Layer;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Bool,
    Integer,
    Real,
    Text,
}

/// A column with the attribute that it holds.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
}

/// A column for every attribute of the layer, in the order in which they first stand.
pub(super) fn columns(layer: &Layer) -> Vec<Column> {
    let mut found: indexed::Found = indexed::Found::default();
    for feature in &layer.features {
        for (name, value) in &feature.attributes {
            found.see(name, kind(value));
        }
    }
    found.into_columns()
}

fn kind(value: &Value) -> Option<Kind> {
    match value {
        Value::Null => None,
        Value::Bool(_) => Some(Kind::Bool),
        Value::Number(number) if number.is_i64() => Some(Kind::Integer),
        Value::Number(_) => Some(Kind::Real),
        _ => Some(Kind::Text),
    }
}

mod indexed {
    use rustc_hash::FxHashMap;

    use super::{Column, Kind};

    #[derive(Default)]
    pub(super) struct Found {
        places: FxHashMap<String, usize>,
        columns: Vec<(String, Option<Kind>)>,
    }

    impl Found {
        pub(super) fn see(&mut self, name: &str, kind: Option<Kind>) {
            let place = match self.places.get(name) {
                Some(place) => *place,
                None => {
                    self.places.insert(name.to_owned(), self.columns.len());
                    self.columns.push((name.to_owned(), None));
                    self.columns.len() - 1
                }
            };
            let known = &mut self.columns[place].1;
            *known = match (*known, kind) {
                (same, None) => same,
                (None, new) => new,
                (Some(a), Some(b)) if a == b => Some(a),
                (Some(Kind::Integer | Kind::Real), Some(Kind::Integer | Kind::Real)) => {
                    Some(Kind::Real)
                }
                _ => Some(Kind::Text),
            };
        }

        pub(super) fn into_columns(self) -> Vec<Column> {
            self.columns
                .into_iter()
                .map(|(name, kind)| Column {
                    name,
                    kind: kind.unwrap_or(Kind::Text),
                })
                .collect()
        }
    }
}
