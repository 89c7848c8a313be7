//! Decision tables: no combination of their subjects without an answer, none with two.

use std::collections::BTreeSet;

use super::{Check, path};
use crate::fault::say;
use crate::{Field, FieldType, Kind, Pack, Route, Row, Subjects};

/// The most combinations that are tried.
const MAX_COMBINATIONS: usize = 200_000;
/// How a cell that no row names, and a field without a value, are written in examples.
const ELSEWHERE: &str = "(elsewhere)";
const NO_VALUE: &str = "(no value)";

/// A route names a unit and a post that exist and belong together.
pub(super) fn route(check: &mut Check<'_, '_>, route: &Route, here: &str) {
    check.post(&route.post, &format!("{here}/post"));
    if let Some(unit) = &route.unit {
        check.unit(unit, &format!("{here}/unit"));
    }
    let at = check.post_kind(&route.post).map(|post| post.at);
    match (at, &route.unit) {
        (Some(crate::PostAt::Cell), Some(_)) => check.value(
            "post-elsewhere",
            &format!("{here}/post"),
            say(
                format!("岗位 `{}` 设在网格，不设在单位", route.post),
                format!("the post `{}` is held at a cell, not at a unit", route.post),
            ),
            say(
                "删去 `unit`，或换一个单位的岗位",
                "remove `unit`, or name a post held at units",
            ),
        ),
        (Some(crate::PostAt::Unit), None) if !check.shaped.is_lost(&format!("{here}/unit")) => {
            check.value(
                "post-elsewhere",
                &format!("{here}/post"),
                say(
                    format!("岗位 `{}` 设在单位，却没有写是哪个单位", route.post),
                    format!(
                        "the post `{}` is held at units, and no unit is named",
                        route.post
                    ),
                ),
                say("补上 `unit:`", "add `unit:`"),
            )
        }
        _ => {}
    }
}

/// Checks the rows of the table `name` of the kind: what they name, clashes, and holes where it has to be whole.
pub(super) fn table<T: PartialEq>(
    check: &mut Check<'_, '_>,
    pack: &Pack,
    kind: &Kind,
    here: &str,
    name: &str,
    rows: &[Row<T>],
    whole: bool,
) {
    let here = format!("{here}/{name}");
    rows_of(check, pack, kind, &here, rows, whole);
}

/// Checks rows at the pointer `here` against the kind's fields.
pub(super) fn rows_of<T: PartialEq>(
    check: &mut Check<'_, '_>,
    pack: &Pack,
    kind: &Kind,
    here: &str,
    rows: &[Row<T>],
    whole: bool,
) {
    let mut sound = !check.shaped.is_hurt(here);
    for (index, row) in rows.iter().enumerate() {
        sound &= conditions(check, pack, kind, row, &format!("{here}/{index}"));
    }
    if !sound || rows.is_empty() {
        return;
    }
    let dimensions = dimensions(pack, kind, rows);
    let combinations = dimensions
        .iter()
        .try_fold(1usize, |n, (_, values)| n.checked_mul(values.len()));
    match combinations.filter(|n| *n <= MAX_COMBINATIONS) {
        Some(0) => {}
        Some(_) => combine(check, pack, kind, here, rows, &dimensions, whole),
        None => check.key(
            "table-too-large",
            here,
            say(
                format!("组合多于 {MAX_COMBINATIONS} 种，无法逐一检查"),
                format!("it has more than {MAX_COMBINATIONS} combinations and cannot be checked one by one"),
            ),
            say("少用几个条件字段", "use fewer subjects"),
        ),
    }
}

