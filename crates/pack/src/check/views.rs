//! What uses fields by name outside forms and expressions: views, and the search for duplicates.

use super::Check;
use crate::fault::say;
use crate::{FieldType, Kind, PlaceRule};

/// Names that views understand besides the fields.
const VIEW_WORDS: [&str; 6] = ["cell", "state", "due", "number", "opened", "assignee"];

/// Checks what makes two records likely the same.
pub(super) fn duplicates(check: &mut Check<'_, '_>, kind: &Kind, here: &str) {
    let Some(duplicates) = &kind.duplicates else {
        return;
    };
    let pointer = format!("{here}/duplicates");
    if kind.place == PlaceRule::None && !check.shaped.is_lost(&format!("{here}/place")) {
        check.key(
            "no-place",
            &pointer,
            say(
                "这类记录没有地点，无从比较距离",
                "records of this kind have no place to be near",
            ),
            say(
                "写 `place: required`，或删去 `duplicates`",
                "write `place: required`, or remove `duplicates`",
            ),
        );
    }
    for (index, field) in duplicates.same.iter().enumerate() {
        open_field(
            check,
            kind,
            here,
            field,
            &format!("{pointer}/same/{index}"),
            &[],
        );
    }
}

/// A mention of a field that is not sealed.
fn open_field(
    check: &mut Check<'_, '_>,
    kind: &Kind,
    here: &str,
    field: &str,
    pointer: &str,
    words: &[&str],
) {
    let mut known: Vec<&str> = kind.fields.keys().map(String::as_str).collect();
    known.extend(words);
    let table = format!("{here}/fields");
    check.name(
        field,
        &known,
        &table,
        pointer,
        "unknown-field",
        ("字段", "field"),
    );
    if kind.fields.get(field).is_some_and(|f| f.personal.is_some()) {
        check.value(
            "sealed-field",
            pointer,
            say(
                format!("`{field}` 是密封的个人信息"),
                format!("`{field}` is personal and sealed"),
            ),
            say(
                "个人信息不能用在这里：换一个字段",
                "personal data cannot be used here: choose another field",
            ),
        );
    }
}

/// Checks the views.
pub(super) fn views(check: &mut Check<'_, '_>, kind: &Kind, here: &str) {
    let views = &kind.views;
    let at = |key: &str| format!("{here}/views/{key}");
    if let Some(title) = &views.title {
        open_field(check, kind, here, title, &at("title"), &[]);
    }
    for (index, name) in views.list.iter().enumerate() {
        open_field(
            check,
            kind,
            here,
            name,
            &format!("{}/{index}", at("list")),
            &VIEW_WORDS,
        );
    }
    let mut typed =
        |name: &str, pointer: &str, words: &[&str], types: &[FieldType], (zh, en): (&str, &str)| {
            if words.contains(&name) {
                return;
            }
            open_field(check, kind, here, name, pointer, words);
            if kind
                .fields
                .get(name)
                .is_some_and(|field| !types.contains(&field.kind))
            {
                check.value(
                    "wrong-field",
                    pointer,
                    say(format!("`{name}` 不是{zh}"), format!("`{name}` is no {en}")),
                    say(format!("这里要写{zh}"), format!("name a {en} here")),
                );
            }
        };
    if let Some(map) = &views.map {
        typed(
            &map.colour,
            &at("map/colour"),
            &["stage"],
            &[FieldType::Choice],
            ("选项字段", "choice field"),
        );
    }
    if let Some(calendar) = &views.calendar {
        let dates = [FieldType::Date, FieldType::Datetime];
        typed(
            calendar,
            &at("calendar"),
            &["due", "opened"],
            &dates,
            ("日期字段", "date field"),
        );
    }
    for (index, count) in views.count.iter().enumerate() {
        let counted = [FieldType::Choice, FieldType::Choices];
        typed(
            count,
            &format!("{}/{index}", at("count")),
            &[],
            &counted,
            ("选项字段", "choice field"),
        );
    }
}
