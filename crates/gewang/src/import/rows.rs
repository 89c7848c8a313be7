use std::collections::HashMap;

use gewang_engine::Command;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, fmt::strtime};
use serde_json::{Map, Value, json};
use uuid::{Builder, Uuid};

use super::map::{Cell as From, Changed, Mapping, ReadAs, Step, When};
use super::table::{Cell, Table};

/// A row made into commands.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its number in the file.
    pub number: usize,
    /// What names it.
    pub key: String,
    /// Its commands in order.
    pub commands: Vec<Command>,
    /// The step of the map that each command came from.
    pub steps: Vec<usize>,
}

/// Why a row became no commands, or why one was refused.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub(crate) struct Trouble {
    /// The row's number in the file.
    pub row: usize,
    /// What names the row.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The action of the step.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub action: String,
    /// The columns concerned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// A stable code.
    pub code: String,
    /// What is wrong and what to do.
    pub text: String,
}

/// Turns a table's rows into commands.
pub(crate) struct Rows<'m> {
    kind: &'m str,
    mapping: &'m Mapping,
    zone: TimeZone,
    columns: HashMap<&'m str, usize>,
    seen: HashMap<String, usize>,
}

struct Wrong {
    columns: Vec<String>,
    code: &'static str,
    text: String,
}

fn wrong(column: &str, code: &'static str, text: impl Into<String>) -> Wrong {
    Wrong {
        columns: vec![column.to_owned()],
        code,
        text: text.into(),
    }
}

