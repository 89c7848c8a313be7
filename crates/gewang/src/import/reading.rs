//! What the text of a table means: numbers, dates, lists, what a map makes of it.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::AmbiguousOffset;
use jiff::{Timestamp, fmt::strtime};
use serde_json::{Value, json};

use super::map::{Cell as From, Changed, ReadAs};
use super::rows::{Rows, Wrong, wrong};
use super::table::Cell;

impl Rows<'_> {
    /// What a field is given by a row; nothing where the row has nothing for it.
    pub(super) fn value(&self, cells: &[Cell], from: &From) -> Result<Option<Value>, Wrong> {
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
                    format!("对照表没有说“{text}”是什么，请在 map 中补上或改正这一格"),
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
                        format!("“{text}”不是整数"),
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
                        format!("“{text}”既不是“是”也不是“否”"),
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
                            format!("“{text}”不是时刻"),
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
    pub(super) fn instant(
        &self,
        column: &str,
        cell: &Cell,
        format: Option<&str>,
    ) -> Result<Timestamp, Wrong> {
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
                format!("{civil} 在 {} 不存在：当时拨快了时钟", self.mapping.zone),
                format!(
                    "{civil} did not exist in {}: the clocks were put forward",
                    self.mapping.zone
                ),
            ));
        }
        meant.earlier().map_err(|error| {
            wrong(
                column,
                "not_a_time",
                format!("时间超出范围：{error}"),
                error.to_string(),
            )
        })
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
            Cell::Empty => {
                return Err(wrong(
                    column,
                    "time_missing",
                    "没有填时间",
                    "the time is missing",
                ));
            }
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
            // Workbooks count days: 46083.4 is a date that lost its format.
            if let Ok(days) = text.parse::<f64>()
                && (20_000.0..80_000.0).contains(&days)
            {
                return wrong(
                    column,
                    "not_a_time",
                    format!("“{text}”是数字：请在表格里把这一格设为日期格式"),
                    format!("\"{text}\" is a number: format this cell as a date in the workbook"),
                );
            }
            let wanted = format.unwrap_or("2026-03-02 16:50:00");
            wrong(
                column,
                "not_a_time",
                format!("“{text}”不是时间，应写成 {wanted} 的样子"),
                format!("\"{text}\" is no time of the form {wanted}"),
            )
        })
    }
}

/// A number as people write it, with commas and spaces between its digits.
pub(super) fn number(column: &str, text: &str) -> Result<f64, Wrong> {
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, ',' | ' ' | '\u{a0}'))
        .collect();
    plain
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
        .ok_or_else(|| {
            wrong(
                column,
                "not_a_number",
                format!("“{text}”不是数字"),
                format!("\"{text}\" is no number"),
            )
        })
}
