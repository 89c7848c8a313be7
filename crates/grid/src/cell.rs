//! What a node of the territory's tree is called.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// A node of the territory's tree: a town, a village, a cell.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Cell {
    /// The id of ours, which never changes.
    pub id: CellId,
    /// The level's own short name, as `town`, `village` or `cell`.
    pub level: String,
    /// The cell that this one is part of; only the root has none.
    pub parent: Option<CellId>,
    /// What people call it.
    pub name: Text,
    /// Official codes; each means something only with its scheme and date.
    pub codes: Vec<Code>,
    /// Whatever else the source said of the cell.
    pub attributes: serde_json::Map<String, serde_json::Value>,
}

/// The place of a cell in its partition: parents come before children, and a subtree is one unbroken run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct CellIndex(pub(crate) u32);

impl CellIndex {
    /// The index as a number into [`crate::Partition::cells`].
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

/// A text in the two languages of the product.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A text with both languages given.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Text {
        Text {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// An official code of a cell.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Code {
    /// Whose code it is, as `nbs` (statistics bureau) or `mca` (ministry of civil affairs).
    pub scheme: String,
    /// The day of the list that it was taken from, `YYYY-MM-DD`.
    pub date: String,
    /// The code itself.
    pub code: String,
}

/// The id of a cell: 1 to 64 of `a-z`, `0-9`, `-` and `_`, beginning with a letter or a digit.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct CellId(Arc<str>);

/// Why a text is no cell id.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{0:?} is no cell id: it takes 1 to 64 of a-z, 0-9, '-' and '_', and begins with a letter or a digit"
)]
pub struct BadCellId(pub String);

impl CellId {
    /// The id with this text.
    pub fn new(text: &str) -> Result<CellId, BadCellId> {
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        let first = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let bytes = text.as_bytes();
        if bytes.len() <= 64
            && bytes.first().copied().is_some_and(first)
            && bytes.iter().copied().all(inner)
        {
            Ok(CellId(text.into()))
        } else {
            // A refused text may be a whole file: the message quotes its beginning.
            Err(BadCellId(text.chars().take(80).collect()))
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl FromStr for CellId {
    type Err = BadCellId;
    fn from_str(text: &str) -> Result<CellId, BadCellId> {
        CellId::new(text)
    }
}

impl AsRef<str> for CellId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for CellId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for CellId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<CellId, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        CellId::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain() {
        for good in ["zhoutie", "penggan-03", "23003", "a_b"] {
            assert_eq!(CellId::new(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "Zhoutie",
            "-a",
            "彭干",
            "a b",
            &"x".repeat(65),
            "a\u{0}",
        ] {
            assert!(CellId::new(bad).is_err(), "{bad:?}");
        }
    }
}
