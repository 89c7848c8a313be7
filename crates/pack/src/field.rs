use crate::ordered::Ordered;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Expr, Text};

/// One field of a kind, or one column of a table field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// What the form calls it.
    pub title: Text,
    /// One sentence of help under the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Text>,
    /// What may stand in it.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// For `choice` and `choices` the choice list, for `link` the kind (`kind` or `pack.kind`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// For `number` and `integer`: the unit, shown behind the figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text>,
    /// Smallest value of a number, fewest characters of a text, fewest rows of a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest value of a number, most characters of a text (120, long_text 4000 by default), most rows of a table (100).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// For `photo`, `audio`, `file`, `link`: a list of at most so many instead of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub many: Option<u32>,
    /// Whether a form that asks it refuses to go without.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The value where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
    /// The field is asked only when this holds (CEL over the fields of the kind; in a table, of the row).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    /// The purpose (under the kind's `personal`) for which this personal datum is collected. It is then sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<String>,
    /// For `phone` and `name`: it is that of an office or a firm (a duty desk, a shop, a person in public office), not of
    /// a private person, and so not personal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub office: bool,
    /// For `table`: the columns.
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub columns: Ordered<Field>,
}

/// The types of a field, and how a value of each looks in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// One line: a string without line breaks.
    Text,
    /// Several lines: a string.
    LongText,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    YesNo,
    /// `"2026-03-02"`.
    Date,
    /// `"16:50"`.
    Time,
    /// RFC 3339 with offset, `"2026-03-02T16:50:00+08:00"`.
    Datetime,
    /// One option's code.
    Choice,
    /// A list of different options' codes.
    Choices,
    /// A telephone number: digits, spaces, `+`, `-`, brackets; 3 to 15 digits.
    Phone,
    /// A person's name: 1 to 60 characters, no control or direction-changing characters.
    Name,
    /// The hash of a stored file that is an image.
    Photo,
    /// The hash of a stored file that is a sound.
    Audio,
    /// The hash of any stored file.
    File,
    /// `[longitude, latitude]` in degrees, WGS 84.
    Place,
    /// The id of a record of the kind named by `of`.
    Link,
    /// A list of rows, each an object by column.
    Table,
}