impl<'m> Rows<'m> {
    /// For this table; all columns that the map names are there.
    pub fn new(kind: &'m str, mapping: &'m Mapping, table: &'m Table) -> Rows<'m> {
        Rows {
            kind,
            mapping,
            zone: TimeZone::get(&mapping.zone).expect("the map was read, which looks it up"),
            columns: table
                .columns
                .iter()
                .enumerate()
                .map(|(at, name)| (name.as_str(), at))
                .collect(),
            seen: HashMap::new(),
        }
    }

    /// One row's commands.
    pub fn row(&mut self, number: usize, cells: &[Cell]) -> Result<Row, Box<Trouble>> {
        let key: Vec<String> = self
            .mapping
            .key
            .all()
            .iter()
            .map(|column| self.text(cells, column).unwrap_or_default())
            .collect();
        let shown = key.join(" / ");
        let trouble = |action: &str, wrong: Wrong| {
            Box::new(Trouble {
                row: number,
                key: shown.clone(),
                action: action.to_owned(),
                columns: wrong.columns,
                code: wrong.code.to_owned(),
                text: wrong.text,
            })
        };
        if key.iter().all(String::is_empty) {
            let wrong = Wrong {
                columns: self.mapping.key.all().to_vec(),
                code: "key_missing",
                text: "nothing tells this row apart: fill in the key".into(),
            };
            return Err(trouble("", wrong));
        }
        if let Some(before) = self.seen.insert(shown.clone(), number) {
            self.seen.insert(shown.clone(), before);
            let wrong = Wrong {
                columns: self.mapping.key.all().to_vec(),
                code: "key_repeated",
                text: format!("row {before} has the same key"),
            };
            return Err(trouble("", wrong));
        }
        let record = derived(&[self.kind, &shown]);
        let mut row = Row {
            number,
            key: shown.clone(),
            commands: Vec::new(),
            steps: Vec::new(),
        };
        for (at, step) in self.mapping.steps.iter().enumerate() {
            if step
                .when
                .as_ref()
                .is_some_and(|when| !self.holds(cells, when))
            {
                continue;
            }
            let command = self
                .command(cells, step, record, at)
                .map_err(|wrong| trouble(&step.action, wrong))?;
            row.commands.push(command);
            row.steps.push(at);
        }
        Ok(row)
    }

    /// The columns of the map that a refusal's pointer speaks of.
    pub fn columns_of(&self, step: usize, pointer: &str) -> Vec<String> {
        let step = &self.mapping.steps[step];
        let first = pointer
            .trim_start_matches('/')
            .split('/')
            .collect::<Vec<_>>();
        match first.as_slice() {
            ["data", field, ..] => step
                .data
                .get(*field)
                .map(|cell| cell.columns().into_iter().map(str::to_owned).collect())
                .unwrap_or_default(),
            ["place", ..] => step
                .place
                .iter()
                .flat_map(|place| [place.lon.clone(), place.lat.clone()])
                .collect(),
            ["at", ..] => vec![step.at.column().to_owned()],
            _ => Vec::new(),
        }
    }

    fn command(
        &self,
        cells: &[Cell],
        step: &Step,
        record: Uuid,
        at: usize,
    ) -> Result<Command, Wrong> {
        let column = step.at.column();
        let when = self
            .cell(cells, column)
            .ok_or_else(|| wrong(column, "time_missing", "the time is missing"))
            .and_then(|cell| self.instant(column, cell, step.at.format()))?;
        let mut data = Map::new();
        for (field, from) in &step.data {
            if let Some(value) = self.value(cells, from)? {
                data.insert(field.clone(), value);
            }
        }
        let place = match &step.place {
            None => None,
            Some(place) => match (self.text(cells, &place.lon), self.text(cells, &place.lat)) {
                (None, None) => None,
                (Some(lon), Some(lat)) => Some(
                    place
                        .datum
                        .wgs84([number(&place.lon, &lon)?, number(&place.lat, &lat)?]),
                ),
                (None, _) => {
                    return Err(wrong(&place.lon, "place_half", "the longitude is missing"));
                }
                (_, None) => {
                    return Err(wrong(&place.lat, "place_half", "the latitude is missing"));
                }
            },
        };
        Ok(Command {
            id: derived(&[
                "command",
                &record.to_string(),
                &at.to_string(),
                &step.action,
            ]),
            at: when,
            kind: self.kind.to_owned(),
            record,
            action: step.action.clone(),
            version: None,
            place,
            data,
            files: Vec::new(),
            backdated: true,
        })
    }

    fn holds(&self, cells: &[Cell], when: &When) -> bool {
        let text = self.text(cells, &when.column);
        match (&when.is, text) {
            (None, text) => text.is_some(),
            (Some(wanted), Some(text)) => wanted.all().contains(&text),
            (Some(_), None) => false,
        }
    }

    fn cell<'c>(&self, cells: &'c [Cell], column: &str) -> Option<&'c Cell> {
        cells
            .get(*self.columns.get(column)?)
            .filter(|cell| **cell != Cell::Empty)
    }

    fn text(&self, cells: &[Cell], column: &str) -> Option<String> {
        self.cell(cells, column)?.text()
    }

    fn value(&self, cells: &[Cell], from: &From) -> Result<Option<Value>, Wrong> {
        match from {
            From::Column(column) => Ok(self.text(cells, column).map(Value::String)),
            From::Constant(constant) => Ok(Some(constant.value.clone())),
            From::Template(template) => {
                let mut text = String::new();
                for part in template.parts() {
                    match part {
                        Ok(piece) => text.push_str(piece),
                        Err(column) => text.push_str(&self.text(cells, column).unwrap_or_default()),
                    }
                }
                let text = text.trim();
                Ok((!text.is_empty()).then(|| Value::String(text.to_owned())))
            }
            From::Changed(changed) => match self.cell(cells, &changed.column) {
                None => Ok(None),
                Some(cell) => self.changed(changed, cell).map(Some),
            },
        }
    }

    fn changed(&self, how: &Changed, cell: &Cell) -> Result<Value, Wrong> {
        let text = cell.text().unwrap_or_default();
        if let Some(mark) = &how.split {
            let items = text
                .split(mark.as_str())
                .map(str::trim)
                .filter(|item| !item.is_empty());
            let items = items.map(|item| self.one(how, &Cell::Text(item.to_owned())));
            return items.collect::<Result<Vec<_>, _>>().map(Value::Array);
        }
        self.one(how, cell)
    }

    fn one(&self, how: &Changed, cell: &Cell) -> Result<Value, Wrong> {
        let text = cell.text().unwrap_or_default();
        if !how.map.is_empty() {
            return match how.map.get(&text).or(how.otherwise.as_ref()) {
                Some(value) => Ok(value.clone()),
                None => Err(wrong(
                    &how.column,
                    "not_mapped",
                    format!("the map does not say what \"{text}\" stands for"),
                )),
            };
        }
        let column = &how.column;
        Ok(match how.reading {
            ReadAs::Text => match how.cut {
                Some(most) if text.chars().count() > most => {
                    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
                    json!(format!("{}…", kept.trim_end()))
                }
                _ => json!(text),
            },
            ReadAs::Integer => {
                let number = number(column, &text)?;
                if number.fract() != 0.0 || number.abs() > 9e15 {
                    return Err(wrong(
                        column,
                        "not_whole",
                        format!("\"{text}\" is no whole number"),
                    ));
                }
                json!(number as i64)
            }
            ReadAs::Number => json!(number(column, &text)?),
            ReadAs::YesNo => match text.to_lowercase().as_str() {
                "yes" | "y" | "true" | "1" | "是" | "有" | "√" => json!(true),
                "no" | "n" | "false" | "0" | "否" | "无" | "×" => json!(false),
                _ => {
                    return Err(wrong(
                        column,
                        "not_yes_no",
                        format!("\"{text}\" is neither yes nor no"),
                    ));
                }
            },
            ReadAs::Date => json!(
                self.civil(column, cell, how.format.as_deref())?
                    .date()
                    .to_string()
            ),
            ReadAs::Time => {
                let time = match cell {
                    Cell::Civil(civil) => civil.time(),
                    _ => match how.format.as_deref() {
                        Some(format) => Time::strptime(format, &text).ok(),
                        None => text.parse::<Time>().ok(),
                    }
                    .ok_or_else(|| {
                        wrong(
                            column,
                            "not_a_time",
                            format!("\"{text}\" is no time of day"),
                        )
                    })?,
                };
                json!(time.strftime("%H:%M").to_string())
            }
            ReadAs::Datetime => {
                let instant = self.instant(column, cell, how.format.as_deref())?;
                json!(
                    instant
                        .to_zoned(self.zone.clone())
                        .strftime("%Y-%m-%dT%H:%M:%S%:z")
                        .to_string()
                )
            }
        })
    }

    /// The instant that a cell means: with its own offset where it has one, else in the map's zone.
    fn instant(&self, column: &str, cell: &Cell, format: Option<&str>) -> Result<Timestamp, Wrong> {
        if let (Cell::Text(text), None) = (cell, format)
            && let Ok(instant) = text.parse::<Timestamp>()
        {
            return Ok(instant);
        }
        if let (Cell::Text(text), Some(format)) = (cell, format)
            && let Ok(instant) =
                strtime::parse(format, text).and_then(|broken| broken.to_timestamp())
        {
            return Ok(instant);
        }
        let civil = self.civil(column, cell, format)?;
        let meant = self.zone.to_ambiguous_timestamp(civil);
        // An hour that the clocks skipped never was; of an hour that came twice the first is taken.
        if matches!(meant.offset(), AmbiguousOffset::Gap { .. }) {
            return Err(wrong(
                column,
                "no_such_time",
                format!(
                    "{civil} did not exist in {}: the clocks were put forward",
                    self.mapping.zone
                ),
            ));
        }
        meant
            .earlier()
            .map_err(|error| wrong(column, "not_a_time", error.to_string()))
    }

    fn civil(&self, column: &str, cell: &Cell, format: Option<&str>) -> Result<DateTime, Wrong> {
        const USUAL: [&str; 6] = [
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%d %H:%M",
            "%Y/%m/%d %H:%M:%S",
            "%Y/%m/%d %H:%M",
            "%Y-%m-%dT%H:%M:%S",
            "%Y年%m月%d日 %H:%M",
        ];
        const DAYS: [&str; 4] = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"];
        let text = match cell {
            Cell::Civil(civil) => return Ok(*civil),
            Cell::Text(text) => text,
            Cell::Empty => return Err(wrong(column, "time_missing", "the time is missing")),
        };
        let day = |format: &str| {
            Some(
                Date::strptime(format, text)
                    .ok()?
                    .to_datetime(Time::midnight()),
            )
        };
        let found = match format {
            Some(format) => DateTime::strptime(format, text)
                .ok()
                .or_else(|| day(format)),
            None => USUAL
                .iter()
                .find_map(|format| DateTime::strptime(format, text).ok())
                .or_else(|| DAYS.iter().find_map(|format| day(format))),
        };
        found.ok_or_else(|| {
            let wanted = format.unwrap_or("2026-03-02 16:50:00");
            wrong(
                column,
                "not_a_time",
                format!("\"{text}\" is no time of the form {wanted}"),
            )
        })
    }
}

