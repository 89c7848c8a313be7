use std::collections::HashMap;

use gewang_engine::Command;
use gewang_pack::Text;
use jiff::tz::TimeZone;
use serde_json::Map;
use uuid::{Builder, Uuid};

use super::map::{Mapping, Step, When};
use super::reading::number;
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
    /// The cells of the workbook in which these columns stand, `C4`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<String>,
    /// A stable code.
    pub code: String,
    /// What is wrong and what to do.
    pub text: Text,
}

/// Turns a table's rows into commands.
pub(crate) struct Rows<'m> {
    kind: &'m str,
    pub(super) mapping: &'m Mapping,
    pub(super) zone: TimeZone,
    columns: HashMap<&'m str, usize>,
    workbook: bool,
    seen: HashMap<String, usize>,
}

/// What is wrong with some columns of a row.
pub(super) struct Wrong {
    columns: Vec<String>,
    code: &'static str,
    text: Text,
}

/// What is wrong with a column.
pub(super) fn wrong(
    column: &str,
    code: &'static str,
    zh: impl Into<String>,
    en: impl Into<String>,
) -> Wrong {
    Wrong {
        columns: vec![column.to_owned()],
        code,
        text: text(zh, en),
    }
}

fn text(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text {
        zh: zh.into(),
        en: en.into(),
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
            workbook: table.workbook,
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
        let before = self.seen.get(&shown).copied();
        self.seen.entry(shown.clone()).or_insert(number);
        let trouble = |action: &str, wrong: Wrong| {
            Box::new(Trouble {
                row: number,
                key: shown.clone(),
                action: action.to_owned(),
                cells: self.places(number, &wrong.columns),
                columns: wrong.columns,
                code: wrong.code.to_owned(),
                text: wrong.text,
            })
        };
        if key.iter().all(String::is_empty) {
            let wrong = Wrong {
                columns: self.mapping.key.all().to_vec(),
                code: "key_missing",
                text: text(
                    "没有填能区分这一行的编号，请补填",
                    "nothing tells this row apart: fill in the key",
                ),
            };
            return Err(trouble("", wrong));
        }
        if let Some(before) = before {
            let wrong = Wrong {
                columns: self.mapping.key.all().to_vec(),
                code: "key_repeated",
                text: text(
                    format!("与第 {before} 行编号相同"),
                    format!("row {before} has the same key"),
                ),
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

    /// The cells of a row in which columns stand, as a workbook calls them; nothing for other tables.
    pub fn places(&self, row: usize, columns: &[String]) -> Vec<String> {
        if !self.workbook {
            return Vec::new();
        }
        let known = columns
            .iter()
            .filter_map(|column| self.columns.get(column.as_str()));
        known.map(|at| format!("{}{row}", letters(*at))).collect()
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
            .ok_or_else(|| wrong(column, "time_missing", "没有填时间", "the time is missing"))
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
                    return Err(wrong(
                        &place.lon,
                        "place_half",
                        "没有填经度",
                        "the longitude is missing",
                    ));
                }
                (_, None) => {
                    return Err(wrong(
                        &place.lat,
                        "place_half",
                        "没有填纬度",
                        "the latitude is missing",
                    ));
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

    pub(super) fn cell<'c>(&self, cells: &'c [Cell], column: &str) -> Option<&'c Cell> {
        cells
            .get(*self.columns.get(column)?)
            .filter(|cell| **cell != Cell::Empty)
    }

    pub(super) fn text(&self, cells: &[Cell], column: &str) -> Option<String> {
        self.cell(cells, column)?.text()
    }
}

/// The name of a workbook's column: A to Z, AA, AB …
fn letters(at: usize) -> String {
    let last = char::from(b'A' + (at % 26) as u8);
    match at / 26 {
        0 => last.to_string(),
        before => format!("{}{last}", letters(before - 1)),
    }
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
    use serde_json::{Value, json};

    fn check(map: &str, columns: &[&str], cells: &[&str]) -> Result<Row, Box<Trouble>> {
        let mapping = Mapping::read(map).unwrap();
        let table = Table {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: Vec::new(),
            read_as: "UTF-8".into(),
            workbook: true,
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
            let letter = ["A2", "B2", "C2"][["id", "t", "n"]
                .iter()
                .position(|one| *one == column)
                .unwrap()];
            assert_eq!(trouble.cells, [letter]);
        }
        assert_eq!(
            [0, 25, 26, 701, 702].map(letters),
            ["A", "Z", "AA", "ZZ", "AAA"]
        );
    }
}
