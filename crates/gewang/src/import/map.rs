use gewang_pack::Document;
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

/// How the rows of a table become commands. `docs/import.md` teaches it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mapping {
    /// The kind, where the file wants to insist on it; `--kind` must then say the same.
    #[serde(default)]
    pub kind: Option<String>,
    /// Which part of the file to read, and how.
    #[serde(default)]
    pub table: TableHow,
    /// IANA name of the zone in which times without an offset are meant.
    pub zone: String,
    /// The column, or the columns together, that name a row for ever: the record's id is made from it.
    pub key: OneOrMany,
    /// What is done with each row, in order.
    pub steps: Vec<Step>,
}

/// How to read the table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableHow {
    /// The sheet of a workbook; without it the first.
    #[serde(default)]
    pub sheet: Option<String>,
    /// The encoding of a text file (`utf-8`, `gbk`, …) where it is not to be recognised.
    #[serde(default)]
    pub encoding: Option<String>,
    /// What separates columns of a text file; a comma, unless the heading has more tabs or semicolons.
    #[serde(default)]
    pub delimiter: Option<char>,
    /// The row that names the columns, from 1.
    #[serde(default = "first")]
    pub heading: usize,
}

fn first() -> usize {
    1
}

/// A word or a list of them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}

/// One command of a row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// The action.
    #[serde(rename = "do")]
    pub action: String,
    /// The row has this step only where this holds.
    #[serde(default)]
    pub when: Option<When>,
    /// When it was done.
    pub at: Moment,
    /// Where it is.
    #[serde(default)]
    pub place: Option<Place>,
    /// The fields.
    #[serde(default)]
    pub data: IndexMap<String, Cell>,
}

/// A condition on a row: a column is filled in, or holds one of these texts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct When {
    /// The column.
    pub column: String,
    /// The texts; without them anything but nothing.
    #[serde(default)]
    pub is: Option<OneOrMany>,
}

/// A column that holds a time, or it and its format (strftime).
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Moment {
    /// In one of the usual forms.
    Column(String),
    /// In this form.
    Formatted(FormattedMoment),
}

/// A time in a form of its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormattedMoment {
    /// The column.
    pub column: String,
    /// Its form, `%d.%m.%Y %H:%M`.
    pub format: String,
}

impl Moment {
    /// The column.
    pub fn column(&self) -> &str {
        match self {
            Moment::Column(column) => column,
            Moment::Formatted(moment) => &moment.column,
        }
    }

    /// The form, where it is not to be recognised.
    pub fn format(&self) -> Option<&str> {
        match self {
            Moment::Column(_) => None,
            Moment::Formatted(moment) => Some(&moment.format),
        }
    }
}

/// The columns of a place.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// The column of the longitude, in degrees.
    pub lon: String,
    /// The column of the latitude, in degrees.
    pub lat: String,
    /// What the degrees count from. It must be said: nobody can see it in the numbers.
    pub datum: Datum,
}

/// The datums that are read as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Datum {
    /// WGS 84, as GPS gives it.
    Wgs84,
    /// CGCS2000, equal to WGS 84 within centimetres.
    Cgcs2000,
    /// NAD 83, equal to WGS 84 within two metres.
    Nad83,
}

/// Where the value of a field comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Cell {
    /// A column as it is.
    Column(String),
    /// A column, changed.
    Changed(Box<Changed>),
    /// A text with `{column}` in it.
    Template(Template),
    /// Always the same.
    Constant(Constant),
}

/// A column and what to make of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Changed {
    /// The column.
    pub column: String,
    /// What stands in the table, and the value it stands for.
    #[serde(default)]
    pub map: IndexMap<String, Value>,
    /// The value of what `map` does not name; without it such a row is refused.
    #[serde(default)]
    pub otherwise: Option<Value>,
    /// What to read it as.
    #[serde(default, rename = "as")]
    pub reading: ReadAs,
    /// The form of a date or a time (strftime).
    #[serde(default)]
    pub format: Option<String>,
    /// What separates the items of a list.
    #[serde(default)]
    pub split: Option<String>,
    /// What longer texts are cut to, in characters.
    #[serde(default)]
    pub cut: Option<usize>,
}

/// What a column's text is read as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReadAs {
    /// As it is.
    #[default]
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    YesNo,
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// A date and a time.
    Datetime,
}

/// A text with `{column}` in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Template {
    /// The text.
    pub text: String,
}

