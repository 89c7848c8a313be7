//! Whether a value is what its field takes, and what is kept of it.

use gewang_grid::Coord;
use gewang_pack::{Field, FieldType};
use jiff::{Timestamp, civil};
use serde_json::{Map, Number, Value};
use uuid::Uuid;

use crate::{
    Actor, Engine, Read, Refusal,
    case::RowCase,
    halt::Halt,
    pointer::{DATA, Pointer},
    refusal::{plain, refuse},
    setup::Plan,
    wording::clean,
};

/// The largest whole number that every program reads alike (2^53 - 1).
const MAX_WHOLE: f64 = 9_007_199_254_740_991.0;
/// Most rows of a table that says nothing else.
const MAX_ROWS: usize = 100;

/// What checking a value may ask.
pub(crate) struct Checker<'a, R: Read> {
    pub engine: &'a Engine,
    pub world: &'a R,
    pub plan: &'a Plan,
    pub actor: &'a Actor,
    pub at: Timestamp,
}

impl<R: Read> Checker<'_, R> {
    /// The value as it is kept, or why it is refused. `present` is what the record holds now: a retired option may stay.
    pub fn check(
        &self,
        field: &Field,
        value: &Value,
        present: Option<&Value>,
        pointer: &Pointer<'_>,
    ) -> Result<Value, Halt<R::Error>> {
        let many = field.many.is_some()
            && matches!(
                field.kind,
                FieldType::Photo | FieldType::Audio | FieldType::File | FieldType::Link
            );
        if !many {
            return self.one(field, value, present, pointer);
        }
        let items = value.as_array().ok_or_else(|| wrong_type(field, pointer))?;
        let most = field.many.unwrap_or(1) as usize;
        if items.len() > most {
            return Err(counted("too_many", most as f64, pointer).into());
        }
        let mut kept = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let item = self.one(field, item, None, &pointer.index(index))?;
            if !kept.contains(&item) {
                kept.push(item);
            }
        }
        Ok(Value::Array(kept))
    }

    fn one(
        &self,
        field: &Field,
        value: &Value,
        present: Option<&Value>,
        pointer: &Pointer<'_>,
    ) -> Result<Value, Halt<R::Error>> {
        let text = || value.as_str().ok_or_else(|| wrong_type(field, pointer));
        match field.kind {
            FieldType::Text => Ok(Value::from(sized(
                field,
                clean(text()?, false, pointer)?,
                120,
                pointer,
            )?)),
            FieldType::LongText => Ok(Value::from(sized(
                field,
                clean(text()?, true, pointer)?,
                4000,
                pointer,
            )?)),
            FieldType::Name => {
                let name = clean(text()?, false, pointer)?;
                match name.chars().count() {
                    1..=60 => Ok(Value::from(name)),
                    _ => Err(refuse("bad_name", pointer, &[], &[]).into()),
                }
            }
            FieldType::Phone => Ok(Value::from(phone(
                clean(text()?, false, pointer)?,
                pointer,
            )?)),
            FieldType::Integer | FieldType::Number => Ok(number(field, value, pointer)?),
            FieldType::YesNo => match value {
                Value::Bool(_) => Ok(value.clone()),
                _ => Err(wrong_type(field, pointer).into()),
            },
            FieldType::Date => Ok(date(text()?, pointer)?),
            FieldType::Time => Ok(time(text()?, pointer)?),
            FieldType::Datetime => Ok(datetime(text()?, pointer)?),
            FieldType::Choice => {
                let option = text()?;
                self.option(field, option, present == Some(value), pointer)?;
                Ok(value.clone())
            }
            FieldType::Choices => self.options(field, value, present, pointer),
            FieldType::Photo | FieldType::Audio | FieldType::File => {
                self.file(field, text()?, pointer)
            }
            FieldType::Place => {
                let pair: [f64; 2] = serde_json::from_value(value.clone())
                    .map_err(|_| wrong_type(field, pointer))?;
                match Coord::from_degrees(pair[0], pair[1]) {
                    Ok(_) => Ok(value.clone()),
                    Err(_) => Err(refuse("bad_place", pointer, &[], &[]).into()),
                }
            }
            FieldType::Link => self.link(field, text()?, pointer),
            FieldType::Table => self.table(field, value, present, pointer),
        }
    }

    fn option(
        &self,
        field: &Field,
        option: &str,
        stays: bool,
        pointer: &Pointer<'_>,
    ) -> Result<(), Refusal> {
        let list = field.of.as_deref().unwrap_or_default();
        match self.plan.pack.option(list, option) {
            None => Err(refuse(
                "unknown_option",
                pointer,
                &[&short(option)],
                &[&short(option)],
            )),
            Some(choice) if choice.retired && !stays => Err(refuse(
                "retired_option",
                pointer,
                &[&choice.zh],
                &[&choice.en],
            )),
            Some(_) => Ok(()),
        }
    }

    fn options(
        &self,
        field: &Field,
        value: &Value,
        present: Option<&Value>,
        pointer: &Pointer<'_>,
    ) -> Result<Value, Halt<R::Error>> {
        let items = value.as_array().ok_or_else(|| wrong_type(field, pointer))?;
        let before = present.and_then(Value::as_array);
        for (index, item) in items.iter().enumerate() {
            let pointer = pointer.index(index);
            let option = item.as_str().ok_or_else(|| wrong_type(field, &pointer))?;
            if index > 200 {
                return Err(counted("too_many", 200.0, &pointer).into());
            }
            if items[..index].contains(item) {
                return Err(refuse(
                    "repeated_option",
                    pointer,
                    &[&short(option)],
                    &[&short(option)],
                )
                .into());
            }
            self.option(
                field,
                option,
                before.is_some_and(|before| before.contains(item)),
                &pointer,
            )?;
        }
        Ok(value.clone())
    }

    fn file(
        &self,
        field: &Field,
        hash: &str,
        pointer: &Pointer<'_>,
    ) -> Result<Value, Halt<R::Error>> {
        let file = self.world.file(hash).map_err(Halt::Failed)?;
        let Some(file) = file else {
            return Err(Refusal {
                pointer: pointer.into(),
                ..crate::refusal::unknown_file(hash)
            }
            .into());
        };
        let (begins, zh, en) = match field.kind {
            FieldType::Photo => ("image/", "图片", "an image"),
            FieldType::Audio => ("audio/", "录音", "a sound"),
            _ => ("", "", ""),
        };
        if !file.media.starts_with(begins) {
            return Err(refuse(
                "wrong_media",
                pointer,
                &[&file.media, zh],
                &[&file.media, en],
            )
            .into());
        }
        Ok(Value::from(hash))
    }

    fn link(
        &self,
        field: &Field,
        text: &str,
        pointer: &Pointer<'_>,
    ) -> Result<Value, Halt<R::Error>> {
        let unknown = || Halt::from(refuse("unknown_link", pointer, &[], &[]));
        let id: Uuid = text.parse().map_err(|_| unknown())?;
        let record = self
            .world
            .record(id)
            .map_err(Halt::Failed)?
            .ok_or_else(unknown)?;
        let wanted = self.plan.linked(field);
        // People and units are what everybody names; whose records they are is no secret.
        let open = wanted.starts_with("town.");
        if record.kind != wanted || !(open || self.engine.visible(self.actor, &record, self.at)) {
            return Err(unknown());
        }
        Ok(Value::from(id.to_string()))
    }

    fn table(
        &self,
        field: &Field,
        value: &Value,
        present: Option<&Value>,
        pointer: &Pointer<'_>,
    ) -> Result<Value, Halt<R::Error>> {
        let rows = value.as_array().ok_or_else(|| wrong_type(field, pointer))?;
        let most = field.max.map_or(MAX_ROWS, |max| max as usize);
        if rows.len() > most {
            return Err(counted("too_many", most as f64, pointer).into());
        }
        if let Some(min) = field.min.filter(|min| (rows.len() as f64) < *min) {
            return Err(counted("too_few", min, pointer).into());
        }
        let before = present.and_then(Value::as_array);
        let mut kept = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let pointer = pointer.index(index);
            let row = row.as_object().ok_or_else(|| wrong_type(field, &pointer))?;
            let before = before.and_then(|rows| rows.get(index)?.as_object());
            kept.push(Value::Object(self.row(field, row, before, &pointer)?));
        }
        Ok(Value::Array(kept))
    }

    fn row(
        &self,
        table: &Field,
        row: &Map<String, Value>,
        present: Option<&Map<String, Value>>,
        pointer: &Pointer<'_>,
    ) -> Result<Map<String, Value>, Halt<R::Error>> {
        if let Some(name) = row.keys().find(|name| !table.columns.contains_key(*name)) {
            return Err(refuse(
                "unknown_field",
                pointer.name(name),
                &[&short(name)],
                &[&short(name)],
            )
            .into());
        }
        let mut kept = Map::new();
        for (id, column) in &table.columns {
            match row.get(id) {
                Some(Value::Null) => {}
                Some(value) => {
                    let value = self.one(
                        column,
                        value,
                        present.and_then(|row| row.get(id)),
                        &pointer.name(id),
                    )?;
                    kept.insert(id.clone(), value);
                }
                None => {
                    if let Some(default) = &column.default {
                        kept.insert(id.clone(), default.clone());
                    }
                }
            }
        }
        for (id, column) in &table.columns {
            let asked = column.when.as_ref().is_none_or(|when| {
                when.test(&RowCase {
                    row: &kept,
                    plan: self.plan,
                })
                .unwrap_or(false)
            });
            if !asked {
                if row.get(id).is_some_and(|value| !value.is_null()) {
                    return Err(refuse(
                        "not_asked",
                        pointer.name(id),
                        &[&column.title.zh],
                        &[&column.title.en],
                    )
                    .into());
                }
                kept.shift_remove(id);
            } else if column.required && is_empty(kept.get(id)) {
                return Err(missing(column, &pointer.name(id)).into());
            }
        }
        Ok(kept)
    }
}