/// What a row names exists; false where it does not.
fn conditions<T>(
    check: &mut Check<'_, '_>,
    pack: &Pack,
    kind: &Kind,
    row: &Row<T>,
    here: &str,
) -> bool {
    let mut sound = true;
    for (subject, condition) in &row.when {
        let pointer = format!("{here}/when/{subject}");
        let single = matches!(condition, crate::Condition::One(_));
        let at = |index: usize| {
            if single {
                pointer.clone()
            } else {
                format!("{pointer}/{index}")
            }
        };
        if condition.values().is_empty() {
            check.key(
                "empty-condition",
                &pointer,
                say(
                    "条件是空的，这一行永远不适用",
                    "the condition is empty: the row never applies",
                ),
                say(
                    "写出值，或删去这个条件",
                    "name values, or remove the condition",
                ),
            );
            sound = false;
        }
        if kind
            .fields
            .get(subject)
            .is_some_and(|field| field.personal.is_some())
        {
            check.key(
                "sealed-field",
                &pointer,
                say(
                    format!("`{subject}` 是密封的个人信息"),
                    format!("`{subject}` is personal and sealed"),
                ),
                say("改用别的字段分派", "decide by another field"),
            );
            sound = false;
            continue;
        }
        let known: Vec<&str> = match subject.as_str() {
            "cell" => continue,
            "time" => vec!["working", "off"],
            field => match choice_of(pack, kind, field) {
                Choice::Options(list) => {
                    let codes = super::scope::codes(pack, list);
                    codes.codes.into_iter().chain(codes.groups).collect()
                }
                Choice::Broken => {
                    sound = false;
                    continue;
                }
                Choice::None => {
                    sound = false;
                    if !is_broken(check, here, field) {
                        let fields = kind
                            .fields
                            .iter()
                            .filter(|(_, f)| f.kind == FieldType::Choice);
                        let known: Vec<&str> = fields
                            .map(|(id, _)| id.as_str())
                            .chain(["cell", "time"])
                            .collect();
                        check.key(
                            "unknown-subject",
                            &pointer,
                            say(
                                format!("`{field}` 不是选项字段"),
                                format!("`{field}` is no choice field of this kind"),
                            ),
                            crate::fault::instead(field, known),
                        );
                    }
                    continue;
                }
            },
        };
        let table = match choice_of(pack, kind, subject) {
            Choice::Options(list) => path(&["choices", list]),
            _ => "/time".into(),
        };
        for (index, value) in condition.values().iter().enumerate() {
            sound &= known.contains(&value.as_str());
            check.name(
                value,
                &known,
                &table,
                &at(index),
                "unknown-option",
                ("选项", "option"),
            );
        }
    }
    sound
}

/// Whether the field is declared for the kind whose table is at `here` (`/kinds/KIND/routes/ROW`), only broken.
fn is_broken(check: &Check<'_, '_>, here: &str, field: &str) -> bool {
    let mut steps = here.split('/').skip(1);
    match (steps.next(), steps.next()) {
        (Some("kinds"), Some(kind)) => check
            .shaped
            .is_lost(&format!("/kinds/{kind}/fields/{field}")),
        _ => false,
    }
}

enum Choice<'p> {
    Options(&'p str),
    Broken,
    None,
}

fn choice_of<'p>(pack: &Pack, kind: &'p Kind, field: &str) -> Choice<'p> {
    match kind.fields.get(field) {
        Some(Field {
            kind: FieldType::Choice,
            of: Some(of),
            ..
        }) if pack.choices.contains_key(of) => Choice::Options(of),
        Some(Field {
            kind: FieldType::Choice,
            ..
        }) => Choice::Broken,
        _ => Choice::None,
    }
}

/// The subjects that any row mentions, each with the values that a case may have.
fn dimensions<'r, T>(
    pack: &'r Pack,
    kind: &'r Kind,
    rows: &'r [Row<T>],
) -> Vec<(&'r str, Vec<&'r str>)> {
    let subjects: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| row.when.keys())
        .map(String::as_str)
        .collect();
    let values = |subject: &'r str| -> Vec<&'r str> {
        match subject {
            "time" => vec!["working", "off"],
            "cell" => {
                let named: BTreeSet<&str> = rows
                    .iter()
                    .filter_map(|row| row.when.get("cell"))
                    .flat_map(|cells| cells.values())
                    .map(String::as_str)
                    .collect();
                named.into_iter().chain([ELSEWHERE]).collect()
            }
            field => {
                let Choice::Options(list) = choice_of(pack, kind, field) else {
                    return Vec::new();
                };
                let mut values: Vec<&str> = super::scope::codes(pack, list)
                    .codes
                    .into_iter()
                    .filter(|code| {
                        pack.option(list, code)
                            .is_some_and(|option| !option.retired)
                    })
                    .collect();
                if kind
                    .fields
                    .get(field)
                    .is_some_and(|f| !f.required && f.default.is_none())
                {
                    values.push(NO_VALUE);
                }
                values
            }
        }
    };
    subjects
        .into_iter()
        .map(|subject| (subject, values(subject)))
        .collect()
}

/// One combination, as the lookup sees it.
struct Case<'c> {
    pack: &'c Pack,
    kind: &'c Kind,
    values: Vec<(&'c str, &'c str)>,
}