/// A value that is the same in every row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Constant {
    /// The value.
    pub value: Value,
}

impl Datum {
    /// The place in WGS 84. All that are read lie within two metres of it: they go through as they are, and the day one
    /// is read that does not, this is where it is turned.
    pub fn wgs84(self, place: [f64; 2]) -> [f64; 2] {
        match self {
            Datum::Wgs84 | Datum::Cgcs2000 | Datum::Nad83 => place,
        }
    }
}

impl Mapping {
    /// Reads a map; the message names the line.
    pub fn read(text: &str) -> Result<Mapping, String> {
        let document = Document::read(text).map_err(|error| error.to_string())?;
        // The parts one by one, so that a mistake is told with the line of its part.
        if let Some(steps) = document.value.get("steps").and_then(Value::as_array) {
            for (at, step) in steps.iter().enumerate() {
                for field in step
                    .get("data")
                    .and_then(Value::as_object)
                    .into_iter()
                    .flat_map(|data| data.keys())
                {
                    let pointer = format!(
                        "/steps/{at}/data/{}",
                        field.replace('~', "~0").replace('/', "~1")
                    );
                    document.get::<Cell>(&pointer).map_err(|error| {
                        format!(
                            "line {}: `{field}` is neither a column's name nor {{ column: … }}, {{ text: … }} or {{ value: … }}",
                            error.line
                        )
                    })?;
                }
                document
                    .get::<Step>(&format!("/steps/{at}"))
                    .map_err(|error| error.to_string())?;
            }
        }
        let mapping: Mapping = document.get("").map_err(|error| error.to_string())?;
        if mapping.steps.is_empty() {
            return Err("there is no step: say under `steps:` what is done with each row".into());
        }
        if mapping.key.all().is_empty() {
            return Err("`key:` names no column: which one tells the rows apart for ever?".into());
        }
        jiff::tz::TimeZone::get(&mapping.zone).map_err(|_| {
            format!(
                "line {}: `{}` is no time zone; write it as Asia/Shanghai",
                document.line("/zone"),
                mapping.zone
            )
        })?;
        Ok(mapping)
    }

    /// Every column that is named, each once.
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = self.key.all().iter().map(String::as_str).collect();
        for step in &self.steps {
            columns.extend(step.when.as_ref().map(|when| when.column.as_str()));
            columns.push(step.at.column());
            if let Some(place) = &step.place {
                columns.extend([place.lon.as_str(), place.lat.as_str()]);
            }
            for cell in step.data.values() {
                columns.extend(cell.columns());
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        columns.retain(|column| seen.insert(*column));
        columns
    }
}

impl Cell {
    /// The columns it reads.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Cell::Column(column) => vec![column],
            Cell::Changed(changed) => vec![&changed.column],
            Cell::Template(template) => template.parts().filter_map(|part| part.err()).collect(),
            Cell::Constant(_) => Vec::new(),
        }
    }
}

impl Template {
    /// The text in parts: what stands there (`Ok`), and the columns put in (`Err`).
    pub fn parts(&self) -> impl Iterator<Item = Result<&str, &str>> {
        self.text
            .split('{')
            .enumerate()
            .flat_map(|(at, piece)| match piece.split_once('}') {
                Some((column, rest)) if at > 0 => [Some(Err(column)), Some(Ok(rest))],
                _ => [Some(Ok(piece)), None],
            })
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_names_its_columns() {
        let mapping = Mapping::read(
            "zone: Asia/Shanghai\nkey: id\nsteps:\n  - do: open\n    at: opened\n    place: { lon: x, lat: y, datum: wgs84 }\n    data:\n      a: name\n      b: { text: '{one} and {two}' }\n      c: { value: 3 }\n      d: { column: name, map: { 甲: a } }\n",
        )
        .unwrap();
        assert_eq!(
            mapping.columns(),
            ["id", "opened", "x", "y", "name", "one", "two"]
        );
    }

    #[test]
    fn a_mistake_names_its_line() {
        let error = Mapping::read("zone: Asia/Shanghai\nkey: id\nsteps:\n  - do: open\n    at: t\n    data:\n      a: { colum: x }\n")
            .expect_err("`colum` is a slip");
        assert!(error.starts_with("line 7:"), "{error}");
        assert!(Mapping::read("zone: Mars/Olympus\nkey: a\nsteps: [{ do: x, at: t }]").is_err());
    }
}
