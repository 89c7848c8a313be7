//! Choice lists, fields and columns.

use jiff::civil::{Date, Time};
use serde_json::Value;

use super::scope::{self, Scope};
use super::typing::{self, Wanted};
use super::{Check, IdRule, path, text};
use crate::fault::say;
use crate::{ChoiceList, Field, FieldType, Kind, Pack, PlaceRule};

/// Words that an expression or a view already understands, and CEL's own.
const RESERVED: [&str; 31] = [
    "state",
    "stage",
    "due",
    "number",
    "opened",
    "assignee",
    "time",
    "in",
    "true",
    "false",
    "null",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
    "limit",
    "within",
    "id",
];

/// A choice list.
pub(super) fn choices(check: &mut Check<'_, '_>, id: &str, list: &ChoiceList) {
    let here = path(&["choices", id]);
    check.id(id, "/choices", &here, IdRule::Word, &[]);
    if list.is_empty() && !check.shaped.is_hurt(&here) {
        check.key(
            "no-options",
            &here,
            say(
                format!("选项表 `{id}` 是空的"),
                format!("the choice list `{id}` is empty"),
            ),
            say("至少写一个选项", "write at least one option"),
        );
    }
    let mut seen: Vec<&str> = Vec::new();
    for (code, choice) in list {
        let pointer = format!("{here}/{code}");
        check.id(code, &here, &pointer, IdRule::Code, &[]);
        for (inner, option) in &choice.options {
            let pointer = format!("{pointer}/options/{inner}");
            check.id(inner, &here, &pointer, IdRule::Code, &[]);
            if !option.options.is_empty() {
                check.key(
                    "deep-options",
                    &pointer,
                    say("组里不能再有组", "a group holds no other group"),
                    say(
                        "选项只有一层组：把它提上来",
                        "options have one level of groups: move it up",
                    ),
                );
            }
            if seen.contains(&inner.as_str()) || list.contains_key(inner) {
                check.key(
                    "duplicate-option",
                    &pointer,
                    say(
                        format!("编码 `{inner}` 在同一选项表里出现两次"),
                        format!("the code `{inner}` stands twice in one choice list"),
                    ),
                    say("换一个编码", "choose another code"),
                );
            }
            seen.push(inner);
        }
    }
}

/// Where a field stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub pack: &'p Pack,
    pub kind_id: &'p str,
    pub kind: &'p Kind,
    /// The table of which it is a column.
    pub table: Option<&'p Field>,
}

/// A field of a kind or a column of a table.
pub(super) fn field(
    check: &mut Check<'_, '_>,
    place: Place<'_>,
    id: &str,
    field: &Field,
    here: &str,
) {
    let parent = here.rsplit_once('/').map_or("", |(parent, _)| parent);
    check.id(id, parent, here, IdRule::Word, &RESERVED);
    // A record that stands somewhere has a cell of its own; where none does, a field may say which cell is meant.
    if id == "cell" && place.table.is_none() && place.kind.place != PlaceRule::None {
        check.id(id, parent, here, IdRule::Word, &["cell"]);
    }
    text::forbidden(check, id, &field.title, here);
    of(check, place, field, here);
    limits(check, field, here);
    person(check, place, field, here);
    columns(check, place, field, here);
    if let Some(default) = &field.default {
        let pointer = format!("{here}/default");
        default_fits(check, place.pack, field, default, &pointer);
    }
    if let Some(when) = &field.when {
        let scope = match place.table {
            Some(table) => Scope::row(place.pack, &table.columns, format!("{parent}/")),
            None => Scope::kind(check, place.pack, place.kind_id, place.kind),
        };
        typing::expression(check, &scope, when, &format!("{here}/when"), Wanted::Bool);
    }
}

fn of(check: &mut Check<'_, '_>, place: Place<'_>, field: &Field, here: &str) {
    let pointer = format!("{here}/of");
    let needs = match field.kind {
        FieldType::Choice | FieldType::Choices => Some(("选项表", "the choice list")),
        FieldType::Link => Some(("事项类型", "the kind")),
        _ => None,
    };
    match (needs, &field.of) {
        (None, Some(_)) => misplaced(check, "of", &pointer, "choice, choices, link"),
        (Some((zh, en)), None) if !check.shaped.is_lost(&pointer) => check.key(
            "missing-key",
            here,
            say(format!("没有写明{zh}"), format!("it does not say {en}")),
            say("补上 `of:`", "add `of:`"),
        ),
        (Some(_), Some(of)) if field.kind == FieldType::Link => {
            linked_kind(check, place.pack, of, &pointer)
        }
        (Some(_), Some(of)) => {
            let known: Vec<&str> = place.pack.choices.keys().map(String::as_str).collect();
            check.name(
                of,
                &known,
                "/choices",
                &pointer,
                "unknown-choices",
                ("选项表", "choice list"),
            );
        }
        _ => {}
    }
}

