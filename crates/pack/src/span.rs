use std::{fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A length of time in calendar or working units: `5 workdays`, `4 workhours`, `90d`, `36 hours`, `30 minutes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: SpanUnit,
}

/// The units of a [`Span`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpanUnit {
    /// 60 seconds.
    Minutes,
    /// 3,600 seconds.
    Hours,
    /// Civil days in the town's time zone.
    Days,
    /// Hours that fall into working hours.
    Workhours,
    /// Working days: the same time of day, so many working days on.
    Workdays,
}

impl SpanUnit {
    /// Whether it counts working time.
    pub fn is_working(self) -> bool {
        matches!(self, SpanUnit::Workhours | SpanUnit::Workdays)
    }
}

impl FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (count, unit) = text.split_at(digits);
        let unit = match unit.trim() {
            "m" | "min" | "minute" | "minutes" => SpanUnit::Minutes,
            "h" | "hour" | "hours" => SpanUnit::Hours,
            "d" | "day" | "days" => SpanUnit::Days,
            "wh" | "workhour" | "workhours" => SpanUnit::Workhours,
            "wd" | "workday" | "workdays" => SpanUnit::Workdays,
            _ => {
                return Err(format!(
                    "\"{text}\" is no span: write a number and minutes, hours, days, workhours or workdays"
                ));
            }
        };
        match count.parse::<u32>() {
            Ok(count) if count <= 100_000 => Ok(Span { count, unit }),
            _ => Err(format!(
                "\"{text}\" is no span: it begins with a number up to 100000"
            )),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            SpanUnit::Minutes => "minutes",
            SpanUnit::Hours => "hours",
            SpanUnit::Days => "days",
            SpanUnit::Workhours => "workhours",
            SpanUnit::Workdays => "workdays",
        };
        write!(f, "{} {unit}", self.count)
    }
}

impl TryFrom<String> for Span {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> String {
        span.to_string()
    }
}

/// A distance on the ground: `50 m`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Metres(
    /// Metres.
    pub f64,
);

impl TryFrom<String> for Metres {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.trim()
            .strip_suffix('m')
            .and_then(|number| number.trim().parse::<f64>().ok())
            .filter(|metres| metres.is_finite() && (0.0..=100_000.0).contains(metres))
            .map(Metres)
            .ok_or_else(|| format!("\"{text}\" is no distance: write `50 m`, at most 100000 m"))
    }
}

impl From<Metres> for String {
    fn from(metres: Metres) -> String {
        format!("{} m", metres.0)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "span",
            "description": "A length of time: `5 workdays`, `4 workhours`, `90d`, `36 hours`, `30 minutes`.",
            "examples": ["5 workdays", "4 workhours", "90 days"],
        })
    }
}

impl JsonSchema for Metres {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Metres".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "distance",
            "description": "A distance on the ground: `50 m`.",
            "examples": ["50 m"],
        })
    }
}
