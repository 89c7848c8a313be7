use crate::ordered::Ordered;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One row of a decision table: it applies when every condition holds. Of several that apply, the one whose conditions
/// lie inside the others' holds; two that overlap otherwise and say different things are a fault (a clash), and a
/// combination of options that no row covers is a fault (a hole).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row<T> {
    /// Conditions by subject: a choice field's id, `cell`, or `time` (see [`Period`]). None: every case.
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub when: Ordered<Condition>,
    /// What then holds.
    pub then: T,
}

/// One value, or any of several. Options of a choice field (or groups of them), cells (and all below them), periods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Condition {
    /// This value.
    One(String),
    /// Any of these.
    Any(Vec<String>),
}

impl Condition {
    /// The values named.
    pub fn values(&self) -> &[String] {
        match self {
            Condition::One(value) => std::slice::from_ref(value),
            Condition::Any(values) => values,
        }
    }
}

/// The values of the subject `time`: working hours of the town's calendar, or all other time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Within working hours of a working day.
    Working,
    /// Nights, weekends, holidays.
    Off,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The unit, by the role it fills (declared under `units:`). Without one, the post is looked for at the record's
    /// cell and, where nobody holds it there, above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The kind of post.
    pub post: String,
}

/// What a decision table asks about a case. The engine answers for a record, the simulator for a past one.
pub trait Subjects {
    /// Whether the case's `subject` (a choice field's id, `cell` or `time`) is `value` or lies in it.
    fn holds(&self, subject: &str, value: &str) -> bool;
    /// Whether all that `narrow` means lies in what the values of `wide` mean together: an option in its group, a cell
    /// below another. For choice fields [`crate::Pack::inside`] knows.
    fn inside(&self, subject: &str, narrow: &str, wide: &[String]) -> bool;
}

impl<T> Row<T> {
    /// Whether every condition holds.
    pub fn matches(&self, subjects: &dyn Subjects) -> bool {
        self.when.iter().all(|(subject, condition)| {
            condition
                .values()
                .iter()
                .any(|value| subjects.holds(subject, value))
        })
    }

    /// Whether every case of this row is a case of the other.
    pub(crate) fn lies_in(&self, other: &Row<T>, subjects: &dyn Subjects) -> bool {
        other.when.iter().all(|(subject, wide)| {
            self.when.get(subject).is_some_and(|narrow| {
                narrow
                    .values()
                    .iter()
                    .all(|value| subjects.inside(subject, value, wide.values()))
            })
        })
    }
}

/// The row that holds for a case, and its index: of those that match, one inside which no other of them lies. In a
/// checked table every such row says the same, and the first is taken.
pub fn lookup<'t, T>(rows: &'t [Row<T>], subjects: &dyn Subjects) -> Option<(usize, &'t T)> {
    lookup_among(rows, 0..rows.len(), subjects)
}

/// [`lookup`] among the rows with these indices, for whoever knows that the others do not match.
pub fn lookup_among<'t, T>(
    rows: &'t [Row<T>],
    indices: impl IntoIterator<Item = usize>,
    subjects: &dyn Subjects,
) -> Option<(usize, &'t T)> {
    let mut best: Option<(usize, &Row<T>)> = None;
    for index in indices {
        let row = &rows[index];
        if !row.matches(subjects) {
            continue;
        }
        let better = best
            .is_none_or(|(_, known)| row.lies_in(known, subjects) && !known.lies_in(row, subjects));
        if better {
            best = Some((index, row));
        }
    }
    best.map(|(index, row)| (index, &row.then))
}