/// A mention of a kind, of this pack or of one around it.
fn linked_kind(check: &mut Check<'_, '_>, pack: &Pack, of: &str, pointer: &str) {
    if check.kind_named(of).is_some() || of.contains('.') && check.is_blind() {
        return;
    }
    let full = |p: &Pack| -> Vec<String> {
        p.kinds
            .keys()
            .map(|kind| format!("{}.{kind}", p.pack))
            .collect()
    };
    let known: Vec<String> = pack
        .kinds
        .keys()
        .cloned()
        .chain(check.around().flat_map(full))
        .collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    check.name(
        of,
        &known,
        "/kinds",
        pointer,
        "unknown-kind",
        ("事项类型", "kind"),
    );
}

fn misplaced(check: &mut Check<'_, '_>, key: &str, pointer: &str, types: &str) {
    check.key(
        "misplaced-key",
        pointer,
        say(
            format!("`{key}` 在这里没有意义"),
            format!("`{key}` means nothing here"),
        ),
        say(
            format!("删去它：它只用于 {types}"),
            format!("remove it: it belongs to {types}"),
        ),
    );
}

fn limits(check: &mut Check<'_, '_>, field: &Field, here: &str) {
    use FieldType as T;
    let at = |key: &str| format!("{here}/{key}");
    if field.unit.is_some() && !matches!(field.kind, T::Integer | T::Number) {
        misplaced(check, "unit", &at("unit"), "integer, number");
    }
    if let Some(many) = field.many {
        if !matches!(field.kind, T::Photo | T::Audio | T::File | T::Link) {
            misplaced(check, "many", &at("many"), "photo, audio, file, link");
        } else if !(1..=1000).contains(&many) {
            check.value(
                "bad-limit",
                &at("many"),
                say(
                    format!("{many} 超出范围"),
                    format!("{many} is out of range"),
                ),
                say("写 1 到 1000", "write 1 to 1000"),
            );
        }
    }
    let counted = matches!(field.kind, T::Text | T::LongText | T::Table);
    for (key, limit) in [("min", field.min), ("max", field.max)] {
        let Some(limit) = limit else { continue };
        if !counted && !matches!(field.kind, T::Integer | T::Number) {
            misplaced(
                check,
                key,
                &at(key),
                "text, long_text, integer, number, table",
            );
        } else if counted && (limit < 0.0 || limit.fract() != 0.0 || limit > 100_000.0) {
            check.value(
                "bad-limit",
                &at(key),
                say(
                    format!("{limit} 不是可数的数目"),
                    format!("{limit} is no count"),
                ),
                say(
                    "写 0 到 100000 的整数",
                    "write a whole number from 0 to 100000",
                ),
            );
        }
    }
    if let (Some(min), Some(max)) = (field.min, field.max)
        && min > max
    {
        check.value(
            "min-above-max",
            &at("min"),
            say(
                format!("最小值 {min} 大于最大值 {max}"),
                format!("min {min} is larger than max {max}"),
            ),
            say("调换或更正", "swap or correct them"),
        );
    }
}

/// Personal data has a purpose, and what is a person's name or telephone is personal data.
fn person(check: &mut Check<'_, '_>, place: Place<'_>, field: &Field, here: &str) {
    let at = |key: &str| format!("{here}/{key}");
    let person = matches!(field.kind, FieldType::Phone | FieldType::Name);
    if field.office && (!person || field.personal.is_some()) {
        check.key(
            "misplaced-key",
            &at("office"),
            say("`office` 在这里没有意义", "`office` means nothing here"),
            say(
                "它只用于不是个人信息的 phone 和 name",
                "it belongs to a phone or name that is not personal",
            ),
        );
    }
    match (&field.personal, place.table) {
        (Some(_), Some(_)) => check.key(
            "misplaced-key",
            &at("personal"),
            say("列不能单独密封", "a column is not sealed alone"),
            say(
                "把 `personal:` 写在表格字段上",
                "write `personal:` at the table field",
            ),
        ),
        (Some(purpose), None) => {
            let known: Vec<&str> = place.kind.personal.keys().map(String::as_str).collect();
            let table = path(&["kinds", place.kind_id, "personal"]);
            let pointer = at("personal");
            check.name(
                purpose,
                &known,
                &table,
                &pointer,
                "unknown-purpose",
                ("用途", "purpose"),
            );
            if field.default.is_some() {
                misplaced(
                    check,
                    "default",
                    &at("default"),
                    "fields that are not personal",
                );
            }
        }
        (None, table) => {
            let sealed = table.is_some_and(|table| table.personal.is_some());
            let lost = check.shaped.is_lost(&at("personal"))
                || table.is_some()
                    && here
                        .rsplitn(3, '/')
                        .nth(2)
                        .is_some_and(|field| check.shaped.is_lost(&format!("{field}/personal")));
            if person && !field.office && !sealed && !lost {
                check.key(
                    "unsealed-person",
                    here,
                    say(
                        "姓名和电话是个人信息，却没有写明用途",
                        "a name or telephone is personal data, and no purpose is stated",
                    ),
                    say(
                        "写 `personal: 用途`；若是机关、单位或商户的，写 `office: true`",
                        "write `personal: PURPOSE`; for that of an office or a firm, `office: true`",
                    ),
                );
            }
        }
    }
}