impl Subjects for Case<'_> {
    fn holds(&self, subject: &str, value: &str) -> bool {
        let Some((_, has)) = self.values.iter().find(|(known, _)| *known == subject) else {
            return false;
        };
        match choice_of(self.pack, self.kind, subject) {
            Choice::Options(list) => self.pack.options(list, value).contains(has),
            _ => *has == value,
        }
    }

    fn inside(&self, subject: &str, narrow: &str, wide: &[String]) -> bool {
        match choice_of(self.pack, self.kind, subject) {
            Choice::Options(list) => self.pack.inside(list, narrow, wide),
            _ => wide.iter().any(|value| value == narrow),
        }
    }
}

fn combine<T: PartialEq>(
    check: &mut Check<'_, '_>,
    pack: &Pack,
    kind: &Kind,
    here: &str,
    rows: &[Row<T>],
    dimensions: &[(&str, Vec<&str>)],
    whole: bool,
) {
    let mut case = Case {
        pack,
        kind,
        values: dimensions
            .iter()
            .map(|(subject, values)| (*subject, values[0]))
            .collect(),
    };
    // Which values each row accepts, and which row lies strictly inside which, are worked out once.
    let accepts: Vec<Vec<Vec<bool>>> = rows
        .iter()
        .map(|row| {
            dimensions
                .iter()
                .enumerate()
                .map(|(at, (subject, values))| {
                    values
                        .iter()
                        .map(|value| {
                            case.values[at].1 = value;
                            row.when.get(*subject).is_none_or(|c| {
                                c.values().iter().any(|wanted| case.holds(subject, wanted))
                            })
                        })
                        .collect()
                })
                .collect()
        })
        .collect();
    let inside: Vec<Vec<bool>> = rows
        .iter()
        .map(|a| {
            rows.iter()
                .map(|b| a.lies_in(b, &case) && !b.lies_in(a, &case))
                .collect()
        })
        .collect();
    let mut at = vec![0usize; dimensions.len()];
    let (mut holes, mut count) = (Vec::new(), 0usize);
    let mut clashes: Vec<(usize, usize, String)> = Vec::new();
    loop {
        let matching: Vec<usize> = (0..rows.len())
            .filter(|row| {
                at.iter()
                    .enumerate()
                    .all(|(dimension, value)| accepts[*row][dimension][*value])
            })
            .collect();
        let winners: Vec<usize> = matching
            .iter()
            .copied()
            .filter(|row| !matching.iter().any(|other| inside[*other][*row]))
            .collect();
        let example = || {
            let parts = dimensions
                .iter()
                .zip(&at)
                .map(|((subject, values), at)| format!("{subject}: {}", values[*at]));
            parts.collect::<Vec<_>>().join(", ")
        };
        match winners.as_slice() {
            [] => {
                count += 1;
                if holes.len() < 3 {
                    holes.push(example());
                }
            }
            [first, rest @ ..] => {
                for other in rest
                    .iter()
                    .filter(|other| rows[**other].then != rows[*first].then)
                {
                    if !clashes.iter().any(|(a, b, _)| (a, b) == (first, other)) {
                        clashes.push((*first, *other, example()));
                    }
                }
            }
        }
        if !advance(&mut at, dimensions) {
            break;
        }
    }
    for (first, second, example) in clashes {
        let line = check.shaped.value_place(&format!("{here}/{first}")).line;
        check.value(
            "table-clash",
            &format!("{here}/{second}"),
            say(
                format!("与第 {line} 行的规则冲突：{example} 时两条都适用，结果不同"),
                format!("it clashes with the row in line {line}: both apply to {example} and say different things"),
            ),
            say(
                "让其中一条的条件落在另一条之内，或写一条更具体的",
                "let one's conditions lie inside the other's, or add a row for what they share",
            ),
        );
    }
    if whole && count > 0 {
        let shown = holes.join("; ");
        let more = if count > holes.len() { " …" } else { "" };
        check.key(
            "table-hole",
            here,
            say(
                format!("有 {count} 种情形没有规则：{shown}{more}"),
                format!("combinations that no row covers: {count} ({shown}{more})"),
            ),
            say(
                "补上规则；没有 `when` 的一行适用于其余一切",
                "add rows; a row without `when` covers all the rest",
            ),
        );
    }
}

/// The next combination; false after the last.
fn advance(at: &mut [usize], dimensions: &[(&str, Vec<&str>)]) -> bool {
    for (value, (_, values)) in at.iter_mut().zip(dimensions).rev() {
        *value += 1;
        if *value < values.len() {
            return true;
        }
        *value = 0;
    }
    false
}
