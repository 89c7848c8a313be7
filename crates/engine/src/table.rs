use gewang_pack::{FieldType, Kind, Pack, Row, Subjects, lookup_among};
use rustc_hash::FxHashMap;

use crate::case::Case;

/// A decision table made ready once, so that a case looks only at the rows that its chief choice leaves open.
#[derive(Debug)]
pub(crate) struct Table<T> {
    rows: Vec<Row<T>>,
    chief: Option<Chief>,
}

/// The choice field on which most rows depend, and the rows that each of its options leaves open.
#[derive(Debug)]
struct Chief {
    field: String,
    by_option: FxHashMap<String, Vec<usize>>,
    /// The rows that do not ask for it, which are all that is left where it has no value.
    free: Vec<usize>,
}

impl<T> Table<T> {
    pub fn new(rows: Vec<Row<T>>, pack: &Pack, kind: &Kind) -> Self {
        let chief = kind
            .fields
            .iter()
            .filter(|(_, field)| field.kind == FieldType::Choice)
            .max_by_key(|(id, _)| rows.iter().filter(|row| row.when.contains_key(*id)).count())
            .and_then(|(id, field)| Some((id, field.of.as_deref()?)))
            .map(|(id, list)| Chief::new(id, list, &rows, pack));
        Table { rows, chief }
    }

    /// The row that holds for a case, and its index.
    pub fn lookup(&self, case: &Case<'_>) -> Option<(usize, &T)> {
        let subjects: &dyn Subjects = case;
        match &self.chief {
            Some(chief) => {
                let option = case.field(&chief.field).as_str();
                let open = option.and_then(|option| chief.by_option.get(option));
                lookup_among(
                    &self.rows,
                    open.unwrap_or(&chief.free).iter().copied(),
                    subjects,
                )
            }
            None => lookup_among(&self.rows, 0..self.rows.len(), subjects),
        }
    }

    pub fn row(&self, index: usize) -> &Row<T> {
        &self.rows[index]
    }
}

impl Chief {
    fn new<T>(field: &str, list: &str, rows: &[Row<T>], pack: &Pack) -> Self {
        let mut by_option: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        let codes = pack
            .choices
            .get(list)
            .into_iter()
            .flat_map(|list| list.keys());
        for option in codes.flat_map(|code| pack.options(list, code)) {
            let open = |row: &Row<T>| {
                row.when.get(field).is_none_or(|asked| {
                    asked
                        .values()
                        .iter()
                        .any(|value| pack.options(list, value).contains(&option))
                })
            };
            let open = rows.iter().enumerate().filter(|(_, row)| open(row));
            by_option.insert(option.to_owned(), open.map(|(index, _)| index).collect());
        }
        let free = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| !row.when.contains_key(field));
        Chief {
            field: field.to_owned(),
            by_option,
            free: free.map(|(index, _)| index).collect(),
        }
    }
}
