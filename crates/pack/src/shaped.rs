use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::fault::Place;

/// A tree that has the shape of the language, with the places of its nodes.
#[derive(Default)]
pub(crate) struct Shaped {
    /// What remains.
    pub value: Value,
    /// Where each value stands, by its pointer in `value`.
    pub values: HashMap<String, Place>,
    /// Where each key stands, by the pointer of its value.
    pub keys: HashMap<String, Place>,
    /// Pointers of what was left out or replaced by a stand-in.
    pub lost: BTreeSet<String>,
}

impl Shaped {
    /// The place of the value at the pointer, or of the nearest thing around it.
    pub fn value_place(&self, pointer: &str) -> Place {
        self.nearest(pointer, &self.values)
    }

    /// The place of the key at the pointer; for an item of a list, of the item.
    pub fn key_place(&self, pointer: &str) -> Place {
        match self.keys.get(pointer) {
            Some(place) => place.clone(),
            None => self.nearest(pointer, &self.values),
        }
    }

    /// Whether the node was left out, or stands in something that was.
    pub fn is_lost(&self, pointer: &str) -> bool {
        let mut rest = pointer;
        loop {
            if self.lost.contains(rest) {
                return true;
            }
            match rest.rfind('/') {
                Some(at) => rest = &rest[..at],
                None => return false,
            }
        }
    }

    /// Whether anything in the node was left out, or the node itself.
    pub fn is_hurt(&self, pointer: &str) -> bool {
        let inside = format!("{pointer}/");
        self.is_lost(pointer)
            || self
                .lost
                .range(inside.clone()..)
                .next()
                .is_some_and(|first| first.starts_with(&inside))
    }

    fn nearest(&self, pointer: &str, places: &HashMap<String, Place>) -> Place {
        let mut rest = pointer;
        loop {
            if let Some(place) = places.get(rest) {
                return place.clone();
            }
            if let Some(place) = self.keys.get(rest) {
                return place.clone();
            }
            match rest.rfind('/') {
                Some(at) => rest = &rest[..at],
                None => {
                    return Place {
                        line: 1,
                        column: 1,
                        ..Place::default()
                    };
                }
            }
        }
    }
}
