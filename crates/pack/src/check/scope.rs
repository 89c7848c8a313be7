//! The names that an expression may use, and their types.

use super::{Check, path};
use crate::{Field, FieldType, Kind, Ordered, Pack};

/// The type of an expression's part.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type<'p> {
    /// Not known, because something before it is broken: everything is allowed.
    Any,
    Null,
    Bool,
    Number,
    Text,
    Date,
    Time,
    Instant,
    /// One of a closed set of codes.
    Code(Codes<'p>),
    List(Box<Type<'p>>),
    Row(&'p Ordered<Field>),
    Span,
}

/// A closed set of codes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Codes<'p> {
    /// Where they are declared; empty where the language itself declares them.
    pub table: String,
    /// The codes.
    pub codes: Vec<&'p str>,
    /// The groups among which they are divided, where they are.
    pub groups: Vec<&'p str>,
}

/// The codes and groups of a choice list.
pub(super) fn codes<'p>(pack: &'p Pack, list: &str) -> Codes<'p> {
    let mut codes = Codes {
        table: path(&["choices", list]),
        ..Codes::default()
    };
    for (code, choice) in pack.choices.get(list).into_iter().flatten() {
        if choice.options.is_empty() {
            codes.codes.push(code);
        } else {
            codes.groups.push(code);
            codes
                .codes
                .extend(choice.options.keys().map(String::as_str));
        }
    }
    codes
}

/// The names that an expression may use.
pub(super) struct Scope<'p> {
    /// The pack whose choice lists the fields name.
    pub pack: &'p Pack,
    /// The names and their types; where two are the same the first holds.
    pub names: Vec<(&'p str, Type<'p>)>,
    /// The personal fields among them.
    pub sealed: Vec<&'p str>,
    /// Where fields are declared.
    pub table: String,
    /// Whether there are limits for `limit()`; None where they are broken.
    pub limits: Option<bool>,
}

impl<'p> Scope<'p> {
    /// The scope of a kind.
    pub fn kind(check: &Check<'_, '_>, pack: &'p Pack, id: &str, kind: &'p Kind) -> Scope<'p> {
        let here = path(&["kinds", id]);
        let mut names: Vec<(&str, Type<'p>)> = kind
            .fields
            .iter()
            .map(|(id, field)| (id.as_str(), of_field(pack, field)))
            .collect();
        let states = Codes {
            table: format!("{here}/states"),
            codes: kind.states.keys().map(String::as_str).collect(),
            groups: Vec::new(),
        };
        let stages = ["report", "triage", "handle", "close"];
        names.push(("state", Type::Code(states)));
        names.push((
            "stage",
            Type::Code(Codes {
                codes: stages.to_vec(),
                ..Codes::default()
            }),
        ));
        names.push(("cell", Type::Text));
        let sealed = kind
            .fields
            .iter()
            .filter(|(_, f)| f.personal.is_some())
            .map(|(id, _)| id.as_str());
        let limits = !kind.limits.is_empty();
        let broken = !limits && check.shaped.is_hurt(&format!("{here}/limits"));
        Scope {
            pack,
            names,
            sealed: sealed.collect(),
            table: format!("{here}/fields"),
            limits: (!broken).then_some(limits),
        }
    }

    /// The scope of a table's row.
    pub fn row(pack: &'p Pack, columns: &'p Ordered<Field>, table: String) -> Scope<'p> {
        let names = columns
            .iter()
            .map(|(id, field)| (id.as_str(), of_field(pack, field)))
            .collect();
        let table = table.trim_end_matches('/').to_owned();
        Scope {
            pack,
            names,
            sealed: Vec::new(),
            table,
            limits: Some(false),
        }
    }
}

pub(super) fn of_field<'p>(pack: &'p Pack, field: &'p Field) -> Type<'p> {
    let one = match field.kind {
        FieldType::Integer | FieldType::Number => Type::Number,
        FieldType::YesNo => Type::Bool,
        FieldType::Date => Type::Date,
        FieldType::Time => Type::Time,
        FieldType::Datetime => Type::Instant,
        FieldType::Choice | FieldType::Choices => {
            match field
                .of
                .as_deref()
                .filter(|of| pack.choices.contains_key(*of))
            {
                Some(of) => Type::Code(codes(pack, of)),
                None => Type::Any,
            }
        }
        FieldType::Place => Type::List(Box::new(Type::Number)),
        FieldType::Table => Type::List(Box::new(Type::Row(&field.columns))),
        FieldType::Text
        | FieldType::LongText
        | FieldType::Phone
        | FieldType::Name
        | FieldType::Photo
        | FieldType::Audio
        | FieldType::File
        | FieldType::Link => Type::Text,
    };
    if field.kind == FieldType::Choices || field.many.is_some() {
        Type::List(Box::new(one))
    } else {
        one
    }
}

impl Type<'_> {
    /// What people call it.
    pub fn name(&self) -> (&'static str, &'static str) {
        match self {
            Type::Any => ("任意值", "anything"),
            Type::Null => ("空", "nothing"),
            Type::Bool => ("是或否", "a yes or no"),
            Type::Number => ("数字", "a number"),
            Type::Text => ("文字", "a text"),
            Type::Date => ("日期", "a date"),
            Type::Time => ("时刻", "a time of day"),
            Type::Instant => ("日期和时刻", "a date and time"),
            Type::Code(_) => ("选项", "an option"),
            Type::List(_) => ("列表", "a list"),
            Type::Row(_) => ("表格的一行", "a row"),
            Type::Span => ("一段时间", "a span"),
        }
    }

    /// Whether it is written as a text of no fixed form.
    pub fn is_text(&self) -> bool {
        matches!(self, Type::Any | Type::Text | Type::Code(_))
    }
}