/// Whether a value says nothing.
pub(crate) fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false,
    }
}

pub(crate) fn missing(field: &Field, pointer: &Pointer<'_>) -> Refusal {
    refuse("required", pointer, &[&field.title.zh], &[&field.title.en])
}

/// The beginning of what a client sent, to be quoted.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

fn counted(code: &'static str, bound: f64, pointer: &Pointer<'_>) -> Refusal {
    let bound = bound.to_string();
    refuse(code, pointer, &[&bound], &[&bound])
}

fn sized<'t>(
    field: &Field,
    text: &'t str,
    usual: usize,
    pointer: &Pointer<'_>,
) -> Result<&'t str, Refusal> {
    let most = field.max.map_or(usual, |max| max as usize);
    // Counting characters is needed only where there are more bytes than characters allowed.
    if text.len() > most && text.chars().count() > most {
        return Err(counted("too_long", most as f64, pointer));
    }
    match field.min {
        Some(min) if !text.is_empty() && (text.chars().count() as f64) < min => {
            Err(counted("too_short", min, pointer))
        }
        _ => Ok(text),
    }
}

fn number(field: &Field, value: &Value, pointer: &Pointer<'_>) -> Result<Value, Refusal> {
    let figure = value
        .as_f64()
        .filter(|figure| figure.is_finite())
        .ok_or_else(|| wrong_type(field, pointer))?;
    if let Some(min) = field.min.filter(|min| figure < *min) {
        return Err(counted("too_small", min, pointer));
    }
    if let Some(max) = field.max.filter(|max| figure > *max) {
        return Err(counted("too_large", max, pointer));
    }
    if figure.abs() > MAX_WHOLE {
        let code = if figure < 0.0 {
            "too_small"
        } else {
            "too_large"
        };
        return Err(counted(code, MAX_WHOLE.copysign(figure), pointer));
    }
    if field.kind == FieldType::Integer && figure.fract() != 0.0 {
        return Err(wrong_type(field, pointer));
    }
    // One way of writing for one value: 2.0 is kept as 2.
    match figure.fract() == 0.0 {
        true => Ok(Value::from(figure as i64)),
        false => Ok(Number::from_f64(figure).map_or(Value::Null, Value::Number)),
    }
}

