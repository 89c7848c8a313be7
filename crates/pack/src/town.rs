use crate::ordered::Ordered;
use jiff::civil::{Date, Time, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{BaseMap, Route, Row, Text};

/// A town's own settings: `town.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Town {
    /// The domain's id: our own short name, snake_case.
    pub domain: String,
    /// Its name.
    pub title: Text,
    /// Its official codes: a code means nothing without its scheme and date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
    /// IANA name of the time zone.
    pub time_zone: String,
    /// The hash that chains the journal.
    #[serde(default)]
    pub hash: HashKind,
    /// When people work.
    pub calendar: Calendar,
    /// The levels of the territory from the top (the domain) down to the cells that partition it.
    pub levels: Vec<Level>,
    /// The packs in use (`town` always is).
    pub packs: Vec<String>,
    /// Post kinds called otherwise here.
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub posts: Ordered<Text>,
    /// Rows of this town's own for the routes of a kind (`pack.kind`); they go before the pack's.
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub routes: Ordered<Vec<Row<Route>>>,
    /// What is drawn below the cells; without it the map is the cells alone, and asks nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_map: Option<BaseMap>,
    /// True where everything in it is made up, which every surface then says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demo: bool,
}

/// An official code of a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Who gives it: `nbs` (statistics bureau), `mca` (civil affairs), …
    pub scheme: String,
    /// The day of the list it was taken from.
    #[schemars(with = "String", extend("format" = "date"))]
    pub date: Date,
    /// The code.
    pub code: String,
}

/// The hash of the journal's chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HashKind {
    /// BLAKE3, 256 bit.
    #[default]
    Blake3,
    /// SM3 (GB/T 32905), where the town's rules ask for it.
    Sm3,
}

/// The working calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The working hours of a day: pairs of `from` and `to`, in order, not overlapping.
    #[schemars(with = "Vec<(TimeOfDay, TimeOfDay)>")]
    pub hours: Vec<(Time, Time)>,
    /// The working days of a week: `mon` … `sun`.
    #[serde(with = "week")]
    #[schemars(with = "Vec<DayOfWeek>")]
    pub week: Vec<Weekday>,
    /// Public holidays.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
    /// Make-up working days (调休) that would be free otherwise.
    #[serde(default)]
    #[schemars(with = "Vec<Day>")]
    pub workdays: Vec<Date>,
    /// The last day for which holidays are known; deadlines beyond it say so.
    #[schemars(with = "String", extend("format" = "date"))]
    pub known_until: Date,
}

/// A public holiday, first and last day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// First day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
    /// Last day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub to: Date,
    /// Its name.
    pub title: Text,
}

/// A level of the territory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Its id: `town`, `village`, `cell`.
    pub id: String,
    /// Its name here.
    pub title: Text,
}

/// How a time of day is written.
#[derive(JsonSchema)]
#[schemars(transparent, inline, extend("format" = "time"))]
struct TimeOfDay(#[expect(dead_code, reason = "only its schema is used")] String);

/// How a date is written.
#[derive(JsonSchema)]
#[schemars(transparent, inline, extend("format" = "date"))]
struct Day(#[expect(dead_code, reason = "only its schema is used")] String);

/// How a day of the week is written.
#[derive(JsonSchema)]
#[schemars(inline, rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
enum DayOfWeek {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

mod week {
    use jiff::civil::Weekday;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    const NAMES: [(&str, Weekday); 7] = [
        ("mon", Weekday::Monday),
        ("tue", Weekday::Tuesday),
        ("wed", Weekday::Wednesday),
        ("thu", Weekday::Thursday),
        ("fri", Weekday::Friday),
        ("sat", Weekday::Saturday),
        ("sun", Weekday::Sunday),
    ];

    pub fn serialize<S: Serializer>(week: &[Weekday], out: S) -> Result<S::Ok, S::Error> {
        let names: Vec<&str> = week
            .iter()
            .filter_map(|day| NAMES.iter().find(|(_, d)| d == day).map(|(name, _)| *name))
            .collect();
        names.serialize(out)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Weekday>, D::Error> {
        Vec::<String>::deserialize(input)?
            .iter()
            .map(|name| {
                NAMES
                    .iter()
                    .find(|(known, _)| known == name)
                    .map(|(_, day)| *day)
                    .ok_or_else(|| {
                        D::Error::custom(format!(
                            "\"{name}\" is none of mon, tue, wed, thu, fri, sat, sun"
                        ))
                    })
            })
            .collect()
    }
}