fn columns(check: &mut Check<'_, '_>, place: Place<'_>, field: &Field, here: &str) {
    let pointer = format!("{here}/columns");
    match field.kind {
        FieldType::Table if place.table.is_some() => check.value(
            "deep-table",
            &format!("{here}/type"),
            say("表格里不能再有表格", "a table holds no other table"),
            say(
                "用 link 指向另一个事项类型",
                "link to records of another kind instead",
            ),
        ),
        FieldType::Table if field.columns.is_empty() && !check.shaped.is_hurt(&pointer) => check
            .key(
                "missing-key",
                here,
                say("表格没有列", "the table has no columns"),
                say("补上 `columns:`", "add `columns:`"),
            ),
        FieldType::Table => {
            for (id, column) in &field.columns {
                let inner = Place {
                    table: Some(field),
                    ..place
                };
                self::field(check, inner, id, column, &format!("{pointer}/{id}"));
            }
        }
        _ if !field.columns.is_empty() => misplaced(check, "columns", &pointer, "table"),
        _ => {}
    }
}

fn default_fits(
    check: &mut Check<'_, '_>,
    pack: &Pack,
    field: &Field,
    default: &Value,
    pointer: &str,
) {
    use FieldType as T;
    let within = |figure: f64| {
        field.min.is_none_or(|m| figure >= m) && field.max.is_none_or(|m| figure <= m)
    };
    let text = default.as_str();
    let good = match field.kind {
        T::Text => text.is_some_and(|t| !t.contains('\n') && within(t.chars().count() as f64)),
        T::LongText => text.is_some_and(|t| within(t.chars().count() as f64)),
        T::Integer => default
            .as_f64()
            .is_some_and(|n| n.fract() == 0.0 && within(n)),
        T::Number => default.as_f64().is_some_and(within),
        T::YesNo => default.is_boolean(),
        T::Date => text.is_some_and(|t| t.parse::<Date>().is_ok()),
        T::Time => text.is_some_and(|t| t.parse::<Time>().is_ok()),
        T::Datetime => text.is_some_and(|t| t.parse::<jiff::Timestamp>().is_ok()),
        T::Choice => return option(check, pack, field, default, pointer),
        T::Choices => match default.as_array() {
            Some(options) => {
                for (index, one) in options.iter().enumerate() {
                    option(check, pack, field, one, &format!("{pointer}/{index}"));
                }
                return;
            }
            None => false,
        },
        _ => {
            return misplaced(
                check,
                "default",
                pointer,
                "texts, numbers, dates, yes_no, choice, choices",
            );
        }
    };
    if !good {
        check.value(
            "bad-default",
            pointer,
            say(
                format!("默认值 {default} 不合这个字段"),
                format!("the default {default} does not fit the field"),
            ),
            say(
                "写这个字段能收下的值",
                "write a value that the field would take",
            ),
        );
    }
}

fn option(check: &mut Check<'_, '_>, pack: &Pack, field: &Field, value: &Value, pointer: &str) {
    let Some(list) = field
        .of
        .as_deref()
        .filter(|of| pack.choices.contains_key(*of))
    else {
        return;
    };
    let Some(code) = value.as_str() else {
        return check.value(
            "bad-default",
            pointer,
            say(
                format!("默认值 {value} 不是选项编码"),
                format!("the default {value} is no option's code"),
            ),
            say("编码若是数字，请加引号", "put a code of digits in quotes"),
        );
    };
    match pack.option(list, code) {
        Some(choice) if choice.retired => check.value(
            "retired-default",
            pointer,
            say(
                format!("选项 `{code}` 已停用"),
                format!("the option `{code}` is retired"),
            ),
            say("换一个在用的选项", "choose an option in use"),
        ),
        Some(_) => {}
        None => {
            let known = scope::codes(pack, list).codes;
            let table = path(&["choices", list]);
            check.name(
                code,
                &known,
                &table,
                pointer,
                "unknown-option",
                ("选项", "option"),
            );
        }
    }
}