fn phone<'t>(text: &'t str, pointer: &Pointer<'_>) -> Result<&'t str, Refusal> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '(' | ')');
    match (3..=15).contains(&digits) && text.len() <= 40 && text.chars().all(allowed) {
        true => Ok(text),
        false => Err(refuse("bad_phone", pointer, &[], &[])),
    }
}

fn date(text: &str, pointer: &Pointer<'_>) -> Result<Value, Refusal> {
    let text = text.trim();
    match text.parse::<civil::Date>() {
        Ok(date) if text.len() == 10 => Ok(Value::from(date.to_string())),
        _ => Err(refuse(
            "bad_date",
            pointer,
            &["2026-03-02"],
            &["2026-03-02"],
        )),
    }
}

fn time(text: &str, pointer: &Pointer<'_>) -> Result<Value, Refusal> {
    let text = text.trim();
    let shaped = matches!(text.len(), 5 | 8)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b':');
    match text.parse::<civil::Time>() {
        Ok(_) if shaped => Ok(Value::from(text)),
        _ => Err(refuse("bad_date", pointer, &["16:50"], &["16:50"])),
    }
}

fn datetime(text: &str, pointer: &Pointer<'_>) -> Result<Value, Refusal> {
    let text = text.trim();
    match text.parse::<Timestamp>() {
        Ok(_) if text.len() <= 40 && text.is_ascii() => Ok(Value::from(text)),
        _ => Err(refuse(
            "bad_date",
            pointer,
            &["2026-03-02T16:50:00+08:00"],
            &["2026-03-02T16:50:00+08:00"],
        )),
    }
}