fn number(column: &str, text: &str) -> Result<f64, Wrong> {
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, ',' | ' ' | '\u{a0}'))
        .collect();
    plain
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
        .ok_or_else(|| wrong(column, "not_a_number", format!("\"{text}\" is no number")))
}

/// An id made of texts, always the same for the same ones (UUIDv8 over BLAKE3).
fn derived(parts: &[&str]) -> Uuid {
    let mut hasher = blake3::Hasher::new_derive_key("gewang import: the id of a row");
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::super::table::Cell;
    use super::*;

    fn check(map: &str, columns: &[&str], cells: &[&str]) -> Result<Row, Box<Trouble>> {
        let mapping = Mapping::read(map).unwrap();
        let table = Table {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: Vec::new(),
            read_as: "UTF-8".into(),
        };
        let cells: Vec<Cell> = cells
            .iter()
            .map(|text| {
                if text.is_empty() {
                    Cell::Empty
                } else {
                    Cell::Text((*text).to_owned())
                }
            })
            .collect();
        Rows::new("a.b", &mapping, &table).row(2, &cells)
    }

    const HEAD: &str = "zone: America/New_York\nkey: id\n";

    #[test]
    fn a_row_becomes_its_steps() {
        let map = format!(
            "{HEAD}steps:\n  - do: open\n    at: t\n    data: {{ a: {{ column: n, as: integer }}, b: {{ text: '{{id}}-x' }} }}\n  - do: close\n    when: {{ column: c }}\n    at: c\n"
        );
        let columns = ["id", "t", "n", "c"];
        let open = check(&map, &columns, &["7", "2022-01-21 13:47:00", "1,200", ""]).unwrap();
        assert_eq!(open.commands.len(), 1);
        assert_eq!(open.commands[0].at.to_string(), "2022-01-21T18:47:00Z");
        assert_eq!(
            Value::Object(open.commands[0].data.clone()),
            json!({"a": 1200, "b": "7-x"})
        );
        let closed = check(
            &map,
            &columns,
            &["7", "2022-01-21 13:47:00", "1,200", "2022-07-21"],
        )
        .unwrap();
        assert_eq!(
            closed.commands[0], open.commands[0],
            "the same row gives the same ids"
        );
        assert_eq!(closed.commands[1].at.to_string(), "2022-07-21T04:00:00Z");
    }

    #[test]
    fn what_cannot_be_read_is_told_by_column() {
        let map = format!(
            "{HEAD}steps:\n  - do: open\n    at: t\n    data: {{ a: {{ column: n, map: {{ x: 1 }} }} }}\n"
        );
        for (cells, code, column) in [
            (["", "2022-01-21", "x"], "key_missing", "id"),
            (["1", "yesterday", "x"], "not_a_time", "t"),
            (["1", "", "x"], "time_missing", "t"),
            (["1", "2022-03-13 02:30", "x"], "no_such_time", "t"),
            (["1", "2022-01-21", "y"], "not_mapped", "n"),
        ] {
            let trouble = check(&map, &["id", "t", "n"], &cells).expect_err(code);
            assert_eq!(
                (trouble.code.as_str(), trouble.columns[0].as_str()),
                (code, column)
            );
        }
    }
}