fn wrong_type(field: &Field, pointer: &Pointer<'_>) -> Refusal {
    let (zh, en) = match (field.kind, field.many) {
        (FieldType::Photo | FieldType::Audio | FieldType::File, Some(_)) => {
            ("文件哈希的列表", "a list of hashes of files")
        }
        (FieldType::Link, Some(_)) => ("记录编号的列表", "a list of ids of records"),
        (FieldType::Photo | FieldType::Audio | FieldType::File, None) => {
            ("文件哈希", "the hash of a file")
        }
        (FieldType::Link, None) => ("记录编号", "the id of a record"),
        (FieldType::Integer, _) => ("整数", "a whole number"),
        (FieldType::Number, _) => ("数字", "a number"),
        (FieldType::YesNo, _) => (" true 或 false", "true or false"),
        (FieldType::Choices, _) => ("选项代码的列表", "a list of options' codes"),
        (FieldType::Choice, _) => ("选项代码", "an option's code"),
        (FieldType::Place, _) => ("[经度, 纬度]", "[longitude, latitude]"),
        (FieldType::Table, _) => ("行的列表", "a list of rows, each an object"),
        (
            FieldType::Text
            | FieldType::LongText
            | FieldType::Date
            | FieldType::Time
            | FieldType::Datetime
            | FieldType::Phone
            | FieldType::Name,
            _,
        ) => ("文字", "a text"),
    };
    refuse(
        "wrong_type",
        pointer,
        &[&field.title.zh, zh],
        &[&field.title.en, en],
    )
}

/// A free text beside the form: at most `most` characters.
pub(crate) fn note(value: Option<&Value>, most: usize) -> Result<Option<String>, Refusal> {
    let pointer = &DATA.name("note");
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => clean(text, true, pointer)?,
        Some(_) => {
            return Err(refuse(
                "wrong_type",
                pointer,
                &["说明", "文字"],
                &["note", "a text"],
            ));
        }
    };
    if text.len() > most && text.chars().count() > most {
        return Err(counted("too_long", most as f64, pointer));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// The refusal of a note that is missing.
pub(crate) fn note_missing() -> Refusal {
    refuse("required", "/data/note", &["说明"], &["note"])
}

/// The files named beside the form, each of them stored.
pub(crate) fn files<R: Read>(world: &R, named: &[String]) -> Result<Vec<String>, Halt<R::Error>> {
    const MOST: usize = 20;
    if named.len() > MOST {
        return Err(counted("too_many", MOST as f64, &Pointer::Member("/files")).into());
    }
    let mut kept: Vec<String> = Vec::with_capacity(named.len());
    for (index, hash) in named.iter().enumerate() {
        if world.file(hash).map_err(Halt::Failed)?.is_none() {
            let refusal = crate::refusal::unknown_file(hash);
            return Err(Refusal {
                pointer: format!("/files/{index}"),
                ..refusal
            }
            .into());
        }
        if !kept.contains(hash) {
            kept.push(hash.clone());
        }
    }
    Ok(kept)
}

/// The refusal of an assignee that is not there.
pub(crate) fn unknown_assignee(what: &str) -> Refusal {
    plain("unknown_assignee", &[&short(what)])
}
